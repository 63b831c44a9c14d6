"""A student's exercise: a locked lab, games to show, and one button to hand it in."""

from __future__ import annotations

import numpy as np
import streamlit as st

from irl_app.analysis import counted, written
from irl_app.classroom import Classroom, ClassroomError, Exercise, Student
from irl_app.ui.answers import what_comes_of
from irl_app.ui.class_exercise import (
    Games,
    answered,
    drawn_values,
    free_starts,
    lab_of,
    pack,
    score_of,
    show_game,
    unpack,
    without_reward,
)
from irl_app.ui.components import Panel, grid_editor, grid_maps, read_editor, read_pin
from irl_app.ui.lab_maps import reward_panel
from irl_app.ui.lab_session import episodes_for_editor
from irl_app.ui.page import escape
from irl_app.ui.questions import world_of

WORLD, REWARD, RAIL = 10, 10, 5


def draw_student(room: Classroom, student: Student) -> None:
    """The exercise that is open, or the one that was chosen."""
    exercises = room.exercises(student.code)
    if not exercises:
        _draw_waiting(student)
        return
    numbers = [exercise.number for exercise in exercises]
    newest = next((e.number for e in reversed(exercises) if e.is_open), numbers[-1])
    chosen = newest
    if len(numbers) > 1:
        chosen = st.selectbox(
            "Exercise", numbers, index=numbers.index(newest), format_func=lambda n: f"Exercise {n}", width=170
        )
    exercise = exercises[numbers.index(chosen)]
    st.html(
        f'<div class="irl-story"><h1>{escape(exercise.question)}</h1><p '
        f'class="irl-lead">{_rule(exercise)}</p></div>'
    )
    games = _games(room, student, exercise)
    world, reward, rail = st.columns((WORLD, REWARD, RAIL), gap="medium")
    with world:
        if exercise.kind == "ask":
            games = _draw_asking(room, student, exercise, games)
        else:
            games = _draw_playing(room, student, exercise, games)
    with reward:
        _draw_reward(exercise, games)
    with rail:
        _draw_handing_in(room, student, exercise, games)


@st.fragment(run_every=2.0)
def _draw_waiting(student: Student) -> None:
    room: Classroom = st.session_state["classroom"]
    if room.exercises(student.code):
        st.rerun()
    st.html(
        f'<div class="irl-story"><h1>You are in, {escape(student.name)}.</h1>'
        '<p class="irl-lead">The first exercise appears here by itself.</p></div>'
    )


def _rule(exercise: Exercise) -> str:
    games = counted(exercise.games, "game")
    if exercise.kind == "ask":
        return f"An expert knows what pays here; you do not. Choose where it starts, {games} at most."
    return f"Play {games} at most, so that an agent that learns from them alone does well."


def _games(room: Classroom, student: Student, exercise: Exercise) -> Games:
    kept = room.answer_of(student, exercise.number)
    return unpack(kept.work) if kept is not None else ()


def _keep(room: Classroom, student: Student, exercise: Exercise, games: Games) -> None:
    try:
        room.keep(student, exercise.number, pack(games))
    except ClassroomError as error:
        st.session_state["class-note"] = str(error)


def _draw_asking(room: Classroom, student: Student, exercise: Exercise, games: Games) -> Games:
    """The world without its reward, and the expert's games in it; a click chooses where the next one "
    "starts."""
    grid = world_of(lab_of(exercise))
    key = f"class-world-{exercise.number}"
    visits = np.zeros(grid.n_states)
    for start, moves in games:
        np.add.at(visits, [start, *(cell for _, cell in moves)], 1.0)
    pinned = read_pin(key, n_cells=grid.n_states)
    shown = Panel(
        "world", "The world", np.where(visits > 0.0, visits, np.nan), "shade: where the expert went",
        scale="counts",
    )  # fmt: skip
    grid_maps(grid, [shown], key=key, link="class", world=without_reward(grid))
    can_show = pinned in free_starts(grid)
    where = grid.place(pinned) if pinned is not None and can_show else "a free cell: click one"

    def show() -> None:
        assert pinned is not None
        game = show_game(exercise, pinned, student.name, len(games))
        _keep(room, student, exercise, (*games, game))

    st.button(
        f"Show a game from {where}",
        type="primary",
        key=f"show-{exercise.number}",
        on_click=show,
        disabled=not can_show or len(games) >= exercise.games or not exercise.is_open,
    )
    return games


