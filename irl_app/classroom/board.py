"""What a teacher reads off a class: a table of answers, and the one in the middle."""

from __future__ import annotations

import csv
import io
import statistics
from collections.abc import Callable, Sequence

from irl_app.classroom.store import Answer

COLUMNS = ("name", "handed_in_utc", "games", "moves", "gives_away")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def board_csv(answers: Sequence[Answer], size: Callable[[str], tuple[int, int]]) -> str:
    """The answers that were handed in as CSV, one a line.

    Args:
        answers: of one exercise. size: a student's work -> its games and moves.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in answers:
        if one.handed_in is None or one.score is None:
            continue
        # a spreadsheet would run what looks like a formula
        name = f"'{one.name}" if one.name.startswith(_FORMULA) else one.name
        writer.writerow((name, one.handed_in, *size(one.work), f"{one.score:.6g}"))
    return stream.getvalue()


def middle(answers: Sequence[Answer]) -> float | None:
    """The median score of what was handed in; None before the first."""
    scores = [one.score for one in answers if one.score is not None]
    return statistics.median(scores) if scores else None
