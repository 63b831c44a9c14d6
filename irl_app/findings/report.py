"""What was found out about the rewards of networks, kept in the run's folder: ``findings.json``, written
last, and a file for every reward."""

from __future__ import annotations

from typing import Any

from irl_app.analysis.agents import (
    CONTROL_TEXTS,
    WHOLE,
    AgreementRow,
    TrainedRow,
    score_estimate,
    verdict_of_agents,
)
from irl_app.analysis.estimates import Estimate
from irl_app.analysis.verdict import Verdict
from irl_app.analysis.wording import written
from irl_app.export import save_reward
from irl_app.findings.judging import Findings
from irl_app.runs import RunFindings, reward_name, write_findings
from irl_app.training import read_metrics
from irl_app.training.health import health

MUCH_LEFT = 0.8
"""Of the de-shaped reward; a state-only part that explains less draws a warning."""
NOT_AS_GOOD = 0.9
"""Of the expert's score; a learner below it draws a warning."""
_TRAINED = {"trained_on": "deshaped", "trained_on_state": "state", "trained_on_bounded": "bounded"}
_TRAINED |= {"trained_on_adversarial": "adversarial", "trained_on_supported": "supported"}
_TRAINED |= {"trained_on_raw": "transition", "trained_on_true": "true"}
_AGREEMENT = {
    "pearson_step": "steps",
    "pearson_episode": "sums",
    "length_baseline": "lengths",
    "pearson_given_length": "given_length",
    "pearson_mean": "means",
}


def save_report(found: Findings) -> None:
    """Write the rewards and the report into the run's folder.

    Raises:
        OSError: a file cannot be written.
    """
    for seed, own in zip(found.config.seeds, found.rewards, strict=True):
        for lens, reward in own.items():
            save_reward(reward, found.run / reward_name(lens, seed, found.config))
    write_findings(found.run, _findings(found))


def _findings(found: Findings) -> RunFindings:
    task, demonstrations = found.task, found.config.demonstrations or {}
    verdict = _verdict(found)
    return RunFindings(
        metrics={name: _metric(name, figure) for name, figure in _metrics(found).items()},
        solver=_solver(found),
        level=verdict.level,
        verdict=verdict.as_json(),
        warnings=tuple(_warnings(found)),
        expert=demonstrations.get("provenance", {}).get("expert", "unknown"),
        agents={
            "terminal": found.terminal,
            "agreement": [_agreement(row) for row in found.agreement],
            "trained_on": [_trained(row, found) for row in found.trained],
            "returns": {"random": task.random_return, "expert": found.expert_return},
        },
    )


def _metrics(found: Findings) -> dict[str, Estimate]:
    """The figures of the card, in the order of their words."""
    task = found.task
    whole = _row(found, found.lens)
    scored = {
        name: score_estimate(row.mean, task.random_return, found.expert_return)
        for name, lens in _TRAINED.items()
        if (row := _agents(found, lens)) is not None
    }
    agreed = {name: whole.figures[figure] for name, figure in _AGREEMENT.items()}
    imitation = score_estimate(found.learner, task.random_return, found.expert_return)
    figures = {**scored, "imitation": imitation, **agreed}
    return {name: figures[name] for name in CONTROL_TEXTS if name in figures}


def _row(found: Findings, lens: str) -> AgreementRow:
    """A view of the reward on the states of all players."""
    return next(row for row in found.agreement if (row.reward, row.states) == (lens, WHOLE))


def _agents(found: Findings, lens: str) -> TrainedRow | None:
    """The agents of a view under the recommended convention; None if none were trained."""
    recommended = {str(name): reward.info.terminal for name, reward in found.rewards[0].items()}
    rows = [row for row in found.trained if row.reward == lens and row.terminal == recommended.get(lens, "")]
    return rows[0] if rows else None


def _verdict(found: Findings) -> Verdict:
    agents, true = _agents(found, found.lens), _agents(found, "true")
    returns = found.task.random_return, found.expert_return
    return verdict_of_agents(agents, true, _row(found, found.lens), *returns)


def _warnings(found: Findings) -> list[str]:
    task, told = found.task, []
    score = score_estimate(found.learner, task.random_return, found.expert_return).value
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


def _solver(found: Findings) -> dict[str, Any]:
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
    return {"title": words.title, "text": text, "sentence": sentence, **figure.as_json()}


def _agreement(row: AgreementRow) -> dict[str, Any]:
    figures = {
        name: each.as_json() | ({"why": each.why_missing} if each.why_missing else {})
        for name, each in row.figures.items()
    }
    return {"reward": row.reward, "states": row.states, "n_episodes": row.n_episodes, **figures}


def _trained(row: TrainedRow, found: Findings) -> dict[str, Any]:
    recommended = (row.reward, row.terminal) == (found.lens, found.terminal)
    return {
        "reward": row.reward,
        "terminal": row.terminal,
        "recommended": recommended,
        "returns": list(row.returns),
        **row.mean.as_json(),
    }
