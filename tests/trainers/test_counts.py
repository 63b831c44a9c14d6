"""Sufficient statistics by hand."""

from __future__ import annotations

import numpy as np
import pytest
from small_worlds import grid_mdp, random_mdp

from trainers.arrays import FloatArray
from trainers.tabular import ExpertCounts, count_expert, estimate_dynamics, exact_counts
from trainers.tabular.planning import occupancy, soft_optimal

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


def beyond() -> FloatArray:
    """What follows the second episode, cut off in cell 0 with gamma^3 of half the mass, step by step."""
    chosen = np.zeros((3, 5))
    chosen[0, [1, 3]], chosen[1, [1, 3]] = (1 / 3, 2 / 3), (1 / 2, 1 / 2)
    moves = CORRIDOR.transition.toarray().reshape(3, 5, 3)
    there, found = np.array([CORRIDOR.gamma**3 / 2, 0.0, 0.0]), np.zeros((3, 5))
    for _ in range(100):
        found += (1.0 - CORRIDOR.gamma) * there[:, None] * chosen
        there = CORRIDOR.gamma * np.einsum("s,sa,sat->t", there, chosen, moves)
        there[2] = 0.0
    return found


@pytest.mark.parametrize("limit", [1, 3, 40])
def test_what_a_limit_cuts_off_is_counted_as_it_would_have_gone_on(limit: int) -> None:
    """A policy that wavers nowhere in a world that never ends: the counts are its occupancy."""
    mdp = grid_mdp(1, 3, gamma=0.99)
    right = np.eye(5)[np.full(3, 1)]
    steps = np.arange(limit)
    obs, following = np.minimum(steps, 2), np.minimum(steps + 1, 2)
    same = np.zeros(limit, dtype=int)
    counts = count_expert(
        mdp, obs=obs, action=same + 1, next_obs=following, terminated=same > 0, episode=same
    )
    assert counts.tail == pytest.approx(0.99**limit)
    if limit >= 3:  # it was seen in every cell
        np.testing.assert_allclose(counts.discounted, occupancy(mdp, right, np.eye(3)[0]), atol=1e-12)
    assert counts.discounted.sum() == pytest.approx(1.0)
    entered = counts.undiscounted.ravel() @ mdp.transition
    assert (counts.undiscounted.sum(axis=1) - 0.99 * entered > -1e-12).all()  # nobody leaves for nowhere


def test_an_occupancy_below_rounding_is_nothing() -> None:
    mdp = grid_mdp(1, 3, gamma=0.9)
    policy = np.full((3, 5), 1e-40)
    policy[:, 4] = 1.0
    found = occupancy(mdp, policy / policy.sum(axis=1, keepdims=True), np.eye(3)[0])
    assert (found > 0.0).sum() == 1


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
    np.testing.assert_allclose(counts.discounted, discounted + beyond())
    steps = visits.sum(axis=0) + 32.0 * beyond()  # 16 times all that is left, worth 1 / (1 - gamma) steps
    np.testing.assert_allclose(counts.undiscounted, steps / steps.sum())
    np.testing.assert_allclose(counts.p0, [0.5, 0.5, 0])
    assert counts.transitions.toarray()[0 * 5 + 3, 0] == 2


def test_the_absorbing_convention_adds_the_mass_after_the_end() -> None:
    plain, extended = counted(), counted(absorbing=True)
    tail = extended.discounted - plain.discounted
    # Episode 0 ended after two steps: gamma^2 of half the mass, over five actions of the last cell; and what
    # goes on after episode 1 was cut off ends there sooner or later.
    beyond_the_end = 1.0 / 16.0 - beyond().sum()
    np.testing.assert_allclose(tail[2], (0.125 + beyond_the_end) / 5)
    assert extended.discounted.sum() == pytest.approx(1.0)
    # 1 / (1 - gamma) = two further steps an episode, beside the five observed ones.
    assert extended.undiscounted[2].sum() == pytest.approx((4 - 32.0 * beyond().sum()) / 9)
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
