"""What is believed of a state reward before a demonstration is seen, as a concave penalty on the reward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.sparse as sp

from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP

PriorKind = Literal["gaussian", "sparse", "smooth"]

ROUNDING = 0.05
"""Below this difference, in units of reward, the sparse prior's absolute value is rounded to a parabola."""

JOINED = 0.2
"""Two states are neighbours when some action leads from one to the other at least this often."""


@dataclass(frozen=True)
class Prior:
    """A prior on the reward (S,) of entering each state.

    Where no state is terminal a constant changes nothing, so deviations from a free common level are
    penalised. With terminal states it decides how long episodes should be and the reward itself is penalised;
    only (1 - gamma) h on every state that goes on together with h on every end changes no behaviour
    (it is shaping by a constant), and the prior decides how much of that there is.

    Attributes:
        kind: "gaussian" (independent, strength d^2 / 2), "sparse" (independent, strength |d|: few states
            differ) or "smooth" (a Gaussian process: nearby states are alike, walls keep states apart).
        strength: inverse prior variance (gaussian, smooth) or inverse prior scale (sparse); positive.
        length_scale: of "smooth", in moves: the distance at which the prior correlation has fallen to about
            0.14.

    Raises:
        ValueError: the kind is unknown or a number is not positive.
    """

    kind: PriorKind = "gaussian"
    strength: float = 1.0
    length_scale: float = 4.0

    def __post_init__(self) -> None:
        if self.kind not in ("gaussian", "sparse", "smooth"):
            raise ValueError(f"unknown prior {self.kind!r}: choose gaussian, sparse or smooth")
        for name in ("strength", "length_scale"):
            if not 0.0 < getattr(self, name) < np.inf:
                raise ValueError(
                    f"the prior's {name} must be positive and finite, got {getattr(self, name):g}"
                )


@dataclass(frozen=True, eq=False)
class RewardPenalty:
    """A prior bound to the n valid states of an MDP: minus its logarithm, up to a constant.

    Attributes:
        prior: what it stands for.
        root: (n, n) sparse S with precision strength S^T S ("smooth"), else None.
        free_level: whether deviations are taken from a free common level.
    """

    prior: Prior
    root: sp.csr_array | None
    free_level: bool

    @property
    def level_weight(self) -> float:
        """Any positive number: a free level is a gauge, and this sets it to zero."""
        return self.prior.strength

    def value(self, d: FloatArray) -> float:
        """Penalty of deviations d (n,)."""
        if self.prior.kind == "sparse":
            return self.prior.strength * float((np.sqrt(d * d + ROUNDING**2) - ROUNDING).sum())
        x = d if self.root is None else self.root @ d
        return 0.5 * self.prior.strength * float(x @ x)

    def gradient(self, d: FloatArray) -> FloatArray:
        """(n,) derivative of the penalty."""
        if self.root is not None:
            return np.asarray(self.prior.strength * (self.root.T @ (self.root @ d)))
        return self.weights(d) * d

    def weights(self, d: FloatArray) -> FloatArray:
        """(n,) diagonal W of the curvature root^T W root; the sparse prior's is that of the parabola that
        touches and bounds it (iteratively reweighted squares), so W d is its derivative."""
        if self.prior.kind == "sparse":
            return self.prior.strength / np.sqrt(d * d + ROUNDING**2)
        return np.full_like(d, self.prior.strength)

    def curvature(self, d: FloatArray) -> FloatArray:
        """(n,) as ``weights``, but the exact second derivative of the sparse prior."""
        if self.prior.kind == "sparse":
            return self.prior.strength * ROUNDING**2 / (d * d + ROUNDING**2) ** 1.5
        return self.weights(d)


RECOMMENDED_PRIOR = Prior("gaussian", 0.3)
"""The prior of a first look, before any is chosen by held-out likelihood."""


def bind_prior(mdp: TabularMDP, prior: Prior) -> RewardPenalty:
    """The penalty that ``prior`` puts on the valid states of ``mdp``."""
    root = _matern_root(mdp, prior.length_scale) if prior.kind == "smooth" else None
    return RewardPenalty(prior, root, free_level=not mdp.terminal.any())


def neighbours(mdp: TabularMDP) -> sp.csr_array:
    """(S, S) symmetric, 1 where some action leads from one state to the other at least ``JOINED`` of the
    time."""
    moves = sp.coo_array(mdp.transition)
    often = moves.data >= JOINED
    rows, cols = moves.row[often] // mdp.n_actions, moves.col[often]
    apart = rows != cols
    shape = (mdp.n_states, mdp.n_states)
    directed = sp.csr_array((np.ones(int(apart.sum())), (rows[apart], cols[apart])), shape=shape)
    return sp.csr_array(((directed + directed.T) > 0).astype(float))


def _matern_root(mdp: TabularMDP, length_scale: float) -> sp.csr_array:
    """(n, n) S with S^T S the precision of a Matern field of unit variance on the graph of neighbours.

    (kappa^2 + Laplacian)^2 / (4 pi kappa^2) with kappa = sqrt(8) / length scale is the lattice form of the
    Matern field of smoothness 1 in the plane (Lindgren, Rue and Lindstrom 2011, eqs. 9-10).
    """
    valid = np.flatnonzero(mdp.valid)
    joined = neighbours(mdp)[valid][:, valid]
    degree = np.asarray(joined.sum(axis=1)).ravel()
    kappa2 = 8.0 / length_scale**2
    return sp.csr_array((sp.diags_array(degree + kappa2) - joined) / np.sqrt(4.0 * np.pi * kappa2))


def prior_paths() -> tuple[tuple[Prior, ...], ...]:
    """The priors that cross-validation compares, as paths from strong to weak along which a fit starts
    warm."""
    return (
        tuple(Prior("gaussian", strength) for strength in (3.0, 1.0, 0.3, 0.1, 0.03)),
        tuple(Prior("sparse", strength) for strength in (10.0, 3.0, 1.0, 0.3)),
        *(tuple(Prior("smooth", strength, length) for strength in (3.0, 0.3, 0.03)) for length in (3.0, 8.0)),
    )
