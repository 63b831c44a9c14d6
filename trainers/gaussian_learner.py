"""A learner that acts by numbers, in arrays; no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from trainers.arrays import BoolArray, Float32Array, FloatArray
from trainers.gaussian import divergence, log_density, unsquashed
from trainers.learner import Actions, Judgement, Obs
from trainers.soft import implied_reward, value_after
from trainers.spaces import Box

SAMPLES = 4
"""Actions that V is the mean over, half of them the others' mirror images. To score steps costs as much."""
Moments = Callable[[Obs], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True, eq=False)
class GaussianLearner:
    """Acts by a squashed Gaussian, a = tanh(u), u ~ N(mean, sigma), scaled to the range of actions.

    V(s) = E[Q(s, a)] - tau cost, where cost is log pi(a | s), or the divergence of pi(. | s) from a clone.
    The mean is over `SAMPLES` actions by the same draws everywhere: rewards are functions, not samples.

    Attributes:
        actor: (..., B, *O) -> mean and log sigma (..., B, A) of u.
        critic: observations, scaled actions (..., B, A) in float32 -> (..., B) Q.
        action_space: A numbers, bounded. temperature: tau > 0, one number or (K, 1). gamma: discount.
        terminal_value: what having ended is worth, one number or (K, 1).
        clone: mean and sigma of the clone's u, where the policy is held to it.
        cloned: behavioural cloning knows no Q: it is read as log pi per number of an action, and V as 0.
    """

    actor: Moments
    critic: Callable[[Obs, Float32Array], FloatArray]
    action_space: Box
    temperature: FloatArray | float
    gamma: float
    terminal_value: FloatArray | float = 0.0
    clone: Moments | None = None
    cloned: bool = False

    def act(self, obs: Obs, generator: np.random.Generator, deterministic: bool = False) -> Actions:
        """(..., B, A) actions, drawn; tanh(mean) if deterministic."""
        u, log_std = self.actor(obs)
        if not deterministic:
            u = u + np.exp(log_std) * generator.standard_normal(u.shape)
        return self.action_space.decoded(np.tanh(u))

    def log_prob(self, obs: Obs, action: Actions) -> FloatArray:
        """(..., B) log pi(a | s), a density of the action scaled to -1 to 1."""
        return log_density(unsquashed(self._scaled(action).astype(np.float64)), *self.actor(obs))

    def values(self, obs: Obs) -> FloatArray:
        """(..., B) V(s)."""
        mean, log_std = self.actor(obs)
        if self.cloned:
            return np.zeros(mean.shape[:-1])
        held = 0.0 if self.clone is None else divergence(mean, log_std, *self.clone(obs))
        total = np.zeros(mean.shape[:-1])
        for noise in _draws(mean.shape[-1]):
            u = mean + np.exp(log_std) * noise
            cost = log_density(u, mean, log_std) if self.clone is None else held
            total += self.critic(obs, np.tanh(u).astype(np.float32)) - self.temperature * cost
        return total / SAMPLES

    def evenness(self, obs: Obs) -> FloatArray:
        """(..., B) share of an action's range that is drawn from: exp of its entropy a number, over 2."""
        mean, log_std = self.actor(obs)
        nats = np.zeros(mean.shape[:-1])
        for noise in _draws(mean.shape[-1]):
            nats -= log_density(mean + np.exp(log_std) * noise, mean, log_std) / SAMPLES
        return np.exp(nats / mean.shape[-1]) / 2.0

    def advantage(self, obs: Obs, action: Actions) -> FloatArray:
        """(..., B) Q(s, a) - V(s)."""
        return self._q(obs, action) - self.values(obs)

    def judge(self, obs: Obs, action: Actions, next_obs: Obs, terminated: BoolArray) -> Judgement:
        """As `Learner.judge`; (..., B) each."""
        q, next_v = self._q(obs, action), self._following(next_obs, terminated)
        reward = implied_reward(q, next_v, self.gamma)
        return Judgement(q, self.values(obs), next_v, self.log_prob(obs, action), reward)

    def reward(self, obs: Obs, action: Actions, next_obs: Obs, terminated: BoolArray) -> FloatArray:
        """(..., B) r = Q(s, a) - gamma V(s') of steps, and nothing else of a judgement."""
        return implied_reward(self._q(obs, action), self._following(next_obs, terminated), self.gamma)

    def _following(self, next_obs: Obs, terminated: BoolArray) -> FloatArray:
        return value_after(self.values(next_obs), terminated, self.terminal_value)

    def _q(self, obs: Obs, action: Actions) -> FloatArray:
        if self.cloned:
            return self.log_prob(obs, action) / self.action_space.size
        return self.critic(obs, self._scaled(action))

    def _scaled(self, action: Actions) -> Float32Array:
        return self.action_space.encoded(action)


def _draws(n: int) -> FloatArray:
    """(SAMPLES, n) normal numbers, always the same, of mean 0 and variance 1 as they are."""
    half = np.random.default_rng(0).standard_normal((SAMPLES // 2, n))
    half /= np.sqrt((half**2).mean(0))
    return np.concatenate((half, -half))
