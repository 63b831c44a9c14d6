"""The queue of training runs: first in, first out, so many at a time; for a server, without torch.

Runs live in their folders, so nothing is lost when the server ends: its workers notice, and what they worked
on or what waited is then stopped or interrupted and can be resumed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irl_app.training.config import TrainingError
from irl_app.training.folder import request_stop
from irl_app.training.locks import Lock
from irl_app.training.process import COMMAND, WorkerProcess, claim, unclaim

POLL = 0.1
"""Seconds between two looks at the workers."""
GOODBYE = 20.0
"""Seconds that the workers get to end when the queue is closed; then they are killed."""


class QueueError(TrainingError):
    """The queue takes no more runs, or does not know this one."""


@dataclass(frozen=True)
class _Waiting:
    run: Path
    owner: str
    lock: Lock


class Jobs:
    """A bounded queue and the workers that serve it; one in a server, safe to use from any thread.

    Args:
        slots: workers at a time, at least 1.
        capacity: runs that may wait.
        per_owner: runs that one owner (a browser session) may have waiting or running.
        command: the worker's.
    """

    def __init__(
        self, *, slots: int = 1, capacity: int = 20, per_owner: int = 4, command: Sequence[str] = COMMAND
    ) -> None:
        if min(slots, capacity, per_owner) < 1:
            raise QueueError(
                f"slots, capacity and per_owner must be 1 or more, got {slots}, {capacity}, {per_owner}"
            )
        self._slots, self._capacity, self._per_owner = slots, capacity, per_owner
        self._command = tuple(command)
        self._waiting: list[_Waiting] = []
        self._working: dict[Path, tuple[WorkerProcess, str]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def submit(self, run: Path, owner: str) -> int:
        """Queue a run that is new, stopped, failed or interrupted; it goes on from its last good checkpoint.

        Returns:
            Its position: 1 for the next to start.

        Raises:
            QueueError: the queue is full or closed, or the owner has too many runs in it.
            TrainingError: there is no such run, it is done, or somebody works on it.
        """
        run = run.resolve()
        with self._changed:
            if self._closed:
                raise QueueError("the queue is closed: the server is about to end")
            own = [w.owner for w in self._waiting].count(owner)
            own += [other for _, other in self._working.values()].count(owner)
            if own >= self._per_owner:
                raise QueueError(f"you have {own} runs waiting or running, the most allowed: stop one first")
            if len(self._waiting) >= self._capacity:
                raise QueueError(f"{self._capacity} runs wait already, the most allowed: try again later")
            self._waiting.append(_Waiting(run, owner, claim(run)))
            self._changed.notify()
            return len(self._waiting)

    def stop(self, run: Path) -> None:
        """Take a waiting run out of the queue, or ask a running one to stop soon.

        Raises:
            QueueError: this queue neither holds nor works on it.
        """
        run = run.resolve()
        with self._changed:
            for waiting in self._waiting:
                if waiting.run == run:
                    self._waiting.remove(waiting)
                    unclaim(run, waiting.lock, "stopped before it began")
                    return
            if run not in self._working:
                raise QueueError(f"{run.name} is neither queued nor running here: there is nothing to stop")
            request_stop(run)

    def position(self, run: Path) -> int | None:
        """0 while it runs, 1 for the next to start and so on; None if it is not in this queue."""
        run = run.resolve()
        with self._changed:
            if run in self._working:
                return 0
            places = [place for place, waiting in enumerate(self._waiting, start=1) if waiting.run == run]
            return places[0] if places else None

    def close(self) -> None:
        """End: waiting runs become stopped, the workers come to an end, and are killed if they do not."""
        with self._changed:
            self._closed = True
            waiting, self._waiting = self._waiting, []
            self._changed.notify()
        for one in waiting:
            unclaim(one.run, one.lock, "the program that queued it ended before it began: resume it")
        self._thread.join()
        until = time.monotonic() + GOODBYE
        workers = [worker for worker, _ in self._working.values()]
        for worker in workers:
            worker.hang_up()
        for worker in workers:
            if not worker.wait(max(0.0, until - time.monotonic())):
                worker.kill()
                worker.wait(GOODBYE)
        self._working.clear()

    def _serve(self) -> None:
        with self._changed:
            while not self._closed:
                self._collect()
                while self._waiting and len(self._working) < self._slots:
                    self._start(self._waiting.pop(0))
                self._changed.wait(POLL if self._working else None)

    def _collect(self) -> None:
        for run, (worker, _) in list(self._working.items()):
            if worker.ended():
                del self._working[run]

    def _start(self, next_one: _Waiting) -> None:
        try:
            worker = WorkerProcess(next_one.run, next_one.lock, self._command)
        except OSError as error:
            unclaim(next_one.run, next_one.lock, f"its process could not be started: {error}")
            return
        self._working[next_one.run] = (worker, next_one.owner)
