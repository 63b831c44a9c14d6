"""Dynamics fitted to demonstrated steps."""

from __future__ import annotations

import numpy as np
from small_steps import transitions

from trainers.deep.dynamics import LinearDynamics


def test_a_linear_system_is_found_exactly() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 3)), rng.normal(size=(2, 3))
    obs, action = rng.normal(size=(20, 3)), rng.integers(2, size=20)
    after = obs @ a + b[action]
    dynamics = LinearDynamics.fit(transitions(obs, action, after), 2)
    elsewhere, tried = 5.0 * rng.normal(size=(4, 6, 3)), rng.integers(2, size=(4, 6))
    np.testing.assert_allclose(dynamics.step(elsewhere, tried), elsewhere @ a + b[tried], atol=1e-4)


def test_an_action_that_was_never_shown_is_taken_to_do_nothing_of_its_own() -> None:
    obs = np.random.default_rng(0).normal(size=(30, 2))
    dynamics = LinearDynamics.fit(transitions(obs, np.zeros(30, int), obs + 0.5), 3)
    np.testing.assert_allclose(dynamics.step(obs, np.zeros(30, int)), obs + 0.5, atol=1e-5)
    np.testing.assert_allclose(dynamics.step(obs, np.full(30, 2)), obs, atol=1e-5)
