"""A robot's recovered reward over two numbers of what it observes, and where there is evidence for it.

A stage folder may hold ``reward.safetensors``, the exported reward, and ``slices.npz``: the steps of a
demonstration and the states that somebody visited.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from irl_app.export import RewardFileError, load_reward, save_reward
from irl_app.export.npz import read_npz
from irl_app.files import write_whole
from irl_app.reading import parse_json, read_bytes, reading
from irl_app.rewards import Reward, RewardError, Support
from irl_app.stage.material import MaterialError
from trainers.arrays import Float32Array, FloatArray

STEPS, REWARD = "slices.npz", "reward.safetensors"
MAX_BYTES, MAX_ARRAY = 40_000_000, 64_000_000
SIDE = 41
MARGIN = 0.1
"""Of the range of visited states, beyond either end."""
NEAR, LEAST_NEAR = 2.0, 0.25
"""Within which distance of a visited state there is evidence: in usual distances of these from each other,
and in their deviations. At twice that distance there is none."""
LEAST_DEVIATION = 1e-6
_ARRAYS = ("obs", "next_obs", "action", "seen")


@dataclass(frozen=True, eq=False)
class Slice:
    """The reward over two numbers.

    Attributes:
        x, y: (G,) ascending values of them. reward: (G, G), rows along y.
        unseen: (G, G) from 0 where somebody was near to 1 where nobody was.
    """

    x: FloatArray
    y: FloatArray
    reward: FloatArray
    unseen: FloatArray


@dataclass(frozen=True, eq=False)
class Slices:
    """A reward, and the states around which it can be looked at.

    Attributes:
        reward: that was recovered.
        names: of an observation's O numbers.
        obs, next_obs: (N, O), action: (N, A) the steps of a demonstration.
        seen: (M, O) states that the expert or the learner visited, in their order.

    Raises:
        MaterialError: they do not fit together.
    """

    reward: Reward
    names: tuple[str, ...]
    obs: Float32Array
    next_obs: Float32Array
    action: Float32Array
    seen: Float32Array

    def __post_init__(self) -> None:
        n, o = len(self.obs), len(self.names)
        shapes = (self.obs.shape, self.next_obs.shape, self.seen.shape[1:], self.action.shape[:1])
        spaces = self.reward.info.observation_space, self.reward.info.action_space
        sizes = [getattr(space, "shape", None) for space in spaces]
        if shapes != ((n, o), (n, o), (o,), (n,)) or n == 0 or len(self.seen) < 2 or o < 2:
            raise MaterialError("the steps of a stage folder do not fit together: make it again")
        if sizes != [(o,), self.action.shape[1:]]:
            raise MaterialError("the reward of a stage folder is of another robot: make it again")
        if not all(np.isfinite(each).all() for each in (self.obs, self.next_obs, self.action, self.seen)):
            raise MaterialError("a number in a stage folder is not finite: make it again")

    @cached_property
    def _support(self) -> Support:
        mean, std = self.seen.mean(0), self.seen.std(0) + LEAST_DEVIATION
        return Support((self.seen - mean) / std, mean, std)

    def over(self, x: int, y: int, step: int) -> Slice:
        """The reward of a demonstrated step, had two numbers of its state been others.

        The action is the demonstrated one, and the state changes by as much as it did.

        Args:
            x, y: which of the O numbers, different ones. step: of the demonstration.
        """
        along, up = self._axis(x), self._axis(y)
        columns, rows = (each.ravel() for each in np.meshgrid(along, up))
        obs = np.repeat(self.obs[step][None], SIDE**2, axis=0)
        obs[:, x], obs[:, y] = columns, rows
        after = obs + (self.next_obs[step] - self.obs[step])
        action = np.repeat(self.action[step][None], SIDE**2, axis=0)
        reward = self.reward(obs, action, after, np.zeros(SIDE**2, bool))
        near = max(LEAST_NEAR, NEAR * self._support.spacing)
        unseen = np.clip(self._support.distance(after) / near - 1.0, 0.0, 1.0)
        return Slice(along, up, reward.reshape(SIDE, SIDE), unseen.reshape(SIDE, SIDE))

    def _axis(self, number: int) -> FloatArray:
        low, high = float(self.seen[:, number].min()), float(self.seen[:, number].max())
        beyond = MARGIN * (high - low) + LEAST_DEVIATION
        return np.linspace(low - beyond, high + beyond, SIDE)


def write_slices(slices: Slices, folder: Path) -> None:
    """Write both files into a stage folder.

    Raises:
        OSError: they cannot be written.
    """
    save_reward(slices.reward, folder / REWARD)
    stream = io.BytesIO()
    arrays = {name: getattr(slices, name).astype(np.float64) for name in _ARRAYS}
    names = np.frombuffer(json.dumps(slices.names).encode(), np.uint8)
    np.savez_compressed(stream, allow_pickle=False, names=names, **arrays)
    write_whole(folder / STEPS, stream.getvalue())


def read_slices(folder: Path) -> Slices | None:
    """Those of a stage folder; None where it has none.

    Raises:
        MaterialError: a file is damaged, too large, or of something else.
    """
    if not (folder / STEPS).is_file() or not (folder / REWARD).is_file():
        return None
    path = folder / STEPS
    with reading(path, MaterialError, "make it again"):
        arrays = read_npz(read_bytes(path, MAX_BYTES), MAX_ARRAY)
        names = tuple(map(str, parse_json(arrays["names"].tobytes(), f"'names' in {path}")))
        parts = {name: arrays[name].astype(np.float32) for name in _ARRAYS}
        try:
            return Slices(load_reward(folder / REWARD), names, **parts)
        except (RewardFileError, RewardError) as error:
            raise MaterialError(str(error)) from error
