"""Rewards of networks survive their file; damaged and hostile ones get one sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from irl_app import load_reward
from irl_app.export import RewardFileError, dump_reward, save_reward
from irl_app.rewards import Reward
from tests.rewards.network_rewards import BATCH, bellman, perceived, state
from trainers.spaces import Box

REWARDS = [
    bellman(),
    bellman("pessimistic", "bounded"),
    state("absorbing"),
    perceived("pessimistic"),
    replace(perceived(), g=replace(perceived().g, layer_norm=True)),
    replace(bellman(), q=replace(bellman().q, layer_norm=True)),
]


@pytest.mark.parametrize("reward", REWARDS)
def test_round_trip(reward: Reward, tmp_path: Path) -> None:
    path = save_reward(reward, tmp_path / "reward.safetensors")
    for back in (load_reward(path), load_reward(path.read_bytes())):
        assert type(back) is type(reward)
        assert back.info == reward.info
        np.testing.assert_array_equal(back(*BATCH), reward(*BATCH))
        np.testing.assert_array_equal(back.tail(BATCH[2]), reward.tail(BATCH[2]))
    assert dump_reward(load_reward(path), "safetensors") == path.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["reward.safetensors"]


def test_it_is_used_without_torch(tmp_path: Path) -> None:
    path = save_reward(bellman(), tmp_path / "reward.safetensors")
    code = (
        "import sys, numpy as np, irl_app\n"
        f"r = irl_app.load_reward({str(path)!r})\n"
        "print(r(np.zeros((1, 2)), [0], np.zeros((1, 2)), [False])[0])\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    zero = np.zeros((1, 2))
    assert float(done.stdout) == pytest.approx(float(bellman()(zero, [0], zero, [False])[0]))


def test_only_formats_that_can_hold_it(tmp_path: Path) -> None:
    with pytest.raises(RewardFileError, match="saved as safetensors, not as npz"):
        save_reward(bellman(), tmp_path / "reward.npz")
    assert not list(tmp_path.iterdir())


def changed(change: Callable[[dict[str, Any]], object], **arrays: np.ndarray) -> bytes:
    """The file with another header, and arrays replaced without a word of it."""
    content = dump_reward(bellman(), "safetensors")
    size = int.from_bytes(content[:8], "little")
    header = json.loads(json.loads(content[8 : 8 + size])["__metadata__"]["irl-app"])
    change(header)
    return save(load(content) | arrays, {"irl-app": json.dumps(header)})


def test_a_file_of_version_1_is_read() -> None:
    info = {
        **{"kind": "transition", "title": "made", "gamma": 0.9, "temperature": 0.5, "terminal": "zero"},
        **{"n_states": 0, "n_actions": 2, "method": "iq", "map_text": "", "provenance": {"seed": 3}},
        "obs_shape": [2],
    }

    def to_version_1(header: dict[str, Any]) -> None:
        numbers = header["numbers"]
        numbers["end_value"] = numbers.pop("terminal_value")
        header.update(version=1, info=info)

    back = load_reward(changed(to_version_1))
    assert back.info == bellman().info
    np.testing.assert_array_equal(back(*BATCH), bellman()(*BATCH))


def flipped(content: bytes) -> bytes:
    """One bit of the last weight is another."""
    return content[:-1] + bytes([content[-1] ^ 1])


def drop(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda header: header.pop(name)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (flipped(dump_reward(bellman(), "safetensors")), "arrays are not what was saved"),
        (dump_reward(bellman(), "safetensors")[:-40], "damaged"),
        (dump_reward(bellman(), "safetensors")[:60], "no .npz"),
        (save({"a": np.zeros(2)}), "damaged, or not a reward"),
        (save({"a": np.zeros(2)}, {"irl-app": "[]"}), 'no "format"'),
        (save({"a": np.zeros(2)}, {"irl-app": "{"}), "not JSON"),
        (changed(lambda h: None, **{"q.0.bias": np.ones(5, np.float32)}), "not what was saved"),
        (changed(lambda h: h.update(version=9)), "version is 9"),
        (
            changed(lambda h: h.update(type="pickle")),
            "type must be network, actor_network, supported, state_network or state_perceptron",
        ),
        (changed(lambda h: h["info"]["observation_space"].update(shape=[])), "1 to 4 dimensions"),
        (changed(lambda h: h["info"]["observation_space"].update(shape=[1] * 5)), "1 to 4 dimensions"),
        (changed(lambda h: h["info"]["observation_space"].update(shape=[True])), "whole numbers, got True"),
        (changed(lambda h: h["info"]["observation_space"].update(shape=[10**7])), "must lie in 1..1000000"),
        (changed(lambda h: h["info"]["observation_space"].update(dtype="O")), "holds numbers"),
        (changed(lambda h: h["info"]["observation_space"].update(shape=[3])), "must be of one task"),
        (
            changed(lambda h: h["info"].update(action_space=Box((1,)).as_json())),
            "the network has 2 actions, not",
        ),
        (changed(lambda h: h["info"].update(gamma=1.0)), "gamma must lie strictly"),
        (changed(lambda h: h["info"].update(terminal="never")), "terminal must be one of"),
        (changed(lambda h: h["info"].pop("kind")), "exactly the fields"),
        (changed(lambda h: h.update(numbers=3)), "malformed"),
        (changed(lambda h: h["numbers"].update(lowest=5.0)), "must ascend"),
        (changed(lambda h: h["numbers"].update(surprise=5.0)), "malformed"),
        (changed(drop("numbers")), "malformed"),
        (changed(drop("sha256")), "not what was saved"),
    ],
)
def test_hostile_files(content: bytes, says: str) -> None:
    with pytest.raises(RewardFileError, match=says):
        load_reward(content)


@pytest.mark.parametrize("kept", [0, 30, -3])
def test_a_damaged_file_is_named(kept: int, tmp_path: Path) -> None:
    path = save_reward(bellman(), tmp_path / "mine.safetensors")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RewardFileError, match=r"mine\.safetensors: this .*safetensors"):
        load_reward(path)
