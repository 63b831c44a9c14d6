"""One worker process, seen from the program that starts it; without torch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from irl_app.runs import OWNER_LOCK, WORKER_LOCK, RunError, Status, last_status, read_config, write_status
from irl_app.runs.locks import Lock, LockedError, holder, is_held
from irl_app.threads import VARIABLES

LEFT_ALONE = "the program that started it ended"
"""Why a worker stops that nobody stopped: the beginning of its last message."""
COMMAND = (sys.executable, "-m", "irl_app.training.worker")


PATIENCE = 10.0
"""Seconds that the system has to end a process."""


def claim(run: Path) -> Lock:
    """Hold a run that waits for its worker: its status becomes "queued", an old wish to stop is forgotten.

    Raises:
        RunError: there is no such run, it is no training, it is done, or somebody works on it.
    """
    read_config(run).training_schedule()
    try:
        lock = Lock(run / OWNER_LOCK)
    except LockedError:
        raise RunError(f"{run.name} is queued or running already: stop it first") from None
    try:
        if is_held(run / WORKER_LOCK):
            raise RunError(_still_worked_on(run))
        status = last_status(run)
        if status.state == "done":
            raise RunError(f"{run.name} is done: there is nothing to go on with")
        (run / "STOP").unlink(missing_ok=True)
        write_status(run, replace(status, state="queued", message="", pid=0))
    except BaseException:
        lock.release()
        raise
    return lock


def unclaim(run: Path, lock: Lock, message: str = "") -> None:
    """Let go of a run that never got its worker: it is stopped for this reason; without one it waits on."""
    try:
        if message:
            write_status(run, replace(last_status(run), state="stopped", message=message, pid=0))
    finally:
        lock.release()


def end_worker(run: Path) -> int:
    """End the process that works on a run at once, also one that is stopped, hangs, or was left behind by the
    program that started it; the run can be resumed from its last checkpoint. Returns the process's number.

    Raises:
        RunError: nobody works on it, or whoever does cannot be ended from here.
    """
    found = holder(run / WORKER_LOCK)
    if found is None:
        raise RunError(f"nobody works on {run.name}: there is nothing to end")
    if not found.here:
        raise RunError(f"process {found.pid} works on {run.name} on another machine: end it there")
    try:
        os.kill(found.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except OSError as error:
        why = error.strerror or error
        raise RunError(f"process {found.pid}, which works on {run.name}, cannot be ended: {why}") from error
    until = time.monotonic() + PATIENCE
    while is_held(run / WORKER_LOCK) and time.monotonic() < until:
        time.sleep(0.02)
    return found.pid


def left_behind(run: Path) -> int:
    """The number of the process that still works on a run though the program that started it has ended; 0 if
    there is none. Left alone, it ends within a minute, unless it is stopped or hangs."""
    if is_held(run / OWNER_LOCK):
        return 0
    found = holder(run / WORKER_LOCK)
    return 0 if found is None else found.pid


def _still_worked_on(run: Path) -> str:
    """Of a run that nobody but a worker holds: whoever started that has ended."""
    if (found := holder(run / WORKER_LOCK)) is not None:
        return (
            f"process {found.pid} still works on {run.name}, though the program that started it has ended: "
            f"try again in a minute, or end it with irl-app runs stop --now {run.name}"
        )
    return f"{run.name} is still coming to its end: try again in a few seconds"


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
                env={**dict.fromkeys(VARIABLES, "1"), **os.environ},
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
