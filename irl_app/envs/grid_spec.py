"""A grid world as plain frozen data: where the walls, goals, rewards and starts are, and the rules."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from irl_app.envs.grid_dynamics import distances_to, move_targets, restart_matrix, transition_matrix
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.settings import DISCOUNT, SHARE, Range
from trainers.tabular.mdp import TabularMDP

GoalKind = Literal["end", "stay", "teleport"]

GOAL_KINDS: tuple[str, ...] = get_args(GoalKind)
MIN_SIDE, MAX_SIDE = 2, 100
MAX_MOVES = 100_000
MOVES = Range(1, MAX_MOVES)
MOST_GAMMA = 1.0 - 1e-6
ROUNDING = "nearer to 1, rounding decides which action is better"
"""Why not more: float64 knows values to about 1e-16 / (1 - gamma)^2."""
MAX_REWARD = 1e6
MAX_TELEPORT_ENTRIES = 2_000_000


class GridError(ValueError):
    """A grid, map or task that cannot be played; the message is one sentence for people."""


@dataclass(frozen=True, eq=False)
class GridSpec:
    """A grid world, complete: layout, true reward, rules. Equal and hashed by value.

    Cells are numbered ``row * width + column``. A reward is received on entering a cell.

    Attributes:
        height, width: cells a side, 2 to 100.
        walls: (H, W) True where nothing can stand.
        rewards: (H, W) reward of entering the cell; NaN where the step reward applies.
        goals: (H, W) True at goals.
        starts: (H, W) True where episodes start, each equally likely; all False means anywhere that is
            free and not an ending goal.
        step_reward: reward of entering any cell without a reward of its own.
        slip: probability in [0, 1] that a move is replaced by a random compass move.
        n_actions: 4 (up, right, down, left) or 5 (with stay).
        goal_kind: "end" ends the episode on entering, "stay" is an ordinary cell, from "teleport"
            every action leads to the start distribution.
        gamma: discount in (0, 1 - 1e-6].
        max_steps: moves after which an episode is truncated.

    Raises:
        GridError: a value is out of range, there is neither goal nor reward cell, a cell is two things
            that exclude each other, or an ending goal cannot be reached from a start.
    """

    height: int
    width: int
    walls: BoolArray
    rewards: FloatArray
    goals: BoolArray
    starts: BoolArray
    step_reward: float = -1.0
    slip: float = 0.0
    n_actions: int = 4
    goal_kind: GoalKind = "end"
    gamma: float = 0.9
    max_steps: int = 100

    def __post_init__(self) -> None:
        check_side(self.height, self.width)
        for name in ("walls", "rewards", "goals", "starts"):
            given = np.asarray(getattr(self, name))
            if given.shape != (self.height, self.width):
                raise GridError(f"{name} must be ({self.height}, {self.width}), got {given.shape}")
            array = given.astype(
                np.float64 if name == "rewards" else np.bool_
            )  # a copy: nobody else can change it
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        self._check_rules()
        self._check_cells()
        self._check_ways()

    def _check_rules(self) -> None:
        if self.gamma not in DISCOUNT:
            raise GridError(f"gamma must lie {DISCOUNT}, got {self.gamma:g}: choose for example 0.9")
        if self.gamma > MOST_GAMMA:
            raise GridError(f"gamma may be at most {MOST_GAMMA:.7g}, got {self.gamma:.12g}: {ROUNDING}")
        if self.slip not in SHARE:
            raise GridError(f"slip is a probability {SHARE}, got {self.slip:g}: choose for example 0.1")
        if self.n_actions not in (4, 5):
            raise GridError(f"actions must be 4 (compass moves) or 5 (with stay), got {self.n_actions}")
        if self.goal_kind not in GOAL_KINDS:
            raise GridError(f"the goal's kind must be one of {', '.join(GOAL_KINDS)}, got {self.goal_kind!r}")
        if self.max_steps not in MOVES:
            raise GridError(f"the number of moves must lie {MOVES}, got {self.max_steps}")
        if not abs(self.step_reward) <= MAX_REWARD:
            raise GridError(f"the step reward must lie within ±{MAX_REWARD:g}, got {self.step_reward:g}")

    def _check_cells(self) -> None:
        if not (self.goals.any() or (~np.isnan(self.rewards)).any()):
            raise GridError("the grid has no goal and no reward cell, so nothing to learn: add at least one")
        too_large = ~np.isnan(self.rewards) & ~(np.abs(self.rewards) <= MAX_REWARD)
        clashes = (
            (self.walls & self.goals, "is a wall and a goal"),
            (self.walls & self.starts, "is a wall and a start"),
            (self.walls & ~np.isnan(self.rewards), "is a wall and has a reward"),
            (
                self.starts & self.goals & (self.goal_kind == "end"),
                "is a start and a goal that ends the episode",
            ),
            (too_large, f"has a reward beyond ±{MAX_REWARD:g}"),
        )
        for where, clash in clashes:
            if where.any():
                raise GridError(f"the cell at {self.place(int(where.argmax()))} {clash}: change one of them")
        if not self.start_cells.size:
            raise GridError("no cell is left to start in: free a cell, or mark one as the start")
        entries = int(self.goals.sum()) * self.n_actions * self.start_cells.size
        if self.goal_kind == "teleport" and entries > MAX_TELEPORT_ENTRIES:
            raise GridError(
                f"teleporting goals times start cells times actions may be at most {MAX_TELEPORT_ENTRIES}, "
                f"got {entries}: use fewer goals, or mark the start cells"
            )

    def _check_ways(self) -> None:
        if self.goal_kind != "end" or not self.goals.any():
            return
        lost = self.start_cells[self._distances[self.start_cells] < 0]
        if lost.size:
            raise GridError(
                f"no goal can be reached from the start at {self.place(int(lost[0]))} ({lost.size} such): "
                "open a wall, or mark start cells that have a way to the goal"
            )

    @classmethod
    def empty(cls, height: int, width: int, **changes: Any) -> GridSpec:
        """A grid without walls whose other attributes are given as keywords; a goal or reward is needed."""
        check_side(height, width)
        layers: dict[str, Any] = {
            "walls": np.zeros((height, width), dtype=bool),
            "rewards": np.full((height, width), np.nan),
            "goals": np.zeros((height, width), dtype=bool),
            "starts": np.zeros((height, width), dtype=bool),
        }
        return cls(height=height, width=width, **(layers | changes))

    def replace(self, **changes: Any) -> GridSpec:
        """A copy with some attributes changed, validated anew."""
        return dataclasses.replace(self, **changes)

    @cached_property
    def _key(self) -> tuple[Hashable, ...]:
        rewards = np.where(
            np.isnan(self.rewards), np.nan, self.rewards + 0.0
        )  # one NaN, one zero: bytes compare
        layers = (self.walls.tobytes(), rewards.tobytes(), self.goals.tobytes(), self.starts.tobytes())
        fields = (getattr(self, field.name) for field in dataclasses.fields(self))
        return (*layers, *(value for value in fields if not isinstance(value, np.ndarray)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GridSpec) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def n_states(self) -> int:
        """S = H * W, walls included."""
        return self.height * self.width

    def cell(self, row: int, column: int) -> int:
        """The number of the cell at (row, column), both from 0; GridError outside the grid."""
        if not (0 <= row < self.height and 0 <= column < self.width):
            raise GridError(
                f"there is no cell at row {row}, column {column} in a {self.height}x{self.width} grid"
            )
        return row * self.width + column

    def place(self, cell: int) -> str:
        """A cell in words, counted from 1 as people do: ``row 3, column 7``."""
        return f"row {cell // self.width + 1}, column {cell % self.width + 1}"

    @cached_property
    def targets(self) -> IntArray:
        """(S, 5) the cell that up, right, down, left, stay aim at from each cell."""
        return move_targets(self.walls)

    @cached_property
    def start_cells(self) -> IntArray:
        """(n,) numbers of the cells in which an episode may start, ascending."""
        if self.starts.any():
            return np.flatnonzero(self.starts)
        ends = self.goals if self.goal_kind == "end" else np.zeros_like(self.goals)
        return np.flatnonzero(~self.walls & ~ends)

    @cached_property
    def _mdp(self) -> TabularMDP:
        free, goals = ~self.walls.ravel(), self.goals.ravel()
        p0 = np.zeros(self.n_states)
        p0[self.start_cells] = 1.0 / self.start_cells.size
        terminal = goals if self.goal_kind == "end" else np.zeros_like(goals)
        teleports = goals if self.goal_kind == "teleport" else np.zeros_like(goals)
        walks = free & ~terminal & ~teleports
        transition = transition_matrix(self.targets, walks, self.slip, self.n_actions)
        if teleports.any():
            transition = transition + restart_matrix(np.flatnonzero(teleports), p0, self.n_actions)
        return TabularMDP(
            transition=transition, p0=p0, gamma=self.gamma, terminal=terminal.copy(), valid=free
        )

    def mdp(self) -> TabularMDP:
        """The exact dynamics with this grid's gamma; built once and kept."""
        return self._mdp

    @cached_property
    def _state_reward(self) -> FloatArray:
        table = np.where(np.isnan(self.rewards), self.step_reward, self.rewards).ravel()
        table[self.walls.ravel()] = np.nan
        table.setflags(write=False)
        return table

    def state_reward(self) -> FloatArray:
        """(S,) the true reward of entering each cell, NaN at walls; read-only."""
        return self._state_reward

    @cached_property
    def _distances(self) -> IntArray:
        table = distances_to(self.goals.ravel(), self.targets, ~self.walls.ravel())
        table.setflags(write=False)
        return table

    def shortest_distances(self) -> IntArray:
        """(S,) fewest moves to the nearest goal: 0 at it, -1 at walls and if there is no way; read-only."""
        return self._distances


def check_side(height: int, width: int) -> None:
    """Raise GridError unless both sides lie within 2 to 100; called before anything is allocated."""
    if not (MIN_SIDE <= height <= MAX_SIDE and MIN_SIDE <= width <= MAX_SIDE):
        remedy = "make it smaller" if max(height, width) > MAX_SIDE else "make it larger"
        raise GridError(f"a grid has {MIN_SIDE} to {MAX_SIDE} cells a side, got {height}x{width}: {remedy}")
