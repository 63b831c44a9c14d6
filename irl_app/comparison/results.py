"""What comes of comparing arms: returns with intervals, their share of the expert's, who beats whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from irl_app.analysis import Estimate, interquartile_mean, optimality_gap
from irl_app.comparison.arms import Arm, Difference, differences, pool
from irl_app.comparison.cards import CardRow, card_rows
from irl_app.comparison.intervals import better, figure
from irl_app.runs import Run, RunError
from irl_app.training.metrics import Metrics, read_metrics
from trainers.arrays import FloatArray

RETURN = "return"


@dataclass(frozen=True)
class TaskReference:
    """What a task's returns are held against.

    Attributes:
        random, expert: mean return of random moves and of the expert.
    """

    random: float
    expert: float

    def normalised(self, returns: FloatArray) -> FloatArray:
        """Returns (n,) as a share of the way from random moves (0) to the expert (1)."""
        return (returns - self.random) / (self.expert - self.random)


@dataclass(frozen=True)
class Row:
    """The figures of one arm, or of one label over all tasks.

    Attributes:
        label: of the arm.
        colour: its number among the labels: the same everywhere on a page.
        n_runs: seeds that have a return.
        returns: interquartile mean of the last returns; missing over several tasks.
        score: the same of the normalised returns.
        gap: optimality gap of the normalised returns.
        better: probability that one of its runs beats one of the baseline's; missing for the baseline.
        state: "done", "running, 40 %", ...
    """

    label: str
    colour: int
    n_runs: int
    returns: Estimate
    score: Estimate
    gap: Estimate
    better: Estimate
    state: str = ""


@dataclass(frozen=True)
class TaskResult:
    """One task: its rows, best first, and the arms they are about, in the same order."""

    task: str
    reference: TaskReference | None
    rows: tuple[Row, ...]
    arms: tuple[Arm, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything that comparing a set of runs comes to.

    Attributes:
        arms: all of them, in the order in which their runs were given.
        tasks: those with curves.
        overall: a row a label over all tasks, best first; empty with fewer than two tasks.
        labels: every label once; a row's colour is its label's place here.
        baseline: the label that the others are compared with, "" if there is one label only.
        differences: the settings in which the arms differ.
        cards: metrics of recovered rewards, one entry an arm that has a report.
        carded: those arms.
        metrics: names of what was recorded in any of the arms.
        problems: a sentence for each run that could not be read, and so takes no part.
    """

    arms: tuple[Arm, ...]
    tasks: tuple[TaskResult, ...]
    overall: tuple[Row, ...]
    labels: tuple[str, ...]
    baseline: str
    differences: tuple[Difference, ...]
    cards: tuple[CardRow, ...]
    carded: tuple[Arm, ...]
    metrics: tuple[str, ...]
    problems: tuple[str, ...] = ()


def compare(
    runs: Sequence[Run], references: Mapping[str, TaskReference], baseline: str | None = None
) -> Comparison:
    """Compare runs, read from their folders.

    Args:
        runs: as found; pooled where they were asked for the same.
        references: by task; without one there are no normalised figures.
        baseline: label to compare the others with; one of behavioural cloning if not given, or the first.
    """
    metrics: dict[str, Metrics] = {}
    problems = []
    for run in runs:
        try:
            metrics |= {run.name: read_metrics(run.folder)} if run.config.is_training else {}
        except (RunError, OSError) as error:
            problems.append(f"{run.name} is left out: {error}.")
    arms = pool([run for run in runs if run.name in metrics or not run.config.is_training], metrics)
    trained = [arm for arm in arms if arm.metrics]
    labels = tuple(dict.fromkeys(arm.label for arm in [*trained, *arms]))
    compared = list(dict.fromkeys(arm.label for arm in trained))
    chosen = baseline if baseline in compared else _usual_baseline(trained)
    tasks = tuple(
        _task(task, trained, references.get(task), labels, chosen)
        for task in dict.fromkeys(arm.task for arm in trained)
    )
    cards, carded = card_rows(arms)
    return Comparison(
        arms=arms,
        tasks=tasks,
        overall=_overall(tasks, compared, labels, chosen) if len(tasks) > 1 else (),
        labels=labels,
        baseline=chosen,
        differences=differences(arms),
        cards=cards,
        carded=carded,
        metrics=tuple(sorted({name for arm in trained for name in arm.names})),
        problems=tuple(problems),
    )


