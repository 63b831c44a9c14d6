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

from irl_app.files import sync_folder, write_whole
from irl_app.training.checkpoint_files import (
    FOLDER,
    FORMAT,
    FORMAT_VERSION,
    CheckpointError,
    checkpoint_updates,
    seal,
    verified,
)


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
        "format_version": FORMAT_VERSION,
        "update": checkpoint.update,
        "env_steps": checkpoint.env_steps,
        "seconds": checkpoint.seconds,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "state": dict(checkpoint.state),
    }
    about = json.loads(json.dumps(about, allow_nan=False))  # as it will be read: text keys, lists
    write_whole(path, json.dumps({**about, "seal": seal(about)}))
    if kept:
        sync_folder(run / FOLDER)  # the new one is there before an old one goes
        older = [update for update in checkpoint_updates(run) if update <= checkpoint.update]
        for update in older[:-kept]:
            for suffix in (".json", ".safetensors"):  # without its JSON it is no checkpoint any more
                (run / FOLDER / f"{update:08d}{suffix}").unlink(missing_ok=True)
    return path


def load_checkpoint(path: Path) -> Checkpoint:
    """Read and verify a checkpoint by its JSON file; nothing is unpickled.

    Raises:
        CheckpointError: one of its two files is missing, half-written or damaged.
        CheckpointVersionError: it is of another version of the format.
    """
    about, content = verified(path)
    try:
        tensors = load(content)
    except SafetensorError as error:
        raise CheckpointError(f"{path.with_suffix('.safetensors')} holds no tensors: {error}") from error
    return Checkpoint(about["update"], about["env_steps"], about["seconds"], tensors, about["state"])


def last_good_checkpoint(run: Path) -> tuple[Checkpoint | None, tuple[str, ...]]:
    """The newest checkpoint that is whole, or None; and a sentence on each newer one that is refused.

    Raises:
        CheckpointVersionError: it is of another version of the format.
    """
    refused: list[str] = []
    for update in reversed(checkpoint_updates(run)):
        try:
            return load_checkpoint(run / FOLDER / f"{update:08d}.json"), tuple(refused)
        except CheckpointError as error:
            refused.append(str(error))
    return None, tuple(refused)
