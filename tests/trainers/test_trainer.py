"""The network trainer: exact answers on a chain, seeds that do not touch, runs that go on bit by bit."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from small_steps import transitions
from tracing import trace_only

from trainers.deep.config import TrainerConfig
from trainers.deep.objectives import critic_loss
from trainers.deep.trainer import Trainer
from trainers.divergences import DIVERGENCES
from trainers.settings import from_values
from trainers.spaces import Box, Discrete
from trainers.transitions import Transitions

OFFLINE = TrainerConfig(
    method="bc", updates=96, temperature=1.0, hidden=(16,), batch_size=8, checkpoint_every=32
)
ONLINE = TrainerConfig(
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
CELLS, POINTS, MOVES = Box((3,), low=(0.0,), high=(1.0,)), Box((4,)), Discrete(2)
GRADIENTS = pytest.mark.parametrize("gradient", ["full", "semi"])


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
    ends, paid = rng.random(n) < 0.1, rng.normal(size=n)
    return transitions(obs[:-1], action, obs[1:], terminated=ends, reward=paid, every=20)


@pytest.mark.parametrize(("method", "temperature"), [("soft-q", 0.5), ("dqn", 0.0)])
def test_q_learning_finds_the_chains_exact_values(method: str, temperature: float) -> None:
    config = TrainerConfig(
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
    trainer = Trainer(config, CELLS, MOVES, seeds=[0, 1], make_env=Chain)
    trainer.advance(config.updates)
    exact = chain_q(0.8, temperature)
    for face in (trainer.learner, trainer.target):
        q = face.action_values(np.eye(3, dtype=np.float32))
        np.testing.assert_allclose(q, [exact, exact], atol=0.05)


def test_cloning_finds_the_share_of_each_action() -> None:
    obs = np.repeat(np.eye(2), 40, axis=0)
    action = np.r_[np.arange(40) % 4 == 0, np.arange(40) % 2 == 0].astype(int)
    data = transitions(obs, action, obs)
    config = replace(OFFLINE, updates=1500, batch_size=64)
    trainer = Trainer(config, Box((2,)), MOVES, seeds=[3], demonstrations=[data])
    trainer.advance(1500)
    policy = trainer.learner.policy(np.eye(2, dtype=np.float32))
    np.testing.assert_allclose(policy[0, :, 1], [0.25, 0.5], atol=0.06)


def test_chance_acts_whatever_is_learned(tmp_path: Path) -> None:
    config = replace(ONLINE, acting="chance", updates=400, temperature=1e-3, replay_capacity=2_000)
    trainer = Trainer(config, CELLS, MOVES, seeds=[0], make_env=Chain, replay=tmp_path)
    trainer.advance(400)
    taken = np.fromfile(tmp_path / "action.bin", np.int64)[: trainer.state_dict()[1]["replay"]["size"]]
    assert len(taken) == 20 + 400
    assert taken.mean() == pytest.approx(0.5, abs=0.07)


def fresh(config: TrainerConfig, seeds: list[int], replay: Path | None = None) -> Trainer:
    if config.online:
        return Trainer(config, CELLS, MOVES, seeds=seeds, make_env=Chain, replay=replay)
    return Trainer(config, POINTS, MOVES, seeds=seeds, demonstrations=[steps(seed=seed) for seed in seeds])


def run(
    config: TrainerConfig, seeds: list[int], stops: tuple[int, ...] = (), replay: Path | None = None
) -> Trainer:
    """Train to the end, made anew from its own state and replay at every stop."""
    trainer = fresh(config, seeds, replay)
    for stop in stops:
        trainer.advance(stop - trainer.update)
        state = trainer.state_dict()
        trainer = fresh(config, seeds, replay)
        trainer.load_state_dict(*state)
    trainer.advance(config.updates)
    return trainer


def assert_same_bits(a: Trainer, b: Trainer) -> None:
    """Two trainers' states are equal, tensor by tensor."""
    (tensors, about), (others, other) = a.state_dict(), b.state_dict()
    assert about == other
    assert tensors.keys() == others.keys()
    for name, tensor in tensors.items():
        assert torch.equal(tensor, others[name]), name


