"""``python -m irl_app.training.worker RUN_DIR``: the process that works on one run, the only one with torch.

It is polite to the server beside it: one thread, a lower priority. It stops at a ``STOP`` file, at SIGTERM,
and when its standard input ends: that is how it learns that who started it has gone, even if killed.
"""

from __future__ import annotations

import os
import signal
import stat
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from irl_app.training.checkpoints import FOLDER
from irl_app.training.config import RunConfig, TrainingError, read_config
from irl_app.training.folder import WORKER_LOCK, Status, last_status, write_status
from irl_app.training.locks import Lock, LockedError
from irl_app.training.loop import Job, train
from trainers.threads import use_one_thread

PATIENCE = 10.0
"""Seconds to wait for another worker to leave the run: one whose server has gone is on its way out."""
LAST_SECONDS = 60.0
"""Seconds that a worker without a server has to come to an end."""
ASKED = "asked to stop"


def main(argv: Sequence[str], make: Callable[[Path, RunConfig], Job]) -> int:
    """Work on the run in the folder ``argv[0]`` until it is done or asked to stop.

    What went wrong is in the run's status: one sentence; if it is no mistake of the user's, there is a
    traceback on standard error.

    Args:
        argv: the run's folder.
        make: turns the run's folder and what it was asked for into a job.

    Returns:
        0 when the run is done or stopped, 1 when it failed, 2 when there is no such run to work on.
    """
    if len(argv) != 1:
        print("usage: python -m irl_app.training.worker RUN_DIR", file=sys.stderr)
        return 2
    run = Path(argv[0])
    try:
        config = read_config(run)
        lock = Lock(run / WORKER_LOCK, PATIENCE)
    except (TrainingError, LockedError) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        stop = _Stop(run)
        _be_polite()
        _sweep(run)
        _tell(run, Status("running", pid=os.getpid(), message="preparing"))
        job = make(run, config)
        train(job, stop.reason)
        if job.conclude is not None and not stop.is_urgent:
            _conclude(run, job.conclude)
    except Exception as error:
        _tell(run, Status("failed", message=_in_words(error)))
        return 1
    finally:
        lock.release()
    return 0


class _Stop:
    """Listens for reasons to stop."""

    def __init__(self, run: Path) -> None:
        self._file, self._reason = run / "STOP", ""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, lambda *_: self._set("told to end"))
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl+C is for who started us
        if stat.S_ISFIFO(os.fstat(0).st_mode):
            threading.Thread(target=self._watch, daemon=True).start()

    @property
    def is_urgent(self) -> bool:
        """Whether somebody waits for the end of the process, not just of the run."""
        return bool(self._reason) and self._reason != ASKED

    def reason(self) -> str:
        """Why to stop; "" if there is no reason."""
        if self._file.exists():
            self._set(ASKED)
        return self._reason

    def _set(self, reason: str) -> None:
        self._reason = self._reason or reason

    def _watch(self) -> None:
        while os.read(0, 4096):
            pass
        self._set("the program that started it ended")
        threading.Event().wait(LAST_SECONDS)
        os._exit(3)


def _conclude(run: Path, conclude: Callable[[], None]) -> None:
    """What comes after the run: if it goes wrong, the run is still what it is."""
    try:
        conclude()
    except Exception as error:
        status = last_status(run)
        said = f"its episodes could not be drawn: {_in_words(error)}"
        write_status(run, replace(status, message=f"{status.message}; {said}" if status.message else said))


def _be_polite() -> None:
    use_one_thread()
    if hasattr(os, "nice"):
        os.nice(5)


def _sweep(run: Path) -> None:
    """Remove the drafts that a killed worker left: nobody else writes here now."""
    for folder in (run, run / FOLDER):
        for draft in folder.glob(".*.????????"):
            draft.unlink()


def _tell(run: Path, status: Status) -> None:
    """Write a status that keeps the updates of the one before."""
    before = last_status(run)
    write_status(run, replace(status, update=before.update, updates=before.updates))


def _in_words(error: Exception) -> str:
    """The sentence of an error of our own; else its kind too, and the traceback in the log."""
    named_here = type(error).__module__.split(".")[0] in ("irl_app", "trainers")
    words = " ".join(str(error).split())
    if isinstance(error, ValueError) and named_here:
        return words
    traceback.print_exc()
    return f"{type(error).__name__}: {words} (more in log.txt)"


if __name__ == "__main__":
    from irl_app.training.build import build

    sys.exit(main(sys.argv[1:], build))
