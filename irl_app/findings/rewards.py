"""Rewards of one seed's learner: raw, bounded, de-shaped, state-only; each with what an end is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from irl_app.rewards import (
    NetworkReward,
    Networks,
    Perceptron,
    Reward,
    RewardInfo,
    RewardKind,
    StateNetworkReward,
    Support,
    SupportedReward,
    TerminalConvention,
    disentangle_steps,
)
from trainers.gaussian_learner import GaussianLearner
from trainers.learner import SoftmaxLearner
from trainers.spaces import Box
from trainers.transitions import Transitions, concatenate

Lens = Literal["adversarial", "supported", "deshaped", "state", "bounded", "transition"]
Learner = SoftmaxLearner | GaussianLearner
TITLES: Mapping[Lens, str] = {
    "adversarial": "of states, adversarial",
    "supported": "within the demonstrations' support",
    "deshaped": "de-shaped",
    "state": "state-only",
    "bounded": "raw, bounded",
    "transition": "raw Q - gamma V",
}
FLOOR = 20.0
"""The de-shaped reward is cut where a move's probability is exp(-20): how impossible a move is beyond that
says more about the network than about the expert, and agents cannot tell it from noise."""
TRIED = 8
"""Random actions that stand for all in a demonstrated state, where they cannot be listed."""
LEAST_NEAR, NEAR = 0.25, 2.0
"""Within which distance of the support a state is near: in the states' deviations, and in their spacings."""
STAYING = 0.2
"""What every step is paid where `staying_counts`."""
LOWEST_SHARE = 1.0
"""Percent of the steps on which g lies below its lowest value: where least squares overshoots."""


def rewards_of(
    learner: Learner,
    networks: Networks,
    shown: Transitions,
    steps: Sequence[Transitions],
    info: RewardInfo,
    seed: int,
    disentangled: Perceptron | None = None,
) -> dict[Lens, Reward]:
    """All views of a learner's reward, the recommended one first.

    Args:
        learner: by itself, its observations (B, *O). networks: that it is made of.
        shown: what it learned from: the range of raw rewards is taken there, over all actions.
        steps: of several kinds of players, each kind counting alike, the last of them random play: what the
            state-only part is fitted on.
        info: of the transition reward.
        seed: of the features that the state-only part is made of.
        disentangled: AIRL's own g of a state; None: it is found by least squares.
    """
    range_of_raw, range_of_advantage = _ranges(learner, shown, info, seed)

    def network(kind: RewardKind, lowest: float, highest: float) -> NetworkReward:
        own = replace(info, kind=kind, title=f"{info.title}, {TITLES[kind]}")  # type: ignore[index]
        near_clone = isinstance(learner, GaussianLearner) and learner.clone is not None
        return NetworkReward(
            networks, own, float(learner.terminal_value), lowest, highest, learner.cloned, near_clone
        )

    deshaped = network("deshaped", *range_of_advantage)
    views: dict[Lens, Reward] = {"deshaped": deshaped}
    space = info.observation_space
    numbers = not (isinstance(space, Box) and space.is_picture)  # whose bytes lie no distance apart
    if numbers:
        if disentangled is None:
            views["state"] = _state_only(deshaped, shown, steps, info, seed)
        else:
            views["state"] = _own_state(disentangled, shown, steps, info)
    views |= {
        "bounded": network("bounded", *range_of_raw),
        "transition": network("transition", *range_of_raw),
    }
    if isinstance(learner, GaussianLearner) and numbers:
        return {
            "supported": _supported(network("transition", *range_of_raw), shown, steps[-1], seed),
            **views,
        }
    return views


def _supported(raw: NetworkReward, shown: Transitions, idle: Transitions, seed: int) -> SupportedReward:
    """The raw reward where the demonstrations are.

    Args:
        idle: random play. What it sees, and where episodes begin, is far.
    """
    support = Support.of(shown.next_obs, shown.episode)
    generator, space = np.random.default_rng(seed), raw.info.action_space
    raw = replace(raw, info=replace(raw.info, terminal="zero"))
    tried = [space.sample(generator, (len(shown),)) for _ in range(TRIED)]
    going_on = np.zeros(len(shown), bool)
    chance = np.mean([raw(shown.obs, each, shown.next_obs, going_on) for each in tried])
    expert = raw(shown.obs, shown.action, shown.next_obs, going_on).mean()
    far = min(np.median(support.distance(x)) for x in (idle.next_obs, idle.obs[idle.time == 0]))
    return SupportedReward(
        raw,
        support,
        replace(raw.info, kind="supported", title=f"{raw.info.title}, {TITLES['supported']}"),
        float(chance),
        float(max(expert, chance)),
        near=max(LEAST_NEAR, NEAR * support.spacing),
        far=max(float(far), LEAST_NEAR),
        bonus=STAYING if staying_counts(shown, idle) else 0.0,
    )


