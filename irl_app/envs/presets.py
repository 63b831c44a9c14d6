"""Named grid worlds, each with one thing to teach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from irl_app.envs import layouts
from irl_app.envs.grid_spec import GridError, GridSpec, check_side

Draw = Callable[[int, np.random.Generator], GridSpec]

GOAL_REWARD, STEP_REWARD, LAVA_REWARD = 10.0, -1.0, -10.0


@dataclass(frozen=True)
class Preset:
    """A named family of grids.

    Attributes:
        name: as in ``gridworld/NAME``. title: for people. sentence: what it teaches.
        draw: (side, generator) -> grid.
        default_size, smallest: cells a side (the longer side where a preset is not square).
        expert, expert_value: name and number (None: the expert's own default) of who usually demonstrates it.
        redraws: True if the environment draws a new layout for every episode.
        random: True if the layout depends on the seed.
    """

    name: str
    title: str
    sentence: str
    draw: Draw
    default_size: int = 10
    smallest: int = 2
    expert: str = "shortest-path"
    expert_value: float | None = None
    redraws: bool = False
    random: bool = False

    def build(self, size: int | None, rng: np.random.Generator) -> GridSpec:
        """A grid of `size` cells a side (None: the default); GridError if the preset has no such size."""
        side = self.default_size if size is None else size
        check_side(side, side)
        if side < self.smallest:
            raise GridError(
                f"{self.name} needs at least {self.smallest} cells a side, got {side}: choose a larger size"
            )
        return self.draw(side, rng)


def make_preset(name: str, size: int | None = None, seed: int = 0) -> GridSpec:
    """The preset's grid: same name, size and seed, same grid.

    Raises:
        GridError: unknown name (the message lists them), a size or seed out of range.
    """
    if name not in PRESETS:
        raise GridError(f"unknown preset {name[:40]!r}, the presets are {', '.join(PRESETS)}")
    if seed < 0:
        raise GridError(f"the seed must be 0 or more, got {seed}")
    return PRESETS[name].build(size, np.random.default_rng(seed))


def _with_goal(side: int, goal: tuple[int, int] | None = None, **changes: Any) -> GridSpec:
    """Square grid with one goal of +10 (bottom right unless given) and -1 a step."""
    goal = goal or (side - 1, side - 1)
    goals = np.zeros((side, side), dtype=bool)
    goals[goal] = True
    rewards = np.where(goals, GOAL_REWARD, np.nan)
    return GridSpec.empty(side, side, goals=goals, rewards=rewards, step_reward=STEP_REWARD, **changes)


_CONTINUING: dict[str, Any] = {"goal_kind": "stay", "n_actions": 5, "max_steps": 50}


def _few_walls(side: int) -> int:
    return round(5 * side * side / 64)  # five at 8x8


def _random_walls(side: int, rng: np.random.Generator) -> GridSpec:
    walls = layouts.random_walls(side, _few_walls(side), (side - 1, side - 1), rng)
    return _with_goal(side, walls=walls, max_steps=max(100, 4 * side))


def _random_goal(side: int, rng: np.random.Generator) -> GridSpec:
    row, column = divmod(int(rng.integers(side * side)), side)
    walls = layouts.random_walls(side, _few_walls(side), (row, column), rng)
    return _with_goal(side, (row, column), walls=walls, max_steps=max(100, 4 * side))


def _cliff(width: int, _rng: np.random.Generator) -> GridSpec:
    height = max(2, width // 3)
    goals, starts = np.zeros((2, height, width), dtype=bool)
    starts[-1, 0] = goals[-1, -1] = True
    rewards = np.where(goals, GOAL_REWARD, np.nan)
    rewards[-1, 1:-1] = LAVA_REWARD
    return GridSpec.empty(
        height,
        width,
        goals=goals,
        starts=starts,
        rewards=rewards,
        step_reward=STEP_REWARD,
        max_steps=max(100, 4 * width),
    )


def _goal(side: int, rng: np.random.Generator) -> GridSpec:
    walls = layouts.random_walls(side, round(side * side / 10), (side - 1, side - 1), rng)
    return _with_goal(side, walls=walls, **_CONTINUING)


def _field(side: int, rng: np.random.Generator) -> GridSpec:
    rewards = rng.standard_normal((side, side)).round(3)  # three decimals keep the map short enough to share
    return GridSpec.empty(side, side, rewards=rewards, step_reward=0.0, slip=0.1, n_actions=5, max_steps=50)


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset(
            "open",
            "Open field",
            "Nothing in the way: what reward, value and policy look like when all is well.",
            lambda side, _: _with_goal(side, **_CONTINUING),
            default_size=8,
            expert="soft-optimal",
            expert_value=1.0,
        ),
        Preset(
            "static-walls",
            "Static walls",
            "Five fixed walls, a goal that ends the episode: good imitation need not mean a good value map.",
            lambda side, _: _with_goal(side, walls=layouts.static_walls(side), max_steps=max(100, 4 * side)),
            default_size=8,
            smallest=4,
        ),
        Preset(
            "random-walls",
            "Random walls",
            "New walls in every game: copying moves fails where the layout is new, a reward still holds.",
            _random_walls,
            default_size=8,
            redraws=True,
            random=True,
        ),
        Preset(
            "random-goal",
            "Random walls and goal",
            "Walls and goal change in every game: learn what a goal means, not where it is.",
            _random_goal,
            default_size=8,
            redraws=True,
            random=True,
        ),
        Preset(
            "four-rooms",
            "Four rooms",
            "Demonstrations crowd at the four doors although nothing is rewarded there.",
            lambda side, _: _with_goal(side, walls=layouts.four_rooms(side), max_steps=max(100, 6 * side)),
            default_size=11,
            smallest=5,
        ),
        Preset(
            "cliff",
            "Cliff walk",
            "An expert who never steps on the lava leaves little evidence of how bad it is.",
            _cliff,
            default_size=12,
            smallest=4,
            expert="soft-optimal",
            expert_value=0.1,
        ),
        Preset(
            "maze",
            "Maze",
            "Value falls along the one way to the goal, not with the straight distance to it.",
            lambda side, rng: _with_goal(
                side, walls=layouts.maze(side, rng), max_steps=max(100, side * side)
            ),
            default_size=11,
            smallest=3,
            random=True,
        ),
        Preset(
            "goal",
            "A goal to stay on",
            "The standard test: +10 at a goal one may stay on, -1 elsewhere, no episode ever ends.",
            _goal,
            expert="soft-optimal",
            expert_value=1.0,
            random=True,
        ),
        Preset(
            "reset",
            "A goal that teleports",
            "The goal sends the player back to a random start, so every part is seen many times.",
            lambda side, rng: _goal(side, rng).replace(goal_kind="teleport", slip=0.1),
            expert="soft-optimal",
            expert_value=1.0,
            random=True,
        ),
        Preset(
            "field",
            "Random field",
            "No goal to guess: every cell has its own reward, which only evidence can tell.",
            _field,
            expert="soft-optimal",
            expert_value=1.0,
            random=True,
        ),
    )
}
