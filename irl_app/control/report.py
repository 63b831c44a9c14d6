"""What was found out about a run's rewards, kept in its folder: ``run.json`` and the rewards' own files.

``run.json`` has the form of grid runs, so that reports, exports and comparisons read both, and beside it
``agreement`` (by view of the reward and who acted) and ``trained_on`` (agents by reward and convention). A
reward is ``reward-LENS-seed-S.safetensors``. ``run.json`` is written last: without it there is no report.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from irl_app import __version__
from irl_app.analysis.control import (
    CONTROL_TEXTS,
    WHOLE,
    AgreementRow,
    TrainedRow,
    agents_in_words,
    agreement_in_words,
    level_of_agents,
    score_estimate,
)
from irl_app.analysis.estimates import Estimate
from irl_app.analysis.verdict import Level
from irl_app.analysis.wording import written
from irl_app.control.recovery import ControlRecovery
from irl_app.control.rewards import LENSES
from irl_app.export import save_reward
from irl_app.files import write_whole
from irl_app.runs import FORMAT, Run, control_reward_name
from irl_app.training import read_metrics
from irl_app.training.health import health

MUCH_LEFT = 0.8
"""Of the de-shaped reward; a state-only part that explains less draws a warning."""
NOT_AS_GOOD = 0.9
"""Of the expert's score; a learner below it draws a warning."""
_TRAINED = {"trained_on": "deshaped", "trained_on_state": "state", "trained_on_bounded": "bounded"}
_TRAINED |= {"trained_on_raw": "transition", "trained_on_true": "true"}
_AGREEMENT = {
    "pearson_step": "steps",
    "pearson_episode": "sums",
    "length_baseline": "lengths",
    "pearson_given_length": "given_length",
    "pearson_mean": "means",
}


def save_report(found: ControlRecovery) -> None:
    """Write the rewards and the report into the run's folder.

    Raises:
        OSError: a file cannot be written.
    """
    for seed, own in zip(found.config.seeds, found.rewards, strict=True):
        for lens, reward in own.items():
            save_reward(reward, found.run / control_reward_name(lens, seed))
    write_whole(found.run / "run.json", json.dumps(_content(found), indent=1, allow_nan=False))


def report_summary(run: Run) -> dict[str, Any]:
    """What ``recover --json`` and ``report --json`` print: the shape of grids, and what is beside it."""
    about = run.about
    figures = {name: {key: each[key] for key in _ENDS} for name, each in run.metrics.items()}
    return {
        **{key: about[key] for key in ("task", "method", "seeds", "n_demos")},
        "metrics": figures,
        "solver": run.solver,
        "verdict": run.verdict,
        "warnings": run.warnings,
        **{key: about[key] for key in ("expert", "recipe", "version")},
        **run.beside,
        "runs": [str(run.folder)],
    }


_ENDS = ("mean", "low", "high", "n")


def _content(found: ControlRecovery) -> dict[str, Any]:
    config, task = found.config, found.task
    demonstrations = config.demonstrations or {}
    level, verdict = _verdict(found)
    return {
        "format": FORMAT,
        "about": {
            "task": config.task,
            "method": config.method,
            "seed": config.seeds[0],
            "seeds": list(config.seeds),
            "n_demos": demonstrations.get("episodes"),
            "expert": demonstrations.get("provenance", {}).get("expert", "unknown"),
            "recipe": {"method": config.method, **config.config},
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "returns": {"random": task.random_return, "expert": task.expert_return},
        },
        "metrics": {name: _metric(name, figure) for name, figure in _metrics(found).items()},
        "solver": _solver(found),
        "level": level,
        "verdict": verdict,
        "warnings": _warnings(found),
        "terminal": found.terminal,
        "agreement": [_agreement(row) for row in found.agreement],
        "trained_on": [_trained(row, found.terminal) for row in found.trained],
    }


