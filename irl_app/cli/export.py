"""``irl-app export``: take a kept run's reward, demonstrations or report to where they are needed."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.following import judged_folder
from irl_app.cli.options import Commands, UsageError

if TYPE_CHECKING:
    from irl_app.rewards import Reward, TerminalConvention

HELP = "take away a kept run's reward, demonstrations or report"
EXAMPLES = """\
examples:
  irl-app export runs/maze --out reward.npz                  the state reward, for irl_app.load_reward
  irl-app export runs/maze --lens deshaped --out table.csv   r(s, a) without shaping, as a table
  irl-app export runs/maze --demos maze.json
  irl-app export runs/maze --demos data/gridworld/maze-v0    as a Minari dataset
  irl-app export runs/maze --report maze.html
  irl-app export runs/cart --out reward.safetensors          of a control task: de-shaped, of the first seed
  irl-app export runs/cart --out state.safetensors --lens state --seed 3 --terminal zero
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("export", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument(
        "run_folder", type=Path, metavar="RUN", help="the folder that recover made, or a run's name"
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="the reward: .npz, .json or .csv, of control tasks .safetensors (folders are made)",
    )
    parser.add_argument(
        "--lens",
        help="of the reward: state, deshaped, marginal, transition or true (default: state); "
        "of control tasks: deshaped, state, bounded or transition (default: deshaped)",
    )
    parser.add_argument(
        "--seed", type=int, metavar="S", help="of control tasks, whose reward (default: the first seed's)"
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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write what was asked for and say where it is.

    Raises:
        UsageError: nothing was asked for.
        RunError: there is no run in that folder, or it has no such reward or demonstrations.
    """
    from irl_app.cli.demos import save_demonstrations
    from irl_app.demonstrations import load_json
    from irl_app.export import load_reward, save_reward
    from irl_app.files import write_whole
    from irl_app.runs import read_run

    if not (args.out or args.demos or args.report):
        raise UsageError("what to export? give --out FILE for the reward, --demos PATH or --report FILE")
    kept = read_run(judged_folder(args.run_folder))
    if args.out:
        reward = load_reward(kept.reward_file(args.lens, args.seed))
        save_reward(_by_convention(reward, args.terminal), args.out)
        print(f"{args.lens or kept.lenses[0]} reward: {args.out}")
    if args.demos:
        print(f"demonstrations: {save_demonstrations(load_json(kept.demonstrations_file()), args.demos)}")
    if args.report:
        print(f"report: {write_whole(args.report, kept.report_file().read_bytes())}")


def _by_convention(reward: Reward, terminal: TerminalConvention | None) -> Reward:
    """The reward with an end worth what was asked for.

    Raises:
        UsageError: it is a grid's, whose end was learned with it.
    """
    from irl_app.control import with_terminal

    if terminal is None:
        return reward
    try:
        return with_terminal(reward, terminal)
    except TypeError:
        raise UsageError("--terminal is for control tasks: recover the grid with it instead") from None
