"""A grid as it is being drawn: the four layers of a `GridSpec` that may not yet make a playable grid."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from irl_app.envs.grid_spec import MAX_REWARD, MAX_SIDE, MIN_SIDE, GridSpec
from irl_app.ui.components._wire import ComponentStateError, finite, json_numbers, listed, whole
from trainers.arrays import BoolArray, FloatArray

_WALL, _GOAL, _START = 1, 2, 4  # bits of a cell's flag on the wire


@dataclass(frozen=True, eq=False)
class Drawing:
    """Walls, goals, starts and rewards of a grid under the pen; unlike a `GridSpec` it need not be playable.

    Attributes:
        walls: (H, W) True where nothing can stand.
        goals: (H, W) True at goals.
        starts: (H, W) True where episodes start; all False means anywhere.
        rewards: (H, W) reward of entering the cell; NaN where the step reward applies.
    """

    walls: BoolArray
    goals: BoolArray
    starts: BoolArray
    rewards: FloatArray

    @classmethod
    def of(cls, grid: GridSpec) -> Drawing:
        """The layers of ``grid``."""
        return cls(walls=grid.walls, goals=grid.goals, starts=grid.starts, rewards=grid.rewards)

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.walls.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.walls.shape[1])

    def on(self, grid: GridSpec) -> GridSpec:
        """A grid with these layers and the rules of ``grid`` (which may have another size).

        Raises:
            GridError: the drawing cannot be played; its one sentence says why.
        """
        return grid.replace(
            height=self.height, width=self.width,
            walls=self.walls, goals=self.goals, starts=self.starts, rewards=self.rewards,
        )  # fmt: skip

    def to_wire(self) -> dict[str, Any]:
        """The drawing as small JSON: a digit of flags per cell, and the cells with a reward of their own."""
        flags = self.walls * _WALL + self.goals * _GOAL + self.starts * _START
        cells = np.flatnonzero(~np.isnan(self.rewards.ravel()))
        return {
            "height": self.height,
            "width": self.width,
            "flags": "".join(map(str, flags.ravel().tolist())),
            "cells": cells.tolist(),
            "values": json_numbers(self.rewards.ravel()[cells]),
        }

    def to_text(self) -> str:
        """The drawing as JSON text; `from_text` is the inverse, of numbers to 4 significant digits."""
        return json.dumps(self.to_wire(), separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Drawing:
        """Read a drawing that a link carried.

        Raises:
            ComponentStateError: as `from_wire`, or it is no JSON object.
        """
        try:
            wire = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ComponentStateError("the drawing is no JSON") from error
        if not isinstance(wire, dict):
            raise ComponentStateError("the drawing must be an object")
        return cls.from_wire(wire)

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> Drawing:
        """Read what the browser drew; sizes are checked before anything is allocated.

        Raises:
            ComponentStateError: it is no drawing of 2 to 100 cells a side.
        """
        height = whole(wire.get("height"), MIN_SIDE, MAX_SIDE, "the drawing's height")
        width = whole(wire.get("width"), MIN_SIDE, MAX_SIDE, "the drawing's width")
        size, flags = height * width, wire.get("flags")
        if not isinstance(flags, str) or len(flags) != size or not set(flags) <= set("01234567"):
            raise ComponentStateError(f"the drawing's flags must be {size} digits from 0 to 7")
        cells = [
            whole(cell, 0, size - 1, "a cell") for cell in listed(wire.get("cells"), size, "the reward cells")
        ]
        values = [finite(v, MAX_REWARD, "a reward") for v in listed(wire.get("values"), size, "the rewards")]
        if len(cells) != len(values):
            raise ComponentStateError(f"the drawing has {len(cells)} reward cells but {len(values)} rewards")
        bits = np.array([int(flag) for flag in flags], dtype=np.int64).reshape(height, width)
        rewards = np.full(size, np.nan)
        rewards[cells] = values
        return cls(
            walls=(bits & _WALL) > 0,
            goals=(bits & _GOAL) > 0,
            starts=(bits & _START) > 0,
            rewards=rewards.reshape(height, width),
        )
