"""Actions told from what they do: learned from the learner's steps, never read from demonstrations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from small_steps import transitions

from trainers.deep.config import TrainerConfig
from trainers.deep.inverse_model import inverse_model
from trainers.deep.replay import Dataset
from trainers.deep.trainer import Trainer
from trainers.spaces import Box, Discrete
from trainers.transitions import Transitions

CELLS = np.eye(3, dtype=np.float32)
SPACES = (Box((3,), low=(0.0,), high=(1.0,)), Discrete(2))


class Chain(gym.Env[np.ndarray, int]):
    """Three cells in a row, one-hot: action 1 goes right, 0 stays; nothing is paid, nothing ends."""

    observation_space = gym.spaces.Box(0.0, 1.0, (3,), np.float32)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.cell, self.moves = 0, 0
        return CELLS[0], {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.moves += 1
        self.cell = min(2, self.cell + int(action))
        return CELLS[self.cell], 0.0, False, self.moves >= 6, {}


ONLINE = TrainerConfig(
    method="iq",
    online=True,
    updates=48,
    hidden=(16,),
    batch_size=8,
    warmup=20,
    replay_capacity=50,
    checkpoint_every=16,
    penalty="mixture",
    value_term="mixture",
)
TOLD = replace(
    ONLINE, actions_from="inverse-model", updates=400, batch_size=32, warmup=200, replay_capacity=2_000
)


@pytest.fixture
def short_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that need not tell anything rightly learn less before the first update."""
    monkeypatch.setattr("trainers.deep.trainer.HEAD_START", 20)


def moves(n: int, seed: int) -> Transitions:
    """Points that each of three actions moves another way, with some noise."""
    rng = np.random.default_rng(seed)
    done = rng.integers(3, size=n)
    ways = np.array([[0.1, 0.0], [-0.05, 0.08], [-0.05, -0.08]])
    obs = rng.normal(size=(n, 2))
    next_obs = obs + ways[done] + 0.01 * rng.normal(size=(n, 2))
    return transitions(obs, done, next_obs)


def flat(obs: torch.Tensor) -> torch.Tensor:
    return obs.flatten(2).float()


def test_it_tells_what_was_done() -> None:
    own, shown = Dataset([moves(500, 0), moves(300, 1)]), Dataset([moves(40, 2), moves(40, 3)])
    generators = [torch.Generator().manual_seed(k) for k in range(2)]
    model = inverse_model(shown, (32,), Discrete(3), generators, 3e-3, flat, torch.device("cpu"))
    model.improve(own.draw(400, 32, generators))
    rows = shown.draw(1, 500, generators)
    assert (model.actions(rows) == rows.action).float().mean() > 0.98
    assert (model.statistics() < 0.5).all()


def pushes(n: int, seed: int) -> Transitions:
    """A point and its speed, which an action from -1 to 1 changes; and a number that never moves."""
    rng = np.random.default_rng(seed)
    push, obs = rng.uniform(-1.0, 1.0, (n, 1)), rng.normal(size=(n, 3)) * [0.1, 5.0, 0.0]
    speed = obs[:, 1] + 2.0 * push[:, 0]
    after = np.stack([obs[:, 0] + 0.01 * speed, speed, obs[:, 2]], 1)
    return transitions(obs, push, after)


def test_it_tells_how_much_was_done() -> None:
    own, shown = Dataset([pushes(500, 0), pushes(300, 1)]), Dataset([pushes(40, 2), pushes(40, 3)])
    generators = [torch.Generator().manual_seed(k) for k in range(2)]
    space = Box((1,), low=(-1.0,), high=(1.0,))
    model = inverse_model(shown, (32,), space, generators, 3e-3, flat, torch.device("cpu"))
    model.improve(own.draw(400, 32, generators))
    rows = shown.draw(1, 100, generators)
    told = model.actions(rows)
    assert told.shape == rows.action.shape
    assert ((told - rows.action) ** 2).mean() < 0.01  # a third without looking
    assert (model.statistics() < 0.2).all()


def going_right(shown_action: int) -> Transitions:
    """Steps to the right along the chain, with the same action written beside all of them."""
    at = np.arange(40) % 2
    return transitions(CELLS[at], np.full(40, shown_action), CELLS[at + 1], every=2)


def fresh(config: TrainerConfig, shown_action: int, replay: Path | None = None) -> Trainer:
    data = [going_right(shown_action)]
    return Trainer(config, *SPACES, seeds=[0, 1], demonstrations=data, make_env=Chain, replay=replay)


def trained(config: TrainerConfig, shown_action: int) -> Trainer:
    trainer = fresh(config, shown_action)
    trainer.advance(config.updates)
    return trainer


def alike(a: Trainer, b: Trainer) -> bool:
    """Whether two trainers' critics have the same bits."""
    other = b.critic.state_dict()
    return all(torch.equal(tensor, other[name]) for name, tensor in a.critic.state_dict().items())


@pytest.mark.parametrize("source", ["inverse-model", "policy"])
@pytest.mark.usefixtures("short_start")
def test_the_demonstrated_actions_are_never_looked_at(source: Any) -> None:
    config = replace(ONLINE, actions_from=source)
    assert alike(trained(config, 1), trained(config, 0))
    assert not alike(trained(ONLINE, 1), trained(ONLINE, 0))


