"""Functions of observations that least squares can fit: random Fourier features (Rahimi and Recht 2007)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve

from irl_app.rewards.protocol import RewardError
from trainers.arrays import BoolArray, FloatArray

N_FEATURES = 400
REACH = 4.0
"""Standard deviations at which an observation's numbers are cut off: nothing is known beyond."""
RIDGE = 1e-5
"""Of the fit's weights, relative to the mean weight of a step."""
_FIELDS = ("centre", "scale", "frequencies", "phases", "weights")


@dataclass(frozen=True, eq=False)
class FeatureFunction:
    """f(s) = sqrt(2 / m) sum_j theta_j cos(w_j . x + b_j) + theta_m, x = (s - centre) / scale in ±``REACH``.

    Attributes:
        centre, scale: (D,) float64, the scale positive. frequencies: (D, m) w. phases: (m,) b.
        weights: (m + 1,) theta.

    Raises:
        RewardError: the shapes disagree, or a number is out of range.
    """

    centre: FloatArray
    scale: FloatArray
    frequencies: FloatArray
    phases: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        for name in _FIELDS:
            array = np.array(getattr(self, name), dtype=np.float64)
            if not np.isfinite(array).all():
                raise RewardError(f"{name} must hold finite numbers")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        d, m = self.centre.size, self.phases.size
        shapes = [getattr(self, name).shape for name in _FIELDS]
        if shapes != [(d,), (d,), (d, m), (m,), (m + 1,)]:
            raise RewardError(f"the parts of a function of features do not fit together: {shapes}")
        if (self.scale <= 0.0).any():
            raise RewardError("the scale of observations must be positive")

    @property
    def n_inputs(self) -> int:
        """D, numbers in an observation."""
        return int(self.centre.size)

    def features(self, obs: ArrayLike) -> FloatArray:
        """(B, m + 1) features of observations (B, *O)."""
        array = np.asarray(obs, dtype=np.float64)
        x = np.clip((array.reshape(len(array), -1) - self.centre) / self.scale, -REACH, REACH)
        waves = np.cos(x @ self.frequencies + self.phases) * np.sqrt(2.0 / max(self.phases.size, 1))
        return np.concatenate((waves, np.ones((len(x), 1))), axis=1)

    def __call__(self, obs: ArrayLike) -> FloatArray:
        """(B,) values at observations (B, *O)."""
        return np.asarray(self.features(obs) @ self.weights)


def draw_features(obs: ArrayLike, n_features: int, seed: int) -> FeatureFunction:
    """The zero function with random features on the scale of observations (B, *O): w ~ N(0, 1), b uniform."""
    array = np.asarray(obs, dtype=np.float64)
    flat = array.reshape(len(array), -1)
    spread = flat.std(axis=0)
    rng = np.random.default_rng(seed)
    return FeatureFunction(
        flat.mean(axis=0),
        np.where(spread > 0.0, spread, 1.0),
        rng.standard_normal((flat.shape[1], n_features)),
        rng.uniform(0.0, 2.0 * np.pi, n_features),
        np.zeros(n_features + 1),
    )


def disentangle_steps(
    obs: ArrayLike,
    next_obs: ArrayLike,
    terminated: BoolArray,
    reward: FloatArray,
    *,
    gamma: float,
    weights: FloatArray | None = None,
    ridge: float = RIDGE,
    seed: int = 0,
) -> tuple[FeatureFunction, float]:
    """g of the fit r ~ g(s') + gamma h(s') - h(s) over steps, h = 0 where an episode ended.

    Minimises sum_i w_i (r_i - g(s'_i) - gamma (1 - ended_i) h(s'_i) + h(s_i))^2 + ridge (|g|^2 + |h|^2) over
    weights of random features: the same least squares as ``disentangle_table`` has on a table. g is found up
    to what the fit cannot see, a constant potential.

    Args:
        obs, next_obs: (B, *O). terminated: (B,). reward: (B,) what each step is worth, ends included.
        weights: (B,) >= 0 of each step, None for one each; only their ratios count.
        seed: of the features.

    Returns:
        g, and the share of the reward's weighted variance that the fit explains.

    Raises:
        RewardError: there is no step, ridge is not positive, or a weight is negative or all are zero.
    """
    w = np.ones(len(reward)) if weights is None else np.asarray(weights, dtype=np.float64)
    if not len(reward) or ridge <= 0.0 or (w < 0.0).any() or w.sum() <= 0.0:
        raise RewardError(
            "disentangling needs steps, a positive ridge and weights that are not negative and not all zero"
        )
    w = w / w.mean()
    basis = draw_features(next_obs, N_FEATURES, seed)
    here, there = basis.features(obs), basis.features(next_obs)
    design = np.concatenate((there, gamma * ~terminated[:, None] * there - here), axis=1)
    normal = design.T @ (design * w[:, None]) / len(w)
    normal[np.diag_indices_from(normal)] += ridge
    found = solve(normal, design.T @ (w * reward) / len(w), assume_a="pos")
    left, spread = reward - design @ found, reward - w @ reward / len(w)
    explained = 1.0 - float(w @ left**2) / max(float(w @ spread**2), np.finfo(float).tiny)
    return replace(basis, weights=found[: there.shape[1]]), explained
