"""A class as its pages show it: a teacher, students, a board."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from irl_app.classroom import Classroom, Exercise, Student
from irl_app.envs.grid_map import format_map, parse_map
from irl_app.figures import THEMES
from irl_app.paths import site_root
from irl_app.ui.class_board import SORTS, board_html
from irl_app.ui.class_exercise import (
    free_starts,
    lab_of,
    lab_text,
    pack,
    score_of,
    show_game,
    size_of,
    unpack,
    without_reward,
)
from irl_app.ui.components.keyring import KEYRING
from irl_app.ui.lab_state import LabState
from irl_app.ui.questions import world_of
from irl_app.ui.tiles import tile
from trainers.tabular.config import TabularConfig

PAGE = site_root() / "pages" / "classroom.py"
SWAMP = format_map(
    parse_map("goal: stay\nactions: 5\nmoves: 20\nX = -5\n\n.....\n.XX..\n.....\n.#...\n....G\n")
)
LAB = LabState(map=SWAMP, expert="soft-optimal", expert_value=0.5, config=TabularConfig(method="ml"))
ASK = Exercise(1, "Where is the swamp?", lab_text(LAB), "ask", 6)


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Classroom:
    path = tmp_path / "class.sqlite"
    monkeypatch.setenv("IRL_APP_CLASS", str(path))
    return Classroom(path)


def visit(code: str = "", **held: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    if code:
        page.query_params["c"] = code
    page.session_state["class-new-keys"] = {name.replace("_", ":"): value for name, value in held.items()}
    return page.run()


def said(page: AppTest) -> str:
    return " ".join(str(box.value) for box in (*page.get("html"), *page.warning))


def test_a_lab_is_kept_whole_and_its_games_are_the_students() -> None:
    lab = lab_of(ASK)
    assert world_of(lab) == world_of(LAB)
    assert lab.demonstrator == LAB.demonstrator
    assert lab.config == LAB.config


def test_the_same_student_is_shown_the_same_game_again() -> None:
    first = show_game(ASK, 0, "Ada", 0)
    assert first == show_game(ASK, 0, "Ada", 0)
    assert first[0] == 0
    assert first != show_game(ASK, 0, "Ben", 0) or first != show_game(ASK, 0, "Ada", 1)
    assert unpack(pack((first,))) == (first,)
    assert size_of(pack((first,))) == (1, len(first[1]))
    assert unpack("nonsense") == ()


def test_more_games_find_what_is_hidden() -> None:
    games = tuple(show_game(ASK, start, "Ada", k) for k, start in enumerate((0, 4, 10, 20, 2, 14)))
    assert score_of(ASK, games) <= 0.05
    assert score_of(ASK, games[:1]) >= 0.0


def test_the_hidden_world_tells_nothing() -> None:
    grid = world_of(LAB)
    wire = without_reward(grid).to_wire()
    assert wire["cells"] == []
    assert set(wire["flags"]) == {"0", "1"}
    assert len(free_starts(grid)) == 24


def test_a_tile_is_a_picture_of_every_cell() -> None:
    grid = world_of(LAB)
    html = tile(grid, grid.state_reward(), "<truth>", THEMES["light"], largest=10.0)
    assert 'alt="&lt;truth&gt;"' in html
    assert "data:image/png;base64," in html
    faded = tile(
        grid, grid.state_reward(), "t", THEMES["light"], largest=10.0, seen=np.zeros(grid.n_states, bool)
    )
    assert faded != tile(grid, grid.state_reward(), "t", THEMES["light"], largest=10.0)


def answer_as(room: Classroom, code: str, name: str, starts: tuple[int, ...]) -> Student:
    student = room.join(code, name)
    games = tuple(show_game(ASK, start, name, k) for k, start in enumerate(starts))
    room.keep(student, 1, pack(games), score=score_of(ASK, games))
    return student


def test_a_board_shows_everybody_sorted_and_without_names(room: Classroom) -> None:
    code, _ = room.open_class()
    room.add_exercise(code, ASK.question, ASK.lab, ASK.kind, ASK.games)
    answer_as(room, code, "Ada <b>", (0, 4, 20))
    answer_as(room, code, "Ben", (12,))
    room.join(code, "Chen")

    def board(sort: str = SORTS[0], named: bool = True) -> str:
        return board_html(
            ASK, room.answers(code, 1), room.names(code), sort, named=named, theme=THEMES["dark"]
        )

    html = board()
    assert html.count("<li") == 3
    assert "<b>" not in html.split("</span>")[0].split("<span>")[1]
    assert html.count("irl-waiting") == 1
    assert html.count("irl-new") >= 1
    assert "Ben" not in board(named=False)
    assert board(SORTS[2]).index("Ben") < board(SORTS[2]).index("Ada")


def test_a_teacher_opens_a_class_and_hands_out_an_exercise(room: Classroom) -> None:
    page = visit()
    page.button(key="open-class").click().run()
    code = "".join(page.query_params["c"])
    assert room.exists(code)
    assert "The class is open" in said(page)
    page.text_input[0].set_value("Where does it want to go?")
    page.radio[0].set_value("play")
    page.text_input[1].set_value("http://host/lab?preset=open&size=4&method=iq")
    next(b for b in page.button if b.label == "Hand it out").click().run()
    assert not page.exception
    (exercise,) = room.exercises(code)
    assert (exercise.question, exercise.kind) == ("Where does it want to go?", "play")
    assert world_of(lab_of(exercise)).height == 4
    assert "0 of 0" in said(page)


def test_a_lab_that_cannot_be_an_exercise_is_refused_in_a_sentence(room: Classroom) -> None:
    code, key = room.open_class()
    page = visit(code, **{f"{code}_teach": key})
    page.text_input[0].set_value("Go")
    page.text_input[1].set_value("http://host/lab?method=oracle")
    next(b for b in page.button if b.label == "Hand it out").click().run()
    assert "knows the true reward" in said(page)
    assert room.exercises(code) == []


def test_a_student_joins_works_hands_in_and_is_told_at_the_end(room: Classroom) -> None:
    code, key = room.open_class()
    page = visit(code)
    page.text_input[1].set_value("Ada")
    next(b for b in page.button if b.label == "Join").click().run()
    assert "You are in, Ada." in said(page)
    room.add_exercise(code, ASK.question, ASK.lab, "ask", 2)
    page.run()
    assert "Where is the swamp?" in said(page)
    assert page.button(key="hand-in").disabled
    page.session_state["class-world-1"] = {"pinned": {"cell": 0, "of": 25}}
    page.run()
    page.button(key="show-1").click().run()
    assert "1 of 2 games used" in said(page)
    page.button(key="hand-in").click().run()
    assert not page.exception
    (answer,) = room.answers(code, 1)
    assert answer.score is not None
    assert "Your reward gives away" not in said(page)
    room.set_exercise(code, 1, is_open=False, is_revealed=True)
    page.run()
    assert "Your reward gives away" in said(page)
    assert page.button(key="hand-in").disabled
    board = visit(code, **{f"{code}_teach": key})
    assert "1 of 1" in said(board)
    assert not board.exception


def test_a_stranger_is_no_teacher(room: Classroom) -> None:
    code, _ = room.open_class()
    page = visit(code, **{f"{code}_teach": "guess", f"{code}_as": "guess"})
    assert "Join a class" in said(page)
    assert not page.exception


def test_a_file_that_is_no_class_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad: Any = tmp_path / "notes.txt"
    bad.write_text("my notes " * 100)
    monkeypatch.setenv("IRL_APP_CLASS", str(bad))
    page = visit()
    assert "There can be no class here" in said(page)
    assert not page.exception


def test_keys_that_no_browser_of_ours_sends_open_nothing_and_break_nothing(room: Classroom) -> None:
    page = visit()
    for held in ([1], {"a": 3}, {str(i): "x" for i in range(300)}):
        page.session_state[KEYRING] = {"held": held}
        page.run()
        assert not page.exception
