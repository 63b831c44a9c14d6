"""What a control task is: an environment, its exact true reward, and what is usual in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations import DemonstrationError, Demonstrations, Spaces
from irl_app.tasks.vector_env import GymVectorEnv, MakeVectorEnv, Obs, Policy, VectorEnv
from trainers.arrays import BoolArray, FloatArray, IntArray
from trainers.gym_spaces import Translation
from trainers.spaces import Box, Space

ANY = "any method"
MOST_PICTURES = 2_000
"""Moves that are played to look at, where each is a picture: it is drawn in milliseconds and kept whole."""
ONLINE_METHODS: Mapping[str, Mapping[str, Any]] = {
    method: {"online": True} for method in ("sqil", "sqil-t", "soft-q", "dqn")
}
"""Usual settings of the methods that need an environment."""
IQ_ONLINE: Mapping[str, Any] = {"gradient": "semi"}
"""Usual of IQ-Learn that acts while it learns. Greedy returns of five seeds with a frozen target, and by the
whole objective, all else alike: CartPole, one trajectory, 370 and 150; Lunar Lander, ten, 49 and -108."""
Picture = NDArray[np.uint8]
Painter = Callable[[Obs], Picture]
"""Draws one observation (*O) as a picture (h, w, 3)."""
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


class Moved(NamedTuple):
    """What one action makes of n states: obs (n, *O) after it, terminated (n,)."""

    obs: Obs
    terminated: BoolArray


@dataclass(frozen=True)
class StateSpace:
    """The states of a task as D numbers.

    Attributes:
        variables: D of them; a slice is taken over two, the others stay at their ``rest``.
        sliced: numbers of those worth slicing over, the most telling pair first.
        side: points a side of a slice.
        observe: states (n, D) -> observations (n, *O).
        read: observations (n, *O) -> states (n, D).
        move: states (n, D), one action -> what the task's own physics makes of them, noise left out; None: it
            is not known, and slices show Q - V, the de-shaped reward.
    """

    variables: tuple[StateVariable, ...]
    sliced: tuple[int, ...]
    side: int
    observe: Callable[[FloatArray], Obs]
    read: Callable[[Obs], FloatArray]
    move: Callable[[FloatArray, int], Moved] | None

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The slices: two numbers of variables each, the first along x, the second along y."""
        return tuple(combinations(self.sliced, 2))

    def axis(self, variable: int) -> FloatArray:
        """(side,) values of a variable in a slice."""
        about = self.variables[variable]
        return np.linspace(about.low, about.high, self.side)

    def slice_of(self, pair: tuple[int, int]) -> FloatArray:
        """(side * side, D) states of a slice, row by row: x runs fastest."""
        states = np.tile([variable.rest for variable in self.variables], (self.side**2, 1))
        x, y = np.meshgrid(self.axis(pair[0]), self.axis(pair[1]))
        states[:, pair[0]], states[:, pair[1]] = x.ravel(), y.ravel()
        return states


@dataclass(frozen=True)
class ExpertTraining:
    """How an expert is trained in a task on its true reward.

    Attributes:
        method: "soft-q", or "sac" for actions that are numbers.
        candidates: networks that are trained side by side, of which the best is kept.
        temperature: at which it acts, >= 0; 0 is greedy.
        updates: at most: it ends as soon as it is good enough; None: as many as are usual for the method.
    """

    method: str = "soft-q"
    candidates: int = 1
    temperature: float = 0.0
    updates: int | None = None


