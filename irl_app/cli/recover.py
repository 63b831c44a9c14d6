"""``irl-app recover``: from an expert to a judged reward."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.console import Update, print_json, progress_bar
from irl_app.cli.options import (
    Commands,
    UsageError,
    add_import,
    add_json,
    add_seeds,
    add_settings,
    add_world,
    demo_count,
    given,
    load_demonstrations,
    read_map,
    world,
)
from irl_app.cli.recover_maze import recovers_places, run_maze
from irl_app.cli.recover_networks import add_to as add_control
from irl_app.cli.recover_networks import is_control, refuse_control_options, run_control
from irl_app.cli.summary import findings_json, show_summary

if TYPE_CHECKING:
    from irl_app.demonstrations import Demonstrations
    from irl_app.findings.grids import Outcome
    from irl_app.runs import RunConfig
    from trainers.tabular import Solution

N_DEMOS = 30
HELP = "learn a reward from demonstrations and judge it"
EXAMPLES = """\
examples:
  irl-app recover gridworld/goal --demos 30 --seed 0
  irl-app recover gridworld/field --demos 30 --seeds 0-4 --method mce --json
  irl-app recover gridworld/open --size 5 --demos exact --method iq --penalty expert --alpha 100
  irl-app recover gridworld/map --map mine.txt --demos 10 --out runs/mine
  irl-app recover --from maze.json                 demonstrations that were saved or played before
  irl-app recover CartPole-v1 --demos 1 --seeds 0-4
  irl-app recover MountainCar-v0 --from mine.npz --demos 10 --seeds 0-2
  irl-app recover LunarLander-v3 --demos 10 --method iq --no-trained-on --out runs/lander
  irl-app recover --run cartpole-v1-iq-1           the reward of a training run that is done
  irl-app recover PointMaze-right --demos 20 --seeds 0-2
  irl-app recover PointMaze-map --map room.txt --set length=3

In a control task networks learn in a run, as with irl-app train. Its reward is then judged by what fresh
agents learn that are trained on it alone (minutes; --no-trained-on leaves that out). In a point maze a reward
of places is solved for exactly, unless --method names another way than ml.

A solver that did not converge is no mistake of the command: the exit status is 0, and "converged" under
"solver" of the --json says so, as do the table and the verdict.
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("recover", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    add_world(parser)
    parser.add_argument(
        "--demos",
        type=demo_count,
        default=argparse.SUPPRESS,
        metavar="N|exact",
        help="episodes to learn from, or the expert's exact occupancy (default: 30; of control tasks as many "
        "as the method needs)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="PATH",
        help="learn from these saved demonstrations instead",
    )
    add_seeds(parser)
    add_import(parser)
    parser.complete = lambda: _complete(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep the run: rewards, demonstrations, report"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def _complete(parser: argparse.ArgumentParser) -> None:
    from trainers.settings import settings_of
    from trainers.tabular.config import TabularConfig

    says = (
        "a setting that does not concern the method is ignored by it; train --help has those of control tasks"
    )
    group = parser.add_argument_group("method, of grids", says)
    add_settings(group, settings_of(TabularConfig))
    add_control(parser)


def run(args: argparse.Namespace) -> None:
    """Recover once per seed, print the figures, keep the run if asked.

    Raises:
        UsageError: arguments contradict each other.
    """
    if recovers_places(args):
        run_maze(args)
        return
    if is_control(args):
        run_control(args)
        return
    refuse_control_options(args)
    from irl_app.findings.grids import findings_of, keep_recovery

    (config, shown), seeds = _asked(args), args.seeds
    with progress_bar("recovering") as update:
        outcomes = [_recover(config, shown, index, update) for index in range(len(seeds))]
    kept = [] if args.out is None else [keep_recovery(config, outcomes, args.out)]
    findings = findings_of(config, outcomes)
    if args.json:
        print_json(findings_json(config, findings, kept))
        return
    show_summary(config, findings)
    if kept:
        print(f"kept in {args.out}: irl-app report {shlex.quote(str(args.out))}")


def _asked(args: argparse.Namespace) -> tuple[RunConfig, Demonstrations | None]:
    """The run's configuration, and the demonstrations that it is given, if it is."""
    from irl_app.findings.grids import config_of, recovery_config
    from trainers.settings import settings_of
    from trainers.tabular.config import TabularConfig

    settings = settings_of(TabularConfig)
    texts = given(args, settings)
    config = TabularConfig(**{name: settings[name].read(text) for name, text in texts.items()})
    if args.source is None:
        n_demos, asked = getattr(args, "demos", N_DEMOS), world(args)
        return recovery_config(args.task, config, seeds=args.seeds, n_demos=n_demos, world=asked), None
    brought = {
        "TASK": args.task is not None,
        "--size": args.size is not None,
        "--demos": hasattr(args, "demos"),
        "--expert": args.expert != (None, None),
        "--seed": args.seeds != (0,),
    }
    if any(brought.values()):
        named = ", ".join(name for name, is_given in brought.items() if is_given)
        raise UsageError(f"--from brings one set of demonstrations and its world: leave out {named}")
    map_text, shown = (
        None if args.map is None else read_map(args.map),
        load_demonstrations(args.source, args.truncate_open_episodes),
    )
    return config_of(shown, args.source, config, map_text), shown


def _recover(config: RunConfig, shown: Demonstrations | None, index: int, update: Update) -> Outcome:
    """One seed; a method that searches moves the bar within its seed's share."""
    from irl_app.findings.grids import recover_seed

    seeds, steps = config.seeds, 1000
    what = f"seed {seeds[index]}"
    update(index * steps, len(seeds) * steps, what)

    def within(done: int, total: int, _so_far: Solution | None) -> None:
        update(index * steps + steps * done // max(total, 1), len(seeds) * steps, what)

    return recover_seed(config, seeds[index], shown, progress=within)
