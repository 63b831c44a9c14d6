"""What the Train page says about a run's episodes, slices and rewards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from irl_app.analysis import Agreement, Estimate, written
from irl_app.comparison import number
from irl_app.runs import RunConfig
from irl_app.tasks import StateVariable, Task
from irl_app.training.rollouts import Rollout

RECOVERING = ("iq", "sqil", "sqil-t")
"""Methods that learn a reward, which can be read off their networks."""
REWARD_TITLES = {"bc": "Reward of cloning", "soft-q": "Reward of its Q", "dqn": "Reward of its Q"}
NEAR = 0.1
"""A shown state is near a slice if each variable held fixed is within this share of its range."""
MOST_TOLD = 8
"""Variables held fixed that are listed."""
_IMPLIED = (
    "It learned from the true reward, so this is a test of its Q-function: where that has settled, "
    "Q − γV(s′) is the true reward."
)
_MEANINGS = {
    "bc": "The reward that cloning implies: the log-probability of a move, times the temperature. Cloning "
    "learns no value.",
    "soft-q": _IMPLIED,
    "dqn": _IMPLIED,
}
_RECOVERED = (
    "The recovered reward of a move is Q(s, a) − γV(s′), s′ being one step of the task's own physics. It is "
    "the log-probability of the move, shaped by V: many such rewards explain the same behaviour."
)
ROWS: tuple[tuple[str, str, str], ...] = (
    ("steps", "Step by step", "Pearson correlation of the rewards of single steps"),
    ("sums", "Episode sums", "Pearson correlation of the sums over episodes, as published figures have it"),
    ("lengths", "Length alone", "Correlation of nothing but an episode's length with its true return"),
    ("means", "Mean per step", "Correlation of the mean rewards per step over episodes"),
    ("given_length", "Length held fixed", "Partial correlation of the sums, given the lengths"),
)


def reward_title(config: RunConfig) -> str:
    """What the reward of this run is called in a few words."""
    return REWARD_TITLES.get(config.method, "Recovered reward")


def reward_meaning(config: RunConfig) -> str:
    """What the reward of this run is."""
    return _MEANINGS.get(config.method, _RECOVERED)


def rollout_words(rollout: Rollout, task: Task) -> str:
    """The caption of an animation."""
    who = "A demonstration" if rollout.seed is None else f"The learner, seed {rollout.seed}"
    end = "" if rollout.terminated or rollout.moves < task.max_moves else ", cut off at the limit"
    parts = [f"{who}: return {_whole(rollout.total)} in {rollout.moves} moves{end}."]
    if rollout.among > 1:
        parts.append(f"The middle one of {rollout.among} episodes.")
    if abs(rollout.faster - 1.0) > 0.3:
        parts.append(f"Shown at {number(rollout.faster, 1)} times its speed.")
    return " ".join(parts)


def _whole(value: float) -> str:
    return number(value, 0) if value == round(value) else number(value)


def fixed_words(variables: Sequence[StateVariable], pair: tuple[int, int]) -> str:
    """Where the slice lies: the variables that are held fixed."""
    fixed = [f"{short(variable)} {variable.rest:g}" for i, variable in enumerate(variables) if i not in pair]
    if len(fixed) > MOST_TOLD:
        return f"Held fixed: the other {len(fixed)}, each where it usually is."
    return f"Held fixed: {', '.join(fixed)}."


def seen_words(n: int, near: int) -> str:
    """What the dots are."""
    if not n:
        return ""
    return (
        f"Dots: {n} states that this seed was shown; {near} of them, filled, lie near this slice, the rings "
        f"further off in what is held fixed (by more than {100 * NEAR:.0f}\u00a0% of its range). "
        "Where there are no dots, reward and value are guesses."
    )


def short(variable: StateVariable) -> str:
    """A variable without its unit."""
    return variable.name.partition(" (")[0]


def agreement_words(found: Agreement) -> str:
    """What the figures come to, in a sentence or two."""
    if found.sums.value is None:
        return found.sums.why_missing
    sums = f"Summed over episodes the two correlate with r = {_correlation(found.sums)}"
    if found.lengths.value is None:
        return f"{sums}. {found.lengths.why_missing}"
    said = f"{sums}; an episode's length alone scores {_correlation(found.lengths)}."
    if found.given_length.value is None:
        return f"{said} {found.given_length.why_missing}"
    return f"{said} With lengths held fixed, {_correlation(found.given_length)} is left."


def agreement_table(columns: Mapping[str, Agreement]) -> str:
    """Correlations as HTML: a row a kind of correlation, a column a kind of behaviour; those of which none
    exists are named below, with the reason."""
    known = {name: found for name, found in columns.items() if any(map(_exists, _figures(found)))}
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in known)
    body: list[str] = []
    left_out: dict[str, list[str]] = {}
    for row, title, help_ in ROWS:
        entries = [getattr(found, row) for found in known.values()]
        if any(map(_exists, entries)):
            cells = "".join(map(_cell, entries))
            body.append(f'<tr title="{escape(help_)}"><th scope="row">{escape(title)}</th>{cells}</tr>')
        elif entries:
            left_out.setdefault(entries[-1].why_missing, []).append(title.lower())
    for name in (name for name in columns if name not in known):
        left_out.setdefault(_figures(columns[name])[0].why_missing, []).append(name)
    table = (
        '<div class="irl-scroll" tabindex="0"><table class="irl-figures"><thead><tr>'
        '<th scope="col">Correlation</th>'
        f"{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )
    said = "".join(
        f'<p class="irl-hint">Left out: {escape(", ".join(names))}. {escape(why)}</p>'
        for why, names in left_out.items()
    )
    return (table if body else "") + said


def _figures(found: Agreement) -> tuple[Estimate, ...]:
    return tuple(getattr(found, name) for name, _, _ in ROWS)


def _exists(found: Estimate) -> bool:
    return found.value is not None and bool(np.isfinite(found.value))


def _cell(found: Estimate) -> str:
    if not _exists(found):
        return f'<td title="{escape(found.why_missing)}"></td>'
    between = ""
    if found.low is not None and found.high is not None:
        low, high = written(found.low, "correlation"), written(found.high, "correlation")
        between = f' title="95 % interval {low} to {high}, as if all {found.n} were independent"'
    return f"<td{between}>{_correlation(found)}</td>"


def _correlation(found: Estimate) -> str:
    assert found.value is not None
    return written(found.value, "correlation")
