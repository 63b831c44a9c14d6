"""What a chapter is made of, and the worlds that several chapters share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.figures.theme import Theme
from irl_app.ui.components import Panel
from trainers.arrays import FloatArray

Values = Mapping[str, Any]
"""Where the controls of a chapter's lab stand, by name."""
Facts = Mapping[str, float]
"""What a chapter's lab shows now, as numbers that its check reads."""


@dataclass(frozen=True)
class Control:
    """One control of a chapter's lab; everything else in it is locked.

    Attributes:
        name: key in the values. title, help: for people.
        options: what can be chosen, in order. start: what is chosen at first.
        words: an option as people read it.
        slides: True for a slider, False for a row of choices.
    """

    name: str
    title: str
    options: tuple[Any, ...]
    start: Any
    help: str = ""
    words: Callable[[Any], str] = str
    slides: bool = True


@dataclass(frozen=True)
class Figure:
    """A number beside the lab: what it is, the number, and what would be good. ``level``: "good", "poor" "
    r"or ""."""

    title: str
    text: str
    sense: str = ""
    level: str = ""


@dataclass(frozen=True, eq=False)
class Bench:
    """What a chapter's lab shows for some values.

    Attributes:
        facts: numbers for the check.
        figures: numbers for people.
        grid, panels: linked maps; no grid, no maps.
        chart: a drawing where there are no maps; it takes the page's theme.
    """

    facts: Facts
    figures: tuple[Figure, ...]
    grid: GridSpec | None = None
    panels: tuple[Panel, ...] = ()
    chart: Callable[[Theme], go.Figure] | None = None


@dataclass(frozen=True)
class Prediction:
    """A question to answer before the lab is touched. ``right`` is the place of the right option."""

    question: str
    options: tuple[str, ...]
    right: int
    because: str


@dataclass(frozen=True)
class Chapter:
    """One chapter.

    Attributes:
        name: in the address. title: of the page. minutes: how long it takes.
        opening: Markdown with formulas.
        prediction: what to think about first.
        controls, bench: the lab: its controls, and what it shows where they stand.
        task: what to do in the lab. check: (values, facts) -> whether it is done, and one sentence.
        takeaways: three sentences to keep.
        sources: Markdown, one a source.
        words: terms of the glossary that the chapter uses.
    """

    name: str
    title: str
    minutes: int
    opening: str
    prediction: Prediction
    controls: tuple[Control, ...]
    bench: Callable[[Values], Bench]
    task: str
    check: Callable[[Values, Facts], tuple[bool, str]]
    takeaways: tuple[str, str, str]
    sources: tuple[str, ...]
    words: tuple[str, ...] = ()

    def start(self) -> dict[str, Any]:
        """Where the controls stand at first."""
        return {control.name: control.start for control in self.controls}


ROOM = parse_map("goal: stay\nactions: 5\nmoves: 30\n\nS.....\n..#...\n..#...\n......\n...#..\n.....G\n")
"""A room of six by six with a goal to stay on."""


def percent(share: float) -> str:
    """A share as people read it: one decimal below 10 %."""
    value = 100.0 * share
    text = f"{value:.1f}" if 0.05 <= abs(value) < 9.95 else f"{value:.0f}"
    return f"{text}\N{NO-BREAK SPACE}%".replace("-", "\N{MINUS SIGN}")


def signed(value: float, digits: int = 2) -> str:
    """A number with a real minus sign; never minus nothing."""
    text = f"{value:.{digits}f}"
    return "0" if float(text) == 0.0 else text.replace("-", "\N{MINUS SIGN}")


def state_panel(grid: GridSpec, title: str, values: FloatArray, caption: str = "", **more: Any) -> Panel:
    """A map of one number a cell on the signed root scale, walls left out."""
    shown = np.where(grid.walls.ravel(), np.nan, values)
    return Panel(
        name=title.lower().replace(" ", "-"), title=title, caption=caption, values=shown, scale="root", **more
    )
