"""What people see: tables on stdout, progress on stderr; and the one object that programs read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

Update = Callable[[int, int, str], None]


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


def table(*columns: str) -> Table:
    """An empty table: the first column to the left, figures to the right."""
    made = Table(header_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="left" if index == 0 else "right")
    return made


def show(title: str, filled: Table, *lines: str) -> None:
    """Print a title, a table and the sentences that belong to it, each wrapped to the terminal's width."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=160)
    console.print(f"\n{title}", style="bold", markup=False)
    console.print(filled)
    for line in lines:
        console.print(line, markup=False)


@contextmanager
def progress_bar(description: str) -> Iterator[Update]:
    """A bar on stderr that disappears when done; the body calls ``update(done, total, what now)``."""
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
