"""``irl-app train`` and ``irl-app resume``: learn Q with networks, in a run that can be stopped."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.cli.console import number, print_json
from irl_app.cli.following import new_run, run_folder, work
from irl_app.cli.options import Commands, UsageError, add_json, add_seeds, demo_count

if TYPE_CHECKING:
    from irl_app.training import Status

HELP = "learn with networks in a control task"
EXAMPLES = """\
examples:
  irl-app train CartPole-v1 --demos 1 --seeds 0-4
  irl-app train gridworld/random-goal --demos 450 --seeds 0-4
  irl-app train CartPole-v1 --method soft-q --set learning_rate=0.0003 --set hidden=128,128
  irl-app train CartPole-v1 --from data/mine-v0 --out runs/mine
  irl-app resume cartpole-v1-iq-1                  go on where it stopped, bit by bit

A run is a folder in runs/, or in the one that the environment variable IRL_APP_RUNS names. Ctrl+C stops it;
stopped or killed, it goes on from its last checkpoint and ends as if it had never been interrupted.
"""


def add_to(commands: Commands) -> None:
    """Add both commands to the parser."""
    parser = commands.add_parser("train", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument(
        "task",
        metavar="TASK",
        help="CartPole-v1, Acrobot-v1, LunarLander-v3, or gridworld/ with static-walls, random-walls or "
        "random-goal",
    )
    parser.add_argument(
        "--method", default="iq", metavar="NAME", help="iq, sqil, sqil-t, bc, soft-q or dqn (default: iq)"
    )
    parser.add_argument(
        "--demos", type=demo_count, default=1, metavar="N", help="episodes a seed learns from (default: 1)"
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="PATH",
        help="a Minari dataset, its id or folder (default: the task's)",
    )
    parser.add_argument(
        "--every",
        type=int,
        metavar="N",
        help="keep every N-th transition (default: as the papers for the task)",
    )
    add_seeds(parser)
    parser.add_argument("--updates", type=int, metavar="N", help="gradient steps (default: the task's)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any other setting, repeatable"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the run's folder (default: a new one in runs/)"
    )
    add_json(parser)
    parser.set_defaults(run=run_train)
    says = "go on with a run that was stopped, interrupted or failed"
    resume = commands.add_parser("resume", help=says, description=says.capitalize() + ".", epilog=EXAMPLES)
    resume.add_argument("run_name", metavar="RUN", help="its name, or its folder")
    add_json(resume)
    resume.set_defaults(run=run_resume)


def run_train(args: argparse.Namespace) -> None:
    """Make a run and work on it.

    Raises:
        UsageError: --demos exact, which networks cannot learn from, or the run failed.
        KeyboardInterrupt: it was stopped; what it came to has been printed.
        TaskError, TrainingError: what is asked for does not exist or is out of range; no run is made.
    """
    from irl_app.training.request import request, setting

    if args.demos is None:
        raise UsageError("--demos exact is for tables: networks learn from episodes, give a number")
    settings = dict(setting(text) for text in args.set)
    if args.updates is not None:
        settings["updates"] = args.updates
    config = request(
        args.task,
        args.method,
        seeds=args.seeds,
        settings=settings,
        episodes=args.demos,
        source=args.source,
        every=args.every,
    )
    run = new_run(config, args.out)
    _report(run, work(run, quiet=args.json), args.json)


def run_resume(args: argparse.Namespace) -> None:
    """Work on a run again.

    Raises:
        TrainingError: there is no such run, it is done, or somebody works on it.
        UsageError: the run failed again.
        KeyboardInterrupt: it was stopped again; what it came to has been printed.
    """
    run = run_folder(args.run_name)
    _report(run, work(run, quiet=args.json), args.json)


def _report(run: Path, status: Status, as_json: bool) -> None:
    about = summary(run)
    if as_json:
        print_json(about)
    else:
        _tell(run, status, about)
    if status.state != "done":
        raise KeyboardInterrupt  # so that what stands behind && in a shell is not begun


def _tell(run: Path, status: Status, about: Mapping[str, Any]) -> None:
    returns = [value for value in about["returns"] or () if value is not None]
    earned = f", return {number(sum(returns) / len(returns), 1)} over {len(returns)} seeds" if returns else ""
    said = f" ({status.message})" if status.message else ""
    print(f"{run}: {status.state} at update {status.update} of {status.updates}{earned}{said}")
    after = "resume" if status.resumable else "runs show"
    print(f"next: irl-app {after} {shlex.quote(str(run))}")


def summary(run: Path) -> dict[str, Any]:
    """What programs are told of a run: what was asked, how far it is, its newest figures."""
    from irl_app.training import read_metrics, read_run

    found, metrics = read_run(run), read_metrics(run)
    returns = metrics.last("return")
    return {
        "run": found.id,
        "folder": str(run),
        "task": found.config.task,
        "method": found.config.method,
        "seeds": list(found.config.seeds),
        "state": found.status.state,
        "message": found.status.message,
        "update": found.status.update,
        "updates": found.status.updates,
        "created": found.config.created,
        "seconds": float(metrics.seconds[-1]) if len(metrics.seconds) else 0.0,
        "env_steps": int(metrics.env_steps[-1]) if len(metrics.env_steps) else 0,
        "returns": None if returns is None else returns.tolist(),
    }
