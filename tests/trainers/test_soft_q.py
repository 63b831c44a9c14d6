"""The discrete trainer: exact answers on a chain, seeds that do not touch, runs that go on bit by bit."""

from __future__ import annotations

import math
import shutil
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

from trainers.critic import GROUP
from trainers.divergences import DIVERGENCES
from trainers.soft_q import SoftQConfig, SoftQTrainer, Transitions

OFFLINE = SoftQConfig(
    method="bc", updates=96, temperature=1.0, hidden=(16,), batch_size=8, checkpoint_every=32
)
ONLINE = SoftQConfig(
    method="soft-q",
    online=True,
    updates=64,
    temperature=0.5,
    hidden=(16,),
    batch_size=8,
    warmup=20,
    replay_capacity=50,
    checkpoint_every=16,
)


class Chain(gym.Env[np.ndarray, int]):
    """Three cells in a row, one-hot: action 1 goes right, 0 stays; leaving at the right end pays 1."""

    observation_space = gym.spaces.Box(0.0, 1.0, (3,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.cell, self.moves = int(self.np_random.integers(3)), 0
        return np.eye(3, dtype=np.float32)[self.cell], {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.moves += 1
        if action == 1 and self.cell == 2:
            return np.eye(3, dtype=np.float32)[2], 1.0, True, False, {}
        self.cell += int(action)
        return np.eye(3, dtype=np.float32)[self.cell], 0.0, False, self.moves >= 10, {}


def chain_q(gamma: float, temperature: float) -> np.ndarray:
    """(3, 2) soft-optimal Q of the chain, by iteration."""
    q = np.zeros((3, 2))
    for _ in range(2000):
        v = temperature * np.log(np.exp(q / temperature).sum(1)) if temperature else q.max(1)
        q = np.array([[gamma * v[s], gamma * v[s + 1] if s < 2 else 1.0] for s in range(3)])
    return q


def steps(n: int = 60, seed: int = 0, shape: tuple[int, ...] = (4,), actions: int = 2) -> Transitions:
    rng = np.random.default_rng(seed)
    obs = rng.normal(size=(n + 1, *shape))
    action = rng.integers(actions, size=n)
    return Transitions(
        obs[:-1], action, obs[1:], rng.random(n) < 0.1, rng.normal(size=n), np.arange(n) % 20 == 0
    )


@pytest.mark.parametrize(("method", "temperature"), [("soft-q", 0.5), ("dqn", 0.0)])
def test_q_learning_finds_the_chains_exact_values(method: str, temperature: float) -> None:
    config = SoftQConfig(
        method=method,  # type: ignore[arg-type]
        online=True,
        updates=1500,
        gamma=0.8,
        temperature=temperature or 0.5,
        hidden=(32,),
        batch_size=64,
        learning_rate=3e-3,
        target_rate=0.05,
        warmup=300,
        exploration=0.3,
    )
    trainer = SoftQTrainer(config, (3,), 2, seeds=[0, 1], make_env=Chain)
    trainer.advance(config.updates)
    exact = chain_q(0.8, temperature)
    np.testing.assert_allclose(trainer.q_values(np.eye(3, dtype=np.float32)), [exact, exact], atol=0.05)


def test_cloning_finds_the_share_of_each_action() -> None:
    obs = np.repeat(np.eye(2), 40, axis=0)
    action = np.r_[np.arange(40) % 4 == 0, np.arange(40) % 2 == 0].astype(int)
    data = Transitions(obs, action, obs, np.zeros(80, bool), np.zeros(80), np.zeros(80, bool))
    config = replace(OFFLINE, updates=1500, batch_size=64)
    trainer = SoftQTrainer(config, (2,), 2, seeds=[3], demonstrations=[data])
    trainer.advance(1500)
    np.testing.assert_allclose(trainer.policy(np.eye(2, dtype=np.float32))[0, :, 1], [0.25, 0.5], atol=0.06)


def test_chance_acts_whatever_is_learned() -> None:
    config = replace(ONLINE, acting="chance", updates=400, temperature=1e-3, replay_capacity=2_000)
    trainer = SoftQTrainer(config, (3,), 2, seeds=[0], make_env=Chain)
    trainer.advance(400)
    actions = trainer.state_dict()[0]["replay.action"].float()
    assert actions.mean().item() == pytest.approx(0.5, abs=0.07)


def run(config: SoftQConfig, seeds: list[int], stops: list[int]) -> SoftQTrainer:
    """Train to the end, made anew from its own state at every stop."""

    def fresh() -> SoftQTrainer:
        data = [steps(seed=seed) for seed in seeds]
        if config.online:
            return SoftQTrainer(config, (3,), 2, seeds=seeds, make_env=Chain)
        return SoftQTrainer(config, (4,), 2, seeds=seeds, demonstrations=data)

    trainer = fresh()
    for stop in stops:
        trainer.advance(stop - trainer.update)
        tensors, about = trainer.state_dict()
        trainer = fresh()
        trainer.load_state_dict(tensors, about)
    trainer.advance(config.updates)
    return trainer


@pytest.mark.parametrize("config", [OFFLINE, ONLINE], ids=["offline", "online"])
def test_interrupted_at_checkpoints_ends_with_the_same_bits(config: SoftQConfig) -> None:
    whole, resumed = (
        run(config, [0, 1], []),
        run(config, [0, 1], [config.checkpoint_every, 2 * config.checkpoint_every]),
    )
    for (name, a), b in zip(whole.state_dict()[0].items(), resumed.state_dict()[0].values(), strict=True):
        assert torch.equal(a, b), name
    assert whole.state_dict()[1] == resumed.state_dict()[1]


@pytest.mark.parametrize("config", [OFFLINE, ONLINE], ids=["offline", "online"])
def test_a_seed_learns_the_same_alone_and_beside_others(config: SoftQConfig) -> None:
    together, alone = run(config, [5, 7, 9], []), run(config, [7], [])
    torch.testing.assert_close(together.critic.weights[1], alone.critic.weights[0], atol=1e-4, rtol=1e-3)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    a, b, c = run(ONLINE, [1], []), run(ONLINE, [1], []), run(ONLINE, [2], [])
    assert torch.equal(a.critic.weights, b.critic.weights)
    assert not torch.equal(a.critic.weights, c.critic.weights)


def test_how_the_updates_are_asked_for_changes_nothing() -> None:
    at_once, bit_by_bit = (
        run(OFFLINE, [0], []),
        SoftQTrainer(OFFLINE, (4,), 2, seeds=[0], demonstrations=[steps(seed=0)]),
    )
    while not bit_by_bit.finished:
        bit_by_bit.advance(5)
    assert torch.equal(at_once.critic.weights, bit_by_bit.critic.weights)


@pytest.mark.skipif(shutil.which("g++") is None, reason="compiling needs a C++ compiler")
def test_a_compiled_update_is_the_same_update() -> None:
    eager, compiled = (run(replace(OFFLINE, updates=32, compile=way), [4], []) for way in (False, True))
    torch.testing.assert_close(compiled.critic.weights, eager.critic.weights, atol=1e-4, rtol=1e-3)
    assert compiled.statistics()["loss"] == pytest.approx(eager.statistics()["loss"], rel=1e-3)


@pytest.mark.parametrize("updates_per_round", [1, 3, 4])
def test_no_update_of_a_round_is_left_to_the_slow_way(
    updates_per_round: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = []
    monkeypatch.setattr(
        torch, "compile", lambda group, **_: lambda *x: groups.append(group(*x)) or groups[-1]
    )
    trainer = run(replace(ONLINE, compile=True, updates=12, updates_per_round=updates_per_round), [0], [])
    assert len(groups) * math.gcd(GROUP, updates_per_round) == trainer.update == 12


def test_replay_forgets_the_oldest_and_keeps_its_steps_whole() -> None:
    trainer = run(ONLINE, [0], [])
    tensors, about = trainer.state_dict()
    assert tensors["replay.action"].shape == (1, 50)
    obs, action = tensors["replay.obs"][0].argmax(1), tensors["replay.action"][0]
    following, ended = tensors["replay.next_obs"][0].argmax(1), tensors["replay.terminated"][0]
    assert torch.equal(following[~ended], (obs + action)[~ended])
    assert about["env_steps"] == 20 + 64


@pytest.mark.parametrize(
    "divergence",
    ["chi2", "reverse_kl", "forward_kl", "hellinger", "jensen_shannon", "total_variation", "wasserstein"],
)
@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
def test_every_objective_learns_offline_without_a_number_running_away(divergence: str, terminal: str) -> None:
    config = replace(OFFLINE, method="iq", divergence=divergence, terminal=terminal)  # type: ignore[arg-type]
    trainer = SoftQTrainer(config, (4,), 2, seeds=[0], demonstrations=[steps()])
    trainer.advance(config.updates)
    found = trainer.statistics()
    assert all(np.isfinite(value).all() for value in found.values())
    assert {"loss", "loss/expert_reward", "q_abs_max", "entropy"} <= set(found)


@pytest.mark.parametrize("method", ["iq", "sqil", "sqil-t"])
@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
def test_every_imitation_learns_online(method: str, terminal: str) -> None:
    config = replace(ONLINE, method=method, terminal=terminal, penalty="mixture", value_term="mixture")  # type: ignore[arg-type]
    demos = steps(shape=(3,))
    trainer = SoftQTrainer(config, (3,), 2, seeds=[0, 1], demonstrations=[demos], make_env=Chain)
    trainer.advance(config.updates)
    assert trainer.finished
    assert all(np.isfinite(value).all() for value in trainer.statistics().values())


@pytest.mark.parametrize("divergence", ["chi2", "reverse_kl", "hellinger", "jensen_shannon"])
def test_the_ends_value_settles_where_entering_and_staying_pay_the_same(divergence: str) -> None:
    """d loss / d V(end) = share ended * gamma * (phi'(r entering) - phi'(r staying))."""
    config = replace(
        OFFLINE, method="iq", divergence=divergence, terminal="absorbing", penalty="expert",
        gamma=0.9, alpha=10.0, scale=10.0,
    )  # fmt: skip
    data = steps()
    trainer = SoftQTrainer(config, (4,), 2, seeds=[0], demonstrations=[data])
    critic = trainer.critic
    critic.weights[0, -1] = 0.4
    batch = trainer._draw(1)[0].at(0)
    ended = batch.terminated[0]
    assert 0 < ended.sum() < len(ended)
    parts = [part.detach().requires_grad_() for part in critic._parts(critic.weights)]
    loss, seen = critic._loss(parts, critic._parts(critic.target), batch, None, config.batch_size)
    (slope,) = torch.autograd.grad(loss.total.sum(), parts[-1:])
    entering, staying = (seen.q_taken - seen.future)[0, ended].detach().numpy(), np.float64(0.1 * 0.4)
    dphi = DIVERGENCES[divergence].dphi  # of chi-squared with alpha 1, so alpha is a scale too
    gap = float(dphi(entering / 10.0).mean() - dphi(staying / 10.0))
    assert float(slope[0, 0]) == pytest.approx(float(ended.float().mean()) * 0.9 * gap, rel=1e-4)


def test_the_ends_value_learns_as_fast_as_a_reward_for_ever() -> None:
    """Adam's first step is the learning rate, whatever the gradient: V(end) takes 1 / (1 - gamma) of it."""
    config = replace(OFFLINE, method="iq", terminal="absorbing", gamma=0.9, updates=1)
    trainer = SoftQTrainer(config, (4,), 2, seeds=[0], demonstrations=[steps()])
    before = trainer.critic.weights.clone()
    trainer.advance(1)
    moved = (trainer.critic.weights - before).abs()[0]
    assert float(moved[-1]) == pytest.approx(config.learning_rate / 0.1, rel=1e-3)
    assert float(moved[:-1].max()) == pytest.approx(config.learning_rate, rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"gamma": 1.0}, "gamma must be at least 0 and less than 1, got 1.0: choose for example 0.99"),
        ({"method": "guess"}, "method must be one of iq, sqil, sqil-t, bc, soft-q, dqn, got 'guess'"),
        ({"updates": 0}, "updates must be a positive number"),
        ({"divergence": "kl"}, "unknown divergence 'kl'"),
        ({"method": "iq", "penalty": "mixture"}, "needs steps of the learner"),
        ({"method": "dqn"}, "must be online"),
        ({"actions_from": "inverse-model"}, "actions from the inverse-model need steps of the learner"),
        ({"method": "sqil", "online": True, "actions_from": "policy"}, "sqil would imitate itself"),
        (
            {"method": "sqil", "online": True, "warmup": 9, "replay_capacity": 8},
            "of 8 steps never holds the 9",
        ),
        ({"hidden": (8, 0)}, "at least one unit"),
        ({"target_rate": 0.0}, r"target_rate must lie in \(0, 1\]"),
        ({"value_clip": -1.0}, "value_clip must be a positive number or none"),
        ({"divergence": "wasserstein", "compile": True}, "cannot be compiled"),
    ],
)
def test_a_bad_setting_gets_one_clear_sentence(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(OFFLINE, **changes)


def test_a_configuration_survives_json() -> None:
    from dataclasses import asdict

    assert SoftQConfig.from_json(asdict(OFFLINE)) == OFFLINE
    with pytest.raises(ValueError, match="unknown setting 'colour'"):
        SoftQConfig.from_json({"colour": 1})


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="give at least one"):
        SoftQTrainer(OFFLINE, (4,), 2, seeds=[0])
    with pytest.raises(ValueError, match=r"observe shape \(4,\), the task shape \(3,\)"):
        SoftQTrainer(OFFLINE, (3,), 2, seeds=[0], demonstrations=[steps()])
    with pytest.raises(ValueError, match="hold action 4, the task has 2"):
        SoftQTrainer(OFFLINE, (4,), 2, seeds=[0], demonstrations=[steps(actions=5)])
    with pytest.raises(ValueError, match="needs an environment"):
        SoftQTrainer(ONLINE, (3,), 2, seeds=[0])
    state = run(OFFLINE, [0], []).state_dict()
    smaller = SoftQTrainer(replace(OFFLINE, hidden=(8,)), (4,), 2, seeds=[0], demonstrations=[steps()])
    with pytest.raises(ValueError, match="another configuration"):
        smaller.load_state_dict(*state)
