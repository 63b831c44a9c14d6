"""``irl-app recover`` for control tasks: train a run, judge its rewards, train fresh agents on them."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from irl_app.cli.console import print_json, progress_bar
from irl_app.cli.following import add_run_options, judged_run, new_run, run_folder, settings_given, work
from irl_app.cli.options import UsageError, given
from irl_app.cli.summary import findings_json, show_networks


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the options that only control tasks have."""
    group = parser.add_argument_group("control tasks", "those that irl-app train --help lists")
    add_run_options(group)
    group.add_argument(
        "--no-trained-on",
        action="store_true",
        help="train no fresh agents, which takes minutes: neither to judge the recovered rewards, which for "
        "robots and pictures is done only if --agent-updates is given, nor to learn their adversarial reward",
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
    from irl_app.tasks import TaskError, get_task

    if args.trained_run is not None:
        return True
    if args.task is None or args.task.startswith(f"{FAMILY}/"):
        return False
    try:
        get_task(args.task)
    except TaskError as error:
        raise UsageError(f"{error}; grids are {', '.join(task_names())}") from error
    return True


def refuse_control_options(args: argparse.Namespace) -> None:
    """Refuse, for a grid, what only control tasks have.

    Raises:
        UsageError: such an option was given.
    """
    given = {
        "--every": args.every,
        "--updates": args.updates,
        "--device": args.device,
        "--set": args.set or None,
    }
    given |= {"--agent-updates": args.agent_updates, "--no-trained-on": args.no_trained_on or None}
    if named := [name for name, value in given.items() if value is not None]:
        raise UsageError(f"{named[0]} is for control tasks such as CartPole-v1: a grid is solved exactly")


def run_control(args: argparse.Namespace) -> None:
    """Train, judge, keep, print.

    Raises:
        UsageError: an option is of grids, the run failed, or it was stopped before it was done.
        TaskError, RunError: what is asked for does not exist or is out of range; no run is made.
    """
    from irl_app.findings import judge_run, save_report, save_stage
    from irl_app.runs import read_config, read_status
    from irl_app.tasks import get_task

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
    config = read_config(run)
    agents = {} if args.agent_updates is None else {"updates": args.agent_updates}
    agents |= {"device": config.config["device"]} if "device" in config.config else {}
    with progress_bar("judging") as update:
        wanted = not args.no_trained_on
        trained_on = wanted and (args.agent_updates is not None or not get_task(config.task).agents_take_long)
        found = judge_run(run, trained_on=trained_on, adversarial=wanted, agents=agents, progress=update)
        save_report(found)
        save_stage(found)
    kept, findings = judged_run(str(run))
    if args.json:
        print_json(findings_json(kept.config, findings, [run]))
    else:
        show_networks(kept, findings)


def _trained(args: argparse.Namespace) -> Path:
    """The run that is judged: one that there is, or a new one that a worker has finished."""
    from irl_app.runs import read_config

    if args.trained_run is not None:
        if args.task is not None:
            raise UsageError("--run brings its task: leave out TASK")
        run = run_folder(args.trained_run)
        if not read_config(run).is_training:
            raise UsageError(f"{run} is of a grid and judged already: see irl-app report {run}")
        return run
    settings = _settings(args)
    if settings.get("gamma") == 0.0:
        raise UsageError("gamma is 0: a reward is read off Q and the value of what follows, give one above 0")
    run = new_run(args, getattr(args, "method", None) or "iq", settings)
    work(run, quiet=args.json)
    return run


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """What differs from the task's usual settings of the learner.

    Raises:
        UsageError: an option of grids was given, or the method learns no reward.
        RunError, SettingError: a setting does not exist, or cannot have its value.
    """
    from irl_app.tasks import get_task
    from irl_app.training.request import SETTINGS, methods_of
    from trainers.settings import settings_of
    from trainers.tabular.config import TabularConfig

    asked = given(args, settings_of(TabularConfig))
    method = asked.pop("method", None)
    of_grids = [name for name in ("size", "map") if getattr(args, name) is not None]
    of_grids += [name for name in asked if name not in SETTINGS]
    if of_grids or args.expert != (None, None):
        name = f"--{(of_grids or ['expert'])[0].replace('_', '-')}"
        raise UsageError(
            f"{name} is for grids: {args.task} has its own demonstrations, or --from brings them"
        )
    able = [name for name, known in methods_of(get_task(args.task)).items() if not known.rewarded]
    if method is not None and method not in able:
        raise UsageError(f"in {args.task} a reward is recovered by {', '.join(able)}, not by {method!r}")
    settings = {name: SETTINGS[name].read(text) for name, text in asked.items()}
    return settings | settings_given(args)
