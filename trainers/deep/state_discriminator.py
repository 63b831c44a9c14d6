"""A reward of states, learned against counter-examples: IQ-Learn's objective before its change of variables.

Garg et al. (2021, eq. 4) seek the reward that tells the expert from every policy that was trained on it,
max_g min_pi E_expert[g] - E_pi[g] - psi(g). Read off Q, its answer is known where the learner went, and
agents that begin elsewhere find where it errs upwards. Here the inner policies begin anew time and again, and
g sees what each of them did.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.arrays import Float32Array
from trainers.deep.networks import MLP, StackedLinear

HIDDEN = (128, 128)
ROWS, SOURCES = 64, 4
"""Of a step on the loss: rows of each kind; among counter-examples, from so many sources."""
RATE, DECAY = 5e-4, 1e-4
NOISE = 0.1
"""Added to states, in their deviations: between two demonstrated ones the expert was as well."""
MOST = 0.5
"""Of |g|: 2 alpha of the chi-squared penalty on the mixture, alpha = 1/4."""


class StateDiscriminator:
    """g(s) about `MOST` in demonstrated states and -`MOST` in those of counter-examples, even in between.

    P is the mean over sources. Up to a constant the chi-squared objective on the mixture,

        E_expert[g] - E_P[g] - (E_expert[g^2] + E_P[g^2]) / (8 alpha),

    is -(E_expert[(g - 2 alpha)^2] + E_P[(g + 2 alpha)^2]) / (8 alpha). Beside it stands the same square at
    states on the way from one to the other, whose goal lies on that way too: a slope for agents to follow
    where nobody has been.

    Args:
        shown: (N, O) demonstrated states. seed: of the first weights and of all that is drawn.
    """

    def __init__(self, shown: Float32Array, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        spread = shown.std(0)
        self._mean, self._std = shown.mean(0), spread + 1e-2 * np.median(spread) + 1e-3
        self._shown = self._scaled(shown)
        self._sources: list[Tensor] = []
        self._generator = generator
        self._network = MLP(shown.shape[1], HIDDEN, 1, [generator], layer_norm=True)
        self._adam = torch.optim.AdamW(self._network.parameters(), RATE, weight_decay=DECAY)

    def oppose(self, states: Float32Array) -> None:
        """Take states (N, O) that somebody else was in for one more source of counter-examples."""
        self._sources.append(self._scaled(states))

    def learn(self, updates: int) -> None:
        """Do so many steps on the loss; there must be a source."""
        for _ in range(updates):
            expert = self._drawn(self._shown, ROWS)
            chosen = torch.randint(len(self._sources), (SOURCES,), generator=self._generator)
            other = torch.cat([self._drawn(self._sources[i], ROWS // SOURCES) for i in chosen.tolist()])
            share = torch.rand(ROWS, 1, generator=self._generator)
            states = torch.cat((expert, other, share * expert + (1.0 - share) * other))
            states = states + NOISE * torch.randn(states.shape, generator=self._generator)
            goal = torch.cat((torch.ones(ROWS, 1), -torch.ones(ROWS, 1), 2.0 * share - 1.0))
            loss = ((self._network(states[None])[0] - MOST * goal) ** 2).mean()
            self._adam.zero_grad()
            loss.backward()
            self._adam.step()

    def layers(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Weights (in, out) and biases (out,) of g's layers, that take states as they come; normalised."""
        layers = [
            (layer.weight[0].detach().numpy().copy(), layer.bias[0, 0].detach().numpy().copy())
            for layer in cast(list[StackedLinear], list(self._network.layers))
        ]
        weight, bias = layers[0]
        layers[0] = weight / self._std[:, None], bias - (self._mean / self._std) @ weight
        return layers

    def _scaled(self, states: Float32Array) -> Tensor:
        return torch.from_numpy(((states - self._mean) / self._std).astype(np.float32))

    def _drawn(self, states: Tensor, n: int) -> Tensor:
        return states[torch.randint(len(states), (n,), generator=self._generator)]
