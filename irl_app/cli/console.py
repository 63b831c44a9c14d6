"""What people see: tables on stdout, progress on stderr; and the one object that programs read."""

from __future__ import annotations

import codecs
import io
import json
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from unicodedata import normalize

MANY = 200
"""Rows above which a table is printed plainly, which takes a hundredth of the time."""
PLAIN = {
    "−": "-", "–": "-", "—": "-", "─": "-", "━": "-", "│": "|", "…": "...", "·": "-", "•": "-", "\xa0": " ",
    "×": "x", "±": "+-", "≤": "<=", "≥": ">=", "≈": "~", "∞": "inf", "→": "->", "′": "'", "’": "'", "‘": "'",
    "“": '"', "”": '"', "α": "alpha", "β": "beta", "γ": "gamma", "τ": "tau", "π": "pi", "φ": "phi",
}  # fmt: skip
"""What stands for a character on a terminal that has none for it."""
Update = Callable[[int, int, str], None]


def write_plainly_where_needed() -> None:
    """Have both outputs write characters that their encoding lacks in letters, instead of failing."""
    codecs.register_error("irl-app", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="irl-app")


def _plainly(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    said = "".join(PLAIN.get(one) or _base(one) for one in error.object[error.start : error.end])
    return said, error.end


def _base(character: str) -> str:
    """A letter without its accents; a question mark for what is none."""
    return normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"


def print_json(result: Mapping[str, object]) -> None:
    """Print ``result`` as one JSON object; numbers that JSON does not know (NaN, infinity) become null."""
    print(json.dumps(_finite(result), indent=2, allow_nan=False))


def _finite(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def number(value: float | None, digits: int = 3) -> str:
    """A figure as a table shows it: a dash where there is none, exponents for the very small or large."""
    if value is None or not math.isfinite(value):
        return "-"
    if value != 0 and not 10 ** -(digits + 1) <= abs(value) < 1e6:
        return f"{value:.1e}"
    return f"{value:.{digits}f}"


def show(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *lines: str) -> None:
    """Print a title, a table and the sentences that belong to it, each wrapped to the terminal's width.

    The table's first column stands to the left, figures to the right.
    """
    rows = list(rows)
    if len(rows) > MANY:
        print(f"\n{title}\n\n{_plain([columns, *rows])}\n")
        for line in lines:
            print(line)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    console.print(f"\n{title}", style="bold", markup=False)
    console.print(table)
    for line in lines:
        console.print(line, markup=False)


def _plain(rows: Sequence[Sequence[str]]) -> str:
    """The rows with their columns aligned, the first to the left; lines as long as need be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = ["<", *[">"] * (len(widths) - 1)]
    form = "  ".join(f"{{:{side}{width}}}" for side, width in zip(sides, widths, strict=True))
    return "\n".join(form.format(*row).rstrip() for row in rows)


@contextmanager
def progress_bar(description: str) -> Iterator[Update]:
    """A bar on stderr that disappears when done; the body calls ``update(done, total, what now)``."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)  # where nobody watches, not even the bar's last line is left behind
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=None)

        def update(done: int, total: int, what: str = "") -> None:
            text = f"{description}: {what}" if what else description
            progress.update(task, completed=done, total=total, description=text)

        yield update
