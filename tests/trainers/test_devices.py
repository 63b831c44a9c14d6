"""Every tensor is where the configuration says.

No graphics card is needed: torch's own device without numbers, "meta", stands in for one. It too refuses
to mix with the processor's tensors, so that an update there fails at the first one made in the wrong place.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from small_steps import transitions

import trainers.deep
from trainers.deep import actor_critic, trainer, update
from trainers.deep.adam import Adam
from trainers.deep.config import TrainerConfig
from trainers.deep.devices import DeviceError, device_named
from trainers.deep.trainer import Trainer
from trainers.spaces import Box, Discrete, Space

CARD = torch.device("meta")


def resident(adam: Adam, *given: Any, step: Any = Adam.step) -> None:
    """Adam's step with its numbers on the device, as on a real card."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(torch.compiler, "is_compiling", lambda: True)
        step(adam, *given)


class Place(gym.Env[np.ndarray, Any]):
    """Two numbers; nobody moves here."""

    def __init__(self, space: Space) -> None:
        self.observation_space = gym.spaces.Box(-1.0, 1.0, (2,), np.float32)
        self.action_space = (
            gym.spaces.Discrete(3) if isinstance(space, Discrete) else gym.spaces.Box(-1, 1, (1,))
        )


OFFLINE = TrainerConfig(hidden=(8,), updates=2, batch_size=4, checkpoint_every=2, clones=2, clone_updates=2)
ONLINE = replace(OFFLINE, online=True, updates_per_round=2, warmup=4, penalty="mixture", value_term="mixture")
NEAR = replace(ONLINE, gradient="semi", reference="clone", actor_start="clone", centre="clone", anneal=True)
NUMBERED, PUSHED = Discrete(3), Box((1,), low=(-1.0,), high=(1.0,))


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
def test_what_updates_do_is_done_on_the_card(
    config: TrainerConfig, actions: Space, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (actor_critic, trainer, update):
        monkeypatch.setattr(module, "device_named", lambda name: CARD)
    monkeypatch.setattr(Adam, "step", resident)
    monkeypatch.setattr(  # which asks for the number of updates so far
        actor_critic.ActorCriticUpdate, "_paces", lambda own: torch.ones(2, device=own.device)
    )
    monkeypatch.setattr(trainer, "HEAD_START", 2)
    rng = np.random.default_rng(0)
    obs = rng.normal(size=(8, 2)).astype(np.float32)
    done = np.arange(8) % 3 if isinstance(actions, Discrete) else obs[:, :1].clip(-0.9, 0.9)
    shown = transitions(obs, done, obs)
    own = Trainer(
        config, Box((2,)), actions, seeds=[0, 1], demonstrations=[shown], make_env=lambda: Place(actions)
    )
    if own._replay is not None:
        own._replay.begin(np.stack([obs[:1]] * 2)[:, 0])
        for row in range(8):
            both = np.stack([actions.encoded(done)[row]] * 2)
            own._replay.add(both, np.zeros(2), np.stack([obs[row]] * 2), np.zeros(2, bool))
    own._update.prepare()
    batch, initial, n_expert = own._draw(2)
    for i in range(2):
        found = own._update(batch.at(i), None if initial is None else initial.obs[:, i], n_expert)
        assert {value.device for value in found.values()} == {CARD}
    tensors, _ = own.state_dict()
    apart = {name for name, tensor in tensors.items() if tensor.device != CARD}
    assert apart == {"generator.0", "generator.1"}  # which draw alike, wherever networks are


def test_nothing_on_a_card_is_read_as_an_array() -> None:
    """Where tensors may be on a card, arrays are made of what was brought back."""
    on_the_processor = {"randint", "detach"}  # what generators draw; a finished reward's weights
    for path in Path(trainers.deep.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "numpy" and isinstance(node.value, ast.Call):
                assert isinstance(node.value.func, ast.Attribute), f"{path}:{node.lineno}"
                assert node.value.func.attr in {"cpu", *on_the_processor}, f"{path}:{node.lineno}"


def test_the_stand_in_refuses_what_a_card_refuses() -> None:
    with pytest.raises(RuntimeError, match="device"):
        torch.zeros(3, device=CARD) + torch.zeros(3)


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
