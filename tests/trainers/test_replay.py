"""The replay on disk, against lists: what is drawn is what was done before the last checkpoint, or since."""

from __future__ import annotations

import gc
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from small_steps import transitions

from trainers.deep import replay as replay_module
from trainers.deep.replay import Batch, Dataset, Replay
from trainers.spaces import Box, Discrete, Space

IMAGES, POINTS, MOVES = Box((2, 3, 3), "uint8"), Box((2,)), Discrete(5)


class Walk:
    """K seeds' random walks, written into a replay and, the obvious way, into lists.

    Every step's reward is its number among its seed's, which tells it when it is drawn.
    """

    def __init__(self, replay: Replay, observation_space: Box, action_space: Space, n_seeds: int) -> None:
        self.replay, self.n_seeds = replay, n_seeds
        self.observation_space, self.action_space = observation_space, action_space
        self.lists: list[list[tuple]] = [[] for _ in range(n_seeds)]
        self.obs = np.zeros((n_seeds, *observation_space.shape), observation_space.dtype)

    def observe(self, generator: np.random.Generator) -> NDArray:
        shape = (self.n_seeds, *self.observation_space.shape)
        return generator.integers(256, size=shape).astype(self.observation_space.dtype)

    def begin(self, generator: np.random.Generator) -> None:
        """All episodes begin anew."""
        self.obs = self.observe(generator)
        self.replay.begin(self.obs)

    def step(self, generator: np.random.Generator, ends: NDArray, cut: NDArray) -> None:
        """One step; ``ends`` terminate, episodes that are ``cut`` run out of time."""
        after, k = self.observe(generator), self.n_seeds
        if isinstance(self.action_space, Discrete):
            action: NDArray = generator.integers(self.action_space.n, size=k)
        else:
            action = generator.normal(size=(k, *self.action_space.shape)).astype(np.float32)
        number = len(self.lists[0])
        self.replay.add(action, np.full(k, number, np.float32), after, ends)
        for i, own in enumerate(self.lists):
            own.append((self.obs[i].copy(), action[i], after[i].copy(), bool(ends[i])))
        begun = ends | cut
        self.obs = after
        if begun.any():
            fresh = self.observe(generator)
            self.obs = np.where(begun.reshape(k, *[1] * (after.ndim - 1)), fresh, after)
            self.replay.begin(self.obs, begun)

    def check(self, capacity: int) -> None:
        """Rows drawn are the newest steps, all of them, each as it was."""
        assert self.replay.size == len(self.lists[0])
        rows = drawn(self.replay, self.n_seeds)
        n = self.replay.size
        for k, own in enumerate(self.lists):
            at, numbers = rows.at(0), rows.reward[k].flatten().int().tolist()
            places = {number: j for j, number in enumerate(numbers)}
            assert set(places) == set(range(max(0, n - capacity), n))
            for number, j in places.items():
                obs, action, after, ended = own[number]
                np.testing.assert_array_equal(at.obs[k, j], obs)
                np.testing.assert_array_equal(at.action[k, j], action)
                np.testing.assert_array_equal(at.next_obs[k, j], after)
                assert at.terminated[k, j].item() == ended


def drawn(replay: Replay, n_seeds: int, batch_size: int = 400) -> Batch:
    """One batch, of which every step held is in it."""
    return replay.draw(1, batch_size, [torch.Generator().manual_seed(k) for k in range(n_seeds)])


def assert_equal_batches(a: Batch, b: Batch) -> None:
    for name, tensor in vars(a).items():
        assert torch.equal(tensor, getattr(b, name)), name


@dataclass(frozen=True)
class Moment:
    """What happens at a step: who ends, who is cut, whether all begin anew; steps until the process dies."""

    ends: tuple[bool, ...]
    cut: tuple[bool, ...]
    begin: bool
    killed_after: int


