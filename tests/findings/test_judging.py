"""What is read off a learner: views of its reward, who it is judged on, why agents trained on it do well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from irl_app.export import dump_reward, load_reward
from irl_app.findings import judge_run, with_terminal
from irl_app.findings.agents import agents_config, play, train_agents
from irl_app.findings.judging import EXPERT
from irl_app.findings.rewards import recommended_terminal, rewards_of
from irl_app.rewards import NetworkReward, Reward, RewardInfo, StateNetworkReward, StateReward
from irl_app.runs import create_run
from irl_app.tasks import get_task, random_policy, rollout
from irl_app.training.build import build
from irl_app.training.loop import train
from irl_app.training.request import request
from irl_app.training.split import HELD_OUT, draw, load_split, save_split
from tests.rewards.network_rewards import network
from tests.rewards.random_mdps import random_mdp, random_table
from trainers.learner import SoftmaxLearner
from trainers.spaces import Box, Discrete
from trainers.tabular.planning import soft_optimal
from trainers.transitions import Transitions, concatenate

CART_POLE = get_task("CartPole-v1")
INFO = RewardInfo("transition", "made", 0.99, 0.5, "pessimistic", Box((4,)), Discrete(2), "iq")


def steps(n_episodes: int = 4, seed: int = 0) -> Transitions:
    """Random play on CartPole."""
    return rollout(CART_POLE, random_policy(CART_POLE), n_episodes, seed, keep=True).transitions()


@pytest.fixture(scope="module")
def views() -> dict[str, Reward]:
    """The views of a random network's reward."""
    played = steps()
    q = network(1, (4, 6, 2))
    learner = SoftmaxLearner(q, CART_POLE.action_space, INFO.temperature, INFO.gamma)
    found = rewards_of(learner, q, played[:9], [steps(2, 1), played], INFO, 3)
    return dict(found.items())


def test_steps_know_their_episodes() -> None:
    played = steps(3)
    assert np.unique(played.episode).tolist() == [0, 1, 2]
    ends = np.flatnonzero(np.diff(played.episode, append=3))
    assert played.terminated.nonzero()[0].tolist() == ends.tolist()
    inside = np.setdiff1d(np.arange(len(played)), ends)
    np.testing.assert_array_equal(played.next_obs[inside], played.obs[inside + 1])
    both = concatenate([played, steps(2, 1)])
    assert np.unique(both.episode).tolist() == [0, 1, 2, 3, 4]
    assert len(both) == len(played) + len(steps(2, 1))


@pytest.mark.parametrize("n", [2, 60])
def test_demonstrated_steps_that_are_no_whole_episodes_stand_for_themselves(n: int, tmp_path: Path) -> None:
    """They are judged where no episode is held out, as when all 60 that there are are learned from."""
    settings = {"updates": 10, "hidden": [8], "episodes": 1}
    config = request("CartPole-v1", "bc", settings=settings, episodes=n)
    run = create_run(config, root=tmp_path)
    train(build(run, config), lambda: "")
    expert = next(row for row in judge_run(run, trained_on=False).agreement if row.states == EXPERT)
    split = load_split(run, 1)
    assert bool(split.validation) == (n == 2)
    assert expert.n_episodes == (HELD_OUT if split.validation else len(split.train[0]))


@pytest.mark.parametrize(("task", "ended"), [("Acrobot-v1", 2), ("CartPole-v1", 0)])
def test_what_is_kept_of_demonstrations_tells_where_they_ended(task: str, ended: int, tmp_path: Path) -> None:
    """Every fifth step mostly leaves the end out; without it nobody would know that to end was meant."""
    about = get_task(task)
    drawn, _ = draw(about, {"episodes": 2, "every": 50}, (0, 1))
    assert not any(own.terminated.any() for own in drawn.train)
    save_split(tmp_path, drawn)
    for shown in (drawn, load_split(tmp_path, 2)):
        assert shown.n_terminated == (ended, ended)


