"""A reward judged without the truth: by rewards that explain the demonstrations as well.

They are draws of the posterior around the maximum-likelihood reward of cells. Where evidence is missing they
disagree with each other, and a reward that loses little under all of them loses little under most of what the
truth may be. Likelihood, the share of visited cells and the agreement of methods foretell far less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from irl_app.analysis.elsewhere import (
    Elsewhere,
    SolvedWorlds,
    clipped_regrets,
    kinds_of,
    solved_worlds,
    summed_up,
)
from irl_app.analysis.free_directions import carried
from irl_app.analysis.wording import written
from irl_app.demonstrations import DemonstrationError
from irl_app.recovery import Recovery, recover
from trainers.arrays import FloatArray
from trainers.tabular import RECOMMENDED_PRIOR
from trainers.tabular.counts import ExpertCounts
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import chain, expected_reward, soft_optimal

DRAWS = 12
LEAST_SPREAD = 0.5
"""Of what is believed of a cell before the first demonstration, in units of reward per step."""
DOUBT = 0.05
"""Weight of the draws in the estimate: they tell apart what both recovered rewards find flawless."""


@dataclass(frozen=True, eq=False)
class WithoutTruth:
    """What planning elsewhere with a reward loses, judged by rewards that explain the same demonstrations.

    Attributes:
        estimate: by the most likely reward and IQ-Learn's, and by the draws with weight ``DOUBT``; it orders
            rewards best.
        draws: by the draws alone: where these lose little, little is lost, but often they lose more.
    """

    estimate: Elsewhere
    draws: Elsewhere

    def as_json(self) -> dict[str, object]:
        """As programs read it."""
        return {**self.estimate.as_json(), "draws": self.draws.mean.value, "in_words": self.in_words()}

    def in_words(self) -> str:
        """What is said where the true reward is not known: never that a reward is good."""
        mean, tenth = self.draws.mean, self.draws.worst_tenth
        if mean.value is None or tenth is None:
            return mean.why_missing
        return (
            "Rewards that explain these demonstrations equally well lose "
            f"{written(mean.value, 'share')} of each other's gain elsewhere, {written(tenth, 'share')} in "
            "the worst tenth of the changed worlds."
        )


@dataclass(frozen=True, eq=False)
class Explanations:
    """Rewards of cells that explain the same demonstrations, planned with in changed worlds.

    Attributes:
        parts: the worlds.
        rewards: (K, cells) what entering each cell is worth: the most likely reward, IQ-Learn's, the draws.
        best, uniform: (W, K) returns of the best policy and of random moves in each world under each.
    """

    parts: tuple[SolvedWorlds, ...]
    rewards: FloatArray
    best: FloatArray
    uniform: FloatArray

    def judge(self, state: FloatArray, near: FloatArray | None = None) -> WithoutTruth:
        """Regret under these rewards, world by world, of planning there with a state reward (cells,)."""
        entered = np.concatenate([part.arrivals(part.plan(state, near)) for part in self.parts])
        regrets = clipped_regrets(self.best, self.uniform, entered @ self.rewards.T)
        recovered, drawn = _mean(regrets[:, :2]), _mean(regrets[:, 2:])
        both = np.where(np.isfinite(recovered), (1.0 - DOUBT) * recovered + DOUBT * drawn, drawn)
        kinds = kinds_of(self.parts)
        return WithoutTruth(summed_up(both, kinds), summed_up(drawn, kinds))


def _mean(regrets: FloatArray) -> FloatArray:
    """(W,) mean over the rewards (W, K) under which something can be lost; NaN where there is none."""
    known = np.isfinite(regrets)
    total = np.where(known, regrets, 0.0).sum(axis=1)
    return np.where(known.any(axis=1), total / np.maximum(known.sum(axis=1), 1), np.nan)


def judge_without_truth(recovery: Recovery) -> WithoutTruth:
    """What planning elsewhere with a recovered reward loses if one of the rewards that explain the
    demonstrations as well is true; the true reward is not looked at.

    Raises:
        DemonstrationError: there are no demonstrations, but an expert's exact occupancy.
    """
    grid, config, shown = recovery.grid, recovery.config, recovery.demonstrations
    if shown is None:
        raise DemonstrationError("what explains demonstrations can only be asked where there are some")
    fast = replace(config, prior=config.prior or RECOMMENDED_PRIOR)
    others = {
        name: recovery if config.method == name else recover(grid, shown, replace(fast, method=name))
        for name in ("ml", "iq")
    }
    return explanations(others["ml"], others["iq"]).judge(carried(recovery.mdp, recovery.arrivals))


def explanations(likely: Recovery, imitating: Recovery, seed: int = 0) -> Explanations:
    """Rewards that explain some demonstrations, and their plans in the changed worlds of the grid.

    Args:
        likely: by causal maximum likelihood. imitating: by IQ-Learn, from the same demonstrations.
        seed: of the draws.
    """
    mdp, counts = likely.mdp, likely.counts
    draws = posterior_draws(mdp, counts, likely.arrivals, likely.config.temperature, DRAWS, seed)
    rewards = np.vstack([likely.arrivals, imitating.arrivals, draws])
    filled = np.where(mdp.valid, rewards, np.median(rewards[:, mdp.live], axis=1, keepdims=True))
    parts = solved_worlds(likely.grid, mdp.gamma)
    best, uniform = [], []
    for part in parts:
        spread = np.full((part.mdp.n_states, part.mdp.n_actions), 1.0 / part.mdp.n_actions)
        uniform.append(part.arrivals(spread) @ filled.T)
        best.append(np.stack([part.arrivals(part.plan(own)) @ own for own in filled], axis=1))
    return Explanations(parts, filled, np.concatenate(best), np.concatenate(uniform))


def posterior_draws(
    mdp: TabularMDP, counts: ExpertCounts, state: FloatArray, temperature: float, n_draws: int, seed: int = 0
) -> FloatArray:
    """(n_draws, cells) rewards of cells, NaN at walls, that explain demonstrations as well as ``state`` does.

    Gaussian around it with precision F = sum_s N(s) sum_a pi(a|s) j_sa j_sa' / tau^2 + I / s0^2, where j is
    the gradient of tau log pi(a | s) = Q - V in the rewards per step (an end's times 1 - gamma), and s0 their
    own spread, at least ``LEAST_SPREAD``: the Laplace approximation of the posterior of causal maximum
    likelihood under a prior that knows no neighbours.
    """
    states, live, a = np.flatnonzero(mdp.valid), mdp.live_states, mdp.n_actions
    scale = np.where(mdp.terminal, 1.0 / (1.0 - mdp.gamma), 1.0)[states]
    centre = state[states] / scale
    policy = soft_optimal(mdp, expected_reward(mdp, state), temperature).policy[live]
    moves = mdp.transition[mdp.live_pairs][:, states].toarray() * scale
    flow = (policy[:, :, None] * moves.reshape(live.size, a, -1)).sum(axis=1)
    value = chain(mdp, policy).solve(np.asfortranarray(flow))
    gradient = moves + mdp.gamma * (mdp.continuation @ value)
    gradient -= np.repeat(value, a, axis=0)
    visits = np.asarray(counts.visits.sum(axis=0)).reshape(-1, a)[live].sum(axis=1)
    weight = np.sqrt(np.repeat(visits, a) * policy.ravel()) / temperature
    weighted = weight[:, None] * gradient
    spread = max(LEAST_SPREAD, float(centre.std()))
    precision = weighted.T @ weighted + np.eye(states.size) / spread**2
    factor = np.linalg.cholesky(precision)
    pulls = np.random.default_rng(seed).standard_normal((states.size, n_draws))
    draws = np.full((n_draws, mdp.n_states), np.nan)
    draws[:, states] = (scale[:, None] * (centre[:, None] + np.linalg.solve(factor.T, pulls))).T
    return draws
