"""Chapters 4 to 7: ambiguity, inverse soft Q-learning, divergences, rewards of states."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from irl_app.analysis.ambiguity import hill, shaped
from irl_app.analysis.changed_worlds import with_walls_added
from irl_app.analysis.report import judge
from irl_app.demonstrations import Demonstrations
from irl_app.experts import demonstrate
from irl_app.recovery import Recovery, recover
from irl_app.rewards import expected_reward_table
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
from trainers.divergences import DIVERGENCES
from trainers.tabular import RECOMMENDED_PRIOR
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, occupancy, soft_optimal

LEARNED_GAMMA = 0.9
"""The discount under which the potential of chapter 4 is put together."""


@lru_cache(maxsize=8)
def _games(n: int) -> Demonstrations:
    return demonstrate("gridworld/map", ROOM, "soft-optimal", 1.0, n, seed=0)


def _hill_bench(values: Values) -> Bench:
    grid = ROOM.replace(gamma=values["gamma"])
    mdp = grid.mdp()
    plain = expected_reward(mdp, grid.state_reward())
    learned = ROOM.replace(gamma=LEARNED_GAMMA).mdp()
    potential = values["height"] * hill(learned, ROOM.walls.shape, values["row"], values["column"], 2.0)
    other = shaped(learned, plain, potential)
    before, after = soft_optimal(mdp, plain, 1.0).policy, soft_optimal(mdp, other, 1.0).policy
    reward_change = float(np.abs(other - plain)[mdp.live].max())
    policy_change = float(np.abs(after - before)[mdp.live].max())
    return Bench(
        facts={"reward": reward_change, "policy": policy_change},
        figures=(
            Figure("Reward changed by up to", signed(reward_change, 1), "a step costs 1"),
            Figure(
                "Policy changed by up to", percent(policy_change), "the largest change of any move in any "
                "cell",
                "good" if policy_change < 5e-4 else "",
            ),
        ),
        grid=grid,
        panels=(
            state_panel(grid, "The hill you add", potential, "a potential Φ over the room"),
            Panel(
                "shaped", "The reward, and what to do", np.where(mdp.live[:, None], other, np.nan),
                "four triangles a cell: what each move pays", scale="root", limits=(-10.0, 10.0),
                policy=np.where(mdp.live[:, None], after, np.nan),
            ),
        ),
    )  # fmt: skip


def _hill_check(values: Values, facts: Facts) -> tuple[bool, str]:
    if facts["reward"] < 1.0:
        return False, "The two rewards hardly differ yet: give the hill some height first."
    if facts["policy"] < 0.05:
        return False, (
            "The reward differs and every move is as likely as before. Neither more games nor another "
            "start can tell "
            "them apart; change how far ahead the agent looks."
        )
    return True, (
        f"Under γ = {values['gamma']:g} the two rewards ask for different behaviour: the hill was put "
        f"together for "
        f"γ = {LEARNED_GAMMA:g}. Behaviour under a second discount, or in another world, is what tells "
        f"rewards apart."
    )


AMBIGUITY = Chapter(
    name="ambiguity",
    title="Why many rewards explain the same behaviour",
    minutes=12,
    opening=r"""
**Inverse reinforcement learning** asks: for which reward does this behaviour make sense? The trouble is
that there
are many answers. Take any function Φ of states, and pay the rise of Φ with every move:

$$r'(s,a,s') = r(s,a,s') + \gamma\,\Phi(s') - \Phi(s) .$$

Along a way the added terms cancel but for the first Φ, whatever is done. So no policy becomes better or
worse than
another: this is **potential-based shaping**. Behaviour in one world, under one discount, tells r only up
to it.

