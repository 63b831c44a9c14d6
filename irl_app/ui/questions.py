"""What a lab asks: its world, its demonstrations and the settings that matter; kept for reuse."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Generic, TypeVar

from irl_app.demonstrations import Demonstrations, from_play
from irl_app.envs.grid_spec import GridSpec
from irl_app.experts import EXPERTS, demonstrate, expert_policy
from irl_app.ui.lab_state import DEFAULT, PLAYED, LabState
from trainers.arrays import FloatArray
from trainers.settings import settings_of
from trainers.tabular.config import TabularConfig

T = TypeVar("T")
WORLD_CELLS = 1_000  # a world is counted before its size is known


class Keep(Generic[T]):
    """The most recent answers by content, at most ``capacity`` cells of grids in all; safe among threads."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, cells: int, make: Callable[[], T]) -> T:
        """The answer kept under ``key``, or a new one from ``make`` that counts ``cells`` cells."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
        made = make()  # outside the lock: nobody waits for another one's solver
        with self._lock:
            if key not in self._kept:
                self._kept[key] = (cells, made)
                self._weight += cells
            while self._weight > self._capacity and len(self._kept) > 1:
                _, (weight, _old) = self._kept.popitem(last=False)
                self._weight -= weight
        return made


_worlds: Keep[GridSpec] = Keep(100_000)
_experts: Keep[Demonstrations | FloatArray] = Keep(100_000)


def world_of(lab: LabState) -> GridSpec:
    """The lab's world; GridError if there can be no such world."""
    return _worlds.get((lab.preset, lab.size, lab.world, lab.map), WORLD_CELLS, lab.grid)


def expert_of(lab: LabState) -> Demonstrations | FloatArray:
    """The lab's demonstrations, or the (S, A) policy whose exact occupancy stands for endless ones.

    Raises:
        GridError, ExpertError, DemonstrationError: one sentence says what cannot be.
    """
    grid = world_of(lab)
    key = (grid, lab.demonstrator, lab.demos, lab.seed, lab.played if lab.expert == PLAYED else None)
    return _experts.get(key, grid.n_states, lambda: _show(lab, grid))


def _show(lab: LabState, grid: GridSpec) -> Demonstrations | FloatArray:
    name, value = lab.demonstrator
    if name == PLAYED:
        return from_play(grid, lab.played, task=lab.task)
    if lab.demos is None:
        return expert_policy(name, grid, value)
    return demonstrate(lab.task, grid, name, value, lab.demos, lab.seed)


def effective_config(config: TabularConfig) -> TabularConfig:
    """The configuration with every setting that does not matter at its default."""
    values, settings = vars(config), settings_of(TabularConfig).values()
    return replace(config, **{one.name: one.default for one in settings if not one.matters(values)})


def question_of(lab: LabState) -> LabState:
    """The lab with all that does not change its answer at the default: equal questions, equal answers."""
    expert, value = lab.demonstrator
    is_usual = expert == PLAYED or value == EXPERTS[expert].default
    return replace(
        lab,
        expert=expert,
        expert_value=None if is_usual else value,
        draft=None,
        mode=DEFAULT.mode,
        lens=DEFAULT.lens,
        more=DEFAULT.more,
        episode=0,
        played=lab.played if expert == PLAYED else (),
        config=effective_config(lab.config),
    )
