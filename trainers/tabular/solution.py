"""What every exact solver hands back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import thread_time

import numpy as np

from trainers.arrays import FloatArray
from trainers.soft import implied_reward, soft_policy, soft_value
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import backup, embed
from trainers.tabular.priors import Prior


@dataclass(frozen=True)
class Certificate:
    """How far the result may be trusted as the answer to the problem that was posed.

    Attributes:
        iterations: Newton steps, all stages together.
        residual: largest violation of the first-order condition, in units of reward.
        tolerance: the residual that was asked for.
        milliseconds: wall-clock time of the solve.
        notes: plain sentences on what the data or the objective leave open.
    """

    iterations: int
    residual: float
    tolerance: float
    milliseconds: float
    notes: tuple[str, ...] = ()

    @property
    def converged(self) -> bool:
        """Whether the residual is as small as was asked for."""
        return self.residual <= self.tolerance


def unfinished(iterations: int, residual: float) -> Certificate:
    """The certificate of a solution on the way, after some steps: nothing was asked of it yet."""
    return Certificate(iterations, residual, 0.0, 0.0)


def unit(rewards: FloatArray, temperature: float) -> float:
    """What a residual is measured by: the largest of the rewards, more by the temperature, at most 1, for
    where all are 0. At a low temperature small differences decide, so there they must be right."""
    return min(1.0, temperature) + float(np.abs(rewards).max())


def certify(
    iterations: int,
    residual: float,
    rewards: FloatArray,
    started: float,
    *,
    temperature: float,
    accuracy: float,
    notes: Sequence[str] = (),
    failure: str,
) -> Certificate:
    """The certificate of a solve that began at ``started`` (seconds of this thread's processor time).

    Args:
        iterations: Newton steps taken.
        residual: violation of the first-order condition, in units of reward.
        rewards: of any shape. started: when.
        temperature: tau.
        accuracy: relative tolerance, of the ``unit`` of the rewards.
        notes: plain sentences.
        failure: the sentence that joins them if the tolerance was not met.
    """
    tolerance = accuracy * unit(rewards, temperature)
    said = (*notes, *([] if residual <= tolerance else [failure]))
    return Certificate(iterations, residual, tolerance, 1e3 * (thread_time() - started), said)


@dataclass(frozen=True, eq=False)
class Solution:
    """A recovered soft Q-function and the reward that it implies.

    Attributes:
        q: (S, A) soft action values; zero in terminal and invalid states.
        v: (S,) soft state values.
        policy: (S, A) Boltzmann policy of q.
        reward: (S, A) mean reward q - gamma E_{s'} v(s').
        state_reward: (S,) reward received on entering a state, where the method learns one (NaN where no
            state is).
        state_reward_sd: (S,) its posterior standard deviation, where there is one.
        certificate: convergence and warnings.
        prior: the prior that a probabilistic method used.
    """

    q: FloatArray
    v: FloatArray
    policy: FloatArray
    reward: FloatArray
    state_reward: FloatArray | None
    state_reward_sd: FloatArray | None
    certificate: Certificate
    prior: Prior | None = None


Progress = Callable[[int, int, Solution | None], object]
"""``progress(done, total, solution so far or None)``; returning False stops the solver, raising aborts it."""


def solution_from_q(
    mdp: TabularMDP,
    q: FloatArray,
    temperature: float,
    *,
    certificate: Certificate,
    state_reward: FloatArray | None = None,
    state_reward_sd: FloatArray | None = None,
    prior: Prior | None = None,
) -> Solution:
    """The solution that a soft Q-function q (L, A) over live states stands for."""
    v = soft_value(q, temperature)
    return Solution(
        q=embed(mdp, q),
        v=embed(mdp, v),
        policy=embed(mdp, soft_policy(q, temperature), 1.0 / mdp.n_actions),
        reward=embed(mdp, implied_reward(q, backup(mdp, v), mdp.gamma)),
        state_reward=None if state_reward is None else np.where(mdp.valid, state_reward, np.nan),
        state_reward_sd=None if state_reward_sd is None else np.where(mdp.valid, state_reward_sd, np.nan),
        certificate=certificate,
        prior=prior,
    )
