"""Slices through a robot's reward: by a reward made by hand, kept and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irl_app.rewards import RewardInfo, Support, SupportedReward
from irl_app.stage import MaterialError, Slices, read_slices, write_slices
from irl_app.stage.slices import REWARD, SIDE, STEPS
from trainers.spaces import Box


def slices(**changes: Any) -> Slices:
    """A walk along the first of three numbers, paid for being near it."""
    rng = np.random.default_rng(0)
    states = np.stack([np.linspace(0.0, 4.0, 201), *rng.normal(size=(2, 201)) * 0.1], 1).astype(np.float32)
    info = RewardInfo(
        "supported", "distance alone", 0.99, 0.02, "zero", Box((3,)), Box((1,), low=(-1.0,), high=(1.0,)),
        method="iq",
    )  # fmt: skip
    support = Support(states, np.zeros(3), np.ones(3))
    parts: dict[str, Any] = {
        "reward": SupportedReward(None, support, info, 0.0, 1.0, near=0.2, far=1.0, bonus=0.0),
        "names": ("place", "height", "speed"),
        "obs": states[:-1],
        "next_obs": states[1:],
        "action": np.full((200, 1), 0.5, np.float32),
        "seen": states,
    }
    return Slices(**{**parts, **changes})


def test_a_slice_is_the_reward_of_the_shown_step_elsewhere() -> None:
    own = slices()
    found = own.over(0, 2, 100)
    assert found.reward.shape == found.unseen.shape == (SIDE, SIDE)
    assert (found.x[0], found.x[-1]) == (pytest.approx(-0.4, abs=1e-5), pytest.approx(4.4, abs=1e-5))
    row, column = 30, 7
    obs = own.obs[100].copy()
    obs[0], obs[2] = found.x[column], found.y[row]
    after = obs + own.next_obs[100] - own.obs[100]
    paid = own.reward(obs[None], own.action[100][None], after[None], np.zeros(1, bool))
    assert found.reward[row, column] == pytest.approx(paid[0])


def test_cells_far_from_every_visited_state_fade() -> None:
    rng = np.random.default_rng(0)
    seen = rng.normal(scale=0.02, size=(400, 3)) + np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]] * 200)
    zero = np.zeros((1, 3), np.float32)
    own = slices(obs=zero, next_obs=zero, action=zero[:, :1], seen=seen.astype(np.float32))
    found = own.over(0, 2, 0)
    middle = np.abs(found.y).argmin()
    there, between, beyond = (np.abs(found.x - place).argmin() for place in (0.0, 0.5, 1.0))
    assert found.unseen[middle, there] == found.unseen[middle, beyond] == 0.0
    assert found.unseen[middle, between] == 1.0


def test_they_are_kept_and_read_again(tmp_path: Path) -> None:
    assert read_slices(tmp_path) is None
    own = slices()
    write_slices(own, tmp_path)
    again = read_slices(tmp_path)
    assert again is not None
    assert again.names == own.names
    assert np.array_equal(again.over(1, 2, 7).reward, own.over(1, 2, 7).reward)


@pytest.mark.parametrize("name", [STEPS, REWARD])
def test_a_damaged_file_is_said(name: str, tmp_path: Path) -> None:
    write_slices(slices(), tmp_path)
    (tmp_path / name).write_bytes(b"PK" + (tmp_path / name).read_bytes()[:50])
    with pytest.raises(MaterialError):
        read_slices(tmp_path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"names": ("place", "height")}, "do not fit together"),
        ({"action": np.zeros((200, 2), np.float32)}, "of another robot"),
        ({"obs": np.full((200, 3), np.nan, np.float32)}, "not finite"),
        ({"seen": np.zeros((1, 3), np.float32)}, "do not fit together"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(MaterialError, match=said):
        slices(**changes)
