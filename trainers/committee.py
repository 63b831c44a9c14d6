"""Networks that explain the same demonstrations differently, and the choice of those that the steps bear out.

A few demonstrated steps leave many Q-functions with nearly the same loss, and most of their policies soon go
where the expert never was. But the steps tell more than actions: they tell where actions lead. In dynamics
fitted to them the policies are played, and those that stay are kept. That learner and expert visit the same
states is what imitation asks for (Ho & Ermon 2016); offline, no loss can see where the learner would go.

Q is linear in the observation, so the mean of the kept ones is a Q-function of the same kind: it acts, and
its reward is read off, as that of a single network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainers.critic import Critic, Float32Array
from trainers.dynamics import LinearDynamics
from trainers.mdp import FloatArray
from trainers.soft_q import SoftQTrainer, check_arguments
from trainers.soft_q_config import SoftQConfig
from trainers.transitions import Transitions

MEMBER = "member."
"""Before the names of the members' tensors in a checkpoint."""
KEPT = 8
"""One member in so many is kept."""
ROUNDS = 5
"""As long as the kept ones leave, new ones are drawn from their distribution, so often at most."""
HORIZON = 500
"""Steps that every policy is played for."""
STARTS = 8
"""Demonstrated states, evenly chosen, from which it is played."""
REACH = 2.0
"""It has left where a number is so many times as far from the demonstrated mean as any demonstrated one."""
ROUNDING = 1e-6
"""What numbers that never change in the demonstrations may be off by."""


