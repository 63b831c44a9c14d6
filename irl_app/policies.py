"""What was learned, to act by elsewhere: a policy in one file, which needs no torch.

A policy and its transition reward are one Q-function, so they are one file: `load_policy` reads the policy
out of any transition reward that was exported.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irl_app.export import RewardFileError, dump_reward, load_reward
from irl_app.files import write_whole
from irl_app.rewards import InverseBellmanReward, NetworkReward, RewardInfo
from trainers.arrays import FloatArray
from trainers.learner import SoftmaxLearner
from trainers.spaces import Box, Space, SpaceError

SUFFIX = ".policy"


@dataclass(frozen=True, eq=False)
class Policy:
    """Acts as a learner has learned to; the signature of ``predict`` is stable-baselines3's.

    Composed spaces (Dict, MultiDiscrete, ...) are laid out as in ``irl_app.tasks.get_task(ID).make()``, the
    environment to act in then.

    Attributes:
        reward: the transition reward of the learner, whose Q says how it acts.
        seed: of its generator when it draws.
    """

    reward: NetworkReward | InverseBellmanReward
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "_generator", np.random.default_rng(self.seed))
        object.__setattr__(self, "_learner", _learner(self.reward))

    def __repr__(self) -> str:
        info = self.reward.info
        return f"Policy({info.title}: {info.observation_space} -> {info.action_space})"

    @property
    def info(self) -> RewardInfo:
        """What it was learned from, and its spaces."""
        return self.reward.info

    def predict(
        self,
        observation: ArrayLike,
        state: Any = None,
        episode_start: Any = None,
        deterministic: bool = False,
    ) -> tuple[NDArray[Any], Any]:
        """Actions at one observation (*O) or at B of them, and ``state`` as it came: there is no memory.

        Args:
            deterministic: the likeliest action; else one drawn from the policy.

        Raises:
            SpaceError: an observation is of another space.
        """
        space = self.info.observation_space
        obs = np.asarray(observation)
        alone = obs.ndim == len(space.shape)
        batch = space.cast(obs[None] if alone else obs, "observations")
        chosen = self._learner.act(batch, self._generator, deterministic)  # type: ignore[attr-defined]
        return (chosen[0] if alone else chosen), state

    def log_prob(self, obs: ArrayLike, action: ArrayLike) -> FloatArray:
        """(B,) log-probability of actions (B, *A) at obs (B, *O); of numbers the log-density, the action
        scaled to -1 to 1.

        Raises:
            SpaceError: one is of another space.
        """
        s = self.info.observation_space.cast(obs, "observations")
        a = self.info.action_space.cast(action, "actions")
        learner: Any = self._learner  # type: ignore[attr-defined]
        if isinstance(self.info.action_space, Box):
            return np.asarray(learner.log_prob(s, a))
        nothing = np.zeros(len(s), bool)
        return np.asarray(learner.judge(s, a, s, nothing).log_prob)

    def save(self, path: str | Path) -> Path:
        """Write one file (``.policy``), whole or not at all; returns its path.

        Raises:
            OSError: it cannot be written.
        """
        kind = "safetensors" if isinstance(self.reward, NetworkReward) else "npz"
        return write_whole(Path(path), dump_reward(self.reward, kind))  # type: ignore[arg-type]


def load_policy(path: str | Path, seed: int = 0) -> Policy:
    """The policy in a file that `Policy.save` wrote, or in that of a transition reward.

    Args:
        seed: of its generator when it draws.

    Raises:
        RewardFileError: it cannot be read, or holds a reward that no policy can be told from.
    """
    reward = load_reward(path)
    if not isinstance(reward, NetworkReward | InverseBellmanReward) or reward.info.kind != "transition":
        raise RewardFileError(
            f"{path} holds a reward of kind {reward.info.kind!r}: a policy is told from a transition reward "
            "or a .policy file, see irl-app export --policy"
        )
    return Policy(reward, seed)


def _learner(reward: NetworkReward | InverseBellmanReward) -> Any:
    if isinstance(reward, NetworkReward):
        return reward.learner
    q, info = reward.q, reward.info
    space: Space = info.action_space
    if isinstance(space, Box):
        raise SpaceError("a table's actions are numbered")
    return SoftmaxLearner(lambda states: q[states], space, info.temperature, info.gamma)
