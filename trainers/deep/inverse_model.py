"""Which action led from s to s': models of K seeds, learned from the learners' own steps.

Where a demonstration shows no actions, they are the ones that most probably led from each state to the next
(Torabi et al. 2018, "Behavioral cloning from observation"). In tasks whose actions can be told from what
they do, p(a | s, s') does not depend on who acts, so the learner's steps teach what the expert did.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from trainers.arrays import Float32Array
from trainers.deep.adam import Adam
from trainers.deep.networks import MLP
from trainers.deep.replay import Batch, Dataset
from trainers.spaces import Box, Discrete

LEAST_CHANGE = 1e-2
"""Of an observation's number, in usual changes of all of them: some hardly move in the demonstrations."""


class InverseModel(ABC):
    """Models of the action between two observations.

    Args:
        network: from twice the numbers of an observation, s and (s' - s) / change, to what tells the action.
        change: (K, 1, O) or (K, 1, 1), size of a usual change of an observation's numbers in one step, > 0.
        learning_rate: Adam's.
        scale: observations (K, B, *O) -> (K, B, O) in the network's units.
    """

    def __init__(
        self, network: nn.Module, change: Tensor, learning_rate: float, scale: Callable[[Tensor], Tensor]
    ) -> None:
        self.network, self.change, self._scale = network, change, scale
        self.adam = Adam(dict(network.named_parameters()), learning_rate)
        self._losses = torch.zeros(len(change), device=change.device)
        self._counted = 0

    def outputs(self, obs: Tensor, next_obs: Tensor) -> Tensor:
        """(K, B, M) what the network says of steps from obs to next_obs (K, B, *O)."""
        change = (next_obs.flatten(2).float() - obs.flatten(2).float()) / self.change
        found: Tensor = self.network(torch.cat((self._scale(obs), change), -1))
        return found

    @abstractmethod
    def losses(self, outputs: Tensor, action: Tensor) -> Tensor:
        """(K,) how badly outputs (K, B, M) tell actions (K, B, *A)."""

    @abstractmethod
    def told(self, outputs: Tensor) -> Tensor:
        """(K, B, *A) the actions that outputs (K, B, M) tell of."""

    def improve(self, batch: Batch) -> None:
        """One step on the loss for each of the batch's n groups of rows."""
        for i in range(batch.action.shape[1]):
            rows = batch.at(i)
            losses = self.losses(self.outputs(rows.obs, rows.next_obs), rows.action)
            self.adam.step(torch.autograd.grad(losses.sum(), self.adam.parameters))
            self._losses = self._losses + losses.detach()
            self._counted += 1

    @torch.no_grad()
    def actions(self, batch: Batch) -> Tensor:
        """(K, n, B, *A) the action that is told of every row; the batch's own are not looked at."""
        obs, next_obs = batch.obs.flatten(1, 2), batch.next_obs.flatten(1, 2)
        return self.told(self.outputs(obs, next_obs)).unflatten(1, batch.obs.shape[1:3])

    def statistics(self) -> Float32Array:
        """(K,) mean loss over the learner's steps since the last call."""
        mean: Float32Array = (self._losses / max(1, self._counted)).cpu().numpy()
        self._losses, self._counted = torch.zeros_like(self._losses), 0
        return mean

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the steps change."""
        adam = {f"adam.{name}": tensor for name, tensor in self.adam.state_dict().items()}
        return {**self.network.state_dict(), **adam}

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take the values of ``state_dict`` of a model of the same shape.

        Raises:
            KeyError, RuntimeError: they are of another one.
        """
        for name, tensor in self.state_dict().items():
            if state[name].shape != tensor.shape:
                raise RuntimeError(f"{name} has shape {tuple(state[name].shape)}, not {tuple(tensor.shape)}")
            tensor.copy_(state[name])


class Classifier(InverseModel):
    """Of numbered actions: log p(a | s, s') for each."""

    def losses(self, outputs: Tensor, action: Tensor) -> Tensor:
        """(K,) mean of -log p(a | s, s')."""
        found = torch.log_softmax(outputs, -1)
        return -found.gather(-1, action[..., None]).mean((1, 2))

    def told(self, outputs: Tensor) -> Tensor:
        """(K, B) the most probable actions."""
        return outputs.argmax(-1)


class Regression(InverseModel):
    """Of actions that are numbers, from -1 to 1: their mean E[a | s, s'] = tanh(outputs)."""

    def losses(self, outputs: Tensor, action: Tensor) -> Tensor:
        """(K,) mean squared error of a number."""
        return ((torch.tanh(outputs) - action) ** 2).mean((1, 2))

    def told(self, outputs: Tensor) -> Tensor:
        """(K, B, A) these means."""
        return torch.tanh(outputs)


def inverse_model(
    demos: Dataset,
    hidden: tuple[int, ...],
    actions: Discrete | Box,
    generators: Sequence[torch.Generator],
    learning_rate: float,
    scale: Callable[[Tensor], Tensor],
    device: torch.device,
) -> InverseModel:
    """Fresh models with these hidden layers; a usual change is one of the demonstrated states.

    Args:
        scale: as of `InverseModel`. device: where they are.
    """
    changes = (demos.fields["next_obs"].float() - demos.fields["obs"].float()).flatten(1).split(demos.sizes)
    inputs = 2 * changes[0].shape[1]
    usual = torch.stack([(own**2).mean() for own in changes]).sqrt().clamp(min=1e-6)[:, None, None]
    if isinstance(actions, Discrete):
        network = MLP(inputs, hidden, actions.n, generators).to(device)
        return Classifier(network, usual.to(device), learning_rate, scale)
    each = torch.stack([(own**2).mean(0, keepdim=True) for own in changes]).sqrt()  # speeds change most
    network = MLP(inputs, hidden, actions.size, generators).to(device)
    return Regression(network, torch.maximum(each, LEAST_CHANGE * usual).to(device), learning_rate, scale)
