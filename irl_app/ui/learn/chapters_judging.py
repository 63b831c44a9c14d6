"""Chapters 8 to 10: judging a reward, networks on the pole, continuous control."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import gymnasium as gym
import numpy as np
import plotly.graph_objects as go

from irl_app.analysis import pearson
from irl_app.analysis.planning import expected_return
from irl_app.analysis.reference import reference
from irl_app.envs.presets import make_preset
from irl_app.experts import demonstrate
from irl_app.figures.theme import Theme, styled
from irl_app.recovery import recover
from irl_app.rewards import StateReward, arrival_values
from irl_app.ui.learn.lesson import (
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
from trainers.arrays import FloatArray
from trainers.tabular import RECOMMENDED_PRIOR
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, optimal

JUDGED = make_preset("static-walls", 6)
"""A small grid whose goal ends the game: there one level of the reward is left open by behaviour."""


@lru_cache(maxsize=1)
def _judged_reward() -> FloatArray:
    """(S,) worth of entering each cell, recovered from thirty games."""
    games = demonstrate("gridworld/static-walls", JUDGED, "soft-optimal", 0.5, 30, seed=2)
    recovery = recover(JUDGED, games, TabularConfig(method="ml", prior=RECOMMENDED_PRIOR))
    state = recovery.rewards["state"]
    assert isinstance(state, StateReward)
    return arrival_values(state, recovery.mdp)


def _judging_bench(values: Values) -> Bench:
    mdp, true, level = JUDGED.mdp(), JUDGED.state_reward(), float(values["level"])
    moved = _judged_reward() + level * np.where(mdp.terminal, 1.0 / (1.0 - mdp.gamma), 1.0)
    known = reference(JUDGED, mdp.gamma)
    policy = optimal(mdp, expected_reward(mdp, moved)).policy
    lost = known.world.stakes.regret(expected_return(mdp, policy, known.world.reward))
    agrees = float(pearson(moved[mdp.valid], true[mdp.valid]))
    return Bench(
        facts={"agrees": agrees, "lost": lost},
        figures=(
            Figure("Map agrees with the truth", signed(agrees), "correlation over cells; 1 is best"),
            Figure("A plan gives away", percent(lost), "0 % is best", "good" if lost <= 0.02 else "poor"),
        ),
        grid=JUDGED,
        panels=(
            state_panel(JUDGED, "True reward", true, "received on entering a cell"),
            state_panel(JUDGED, "Recovered reward", moved, "moved along its free direction"),
        ),
    )


def _judging_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    if facts["lost"] > 0.02:
        return False, f"The plan gives away {percent(facts['lost'])}: that would be another behaviour."
    if facts["agrees"] > -0.5:
        return False, f"The maps still agree at {signed(facts['agrees'])}. Move the level further."
    return True, (
        f"The maps disagree ({signed(facts['agrees'])}) and the plan is as good as before. A correlation "
        f"of maps is no "
        "verdict; what a reward makes an agent do is."
    )


JUDGING_A_REWARD = Chapter(
    name="judging",
    title="How to judge a reward",
    minutes=12,
    opening=r"""
Is this recovered reward any good? The tempting figure is the correlation of the two maps. But behaviour
leaves more open
than size. Where goals **end** the game, add

$$c \ \text{ to every live cell and }\ \frac{c}{1-\gamma}\ \text{ to every cell that ends it:}$$

as much is gained by going on for ever as by ending, so nobody's behaviour changes, for any c. It is
shaping by a constant.

What can be trusted is what this direction cannot move: **regret**, the share of what can be gained that a
plan made with
the reward gives away under the true one,

$$\frac{J^* - J_{\hat\pi}}{J^* - J_{\text{random}}} ,$$

