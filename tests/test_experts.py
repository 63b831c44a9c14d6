"""The experts: optimal where they claim to be, random where they should be."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.envs.grid_map import parse_map
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.experts import (
    EXPERTS,
    ExpertError,
    expert_of,
    expert_policy,
    noisy_expert,
    shortest_path_expert,
    soft_expert,
)
from trainers.tabular.planning import evaluate, expected_reward, optimal


def true_reward(grid):
    return expected_reward(grid.mdp(), grid.state_reward())


@pytest.mark.parametrize("expert", EXPERTS)
@pytest.mark.parametrize("name", PRESETS)
def test_every_expert_is_a_policy_on_every_preset(name: str, expert: str) -> None:
    grid = make_preset(name)
    policy = expert_policy(expert, grid)
    assert policy.shape == (grid.n_states, grid.n_actions)
    assert (policy >= 0).all()
    np.testing.assert_allclose(policy.sum(axis=1), 1.0)
    np.testing.assert_array_equal(policy[~grid.mdp().live], 1 / grid.n_actions)


@pytest.mark.parametrize("name", ["static-walls", "random-goal", "four-rooms", "maze"])
def test_shortest_paths_take_exactly_the_distance(name: str) -> None:
    grid = make_preset(name)
    mdp = grid.mdp()
    steps = mdp.live.astype(float)[:, None] * np.ones(grid.n_actions)
    # with gamma towards 1 the discounted number of moves is the number of moves
    discounted = evaluate(mdp, shortest_path_expert(grid), steps)
    expected = (1 - mdp.gamma ** grid.shortest_distances()) / (1 - mdp.gamma)
    np.testing.assert_allclose(discounted[mdp.live], expected[mdp.live])


def test_ties_are_split_evenly() -> None:
    policy = shortest_path_expert(parse_map("...\n...\n..G\n"))
    np.testing.assert_allclose(policy[0], [0, 0.5, 0.5, 0])
    np.testing.assert_allclose(policy[2], [0, 0, 1, 0])


def test_shortest_path_stays_at_a_goal_that_does_not_end() -> None:
    with_stay = shortest_path_expert(parse_map("goal: stay\nactions: 5\n..\n.G\n"))
    np.testing.assert_allclose(with_stay[3], [0, 1 / 3, 1 / 3, 0, 1 / 3])  # bumping stays as well
    without = shortest_path_expert(parse_map("goal: stay\n...\n.G.\n...\n"))
    np.testing.assert_allclose(without[4], [0.25] * 4)


def test_shortest_path_is_random_where_no_way_leads() -> None:
    policy = shortest_path_expert(parse_map("goal: stay\n.#.\n##.\n..G\n"))
    np.testing.assert_allclose(policy[0], [0.25] * 4)


def test_without_a_goal_shortest_path_is_optimal() -> None:
    grid = make_preset("field")
    np.testing.assert_allclose(
        evaluate(grid.mdp(), shortest_path_expert(grid), true_reward(grid)),
        optimal(grid.mdp(), true_reward(grid)).v,
        atol=1e-8,
    )


def test_soft_expert_is_its_own_softmax() -> None:
    grid = make_preset("goal")
    mdp, policy = grid.mdp(), soft_expert(grid, 0.7)
    live = mdp.live
    # soft evaluation: V = E[r - tau log pi + gamma V'] must give back pi = softmax(Q / tau)
    v = evaluate(mdp, policy, true_reward(grid) - 0.7 * np.log(policy))
    q = true_reward(grid) + mdp.gamma * (mdp.transition @ v).reshape(policy.shape)
    softmax = np.exp((q - v[:, None]) / 0.7)
    np.testing.assert_allclose(policy[live], softmax[live], atol=1e-9)


@pytest.mark.parametrize("name", PRESETS)
def test_a_cold_soft_expert_is_optimal(name: str) -> None:
    grid = make_preset(name)
    mdp, reward = grid.mdp(), true_reward(grid)
    best = optimal(mdp, reward).v
    cold = evaluate(mdp, soft_expert(grid, 0.01), reward)
    assert mdp.p0 @ (best - cold) < 0.02 * (1 + abs(mdp.p0 @ best))


def test_a_hot_soft_expert_is_random_but_avoids_an_end() -> None:
    np.testing.assert_allclose(soft_expert(make_preset("goal"), 1000.0), 0.2, atol=0.01)
    policy = soft_expert(make_preset("static-walls"), 1000.0)
    np.testing.assert_allclose(policy[0], 0.25, atol=0.01)
    assert policy[6 * 8 + 7, 2] < 1e-3  # down, into the goal


def test_noise_mixes_with_uniform() -> None:
    grid = make_preset("static-walls")
    sure = shortest_path_expert(grid)
    np.testing.assert_allclose(noisy_expert(grid, 0.0), sure)
    np.testing.assert_allclose(noisy_expert(grid, 1.0), 0.25)
    np.testing.assert_allclose(noisy_expert(grid, 0.2), 0.8 * sure + 0.05)


def test_words_for_provenance() -> None:
    assert EXPERTS["soft-optimal"].describe(0.5) == "soft-optimal, temperature 0.5"
    assert EXPERTS["shortest-path"].describe(0.0) == "shortest-path"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("genius", None, "unknown expert 'genius', the experts are soft-optimal, shortest-path, noisy"),
        ("soft-optimal", 0.0, "temperature must lie between 0.001 and 1000, got 0"),
        ("soft-optimal", float("nan"), "temperature must lie"),
        ("noisy", 1.5, "epsilon is a probability between 0 and 1, got 1.5"),
    ],
)
def test_refuses_in_one_sentence(name: str, value: float | None, message: str) -> None:
    with pytest.raises(ExpertError, match=message):
        expert_policy(name, make_preset("open"), value)


def test_what_is_not_said_of_an_expert_is_as_usual() -> None:
    assert expert_of("gridworld/maze") == ("shortest-path", 0.0)
    assert expert_of("gridworld/goal") == ("soft-optimal", 1.0)
    assert expert_of("gridworld/maze", own_map=True) == ("soft-optimal", 1.0)
    assert expert_of("gridworld/maze", "noisy") == ("noisy", 0.1)
    assert expert_of("gridworld/maze", "noisy", 0.0) == ("noisy", 0.0)
    with pytest.raises(ExpertError, match="unknown expert 'magic'"):
        expert_of("gridworld/maze", "magic")