Add a hill to the room's reward. The reward was put together with γ = 0.9.
""",
    prediction=Prediction(
        "A high hill in the middle of the room, far from the goal. What does the agent do?",
        (
            "It goes to the hill and stays there.",
            "It takes a detour over the hill, then goes to the goal.",
            "Nothing changes: it walks exactly as before.",
        ),
        2,
        "What it gains on the way up it loses on the way down. Only the level of the values moves: Q and "
        "V both fall by "
        "Φ(s), and the policy depends on Q − V.",
    ),
    controls=(
        Control("height", "Height of the hill", tuple(range(-12, 13, 2)), 0, "Below 0 it is a pit",
        lambda v: signed(v, 0)),
        Control("row", "Row of the hill", tuple(range(6)), 2, "", lambda v: str(v + 1)),
        Control("column", "Column of the hill", tuple(range(6)), 3, "", lambda v: str(v + 1)),
        Control("gamma", "Discount of the agent", (0.5, 0.7, 0.8, 0.9, 0.95), 0.9, "How far ahead it "
        "looks", lambda v: f"{v:g}"),
    ),
    bench=_hill_bench,
    task="Two rewards, with and without the hill. **Tell them apart**: change the agent until a move's "
    "probability "
         "differs by at least 5 %.",
    check=_hill_check,
    takeaways=(
        "A potential changes the reward of every move and the behaviour of nobody, under its own discount.",
        "A reward recovered from behaviour is one of many: say which part of it is evidence.",
        "Other dynamics, other discounts or a restriction to rewards of states reduce what is left open.",
    ),
    sources=(
        "A. Ng, D. Harada, S. Russell, *Policy Invariance under Reward Transformations*, ICML 1999.",
        "A. Ng, S. Russell, *Algorithms for Inverse Reinforcement Learning*, ICML 2000.",
        "H. Cao, S. Cohen, L. Szpruch, *Identifiability in Inverse Reinforcement Learning*, NeurIPS 2021.",
    ),
    words=("inverse reinforcement learning", "potential", "shaping", "discount"),
)  # fmt: skip


@lru_cache(maxsize=64)
def _recovered(n: int, config: TabularConfig) -> Recovery:
    return recover(ROOM, _games(n), config)


def visits_apart(recovery: Recovery) -> float:
    """Total variation between the discounted visits of expert and learner, 0 to 1."""
    policy = recovery.solution.policy
    expert = np.asarray(recovery.counts.discounted)
    return 0.5 * float(np.abs(expert / expert.sum() - occupancy(recovery.mdp, policy)).sum())


def _iq_bench(values: Values) -> Bench:
    recovery = _recovered(values["games"], TabularConfig(method="iq", alpha=values["alpha"]))
    mdp, grid = recovery.mdp, recovery.grid
    table = expected_reward_table(recovery.rewards["marginal"], mdp)
    largest, apart = float(np.abs(table[mdp.live]).max()), visits_apart(recovery)
    return Bench(
        facts={"largest": largest, "apart": apart},
        figures=(
            Figure("Learner and expert are apart by", percent(apart), "of their visits; 0 % is a perfect "
            "match"),
            Figure("Largest reward", signed(largest), "the price of matching"),
        ),
        grid=grid,
        panels=(
            Panel(
                "reward", "The reward in Q", np.where(mdp.live[:, None], table, np.nan),
                "r = Q − γ E V, a triangle a move", policy=None,
            ),
            Panel(
                "value", "Soft value and policy", np.where(mdp.live, recovery.solution.v, np.nan),
                "what the same Q does", scale="sequential",
                policy=np.where(mdp.live[:, None], recovery.solution.policy, np.nan),
            ),
        ),
    )  # fmt: skip


def _iq_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    if facts["apart"] > 0.12:
        return (
            False,
            f"Learner and expert are {percent(facts['apart'])} apart: let larger rewards through, raise α.",
        )
    if facts["largest"] > 4.0:
        return False, f"They match, but with a reward as large as {signed(facts['largest'], 1)}: lower α."
    return True, (
        f"They are {percent(facts['apart'])} apart with rewards up to {signed(facts['largest'], 1)}. That "
        f"is the "
        "bargain of IQ-Learn: match the expert, with a reward no larger than it needs."
    )


IQ_LEARN = Chapter(
    name="iq-learn",
    title="Inverse soft Q-learning",
    minutes=15,
    opening=r"""
