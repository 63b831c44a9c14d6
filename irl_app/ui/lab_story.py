"""The lab's first words: what the recovered reward makes an agent do, what limits it, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from irl_app.analysis import Outcome, counted, written
from irl_app.ui.answers import Answer, card_of
from irl_app.ui.glossary import hover
from irl_app.ui.lab_session import LabSession, View
from irl_app.ui.lab_state import PLAYED, LabState
from irl_app.ui.page import escape
from irl_app.ui.questions import world_of

MORE_DEMOS = 3
"""How many times as many games the next step asks for."""
SETTLED, CAREFUL = 0.02, 0.2
"""Shares given away up to which an agent takes nearly all, or most, of what there is."""
MAX_DEMOS = 300


@dataclass(frozen=True)
class Action:
    """The next step, as a button: its label and what it changes of the lab's state."""

    label: str
    change: Callable[[LabSession], None]


@dataclass(frozen=True)
class Story:
    """A headline that can be wrong, one or two lines on what limits it, and the next step."""

    headline: str
    line: str
    action: Action


def whose_reward(lab: LabState) -> str:
    """The recovered reward, as its headline and its agent call it."""
    return "your reward" if lab.expert == PLAYED else "the recovered reward"


def story_of(lab: LabState, outcome: Outcome, shown: Answer) -> Story:
    """What to say of an answer."""
    return Story(_headline(lab, outcome, shown), _line(outcome, shown), _next(lab, outcome))


def _headline(lab: LabState, outcome: Outcome, shown: Answer) -> str:
    agent, goal = (
        f"An agent that knows only {whose_reward(lab)}",
        "your goal" if lab.expert == PLAYED else "the goal",
    )
    demonstrations, regret = shown.recovery.demonstrations, outcome.regret
    if outcome.success is not None and shown.recovery.grid.goals.any():
        goals = shown.recovery.grid.goals.ravel()
        if lab.expert == PLAYED and demonstrations is not None and not goals[demonstrations.next_obs].any():
            return "No game of yours reaches the star, so what it learned leads elsewhere."
        if outcome.success >= 0.995:
            return f"{agent} walks to {goal}."
        if outcome.success <= 0.005:
            return f"{agent} never reaches {goal}."
        share = written(outcome.success, "share")
        return f"From {share} of the starts, {agent[:1].lower()}{agent[1:]} reaches {goal}."
    if regret is None:
        return "In this world everybody gains the same, whatever they do."
    amount = "nearly all" if regret <= SETTLED else "most" if regret <= CAREFUL else "little"
    return f"{agent} gets {amount} of what there is."


def _line(outcome: Outcome, shown: Answer) -> str:
    recovery = shown.recovery
    said = []
    if outcome.regret is not None:
        worse = " Random moves give away 100 %." if outcome.regret > 1.0 else ""
        lost = f"<b>{escape(written(outcome.regret, 'share'))}</b>"
        said.append(
            f"It {hover('gives away', 'regret')} {lost} of what can be gained here; 0 % is best.{worse}"
        )
    if outcome.unseen is not None and recovery.demonstrations is not None:
        games = recovery.demonstrations.n_episodes
        had = "one game was shown" if games == 1 else f"{games} games were shown"
        said.append(
            f"{outcome.unseen.name.capitalize()} of the map is still a guess: {had}, mostly elsewhere."
        )
    if not recovery.solution.certificate.converged:
        said.append("It is not solved yet: the figures may still move.")
    return " ".join(said).replace(" %", "\N{NO-BREAK SPACE}%")


def _next(lab: LabState, outcome: Outcome) -> Action:
    if lab.expert != PLAYED:
        if (
            lab.demos is not None
            and lab.demos * MORE_DEMOS <= MAX_DEMOS
            and (outcome.regret or 0.0) > SETTLED
        ):
            more = lab.demos * MORE_DEMOS
            return Action(f"Show it {more} games", lambda session: session.change(demos=more))
        return Action("Play yourself", _play)
    if outcome.unseen is not None:
        start = outcome.unseen.start
        return Action(f"Play from {outcome.unseen.corner}", lambda session: _play(session, start))
    return Action("Play another game", _play)


def _play(session: LabSession, start: int | None = None) -> None:
    session.play_from = start
    session.games_asked += 1
    session.change(mode="play")


def invites_to_play(lab: LabState) -> bool:
    """Whether the story waits for a first game."""
    return lab.mode == "play" and not lab.played


def draw_story(session: LabSession, place: DeltaGenerator, outcome: Outcome | None, problem: str) -> None:
    """The headline, its lines and the next step."""
    shown, lab = session.shown, session.state
    with place:
        if problem and shown is not None:
            _draw_stale(session, shown, problem)
        elif problem or shown is None or outcome is None:
            _draw_words("Nothing can be learned yet.", escape(f"{problem[:1].upper()}{problem[1:]}."))
        elif invites_to_play(lab):
            _draw_words(
                "Show it what you want.",
                "Walk with the arrow keys to a place you like, then press Enter. From this one game the lab "
                "works out the reward that would make someone act as you did.",
            )
        else:
            _draw_result(session, shown, outcome)


def _draw_words(headline: str, line: str) -> None:
    st.html(
        f'<div class="irl-story" role="status"><h1>{escape(headline)}</h1>'
        f'<p class="irl-lead">{line}</p></div>'
    )


