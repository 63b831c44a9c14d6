"""Chapters 1 to 3: reward and return, soft values, cloning."""

from __future__ import annotations

import numpy as np

from irl_app.analysis.planning import reach
from irl_app.analysis.reference import reference
from irl_app.demonstrations import Demonstrations
from irl_app.envs.grid_map import parse_map
from irl_app.experts import demonstrate
from irl_app.recovery import recover
from irl_app.rewards import StateReward, arrival_values
from irl_app.ui.components import Panel
from irl_app.ui.learn.lesson import (
    ROOM,
    Bench,
    Chapter,
    Control,
    Facts,
    Figure,
    Prediction,
    Values,
    percent,
    signed,
    state_panel,
)
from trainers.tabular import RECOMMENDED_PRIOR
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, optimal, soft_optimal

TWO_GOALS = parse_map("goal: end\nstep: 0\nmoves: 30\nN = goal 2\n\n........\nN.S....G\n........\n")
NEAR, START, FAR = 8, 10, 15


def _arrives_at(policy: np.ndarray, start: int) -> int:
    """The goal at which the likeliest moves end from a cell of `TWO_GOALS`."""
    cell = start
    for _ in range(TWO_GOALS.n_states):
        if cell in (NEAR, FAR):
            break
        cell = int(TWO_GOALS.targets[cell, policy[cell].argmax()])
    return cell


def _return_bench(values: Values) -> Bench:
    gamma = values["gamma"]
    grid = TWO_GOALS.replace(gamma=gamma)
    mdp = grid.mdp()
    plan = optimal(mdp, expected_reward(mdp, grid.state_reward()))
    from_start, beside = _arrives_at(plan.policy, START), _arrives_at(plan.policy, NEAR + 1)
    near, far = gamma * 2.0, gamma**4 * 10.0
    return Bench(
        facts={"start_far": float(from_start == FAR), "beside_far": float(beside == FAR)},
        figures=(
            Figure("Left, to the 2", signed(near), "the start is two moves away: γ · 2"),
            Figure("Right, to the 10", signed(far), "the start is five moves away: γ⁴ · 10"),
            Figure("From the start it goes", "right" if from_start == FAR else "left"),
            Figure("From beside the 2 it goes", "right" if beside == FAR else "left"),
        ),
        grid=grid,
        panels=(
            state_panel(grid, "Reward", grid.state_reward(), "received on entering a cell"),
            Panel(
                "value", "Return", np.where(mdp.live, plan.v, np.nan), "the best there is; arrows: the "
                "way to it",
                scale="sequential", policy=np.where(mdp.live[:, None], plan.policy, np.nan),
            ),
        ),
    )  # fmt: skip


def _return_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    if not facts["start_far"]:
        return (
            False,
            "From the start it still turns left: a 10 that is five moves away counts too little. Raise γ.",
        )
    if facts["beside_far"]:
        return (
            False,
            "Now even the cell beside the 2 walks away from it. That is too patient: lower γ a little.",
        )
    return True, (
        "Both are right for the same reward: from the start γ³ > 0.2, so γ > 0.585; beside the 2 γ⁵ < 0.2, "
        "so γ < 0.725."
    )


REWARD_AND_RETURN = Chapter(
    name="return",
    title="Reward and return",
    minutes=10,
    opening=r"""
A **reward** is a number for one step: here it is received on entering a cell. What an agent wants is the
**return**, the discounted sum of all rewards to come,

$$G = r_0 + \gamma\, r_1 + \gamma^2 r_2 + \dots,\qquad 0 < \gamma < 1 .$$

The discount γ says how patient it is: what is k moves away counts γᵏ of itself. The best return from a state
is its value, $V^*(s) = \max_a \mathbb{E}[\,r + \gamma V^*(s')\,]$, and the best move is one that reaches it.

Two stars, one worth 2 and near, one worth 10 and far. Walking costs nothing. The agent starts between them.
""",
    prediction=Prediction(
        "The discount is 0.5. Where does the agent go from its start?",
        ("To the 10: it is worth five times as much.", "To the 2.", "It makes no difference."),
        1,
        "γ · 2 = 1 is more than γ⁴ · 10 = 0.63. The reward alone does not say what is done; the discount "
        "belongs to it.",
    ),
    controls=(
        Control(
            "gamma", "Discount γ", tuple(round(0.30 + 0.05 * k, 2) for k in range(14)), 0.5,
            "How much a reward counts that is one move further away", lambda v: f"{v:.2f}",
        ),
    ),
    bench=_return_bench,
    task="Find a discount for which the agent goes **right from its start**, yet **left from the cell "
    "beside the 2**.",
    check=_return_check,
    takeaways=(
        "A reward is about one step, a return about all that follow.",
        "The same reward asks for different behaviour under different discounts.",
        "So a reward that was recovered from behaviour is only known together with the discount it was "
        "read with.",
    ),
    sources=(
        "R. Sutton and A. Barto, *Reinforcement Learning: An Introduction*, 2nd edition, MIT Press 2018, "
        "chapter 3.",
    ),
    words=("reward", "return", "discount", "value"),
)  # fmt: skip


