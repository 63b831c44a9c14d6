"""Sufficient statistics by hand."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import grid_mdp, random_mdp

from trainers.control import occupancy, soft_optimal
from trainers.tabular import ExpertCounts, count_expert, estimate_dynamics, exact_counts

# A 1 x 3 corridor that ends on the right; gamma 0.5. Action 1 is right, 3 left.
CORRIDOR = grid_mdp(1, 3, end=(0, 2), gamma=0.5)
WALK = {
    "obs": np.array([0, 1, 1, 0, 0]),
    "action": np.array([1, 1, 3, 3, 3]),
    "next_obs": np.array([1, 2, 0, 0, 0]),
    "terminated": np.array([False, True, False, False, False]),
    "episode": np.array([0, 0, 1, 1, 1]),
}


def counted(**changes: object) -> ExpertCounts:
    return count_expert(CORRIDOR, **{**WALK, **changes})  # type: ignore[arg-type]


def test_hand_made_numbers() -> None:
    counts = counted()
    assert (counts.n_episodes, counts.n_steps) == (2, 5)
    visits = counts.visits.toarray().reshape(2, 3, 5)
    assert visits[0, 0, 1] == visits[0, 1, 1] == visits[1, 1, 3] == 1
    assert visits[1, 0, 3] == 2
    assert visits.sum() == 5
    discounted = np.zeros((3, 5))  # (1 - gamma) / 2 episodes = 1/4 of gamma^t
    discounted[0, 1], discounted[1, 1], discounted[1, 3], discounted[0, 3] = (
        1 / 4,
        1 / 8,
        1 / 4,
        1 / 8 + 1 / 16,
    )
    np.testing.assert_allclose(counts.discounted, discounted)
    np.testing.assert_allclose(counts.undiscounted, visits.sum(axis=0) / 5)
    np.testing.assert_allclose(counts.p0, [0.5, 0.5, 0])
    assert counts.transitions.toarray()[0 * 5 + 3, 0] == 2


def test_the_absorbing_convention_adds_the_mass_after_the_end() -> None:
    plain, extended = counted(), counted(absorbing=True)
    tail = extended.discounted - plain.discounted
    # Episode 0 ended after two steps: gamma^2 of half the mass, over five actions of the last cell.
    np.testing.assert_allclose(tail[2], 0.25 / 2 / 5)
    assert tail.sum() == pytest.approx(0.125)
    # Two further steps, 1 / (1 - gamma), beside the five observed ones.
    assert extended.undiscounted[2].sum() == pytest.approx(2 / 7)
    assert (extended.visits != plain.visits).nnz == 0


def test_absorbing_mass_sums_to_one_when_every_episode_ends() -> None:
    ended = {name: array[:2] for name, array in WALK.items()}
    assert count_expert(CORRIDOR, **ended, absorbing=True).discounted.sum() == pytest.approx(1.0)


def test_exact_counts_are_the_occupancy() -> None:
    mdp = random_mdp(1, terminals=1)
    policy = soft_optimal(mdp, np.random.default_rng(0).normal(size=(9, 3)), 1.0).policy
    counts = exact_counts(mdp, policy)
    exact = occupancy(mdp, policy)
    np.testing.assert_allclose(counts.discounted, exact)
    np.testing.assert_allclose(counts.undiscounted, exact / exact.sum())
    assert counts.visits.sum() == pytest.approx(counts.n_steps)
    np.testing.assert_allclose(
        estimate_dynamics(mdp, counts).transition.toarray()[np.repeat(mdp.live, 3)],
        mdp.transition.toarray()[np.repeat(mdp.live, 3)],
        atol=1e-12,
    )


def test_estimated_dynamics_are_frequencies_where_tried_and_loops_elsewhere() -> None:
    estimate = estimate_dynamics(CORRIDOR, counted()).transition.toarray().reshape(3, 5, 3)
    np.testing.assert_allclose(estimate[0, 1], [0, 1, 0])
    np.testing.assert_allclose(estimate[1, 1], [0, 0, 1])
    np.testing.assert_allclose(estimate[1, 0], [0, 1, 0])  # never tried
    assert not estimate[2].any()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"obs": np.array([0, 1, 1, 0, 9])}, r"obs must lie in 0..2, got 0..9"),
        ({"action": np.array([1, 1, 3, 3, 5])}, r"action must lie in 0..4"),
        ({"obs": np.array([0, 2, 1, 0, 0])}, "after the end"),
        ({"episode": np.array([0, 0, 2, 2, 2])}, "without gaps"),
        ({"episode": np.array([0, 1, 0, 1, 1])}, "ascending"),
        ({"action": np.array([1])}, "equally long"),
    ],
)
def test_bad_input_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        counted(**changes)


def test_no_demonstrations() -> None:
    empty = {name: array[:0] for name, array in WALK.items()}
    with pytest.raises(ValueError, match="no demonstrations to learn from"):
        count_expert(CORRIDOR, **empty)