here and in changed worlds; and distances between canonical forms, from which shaping has been taken out
(STARC).
""",
    prediction=Prediction(
        "A recovered map correlates at −0.9 with the true one. Can planning with it be perfect?",
        ("No: it prefers what should be avoided.", "Yes.", "Only if all rewards are multiplied by −1."),
        1,
        "The level of live cells beside that of ends can turn the correlation over, while every policy "
        "keeps its rank.",
    ),
    controls=(
        Control("level", "Level c", tuple(range(-5, 6)), 0, "Added to live cells, c/(1−γ) to ends",
        lambda v: signed(v, 0)),
    ),
    bench=_judging_bench,
    task="Make the maps **disagree (below −0.5)** while the plan still **gives away at most 2 %**.",
    check=_judging_check,
    takeaways=(
        "A correlation of maps can be anything between nearly 1 and nearly −1 for the same behaviour.",
        "Judge a reward by regret, here and in changed worlds, and by distances that shaping cannot move.",
        "Say what was never visited: there every figure is about an assumption.",
    ),
    sources=(
        "A. Gleave and others, *Quantifying Differences in Reward Functions* (EPIC), ICLR 2021.",
        "B. Wulfe and others, *Dynamics-Aware Comparison of Learned Reward Functions* (DARD), ICLR 2022.",
        "J. Skalse and others, *STARC: A General Framework for Quantifying Differences Between Reward "
        "Functions*, ICLR 2024.",
    ),
    words=("regret", "correlation", "canonical form", "shaping"),
)  # fmt: skip

EPISODES = 40


@lru_cache(maxsize=1)
def pole_games() -> tuple[FloatArray, ...]:
    """The states (T, 4) of forty games on the cart, by players from careless to perfect."""
    environment = gym.make("CartPole-v1")
    rng = np.random.default_rng(0)
    games = []
    for episode in range(EPISODES):
        skill = episode / (EPISODES - 1)
        state, _ = environment.reset(seed=episode)
        states, over = [state], False
        while not over:
            balancing = int(state[2] + 0.5 * state[3] + 0.02 * state[0] > 0.0)
            action = balancing if rng.random() < skill else int(rng.integers(2))
            state, _, terminated, truncated, _ = environment.step(action)
            states.append(state)
            over = terminated or truncated
        games.append(np.array(states[1:], dtype=np.float64))
    environment.close()
    return tuple(games)


CANDIDATES = {"left": "being on the left", "noise": "a random number per state", "upright": "an upright pole"}


def _paid(candidate: str, states: FloatArray) -> FloatArray:
    """(T,) a reward that may have nothing to do with the task."""
    if candidate == "left":
        return -states[:, 0]
    if candidate == "upright":
        return 1.0 - np.abs(states[:, 2]) / 0.2095
    return np.sin(
        1e4 * states @ np.array([1.0, 0.7, 3.1, 0.3])
    )  # as good as random, and a function of the state


def _pole_bench(values: Values) -> Bench:
    games, bonus = pole_games(), float(values["bonus"])
    lengths = np.array([len(states) for states in games], dtype=np.float64)
    sums = np.array([float((_paid(values["paid"], states) + bonus).sum()) for states in games])
    agrees, per_step = (
        float(pearson(sums, lengths)),
        float(np.std([s / n for s, n in zip(sums, lengths, strict=True)])),
    )

    def chart(theme: Theme) -> go.Figure:
        figure = go.Figure(
            go.Scatter(
                x=lengths, y=sums, mode="markers", marker={"color": theme.accent, "size": 9, "opacity": 0.75}
            )
        )
        figure.update_xaxes(title="true return: steps the pole stayed up")
        figure.update_yaxes(title="return under the candidate")
        return styled(figure, theme, "Forty games, each a dot", width=640, height=360)

    return Bench(
        facts={"agrees": agrees, "is_task": float(values["paid"] == "upright")},
        figures=(
            Figure("Returns agree", signed(agrees), "correlation over forty games; 1 is best"),
            Figure("Length alone agrees", "1.00", "the baseline: the true reward is 1 a step"),
            Figure("Mean reward a step varies by", signed(per_step), "the truth's does not vary at all"),
        ),
        chart=chart,
    )


def _pole_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    if facts["is_task"]:
        return False, "An upright pole has to do with the task. Take a reward that has not."
    if facts["agrees"] < 0.95:
        return (
            False,
            f"The returns agree at {signed(facts['agrees'])}. What would make every sum count its steps?",
        )
    return True, (
        f"A reward that has nothing to do with the task agrees at {signed(facts['agrees'])}. Sums over "
        f"games of different "
        "length mostly count their steps."
    )


NETWORKS = Chapter(
    name="networks",
    title="Networks: the pole on the cart",
    minutes=12,
    opening=r"""
