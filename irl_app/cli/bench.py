"""``irl-app bench``: how fast the solvers are on this computer."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from irl_app.bench.processes import measured_apart
from irl_app.cli.console import number, print_json, progress_bar, show, table
from irl_app.cli.options import Commands, UsageError, add_json, demo_count, integers

if TYPE_CHECKING:
    from irl_app.bench.tabular import Timing

HELP = "time the solvers on this computer"
EXAMPLES = """\
examples:
  irl-app bench tabular                        Newton's method beside L-BFGS at 10x10, 50x50 and 100x100
  irl-app bench tabular --sides 10,30 --repeats 20 --json
  irl-app bench tabular --task gridworld/field --demos 30      few demonstrations: more of Newton's steps
  irl-app bench softq                          the network trainer beside a plain loop and the bare products
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("bench", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    kinds = parser.add_subparsers(title="what to time", metavar="WHAT", required=True)
    says = "IQ-Learn on grids: Newton's method, its memory, and L-BFGS on the same objective"
    tabular = kinds.add_parser("tabular", help=says, description=says + ".", epilog=EXAMPLES)
    tabular.add_argument(
        "--sides", type=integers, default=(10, 50, 100), help="cells a side (default: 10,50,100)"
    )
    tabular.add_argument(
        "--task",
        default="gridworld/goal",
        help="the world, its expert soft-optimal (default: gridworld/goal)",
    )
    tabular.add_argument(
        "--demos", type=demo_count, metavar="N|exact", help="what is learned from (default: exact)"
    )
    tabular.add_argument("--repeats", type=int, default=7, metavar="N", help="solves per size (default: 7)")
    tabular.add_argument(
        "--cap", type=int, default=2000, metavar="N", help="most iterations that L-BFGS gets (default: 2000)"
    )
    add_json(tabular)
    tabular.set_defaults(run=run_tabular)
    says = (
        "updates of small Q-networks: a plain loop, this trainer, compiled, stacked, and the products alone"
    )
    softq = kinds.add_parser("softq", help=says, description=says + ".", epilog=EXAMPLES)
    softq.add_argument("--updates", type=int, default=2000, metavar="N", help="in each turn (default: 2000)")
    softq.add_argument("--repeats", type=int, default=5, metavar="N", help="turns (default: 5)")
    softq.add_argument("--eager", action="store_true", help="leave out what needs a C++ compiler")
    add_json(softq)
    softq.set_defaults(run=run_softq)


def run_softq(args: argparse.Namespace) -> None:
    """Time and print.

    Raises:
        UsageError: a number is out of range.
    """
    if args.repeats < 1 or args.updates < 1:
        raise UsageError(f"--repeats and --updates must be at least 1, got {args.repeats} and {args.updates}")
    with progress_bar("timing, compilation included") as update:
        update(0, 1, "all ways in turns")
        job = {"repeats": args.repeats, "updates": args.updates, "eager": args.eager}
        speeds = measured_apart("irl_app.bench.soft_q", job)
    if args.json:
        print_json({"bench": "softq", "threads": 1, "speeds": speeds})
        return
    grid = table("way", "networks", "updates/s", "first s", "networks' updates/s over plain")
    for speed in speeds:
        grid.add_row(
            speed["name"],
            str(speed["networks"]),
            f"{speed['updates_per_second']:,.0f}",
            f"{speed['first_seconds']:.1f}",
            f"{speed['ratio']:.1f}",
        )
    show("offline IQ-Learn, 4-64-64-2 units, 32 rows, one thread", grid)


def run_tabular(args: argparse.Namespace) -> None:
    """Time and print.

    Raises:
        UsageError: a number is out of range.
    """
    from irl_app.bench.tabular import bench_tabular

    if args.repeats < 1 or args.cap < 1:
        raise UsageError(f"--repeats and --cap must be at least 1, got {args.repeats} and {args.cap}")
    if not all(2 <= side <= 100 for side in args.sides):
        raise UsageError("--sides must lie between 2 and 100 each, for example 10,50,100")
    with progress_bar("timing") as update:
        timings = bench_tabular(
            args.sides,
            task=args.task,
            n_demos=args.demos,
            repeats=args.repeats,
            cap=args.cap,
            progress=update,
        )
    n_demos = "exact" if args.demos is None else args.demos
    if args.json:
        about = {"bench": "tabular", "task": args.task, "n_demos": n_demos, "threads": 1}
        print_json(about | {"timings": [asdict(t) for t in timings]})
    else:
        _print_table(f"{args.task}, {n_demos} demonstrations", timings)


def _print_table(problem: str, timings: tuple[Timing, ...]) -> None:
    shown = table(
        *("grid", "states", "Newton ms", "CPU ms", "steps", "residual", "peak MB"),
        *("L-BFGS ms", "iterations", "max |r - Newton's|", "ratio"),
    )
    for t in timings:
        shown.add_row(
            f"{t.side}x{t.side}",
            str(t.states),
            number(t.milliseconds, 1),
            number(t.cpu_milliseconds, 1),
            str(t.iterations),
            number(t.residual),
            number(t.peak_megabytes, 0),
            number(t.lbfgs_milliseconds, 0),
            f"{t.lbfgs_iterations}{'' if t.lbfgs_finished else '+'}",
            number(t.lbfgs_error),
            f"{'' if t.lbfgs_finished else '>= '}{number(t.ratio, 0)}",
        )
    show(
        f"IQ-Learn, chi-squared, {problem}, one thread",
        shown,
        f"Times: median of {timings[0].repeats}. Residual: violation of the first-order condition in units "
        "of reward. + and >=: L-BFGS was stopped at its cap before it was done.",
    )
