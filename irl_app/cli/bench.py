"""``irl-app bench``: how fast the solvers are on this computer, and how far the verdict can be trusted."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from irl_app.bench.processes import measured_apart
from irl_app.cli import bench_verdict
from irl_app.cli.console import number, print_json, progress_bar, show
from irl_app.cli.options import Commands, UsageError, add_json, demo_count, integers
from irl_app.paths import cache_folder
from trainers.deep.compiler import check_compiler

if TYPE_CHECKING:
    from irl_app.bench.tabular import Timing

HELP = "time the solvers on this computer, and measure the verdict"
EXAMPLES = """\
examples:
  irl-app bench tabular                        Newton's method beside L-BFGS at 10x10, 50x50 and 100x100
  irl-app bench tabular --sides 10,30 --repeats 20 --json
  irl-app bench tabular --task gridworld/field --demos 30      few demonstrations: more of Newton's steps
  irl-app bench softq                          the network trainer beside a plain loop and the bare products
  irl-app bench actor-critic --sb3             soft actor-critic beside a plain loop, and stable-baselines3's
  irl-app bench runs                           what listing two thousand runs takes
  irl-app bench reward --transitions 1000000   exported rewards: rate and memory
  irl-app bench sqil                           whole trainings beside the imitation package's, built on demand
  irl-app bench verdict --seeds 2000-2003      how far the verdict can be trusted: minutes
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("bench", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    kinds = parser.add_subparsers(title="what to measure", metavar="WHAT", required=True)
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
    says = "updates of soft actor-critic, 256 + 256 units: a plain loop, this trainer, compiled, the products"
    critic = kinds.add_parser("actor-critic", help=says, description=says + ".", epilog=EXAMPLES)
    critic.add_argument("--updates", type=int, default=200, metavar="N", help="in each turn (default: 200)")
    critic.add_argument("--repeats", type=int, default=5, metavar="N", help="turns (default: 5)")
    critic.add_argument("--eager", action="store_true", help="leave out what needs a C++ compiler")
    critic.add_argument(
        "--sb3", action="store_true", help="beside stable-baselines3's SAC, in the environment of bench sqil"
    )
    _add_environment(critic)
    add_json(critic)
    critic.set_defaults(run=run_actor_critic)
    says = "whole trainings of SQIL on CartPole, beside SQIL of the imitation package (stable-baselines3)"
    sqil = kinds.add_parser("sqil", help=says, description=says + ".", epilog=EXAMPLES)
    sqil.add_argument("--seeds", type=integers, default=(0, 1, 2), metavar="0-2", help="default: 0-2")
    sqil.add_argument(
        "--steps", type=int, default=10_000, metavar="N", help="environment steps (default: 10000)"
    )
    sqil.add_argument(
        "--demos", type=int, default=5, metavar="N", help="whole episodes that are shown (default: 5)"
    )
    _add_environment(sqil)
    add_json(sqil)
    sqil.set_defaults(run=run_sqil)
    bench_verdict.add_to(kinds, EXAMPLES)

    says = "exported rewards: transitions a second and memory, beside plain torch in the same parts"
    reward = kinds.add_parser("reward", help=says, description=says + ".", epilog=EXAMPLES)
    reward.add_argument(
        "--transitions", type=int, default=1_000_000, metavar="N", help="that are scored (default: 1000000)"
    )
    add_json(reward)
    reward.set_defaults(run=run_reward)

    says = "listing a folder with many runs: processor time of irl-app runs list"
    listing = kinds.add_parser("runs", help=says, description=says + ".", epilog=EXAMPLES)
    listing.add_argument("--count", type=int, default=2000, metavar="N", help="runs (default: 2000)")
    listing.add_argument("--repeats", type=int, default=3, metavar="N", help="turns (default: 3)")
    add_json(listing)
    listing.set_defaults(run=run_runs)


def run_reward(args: argparse.Namespace) -> None:
    """Time and print.

    Raises:
        UsageError: there is nothing to score.
    """
    from irl_app.bench.reward import kinds

    if args.transitions < 1:
        raise UsageError(f"--transitions must be at least 1, got {args.transitions}")
    scorings = []
    with progress_bar("scoring") as update:
        for i, kind in enumerate(kinds()):
            update(i, len(kinds()), kind)
            job = {"kind": kind, "transitions": args.transitions}
            scorings += measured_apart("irl_app.bench.reward", job)
    if args.json:
        print_json({"bench": "reward", "threads": 1, "transitions": args.transitions, "rewards": scorings})
        return
    rows = [(one["name"], f"{one['per_second']:,.0f}", f"{one['extra_mb']:.0f}") for one in scorings]
    columns = ("reward", "transitions/s", "extra MB")
    show(f"{args.transitions:,} transitions, networks of 256 + 256 units, one thread", columns, rows)


def _add_environment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--env",
        type=Path,
        default=cache_folder() / "imitation",
        metavar="DIR",
        help="their virtual environment, about 2 GB, built there if it is missing (default: %(default)s)",
    )


def _check_turns(args: argparse.Namespace) -> None:
    if args.repeats < 1 or args.updates < 1:
        raise UsageError(f"--repeats and --updates must be at least 1, got {args.repeats} and {args.updates}")
    if not args.eager:
        try:
            check_compiler()
        except ValueError as error:
            raise UsageError(f"{error}: --eager") from error


