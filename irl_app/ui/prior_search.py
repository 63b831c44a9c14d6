"""Cross-validated priors, searched in processes beside the server so that no page ever waits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from irl_app.threads import VARIABLES
from trainers.tabular import Prior

MAX_KEPT = 1_000
Question = tuple[tuple[str, str], ...]


@dataclass
class Search:
    """One search: who waits for it, how far it is, and its outcome once there is one."""

    number: int
    question: Question
    owners: set[str] = field(default_factory=set)
    done: int = 0
    total: int = 0
    prior: Prior | None = None
    error: str | None = None

    @property
    def finished(self) -> bool:
        """True once there is a prior or an error."""
        return self.prior is not None or self.error is not None


class PriorSearch:
    """A first-in-first-out queue of searches and the worker processes that serve it.

    An owner (a browser session) waits for one search at a time: asking for another lets go of the one before,
    and a search that nobody waits for is cancelled. Finished searches are kept, so equal questions are free.
    """

    def __init__(self, workers: int) -> None:
        self._searches: OrderedDict[Question, Search] = OrderedDict()
        self._waiting: list[Search] = []
        self._changed = threading.Condition()
        self._count = 0
        self._closed = False
        self._workers = [_Worker(self) for _ in range(workers)]

    def ask(self, query: Mapping[str, str], owner: str) -> Search:
        """The search for this question (as in a link), started if it is new."""
        question = tuple(sorted(query.items()))
        with self._changed:
            self._let_go(owner, keep=question)
            search = self._searches.get(question)
            if search is None:
                self._count += 1
                search = self._searches[question] = Search(self._count, question)
                self._waiting.append(search)
                self._forget_oldest()
            self._searches.move_to_end(question)
            if not search.finished:
                search.owners.add(owner)
            self._changed.notify()
            return search

    def let_go(self, owner: str) -> None:
        """The owner waits for nothing any more."""
        with self._changed:
            self._let_go(owner, keep=None)

    def close(self) -> None:
        """End the worker processes."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for worker in self._workers:
            worker.close()

    def _let_go(self, owner: str, keep: Question | None) -> None:
        for search in [s for s in self._searches.values() if owner in s.owners and s.question != keep]:
            search.owners.discard(owner)
            if not search.owners and not search.finished:
                del self._searches[search.question]
                if search in self._waiting:
                    self._waiting.remove(search)
                else:
                    for worker in self._workers:
                        worker.cancel(search.number)

    def _forget_oldest(self) -> None:
        for question, search in list(self._searches.items()):
            if len(self._searches) <= MAX_KEPT:
                return
            if search.finished:
                del self._searches[question]

    def next_search(self) -> Search | None:
        """Wait for a search to do; None once closed. For the workers."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return None if self._closed else self._waiting.pop(0)

    def record(self, search: Search, reply: Mapping[str, Any]) -> None:
        """Take down what a worker says about its search. For the workers."""
        with self._changed:
            search.done, search.total = reply.get("done", search.done), reply.get("total", search.total)
            if "prior" in reply:
                search.prior = Prior(**reply["prior"])
            search.error = reply.get("error")
            if search.finished:
                search.owners.clear()


class _Worker:
    """A thread that feeds one process; the process starts at once, so that the first search finds it warm."""

    def __init__(self, pool: PriorSearch) -> None:
        self._pool = pool
        self._closed = False
        self._writing = threading.Lock()
        self._process = self._start()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _start(self) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "irl_app.ui.prior_worker"]
        return subprocess.Popen(
            ["nice", "-n", "5", *command] if os.name == "posix" else command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**dict.fromkeys(VARIABLES, "1"), **os.environ},
        )

    def _serve(self) -> None:
        while (search := self._pool.next_search()) is not None:
            try:
                self._write({"id": search.number, "question": dict(search.question)})
                self._follow(search)
            except OSError as error:
                self._pool.record(
                    search, {"error": f"the search's process ended ({error}): change a setting to try again"}
                )
            if self._process.poll() is not None and not self._closed:
                self._process = self._start()

    def _follow(self, search: Search) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            reply = json.loads(line)
            if reply["id"] == search.number:
                self._pool.record(search, reply)
                if not {"prior", "error", "cancelled"}.isdisjoint(reply):
                    return
        raise BrokenPipeError("it closed its output")

    def _write(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        with self._writing:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()

    def cancel(self, number: int) -> None:
        """Tell the process that nobody waits for this search; it may be another worker's."""
        try:
            self._write({"cancel": number})
        except OSError:
            return  # the process has ended; its thread notices and starts another

    def close(self) -> None:
        """End the process: its input ends, and if that does not help it is terminated."""
        self._closed = True
        self._process.terminate()
        self._process.wait(timeout=5)
