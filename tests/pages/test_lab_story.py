"""The lab as a story: what it says follows what was found, and every step is a button away."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from irl_app.envs.grid_map import format_map, parse_map
from irl_app.figures import THEMES
from irl_app.paths import site_root
from irl_app.ui.answers import answer, what_comes_of
from irl_app.ui.lab_grid import AXES, picture, variants
from irl_app.ui.lab_maps import reward_panel
from irl_app.ui.lab_state import PLAYED, LabState
from irl_app.ui.lab_story import story_of
from irl_app.ui.link_codec import pack_episodes, pack_text
from trainers.tabular.config import TabularConfig

LAB = site_root() / "pages" / "gridworld.py"
CORRIDOR = format_map(parse_map("goal: end\nmoves: 20\n\nS...\n.##.\n...G"))
TO_GOAL = (0, ((1, 1), (1, 2), (1, 3), (2, 7), (2, 11)))
ASTRAY = (0, ((2, 4), (2, 8)))


def told(lab: LabState) -> tuple[str, str, str]:
    shown = answer(lab, "story")
    story = story_of(lab, what_comes_of(shown.recovery), shown)
    return story.headline, story.line, story.action.label


def test_a_game_to_the_goal_is_told_as_one() -> None:
    lab = LabState(map=CORRIDOR, expert=PLAYED, played=(TO_GOAL,))
    headline, line, action = told(lab)
    assert headline == "An agent that knows only your reward walks to your goal."
    assert "is best" in line
    assert "still a guess: one game was shown" in line
    assert action.startswith("Play from the ")


def test_a_game_that_misses_the_star_is_told_as_one() -> None:
    headline, _, _ = told(LabState(map=CORRIDOR, expert=PLAYED, played=(ASTRAY,)))
    assert headline.startswith("No game of yours reaches the star")


def test_more_games_are_offered_where_they_help() -> None:
    lab = LabState(preset="cliff", demos=1, config=TabularConfig(method="iq"))
    headline, _, action = told(lab)
    assert action in ("Show it 3 games", "Play yourself")
    assert headline.endswith(".")
    assert told(replace(lab, preset="open", size=4, demos=100))[2] == "Play yourself"


def test_the_map_stands_on_the_worlds_own_scale() -> None:
    recovery = answer(LabState(preset="goal"), "story").recovery
    panel = reward_panel(recovery, what_comes_of(recovery))
    assert panel.limits == (-10.0, 10.0)
    assert panel.scale == "root"
    goal = int(recovery.grid.goals.ravel().argmax())
    assert panel.values[goal] == pytest.approx(10.0, abs=2.0)


@pytest.mark.parametrize("axis", AXES)
def test_small_maps_of_every_axis_are_computed(axis: str) -> None:
    lab = LabState(preset="open", size=4, demos=3)
    shown = variants(lab, axis)
    assert len(shown) >= 5
    assert len({one.title for one in shown}) == len(shown)
    assert "<img" in picture(shown[0], THEMES["light"])


def open_lab(**query: str) -> AppTest:
    page = AppTest.from_file(str(LAB), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def said(page: AppTest) -> str:
    return " ".join(str(box.value) for box in (*page.get("html"), *page.warning))


def test_the_grid_opens_keeps_a_picture_and_goes_back_by_opening_one() -> None:
    page = open_lab(preset="open", size="4", demos="3", method="iq")
    page.button(key="methods").click().run()
    assert not page.exception
    page.button(key="grid-keep-SQIL").click().run()
    assert [one.title for one in page.session_state["lab"].kept] == ["SQIL"]
    page.button(key="grid-open-True-SQIL").click().run()
    assert page.session_state["lab"].state.config.method == "sqil"
    assert page.session_state["lab"].view == "lab"
    assert not page.exception


def test_what_cannot_be_known_is_said_with_its_figures_and_left_again() -> None:
    page = open_lab(preset="open", size="4", demos="3", method="iq")
    page.button(key="unknown").click().run()
    text = said(page)
    assert re.search(r"differs by up to \d.* asks for the same behaviour", text)
    assert "The largest change of a move's chance is <b>0&nbsp;%</b>" in text
    assert "where 20\N{NO-BREAK SPACE}% of them slip" in text
    assert "every hill but the level" in text
    page.button(key="unknown-back").click().run()
    assert "walks to" in said(page)
    assert not page.exception


def test_a_wall_through_a_game_is_said_in_words_and_undone_with_a_button() -> None:
    page = open_lab(map=pack_text(CORRIDOR), expert="played", played=pack_episodes((TO_GOAL,)), method="iq")
    assert "walks to your goal" in said(page)
    walled = format_map(parse_map("goal: end\nmoves: 20\n\nS.#.\n..#.\n...G"))
    page.session_state["lab"].open(replace(page.session_state["lab"].state, map=walled))
    page.run()
    assert "Game 1 walks through row 1, column 3" in said(page)
    page.button(key="undo-change").click().run()
    assert "walks to your goal" in said(page)
    assert not page.exception


def test_the_next_step_starts_a_game_where_little_was_seen() -> None:
    page = open_lab(map=pack_text(CORRIDOR), expert="played", played=pack_episodes((TO_GOAL,)), method="iq")
    page.button(key="next").click().run()
    session = page.session_state["lab"]
    assert (session.state.mode, session.games_asked) == ("play", 1)
    assert not page.exception


def test_more_is_folded_away_until_it_is_asked_for() -> None:
    page = open_lab(preset="open", size="4", demos="3", method="iq")
    assert "Against the truth" not in said(page)
    page.button(key="more").click().run()
    assert "Against the truth" in said(page)
    assert page.session_state["lab"].state.more
    page.button(key="close-more").click().run()
    assert "Against the truth" not in said(page)
    assert not page.exception
