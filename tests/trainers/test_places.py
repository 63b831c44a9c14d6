"""Rewards of places: interpolation, exact soft control, causal maximum likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

from trainers.arrays import BoolArray, FloatArray
from trainers.places import Lattice, PlacePrior, PlaceWorld, action_grid, place_likelihood
from trainers.places.likelihood import _Fit


def in_the_open(places: FloatArray) -> BoolArray:
    """A room of 2 m with a block in its upper right."""
    return ~((places[:, 0] > 0.3) & (places[:, 1] > 0.3))


def step(places: FloatArray, actions: FloatArray) -> FloatArray:
    """0.4 m a move; into the block, or out of the room, nobody goes."""
    moved = np.clip(places + 0.4 * actions, -1.0, 1.0)
    return np.where(in_the_open(moved)[:, None], moved, places)


ROOM = Lattice.over(np.full(2, -1.0), np.full(2, 1.0), 0.25, in_the_open)
WORLD = PlaceWorld(ROOM, step, action_grid(3))


def test_interpolation_is_exact_for_planes_and_at_nodes() -> None:
    values = 2.0 * ROOM.nodes[:, 0] - ROOM.nodes[:, 1] + 0.5
    places = np.random.default_rng(0).uniform(-1.0, 0.25, (50, 2))
    np.testing.assert_allclose(ROOM.at(values, places), 2.0 * places[:, 0] - places[:, 1] + 0.5)
    np.testing.assert_allclose(ROOM.at(values, ROOM.nodes), values)


def test_weights_are_shares_of_nodes_in_the_open() -> None:
    places = np.random.default_rng(1).uniform(-1.5, 1.5, (200, 2))
    weights = ROOM.weights(places)
    np.testing.assert_allclose(np.asarray(weights.sum(axis=1)).ravel(), 1.0)
    assert weights.data.min() >= 0.0
    deep = ROOM.weights(np.array([[0.9, 0.9]])).toarray()[0]  # only walls around: the nearest node
    assert deep.max() == 1.0


def test_a_function_moves_to_another_lattice() -> None:
    everywhere = Lattice.over(
        ROOM.low, np.full(2, 1.0), 0.25, lambda places: np.ones(len(places), dtype=bool)
    )
    values = ROOM.nodes[:, 0]
    moved = ROOM.moved_to(everywhere, values)
    np.testing.assert_allclose(moved[in_the_open(everywhere.nodes)], values)
    assert np.isfinite(moved).all()


def test_a_lattice_without_an_open_node_is_refused() -> None:
    with pytest.raises(ValueError, match="spacing"):
        Lattice.over(np.zeros(2), np.ones(2), 0.5, lambda places: np.zeros(len(places), dtype=bool))


def test_a_plan_leads_round_the_block() -> None:
    goal = np.array([0.0, 1.0])
    plan = WORLD.plan(-10.0 * np.linalg.norm(ROOM.nodes - goal, axis=1), 0.9)
    place = np.array([[1.0, 0.0]])
    for _ in range(8):
        place = step(place, plan.best(place))
    assert np.linalg.norm(place - goal) < 0.45


def shown_by(reward: FloatArray, gamma: float, n: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Places and actions of soft-optimal play, from everywhere."""
    plan, rng = WORLD.plan(reward, gamma), np.random.default_rng(seed)
    place, places, actions = ROOM.nodes[rng.integers(ROOM.size, size=n)], [], []
    for _ in range(12):
        q = ROOM.at(plan.q, place)
        chosen = WORLD.actions[(q + rng.gumbel(size=q.shape)).argmax(axis=1)]
        places.append(place)
        actions.append(chosen)
        place = step(place, chosen)
    return np.concatenate(places), np.concatenate(actions)


def test_the_gradient_is_that_of_the_objective() -> None:
    places, actions = shown_by(-3.0 * np.abs(ROOM.nodes[:, 0]), 0.8, 4, 0)
    fit = _Fit(WORLD, places, actions, 0.8, 1.0, PlacePrior(1.0, 1.0))
    z = 0.3 * np.random.default_rng(0).standard_normal(fit.root.shape[1])
    error = check_grad(lambda z: fit.objective(z)[0], lambda z: fit.objective(z)[1], z, epsilon=1e-6)
    assert error < 1e-3 * np.linalg.norm(fit.objective(z)[1])


def test_a_known_reward_is_found_again() -> None:
    true = 3.0 * np.exp(-((ROOM.nodes - np.array([-0.5, 0.75])) ** 2).sum(axis=1))
    places, actions = shown_by(true, 0.8, 60, 1)
    found = place_likelihood(WORLD, places, actions, gamma=0.8, prior=PlacePrior(0.8, 1.0))
    assert found.converged
    assert np.corrcoef(found.reward, true)[0, 1] > 0.95
    assert found.reward.mean() == pytest.approx(0.0, abs=1e-9)
    assert (found.sd < found.prior_sd).all()


def test_a_constant_reward_explains_random_moves() -> None:
    places, actions = shown_by(np.zeros(ROOM.size), 0.8, 60, 2)
    found = place_likelihood(WORLD, places, actions, gamma=0.8, prior=PlacePrior(0.8, 0.3))
    assert np.abs(found.reward).max() < 0.3
    assert found.log_likelihood == pytest.approx(0.0, abs=0.02)
