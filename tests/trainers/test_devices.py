"""Every tensor is where the configuration says.

No graphics card is needed: tensors without numbers stand in for those on one, and refuse what a card refuses:
to be mixed with the processor's, and to be read as arrays.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from small_steps import transitions
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode

from trainers.deep import actor_critic, trainer, update
from trainers.deep.committee import Committee
from trainers.deep.config import TrainerConfig
from trainers.deep.devices import DeviceError, device_named
from trainers.deep.trainer import Trainer
from trainers.spaces import Box, Discrete, Space
from trainers.transitions import side_by_side

CARD = torch.device("meta")
READ = {torch.Tensor.tolist, torch.Tensor.item, torch.Tensor.__float__, torch.Tensor.__int__}


class Numbers(TorchFunctionMode):
    """Reading tensors that have no numbers gives ones; of those on the card, not as arrays."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.numpy:
            if args[0].device.type != "cpu":
                raise TypeError(f"a tensor on {args[0].device} cannot be read as an array")
            dtype = str(args[0].dtype).removeprefix("torch.")
            return np.ones(tuple(args[0].shape), dtype)
        if func in READ:
            ones = np.ones(tuple(args[0].shape)).tolist()
            return int(ones) if func is torch.Tensor.__int__ else ones
        return func(*args, **(kwargs or {}))


def moved(module: nn.Module, device: torch.device) -> nn.Module:
    """As `nn.Module.to`, which does not move tensors without numbers."""
    for part in module.modules():
        for name, own in part._parameters.items():
            if own is not None:
                part._parameters[name] = nn.Parameter(own.detach().to(device), own.requires_grad)
        for name, buffer in part._buffers.items():
            if buffer is not None:
                part._buffers[name] = buffer.to(device)
    return module


@contextmanager
def card(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with a graphics card, as far as tensors' places go."""
    for module in (actor_critic, trainer, update):
        monkeypatch.setattr(module, "device_named", lambda name: CARD)
    monkeypatch.setattr(nn.Module, "to", moved)
    with FakeTensorMode(allow_non_fake_inputs=True), Numbers():
        yield


class Place(gym.Env[np.ndarray, Any]):
    """Two numbers that nothing changes."""

    def __init__(self, space: Space) -> None:
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.action_space = (
            gym.spaces.Discrete(3) if isinstance(space, Discrete) else gym.spaces.Box(-1, 1, (1,))
        )

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[np.ndarray, dict[str, Any]]:
        self.moves = 0
        return np.zeros(2, np.float32), {}

    def step(self, action: Any) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        self.moves += 1
        return np.zeros(2, np.float32), 0.0, self.moves == 3, False, {}


OFFLINE = TrainerConfig(hidden=(8,), updates=2, batch_size=4, checkpoint_every=2, clones=2, clone_updates=2)
ONLINE = replace(OFFLINE, online=True, updates_per_round=2, warmup=4, penalty="mixture", value_term="mixture")
NEAR = replace(ONLINE, gradient="semi", reference="clone", actor_start="clone", centre="clone", anneal=True)
NUMBERED, PUSHED = Discrete(3), Box((1,), low=(-1.0,), high=(1.0,))


@pytest.mark.filterwarnings("ignore:.*meta parameter")  # which keeps no numbers
@pytest.mark.parametrize(
    ("config", "actions"),
    [
        (replace(OFFLINE, value_term="initial", penalty="all-actions"), NUMBERED),
        (replace(ONLINE, terminal="absorbing", gradient="semi"), NUMBERED),
        (replace(ONLINE, actions_from="inverse-model"), NUMBERED),
        (replace(ONLINE, actions_from="policy"), NUMBERED),
        (replace(ONLINE, method="sqil-t"), NUMBERED),
        (replace(ONLINE, method="soft-q"), NUMBERED),
        (replace(OFFLINE, method="bc"), PUSHED),
        (NEAR, PUSHED),
        (replace(ONLINE, value_term="initial", terminal="absorbing"), PUSHED),
        (replace(ONLINE, actions_from="inverse-model", exploration=0.5), PUSHED),
        (replace(ONLINE, actions_from="policy"), PUSHED),
        (replace(NEAR, method="csil"), PUSHED),
        (replace(ONLINE, method="ls-iq", terminal="absorbing"), PUSHED),
        (replace(ONLINE, method="airl", terminal="absorbing"), PUSHED),
        (replace(ONLINE, method="dac", terminal="absorbing", target_entropy=-1.0), PUSHED),
        (replace(ONLINE, method="sac", target_entropy=-1.0), PUSHED),
    ],
    ids=lambda value: getattr(value, "method", ""),
)
def test_all_that_a_training_does_is_done_on_the_card(
    config: TrainerConfig, actions: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    obs = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    done = np.arange(8) % 3 if isinstance(actions, Discrete) else obs[:, :1].clip(-0.9, 0.9)
    shown, generator = transitions(obs, done, obs), torch.Generator().get_state()
    with card(monkeypatch):
        own = Trainer(
            config, Box((2,)), actions, seeds=[0, 1], demonstrations=[shown], make_env=lambda: Place(actions)
        )
        own.advance(config.updates)
        assert own.finished
        own.statistics()
        for learner in (own.learner, own.target):
            learner.act(np.zeros((2, 5, 2), np.float32), np.random.default_rng(0))
            steps, _ = side_by_side([shown, shown], 8)
            learner.judge(steps["obs"], steps["action"], steps["next_obs"], steps["terminated"])
            learner.evenness(steps["obs"])
        tensors, state = own.state_dict()
        apart = {name for name, tensor in tensors.items() if tensor.device != CARD}
        assert apart == {"generator.0", "generator.1"}  # which draw alike, wherever networks are
        kept = {name: generator if name in apart else tensor.cpu() for name, tensor in tensors.items()}
        own.load_state_dict(kept, state)  # a checkpoint is of no device


def test_a_committee_is_chosen_on_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(OFFLINE, committee=16, hidden=())
    obs = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    with card(monkeypatch):
        own = Committee(
            config, Box((2,)), NUMBERED, seeds=[0], demonstrations=[transitions(obs, np.arange(8) % 3, obs)]
        )
        own.advance(config.updates)
        assert own.learner.values(obs).shape == (1, 8)


def test_the_stand_in_refuses_what_a_card_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with card(monkeypatch):
        there = torch.zeros(3, device=CARD)
        with pytest.raises(RuntimeError, match="device"):
            there + torch.zeros(3)
        with pytest.raises(TypeError, match="cannot be read"):
            there.numpy()
        assert there.cpu().numpy().shape == (3,)


def test_cuda_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(
        DeviceError, match=r"device cuda needs a graphics card with CUDA, .*: choose cpu or auto"
    ):
        device_named("cuda")
    assert device_named("auto") == device_named("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device_named("auto").type == device_named("cuda").type == "cuda"
    assert device_named("cpu").type == "cpu"
