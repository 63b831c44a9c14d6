"""From demonstrations to rewards: one method in, one recovery with its four views of the reward out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import numpy as np

from irl_app.demonstrations import Demonstrations
from irl_app.envs.grid_map import format_map
from irl_app.envs.grid_spec import MOST_GAMMA, ROUNDING, GridSpec
from irl_app.rewards import (
    InverseBellmanReward,
    Reward,
    RewardInfo,
    StateReward,
    arrival_values,
    deshape,
    disentangle,
    marginalise,
)
from trainers.arrays import FloatArray
from trainers.settings import Range, SettingError
from trainers.spaces import Discrete
from trainers.tabular import (
    Certificate,
    ExpertCounts,
    Progress,
    Solution,
    behavioural_cloning,
    causal_ml,
    count_expert,
    estimate_dynamics,
    exact_counts,
    iq_learn,
    iq_learn_state_only,
    mce_irl,
    oracle,
    sqil,
)
from trainers.tabular.config import METHODS, TabularConfig
from trainers.tabular.mdp import TabularMDP
from trainers.tabular.solution import solution_from_q

TEMPERATURES = Range(1e-6, 1e6)
"""Least and largest temperature, in units of reward."""

Lens = Literal["transition", "marginal", "deshaped", "state"]


@dataclass(frozen=True, eq=False)
class Recovery:
    """Demonstrations solved by a method: the solution, and its reward through each lens.

    Attributes:
        grid: the world the expert acted in.
        mdp: its true dynamics under the configuration's gamma, terminal states ending the episode.
        demonstrations: what was learned from; None when the expert's exact occupancy was used.
        counts: sufficient statistics of the expert, what follows the end included if that is learned.
        config: how.
        solution: Q, V, policy, reward and the certificate of convergence.
        rewards: by lens: "transition" Q - gamma V(s'), "marginal" r(s, a), "deshaped", "state".
        true_reward: the grid's own.
    """

    grid: GridSpec
    mdp: TabularMDP
    demonstrations: Demonstrations | None
    counts: ExpertCounts
    config: TabularConfig
    solution: Solution
    rewards: Mapping[Lens, Reward] = field(repr=False)
    true_reward: StateReward = field(repr=False)

    @property
    def arrivals(self) -> FloatArray:
        """(S,) what entering each cell is worth by the state lens, an end's tail included; NaN at walls."""
        state = self.rewards["state"]
        if not isinstance(state, StateReward):
            raise TypeError(f'the "state" lens must hold a StateReward, got {type(state).__name__}')
        return arrival_values(state, self.mdp)

    @property
    def size(self) -> float:
        """The largest of what its rewards were made from, temperature, Q and V: rounding is judged by it."""
        made_from = self.config.temperature, np.abs(self.solution.q).max(), np.abs(self.solution.v).max()
        return float(max(made_from))


def recover(
    grid: GridSpec,
    expert: Demonstrations | FloatArray,
    config: TabularConfig,
    *,
    q_init: FloatArray | None = None,
    progress: Progress | None = None,
) -> Recovery:
    """Learn Q from an expert in a grid as configured, and read the reward off it.

    Args:
        grid: the world.
        expert: demonstrations, or an (S, A) policy whose exact occupancy stands for endless demonstrations.
        config: the method and its settings.
        q_init: (S, A) where IQ-Learn's Newton steps start, for example the last answer under a moving slider.
        progress: ``progress(done, total, best so far)`` of methods that search; returning False stops them.

    Raises:
        DemonstrationError: the demonstrations do not fit the grid.
        SettingError: rounding would decide the answer, see ``_check_rounding``.
    """
    _check_rounding(config)
    if config.method == "oracle":  # the truth knows the dynamics, and is stated in this convention
        config = replace(config, terminal="zero", dynamics="known")
    mdp = grid.mdp()
    if config.gamma not in (None, mdp.gamma):
        mdp = replace(mdp, gamma=config.gamma)
    absorbing = config.terminal == "absorbing"
    demonstrations = expert if isinstance(expert, Demonstrations) else None
    if isinstance(expert, Demonstrations):
        expert.check_fits(grid)
        counts = count_demonstrations(mdp, expert, absorbing=absorbing)
    else:
        counts = exact_counts(mdp.with_absorbing_terminals() if absorbing else mdp, expert)
    solution = _solve(grid, _learned_in(mdp, counts, config), counts, config, q_init, progress)
    return _read_off(grid, mdp, demonstrations, counts, config, solution)


def _learned_in(mdp: TabularMDP, counts: ExpertCounts, config: TabularConfig) -> TabularMDP:
    """The dynamics that the method is told."""
    learned_in = mdp.with_absorbing_terminals() if config.terminal == "absorbing" else mdp
    return estimate_dynamics(learned_in, counts) if config.dynamics == "estimated" else learned_in


def solver_steps(recovery: Recovery) -> tuple[Solution, ...]:
    """What every step of the solver came to, from its first guess to the recovery's own solution; that alone
    where the method takes no steps."""
    steps: list[Solution] = []

    def record(_done: int, _total: int, so_far: Solution | None) -> None:
        if so_far is not None:
            steps.append(so_far)

    config = replace(recovery.config, prior=recovery.solution.prior)
    mdp = _learned_in(recovery.mdp, recovery.counts, config)
    _solve(recovery.grid, mdp, recovery.counts, config, None, record)
    return (*steps, recovery.solution)


def with_solution(recovery: Recovery, solution: Solution) -> Recovery:
    """The recovery that another solution comes to, one of ``solver_steps`` say."""
    grid, mdp, config = recovery.grid, recovery.mdp, recovery.config
    return _read_off(grid, mdp, recovery.demonstrations, recovery.counts, config, solution)


def recovery_of(grid: GridSpec, q: FloatArray, config: TabularConfig, expert: FloatArray) -> Recovery:
    """The recovery that a soft Q-function which was learned elsewhere stands for in a grid.

    Nothing is solved, so its certificate has nothing to certify.

    Args:
        grid: the world. q: (S, A); only what it says of states where an action is taken is read.
        config: its temperature and discount, and what to call it.
        expert: (S, A) policy whose exact occupancy tells where evidence may be.
    """
    mdp = grid.mdp() if config.gamma in (None, grid.gamma) else replace(grid.mdp(), gamma=config.gamma)
    unsolved = Certificate(iterations=0, residual=0.0, tolerance=0.0, milliseconds=0.0)
    learned = np.asarray(q, dtype=np.float64)[mdp.live_states]
    solution = solution_from_q(mdp, learned, config.temperature, certificate=unsolved)
    return _read_off(grid, mdp, None, exact_counts(mdp, expert), config, solution)


def count_demonstrations(
    mdp: TabularMDP, demonstrations: Demonstrations, *, absorbing: bool = False
) -> ExpertCounts:
    """Sufficient statistics of demonstrations (see ``count_expert``)."""
    return count_expert(
        mdp,
        obs=demonstrations.obs,
        action=demonstrations.action,
        next_obs=demonstrations.next_obs,
        terminated=demonstrations.terminated,
        episode=demonstrations.episode,
        absorbing=absorbing,
    )


def _check_rounding(config: TabularConfig) -> None:
    """Refuse what float64 cannot certify.

    Raises:
        SettingError: gamma or the temperature is too extreme.
    """
    if config.gamma is not None and config.gamma > MOST_GAMMA:
        raise SettingError(f"γ may be at most {MOST_GAMMA:.7g}, got {config.gamma:.12g}: {ROUNDING}")
    if config.temperature not in TEMPERATURES:
        raise SettingError(
            f"the temperature must lie {TEMPERATURES}, got {config.temperature:g}: beyond, "
            "rounding decides which reward explains the choices"
        )


def _solve(
    grid: GridSpec,
    mdp: TabularMDP,
    counts: ExpertCounts,
    config: TabularConfig,
    q_init: FloatArray | None,
    progress: Progress | None,
) -> Solution:
    temperature = config.temperature
    # Averages over the demonstrated steps weigh all steps alike; only p0's own form needs gamma^t weights.
    expert = counts.undiscounted if config.value_term == "expert" else counts.discounted
    match config.method:
        case "iq":
            return iq_learn(
                mdp,
                expert,
                counts.p0,
                divergence=config.divergence,
                alpha=config.alpha,
                penalty=config.penalty,
                beta=config.beta,
                scale=config.scale,
                value_term=config.value_term,
                temperature=temperature,
                q_init=q_init,
                progress=progress,
            )
        case "iq-state":
            return iq_learn_state_only(
                mdp,
                counts.discounted,
                counts.p0,
                alpha=config.alpha,
                temperature=temperature,
                progress=progress,
            )
        case "ml":
            return causal_ml(mdp, counts, temperature=temperature, prior=config.prior, progress=progress)
        case "mce":
            return mce_irl(mdp, counts, temperature=temperature, l2=config.l2, progress=progress)
        case "sqil":
            return sqil(mdp, counts, temperature=temperature, progress=progress)
        case "bc":
            return behavioural_cloning(mdp, counts, temperature=temperature, pseudo_count=config.pseudo_count)
        case "oracle":
            return oracle(mdp, np.nan_to_num(grid.state_reward()), temperature)


def _read_off(
    grid: GridSpec,
    mdp: TabularMDP,
    shown: Demonstrations | None,
    counts: ExpertCounts,
    config: TabularConfig,
    solution: Solution,
) -> Recovery:
    """The recovery that a solution comes to."""
    rewards = _lenses(grid, mdp, config, solution, shown)
    return Recovery(grid, mdp, shown, counts, config, solution, rewards, _true_reward(grid, mdp))


def _true_reward(grid: GridSpec, mdp: TabularMDP) -> StateReward:
    info = RewardInfo(
        kind="true",
        title="True reward",
        gamma=mdp.gamma,
        temperature=0.0,
        terminal="zero",
        observation_space=Discrete(mdp.n_states),
        action_space=Discrete(mdp.n_actions),
        map_text=format_map(grid),
    )
    return StateReward(grid.state_reward(), None, info)


def _lenses(
    grid: GridSpec, mdp: TabularMDP, config: TabularConfig, solution: Solution, shown: Demonstrations | None
) -> dict[Lens, Reward]:
    info = RewardInfo(
        kind="transition",
        title=METHODS[config.method].title,
        gamma=mdp.gamma,
        temperature=config.temperature,
        terminal=config.terminal,
        observation_space=Discrete(mdp.n_states),
        action_space=Discrete(mdp.n_actions),
        method=config.method,
        map_text=format_map(grid),
        provenance={
            "config": asdict(config),
            "demonstrations": None if shown is None else asdict(shown.provenance),
        },
    )
    transition = InverseBellmanReward(solution.q, solution.v, info)
    state: Reward
    if solution.state_reward is None:
        state = disentangle(transition, mdp)
    else:
        state = StateReward(solution.state_reward, solution.state_reward_sd, replace(info, kind="state"))
    return {
        "transition": transition,
        "marginal": marginalise(transition, mdp),
        "deshaped": deshape(transition, mdp),
        "state": state,
    }
