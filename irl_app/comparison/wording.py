"""What a comparison says, in one or two plain sentences, and what limits it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from irl_app.analysis import Estimate, improvement_interval, written
from irl_app.comparison.results import RETURN, Comparison, TaskResult

METRIC_TITLES: Mapping[str, str] = {
    "return": "Return",
    "training_return": "Return while exploring",
    "length": "Episode length",
    "distance_ratio": "Moves over the shortest path",
    "success_rate": "Share of goals reached",
    "loss": "Loss",
    "q_abs_max": "Largest |Q|",
    "entropy": "Policy entropy (nats)",
    "policy_entropy": "Policy entropy, own steps",
    "action_entropy": "Entropy of actions taken",
    "heldout_log_likelihood": "Held-out log-likelihood",
    "bellman_residual": "Soft Bellman residual",
    "v_demonstrations": "V on demonstrations",
    "reward_gap": "Reward gap, expert − policy",
}
"""What is recorded while a run goes on, in the order to be read; the terms of the loss come after."""
METRIC_MEANINGS: Mapping[str, str] = {
    "q_abs_max": "The largest |Q| of the rows just learned from: a learner that runs away shows here first.",
    "policy_entropy": "Mean entropy of π(· | s) over its own steps: 1 is random moves, 0 never hesitates.",
    "action_entropy": "Entropy of the actions in its own episodes: 0 when it always takes the same one.",
    "heldout_log_likelihood": (
        "Mean log π(a | s) over demonstrations that it never learned from. It may fall while the learner "
        "plays better and better."
    ),
    "bellman_residual": (
        "Root mean square of Q(s, a) − r − γV(s′) on steps that it never learned from, in units of reward. "
        "Where r is given (the true reward, SQIL) that is the Bellman error. IQ-Learn recovers r = Q − γV, "
        "which leaves none; there r is the reward that its objective last judged, with V of the slow target "
        "network, so that the residual is how far the recovered reward still moves."
    ),
    "v_demonstrations": (
        "Mean V(s) over demonstrated states. Where the reward is recovered its level is free, and may wander "
        "after all else has come to rest."
    ),
    "reward_gap": (
        "Mean recovered reward of the demonstrated steps less that of its own: 0 where its own reward "
        "cannot tell the two apart."
    ),
}
"""What the signals of the health panel are, one or two sentences each."""
FEW_SEEDS = 6
"""Fewer seeds a side cannot show which is better, whatever they earn (see ``improvement_interval``)."""
UNFINISHED = ("running", "stopped", "interrupted")


def headline(comparison: Comparison) -> str:
    """Who is ahead, by how much, and how sure that is; "" where no run has a return."""
    if comparison.overall and comparison.overall[0].score.value is not None:
        return _over_tasks(comparison)
    spoken = [_on_task(task) for task in comparison.tasks if task.rows[0].returns.value is not None]
    if len(comparison.tasks) == 1:
        return " ".join(spoken)
    named = zip(comparison.tasks, spoken, strict=False)
    return " ".join(f"{task.task}: {text}" for task, text in named)


def warnings_of(comparison: Comparison) -> tuple[str, ...]:
    """What limits the comparison, one plain sentence each."""
    said = list(comparison.problems)
    rows = [row for task in comparison.tasks for row in task.rows]
    few = min((row.n_runs for row in rows if row.n_runs), default=FEW_SEEDS)
    if few == 1:
        said.append("One seed does not say how another would do. Train six or more.")
    elif few < FEW_SEEDS:
        said.append(f"Of only {few} seeds a side nothing can be said for sure: train six or more.")
    unfinished = [run for arm in comparison.arms for run in arm.runs if run.status.state in UNFINISHED]
    if unfinished:
        names = ", ".join(run.name for run in unfinished[:3]) + (" and others" if len(unfinished) > 3 else "")
        said.append(f"Not finished: {names}. The figures are those so far.")
    failed = [run for arm in comparison.arms for run in arm.runs if run.status.state == "failed"]
    said += [f"{run.name} failed: {run.status.message or 'its folder says no more'}" for run in failed]
    left_out = [run.name for arm in comparison.arms for run in arm.left_out]
    if left_out:
        said.append(
            f"Left out, as the same seeds with the same settings are there already: {', '.join(left_out)}."
        )
    return tuple(said)


def metric_title(name: str) -> str:
    """What a recorded metric is called; a term of the loss by its own name."""
    words = name.replace("loss/", "loss: ").replace("_", " ")
    return METRIC_TITLES.get(name, words[:1].upper() + words[1:])


def metrics_in_order(names: Sequence[str]) -> tuple[str, ...]:
    """Recorded metrics in the order to be read."""
    known = [name for name in METRIC_TITLES if name in names]
    return (*known, *sorted(set(names) - set(known)))


def with_interval(estimate: Estimate, digits: int | None = None) -> str:
    """``487 (452 to 500)``; without ends the number alone, "–" where there is none."""
    if estimate.value is None:
        return "–"
    text = number(estimate.value, digits)
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} ({number(estimate.low, digits)} to {number(estimate.high, digits)})"


def number(value: float, digits: int | None = None) -> str:
    """A number with so many digits after the point, or as many as make three in all; a real minus sign."""
    if digits is None:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:.{digits}f}"
    return (text if float(text) else text.lstrip("-")).replace("-", "−")


def _on_task(task: TaskResult) -> str:
    best = task.rows[0]
    share = ""
    if best.score.value is not None:
        share = f", {written(best.score.value, 'share')} of the way from random moves to the expert"
    earns = "earns" if len(task.rows) == 1 else "earns most:"
    said = f"{best.label} {earns} {with_interval(best.returns)}{share}."
    if len(task.rows) == 1 or task.rows[1].returns.value is None:
        return said
    first, second = (arm.last(RETURN)[:, None] for arm in task.arms[:2])
    return f"{said} {_beats(task.rows[1].label, improvement_interval(first, second))}"


def _over_tasks(comparison: Comparison) -> str:
    best = comparison.overall[0]
    way = f"{_share(best.score)} of the way from random moves to the expert"
    said = f"Over {len(comparison.tasks)} tasks {best.label} comes {way}."
    return said if best.better.value is None else f"{said} {_beats(comparison.baseline, best.better)}"


def _beats(rival: str, wins: Estimate) -> str:
    said = f"a seed of it beats one of {rival} with probability {with_interval(wins, 2)}."
    if wins.low is None or wins.low <= 0.5:
        return f"That it is better than {rival} is not settled: {said}"
    return said[0].upper() + said[1:]


def _share(score: Estimate) -> str:
    if score.value is None:
        return "–"
    text = written(score.value, "share")
    if score.low is None or score.high is None:
        return text
    return f"{text} ({written(score.low, 'share')} to {written(score.high, 'share')})"
