"""The point maze page says what its figures say, and takes what the browser sends with care."""

from __future__ import annotations

from html import unescape

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from irl_app.envs.maze_map import MAZES, parse_maze
from irl_app.mazes.driven import follow
from irl_app.paths import site_root
from irl_app.ui.components import ComponentStateError
from irl_app.ui.components import maze as component
from irl_app.ui.components.maze import MazeEdit, read_driven, read_maze_edit
from irl_app.ui.maze_page import arrival
from irl_app.ui.maze_session import NETWORKS, MazeSession
from tests.pages.widgets import widget

PAGE = site_root() / "pages" / "point_maze.py"
RIGHT, LEFT = parse_maze(MAZES["right"]), parse_maze(MAZES["left"])


def text_of(page: AppTest) -> str:
    return unescape(" ".join(str(each.proto.body) for each in page.get("html")))


def test_the_barrier_moves_and_comes_back() -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=300).run()
    assert not page.exception
    assert "It learned where to go, and the way around." in text_of(page)
    move = next(button for button in page.button if button.label == "Move the barrier")
    move.click().run()
    assert "The barrier has moved, and the reward still leads to the goal." in text_of(page)
    next(button for button in page.button if button.label == "Drive it yourself").click().run()
    assert "Show the way to the star." in text_of(page)


def test_networks_rewards_are_looked_at_by_speed_and_planned_on_where_the_barrier_has_moved() -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=300).run()
    widget(page.selectbox, "maze-method").select("iq").run()
    assert not page.exception
    assert "The learner itself" in text_of(page)
    at_rest = text_of(page)
    widget(page.slider, "maze-velocity").set_value(1.5).run()
    assert text_of(page) != at_rest  # it agrees with the truth as much as before, of another map
    next(button for button in page.button if button.label == "Move the barrier").click().run()
    assert "Plans on this reward" in text_of(page)
    widget(page.selectbox, "maze-name").select("left").run()
    assert widget(page.selectbox, "maze-method").value == "known"  # no network was trained there
    assert not page.slider


def test_every_network_that_is_offered_is_shipped() -> None:
    session = MazeSession.of("right")
    for name in NETWORKS:
        session.wanted = name
        assert session.network is not None
        assert np.ptp(session.network.map()) > 0.0


def sent(monkeypatch: pytest.MonkeyPatch, **states: object) -> None:
    monkeypatch.setattr(component, "read_state", lambda key, name: states.get(name))


def test_an_edit_is_read_and_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    edit = {"revision": "r", "stroke": 1, "start": [0.0, 1.0], "rows": MAZES["left"].split("\n")}
    sent(monkeypatch, edit=edit)
    found = read_maze_edit("k", "r")
    assert found is not None
    assert found.maze == LEFT
    assert read_maze_edit("k", "another") is None
    sent(monkeypatch, edit={**edit, "rows": ["###", "#S#", "###"]})
    assert read_maze_edit("k", "r").mistake  # type: ignore[union-attr]
    for wrong in ({"start": [0.0]}, {"start": ["a", 1.0]}, {"rows": [1]}, {"stroke": -1}):
        sent(monkeypatch, edit={**edit, **wrong})
        with pytest.raises(ComponentStateError):
            read_maze_edit("k", "r")


def test_driven_paths_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    sent(monkeypatch, driven={"revision": "r", "paths": [[0, 0, 1, 1], [0, 0], [0, 0, 1]]})
    assert [path.tolist() for path in read_driven("k", "r")] == [[[0, 0], [1, 1]]]
    sent(monkeypatch, driven={"revision": "r", "paths": [[0, "x"]]})
    with pytest.raises(ComponentStateError):
        read_driven("k", "r")


def test_another_goal_is_another_world_another_barrier_is_not() -> None:
    session = MazeSession.of("right")
    session.take(MazeEdit(1, np.array([0.0, -2.0]), LEFT))
    assert session.has_moved
    assert session.learned_in == RIGHT
    session.move_barrier()
    assert not session.has_moved
    elsewhere = parse_maze(MAZES["right"].replace("#...G.#", "#.G...#"))
    session.take(MazeEdit(1, np.array([0.0, -2.0]), elsewhere))
    assert session.learned_in == session.now == elsewhere
    session.take(MazeEdit(2, np.array([0.0, -2.0]), None, "no way"))
    assert session.notice == "no way"


def test_the_point_follows_a_driven_path_by_its_physics() -> None:
    path = np.stack([np.linspace(1.5, -1.0, 10), np.full(10, -2.0)], axis=1)
    shown = follow(RIGHT, [path])
    places = shown.episodes[0].observations[:, :2]
    assert np.linalg.norm(places[:10] - path, axis=1).max() < 0.1
    assert np.linalg.norm(places[-1] - path[-1]) < 0.05


def test_when_it_arrives_in_words() -> None:
    assert arrival(np.array([2.0, 1.0, 0.3, 0.2])) == "at the goal after 0.6 s"
    assert arrival(np.array([0.2, 1.0])) == "does not arrive in 15 s"
