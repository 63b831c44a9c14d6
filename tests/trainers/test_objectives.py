"""Critic objectives: numbers worked out by hand, and what must hold for any batch."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from trainers.deep.config import TrainerConfig
from trainers.deep.objectives import (
    LIPSCHITZ_WEIGHT,
    Rows,
    behavioural_cloning,
    critic_loss,
    extended_phi,
    iq_learn,
    soft_bellman,
    sqil,
    sqil_t,
)
from trainers.divergences import DIVERGENCES
from trainers.soft import soft_value


def rows(
    q: list[list[float]],
    actions: list[int],
    next_v: list[float],
    n_expert: int,
    *,
    tau: float = 1.0,
    terminated: list[bool] | None = None,
    terminal_value: float = 0.0,
    **more: Any,
) -> Rows:
    """A batch of one seed."""
    values = torch.tensor([q])
    return Rows(
        q=values.gather(-1, torch.tensor([actions])[..., None])[..., 0],
        v=soft_value(values, tau),
        next_v=torch.tensor([next_v]),
        terminated=torch.tensor([terminated or [False] * len(q)]),
        terminal_value=torch.tensor([[terminal_value]]),
        reward=torch.zeros(1, len(q)),
        n_expert=n_expert,
        other_q=values,
        **more,
    )


TWO = rows([[2.0, 0.0], [1.0, 3.0]], [0, 0], [2.0, 1.0], n_expert=1, initial_v=torch.tensor([[0.8, 0.4]]))
"""At gamma = 1/2 the expert's row has r = 2 - 1 = 1, the learner's r = 1 - .5 = .5; E_p0[V] = .6."""
ENDS = replace(TWO, terminated=torch.tensor([[True, True]]), terminal_value=torch.tensor([[3.0]]))
"""The same, with an end worth 3 after both: r = 2 - 1.5 = .5 and r = 1 - 1.5 = -.5; staying, r = 1.5."""
CONFIG = TrainerConfig(online=True, gamma=0.5, temperature=1.0, value_term="initial")


@pytest.mark.parametrize(
    ("penalty", "square"),
    [
        ("expert", 1.0),
        ("mixture", 0.5 * (1.0 + 0.25)),
        ("all-actions", 0.5 * (1.0 + 0.5 * (1.0 + 1.0))),  # Q - gamma V' of the expert's row: 1 and -1
    ],
)
def test_chi_squared_penalty_golden(penalty: Any, square: float) -> None:
    loss = iq_learn(replace(CONFIG, penalty=penalty), TWO)
    assert loss.total.item() == pytest.approx(0.3 - 1.0 + square / 2.0)
    assert loss.terms["expert_reward"].item() == pytest.approx(1.0)
    assert loss.terms["learner_reward"].item() == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("value_term", "value"),
    [
        ("initial", 0.3),
        ("expert", math.log(math.exp(2.0) + 1.0) - 1.0),
        ("mixture", 0.5 * (math.log(math.exp(2.0) + 1.0) - 1.0 + math.log(math.e + math.exp(3.0)) - 0.5)),
    ],
)
def test_value_term_golden(value_term: Any, value: float) -> None:
    loss = iq_learn(replace(CONFIG, value_term=value_term), TWO)
    assert loss.terms["value"].item() == pytest.approx(value)
    assert loss.total.item() == pytest.approx(value - 1.0 + 0.5)


@pytest.mark.parametrize("name", ["reverse_kl", "forward_kl", "hellinger", "jensen_shannon"])
def test_other_divergences_use_phi_of_the_scaled_reward(name: str) -> None:
    loss = iq_learn(replace(CONFIG, divergence=name, scale=2.0), TWO)
    assert loss.total.item() == pytest.approx(0.3 - 2.0 * float(DIVERGENCES[name].phi(np.array(0.5))))


def test_total_variation_holds_the_reward_within_its_range() -> None:
    config = replace(CONFIG, divergence="total_variation")
    assert iq_learn(config, TWO).total.item() == pytest.approx(0.3 - 1.0)
    beyond = iq_learn(replace(config, scale=0.4), TWO)
    assert beyond.total.item() == pytest.approx(0.3 - 1.0 + 0.6**2)


def test_wasserstein_holds_the_slope_of_q_within_the_scale() -> None:
    config = replace(CONFIG, divergence="wasserstein", scale=2.0)
    found = iq_learn(config, replace(TWO, slope=torch.tensor([[1.0, 5.0]])))
    assert found.total.item() == pytest.approx(0.3 - 1.0 + LIPSCHITZ_WEIGHT * 0.5 * 3.0**2)


@pytest.mark.parametrize(
    ("changes", "total"),
    [
        ({}, 0.3 - 0.5 + 0.125 + (-1.5 + 1.125)),
        ({"value_term": "expert"}, math.log(math.exp(2.0) + 1.0) - 1.5 - 0.5 + 0.125 + 1.125),
        ({"penalty": "mixture"}, 0.3 - 0.5 + 0.125 + (-1.5 + 1.125)),  # as many of the learner's rows end
        ({"divergence": "total_variation"}, 0.3 - 0.5 + (-1.5 + 0.5**2)),
        ({"terminal": "zero"}, 0.3 - 2.0 + 2.0),
    ],
)
def test_what_ended_stays_in_an_absorbing_state_golden(changes: dict[str, Any], total: float) -> None:
    """gamma / (1 - gamma) = 1 step more of r = 1.5, less its square over 2, in the expert's name."""
    loss = iq_learn(replace(CONFIG, **{"terminal": "absorbing", **changes}), ENDS)
    assert loss.total.item() == pytest.approx(total)


