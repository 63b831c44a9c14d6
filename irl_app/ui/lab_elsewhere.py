"""The strip of changed worlds: what planning loses in each, by kind, and the worst of them to walk in."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from irl_app.analysis import ReportCard, written
from irl_app.analysis.changed_worlds import changed_worlds
from irl_app.analysis.free_directions import carried
from irl_app.demonstrations import collect
from irl_app.envs.grid_spec import GridSpec
from irl_app.figures.theme import THEMES, Theme, ThemeName
from irl_app.recovery import Recovery
from irl_app.ui.dots import dots_row, dots_table
from irl_app.ui.page import escape, page_theme
from trainers.arrays import IntArray
from trainers.tabular.planning import expected_reward, optimal

CELL = 26
SECONDS_A_MOVE = 0.35
AGENTS = {"true": "plans with the true reward", "recovered": "plans with the recovered one"}
"""Who walks in the worst world, and what is said of them."""


def strip_html(card: ReportCard) -> str:
    """A row a kind, a dot a world: left loses nothing, right loses all there is to gain."""
    mean, tenth = card.elsewhere.mean, card.elsewhere.worst_tenth
    if mean.value is None or mean.low is None or mean.high is None or tenth is None:
        return f'<p class="irl-note">{escape(mean.why_missing)}</p>'
    rows = [
        dots_row(kind, lost, written(float(lost.mean()), "share"), what="worlds", tone="accent")
        for kind, places in card.elsewhere.by_kind().items()
        for lost in (card.elsewhere.regrets[places],)
    ]
    return dots_table("Changed worlds", (f"Planned with in {mean.n} changed worlds", "mean"), rows) + (
        f'<p class="irl-note">Lost on average {written(mean.value, "share")} '
        f"({written(mean.low, 'share')} to {written(mean.high, 'share')}), in the worst tenth "
        f"{written(tenth, 'share')}. Said of these kinds of change only.</p>"
    )


def draw_elsewhere(recovery: Recovery, card: ReportCard) -> None:
    """The strip, and the world in which most is lost, folded in until it is asked for."""
    st.html(strip_html(card))
    worst = card.elsewhere.worst
    if worst is None or card.elsewhere.regrets[worst] <= 0.0:
        return
    with st.expander("The worst world: both plans at work where most is lost"):
        world = changed_worlds(recovery.grid).world(worst)
        lost = written(float(card.elsewhere.regrets[worst]), "share")
        st.caption(f"{card.elsewhere.kinds[worst].capitalize()}: {lost} of what there is to gain is lost.")
        st.html(walks_html(world, walks(recovery, world), page_theme()))


def walks(recovery: Recovery, world: GridSpec) -> Mapping[str, IntArray]:
    """(T + 1,) cells that each agent passes, from the same start, under the same luck."""
    gamma = recovery.mdp.gamma
    grid = world if gamma == world.gamma else world.replace(gamma=gamma)
    mdp, found = grid.mdp(), {}
    state = carried(recovery)
    state = np.where(np.isfinite(state), state, np.median(state[recovery.mdp.live]))
    for name, reward in (("true", grid.state_reward()), ("recovered", state)):
        policy = optimal(mdp, expected_reward(mdp, reward)).policy
        shown = collect(grid, policy, 1, 0, AGENTS[name])
        found[name] = np.append(shown.obs, shown.next_obs[-1])[: 4 * (grid.height + grid.width)]
    return found


def walks_html(world: GridSpec, found: Mapping[str, Sequence[int] | IntArray], theme: ThemeName) -> str:
    """The world with its walls, goals and lava, and the agents walking in it, again and again; an image, as
    `st.html` takes SVG away."""
    colours = THEMES[theme]
    of_agents = {"true": colours.goal, "recovered": colours.diverging[1]}
    cells = "".join(_cell(world, cell, colours) for cell in range(world.n_states))
    agents = "".join(
        _agent(world, cells_passed, of_agents[name], 6 * (name == "recovered") - 3)
        for name, cells_passed in found.items()
    )
    told = "<br>".join(f'<span style="color: {of_agents[name]}">●</span> {AGENTS[name]}' for name in found)
    width, height = world.width * CELL, world.height * CELL
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">{cells}{agents}</svg>'
    )
    data = b64encode(picture.encode()).decode()
    return (
        f'<img class="irl-world" width="{width}" height="{height}" alt="The worst world, two agents walking" '
        f'src="data:image/svg+xml;base64,{data}"><p class="irl-note">{told}<br>'
        f'<span style="color: {colours.goal}">■</span> goal, '
        f'<span style="color: {colours.diverging[0]}">■</span> costs more than a step</p>'
    )


def _cell(world: GridSpec, cell: int, colours: Theme) -> str:
    row, column = divmod(cell, world.width)
    fill, opacity = colours.tile, 1.0
    if world.walls.flat[cell]:
        fill = colours.wall
    elif world.goals.flat[cell]:
        fill, opacity = colours.goal, 0.45
    elif world.state_reward()[cell] < world.step_reward:
        fill, opacity = colours.diverging[0], 0.45
    return (
        f'<rect x="{column * CELL}" y="{row * CELL}" width="{CELL}" height="{CELL}" fill="{fill}" '
        f'fill-opacity="{opacity}" stroke="{colours.line}"/>'
    )


def _agent(world: GridSpec, cells: Sequence[int] | IntArray, colour: str, aside: int) -> str:
    """A dot that moves from cell to cell, a little aside so that both are seen."""
    places = [divmod(int(cell), world.width) for cell in cells]
    points = [f"{(c + 0.5) * CELL + aside:g} {(r + 0.5) * CELL + aside:g}" for r, c in places]
    path = "M" + " L".join(points)
    seconds = max(1.0, SECONDS_A_MOVE * (len(points) - 1))
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-opacity="0.5" stroke-width="2"/>'
        f'<circle r="6" fill="{colour}"><animateMotion path="{path}" dur="{seconds:g}s" '
        'calcMode="linear" repeatCount="indefinite"/></circle>'
    )