@dataclass(frozen=True)
class Task:
    """A task that is learned with networks.

    Attributes:
        name: as people type it. title, sentence: for people; what makes it interesting.
        env_id: of the registered Gymnasium environment, whose spaces the next two are.
        observation_space: O is its shape. action_space: what an action is.
        gamma: usual discount. max_moves: limit after which an episode is truncated.
        random_return: mean undiscounted return of acting uniformly at random, and
        expert_return: that of a good player; a learner's score is (return - random) / (expert - random).
        action_names: of numbered actions, in their order.
        true_reward: (obs (B, *O), action (B,), next_obs (B, *O), terminated (B,)) -> (B,), the environment's
            own reward (for Lunar Lander up to rounding, see there); None where observations do not tell it.
        subsample: every how many-th transition the papers' experiments keep of a demonstration.
        evaluate_every: updates between two evaluations of a run, where its episodes take long.
        aim: what there is to learn, as in "it has learned to ...".
        demonstrations: method, or ``ANY`` -> episodes that it needs to do well here; 1 where nobody
            has tried.
        usual: method -> settings that differ from the trainer's own defaults; those of the method come before
            those of ``ANY`` method. A method may have entries of its own for learning "online", and for
            learning there with actions from elsewhere.
        state_space: its states as numbers, for slices and pictures; None where observations are images.
        make_env: makes the environment of an id, as Gymnasium does.
        vector_env: slots -> `VectorEnv` faster than one environment after the other; None: there is none.
        expert: name and policy of somebody who plays well without having learned; None: there is nobody.
        expert_training: how one is trained who has.
        make_painter: gives a call that draws an observation; None: its environment draws itself once its
            ``state`` is set.
        translations: how observations and actions are told from the environment's own spaces, where they
            differ.
        is_inferred: of a user's environment: what is not known of it is measured in a run, and its usual
            alpha is so many temperatures.
    """

    name: str
    title: str
    sentence: str
    env_id: str
    observation_space: Box
    action_space: Space
    gamma: float
    max_moves: int
    random_return: float
    expert_return: float
    subsample: int
    evaluate_every: int | None = None
    action_names: tuple[str, ...] = ()
    true_reward: TrueReward | None = None
    aim: str = "do this task"
    demonstrations: Mapping[str, int] = field(default_factory=dict)
    usual: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    state_space: StateSpace | None = None
    make_env: Callable[..., gym.Env[Any, Any]] = gym.make
    vector_env: MakeVectorEnv | None = None
    expert: tuple[str, Policy] | None = None
    expert_training: ExpertTraining = ExpertTraining()
    make_painter: Callable[[], Painter] | None = None
    translations: tuple[Translation, Translation] | None = None
    is_inferred: bool = False

    @property
    def spaces(self) -> Spaces:
        """Its observations and actions, as demonstrations take them."""
        return Spaces(self.observation_space, self.action_space, *(self.translations or (None, None)))

    @property
    def is_continuous(self) -> bool:
        """Whether actions are arrays of numbers."""
        return isinstance(self.action_space, Box)

    @property
    def agents_take_long(self) -> bool:
        """Whether fresh agents take far longer than minutes: actors, and those that see pictures."""
        return self.is_continuous or self.observation_space.is_picture

    @property
    def can_be_drawn(self) -> bool:
        """Whether an observation alone can be drawn as a picture."""
        return self.make_painter is not None or (self.state_space is not None and not self.is_inferred)

    @property
    def is_grid(self) -> bool:
        """Whether it is of the family of grids, whose layouts can be drawn."""
        return self.name.startswith("gridworld/")

    def bearable(self, episodes: int) -> int:
        """So many episodes; of pictures as many as ``MOST_PICTURES`` allow, two at least."""
        if not self.observation_space.is_picture:
            return episodes
        return min(episodes, max(2, MOST_PICTURES // self.max_moves))

    def make(self, render_mode: str | None = None) -> gym.Env[Any, Any]:
        """A new environment with its limit of moves; `render_mode` as Gymnasium's ("rgb_array")."""
        return self.make_env(self.env_id, render_mode=render_mode, disable_env_checker=True)

    def make_vec(self, n: int) -> VectorEnv:
        """n environments side by side, the fastest way there is here."""
        return GymVectorEnv(self.make, n) if self.vector_env is None else self.vector_env(n)

    def defaults(
        self,
        method: str,
        *,
        online: bool = False,
        actions_from: str = "demonstrations",
        temperature: float | None = None,
    ) -> dict[str, Any]:
        """The trainer's settings that this task changes for a method.

        Args:
            online: the method is asked to learn online, which it usually does not.
            actions_from: and there to take the demonstrated actions from elsewhere.
            temperature: it is asked to act at; None: at the usual one.
        """
        own = self.usual.get(method, {})
        base = IQ_ONLINE if online and method == "iq" else {}
        if online:
            other = self.usual.get(f"{method} online", own)
            own = self.usual.get(f"{method} {actions_from}", other)
        usual = {"gamma": self.gamma, **base, **self.usual.get(ANY, {}), **own}
        if self.is_inferred and not self.is_continuous and temperature is not None and "alpha" in usual:
            usual["alpha"] *= temperature / usual["temperature"]
        return usual

    def demonstrations_for(self, method: str) -> int:
        """Episodes that a method needs to do well here; 1 where nobody has tried."""
        return self.demonstrations.get(method, self.demonstrations.get(ANY, 1))

    def score(self, mean_return: float) -> float:
        """0 as good as random, 1 as good as the expert; may lie outside."""
        return (mean_return - self.random_return) / (self.expert_return - self.random_return)

    def check_fits(self, demonstrations: Demonstrations) -> None:
        """Check that demonstrations can be from this task, as far as their shapes and numbers say.

        Raises:
            DemonstrationError: observations or actions of another space, or an episode longer than the task
                allows.
        """
        try:
            replace(demonstrations, spaces=Spaces(self.observation_space, self.action_space))
        except DemonstrationError as error:
            raise DemonstrationError(
                f"{error}: use demonstrations of {self.name}, these are of another task"
            ) from error
        if (longest := int(demonstrations.lengths.max())) > self.max_moves:
            raise DemonstrationError(
                f"an episode of {self.name} has at most {self.max_moves} moves, "
                f"one demonstration has {longest}: use demonstrations of this task"
            )
