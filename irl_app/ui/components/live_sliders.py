"""Sliders that speak while they are dragged, so that the maps follow the hand.

Streamlit's own slider sends its value on release.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from irl_app.ui.components._wire import (
    ComponentStateError,
    finite,
    ignore_change,
    read_state,
    register,
    whole,
)


@dataclass(frozen=True)
class Slider:
    """One labelled slider with a value box.

    Attributes:
        name: identifier, unique in its group.
        label: what people read.
        low, high: the range; both positive on a log scale.
        default: the value it starts at and "reset" goes back to.
        scale: "linear", or "log" for equal steps of the exponent.
        step: step of the keys and of the handle on a linear scale; None takes a hundredth of the range. On a
            log scale values have three significant digits and the handle takes 200 positions.
        help: one or two sentences shown when the pointer or the focus rests on the question mark.
        unit: shown after the value.
        plays: a button runs the handle to its end, a step for each answer.

    Raises:
        ValueError: the range is empty, infinite, or not positive on a log scale, or the default is outside.
    """

    name: str
    label: str
    low: float
    high: float
    default: float
    scale: Literal["linear", "log"] = "linear"
    step: float | None = None
    help: str = ""
    unit: str = ""
    plays: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError(f"the slider {self.name!r} needs a range, got {self.low:g} to {self.high:g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"the log slider {self.name!r} must start above 0, got {self.low:g}")
        if not self.low <= self.default <= self.high:
            raise ValueError(f"the slider {self.name!r} has its default {self.default:g} outside its range")
        if self.step is not None and not 0 < self.step <= self.high - self.low:
            raise ValueError(f"the slider {self.name!r} needs a positive step, got {self.step:g}")

    def clamp(self, value: float) -> float:
        """``value`` moved into the range."""
        return min(max(value, self.low), self.high)

    def to_wire(self) -> dict[str, Any]:
        """The slider as JSON."""
        step = self.step or (self.high - self.low) / 100.0
        return dataclasses.asdict(self) | {"step": step}


@dataclass(frozen=True)
class SliderValues:
    """Where the sliders stand.

    Attributes:
        values: a value for every slider of the group, inside its range.
        tick: counts what the browser sent; give it to `grid_maps` that draw the answer.
    """

    values: Mapping[str, float]
    tick: int = 0

    def __getitem__(self, name: str) -> float:
        return self.values[name]


_mount = register(
    "live_sliders",
    html='<div class="irl-root irl-sliders" role="group"></div>',
    scripts=("live_sliders.js",),
    styles=("panel.css", "live_sliders.css"),
)


def read_sliders(
    sliders: Sequence[Slider], *, key: str, revision: str = "", values: Mapping[str, float] | None = None
) -> SliderValues:
    """Where the sliders stand in this run, before (or without) mounting them; arguments as in `live_sliders`.

    Raises:
        ComponentStateError: the browser sent a state that the sliders do not send.
    """
    given = values or {}
    current = {slider.name: slider.clamp(given.get(slider.name, slider.default)) for slider in sliders}
    sent = read_state(key, "moved")
    if sent is None:
        return SliderValues(current)
    tick = whole(sent.get("tick"), 0, 2**53, "the sliders' tick")
    if sent.get("revision") != revision:
        return SliderValues(current, tick)
    moved = sent.get("values")
    if not isinstance(moved, dict):
        raise ComponentStateError("the sliders' values must be an object")
    for slider in sliders:
        if slider.name in moved:
            current[slider.name] = slider.clamp(finite(moved[slider.name], math.inf, slider.label))
    return SliderValues(current, tick)


def live_sliders(
    sliders: Sequence[Slider],
    *,
    key: str,
    revision: str = "",
    values: Mapping[str, float] | None = None,
    link: str = "",
    label: str = "Settings",
) -> SliderValues:
    """Mount a group of sliders that send their values on every movement, and return where they stand.

    The next values are sent once those before have been answered: when maps of the same ``link`` have drawn
    their ``tick``, or, without a link, when the sliders themselves are mounted again. So the page is never
    flooded and no rerun is cut short by the one that follows.

    Args:
        sliders: from top to bottom; the group may change from run to run.
        key: the component's key.
        revision: the browser owns the values while this stays the same; a new one takes ``values`` again.
        values: where to start (by default at each slider's default), for example from the URL.
        link: the `grid_maps` that answer; empty for none.
        label: the group's name for screen readers.

    Raises:
        ValueError: two sliders have one name.
        ComponentStateError: the browser sent a state that the sliders do not send.
    """
    if len({slider.name for slider in sliders}) != len(sliders):
        raise ValueError("every slider of a group needs a name of its own")
    current = read_sliders(sliders, key=key, revision=revision, values=values)
    _mount(
        key=key,
        data={
            "sliders": [slider.to_wire() for slider in sliders],
            "values": dict(current.values),
            "revision": revision,
            "tick": current.tick,
            "link": link,
            "label": label,
        },
        on_moved_change=ignore_change,
    )
    return current
