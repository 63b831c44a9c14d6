"""A reward judged without the truth: by rewards that explain the demonstrations as well.

They are draws of the posterior around the maximum-likelihood reward of cells. Where evidence is missing they
disagree with each other, and a reward that loses little under all of them loses little under most of what
the truth may be. Half of them are drawn as if every cell had a reward of its own, half as if most were alike
and a few stood out: that decides what unseen cells may hide, and demonstrations seldom tell which it is.
Likelihood, the share of visited cells and the agreement of methods foretell far less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

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
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.tabular import RECOMMENDED_PRIOR
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import chain, expected_reward, soft_optimal

DRAWS = 16
LEAST_SPREAD = 0.5
"""Of what is believed of a cell before the first demonstration, in units of reward per step."""
ALIKE = 0.1
"""How far cells that are alike spread, beside those that stand out."""
OUTSTANDING = (1.0, 8.0)
"""Beta prior of the share of cells that stand out: a tenth or so, within wide bounds."""
BURN_IN, APART = 80, 12
"""Sweeps of Gibbs' sampler before the first draw, and between two."""
RECOVERED = 2
"""How many recovered rewards stand before the draws."""
LITTLE = 1e-3
"""What two regrets are held to differ by where both are near 0."""


@dataclass(frozen=True, eq=False)
class WithoutTruth:
    """What planning elsewhere with a reward loses, judged by rewards that explain the same demonstrations.

    Attributes:
        estimate: of its mean regret, in [0, 1]: the geometric mean of what it loses under recovered rewards,
            which tell small losses apart, and under the typical draw, which knows what was not shown. It
            orders rewards best. None where nothing can be lost.
        draws: under draws of the posterior: where they lose little, little is lost, but often they lose more.
    """

    estimate: float | None
    draws: Elsewhere

    def as_json(self) -> dict[str, object]:
        """As programs read it: what is lost under the draws, the estimate, the sentence."""
        return {**self.draws.as_json(), "estimate": self.estimate, "in_words": self.in_words()}

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
        draws = summed_up(_mean(regrets[:, RECOVERED:]), kinds_of(self.parts))
        return WithoutTruth(_estimate(_mean(regrets.T)), draws)


def _estimate(lost: FloatArray) -> float | None:
    """See ``WithoutTruth``; of mean regrets (K,) under the recovered rewards and the draws."""
    known = lost[:RECOVERED][np.isfinite(lost[:RECOVERED])]
    parts = [np.log1p(known.mean() / LITTLE)] if known.size else []
    drawn = lost[RECOVERED:][np.isfinite(lost[RECOVERED:])]
    parts += [np.log1p(drawn / LITTLE).mean()] if drawn.size else []
    return float(LITTLE * np.expm1(np.mean(parts))) if parts else None


def _mean(regrets: FloatArray) -> FloatArray:
    """(R,) means of the rows (R, C) over where something can be lost; NaN where that is nowhere."""
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
    return explanations(others["ml"], others["iq"]).judge(carried(recovery))


