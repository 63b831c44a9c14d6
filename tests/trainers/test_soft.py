"""Soft control's formulas: hand numbers, limits, and numpy and torch as one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from trainers.soft import entropy, implied_reward, log_policy, soft_policy, soft_value, value_after

LOG3 = math.log(3.0)
Q_VALUES = hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=3), elements=st.floats(-1e3, 1e3))
TEMPERATURES = st.sampled_from([0.0, 0.01, 0.3, 1.0, 20.0])


def both(*arrays: Any) -> list[tuple[Any, ...]]:
    """The same numbers for numpy and for torch."""
    kept = tuple(np.asarray(array) for array in arrays)
    return [kept, tuple(torch.from_numpy(np.array(array)) for array in kept)]


def test_hand_numbers() -> None:
    for q, end, flag in both([[0.0, LOG3], [2.0, 2.0]], [7.0, 7.0], [False, True]):
        v, policy = soft_value(q, 1.0), soft_policy(q, 1.0)
        np.testing.assert_allclose(v, [math.log(4.0), 2.0 + math.log(2.0)])
        np.testing.assert_allclose(soft_value(10.0 * q, 10.0), 10.0 * v)
        np.testing.assert_allclose(policy, [[0.25, 0.75], [0.5, 0.5]])
        np.testing.assert_allclose(log_policy(q, v[:, None], 1.0), np.log(np.asarray(policy)))
        quarter = -0.25 * math.log(0.25) - 0.75 * math.log(0.75)
        np.testing.assert_allclose(entropy(policy), [quarter, math.log(2.0)])
        np.testing.assert_allclose(value_after(v, flag, end), [math.log(4.0), 7.0])
        np.testing.assert_allclose(value_after(v, flag, 0.0), [math.log(4.0), 0.0])
        np.testing.assert_allclose(
            implied_reward(q[:, 0], v, 0.5), [-0.5 * math.log(4.0), 1 - 0.5 * math.log(2)]
        )


def test_at_temperature_zero_it_is_the_maximum_and_those_that_reach_it() -> None:
    for (q,) in both([[1.0, 3.0, 3.0], [0.0, -1.0, -2.0]]):
        np.testing.assert_array_equal(soft_value(q, 0.0), [3.0, 0.0])
        np.testing.assert_array_equal(soft_policy(q, 0.0), [[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
        np.testing.assert_allclose(entropy(soft_policy(q, 0.0)), [math.log(2.0), 0.0])
        np.testing.assert_allclose(soft_value(q, 1e-9), soft_value(q, 0.0), atol=1e-8)
        np.testing.assert_allclose(soft_policy(q, 1e-9), soft_policy(q, 0.0))


@pytest.mark.parametrize("shift", [1e6, -1e6, 1e30])
def test_huge_values_overflow_nothing(shift: float) -> None:
    for (q,) in both([shift, shift]):
        assert float(soft_value(q, 0.5)) == pytest.approx(shift + 0.5 * math.log(2.0), rel=1e-12)
        np.testing.assert_array_equal(soft_policy(q, 0.5), [0.5, 0.5])
    for (q,) in both([shift, 0.0]):
        assert float(soft_value(q, 0.5)) == max(shift, 0.0)
        np.testing.assert_array_equal(soft_policy(q, 0.5), [shift > 0.0, shift < 0.0])
        assert float(entropy(soft_policy(q, 0.5))) == 0.0


@given(Q_VALUES, TEMPERATURES)
def test_numpy_and_torch_agree_on_what_always_holds(q: np.ndarray, temperature: float) -> None:
    value, policy, disorder = ([], [], [])
    for (x,) in both(q):
        assert type(soft_value(x, temperature)) in (type(x), np.float64)
        value.append(np.asarray(soft_value(x, temperature)))
        policy.append(np.asarray(soft_policy(x, temperature)))
        disorder.append(np.asarray(entropy(soft_policy(x, temperature))))
    for found in (value, policy, disorder):
        np.testing.assert_allclose(found[0], found[1], rtol=1e-9, atol=1e-9)
    v, pi, h = value[0], policy[0], disorder[0]
    np.testing.assert_allclose(pi.sum(-1), 1.0)
    assert (v >= q.max(-1) - 1e-9).all()
    assert (v <= q.max(-1) + temperature * math.log(q.shape[-1]) + 1e-9).all()
    # V is what the policy earns and the worth of its disorder
    np.testing.assert_allclose(v, (pi * q).sum(-1) + temperature * h, rtol=1e-9, atol=1e-9)


@given(Q_VALUES, TEMPERATURES.filter(bool))
def test_the_gradient_of_the_value_is_the_policy(q: np.ndarray, temperature: float) -> None:
    x = torch.from_numpy(q).requires_grad_()
    (gradient,) = torch.autograd.grad(soft_value(x, temperature).sum(), x)
    np.testing.assert_allclose(gradient, soft_policy(q, temperature), atol=1e-9)


def test_single_precision_stays_single() -> None:
    for q, ended in both(np.array([[0.5, 2.0]], np.float32), [True]):
        v = soft_value(q, 0.3)
        for found in (v, soft_policy(q, 0.3), soft_policy(q, 0.0), entropy(q), value_after(v, ended, 0.0)):
            assert found.dtype == q.dtype
