"""Actors and their critics: one update by hand, compiled and eager, seeds apart, learning, going on."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from trainers.deep.actor_critic import ActorCriticUpdate
from trainers.deep.config import TrainerConfig
from trainers.deep.objectives import iq_learn
from trainers.deep.replay import Batch, Dataset
from trainers.deep.trainer import Trainer
from trainers.gaussian_learner import GaussianLearner
from trainers.spaces import Box, Discrete
from trainers.transitions import Transitions

POINTS, PUSHES = Box((2,)), Box((1,), low=(-2.0,), high=(2.0,))
NEAR_CLONE = {"reference": "clone", "actor_start": "clone", "centre": "clone", "clone_updates": 200}

Seen = NDArray[np.float32]


class Rail(gym.Env[Seen, Seen]):
    """A cart on a rail that a push moves; it is paid for staying near 0, and falls off at ±3."""

    observation_space = gym.spaces.Box(-np.inf, np.inf, (2,), np.float32)
    action_space = gym.spaces.Box(-2.0, 2.0, (1,), np.float32)

    def reset(
        self, *, seed: int | None = None, options: Any = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        super().reset(seed=seed)
        self.x, self.left = self.np_random.uniform(-2.0, 2.0), 30
        return self._seen(), {}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        self.x += 0.3 * float(action[0])
        self.left -= 1
        return self._seen(), -abs(self.x), abs(self.x) > 3.0, self.left == 0, {}

    def _seen(self) -> NDArray[np.float32]:
        return np.array([self.x, 1.0], np.float32)


def shown(n: int = 8, seed: int = 0) -> Transitions:
    """Episodes of an expert that pushes the cart back to 0."""
    env, rows = Rail(), []
    for episode in range(n):
        obs, _ = env.reset(seed=seed + episode)
        for time in range(30):
            action = np.clip(-obs[:1] / 0.3, -2.0, 2.0).astype(np.float32)
            after, reward, ended, _, _ = env.step(action)
            rows.append((obs, action, after, ended, reward, episode, time))
            obs = after
    return Transitions(*(np.array(column) for column in zip(*rows, strict=True)))


def config(**changes: Any) -> TrainerConfig:
    usual: dict[str, Any] = {
        "online": True, "hidden": (32, 32), "layer_norm": True, "gradient": "semi", "penalty": "mixture",
        "value_term": "anywhere", "temperature": 0.02, "batch_size": 32, "warmup": 50, "updates": 600,
        "checkpoint_every": 100, "grad_clip": None, "target_rate": 0.02, "actor_average": 0.05,
    }  # fmt: skip
    return TrainerConfig(**usual | changes)


def trainer(seeds: tuple[int, ...] = (0,), **changes: Any) -> Trainer:
    settings = config(**changes)
    demos = [shown()] if settings.imitates else None
    return Trainer(settings, POINTS, PUSHES, seeds=seeds, demonstrations=demos, make_env=Rail)


def mean_return(learner: GaussianLearner, k: int = 0) -> float:
    env, total = Rail(), 0.0
    for seed in range(100, 110):
        (obs, _), done = env.reset(seed=seed), False
        while not done:
            action = learner.act(obs[None], np.random.default_rng(0), deterministic=True)[k, 0]
            obs, reward, ended, cut, _ = env.step(action)
            total, done = total + reward, ended or cut
    return total / 10


def update(**changes: Any) -> tuple[ActorCriticUpdate, Batch]:
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    settings, steps = config(**changes), shown(1)
    demos = Dataset([replace(steps, action=PUSHES.encoded(steps.action))] * 2)
    own = ActorCriticUpdate(settings, POINTS, PUSHES, demos, generators)
    own.prepare()
    return own, demos.draw(1, 32, generators).at(0)


def states_equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_each_critic_of_each_seed_has_the_loss_of_its_own_numbers() -> None:
    own, batch = update(**NEAR_CLONE)
    noise = torch.randn(2, 2, 32, 1)
    scaled = replace(batch, obs=own.scale(batch.obs), next_obs=own.scale(batch.next_obs))
    loss, rows = own.loss(scaled, None, 16, noise)
    assert loss.total.shape == (4,)  # two critics of two seeds
    following = 0.99 * torch.where(rows.terminated, 0.0, rows.next_v)
    reward = rows.q - following
    assert rows.centre is not None
    apart = (reward - rows.centre) ** 2 / (4 * own.config.alpha)
    expected = -reward[:, :16].mean(1) + 0.01 * rows.v[:, :16].mean(1)
    expected = expected + 0.5 * (apart[:, :16].mean(1) + apart[:, 16:].mean(1))
    torch.testing.assert_close(loss.total, expected)
    torch.testing.assert_close(iq_learn(own.config, rows).total, expected)
    assert not rows.next_v.requires_grad  # a target's
    full, _ = update(**NEAR_CLONE, gradient="full")
    assert full.loss(scaled, None, 16, noise)[1].next_v.requires_grad


def test_the_target_is_the_least_of_a_seeds_critics_less_what_wavering_costs() -> None:
    own, batch = update(reference="uniform")
    obs, noise = own.scale(batch.next_obs), torch.randn(2, 32, 1)
    action, cost = own._act(obs, noise)
    q = own.target(obs, action)
    for k in range(2):
        least = torch.minimum(q[2 * k], q[2 * k + 1]) - 0.02 * cost[k]
        for critic in (2 * k, 2 * k + 1):
            torch.testing.assert_close(own._next_value(obs, noise)[critic], least)


@pytest.mark.parametrize(
    "changes",
    [
        NEAR_CLONE,
        {"method": "csil", "reference": "clone", "clone_updates": 50},
        {"method": "sac", "target_entropy": -1.0},
        {"gradient": "full", "value_term": "initial", "terminal": "absorbing"},
        {"method": "ls-iq", "terminal": "absorbing"},
        {"method": "sqil", "terminal": "absorbing"},
        {"method": "dac", "terminal": "absorbing", "target_entropy": -1.0},
        {"method": "airl", "terminal": "absorbing"},
        {"method": "bc", "online": False, "penalty": "expert"},
    ],
    ids=lambda changes: changes.get("method", changes.get("gradient", "iq near a clone")),
)
def test_a_run_that_goes_on_from_a_checkpoint_is_the_one_that_never_stopped(changes: dict[str, Any]) -> None:
    changes = {"checkpoint_every": 20, "warmup": 40, "clone_updates": 50, **changes}
    whole, first = trainer((0, 3), **changes), trainer((0, 3), **changes)
    whole.advance(40)
    first.advance(20)
    tensors, state = first.state_dict()
    again = trainer((0, 3), **changes)
    if first._replay is not None:  # its files are the run's: the same folder
        again._replay = first._replay
    again.load_state_dict(tensors, state)
    again.advance(20)
    assert states_equal(whole.state_dict()[0], again.state_dict()[0])
    obs = shown(1).obs
    np.testing.assert_array_equal(whole.learner.values(obs), again.learner.values(obs))


def test_seeds_side_by_side_learn_as_alone() -> None:
    together, alone = trainer((0, 3), **NEAR_CLONE), trainer((3,), **NEAR_CLONE)
    for each in (together, alone):
        each.advance(20)
    obs = shown(1).obs
    np.testing.assert_allclose(
        together.learner.values(obs)[1], alone.learner.values(obs)[0], rtol=2e-3, atol=2e-3
    )


def test_it_learns_from_a_reward_to_steer() -> None:
    learned = trainer(method="sac", target_entropy=-1.0, updates=1_000, gamma=0.9, layer_norm=False)
    before = mean_return(learned.learner)
    learned.advance(1_000)
    assert mean_return(learned.learner) > max(before + 5.0, -20.0)


def test_it_learns_from_demonstrations_to_steer() -> None:
    learned = trainer(**NEAR_CLONE, alpha=1 / 16, gamma=0.9)
    learned.advance(600)
    assert mean_return(learned.learner) > -12.0  # the expert earns about -3, random pushes -40


def test_cloning_alone_copies_the_actions() -> None:
    learned = trainer(method="bc", online=False, penalty="expert", actor_rate=1e-3, updates=600)
    learned.advance(600)
    steps = shown(2, seed=50)
    copied = learned.learner.act(steps.obs, np.random.default_rng(0), deterministic=True)[0]
    assert np.abs(copied - steps.action).mean() < 0.2
    judged = learned.learner.judge(steps.obs, steps.action, steps.next_obs, steps.terminated)
    np.testing.assert_allclose(judged.reward, judged.log_prob)  # one number in an action, V = 0


def test_the_actor_waits_slows_down_and_is_averaged() -> None:
    own, batch = update(actor_delay=2, anneal=True, updates=10, **NEAR_CLONE)
    start = {name: tensor.clone() for name, tensor in own.actor.state_dict().items()}
    paces = []
    for _ in range(9):
        paces.append(own._paces().tolist())
        own(batch, None, 16)
        if len(paces) == 2:
            assert states_equal(start, dict(own.actor.state_dict()))
    assert [actor for _, actor in paces] == pytest.approx([0.0, 0.0, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
    assert [critic for critic, _ in paces] == pytest.approx([1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2])
    moved, average = own.actor.state_dict(), own.average.state_dict()
    for name, tensor in start.items():
        towards = (average[name] - tensor).abs().sum()
        assert 0 < towards < (moved[name] - tensor).abs().sum()


def test_a_learned_temperature_goes_where_the_entropy_is_wanted() -> None:
    for target, rises in ((0.6, True), (-4.0, False)):
        own, batch = update(method="sac", target_entropy=target, reference="uniform")
        for _ in range(20):
            found = own(batch, None, 0)
        assert (float(found["temperature"][0]) > 0.02) == rises


def test_observations_are_seen_in_the_demonstrations_units() -> None:
    own, _ = update()
    obs = shown(1).obs
    scaled = own.scale(torch.from_numpy(obs)[None].expand(2, -1, -1))
    np.testing.assert_allclose(scaled[0, :, 0].mean(), 0.0, atol=1e-5)
    deviation = obs[:, 0].std()
    np.testing.assert_allclose(scaled[1, :, 0].std(correction=0), deviation / (deviation + 0.01), rtol=1e-4)
    assert own.scale(torch.full((2, 1, 2), 1e9)).max() == 5.0


@pytest.mark.parametrize(
    ("changes", "space", "message"),
    [
        ({"method": "sac"}, Discrete(3), "sac is for continuous actions"),
        ({"method": "dqn"}, PUSHES, "dqn is for discrete actions"),
        ({}, Box((1,)), "between finite bounds"),
        ({}, Box((2, 2), low=(-1.0,), high=(1.0,)), "one row of numbers"),
        ({"divergence": "wasserstein"}, PUSHES, "wasserstein"),
        ({"method": "sac", "reference": "clone", "target_entropy": -1.0}, PUSHES, "no target entropy"),
        ({"method": "airl", "target_entropy": -1.0}, PUSHES, "the policy that its reward asks for"),
        ({"method": "airl", "reference": "clone"}, PUSHES, "the policy that its reward asks for"),
        ({"method": "dac"}, Discrete(3), "dac is for continuous actions"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(changes: dict[str, Any], space: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Trainer(config(**changes), POINTS, space, seeds=[0], demonstrations=[shown(1)], make_env=Rail)


@pytest.mark.skipif(shutil.which("g++") is None, reason="compiling needs a C++ compiler")
def test_compiled_updates_are_the_eager_ones_and_go_on_with_the_same_bits() -> None:
    """The one update that is compiled in earnest, which takes half a minute: of all, it has most in it."""
    (eager, batch), (compiled, _) = (
        update(compile=way, hidden=(8,), layer_norm=False, **NEAR_CLONE) for way in (False, True)
    )
    for _ in range(3):
        kept = {name: tensor.clone() for name, tensor in compiled.state_dict().items()}
        drawn = [generator.get_state() for generator in compiled._generators]
        for own in (eager, compiled):
            own(batch, None, 16)
    ended = {name: tensor.clone() for name, tensor in compiled.state_dict().items()}
    for name, tensor in eager.state_dict().items():
        if not name.startswith(("adam", "actor_adam")):
            torch.testing.assert_close(ended[name], tensor, rtol=2e-3, atol=2e-4)
    compiled.load_state_dict(kept)
    for generator, state in zip(compiled._generators, drawn, strict=True):
        generator.set_state(state)
    compiled(batch, None, 16)
    assert states_equal(compiled.state_dict(), ended)
