"""Networks that explain the same demonstrations differently, and the choice of those that the steps bear out.

A few demonstrated steps leave many Q-functions with nearly the same loss, and most of their policies soon go
where the expert never was. But the steps tell more than actions: they tell where actions lead. In dynamics
fitted to them the policies are played, and those that stay are kept. That learner and expert visit the same
states is what imitation asks for (Ho & Ermon 2016); offline, no loss can see where the learner would go.

Q is linear in the observation, so the mean of the kept ones is a Q-function of the same kind: it acts, and
its reward is read off, as that of a single network.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from trainers.arrays import Float32Array, FloatArray
from trainers.deep.arguments import check_arguments
from trainers.deep.config import TrainerConfig
from trainers.deep.dynamics import LinearDynamics
from trainers.deep.trainer import Trainer
from trainers.learner import SoftmaxLearner
from trainers.spaces import Discrete, Space
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
    """Learns Q of K seeds, each the mean of the kept of M members; otherwise as ``Trainer``.

    Members of a seed differ in their first weights, and in their steps: each has its own draw with
    replacement from the seed's (bagging, Breiman 1996). Each is linear; its numbers in a row are its terminal
    value, W (O, A) and b (A).

    Args:
        config: with ``committee`` M > 1; arguments and errors otherwise as of ``Trainer``.
    """

    def __init__(
        self,
        config: TrainerConfig,
        observation_space: Space,
        action_space: Space,
        *,
        seeds: Sequence[int],
        demonstrations: Sequence[Transitions],
    ) -> None:
        check_arguments(config, observation_space, action_space, seeds, demonstrations, None)
        assert isinstance(action_space, Discrete)  # checked
        each = list(demonstrations) * (len(seeds) if len(demonstrations) == 1 else 1)
        numbers = [np.random.SeedSequence(seed).generate_state(config.committee).tolist() for seed in seeds]
        self.config, self.seeds = config, tuple(seeds)
        self._members = Trainer(
            replace(config, committee=1),
            observation_space,
            action_space,
            seeds=[number for own in numbers for number in own],
            demonstrations=[
                _resampled(steps, number) for steps, own in zip(each, numbers, strict=True) for number in own
            ],
        )
        self._demonstrated = [_Evidence(steps, action_space.n, action_space.start) for steps in each]
        self._mean = Trainer(
            replace(config, committee=1, compile=False),
            observation_space,
            action_space,
            seeds=seeds,
            demonstrations=demonstrations,
        )
        self._mean_of, self._n_actions = -1, action_space.n
        self.update, self.env_steps = 0, 0  # no step is ever taken in an environment

    @property
    def finished(self) -> bool:
        """Whether all updates are done."""
        return self._members.finished

    def advance(self, n: int) -> None:
        """Do n updates of every member, rounded up to whole rounds; stop at the end."""
        self._members.advance(n)
        self.update = self._members.update

    @property
    def learner(self) -> SoftmaxLearner:
        """The K means of the members that are kept after the updates done so far; chosen when first asked."""
        learner = self._chosen_mean().learner
        assert isinstance(learner, SoftmaxLearner)
        return learner

    @property
    def target(self) -> SoftmaxLearner:
        """The same: a mean has no slow copy."""
        return self.learner

    def statistics(self) -> dict[str, Float32Array]:
        """Name -> (K,) means since the last call, over all members."""
        found = self._members.statistics()
        return {name: values.reshape(len(self.seeds), -1).mean(1) for name, values in found.items()}

    def state_dict(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The means' weights as of a single trainer, and all that is needed to go on."""
        tensors, state = self._members.state_dict()
        mean = self._chosen_mean().critic.state_dict()
        return {
            **{f"critic.{name}": tensor.clone() for name, tensor in mean.items()},
            **{f"{MEMBER}{name}": tensor for name, tensor in tensors.items()},
        }, state

    def load_state_dict(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Go on from a checkpoint of a committee made with the same arguments.

        Raises:
            ValueError: the state is of another configuration.
        """
        members = {
            name.removeprefix(MEMBER): tensor for name, tensor in tensors.items() if name.startswith(MEMBER)
        }
        self._members.load_state_dict(members, state)
        self.update = self._members.update
        self._mean_of = -1

    def _chosen_mean(self) -> Trainer:
        """A trainer whose critics are the means."""
        if self._mean_of != self.update:
            every = list(self._members.critic.state_dict().values())
            flat = torch.cat([tensor.flatten(1) for tensor in every], 1).double().cpu().numpy()
            by_seed = flat.reshape(len(self.seeds), -1, flat.shape[1])
            chosen = [
                self._chosen(members, demonstrated, np.random.default_rng([seed, self.update]))
                for members, demonstrated, seed in zip(by_seed, self._demonstrated, self.seeds, strict=True)
            ]
            parts = torch.from_numpy(np.stack(chosen)).split([t[0].numel() for t in every], 1)
            with torch.no_grad():
                for tensor, part in zip(self._mean.critic.state_dict().values(), parts, strict=True):
                    tensor.copy_(part.view(tensor.shape))
            self._mean_of = self.update
        return self._mean

    def _chosen(
        self, members: FloatArray, demonstrated: _Evidence, generator: np.random.Generator
    ) -> FloatArray:
        """(P,) mean weights of those that stay longest, by the cross-entropy method (Rubinstein 1999).

        Args:
            members: (M, P) weights of one seed, the first round's; later rounds draw around the kept ones.
        """
        n, n_actions = len(members) // KEPT, self._n_actions
        for _ in range(ROUNDS):
            slopes = members[:, 1:-n_actions].reshape(len(members), -1, n_actions)  # the first: V(end)
            offsets = members[:, None, -n_actions:]
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


class _Evidence:
    """Where one seed's demonstrations were, and where actions led there."""

    def __init__(self, steps: Transitions, n_actions: int, first_action: int) -> None:
        self.dynamics = LinearDynamics.fit(replace(steps, action=steps.action - first_action), n_actions)
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
    return steps[np.random.default_rng(number).integers(len(steps), size=len(steps))]
