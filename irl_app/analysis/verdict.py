"""The verdict in words: may the reward be used, and why do the raw and the de-shaped figures differ?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from irl_app.analysis.coverage import Coverage
from irl_app.analysis.wording import written
from irl_app.recipes import METHODS

if TYPE_CHECKING:
    from irl_app.recovery import Recovery

Level = Literal["good", "fair", "poor"]

GOOD_REGRET, FAIR_REGRET = 0.02, 0.2
"""Up to this regret, here and after walls are added, a reward is good, or fair, to plan with."""
MUCH_UNSEEN = 0.2
"""Share of unvisited cells from which the card warns."""
FEW_EPISODES = 5
"""Fewer demonstrations than this draw a warning."""

LEVEL_TITLES: Mapping[Level, str] = {"good": "Good", "fair": "Fair", "poor": "Poor"}


def verdict_of(
    values: Mapping[str, float | None], n_walls: int, coverage: Coverage, *, converged: bool = True
) -> tuple[Level, str]:
    """The level and a few sentences, from the values of the card's metrics (None where undefined).

    What a solver has not finished is never good: its figures may still change.
    """
    level, first = _planning(values, n_walls)
    unfinished = (
        "" if converged else "The solver stopped before it had converged: these figures are not final."
    )
    if level == "good" and not converged:
        level = "fair"
    sentences = (
        unfinished,
        first,
        _shaping(values["pearson_raw"], values["pearson_val"]),
        _map(values, coverage, level),
    )
    return level, " ".join(sentence for sentence in sentences if sentence)


def _planning(values: Mapping[str, float | None], n_walls: int) -> tuple[Level, str]:
    here, moved = values["regret"], values["regret_transfer"]
    if here is None:
        return (
            "fair",
            "Every policy earns the same in this grid, so a plan cannot tell a good reward from a bad one.",
        )
    lost_here = written(here, "share")
    if moved is None:
        level = level_of(here)
        return level, f"Planning with this reward gives away {lost_here} of what there is to gain here."
    lost_there, walls = written(moved, "share"), "1 wall was" if n_walls == 1 else f"{n_walls} walls were"
    level = level_of(max(here, moved))
    if level == "good":
        opening = "This reward can be planned with"
    elif here <= GOOD_REGRET:
        opening = "This reward works here but not as well elsewhere"
    else:
        opening = "Use this reward with care" if level == "fair" else "Do not rely on this reward"
    return level, (
        f"{opening}: a plan gives away {lost_here} of what there is to gain here, "
        f"and {lost_there} after {walls} added (planned for its state-only part)."
    )


def level_of(regret: float) -> Level:
    """What a regret (0 optimal, 1 no better than random) says of the reward that was planned with."""
    return "good" if regret <= GOOD_REGRET else "fair" if regret <= FAIR_REGRET else "poor"


def _shaping(raw: float | None, val: float | None) -> str:
    """Why the raw and the de-shaped correlation differ, or what it means that they do not."""
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
    return f"Taking shaping out changes little (raw {r}, de-shaped {c}): what is missing is evidence."


def _map(values: Mapping[str, float | None], coverage: Coverage, level: Level) -> str:
    state = values["pearson_state"]
    if state is None:
        return ""
    seen = "" if coverage.cell_share > 1.0 - MUCH_UNSEEN else ", but much of it was never visited"
    matches = ((0.9, "can be read as the true one"), (0.6, "shows the gist"), (-1.0, "is not the true one"))
    quality = next(words for least, words in matches if state >= least)
    if level == "poor" and state >= matches[0][0]:
        quality = "looks like the true one and is still not good enough to plan with"
    return f"The map of cells {quality} (correlation {written(state, 'correlation')}{seen})."


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
    if recovery.recipe.dynamics == "estimated" and "dynamics" in METHODS[recovery.recipe.method].shaped_by:
        warnings.append(
            "The dynamics were estimated from the demonstrations: actions never tried are taken to stay put."
        )
    return (*warnings, *certificate.notes)
