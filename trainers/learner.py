"""The one face of every learner: how it acts, and what it makes of steps. Arrays in, arrays out; no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from trainers.arrays import BoolArray, FloatArray
from trainers.soft import entropy, implied_reward, log_policy, soft_policy, soft_value, value_after
from trainers.spaces import Box, Discrete, Space, SpaceError

Obs = NDArray[Any]
Actions = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What a learner makes of steps (s, a, s'), one number each.

    Attributes:
        q: Q(s, a). v: V(s). next_v: V(s'), or the terminal value where the episode ended.
        log_prob: log pi(a | s); minus infinity for what a deterministic policy would not do.
        reward: r = Q(s, a) - gamma V(s').
    """

    q: FloatArray
    v: FloatArray
    next_v: FloatArray
    log_prob: FloatArray
    reward: FloatArray


class Learner(Protocol):
    """Somebody who has learned to act; K of them side by side where arrays have a leading K.

    Observations are (B, *O), or (K, B, *O), each of the K learners' own; actions (B, *A) or (K, B, *A).
    """

    @property
    def action_space(self) -> Space:
        """What an action is."""

    def act(self, obs: Obs, generator: np.random.Generator, deterministic: bool = False) -> Actions:
        """Actions drawn from pi(. | obs); the most probable ones if deterministic."""

    def judge(self, obs: Obs, action: Actions, next_obs: Obs, terminated: BoolArray) -> Judgement:
        """What steps are worth to it."""

    def values(self, obs: Obs) -> FloatArray:
        """(..., B) V(s)."""

    def evenness(self, obs: Obs) -> FloatArray:
        """(..., B) how evenly pi(. | s) spreads over all actions, from 0 for one of them to 1 for chance."""


def policy_of(learner: Learner) -> Callable[[Obs, np.random.Generator], Actions]:
    """How a learner is played: it draws among numbered actions, and takes the mean of those that are numbers.

    A soft policy over few actions is what was learned; noise on an arm or a leg was only there to explore.
    """
    return partial(learner.act, deterministic=isinstance(learner.action_space, Box))


@runtime_checkable
class DiscreteLearner(Learner, Protocol):
    """A learner that can list what every action is worth."""

    def action_values(self, obs: Obs) -> FloatArray:
        """(..., B, A) Q(s, .)."""

    def policy(self, obs: Obs) -> FloatArray:
        """(..., B, A) pi(. | s)."""


@dataclass(frozen=True, eq=False)
class SoftmaxLearner:
    """Acts by pi(a | s) = exp((Q(s, a) - V(s)) / tau), whatever its Q-function is made of.

    Attributes:
        q_function: (..., B, *O) -> (..., B, A), torch or not behind it.
        action_space: A actions.
        temperature: tau >= 0; 0 is the hard maximum. gamma: discount.
        terminal_value: what having ended is worth, one number or (K, 1).
        cloned: behavioural cloning knows Q only up to a function of the state. It is read in the gauge where
            V = 0: Q = tau log pi, which is then its reward.
    """

    q_function: Callable[[Obs], NDArray[np.floating[Any]]]
    action_space: Discrete
    temperature: float
    gamma: float
    terminal_value: FloatArray | float = 0.0
    cloned: bool = False

    def action_values(self, obs: Obs) -> FloatArray:
        """(..., B, A) Q(s, .)."""
        q = np.asarray(self.q_function(obs), np.float64)
        return q - soft_value(q, self.temperature)[..., None] if self.cloned else q

    def values(self, obs: Obs) -> FloatArray:
        """(..., B) V(s)."""
        return soft_value(self.action_values(obs), self.temperature)

    def policy(self, obs: Obs) -> FloatArray:
        """(..., B, A) pi(. | s)."""
        return soft_policy(self.action_values(obs), self.temperature)

    def evenness(self, obs: Obs) -> FloatArray:
        """(..., B) entropy of pi(. | s) in shares of its largest."""
        return entropy(self.policy(obs)) / np.log(self.action_space.n)

    def act(self, obs: Obs, generator: np.random.Generator, deterministic: bool = False) -> Actions:
        """(..., B) actions, drawn by the Gumbel trick; greedy if deterministic or at tau = 0."""
        q = self.action_values(obs)
        if self.temperature > 0.0 and not deterministic:
            q = q / self.temperature + generator.gumbel(size=q.shape)
        return self.action_space.start + q.argmax(-1)

    def advantage(self, obs: Obs, action: Actions) -> FloatArray:
        """(..., B) Q(s, a) - V(s) = tau log pi(a | s)."""
        every = self.action_values(obs)
        return self._taken(every, action) - soft_value(every, self.temperature)

    def judge(self, obs: Obs, action: Actions, next_obs: Obs, terminated: BoolArray) -> Judgement:
        """As `Learner.judge`; (..., B) each."""
        every = self.action_values(obs)
        q, v = self._taken(every, action), soft_value(every, self.temperature)
        next_v = value_after(self.values(next_obs), terminated, self.terminal_value)
        if self.temperature > 0.0:
            log_prob = log_policy(q, v, self.temperature)
        else:
            with np.errstate(divide="ignore"):  # of what is never done
                log_prob = np.log(self._taken(soft_policy(every, 0.0), action))
        return Judgement(q, v, next_v, log_prob, implied_reward(q, next_v, self.gamma))

    def reward(self, obs: Obs, action: Actions, next_obs: Obs, terminated: BoolArray) -> FloatArray:
        """(..., B) r = Q(s, a) - gamma V(s') of steps, and nothing else of a judgement."""
        next_v = value_after(self.values(next_obs), terminated, self.terminal_value)
        return implied_reward(self._taken(self.action_values(obs), action), next_v, self.gamma)

    def _taken(self, every: FloatArray, action: Actions) -> FloatArray:
        """(..., B) of the actions taken, of values (..., B, A) of all."""
        rows = np.broadcast_to(np.asarray(action) - self.action_space.start, every.shape[:-1])
        if ((rows < 0) | (rows >= self.action_space.n)).any():
            raise SpaceError(f"actions must be {self.action_space}, got {np.unique(action)}")
        return np.take_along_axis(every, rows[..., None], -1)[..., 0]
