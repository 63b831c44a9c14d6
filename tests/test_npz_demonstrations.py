"""Demonstrations from NPZ files: what is taken, how, and what each malformed one is told."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irl_app.demonstrations import DemonstrationError, Spaces, load_npz
from trainers.spaces import Box, Discrete

SPACES = Spaces(Box((2,)), Box((1,), low=(-1.0,), high=(1.0,)))


def arrays(**changes: Any) -> dict[str, Any]:
    """Two episodes of 3 and 2 steps; the first ends, the second is cut off."""
    first, second = np.arange(8.0).reshape(4, 2), np.arange(20.0, 26.0).reshape(3, 2)
    made = {
        "obs": np.concatenate([first[:-1], second[:-1]]),
        "action": np.linspace(-1, 1, 5)[:, None],
        "next_obs": np.concatenate([first[1:], second[1:]]),
        "reward": np.arange(5.0),
        "terminated": np.array([0, 0, 1, 0, 0], bool),
        "truncated": np.array([0, 0, 0, 0, 1], bool),
        "episode": np.array([7, 7, 7, 2, 2]),
    }
    return made | changes


def saved(tmp_path: Path, **changes: Any) -> Path:
    path = tmp_path / "shown.npz"
    np.savez_compressed(path, **{k: v for k, v in arrays(**changes).items() if v is not None})
    return path


def test_episodes_stand_as_they_were_written(tmp_path: Path) -> None:
    found = load_npz(saved(tmp_path), SPACES)
    one, other = found.episodes
    np.testing.assert_array_equal(one.observations, np.arange(8).reshape(4, 2))
    np.testing.assert_array_equal(other.rewards, [3, 4])
    assert [each.terminated for each in found.episodes] == [True, False]
    assert one.observations.dtype == one.actions.dtype == np.float32


@pytest.mark.parametrize(
    "changes",
    [
        {"obs": arrays()["obs"].astype(np.int16), "next_obs": arrays()["next_obs"].astype(np.int16)},
        {"action": np.linspace(-1, 1, 5).astype(np.float16)},
        {"reward": np.arange(5)[:, None], "terminated": np.array([[0], [0], [1], [0], [0]])},
    ],
    ids=["whole numbers", "half precision, no column", "columns"],
)
def test_numbers_of_any_kind_are_taken(tmp_path: Path, changes: dict[str, Any]) -> None:
    found, plain = load_npz(saved(tmp_path, **changes), SPACES), load_npz(saved(tmp_path), SPACES)
    for one, other in zip(found.episodes, plain.episodes, strict=True):
        np.testing.assert_array_equal(one.observations, other.observations)
        np.testing.assert_allclose(one.actions, other.actions, atol=1e-3)
        np.testing.assert_array_equal(one.rewards, other.rewards)


def test_numbered_actions_may_be_floats_and_begin_at_one(tmp_path: Path) -> None:
    path = saved(tmp_path, action=np.array([[1.0], [2.0], [1.0], [2.0], [2.0]]))
    found = load_npz(path, Spaces(Box((2,)), Discrete(2, 1)))
    assert found.episodes[0].actions.tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"action": None}, "lacks the array action"),
        ({"obs": None, "reward": None}, "lacks the arrays obs, reward"),
        ({"reward": np.zeros(4)}, "one length"),
        ({"reward": np.float64(1.0)}, "reward in .* is one number"),
        ({"reward": np.array(["a"] * 5)}, "reward in .* must be numbers"),
        ({"truncated": np.array(["False"] * 5)}, "truncated in .* must be true or false"),
        ({"episode": np.array([7, 7, 2, 7, 7])}, "stand together"),
        ({"truncated": np.zeros(5, bool)}, "episode 2 of .*neither terminated nor truncated"),
        ({"terminated": np.array([1, 0, 1, 0, 0])}, "episode 7 of .*goes on after its end"),
        ({"next_obs": arrays()["next_obs"] + 1}, "episode 7 of .*step 1 is not obs of step 2"),
        ({"obs": np.zeros((5, 3)), "next_obs": np.zeros((5, 3))}, "obs must be arrays of shape"),
        ({"action": np.array([["a"]] * 5)}, "action must be arrays"),
        ({"action": np.full((5, 1), np.nan)}, "not finite"),
        ({"obs": np.array([{}] * 5, object)}, "no NPZ file of plain arrays"),
    ],
)
def test_malformed_files_get_one_sentence(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(DemonstrationError, match=message):
        load_npz(saved(tmp_path, **changes), SPACES)


def test_other_files_get_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(DemonstrationError, match="there is no file"):
        load_npz(tmp_path / "none.npz", SPACES)
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DemonstrationError, match="is damaged: it is no NPZ"):
        load_npz(tmp_path / "text.npz", SPACES)
    content, rng = saved(tmp_path).read_bytes(), np.random.default_rng(0)
    for at in rng.integers(0, len(content), 100).tolist():
        (tmp_path / "hurt.npz").write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        with suppress(DemonstrationError):  # and nothing else
            load_npz(tmp_path / "hurt.npz", SPACES)
