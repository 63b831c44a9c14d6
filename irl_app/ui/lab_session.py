"""The lab of one browser session: the one place where its state is kept and changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal
from uuid import uuid4

import streamlit as st

from irl_app.envs.grid_map import format_map
from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.ui.answers import Answer
from irl_app.ui.components import (
    ComponentStateError,
    Drawing,
    EditorState,
    PlayedEpisode,
    SliderValues,
    read_editor,
    read_sliders,
    taken,
)
from irl_app.ui.kept_links import opened
from irl_app.ui.lab_controls import sliders_of
from irl_app.ui.lab_state import PLAYED, LabState
from irl_app.ui.link_codec import RecordedEpisode
from irl_app.ui.questions import world_of

View = Literal["lab", "methods", "unknown"]
EDITOR, SLIDERS, MAPS, LINK = "lab-world", "lab-sliders", "lab-maps", "lab"


@dataclass(frozen=True)
class Kept:
    """A small map that stays while others change: its title, its HTML, and the lab it opens."""

    title: str
    html: str
    lab: LabState


@dataclass
class LabSession:
    """What one visitor's lab remembers between two runs of its page.

    Attributes:
        state: what the lab is about.
        notes: sentences to show once the page is drawn, until they are dismissed.
        owner: names the session to the background searches.
        revision: counts the worlds that were given to the editor; what was drawn on an older one is past.
        settings: counts the configurations that were given to the sliders.
        shown: the last answer that could be drawn.
        picture: counts what the maps have shown; another answer or another lens is another picture.
        reported: the picture that the report is about.
        before: the final answer to the question before this one, of the same world.
        play_from: where the next game starts, None for chance.
        games_asked: counts the buttons pressed that start a game.
        view: what is shown: the lab, methods side by side, or what cannot be known.
        kept: the small maps that stay.
        report_follows: True while the whole page is drawn, where the report comes by itself.
    """

    state: LabState
    notes: tuple[str, ...] = ()
    owner: str = field(default_factory=lambda: uuid4().hex)
    revision: int = 0
    settings: int = 0
    shown: Answer | None = None
    picture: int = 0
    reported: int = 0
    report_follows: bool = False
    before: Answer | None = None
    play_from: int | None = None
    games_asked: int = 0
    view: View = "lab"
    kept: list[Kept] = field(default_factory=list)
    _lens_shown: str = ""

    @property
    def drawing(self) -> Drawing | None:
        """What is on the drawing board while it cannot be played."""
        return None if self.state.draft is None else Drawing.from_text(self.state.draft)

    @property
    def problem(self) -> str:
        """Why what is on the drawing board cannot be played; empty when nothing is."""
        try:
            if self.drawing is not None:
                self.drawing.on(world_of(self.state))
        except GridError as error:
            return str(error)
        return ""

    def change(self, **changes: Any) -> None:
        """Change the state where editor and sliders need not be told."""
        self.state = replace(self.state, **changes)

    def show(self, answer: Answer) -> None:
        """Have the maps show this answer."""
        is_new = self.shown is None or self.shown.recovery is not answer.recovery
        if is_new or self._lens_shown != self.state.lens:
            self.picture += 1
        if is_new and self.shown is not None and self.shown.search is None:
            same_world = self.shown.recovery.grid == answer.recovery.grid
            self.before = self.shown if same_world else None
        self.shown, self._lens_shown = answer, self.state.lens

    def open(self, state: LabState, notes: tuple[str, ...] = ()) -> None:
        """Show another lab: the editor gets a new world, the sliders new values."""
        self.state, self.notes = state, notes
        self.revision += 1
        self.settings += 1

    def open_world(self, **changes: Any) -> None:
        """Show another world with the same expert and method; its own discount and demonstrations apply."""
        config = replace(self.state.config, gamma=None)
        self.open(replace(self.state, config=config, episode=0, draft=None, **changes))

    def take_drawing(self, editor: EditorState) -> None:
        """Make the drawing the lab's world, or keep it on the board while it cannot be played.

        A drawing that looks like the preset again, with its rules, is the preset again.
        """
        if editor.drawing is None:
            return
        try:
            grid = editor.drawing.on(world_of(self.state))
        except GridError:
            self.change(draft=editor.drawing.to_text())
            return
        preset = world_of(replace(self.state, map=None))
        looks_like_it = editor.drawing.to_text() == Drawing.of(preset).to_text()
        if looks_like_it and Drawing.of(preset).on(grid) == preset:
            self.change(map=None, draft=None)
        elif grid != world_of(self.state):
            self.change(map=format_map(grid), draft=None)
        else:
            self.change(draft=None)

    def take_episodes(self, editor: EditorState) -> None:
        """Record the episodes played to their end; the first one played makes the person the expert."""
        if editor.episodes is None:
            return
        played = tuple((e.start, e.moves) for e in editor.episodes if e.moves and e.ending != "open")
        if played != self.state.played:
            self.change(played=played)
            if played:
                self.change(expert=PLAYED, expert_value=None)
            elif self.state.expert == PLAYED:
                self.change(expert=None)

    def take_sliders(self, sent: SliderValues, grid: GridSpec) -> None:
        """Put the sliders' values into the configuration; the grid's own discount stays the grid's own."""
        values: dict[str, Any] = dict(sent.values)
        if values.get("gamma") == grid.gamma:
            values["gamma"] = None
        self.change(config=replace(self.state.config, **values))