def test_who_goes_right_is_imitated_without_being_told() -> None:
    policy = trained(TOLD, 0).learner.policy(CELLS)
    assert (policy[:, :2, 1] > 0.9).all()


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_model_sees_what_the_learner_would_not_do(share: float) -> None:
    done: list[int] = []

    class Watched(Chain):
        def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
            if self.cell < 2:  # further right there is nothing to choose
                done.append(int(action))
            return super().step(action)

    config = replace(TOLD, exploration=share)
    trainer = Trainer(config, *SPACES, seeds=[0], demonstrations=[going_right(1)], make_env=Watched)
    trainer.advance(config.updates)
    assert 1.0 - np.mean(done[-100:]) == pytest.approx(share / 2, abs=0.12)


class Rail(gym.Env[np.ndarray, np.ndarray]):
    """A place on a line that an action moves."""

    observation_space = gym.spaces.Box(-np.inf, np.inf, (1,), np.float32)
    action_space = gym.spaces.Box(-1.0, 1.0, (1,), np.float32)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        super().reset(seed=seed)
        self.at, self.moves = np.zeros(1, np.float32), 0
        return self.at, {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.moves += 1
        self.at = self.at + action.astype(np.float32)
        return self.at, 0.0, False, self.moves >= 20, {}


def along(shown_action: float) -> Transitions:
    """Half a step to the right, over and over, with the same action written beside all of them."""
    at = np.arange(20, dtype=np.float32)[:, None] / 2.0
    return transitions(at, np.full((20, 1), shown_action), at + 0.5)


RAIL_SPACES = Box((1,)), Box((1,), low=(-1.0,), high=(1.0,))
RAIL = replace(TOLD, updates=600, gradient="semi", actor_rate=3e-3, learning_rate=3e-3, temperature=0.1)


def on_rail(config: TrainerConfig, shown_action: float) -> Trainer:
    trainer = Trainer(config, *RAIL_SPACES, seeds=[0], demonstrations=[along(shown_action)], make_env=Rail)
    trainer.advance(config.updates)
    return trainer


def test_actions_that_are_numbers_are_told_and_imitated_without_being_looked_at() -> None:
    trainer = on_rail(RAIL, -0.9)
    obs = np.arange(0.0, 9.0, dtype=np.float32)[:, None]
    acted = trainer.learner.act(obs[None], np.random.default_rng(0), deterministic=True)[0]
    assert 0.2 < acted.mean() < 0.8
    model = trainer._inverse
    assert model is not None
    told = model.actions(Dataset([along(0.0)]).draw(1, 50, [torch.Generator().manual_seed(0)]))
    assert told.mean().item() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("source", ["inverse-model", "policy"])
@pytest.mark.usefixtures("short_start")
def test_demonstrated_numbers_are_never_looked_at(source: Any) -> None:
    short = replace(RAIL, updates=32, actions_from=source)
    assert alike(on_rail(short, 0.5), on_rail(short, -0.5))
    with_actions = replace(short, actions_from="demonstrations")
    assert not alike(on_rail(with_actions, 0.5), on_rail(with_actions, -0.5))


@pytest.mark.parametrize("changes", [{"reference": "clone"}, {"actor_start": "clone"}, {"method": "csil"}])
def test_who_sees_no_actions_has_no_clone(changes: Any) -> None:
    with pytest.raises(ValueError, match=r"a clone copies demonstrated actions, .* there are none"):
        on_rail(replace(RAIL, **changes), 0.5)


@pytest.mark.usefixtures("short_start")
def test_interrupted_at_checkpoints_ends_with_the_same_bits(tmp_path: Path) -> None:
    config = replace(ONLINE, actions_from="inverse-model")
    parts = fresh(config, 1, tmp_path)
    while not parts.finished:
        parts.advance(config.checkpoint_every)
        state = parts.state_dict()
        parts = fresh(config, 1, tmp_path)
        parts.load_state_dict(*state)
    assert alike(parts, trained(config, 1))


def test_a_state_without_the_model_is_refused(tmp_path: Path) -> None:
    trainer = fresh(ONLINE, 1, tmp_path)
    trainer.advance(ONLINE.updates)
    with pytest.raises(ValueError, match="another configuration"):
        fresh(replace(ONLINE, actions_from="inverse-model"), 1, tmp_path).load_state_dict(
            *trainer.state_dict()
        )


def test_it_sees_bytes_fall_as_well_as_rise() -> None:
    rng = np.random.default_rng(0)
    obs, done = rng.integers(50, 200, size=(300, 2, 1, 1), dtype=np.uint8), rng.integers(2, size=300)
    after = np.where(done[:, None, None, None] == 1, obs + 20, obs - 20).astype(np.uint8)
    steps, generators = Dataset([transitions(obs, done, after)]), [torch.Generator().manual_seed(0)]
    model = inverse_model(steps, (32,), Discrete(2), generators, 3e-3, flat, torch.device("cpu"))
    assert model.change.item() == 20.0
    model.improve(steps.draw(400, 32, generators))
    rows = steps.draw(1, 500, generators)
    assert (model.actions(rows) == rows.action).float().mean() > 0.98
