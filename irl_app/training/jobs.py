"""The queue of training runs: so many at a time, its places shared out fairly; for a server, without torch.

Whose runs work least goes first; among equals, first in, first out. Runs live in their folders, so nothing is
lost when the server ends: its workers notice, and what they worked on is stopped and can be resumed. What
waited waits on, for the next server.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irl_app.runs import RunError, request_stop
from irl_app.runs.locks import Lock
from irl_app.training.process import COMMAND, WorkerProcess, claim, unclaim

MOST_WAITING = 500
"""Runs that wait at most, however many owners there are."""
POLL = 0.1
"""Seconds between two looks at the workers."""
GOODBYE = 20.0
"""Seconds that the workers get to end when the queue is closed; then they are killed."""


class QueueError(RunError):
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
        capacity: runs that may wait. Of who has none, one may wait even then: nobody can keep others out.
        per_owner: runs that one owner (a visitor) may have waiting or running.
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

    def submit(self, run: Path, owner: str, *, again: bool = False) -> int:
        """Queue a run that is new, stopped, failed or interrupted; it goes on from its last good checkpoint.

        Args:
            again: it waited already, at a server that has ended: the bounds have been kept.

        Returns:
            Its position: 1 for the next to start.

        Raises:
            QueueError: the queue is full or closed, or the owner has too many runs in it.
            RunError: there is no such run, it is done, or somebody works on it.
        """
        run = run.resolve()
        with self._changed:
            if self._closed:
                raise QueueError("the queue is closed: the server is about to end")
            own = [w.owner for w in self._waiting].count(owner)
            own += [other for _, other in self._working.values()].count(owner)
            if own >= self._per_owner and not again:
                raise QueueError(f"you have {own} runs waiting or running, the most allowed: stop one first")
            most = self._capacity if own else MOST_WAITING
            if len(self._waiting) >= most and not again:
                raise QueueError(f"{len(self._waiting)} runs wait already, the most allowed: try again later")
            self._waiting.append(_Waiting(run, owner, claim(run)))
            self._changed.notify()
            return next(i for i, one in enumerate(self._in_turn(), start=1) if one.run == run)

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
            places = [place for place, waiting in enumerate(self._in_turn(), start=1) if waiting.run == run]
            return places[0] if places else None

    def close(self) -> None:
        """End: waiting runs wait on, the workers come to an end, and are killed if they do not."""
        with self._changed:
            self._closed = True
            waiting, self._waiting = self._waiting, []
            self._changed.notify()
        for one in waiting:
            unclaim(one.run, one.lock)
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
                    following = self._in_turn()[0]
                    self._waiting.remove(following)
                    self._start(following)
                self._changed.wait(POLL if self._working else None)

    def _in_turn(self) -> list[_Waiting]:
        """What waits, in the order in which it will begin if nothing ends before."""
        shares = Counter(owner for _, owner in self._working.values())
        turns = []
        for one in self._waiting:
            shares[one.owner] += 1
            turns.append(shares[one.owner])
        order = sorted(range(len(turns)), key=lambda i: (turns[i], i))
        return [self._waiting[i] for i in order]

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
