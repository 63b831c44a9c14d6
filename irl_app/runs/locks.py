"""Locks on a run's folder: whether somebody works on it now.

The system lets go of a lock when its holder's process ends, however it ends: a number is believed only while
the lock is held."""

from __future__ import annotations

import os
import socket
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from irl_app.reading import read_bytes

if sys.platform == "win32":
    import msvcrt

    def _try(descriptor: int, *, exclusive: bool) -> None:
        os.lseek(descriptor, 1 << 30, os.SEEK_SET)  # nobody could read what is locked
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
    """A held lock, whose file names the process that holds it; ``release`` or the end of the process lets go.

    Args:
        path: the lock's file, made if it is missing; it stays.
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
                break
            except OSError:
                if time.monotonic() >= until:
                    self.release()
                    raise LockedError(f"{path} is held by another process: wait until it has ended") from None
                time.sleep(0.01)
        with suppress(OSError):  # a full disk: the lock holds, whoever holds it
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, f"{socket.gethostname()} {os.getpid()}".encode())

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass(frozen=True)
class Holder:
    """The process that holds a lock: its number, and whether it is on this machine."""

    pid: int
    here: bool


def holder(path: Path) -> Holder | None:
    """Who holds the lock; None if nobody does, or the file does not say."""
    if not is_held(path):
        return None
    try:
        host, pid = read_bytes(path, 1_000).decode().split()
        return Holder(int(pid), host == socket.gethostname())
    except ValueError:
        return None


def is_held(path: Path) -> bool:
    """Whether any process, this one included, holds the lock; not, where it may not be looked at."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return False
    try:
        _try(descriptor, exclusive=False)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
