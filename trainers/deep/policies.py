"""What a critic's numbers mean: the policy gives Q(s, a) of an action, V(s), and acts.

This is the seam between discrete and continuous actions. With discrete ones a critic lists every action's
value, and the softmax policy's V is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from trainers.soft import soft_value


@dataclass(frozen=True)
class Softmax:
    """pi(a | s) = exp((Q(s, a) - V(s)) / tau) over A actions that a critic lists: (K, B, *O) -> (K, B, A).

    Attributes:
        temperature: tau >= 0; 0 is the hard maximum.
    """

    temperature: float

    def judge(self, critic: nn.Module, obs: Tensor, action: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Q(s, a) (K, B), V(s) (K, B) and Q(s, .) (K, B, A) at obs (K, B, *O), action (K, B) from 0."""
        q = critic(obs)
        return _taken(q, action), soft_value(q, self.temperature), q

    def value(self, critic: nn.Module, obs: Tensor) -> Tensor:
        """(K, B) V(s)."""
        return soft_value(critic(obs), self.temperature)

    def act(self, critic: nn.Module, obs: Tensor, uniform: Tensor) -> Tensor:
        """(K, B) actions from 0: drawn by the Gumbel trick; greedy at tau = 0.

        Args:
            obs: (K, B, *O). uniform: (K, B, A) numbers in [0, 1) to draw with.
        """
        q = critic(obs)
        if self.temperature > 0.0:
            gumbel = -torch.log(-torch.log(uniform.clamp(1e-12, 1.0 - 1e-7)))
            q = q / self.temperature + gumbel
        return q.argmax(-1)


def _taken(q: Tensor, action: Tensor) -> Tensor:
    """(K, B) Q(s, a) of q (K, B, A); for the compiler as a sum, which unlike looking up becomes vectors."""
    if not torch.compiler.is_compiling():
        return q.gather(-1, action[..., None])[..., 0]
    actions = torch.arange(q.shape[-1], device=q.device)
    return torch.where(action[..., None] == actions, q, 0.0).sum(-1)
