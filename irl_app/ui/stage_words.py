"""What the robots page says: its headline and the lines below it, written from the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from irl_app.stage import Material, Recording

MINUS = "\N{MINUS SIGN}"
AS_GOOD, USELESS = 0.95, 0.05
"""Of the way from random moves to the expert."""
CLEARLY = 0.05
"""By so much a correlation must exceed what the episode's length alone reaches."""
FOLLOWS = 0.5
_MOVES = {
    "Hopper": "hops",
    "Walker2d": "walks",
    "Ant": "walks",
    "Humanoid": "walks",
    "HalfCheetah": "runs",
    "Swimmer": "swims",
}
_FALLERS = ("Hopper", "Walker2d", "Ant", "Humanoid")


def ending(task: str) -> str:
    """What happens where an episode terminates, a participle."""
    return "fallen" if _robot(task) in _FALLERS else "ended"


def headline(material: Material) -> str:
    """The result as one sentence."""
    learner, expert = material.learner, material.expert
    moves = _MOVES.get(_robot(material.task))
    if learner.terminated and len(learner) < len(expert):
        if ending(material.task) == "fallen":
            return f"It {moves} for {learner.seconds:.1f} seconds, then falls."
        return f"It lasts {learner.seconds:.1f} seconds, the expert {expert.seconds:.1f}."
    share = _share(material)
    if share is None:
        return f"It {moves or 'goes on'} to the end."
    if share >= AS_GOOD:
        return f"It {moves} as well as the expert." if moves else "It does as well as the expert."
    if share <= USELESS:
        return "It does no better than moving at random."
    if "imitation" in material.figures:
        return f"It comes {percent(share)} of the way from random moves to the expert."
    return f"In this episode it earns {percent(share)} of what the expert earns."


def below_headline(material: Material) -> str:
    """What both earned in the episodes that are shown, and what many episodes say."""
    said = _of_these_episodes(material)
    imitation = material.figures.get("imitation")
    if imitation is None:
        return said
    share, between = percent(imitation["value"]), _between(imitation, percent)
    if share in headline(material):
        found = f"That was measured over many episodes{between}"
    else:
        found = f"Over many episodes it comes {share}{between} of the way from random moves to the expert"
    return f"{said} {found}; 100 % is as good as the expert."


def _of_these_episodes(material: Material) -> str:
    learner, expert = material.learner, material.expert
    earned = number(_total(learner))
    if learner.terminated and len(learner) < len(expert):
        happens = "falls" if ending(material.task) == "fallen" else "ends"
        by_then = number(_total(expert, len(learner)))
        return (
            f"It earns {earned} before it {happens} at step {len(learner):,}; by then the expert has "
            f"{by_then}, and goes on."
        )
    return f"In the episodes that are shown it earns {earned}, the expert {number(_total(expert))}."


def agreement_words(name: str, figure: Mapping[str, Any]) -> tuple[str, str]:
    """Title and meaning of a correlation, held against what the episode's length alone reaches."""
    value, length = figure["value"], figure.get("length", 0.0)
    beyond = figure.get("low", value) > length + CLEARLY
    if name == "episodes":
        if "length" not in figure:
            said = "All episodes last equally long: their length tells nothing here."
        elif beyond:
            said = f"More than the number of steps alone tells, which reaches {correlation(length)}."
        else:
            said = f"Tells nothing: the number of steps alone reaches {correlation(length)}."
        return "Whole episodes", said
    if name == "full_episodes":
        if beyond and value >= FOLLOWS:
            said = "Among episodes that last equally long it still tells good from bad: the figure to quote."
        else:
            said = "Among episodes that last equally long it hardly tells good from bad."
        return "Full-length episodes only", said
    if beyond and value >= FOLLOWS:
        said = "Step by step it follows the true reward."
    else:
        said = "Step by step it is something else than the true reward, which need not make it useless."
    return "Single steps", said


def agents_words(agents: Mapping[str, Any]) -> str:
    """What the returns of fresh agents are."""
    count, steps = agents["count"], agents["steps"]
    mean = "of one agent" if count == 1 else f"mean of {count} agents"
    return f"True return after {steps:,} steps, {mean} that began anew. Higher is better."


def number(value: float) -> str:
    """A return, rounded to what is known of it."""
    return f"{value:,.0f}".replace("-", MINUS) if abs(value) >= 10 else correlation(value)


def correlation(value: float) -> str:
    """Two digits after the point."""
    return f"{value + 0.0:.2f}".replace("-", MINUS)


def percent(share: float) -> str:
    """A share in whole per cent."""
    return f"{100 * share:.0f} %".replace("-", MINUS)


def interval(figure: Mapping[str, Any]) -> str:
    """A correlation's interval in words, "" where there is none."""
    return _between(figure, correlation)


def _between(figure: Mapping[str, Any], written: Any) -> str:
    if "low" not in figure or "high" not in figure:
        return ""
    return f" ({written(figure['low']).removesuffix(' %')} to {written(figure['high'])})"


def _share(material: Material) -> float | None:
    """The way to the expert as it was measured, else what was earned here of what the expert earned."""
    if "imitation" in material.figures:
        return float(material.figures["imitation"]["value"])
    expert = _total(material.expert)
    return _total(material.learner) / expert if expert > 0 else None


def _total(recording: Recording, steps: int | None = None) -> float:
    return float(recording.reward[:steps].sum(dtype=float))


def _robot(task: str) -> str:
    return task.partition("-")[0]
