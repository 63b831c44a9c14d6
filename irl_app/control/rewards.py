"""Rewards of one seed's learner: raw, bounded, de-shaped, state-only; each with what an end is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from irl_app.rewards import (
    NetworkReward,
    Reward,
    RewardInfo,
    RewardKind,
    StateNetworkReward,
    TerminalConvention,
    disentangle_steps,
)
from irl_app.training.learned import Learned
from irl_app.training.steps import Steps
from trainers.transitions import Transitions

Lens = Literal["deshaped", "state", "bounded", "transition"]
LENSES: tuple[Lens, ...] = ("deshaped", "state", "bounded", "transition")
"""Views of a learner's reward, the recommended one first."""
TITLES: Mapping[Lens, str] = {
    "deshaped": "de-shaped, log-probability of the move",
    "state": "state-only",
    "bounded": "raw, bounded",
    "transition": "raw Q - gamma V",
}
FLOOR = 20.0
"""The de-shaped reward is cut where a move's probability is exp(-20): how impossible a move is beyond that
says more about the network than about the expert, and agents cannot tell it from noise."""
LOWEST_SHARE = 1.0
"""Percent of the steps on which g lies below its lowest value: where least squares overshoots."""


def rewards_of(
    learner: Learned,
    shown: Transitions,
    steps: Sequence[Steps],
    info: RewardInfo,
) -> dict[Lens, Reward]:
    """All views of a learner's reward.

    Args:
        learner: the network.
        shown: what it learned from: the range of raw rewards is taken there, over all actions.
        steps: of several kinds of players, each kind counting alike: what the state-only part is fitted on.
        info: of the transition reward.
    """
    q = learner.q(shown.obs)  # (N, A)
    v_next = np.where(shown.terminated, learner.end_value, learner.q.value(shown.next_obs, info.temperature))
    raw = q - info.gamma * v_next[:, None]  # the shown s' stands in for that of the other actions
    range_of_raw = float(raw.min()), float(raw.max())

    def network(kind: RewardKind, lowest: float, highest: float) -> NetworkReward:
        own = replace(info, kind=kind, title=f"{info.title}, {TITLES[kind]}")  # type: ignore[index]
        return NetworkReward(learner.q, own, learner.end_value, lowest, highest)

    deshaped = network("deshaped", -FLOOR * info.temperature, 0.0)
    return {
        "deshaped": deshaped,
        "state": _state_only(deshaped, shown, steps, info, learner.seed),
        "bounded": network("bounded", *range_of_raw),
        "transition": network("transition", *range_of_raw),
    }


def _state_only(
    deshaped: NetworkReward, shown: Transitions, steps: Sequence[Steps], info: RewardInfo, seed: int
) -> StateNetworkReward:
    """g(s') of the de-shaped reward: what shaping is left in it is taken out by least squares."""
    whole = {
        name: np.concatenate([getattr(part, name) for part in steps])
        for name in ("obs", "action", "next_obs", "terminated")
    }
    weights = np.concatenate([np.full(len(part), 1.0 / len(part)) for part in steps])
    g, explained = disentangle_steps(
        whole["obs"],
        whole["next_obs"],
        whole["terminated"],
        with_terminal(deshaped, "zero")(**whole),
        gamma=info.gamma,
        weights=weights,
        seed=seed,
    )
    low = float(np.percentile(g(whole["next_obs"]), LOWEST_SHARE))
    high = max(low, float(g(shown.next_obs).max()))
    own = replace(
        info,
        kind="disentangled",
        title=f"{info.title}, {TITLES['state']}",
        provenance={**info.provenance, "explained": explained},
    )
    return StateNetworkReward(g, own, low, high)


def recommended_terminal(ends: Sequence[int]) -> TerminalConvention:
    """What an end should be worth, by how many demonstrated episodes of each seed ended by the task's rules.

    Where none did, nobody showed that an end is good, and pessimism holds up when agents are trained; an end
    that experts came to must not be punished: there nothing is received after it.
    """
    return "zero" if any(ends) else "pessimistic"


def with_terminal(reward: Reward, terminal: TerminalConvention) -> Reward:
    """The same reward under another convention.

    Raises:
        TypeError: it is a table, whose end is not worth something else for the asking.
    """
    if not isinstance(reward, NetworkReward | StateNetworkReward):
        raise TypeError(f"the convention of a {type(reward).__name__} cannot be changed")
    return replace(reward, info=replace(reward.info, terminal=terminal))