MOMENTS = st.builds(
    Moment,
    ends=st.tuples(*[st.booleans()] * 3),
    cut=st.tuples(*[st.booleans()] * 3),
    begin=st.booleans(),
    killed_after=st.sampled_from([0, 0, 0, 1, 4]),
)


@pytest.mark.parametrize(
    ("observation_space", "action_space"), [(IMAGES, MOVES), (POINTS, Box((3,)))], ids=["bytes", "continuous"]
)
@settings(max_examples=40, deadline=None)
@given(
    moments=st.lists(MOMENTS, min_size=1, max_size=25),
    n_seeds=st.integers(1, 3),
    capacity=st.integers(1, 12),
    chunk=st.sampled_from([1, 100, 1 << 22]),
)
def test_rows_are_those_of_lists_whatever_ends_and_whenever_the_process_dies(
    moments: list[Moment],
    n_seeds: int,
    capacity: int,
    chunk: int,
    observation_space: Box,
    action_space: Space,
) -> None:
    """A process that dies has gone on for some steps after its checkpoint; they are not seen again."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(replay_module, "CHUNK", chunk)

        def opened() -> Replay:
            return Replay(Path(folder), n_seeds, capacity, observation_space, action_space)

        generator, lost = np.random.default_rng(0), np.random.default_rng(1)
        walk = Walk(opened(), observation_space, action_space, n_seeds)
        walk.begin(generator)
        for moment in moments:
            if moment.begin:
                walk.begin(generator)
            walk.step(generator, np.array(moment.ends[:n_seeds]), np.array(moment.cut[:n_seeds]))
            if moment.killed_after:
                state, before = walk.replay.state(), drawn(walk.replay, n_seeds)
                astray = Walk(walk.replay, observation_space, action_space, n_seeds)
                for _ in range(moment.killed_after):
                    astray.begin(lost)
                    astray.step(lost, np.ones(n_seeds, bool), np.zeros(n_seeds, bool))
                walk.replay = opened()
                walk.replay.load(state)
                assert_equal_batches(drawn(walk.replay, n_seeds), before)
                walk.begin(generator)  # as a trainer does
        walk.check(capacity)


def walked(folder: Path | None, n_steps: int, space: Box = IMAGES, episode: int = 10) -> Walk:
    """Two seeds' walks; one's episodes are of 10 steps, the other's of one more."""
    walk = Walk(Replay(folder, 2, n_steps, space, MOVES), space, MOVES, 2)
    generator = np.random.default_rng(0)
    walk.begin(generator)
    never = np.zeros(2, bool)
    for t in range(1, n_steps + 1):
        walk.step(generator, never, np.array([t % episode == 0, t % (episode + 1) == 0]))
    return walk


def test_a_step_takes_the_bytes_of_one_observation_and_few_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "CHUNK", 1)  # files no longer than what they hold
    walked(tmp_path, 1_000).replay.state()
    sizes = {file.stem: file.stat().st_size / 2_000 for file in tmp_path.glob("*.bin")}
    assert sizes.pop("obs") == pytest.approx(18 * (1 + 1 / 10), rel=0.01)  # the last ones of episodes too
    assert sizes == {"action": 8, "reward": 4, "terminated": 1, "row": 4}
    assert drawn(walked(None, 5).replay, 2).obs.dtype == torch.uint8


def test_a_million_steps_of_images_are_no_larger_than_their_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "CHUNK", 1)
    walked(tmp_path, 400, Box((4, 42, 42), "uint8"), episode=200)
    taken = sum(file.stat().st_size for file in tmp_path.glob("*.bin")) / 800
    assert 1e6 * taken < 1.02 * 1e6 * 4 * 42 * 42  # once, and not as float32


def test_files_grow_by_chunks_that_hold_many_steps(tmp_path: Path) -> None:
    walked(tmp_path, 50)
    for file in tmp_path.glob("*.bin"):
        assert 0.99 * replay_module.CHUNK < file.stat().st_size <= replay_module.CHUNK, file.name


