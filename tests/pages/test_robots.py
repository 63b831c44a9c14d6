"""The robots page says what its figures say, leaves out what is not known, and explains what is damaged."""

from __future__ import annotations

from html import unescape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from irl_app.paths import site_root
from irl_app.stage import write_material, write_slices
from irl_app.ui import stage_page
from irl_app.ui.stage_words import below_headline, headline
from tests.pages.widgets import widget
from tests.stage.examples import FIGURES, episode, film, material
from tests.stage.test_slices import slices

PAGE = site_root() / "pages" / "robots.py"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of runs of our own, and nothing shipped."""
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    monkeypatch.setattr(stage_page, "shipped_material", list)
    return tmp_path


def opened(**query: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def text_of(page: AppTest) -> str:
    """All that is said in HTML, without the style."""
    parts = [str(each.proto.body) for each in page.get("html")]
    return unescape(" ".join(part for part in parts if "irl-" in part and "{" not in part))


def test_without_robots_it_says_what_makes_one(runs: Path) -> None:
    page = opened()
    assert not page.exception
    assert "No robot has learned anything here yet." in text_of(page)
    assert "The expert will move here." in text_of(page)
    assert page.code[0].value == "irl-app recover Hopper-v5 --demos 1"
    assert [button.label for button in page.button] == ["Train a network"]


def test_headline_figures_and_command(runs: Path) -> None:
    write_material(material(), runs / "20260101-hopper" / "stage")
    page = opened()
    assert not page.exception
    said = text_of(page)
    assert "It hops for 0.6 seconds, then falls." in said
    assert "Tells nothing: the number of steps alone reaches 0.98." in said
    assert "Full-length" not in said
    assert "(2,900 to 3,300)" in said
    assert "<code>irl-app recover Hopper-v5 --demos 1</code>" in said
    assert [button.label for button in page.button] == ["Train a new one"]
    assert "irl-app animate" in page.code[0].value


def test_what_is_not_known_is_left_out(runs: Path) -> None:
    write_material(material(figures={}), runs / "hopper" / "stage")
    said = text_of(opened())
    assert "Nobody has held this reward against the true one" in said
    assert "fresh agents" not in said
    write_material(material(figures={}, learner=episode(recovered=False)), runs / "hopper" / "stage")
    assert "there is none that could be judged" in text_of(opened())


def test_robot_and_learner_are_chosen_by_hand_and_by_link(runs: Path) -> None:
    write_material(material(), runs / "one" / "stage")
    write_material(material(title="Cloning"), runs / "two" / "stage")
    write_material(material(task="Ant-v5", learner=episode()), runs / "three" / "stage")
    page = opened(show="own/two")
    assert widget(page.selectbox, "robots-name").value == "own/two"
    widget(page.selectbox, "robots-name").select("own/one").run()
    assert page.query_params["show"] == "own/one"
    widget(page.button_group, "robots-task").set_value("Ant-v5").run()
    assert not page.exception
    assert "of the way from random moves to the expert" in text_of(page)
    assert "There is no robot 'own/none' here" in text_of(opened(show="own/none"))


def test_a_damaged_folder_hides_no_other(runs: Path) -> None:
    write_material(material(), runs / "good" / "stage")
    folder = write_material(material(), runs / "bad" / "stage")
    (folder / "expert.npz").write_bytes(b"PK")
    page = opened()
    assert not page.exception
    said = text_of(page)
    assert "then falls." in said
    assert "expert.npz is not a recording: the file is damaged." in said


def test_the_reward_is_looked_at_over_any_two_numbers(runs: Path) -> None:
    folder = write_material(material(), runs / "hopper" / "stage")
    assert "around a demonstrated step" not in text_of(opened())
    write_slices(slices(), folder)
    page = opened()
    assert not page.exception
    said = text_of(page)
    assert "What the reward says around a demonstrated step" in said
    assert "what the reward says there is a guess" in said
    along, and_ = (page.selectbox(key=f"robots-slices-{axis}-own/hopper") for axis in "xy")
    assert (along.value, and_.value) == (0, 1)
    along.select(1).run()
    assert page.selectbox(key="robots-slices-y-own/hopper").value != 1
    page.slider(key="robots-slices-step-own/hopper").set_value(3).run()
    assert not page.exception
    (folder / "slices.npz").write_bytes(b"PK")
    page = opened()
    assert not page.exception
    assert "slices.npz is damaged: make it again." in text_of(page)


def test_pictures_in_the_place_of_bodies(runs: Path) -> None:
    shown = material(task="CartPole-v1", expert=film(), learner=film(9), figures={})
    write_material(shown, runs / "cart" / "stage")
    page = opened()
    assert not page.exception
    assert "It lasts 0.5 seconds, the expert 0.6." in text_of(page)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "It hops for 0.6 seconds, then falls."),
        ({"learner": episode(), "figures": FIGURES},
         "It comes 93 % of the way from random moves to the expert."),
        ({"learner": episode(), "figures": {"imitation": {"value": 1.02}}}, "It hops as well as the expert."),
        ({"learner": episode(), "figures": {}, "task": "Reacher-v5"}, "It does as well as the expert."),
        ({"learner": episode(earns=0.5), "figures": {}},
         "In this episode it earns 50 % of what the expert earns."),
        ({"learner": episode(earns=0.01), "figures": {}}, "It does no better than moving at random."),
        ({"expert": episode(earns=-1.0), "learner": episode(earns=-2.0), "figures": {}},
         "It hops to the end."),
    ],
)  # fmt: skip
def test_the_headline_follows_the_figures(changes: dict[str, Any], said: str) -> None:
    assert headline(material(**changes)) == said


def test_no_figure_is_said_twice() -> None:
    shown = material(learner=episode())
    assert "93 %" in headline(shown)
    assert "That was measured over many episodes (88 to 97 %); 100 %" in below_headline(shown)
    assert "Over many episodes it comes 93 % (88 to 97 %) of the way" in below_headline(material())
