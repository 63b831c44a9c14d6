"""What demonstrations cannot tell of a reward of cells: the exact set of its changes that leave every soft
policy alone, and figures that no such change moves.

Soft policies of r and r + d agree if and only if d = k - gamma k', where k has the same expectation k' under
every action of a live state, and k' = 0 at ends. On a connected grid k is a constant: then d is the same for
every live cell, 1 / (1 - gamma) times that for every end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg as spla
from scipy.sparse.csgraph import connected_components

from irl_app.analysis.estimates import UndefinedMetricError
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP

if TYPE_CHECKING:
    from irl_app.recovery import Recovery

_ROUNDING = 1e-8
"""What is left of a reward, relative to what went into it, below which nothing is left."""


def free_directions(mdp: TabularMDP) -> sp.csc_array:
    """(S, D) basis of the changes of a state reward that no behaviour notices; 0 where no state is.

    Actions of a grid differ in the one cell that they aim at, so k is constant on the classes of cells that
    are joined by being aimed at from one live cell.

    Raises:
        ValueError: two actions of a state differ in more than two states, as in no grid.
    """
    s, a = mdp.n_states, mdp.n_actions
    pairs = mdp.live_pairs.reshape(-1, a)
    differ = sp.csr_array(
        mdp.transition[pairs[:, 1:].ravel()] - mdp.transition[np.repeat(pairs[:, 0], a - 1)]
    )
    differ.data[np.abs(differ.data) < 1e-12] = 0.0
    differ.eliminate_zeros()
    apart = np.diff(differ.indptr)
    if not np.isin(apart, (0, 2)).all():
        raise ValueError("two actions of a state differ in more than the cell that they aim at")
    ends = differ.indices.reshape(-1, 2)
    joined = sp.csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(s, s))
    _, labels = connected_components(joined, directed=False)
    states = np.flatnonzero(mdp.valid)
    _, place = np.unique(labels[states], return_inverse=True)
    k = sp.csr_array((np.ones(states.size), (states, place)), shape=(s, int(place.max()) + 1))
    expected = mdp.transition[pairs[:, 0]] @ k
    spread = sp.csr_array(
        (np.ones(len(pairs)), (mdp.live_states, np.arange(len(pairs)))), shape=(s, len(pairs))
    )
    return sp.csc_array(k - mdp.gamma * (spread @ expected))


def without_free(mdp: TabularMDP, state: FloatArray, size: float = 0.0) -> FloatArray:
    """(S,) a state reward less its projection on the free directions; 0 where no state is, and everywhere if
    rounding is all that is left, of the reward or of what went into it, ``size``."""
    basis, r = free_directions(mdp), np.where(mdp.valid, state, 0.0)
    if basis.shape[1] == mdp.valid.sum():  # nobody's actions matter
        return np.zeros_like(r)
    share = spla.spsolve(sp.csc_array(basis.T @ basis), basis.T @ r)
    rest = np.asarray(r - basis @ np.atleast_1d(share))
    least = _ROUNDING * max(float(np.linalg.norm(r)), size)
    return rest if np.linalg.norm(rest) > least else np.zeros_like(r)


def carried(recovery: Recovery) -> FloatArray:
    """(S,) the recovered reward of cells as it is planned with and carried to other worlds: without the free
    directions, so that nothing that demonstrations cannot tell decides there; NaN where no state is."""
    return np.where(recovery.mdp.valid, without_free(recovery.mdp, recovery.arrivals, recovery.size), np.nan)


def map_cosine(mdp: TabularMDP, recovered: FloatArray, true: FloatArray, size: float = 0.0) -> float:
    """Cosine of two state rewards (S,), the free directions taken out of both, in [-1, 1]; where no episode
    ends and the cells are connected, that is Pearson's correlation.

    Raises:
        UndefinedMetricError: nothing is left of one of them.
    """
    x, y = without_free(mdp, recovered, size), without_free(mdp, true)
    for which, rest in (("recovered", x), ("true", y)):
        if not rest.any():
            raise UndefinedMetricError(
                f"All of the {which} reward of cells is what no behaviour can tell: nothing can be compared."
            )
    return float(np.clip(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), -1.0, 1.0))


def per_step(mdp: TabularMDP, state: FloatArray, size: float = 0.0) -> FloatArray:
    """(S,) a state reward as it is drawn: without the free directions, an end's counted per step, times
    1 - gamma, the mean of live cells zero; NaN where no state is. ``size`` as in ``without_free``.

    On a connected grid all free changes are constants per step, so nothing but the level is taken out.
    """
    level = spread_per_step(mdp, without_free(mdp, state, size))
    return np.where(mdp.valid, level - level[mdp.live].mean(), np.nan)


def spread_per_step(mdp: TabularMDP, values: FloatArray) -> FloatArray:
    """(S,) values of entering a cell, an end's times 1 - gamma: what it is worth a step, for ever."""
    return np.where(mdp.terminal, (1.0 - mdp.gamma) * values, values)
