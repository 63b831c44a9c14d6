"""The verdict: three answers, each with its reason, its evidence and what to do next.

May the reward be planned with here? Elsewhere? May its map of cells be read? The bounds are those that
``irl-app bench verdict`` measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from irl_app.analysis.coverage import Coverage
from irl_app.analysis.elsewhere import Elsewhere
from irl_app.analysis.wording import written
from trainers.settings import settings_of

if TYPE_CHECKING:
    from irl_app.recovery import Recovery

Level = Literal["good", "fair", "poor"]

GOOD_REGRET, FAIR_REGRET = 0.02, 0.2
"""Up to this regret, here or on average elsewhere, a reward is good, or fair, to plan with."""
GOOD_WORST = 0.1
"""What a good reward may lose in the worst tenth of changed worlds, and its mean by the interval's end."""
GOOD_STARC, FAIR_STARC = 0.15, 0.3
"""Up to this STARC distance of its state part a map can be read as the true one, or shows the gist."""
FOLLOWED_ON = ("iq", "iq-state", "mce", "sqil")
"""Methods that match visits, what follows beyond the last move shown included."""
FEW_EPISODES = 5
"""Fewer demonstrations than this draw a warning."""
MUCH_BEYOND = 0.05
"""Share of the discounted visits beyond where episodes were cut off from which on they draw a warning."""

LEVEL_TITLES: Mapping[Level, str] = {"good": "Good", "fair": "Fair", "poor": "Poor"}
_ORDER: tuple[Level, ...] = ("good", "fair", "poor")
QUESTIONS: Mapping[str, str] = {
    "here": "Planned with here",
    "elsewhere": "Planned with elsewhere",
    "map": "Read as a map",
}
"""The three answers and their titles, in their order."""


@dataclass(frozen=True)
class Answer:
    """One of the verdict's answers.

    Attributes:
        level: "good", "fair" or "poor"; None where nothing can be said.
        reason: plain sentences with the figures that it rests on.
        action: what to do next, one sentence.
    """

    level: Level | None
    reason: str
    action: str = ""

    @property
    def title(self) -> str:
        """The level in a word or two."""
        return "Not known" if self.level is None else LEVEL_TITLES[self.level]

    @property
    def text(self) -> str:
        """Reason and action."""
        return f"{self.reason} {self.action}".strip()


@dataclass(frozen=True)
class Verdict:
    """What a reward may be used for: planned with ``here``, ``elsewhere``, and read as a ``map``."""

    here: Answer
    elsewhere: Answer
    map: Answer

    @property
    def level(self) -> Level:
        """The worse of what was said of planning here and elsewhere; fair where nothing could be said."""
        return worst(self.here.level, self.elsewhere.level) or "fair"

    @property
    def answers(self) -> Mapping[str, Answer]:
        """Name -> answer, in the order of ``QUESTIONS``."""
        return {name: getattr(self, name) for name in QUESTIONS}

    def as_json(self) -> dict[str, Any]:
        """As programs read it: a level each, or null, and "reasons" in words."""
        levels = {name: answer.level for name, answer in self.answers.items()}
        return {**levels, "reasons": {name: answer.text for name, answer in self.answers.items()}}


def worst(*levels: Level | None) -> Level | None:
    """The worst of the levels that are known."""
    known = [level for level in levels if level is not None]
    return max(known, key=_ORDER.index) if known else None


def level_of(regret: float) -> Level:
    """What a regret (0 optimal, 1 no better than random) says of the reward that was planned with."""
    return "good" if regret <= GOOD_REGRET else "fair" if regret <= FAIR_REGRET else "poor"


def level_elsewhere(found: Elsewhere) -> Level | None:
    """What regrets in changed worlds say: good if the mean, the worst tenth and the mean's upper end are
    small, fair or poor by the mean; None where no world could be judged."""
    mean, high, tenth = found.mean.value, found.mean.high, found.worst_tenth
    if mean is None or high is None or tenth is None:
        return None
    level = level_of(mean)
    return "fair" if level == "good" and max(tenth, high) > GOOD_WORST else level


def verdict_of(
    values: Mapping[str, float | None],
    found: Elsewhere,
    coverage: Coverage,
    *,
    method: str = "",
    converged: bool = True,
) -> Verdict:
    """The three answers.

    What a solver has not finished is never good: its figures may still change.

    Args:
        values: of the card's metrics, None where undefined.
        found: in changed worlds.
        coverage: what was shown. method: that was used, by name.
        converged: whether the solver has.
    """
    next_step = _next_step(coverage, method)
    here = _here(values, next_step)
    there = _elsewhere(found, next_step)
    answers = (here, there, _map(values, there.level, next_step))
    return Verdict(*(answer if converged else _unfinished(answer) for answer in answers))


def _unfinished(answer: Answer) -> Answer:
    said = "The solver stopped before it had converged: these figures are not final."
    level: Level | None = "fair" if answer.level == "good" else answer.level
    return Answer(level, f"{said} {answer.reason}", "Let it converge first.")


def _here(values: Mapping[str, float | None], next_step: str) -> Answer:
    regret = values["regret"]
    if regret is None:
        why = "Every policy earns the same in this grid, so a plan cannot tell a good reward from a bad one."
        return Answer("fair", why, "Try it in a world where something can be lost.")
    level = level_of(regret)
    reason = f"A plan gives away {written(regret, 'share')} of what there is to gain here."
    shaping = _shaping(values["pearson_raw"], values["pearson_val"])
    action = {"good": "Use it in this world.", "fair": "Use it here with care.", "poor": next_step}[level]
    return Answer(level, f"{reason} {shaping}".strip(), action)


