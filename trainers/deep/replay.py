"""What rows are drawn from: demonstrations in memory, and the learners' own steps in files that only grow.

A replay is a folder of plain arrays, one row after the other, mapped into memory: observations in the dtype
of their space, each stored once (``next_obs`` is the row after ``obs``), and actions, rewards and ends. The
files hold every step that was taken; what is drawn are the newest ``capacity`` ones. A checkpoint need only
note how long the files were: what came after it is written over.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.spaces import Space
from trainers.transitions import Transitions

CHUNK = 1 << 22
"""Bytes by which a file grows, about."""


@dataclass(frozen=True)
class Batch:
    """Rows for n updates of K seeds: obs and next_obs (K, n, B, *O), action (K, n, B, *A), terminated, reward
    (K, n, B); or of one update, without n."""

    obs: Tensor
    action: Tensor
    next_obs: Tensor
    terminated: Tensor
    reward: Tensor

    def at(self, i: int) -> Batch:
        """The rows (K, B, ...) of update i."""
        return Batch(*(getattr(self, field.name)[:, i] for field in fields(self)))

    def to(self, device: torch.device) -> Batch:
        """The same rows on a device."""
        return Batch(*(getattr(self, field.name).to(device) for field in fields(self)))

    def beside(self, other: Batch) -> Batch:
        """These rows first, then the other's."""
        return Batch(
            *(torch.cat((getattr(self, each.name), getattr(other, each.name)), 2) for each in fields(self))
        )


class Dataset:
    """The demonstrated steps of K seeds, in one block of memory.

    Args:
        steps: each seed's own.
    """

    def __init__(self, steps: Sequence[Transitions]) -> None:
        self.sizes = [len(own) for own in steps]
        self.fields = {
            field.name: torch.from_numpy(np.concatenate([getattr(own, field.name) for own in steps]))
            for field in fields(Batch)
        }
        self.fields["reward"] = self.fields["reward"].float()
        self._offsets = np.cumsum([0, *self.sizes[:-1]]).tolist()

    def draw(self, n: int, batch_size: int, generators: Sequence[torch.Generator]) -> Batch:
        """Rows for n updates, with replacement, each seed's by its own generator."""
        rows = torch.stack(
            [
                torch.randint(size, (n, batch_size), generator=generator) + offset
                for size, offset, generator in zip(self.sizes, self._offsets, generators, strict=True)
            ]
        )
        flat = rows.flatten()
        drawn = (self.fields[field.name].index_select(0, flat) for field in fields(Batch))
        return Batch(*(field.view(*rows.shape, *field.shape[1:]) for field in drawn))


