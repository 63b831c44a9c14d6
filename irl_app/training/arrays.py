"""Arrays that every evaluation of a run writes anew, read as if by a stranger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from irl_app.training.config import TrainingError

MAX_BYTES = 100_000_000


class DamagedError(TrainingError):
    """What is in a file is not what an evaluation writes."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is damaged: the next evaluation writes it anew")


def read_arrays(path: Path) -> dict[str, NDArray[Any]] | None:
    """The arrays of a safetensors file by name; None before there is one.

    Raises:
        TrainingError: the file is larger than ``MAX_BYTES``, or damaged.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise TrainingError(f"{path} is larger than {MAX_BYTES} bytes: it is not a run's")
        return load(path.read_bytes())
    except FileNotFoundError:
        return None
    except SafetensorError as error:
        raise DamagedError(path) from error
