"""``irl-app reproduce``: the tables of the README, made again."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.console import number, print_json, progress_bar, show, table
from irl_app.cli.options import Commands, UsageError, add_json

if TYPE_CHECKING:
    from irl_app.analysis import Estimate
    from irl_app.reproduce import Figures, Plan, Row

HELP = "make a published table again"
EXAMPLES = """\
names:
  grid-recovery    every method at 1, 3, 10, 30 and 100 demonstrations of gridworld/goal and field, five seeds

examples:
  irl-app reproduce grid-recovery
  irl-app reproduce grid-recovery --quick --json
  irl-app reproduce grid-recovery --write README.md     replace the table between the markers of that file

Finished rows are kept and reused until the code that made them changes.
"""
TITLES = {
    "pearson_state": "state reward against the true one, Pearson",
    "pearson_val": "de-shaped r(s, a) against the true one, Pearson",
    "regret": "regret of acting on the recovered reward (0 optimal, 1 random)",
    "regret_transfer": "the same after the grid has changed",
}


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("reproduce", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument("name", metavar="NAME", help="which table, see below")
    parser.add_argument("--quick", action="store_true", help="two seeds, 3 and 30 demonstrations only")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/reproduce"),
        metavar="DIR",
        help="where finished rows are kept",
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="default: all cores"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="also write the table between FILE's markers"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run what is missing, print the table.

    Raises:
        UsageError: no such table.
    """
    if args.name != "grid-recovery":
        raise UsageError(f"unknown table {args.name!r}: there is grid-recovery")
    if args.processes < 1:
        raise UsageError(f"--processes must be at least 1, got {args.processes}")
    from irl_app.reproduce import QUICK, Plan, as_dict, grid_recovery, markdown, write_between_markers

    plan = QUICK if args.quick else Plan()
    with progress_bar("grid-recovery") as update:
        figures = grid_recovery(plan, args.cache / args.name, processes=args.processes, progress=update)
    if args.write:
        write_between_markers(args.write, markdown(plan, figures))
    if args.json:
        print_json(as_dict(plan, figures))
    else:
        _print_tables(plan, figures)


def _print_tables(plan: Plan, figures: dict[Row, Figures]) -> None:
    from irl_app.recipes import METHODS
    from irl_app.reproduce import METRICS, aggregate

    for preset in plan.presets:
        for metric in METRICS:
            shown = table("method", *(f"n = {n}" for n in plan.n_demos))
            for method in plan.methods:
                cells = (aggregate(figures, preset, method, n, metric) for n in plan.n_demos)
                shown.add_row(METHODS[method].title, *(_written(e) for e in cells))
            show(f"gridworld/{preset}: {TITLES[metric]}", shown)
    print(f"mean ± half the 95 % t-interval over {len(plan.seeds)} seeds; n demonstrations")


def _written(estimate: Estimate) -> str:
    from irl_app.reproduce import half_width

    half = half_width(estimate)
    return number(estimate.value) if half is None else f"{number(estimate.value)} ± {number(half)}"
