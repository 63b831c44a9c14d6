"""Linked maps of the same grid: rewards, values with their policy, visits, on one pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from irl_app.envs.grid_spec import GridSpec
from irl_app.ui.components._wire import (
    ignore_change,
    json_numbers,
    read_state,
    register,
    significant,
    taken,
    whole,
)
from irl_app.ui.components.drawing import Drawing
from trainers.arrays import BoolArray, FloatArray

Scale = Literal["diverging", "root", "sequential", "counts"]


@dataclass(frozen=True, eq=False)
class Panel:
    """One map: a number (or one per action) for every cell.

    Attributes:
        name: short identifier, unique in the component; also the downloaded file's name.
        title: short title above the map.
        values: (S,) a number per cell, or (S, A) a number per action, drawn as triangles (and a centre for
            "stay"); NaN where there is none.
        caption: one short line below the title.
        scale: "diverging" is centred on zero (purple positive, orange negative), "root" as well, by the
            signed root, so that a number and one ten times as large can both be seen, "sequential" runs from
            the lowest to the highest value, "counts" from zero.
        limits: (low, high) of the colours; None takes them from ``values``. A diverging scale uses the
            larger magnitude on both sides.
        policy: (S, A) action probabilities, drawn as arrows; None for no arrows.
        spread: (S,) posterior standard deviation, read out as "± sd"; None for none.
        seen: (S,) True where there is evidence; cells without are faded and hatched. None for no difference.
        help: a sentence shown when the pointer rests on the title.

    Raises:
        ValueError: a shape does not fit or a value is infinite.
    """

    name: str
    title: str
    values: FloatArray
    caption: str = ""
    scale: Scale = "diverging"
    limits: tuple[float, float] | None = None
    policy: FloatArray | None = None
    spread: FloatArray | None = None
    seen: BoolArray | None = None
    help: str = ""

    def __post_init__(self) -> None:
        for name, array, ranks in (
            ("values", self.values, (1, 2)), ("policy", self.policy, (2,)), ("spread", self.spread, (1,)),
            ("seen", self.seen, (1,)),
        ):  # fmt: skip
            if array is None:
                continue
            if array.ndim not in ranks or array.shape[0] != self.values.shape[0]:
                raise ValueError(
                    f"{name} of the panel {self.name!r} must have one row per cell, got {array.shape}"
                )
            if np.isinf(array).any():
                raise ValueError(
                    f"{name} of the panel {self.name!r} must be finite, or NaN where there is no number"
                )

    def to_wire(self) -> dict[str, Any]:
        """The panel as small JSON: 4 significant digits, probabilities in whole per cent."""
        policy = None
        if self.policy is not None:
            policy = np.nan_to_num(np.round(100.0 * self.policy)).astype(int).ravel().tolist()
        return {
            "name": self.name,
            "title": self.title,
            "caption": self.caption,
            "help": self.help,
            "scale": self.scale,
            "limits": None
            if self.limits is None
            else significant(np.array(self.limits, dtype=np.float64)).tolist(),
            "actions": 0 if self.values.ndim == 1 else self.values.shape[1],
            "values": json_numbers(self.values),
            "policy": policy,
            "policyActions": 0 if self.policy is None else self.policy.shape[1],
            "seen": None if self.seen is None else self.seen.astype(int).tolist(),
            "spread": None if self.spread is None else json_numbers(self.spread),
        }


@dataclass(frozen=True, eq=False)
class Agents:
    """What an agent needs that plans with the recovered reward, in the world that `grid_editor` shows.

    Attributes:
        values: (S,) recovered reward of entering each cell; NaN where there is none.
        gamma: discount in (0, 1).
        start: the cell both agents start in.
        whose: whose reward it is, as in "knows only your reward".
        game: cells of the game that was played last; empty for none.
    """

    values: FloatArray
    gamma: float
    start: int
    whose: str
    game: tuple[int, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        """As small JSON; ``unknown`` is what a cell counts that was a wall: the middle of all others."""
        return {
            "values": json_numbers(self.values),
            "unknown": float(np.nanmedian(self.values)),
            "gamma": self.gamma,
            "start": self.start,
            "whose": self.whose,
            "game": list(self.game),
        }


_mount = register(
    "grid_maps",
    html='<div class="irl-root irl-maps"></div>',
    scripts=("pens.js", "colours.js", "cells.js", "panel.js", "grid_maps.js"),
    styles=("panel.css", "grid_maps.css"),
)


def read_pin(key: str, *, n_cells: int, pin: int | None = None) -> int | None:
    """The cell that was clicked on the maps, ``pin`` before any was, None when none is pinned, before (or
    without) mounting them.

    Raises:
        ComponentStateError: the browser sent a state that the maps do not send.
    """
    chosen = read_state(key, "pinned")
    if chosen is None or chosen.get("of") != n_cells:
        return pin
    if chosen.get("cell") is None:
        return None
    return whole(chosen["cell"], 0, n_cells - 1, "the pinned cell")


def grid_maps(
    grid: GridSpec,
    panels: Sequence[Panel],
    *,
    key: str,
    columns: int | None = None,
    link: str = "",
    tick: int = 0,
    agents: Agents | None = None,
    world: Drawing | None = None,
    drag: str = "",
    pin: int | None = None,
) -> int | None:
    """Mount linked maps of ``grid`` side by side and return the pinned cell.

    Pointing at a cell marks it in every panel and reads out its numbers below each; a click (or Enter) pins
    it, a second one (or Escape) lets go. Each panel can be saved as PNG and as SVG, drawn for white paper.

    Args:
        grid: walls, goals, starts and size.
        panels: one to six maps, left to right.
        key: the component's key.
        columns: panels in a row; None puts as many in a row as are at least 280 px wide.
        link: components with the same name highlight the same cell, and sliders with it wait for these maps.
        tick: the `SliderValues.tick` that these panels answer to.
        world: the layers to draw where they are not those of ``grid``, to keep a goal from being seen.
        agents: who walks in the world with the same ``link``; None for nobody.
        drag: name of the panel over which the pin is dragged; there is always one then. Empty for none.
        pin: the cell that is pinned before anybody has chosen one.

    Raises:
        ValueError: no panel, two of one name, or one that does not have a number per cell of ``grid``.
    """
    n_cells = grid.height * grid.width
    if not panels or len({panel.name for panel in panels}) != len(panels):
        raise ValueError("grid_maps needs at least one panel, each with a name of its own")
    for panel in panels:
        if panel.values.shape[0] != n_cells:
            raise ValueError(
                f"the panel {panel.name!r} has {panel.values.shape[0]} cells, the grid has {n_cells}"
            )
    pinned, problem = taken(key, lambda: read_pin(key, n_cells=n_cells, pin=pin))
    if problem:
        st.warning(problem)
    _mount(
        key=key,
        data={
            "world": (world or Drawing.of(grid)).to_wire(),
            "step": grid.step_reward,
            "panels": [panel.to_wire() for panel in panels],
            "columns": columns or 0,
            "link": link,
            "tick": tick,
            "pinned": pinned,
            "drag": drag,
            "agents": None if agents is None else agents.to_wire(),
        },
        on_pinned_change=ignore_change,
    )
    return pinned
