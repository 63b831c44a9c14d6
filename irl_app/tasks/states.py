"""States of control tasks that can be written down: observed, read off observations, set and stepped from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from irl_app.tasks.batch import Obs
from irl_app.tasks.physics import ACROBOT, CART_POLE, Physics
from irl_app.tasks.registry import CONTROL_TASKS
from irl_app.tasks.task import ControlTask, StateVariable
from trainers.mdp import BoolArray, FloatArray, IntArray


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
        move: states (n, D), one action -> what the task's own physics makes of them, noise left out.
    """

    variables: tuple[StateVariable, ...]
    sliced: tuple[int, ...]
    side: int
    observe: Callable[[FloatArray], Obs]
    read: Callable[[Obs], FloatArray]
    move: Callable[[FloatArray, int], Moved]

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


def state_space(task: ControlTask) -> StateSpace | None:
    """The states of a task; None where observations are images."""
    return _SPACES.get(task.name.partition("/")[0])


def _stepped(physics: Physics) -> Callable[[FloatArray, int], Moved]:
    def move(states: FloatArray, action: int) -> Moved:
        actions: IntArray = np.full(len(states), action)
        moved = physics.move(states.T.copy(), actions)
        return Moved(physics.observe(moved), physics.ended(moved))

    return move


def _read_acrobot(obs: Obs) -> FloatArray:
    """Angles from their cosines and sines."""
    cos1, sin1, cos2, sin2, speed1, speed2 = obs.astype(np.float64).T
    return np.stack([np.arctan2(sin1, cos1), np.arctan2(sin2, cos2), speed1, speed2], axis=1)


def _land(states: FloatArray, action: int) -> Moved:
    from irl_app.tasks.landings import LanderPhysics  # loads Box2D, which nothing else here needs

    return Moved(*LanderPhysics().move(states, action))


def _lander_variables() -> tuple[StateVariable, ...]:
    """Those observed; below the ground there is nothing to draw."""
    x, height, *others = CONTROL_TASKS["LunarLander-v3"].variables
    return (x, replace(height, low=-0.05), *others)


_SPACES = {
    "CartPole-v1": StateSpace(
        variables=CONTROL_TASKS["CartPole-v1"].variables,
        sliced=(2, 3, 0, 1),
        side=31,
        observe=lambda states: states.astype(np.float32),
        read=lambda obs: obs.astype(np.float64),
        move=_stepped(CART_POLE),
    ),
    "Acrobot-v1": StateSpace(
        variables=(
            StateVariable("shoulder angle (rad from hanging)", -np.pi, np.pi),
            StateVariable("elbow angle (rad from straight)", -np.pi, np.pi),
            *CONTROL_TASKS["Acrobot-v1"].variables[4:],
        ),
        sliced=(0, 1, 2, 3),
        side=31,
        observe=lambda states: ACROBOT.observe(states.T),
        read=_read_acrobot,
        move=_stepped(ACROBOT),
    ),
    "LunarLander-v3": StateSpace(
        variables=_lander_variables(),
        sliced=(1, 3, 0, 2, 4),
        side=21,
        observe=lambda states: states.astype(np.float32),
        read=lambda obs: obs.astype(np.float64),
        move=_land,
    ),
}
