"""The strip of changed worlds: what planning loses in each, by kind, and the worst of them to walk in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from irl_app.analysis import ReportCard, written
from irl_app.analysis.changed_worlds import changed_worlds
from irl_app.analysis.free_directions import carried
from irl_app.demonstrations import collect
from irl_app.envs.grid_spec import GridSpec
from irl_app.recovery import Recovery
from irl_app.ui.page import escape
from trainers.arrays import FloatArray, IntArray
from trainers.tabular.planning import expected_reward, optimal

CELL, WIDTH, ROW = 26, 300, 22
SECONDS_A_MOVE = 0.35
AGENTS = {"true": "plans with the true reward", "recovered": "plans with the recovered one"}
"""Who walks in the worst world, and what is said of them."""


def strip_html(card: ReportCard) -> str:
    """A row a kind, a dot a world: left loses nothing, right loses all there is to gain."""
    rows = "".join(
        _row(kind, card.elsewhere.regrets[places]) for kind, places in card.elsewhere.by_kind().items()
    )
    mean, tenth = card.elsewhere.mean, card.elsewhere.worst_tenth
    if mean.value is None or mean.low is None or mean.high is None or tenth is None:
        return f'<p class="irl-note">{escape(mean.why_missing)}</p>'
    return (
        f'<table class="irl-figures irl-strip" aria-label="Changed worlds">{rows}</table>'
        f'<p class="irl-note">Lost on average {written(mean.value, "share")} '
        f"({written(mean.low, 'share')} to {written(mean.high, 'share')}), in the worst tenth "
        f"{written(tenth, 'share')}. Said of these kinds of change only.</p>"
    )


def _row(kind: str, regrets: FloatArray) -> str:
    dots = "".join(
        f'<circle cx="{6 + (WIDTH - 12) * regret:.1f}" cy="{ROW / 2}" r="4" fill="var(--irl-accent)" '
        f'fill-opacity="0.45"><title>{written(float(regret), "share")}</title></circle>'
        for regret in regrets
    )
    axis = f'<line x1="6" x2="{WIDTH - 6}" y1="{ROW / 2}" y2="{ROW / 2}" stroke="var(--irl-line)"/>'
    return (
        f'<tr><th scope="row">{escape(kind)}</th><td><svg width="{WIDTH}" height="{ROW}" role="img" '
        f'aria-label="{regrets.size} worlds">{axis}{dots}</svg></td>'
        f'<td class="irl-main">{written(float(regrets.mean()), "share")}</td></tr>'
    )


def draw_elsewhere(recovery: Recovery, card: ReportCard) -> None:
    """The strip, and a button that opens the world in which most is lost."""
    st.html(strip_html(card))
    worst = card.elsewhere.worst
    if worst is None or card.elsewhere.regrets[worst] <= 0.0:
        return
    with st.popover("The worst world", help="Both plans at work where most is lost"):
        world = changed_worlds(recovery.grid).world(worst)
        lost = written(float(card.elsewhere.regrets[worst]), "share")
        st.caption(f"{card.elsewhere.kinds[worst].capitalize()}: {lost} of what there is to gain is lost.")
        st.html(walks_html(world, walks(recovery, world)))


def walks(recovery: Recovery, world: GridSpec) -> Mapping[str, IntArray]:
    """(T + 1,) cells that each agent passes, from the same start, under the same luck."""
    gamma = recovery.mdp.gamma
    grid = world if gamma == world.gamma else world.replace(gamma=gamma)
    mdp, found = grid.mdp(), {}
    state = carried(recovery.mdp, recovery.arrivals)
    state = np.where(np.isfinite(state), state, np.median(state[recovery.mdp.live]))
    for name, reward in (("true", grid.state_reward()), ("recovered", state)):
        policy = optimal(mdp, expected_reward(mdp, reward)).policy
        shown = collect(grid, policy, 1, 0, AGENTS[name])
        found[name] = np.append(shown.obs, shown.next_obs[-1])[: 4 * (grid.height + grid.width)]
    return found


def walks_html(world: GridSpec, found: Mapping[str, Sequence[int] | IntArray]) -> str:
    """The world with its walls, goals and lava, and the agents walking in it, again and again."""
    cells = "".join(_cell(world, cell) for cell in range(world.n_states))
    colours = {"true": "var(--irl-good)", "recovered": "var(--irl-poor)"}
    agents = "".join(
        _agent(world, cells_passed, colours[name], 3 * (name == "recovered"))
        for name, cells_passed in found.items()
    )
    told = ", ".join(f'<span style="color: {colours[name]}">●</span> {AGENTS[name]}' for name in found)
    width, height = world.width * CELL, world.height * CELL
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="The worst world">{cells}{agents}</svg><p class="irl-note">{told}</p>'
    )


def _cell(world: GridSpec, cell: int) -> str:
    row, column = divmod(cell, world.width)
    reward = world.state_reward()[cell]
    if world.walls.flat[cell]:
        fill = "var(--irl-ink)"
    elif world.goals.flat[cell]:
        fill = "var(--irl-good)"
    else:
        fill = "var(--irl-poor)" if reward < world.step_reward else "none"
    return (
        f'<rect x="{column * CELL}" y="{row * CELL}" width="{CELL}" height="{CELL}" fill="{fill}" '
        'fill-opacity="0.35" stroke="var(--irl-line)"/>'
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
        'repeatCount="indefinite"/></circle>'
    )
