"""One worker process, seen from the program that starts it; without torch."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from irl_app.training.config import TrainingError, read_config
from irl_app.training.folder import OWNER_LOCK, WORKER_LOCK, Status, last_status, write_status
from irl_app.training.locks import Lock, LockedError, is_held

COMMAND = (sys.executable, "-m", "irl_app.training.worker")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def claim(run: Path) -> Lock:
    """Hold a run that waits for its worker: its status becomes "queued", an old wish to stop is forgotten.

    Raises:
        TrainingError: there is no such run, it is done, or somebody works on it.
    """
    read_config(run)
    try:
        lock = Lock(run / OWNER_LOCK)
    except LockedError:
        raise TrainingError(f"{run.name} is queued or running already: stop it first") from None
    try:
        if is_held(run / WORKER_LOCK):
            raise TrainingError(f"{run.name} is still coming to its end: try again in a few seconds")
        status = last_status(run)
        if status.state == "done":
            raise TrainingError(f"{run.name} is done: there is nothing to go on with")
        (run / "STOP").unlink(missing_ok=True)
        write_status(run, replace(status, state="queued", message="", pid=0))
    except BaseException:
        lock.release()
        raise
    return lock


def unclaim(run: Path, lock: Lock, message: str) -> None:
    """Let go of a run that never got its worker: it is stopped, for this reason."""
    write_status(run, replace(last_status(run), state="stopped", message=message, pid=0))
    lock.release()


class WorkerProcess:
    """A worker at its run. Whoever started it holds the run by ``lock``, and its pipe keeps the worker going.

    Args:
        lock: of ``claim``; it is released when the worker's end has been seen.
        command: the worker's; the run's folder is added.

    Raises:
        OSError: the process cannot be started.
    """

    def __init__(self, run: Path, lock: Lock, command: Sequence[str] = COMMAND) -> None:
        self.run, self._lock = run, lock
        with (run / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(run)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={**os.environ, **dict.fromkeys(_THREADS, "1")},
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def ended(self) -> bool:
        """Whether it has ended; if it could not say how, the run's status now does."""
        code = self._process.poll()
        if code is None:
            return False
        self._let_go(code)
        return True

    def wait(self, seconds: float) -> bool:
        """Wait so long for its end; whether it came."""
        try:
            self._let_go(self._process.wait(seconds))
        except subprocess.TimeoutExpired:
            return False
        return True

    def hang_up(self) -> None:
        """Close its input: it comes to an end by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    def kill(self) -> None:
        """End it at once; the run can be resumed from its last checkpoint."""
        self._process.kill()

    def _let_go(self, code: int) -> None:
        """The process has ended with ``code``: its run is free; if it ended without a word, say it for it."""
        self.hang_up()
        try:
            status = last_status(self.run)
            if code and status.active:
                write_status(self.run, _last_words(self.run, code, status))
        except OSError:
            return  # the folder is gone or full: there is nobody to tell
        finally:
            self._lock.release()


def _last_words(run: Path, code: int, status: Status) -> Status:
    """What to say of a worker that ended with ``code`` before it could write its own last status."""
    if code < 0:
        said = f"its process was ended by signal {-code}: resume it"
        return replace(status, state="interrupted", message=said, pid=0)
    last = _last_line(run / "log.txt")
    said = f"its process ended with {code}" + (f": {last}" if last else "")
    return replace(status, state="failed", message=said, pid=0)


def _last_line(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2000))
        lines = file.read().decode(errors="replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
