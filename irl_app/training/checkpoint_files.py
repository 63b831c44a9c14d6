"""The two files of a checkpoint, found and verified; without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from irl_app.training.config import TrainingError

FORMAT = "irl-app checkpoint"
FOLDER = "checkpoints"


class CheckpointError(TrainingError):
    """A checkpoint's file is missing, half-written or damaged; the message names it."""


def checkpoint_updates(run: Path) -> tuple[int, ...]:
    """The updates of which there is at least one file, ascending."""
    names = {path.stem for path in (run / FOLDER).glob("*.*") if path.suffix in (".json", ".safetensors")}
    return tuple(sorted(int(name) for name in names if name.isdecimal()))


def verified(path: Path) -> tuple[dict[str, Any], bytes]:
    """What a checkpoint's JSON file says, and the content of its safetensors file, neither of them changed.

    Raises:
        CheckpointError: one of the two is missing, half-written or damaged.
    """
    about, content = _read_json(path), _read(path.with_suffix(".safetensors"))
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
        found = json.loads(_read(path))
        if found["format"] == FORMAT and found.pop("seal") == seal(found):
            return dict(found)
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(f"{path} is half-written or damaged: it is not what was saved") from error
    raise CheckpointError(f"{path} is damaged: it is not what was saved")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise CheckpointError(f"{path} is missing: the checkpoint was not finished") from None
