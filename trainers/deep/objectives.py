"""Objectives, each loss whole: tensors in, one loss for each of K seeds out. No networks here.

The first ``n_expert`` of a seed's B rows are the expert's, the others the learner's. Whether V(s') comes with
its gradient from the learning network (IQ-Learn as the paper has it) or without from a target network is
decided by who fills in ``Rows.next_v``; the formulas are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from trainers.deep.config import OWN_OBJECTIVES, TrainerConfig
from trainers.divergences import DIVERGENCES, Divergence
from trainers.soft import implied_reward, value_after

EDGE, LOWEST = 0.05, -5.0
"""How near its domain's end, and how low, in reward scales, phi is followed; its tangent continues it."""
LIPSCHITZ_WEIGHT = 10.0
"""Of the gradient penalty that keeps Q Lipschitz for Wasserstein-1 (Gulrajani et al. 2017)."""


@dataclass(frozen=True)
class Loss:
    """What is minimised, and what it is made of.

    Attributes:
        total: (K,) one loss a seed.
        terms: name -> (K,) parts worth watching.
    """

    total: Tensor
    terms: Mapping[str, Tensor]


@dataclass(frozen=True)
class Rows:
    """A batch as the objectives see it.

    Attributes:
        q: (K, B) Q(s, a). next_v: (K, B) V(s'), before any end is looked at.
        v: (K, B) V(s), of the first rows at least that a term asks for.
        terminated: (K, B) the task's rules ended the episode in s'.
        terminal_value: (K, 1) learned value of having ended.
        reward: (K, B) of the environment, or of a discriminator.
        n_expert: the first so many rows are the expert's.
        other_q: (K, B, A) Q of all actions in s, where actions can be listed.
        centre: (K, B) what rewards are held near, where it is not zero.
        initial_v: (K, N) V of first states, where a value term asks for it.
        slope: (K, N) norm of the gradient of Q by s, where a Lipschitz bound asks for it.
    """

    q: Tensor
    v: Tensor
    next_v: Tensor
    terminated: Tensor
    terminal_value: Tensor
    reward: Tensor
    n_expert: int
    other_q: Tensor | None = None
    initial_v: Tensor | None = None
    slope: Tensor | None = None
    centre: Tensor | None = None


def critic_loss(config: TrainerConfig, rows: Rows) -> Loss:
    """The loss of a batch by the configuration's method."""
    loss = OWN_OBJECTIVES.get(config.method) or OBJECTIVES[config.method]
    found: Loss = loss(config, rows)
    return found


def iq_learn(config: TrainerConfig, rows: Rows) -> Loss:
    """IQ-Learn (Garg et al. 2021, eq. 9): -E_expert[phi(r)] + (1 - gamma) E_p0[V], r = Q(s, a) - gamma V(s').

    For chi-squared phi(x) = x - (x - c)^2 / (4 alpha), the square taken where ``penalty`` says, c = 0 or the
    reward of ``rows.centre``. With an absorbing state the steps that follow an end count too; for
    Wasserstein-1 Q is held Lipschitz.
    """
    n, divergence = rows.n_expert, DIVERGENCES[config.divergence]
    reward = _reward(rows, config, learned_terminal_value(config, rows))
    expert, learner = reward[:, :n], reward[:, n:]
    value = _value_term(config, rows)
    terms = {"expert_reward": expert.mean(1), "value": value}
    if learner.shape[1]:
        terms["learner_reward"] = learner.mean(1)
    if divergence.name == "chi2":
        square = _mean_square(config, rows, reward) / (4.0 * config.alpha)
        total = value - expert.mean(1) + square
        terms["penalty"] = square
    else:
        total = value - scaled_phi(divergence, expert, config).mean(1)
    if config.terminal == "absorbing":
        total = total + _after_the_end(config, divergence, rows)
    if rows.slope is not None:
        total = total + LIPSCHITZ_WEIGHT * ((rows.slope - config.scale).clamp(min=0.0) ** 2).mean(1)
    return Loss(total, terms)


def sqil(config: TrainerConfig, rows: Rows) -> Loss:
    """SQIL (Reddy et al. 2020, algorithm 1): B(demonstrated, r) + lambda B(own, 0), mean squared errors.

    With an absorbing state a demonstrated end pays r for ever (section 3.3), any other nothing.
    """
    ends = torch.zeros_like(rows.q)
    ends[:, : rows.n_expert] = config.terminal_value(0.0)
    return _squared_errors(config, _reward(rows, config, ends), rows.n_expert, config.demo_reward)


