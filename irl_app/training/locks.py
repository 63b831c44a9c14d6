"""Locks on a run's folder: whether somebody works on it now.

The system lets go of a lock when its holder's process ends, however it ends: no number is believed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int, *, exclusive: bool) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try(descriptor: int, *, exclusive: bool) -> None:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)


LOOK = 0.2
"""Seconds of patience there always are: whoever only looks at a lock holds it for an instant."""


class LockedError(ValueError):
    """Somebody else holds the lock."""


class Lock:
    """A held lock; ``release`` or the end of the process lets go of it.

    Args:
        path: the lock's file, made if it is missing; it stays, empty.
        patience: seconds to wait for another holder to let go.

    Raises:
        LockedError: somebody else held it all that time.
        OSError: the file cannot be made.
    """

    def __init__(self, path: Path, patience: float = 0.0) -> None:
        self.path = path
        until = time.monotonic() + max(patience, LOOK)
        self._descriptor: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        while True:
            try:
                _try(self._descriptor, exclusive=True)
                return
            except OSError:
                if time.monotonic() >= until:
                    self.release()
                    raise LockedError(f"{path} is held by another process: wait until it has ended") from None
                time.sleep(0.01)

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_held(path: Path) -> bool:
    """Whether any process, this one included, holds the lock."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        _try(descriptor, exclusive=False)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
