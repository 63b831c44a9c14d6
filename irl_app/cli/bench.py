"""``irl-app bench``: how fast the solvers are on this computer."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from irl_app.bench.processes import measured_apart
from irl_app.cli.console import number, print_json, progress_bar, show, table
from irl_app.cli.options import Commands, UsageError, add_json, demo_count, integers
from irl_app.paths import cache_folder
from trainers.compiler import check_compiler

if TYPE_CHECKING:
    from irl_app.bench.tabular import Timing

HELP = "time the solvers on this computer"
EXAMPLES = """\
examples:
  irl-app bench tabular                        Newton's method beside L-BFGS at 10x10, 50x50 and 100x100
  irl-app bench tabular --sides 10,30 --repeats 20 --json
  irl-app bench tabular --task gridworld/field --demos 30      few demonstrations: more of Newton's steps
  irl-app bench softq                          the network trainer beside a plain loop and the bare products
  irl-app bench sqil                           whole trainings beside the imitation package's, built on demand
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
    says = "whole trainings of SQIL on CartPole, beside SQIL of the imitation package (stable-baselines3)"
    sqil = kinds.add_parser("sqil", help=says, description=says + ".", epilog=EXAMPLES)
    sqil.add_argument("--seeds", type=integers, default=(0, 1, 2), metavar="0-2", help="default: 0-2")
    sqil.add_argument(
        "--steps", type=int, default=10_000, metavar="N", help="environment steps (default: 10000)"
    )
    sqil.add_argument(
        "--demos", type=int, default=5, metavar="N", help="whole episodes that are shown (default: 5)"
    )
    sqil.add_argument(
        "--env",
        type=Path,
        default=cache_folder() / "imitation",
        metavar="DIR",
        help="their virtual environment, about 2 GB, built there if it is missing (default: %(default)s)",
    )
    add_json(sqil)
    sqil.set_defaults(run=run_sqil)


def run_softq(args: argparse.Namespace) -> None:
    """Time and print.

    Raises:
        UsageError: a number is out of range, or there is no compiler.
    """
    if args.repeats < 1 or args.updates < 1:
        raise UsageError(f"--repeats and --updates must be at least 1, got {args.repeats} and {args.updates}")
    if not args.eager:
        try:
            check_compiler()
        except ValueError as error:
            raise UsageError(f"{error}: --eager") from error
    with progress_bar("timing, compilation included") as update:
        update(0, 1, "all ways in turns")
        job = {"repeats": args.repeats, "updates": args.updates, "eager": args.eager}
        speeds = measured_apart("irl_app.bench.soft_q", job)
    costs = _stacking(speeds)
    if args.json:
        print_json({"bench": "softq", "threads": 1, "speeds": speeds, "stacking": costs})
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
    said = (f"{cost['networks']} stacked cost {cost['cost']:.1f} x one, {cost['way']}." for cost in costs)
    show("offline IQ-Learn, 4-64-64-2 units, 32 rows, one thread", grid, " ".join(said))


def _stacking(speeds: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What K networks side by side cost over one, an update of all against an update of one, by way."""
    rates = {speed["name"]: speed["updates_per_second"] for speed in speeds}
    return [
        {
            "way": speed["name"].split(", ")[1],
            "networks": speed["networks"],
            "cost": rates[speed["name"].removesuffix(", stacked")] / speed["updates_per_second"],
        }
        for speed in speeds
        if speed["name"].endswith(", stacked")
    ]


def run_sqil(args: argparse.Namespace) -> None:
    """Build their environment if it is missing, train, print.

    Raises:
        UsageError: a number is out of range.
        BenchError: their environment cannot be built.
    """
    from irl_app.bench.sqil import SETTINGS, bench_sqil

    if args.steps < 1_000 or args.demos < 1:
        raise UsageError(
            f"--steps must be at least 1000 and --demos at least 1, got {args.steps} and {args.demos}"
        )
    with progress_bar("training") as update:
        trainings = bench_sqil(
            args.seeds, steps=args.steps, n_demos=args.demos, environment=args.env, progress=update
        )
    if args.json:
        about = {"bench": "sqil", "task": "CartPole-v1", "n_demos": args.demos, "threads": 1}
        print_json(about | SETTINGS | {"trainings": [asdict(t) for t in trainings]})
        return
    shown = table("whose", "seed", "seconds", "CPU s", "env steps", "updates", "return, greedy")
    for t in trainings:
        figures = (f"{t.seconds:.1f}", f"{t.cpu_seconds:.1f}", f"{t.env_steps:,}", f"{t.updates:,}")
        shown.add_row(t.whose, str(t.seed), *figures, f"{t.mean_return:.0f}")
    theirs, ours = (
        median(t.cpu_seconds for t in trainings if t.whose == whose) for whose in ("imitation", "ours")
    )
    show(
        f"SQIL on CartPole from {args.demos} demonstrations, one thread",
        shown,
        f"Median processor time: {theirs:.1f} s for imitation (stable-baselines3), {ours:.1f} s here, "
        f"{theirs / ours:.1f} times less. Returns: mean of {SETTINGS['episodes']} episodes.",
    )


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
