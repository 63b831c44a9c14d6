"""The finite Markov decision process that every exact solver, expert and metric shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.settings import DISCOUNT
from trainers.tabular.sparse import FixedPattern


@dataclass(frozen=True, eq=False)
class TabularMDP:
    """A finite MDP without its reward: S states, A actions, row ``s * A + a`` for a state-action pair.

    States are numbered as the environment's observations are, so some numbers may be no state at all
    (a grid's walls): they are not ``valid``, no transition enters them and their rows are empty.
    No action is taken in a ``terminal`` state: an episode that enters it has ended.

    Attributes:
        transition: (S*A, S) sparse; row ``s*A + a`` is P(. | s, a). Rows of live states sum to one,
            rows of terminal and of invalid states are empty.
        p0: (S,) distribution of the first state; mass on live states only.
        gamma: discount in (0, 1).
        terminal: (S,) True where entering ends the episode.
        valid: (S,) True where the number is a state.

    Raises:
        ValueError: a shape does not fit, a probability is negative or does not sum to one, gamma is
            outside (0, 1), or mass lies where no state is.
    """

    transition: sp.csr_array
    p0: FloatArray
    gamma: float
    terminal: BoolArray
    valid: BoolArray

    def __post_init__(self) -> None:
        s = self.p0.shape[0]
        rows = self.transition.shape[0]
        if self.transition.shape[1] != s or rows == 0 or rows % s:
            raise ValueError(f"transition must be (S*A, S) with S = {s}, got {self.transition.shape}")
        if self.terminal.shape != (s,) or self.valid.shape != (s,):
            raise ValueError(
                f"terminal and valid must be ({s},), got {self.terminal.shape} and {self.valid.shape}"
            )
        if self.gamma not in DISCOUNT:
            raise ValueError(f"gamma must lie {DISCOUNT}, got {self.gamma:g}: choose for example 0.9")
        if not self.live.any():
            raise ValueError("the MDP has no state in which an action can be taken")
        if (self.transition.data < 0).any() or (self.p0 < 0).any():
            raise ValueError("a probability is negative")
        if not np.isclose(self.p0.sum(), 1.0) or self.p0[~self.live].any():
            raise ValueError("p0 must sum to one over live states")
        expected = np.repeat(self.live, self.n_actions).astype(float)
        if not np.allclose(np.asarray(self.transition.sum(axis=1)).ravel(), expected):
            raise ValueError("rows of live states must sum to one, all other rows must be empty")
        if np.asarray(self.transition.sum(axis=0)).ravel()[~self.valid].any():
            raise ValueError("a transition enters a number that is not a state")
        for array in (self.p0, self.terminal, self.valid):
            array.setflags(write=False)

    @property
    def n_states(self) -> int:
        """S, the number of state numbers (valid or not)."""
        return self.p0.shape[0]

    @property
    def n_actions(self) -> int:
        """A, the number of actions in every state."""
        return self.transition.shape[0] // self.p0.shape[0]

    @cached_property
    def live(self) -> BoolArray:
        """(S,) True where an action can be taken: valid and not terminal."""
        return self.valid & ~self.terminal

    @cached_property
    def live_states(self) -> IntArray:
        """(L,) the numbers of the live states, ascending."""
        return np.flatnonzero(self.live)

    @cached_property
    def live_pairs(self) -> IntArray:
        """(L*A,) row ``s * A + a`` of every action in every live state, ascending."""
        return (self.live_states[:, None] * self.n_actions + np.arange(self.n_actions)).ravel()

    @cached_property
    def continuation(self) -> sp.csr_array:
        """(L*A, L) transitions among live states; a row's missing mass is the probability of ending.

        With V(terminal) = 0 this is all that a Bellman equation needs.
        """
        return sp.csr_array(self.transition[self.live_pairs][:, self.live_states])

    @cached_property
    def entries(self) -> tuple[IntArray, IntArray]:
        """Row (pair) and column of every stored number of ``continuation``, in the order of its data."""
        matrix = self.continuation
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        return rows.astype(np.int64), matrix.indices.astype(np.int64)

    @cached_property
    def chain_pattern(self) -> FixedPattern:
        """Pattern of I - gamma P_pi over live states: L ones, then the entries of ``continuation``."""
        diagonal = np.arange(self.live_states.size)
        rows, cols = self.entries
        return FixedPattern(
            np.concatenate([diagonal, rows // self.n_actions]),
            np.concatenate([diagonal, cols]),
            diagonal.size,
        )

    def with_absorbing_terminals(self) -> TabularMDP:
        """The same process where a terminal state is an ordinary state that leads to itself for ever.

        This is the absorbing-state convention (Kostrikov et al. 2019, discriminator-actor-critic):
        the reward after the end is learned instead of fixed to zero, so its sign no longer decides
        whether long or short episodes pay.
        """
        if not self.terminal.any():
            return self
        a = self.n_actions
        ends = np.flatnonzero(self.terminal)
        pairs = (ends[:, None] * a + np.arange(a)).ravel()
        loops = sp.csr_array((np.ones(pairs.size), (pairs, np.repeat(ends, a))), shape=self.transition.shape)
        return replace(
            self,
            transition=sp.csr_array(self.transition + loops),
            terminal=np.zeros(self.n_states, dtype=bool),
        )