Inverse reinforcement learning is a game of two: a reward that sets the expert apart from the learner, and
a learner
that answers with its best policy,

$$\max_r \min_\pi\; \mathbb{E}_{\rho_E}[r] - \mathbb{E}_{\rho_\pi}[r] - \tau H(\pi) - \psi(r).$$

IQ-Learn's step: under a soft-optimal policy, **reward and Q are one-to-one**. Given Q, the reward is
$r(s,a) = Q(s,a) - \gamma\,\mathbb{E}_{s'} V(s')$, and the best answer is known at once: the soft policy of
Q. The inner
minimum is gone, and one concave maximum over Q is left:

$$\max_Q\; \mathbb{E}_{\rho_E}\big[\phi\big(Q(s,a) - \gamma\,\mathbb{E}_{s'}V(s')\big)\big] -
(1-\gamma)\,\mathbb{E}_{p_0}[V(s_0)] .$$

φ is a penalty on large rewards. Here it is that of χ²: $\phi(x) = x - x^2/(4\alpha)$, taken over all moves
alike, so
that the reward is unique. No adversary, no inner loop: it is solved exactly while you look.
""",
    prediction=Prediction(
        "α grows, so large rewards cost less. What happens?",
        (
            "The learner comes closer to the expert, and the rewards grow.",
            "The learner comes closer to the expert, and the rewards shrink.",
            "The policy stays; only the reward is scaled.",
        ),
        0,
        "The penalty is all that keeps Q from setting the demonstrated moves apart ever more sharply.",
    ),
    controls=(
        Control("alpha", "Regulariser α", (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0), 0.03,
                "How freely the reward may grow", lambda v: f"{v:g}"),
        Control("games", "Games shown", (1, 3, 10, 30, 100), 30, "Of a soft-optimal expert at temperature 1"),
    ),
    bench=_iq_bench,
    task="Make a good bargain: learner and expert **at most 12 % apart**, with **no reward larger than 4**.",
    check=_iq_check,
    takeaways=(
        "With soft-optimal policies, Q holds both the policy and the reward; learning Q learns both.",
        "The objective is concave in Q: no adversary and no inner loop.",
        "The regulariser decides what is not in the data: how large, and where the reward is pulled to "
        "nothing.",
    ),
    sources=(
        "D. Garg, S. Chakraborty, C. Cundy, J. Song, S. Ermon, *IQ-Learn: Inverse soft-Q Learning for "
        "Imitation*, "
        "NeurIPS 2021, sections 3 to 5.",
        "S. Reddy, A. Dragan, S. Levine, *SQIL: Imitation Learning via Reinforcement Learning with Sparse "
        "Rewards*, "
        "ICLR 2020.",
    ),
    words=("IQ-Learn", "Q-function", "regulariser", "occupancy"),
)  # fmt: skip

SHOWN_DIVERGENCES = ("chi2", "reverse_kl", "forward_kl", "hellinger", "jensen_shannon", "total_variation")


def _divergence_bench(values: Values) -> Bench:
    name = values["divergence"]
    recovery = _recovered(100, TabularConfig(method="iq", divergence=name, scale=10.0))
    mdp, certificate = recovery.mdp, recovery.solution.certificate
    table = expected_reward_table(recovery.rewards["marginal"], mdp)
    smallest, largest = float(table[mdp.live].min()), float(table[mdp.live].max())
    return Bench(
        facts={"smallest": smallest, "apart": visits_apart(recovery),
        "converged": float(certificate.converged)},
        figures=(
            Figure("Smallest and largest reward", f"{signed(smallest)} to {signed(largest)}"),
            Figure("Learner and expert are apart by", percent(visits_apart(recovery)), "of their visits; "
            "0 % is best"),
            Figure("Solved", "yes" if certificate.converged else "not yet: these figures may still move"),
        ),
        grid=recovery.grid,
        panels=(
            Panel(
                "reward", "The reward in Q", np.where(mdp.live[:, None], table, np.nan), "a triangle a move",
            ),
            Panel(
                "value", "Soft value and policy", np.where(mdp.live, recovery.solution.v, np.nan),
                "what the same Q does", scale="sequential",
                policy=np.where(mdp.live[:, None], recovery.solution.policy, np.nan),
            ),
        ),
    )  # fmt: skip


def _divergence_check(_values: Values, facts: Facts) -> tuple[bool, str]:
    if facts["smallest"] <= 0.0:
        return (
            False,
            f"Its smallest reward is {signed(facts['smallest'])}: look for a φ that exists for x > 0 only.",
        )
    return True, (
        "φ(x) = 1 + log x exists for positive x only, so this reward is positive everywhere: being in the "
        "game always "
        "pays. Where a goal ends the game that alone would keep the agent from it."
    )


DIVERGENCE = Chapter(
    name="divergences",
    title="Divergences",
    minutes=10,
    opening=r"""