def sqil_t(config: TrainerConfig, rows: Rows) -> Loss:
    """SQIL-T (Reddy et al. 2020, appendix A.1): alpha E[V - Q] + B(demonstrated, 0) + lambda B(own, 0)."""
    n = rows.n_expert
    reward = _reward(rows, config, learned_terminal_value(config, rows))
    gap, errors = (rows.v - rows.q)[:, :n].mean(1), _squared_errors(config, reward, n, 0.0)
    return Loss(config.clone_weight * gap + errors.total, {**errors.terms, "cloning": gap})


def behavioural_cloning(config: TrainerConfig, rows: Rows) -> Loss:
    """-log pi(a | s) = (V(s) - Q(s, a)) / tau, over the expert's rows."""
    loss = ((rows.v - rows.q)[:, : rows.n_expert] / config.temperature).mean(1)
    return Loss(loss, {"negative_log_likelihood": loss})


def csil(config: TrainerConfig, rows: Rows) -> Loss:
    """CSIL (Watson et al. 2023): the soft Bellman error of the coherent reward, demonstrated and own steps.

    The same as the penalty of IQ-Learn centred on that reward, alone.
    """
    assert rows.centre is not None
    n, apart = rows.n_expert, _reward(rows, config, learned_terminal_value(config, rows)) - rows.centre
    error = 0.5 * ((apart[:, :n] ** 2).mean(1) + (apart[:, n:] ** 2).mean(1))
    return Loss(error, {"bellman_error": error, "coherent_reward": rows.centre[:, :n].mean(1)})


def ls_iq(config: TrainerConfig, rows: Rows) -> Loss:
    """LS-IQ (Al-Hafez et al. 2023): demonstrated Q to its largest, own steps to the least reward, squared.

    By the mixture's chi-squared penalty rewards lie within 2 alpha: that is paid for ever where the expert
    was, Q = 2 alpha / (1 - gamma), a target that nothing bootstraps; own steps are paid its negative, and own
    ends for ever, unless having ended is worth nothing.
    """
    n, most = rows.n_expert, 2.0 * config.alpha
    highest = most / (1.0 - config.gamma)
    end = torch.full_like(rows.terminal_value, -highest if config.terminal == "absorbing" else 0.0)
    expert = ((rows.q[:, :n] - highest) ** 2).mean(1)
    own = ((_reward(rows, config, end)[:, n:] + most) ** 2).mean(1)
    return Loss(0.5 * (expert + own), {"demo_error": expert, "sample_error": own})


def soft_bellman(config: TrainerConfig, rows: Rows) -> Loss:
    """Mean squared soft Bellman error E[(Q(s, a) - r - gamma V(s'))^2], of all rows alike.

    After the end V is 0; or what a discriminator says, if r is its own.
    """
    error = _reward(rows, config, learned_terminal_value(config, rows)) - rows.reward
    loss = (error**2).mean(1)
    return Loss(loss, {"bellman_error": loss})


OBJECTIVES: Mapping[str, Callable[[TrainerConfig, Rows], Loss]] = {
    "iq": iq_learn,
    "csil": csil,
    "ls-iq": ls_iq,
    "sqil": sqil,
    "sqil-t": sqil_t,
    "bc": behavioural_cloning,
    "soft-q": soft_bellman,
    "dqn": soft_bellman,
    "sac": soft_bellman,
    "rlpd": soft_bellman,
    "dac": soft_bellman,
    "airl": soft_bellman,
}
"""Method -> its loss."""


def learned_terminal_value(config: TrainerConfig, rows: Rows) -> Tensor:
    """(K, 1) the learned value of having ended; 0 by "zero"."""
    return rows.terminal_value if config.learns_terminal_value else torch.zeros_like(rows.terminal_value)


