"""The worlds of ``irl-app bench verdict``: every preset, and as many random maps with lava and goals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.layouts import connected
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.experts import expert_of, expert_policy
from trainers.arrays import BoolArray, FloatArray

SIDE = 8
SIDES = (6, 9)
MOST_WALLS, MOST_LAVA = 0.2, 0.3
TEMPERATURES = (0.1, 0.3, 1.0)


@dataclass(frozen=True, eq=False)
class BenchWorld:
    """A world with whoever demonstrates in it.

    Attributes:
        family: "presets" or "random maps". name: which, for people. seed: of it.
        grid: the world. policy: (S, A) of the expert.
    """

    family: str
    name: str
    seed: int
    grid: GridSpec
    policy: FloatArray


def bench_worlds(seed: int) -> list[BenchWorld]:
    """Every preset, 8 cells a side where it can be, and as many random maps."""
    found = []
    for name, preset in PRESETS.items():
        grid = make_preset(name, preset.default_size if name == "cliff" else SIDE, seed)
        policy = expert_policy(*_usual(name, grid))
        found.append(BenchWorld("presets", name, seed, grid, policy))
    for k in range(len(PRESETS)):
        rng = np.random.default_rng((seed, k))
        grid = random_map(rng)
        policy = expert_policy("soft-optimal", grid, float(rng.choice(TEMPERATURES)))
        found.append(BenchWorld("random maps", f"random map {k}", seed, grid, policy))
    return found


def _usual(name: str, grid: GridSpec) -> tuple[str, GridSpec, float]:
    expert, value = expert_of(f"gridworld/{name}")
    return expert, grid, value


def random_map(rng: np.random.Generator) -> GridSpec:
    """A connected map of 6 to 8 cells a side: up to a fifth walls, up to three tenths lava, one or two goals
    of different worth that end the episode, may be stayed on or teleport, one start, some, or any."""
    height, width = rng.integers(*SIDES, size=2)
    cells = rng.permutation(height * width)
    walls = _walls(height, width, cells, int(rng.uniform(0.0, MOST_WALLS) * cells.size))
    free = cells[~walls.ravel()[cells]]
    goals, starts, rewards = (np.full(cells.size, value) for value in (False, False, np.nan))
    n_goals, n_starts = int(rng.integers(1, 3)), int(rng.choice([0, 1, 4]))
    goals[free[:n_goals]] = True
    rewards[free[:n_goals]] = rng.uniform(3.0, 12.0, n_goals).round(1)
    lava = free[n_goals : n_goals + int(rng.uniform(0.0, MOST_LAVA) * free.size)]
    rewards[lava] = rng.uniform(-12.0, -2.0, lava.size).round(1)
    starts[free[n_goals + lava.size :][:n_starts]] = True
    return GridSpec(
        height=int(height),
        width=int(width),
        walls=walls,
        rewards=rewards.reshape(walls.shape),
        goals=goals.reshape(walls.shape),
        starts=starts.reshape(walls.shape),
        slip=float(rng.choice([0.0, 0.0, 0.1])),
        n_actions=int(rng.choice([4, 5])),
        goal_kind=rng.choice(["end", "stay", "teleport"]).item(),
        max_steps=50,
    )


def _walls(height: int, width: int, cells: FloatArray, wanted: int) -> BoolArray:
    """(height, width) the first cells that can be walls while all free ones stay connected."""
    walls = np.zeros((height, width), dtype=bool)
    for cell in cells[::-1]:
        if walls.sum() == wanted:
            break
        walls.flat[cell] = True
        walls.flat[cell] = connected(walls)
    return walls