The penalty φ in IQ-Learn is no detail: it says **in which sense** the learner's visits are to be close to
the expert's.
Every f-divergence gives one, φ(x) = −f*(−x), with f* the convex conjugate of its generator:

| divergence | φ(x) | where it exists |
|---|---|---|
| χ² | x − x²/(4α) | everywhere |
| reverse KL | −exp(−x − 1) | everywhere |
| forward KL | 1 + log x | x > 0 |
| squared Hellinger | x / (1 + x) | x > −1 |
| Jensen–Shannon | log(2 − e⁻ˣ) | x > −log 2 |
| total variation | x | \|x\| bounded |

The domain is also the **range of the reward**, here stretched tenfold so that there is room. A hundred
games of the
room; choose the divergence.
""",
    prediction=Prediction(
        "Which of them can never find a negative reward?",
        ("Reverse KL", "Forward KL", "Jensen–Shannon"),
        1,
        "Its φ contains log x. A world in which every step costs something cannot be explained by it as "
        "it is, only "
        "up to shaping.",
    ),
    controls=(
        Control("divergence", "Divergence", SHOWN_DIVERGENCES, "chi2", "",
        lambda name: DIVERGENCES[name].title, slides=False),
    ),
    bench=_divergence_bench,
    task="Find the divergence whose recovered reward is **positive everywhere**.",
    check=_divergence_check,
    takeaways=(
        "A divergence is chosen together with the range its reward can have.",
        "χ² is smooth, exists everywhere and is solved fastest: a good first choice.",
        "A reward that must be positive rewards staying alive; one that must be negative rewards ending it.",
    ),
    sources=(
        "D. Garg and others, *IQ-Learn*, NeurIPS 2021, section 4 and appendix.",
        "S. Ghasemipour, R. Zemel, S. Gu, *A Divergence Minimization Perspective on Imitation Learning "
        "Methods*, CoRL 2019.",
    ),
    words=("divergence", "IQ-Learn", "regulariser"),
)  # fmt: skip

READINGS = {"regret_transfer_raw": "r(s, a)", "regret_transfer": "per cell"}
_TRANSFER_METHODS = {"bc": "Cloning", "iq": "IQ-Learn", "ml": "Causal maximum likelihood"}


@lru_cache(maxsize=8)
def _judged(method: str, games: int) -> tuple[Recovery, dict[str, float]]:
    prior = RECOMMENDED_PRIOR if method == "ml" else None
    recovery = _recovered(games, TabularConfig(method=method, prior=prior))  # type: ignore[arg-type]
    card = judge(recovery)
    names = ("regret", "regret_state", "regret_transfer", "regret_transfer_raw")
    return recovery, {name: card.value(name) or 0.0 for name in names}


def _transfer_bench(values: Values) -> Bench:
    recovery, lost = _judged(values["method"], values["games"])
    reading = values["reading"]
    here = lost["regret" if reading == "regret_transfer_raw" else "regret_state"]
    there = lost[reading]
    mdp, grid = recovery.mdp, recovery.grid
    lens = recovery.rewards["marginal" if reading == "regret_transfer_raw" else "state"]
    table = expected_reward_table(lens, mdp)
    state = np.nan_to_num(getattr(lens, "values", table))
    shown = (
        Panel(
            "reading",
            "The reward it is planned with",
            np.where(mdp.live[:, None], table, np.nan),
            "a triangle a move",
        )
        if reading == "regret_transfer_raw"
        else state_panel(grid, "The reward it is planned with", state, "one number a cell")
    )
    added = with_walls_added(grid)[1]
    return Bench(
        facts={"here": here, "there": there},
        figures=(
            Figure("Gives away here", percent(here), "0 % is best, 100 % is as bad as random moves"),
            Figure(f"Gives away after {added} new walls", percent(there), "0 % is best",
            "good" if there <= 0.05 else "poor"),
        ),
        grid=grid,
        panels=(shown,),
    )  # fmt: skip


def _transfer_check(values: Values, facts: Facts) -> tuple[bool, str]:
    if values["method"] != "bc":
        return False, "Keep cloning: the point is what can be read from the very same copy."
    if facts["there"] > 0.05:
        return False, (
            f"After new walls a plan gives away {percent(facts['there'])}. The reward of a move remembers "
            f"where the "
            "walls were; read one that belongs to cells."
        )
    return True, (
        f"The same clone, read as a reward of cells, gives away {percent(facts['there'])} in the changed "
        f"world: what "
        "belongs to a cell does not depend on the way there."
    )


TRANSFER = Chapter(
    name="transfer",
    title="Rewards of states, and transfer",
    minutes=12,
    opening=r"""
