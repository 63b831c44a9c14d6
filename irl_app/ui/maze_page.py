"""The point maze page: a maze, the reward that was read in it, and where that leads when walls move."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import streamlit as st

from irl_app.envs import MAZE_MOVES
from irl_app.envs.maze_map import MAZES
from irl_app.mazes import MazeRecovery, Play
from irl_app.mazes.playing import ARRIVED
from irl_app.mazes.scene import MOVES, Scene
from irl_app.paths import asset
from irl_app.ui.components import taken
from irl_app.ui.components.maze import maze_fields, read_driven, read_maze_edit
from irl_app.ui.maze_session import METHODS, MazeSession, maze_session
from irl_app.ui.page import bound, escape
from trainers.arrays import FloatArray

KEY = "maze-fields"
PICTURES_PX, RAIL_PX = 1080, 250
ACTION, SPEED = 0.2, 1.5
METHOD_HELP = (
    "Causal maximum likelihood finds the rewards of places that make the moves most likely, in a second. "
    "Networks were trained before, on twenty demonstrations in this maze: their learners know the way, and "
    "what they took for a reward need not look like one."
)
SPEED_HELP = (
    "A network's reward is of states, which have a speed too: the map shows it for a point that goes so fast."
)
NAMES = {
    "right": "Barrier, right",
    "left": "Barrier, left",
    "u": "U",
    "four-rooms": "Four rooms",
    "open": "Open",
}


def draw_point_maze() -> None:
    """One visit of the page."""
    st.html(asset("maze.css"))
    session = maze_session()
    _listen(session)
    recovery = session.recovery()
    scene = None if recovery is None else session.scene(recovery)
    with st.container(key="maze"):
        _draw_top(session, scene)
        pictures, rail = st.columns((PICTURES_PX, RAIL_PX), gap="medium")
        with pictures:
            maze_fields(
                scene,
                key=KEY,
                revision=session.revision,
                stroke=session.stroke,
                now=session.now,
                learned_in=session.learned_in,
                start=session.start,
                demonstrations=[] if recovery is None else _episodes(recovery),
                driving=session.driving,
                paths=session.driven,
                said=_shown_by(session),
            )
        with rail:
            _draw_rail(session, scene)


def _listen(session: MazeSession) -> None:
    """Take what the browser has sent since the page was drawn."""
    sent = taken(KEY, lambda: (read_maze_edit(KEY, session.revision), read_driven(KEY, session.revision)))
    (edit, paths), problem = sent
    session.notice = problem or session.notice
    if edit is not None and edit.stroke > session.stroke:
        session.take(edit)
    if session.driving and paths:
        free = [path for path in paths if session.now.is_free(path[:1])[0]]
        session.driven = tuple(free)


def _draw_top(session: MazeSession, scene: Scene | None) -> None:
    words, buttons = st.columns((3, 1.25), gap="medium", vertical_alignment="bottom")
    with words:
        headline, below = said_of(session, scene)
        st.html(f'<h1 class="irl-result">{escape(headline)}</h1><p class="irl-lead">{escape(below)}</p>')
        if session.notice:
            st.html(f'<p class="irl-notice">{escape(session.notice)}</p>')
    with buttons.container(horizontal=True, horizontal_alignment="right", key="maze-buttons"):
        wheel = "Stop driving" if session.driving else "Drive it yourself"
        st.button(wheel, on_click=session.drive, args=(not session.driving,))
        barrier = "Put the barrier back" if session.has_moved else "Move the barrier"
        st.button(barrier, type="primary", on_click=session.move_barrier, disabled=scene is None)


def said_of(session: MazeSession, scene: Scene | None) -> tuple[str, str]:
    """Headline and the lines below it."""
    if scene is None:
        return "Show the way to the star.", (
            "Arrow keys drive the point, or press in the room where it shall go. After each demonstration "
            "the reward is read anew; five make a good map."
        )
    arrives = bool(scene.agent.arrived[0])
    if session.has_moved:
        if arrives:
            headline = "The barrier has moved, and the reward still leads to the goal."
        else:
            headline = "The barrier has moved, and from here the agent loses its way."
        return headline, (
            "Nobody has shown a way through this room. The agent plans anew with the reward it learned "
            "in the old one; a copy of the old moves would run into the wall."
        )
    n = len(session.driven)
    who = f"Your {n} demonstration{'s' * (n > 1)}" if n else "Twenty demonstrations"
    seen = f"{100 * scene.visited.mean():.0f} % of the places"
    below = f"{who} passed through {seen}. Where nobody went, the map is hatched: that part is a guess."
    if arrives:
        return "It learned where to go, and the way around.", below
    return "It has read a reward, but from here it does not find the goal.", below


def _shown_by(session: MazeSession) -> str:
    n = len(session.driven)
    if n:
        return f"from {n} demonstration{'s' * (n > 1)} of yours"
    return "" if session.driving else "from 20 demonstrations"


def _draw_rail(session: MazeSession, scene: Scene | None) -> None:
    def choose(name: str) -> None:
        st.session_state["maze-session"] = MazeSession.of(name)

    def learn(method: str) -> None:
        session.wanted = method

    def look(velocity: float) -> None:
        session.velocity = velocity

    with st.container(key="maze-rail"):
        if scene is not None:
            agents = (
                ("m", _who(session), scene.agent),
                ("", "Knows the true reward", scene.knowing),
            )
            rows = "".join(_agent(mark, name, one) for mark, name, one in agents)
            st.html(f'<h2 class="irl-part">Two points, one start</h2>{rows}{_truth(scene.figures)}')
        st.selectbox(
            "Maze", list(MAZES), format_func=NAMES.__getitem__, **bound("maze-name", session.name, choose)
        )
        st.selectbox(
            "Method", list(session.methods), format_func=METHODS.__getitem__, help=METHOD_HELP,
            **bound("maze-method", session.method, learn),
        )  # fmt: skip
        if session.network is not None:
            st.slider(
                "Speed of the point (m/s)", 0.0, SPEED, step=0.1, help=SPEED_HELP,
                **bound("maze-velocity", session.velocity, look),
            )  # fmt: skip
        if session.driven and not session.driving:
            st.button("Let the expert show it", on_click=choose, args=(session.name,))


def _who(session: MazeSession) -> str:
    network = session.network
    if network is None:
        return "Knows only this reward"
    copies = network.policy is not None and not session.has_moved
    return "The learner itself" if copies else "Plans on this reward"


def _agent(mark: str, name: str, one: Play) -> str:
    return f'<div class="irl-ag"><i class="{mark}"></i><b>{name}</b><span>{arrival(one.away[0])}</span></div>'


def arrival(away: FloatArray) -> str:
    """When a point that is so far from the goal (T,) after each action came to stay there, in words."""
    outside = np.flatnonzero(away > ARRIVED)
    if len(outside) and outside[-1] == len(away) - 1:
        return f"does not arrive in {ACTION * MOVES:.0f} s"
    return f"at the goal after {ACTION * (outside[-1] + 2 if len(outside) else 0):.1f} s"


def _truth(figures: Mapping[str, float]) -> str:
    rows = (
        ("Agrees with nearness, the true reward", figures["pearson_true"], figures["density_baseline_true"]),
        ("Ranks like the way around the walls", figures["spearman_geodesic"], figures["density_baseline"]),
    )
    cells = "".join(
        f"<tr><td>{name}</td><td><b>{_number(own)}</b></td><td>{_number(mere)}</td></tr>"
        for name, own, mere in rows
    )
    return (
        '<h2 class="irl-part">Does the map tell the truth?</h2><table class="irl-kv"><thead><tr><th></th>'
        f"<th>map</th><th>visits alone</th></tr></thead>{cells}</table>"
        '<p class="irl-small">On visited places; 1 is best. Visits alone: the density of the demonstrations, '
        "which learns nothing.</p>"
    )


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _episodes(recovery: MazeRecovery) -> list[FloatArray]:
    """(t, 2) places of each demonstration."""
    n = len(recovery.places) // MAZE_MOVES
    return list(recovery.places.reshape(n, MAZE_MOVES, 2))
