"""What a run found, for programs and for people."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.cli.console import number, show

if TYPE_CHECKING:
    from irl_app.runs import Run, RunConfig, RunFindings

NAMES = {
    "true": "true reward",
    "adversarial": "of states, adversarial",
    "supported": "supported",
    "deshaped": "de-shaped",
    "state": "state-only",
    "bounded": "raw, bounded",
    "transition": "raw",
}
COLUMNS = {
    "steps": "a step",
    "sums": "an episode",
    "lengths": "length alone",
    "given_length": "length held fixed",
    "means": "mean a step",
}


def findings_json(config: RunConfig, findings: RunFindings, folders: Sequence[Path] = ()) -> dict[str, Any]:
    """What ``recover --json`` and ``report --json`` print: the figures that count, with their intervals, and
    under "card" all that is known of every figure.

    Args:
        config: what was asked for. findings: what was found.
        folders: where it is kept.
    """
    from irl_app.training.request import title_of_run

    every = config.is_training or config.is_maze
    names = tuple(findings.metrics) if every else _headline(findings)
    ends = ("mean", "low", "high", "n")
    return {
        "task": config.task,
        "method": config.method,
        "title": title_of_run(config),
        "seeds": list(config.seeds),
        "n_demos": (config.demonstrations or {}).get("episodes"),
        "metrics": {name: {end: findings.metrics[name][end] for end in ends} for name in names},
        "card": findings.metrics,
        "solver": findings.solver,
        "level": findings.level,
        "verdict": findings.verdict,
        "regret_elsewhere": findings.elsewhere,
        "without_truth": findings.without_truth,
        "warnings": list(findings.warnings),
        "expert": findings.expert,
        "config": config.config,
        "version": config.version,
        **findings.agents,
        "runs": [str(folder) for folder in folders],
    }


def show_summary(config: RunConfig, findings: RunFindings) -> None:
    """Print the figures that count of a recovery in a grid, the verdict and the solver's certificate."""
    from irl_app.analysis import METRIC_TEXTS, written

    columns, rows = ("figure", "mean" if len(config.seeds) > 1 else "value", "low", "high"), []
    for name in _headline(findings):
        said, figure = METRIC_TEXTS[name], findings.metrics[name]
        values = [figure[end] for end in ("mean", "low", "high")]
        texts = ("-" if value is None else written(value, said.unit) for value in values)
        rows.append((_titled(name), *texts))
    show(_title(config), columns, rows, *_sentences(config, findings))


def show_card(run: Run, findings: RunFindings) -> None:
    """Print every figure of a recovery in a grid, over all cells, visited and unvisited ones."""
    rows = []
    for name, metric in findings.metrics.items():
        low, high = metric["low"], metric["high"]
        ends = "" if low is None else f"{number(low)} to {number(high)}"
        rows.append(
            (_titled(name), metric["text"], ends, _mean(metric, "visited"), _mean(metric, "unvisited"))
        )
    columns = ("figure", "all", "from, to", "visited", "unvisited")
    show(_title(run.config), columns, rows, *_sentences(run.config, findings))


def _titled(name: str) -> str:
    """A figure's title, and under which reservation it stands."""
    from irl_app.analysis import APART, METRIC_TEXTS

    said = METRIC_TEXTS[name]
    return ", ".join((said.title, *(APART[by][0].lower() for by in said.moved_by)))


def _headline(findings: RunFindings) -> tuple[str, ...]:
    """The figures that count, of those that were kept."""
    from irl_app.analysis import HEADLINE

    return tuple(name for name in HEADLINE if name in findings.metrics)


def _title(config: RunConfig) -> str:
    from irl_app.analysis import demonstrations_in_words
    from irl_app.training.request import title_of_run

    shown_by = demonstrations_in_words((config.demonstrations or {}).get("episodes"))
    seeds = ", ".join(map(str, config.seeds))
    return f"{config.task}: {title_of_run(config)}, {shown_by}, seed{'s' * (len(config.seeds) > 1)} {seeds}"