def _soft_bench(values: Values) -> Bench:
    tau, grid = values["tau"], ROOM
    mdp = grid.mdp()
    reward = expected_reward(mdp, grid.state_reward())
    soft, hard = soft_optimal(mdp, reward, tau), optimal(mdp, reward)
    start = int(np.flatnonzero(mdp.p0)[0])
    best = float(soft.policy[start][hard.policy[start] > 0.0].sum())
    gain = float(soft.v[start] - hard.v[start])
    return Bench(
        facts={"best": best, "gain": gain},
        figures=(
            Figure("At the start it takes a best move", percent(best), "of the times"),
            Figure("Soft value of the start", signed(float(soft.v[start]), 1)),
            Figure("Hard value of the start", signed(float(hard.v[start]), 1), "the soft one is never "
            "below it"),
        ),
        grid=grid,
        panels=(
            state_panel(grid, "Reward", grid.state_reward(), "+10 on the star, −1 elsewhere"),
            Panel(
                "value", "Soft value and policy", np.where(mdp.valid, soft.v, np.nan),
                "arrows as long as the move is likely", scale="sequential",
                policy=np.where(mdp.live[:, None], soft.policy, np.nan),
            ),
        ),
    )  # fmt: skip


def _soft_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    if facts["best"] > 0.95:
        return (
            False,
            f"It takes a best move {percent(facts['best'])} of the times: too sure. Raise the temperature.",
        )
    if facts["best"] < 0.8:
        return False, f"It takes a best move {percent(facts['best'])} of the times: too careless. Lower it."
    return (
        True,
        f"It takes a best move {percent(facts['best'])} of the times: a good player that errs now and then.",
    )


SOFT_VALUES = Chapter(
    name="soft-values",
    title="Soft values",
    minutes=10,
    opening=r"""
People are not perfect, and neither are their demonstrations. A **soft-optimal** agent prefers better moves
without always taking the best:

$$\pi(a\mid s) = \exp\frac{Q(s,a) - V(s)}{\tau},\qquad V(s) = \tau \log \sum_a \exp\frac{Q(s,a)}{\tau},
\qquad Q(s,a) = r(s,a) + \gamma\,\mathbb{E}_{s'} V(s').$$

The **temperature** τ, in units of reward, says how much a move may cost before it becomes unlikely. This
agent
maximises return *plus* τ times the entropy of what it does. As τ → 0 it becomes the optimal agent.

The point for us: read from right to left, the first formula turns behaviour into Q, up to V.
""",
    prediction=Prediction(
        "Temperature up. What happens to the soft value of the start, beside the hard (optimal) value?",
        ("It falls: the agent plays worse.", "It stays: the rewards are the same.", "It rises above the "
        "hard value."),
        2,
        "V = max over policies of return plus τ × entropy. The optimal policy is one of them and its "
        "entropy is never "
        "negative, so the soft value is never below the hard one, and grows with τ.",
    ),
    controls=(
        Control("tau", "Temperature τ", (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0), 0.1,
                "How much worse a move may be before it becomes unlikely", lambda v: f"{v:g}"),
    ),
    bench=_soft_bench,
    task="Make a good player that errs now and then: a best move at the start in **80 to 95 %** of the "
    "times.",
    check=_soft_check,
    takeaways=(
        "A soft-optimal agent takes better moves more often; the temperature says how sharply.",
        "Its value counts the freedom it has: soft values lie above hard ones.",
        "Q and policy are two sides of one thing: log π(a|s) = (Q(s,a) − V(s)) / τ.",
    ),
    sources=(
        "B. Ziebart, *Modeling Purposeful Adaptive Behavior with the Principle of Maximum Causal "
        "Entropy*, PhD thesis, "
        "Carnegie Mellon University 2010.",
        "T. Haarnoja, H. Tang, P. Abbeel, S. Levine, *Reinforcement Learning with Deep Energy-Based "
        "Policies*, ICML 2017.",
    ),
    words=("soft-optimal", "temperature", "entropy", "Q-function", "policy"),
)  # fmt: skip


SLIPPERY = parse_map(
    "goal: end\nslip: 0.3\nmoves: "
    "40\n\nS.......\n........\n..LL.L..\n........\n........\n.L..LL..\n........\n.......G\n"
)


def slippery_games(n: int) -> Demonstrations:
    """The first games of a careful expert in the slippery room."""
    return demonstrate("gridworld/map", SLIPPERY, "soft-optimal", 0.3, n, seed=4)


