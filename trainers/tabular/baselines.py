"""The methods that recovered rewards are compared with, and the truth itself."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from trainers.control import expected_reward, soft_optimal
from trainers.mdp import FloatArray, TabularMDP
from trainers.tabular.solution import Certificate, Solution, solution_from_q


def oracle(mdp: TabularMDP, state_reward: FloatArray, temperature: float = 1.0) -> Solution:
    """The soft-optimal Q of the true reward (S,), received on entering a state: what a perfect method would find.

    Raises:
        ValueError: the temperature is not positive or the reward of a state is not finite.
    """
    started = perf_counter()
    control = soft_optimal(mdp, expected_reward(mdp, state_reward), temperature)
    tolerance = 1e-8 * (1.0 + float(np.abs(control.v).max()))
    milliseconds = 1e3 * (perf_counter() - started)
    return solution_from_q(
        mdp,
        control.q[mdp.live_states],
        temperature,
        method="oracle",
        certificate=Certificate(
            control.iterations, control.residual, tolerance, control.residual <= tolerance, milliseconds
        ),
        state_reward=state_reward,
    )