def scaled_phi(divergence: Divergence, reward: Tensor, config: TrainerConfig) -> Tensor:
    """phi of each reward: x - x^2 / (4 alpha) for chi-squared, lambda phi(x / lambda) for the others."""
    if divergence.name == "chi2":
        return reward - reward**2 / (4.0 * config.alpha)
    gain = config.scale * extended_phi(divergence, reward / config.scale)
    if divergence.constraint == "range":  # total variation: |r| <= R_max, held by a quadratic wall
        gain = gain - (reward.abs() - config.scale).clamp(min=0.0) ** 2
    return gain


def extended_phi(divergence: Divergence, x: Tensor) -> Tensor:
    """phi(x), continued along its tangent from its domain's end on: finite and concave everywhere."""
    if divergence.constraint != "none":
        return x
    edge = max(divergence.lower + EDGE, LOWEST)
    slope = float(divergence.dphi(np.float64(edge)))
    inside: Tensor = divergence.phi(x.clamp(min=edge))
    return inside + slope * (x - edge).clamp(max=0.0)


def _reward(rows: Rows, config: TrainerConfig, terminal_value: Tensor) -> Tensor:
    """(K, B) r = Q(s, a) - gamma V(s'), with this value of having ended."""
    following = value_after(rows.next_v, rows.terminated, terminal_value)
    return implied_reward(rows.q, following, config.gamma)


def _value_term(config: TrainerConfig, rows: Rows) -> Tensor:
    """(K,) (1 - gamma) E_p0[V] = E_mu[V(s) - gamma V(s')] for any occupancy mu; or p0 is the expert's mu."""
    if config.value_term == "initial":
        assert rows.initial_v is not None
        return (1.0 - config.gamma) * rows.initial_v.mean(1)
    if config.value_term == "anywhere":
        return (1.0 - config.gamma) * rows.v[:, : rows.n_expert].mean(1)
    kept = rows.n_expert if config.value_term == "expert" else rows.v.shape[1]
    following = value_after(rows.next_v, rows.terminated, learned_terminal_value(config, rows))
    return (rows.v[:, :kept] - config.gamma * following[:, :kept]).mean(1)


def _mean_square(config: TrainerConfig, rows: Rows, reward: Tensor) -> Tensor:
    """(K,) mean square of r, or of its distance from the centre, where the penalty is taken."""
    n = rows.n_expert
    apart = reward if rows.centre is None else reward - rows.centre
    square = (apart[:, :n] ** 2).mean(1)
    if config.penalty == "expert":
        return square
    if config.penalty == "mixture":
        return 0.5 * (square + (apart[:, n:] ** 2).mean(1))
    assert rows.other_q is not None
    gap = (rows.other_q - rows.q[..., None])[:, :n]
    everywhere = reward[:, :n, None] + gap  # the expert's s' stands in for that of the other actions
    return 0.5 * (square + (everywhere**2).mean((1, 2)))


def _after_the_end(config: TrainerConfig, divergence: Divergence, rows: Rows) -> Tensor:
    """(K,) what the absorbing state adds: gamma / (1 - gamma) discounted steps of r = (1 - gamma) V(end).

    With gamma V(end) in the steps that lead there, its value cancels from the value term; its reward's phi
    remains: entering the end and staying there are worth the same where experts end.
    """
    n, steps = rows.n_expert, config.gamma / (1.0 - config.gamma)
    reward = (1.0 - config.gamma) * rows.terminal_value
    ended = rows.terminated.float()
    counted = ended[:, :n].mean(1, keepdim=True)
    gain = counted * scaled_phi(divergence, reward, config)
    seen = torch.zeros_like(counted)
    if config.value_term in ("expert", "mixture"):
        seen = ended[:, : n if config.value_term == "expert" else None].mean(1, keepdim=True)
    extra = torch.zeros_like(gain)
    if config.penalty == "mixture" and divergence.name == "chi2":
        extra = 0.5 * (ended[:, n:].mean(1, keepdim=True) - counted) * reward**2 / (4.0 * config.alpha)
    return (steps * (seen * reward - gain + extra))[:, 0]


def _squared_errors(config: TrainerConfig, reward: Tensor, n_expert: int, demo_reward: float) -> Loss:
    demo = ((reward[:, :n_expert] - demo_reward) ** 2).mean(1)
    if reward.shape[1] == n_expert:
        return Loss(demo, {"demo_error": demo})
    own = (reward[:, n_expert:] ** 2).mean(1)
    return Loss(demo + config.sample_weight * own, {"demo_error": demo, "sample_error": own})
