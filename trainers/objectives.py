"""Critic objectives: tensors in, one loss for each seed out. No networks here: every formula is one line.

Shapes: K seeds, B rows, the first ``n_expert`` rows of every seed are the expert's, the others the learner's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trainers.divergences import Divergence

EDGE, LOWEST = 0.05, -5.0
"""How near its domain's end, and how low, in reward scales, phi is followed; its tangent continues it."""


@dataclass(frozen=True)
class Loss:
    """What is minimised, and what it is made of.

    Attributes:
        total: (K,) one loss a seed.
        terms: name -> (K,) parts worth watching, without gradients of their own.
    """

    total: Tensor
    terms: dict[str, Tensor]


@dataclass(frozen=True)
class Rows:
    """A batch as the objectives see it.

    Attributes:
        q: (K, B, A) Q(s, .).
        q_taken: (K, B) Q(s, a).
        v: (K, B) V(s), soft or hard.
        future: (K, B) gamma V(s') of the target network, without gradient; after the end, gamma V(end).
        n_expert: the first so many rows are the expert's.
    """

    q: Tensor
    q_taken: Tensor
    v: Tensor
    future: Tensor
    n_expert: int


def soft_value(q: Tensor, temperature: float) -> Tensor:
    """V(s) = tau log sum_a exp(Q(s, a) / tau), over the last axis; the maximum for temperature 0."""
    if temperature == 0.0:
        return q.amax(-1)
    return temperature * torch.logsumexp(q / temperature, -1)


def iq_learn(
    rows: Rows, divergence: Divergence, *, alpha: float, scale: float, penalty: str, value_term: Tensor
) -> Loss:
    """IQ-Learn (Garg et al. 2021, eq. 9): -E_expert[phi(r)] + (1 - gamma) E_p0[V], r = Q(s, a) - gamma V(s').

    For chi-squared, phi(x) = x - x^2 / (4 alpha), the square taken where ``penalty`` says.

    Args:
        value_term: (K,) estimate of (1 - gamma) E_p0[V].
    """
    reward = rows.q_taken - rows.future
    of_expert = reward[:, : rows.n_expert]
    terms = {"expert_reward": of_expert.mean(1).detach(), "value": value_term.detach()}
    if reward.shape[1] > rows.n_expert:
        terms["learner_reward"] = reward[:, rows.n_expert :].mean(1).detach()
    if divergence.name == "chi2":
        square = _mean_square(rows, reward, penalty) / (4.0 * alpha)
        terms["penalty"] = square.detach()
        return Loss(value_term - of_expert.mean(1) + square, terms)
    gain = scaled_phi(divergence, of_expert, alpha=alpha, scale=scale)
    return Loss(value_term - gain.mean(1), terms)


def _mean_square(rows: Rows, reward: Tensor, penalty: str) -> Tensor:
    n = rows.n_expert
    if penalty == "expert":
        return (reward[:, :n] ** 2).mean(1)
    if penalty == "mixture":
        return 0.5 * ((reward[:, :n] ** 2).mean(1) + (reward[:, n:] ** 2).mean(1))
    everywhere = rows.q[:, :n] - rows.future[:, :n, None]  # the expert's s' stands in for that of others
    return 0.5 * ((reward[:, :n] ** 2).mean(1) + (everywhere**2).mean((1, 2)))


def scaled_phi(divergence: Divergence, reward: Tensor, *, alpha: float, scale: float) -> Tensor:
    """phi of each reward: x - x^2 / (4 alpha) for chi-squared, lambda phi(x / lambda) for the others."""
    if divergence.name == "chi2":
        return reward - reward**2 / (4.0 * alpha)
    gain = scale * extended_phi(divergence, reward / scale)
    if divergence.constraint == "range":  # total variation: |r| <= R_max, held by a quadratic wall
        gain = gain - (reward.abs() - scale).clamp(min=0.0) ** 2
    return gain


def extended_phi(divergence: Divergence, x: Tensor) -> Tensor:
    """phi(x), continued along its tangent from its domain's end on: finite and concave everywhere."""
    if divergence.constraint != "none":
        return x
    edge = max(divergence.lower + EDGE, LOWEST)
    slope = float(divergence.dphi(np.float64(edge)))
    inside: Tensor = divergence.phi(x.clamp(min=edge))
    return inside + slope * (x - edge).clamp(max=0.0)


def soft_bellman(rows: Rows, reward: Tensor) -> Loss:
    """Mean squared soft Bellman error E[(Q(s, a) - r - gamma V(s'))^2]; reward (K, B)."""
    error = rows.q_taken - reward - rows.future
    return Loss((error**2).mean(1), {"bellman_error": (error**2).mean(1).detach()})


def sqil(rows: Rows, demo_reward: float, sample_weight: float) -> Loss:
    """SQIL (Reddy et al. 2020, algorithm 1): B(demo, r) + lambda_samp B(samp, 0), mean squared errors."""
    n = rows.n_expert
    error = (rows.q_taken - rows.future)[:, :n] - demo_reward
    demo = (error**2).mean(1)
    if rows.q_taken.shape[1] == n:
        return Loss(demo, {"demo_error": demo.detach()})
    samples = ((rows.q_taken - rows.future)[:, n:] ** 2).mean(1)
    return Loss(
        demo + sample_weight * samples, {"demo_error": demo.detach(), "sample_error": samples.detach()}
    )


def sqil_t(rows: Rows, clone_weight: float, sample_weight: float) -> Loss:
    """SQIL-T (Reddy et al. 2020, appendix A.1): alpha E[V - Q] + B(demo, 0) + lambda_samp B(samp, 0)."""
    n = rows.n_expert
    gap = (rows.v - rows.q_taken)[:, :n].mean(1)
    errors = sqil(rows, 0.0, sample_weight)
    return Loss(clone_weight * gap + errors.total, errors.terms | {"cloning": gap.detach()})


def behavioural_cloning(rows: Rows, temperature: float) -> Loss:
    """-log pi(a | s) = (V(s) - Q(s, a)) / tau, over the expert's rows."""
    loss = ((rows.v - rows.q_taken)[:, : rows.n_expert] / temperature).mean(1)
    return Loss(loss, {"negative_log_likelihood": loss.detach()})
