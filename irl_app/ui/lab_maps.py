"""A recovery as linked maps: the recovered reward through one lens, and the value with its policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from irl_app.analysis import Outcome, in_true_units
from irl_app.analysis.free_directions import per_step, spread_per_step
from irl_app.recovery import Lens, Recovery
from irl_app.rewards import Reward, StateReward, arrival_sd, expected_reward_table, worth
from irl_app.ui.components import Panel
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP


@dataclass(frozen=True)
class LensText:
    """What a lens is called and what it shows."""

    short: str
    title: str
    caption: str
    help: str


LENSES: Mapping[Lens, LensText] = {
    "transition": LensText(
        "r(s, a, s′)",
        "Raw reward",
        "Q − γV(s′) where the action aims",
        "Q(s,a) − γV(s′) for the cell that the action aims at; where the episode ends there, with all that "
        "follows. Shaping, which no behaviour reveals, is still in it.",
    ),
    "marginal": LensText(
        "r(s, a)",
        "Reward of actions",
        "the raw reward averaged over where it leads",
        "The mean of the raw reward over s': all that demonstrations can tell when moves may slip.",
    ),
    "deshaped": LensText(
        "Shaping taken out",
        "Reward without shaping",
        "compared with moving at random",
        "The reward of actions in canonical form: rewards that differ only by shaping look the same.",
    ),
    "state": LensText(
        "Per cell",
        "Reward of cells",
        "worth of a step into each cell, level left open",
        "The part of the reward that depends on the cell alone: it carries over to other walls and moves. "
        "A cell that ends the episode counts a step of what is received there for ever after. The mean over "
        "all other cells is drawn as zero, for demonstrations cannot tell the level.",
    ),
}


def lens_values(recovery: Recovery, lens: Lens) -> FloatArray:
    """What a lens shows: (S,) for a reward of cells, (S, A) otherwise; NaN where nothing is chosen.

    Rewards of cells are ``per_step``. Every other number is what a transition is worth, the tail after an end
    included. The raw reward of an action is that of the transition to the cell it aims at.
    """
    reward, mdp = recovery.rewards[lens], recovery.mdp
    if isinstance(reward, StateReward):
        return per_step(mdp, recovery.arrivals, recovery.size)
    obs, action = np.divmod(np.arange(mdp.n_states * mdp.n_actions), mdp.n_actions)
    aim = recovery.grid.targets[obs, action]
    table = worth(reward, mdp, obs, action, aim).reshape(mdp.n_states, mdp.n_actions)
    if recovery.grid.goal_kind == "teleport":  # from there no action aims anywhere: its mean is shown
        goals = recovery.grid.goals.ravel()
        table[goals] = expected_reward_table(reward, mdp)[goals]
    return np.where(mdp.live[:, None], table, np.nan)


def _spread(reward: Reward, mdp: TabularMDP) -> FloatArray | None:
    sd = arrival_sd(reward, mdp) if isinstance(reward, StateReward) else None
    return None if sd is None else spread_per_step(mdp, sd)


def reward_panel(recovery: Recovery, outcome: Outcome) -> Panel:
    """The recovered reward of cells at the size and level of the true one, on the world's own scale."""
    true, mdp = recovery.true_reward.values, recovery.mdp
    most = float(np.nanmax(np.abs(true)))
    return Panel(
        name="recovered",
        title="The reward it read",
        caption="on the world's scale; hatched: a guess",
        help="Behaviour leaves size and level open: here they are the true one's, on visited cells. "
        "Hatched cells were never visited.",
        values=in_true_units(mdp, outcome.values, true, outcome.visited),
        scale="root",
        limits=(-most, most),
        seen=outcome.visited,
    )


def panels_of(recovery: Recovery, lens: Lens) -> list[Panel]:
    """The recovered reward through ``lens``, and the learned value with its policy."""
    mdp, text, reward = recovery.mdp, LENSES[lens], recovery.rewards[lens]
    solution = recovery.solution
    policy = np.where(mdp.live[:, None], solution.policy, np.nan)
    return [
        Panel(
            name="recovered",
            title=text.title,
            caption=text.caption,
            help=text.help,
            values=lens_values(recovery, lens),
            spread=_spread(reward, mdp),
        ),
        Panel(
            name="value",
            title="Value and policy",
            caption="what is still to be had; arrows: what the learner does",
            help="The learned soft value V(s); arrows are as long as the action is likely.",
            values=np.where(mdp.live, solution.v, np.nan),
            scale="sequential",
            policy=policy,
        ),
    ]
