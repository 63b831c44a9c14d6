"""Critic objectives: numbers worked out by hand, and what must hold for any batch."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from trainers.divergences import DIVERGENCES
from trainers.objectives import (
    Rows,
    behavioural_cloning,
    extended_phi,
    iq_learn,
    soft_bellman,
    soft_value,
    sqil,
    sqil_t,
)


def rows(
    q: list[list[float]], actions: list[int], future: list[float], n_expert: int, tau: float = 1.0
) -> Rows:
    values = torch.tensor([q])
    taken = values.gather(-1, torch.tensor([actions])[..., None])[..., 0]
    return Rows(values, taken, soft_value(values, tau), torch.tensor([future]), n_expert)


def test_soft_value_golden() -> None:
    q = torch.tensor([0.0, math.log(3.0)])
    assert soft_value(q, 1.0).item() == pytest.approx(math.log(4.0))
    assert soft_value(10.0 * q, 10.0).item() == pytest.approx(10.0 * math.log(4.0), rel=1e-6)
    assert soft_value(q, 0.0).item() == pytest.approx(math.log(3.0))


TWO = rows([[2.0, 0.0], [1.0, 3.0]], [0, 0], [1.0, 0.5], n_expert=1)
"""The expert's row has r = 2 - 1 = 1, the learner's r = 1 - .5 = .5."""


@pytest.mark.parametrize(
    ("penalty", "square"),
    [
        ("expert", 1.0),
        ("mixture", 0.5 * (1.0 + 0.25)),
        ("all-actions", 0.5 * (1.0 + 0.5 * (1.0 + 1.0))),  # Q - future of the expert's row: 1 and -1
    ],
)
def test_chi_squared_penalty_golden(penalty: str, square: float) -> None:
    value = torch.tensor([0.3])
    loss = iq_learn(TWO, DIVERGENCES["chi2"], alpha=0.5, scale=1.0, penalty=penalty, value_term=value)
    assert loss.total.item() == pytest.approx(0.3 - 1.0 + square / 2.0)
    assert loss.terms["expert_reward"].item() == pytest.approx(1.0)
    assert loss.terms["learner_reward"].item() == pytest.approx(0.5)


@pytest.mark.parametrize("name", ["reverse_kl", "forward_kl", "hellinger", "jensen_shannon"])
def test_other_divergences_use_phi_of_the_scaled_reward(name: str) -> None:
    value = torch.tensor([0.3])
    loss = iq_learn(TWO, DIVERGENCES[name], alpha=0.5, scale=2.0, penalty="expert", value_term=value)
    assert loss.total.item() == pytest.approx(0.3 - 2.0 * float(DIVERGENCES[name].phi(np.array(0.5))))


def test_total_variation_holds_the_reward_within_its_range() -> None:
    inside = iq_learn(
        TWO, DIVERGENCES["total_variation"], alpha=1.0, scale=1.0, penalty="expert", value_term=torch.zeros(1)
    )
    assert inside.total.item() == pytest.approx(-1.0)
    beyond = iq_learn(
        TWO, DIVERGENCES["total_variation"], alpha=1.0, scale=0.4, penalty="expert", value_term=torch.zeros(1)
    )
    assert beyond.total.item() == pytest.approx(-1.0 + 0.6**2)


@pytest.mark.parametrize("name", ["reverse_kl", "forward_kl", "hellinger", "jensen_shannon"])
def test_extended_phi_is_phi_inside_and_finite_concave_increasing_beyond(name: str) -> None:
    record = DIVERGENCES[name]
    inside = torch.linspace(max(record.lower, -5.0) + 0.06, 4.0, 50, dtype=torch.float64)
    torch.testing.assert_close(extended_phi(record, inside), torch.as_tensor(record.phi(inside.numpy())))
    x = torch.linspace(-50.0, 50.0, 2001, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(extended_phi(record, x).sum(), x)
    assert torch.isfinite(slope).all()
    assert (slope > 0).all() or name == "jensen_shannon"
    assert (slope.diff() <= 1e-9).all()


def test_soft_bellman_error_golden() -> None:
    loss = soft_bellman(TWO, torch.tensor([[1.0, -1.0]]))
    assert loss.total.item() == pytest.approx(0.5 * (0.0 + 1.5**2))


def test_sqil_golden() -> None:
    assert sqil(TWO, 1.0, 1.0).total.item() == pytest.approx(0.0 + 0.25)
    assert sqil(TWO, 0.0, 2.0).total.item() == pytest.approx(1.0 + 0.5)
    alone = rows([[2.0, 0.0]], [0], [1.0], n_expert=1)
    assert sqil(alone, 3.0, 1.0).total.item() == pytest.approx(4.0)


def test_sqil_t_adds_the_cloning_gap() -> None:
    gap = math.log(math.exp(2.0) + 1.0) - 2.0
    assert sqil_t(TWO, 0.7, 1.0).total.item() == pytest.approx(0.7 * gap + 1.0 + 0.25)


def test_cloning_is_the_negative_log_likelihood() -> None:
    loss = behavioural_cloning(TWO, 1.0)
    assert loss.total.item() == pytest.approx(-math.log(math.exp(2.0) / (math.exp(2.0) + 1.0)))


def test_the_value_term_turns_iq_learn_into_penalised_cloning() -> None:
    """E[V - gamma V'] - E[Q - gamma V'] = -tau E[log pi]: what is left is the likelihood and the penalty."""
    batch = rows([[2.0, 0.0], [0.3, 0.1]], [0, 1], [1.0, -0.5], n_expert=2, tau=0.5)
    value = (batch.v - batch.future).mean(1)
    loss = iq_learn(batch, DIVERGENCES["chi2"], alpha=1e9, scale=1.0, penalty="expert", value_term=value)
    assert loss.total.item() == pytest.approx(0.5 * behavioural_cloning(batch, 0.5).total.item(), rel=1e-5)
