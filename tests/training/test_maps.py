"""Maps of a grid run: what is written is what is read, and value, policy and reward fit together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.envs.grid_images import PLAYER
from irl_app.runs import RunError
from irl_app.tasks import get_task
from irl_app.training.maps import NAME, cell_maps, layouts_of, read_maps, save_maps
from trainers.learner import SoftmaxLearner

TASK = get_task("gridworld/random-walls")


def by_cells(obs: np.ndarray) -> np.ndarray:
    """Of two: Q is the number of the player's cell and of the action, the second's a thousand more."""
    cell = obs[:, PLAYER].reshape(len(obs), -1).argmax(1)
    q = cell[:, None] + np.arange(4) / 10
    return np.stack([q, q + 1000]).astype(np.float32)


GREEDY = SoftmaxLearner(by_cells, TASK.action_space, 0.0, 0.9)


def test_every_cell_of_every_layout_is_written_and_read(tmp_path: Path) -> None:
    assert read_maps(tmp_path) is None
    save_maps(tmp_path, TASK, 40, GREEDY)
    maps = read_maps(tmp_path)
    assert maps is not None
    cells, shape = maps.cells, (3, 2, 64, 4)
    assert (maps.update, cells.value.shape, cells.policy.shape, cells.reward.shape) == (
        40, shape[:-1], shape, shape,
    )  # fmt: skip
    for i, grid in enumerate(layouts_of(TASK)):
        made = cell_maps(grid, GREEDY)
        for name in ("value", "policy", "reward"):
            np.testing.assert_array_equal(getattr(cells, name)[i], getattr(made, name).astype(np.float32))
        free = np.flatnonzero(~grid.walls.ravel())
        np.testing.assert_array_equal(cells.value[i, 1, free], (free + 1000.3).astype(np.float32))


def test_layouts_are_the_same_every_time_and_other_tasks_have_none(tmp_path: Path) -> None:
    first, again = layouts_of(TASK), layouts_of(TASK)
    assert all((a.walls == b.walls).all() for a, b in zip(first, again, strict=True))
    assert (first[0].walls != first[1].walls).any()
    cart_pole = get_task("CartPole-v1")
    assert layouts_of(cart_pole) == ()
    save_maps(tmp_path, cart_pole, 40, GREEDY)
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("content", [b"", b"x" * 100, (2).to_bytes(8, "little") + b"{}"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(RunError, match="is damaged"):
        read_maps(tmp_path)


@pytest.mark.parametrize("temperature", [0.0, 0.5])
def test_value_policy_and_reward_fit_together(temperature: float) -> None:
    grid, rng = layouts_of(TASK)[0], np.random.default_rng(0)
    q = rng.normal(size=(64, 4))
    learner = SoftmaxLearner(lambda cells: q[cells], TASK.action_space, temperature, 0.9)
    cells = cell_maps(grid, learner, images=False)
    v, policy, reward = cells.value, cells.policy, cells.reward
    free = ~grid.walls.ravel()
    np.testing.assert_array_equal(np.isnan(v), ~free)
    np.testing.assert_allclose(policy.sum(1), 1)
    if temperature:
        np.testing.assert_allclose(v[free], (temperature * np.log(np.exp(q / temperature).sum(1)))[free])
        np.testing.assert_allclose(np.log(policy[free]), (q - v[:, None])[free] / temperature)
    else:
        np.testing.assert_array_equal(v[free], q.max(1)[free])
    for cell, action in (
        (int(c), a) for c in np.flatnonzero(free & ~grid.goals.ravel())[:30] for a in range(4)
    ):
        there = int(grid.targets[cell, action])
        after = 0.0 if grid.goals.ravel()[there] else v[there]
        assert reward[cell, action] == pytest.approx(q[cell, action] - 0.9 * after)
    assert np.isnan(reward[grid.goals.ravel()]).all()


def test_a_cell_is_seen_as_an_image_and_an_end_is_worth_what_it_is_to_each() -> None:
    grid, ends = layouts_of(TASK)[0], np.array([[5.0], [-3.0]])
    cells = cell_maps(grid, SoftmaxLearner(by_cells, TASK.action_space, 0.0, 0.9, terminal_value=ends))
    goals = grid.goals.ravel()
    before = [(c, a) for c in np.flatnonzero(~grid.walls.ravel() & ~goals).tolist() for a in range(4)]
    homeward = [(c, a) for c, a in before if goals[grid.targets[c, a]]]
    assert homeward
    for c, a in homeward:
        q = c + a / 10
        np.testing.assert_allclose(cells.reward[:, c, a], [q - 4.5, q + 1000 + 2.7], rtol=1e-6)


def test_a_layout_that_never_changes_is_shown_once() -> None:
    (layout,) = layouts_of(get_task("gridworld/static-walls"))
    assert layout.walls.sum() == 5
