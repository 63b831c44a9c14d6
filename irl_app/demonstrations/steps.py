"""Demonstrations as the arrays that a learner with networks is given."""

from __future__ import annotations

import numpy as np

from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import Demonstrations
from trainers.mdp import IntArray
from trainers.transitions import Transitions


def transitions_of(demonstrations: Demonstrations, every: int = 1, offset_seed: int = 0) -> Transitions:
    """The demonstrated transitions, or every n-th of them.

    Subsampling is that of the imitation literature (Ho and Ermon 2016, section 6): of each episode the steps
    o, o + n, o + 2n, ... are kept, o random in 0 to n-1 and within the episode. A kept step keeps its own
    true next observation. ``first`` marks steps that begin an episode, which subsampling mostly leaves out.

    Args:
        demonstrations: cells of a grid become (N,) float32, which a network will hardly want.
        every: n >= 1.
        offset_seed: of the offsets, one an episode; an episode's does not depend on those beside it.

    Raises:
        DemonstrationError: a number is out of range.
    """
    if every < 1:
        raise DemonstrationError(f"every how many-th step is kept must be at least 1, got {every}")
    if offset_seed < 0:
        raise DemonstrationError(f"the seed must be 0 or more, got {offset_seed}")
    offsets = [
        int(np.random.default_rng([offset_seed, i]).integers(min(every, length)))
        for i, length in enumerate(demonstrations.lengths.tolist())
    ]
    time = _within_episodes(demonstrations)
    kept = (time - np.array(offsets)[demonstrations.episode]) % every == 0
    kept &= time >= np.array(offsets)[demonstrations.episode]
    return Transitions(
        obs=demonstrations.obs[kept],
        action=demonstrations.action[kept],
        next_obs=demonstrations.next_obs[kept],
        terminated=demonstrations.terminated[kept],
        reward=demonstrations.reward[kept],
        first=(time == 0)[kept],
    )


def _within_episodes(demonstrations: Demonstrations) -> IntArray:
    """(N,) how many moves each move has before it in its episode."""
    begins = np.cumsum(demonstrations.lengths) - demonstrations.lengths
    return np.arange(demonstrations.n_steps) - begins[demonstrations.episode]