def _sentences(config: RunConfig, findings: RunFindings) -> tuple[str, ...]:
    from irl_app.analysis import APART, MEANS

    solver = findings.solver
    over = f"Over {len(config.seeds)} seeds {MEANS}. The answers are those of seed {config.seeds[0]}:"
    state = "converged" if solver["converged"] else "did NOT converge"
    return (
        *(f"{title}: {why}" for title, why in APART.values()),
        over
        if len(config.seeds) > 1
        else "From, to: Fisher's 95 % interval of a correlation, as if cells were independent; Gaffke's over "
        "changed worlds.",
        *_answers(findings),
        *(f"- {sentence}" for sentence in findings.warnings),
        f"- The solver {state}: {number(solver['iterations'], 0)} steps, "
        f"{number(solver['milliseconds'], 1)} ms of processor time, "
        f"residual {number(solver['residual'])} in units of reward.",
    )


def _answers(findings: RunFindings) -> list[str]:
    """The verdict's three answers, a line each."""
    from irl_app.analysis import LEVEL_TITLES, QUESTIONS

    verdict, blind = findings.verdict, findings.without_truth
    return ([f"Without the map's reward: {blind['in_words']}"] if blind else []) + [
        f"{title}: {'not known' if verdict[name] is None else LEVEL_TITLES[verdict[name]].lower()}. "
        f"{verdict['reasons'][name]}"
        for name, title in QUESTIONS.items()
    ]


def _mean(metric: Mapping[str, Any], part: str) -> str:
    return number(metric[part]["mean"]) if part in metric else ""


def show_networks(run: Run, findings: RunFindings) -> None:
    """Print who learned what from the reward, how it agrees with the true one, the verdict and the files."""
    from irl_app.analysis import MEANS, demonstrations_in_words
    from irl_app.training.request import title_of_run

    config, recommended = run.config, run.lenses[0]
    shown_by = demonstrations_in_words((config.demonstrations or {}).get("episodes"))
    title = f"{config.task}: {title_of_run(config)}, {shown_by}, {len(config.seeds)} seeds"
    if findings.agents["trained_on"]:
        _show_agents(findings, title, len(config.seeds))
    agreed = [
        (row["states"], *(_interval(row[name]) if name in row else "-" for name in COLUMNS))
        for row in findings.agents["agreement"]
        if row["reward"] == recommended
    ]
    solver = findings.solver
    settled = "has settled" if solver["converged"] else "has NOT settled"
    show(
        f"{title}: the {NAMES.get(recommended, recommended)} reward against the true one",
        ("states of", *COLUMNS.values()),
        agreed,
        f"Pearson correlations: of several seeds {MEANS}; of one Fisher's, as if states were independent; - "
        "where there is none.",
        *_answers(findings),
        *(f"- {sentence}" for sentence in findings.warnings),
        f"- Learning {settled} after {solver['iterations']} updates, {solver['milliseconds'] / 1000:.0f} s.",
    )
    print(f"kept in {run.folder}: irl-app export {shlex.quote(str(run.folder))} --out reward.safetensors")


def _show_agents(findings: RunFindings, title: str, n: int) -> None:
    """The agents that were trained from scratch, beside random play, the learner and the expert."""
    from irl_app.analysis import MEANS

    returns, learner = findings.agents["returns"], findings.metrics.get("imitation", {"text": "–"})
    rows = []
    random, expert = returns["random"], returns["expert"]
    for row in findings.agents["trained_on"]:
        share = None if row["mean"] is None else (row["mean"] - random) / (expert - random)
        mark = " *" if row["recommended"] else ""
        returned = (number(row[end], 1) for end in ("mean", "low", "high"))
        of_expert = "-" if share is None else f"{100 * share:z.0f} %"
        rows.append(
            (f"{NAMES.get(row['reward'], row['reward'])}{mark}", row["terminal"] or "-", *returned, of_expert)
        )
    show(
        f"{title}: agents trained from scratch",
        ("trained on", "end", "true return", "low", "high", "of expert"),
        rows,
        f"* is what irl-app export takes. Of {n} agents {MEANS}. Random play {random:.0f}, "
        f"the learner itself {learner['text']} of the expert's {expert:.0f}.",
    )


def _interval(figure: Mapping[str, Any]) -> str:
    if figure["mean"] is None:
        return "-"
    ends = "" if figure["low"] is None else f"\n{figure['low']:.2f} to {figure['high']:.2f}"
    return f"{figure['mean']:.2f}{ends}"