def explanations(likely: Recovery, imitating: Recovery, seed: int = 0) -> Explanations:
    """Rewards that explain some demonstrations, and their plans in the changed worlds of the grid.

    Args:
        likely: by causal maximum likelihood. imitating: by IQ-Learn, from the same demonstrations.
        seed: of the draws.
    """
    mdp = likely.mdp
    around = likelihood_around(mdp, likely.counts.pair_visits, likely.arrivals, likely.config.temperature)
    rng, marked = np.random.default_rng(seed), likely.grid.goals.ravel()
    draws = np.vstack(
        [around.draws_all_different(DRAWS // 2, rng), around.draws_mostly_alike(DRAWS // 2, rng, marked)]
    )
    rewards = np.vstack([likely.arrivals, imitating.arrivals, draws])
    filled = np.where(mdp.valid, rewards, np.median(rewards[:, mdp.live], axis=1, keepdims=True))
    parts = solved_worlds(likely.grid, mdp.gamma)
    best, uniform = [], []
    for part in parts:
        spread = np.full((part.mdp.n_states, part.mdp.n_actions), 1.0 / part.mdp.n_actions)
        uniform.append(part.arrivals(spread) @ filled.T)
        best.append(np.stack([part.arrivals(part.plan(own)) @ own for own in filled], axis=1))
    return Explanations(parts, filled, np.concatenate(best), np.concatenate(uniform))


@dataclass(frozen=True, eq=False)
class LikelihoodAround:
    """The log-likelihood of demonstrations around a reward of cells, to second order.

    Rewards are per step, an end's times 1 - gamma: what no behaviour can tell is then the same for all cells.

    Attributes:
        n_states: S. cells: (n,) states that can be entered.
        scale: (n,) what a reward per step is worth on arrival: 1, and 1 / (1 - gamma) at ends.
        centre: (n,) the reward.
        slope: (n,) of the log-likelihood there.
        information: (n, n) Fisher's.
    """

    n_states: int
    cells: IntArray
    scale: FloatArray
    centre: FloatArray
    slope: FloatArray
    information: FloatArray

    @property
    def _believed(self) -> float:
        """How far the rewards of cells were believed to spread, see ``draws_all_different``."""
        return max(LEAST_SPREAD, float(self.centre.std()))

    def doubt(self, more: FloatArray | float = 0.0) -> float:
        """How far rewards spread that explain the demonstrations, their level left out, in [0, 1]: root mean
        square over the cells, beside what was believed before the first demonstration.

        Args:
            more: (n, n) information of further demonstrations, to be counted in.
        """
        known = (self.information + more) * self._believed**2 + np.eye(self.cells.size)
        covariance = np.linalg.inv(known)
        left = np.trace(covariance) - covariance.sum() / self.cells.size
        return float(np.sqrt(left / max(self.cells.size - 1, 1)))

    def draws_all_different(self, n_draws: int, rng: np.random.Generator) -> FloatArray:
        """(n_draws, S) rewards of entering each state, NaN at walls: Gaussian around the centre, precision
        F + I / s0^2, s0 the centre's own spread, at least ``LEAST_SPREAD``."""
        factor = np.linalg.cholesky(self.information + np.eye(self.cells.size) / self._believed**2)
        pulls = np.linalg.solve(factor.T, rng.standard_normal((self.cells.size, n_draws)))
        return self._on_arrival(self.centre + pulls.T)

    def draws_mostly_alike(self, n_draws: int, rng: np.random.Generator, marked: BoolArray) -> FloatArray:
        """(n_draws, S) rewards of entering each state, NaN at walls, if most cells are alike, some stand out.

        Spike and slab (George and McCulloch 1993): a cell's reward is m + N(0, s^2) where it stands out, else
        m + N(0, (``ALIKE`` s)^2); m, s and the share of those that stand out are unknown too. Gibbs' sampler.

        Args:
            marked: (S,) cells that are marked as goals on the map: they stand out, for better or worse.
        """
        n, known = self.cells.size, marked[self.cells]
        pull = self.information @ self.centre + self.slope
        out, level = np.ones(n, dtype=bool), float(np.median(self.centre))
        variance = max(LEAST_SPREAD**2, float(self.centre.var()))
        draws = []
        for sweep in range(1, BURN_IN + n_draws * APART + 1):
            precision = np.where(out, 1.0, ALIKE**-2) / variance
            factor = np.linalg.cholesky(self.information + np.diag(precision))
            mean = np.linalg.solve(factor, pull + level * precision)
            reward = np.linalg.solve(factor.T, mean + rng.standard_normal(n))
            level = rng.normal(float(precision @ reward / precision.sum()), precision.sum() ** -0.5)
            apart = (reward - level) ** 2
            share = rng.beta(OUTSTANDING[0] + (out & ~known).sum(), OUTSTANDING[1] + (~out).sum())
            odds = (
                np.log(share / (1.0 - share)) + np.log(ALIKE) + (ALIKE**-2 - 1.0) * apart / (2.0 * variance)
            )
            out = known | (rng.random(n) < expit(odds))
            total = 1.0 + 0.5 * float(apart @ np.where(out, 1.0, ALIKE**-2))
            variance = total / rng.gamma(1.0 + 0.5 * n)
            if sweep > BURN_IN and (sweep - BURN_IN) % APART == 0:
                draws.append(reward)
        return self._on_arrival(np.array(draws))

    def _on_arrival(self, per_step: FloatArray) -> FloatArray:
        found = np.full((len(per_step), self.n_states), np.nan)
        found[:, self.cells] = self.scale * per_step
        return found


def likelihood_around(
    mdp: TabularMDP, taken: FloatArray, state: FloatArray, temperature: float
) -> LikelihoodAround:
    """The likelihood of demonstrations around a reward (S,) of entering each state, in which each pair was
    ``taken`` so often (S, A).

    Its slope is sum N(s, a) j_sa / tau, its information sum_s N(s) sum_a pi(a|s) j_sa j_sa' / tau^2, where j
    is the gradient of tau log pi(a | s) = Q - V in the rewards per step (Ziebart et al. 2010).
    """
    cells, live, a = np.flatnonzero(mdp.valid), mdp.live_states, mdp.n_actions
    scale = np.where(mdp.terminal, 1.0 / (1.0 - mdp.gamma), 1.0)[cells]
    policy = soft_optimal(mdp, expected_reward(mdp, state), temperature).policy[live]
    moves = mdp.transition[mdp.live_pairs][:, cells].toarray() * scale
    flow = (policy[:, :, None] * moves.reshape(live.size, a, -1)).sum(axis=1)
    value = chain(mdp, policy).solve(np.asfortranarray(flow))
    gradient = moves + mdp.gamma * (mdp.continuation @ value)
    gradient -= np.repeat(value, a, axis=0)
    visits = taken[live]
    weight = np.sqrt(np.repeat(visits.sum(axis=1), a) * policy.ravel()) / temperature
    weighted = weight[:, None] * gradient
    slope = gradient.T @ visits.ravel() / temperature
    return LikelihoodAround(mdp.n_states, cells, scale, state[cells] / scale, slope, weighted.T @ weighted)
