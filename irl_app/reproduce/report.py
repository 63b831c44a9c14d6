"""What a reproduction gives: tables for people, one object for programs; and how it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from irl_app.analysis import FEW, Estimate, mean_interval
from irl_app.files import write_whole

Progress = Callable[[int, int, str], None]

SPREAD = (
    f"In brackets after a mean: the least and the largest of up to {FEW} seeds; of more, the 95 % interval. "
    "What all seeds share, one expert's episodes say, is in neither."
)
"""What belongs under every table."""


@dataclass(frozen=True)
class Options:
    """How a reproduction is to be made.

    Attributes:
        cache: folder of what is finished; reused.
        quick: a small part of it, in a minute or two.
        processes: how many work at once.
        progress: told (done, of how many, what now).
    """

    cache: Path
    quick: bool
    processes: int
    progress: Progress


@dataclass(frozen=True)
class Section:
    """One table: its title, its columns' heads, its rows of as many cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if wrong := [row for row in self.rows if len(row) != len(self.columns)]:
            raise ValueError(f"{len(self.columns)} columns need as many cells, got {wrong[0]}")


@dataclass(frozen=True)
class Report:
    """A reproduction's result.

    Attributes:
        sections: tables in their order.
        notes: sentences that belong to them: what the figures are, what falls short.
        values: the same for programs, JSON values only.
    """

    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    values: Mapping[str, object]

    def markdown(self) -> str:
        """The tables for a document."""
        return "\n\n".join(_markdown(section) for section in self.sections)


@dataclass(frozen=True)
class Reproduction:
    """A published table that can be made again.

    Attributes:
        name: as people type it. sentence: what it shows. quick: what the quick form leaves out, in words.
        make: runs what the cache does not hold, and gives the report.
    """

    name: str
    sentence: str
    quick: str
    make: Callable[[Options], Report]


def spread(values: Sequence[float], lowest: float = float("-inf"), highest: float = float("inf")) -> Estimate:
    """Mean over seeds, of up to ``FEW`` with the least and the largest, of more with ``mean_interval``."""
    if not values:
        return Estimate(None, n=0, why_missing="no seed gave a value")
    if 1 < len(values) <= FEW:
        return Estimate(sum(values) / len(values), min(values), max(values), len(values))
    return mean_interval(values, lowest, highest)


def short(estimate: Estimate, digits: int = 2) -> str:
    """Mean and both ends, ``0.92 (0.89 to 0.95)``; the mean alone without them, a dash for none."""
    if estimate.value is None:
        return "-"
    mean = f"{estimate.value:.{digits}f}"
    if estimate.low is None or estimate.high is None:
        return mean
    return f"{mean} ({estimate.low:.{digits}f} to {estimate.high:.{digits}f})"


def around_markers(path: Path, name: str) -> tuple[str, str]:
    """What stands in a file before and after a reproduction's place, with its two marker lines.

    Raises:
        OSError: the file cannot be read, or the markers are not in it.
    """
    old = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if old.count(begin) != 1 or old.count(end) != 1 or old.index(begin) > old.index(end):
        raise OSError(f"{path} does not hold the lines {begin} and {end} once each, in this order")
    return old[: old.index(begin) + len(begin)], old[old.index(end) :]


def write_between_markers(path: Path, name: str, text: str) -> None:
    """Replace what stands between a reproduction's marker lines in a file, whole or not at all.

    Raises:
        OSError: the file cannot be read or written, or the markers are not in it.
    """
    before, after = around_markers(path, name)
    write_whole(path, f"{before}\n{text}\n{after}")


def _markdown(section: Section) -> str:
    ruler = ("---", *["---:"] * (len(section.columns) - 1))
    lines = [f"| {' | '.join(cells)} |" for cells in (section.columns, ruler, *section.rows)]
    return "\n".join([f"**{section.title}**", "", *lines])
