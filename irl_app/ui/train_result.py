"""What the Train page says of a run first: what it does, how good that is, what to think of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from irl_app.analysis import LEVEL_TITLES, Skill
from irl_app.comparison import number, references, skill_of_run
from irl_app.runs import Run, RunConfig
from irl_app.training import Metrics
from irl_app.training.health import Health, health
from irl_app.training.request import METHODS
from irl_app.ui.page import escape, known_task
from irl_app.ui.train_reading import Earned, earned

SETTLED = {
    "waiting": ("Too early for its curves to say anything", ""),
    "unstable": ("Something goes wrong", "poor"),
    "learning": ("Its curves still move", ""),
    "settled": ("Its curves are flat", ""),
}
"""By the state of its health, a heading and a level: that curves come to rest is no success."""

FRESH = "Whether a reward is worth anything shows an agent that learns from nothing else."


@dataclass(frozen=True)
class Judged:
    """One thing to think of a run: its level, "" for none, a heading, and a sentence or two."""

    level: str
    title: str
    said: str


def skill_shown(config: RunConfig, found: Earned | None) -> Skill | None:
    """What a run can do; None before that is known."""
    return None if found is None else skill_of_run(config, found.returns)


def headline(run: Run, found: Earned | None) -> str:
    """What a run does, in one sentence."""
    status, skill, task = run.status, skill_shown(run.config, found), known_task(run.config)
    aim = "do its task" if task is None else task.aim
    if skill is not None and (skill.level == "good" or not status.active):
        return skill.headline(aim)
    if status.state == "queued":
        return "It waits for its turn."
    if status.active:
        return f"It is learning to {aim}."
    if found is not None:
        return f"It earns {number(found.middle)} here."
    return "This training failed." if status.state == "failed" else "It has learned nothing yet."


def lead(config: RunConfig, found: Earned) -> str:
    """The figures of the headline, and what it learned from."""
    skill = skill_shown(config, found)
    way = "" if skill is None else f", {skill.way}"
    return f"Return {found.text}{way}.{learned_from(config)}"


def learned_from(config: RunConfig) -> str:
    """What a run was shown, as a sentence with a space before it; "" for one that was shown nothing."""
    shown = config.demonstrations
    if not shown:
        return ""
    episodes, every = shown.get("episodes"), shown.get("every")
    part = "" if every in (None, 1) else f", of which one step in {every} was kept"
    return f" Learned from {'one demonstration' if episodes == 1 else f'{episodes} demonstrations'}{part}."


def judged_html(run: Run, metrics: Metrics | str) -> str:
    """What is to be thought of a run, most important first, as HTML."""
    return "".join(
        f'<section class="irl-judgement irl-{one.level or "unknown"}"><h3>{escape(one.title)}</h3>'
        f"<p>{escape(one.said)}</p></section>"
        for one in _judged(run, metrics)
    )


def _judged(run: Run, metrics: Metrics | str) -> Iterator[Judged]:
    if isinstance(metrics, str):
        return
    found = earned(metrics)
    skill = skill_shown(run.config, found)
    if skill is not None:
        known = references([run.config])[run.config.task]
        ends = f"Random moves earn {number(known.random)}, the expert {number(known.expert)}."
        yield Judged(skill.level, skill.title, ends)
    yield from _of_reward(run)
    if found is not None or run.status.active:
        yield _of_curves(health(metrics), skill)


def _of_reward(run: Run) -> Iterator[Judged]:
    """What is known of the reward that it recovered; nothing of one that is given its reward."""
    if run.findings is not None:
        level, reasons = run.findings.verdict["here"], run.findings.verdict["reasons"]
        title = f"Its reward: {LEVEL_TITLES[level].lower()}" if level else "Its reward was judged in part"
        yield Judged(level or "", title, f"{reasons['here']} {reasons['map']}")
    elif can_be_judged(run):
        yield Judged("", "Its reward is not judged yet", FRESH)


def can_be_judged(run: Run) -> bool:
    """Whether it has learned a reward that can be held against the true one."""
    task = known_task(run.config)
    learns = run.config.method not in METHODS or not METHODS[run.config.method].rewarded
    return learns and run.status.state == "done" and task is not None and not task.observation_space.is_image


def judging_command(run: Run) -> str:
    """What judges the reward of a run, in a terminal."""
    return f"irl-app recover --run {shlex.quote(run.name)}"


def _of_curves(judged: Health, skill: Skill | None) -> Judged:
    title, level = SETTLED[judged.state]
    if judged.state == "settled" and skill is not None and skill.level != "good":
        title += ", and that is no success"
    return Judged(level, title, judged.verdict)
