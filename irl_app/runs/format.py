"""The format of run folders: which files say that a folder is a run, and of which version it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from irl_app import __version__
from irl_app.reading import Fields, MissingError, read_fields, reading

FORMAT, FORMAT_VERSION = "irl-app run", 3
MAX_BYTES = 10_000_000
"""Of a small file that is read: a hundred times what is ever written."""
REMEDY = "run it again"
_OLDER_FORMATS = ("irl-app training run", "irl-app runs", FORMAT)
"""Before version 3: of trainings, of recoveries of several seeds, of recoveries."""


class RunError(ValueError):
    """A run that cannot be made, read, started or resumed; the message is one sentence."""


def description_of(folder: Path) -> str | None:
    """What makes a folder a run: ``config.json``, of recoveries before version 3 another file; one that lies
    there damaged makes it a damaged run, and so does a folder that may not be looked into."""
    for name in ("config.json", "run.json"):
        if os.path.lexists(f"{folder}/{name}"):
            return f"{folder}/{name}"
    if folder.is_dir() and not os.access(folder, os.R_OK | os.X_OK):
        return f"{folder}/config.json"
    several = f"{folder}/summary.json"
    return several if os.path.isfile(several) and any(folder.glob("seed-*/run.json")) else None


def read_description(folder: Path) -> dict[str, Any]:
    """The content of a run's ``config.json``.

    Raises:
        RunError: there is no run, it is damaged, or of another version of the format than this one.
    """
    path = config = f"{folder}/config.json"
    with reading(path, RunError, REMEDY):
        try:
            found = read_fields(path, MAX_BYTES).found
        except MissingError:
            if (older := description_of(folder)) is None:
                raise RunError(f"there is no run at {folder}: it has no config.json") from None
            path, found = older, read_fields(older, MAX_BYTES).found
    version = found.get("format_version")
    if found.get("format") not in _OLDER_FORMATS:
        raise RunError(f"{path} is not a run of this program")
    if found["format"] != FORMAT or path != config:
        version = 0
    if type(version) is not int:
        raise RunError(f"{path} is damaged: run it again")
    if version != FORMAT_VERSION:
        raise RunError(_of_another_version(folder, version, _maker(found)))
    return found


def _of_another_version(folder: Path, version: int, maker: str) -> str:
    newer = f"in format {version} of run folders, which is newer than"
    made = newer if version > FORMAT_VERSION else "in a format of run folders older than"
    return (
        f"{folder} was made by irl-app {maker} {made} format {FORMAT_VERSION}, the one that this irl-app "
        f"{__version__} reads: use the irl-app that made it, or run it again"
    )


def _maker(found: dict[str, Any]) -> str:
    """The version of the program that made a run, wherever its format keeps it."""
    for part in (found, found.get("about"), found.get("found")):
        if isinstance(part, dict) and isinstance(part.get("version"), str):
            return str(part["version"])[:40]
    return "of an unknown version"


def read_object(path: Path | str, remedy: str = REMEDY) -> Fields:
    """The fields of the object in a JSON file of at most ``MAX_BYTES``.

    Args:
        remedy: what to do about a damaged one.

    Raises:
        RunError: there is no file, it is too large, or holds no such object.
    """
    with reading(path, RunError, remedy):
        return read_fields(path, MAX_BYTES)
