"""The two files of a checkpoint, found and verified; without torch."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from irl_app import __version__
from irl_app.reading import FileError, MissingError, read_bytes, read_fields, reading
from irl_app.runs import RunError

FORMAT, FORMAT_VERSION = "irl-app checkpoint", 1
MAX_BYTES = 4_000_000_000
REMEDY = "it is not what was saved"
FOLDER = "checkpoints"


class CheckpointError(RunError):
    """A checkpoint's file is missing, half-written or damaged; the message names it."""


class CheckpointVersionError(RunError):
    """A checkpoint is whole, but of another version of the format: what is older must not take its place."""


def checkpoint_updates(run: Path) -> tuple[int, ...]:
    """The updates of which there is at least one file, ascending."""
    names = {path.stem for path in (run / FOLDER).glob("*.*") if path.suffix in (".json", ".safetensors")}
    return tuple(sorted(int(name) for name in names if re.fullmatch("[0-9]{8,15}", name)))


def verified(path: Path) -> tuple[dict[str, Any], bytes]:
    """What a checkpoint's JSON file says, and the content of its safetensors file, neither of them changed.

    Raises:
        CheckpointError: one of the two is missing, half-written or damaged.
    """
    about = _read_json(path)
    with reading(path.with_suffix(".safetensors"), CheckpointError, REMEDY):
        content = read_bytes(path.with_suffix(".safetensors"), MAX_BYTES)
    if len(content) != about["bytes"] or hashlib.sha256(content).hexdigest() != about["sha256"]:
        raise CheckpointError(
            f"{path.with_suffix('.safetensors')} is half-written or damaged: it is not what was saved"
        )
    return about, content


def seal(about: Mapping[str, Any]) -> str:
    """SHA-256 of what a JSON file says."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = read_fields(path, MAX_BYTES)
    except MissingError:
        raise CheckpointError(f"{path} is missing: the checkpoint was not finished") from None
    except FileError as error:
        raise CheckpointError(f"{path} is half-written or damaged: {REMEDY}") from error
    with reading(path, CheckpointError, REMEDY):
        if found.text("format") != FORMAT or found.found.pop("seal", None) != seal(found.found):
            raise CheckpointError(f"{path} is damaged: it is not what was saved")
        for name in ("update", "env_steps", "bytes"):
            found.whole(name)
        found.number("seconds", 0.0)
        found.object("state")
    if (version := found.found.get("format_version", 1)) != FORMAT_VERSION:
        raise CheckpointVersionError(
            f"{path} is of format {str(version)[:20]} of checkpoints, this irl-app {__version__} reads "
            f"{FORMAT_VERSION}: go on with the irl-app that made it, or start the run anew"
        )
    return found.found
