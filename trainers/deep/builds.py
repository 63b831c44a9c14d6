"""What torch has compiled, kept for the processes to come: only what is whole.

Torch keeps its builds in one folder for all processes of a user, and compilers write straight to their places
there. A process that is killed leaves half a library behind, and whoever loads it next fails or crashes. So
every process builds in a folder of its own. That begins with what others have finished, and what it has
finished itself is added to the shared one, file by file, in one step each. Headers compiled beforehand would
lie in torch's folder even so, 150 MB each: there are none.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import torch

VARIABLE = "TORCHINDUCTOR_CACHE_DIR"
"""Names the folder of builds, to torch as to us."""
OWN = ".process-"
"""How the names of processes' own folders begin."""
FORGOTTEN, ABANDONED = 30 * 86400.0, 7 * 86400.0
"""Seconds after which a shared build is made anew, and the folder of a killed process removed."""


def compiled(call: Callable[..., Any], options: dict[str, Any]) -> Callable[..., Any]:
    """The same call, compiled whole when it is first made, for arguments of these shapes.

    Args:
        options: of torch's compiler.

    Raises:
        OSError: there is nowhere to build.
    """
    builds, calls = _builds_of(os.getpid()), 0
    options = {**options, "cpp_cache_precompile_headers": False}
    built = torch.compile(call, fullgraph=True, dynamic=False, options=options)

    def kept(*args: Any) -> Any:
        nonlocal calls
        found = built(*args)
        calls += 1
        if calls & (calls - 1) == 0:  # the 1st, 2nd, 4th, 8th, ...: new shapes come early
            builds.share()
        return found

    return kept


class Builds:
    """A process's own folder of builds, which it has until it ends.

    Args:
        shared: the folder that all processes share, made if it is missing.

    Raises:
        OSError: a folder cannot be made.
    """

    def __init__(self, shared: Path) -> None:
        shared.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget(shared)
        self.shared, self.own = shared, Path(tempfile.mkdtemp(dir=shared, prefix=OWN))
        self._known = set(_builds(shared))
        for build in self._known:
            _take(shared / build, self.own / build)

    def share(self) -> None:
        """Give others what has been built here since; while nothing is being built."""
        for build in set(_builds(self.own)) - self._known:
            self._known.add(build)
            with suppress(OSError):  # a full disk: others build it themselves
                _sync(self.own / build)
                _take(self.own / build, self.shared / build)

    def remove(self) -> None:
        """Remove the own folder."""
        shutil.rmtree(self.own, ignore_errors=True)


@cache
def _builds_of(process: int) -> Builds:
    """Have torch build in a folder of this process's own from here on; each process has one."""
    builds = Builds(_shared_folder())
    atexit.register(builds.remove)
    os.environ[VARIABLE] = str(builds.own)
    # Triton's builds are written whole, and know their places: they can be shared as they are
    os.environ.setdefault("TRITON_CACHE_DIR", str(builds.shared / "triton"))
    return builds


def _shared_folder() -> Path:
    """The folder that the environment names; else one in the folder for temporary files, if it is ours."""
    if named := os.environ.get(VARIABLE):
        inherited = Path(named).name.startswith(OWN)  # from the process that started this one
        return Path(named).absolute().parent if inherited else Path(named).absolute()
    if os.name != "posix":
        return Path(tempfile.gettempdir()) / "irl-app-builds"
    usual = Path(tempfile.gettempdir()) / f"irl-app-builds-{os.getuid()}"
    with suppress(FileExistsError):
        usual.mkdir(mode=0o700)
    about = usual.lstat()
    if about.st_uid == os.getuid() and (about.st_mode & 0o170022) == 0o040000:
        return usual
    return Path(tempfile.mkdtemp(prefix="irl-app-builds-"))  # theirs could hold anything, and it would be run


def _builds(folder: Path) -> Iterator[Path]:
    """The files that make up builds, as seen from their folder; no locks, no drafts, nothing of Triton's."""
    for inside, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("locks", "triton") and name[0] != "."]
        yield from (Path(inside, name).relative_to(folder) for name in files if name[0] != ".")


def _take(file: Path, place: Path) -> None:
    """Have the same file at another place too, in one step; nothing where there is one, or it has gone."""
    with suppress(FileNotFoundError, FileExistsError):
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(file, place)
        except (FileNotFoundError, FileExistsError):
            raise
        except OSError:  # no second names on this disk
            draft = place.with_name(f".{place.name}.{os.getpid()}")
            shutil.copyfile(file, draft)
            _sync(draft)
            os.replace(draft, place)


def _sync(file: Path) -> None:
    """Wait until it is on the disk, before others can find it: a power loss leaves no half of it."""
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _forget(shared: Path) -> None:
    """Remove what is old: builds, which nobody may need any more, and what killed processes left."""
    now = time.time()
    with suppress(OSError):
        for folder in shared.glob(f"{OWN}*"):
            if now - folder.lstat().st_mtime > ABANDONED:
                shutil.rmtree(folder, ignore_errors=True)
        for build in _builds(shared):
            if now - (shared / build).lstat().st_mtime > FORGOTTEN:
                (shared / build).unlink()
