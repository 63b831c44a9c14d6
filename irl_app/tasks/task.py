"""What a control task is: an environment, its exact true reward, and what is usual in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium as gym

from irl_app.demonstrations import DemonstrationError, Demonstrations
from irl_app.tasks.batch import Batch, EnvBatch, MakeBatch, Obs, Policy
from irl_app.tasks.settings import settings_of
from trainers.mdp import BoolArray, FloatArray, IntArray

TrueReward = Callable[[Obs, IntArray, Obs, BoolArray], FloatArray]


class TaskError(ValueError):
    """A task that does not exist, or is asked for what it does not have; one sentence for people."""


@dataclass(frozen=True)
class StateVariable:
    """One number of an observation, for slices through reward and value.

    Attributes:
        name: in words, with its unit ("pole angle (rad)").
        low, high: range that a picture should show: where episodes usually are.
        rest: value in slices over other variables, the one it has in the middle of a good episode.
    """

    name: str
    low: float
    high: float
    rest: float = 0.0


@dataclass(frozen=True)
class ControlTask:
    """A task that is learned with networks.

    Attributes:
        name: as people type it. title, sentence: for people; what makes it interesting.
        env_id: of the registered Gymnasium environment. obs_shape: O. n_actions: A.
        action_names: A names, in the order of the numbers.
        gamma: usual discount. max_moves: limit after which an episode is truncated.
        random_return: mean undiscounted return of acting uniformly at random, and
        expert_return: that of a good player; a learner's score is (return - random) / (expert - random).
        true_reward: (obs (B, *O), action (B,), next_obs (B, *O), terminated (B,)) -> (B,), the environment's
            own reward (for Lunar Lander up to rounding, see there).
        subsample: every how many-th transition the papers' experiments keep of a demonstration.
        variables: one for each number of an observation; none where observations are images.
        fast_batch: slots -> `Batch` that is faster than one environment after the other; None: there is none.
        expert: name and policy of somebody who plays well without having learned; None: there is nobody.
    """

    name: str
    title: str
    sentence: str
    env_id: str
    obs_shape: tuple[int, ...]
    n_actions: int
    action_names: tuple[str, ...]
    gamma: float
    max_moves: int
    random_return: float
    expert_return: float
    true_reward: TrueReward
    subsample: int
    variables: tuple[StateVariable, ...]
    fast_batch: MakeBatch | None = None
    expert: tuple[str, Policy] | None = None

    @property
    def is_grid(self) -> bool:
        """Whether observations are images of a grid (see ``envs.grid_images``)."""
        return self.name.startswith("gridworld/")

    def make(self, render_mode: str | None = None) -> gym.Env[Any, Any]:
        """A new environment with its limit of moves; `render_mode` as Gymnasium's ("rgb_array")."""
        return gym.make(self.env_id, render_mode=render_mode, disable_env_checker=True)

    def batch(self, n: int) -> Batch:
        """n environments side by side, the fastest way there is here."""
        return EnvBatch(self.make, n) if self.fast_batch is None else self.fast_batch(n)

    def defaults(
        self, method: str, *, online: bool = False, actions_from: str = "demonstrations"
    ) -> dict[str, Any]:
        """The fields of `SoftQConfig` that this task changes for a method, to be given as keywords.

        Args:
            online: the method is asked to learn online, which it usually does not.
            actions_from: and there to take the demonstrated actions from elsewhere.
        """
        return {"gamma": self.gamma, **settings_of(self.name, method, online, actions_from)}

    def score(self, mean_return: float) -> float:
        """0 as good as random, 1 as good as the expert; may lie outside."""
        return (mean_return - self.random_return) / (self.expert_return - self.random_return)

    def check_fits(self, demonstrations: Demonstrations) -> None:
        """Check that demonstrations can be from this task, as far as their shapes and numbers say.

        Raises:
            DemonstrationError: observations of another shape, an action that does not exist, or an episode
                longer than the task allows.
        """
        if demonstrations.obs_shape != self.obs_shape:
            raise DemonstrationError(
                f"{self.name} has observations of shape {self.obs_shape}, these demonstrations have "
                f"{_shape(demonstrations.obs_shape)}: use demonstrations of this task"
            )
        if (highest := int(demonstrations.action.max())) >= self.n_actions:
            raise DemonstrationError(
                f"{self.name} has actions 0 to {self.n_actions - 1}, these demonstrations use action "
                f"{highest}: use demonstrations of this task"
            )
        if (longest := int(demonstrations.lengths.max())) > self.max_moves:
            raise DemonstrationError(
                f"an episode of {self.name} has at most {self.max_moves} moves, "
                f"one demonstration has {longest}: use demonstrations of this task"
            )


def _shape(shape: tuple[int, ...]) -> str:
    return str(shape) if shape else "a numbered cell"
