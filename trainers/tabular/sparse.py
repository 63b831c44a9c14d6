"""Square linear systems whose pattern is fixed and whose numbers change: indices are worked out once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.linalg as la
import scipy.sparse as sp
import scipy.sparse.linalg as spla

from trainers.arrays import FloatArray, IntArray

DENSE_LIMIT = 160
"""Up to this many unknowns LAPACK on a dense matrix beats a sparse factorisation (measured on grids)."""


class Factorization:
    """A factorised matrix M: ``solve(b)`` gives M^-1 b, ``solve_transposed(b)`` gives M^-T b."""

    def __init__(self, solve: Callable[[FloatArray, int], FloatArray]) -> None:
        self._solve = solve

    def solve(self, b: FloatArray) -> FloatArray:
        """(N,) or (N, K) solution x of M x = b."""
        return self._solve(b, 0)

    def solve_transposed(self, b: FloatArray) -> FloatArray:
        """(N,) or (N, K) solution x of M^T x = b."""
        return self._solve(b, 1)


class FixedPattern:
    """The pattern of an (N, N) matrix given by COO entries, some of which may name the same place.

    Suited to matrices that need no pivoting: diagonally dominant, positive definite or quasi-definite.

    Args:
        rows: (E,) row of every entry.
        cols: (E,) column of every entry.
        size: N.
    """

    def __init__(self, rows: IntArray, cols: IntArray, size: int) -> None:
        self.size = size
        self.dense = size <= DENSE_LIMIT
        place = cols.astype(np.int64) * size + rows  # column-major, for LAPACK and CSC alike
        if self.dense:
            self._slot = place
        else:
            unique, self._slot = np.unique(place, return_inverse=True)
            self._indices = (unique % size).astype(np.int32)
            self._indptr = np.searchsorted(unique, np.arange(size + 1) * size).astype(np.int32)

    def matrix(self, values: FloatArray) -> FloatArray | sp.csc_matrix:
        """(N, N) matrix with the (E,) values summed into their places: dense when small, else CSC."""
        if self.dense:
            flat = np.bincount(self._slot, values, self.size * self.size).astype(float, copy=False)
            return flat.reshape(self.size, self.size).T
        data = np.bincount(self._slot, values, self._indices.size)
        return sp.csc_matrix((data, self._indices, self._indptr), shape=(self.size, self.size))

    def factor(self, values: FloatArray) -> Factorization:
        """Factorise the matrix with the (E,) values in their places.

        Raises:
            numpy.linalg.LinAlgError: the matrix is singular to working precision.
        """
        matrix = self.matrix(values)
        if isinstance(matrix, np.ndarray):
            return dense_factor(matrix)
        return sparse_factor(matrix)


def dense_factor(matrix: FloatArray) -> Factorization:
    """LU with pivoting of a dense (N, N) matrix.

    Raises:
        numpy.linalg.LinAlgError: the matrix is singular to working precision.
    """
    lu, pivots, info = la.lapack.dgetrf(matrix, overwrite_a=True)
    if info > 0:
        raise np.linalg.LinAlgError("the matrix is singular to working precision")

    def solve(b: FloatArray, transposed: int) -> FloatArray:
        return np.asarray(la.lapack.dgetrs(lu, pivots, b, trans=transposed)[0]).reshape(b.shape)

    return Factorization(solve)


def sparse_factor(matrix: sp.csc_matrix | sp.csc_array) -> Factorization:
    """Sparse LU without pivoting, ordered by minimum degree on A + A^T (least fill on grids).

    Raises:
        numpy.linalg.LinAlgError: the matrix is singular to working precision.
    """
    try:
        lu = spla.splu(
            matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
    except RuntimeError as error:
        raise np.linalg.LinAlgError("the matrix is singular to working precision") from error

    def solve(b: FloatArray, transposed: int) -> FloatArray:
        return np.asarray(lu.solve(b, "T" if transposed else "N"))  # type: ignore[call-overload]  # stubs lack it

    return Factorization(solve)
