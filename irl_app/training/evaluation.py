"""How a learner is doing: its own episodes under the true reward, what its Q-function says of demonstrations.

The true reward is only ever reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from irl_app.tasks import ControlTask, rollout_stacked
from trainers.transitions import Transitions

ROWS = 500
"""Steps of demonstrations at most that a seed is judged on."""
Obs = NDArray[np.float32]
FloatArray = NDArray[np.float64]


class Learner(Protocol):
    """K learners side by side."""

    update: int

    def q_values(self, obs: Obs) -> NDArray[np.float32]:
        """(K, B, A) Q of every one at obs (B, *O), or at (K, B, *O), each one's own."""


@dataclass(frozen=True)
class Evaluation:
    """A call that evaluates K learners: learner -> name -> (K,).

    return, length: means over episodes of the learner's own policy, the return undiscounted and true.
    v_demonstrations: mean V(s) over what it learns from.
    reward_gap: mean r = Q(s, a) - gamma V(s') over the demonstrated steps less that over its own steps;
    those that end an episode are left out.
    heldout_log_likelihood: mean log pi(a | s) over episodes it never saw.
    Names that need demonstrations are missing where there are none.

    Attributes:
        task: to play. seeds: of the learners. episodes: a learner's at each evaluation.
        gamma, temperature: of the learners; a temperature of 0 acts greedily.
        learned, held_out: demonstrations, one for each learner or none at all.
    """

    task: ControlTask
    seeds: tuple[int, ...]
    episodes: int
    gamma: float
    temperature: float
    learned: Sequence[Transitions] = ()
    held_out: Sequence[Transitions] = ()

    def __call__(self, learner: Learner) -> dict[str, FloatArray]:
        """Evaluate; the same update of the same run gives the same numbers. The learner is left as it is."""

        def act(obs: Obs, generator: np.random.Generator) -> NDArray[np.int64]:
            q = np.asarray(learner.q_values(obs), np.float64)  # (K, B, A), each at its own observations
            if self.temperature > 0:
                q = q / self.temperature + generator.gumbel(size=q.shape)
            return q.argmax(-1)

        seed = int(np.random.SeedSequence([*self.seeds, learner.update]).generate_state(1)[0])
        k = len(self.seeds)
        played = rollout_stacked(self.task, act, k, self.episodes, seed, keep=bool(self.learned))
        found = {
            "return": np.array([own.returns.mean() for own in played]),
            "length": np.array([own.lengths.mean() for own in played], dtype=np.float64),
        }
        if self.learned:
            own_steps = [_steps(own.episodes or ()) for own in played]
            demonstrated = self._mean_rewards(learner, [_arrays(own) for own in self.learned])
            found["reward_gap"] = demonstrated - self._mean_rewards(learner, own_steps)
            rows = [own.obs[:ROWS] for own in self.learned]
            found["v_demonstrations"] = np.array(
                [self._v(self._q_of(learner, i, obs)).mean() for i, obs in enumerate(rows)]
            )
        if self.held_out and self.temperature > 0:
            found["heldout_log_likelihood"] = np.array(
                [self._log_likelihood(learner, i, own) for i, own in enumerate(self.held_out)]
            )
        return found

    def _q_of(self, learner: Learner, i: int, obs: Obs) -> FloatArray:
        """(B, A) Q of the i-th learner."""
        return np.asarray(learner.q_values(np.array(obs))[i], np.float64)

    def _v(self, q: FloatArray) -> FloatArray:
        """(B,) V(s) = tau log sum_a exp(Q(s, a) / tau), the maximum at temperature 0."""
        top: FloatArray = q.max(-1)
        if self.temperature == 0:
            return top
        scaled = (q - top[:, None]) / self.temperature
        return np.asarray(top + self.temperature * np.log(np.exp(scaled).sum(-1)))

    def _mean_rewards(self, learner: Learner, steps: Sequence[tuple[Any, ...]]) -> FloatArray:
        """(K,) mean r = Q(s, a) - gamma V(s') over steps that end no episode; NaN where there are none."""
        means = []
        for i, (obs, action, next_obs, terminated) in enumerate(steps):
            going_on = np.flatnonzero(~terminated)[:ROWS]
            q = self._q_of(learner, i, obs[going_on])[np.arange(len(going_on)), action[going_on]]
            reward = q - self.gamma * self._v(self._q_of(learner, i, next_obs[going_on]))
            means.append(reward.mean() if len(reward) else np.nan)
        return np.array(means)

    def _log_likelihood(self, learner: Learner, i: int, own: Transitions) -> float:
        q = self._q_of(learner, i, own.obs[:ROWS])
        taken = q[np.arange(len(q)), own.action[:ROWS]]
        return float(((taken - self._v(q)) / self.temperature).mean())


def _arrays(own: Transitions) -> tuple[Any, ...]:
    return own.obs, own.action, own.next_obs, own.terminated


def _steps(episodes: Sequence[Any]) -> tuple[Any, ...]:
    """The same arrays of whole episodes."""
    ends = [np.arange(len(e.actions)) == len(e.actions) - 1 for e in episodes]
    return (
        np.concatenate([e.observations[:-1] for e in episodes]).astype(np.float32),
        np.concatenate([e.actions for e in episodes]),
        np.concatenate([e.observations[1:] for e in episodes]).astype(np.float32),
        np.concatenate([last & e.terminated for last, e in zip(ends, episodes, strict=True)]),
    )
