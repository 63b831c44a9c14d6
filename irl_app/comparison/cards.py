"""Report cards of recovered rewards side by side: a row a metric, an entry an arm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irl_app.analysis import ALL_TEXTS, Estimate, mean_interval, written
from irl_app.comparison.arms import Arm


@dataclass(frozen=True)
class CardRow:
    """One metric of several report cards.

    Attributes:
        name: key of the metric.
        title, help: a few words; the careful definition, "" where this version does not know the metric.
        entries: one an arm: its number over its runs, with their interval, or its only run's own.
        texts: the numbers as people read them, "–" where there is none.
        best: places of the entries nearest to a perfect recovery; empty if they are all alike or unknown.
    """

    name: str
    title: str
    help: str
    entries: tuple[Estimate, ...]
    texts: tuple[str, ...]
    best: frozenset[int]


def card_rows(arms: Sequence[Arm]) -> tuple[tuple[CardRow, ...], tuple[Arm, ...]]:
    """The metrics of all arms that have a report, in the card's own order, and those arms."""
    carded = tuple(arm for arm in arms if any(run.findings for run in arm.runs))
    cards = [[run.findings.metrics for run in arm.runs if run.findings] for arm in carded]
    known = [name for name in ALL_TEXTS if any(name in card for own in cards for card in own)]
    others = sorted({name for own in cards for card in own for name in card} - set(ALL_TEXTS))
    return tuple(_row(name, cards) for name in [*known, *others]), carded


def _row(name: str, cards: Sequence[Sequence[Mapping[str, Any]]]) -> CardRow:
    entries = tuple(_entry(name, [card[name] for card in own if name in card]) for own in cards)
    texts = tuple("–" if entry.value is None else card_text(name, entry.value) for entry in entries)
    words = ALL_TEXTS.get(name)
    shown = next(card[name] for own in cards for card in own if name in card)
    return CardRow(
        name=name,
        title=words.title if words else str(shown.get("title", name)),
        help=words.help if words else "",
        entries=entries,
        texts=texts,
        best=frozenset() if words is None else _nearest(entries, texts, words.best),
    )


def _entry(name: str, found: Sequence[Mapping[str, Any]]) -> Estimate:
    """A figure of a single seed or of networks with its own interval, else the mean over all seeds."""
    of_seeds = [value for card in found for value in card.get("values", [card.get("mean")])]
    numbers = [number for value in of_seeds if (number := _number(value)) is not None]
    if not numbers:
        why = next((str(card["sentence"]) for card in found if card.get("sentence")), "It was not measured.")
        return Estimate(None, why_missing=why)
    if len(of_seeds) == 1:
        low, high = _number(found[0].get("low")), _number(found[0].get("high"))
        return Estimate(numbers[0], low, high, n=1)
    bounds = ALL_TEXTS[name].bounds if name in ALL_TEXTS else ()
    return mean_interval(numbers, *bounds)


def _number(value: object) -> float | None:
    """A finite number of a run's file, or None."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return None


def card_text(name: str, value: float) -> str:
    """A number of a card as people read it, by what is known of its metric."""
    words = ALL_TEXTS.get(name)
    return written(value, words.unit) if words else f"{value:.3g}".replace("-", "−")


def _nearest(entries: Sequence[Estimate], texts: Sequence[str], best: float) -> frozenset[int]:
    """Places of the entries nearest to the best value, those that read the same among them."""
    distances = [np.inf if entry.value is None else abs(entry.value - best) for entry in entries]
    if not np.isfinite(min(distances)):
        return frozenset()
    winner = texts[int(np.argmin(distances))]
    places = frozenset(i for i, text in enumerate(texts) if text == winner)
    return frozenset() if len(places) == len(entries) else places