def assert_same_critics(a: Trainer, at: int, b: Trainer, other: int) -> None:
    """One seed's networks of a trainer are those of another's, to rounding."""
    others = b.critic.state_dict()
    for name, tensor in a.critic.state_dict().items():
        torch.testing.assert_close(tensor[at], others[name][other], atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("config", [OFFLINE, ONLINE], ids=["offline", "online"])
def test_interrupted_at_checkpoints_ends_with_the_same_bits(config: TrainerConfig, tmp_path: Path) -> None:
    whole = run(config, [0, 1], replay=tmp_path / "whole")
    stops = (config.checkpoint_every, 2 * config.checkpoint_every)
    assert_same_bits(whole, run(config, [0, 1], stops, tmp_path / "resumed"))
    for file in (tmp_path / "whole").glob("*.bin"):
        assert file.read_bytes() == (tmp_path / "resumed" / file.name).read_bytes(), file.name


def test_steps_taken_after_the_checkpoint_are_written_over(tmp_path: Path) -> None:
    whole = run(ONLINE, [0, 1], replay=tmp_path / "whole")
    killed = fresh(ONLINE, [0, 1], tmp_path / "killed")
    killed.advance(ONLINE.checkpoint_every)
    state = killed.state_dict()
    for generator in killed._generators:
        generator.manual_seed(99)  # what it did then is not what will be done
    killed.advance(ONLINE.checkpoint_every + 5)
    resumed = fresh(ONLINE, [0, 1], tmp_path / "killed")
    resumed.load_state_dict(*state)
    resumed.advance(ONLINE.updates)
    assert_same_bits(whole, resumed)
    for file in (tmp_path / "whole").glob("*.bin"):
        assert file.read_bytes() == (tmp_path / "killed" / file.name).read_bytes(), file.name


@pytest.mark.parametrize("name", ["obs", "action", "reward", "terminated", "row"])
def test_a_replay_that_was_cut_short_is_refused(name: str, tmp_path: Path) -> None:
    trainer = fresh(ONLINE, [0, 1], tmp_path)
    trainer.advance(ONLINE.checkpoint_every)
    state = trainer.state_dict()
    os.truncate(tmp_path / f"{name}.bin", 50)  # of 72 bytes at least
    with pytest.raises(
        ValueError, match="files are shorter than its checkpoint says: they have been changed"
    ):
        fresh(ONLINE, [0, 1], tmp_path).load_state_dict(*state)


@pytest.mark.parametrize("config", [OFFLINE, ONLINE], ids=["offline", "online"])
def test_a_seed_learns_the_same_alone_and_beside_others(config: TrainerConfig) -> None:
    assert_same_critics(run(config, [5, 7, 9]), 1, run(config, [7]), 0)


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    a, b, c = run(ONLINE, [1]), run(ONLINE, [1]), run(ONLINE, [2])
    assert_same_bits(a, b)
    for weight, other in zip(a.critic.network.parameters(), c.critic.network.parameters(), strict=True):
        assert not torch.equal(weight, other)


def test_how_the_updates_are_asked_for_changes_nothing() -> None:
    bit_by_bit = fresh(OFFLINE, [0])
    while not bit_by_bit.finished:
        bit_by_bit.advance(5)
    assert_same_bits(run(OFFLINE, [0]), bit_by_bit)


@pytest.mark.filterwarnings("error")
def test_demonstrations_may_be_looked_at_as_they_are() -> None:
    data, trainer = steps(), fresh(OFFLINE, [0, 1])
    assert not data.obs.flags.writeable
    of_all = trainer.learner.action_values(data.obs)
    own = trainer.learner.action_values(np.stack([data.obs, data.next_obs]))
    assert of_all.shape == own.shape == (2, 60, 2)
    np.testing.assert_array_equal(of_all[0], own[0])


def test_the_target_follows_by_its_share_of_the_way() -> None:
    trainer = fresh(replace(OFFLINE, target_rate=0.25, updates=1), [0])
    before = [weight.clone() for weight in trainer.critic.network.parameters()]
    trainer.advance(1)
    now, target = trainer.critic.network.parameters(), trainer._update.target.network.parameters()
    for old, new, follower in zip(before, now, target, strict=True):
        assert not torch.equal(old, new)
        torch.testing.assert_close(follower, 0.75 * old + 0.25 * new)


def test_actions_are_numbered_as_their_space_has_them() -> None:
    """The same trainings with actions 3 and 4 in place of 0 and 1 end with the same bits."""

    class Shifted(Chain):
        def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
            return super().step(action - 3)

    config = replace(ONLINE, method="iq", penalty="mixture", value_term="mixture")
    data, trainers = steps(shape=(3,)), []
    for first, env in ((0, Chain), (3, Shifted)):
        demonstrations = [replace(data, action=data.action + first)]
        space = Discrete(2, first)
        trainer = Trainer(config, CELLS, space, seeds=[0], demonstrations=demonstrations, make_env=env)
        trainer.advance(config.updates)
        trainers.append(trainer)
        best = trainer.learner.act(data.obs, np.random.default_rng(0), deterministic=True)
        assert set(best.flat) <= {first, first + 1}
    assert_same_bits(*trainers)


@pytest.mark.parametrize(
    "changes",
    [{}, {"method": "iq", "gradient": "full"}, {"method": "iq", "gradient": "semi"}],
    ids=["bc", "iq-online", "iq-target"],
)
def test_a_traced_update_is_the_same_update(changes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    trace_only(monkeypatch)
    eager, traced = (run(replace(OFFLINE, updates=32, compile=way, **changes), [4]) for way in (False, True))
    assert_same_critics(traced, 0, eager, 0)
    found, expected = traced.statistics(), eager.statistics()
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert found[name] == pytest.approx(values, rel=1e-3, abs=1e-5), name


def test_replay_forgets_the_oldest_and_keeps_its_steps_whole() -> None:
    trainer = run(ONLINE, [0])
    assert trainer._replay is not None
    assert trainer.state_dict()[1]["replay"]["size"] == trainer.env_steps == 20 + 64
    generator = torch.Generator().manual_seed(0)
    rows = trainer._replay.draw(1, 5_000, [generator]).at(0)
    obs, following, ended = rows.obs[0].argmax(1), rows.next_obs[0].argmax(1), rows.terminated[0]
    assert torch.equal(following[~ended], (obs + rows.action[0])[~ended])
    assert ended.any()
    again = torch.randint(50, (5_000,), generator=torch.Generator().manual_seed(0))  # the newest 50
    assert len({(int(i), int(a)) for i, a in zip(again, rows.action[0], strict=True)}) == 50


@GRADIENTS
def test_whose_value_follows_a_step(gradient: Any) -> None:
    """The learner's own with its gradient, or its target's without, and within bounds."""
    config = replace(OFFLINE, method="iq", gradient=gradient, value_clip=0.01)
    trainer = run(config, [0])
    batch = trainer._draw(1)[0].at(0)
    found = trainer._update._next_value(batch.next_obs)
    assert found.requires_grad is (gradient == "full")
    face = trainer.learner if gradient == "full" else trainer.target
    expected = face.values(batch.next_obs.numpy())
    assert np.abs(expected).max() > 0.01
    bound = np.inf if gradient == "full" else 0.01
    np.testing.assert_allclose(found.detach(), expected.clip(-bound, bound), atol=1e-5)


@pytest.mark.parametrize(
    "divergence",
    ["chi2", "reverse_kl", "forward_kl", "hellinger", "jensen_shannon", "total_variation", "wasserstein"],
)
@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
@GRADIENTS
def test_every_objective_learns_offline_without_a_number_running_away(
    divergence: str, terminal: Any, gradient: Any
) -> None:
    config = replace(OFFLINE, method="iq", divergence=divergence, terminal=terminal, gradient=gradient)
    trainer = fresh(config, [0])
    trainer.advance(config.updates)
    found = trainer.statistics()
    assert all(np.isfinite(value).all() for value in found.values())
    assert {"loss", "loss/expert_reward", "q_abs_max", "entropy"} <= set(found)


@pytest.mark.parametrize("method", ["iq", "sqil", "sqil-t"])
@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
@GRADIENTS
def test_every_imitation_learns_online(method: Any, terminal: Any, gradient: Any) -> None:
    config = replace(
        ONLINE, method=method, terminal=terminal, gradient=gradient, penalty="mixture", value_term="mixture"
    )
    demos = steps(shape=(3,))
    trainer = Trainer(config, CELLS, MOVES, seeds=[0, 1], demonstrations=[demos], make_env=Chain)
    trainer.advance(config.updates)
    assert trainer.finished
    assert all(np.isfinite(value).all() for value in trainer.statistics().values())


@pytest.mark.parametrize("divergence", ["chi2", "reverse_kl", "hellinger", "jensen_shannon"])
@GRADIENTS
def test_the_ends_value_settles_where_entering_and_staying_pay_the_same(
    divergence: str, gradient: Any
) -> None:
    """d loss / d V(end) = share ended * gamma * (phi'(r entering) - phi'(r staying))."""
    config = replace(
        OFFLINE, method="iq", divergence=divergence, terminal="absorbing", penalty="expert",
        gradient=gradient, gamma=0.9, alpha=10.0, scale=10.0,
    )  # fmt: skip
    trainer = fresh(config, [0])
    end = trainer.critic.terminal_value
    end.data.fill_(0.4)
    batch = trainer._draw(1)[0].at(0)
    ended = batch.terminated[0]
    assert 0 < ended.sum() < len(ended)
    rows = trainer._update._rows(batch, None, config.batch_size)
    (slope,) = torch.autograd.grad(critic_loss(config, rows).total.sum(), end)
    entering, staying = (rows.q - 0.9 * 0.4)[0, ended].detach().numpy(), np.float64(0.1 * 0.4)
    dphi = DIVERGENCES[divergence].dphi  # of chi-squared with alpha 1, so alpha is a scale too
    gap = float(dphi(entering / 10.0).mean() - dphi(staying / 10.0))
    assert float(slope[0, 0]) == pytest.approx(float(ended.float().mean()) * 0.9 * gap, rel=1e-4)


def test_the_ends_value_learns_as_fast_as_a_reward_for_ever() -> None:
    """Adam's first step is the learning rate, whatever the gradient: V(end) takes 1 / (1 - gamma) of it."""
    config = replace(OFFLINE, method="iq", terminal="absorbing", gamma=0.9, updates=1)
    trainer = fresh(config, [0])
    before = trainer.state_dict()[0]
    trainer.advance(1)
    moved = {
        name: (w - before[f"critic.{name}"]).abs().max() for name, w in trainer.critic.state_dict().items()
    }
    assert float(moved.pop("terminal_value")) == pytest.approx(config.learning_rate / 0.1, rel=1e-3)
    assert float(max(moved.values())) == pytest.approx(config.learning_rate, rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"gamma": 1.0}, "gamma must be at least 0 and less than 1, got 1: choose for example 0.99"),
        (
            {"method": "guess"},
            "method must be one of iq, csil, ls-iq, dac, airl, sqil, sqil-t, bc, soft-q, dqn, sac, rlpd, "
            ".*got 'guess'",
        ),
        ({"updates": 0}, "updates must be a whole number of at least 1"),
        ({"gradient": "none"}, "gradient must be one of full, semi, got 'none'"),
        ({"divergence": "kl"}, "divergence must be one of chi2"),
        ({"method": "iq", "penalty": "mixture"}, "needs steps of the learner"),
        ({"method": "dqn"}, "must be online"),
        ({"method": "dac"}, "tells demonstrated steps from own ones: it must be online"),
        ({"actions_from": "inverse-model"}, "actions from the inverse-model need steps of the learner"),
        ({"method": "sqil", "online": True, "actions_from": "policy"}, "sqil would imitate itself"),
        (
            {"method": "sqil", "online": True, "warmup": 9, "replay_capacity": 8},
            "of 8 steps never holds the 9",
        ),
        ({"hidden": (8, 0)}, "hidden must be at most 6 whole numbers"),
        ({"target_rate": 0.0}, "target_rate must be above 0 and at most 1"),
        ({"value_clip": -1.0}, "value_clip must be a positive number or none"),
        ({"divergence": "wasserstein", "compile": True}, "cannot be compiled"),
    ],
)
def test_a_bad_setting_gets_one_clear_sentence(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        replace(OFFLINE, **changes)


def test_a_configuration_survives_json() -> None:
    assert from_values(TrainerConfig, asdict(OFFLINE)) == OFFLINE
    with pytest.raises(ValueError, match="unknown setting 'colour'"):
        from_values(TrainerConfig, {"colour": 1})


@pytest.mark.parametrize(
    ("spaces", "given", "says"),
    [
        ((POINTS, MOVES), {}, "give at least one"),
        ((CELLS, MOVES), {"demonstrations": [steps()]}, r"observe shape \(4,\), the task shape \(3,\)"),
        (
            (POINTS, MOVES),
            {"demonstrations": [steps(actions=5)]},
            "actions must be whole numbers from 0 to 1, got 4",
        ),
        ((POINTS, Discrete(2, 1)), {"demonstrations": [steps()]}, "whole numbers from 1 to 2, got 0"),
        ((POINTS, MOVES), {"demonstrations": [steps()] * 3}, "one set of demonstrations or 2, .* got 3"),
        ((POINTS, MOVES), {"demonstrations": [steps()], "seeds": []}, "there is no seed"),
        ((MOVES, MOVES), {"demonstrations": [steps()]}, "shows whole numbers from 0 to 1"),
        ((POINTS, Discrete(1)), {"demonstrations": [steps()]}, "at least 2 actions to choose from"),
        ((POINTS, POINTS), {"demonstrations": [steps()]}, r"finite bounds, got arrays of shape \(4,\)"),
    ],
)
def test_what_does_not_fit_is_refused(spaces: Any, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Trainer(OFFLINE, *spaces, **{"seeds": [0, 1], **given})


def test_learning_online_needs_an_environment() -> None:
    with pytest.raises(ValueError, match="needs an environment"):
        Trainer(ONLINE, CELLS, MOVES, seeds=[0])


def test_a_state_of_another_configuration_is_refused() -> None:
    state = run(OFFLINE, [0]).state_dict()
    for other in (fresh(replace(OFFLINE, hidden=(8,)), [0]), fresh(OFFLINE, [0, 1]), fresh(ONLINE, [0])):
        with pytest.raises(ValueError, match="another configuration"):
            other.load_state_dict(*state)