class Replay:
    """The steps that K seeds have taken, each in its own environment.

    Args:
        folder: of the files, made if missing; None: a temporary one, which goes with this object.
        n_seeds: K. capacity: of each seed the newest so many steps are drawn from.
        observation_space, action_space: of the environments.

    Attributes:
        size: steps that each seed has taken.
    """

    def __init__(
        self, folder: Path | None, n_seeds: int, capacity: int, observation_space: Space, action_space: Space
    ) -> None:
        if folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="irl-app-replay-")
            folder = Path(self._temporary.name)
        folder.mkdir(parents=True, exist_ok=True)
        self.capacity, self.size = capacity, 0
        self._rows = np.full(n_seeds, -1)  # of each seed's newest observation

        def column(name: str, dtype: Any, shape: tuple[int, ...] = ()) -> _Column:
            return _Column(folder / f"{name}.bin", np.dtype(dtype), (n_seeds, *shape))

        self._obs = column("obs", observation_space.dtype, observation_space.shape)
        self._action = column("action", action_space.dtype, action_space.shape)
        self._reward = column("reward", np.float32)
        self._terminated = column("terminated", np.bool_)
        self._row = column("row", np.uint32)  # of the observation in which a step was taken

    def begin(self, obs: NDArray[Any], which: NDArray[np.bool_] | None = None) -> None:
        """Episodes begin at obs (K, *O), of all seeds or of those (K,) that ``which`` says."""
        begun = np.arange(len(self._rows)) if which is None else np.flatnonzero(which)
        self._rows[begun] += 1
        self._obs.write(self._rows[begun], begun, obs[begun])

    def add(
        self,
        action: NDArray[Any],
        reward: NDArray[Any],
        next_obs: NDArray[Any],
        terminated: NDArray[np.bool_],
    ) -> None:
        """One step of every seed, from its newest observation to next_obs (K, *O)."""
        seeds, step = np.arange(len(self._rows)), np.full(len(self._rows), self.size)
        for column, values in (
            (self._action, action),
            (self._reward, reward),
            (self._terminated, terminated),
            (self._row, self._rows),
        ):
            column.write(step, seeds, values)
        self._rows += 1
        self._obs.write(self._rows, seeds, next_obs)
        self.size += 1

    def draw(self, n: int, batch_size: int, generators: Sequence[torch.Generator]) -> Batch:
        """Rows for n updates, with replacement, each seed's by its own generator."""
        held = min(self.size, self.capacity)
        drawn = [torch.randint(held, (n, batch_size), generator=g).numpy() for g in generators]
        step = np.stack(drawn) + (self.size - held)
        seed = np.arange(len(drawn))[:, None, None]
        row = self._row[step, seed]
        arrays = (
            self._obs[row, seed],
            self._action[step, seed],
            self._obs[row + 1, seed],
            self._terminated[step, seed],
            self._reward[step, seed],
        )
        return Batch(*map(torch.from_numpy, arrays))

    def reached(self, seed: int) -> NDArray[Any]:
        """(size, *O) what was observed after each step of a seed, in their order."""
        step = np.arange(self.size)
        own = np.full(self.size, seed)
        return self._obs[self._row[step, own] + 1, own]

    def has_ended(self, seed: int) -> bool:
        """Whether the task's rules ever ended an episode of a seed."""
        return bool(self._terminated[np.arange(self.size), np.full(self.size, seed)].any())

    def state(self) -> dict[str, Any]:
        """How long the files are, once they are on the disk: all that a checkpoint needs to note."""
        for column in (self._obs, self._action, self._reward, self._terminated, self._row):
            column.sync()
        return {"size": self.size, "rows": self._rows.tolist()}

    def load(self, state: dict[str, Any]) -> None:
        """Go on where ``state`` was taken: what was written after it is written over.

        Raises:
            ValueError: the files are shorter than that, or of other seeds.
        """
        size, rows = int(state["size"]), np.array(state["rows"], dtype=np.int64)
        if rows.shape != self._rows.shape:
            raise ValueError(f"the replay is of {len(rows)} seeds, not of {len(self._rows)}")
        columns = (self._action, self._reward, self._terminated, self._row)
        if any(column.length < size for column in columns) or self._obs.length <= int(rows.max()):
            raise ValueError(
                "the replay's files are shorter than its checkpoint says: they have been changed, run it anew"
            )
        if size and (self._row[np.arange(size)[:, None], np.arange(len(rows))] >= rows).any():
            raise ValueError(
                "the replay's files are damaged: they speak of steps that never were, run it anew"
            )
        self.size, self._rows = size, rows


class _Column:
    """A file of rows (K, ...) that grows, mapped into memory."""

    def __init__(self, path: Path, dtype: np.dtype[Any], shape: tuple[int, ...]) -> None:
        self._path, self._dtype, self._shape = path, dtype, shape
        self._bytes = dtype.itemsize * int(np.prod(shape))
        self._by = max(1, CHUNK // self._bytes)
        self._file = -1
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        self.length = 0
        self._map(os.fstat(self._file).st_size // self._bytes)

    def write(self, rows: NDArray[np.int64], seeds: NDArray[np.int64], values: NDArray[Any]) -> None:
        last = int(rows.max(initial=0))
        if last >= self.length:
            self._map((last // self._by + 1) * self._by)
        self._array[rows, seeds] = values

    def __getitem__(self, at: tuple[NDArray[np.int64], NDArray[np.int64]]) -> NDArray[Any]:
        return self._array[at]

    def sync(self) -> None:
        if self.length:
            self._mapped.flush()
        os.fsync(self._file)

    def _map(self, rows: int) -> None:
        if rows == 0:
            return
        os.ftruncate(self._file, rows * self._bytes)
        self._mapped = np.memmap(self._path, self._dtype, "r+", shape=(rows, *self._shape))
        self._array = self._mapped.view(np.ndarray)
        self.length = rows

    def __del__(self) -> None:
        if self._file >= 0:
            os.close(self._file)
