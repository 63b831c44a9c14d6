"""The critics of K seeds: their weights, the loss of a batch, and the optimiser's step, eager or compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.adam import adam
from trainers.divergences import DIVERGENCES
from trainers.networks import Network
from trainers.objectives import (
    Loss,
    Rows,
    behavioural_cloning,
    iq_learn,
    soft_bellman,
    soft_value,
    sqil,
    sqil_t,
)
from trainers.replay import FIELDS, Batch
from trainers.soft_q_config import SoftQConfig

GROUP = 8
"""Updates in one call of the compiled function."""
LIPSCHITZ_WEIGHT = 10.0
"""Of the gradient penalty that keeps Q Lipschitz for Wasserstein-1 (Gulrajani et al. 2017)."""


class Critic:
    """Q-networks of K seeds, targets and Adam; each seed's last weight is what the end is worth.

    That value is a reward for ever, r / (1 - gamma): it learns 1 / (1 - gamma) times as fast as the network,
    as fast as if r were the weight. At the network's own rate no training is long enough to get there, and
    to end early looks cheap until it does.
    """

    def __init__(self, config: SoftQConfig, network: Network, weights: Tensor) -> None:
        self.config, self.network = config, network
        end = torch.zeros(len(weights), 1)
        self.weights = torch.cat((weights, end), 1)
        self.target = self.weights.clone()
        self.mean, self.square = torch.zeros_like(self.weights), torch.zeros_like(self.weights)
        self.steps = torch.zeros(())
        self._rates = torch.full_like(self.weights[0], config.learning_rate)
        self._rates[-1] /= 1.0 - config.gamma
        self._leaves = [part.detach().requires_grad_() for part in self._parts(self.weights)]
        self._sums: dict[str, Tensor] = {}
        self._counted = 0
        self._compiled: Callable[..., tuple[Tensor, ...]] | None = None
        if config.compile:
            self._compiled = torch.compile(self._group, fullgraph=True, dynamic=False)

    def q(self, obs: Tensor, *, target: bool = False) -> Tensor:
        """(K, B, A) Q-values at obs (K, B, *O), of the networks or of their targets."""
        weights = self.target if target else self.weights
        return self.network.apply(self._parts(weights)[:-1], obs)

    def end_values(self, demonstrated: bool) -> NDArray[np.float32]:
        """(K,) what having ended is worth: where a demonstration did, or anywhere else."""
        ended = torch.ones(len(self.weights), 1, dtype=torch.bool)
        worth = self._worth_of_end(self.weights[:, -1:], ended, int(demonstrated))
        return worth[:, 0].numpy().copy()

    def improve(self, batch: Batch, first: Batch | None, n_expert: int) -> None:
        """One update for each of the batch's n groups of rows; the last rows are looked at once more."""
        n, done = batch.action.shape[1], 0
        while self._compiled is not None and n - done >= GROUP:
            rows = [getattr(batch, name)[:, done : done + GROUP] for name in FIELDS]
            start = None if first is None else first.obs[:, done : done + GROUP]
            self._take(self._compiled(*self.state().values(), *rows, start, n_expert))
            done += GROUP
        for i in range(done, n):
            start = None if first is None else first.at(i).obs
            loss, _ = self._loss(self._leaves, self.target, batch.at(i), start, n_expert)
            gradients = torch.autograd.grad(loss.total.sum(), self._leaves, allow_unused=True)
            with torch.no_grad():
                self._take(self._improved([*self.state().values()], _flat(gradients, self._leaves)))
        start = None if first is None else first.at(n - 1).obs
        self._watch(*self._loss(self._leaves, self.target, batch.at(n - 1), start, n_expert))

    def state(self) -> dict[str, Tensor]:
        """Everything that the updates change."""
        return {
            "weights": self.weights,
            "target": self.target,
            "mean": self.mean,
            "square": self.square,
            "steps": self.steps,
        }

    def load(self, state: Mapping[str, Tensor]) -> None:
        """Take the values of ``state()`` of a critic of the same shape."""
        self._take(tuple(state[name] for name in self.state()))

    @torch.no_grad()
    def _take(self, values: tuple[Tensor, ...]) -> None:
        for tensor, value in zip(self.state().values(), values, strict=True):
            tensor.copy_(value)  # in place: the leaves share the weights' memory

    def statistics(self) -> dict[str, NDArray[np.float32]]:
        """Name -> (K,) mean since the last call."""
        found = {
            name: (total / self._counted).numpy().astype(np.float32) for name, total in self._sums.items()
        }
        self._sums, self._counted = {}, 0
        return found

    def _parts(self, weights: Tensor) -> list[Tensor]:
        """Layers, then what the end is worth, (K, 1)."""
        return [*self.network.views(weights[:, :-1]), weights[:, -1:]]

    def _loss(
        self, parts: list[Tensor], target: Tensor, batch: Batch, start: Tensor | None, n_expert: int
    ) -> tuple[Loss, Rows]:
        config = self.config
        temperature = 0.0 if config.method == "dqn" else config.temperature
        *layers, end = parts
        with torch.no_grad():
            next_v = soft_value(self.network.apply(self._parts(target)[:-1], batch.next_obs), temperature)
            if config.imitates and config.value_clip is not None:
                next_v = next_v.clamp(-config.value_clip, config.value_clip)
        ended = self._worth_of_end(end, batch.terminated, n_expert)
        future = config.gamma * torch.where(batch.terminated, ended, next_v)
        q = self.network.apply(layers, batch.obs)
        taken = q.gather(-1, batch.action[..., None])[..., 0]
        rows = Rows(q, taken, soft_value(q, temperature), future, n_expert)
        return self._objective(rows, layers, end, batch, start), rows

    def _worth_of_end(self, end: Tensor, terminated: Tensor, n_expert: int) -> Tensor:
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
        loss = iq_learn(
            rows,
            DIVERGENCES[config.divergence],
            alpha=config.alpha,
            scale=config.scale,
            penalty=config.penalty,
            value_term=self._value_term(rows, layers, start),
        )
        total = loss.total
        if config.terminal == "absorbing":
            total = total + self._after_the_end(end, batch.terminated, rows.n_expert)
        if DIVERGENCES[config.divergence].constraint == "lipschitz":
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
        config = self.config
        steps = config.gamma / (1.0 - config.gamma)
        reward = (1.0 - config.gamma) * end
        counted = terminated[:, :n_expert].float().mean(1, keepdim=True)
        gain = counted * (reward - reward**2 / (4.0 * config.alpha))
        value_rows = n_expert if config.value_term == "expert" else terminated.shape[1]
        seen = terminated[:, :value_rows].float().mean(1, keepdim=True)
        if config.value_term == "initial":
            seen = torch.zeros_like(seen)
        extra = torch.zeros_like(gain)
        if config.penalty == "mixture":
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

    def _improved(self, state: Sequence[Tensor], gradient: Tensor) -> tuple[Tensor, ...]:
        """The state after Adam's step, each seed's gradient clipped by its norm; then the targets move."""
        config, (weights, target, mean, square, steps) = self.config, state
        norm = gradient.norm(dim=1, keepdim=True)
        gradient = gradient * (config.grad_clip / norm.clamp(min=config.grad_clip))
        weights, mean, square, steps = adam(weights, mean, square, steps, gradient, self._rates)
        return weights, target.lerp(weights, config.target_rate), mean, square, steps

    def _group(self, *state_rows_start_expert: Any) -> tuple[Tensor, ...]:
        """``GROUP`` updates as one pure function of the state and the rows: what the compiler sees."""
        state, (*fields, start, n_expert) = state_rows_start_expert[:5], state_rows_start_expert[5:]
        batch = Batch(*fields)
        for i in range(GROUP):
            weights, target, *_ = state
            rows, first = batch.at(i), None if start is None else start[:, i]

            def total(
                w: Tensor, target: Tensor = target, rows: Batch = rows, first: Tensor | None = first
            ) -> Tensor:
                return self._loss(self._parts(w), target, rows, first, n_expert)[0].total.sum()

            state = self._improved(state, torch.func.grad(total)(weights))
        return state

    def _watch(self, loss: Loss, rows: Rows) -> None:
        with torch.no_grad():
            log_policy = (rows.q - rows.v[..., None]) / self.config.temperature
            seen = {
                "loss": loss.total.detach(),
                **{f"loss/{name}": term for name, term in loss.terms.items()},
                "q_abs_max": rows.q.abs().amax((1, 2)),
                "entropy": torch.softmax(log_policy, -1).mul(log_policy).sum(-1).mean(1).neg(),
            }
        for name, value in seen.items():
            self._sums[name] = self._sums.get(name, torch.zeros(())) + value.detach()
        self._counted += 1


def _flat(gradients: tuple[Tensor | None, ...], parts: list[Tensor]) -> Tensor:
    """(K, P) of gradients by part; zero where the loss does not depend on a part."""
    whole = [torch.zeros_like(part) if g is None else g for g, part in zip(gradients, parts, strict=True)]
    return torch.cat([part.flatten(1) for part in whole], 1)
