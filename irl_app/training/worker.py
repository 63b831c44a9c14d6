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
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from irl_app.files import sweep_files
from irl_app.runs import WORKER_LOCK, RunConfig, RunError, Status, last_status, read_config, write_status
from irl_app.runs.locks import Lock, LockedError
from irl_app.training.loop import Job, concluded, in_words, train
from irl_app.training.process import LEFT_ALONE
from trainers.deep.threads import use_one_thread

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
    except (RunError, LockedError) as error:
        print(error, file=sys.stderr)
        return 2
    try:
        stop = _Stop(run)
        _be_polite()
        sweep(run)
        _tell(run, Status("running", pid=os.getpid(), message="preparing"))
        job = make(run, config)
        ended = train(job, stop.reason)
        if job.conclude is not None and ended.state == "stopped" and not stop.is_urgent:
            _conclude(run, job.conclude)
    except Exception as error:
        _tell(run, Status("failed", message=in_words(error)))
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
        self._set(LEFT_ALONE)
        threading.Event().wait(LAST_SECONDS)
        os._exit(3)


def _conclude(run: Path, conclude: Callable[[], None]) -> None:
    """What there is to look at of a run that was asked to stop, and what went wrong with that."""
    if wrong := concluded(conclude):
        status = last_status(run)
        write_status(run, replace(status, message=f"{status.message}; {wrong}" if status.message else wrong))


def _be_polite() -> None:
    use_one_thread()
    if hasattr(os, "nice"):
        os.nice(5)


def sweep(run: Path) -> None:
    """Remove the drafts that a killed worker left: nobody else writes here now."""
    for folder in (run, *(path for path in run.iterdir() if path.is_dir())):
        sweep_files(folder)


def _tell(run: Path, status: Status) -> None:
    """Write a status that keeps the updates of the one before."""
    before = last_status(run)
    write_status(run, replace(status, update=before.update, updates=before.updates))


if __name__ == "__main__":
    from irl_app.training.build import build

    sys.exit(main(sys.argv[1:], build))