def staying_counts(shown: Transitions, idle: Transitions) -> bool:
    """Whether episodes can end, as those of random play do, and no demonstration does."""
    return bool(idle.terminated.any() and not shown.terminated.any())


Range = tuple[float, float]


def _ranges(learner: Learner, shown: Transitions, info: RewardInfo, seed: int) -> tuple[Range, Range]:
    """Of the raw reward in demonstrated states, over all actions; and of Q - V."""
    found = learner.judge(shown.obs, shown.action, shown.next_obs, shown.terminated)
    following = found.reward - found.q  # the shown s' stands in for that of the other actions
    if isinstance(learner, SoftmaxLearner):
        raw = learner.action_values(shown.obs) + following[:, None]  # (N, A)
        return (float(raw.min()), float(raw.max())), (-FLOOR * info.temperature, 0.0)
    generator, space = np.random.default_rng(seed), info.action_space
    tried = [shown.action, *(space.sample(generator, (len(shown),)) for _ in range(TRIED))]
    own = np.stack([learner.advantage(shown.obs, action) for action in tried])  # (1 + TRIED, N)
    raw = own + found.v + following
    return (float(raw.min()), float(raw.max())), (float(own.min()), float(own.max()))


def _state_only(
    deshaped: NetworkReward, shown: Transitions, steps: Sequence[Transitions], info: RewardInfo, seed: int
) -> StateNetworkReward:
    """g(s') of the de-shaped reward: what shaping is left in it is taken out by least squares."""
    whole = concatenate(steps)
    weights = np.concatenate([np.full(len(part), 1.0 / len(part)) for part in steps])
    reward = with_terminal(deshaped, "zero")(whole.obs, whole.action, whole.next_obs, whole.terminated)
    g, explained = disentangle_steps(
        whole.obs, whole.next_obs, whole.terminated, reward, gamma=info.gamma, weights=weights, seed=seed
    )
    low = float(np.percentile(g(whole.next_obs), LOWEST_SHARE))
    high = max(low, float(g(shown.next_obs).max()))
    own = replace(
        info,
        kind="disentangled",
        title=f"{info.title}, {TITLES['state']}",
        provenance={**info.provenance, "explained": explained},
    )
    return StateNetworkReward(g, own, low, high)


def _own_state(
    g: Perceptron, shown: Transitions, steps: Sequence[Transitions], info: RewardInfo
) -> StateNetworkReward:
    """g of AIRL's f = g + gamma h(s') - h(s), in which all but shaping is of the state."""
    values = np.concatenate([g(part.next_obs)[:, 0] for part in (shown, *steps)])
    own = replace(
        info,
        kind="state",
        title=f"{info.title}, {TITLES['state']}",
        provenance={**info.provenance, "explained": 1.0},
    )
    return StateNetworkReward(g, own, float(values.min()), float(values.max()))


def recommended_terminal(n_terminated: Sequence[int]) -> TerminalConvention:
    """What an end should be worth, by how many demonstrated episodes of each seed ended by the task's rules.

    Where none did, nobody showed that an end is good, and pessimism holds up when agents are trained; an end
    that experts came to must not be punished: there nothing is received after it.
    """
    return "zero" if any(n_terminated) else "pessimistic"


def with_terminal(reward: Reward, terminal: TerminalConvention) -> Reward:
    """The same reward under another convention.

    Raises:
        TypeError: its end is not worth something else for the asking, as that of a table.
    """
    if terminal == reward.info.terminal:
        return reward
    if not isinstance(reward, NetworkReward | StateNetworkReward):
        raise TypeError(
            f"what an end is worth is part of this reward ({reward.info.title}): leave out --terminal, or "
            "give it to recover"
        )
    return replace(reward, info=replace(reward.info, terminal=terminal))
