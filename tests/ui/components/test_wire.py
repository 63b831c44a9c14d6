"""What the components send and what they accept, without a browser."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.ui.components import (
    ComponentStateError,
    Drawing,
    Panel,
    PlayedEpisode,
    Slider,
    _wire,
    read_editor,
    read_sliders,
)
from irl_app.ui.components.grid_maps import read_pin
from irl_app.ui.link_codec import MAX_EPISODES


@pytest.fixture
def browser_sent(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The session's state: what the browser is said to have sent."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(_wire.st, "session_state", state)
    return state


def small_grid() -> GridSpec:
    goals = np.zeros((2, 3), dtype=bool)
    goals[1, 2] = True
    rewards = np.full((2, 3), np.nan)
    rewards[1, 2], rewards[0, 1] = 10.0, -2.5
    return GridSpec.empty(2, 3, goals=goals, rewards=rewards)


def wire_drawing(**changes: Any) -> dict[str, Any]:
    drawn = {"revision": "r", "height": 2, "width": 3, "flags": "014002", "cells": [5], "values": [10.0]}
    return drawn | changes


ordinary = st.floats(1e-9, 1e12)


@given(hnp.arrays(np.float64, 8, elements=ordinary | ordinary.map(float.__neg__) | st.just(0.0)))
@settings(max_examples=100, deadline=None)
def test_significant_keeps_four_digits(values: np.ndarray) -> None:
    rounded = _wire.significant(values)
    assert np.all(np.abs(rounded - values) <= 0.50001e-3 * np.abs(values))
    assert all(float(f"{x:.3e}") == pytest.approx(x, rel=1e-12, abs=1e-300) for x in rounded)


def test_numbers_are_short_and_nan_is_null() -> None:
    numbers = _wire.json_numbers(np.array([1 / 3, -2e5 / 3, np.nan, 0.0, 12.0]))
    assert json.dumps(numbers) == "[0.3333, -66670.0, null, 0.0, 12.0]"


def test_a_drawing_goes_round() -> None:
    grid = small_grid()
    wire = json.loads(json.dumps(Drawing.of(grid).to_wire()))
    assert wire == {"height": 2, "width": 3, "flags": "000002", "cells": [1, 5], "values": [-2.5, 10.0]}
    assert Drawing.from_wire(wire).on(grid) == grid


def test_an_unplayable_drawing_is_kept_and_refused_as_a_grid() -> None:
    drawing = Drawing.from_wire(wire_drawing(flags="011012", cells=[], values=[]))
    assert drawing.walls.sum() == 3
    with pytest.raises(GridError, match="reached"):
        drawing.on(small_grid())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"height": 5000}, "from 2 to 100"),
        ({"height": True}, "from 2 to 100"),
        ({"flags": "0140"}, "6 digits"),
        ({"flags": "01400x"}, "6 digits"),
        ({"flags": None}, "6 digits"),
        ({"cells": [6]}, "from 0 to 5"),
        ({"cells": [-1]}, "from 0 to 5"),
        ({"cells": [1, 2]}, "2 reward cells but 1"),
        ({"values": [float("inf")]}, "must be a number"),
        ({"values": ["<script>"]}, "must be a number"),
        ({"values": [1e9]}, "within"),
        ({"cells": [0] * 7}, "at most 6"),
    ],
)
def test_hostile_drawings_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ComponentStateError, match=message):
        Drawing.from_wire(wire_drawing(**changes))


def test_the_editor_reads_its_own_revision_only(browser_sent: dict[str, Any]) -> None:
    assert read_editor("world", revision="r") == read_editor("other", revision="r")
    episode = {"start": 0, "actions": "12", "next": [1, 4], "ending": "open"}
    browser_sent["world"] = {
        "view": {"mode": "replay", "episode": 3},
        "drawn": wire_drawing(),
        "played": {"revision": "r", "episodes": [episode]},
    }
    state = read_editor("world", revision="r")
    assert (state.mode, state.episode) == ("replay", 3)
    assert state.drawing is not None
    np.testing.assert_array_equal(np.argwhere(state.drawing.starts), [[0, 2]])
    assert state.episodes == (PlayedEpisode(start=0, moves=((1, 1), (2, 4)), ending="open"),)
    assert state.episodes[0].to_wire() == episode
    newer = read_editor("world", revision="newer")
    assert newer.drawing is None
    assert newer.episodes is None


@pytest.mark.parametrize(
    "episode",
    [
        {"start": 0, "actions": "17", "next": [1, 2], "ending": "open"},
        {"start": 0, "actions": "1", "next": [1, 2], "ending": "open"},
        {"start": 0, "actions": "1", "next": [1.5], "ending": "open"},
        {"start": -1, "actions": "1", "next": [1], "ending": "open"},
        {"start": 0, "actions": "1", "next": [1], "ending": "won"},
        "episode",
    ],
)
def test_hostile_episodes_are_refused(browser_sent: dict[str, Any], episode: Any) -> None:
    browser_sent["world"] = {"played": {"revision": "r", "episodes": [episode]}}
    with pytest.raises(ComponentStateError):
        read_editor("world", revision="r")


def test_as_many_episodes_come_back_as_a_file_or_a_link_may_bring(browser_sent: dict[str, Any]) -> None:
    episode = {"start": 0, "actions": "1", "next": [1], "ending": "truncated"}
    browser_sent["world"] = {"played": {"revision": "r", "episodes": MAX_EPISODES * [episode]}}
    found = read_editor("world", revision="r").episodes
    assert found is not None
    assert len(found) == MAX_EPISODES
    browser_sent["world"] = {"played": {"revision": "r", "episodes": (MAX_EPISODES + 1) * [episode]}}
    with pytest.raises(ComponentStateError, match="at most"):
        read_editor("world", revision="r")


@pytest.mark.parametrize(
    "state",
    [{"view": {"mode": "admin"}}, {"view": 3}, {"drawn": ["r"]}, {"view": {"mode": "replay", "episode": 60}}],
)
def test_hostile_states_are_refused(browser_sent: dict[str, Any], state: Any) -> None:
    browser_sent["world"] = state
    with pytest.raises(ComponentStateError):
        read_editor("world", revision="r")


def test_a_pin_belongs_to_its_grid(browser_sent: dict[str, Any]) -> None:
    browser_sent["maps"] = {"pinned": {"cell": 7, "of": 9}}
    assert read_pin("maps", n_cells=9) == 7
    assert read_pin("maps", n_cells=16) is None
    browser_sent["maps"] = {"pinned": {"cell": 9, "of": 9}}
    with pytest.raises(ComponentStateError, match="pinned cell"):
        read_pin("maps", n_cells=9)


def test_panels_check_their_shapes() -> None:
    values = np.zeros(6)
    with pytest.raises(ValueError, match="one row per cell"):
        Panel("a", "A", values, policy=np.full((5, 4), 0.25))
    with pytest.raises(ValueError, match="finite"):
        Panel("a", "A", np.array([0.0, np.inf]))
    wire = Panel("a", "A", values, policy=np.full((6, 4), 0.255)).to_wire()
    assert wire["policy"][:2] == [26, 26]
    assert wire["actions"] == 0


SLIDERS = (
    Slider("tau", "Temperature", 0.1, 10.0, 1.0, scale="log"),
    Slider("gamma", "Discount", 0.5, 0.99, 0.9),
)


def test_sliders_take_defaults_then_the_page_then_the_browser(browser_sent: dict[str, Any]) -> None:
    assert read_sliders(SLIDERS, key="s").values == {"tau": 1.0, "gamma": 0.9}
    assert read_sliders(SLIDERS, key="s", values={"tau": 99.0})["tau"] == 10.0
    sent = {"tau": 0.5, "gamma": 7, "other": 1}
    browser_sent["s"] = {"moved": {"revision": "r", "tick": 4, "values": sent}}
    moved = read_sliders(SLIDERS, key="s", revision="r", values={"tau": 2.0})
    assert (moved.values, moved.tick) == ({"tau": 0.5, "gamma": 0.99}, 4)
    renewed = read_sliders(SLIDERS, key="s", revision="newer", values={"tau": 2.0})
    assert (renewed["tau"], renewed.tick) == (2.0, 4)


@pytest.mark.parametrize("values", [{"tau": "1"}, {"tau": float("nan")}, {"tau": True}, [1.0]])
def test_hostile_slider_values_are_refused(browser_sent: dict[str, Any], values: Any) -> None:
    browser_sent["s"] = {"moved": {"revision": "", "tick": 1, "values": values}}
    with pytest.raises(ComponentStateError):
        read_sliders(SLIDERS, key="s")


@pytest.mark.parametrize(
    "wrong", [{"low": 2.0, "high": 1.0}, {"default": 5.0}, {"low": 0.0, "scale": "log"}, {"step": -1.0}]
)
def test_impossible_sliders_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="slider"):
        Slider(**({"name": "a", "label": "A", "low": 0.5, "high": 1.0, "default": 0.7} | wrong))