def run_runs(args: argparse.Namespace) -> None:
    """Print what listing many runs takes.

    Raises:
        UsageError: fewer than one run or turn is asked for.
    """
    from irl_app.bench.many_runs import listing_seconds, make_runs

    if args.count < 1 or args.repeats < 1:
        raise UsageError(f"--count and --repeats must be at least 1, got {args.count} and {args.repeats}")
    with TemporaryDirectory() as folder:
        make_runs(Path(folder), args.count)
        taken = [listing_seconds(Path(folder)) for _ in range(args.repeats)]
    if args.json:
        print_json({"runs": args.count, "seconds": taken, "median_seconds": median(taken)})
        return
    said = f"Processor time of irl-app runs list with {args.count} runs, the program's start included"
    show(said, ("turn", "seconds"), [(str(i), number(one)) for i, one in enumerate(taken, start=1)])


def run_actor_critic(args: argparse.Namespace) -> None:
    """Time and print.

    Raises:
        UsageError: a number is out of range, or there is no compiler.
        BenchError: their environment cannot be built.
    """
    from irl_app.bench.sqil import bench_sac

    _check_turns(args)
    job = {"repeats": args.repeats, "updates": args.updates}
    with progress_bar("timing, compilation included") as update:
        update(0, 1, "all ways in turns")
        speeds = measured_apart("irl_app.bench.actor_critic", job | {"eager": args.eager})
        if args.sb3:
            update(0, 1, "stable-baselines3")
            speeds.append(asdict(bench_sac(args.env, **job, plain=speeds[0]["updates_per_second"])))
    if args.json:
        print_json({"bench": "actor-critic", "threads": 1, "speeds": speeds})
        return
    rows = [
        (
            speed["name"],
            f"{speed['updates_per_second']:,.0f}",
            f"{speed['first_seconds']:.1f}",
            f"{speed['ratio']:.2f}",
        )
        for speed in speeds
    ]
    rates = {speed["name"]: speed["updates_per_second"] for speed in speeds}
    best, products = list(rates.values())[1 if args.eager else 2], rates["matrix products alone"]
    said = f"{100 * best / products:.0f} % of what the products alone allow."
    if args.sb3:
        said += f" {best / speeds[-1]['updates_per_second']:.1f} times stable-baselines3."
    show(
        "soft actor-critic, 256 + 256 units, two critics, 256 rows, one thread",
        ("way", "updates/s", "first s", "over plain"),
        rows,
        said,
    )


def run_softq(args: argparse.Namespace) -> None:
    """Time and print.

    Raises:
        UsageError: a number is out of range, or there is no compiler.
    """
    _check_turns(args)
    with progress_bar("timing, compilation included") as update:
        update(0, 1, "all ways in turns")
        job = {"repeats": args.repeats, "updates": args.updates, "eager": args.eager}
        speeds = measured_apart("irl_app.bench.soft_q", job)
    costs = _stacking(speeds)
    if args.json:
        print_json({"bench": "softq", "threads": 1, "speeds": speeds, "stacking": costs})
        return
    rows = [
        (
            speed["name"],
            str(speed["networks"]),
            f"{speed['updates_per_second']:,.0f}",
            f"{speed['first_seconds']:.1f}",
            f"{speed['ratio']:.1f}",
        )
        for speed in speeds
    ]
    columns = ("way", "networks", "updates/s", "first s", "networks' updates/s over plain")
    said = (f"{cost['networks']} stacked cost {cost['cost']:.1f} x one, {cost['way']}." for cost in costs)
    show("offline IQ-Learn, 4-64-64-2 units, 32 rows, one thread", columns, rows, " ".join(said))


def _stacking(speeds: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What K networks side by side cost over one, an update of all against an update of one, by way."""
    rates = {speed["name"]: speed["updates_per_second"] for speed in speeds}
    return [
        {
            "way": speed["name"].removesuffix(", stacked").removeprefix("this trainer, "),
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
    rows = []
    for t in trainings:
        figures = (f"{t.seconds:.1f}", f"{t.cpu_seconds:.1f}", f"{t.env_steps:,}", f"{t.updates:,}")
        rows.append((t.whose, str(t.seed), *figures, f"{t.mean_return:.0f}"))
    theirs, ours = (
        median(t.cpu_seconds for t in trainings if t.whose == whose) for whose in ("imitation", "ours")
    )
    show(
        f"SQIL on CartPole from {args.demos} demonstrations, one thread",
        ("whose", "seed", "seconds", "CPU s", "env steps", "updates", "return, greedy"),
        rows,
        f"Median processor time: {theirs:.1f} s for imitation (stable-baselines3), {ours:.1f} s here, "
        f"{theirs / ours:.1f} times less. Returns: mean of {SETTINGS['episodes']} episodes.",
    )


def run_tabular(args: argparse.Namespace) -> None:
    """Time and print.

    Raises:
        UsageError: a number is out of range.
    """
    from irl_app.bench.tabular import bench_tabular
    from irl_app.envs.grid_spec import MAX_SIDE, MIN_SIDE

    if args.repeats < 1 or args.cap < 1:
        raise UsageError(f"--repeats and --cap must be at least 1, got {args.repeats} and {args.cap}")
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in args.sides):
        raise UsageError(f"--sides must lie between {MIN_SIDE} and {MAX_SIDE} each, for example 10,50,100")
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
    newton = ("grid", "states", "Newton ms", "CPU ms", "steps", "residual", "peak MB")
    rows = [
        (
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
        for t in timings
    ]
    show(
        f"IQ-Learn, chi-squared, {problem}, one thread",
        (*newton, "L-BFGS ms", "iterations", "max |r - Newton's|", "ratio"),
        rows,
        f"Times: median of {timings[0].repeats}. Residual: violation of the first-order condition in units "
        "of reward. + and >=: L-BFGS was stopped at its cap before it was done.",
    )
