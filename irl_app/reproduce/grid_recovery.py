"""``grid-recovery``: every method at every number of demonstrations of a grid, over seeds.

A finished row is a file; rows that were made by the same source code are reused.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from irl_app.analysis import METRIC_TEXTS, Estimate
from irl_app.bench.processes import THREADS
from irl_app.files import write_whole
from irl_app.findings.grids import recover_seed, recovery_config
from irl_app.paths import PACKAGE
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from trainers.tabular.config import METHODS, MethodName, TabularConfig

PRESETS = ("goal", "field")
METRICS = ("pearson_state", "pearson_val", "regret", "regret_transfer")
LEARNERS: tuple[MethodName, ...] = tuple(name for name in METHODS if name != "oracle")


@dataclass(frozen=True)
class Plan:
    """What ``grid-recovery`` runs: every combination, shown by a soft-optimal expert at temperature 1."""

    n_demos: tuple[int, ...] = (1, 3, 10, 30, 100)
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    presets: tuple[str, ...] = PRESETS
    methods: tuple[MethodName, ...] = LEARNERS

    def rows(self) -> tuple[Row, ...]:
        """One row for every preset, method, number of demonstrations and seed."""
        return tuple(
            Row(preset, method, n, seed)
            for preset in self.presets
            for method in self.methods
            for n in self.n_demos
            for seed in self.seeds
        )


QUICK = Plan(n_demos=(3, 30), seeds=(0, 1))


@dataclass(frozen=True, order=True)
class Row:
    """One run of one method."""

    preset: str
    method: MethodName
    n_demos: int
    seed: int

    @property
    def file_name(self) -> str:
        """Name of the file that keeps its figures."""
        return f"{self.preset}-{self.method}-n{self.n_demos:03d}-seed{self.seed}.json"


Figures = dict[str, float | None]
"""Metric -> its value in one run, None where it has none."""


def grid_recovery(
    plan: Plan,
    cache: Path,
    *,
    processes: int | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> dict[Row, Figures]:
    """Run what the cache does not hold yet, on all cores, one thread each.

    Args:
        plan: what to run.
        cache: folder of finished rows; made if missing.
        processes: how many at once; None takes one per core.
        progress: told ``(rows done, rows in all, what finished last)``.

    Raises:
        OSError: the cache cannot be written.
    """
    folder = cache / source_digest()
    folder.mkdir(parents=True, exist_ok=True)
    rows = plan.rows()
    figures = {row: kept for row in rows if (kept := _read(folder / row.file_name)) is not None}
    missing = [row for row in rows if row not in figures]
    if progress:
        progress(len(figures), len(rows), "")
    if missing:
        with _pool(processes) as pool:
            waiting = {pool.submit(run_row, row): row for row in missing}
            for future in as_completed(waiting):
                row, figures[row] = waiting[future], future.result()
                write_whole(folder / row.file_name, json.dumps(figures[row]))
                if progress:
                    progress(len(figures), len(rows), f"{row.preset}, {row.method}, n = {row.n_demos}")
    return {row: figures[row] for row in rows}


def run_row(row: Row) -> Figures:
    """Run one row and return its figures."""
    settings = TabularConfig(method=row.method)
    config = recovery_config(f"gridworld/{row.preset}", settings, seeds=(row.seed,), n_demos=row.n_demos)
    _, card = recover_seed(config, row.seed)
    return {name: card[name].value for name in METRICS}


def aggregate(figures: dict[Row, Figures], preset: str, method: str, n_demos: int, metric: str) -> Estimate:
    """Mean over seeds, see ``spread``; seeds where the metric has no value are left out of ``n``."""
    key = (preset, method, n_demos)
    values = [f[metric] for row, f in figures.items() if (row.preset, row.method, row.n_demos) == key]
    there = [value for value in values if value is not None]
    return spread(there, *METRIC_TEXTS[metric].bounds)


def as_dict(plan: Plan, figures: dict[Row, Figures]) -> dict[str, object]:
    """The whole table for programs: one entry per preset, method and number of demonstrations."""
    return {
        "name": "grid-recovery",
        "seeds": list(plan.seeds),
        "rows": [
            {
                "task": f"gridworld/{preset}",
                "method": method,
                "n_demos": n,
                "metrics": {
                    metric: aggregate(figures, preset, method, n, metric).as_json() for metric in METRICS
                },
            }
            for preset in plan.presets
            for method in plan.methods
            for n in plan.n_demos
        ],
    }


def sections(plan: Plan, figures: dict[Row, Figures]) -> tuple[Section, ...]:
    """A table a preset: the state reward's correlation at every n, the rest at 30."""
    last = 30 if 30 in plan.n_demos else plan.n_demos[-1]
    columns = ("method", *(f"n = {n}" for n in plan.n_demos), "de-shaped", "regret", "regret after transfer")
    return tuple(
        Section(
            f"`{preset}`",
            columns,
            tuple(
                (
                    METHODS[method].title,
                    *(short(aggregate(figures, preset, method, n, METRICS[0])) for n in plan.n_demos),
                    *(short(aggregate(figures, preset, method, last, name)) for name in METRICS[1:]),
                )
                for method in plan.methods
            ),
        )
        for preset in plan.presets
    )


def source_digest() -> str:
    """Twelve hex digits that change with any line of code that could change a row."""
    digest = hashlib.sha256()
    packages = (PACKAGE.parent / "trainers", PACKAGE)
    sources = (path for package in packages for path in sorted(package.rglob("*.py")))
    for path in sources:
        if not {"ui", "cli", "site", "figures", "export"} & set(path.relative_to(PACKAGE.parent).parts):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def _pool(processes: int | None) -> Iterator[ProcessPoolExecutor]:
    """Worker processes with one thread each; they inherit the environment when they start."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    pool = ProcessPoolExecutor(processes or os.cpu_count(), mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _read(path: Path) -> Figures | None:
    """The figures of a finished row; None if the file is missing or damaged, the row is then run again."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return kept if isinstance(kept, dict) and set(kept) == set(METRICS) else None


def _report(options: Options) -> Report:
    plan = QUICK if options.quick else Plan()
    figures = grid_recovery(plan, options.cache, processes=options.processes, progress=options.progress)
    notes = (
        "n demonstrations: Pearson correlation of the recovered state reward with the true one; the last "
        "three columns at n = 30: that of the de-shaped r(s, a), regret of acting on the recovered reward "
        "(0 optimal, 1 random), regret after the grid has changed.",
        f"mean over {len(plan.seeds)} seeds",
    )
    return Report(sections(plan, figures), notes, as_dict(plan, figures))


GRID_RECOVERY = Reproduction(
    "grid-recovery",
    "every method at 1, 3, 10, 30 and 100 demonstrations of gridworld/goal and field, five seeds",
    "two seeds, 3 and 30 demonstrations only",
    _report,
)