A reward is worth having because it can be **planned with again**: with new walls, another body, another
start. The
reward in Q is one of moves, r(s, a), and shaping hides in it that fits the old world only. Carried to a
changed world it
misleads.

If the expert's reward is one of **states** alone, r = g(s'), then g can be told from the shaping. It is
what is left of
r(s, a) once the best potential h is taken out:

$$\min_{g,h} \sum_{s,a} w(s,a)\,\big(r(s,a) - \mathbb{E}_{s'}[\,g(s') + \gamma h(s')\,] + h(s)\big)^2 .$$

Where goals end the game one direction stays open (a constant c on live cells with c/(1−γ) on ends);
otherwise g is known
up to a constant. Even the reward of a mere clone, τ log π(a|s), holds such a g.
""",
    prediction=Prediction(
        "The room was cloned from games. Walls are added, and an agent plans with the clone's r(s, a) = τ "
        "log π(a|s). It …",
        ("plans as well as before: log π says which moves are good.", "gives away much of what can be "
        "gained.",
         "gives away a little, whichever way the reward is read."),
        1,
        "log π says which move was likely where; with new walls the likely moves lead into them, and no "
        "number says what "
        "they were for.",
    ),
    controls=(
        Control("method", "Method", tuple(_TRANSFER_METHODS), "bc", "", _TRANSFER_METHODS.__getitem__,
        slides=False),
        Control("reading", "The reward is read", tuple(READINGS), "regret_transfer_raw", "",
        READINGS.__getitem__, slides=False),
        Control("games", "Games shown", (3, 10, 30, 100), 30),
    ),
    bench=_transfer_bench,
    task="Keep **cloning**. Make a plan in the world with new walls give away **at most 5 %**.",
    check=_transfer_check,
    takeaways=(
        "A reward is judged by what it is worth where it was not learned.",
        "Rewards of moves carry shaping that fits the old world; rewards of states carry the intention.",
        "Disentangling finds the state part of any reward, even of a clone's log-likelihood.",
    ),
    sources=(
        "J. Fu, K. Luo, S. Levine, *Learning Robust Rewards with Adversarial Inverse Reinforcement "
        "Learning*, ICLR 2018.",
        "D. Garg and others, *IQ-Learn*, NeurIPS 2021, section 5.4 (state-only rewards).",
    ),
    words=("transfer", "shaping", "state-only reward", "regret"),
)  # fmt: skip

INVERSE = (AMBIGUITY, IQ_LEARN, DIVERGENCE, TRANSFER)
