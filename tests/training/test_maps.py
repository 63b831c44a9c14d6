"""Maps of a grid run: what is written is what is read, and value, policy and reward fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.envs.grid_images import PLAYER
from irl_app.tasks import control_task
from irl_app.training import TrainingError
from irl_app.training.maps import NAME, layouts_of, read_maps, rewards_of, save_maps, values_of

TASK = control_task("gridworld/random-walls")


class Cells:
    """Two learners: Q is the number of the player's cell and of the action, the second's a thousand more."""

    update = 40

    def q_values(self, obs: np.ndarray) -> np.ndarray:
        cell = obs[:, PLAYER].reshape(len(obs), -1).argmax(1)
        q = cell[:, None] + np.arange(4) / 10
        return np.stack([q, q + 1000]).astype(np.float32)


def test_every_cell_of_every_layout_is_written_and_read(tmp_path: Path) -> None:
    assert read_maps(tmp_path) is None
    save_maps(tmp_path, TASK, Cells())
    maps = read_maps(tmp_path)
    assert maps is not None
    assert (maps.update, maps.q.shape) == (40, (3, 2, 64, 4))
    assert maps.q[1, 1, 57, 2] == np.float32(1057.2)


def test_layouts_are_the_same_every_time_and_other_tasks_have_none(tmp_path: Path) -> None:
    first, again = layouts_of(TASK), layouts_of(TASK)
    assert all((a.walls == b.walls).all() for a, b in zip(first, again, strict=True))
    assert (first[0].walls != first[1].walls).any()
    cart_pole = control_task("CartPole-v1")
    assert layouts_of(cart_pole) == ()
    save_maps(tmp_path, cart_pole, Cells())
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("content", [b"", b"x" * 100, (2).to_bytes(8, "little") + b"{}"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(TrainingError, match="is damaged"):
        read_maps(tmp_path)


@pytest.mark.parametrize("temperature", [0.0, 0.5])
def test_value_policy_and_reward_fit_together(temperature: float) -> None:
    grid, rng = layouts_of(TASK)[0], np.random.default_rng(0)
    q = rng.normal(size=(64, 4))
    v, policy = values_of(grid, q, temperature)
    free = ~grid.walls.ravel()
    np.testing.assert_array_equal(np.isnan(v), ~free)
    np.testing.assert_allclose(policy.sum(1), 1)
    if temperature:
        np.testing.assert_allclose(v[free], (temperature * np.log(np.exp(q / temperature).sum(1)))[free])
        np.testing.assert_allclose(np.log(policy[free]), (q - v[:, None])[free] / temperature)
    else:
        np.testing.assert_array_equal(v[free], q.max(1)[free])
    reward = rewards_of(grid, q, 0.9, temperature)
    for cell, action in (
        (int(c), a) for c in np.flatnonzero(free & ~grid.goals.ravel())[:30] for a in range(4)
    ):
        there = int(grid.targets[cell, action])
        after = 0.0 if grid.goals.ravel()[there] else v[there]
        assert reward[cell, action] == pytest.approx(q[cell, action] - 0.9 * after)
    assert np.isnan(reward[grid.goals.ravel()]).all()


def test_a_layout_that_never_changes_is_shown_once() -> None:
    (layout,) = layouts_of(control_task("gridworld/static-walls"))
    assert layout.walls.sum() == 5
