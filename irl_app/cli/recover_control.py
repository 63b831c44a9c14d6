"""``irl-app recover`` for control tasks: train a run, judge its rewards, train fresh agents on them."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from irl_app.cli.console import print_json, progress_bar
from irl_app.cli.control_summary import show_control
from irl_app.cli.following import new_run, run_folder, work
from irl_app.cli.options import UsageError

LEARNERS = ("divergence", "alpha", "penalty", "scale", "value_term", "temperature", "gamma", "terminal")
"""Options of grids' recipes that are settings of the networks' learner too."""
GRIDS = ("size", "map", "beta", "dynamics", "l2", "pseudo_count")
"""Options that only grids have."""


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options that only control tasks have."""
    group = parser.add_argument_group("control tasks", "CartPole-v1, Acrobot-v1, LunarLander-v3")
    group.add_argument(
        "--every", type=int, metavar="N", help="keep every N-th transition (default: as the papers)"
    )
    group.add_argument("--updates", type=int, metavar="N", help="gradient steps (default: the task's)")
    group.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any setting of irl-app train"
    )
    group.add_argument(
        "--no-trained-on",
        action="store_true",
        help="do not train fresh agents on the recovered rewards, which takes minutes",
    )
    group.add_argument(
        "--agent-updates", type=int, metavar="N", help="gradient steps of the agents (default: the task's)"
    )
    group.add_argument(
        "--run", dest="trained_run", metavar="RUN", help="judge the reward of this training run instead"
    )


def is_control(args: argparse.Namespace) -> bool:
    """Whether it is a control task that is asked about; grids are recovered exactly, also those of images.

    Raises:
        UsageError: there is no such task of either kind.
    """
    from irl_app.envs.tasks import FAMILY, task_names
    from irl_app.tasks import CONTROL_TASKS

    if args.trained_run is not None:
        return True
    if args.task is None or args.task.startswith(f"{FAMILY}/"):
        return False
    names = [name for name in CONTROL_TASKS if not name.startswith(f"{FAMILY}/")]
    if args.task not in names:
        every = ", ".join([*names, *task_names()])
        raise UsageError(f"unknown task {args.task[:40]!r}, the tasks are {every}")
    return True


def refuse_control_options(args: argparse.Namespace) -> None:
    """Refuse, for a grid, what only control tasks have.

    Raises:
        UsageError: such an option was given.
    """
    given = {"--every": args.every, "--updates": args.updates, "--set": args.set or None}
    given |= {"--agent-updates": args.agent_updates, "--no-trained-on": args.no_trained_on or None}
    if named := [name for name, value in given.items() if value is not None]:
        raise UsageError(f"{named[0]} is for control tasks such as CartPole-v1: a grid is solved exactly")


def run_control(args: argparse.Namespace) -> None:
    """Train, judge, keep, print.

    Raises:
        UsageError: an option is of grids, the run failed, or it was stopped before it was done.
        TaskError, TrainingError: what is asked for does not exist or is out of range; no run is made.
    """
    from irl_app.control import judge_run, report_summary, save_report
    from irl_app.runs import read_run
    from irl_app.training import read_status

    if args.agent_updates is not None and args.agent_updates < 1:
        raise UsageError(f"--agent-updates must be at least 1, got {args.agent_updates}")
    run = _trained(args)
    status = read_status(run)
    again = f"irl-app recover --run {shlex.quote(str(run))}"
    if status.active:
        raise UsageError(f"{run} is {status.state}: wait for its end, then {again}")
    if status.state != "done":
        raise UsageError(
            f"{run} is {status.state}: go on with irl-app resume {shlex.quote(str(run))}, then {again}"
        )
    if args.trained_run is None and not args.json:
        print(f"trained; its reward can be judged again with {again}")
    agents = {} if args.agent_updates is None else {"updates": args.agent_updates}
    with progress_bar("judging") as update:
        found = judge_run(run, trained_on=not args.no_trained_on, agents=agents, progress=update)
        save_report(found)
    kept = read_run(run)
    if args.json:
        print_json(report_summary(kept))
    else:
        show_control(kept)


def _trained(args: argparse.Namespace) -> Path:
    """The run that is judged: one that there is, or a new one that a worker has finished."""
    from irl_app.training.request import request

    if args.trained_run is not None:
        if args.task is not None:
            raise UsageError("--run brings its task: leave out TASK")
        return run_folder(args.trained_run)
    asked = request(
        args.task,
        getattr(args, "method", None) or "iq",
        seeds=args.seeds,
        settings=_settings(args),
        episodes=_episodes(args),
        source=args.source,
        every=args.every,
    )
    if asked.config["gamma"] == 0.0:
        raise UsageError("gamma is 0: a reward is read off Q and the value of what follows, give one above 0")
    run = new_run(asked, args.out)
    work(run, quiet=args.json)
    return run


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """What differs from the task's usual settings of the learner.

    Raises:
        UsageError: an option of grids was given, or the method learns no reward.
        TrainingError: a setting does not exist.
    """
    from irl_app.training.request import setting
    from trainers.soft_q_config import IMITATION

    of_grids = [name for name in GRIDS if getattr(args, name, None) is not None]
    if of_grids or args.expert != (None, None):
        name = f"--{(of_grids or ['expert'])[0].replace('_', '-')}"
        raise UsageError(
            f"{name} is for grids: {args.task} has its own demonstrations, or --from brings them"
        )
    method = getattr(args, "method", None)
    if method is not None and method not in IMITATION:
        raise UsageError(f"in {args.task} a reward is recovered by {', '.join(IMITATION)}, not by {method!r}")
    settings = {name: value for name in LEARNERS if (value := getattr(args, name, None)) is not None}
    if args.updates is not None:
        settings["updates"] = args.updates
    return settings | dict(setting(text) for text in args.set)


def _episodes(args: argparse.Namespace) -> int:
    n = getattr(args, "demos", 1)
    if n is None:
        raise UsageError("--demos exact is for grids: networks learn from episodes, give a number")
    return int(n)