Where states are numbers without end, Q is a **network** and the objective is climbed by gradients on
batches of
demonstrated and own steps. The reward is read as before: $r(s,a,s') = Q(s,a) - \gamma V(s')$, without the
last term where
the game has ended. *Ended* and *cut off* are two things: a time limit must not stop the bootstrap.

How good is such a reward? Papers often correlate **sums over whole games** under the learned reward and
under the true
one, and find 0.99. On the pole the true reward is 1 a step, so a return is the length of a game.

Here are forty real games, from careless to perfect players. Choose a candidate and add a bonus to every step.
""",
    prediction=Prediction(
        "A candidate pays a random number for each state, plus 1 a step. How well do its returns agree "
        "with the true ones?",
        ("Not at all: about 0.", "A little: about 0.5.", "Nearly perfectly."),
        2,
        "The random part averages out; what is left in the sum is the number of steps.",
    ),
    controls=(
        Control("paid", "The candidate pays for", tuple(CANDIDATES), "upright", "", CANDIDATES.__getitem__,
        slides=False),
        Control("bonus", "Bonus a step", (-1.0, -0.5, 0.0, 0.5, 1.0, 2.0), 0.0, "", lambda v: signed(v, 1)),
    ),
    bench=_pole_bench,
    task="Make the returns of a reward that has **nothing to do with the task** agree at **0.95 or more**.",
    check=_pole_check,
    takeaways=(
        "Whoever reports a correlation of sums must report that of length beside it.",
        "Compare per step, or among games of equal length, and on several kinds of players.",
        "The test of a network's reward is a fresh agent that is trained on nothing else.",
    ),
    sources=(
        "D. Garg and others, *IQ-Learn*, NeurIPS 2021, section 6 (recovered rewards).",
        "F. Al-Hafez and others, *LS-IQ: Implicit Reward Regularization for Inverse Reinforcement "
        "Learning*, ICLR 2023.",
        "I. Kostrikov and others, *Discriminator-Actor-Critic*, ICLR 2019 (what follows the end of a game).",
    ),
    words=("network", "return", "correlation", "terminated and truncated"),
)  # fmt: skip

BEST_ACTION, STEEPNESS = 0.6, 2.0


def actor_gap(mean: float, spread: float, tau: float) -> float:
    """V - (E[Q] + tau H) of a Gaussian actor for Q(a) = -(a - 0.6)^2: tau times its KL from the soft "
    "policy."""
    value = 0.5 * tau * np.log(2.0 * np.pi * tau / STEEPNESS)
    gained = -0.5 * STEEPNESS * ((mean - BEST_ACTION) ** 2 + spread**2)
    entropy = 0.5 * np.log(2.0 * np.pi * np.e * spread**2)
    return float(value - gained - tau * entropy)


