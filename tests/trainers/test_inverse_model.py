"""Actions told from what they do: learned from the learner's steps, never read from demonstrations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch

from trainers.inverse_model import InverseModel
from trainers.replay import Steps
from trainers.soft_q import SoftQConfig, SoftQTrainer, Transitions

CELLS = np.eye(3, dtype=np.float32)


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


ONLINE = SoftQConfig(
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


def moves(n: int, seed: int, *, action: Any = None) -> Transitions:
    """Points that each of three actions moves another way, with some noise."""
    rng = np.random.default_rng(seed)
    done = rng.integers(3, size=n)
    ways = np.array([[0.1, 0.0], [-0.05, 0.08], [-0.05, -0.08]])
    obs = rng.normal(size=(n, 2))
    next_obs = obs + ways[done] + 0.01 * rng.normal(size=(n, 2))
    shown = done if action is None else np.full(n, action)
    return Transitions(obs, shown, next_obs, np.zeros(n, bool), np.zeros(n), np.zeros(n, bool))


def test_it_tells_what_was_done() -> None:
    own, shown = Steps.of([moves(500, 0), moves(300, 1)]), Steps.of([moves(40, 2), moves(40, 3)])
    generators = [torch.Generator().manual_seed(k) for k in range(2)]
    model = InverseModel.of(shown, (32,), 3, generators, 3e-3)
    model.improve(own.draw(400, 32, generators))
    rows = shown.draw(1, 500, generators)
    assert (model.actions(rows) == rows.action).float().mean() > 0.98
    assert (model.statistics() < 0.5).all()


def going_right(shown_action: int) -> Transitions:
    """Steps to the right along the chain, with the same action written beside all of them."""
    at = np.arange(40) % 2
    none, action = np.zeros(40, bool), np.full(40, shown_action)
    return Transitions(CELLS[at], action, CELLS[at + 1], none, np.zeros(40), at == 0)


def fresh(config: SoftQConfig, shown_action: int) -> SoftQTrainer:
    data = [going_right(shown_action)]
    return SoftQTrainer(config, (3,), 2, seeds=[0, 1], demonstrations=data, make_env=Chain)


def trained(config: SoftQConfig, shown_action: int) -> SoftQTrainer:
    trainer = fresh(config, shown_action)
    trainer.advance(config.updates)
    return trainer


@pytest.mark.parametrize("source", ["inverse-model", "policy"])
def test_the_demonstrated_actions_are_never_looked_at(source: Any) -> None:
    config = replace(ONLINE, actions_from=source)
    right, wrong = trained(config, 1), trained(config, 0)
    assert torch.equal(right.critic.weights, wrong.critic.weights)
    assert not torch.equal(trained(ONLINE, 1).critic.weights, trained(ONLINE, 0).critic.weights)


def test_who_goes_right_is_imitated_without_being_told() -> None:
    policy = trained(TOLD, 0).policy(CELLS)
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
    trainer = SoftQTrainer(config, (3,), 2, seeds=[0], demonstrations=[going_right(1)], make_env=Watched)
    trainer.advance(config.updates)
    assert 1.0 - np.mean(done[-100:]) == pytest.approx(share / 2, abs=0.12)


def test_interrupted_at_checkpoints_ends_with_the_same_bits() -> None:
    config = replace(ONLINE, actions_from="inverse-model")
    parts = fresh(config, 1)
    while not parts.finished:
        parts.advance(config.checkpoint_every)
        state = parts.state_dict()
        parts = fresh(config, 1)
        parts.load_state_dict(*state)
    assert torch.equal(parts.critic.weights, trained(config, 1).critic.weights)


def test_a_state_without_the_model_is_refused() -> None:
    state = trained(ONLINE, 1).state_dict()
    with pytest.raises(ValueError, match="another configuration"):
        fresh(replace(ONLINE, actions_from="inverse-model"), 1).load_state_dict(*state)
