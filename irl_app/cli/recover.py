"""``irl-app recover``: from an expert to a judged reward."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.console import Update, print_json, progress_bar
from irl_app.cli.options import (
    Commands,
    UsageError,
    add_json,
    add_seeds,
    add_world,
    demo_count,
    fraction,
    load_demonstrations,
    positive,
    read_map,
    world,
)
from irl_app.cli.recover_control import add_to as add_control
from irl_app.cli.recover_control import is_control, refuse_control_options, run_control
from irl_app.cli.summary import show_summary

if TYPE_CHECKING:
    from irl_app.analysis import ReportCard
    from irl_app.experiment import Experiment
    from irl_app.recovery import Recovery
    from trainers.tabular import Solution

DIVERGENCE_NAMES = "chi2, reverse_kl, forward_kl, hellinger, jensen_shannon, total_variation or wasserstein"
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
  irl-app recover LunarLander-v3 --demos 10 --method iq --no-trained-on --out runs/lander
  irl-app recover --run cartpole-v1-iq-1           the reward of a training run that is done

In a control task networks learn in a run, as with irl-app train. Its reward is then judged by what fresh
agents learn that are trained on it alone (minutes; --no-trained-on leaves that out).

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
        help="episodes to learn from, or the expert's exact occupancy (default: 30; of control tasks 1)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        type=Path,
        metavar="PATH",
        help="learn from these saved demonstrations instead",
    )
    add_seeds(parser)
    _add_recipe(parser)
    add_control(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="keep the run: rewards, demonstrations, report"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def _add_recipe(parser: argparse.ArgumentParser) -> None:
    """One option a field of ``Recipe``; what is not given keeps the recipe's own default."""
    group = parser.add_argument_group("recipe", "a setting that does not concern the method is ignored by it")
    for option, kind, name, says in (
        (
            "--method",
            str,
            "NAME",
            "iq, iq-state, ml, mce, sqil, bc or oracle (default: ml, the recommended one)",
        ),
        ("--divergence", str, "NAME", f"{DIVERGENCE_NAMES} (default: chi2)"),
        ("--alpha", positive, "A", "weight of the chi-squared penalty (default: 1)"),
        ("--penalty", str, "WHERE", "it is taken: expert, mixture or uniform (default: uniform)"),
        ("--beta", fraction, "B", "share of uniform in the penalty, 0 to 1 (default: 1)"),
        ("--scale", positive, "L", "reward scale of the divergence (default: 1)"),
        ("--value-term", str, "NAME", "initial, expert or mixture (default: expert)"),
        ("--temperature", positive, "T", "of the soft policy (default: 1)"),
        ("--gamma", float, "G", "the learner's discount (default: the grid's own)"),
        ("--terminal", str, "NAME", "value of having ended: zero or absorbing (default: absorbing)"),
        ("--dynamics", str, "NAME", "known, or estimated from the demonstrations (default: known)"),
        ("--l2", positive, "X", "ridge of mce (default: 0.1)"),
        ("--pseudo-count", positive, "X", "added to every action's count by bc (default: 0.1)"),
    ):
        group.add_argument(option, type=kind, metavar=name, help=says)


def run(args: argparse.Namespace) -> None:
    """Recover once per seed, print the figures, keep the runs if asked.

    Raises:
        UsageError: arguments contradict each other.
    """
    if is_control(args):
        run_control(args)
        return
    refuse_control_options(args)
    from irl_app.experiment import summary

    experiment, seeds = _experiment(args), args.seeds
    with progress_bar("recovering") as update:
        outcomes = [_recover(experiment, seeds, index, update) for index in range(len(seeds))]
    kept = [] if args.out is None else _keep(args.out, experiment, seeds, outcomes)
    found = summary(experiment, seeds, outcomes)
    if args.json:
        print_json(found | {"runs": kept})
        return
    show_summary(found)
    if args.out is not None:
        print(f"kept in {args.out}: irl-app report {shlex.quote(str(args.out))}")


def _keep(
    out: Path,
    experiment: Experiment,
    seeds: Sequence[int],
    outcomes: Sequence[tuple[Recovery, ReportCard]],
) -> list[str]:
    """One run goes into the folder itself, several side by side into it."""
    from irl_app.runs import save_run, save_runs

    if len(seeds) > 1:
        return [str(folder) for folder in save_runs(out, experiment, seeds, outcomes)]
    return [str(save_run(out, experiment, seeds[0], *outcomes[0]))]


def _experiment(args: argparse.Namespace) -> Experiment:
    from irl_app.experiment import learning_from
    from irl_app.recipes import Recipe

    given = {f.name: getattr(args, f.name, None) for f in fields(Recipe)}
    recipe = Recipe(**{name: value for name, value in given.items() if value is not None})
    if args.source is None:
        return replace(world(args), n_demos=getattr(args, "demos", N_DEMOS), recipe=recipe)
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
    map_text = None if args.map is None else read_map(args.map)
    return learning_from(load_demonstrations(args.source), recipe, map_text=map_text)


def _recover(
    experiment: Experiment, seeds: tuple[int, ...], index: int, update: Update
) -> tuple[Recovery, ReportCard]:
    """One seed; a method that searches moves the bar within its seed's share."""
    steps, what = 1000, f"seed {seeds[index]}"
    update(index * steps, len(seeds) * steps, what)

    def within(done: int, total: int, _so_far: Solution | None) -> None:
        update(index * steps + steps * done // max(total, 1), len(seeds) * steps, what)

    return experiment.run(seeds[index], progress=within)