def _draw_playing(room: Classroom, student: Student, exercise: Exercise, games: Games) -> Games:
    """The world to play in; every finished game is kept at once."""
    grid = world_of(lab_of(exercise))
    key, revision = f"class-play-{exercise.number}", f"{student.name} {exercise.number}"
    editor = read_editor(key, revision=revision, mode="play")
    if editor.episodes is not None:
        played = tuple((e.start, e.moves) for e in editor.episodes if e.moves and e.ending != "open")
        if played != games and exercise.is_open:
            games = played[: exercise.games]
            _keep(room, student, exercise, games)
    grid_editor(
        grid,
        key=key,
        revision=revision,
        mode="play",
        modes=("play",),
        played=episodes_for_editor(games, grid),
        title="The world",
        caption="its true reward",
        link="class",
    )
    return games


def _draw_reward(exercise: Exercise, games: Games) -> None:
    if not games:
        st.html('<h3 class="irl-empty-title">The reward it reads</h3>')
        st.html('<p class="irl-empty">The map appears after the first game.</p>')
        return
    recovery = answered(exercise, games)
    outcome = what_comes_of(recovery)
    grid = recovery.grid
    panel = reward_panel(recovery, outcome)
    hidden = exercise.kind == "ask" and not exercise.is_revealed
    if hidden:  # on a scale of its own: the hidden reward's would tell of it
        values = outcome.values - np.nanmedian(outcome.values)
        most = float(np.nanmax(np.abs(values))) or 1.0
        panel = Panel(
            "recovered", "The reward it reads", values, "beside its middle; hatched: never visited, a guess",
            scale="root", limits=(-most, most), seen=outcome.visited,
        )  # fmt: skip
    key = f"class-reward-{exercise.number}"
    grid_maps(grid, [panel], key=key, link="class", world=without_reward(grid) if hidden else None)


def _draw_handing_in(room: Classroom, student: Student, exercise: Exercise, games: Games) -> None:
    kept = room.answer_of(student, exercise.number)
    moves = sum(len(moves) for _, moves in games)
    st.html(
        f'<section class="irl-rail"><h3>{escape(student.name)}</h3>'
        f"<p>{len(games)} of {counted(exercise.games, 'game')} used, {counted(moves, 'move')}.</p></section>"
    )

    def hand_in() -> None:
        try:
            room.keep(student, exercise.number, pack(games), score=score_of(exercise, games))
        except ValueError as error:
            st.session_state["class-note"] = str(error)

    def start_over() -> None:
        _keep(room, student, exercise, ())
        st.session_state.pop(f"class-play-{exercise.number}", None)

    is_in = kept is not None and kept.handed_in is not None
    st.button(
        "Hand in again" if is_in else "Hand in", key="hand-in", on_click=hand_in, width="stretch",
        type="primary" if exercise.kind == "play" and not is_in else "secondary",
        disabled=not games or not exercise.is_open,
    )  # fmt: skip
    if exercise.kind == "ask":
        st.button("Start over", key="start-over", on_click=start_over, width="stretch", type="tertiary",
                  disabled=not games or not exercise.is_open)  # fmt: skip
    if kept is not None and kept.handed_in:
        st.html('<p class="irl-note" role="status">Handed in. You may go on and hand in again.</p>')
    if not exercise.is_open:
        st.html('<p class="irl-note">This exercise is closed.</p>')
    if exercise.is_revealed and kept is not None and kept.score is not None:
        st.html(
            '<div class="irl-figure"><h3>Your reward gives away</h3>'
            f'<p class="irl-big">{escape(written(kept.score, "share"))}</p>'
            "<p>of what can be gained; 0 % is best</p></div>"
        )
    if note := st.session_state.pop("class-note", ""):
        st.warning(note)


def values_on_board(exercise: Exercise, work: str) -> tuple[np.ndarray, np.ndarray]:
    """(S,) a student's map in the units of the hidden reward, and where it has evidence."""
    recovery = answered(exercise, unpack(work))
    return drawn_values(recovery), what_comes_of(recovery).visited
