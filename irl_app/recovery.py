"""From demonstrations to rewards: one recipe in, one recovery with its four views of the reward out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Literal

import numpy as np

from irl_app.demonstrations import Demonstrations
from irl_app.envs.grid_map import format_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.recipes import METHODS, Recipe
from irl_app.rewards import (
    InverseBellmanReward,
    Reward,
    RewardInfo,
    StateReward,
    deshape,
    disentangle,
    marginalise,
)
from trainers.mdp import FloatArray, TabularMDP
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
from trainers.tabular.solution import solution_from_q

Lens = Literal["transition", "marginal", "deshaped", "state"]


@dataclass(frozen=True, eq=False)
class Recovery:
    """A solved recipe: the solution, and its reward through each lens.

    Attributes:
        grid: the world the expert acted in.
        mdp: its true dynamics under the recipe's gamma, terminal states ending the episode.
        demonstrations: what was learned from; None when the expert's exact occupancy was used.
        counts: sufficient statistics of the expert, what follows the end included if that is learned.
        recipe: how.
        solution: Q, V, policy, reward and the certificate of convergence.
        rewards: by lens: "transition" Q - gamma V(s'), "marginal" r(s, a), "deshaped", "state".
        true_reward: the grid's own.
    """

    grid: GridSpec
    mdp: TabularMDP
    demonstrations: Demonstrations | None
    counts: ExpertCounts
    recipe: Recipe
    solution: Solution
    rewards: Mapping[Lens, Reward] = field(repr=False)
    true_reward: StateReward = field(repr=False)


def recover(
    grid: GridSpec,
    expert: Demonstrations | FloatArray,
    recipe: Recipe,
    *,
    q_init: FloatArray | None = None,
    progress: Progress | None = None,
) -> Recovery:
    """Learn Q from an expert in a grid by a recipe, and read the reward off it.

    Args:
        grid: the world.
        expert: demonstrations, or an (S, A) policy whose exact occupancy stands for endless demonstrations.
        recipe: the method and its settings.
        q_init: (S, A) where IQ-Learn's Newton steps start, for example the last answer under a moving slider.
        progress: ``progress(done, total, best so far)`` of methods that search; returning False stops them.

    Raises:
        DemonstrationError: the demonstrations do not fit the grid.
    """
    if recipe.method == "oracle":  # the truth knows the dynamics, and is stated in this convention
        recipe = replace(recipe, terminal="zero", dynamics="known")
    mdp = grid.mdp()
    if recipe.gamma not in (None, mdp.gamma):
        mdp = replace(mdp, gamma=recipe.gamma)
    absorbing = recipe.terminal == "absorbing"
    learned_in = mdp.with_absorbing_terminals() if absorbing else mdp
    demonstrations = expert if isinstance(expert, Demonstrations) else None
    if isinstance(expert, Demonstrations):
        expert.check_fits(grid)
        counts = count_demonstrations(mdp, expert, absorbing=absorbing)
    else:
        counts = exact_counts(learned_in, expert)
    if recipe.dynamics == "estimated":
        learned_in = estimate_dynamics(learned_in, counts)
    solution = _solve(grid, learned_in, counts, recipe, q_init, progress)
    return Recovery(
        grid=grid,
        mdp=mdp,
        demonstrations=demonstrations,
        counts=counts,
        recipe=recipe,
        solution=solution,
        rewards=_lenses(grid, mdp, recipe, solution, demonstrations),
        true_reward=_true_reward(grid, mdp),
    )


def recovery_of(grid: GridSpec, q: FloatArray, recipe: Recipe, expert: FloatArray) -> Recovery:
    """The recovery that a soft Q-function which was learned elsewhere stands for in a grid.

    Nothing is solved, so its certificate has nothing to certify.

    Args:
        grid: the world. q: (S, A); only what it says of states where an action is taken is read.
        recipe: its temperature and discount, and what to call it.
        expert: (S, A) policy whose exact occupancy tells where evidence may be.
    """
    mdp = grid.mdp() if recipe.gamma in (None, grid.gamma) else replace(grid.mdp(), gamma=recipe.gamma)
    unsolved = Certificate(iterations=0, residual=0.0, tolerance=0.0, milliseconds=0.0)
    learned = np.asarray(q, dtype=np.float64)[mdp.live_states]
    solution = solution_from_q(mdp, learned, recipe.temperature, certificate=unsolved)
    return Recovery(
        grid=grid,
        mdp=mdp,
        demonstrations=None,
        counts=exact_counts(mdp, expert),
        recipe=recipe,
        solution=solution,
        rewards=_lenses(grid, mdp, recipe, solution, None),
        true_reward=_true_reward(grid, mdp),
    )


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


def _solve(
    grid: GridSpec,
    mdp: TabularMDP,
    counts: ExpertCounts,
    recipe: Recipe,
    q_init: FloatArray | None,
    progress: Progress | None,
) -> Solution:
    temperature = recipe.temperature
    # Averages over the demonstrated steps weigh all steps alike; only p0's own form needs gamma^t weights.
    expert = counts.undiscounted if recipe.value_term == "expert" else counts.discounted
    match recipe.method:
        case "iq":
            return iq_learn(
                mdp,
                expert,
                counts.p0,
                divergence=recipe.divergence,
                alpha=recipe.alpha,
                penalty=recipe.penalty,
                beta=recipe.beta,
                scale=recipe.scale,
                value_term=recipe.value_term,
                temperature=temperature,
                q_init=q_init,
                progress=progress,
            )
        case "iq-state":
            return iq_learn_state_only(
                mdp, counts.discounted, counts.p0, alpha=recipe.alpha, temperature=temperature
            )
        case "ml":
            return causal_ml(mdp, counts, temperature=temperature, prior=recipe.prior, progress=progress)
        case "mce":
            return mce_irl(mdp, counts, temperature=temperature, l2=recipe.l2)
        case "sqil":
            return sqil(mdp, counts, temperature=temperature)
        case "bc":
            return behavioural_cloning(mdp, counts, temperature=temperature, pseudo_count=recipe.pseudo_count)
        case "oracle":
            return oracle(mdp, np.nan_to_num(grid.state_reward()), temperature)


def _true_reward(grid: GridSpec, mdp: TabularMDP) -> StateReward:
    info = RewardInfo(
        kind="true",
        title="True reward",
        gamma=mdp.gamma,
        temperature=0.0,
        terminal="zero",
        n_states=mdp.n_states,
        n_actions=mdp.n_actions,
        map_text=format_map(grid),
    )
    return StateReward(grid.state_reward(), None, info)


def _lenses(
    grid: GridSpec, mdp: TabularMDP, recipe: Recipe, solution: Solution, demonstrations: Demonstrations | None
) -> dict[Lens, Reward]:
    info = RewardInfo(
        kind="transition",
        title=METHODS[recipe.method].title,
        gamma=mdp.gamma,
        temperature=recipe.temperature,
        terminal=recipe.terminal,
        n_states=mdp.n_states,
        n_actions=mdp.n_actions,
        method=recipe.method,
        map_text=format_map(grid),
        provenance={
            "recipe": asdict(recipe),
            "demonstrations": None if demonstrations is None else asdict(demonstrations.provenance),
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