def _usual_baseline(arms: Sequence[Arm]) -> str:
    """Behavioural cloning or the first arm, of those that have returns; "" with fewer than two arms."""
    if len({arm.label for arm in arms}) < 2:
        return ""
    ready = [arm for arm in arms if arm.last(RETURN).size] or arms
    return next((arm.label for arm in ready if arm.method == "bc"), ready[0].label)


def _task(
    task: str, trained: Sequence[Arm], reference: TaskReference | None, labels: Sequence[str], baseline: str
) -> TaskResult:
    arms = [arm for arm in trained if arm.task == task]
    returns = {arm.label: arm.last(RETURN)[:, None] for arm in arms}
    unknown = "" if reference else f"The returns of an expert and of random moves on {task} are not known."
    rows = []
    for arm in arms:
        own = returns[arm.label]
        scores = reference.normalised(own) if reference else None
        rows.append(
            Row(
                label=arm.label,
                colour=labels.index(arm.label),
                n_runs=len(own),
                returns=figure(own, interquartile_mean),
                score=figure(scores, interquartile_mean, unknown),
                gap=figure(scores, optimality_gap, unknown),
                better=better(arm.label, own, baseline, returns.get(baseline)),
                state=_state(arm),
            )
        )
    order = sorted(range(len(arms)), key=lambda i: _rank(rows[i].returns))
    return TaskResult(task, reference, tuple(rows[i] for i in order), tuple(arms[i] for i in order))


def _overall(
    tasks: Sequence[TaskResult], compared: Sequence[str], labels: Sequence[str], baseline: str
) -> tuple[Row, ...]:
    matrices = {label: _matrix(label, tasks) for label in compared}
    rows = []
    for label in compared:
        scores, why = matrices[label]
        rivals, _ = matrices.get(baseline, (None, ""))
        rows.append(
            Row(
                label=label,
                colour=labels.index(label),
                n_runs=0 if scores is None else len(scores),
                returns=Estimate(None, why_missing="Returns of different tasks have no common scale."),
                score=figure(scores, interquartile_mean, why),
                gap=figure(scores, optimality_gap, why),
                better=Estimate(None, why_missing=why)
                if scores is None
                else better(label, scores, baseline, rivals),
            )
        )
    return tuple(sorted(rows, key=lambda row: _rank(row.score)))


def _matrix(label: str, tasks: Sequence[TaskResult]) -> tuple[FloatArray | None, str]:
    """Normalised returns (N, M) of a label on all tasks, or why there are none."""
    columns = []
    for task in tasks:
        arm = next((arm for arm in task.arms if arm.label == label), None)
        if arm is None:
            return None, f"It has no run on {task.task}."
        if task.reference is None:
            return None, f"The returns of an expert and of random moves on {task.task} are not known."
        columns.append(task.reference.normalised(arm.last(RETURN)))
    counts = [len(column) for column in columns]
    if len(set(counts)) > 1:
        said = ", ".join(f"{n} on {task.task}" for n, task in zip(counts, tasks, strict=True))
        return None, f"A mean over tasks needs as many seeds on each: there are {said}."
    return np.stack(columns, axis=1), ""


def _rank(estimate: Estimate) -> float:
    return np.inf if estimate.value is None else -estimate.value


def _state(arm: Arm) -> str:
    """The state of an arm's runs in a few words; the least finished one speaks for all."""
    order = ("failed", "interrupted", "stopped", "running", "queued")
    worst = next((run for state in order for run in arm.runs if run.status.state == state), None)
    if worst is None:
        return "done"
    status = worst.status
    share = f", {100 * status.update // status.updates} %" if status.updates else ""
    return status.state + ("" if status.state == "queued" else share)
