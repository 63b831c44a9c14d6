"""IQ-Learn for rewards of states, from states alone (Garg et al. 2021, section 5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from time import thread_time

import numpy as np

from trainers.arrays import FloatArray
from trainers.settings import RATE
from trainers.tabular.arrival import Fit, Objective, fit, watched
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.solution import Certificate, Progress, Solution, certify, solution_from_q
from trainers.tabular.state_model import presence_model

TOLERANCE = 1e-6
"""Accuracy of the reward, relative to its largest value, above which the fit is said not to have
converged."""


@dataclass(frozen=True, eq=False)
class _Quadratic:
    """sum stiffness r^2 / 2 over states, in the form that ``arrival.fit`` wants."""

    stiffness: FloatArray
    root: None = None
    free_level: bool = False
    level_weight: float = 0.0

    def value(self, d: FloatArray) -> float:
        return 0.5 * float(self.stiffness @ (d * d))

    def gradient(self, d: FloatArray) -> FloatArray:
        return self.stiffness * d

    def weights(self, d: FloatArray) -> FloatArray:
        return self.stiffness

    def curvature(self, d: FloatArray) -> FloatArray:
        return self.stiffness


def iq_learn_state_only(
    mdp: TabularMDP,
    expert: FloatArray,
    p0: FloatArray,
    *,
    alpha: float = 1.0,
    beta: float = 1.0,
    temperature: float = 1.0,
    progress: Progress | None = None,
) -> Solution:
    """Maximise E_{s ~ rhoE, a ~ pi}[r - penalty] - (1 - gamma) E_p0[V] over Q, chi-squared penalty.

    With the policy of the expectation at its fixed point the first-order condition makes r = Q - gamma P V a
    function of the state alone, r(s) = 2 alpha (d_E(s) - d_pi(s)) / d(s), where d_E and d_pi are discounted
    state occupancies and d = (1 - beta) d_E + beta uniform is where the penalty is taken. So the problem is
    the concave one over rewards r(s) of being in a state; only the expert's states enter it.

    Args:
        mdp: dynamics; V(end) = 0.
        expert: (S, A) discounted occupancy of the expert, summed over actions before anything else.
        p0: (S,) distribution of first states.
        alpha: weight of the penalty; larger is weaker.
        beta: share of the uniform distribution in the penalty, in (0, 1].
        temperature: tau.
        progress: called before every Newton step; False stops and returns what there is.

    Returns:
        ``reward`` is r(s) for every action; ``state_reward`` is gamma r(s) on entering s, which differs
        from it by shaping only (the first state's reward is not the learner's to choose), and zero on an
        end.

    Raises:
        ValueError: alpha or the temperature is not positive, or beta is outside (0, 1].
    """
    started = thread_time()
    if not (alpha > 0 and temperature > 0 and beta in RATE):
        raise ValueError(
            f"alpha and temperature must be positive and beta must lie {RATE}, "
            f"got {alpha:g}, {temperature:g} and {beta:g}"
        )
    model = presence_model(mdp, temperature)
    seen = expert[mdp.live_states].sum(axis=1)
    spread = (1.0 - beta) * seen + beta / seen.size
    first = (1.0 - mdp.gamma) * p0[mdp.live_states]

    def solution(found: Fit, certificate: Certificate) -> Solution:
        state_reward = np.zeros(mdp.n_states)
        state_reward[mdp.live_states] = mdp.gamma * found.theta
        q = found.theta[:, None] + model.q(found.z)
        return solution_from_q(mdp, q, temperature, certificate=certificate, state_reward=state_reward)

    objective = Objective(model, seen - first, seen, _Quadratic(spread / (2.0 * alpha)))
    found = fit(objective, watch=watched(progress, solution))
    end = ["No action is taken in an end, so its own reward is not learned and shows as zero."]
    certificate = certify(
        found.iterations,
        found.step,
        found.theta,
        started,
        temperature=temperature,
        accuracy=TOLERANCE,
        notes=end if mdp.terminal.any() else [],
        failure=f"The fit stopped with Newton's step at {found.step:.2g}: try a smaller alpha.",
    )
    return solution(found, certificate)
