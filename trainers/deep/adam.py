"""torch's Adam as one call that a compiler can look into: its optimiser object breaks the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Adam (Kingma & Ba 2015) on named tensors that all have a leading K.

    Args:
        parameters: name -> what is moved. learning_rates: name -> its step, for those that differ from
        learning_rate: that of all others.
    """

    def __init__(
        self,
        parameters: Mapping[str, nn.Parameter],
        learning_rate: float,
        learning_rates: Mapping[str, float] | None = None,
    ) -> None:
        self.parameters = list(parameters.values())
        rates = [(learning_rates or {}).get(name, learning_rate) for name in parameters]
        self._groups = [
            (rate, [i for i, own in enumerate(rates) if own == rate]) for rate in dict.fromkeys(rates)
        ]
        self._names = list(parameters)
        self.mean = [torch.zeros_like(p) for p in self.parameters]
        self.square = [torch.zeros_like(p) for p in self.parameters]
        self.steps = [torch.zeros((), device=p.device) for p in self.parameters]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], pace: float | Tensor = 1.0) -> None:
        """Move every parameter by its gradient, in place; ``pace`` times as far as the rates say."""
        # numbers that stay on the device: what is compiled, and a graphics card, do not wait for each other
        resident = torch.compiler.is_compiling() or self.steps[0].is_cuda
        if isinstance(pace, Tensor) and not resident:
            pace = float(pace)
        for rate, group in self._groups:
            lists = (self.parameters, gradients, self.mean, self.square, self.steps)
            parameters, own, mean, square, steps = ([values[i] for i in group] for values in lists)
            adam(
                parameters, own, mean, square, [], steps,
                amsgrad=False, beta1=BETA1, beta2=BETA2, lr=rate * pace, weight_decay=0.0, eps=EPSILON,
                maximize=False, foreach=True, capturable=resident,
            )  # fmt: skip

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that a step changes, beside the parameters."""
        state: dict[str, Tensor] = {}
        for i, name in enumerate(self._names):
            state |= {
                f"{name}.mean": self.mean[i],
                f"{name}.square": self.square[i],
                f"{name}.steps": self.steps[i],
            }
        return state

    @torch.no_grad()
    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take the values of a ``state_dict`` of the same parameters.

        Raises:
            KeyError, RuntimeError: they are of others.
        """
        for name, tensor in self.state_dict().items():
            tensor.copy_(state[name])


def clipped(gradients: Sequence[Tensor], most: float | None) -> Sequence[Tensor]:
    """The gradients, each of K seeds' own scaled down to this norm over all tensors where it is larger."""
    if most is None:
        return gradients
    norm = torch.stack([(gradient**2).flatten(1).sum(1) for gradient in gradients]).sum(0).sqrt()
    scale = most / norm.clamp(min=most)
    return [gradient * scale.view(-1, *[1] * (gradient.ndim - 1)) for gradient in gradients]
