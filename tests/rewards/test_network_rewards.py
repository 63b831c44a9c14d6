"""Rewards of networks: against torch, against the definition worked out by hand, and in an environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import scipy.sparse as sp
import torch

from irl_app.rewards import (
    NetworkReward,
    Perceptron,
    Reward,
    RewardError,
    RewardInfo,
    RewardKind,
    RewardWrapper,
    StateNetworkReward,
    StateReward,
)
from tests.rewards.network_rewards import BATCH, INFO, bellman, network, perceived, state
from trainers.deep.networks import MLP
from trainers.soft import soft_value
from trainers.spaces import Box, Discrete
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.planning import soft_optimal

OBS, ACTION, NEXT, ENDED = BATCH
TABLE = RewardInfo("true", "t", 0.9, 0.0, "zero", Discrete(3), Discrete(2))


@pytest.mark.parametrize("layer_norm", [False, True])
def test_the_forward_pass_is_torchs(layer_norm: bool) -> None:
    mlp = MLP(6, (16, 8), 3, [torch.Generator().manual_seed(0)], layer_norm=layer_norm)
    obs = np.random.default_rng(0).standard_normal((40, 2, 3)).astype(np.float32)
    theirs = mlp(torch.from_numpy(obs)[None])[0].detach().numpy()
    tensors = [tensor.numpy()[0] for tensor in mlp.state_dict().values()]
    layers = [(w, b[0]) for w, b in zip(tensors[::2], tensors[1::2], strict=True)]
    np.testing.assert_allclose(Perceptron(tuple(layers), layer_norm)(obs), theirs, atol=2e-6)


def test_the_reward_of_a_soft_optimal_q_is_the_true_one() -> None:
    """The inverse soft Bellman operator undoes the soft Bellman equation, the end included.

    With one-hot states a table is a network of one layer.
    """
    rng = np.random.default_rng(3)
    following = np.array([[1, 2], [0, 3], [3, 1], [3, 3]])
    p = np.zeros((4, 2, 4))
    p[np.arange(3)[:, None], np.arange(2), following[:3]] = 1.0
    mdp = TabularMDP(sp.csr_array(p.reshape(8, 4)), np.eye(4)[0], 0.9, np.arange(4) == 3, np.full(4, True))
    true = rng.standard_normal((4, 2))
    q = soft_optimal(mdp, true, 0.5).q
    info = replace(INFO, observation_space=Box((4,)))
    table = Perceptron(((q, np.zeros(2)),))
    reward = NetworkReward(table, info, 0.0, -10.0, 10.0)
    s, a = np.divmod(np.arange(6), 2)
    found = reward(np.eye(4)[s], a, np.eye(4)[following[s, a]], following[s, a] == 3)
    np.testing.assert_allclose(found, true[s, a], atol=1e-6)


def test_transition_rewards_by_hand_under_each_convention() -> None:
    q = network()
    taken = q(OBS)[np.arange(3), ACTION]
    after = 0.9 * soft_value(q(NEXT), 0.5)
    np.testing.assert_allclose(bellman()(*BATCH), taken - [after[0], 0.0, 0.0])
    assert bellman().tail(NEXT).tolist() == [0.0, 0.0, 0.0]
    learned = taken - [after[0], 2.7, 2.7]
    np.testing.assert_allclose(bellman("absorbing")(*BATCH), learned)
    np.testing.assert_allclose(bellman("absorbing").tail(NEXT), 3.0)
    np.testing.assert_allclose(bellman("pessimistic")(*BATCH), [learned[0] + 0.2, 0.0, 0.0])
    assert bellman("pessimistic").tail(NEXT).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
def test_what_an_end_is_worth_does_not_depend_on_the_convention(terminal: Any) -> None:
    """Unbounded, a step that ends is worth Q(s, a): a soft learner finds Q again under either."""
    reward = bellman(terminal)
    worth = reward(*BATCH) + 0.9 * reward.tail(NEXT)
    np.testing.assert_allclose(worth[1:], network()(OBS)[np.arange(3), ACTION][1:])


def test_bounded_rewards_stay_in_their_range_also_after_the_end() -> None:
    for terminal in ("zero", "absorbing"):
        reward = bellman(terminal, "bounded")
        free = bellman(terminal)(*BATCH)
        np.testing.assert_allclose(reward(*BATCH), np.clip(free, -0.2, 0.1))
        assert (np.abs(reward.tail(NEXT)) <= 2.0 + 1e-9).all()
    np.testing.assert_allclose(bellman("absorbing", "bounded").tail(NEXT), 0.1 / 0.1)


def test_the_deshaped_reward_is_the_log_policy_and_nothing_follows_it() -> None:
    """It differs from the transition reward by shaping with V: over an episode only by where it began."""
    reward = replace(bellman("zero", "deshaped"), lowest=-50.0, highest=50.0)
    q = network()
    log_policy = q(OBS)[np.arange(3), ACTION] - soft_value(q(OBS), 0.5)
    np.testing.assert_allclose(reward(*BATCH), log_policy)
    shaping = 0.9 * np.where(ENDED, 0.0, soft_value(q(NEXT), 0.5)) - soft_value(q(OBS), 0.5)
    np.testing.assert_allclose(bellman()(*BATCH) + shaping, log_policy)
    for terminal in ("zero", "absorbing"):
        assert replace(reward, info=replace(reward.info, terminal=terminal)).tail(NEXT).tolist() == [0.0] * 3


@pytest.mark.parametrize("made", [state, perceived])
def test_state_rewards_and_their_ends(made: Callable[..., StateNetworkReward]) -> None:
    g = np.clip(np.ravel(made().g(NEXT)), -0.4, 0.4)
    np.testing.assert_allclose(made()(*BATCH), g)
    assert made().tail(NEXT).tolist() == [0.0, 0.0, 0.0]
    np.testing.assert_allclose(made("absorbing").tail(NEXT), g / 0.1)
    np.testing.assert_allclose(made("pessimistic")(*BATCH), [g[0] + 0.4, 0.0, 0.0])
    assert made("pessimistic").tail(NEXT).tolist() == [0.0, 0.0, 0.0]


def test_what_kind_a_state_reward_is_follows_from_what_it_is_made_of() -> None:
    with pytest.raises(RewardError, match="not of kind 'disentangled'"):
        replace(perceived(), info=state().info)
    with pytest.raises(RewardError, match="one number of a state, the network gives 2"):
        replace(perceived(), g=network())


@pytest.mark.parametrize("kind", ["bounded", "deshaped"])
def test_pessimism_orders_policies_as_if_an_end_paid_the_lowest_reward_for_ever(kind: RewardKind) -> None:
    """Counting from the lowest adds -lowest / (1 - gamma) to every return, however long it lasts."""
    plain, counted = bellman("zero", kind), bellman("pessimistic", kind)
    lowest = plain.lowest
    for moves in (1, 3):  # so many that go on, then the end
        rows = [0] * moves + [2]
        steps = [part[rows] for part in BATCH]
        weights = 0.9 ** np.arange(moves + 1)
        paid = plain(*steps)
        paid[-1] = lowest
        for_ever = weights[-1] * 0.9 * lowest / (1.0 - 0.9)
        assert counted(*steps) @ weights == pytest.approx(paid @ weights + for_ever - lowest / (1.0 - 0.9))
        assert (counted(*steps) >= 0.0).all()


def test_every_kind_is_a_reward() -> None:
    assert isinstance(bellman(), Reward)
    assert isinstance(state(), Reward)


class Line(gym.Env[Any, Any]):
    """A point that moves by its action on a line, seen as (place, 1); it ends beyond 1; true reward 5."""

    observation_space = gym.spaces.Box(-10.0, 10.0, (2,))
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):  # type: ignore[no-untyped-def]
        self.place = np.array([0.0, 1.0], np.float32)
        return self.place, {}

    def step(self, action: int):  # type: ignore[no-untyped-def]
        self.place[0] += 0.6 * action  # in place, as some environments do
        return self.place, 5.0, bool(self.place[0] > 1.0), False, {}


def test_the_wrapper_pays_the_tail_where_the_episode_ends() -> None:
    reward = bellman("absorbing")
    env = RewardWrapper(Line(), reward)
    env.reset(seed=0)
    places = np.array([[0.0, 1.0], [0.6, 1.0], [1.2, 1.0]], np.float32)
    _, paid, ended, _, info = env.step(1)
    assert (ended, info["true_reward"]) == (False, 5.0)
    assert paid == pytest.approx(reward(places[:1], [1], places[1:2], [False])[0])
    last = reward(places[1:2], [1], places[2:], [True])[0] + 0.9 * 3.0
    assert env.step(1)[1] == pytest.approx(last)


def test_the_wrapper_refuses_spaces_that_do_not_fit() -> None:
    with pytest.raises(RewardError, match=r"observations that are arrays of shape \(2,\), float32"):
        RewardWrapper(gym.make("CartPole-v1"), bellman())
    with pytest.raises(RewardError, match="actions that are whole numbers from 0 to 1"):
        RewardWrapper(gym.wrappers.TransformAction(Line(), lambda a: a, gym.spaces.Discrete(3)), bellman())
    with pytest.raises(RewardError, match="observations that are whole numbers from 0 to 2"):
        RewardWrapper(Line(), StateReward(np.zeros(3), None, TABLE))


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"obs": OBS[:, :1]}, r"obs must be arrays of shape \(2,\), float32, got float32 of shape \(3, 1\)"),
        ({"next_obs": OBS * np.nan}, "a number in next_obs that is not finite"),
        ({"action": [0, 1, 2]}, "action must be whole numbers from 0 to 1, got 2"),
        ({"action": [0.0, 1.0, 1.0]}, "whole numbers"),
        ({"terminated": [True]}, "differ in length"),
    ],
)
def test_batches_that_do_not_fit_are_refused(changed: dict[str, Any], says: str) -> None:
    batch = {"obs": OBS, "action": ACTION, "next_obs": NEXT, "terminated": ENDED} | changed
    for reward in (bellman(), state()):
        with pytest.raises(RewardError, match=says):
            reward(**batch)


def test_parts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(RewardError, match="one task"):
        replace(bellman(), info=replace(INFO, observation_space=Box((3,))))
    with pytest.raises(RewardError, match="must ascend"):
        replace(bellman(), lowest=1.0)
    with pytest.raises(RewardError, match="has 2 actions, not whole numbers from 0 to 3"):
        replace(bellman(), info=replace(INFO, action_space=Discrete(4)))
    with pytest.raises(RewardError, match="fits no network"):
        Perceptron(((np.zeros((2, 3)), np.zeros(3)), (np.zeros((4, 1)), np.zeros(1))))
    with pytest.raises(RewardError, match="finite"):
        Perceptron(((np.full((2, 2), np.inf), np.zeros(2)),))
    with pytest.raises(RewardError, match="states and actions numbered from 0"):
        StateReward(np.zeros(3), None, replace(TABLE, terminal="pessimistic"))
