"""``checkpoint-selection``: which of a run's checkpoints to keep, if the true reward may not be asked.

Every signal of the health panel picks a checkpoint of every seed; its true return is held against that of the
last one, and against the best that there was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from irl_app.analysis import Estimate
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import finished_runs
from irl_app.runs import RunConfig
from irl_app.tasks import TASKS
from irl_app.training import Metrics, read_metrics
from irl_app.training.health import health
from irl_app.training.request import request, title_of_run
from trainers.arrays import FloatArray

TASK_NAMES = ("CartPole-v1", "Acrobot-v1")
TRAJECTORIES = (1, 5)
SEEDS = tuple(range(10))
CHECKPOINTS = 25
EPISODES = 20
"""Of each checkpoint of each seed."""

Arm = tuple[str, int]


@dataclass(frozen=True)
class Rule:
    """A way to choose: the checkpoint where a signal is highest once it has been given its sign.

    Attributes:
        title: in words. signal: name of the metric, "" for none. value: of a signal, the higher the better.
    """

    title: str
    signal: str = ""
    value: Callable[[FloatArray], FloatArray] = np.asarray


RULES: tuple[Rule, ...] = (
    Rule("the last one"),
    Rule("highest V on demonstrations", "v_demonstrations"),
    Rule("reward gap nearest to 0", "reward_gap", lambda x: -np.abs(x)),
    Rule("smallest soft Bellman residual", "bellman_residual", np.negative),
    Rule("highest held-out likelihood", "heldout_log_likelihood"),
    Rule("lowest largest size of Q", "q_abs_max", np.negative),
    Rule("lowest policy entropy", "policy_entropy", np.negative),
    Rule("smallest loss", "loss", np.negative),
)


def arms(quick: bool) -> dict[Arm, RunConfig]:
    """(task, trajectories) -> its run: offline IQ-Learn, all seeds side by side, looked at 25 times."""
    asked = [(TASK_NAMES[0], 1)] if quick else [(task, n) for task in TASK_NAMES for n in TRAJECTORIES]
    return {arm: _config(*arm) for arm in asked}


def _config(task: str, n: int) -> RunConfig:
    updates = int(request(task, "iq").config["updates"])
    every = updates // CHECKPOINTS
    settings = {"evaluate_every": every, "log_every": every, "episodes": EPISODES, "kept": 1}
    return request(task, "iq", seeds=SEEDS, episodes=n, settings=settings)


def regrets(metrics: Metrics, rule: Rule, span: float) -> FloatArray:
    """(K,) best return of all checkpoints less that of the chosen one, over ``span``; update 0 is none.

    A seed in which the signal was never seen has the last one.

    Args:
        metrics: of a run; its checkpoints are where it was evaluated.
        rule: to choose by.
        span: return of the expert less that of random moves.
    """
    judged = np.flatnonzero(~np.isnan(metrics.values["return"]).any(axis=1))[1:]
    returns, signal = metrics.values["return"][judged], metrics.values.get(rule.signal)
    chosen = np.full(returns.shape[1], len(returns) - 1)
    if signal is not None:
        value = rule.value(signal[judged])
        seen = ~np.isnan(value).all(axis=0)
        chosen[seen] = np.where(np.isnan(value), -np.inf, value).argmax(axis=0)[seen]
    return np.asarray((returns.max(axis=0) - returns[chosen, np.arange(len(chosen))]) / span)


def checkpoint_selection(options: Options) -> Report:
    """Train what is missing, and tabulate what every rule loses."""
    asks = arms(options.quick)
    runs = finished_runs(asks, lambda arm: f"{arm[0]}-iq-{arm[1]}".lower(), options)
    curves = {arm: read_metrics(run) for arm, run in runs.items()}
    lost = {rule: {arm: _lost(metrics, rule, arm) for arm, metrics in curves.items()} for rule in RULES}
    last = _all(lost[RULES[0]])
    who = dict.fromkeys(f"{title_of_run(config)} ({task})" for (task, _), config in asks.items())
    notes = (
        f"Regret of the true return against the best of {CHECKPOINTS} checkpoints, in shares of the way from "
        f"random moves to the expert; mean over {len(SEEDS)} seeds a column. The "
        f"best is judged by the same {EPISODES} episodes that it is chosen by, so some of every regret is "
        "luck that no rule could have. Last column: paired with the last checkpoint, seed by seed. "
        f"Learned by {', '.join(who)}.",
        _finding(lost, last),
    )
    scores = _scores(curves)
    values = _values(lost, last) | {"verdicts": scores, "runs": [str(run) for run in runs.values()]}
    return Report((_rules(lost, last), _verdicts(scores)), notes, values)


def _lost(metrics: Metrics, rule: Rule, arm: Arm) -> FloatArray:
    about = TASKS[arm[0]]
    return regrets(metrics, rule, about.expert_return - about.random_return)


def _all(lost: Mapping[Arm, FloatArray]) -> FloatArray:
    return np.concatenate([*lost.values()])


def _rules(lost: Mapping[Rule, Mapping[Arm, FloatArray]], last: FloatArray) -> Section:
    rows = []
    for rule, by_arm in lost.items():
        cells = [short(spread(values.tolist())) for values in by_arm.values()]
        more = "-" if rule is RULES[0] else _signed(spread((_all(by_arm) - last).tolist()))
        rows.append((rule.title, *cells, short(spread(_all(by_arm).tolist())), more))
    columns = [f"{task.partition('-')[0]}, n = {n}" for task, n in next(iter(lost.values()))]
    head = ("checkpoint chosen by", *columns, "all", "more than the last")
    return Section("What a rule loses, offline IQ-Learn from n trajectories", head, tuple(rows))


def _scores(curves: Mapping[Arm, Metrics]) -> dict[str, list[float]]:
    """Scores of the last policies by the health panel's verdict on their seed, over the whole run."""
    scores: dict[str, list[float]] = {}
    for (task, _), metrics in curves.items():
        for state, earned in zip(health(metrics).seeds, metrics.values["return"][-1], strict=True):
            scores.setdefault(state, []).append(TASKS[task].score(float(earned)))
    return dict(sorted(scores.items()))