def _elsewhere(found: Elsewhere, next_step: str) -> Answer:
    level, mean, tenth = level_elsewhere(found), found.mean, found.worst_tenth
    if level is None or mean.value is None or mean.low is None or mean.high is None or tenth is None:
        return Answer(None, found.mean.why_missing)
    kinds = found.by_kind()
    least = max(kinds, key=lambda kind: float(found.regrets[kinds[kind]].mean()))
    lost = written(float(found.regrets[kinds[least]].mean()), "share")
    low, high = written(mean.low, "share"), written(mean.high, "share")
    reason = (
        f"In {mean.n} changed worlds ({', '.join(kinds)}) a plan for its state part gives away "
        f"{written(mean.value, 'share')} on average ({low} to {high}), {written(tenth, 'share')} in the "
        "worst tenth of them"
    )
    reason += "." if level == "good" else f"; with {least}, {lost}."
    action = {
        "good": "Carry it to worlds changed in these ways; of other changes nothing is said.",
        "fair": f"Carry it elsewhere with care. {next_step}",
        "poor": f"Do not rely on it elsewhere. {next_step}",
    }[level]
    return Answer(level, reason, action)


def _map(values: Mapping[str, float | None], there: Level | None, next_step: str) -> Answer:
    distance, cosine = values["starc_state"], values["map_cosine"]
    if distance is None:
        return Answer(None, "There is no state part to compare.")
    level: Level = "good" if distance <= GOOD_STARC else "fair" if distance <= FAIR_STARC else "poor"
    figures = f"STARC distance {written(distance, 'distance')} of 1"
    if cosine is not None:
        figures += f", cosine {written(cosine, 'correlation')} with the level left open"
    said = {"good": "can be read as the true one", "fair": "shows the gist", "poor": "is not the true one"}[
        level
    ]
    if there == "poor" and level != "poor":
        level, said = "poor", "is close to the true one and still not good enough to plan with elsewhere"
    action = "" if level == "good" else "Read it where the expert was." if level == "fair" else next_step
    return Answer(level, f"The map of cells {said} ({figures}).", action)


def _next_step(coverage: Coverage, method: str) -> str:
    """What would help, by what the evidence leaves open."""
    other = "take another method, causal maximum likelihood say"
    if coverage.n_episodes is None:  # nothing more could be shown
        return (
            "More demonstrations cannot help: change the settings."
            if method == "ml"
            else f"{other.capitalize()}."
        )
    unseen = 1.0 - coverage.cell_share
    if unseen > 0.0:
        share = f"{100 * unseen:.0f} %" if unseen >= 0.01 else "less than 1 %"
        return f"Show more: {share} of the cells were never visited."
    return "Show more demonstrations." if method == "ml" else f"Show more, or {other}."


def _shaping(raw: float | None, val: float | None) -> str:
    """Why the raw and the de-shaped correlation differ, where they do."""
    if raw is None or val is None:
        return ""
    r, c = written(raw, "correlation"), written(val, "correlation")
    if val - raw > 0.1:
        why = "because" if val >= 0.9 else "partly because"
        return (
            f"Its raw r(s, a) correlates with the true one at only {r}, {why} it carries shaping, which no "
            f"behaviour can reveal; with the shaping taken out of both, it is {c}."
        )
    if raw - val > 0.1:
        return (
            f"Its raw r(s, a) looks better than it is: {r} comes down to {c} once shaping, which does not "
            "matter for behaviour, is taken out of both."
        )
    if val >= 0.9:
        return (
            f"Raw ({r}) and de-shaped ({c}) r(s, a) both match the true one: there is little shaping in it."
        )
    return f"Taking shaping out changes little (raw {r}, de-shaped {c})."


def warnings_of(recovery: Recovery, coverage: Coverage) -> tuple[str, ...]:
    """Plain sentences on what limits the answer: evidence, settings that do not fit, the solver's."""
    certificate = recovery.solution.certificate
    warnings: list[str] = []
    unseen = 1.0 - coverage.cell_share
    if unseen > 0.0:
        share = f"{100 * unseen:.0f} %" if unseen >= 0.01 else "Less than 1 %"
        warnings.append(f"{share} of the cells were never visited: what the map shows there is not evidence.")
    if coverage.n_episodes is not None and coverage.n_episodes < FEW_EPISODES:
        episodes = "one episode was" if coverage.n_episodes == 1 else f"{coverage.n_episodes} episodes were"
        warnings.append(f"Only {episodes} demonstrated: another draw could give a different reward.")
    if recovery.mdp.gamma != recovery.grid.gamma:
        warnings.append(
            f"The reward was recovered and judged at γ = {recovery.mdp.gamma:g}, the grid's own is "
            f"{recovery.grid.gamma:g}."
        )
    config = recovery.config
    if recovery.counts.tail >= MUCH_BEYOND and config.method in FOLLOWED_ON:
        beyond = written(recovery.counts.tail, "share")
        warnings.append(
            f"{beyond} of the discounted visits lie beyond the limit of {recovery.grid.max_steps} moves: "
            "they are taken to go on as the demonstrations do. Longer episodes or a smaller γ leave less to "
            "guess."
        )
    if config.dynamics == "estimated" and settings_of(type(config))["dynamics"].matters(vars(config)):
        warnings.append(
            "The dynamics were estimated from the demonstrations: actions never tried are taken to stay put."
        )
    return (*warnings, *certificate.notes)
