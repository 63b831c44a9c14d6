"""All networks of a learner that acts by numbers, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.rewards.convolutional import ConvolutionalNetwork
from irl_app.rewards.perceptron import Perceptron
from irl_app.rewards.protocol import RewardError
from trainers.arrays import Float32Array, FloatArray
from trainers.gaussian import coherent_reward, of_clones, split
from trainers.settings import POSITIVE

Network = Perceptron | ConvolutionalNetwork
"""Of numbers in a row, or of a picture."""


@dataclass(frozen=True, eq=False)
class ActorNetworks:
    """An actor, its critics, and clones of the expert if the policy was held to one.

    Attributes:
        actor: O -> 2 A numbers. critics: O + A -> 1 each; the least counts.
        clones: O -> 2 A each, none where there is no clone. clone_spread: sigma where they agree.
        mean, std: (O,) of the units in which the networks see observations, cut at ±``reach``.

    Raises:
        RewardError: the parts do not fit together.
    """

    actor: Network
    critics: tuple[Network, ...]
    clones: tuple[Network, ...]
    clone_spread: float
    mean: Float32Array
    std: Float32Array
    reach: float

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            array = np.array(getattr(self, name), dtype=np.float32)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        seen, acted = self.n_inputs, self.action_size
        sizes = {(network.n_inputs, network.n_outputs) for network in (self.actor, *self.clones)}
        critic_sizes = {(network.n_inputs, network.n_outputs) for network in self.critics}
        fits = sizes == {(seen, 2 * acted)} and critic_sizes == {(seen + acted, 1)}
        if not fits or self.mean.shape != (seen,) or self.std.shape != (seen,):
            raise RewardError("the networks of this learner do not fit together")
        if not (np.isfinite(self.mean).all() and (self.std > 0.0).all() and self.reach > 0.0):
            raise RewardError("observations need finite means, positive deviations and a positive reach")
        if self.clones and self.clone_spread not in POSITIVE:
            raise RewardError(f"the clones' spread must be a positive number, got {self.clone_spread!r}")

    @property
    def n_inputs(self) -> int:
        """O, numbers in an observation."""
        return self.actor.n_inputs

    @property
    def action_size(self) -> int:
        """A, numbers in an action."""
        return self.actor.n_outputs // 2

    def act(self, obs: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
        """Mean and log sigma (B, A) of u at obs (B, *O)."""
        return split(self.actor(self._scaled(obs)))

    def q(self, obs: NDArray[Any], action: Float32Array) -> FloatArray:
        """(B,) the least Q(s, a) of the critics, actions (B, A) from -1 to 1."""
        seen = np.concatenate((self._scaled(obs), action), axis=1)
        return np.min([critic(seen)[:, 0] for critic in self.critics], axis=0)

    def clone(self, obs: NDArray[Any]) -> tuple[FloatArray, FloatArray]:
        """Mean and sigma (B, A) of the clone's u at obs (B, *O)."""
        seen = self._scaled(obs)
        means = np.stack([split(clone(seen))[0] for clone in self.clones])
        return of_clones(means, self.clone_spread, 0)

    def coherent(self, obs: NDArray[Any], action: Float32Array) -> FloatArray:
        """(B,) coherent reward of actions (B, A) from -1 to 1."""
        return coherent_reward(action.astype(np.float64), *self.clone(obs))

    def _scaled(self, obs: NDArray[Any]) -> Float32Array:
        scaled = (obs.reshape(len(obs), -1).astype(np.float32) - self.mean) / self.std
        return np.clip(scaled, -self.reach, self.reach)
