"""The state-only part of a reward over arrays: found again where it is known."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.rewards import RewardError, disentangle_steps
from irl_app.rewards.random_features import draw_features


def line_steps(n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random moves of a point on a line: obs, next_obs (n, 1), and whether it left [-2, 2]."""
    rng = np.random.default_rng(seed)
    obs = rng.uniform(-2.0, 2.0, (n, 1))
    next_obs = obs + rng.choice([-0.5, 0.0, 0.5], (n, 1))
    return obs, next_obs, np.abs(next_obs[:, 0]) > 2.0


@pytest.mark.parametrize("ends", [False, True])
def test_a_state_reward_under_shaping_is_found_up_to_a_constant(ends: bool) -> None:
    """r = g(s') + gamma h(s') - h(s), h = 0 after the end: the fit gives g back, not r."""
    obs, next_obs, ended = line_steps(4000, 0)
    ended &= ends

    def g(s: np.ndarray) -> np.ndarray:
        return np.sin(2.0 * s[:, 0])

    def h(s: np.ndarray) -> np.ndarray:
        return 3.0 * np.cos(s[:, 0]) + s[:, 0]

    reward = g(next_obs) + 0.9 * ~ended * h(next_obs) - h(obs)
    found, explained = disentangle_steps(obs, next_obs, ended, reward, gamma=0.9, ridge=1e-7)
    where = np.linspace(-1.9, 1.9, 50)[:, None]
    assert explained > 0.999
    assert np.corrcoef(found(where), g(where))[0, 1] > 0.999
    assert abs(np.corrcoef(reward, g(next_obs))[0, 1]) < 0.9
    np.testing.assert_allclose(np.ptp(found(where) - g(where)), 0.0, atol=0.1)


def test_the_weights_are_how_often_a_step_counts() -> None:
    obs, next_obs, ended = line_steps(300, 1)
    reward = next_obs[:, 0] ** 2
    times = np.random.default_rng(2).integers(0, 3, 300)
    weighted, _ = disentangle_steps(obs, next_obs, ended, reward, gamma=0.9, weights=times.astype(float))
    rows = np.repeat(np.arange(300), times)
    centred = draw_features(next_obs, 256, 0)  # the same features: their scale is that of the steps given
    repeated, _ = disentangle_steps(obs[rows], next_obs[rows], ended[rows], reward[rows], gamma=0.9)
    where = np.linspace(-1.5, 1.5, 9)[:, None]
    assert centred.n_inputs == 1
    np.testing.assert_allclose(weighted(where), repeated(where), atol=0.15)


def test_beyond_what_was_seen_it_stays_where_it_was() -> None:
    obs, next_obs, ended = line_steps(300, 1)
    g, _ = disentangle_steps(obs, next_obs, ended, next_obs[:, 0], gamma=0.9)
    assert g([[1e6]]) == g([[1e9]])


def test_what_cannot_be_fitted_is_refused() -> None:
    obs, next_obs, ended = line_steps(5, 0)
    for changes in ({"ridge": 0.0}, {"weights": np.zeros(5)}, {"weights": -np.ones(5)}):
        with pytest.raises(RewardError, match="positive ridge"):
            disentangle_steps(obs, next_obs, ended, np.zeros(5), gamma=0.9, **changes)
