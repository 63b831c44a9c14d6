"""``irl-app export``: take a kept run's reward, demonstrations or report to where they are needed."""

from __future__ import annotations

import argparse
from pathlib import Path

from irl_app.cli.following import judged_run
from irl_app.cli.options import Commands, UsageError, add_import, load_demonstrations

HELP = "take away a kept run's reward, demonstrations or report"
EXAMPLES = """\
examples:
  irl-app export runs/maze --out reward.npz                  the state reward, for irl_app.load_reward
  irl-app export runs/maze --lens deshaped --out table.csv   r(s, a) without shaping, as a table
  irl-app export runs/maze --demos maze.json
  irl-app export runs/maze --demos data/gridworld/maze-v0    as a Minari dataset
  irl-app export runs/maze --report maze.html
  irl-app export runs/cart --out reward.safetensors          of a control task: de-shaped, of the first seed
  irl-app export runs/cart --policy cart.policy              how its learner acts
  irl-app export runs/cart --out state.safetensors --lens state --seed 3 --terminal zero
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("export", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument("run_name", metavar="RUN", help="the folder that recover made, or a run's name")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the reward: .npz, .json or .csv, of control tasks .safetensors (folders are made)",
    )
    parser.add_argument(
        "--policy", type=Path, metavar="FILE", help="how the learner acts (.policy), for irl_app.load_policy"
    )
    parser.add_argument(
        "--seed", type=int, metavar="S", help="of several seeds, whose files (default: the first seed's)"
    )
    parser.add_argument(
        "--terminal",
        choices=("zero", "absorbing", "pessimistic"),
        help="of control tasks, what an end is worth (default: pessimistic, or zero if demonstrations end)",
    )
    parser.add_argument(
        "--demos", type=Path, metavar="PATH", help="the demonstrations: .json, or a Minari folder"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="the HTML report")
    add_import(parser)
    parser.complete = lambda: _complete(parser)
    parser.set_defaults(run=run)


def _complete(parser: argparse.ArgumentParser) -> None:
    """Name every lens that there is."""
    from irl_app.findings.rewards import TITLES
    from irl_app.runs.run import GRID_LENSES

    grids, tasks = ", ".join(GRID_LENSES), ", ".join(TITLES)
    says = f"of a grid's reward: {grids}; of a control task's: {tasks} (default: the first that the run has)"
    parser.add_argument("--lens", metavar="NAME", help=says)


def run(args: argparse.Namespace) -> None:
    """Write what was asked for and say where it is.

    Raises:
        UsageError: nothing was asked for, or an end's worth in a grid, whose reward was learned with it.
        RunError: there is no run in that folder, or it has no such seed, reward or demonstrations.
    """
    from irl_app.cli.demos import save_demonstrations
    from irl_app.export import load_reward, save_reward
    from irl_app.files import write_whole
    from irl_app.findings import with_terminal

    if not (args.out or args.policy or args.demos or args.report):
        raise UsageError(
            "what to export? give --out FILE for the reward, --policy FILE, --demos PATH or --report FILE"
        )
    if args.policy and not (args.out or args.demos or args.report):
        print(f"policy: {_save_policy(args)}")
        return
    kept, _ = judged_run(args.run_name)
    if args.out:
        reward = load_reward(kept.reward_file(args.lens, args.seed))
        if args.terminal is not None:
            try:
                reward = with_terminal(reward, args.terminal)
            except TypeError as error:
                raise UsageError(str(error)) from None
        save_reward(reward, args.out)
        print(f"{args.lens or kept.lenses[0]} reward: {args.out}")
    if args.policy:
        print(f"policy: {_save_policy(args)}")
    if args.demos:
        shown = load_demonstrations(kept.demonstrations_file(args.seed))
        print(f"demonstrations: {save_demonstrations(shown, args.demos)}")
    if args.report:
        print(f"report: {write_whole(args.report, kept.report_file(args.seed).read_bytes())}")


def _save_policy(args: argparse.Namespace) -> Path:
    """Write how a seed's learner acts, judged or not; returns its path.

    Raises:
        RunError: there is no such run or seed, or nothing was learned.
    """
    from irl_app.cli.following import run_folder
    from irl_app.findings.policies import policy_of_run

    return policy_of_run(run_folder(args.run_name), args.seed).save(args.policy)
