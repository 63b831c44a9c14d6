"""The loss of the critics of K seeds on a batch: targets, what the end is worth, the objective's terms."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from trainers.divergences import DIVERGENCES
from trainers.networks import Network
from trainers.objectives import (
    Loss,
    Rows,
    behavioural_cloning,
    iq_learn,
    scaled_phi,
    soft_bellman,
    soft_value,
    sqil,
    sqil_t,
)
from trainers.replay import Batch
from trainers.soft_q_config import SoftQConfig

LIPSCHITZ_WEIGHT = 10.0
"""Of the gradient penalty that keeps Q Lipschitz for Wasserstein-1 (Gulrajani et al. 2017)."""


@dataclass(frozen=True)
class CriticLoss:
    """A call that gives the loss that a configuration asks of networks of a kind."""

    config: SoftQConfig
    network: Network

    def __call__(
        self, parts: list[Tensor], target: list[Tensor], batch: Batch, start: Tensor | None, n_expert: int
    ) -> tuple[Loss, Rows]:
        """The loss of a batch, and the batch as the objectives saw it.

        Args:
            parts: layers as ``Network.views`` gives them, then what the end is worth, (K, 1).
            target: the same of the target networks.
            batch: rows (K, B, ...). start: (K, B, *O) first states, for a value term that needs them.
            n_expert: the first so many rows are the expert's.
        """
        config, temperature = self.config, self.config.policy_temperature
        *layers, end = parts
        with torch.no_grad():
            next_v = soft_value(self.network.apply(target[:-1], batch.next_obs), temperature)
            if config.imitates and config.value_clip is not None:
                next_v = next_v.clamp(-config.value_clip, config.value_clip)
        ended = self.worth_of_end(end, batch.terminated, n_expert)
        future = config.gamma * torch.where(batch.terminated, ended, next_v)
        q = self.network.apply(layers, batch.obs)
        taken = _taken(q, batch.action)
        rows = Rows(q, taken, soft_value(q, temperature), future, n_expert)
        return self._objective(rows, layers, end, batch, start), rows

    def worth_of_end(self, end: Tensor, terminated: Tensor, n_expert: int) -> Tensor:
        """(K, B) value of having ended."""
        config = self.config
        if config.terminal == "zero" or not config.imitates:
            return torch.zeros(terminated.shape)
        if config.method == "sqil":  # section 3.3: the demonstrated end pays r for ever
            for_ever = torch.zeros(terminated.shape)
            for_ever[:, :n_expert] = config.demo_reward / (1.0 - config.gamma)
            return for_ever
        return end.expand(terminated.shape)

    def _objective(
        self, rows: Rows, layers: list[Tensor], end: Tensor, batch: Batch, start: Tensor | None
    ) -> Loss:
        config = self.config
        if config.method == "bc":
            return behavioural_cloning(rows, config.temperature)
        if config.method == "sqil":
            return sqil(rows, config.demo_reward, config.sample_weight)
        if config.method == "sqil-t":
            return sqil_t(rows, config.clone_weight, config.sample_weight)
        if config.method != "iq":
            return soft_bellman(rows, batch.reward)
        divergence = DIVERGENCES[config.divergence]
        loss = iq_learn(
            rows,
            divergence,
            alpha=config.alpha,
            scale=config.scale,
            penalty=config.penalty,
            value_term=self._value_term(rows, layers, start),
        )
        total = loss.total
        if config.terminal == "absorbing":
            total = total + self._after_the_end(end, batch.terminated, rows.n_expert)
        if divergence.constraint == "lipschitz":
            total = total + LIPSCHITZ_WEIGHT * self._steepness(layers, batch.obs[:, : rows.n_expert])
        return Loss(total, loss.terms)

    def _value_term(self, rows: Rows, layers: list[Tensor], start: Tensor | None) -> Tensor:
        """(K,) (1 - gamma) E_p0[V] = E_mu[V(s) - gamma V(s')] for any occupancy mu."""
        if self.config.value_term == "initial":
            assert start is not None
            v0 = soft_value(self.network.apply(layers, start), self.config.temperature)
            return (1.0 - self.config.gamma) * v0.mean(1)
        kept = rows.n_expert if self.config.value_term == "expert" else rows.v.shape[1]
        return (rows.v - rows.future)[:, :kept].mean(1)

    def _after_the_end(self, end: Tensor, terminated: Tensor, n_expert: int) -> Tensor:
        """(K,) what the absorbing state adds: gamma / (1 - gamma) discounted steps of r = (1 - gamma) V(end).

        With gamma V(end) in the steps that lead there, its value cancels from the value term; its reward's
        phi remains: entering the end and staying there are worth the same where experts end.
        """
        config, divergence = self.config, DIVERGENCES[self.config.divergence]
        steps = config.gamma / (1.0 - config.gamma)
        reward = (1.0 - config.gamma) * end
        counted = terminated[:, :n_expert].float().mean(1, keepdim=True)
        gain = counted * scaled_phi(divergence, reward, alpha=config.alpha, scale=config.scale)
        value_rows = n_expert if config.value_term == "expert" else terminated.shape[1]
        seen = terminated[:, :value_rows].float().mean(1, keepdim=True)
        if config.value_term == "initial":
            seen = torch.zeros_like(seen)
        extra = torch.zeros_like(gain)
        if config.penalty == "mixture" and divergence.name == "chi2":
            learners = terminated[:, n_expert:].float().mean(1, keepdim=True)
            extra = 0.5 * (learners - counted) * reward**2 / (4.0 * config.alpha)
        return (steps * (seen * reward - gain + extra))[:, 0]

    def _steepness(self, layers: list[Tensor], obs: Tensor) -> Tensor:
        """(K,) mean of (|grad Q| - scale)_+^2 at points between demonstrated observations."""
        between = 0.5 * (obs + obs.flip(1)).detach().requires_grad_()
        q = self.network.apply(layers, between)
        (slope,) = torch.autograd.grad(q.sum(), between, create_graph=True)
        steep = (slope.flatten(2).norm(dim=2) - self.config.scale).clamp(min=0.0)
        return (steep**2).mean(1)


def _taken(q: Tensor, action: Tensor) -> Tensor:
    """(K, B) Q(s, a) of q (K, B, A); for the compiler as a sum, which unlike looking up becomes vectors."""
    if not torch.compiler.is_compiling():
        return q.gather(-1, action[..., None])[..., 0]
    actions = torch.arange(q.shape[-1])
    return torch.where(action[..., None] == actions, q, 0.0).sum(-1)
