"""Every page runs, says what is wrong in a sentence, and loses nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from irl_app.paths import site_root
from irl_app.ui.answers import prior_search
from irl_app.ui.lab_state import DEFAULT, LabState
from irl_app.ui.link_codec import pack_text
from tests.pages.widgets import widget

PAGES = sorted((site_root() / "pages").glob("*.py"))
LAB = site_root() / "pages" / "gridworld.py"


@pytest.fixture(scope="module", autouse=True)
def _searches() -> Iterator[None]:
    yield
    prior_search().close()
    prior_search.cache_clear()


def open_lab(**query: str) -> AppTest:
    page = AppTest.from_file(str(LAB), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def state_of(page: AppTest) -> LabState:
    state: LabState = page.session_state["lab"].state
    return state


def warnings_of(page: AppTest) -> str:
    return " ".join(str(box.value) for box in page.warning)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_runs(path: object) -> None:
    page = AppTest.from_file(str(path), default_timeout=60).run()
    assert not page.exception
    assert not page.error


def test_pages_are_thin() -> None:
    for path in PAGES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("method", ["iq", "iq-state", "ml", "mce", "sqil", "bc", "oracle"])
def test_every_method_gives_a_report(method: str) -> None:
    page = open_lab(preset="open", size="4", method=method, demos="3")
    assert not page.exception
    assert state_of(page).config.method == method
    session = page.session_state["lab"]
    assert session.shown.recovery.config.method == method


@pytest.mark.parametrize("preset", ["cliff", "maze", "reset", "field", "random-goal"])
def test_every_kind_of_world_is_drawn(preset: str) -> None:
    for lens in ("transition", "deshaped"):
        page = open_lab(preset=preset, method="iq", demos="3", lens=lens)
        assert not page.exception
        assert state_of(page).preset == preset


def test_hostile_link_opens_the_default_lab_and_says_so() -> None:
    page = open_lab(preset="volcano", gamma="1", demos="0", map=pack_text("S.."), evil="<script>", seed="5")
    assert not page.exception
    assert state_of(page) == LabState(seed=5)
    said = warnings_of(page)
    for words in ("volcano", "strictly between 0 and 1", "1 to 1000", "map was left out", "evil"):
        assert words in said


@pytest.mark.parametrize("gamma", ["0.9995", "0.005"])
def test_a_world_with_any_discount_is_shown(gamma: str) -> None:
    page = open_lab(map=pack_text(f"goal: end\ngamma: {gamma}\n\nS..#.\n.....\n...#G\n"))
    assert not page.exception
    assert not warnings_of(page)
    assert page.session_state["lab"].shown.recovery.mdp.gamma == float(gamma)


def test_notes_can_be_dismissed() -> None:
    page = open_lab(preset="volcano")
    next(button for button in page.button if button.label == "Dismiss").click().run()
    assert not page.exception
    assert not page.warning


def test_choosing_another_world_keeps_expert_and_method() -> None:
    page = open_lab(method="iq", alpha="2", seed="4", demos="3")
    widget(page.selectbox, "preset").select("cliff").run()
    state = state_of(page)
    assert (state.preset, state.seed, state.config.alpha) == ("cliff", 4, 2.0)
    assert not page.exception


def test_a_world_is_demonstrated_by_its_usual_expert_until_another_is_chosen() -> None:
    page = open_lab(preset="maze", method="iq", demos="3", more="1")
    assert widget(page.selectbox, "expert").value == "shortest-path"
    widget(page.selectbox, "preset").select("cliff").run()
    assert widget(page.slider, "expert-value").value == 0.1
    widget(page.slider, "expert-value").set_value(2.0).run()
    widget(page.selectbox, "preset").select("maze").run()
    assert state_of(page).demonstrator == ("soft-optimal", 2.0)
    assert not page.exception


def test_size_that_cannot_be_keeps_the_world() -> None:
    page = open_lab(preset="four-rooms", method="iq", demos="1")
    widget(page.number_input, "size").set_value(6).run()
    assert state_of(page).size == 6
    assert not page.exception


def test_pasted_map_is_opened_and_a_bad_one_is_explained() -> None:
    page = open_lab(method="iq", demos="3")
    opener = "Open this map"
    page.text_area(key="map-text").set_value("S..\n.#.\n..G")
    next(b for b in page.button if b.label == opener).click().run()
    assert state_of(page).grid().height == 3
    page.text_area(key="map-text").set_value("S..\n.#.\n...")
    next(b for b in page.button if b.label == opener).click().run()
    assert "no goal" in warnings_of(page)
    assert state_of(page).grid().goals.any()
    assert page.text_area(key="map-text").value == "S..\n.#.\n..."
    page.text_area(key="map-text").set_value("S#G\n.#.")
    next(b for b in page.button if b.label == opener).click().run()
    assert "no goal can be reached" in warnings_of(page)
    assert not page.exception


def test_rules_can_be_changed_and_bad_ones_are_explained() -> None:
    page = open_lab(preset="static-walls", method="iq", demos="3")
    widget(page.slider, "rule-slip").set_value(0.2).run()
    assert state_of(page).grid().slip == 0.2
    assert not page.exception


def test_played_expert_without_episodes_keeps_the_last_picture() -> None:
    page = open_lab(method="iq", demos="3", preset="open", size="4", more="1")
    before = page.session_state["lab"].shown
    widget(page.selectbox, "expert").select("played").run()
    assert not page.exception
    assert page.session_state["lab"].shown is before
    assert "at least 1 episode" in warnings_of(page)


def test_lens_changes_without_a_new_answer() -> None:
    page = open_lab(method="iq", preset="open", size="4", demos="3")
    before = page.session_state["lab"].shown.recovery
    page.session_state["lab"].change(lens="marginal")
    page.run()
    assert page.session_state["lab"].shown.recovery is before
    assert state_of(page).lens == "marginal"


def test_default_state_is_what_an_empty_link_opens() -> None:
    assert state_of(open_lab()) == DEFAULT
