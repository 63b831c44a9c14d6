"""Rewards of actors: without torch as with it, cut and de-shaped, within the support, saved and loaded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irl_app.export import RewardFileError, load_reward, save_reward
from irl_app.rewards import (
    ActorNetworks,
    NetworkReward,
    Perceptron,
    Reward,
    RewardError,
    RewardInfo,
    Support,
    SupportedReward,
    learner_of,
)
from trainers.spaces import Box, Discrete

N_OBS, A, B = 3, 2, 40
RNG = np.random.default_rng(0)
SPACE, ACTIONS = Box((N_OBS,)), Box((A,), low=(-2.0,), high=(2.0,))
INFO = RewardInfo("transition", "test", 0.9, 0.1, "zero", SPACE, ACTIONS, method="iq")
STEPS = (
    RNG.normal(size=(B, N_OBS)).astype(np.float32),
    RNG.uniform(-2, 2, (B, A)).astype(np.float32),
    RNG.normal(size=(B, N_OBS)).astype(np.float32),
    RNG.random(B) < 0.2,
)


def perceptron(inputs: int, outputs: int, seed: int) -> Perceptron:
    rng, sizes = np.random.default_rng(seed), ((inputs, 8), (8, outputs))
    return Perceptron(tuple((rng.normal(size=size) * 0.5, rng.normal(size=size[1]) * 0.1) for size in sizes))


def networks(clones: int = 3) -> ActorNetworks:
    return ActorNetworks(
        perceptron(N_OBS, 2 * A, 0),
        (perceptron(N_OBS + A, 1, 1), perceptron(N_OBS + A, 1, 2)),
        tuple(perceptron(N_OBS, 2 * A, 3 + i) for i in range(clones)),
        0.2,
        np.full(N_OBS, 0.1),
        np.full(N_OBS, 1.5),
        5.0,
    )


def reward(kind: Any = "transition", near_clone: bool = True, **changes: Any) -> NetworkReward:
    return NetworkReward(networks(), replace(INFO, kind=kind), -3.0, -0.5, 0.5, False, near_clone, **changes)


def support() -> Support:
    return Support.of(STEPS[0], np.zeros(B))


def supported(recovered: NetworkReward | None) -> SupportedReward:
    info = replace(INFO, kind="supported")
    return SupportedReward(recovered, support(), info, -0.5, 0.5, near=0.3, far=1.2, bonus=0.1)


def test_the_least_of_the_critics_counts_and_observations_are_scaled() -> None:
    own, action = networks(), ACTIONS.encoded(STEPS[1])
    seen = np.concatenate([(STEPS[0] - 0.1) / 1.5, action], 1).astype(np.float32)
    each = [critic(seen)[:, 0] for critic in own.critics]
    np.testing.assert_allclose(own.q(STEPS[0], action), np.minimum(*each), rtol=1e-6)
    np.testing.assert_array_equal(own.act(np.full((1, N_OBS), 1e9)), own.act(np.full((1, N_OBS), 1e12)))


def test_the_transition_reward_is_its_learners_and_the_others_are_cut() -> None:
    learner = learner_of(networks(), ACTIONS, 0.1, 0.9, 0.0, near_clone=True)
    raw = learner.judge(*STEPS).reward
    np.testing.assert_array_equal(reward()(*STEPS), raw)
    np.testing.assert_array_equal(reward("bounded")(*STEPS), raw.clip(-0.5, 0.5))
    advantage = learner.advantage(STEPS[0], STEPS[1])
    np.testing.assert_array_equal(reward("deshaped")(*STEPS), advantage.clip(-0.5, 0.5))


def test_an_absorbing_end_is_worth_what_the_learner_held_it_for() -> None:
    absorbing = reward("transition")
    absorbing = replace(absorbing, info=replace(absorbing.info, terminal="absorbing"))
    ended = STEPS[3]
    np.testing.assert_allclose((absorbing(*STEPS) - reward()(*STEPS))[ended], 0.9 * 3.0)
    np.testing.assert_array_equal(absorbing(*STEPS)[~ended], reward()(*STEPS)[~ended])
    np.testing.assert_allclose(absorbing.tail(STEPS[2]), -3.0)


def test_the_nearest_demonstrated_state_decides_the_distance() -> None:
    own = support()
    states = own.states * own.std + own.mean
    np.testing.assert_allclose(own.distance(states), 0.0, atol=2e-3)
    x = RNG.normal(size=(50, N_OBS)).astype(np.float32) * 3
    slow = [np.sqrt((((row - states) / own.std) ** 2).mean(1).min()) for row in x]
    np.testing.assert_allclose(own.distance(x), slow, rtol=1e-3, atol=2e-3)


def test_the_way_to_a_cycle_is_no_part_of_the_support() -> None:
    time = np.arange(600)
    cycle = np.stack([np.cos(time / 7), np.sin(time / 7)], 1)
    walk = np.concatenate([np.linspace([-6.0, -6.0], cycle[0], 40), cycle])
    own = Support.of(walk, np.zeros(len(walk)))
    assert own.distance(walk[:1])[0] > 3.0
    np.testing.assert_allclose(own.distance(cycle[100:]), 0.0, atol=2e-3)
    assert Support.of(cycle, np.zeros(600)).states.shape == (600, 2)  # nothing to leave out


def test_a_supported_reward_is_worked_out_by_hand() -> None:
    found, raw = supported(reward())(*STEPS), reward()(*STEPS)
    for i in range(B):
        d = support().distance(STEPS[2][i : i + 1])[0]
        q = min(max(raw[i] + 0.5, 0.0), 1.0)
        expected = 0.0 if STEPS[3][i] else 0.1 + 0.5 * max(1 - d / 1.2, 0) + 0.5 * np.exp(-d / 0.3) * q
        assert found[i] == pytest.approx(expected)
    assert (supported(None)(*STEPS) >= found).all()  # q = 1
    assert supported(None).tail(STEPS[2]).tolist() == [0.0] * B


@pytest.mark.parametrize(
    "one",
    [reward(), reward("bounded", False), supported(reward()), supported(None)],
    ids=["raw", "bounded", "supported", "support alone"],
)
def test_it_is_saved_and_loaded_exactly(one: Reward, tmp_path: Path) -> None:
    again = load_reward(save_reward(one, tmp_path / "reward.safetensors"))
    assert again.info == one.info
    np.testing.assert_array_equal(again(*STEPS), one(*STEPS))


def test_damage_is_noticed(tmp_path: Path) -> None:
    path = save_reward(supported(reward()), tmp_path / "reward.safetensors")
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(content), 60).tolist():
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        try:
            found = load_reward(path)
        except RewardFileError:
            continue
        np.testing.assert_array_equal(found(*STEPS), supported(reward())(*STEPS))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: replace(networks(), critics=(perceptron(N_OBS, 1, 0),)), "do not fit together"),
        (lambda: replace(networks(), mean=np.zeros(2)), "do not fit together"),
        (lambda: replace(networks(), std=np.zeros(N_OBS)), "positive deviations"),
        (lambda: replace(networks(), clone_spread=0.0), "clones' spread"),
        (lambda: replace(reward(), info=replace(INFO, action_space=Box((3,)))), "the actor gives 2 numbers"),
        (
            lambda: replace(reward(), info=replace(INFO, action_space=Discrete(2))),
            "the actor gives 2 numbers",
        ),
        (lambda: replace(reward(), q=networks(0)), "a clone that is not there"),
        (lambda: replace(supported(None), near=0.0), "positive numbers"),
        (lambda: replace(supported(None), info=INFO), 'is "supported"'),
        (lambda: supported(reward("bounded")), "not one of kind 'bounded'"),
        (lambda: Support(np.zeros((0, N_OBS)), np.zeros(N_OBS), np.ones(N_OBS)), "demonstrated states"),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, message: str) -> None:
    with pytest.raises(RewardError, match=message):
        make()
