"""The critics of K seeds: their weights, the loss of a batch, and the optimiser's step, eager or compiled."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from trainers.adam import adam_step, corrections
from trainers.critic_loss import CriticLoss
from trainers.networks import Network
from trainers.objectives import Loss, Rows
from trainers.replay import FIELDS, Batch
from trainers.soft_q_config import SoftQConfig

Float32Array = NDArray[np.float32]

GROUP = 2
"""Updates in one call of the compiled function, at most. A call costs what a small network's update costs,
but every update in it takes the compiler 5 s, for each new setting again: four pay after 200,000 updates."""


class Critic:
    """Q-networks of K seeds, targets and Adam; each seed's last weight is what the end is worth.

    That value is a reward for ever, r / (1 - gamma): it learns 1 / (1 - gamma) times as fast as the network,
    as fast as if r were the weight. At the network's own rate no training is long enough to get there, and
    to end early looks cheap until it does.
    """

    def __init__(self, config: SoftQConfig, network: Network, weights: Tensor) -> None:
        self.config, self.network, self._loss = config, network, CriticLoss(config, network)
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
        self._group_size = math.gcd(GROUP, config.updates_per_round) if config.online else GROUP
        self._compiled: Callable[..., None] | None = None
        if config.compile:
            options: dict[str, str | int | bool | Callable[..., Any]] = {
                # to check at every call that no module has changed since would cost a tenth of an update
                "guard_filter_fn": torch.compiler.skip_guard_on_globals_unsafe,
                # what three things read is computed once: moments, else anew for each
                "realize_reads_threshold": 2,
            }
            self._compiled = torch.compile(  # type: ignore[call-overload]  # its stubs lack the last one
                self._group, fullgraph=True, dynamic=False, options=options, isolate_recompiles=True
            )

    def q(self, obs: Tensor, *, target: bool = False) -> Tensor:
        """(K, B, A) Q-values at obs (K, B, *O), of the networks or of their targets."""
        weights = self.target if target else self.weights
        return self.network.apply(self._parts(weights)[:-1], obs)

    def q_values(self, obs: Float32Array, shape: tuple[int, ...], *, target: bool = False) -> Float32Array:
        """(K, B, A) as an array, of obs (K, B, *O), or of (B, *O) that all seeds look at; shape is O."""
        x = torch.as_tensor(obs, dtype=torch.float32)
        if x.ndim == len(shape) + 1:
            x = x.expand(len(self.weights), *x.shape)
        with torch.no_grad():
            values: Float32Array = self.q(x, target=target).numpy()
        return values

    def end_values(self, demonstrated: bool) -> Float32Array:
        """(K,) what having ended is worth: where a demonstration did, or anywhere else."""
        ended = torch.ones(len(self.weights), 1, dtype=torch.bool)
        worth = self._loss.worth_of_end(self.weights[:, -1:], ended, int(demonstrated))
        return worth[:, 0].numpy().copy()

    def improve(self, batch: Batch, first: Batch | None, n_expert: int) -> None:
        """One update for each of the batch's n groups of rows; the last rows are looked at once more."""
        n, done, size = batch.action.shape[1], 0, self._group_size
        while self._compiled is not None and n - done >= size:
            rows = [getattr(batch, name)[:, done : done + size] for name in FIELDS]
            start = None if first is None else first.obs[:, done : done + size]
            steps = self.steps + torch.arange(1, size + 1)
            self._compiled(*self._moving(), *corrections(steps), *rows, start, n_expert)
            self.steps.copy_(steps[-1])
            done += size
        for i in range(done, n):
            start = None if first is None else first.at(i).obs
            loss, _ = self._loss(self._leaves, self._parts(self.target), batch.at(i), start, n_expert)
            gradients = torch.autograd.grad(loss.total.sum(), self._leaves, allow_unused=True)
            with torch.no_grad():
                step = self.steps + 1
                gradient = _flat(gradients, self._leaves)
                self._take((*self._improved(self._moving(), gradient, *corrections(step)), step))
        start = None if first is None else first.at(n - 1).obs
        target = self._parts(self.target)
        self._watch(*self._loss(self._leaves, target, batch.at(n - 1), start, n_expert))

    def _moving(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """What every update changes weight by weight, (K, P) each."""
        return self.weights, self.target, self.mean, self.square

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

    def statistics(self) -> dict[str, Float32Array]:
        """Name -> (K,) mean since the last call."""
        found = {
            name: (total / self._counted).numpy().astype(np.float32) for name, total in self._sums.items()
        }
        self._sums, self._counted = {}, 0
        return found

    def _parts(self, weights: Tensor) -> list[Tensor]:
        """Layers, then what the end is worth, (K, 1)."""
        return [*self.network.views(weights[:, :-1]), weights[:, -1:]]

    def _improved(
        self, state: Sequence[Tensor], gradient: Tensor, of_mean: Tensor, of_root: Tensor
    ) -> tuple[Tensor, ...]:
        """``_moving()`` after Adam's step, each seed's gradient clipped by its norm; then the targets move.

        Args:
            state: weights, targets, means and squares. gradient: (K, P) as each of them.
            of_mean, of_root: Adam's corrections.
        """
        weights, target, mean, square = state
        norm = (gradient**2).sum(1, keepdim=True).sqrt()
        clipped = gradient * (self.config.grad_clip / norm.clamp(min=self.config.grad_clip))
        weights, mean, square = adam_step(weights, mean, square, clipped, self._rates, of_mean, of_root)
        return weights, target.lerp(weights, self.config.target_rate), mean, square

    def _group(self, *everything: Any) -> None:
        """A group of updates, in place: what the compiler sees.

        Args:
            everything: ``_moving()``, Adam's corrections at its steps, the batch's fields, first states or
                None, and the number of expert rows.
        """
        moving, (of_mean, of_root, *fields, start, n_expert) = everything[:4], everything[4:]
        state, batch = moving, Batch(*fields)
        for i in range(self._group_size):
            target, rows, first = self._parts(state[1]), batch.at(i), None if start is None else start[:, i]

            def total(
                parts: list[Tensor],
                target: list[Tensor] = target,
                rows: Batch = rows,
                first: Tensor | None = first,
            ) -> Tensor:
                return self._loss(parts, target, rows, first, n_expert)[0].total.sum()

            parts = self._parts(state[0])
            gradient = _flat(torch.func.grad(total)(parts), parts)
            state = self._improved(state, gradient, of_mean[i], of_root[i])
        for tensor, value in zip(moving, state, strict=True):
            tensor.copy_(value)

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


def _flat(gradients: Sequence[Tensor | None], parts: list[Tensor]) -> Tensor:
    """(K, P) of gradients by part; zero where the loss does not depend on a part."""
    whole = [torch.zeros_like(part) if g is None else g for g, part in zip(gradients, parts, strict=True)]
    return torch.cat([part.flatten(1) for part in whole], 1)