def _cloning_bench(values: Values) -> Bench:
    grid, mdp = SLIPPERY, SLIPPERY.mdp()
    games = slippery_games(values["games"])
    clone = recover(grid, games, TabularConfig(method="bc"))
    learner = recover(grid, games, TabularConfig(method="ml", prior=RECOMMENDED_PRIOR))
    state = learner.rewards["state"]
    assert isinstance(state, StateReward)
    planned = optimal(mdp, expected_reward(mdp, arrival_values(state, mdp))).policy
    known = reference(grid, mdp.gamma)
    seen = games.visits(grid.n_states) > 0
    own = np.where(
        seen[:, None], clone.solution.policy, 1.0 / mdp.n_actions
    )  # it has nothing to copy elsewhere

    def arrives(policy: np.ndarray) -> float:
        return reach(mdp, policy, known.goals, known.shortest, known.manhattan, grid.max_steps).success_rate

    cloned, learned = arrives(own), arrives(planned)
    return Bench(
        facts={"clone": cloned, "learner": learned},
        figures=(
            Figure("The clone arrives", percent(cloned), "of its games, within 40 moves; 100 % is best"),
            Figure("The learner arrives", percent(learned), "it plans with a reward recovered from the "
            "same games"),
            Figure("Cells it has seen", percent(float(seen[mdp.valid].mean())), "elsewhere a clone has "
            "nothing to copy"),
        ),
        grid=grid,
        panels=(
            Panel(
                "clone", "What the clone does", np.where(mdp.live,
                games.visits(grid.n_states).astype(float), np.nan),
                "shade: visits; arrows: its moves", scale="counts", seen=seen,
                policy=np.where(mdp.live[:, None], own, np.nan),
            ),
            state_panel(
                grid, "The learner's reward", arrival_values(state, mdp), "arrows: what planning makes of it",
                seen=seen, policy=np.where(mdp.live[:, None], planned, np.nan),
            ),
        ),
    )  # fmt: skip


def _cloning_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    clone, learner = facts["clone"], facts["learner"]
    if learner < 0.9:
        return False, f"The learner arrives in only {percent(learner)}: too few games even for it. Show more."
    if clone > 0.75:
        return (
            False,
            f"The clone arrives in {percent(clone)} of its games, too often for this task. Try another "
            f"number.",
        )
    return True, (
        f"From the same games the learner arrives in {percent(learner)} and the clone in "
        f"{percent(clone)}: it slips "
        "off the shown way, has nothing to copy there, and drifts."
    )


CLONING = Chapter(
    name="cloning",
    title="Imitation by cloning, and how it drifts",
    minutes=12,
    opening=r"""
The simplest imitation is **behavioural cloning**: in each state do what the expert did there,
$\max_\pi \sum_{(s,a)} \log \pi(a\mid s)$. It needs no model of the world, and that is its weakness. One slip
leads to a state that nobody has shown; there the clone guesses, and slips again.

If a clone errs with probability ε in each state the expert visits, the cost over T steps can grow as **ε T²**
(Ross and Bagnell 2010): early mistakes spoil all that follows. A learner that asks *what the expert
wanted* can
plan its way back.

This room is slippery: three moves in ten go in a random direction. Lava costs 10.
""",
    prediction=Prediction(
        "Five games have been shown. Which part of its own games does the clone finish?",
        (
            "Nearly all: it copies a good player.",
            "Clearly fewer than a learner that plans with a recovered reward.",
            "Just as many as that learner: both saw the same games.",
        ),
        1,
        "The games are the same; what is made of them is not. A reward says something about states that "
        "were never "
        "visited, a copy of moves does not.",
    ),
    controls=(
        Control("games", "Games shown", (1, 2, 3, 5, 8, 12, 20, 50, 100), 1, "The first of one expert's "
        "games"),
    ),
    bench=_cloning_bench,
    task="Find a number of games from which the **learner arrives at least 90 %** of the times, "
         "and the **clone at most 75 %**.",
    check=_cloning_check,
    takeaways=(
        "A clone is only told what to do where the expert has been.",
        "Its mistakes take it where it knows less: they compound over time.",
        "A reward carries the intention further than the moves do, if the world's dynamics are known.",
    ),
    sources=(
        "S. Ross and D. Bagnell, *Efficient Reductions for Imitation Learning*, AISTATS 2010.",
        "D. Garg and others, *IQ-Learn: Inverse soft-Q Learning for Imitation*, NeurIPS 2021, section 1.",
    ),
    words=("cloning", "demonstration", "policy"),
)  # fmt: skip

CONTROL = (REWARD_AND_RETURN, SOFT_VALUES, CLONING)
