"""Checkpoints: everything that a run needs to go on bit by bit as if it had never stopped.

``checkpoints/00005000.safetensors`` holds the tensors, ``00005000.json`` the rest and the tensors' SHA-256.
The JSON file is written last and has a SHA-256 of its own: what was cut off or changed is noticed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from irl_app.files import write_whole
from irl_app.training.config import TrainingError

FORMAT = "irl-app checkpoint"
FOLDER = "checkpoints"


class CheckpointError(TrainingError):
    """A checkpoint's file is missing, half-written or damaged; the message names it."""


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A moment of a run.

    Attributes:
        update: updates done. env_steps: environment steps done. seconds: of training so far.
        tensors, state: the two halves of the trainer's ``state_dict``.
    """

    update: int
    env_steps: int
    seconds: float
    tensors: Mapping[str, torch.Tensor]
    state: Mapping[str, Any]


def save_checkpoint(run: Path, checkpoint: Checkpoint, *, kept: int = 0) -> Path:
    """Write a checkpoint and delete all but the ``kept`` newest up to it (0: none); returns the JSON file.

    Raises:
        ValueError: the state holds a number that JSON does not know, or tensors share memory.
        OSError: it cannot be written; the checkpoints before it are untouched.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()}
    content = save(tensors)
    path = run / FOLDER / f"{checkpoint.update:08d}.json"
    write_whole(path.with_suffix(".safetensors"), content)
    about: dict[str, Any] = {
        "format": FORMAT,
        "update": checkpoint.update,
        "env_steps": checkpoint.env_steps,
        "seconds": checkpoint.seconds,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "state": dict(checkpoint.state),
    }
    about = json.loads(json.dumps(about, allow_nan=False))  # as it will be read: text keys, lists
    write_whole(path, json.dumps({**about, "seal": _seal(about)}))
    if kept:
        older = [update for update in checkpoint_updates(run) if update <= checkpoint.update]
        for update in older[:-kept]:
            for suffix in (".json", ".safetensors"):  # without its JSON it is no checkpoint any more
                (run / FOLDER / f"{update:08d}{suffix}").unlink(missing_ok=True)
    return path


def load_checkpoint(path: Path) -> Checkpoint:
    """Read and verify a checkpoint by its JSON file; nothing is unpickled.

    Raises:
        CheckpointError: one of its two files is missing, half-written or damaged.
    """
    about, content = _read_json(path), _read(path.with_suffix(".safetensors"))
    if len(content) != about["bytes"] or hashlib.sha256(content).hexdigest() != about["sha256"]:
        raise CheckpointError(
            f"{path.with_suffix('.safetensors')} is half-written or damaged: it is not what was saved"
        )
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise CheckpointError(f"{path.with_suffix('.safetensors')} holds no tensors: {error}") from error
    return Checkpoint(
        int(about["update"]), int(about["env_steps"]), float(about["seconds"]), tensors, about["state"]
    )


def last_good_checkpoint(run: Path) -> tuple[Checkpoint | None, tuple[str, ...]]:
    """The newest checkpoint that is whole, or None; and a sentence on each newer one that is refused."""
    refused: list[str] = []
    for update in reversed(checkpoint_updates(run)):
        try:
            return load_checkpoint(run / FOLDER / f"{update:08d}.json"), tuple(refused)
        except CheckpointError as error:
            refused.append(str(error))
    return None, tuple(refused)


def checkpoint_updates(run: Path) -> tuple[int, ...]:
    """The updates of which there is at least one file, ascending."""
    names = {path.stem for path in (run / FOLDER).glob("*.*") if path.suffix in (".json", ".safetensors")}
    return tuple(sorted(int(name) for name in names if name.isdecimal()))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_read(path))
        if found["format"] == FORMAT and found.pop("seal") == _seal(found):
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


def _seal(about: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