class Committee:
    """Learns Q of K seeds, each the mean of the kept of M members; otherwise as ``SoftQTrainer``.

    Members of a seed differ in their first weights, and in their steps: each has its own draw with
    replacement from the seed's (bagging, Breiman 1996).

    Args:
        config: with ``committee`` M > 1; arguments and errors otherwise as of ``SoftQTrainer``.
    """

    def __init__(
        self,
        config: SoftQConfig,
        obs_shape: tuple[int, ...],
        n_actions: int,
        *,
        seeds: Sequence[int],
        demonstrations: Sequence[Transitions],
    ) -> None:
        check_arguments(config, obs_shape, n_actions, seeds, demonstrations, None)
        each = list(demonstrations) * (len(seeds) if len(demonstrations) == 1 else 1)
        numbers = [np.random.SeedSequence(seed).generate_state(config.committee).tolist() for seed in seeds]
        self.config, self.seeds, self._obs_shape = config, tuple(seeds), obs_shape
        self._members = SoftQTrainer(
            replace(config, committee=1),
            obs_shape,
            n_actions,
            seeds=[number for own in numbers for number in own],
            demonstrations=[
                _resampled(steps, number) for steps, own in zip(each, numbers, strict=True) for number in own
            ],
        )
        self._demonstrated = [_Demonstrated(steps, n_actions) for steps in each]
        network = self._members.critic.network
        nothing = torch.zeros(len(seeds), sum(map(math.prod, network.shapes)))
        self._mean, self._mean_of = Critic(replace(config, compile=False), network, nothing), -1
        self.update, self.env_steps = 0, 0  # no step is ever taken in an environment

    @property
    def finished(self) -> bool:
        """Whether all updates are done."""
        return self._members.finished

    def advance(self, n: int) -> None:
        """Do n updates of every member, rounded up to whole rounds; stop at the end."""
        self._members.advance(n)
        self.update = self._members.update

    def mean(self) -> Critic:
        """The K means of the members that are kept after the updates done so far; chosen when first asked."""
        if self._mean_of != self.update:
            members = self._members.critic.weights.unflatten(0, (len(self.seeds), -1))
            for k, seed in enumerate(self.seeds):
                generator = np.random.default_rng([seed, self.update])
                chosen = self._chosen(members[k].double().numpy(), self._demonstrated[k], generator)
                self._mean.weights[k] = self._mean.target[k] = torch.from_numpy(chosen)
            self._mean_of = self.update
        return self._mean

    def _chosen(
        self, members: FloatArray, demonstrated: _Demonstrated, generator: np.random.Generator
    ) -> FloatArray:
        """(P,) mean weights of those that stay longest, by the cross-entropy method (Rubinstein 1999).

        Args:
            members: (M, P) weights of one seed, the first round's; later rounds draw around the kept ones.
        """
        n = len(members) // KEPT
        for _ in range(ROUNDS):
            layers = self._mean.network.views(torch.from_numpy(members[:, :-1]))
            slopes, offsets = (part.numpy() for part in layers)
            stays = demonstrated.stays(slopes, offsets, self.config.temperature, generator)
            stays[~np.isfinite(members).all(1)] = -1.0  # one that has run away is no policy at all
            best = np.argsort(-stays, kind="stable")[:n]
            kept = members[best]
            mean = kept.mean(0)
            if stays[best].min() >= HORIZON:
                break
            deviations = (kept - mean) / np.sqrt(n - 1)
            drawn = generator.normal(size=(len(members) - n, n)) @ deviations
            members = np.concatenate([kept, mean + drawn])
        return mean

    def q_values(self, obs: Float32Array) -> Float32Array:
        """(K, B, A) Q of every seed at obs (B, *O), or at (K, B, *O), each seed's own."""
        return self.mean().q_values(obs, self._obs_shape)

    def target_q_values(self, obs: Float32Array) -> Float32Array:
        """The same: a mean has no slow copy."""
        return self.q_values(obs)

    def end_values(self, demonstrated: bool) -> Float32Array:
        """(K,) what having ended is worth: where a demonstration did, or anywhere else."""
        return self.mean().end_values(demonstrated)

    def statistics(self) -> dict[str, Float32Array]:
        """Name -> (K,) means since the last call, over all members."""
        found = self._members.statistics()
        return {name: values.reshape(len(self.seeds), -1).mean(1) for name, values in found.items()}

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The means' weights as of a single trainer, and all that is needed to go on."""
        tensors, about = self._members.state_dict()
        members = {f"{MEMBER}{name}": tensor for name, tensor in tensors.items()}
        return {"critic.weights": self.mean().weights.clone(), **members}, about

    def load_state_dict(self, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
        """Go on from a checkpoint of a committee made with the same arguments.

        Raises:
            ValueError: the state is of another configuration.
        """
        members = {
            name.removeprefix(MEMBER): tensor for name, tensor in tensors.items() if name.startswith(MEMBER)
        }
        self._members.load_state_dict(members, about)
        self.update = self._members.update
        self._mean_of = -1


class _Demonstrated:
    """Where one seed's demonstrations were, and where actions led there."""

    def __init__(self, steps: Transitions, n_actions: int) -> None:
        self.dynamics = LinearDynamics.fit(steps, n_actions)
        obs, after = (x.reshape(len(steps), -1).astype(np.float64) for x in (steps.obs, steps.next_obs))
        seen = np.concatenate([obs, after])
        self.centre = seen.mean(0)
        self.reach = REACH * np.abs(seen - self.centre).max(0) + ROUNDING
        self.starts = obs[np.linspace(0, len(obs) - 1, min(STARTS, len(obs))).astype(int)]

    def stays(
        self, slopes: FloatArray, offsets: FloatArray, temperature: float, generator: np.random.Generator
    ) -> FloatArray:
        """(M,) mean steps of ``HORIZON`` that M soft policies, Q = s W + b, stay within reach.

        Args:
            slopes: W, (M, O, A). offsets: b, (M, 1, A). temperature: tau, of all policies.
        """
        obs = np.broadcast_to(self.starts, (len(slopes), *self.starts.shape))
        inside = np.ones(obs.shape[:2], dtype=bool)
        stayed = np.zeros(obs.shape[:2])
        for _ in range(HORIZON):
            q = obs @ slopes + offsets
            action = (q / temperature + generator.gumbel(size=q.shape)).argmax(-1)
            obs = self.dynamics.step(obs, action)
            inside &= (np.abs(obs - self.centre) <= self.reach).all(-1)
            if not inside.any():
                break
            obs = np.where(inside[..., None], obs, self.centre)
            stayed += inside
        return stayed.mean(1)


def _resampled(steps: Transitions, number: int) -> Transitions:
    """As many of the steps, drawn with replacement."""
    return steps.at(np.random.default_rng(number).integers(len(steps), size=len(steps)))