def _metrics(found: ControlRecovery) -> dict[str, Estimate]:
    """The figures of the card, in the order of their words."""
    task = found.task
    whole = _row(found, "deshaped")
    scored = {
        name: score_estimate(row.mean, task.random_return, task.expert_return)
        for name, lens in _TRAINED.items()
        if (row := _agents(found, lens)) is not None
    }
    agreed = {name: whole.figures[figure] for name, figure in _AGREEMENT.items()}
    imitation = score_estimate(found.learner, task.random_return, task.expert_return)
    figures = {**scored, "imitation": imitation, **agreed}
    return {name: figures[name] for name in CONTROL_TEXTS if name in figures}


def _row(found: ControlRecovery, lens: str) -> AgreementRow:
    """A view of the reward on the states of all players."""
    return next(row for row in found.agreement if (row.reward, row.states) == (lens, WHOLE))


def _agents(found: ControlRecovery, lens: str) -> TrainedRow | None:
    """The agents of a view under the recommended convention; None if none were trained."""
    rows = [row for row in found.trained if row.reward == lens and row.terminal in ("", found.terminal)]
    return rows[0] if rows else None


def _verdict(found: ControlRecovery) -> tuple[Level, str]:
    task, told = found.task, agreement_in_words(_row(found, "deshaped"))
    agents, true = _agents(found, "deshaped"), _agents(found, "true")
    if agents is None or true is None or agents.mean.value is None or true.mean.value is None:
        return "fair", f"No agent was trained on it, so nobody knows whether it can be. {told}"
    words = agents_in_words(agents, true, task.random_return, task.expert_return)
    level = level_of_agents(agents.mean.value, true.mean.value, task.random_return, task.expert_return)
    return level, f"{words} {told}"


def _warnings(found: ControlRecovery) -> list[str]:
    task, told = found.task, []
    score = score_estimate(found.learner, task.random_return, task.expert_return).value
    if score is not None and found.learner.value is not None and score < NOT_AS_GOOD:
        told.append(
            f"The learner itself earns only {found.learner.value:.0f}: its reward explains what it does, "
            "and cannot know more of what the expert does."
        )
    if found.explained.value is not None and found.explained.value < MUCH_LEFT:
        share = written(found.explained.value, "share")
        told.append(
            f"A function of the state alone explains {share} of this reward: do not rely on that part."
        )
    if len(found.config.seeds) == 1:
        told.append("One seed was trained: another could give a different reward.")
    told += [f"{said}. Judged as it was after {found.update:,} updates." for said in found.refused]
    return told


def _solver(found: ControlRecovery) -> dict[str, Any]:
    """What a trainer without a certificate can say: updates, seconds, whether its curves came to rest."""
    metrics = read_metrics(found.run)
    residual = metrics.last("bellman_residual")
    return {
        "iterations": found.update,
        "residual": None if residual is None else float(residual.max()),
        "milliseconds": 1000.0 * float(metrics.seconds[-1]),
        "converged": health(metrics).state == "settled",
    }


def _metric(name: str, figure: Estimate) -> dict[str, Any]:
    words = CONTROL_TEXTS[name]
    text = "–" if figure.value is None else written(figure.value, words.unit)
    sentence = figure.why_missing if figure.value is None else words.sentence.format(value=text)
    return {"title": words.title, "text": text, "sentence": sentence, **_figure(figure)}


def _figure(figure: Estimate) -> dict[str, Any]:
    return {"mean": figure.value, "low": figure.low, "high": figure.high, "n": figure.n}


def _agreement(row: AgreementRow) -> dict[str, Any]:
    figures = {
        name: _figure(each) | ({"why": each.why_missing} if each.why_missing else {})
        for name, each in row.figures.items()
    }
    return {"reward": row.reward, "states": row.states, "n_episodes": row.n_episodes, **figures}


def _trained(row: TrainedRow, terminal: str) -> dict[str, Any]:
    recommended = (row.reward, row.terminal) == (LENSES[0], terminal)
    return {
        "reward": row.reward,
        "terminal": row.terminal,
        "recommended": recommended,
        "returns": list(row.returns),
        **_figure(row.mean),
    }