def test_draws_are_the_same_before_and_after(tmp_path: Path) -> None:
    first = walked(tmp_path, 60).replay
    second = Replay(tmp_path, 2, 60, IMAGES, MOVES)
    second.load(first.state())
    generators = [[torch.Generator().manual_seed(k) for k in range(2)] for _ in range(2)]
    for _ in range(3):
        assert_equal_batches(first.draw(4, 8, generators[0]), second.draw(4, 8, generators[1]))


def test_a_seeds_rows_depend_on_its_own_generator_alone(tmp_path: Path) -> None:
    replay = walked(tmp_path, 60).replay
    a, b = (
        replay.draw(2, 8, [torch.Generator().manual_seed(s) for s in seeds]) for seeds in ((1, 2), (3, 2))
    )
    assert torch.equal(a.reward[1], b.reward[1])
    assert not torch.equal(a.reward[0], b.reward[0])


@pytest.mark.parametrize("name", ["obs", "action", "reward", "terminated", "row"])
@pytest.mark.parametrize("gone", ["all", "last"])
def test_files_that_are_too_short_are_refused(
    name: str, gone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay_module, "CHUNK", 1)
    state = walked(tmp_path, 25).replay.state()
    file = tmp_path / f"{name}.bin"
    os.truncate(file, 0 if gone == "all" else file.stat().st_size - 1)
    with pytest.raises(
        ValueError, match="files are shorter than its checkpoint says: they have been changed"
    ):
        Replay(tmp_path, 2, 25, IMAGES, MOVES).load(state)


def test_rows_of_steps_that_never_were_are_refused(tmp_path: Path) -> None:
    state = walked(tmp_path, 25).replay.state()
    file = tmp_path / "row.bin"
    file.write_bytes(b"\xff" * file.stat().st_size)
    with pytest.raises(ValueError, match="speak of steps that never were, run it anew"):
        Replay(tmp_path, 2, 25, IMAGES, MOVES).load(state)


def test_a_replay_of_other_seeds_is_refused(tmp_path: Path) -> None:
    state = walked(tmp_path, 5).replay.state()
    with pytest.raises(ValueError, match="of 2 seeds, not of 3"):
        Replay(tmp_path, 3, 5, IMAGES, MOVES).load(state)


def test_without_a_folder_it_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    walk = walked(None, 5)
    (folder,) = tmp_path.iterdir()
    assert (folder / "obs.bin").exists()
    walk.check(5)
    del walk
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_demonstrated_rows_are_each_seeds_own() -> None:
    every = [
        transitions([[10.0 * k + i] for i in range(n)], [k] * n, [[0.0]] * n) for k, n in ((0, 3), (1, 7))
    ]
    rows = Dataset(every).draw(5, 40, [torch.Generator().manual_seed(k) for k in range(2)])
    assert rows.obs.shape == (2, 5, 40, 1)
    for k, own in enumerate(every):
        assert set(rows.obs[k].flatten().tolist()) == set(own.obs.flatten().tolist())
        assert (rows.action[k] == k).all()


@pytest.mark.parametrize("by_rule", [True, False])
def test_what_was_reached_and_whether_the_rules_ended_anything(by_rule: bool) -> None:
    """Three episodes of a seed: one that the rules may end, one that is cut off, one that still runs."""
    replay = Replay(None, 1, 100, Box((1,)), Discrete(2))
    number = iter(range(100))

    def seen() -> NDArray:
        return np.array([[next(number)]], np.float32)

    for n_steps, ends in ((3, by_rule), (2, False), (1, False)):
        replay.begin(seen())
        for step in range(n_steps):
            ended = np.array([ends and step == n_steps - 1])
            replay.add(np.zeros(1, np.int64), np.zeros(1, np.float32), seen(), ended)
    assert replay.reached(0).ravel().tolist() == [1, 2, 3, 5, 6, 8]
    assert replay.has_ended(0) == by_rule