def test_noise_is_the_share_of_random_moves() -> None:
    def always_right(obs: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return np.ones(obs.shape[:2], dtype=np.int64)

    for noise, right in ((0.0, 1.0), (0.5, 0.75), (1.0, 0.5)):
        played = play(CART_POLE, always_right, 2, 60, 0, noise=noise)
        share = np.mean([own.action.mean() for own in played])
        assert share == pytest.approx(right, abs=0.06)


def test_every_view_is_kept_within_its_range_and_loads_back(views: dict[str, Reward]) -> None:
    assert tuple(views) == ("deshaped", "state", "bounded", "transition")
    played = steps(5, 9)
    for name, reward in views.items():
        assert isinstance(reward, NetworkReward | StateNetworkReward)
        batch = (played.obs, played.action, played.next_obs, played.terminated)
        paid = reward(*batch)
        if name != "transition":
            assert (paid >= 0.0).all()
            assert (paid <= reward.highest - reward.lowest + 1e-12).all()
        np.testing.assert_array_equal(load_reward(dump_reward(reward, "safetensors"))(*batch), paid)
        assert reward.tail(played.next_obs[played.terminated]).tolist() == [0.0] * 5


def test_the_range_of_raw_rewards_is_that_of_all_actions_in_demonstrated_states(
    views: dict[str, Reward],
) -> None:
    bounded, raw = views["bounded"], with_terminal(views["transition"], "zero")
    assert isinstance(bounded, NetworkReward)
    played = steps()
    either = [raw(played.obs[:9], np.full(9, a), played.next_obs[:9], np.zeros(9)) for a in (0, 1)]
    assert bounded.lowest == pytest.approx(np.min(either))
    assert bounded.highest == pytest.approx(np.max(either))


def test_the_state_only_part_says_how_much_it_explains(views: dict[str, Reward]) -> None:
    explained = views["state"].info.provenance["explained"]
    assert isinstance(explained, float)
    assert 0.0 < explained <= 1.0


def test_an_end_that_experts_came_to_is_not_punished() -> None:
    assert recommended_terminal((0, 0)) == "pessimistic"
    assert recommended_terminal((0, 3)) == "zero"


def test_a_tables_convention_is_not_for_the_asking() -> None:
    info = RewardInfo("true", "t", 0.9, 0.0, "zero", Discrete(3), Discrete(2))
    table = StateReward(np.zeros(3), None, info)
    with pytest.raises(TypeError, match="what an end is worth is part of this reward"):
        with_terminal(table, "absorbing")


@pytest.mark.parametrize("seed", range(3))
def test_a_soft_agent_on_the_deshaped_reward_finds_the_learners_policy_and_values_of_zero(seed: int) -> None:
    """pi maximises E[sum gamma^t (tau log pi(a | s) + tau H)], which is 0 for pi itself and negative else."""
    mdp = random_mdp(seed)
    learner = soft_optimal(mdp, random_table(mdp, seed), 0.7)
    log_policy = np.where(mdp.live[:, None], 0.7 * np.log(learner.policy), 0.0)
    agent = soft_optimal(mdp, log_policy, 0.7)
    np.testing.assert_allclose(agent.policy, learner.policy, atol=1e-9)
    np.testing.assert_allclose(agent.v, 0.0, atol=1e-9)


def test_agents_are_paid_by_their_own_rewards_and_differ_by_seed(views: dict[str, Reward]) -> None:
    config = agents_config(CART_POLE, 0.5, updates=60, warmup=40, hidden=(8,), checkpoint_every=60)
    assert (config.method, config.temperature) == ("soft-q", 0.5)
    told: list[tuple[int, int]] = []
    found = train_agents(
        CART_POLE,
        {"true": [None, None], "made": [views["deshaped"], views["state"]]},
        (0, 5),
        config,
        progress=lambda done, total, _: told.append((done, total)),
    )
    assert list(found) == ["true", "made"]
    assert {own.returns.shape for own in found.values()} == {(2,)}
    assert all(len(own.partly) == 2 for own in found.values())
    assert told[-1] == (60, 60)
    every = np.concatenate([own.returns for own in found.values()])
    assert np.unique(every).size > 1


def test_agents_are_not_trained_by_imitation() -> None:
    with pytest.raises(ValueError, match="bc asks for demonstrations"):
        train_agents(CART_POLE, {"true": [None]}, (0,), replace(agents_config(CART_POLE), method="bc"))
