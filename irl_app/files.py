"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ABANDONED = 3600.0
"""Seconds after which a draft that nobody has touched is a killed writer's."""


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write ``content`` beside ``path`` and move it there in one step; text as UTF-8. Returns ``path``.

    A reader sees the old file or the new one, never a part, and so does whoever looks after a power loss: the
    new one is on the disk before it takes the old one's place. Folders on the way are made.

    Raises:
        OSError: the file cannot be written; what was there before is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep_files(path.parent, path.name, ABANDONED)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):  # what went wrong first is said
            temporary.unlink(missing_ok=True)
        raise
    return path


def sync_files(folder: Path) -> None:
    """Wait until all files below a folder are on the disk: before the folder takes its place."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("r+b") as opened:
                os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk; nothing where folders cannot be opened (Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def draft_folder(parent: Path) -> Iterator[Path]:
    """A folder in ``parent`` that is filled unseen, then moved to its place; it goes where that fails.

    Raises:
        OSError: it cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    sweep_drafts(parent)
    draft = Path(tempfile.mkdtemp(dir=parent, prefix=".new-"))
    try:
        draft.chmod(0o755)  # mkdtemp's folder is private
        yield draft
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def sweep_drafts(folder: Path) -> None:
    """Remove the draft folders, and those about to be deleted, that killed writers left in a folder.

    Whoever still writes has touched its own within the last ``ABANDONED`` seconds.
    """
    _sweep(folder, r"\.(?:new|old|deleted)-\w+", ABANDONED)


def sweep_files(folder: Path, name: str = "", age: float = 0.0) -> None:
    """Remove the drafts of files that killed writers left in a folder.

    Args:
        name: of the file whose drafts they are, "" for any. age: a draft's at least, in seconds.
    """
    _sweep(folder, rf"\.{re.escape(name) or '.+'}\.[0-9a-f]{{8}}", age)


def _sweep(folder: Path, pattern: str, age: float) -> None:
    until = time.time() - age
    with os.scandir(folder) as entries:
        drafts = [entry for entry in entries if re.fullmatch(pattern, entry.name)]
    for draft in drafts:
        with suppress(OSError):  # gone already, or somebody else's
            if age and _touched(folder / draft.name) > until:
                continue
            if draft.is_dir(follow_symlinks=False):
                shutil.rmtree(folder / draft.name)
            else:
                (folder / draft.name).unlink()


def _touched(draft: Path) -> float:
    """When a draft or anything in it was last changed, in seconds since 1970."""
    inside = draft.rglob("*") if draft.is_dir() and not draft.is_symlink() else ()
    return max(path.lstat().st_mtime for path in (draft, *inside))
