"""What a run found: its ``findings.json``, of grids and networks alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from irl_app import __version__
from irl_app.files import write_whole
from irl_app.reading import Fields, MissingError, is_number, read_fields, reading
from irl_app.runs.format import MAX_BYTES, RunError

NAME = "findings.json"
LEVELS = ("good", "fair", "poor")
ANSWERS = ("here", "elsewhere", "map")
"""What a verdict answers."""


@dataclass(frozen=True)
class RunFindings:
    """What was found out about the rewards of a run, over all of its seeds.

    Attributes:
        metrics: name -> title, text, sentence, mean, low, high, n (seeds); of grids also "values", one a
            seed, and figures of their own for "visited" and "unvisited" cells, where that makes sense.
        solver: iterations, residual, milliseconds, and whether all seeds converged.
        level: "good", "fair" or "poor": the worse of what the verdict says of planning here and elsewhere.
        verdict: "here", "elsewhere" and "map" -> a level or None, "reasons" -> the same three in sentences.
        warnings: what limits the answer, one plain sentence each.
        expert: who demonstrated, in words.
        elsewhere: of grids: regret in changed worlds: mean, low, high, worst_tenth, worlds, by_kind.
        without_truth: of demonstrations that were brought: the same, judged by what explains them as well,
            "draws" and "in_words".
        agents: of networks: "agreement" by view of the reward and who acted, "trained_on" of agents,
            "terminal", the rewards' convention, and "returns" of random play and of the expert.
        created: time, ISO 8601. version: of the program that judged.
    """

    metrics: Mapping[str, Mapping[str, Any]]
    solver: Mapping[str, Any]
    level: str
    verdict: Mapping[str, Any]
    warnings: tuple[str, ...]
    expert: str
    elsewhere: Mapping[str, Any] = field(default_factory=dict)
    without_truth: Mapping[str, Any] = field(default_factory=dict)
    agents: Mapping[str, Any] = field(default_factory=dict)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    version: str = __version__


def write_findings(run: Path, findings: RunFindings) -> None:
    """Replace what was found before; written last, after the files that it is about.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(run / NAME, json.dumps(asdict(findings), indent=1, allow_nan=False) + "\n")


def read_findings(run: Path) -> RunFindings | None:
    """What was found; None where nobody has judged the run yet.

    Raises:
        RunError: ``findings.json`` is damaged, or holds the one-sentence verdict of older versions.
    """
    path, remedy = f"{run}/{NAME}", "delete it and judge the run again, or run it again"
    with reading(path, RunError, remedy):
        try:
            found = read_fields(path, MAX_BYTES)
        except MissingError:
            return None
        if unknown := set(found.found) - {each.name for each in fields(RunFindings)}:
            raise RunError(
                f"{path} is damaged, or says more than this irl-app knows: {', '.join(sorted(unknown))[:200]}"
            )
        metrics, agents = found.object("metrics"), found.object("agents")
        for name in metrics.found:
            _check_metric(metrics.object(name))
        _check_solver(found.object("solver"))
        if isinstance(found.found.get("verdict"), str):
            raise RunError(f"{path} was written by an older irl-app: {remedy}")
        _check_verdict(found.object("verdict"))
        elsewhere, blind = found.object("elsewhere"), found.object("without_truth")
        if elsewhere.found:
            _check_elsewhere(elsewhere)
        if blind.found:
            _check_elsewhere(blind)
            blind.number_or_none("draws")
            blind.text("in_words")
        if agents.found:
            _check_agents(agents)
        texts = {name: found.text(name) for name in ("level", "expert", "created", "version")}
        return RunFindings(**found.found | texts | {"warnings": found.texts("warnings")})


def _check_metric(metric: Fields) -> None:
    for name in ("title", "text", "sentence"):
        metric.text(name)
    _check_figure(metric)
    for part in ("visited", "unvisited"):
        if part in metric.found:
            _check_figure(metric.object(part))
    if not all(value is None or is_number(value) for value in metric.found.get("values", ())):
        metric.refuse("values", "a list of numbers")


def _check_figure(figure: Fields) -> None:
    for name in ("mean", "low", "high"):
        figure.number_or_none(name)
    figure.whole("n")


def _check_verdict(verdict: Fields) -> None:
    reasons = verdict.object("reasons")
    for name in ANSWERS:
        if verdict.found.get(name, "") not in (None, *LEVELS):  # a missing one is not null
            verdict.refuse(name, f"null or one of {', '.join(LEVELS)}")
        reasons.text(name)


def _check_elsewhere(elsewhere: Fields) -> None:
    for name in ("mean", "low", "high", "worst_tenth"):
        elsewhere.number_or_none(name)
    elsewhere.whole("worlds")
    kinds = elsewhere.object("by_kind")
    for kind in kinds.found:
        figures = kinds.object(kind)
        for name in ("mean", "worst"):
            figures.number(name)
        figures.whole("worlds")


def _check_solver(solver: Fields) -> None:
    for name in ("iterations", "milliseconds"):
        solver.number(name)
    solver.number_or_none("residual")
    solver.flag("converged")


def _check_agents(agents: Fields) -> None:
    agents.text("terminal")
    for row in agents.objects("agreement"):
        for name in ("reward", "states"):
            row.text(name)
        for name in set(row.found) - {"reward", "states", "n_episodes"}:
            _check_figure(row.object(name))
    for row in agents.objects("trained_on"):
        for name in ("reward", "terminal"):
            row.text(name)
        row.flag("recommended")
        _check_figure(row)
    returns = agents.object("returns")
    for name in ("random", "expert"):
        returns.number(name)
