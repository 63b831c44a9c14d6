"""Functions of a place, held by their values on a lattice and interpolated between its nodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

from trainers.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Lattice:
    """A rectangle of nodes, of which those in the open carry values; no walls thinner than a cell.

    Attributes:
        low: (2,) the first node. spacing: between nodes, > 0. shape: nodes along x and along y.
        free: (nx * ny,) whether a node is in the open, y running fastest.
    """

    low: FloatArray
    spacing: float
    shape: tuple[int, int]
    free: BoolArray

    @staticmethod
    def over(
        low: FloatArray, high: FloatArray, spacing: float, is_free: Callable[[FloatArray], BoolArray]
    ) -> Lattice:
        """The nodes from ``low`` (2,) to ``high`` (2,), at most ``spacing`` apart along the longer side.

        Raises:
            ValueError: no node is free.
        """
        cells = np.maximum(np.ceil((high - low) / spacing - 1e-9), 1).astype(int)
        apart = float(((high - low) / cells).max())
        shape = int(cells[0]) + 1, int(cells[1]) + 1
        x, y = (low[axis] + apart * np.arange(shape[axis]) for axis in (0, 1))
        places = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
        free = is_free(places)
        if not free.any():
            raise ValueError("no node of the lattice lies in the open: use a smaller spacing")
        return Lattice(np.asarray(low, dtype=np.float64), apart, shape, free)

    @cached_property
    def nodes(self) -> FloatArray:
        """(S, 2) the nodes in the open."""
        x, y = np.divmod(np.flatnonzero(self.free), self.shape[1])
        return self.low + self.spacing * np.stack([x, y], axis=1)

    @property
    def size(self) -> int:
        """S, how many nodes are in the open."""
        return len(self.nodes)

    @cached_property
    def _numbers(self) -> IntArray:
        """(nx * ny,) number of each node in the open, -1 of the others."""
        return np.where(self.free, np.cumsum(self.free) - 1, -1)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self.nodes)

    def weights(self, places: FloatArray) -> sp.csr_array:
        """(n, S) bilinear weights of the nodes around places (n, 2), those in walls left out; of sum one.

        A place outside is moved to the edge; one that has only walls around it has its nearest node.
        """
        size = np.array(self.shape)
        at = np.clip((places - self.low) / self.spacing, 0.0, size - 1.0)
        first = np.minimum(at.astype(int), size - 2)
        part = at - first
        corners, shares = [], []
        for right in (0, 1):
            for up in (0, 1):
                corners.append((first[:, 0] + right) * self.shape[1] + first[:, 1] + up)
                along_x = part[:, 0] if right else 1.0 - part[:, 0]
                shares.append(along_x * (part[:, 1] if up else 1.0 - part[:, 1]))
        numbers = self._numbers[np.stack(corners, axis=1)]
        share = np.where(numbers < 0, 0.0, np.stack(shares, axis=1))
        total = share.sum(axis=1)
        lost = total < 1e-6
        if lost.any():
            numbers[lost] = self.nearest(places[lost])[:, None]
            share[lost], total[lost] = 0.25, 1.0
        share /= total[:, None]
        rows = np.repeat(np.arange(len(places)), 4)
        entries = share.ravel(), (rows, np.maximum(numbers, 0).ravel())
        return sp.csr_array(sp.coo_array(entries, shape=(len(places), self.size)))

    def nearest(self, places: FloatArray) -> IntArray:
        """(n,) number of the nearest node in the open."""
        return np.asarray(self._tree.query(places)[1], dtype=np.int64)

    def at(self, values: FloatArray, places: FloatArray) -> FloatArray:
        """(n, ...) values (S, ...) of the nodes, interpolated at places (n, 2)."""
        return np.asarray(self.weights(places) @ values)

    def moved_to(self, other: Lattice, values: FloatArray) -> FloatArray:
        """(S', ...) the same function on another lattice: nearest node where this one has a wall."""
        return np.asarray(values[self.nearest(other.nodes)])
