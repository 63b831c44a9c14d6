"""Steps on the device, of K seeds side by side, from which rows are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.transitions import Transitions

FIELDS = ("obs", "action", "next_obs", "terminated", "reward")


@dataclass(frozen=True)
class Batch:
    """Rows for n updates of K seeds: obs and next_obs (K, n, B, *O), action, terminated, reward (K, n, B)."""

    obs: Tensor
    action: Tensor
    next_obs: Tensor
    terminated: Tensor
    reward: Tensor

    def at(self, i: int) -> Batch:
        """The rows (K, B, ...) of update i."""
        return Batch(*(getattr(self, name)[:, i] for name in FIELDS))

    def beside(self, other: Batch) -> Batch:
        """These rows first, then the other's."""
        return Batch(*(torch.cat((getattr(self, name), getattr(other, name)), 2) for name in FIELDS))


class Steps:
    """Steps of K seeds in one block of memory: seed k owns rows [k * capacity, k * capacity + size[k]).

    Attributes:
        capacity: most steps of a seed. size: steps that each seed holds. next: row that ``add`` writes next.
        fields: name of ``FIELDS`` -> (K capacity, ...).
    """

    def __init__(self, n_seeds: int, capacity: int, obs_shape: tuple[int, ...]) -> None:
        rows = n_seeds * capacity
        self.capacity, self.size, self.next = capacity, [0] * n_seeds, 0
        self.fields = {
            "obs": torch.zeros(rows, *obs_shape),
            "action": torch.zeros(rows, dtype=torch.int64),
            "next_obs": torch.zeros(rows, *obs_shape),
            "terminated": torch.zeros(rows, dtype=torch.bool),
            "reward": torch.zeros(rows),
        }

    @classmethod
    def of(cls, demonstrations: Sequence[Transitions]) -> Steps:
        """All steps of every seed's demonstrations."""
        steps = cls(len(demonstrations), max(map(len, demonstrations)), demonstrations[0].obs_shape)
        for k, own in enumerate(demonstrations):
            rows = slice(k * steps.capacity, k * steps.capacity + len(own))
            for name, tensor in steps.fields.items():
                tensor[rows] = torch.from_numpy(np.array(getattr(own, name)))
            steps.size[k] = len(own)
        return steps

    def add(self, step: dict[str, NDArray[np.generic]]) -> None:
        """Remember one step of every seed, (K, ...) each; the oldest is overwritten when it is full."""
        rows = torch.arange(len(self.size)) * self.capacity + self.next
        for name, tensor in self.fields.items():
            tensor[rows] = torch.as_tensor(step[name], dtype=tensor.dtype)
        self.next = (self.next + 1) % self.capacity
        self.size = [min(size + 1, self.capacity) for size in self.size]

    def state(self) -> dict[str, Tensor]:
        """Every field (K, size, ...) of what is held, of seeds that hold as many steps each."""
        held = self.size[0]
        return {name: self._by_seed(tensor)[:, :held].contiguous() for name, tensor in self.fields.items()}

    def load(self, state: Mapping[str, Tensor], next_row: int) -> None:
        """Hold what ``state()`` gave; ``next_row`` is the ``next`` of the steps that gave it."""
        held = state["action"].shape[1]
        for name, tensor in self.fields.items():
            self._by_seed(tensor)[:, :held] = state[name]
        self.size, self.next = [held] * len(self.size), next_row

    def _by_seed(self, tensor: Tensor) -> Tensor:
        """A view (K, capacity, ...) of a field."""
        return tensor.view(len(self.size), self.capacity, *tensor.shape[1:])

    def draw(self, n: int, batch_size: int, generators: Sequence[torch.Generator]) -> Batch:
        """Rows for n updates, with replacement, each seed's by its own generator."""
        rows = torch.stack(
            [
                torch.randint(size, (n, batch_size), generator=generator) + k * self.capacity
                for k, (size, generator) in enumerate(zip(self.size, generators, strict=True))
            ]
        )
        flat = rows.flatten()
        drawn = (self.fields[name].index_select(0, flat) for name in FIELDS)
        return Batch(*(field.view(*rows.shape, *field.shape[1:]) for field in drawn))
