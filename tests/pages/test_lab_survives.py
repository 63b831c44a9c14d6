"""What a browser sends and what a link cannot carry: one action is lost at most, never the session."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from irl_app.envs.grid_map import format_map, parse_map
from irl_app.envs.grid_spec import MAX_MOVES
from irl_app.envs.presets import make_preset
from irl_app.paths import site_root
from irl_app.ui import lab_sync
from irl_app.ui.kept_links import KEPT, keep, opened
from irl_app.ui.lab_session import EDITOR, MAPS, SLIDERS
from irl_app.ui.lab_state import DEFAULT, MAX_LINK, LabState
from irl_app.ui.lab_sync import SHORTENED, query_of
from irl_app.ui.link_codec import pack_text
from tests.pages.widgets import widget

PAGE = site_root() / "pages" / "gridworld.py"
LARGE = replace(DEFAULT, map=format_map(make_preset("field", 60)), seed=3)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def lab(**query: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=120)
    for name, text in ({"method": "bc", "preset": "goal", "size": "4"} | query).items():
        page.query_params[name] = text
    return page.run()


@pytest.mark.parametrize(
    ("key", "state"),
    [
        (SLIDERS, {"moved": []}),
        (SLIDERS, {"moved": {"revision": "0", "tick": "x", "values": {}}}),
        (SLIDERS, {"moved": {"revision": "0", "tick": 1, "values": {"temperature": None, "gamma": []}}}),
        (EDITOR, {"view": {"mode": 3}}),
        (EDITOR, {"drawn": {"revision": "0", "height": 1e9}}),
        (EDITOR, {"played": {"revision": "0", "episodes": [[]]}}),
        (MAPS, {"pinned": [7]}),
        (MAPS, {"pinned": {"of": 16, "cell": []}}),
    ],
)  # fmt: skip
def test_a_state_that_no_component_sends_costs_one_action(key: str, state: dict[str, Any]) -> None:
    page = lab(method="mce")
    page.session_state[key] = state
    page.run()
    assert not page.exception
    assert "What the browser sent was left out" in page.warning[0].value
    page.run()
    assert not page.exception
    page.session_state[SLIDERS] = {"moved": {"revision": "0", "tick": 2, "values": {"gamma": 0.5}}}
    page.run()
    assert not page.exception
    assert page.session_state["lab"].state.config.gamma == 0.5


def test_what_is_too_long_for_a_link_is_kept_under_a_short_code() -> None:
    query, said = query_of(LARGE)
    assert len(query) < MAX_LINK / 10
    assert said == (SHORTENED,)
    found, problems = opened(dict(parse_qsl(query)))
    assert LabState.from_query(found) == (LARGE, ())
    assert problems == ()
    assert query_of(replace(LARGE, seed=4))[0].split(KEPT)[1] == query.split(KEPT)[1]  # kept once
    page = lab(**dict(parse_qsl(query)))
    assert page.session_state["lab"].state.grid() == parse_map(LARGE.map or "")


def test_a_code_of_another_server_is_said(tmp_path: Path) -> None:
    code = keep({"map": "a"})
    for text, says in ((code[:-1], "was cut"), ("0" * 20, "another server keeps it"), ("../../x", "was cut")):
        found, problems = opened({KEPT: text, "seed": "3"})
        assert found == {"seed": "3"}
        assert says in problems[0]
    (tmp_path / "irl-app" / "links" / f"{code}.json").write_text("[1]")
    assert "damaged" in opened({KEPT: code})[1][0]


def test_where_nothing_can_be_kept_the_link_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lab_sync, "keep", full)
    query, said = query_of(LARGE)
    assert query == "seed=3"
    assert "too long" in said[0]


def test_what_a_map_may_have_and_pockets_are_ordinary() -> None:
    pockets = "goal: end\n\nS...G\n#####\n.#.#.\n#####\n"
    for text in (
        "goal: end\ngamma: 0.9995\nmoves: 5000\nslip: 0.033\n\nS..#.\n.....\n...#G\n",
        pockets,
        f"gamma: 0.005\n{pockets}",
    ):
        page = lab(map=pack_text(text), mode="draw", more="1")
        assert not page.exception
        assert [one.value for one in page.warning] == []
        assert page.session_state["lab"].shown is not None
        assert widget(page.number_input, "rule-max_steps").max == MAX_MOVES
