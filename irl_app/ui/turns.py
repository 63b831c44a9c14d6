"""Turns at what is dear: one visitor at a time, who came first goes first."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_SECONDS = 0.1
"""How often whoever waits looks whether the turn is still wanted."""


class Turns:
    """A lock that is fair, and that one can stop waiting for."""

    def __init__(self) -> None:
        self._lock, self._queue = threading.Lock(), deque[threading.Event]()

    @contextmanager
    def turn(self, still_wanted: Callable[[], object]) -> Iterator[None]:
        """Wait, and have the turn while the block lasts.

        Args:
            still_wanted: called now and then while waiting; whatever it raises ends the waiting.
        """
        own = threading.Event()
        with self._lock:
            self._queue.append(own)
            if self._queue[0] is own:
                own.set()
        try:
            while not own.wait(LOOK_SECONDS):
                still_wanted()
            yield
        finally:
            with self._lock:
                self._queue.remove(own)
                if self._queue:
                    self._queue[0].set()
