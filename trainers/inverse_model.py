"""Which action led from s to s': classifiers of K seeds, learned from the learners' own steps.

Where a demonstration shows no actions, they are the ones that most probably led from each state to the next
(Torabi et al. 2018, "Behavioral cloning from observation"). In tasks whose actions can be told from what
they do, p(a | s, s') does not depend on who acts, so the learner's steps teach what the expert did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.adam import adam
from trainers.networks import MLP
from trainers.replay import Batch, Steps


class InverseModel:
    """p(a | s, s') of K seeds.

    Args:
        network: from twice the numbers of an observation, s and (s' - s) / change, to A.
        weights: (K, P) to begin with.
        change: (K,) size of a usual change of an observation's numbers in one step, > 0.
        learning_rate: Adam's.
    """

    def __init__(self, network: MLP, weights: Tensor, change: Tensor, learning_rate: float) -> None:
        self.network, self.weights, self.learning_rate = network, weights.clone(), learning_rate
        self.change = change[:, None, None]
        self.mean, self.square = torch.zeros_like(weights), torch.zeros_like(weights)
        self.steps = torch.zeros(())
        self._losses = torch.zeros(len(weights))
        self._counted = 0

    @classmethod
    def of(
        cls,
        demos: Steps,
        hidden: tuple[int, ...],
        n_actions: int,
        generators: Sequence[torch.Generator],
        learning_rate: float,
    ) -> InverseModel:
        """Fresh models with these hidden layers; a usual change is one of the demonstrated states."""
        squares = (demos.fields["next_obs"] - demos.fields["obs"]) ** 2
        n = squares[0].numel()
        means = squares.view(len(demos.size), -1).sum(1) / (n * torch.tensor(demos.size))
        network = MLP(2 * n, hidden, n_actions)
        weights = torch.stack([network.init(generator) for generator in generators])
        return cls(network, weights, means.sqrt().clamp(min=1e-6), learning_rate)

    def log_probabilities(self, weights: Tensor, obs: Tensor, next_obs: Tensor) -> Tensor:
        """(K, B, A) log p(a | s, s') for obs and next_obs (K, B, *O)."""
        s, change = obs.flatten(2), (next_obs - obs).flatten(2) / self.change
        features = torch.cat((s, change), -1)
        return torch.log_softmax(self.network.apply(self.network.views(weights), features), -1)

    def improve(self, batch: Batch) -> None:
        """One step on -log p(a | s, s') for each of the batch's n groups of rows."""
        for i in range(batch.action.shape[1]):
            rows, leaf = batch.at(i), self.weights.clone().requires_grad_()
            found = self.log_probabilities(leaf, rows.obs, rows.next_obs)
            losses = -found.gather(-1, rows.action[..., None]).mean((1, 2))
            (gradient,) = torch.autograd.grad(losses.sum(), leaf)
            self.weights, self.mean, self.square, self.steps = adam(
                self.weights, self.mean, self.square, self.steps, gradient, self.learning_rate
            )
            self._losses = self._losses + losses.detach()
            self._counted += 1

    @torch.no_grad()
    def actions(self, batch: Batch) -> Tensor:
        """(K, n, B) the most probable action of every row; the batch's own actions are not looked at."""
        k, n, b = batch.action.shape
        obs, next_obs = batch.obs.flatten(1, 2), batch.next_obs.flatten(1, 2)
        return self.log_probabilities(self.weights, obs, next_obs).argmax(-1).view(k, n, b)

    def statistics(self) -> NDArray[np.float32]:
        """(K,) mean of -log p(a | s, s') over the learner's steps since the last call."""
        mean: NDArray[np.float32] = (self._losses / max(1, self._counted)).numpy()
        self._losses, self._counted = torch.zeros_like(self._losses), 0
        return mean

    def state(self) -> dict[str, Tensor]:
        """Everything that the updates change."""
        return {name: getattr(self, name) for name in ("weights", "mean", "square", "steps")}

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take the values of ``state()`` of a model of the same shape."""
        for name, own in self.state().items():
            if state[name].shape != own.shape:
                raise RuntimeError(f"{name} has shape {tuple(state[name].shape)}, not {tuple(own.shape)}")
            setattr(self, name, state[name].clone())