def _verdicts(scores: Mapping[str, list[float]]) -> Section:
    rows = tuple(
        (
            state,
            str(len(own)),
            *map(_unsigned_zero, (short(spread(own)), f"{min(own):.2f}", f"{max(own):.2f}")),
        )
        for state, own in scores.items()
    )
    title = "What the verdict says of the last policy's score (0 random moves, 1 the expert)"
    return Section(title, ("verdict on the seed", "seeds", "score", "least", "most"), rows)


def _unsigned_zero(text: str) -> str:
    return text.replace("-0.00", "0.00")


def _finding(lost: Mapping[Rule, Mapping[Arm, FloatArray]], last: FloatArray) -> str:
    apart = {rule: spread((_all(by_arm) - last).tolist()) for rule, by_arm in lost.items() if rule.signal}
    better = [rule.title for rule, more in apart.items() if more.high is not None and more.high < 0]
    if better:
        return f"Better than the last checkpoint beyond doubt: {', '.join(better)}."
    return "No signal chooses better than taking the last checkpoint, so that is what a run's result is."


def _signed(more: Estimate) -> str:
    said = _unsigned_zero(short(more))
    return said if more.value is None or said.startswith("-") else f"+{said}"


def _values(lost: Mapping[Rule, Mapping[Arm, FloatArray]], last: FloatArray) -> dict[str, object]:
    return {
        "name": "checkpoint-selection",
        "seeds": list(SEEDS),
        "rules": [
            {
                "rule": rule.title,
                "signal": rule.signal or None,
                "regret": spread(_all(by_arm).tolist()).as_json(),
                "more_than_last": spread((_all(by_arm) - last).tolist()).as_json(),
                "arms": [
                    {"task": task, "n_demos": n, "regret": spread(values.tolist()).as_json()}
                    for (task, n), values in by_arm.items()
                ],
            }
            for rule, by_arm in lost.items()
        ],
    }


CHECKPOINT_SELECTION = Reproduction(
    "checkpoint-selection",
    "which checkpoint to keep without the true reward: every health signal against the last one, ten seeds",
    "CartPole from one trajectory only",
    checkpoint_selection,
)