def lab_session() -> LabSession:
    """This visitor's lab, opened from the address on the first run, brought up to date with the browser."""
    if "lab" not in st.session_state:
        query, notes = opened(st.query_params.to_dict())
        state, more = LabState.from_query(query)
        st.session_state["lab"] = LabSession(*_with_readable_draft(state, (*notes, *more)))
    session: LabSession = st.session_state["lab"]
    for key, take in ((EDITOR, _take_editor), (SLIDERS, _take_sliders)):
        _, problem = taken(key, partial(take, session))
        session.notes = (*session.notes, *filter(None, [problem]))
    return session


def _take_editor(session: LabSession) -> None:
    editor = read_editor(EDITOR, revision=str(session.revision), mode=session.state.mode)
    session.change(mode=editor.mode, episode=editor.episode)
    session.take_drawing(editor)
    session.take_episodes(editor)


def _take_sliders(session: LabSession) -> None:
    grid = world_of(session.state)
    sliders, values = sliders_of(session.state, grid)
    sent = read_sliders(sliders, key=SLIDERS, revision=str(session.settings), values=values)
    session.take_sliders(sent, grid)


def _with_readable_draft(state: LabState, notes: tuple[str, ...]) -> tuple[LabState, tuple[str, ...]]:
    """The state without a drawing that is none; one that can be played is the world."""
    session = LabSession(state=state, notes=notes)
    try:
        session.take_drawing(EditorState(mode=state.mode, drawing=session.drawing))
    except ComponentStateError as error:
        note = f"The link's unfinished drawing was left out: {error}."
        return replace(state, draft=None), (*notes, note)
    return session.state, notes


def open_lab(state: LabState) -> None:
    """Show this lab when the lab's page is drawn next, from another page."""
    if "lab" in st.session_state:
        st.session_state["lab"].open(state)
    else:
        st.session_state["lab"] = LabSession(state=state)


def episodes_for_editor(played: tuple[RecordedEpisode, ...], grid: GridSpec) -> list[PlayedEpisode]:
    """The recorded episodes as the editor keeps them."""
    terminal = grid.mdp().terminal
    return [
        PlayedEpisode(
            start,
            moves,
            "terminated" if moves[-1][1] < grid.n_states and terminal[moves[-1][1]] else "truncated",
        )
        for start, moves in played
        if moves
    ]
