"""Linked maps of the same grid: rewards, values with their policy, visits, on one pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from irl_app.envs.grid_spec import GridSpec
from irl_app.ui.components._wire import ignore_change, json_numbers, read_state, register, significant, whole
from irl_app.ui.components.drawing import Drawing
from trainers.mdp import FloatArray

Scale = Literal["diverging", "sequential", "counts"]


@dataclass(frozen=True, eq=False)
class Panel:
    """One map: a number (or one per action) for every cell.

    Attributes:
        name: short identifier, unique in the component; also the downloaded file's name.
        title: short title above the map.
        values: (S,) a number per cell, or (S, A) a number per action, drawn as triangles (and a centre for
            "stay"); NaN where there is none.
        caption: one short line below the title.
        scale: "diverging" is centred on zero (purple positive, orange negative), "sequential" runs from the
            lowest to the highest value, "counts" from zero.
        limits: (low, high) of the colours; None takes them from ``values``. A diverging scale uses the
            larger magnitude on both sides.
        policy: (S, A) action probabilities, drawn as arrows; None for no arrows.
        spread: (S,) posterior standard deviation, read out as "± sd"; None for none.
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
    help: str = ""

    def __post_init__(self) -> None:
        for name, array, ranks in (
            ("values", self.values, (1, 2)), ("policy", self.policy, (2,)), ("spread", self.spread, (1,)),
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
            "spread": None if self.spread is None else json_numbers(self.spread),
        }


@dataclass(frozen=True)
class MapsState:
    """What the person chose on the maps.

    Attributes:
        pinned: the cell that was clicked, None when none is pinned.
    """

    pinned: int | None = None


_mount = register(
    "grid_maps",
    html='<div class="irl-root irl-maps"></div>',
    scripts=("pens.js", "colours.js", "cells.js", "panel.js", "grid_maps.js"),
    styles=("panel.css", "grid_maps.css"),
)


def read_maps(key: str, *, n_cells: int) -> MapsState:
    """The maps' state as it stands in this run, before (or without) mounting them.

    Raises:
        ComponentStateError: the browser sent a state that the maps do not send.
    """
    chosen = read_state(key, "pinned")
    if chosen is None or chosen.get("cell") is None or chosen.get("of") != n_cells:
        return MapsState()
    return MapsState(pinned=whole(chosen["cell"], 0, n_cells - 1, "the pinned cell"))


def grid_maps(
    grid: GridSpec,
    panels: Sequence[Panel],
    *,
    key: str,
    columns: int | None = None,
    link: str = "",
    tick: int = 0,
) -> MapsState:
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

    Raises:
        ValueError: no panel, two of one name, or one that does not have a number per cell of ``grid``.
        ComponentStateError: the browser sent a state that the maps do not send.
    """
    n_cells = grid.height * grid.width
    if not panels or len({panel.name for panel in panels}) != len(panels):
        raise ValueError("grid_maps needs at least one panel, each with a name of its own")
    for panel in panels:
        if panel.values.shape[0] != n_cells:
            raise ValueError(
                f"the panel {panel.name!r} has {panel.values.shape[0]} cells, the grid has {n_cells}"
            )
    state = read_maps(key, n_cells=n_cells)
    _mount(
        key=key,
        data={
            "world": Drawing.of(grid).to_wire(),
            "step": grid.step_reward,
            "panels": [panel.to_wire() for panel in panels],
            "columns": columns or 0,
            "link": link,
            "tick": tick,
            "pinned": state.pinned,
        },
        on_pinned_change=ignore_change,
    )
    return state