def _draw_result(session: LabSession, shown: Answer, outcome: Outcome) -> None:
    story = story_of(session.state, outcome, shown)
    words, buttons = st.columns((4, 1), vertical_alignment="bottom")
    with words:
        _draw_words(story.headline, story.line)
    with buttons.container(horizontal=True, horizontal_alignment="right", key="next-step"):
        why = "Less" if session.state.more else "Why?"
        st.button(
            why, key="why", type="tertiary", on_click=lambda: session.change(more=not session.state.more),
            help="Settings and figures, beside the pictures",
        )  # fmt: skip
        st.button(
            story.action.label, key="next", type="primary", on_click=story.action.change, args=(session,)
        )
    _draw_what_changed(session, shown)


def _draw_stale(session: LabSession, shown: Answer, problem: str) -> None:
    _draw_words(
        "What was shown does not fit this world any more.",
        "What you see on the right still belongs to the world before the change, until you decide.",
    )
    with st.container(key="stale-note", horizontal=True, vertical_alignment="center"):
        st.warning(_misfit(session, problem))
        before = shown.lab

        def undo() -> None:
            kept = {
                name: getattr(before, name) for name in ("preset", "size", "world", "map", "expert", "demos")
            }
            session.open(replace(session.state, draft=None, played=before.played, **kept))

        def anew() -> None:
            session.open(replace(session.state, played=(), expert=None, mode="play"))

        st.button("Undo the change", key="undo-change", on_click=undo)
        st.button("Play a new game", key="play-anew", type="primary", on_click=anew)


def _draw_what_changed(session: LabSession, shown: Answer) -> None:
    """Say what changed by itself: another assumption about unvisited cells, and what it did to the map."""
    now, before = shown, session.before
    if before is None or now.search is not None or not _adds_games(before, now):
        return
    prior, old = now.recovery.solution.prior, before.recovery.solution.prior
    if prior is None or old is None or prior == old:
        return
    figures = [card_of(answer.recovery) for answer in (before, now)]
    was, is_now = (card.value("pearson_state") for card in figures)
    if was is None or is_now is None or is_now >= was - 0.05:
        return
    lost_was, lost_now = (written(card.value("regret_state") or 0.0, "share") for card in figures)
    text = (
        f"The map agrees less with the truth than before ({written(was, 'correlation')} to "
        f"{written(is_now, 'correlation')}; 1 is best): with more games, what is assumed about cells that "
        f"nobody visited was chosen anew. What the plan gives away went from {lost_was} to {lost_now}."
    )
    with st.container(key="assumption", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="irl-note">{escape(text)}</p>')
        config = replace(session.state.config, prior=old)
        st.button(
            "Keep the assumption of before", key="keep-prior", on_click=lambda: session.change(config=config)
        )


def _adds_games(before: Answer, now: Answer) -> bool:
    """Whether an answer is about the games of the one before and more of the same expert's."""
    had, has = before.recovery.demonstrations, now.recovery.demonstrations
    return (
        had is not None and has is not None
        and before.lab.demonstrator == now.lab.demonstrator
        and had.n_episodes < has.n_episodes
    )  # fmt: skip


def _misfit(session: LabSession, problem: str) -> str:
    """Why what was shown does not fit the world: in a player's words where a wall stands in a game's way."""
    grid = world_of(session.state)
    walls = grid.walls.ravel()
    for number, (start, moves) in enumerate(session.state.played, start=1):
        for cell in (start, *(cell for _, cell in moves)):
            if cell < walls.size and walls[cell]:
                return f"Game {number} walks through {grid.place(cell)}, where there is a wall now."
    return f"{problem[:1].upper()}{problem[1:]}."


def draw_rail(session: LabSession, place: DeltaGenerator, outcome: Outcome | None) -> None:
    """What has been seen, what to try, and the way to everything else."""
    shown = session.shown
    with place:
        if shown is not None and outcome is not None:
            st.html(_rail_html(shown, outcome))
        for view, label in (("methods", "Compare methods"), ("unknown", "What cannot be known")):
            st.button(label, key=view, on_click=_open, args=(session, view), width="stretch")
        st.button(
            "More settings and figures",
            key="more",
            on_click=lambda: session.change(more=True),
            width="stretch",
        )


def _open(session: LabSession, view: View) -> None:
    session.view = view


def _rail_html(shown: Answer, outcome: Outcome) -> str:
    mdp, demonstrations = shown.recovery.mdp, shown.recovery.demonstrations
    cells, seen = int(mdp.valid.sum()), int((outcome.visited & mdp.valid).sum())
    source = "endless games" if demonstrations is None else counted(demonstrations.n_episodes, "game")
    moves = "" if demonstrations is None else f" and {counted(demonstrations.n_steps, 'move')}"
    return (
        '<section class="irl-rail"><h3>What it has seen</h3>'
        f'<div class="irl-bar" role="img" aria-label="{seen} of {cells} cells">'
        f'<i style="width:{100 * seen / cells:.0f}%"></i></div>'
        f"<p>{seen} of {cells} cells, in {escape(source)}{moves}.</p>"
        "<h3>Does it hold elsewhere?</h3>"
        "<ul><li><b>Drag a wall</b> into their way.</li>"
        "<li><b>Drag the agents</b> to another start.</li></ul>"
        "<p>Both plan again while you drag.</p></section>"
    )