def test_the_penalty_sees_the_learners_ends_too() -> None:
    only_own = replace(ENDS, terminated=torch.tensor([[False, True]]))
    loss = iq_learn(replace(CONFIG, terminal="absorbing", penalty="mixture"), only_own)
    entering, staying = 0.5 * (1.0 + 0.25) / 2.0, 0.5 * 1.5**2 / 2.0
    assert loss.total.item() == pytest.approx(0.3 - 1.0 + entering + staying)


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
    paid = replace(TWO, reward=torch.tensor([[1.0, -1.0]]))
    assert soft_bellman(CONFIG, paid).total.item() == pytest.approx(0.5 * (0.0 + 1.5**2))
    ended = replace(paid, terminated=torch.tensor([[True, False]]), terminal_value=torch.tensor([[3.0]]))
    assert soft_bellman(CONFIG, ended).total.item() == pytest.approx(0.5 * (1.0 + 1.5**2))


def test_sqil_golden() -> None:
    def total(batch: Rows, demo_reward: float, sample_weight: float) -> float:
        config = replace(CONFIG, demo_reward=demo_reward, sample_weight=sample_weight)
        return sqil(config, batch).total.item()

    assert total(TWO, 1.0, 1.0) == pytest.approx(0.0 + 0.25)
    assert total(TWO, 0.0, 2.0) == pytest.approx(1.0 + 0.5)
    alone = rows([[2.0, 0.0]], [0], [2.0], n_expert=1)
    assert total(alone, 3.0, 1.0) == pytest.approx(4.0)


@pytest.mark.parametrize(("terminal", "expert"), [("absorbing", 2.0 - 0.5 * 6.0 - 3.0), ("zero", 2.0 - 3.0)])
def test_sqil_pays_a_demonstrated_end_for_ever_and_no_other(terminal: Any, expert: float) -> None:
    loss = sqil(replace(CONFIG, method="sqil", demo_reward=3.0, terminal=terminal), ENDS)
    assert loss.total.item() == pytest.approx(expert**2 + 1.0)


def test_sqil_t_adds_the_cloning_gap() -> None:
    gap = math.log(math.exp(2.0) + 1.0) - 2.0
    loss = sqil_t(replace(CONFIG, clone_weight=0.7), TWO)
    assert loss.total.item() == pytest.approx(0.7 * gap + 1.0 + 0.25)
    absorbing = sqil_t(replace(CONFIG, clone_weight=0.7, terminal="absorbing"), ENDS)
    assert absorbing.total.item() == pytest.approx(0.7 * gap + 0.25 + 0.25)


def test_cloning_is_the_negative_log_likelihood() -> None:
    loss = behavioural_cloning(CONFIG, TWO)
    assert loss.total.item() == pytest.approx(-math.log(math.exp(2.0) / (math.exp(2.0) + 1.0)))


def test_the_value_term_turns_iq_learn_into_penalised_cloning() -> None:
    """E[V - gamma V'] - E[Q - gamma V'] = -tau E[log pi]: what is left is the likelihood and the penalty."""
    config = replace(CONFIG, temperature=0.5, alpha=1e9, value_term="expert")
    batch = rows([[2.0, 0.0], [0.3, 0.1]], [0, 1], [2.0, -1.0], n_expert=2, tau=0.5)
    cloning = behavioural_cloning(config, batch).total.item()
    assert iq_learn(config, batch).total.item() == pytest.approx(0.5 * cloning, rel=1e-5)


@pytest.mark.parametrize(
    ("method", "own"),
    [
        ("iq", iq_learn),
        ("sqil", sqil),
        ("sqil-t", sqil_t),
        ("bc", behavioural_cloning),
        ("soft-q", soft_bellman),
        ("dqn", soft_bellman),
        ("dac", soft_bellman),
        ("airl", soft_bellman),
    ],
)
def test_every_method_has_its_loss(method: Any, own: Any) -> None:
    config = replace(CONFIG, method=method)
    assert torch.equal(critic_loss(config, TWO).total, own(config, TWO).total)


def test_seeds_do_not_mix() -> None:
    """The gradient of one seed's loss leaves the other's numbers alone."""
    two = {
        name: torch.cat([value, value + 1.0 if value.is_floating_point() else value]).requires_grad_(
            value.is_floating_point()
        )
        for name, value in vars(ENDS).items()
        if isinstance(value, torch.Tensor)
    }
    for method in ("iq", "sqil", "sqil-t", "bc", "soft-q"):
        config = replace(CONFIG, method=method, terminal="absorbing", penalty="mixture", value_term="mixture")  # type: ignore[arg-type]
        loss = critic_loss(config, Rows(**two, n_expert=1)).total  # type: ignore[arg-type]
        assert loss[0].item() == pytest.approx(critic_loss(config, ENDS).total.item())
        reached = torch.autograd.grad(loss[0], [two["q"], two["v"], two["next_v"]], allow_unused=True)
        assert all(gradient is None or not gradient[1].any() for gradient in reached)