def _actor_bench(values: Values) -> Bench:
    mean, spread, tau = values["mean"], values["spread"], values["tau"]
    gap, best = actor_gap(mean, spread, tau), float(np.sqrt(tau / STEEPNESS))
    actions = np.linspace(-2.0, 3.0, 201)

    def density(middle: float, width: float) -> FloatArray:
        return np.asarray(np.exp(-0.5 * ((actions - middle) / width) ** 2) / (width * np.sqrt(2.0 * np.pi)))

    def chart(theme: Theme) -> go.Figure:
        def line(y: FloatArray, name: str, colour: str, dash: str = "solid") -> Any:
            return go.Scatter(
                x=actions, y=y, mode="lines", name=name, line={"color": colour, "dash": dash, "width": 2.5}
            )

        figure = go.Figure([
            line(density(BEST_ACTION, best), "soft policy exp((Q − V)/τ)", theme.ink, "dot"),
            line(density(mean, spread), "the actor", theme.accent),
        ])  # fmt: skip
        figure.update_xaxes(title="action")
        figure.update_yaxes(title="density")
        styled(figure, theme, "What the actor does, and what it should do", width=640, height=360)
        return figure.update_layout(showlegend=True, legend={"orientation": "h", "y": -0.28})

    return Bench(
        facts={"gap": gap, "tau": float(tau)},
        figures=(
            Figure("Short of the soft value by", signed(gap, 3), "0 is best", "good" if gap < 0.01 else ""),
            Figure("Mean of the actor", signed(mean, 1)),
            Figure("Spread of the actor", signed(spread, 1)),
        ),
        chart=chart,
    )


def _actor_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    if facts["tau"] < 0.5:
        return False, "Set the temperature to 0.5 or more first: then the spread matters."
    if facts["gap"] >= 0.01:
        return (
            False,
            f"It is {signed(facts['gap'], 3)} short. Where is Q highest, and how wide may the actor be?",
        )
    return (
        True,
        "The actor is the soft policy: its mean where Q is highest, its variance τ divided by the "
        "steepness of Q.",
    )


CONTINUOUS = Chapter(
    name="continuous",
    title="Continuous control",
    minutes=12,
    opening=r"""
A joint takes any torque between −1 and 1. Then $V(s) = \tau\log\int \exp(Q(s,a)/\tau)\,da$ cannot be
summed up, and a
second network helps: an **actor** π, here a Gaussian. For every actor

$$V(s) \;\ge\; \mathbb{E}_{a\sim\pi}\big[\,Q(s,a) - \tau \log \pi(a\mid s)\,\big],$$

with equality for the soft policy alone; what is missing is τ times the KL divergence between the two. So
the actor is
trained to raise the right side, which is an estimate of V from below, and the critic uses it: soft
actor-critic, and
IQ-Learn for robots.

One state, one joint: $Q(a) = -(a - 0.6)^2$. Be the actor.
""",
    prediction=Prediction(
        "The temperature is 0.5. Which actor has the highest value of the right side?",
        (
            "One that always takes the best action, 0.6.",
            "One around 0.6 with a spread of about 0.5.",
            "One as wide as possible: entropy is paid.",
        ),
        1,
        "exp(Q/τ) is a Gaussian around 0.6 with variance τ/2: a spread of √0.25 = 0.5. Narrower loses "
        "entropy, wider loses Q.",
    ),
    controls=(
        Control("tau", "Temperature τ", (0.1, 0.5, 1.0), 0.1, "", lambda v: f"{v:g}"),
        Control("mean", "Mean of the actor", tuple(round(-1.0 + 0.2 * k, 1) for k in range(11)), -0.4, "",
        lambda v: signed(v, 1)),
        Control("spread", "Spread of the actor", tuple(round(0.1 * k, 1) for k in range(1, 13)), 0.2, "",
        lambda v: f"{v:g}"),
    ),
    bench=_actor_bench,
    task="At a temperature of **0.5 or more**, bring the actor to within **0.01** of the soft value.",
    check=_actor_check,
    takeaways=(
        "With continuous actions the actor stands for a sum that cannot be taken.",
        "A bad actor makes V too small, and a reward read off Q − γV wrong: recovery is only as good as "
        "its actor.",
        "The temperature is in units of reward, in grids and for robots alike.",
    ),
    sources=(
        "T. Haarnoja, A. Zhou, P. Abbeel, S. Levine, *Soft Actor-Critic*, ICML 2018.",
        "D. Garg and others, *IQ-Learn*, NeurIPS 2021, section 5 (continuous actions).",
    ),
    words=("actor", "temperature", "entropy", "soft-optimal"),
)  # fmt: skip

JUDGING = (JUDGING_A_REWARD, NETWORKS, CONTINUOUS)
