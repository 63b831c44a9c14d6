"""``irl-app train`` and ``irl-app resume``: learn Q with networks, in a run that can be stopped."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.cli.console import number, print_json
from irl_app.cli.following import add_run_options, new_run, run_folder, settings_given, work
from irl_app.cli.options import Commands, add_import, add_json, add_seeds, demo_count

if TYPE_CHECKING:
    from irl_app.runs import Run, Status
    from trainers.settings import Setting

HELP = "learn with networks in a control task"
EXAMPLES = """\
examples:
  irl-app train CartPole-v1 --demos 1 --seeds 0-4
  irl-app train gridworld/random-goal --demos 450 --seeds 0-4
  irl-app train CartPole-v1 --method soft-q --set learning_rate=0.0003 --set hidden=128,128
  irl-app train CartPole-v1 --from data/mine-v0 --out runs/mine
  irl-app train MountainCar-v0 --from mine.npz --demos 10
  irl-app train MyEnv-v0 --import my_module --method soft-q
  irl-app resume cartpole-v1-iq-1                  go on where it stopped, bit by bit

A run is a folder in runs/, or in the one that the environment variable IRL_APP_RUNS names. Ctrl+C stops it;
stopped or killed, it goes on from its last checkpoint and ends as if it had never been interrupted.
"""


def add_to(commands: Commands) -> None:
    """Add both commands to the parser."""
    parser = commands.add_parser("train", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument("task", metavar="TASK", help="one of the tasks below, or any registered Gymnasium id")
    add_import(parser)
    parser.add_argument(
        "--demos",
        type=demo_count,
        default=argparse.SUPPRESS,
        metavar="N",
        help="episodes a seed learns from (default: as many as the method needs in the task)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="PATH",
        help="a Minari dataset, its id or folder, an .npz of arrays, a D4RL .hdf5 (default: the task's)",
    )
    parser.add_argument(
        "--reward",
        type=Path,
        metavar="FILE",
        help="an exported reward to train on, by a method that learns from rewards (default: the task's own)",
    )
    add_seeds(parser)
    add_run_options(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the run's folder (default: a new one in runs/)"
    )
    add_json(parser)
    parser.complete = lambda: _complete(parser)
    parser.set_defaults(run=run_train)
    says = "go on with a run that was stopped, interrupted or failed"
    resume = commands.add_parser("resume", help=says, description=says.capitalize() + ".", epilog=EXAMPLES)
    resume.add_argument("run_name", metavar="RUN", help="its name, or its folder")
    add_import(resume)
    add_json(resume)
    resume.set_defaults(run=run_resume)


def _complete(parser: argparse.ArgumentParser) -> None:
    """Name the tasks, the methods, and every setting with its range and its usual value."""
    from irl_app.tasks import TASKS
    from irl_app.training.request import METHODS, SETTINGS

    parser.add_argument("--method", default="iq", metavar="NAME", help=f"{', '.join(METHODS)} (default: iq)")
    lines = [
        f"  {name}: {one.title.lower()}, {_allowed(one)} (usually {one.write(one.default)})"
        for name, one in SETTINGS.items()
    ]
    about = "settings, for --set NAME=VALUE; tasks have usual values of their own:"
    parser.epilog = "\n".join([EXAMPLES, f"tasks: {', '.join(TASKS)}", "", about, *lines])


def _allowed(setting: Setting) -> str:
    """What a setting may be; of a choice, what its values mean."""
    said = ", ".join(f"{one} ({title})" if title != one else one for one, title in setting.choices.items())
    return said or setting.allowed


def run_train(args: argparse.Namespace) -> None:
    """Make a run and work on it.

    Raises:
        UsageError: --demos exact, which networks cannot learn from, or the run failed.
        KeyboardInterrupt: it was stopped; what it came to has been printed.
        TaskError, RunError: what is asked for does not exist or is out of range; no run is made.
    """
    run = new_run(args, args.method, settings_given(args))
    _report(run, work(run, quiet=args.json), args.json)


def run_resume(args: argparse.Namespace) -> None:
    """Work on a run again.

    Raises:
        RunError: there is no such run, it is done, or somebody works on it.
        UsageError: the run failed again.
        KeyboardInterrupt: it was stopped again; what it came to has been printed.
    """
    run = run_folder(args.run_name)
    _report(run, work(run, quiet=args.json), args.json)


def _report(run: Path, status: Status, as_json: bool) -> None:
    from irl_app.runs import read_run

    about = summary(read_run(run))
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


def summary(found: Run) -> dict[str, Any]:
    """What programs are told of a run: what was asked, how far it is, its newest figures.

    Raises:
        RunError: its curves are damaged where they end.
    """
    from irl_app.training.metrics import read_newest
    from irl_app.training.request import title_of_run

    newest = read_newest(found.folder)
    return {
        "run": found.name,
        "called": found.note.called,
        "tags": list(found.note.tags),
        "folder": str(found.folder),
        "kind": "training" if found.config.is_training else "recovery",
        "task": found.config.task,
        "method": found.config.method,
        "title": title_of_run(found.config),
        "seeds": list(found.config.seeds),
        "state": found.status.state,
        "message": found.status.message,
        "update": found.status.update,
        "updates": found.status.updates,
        "created": found.config.created,
        "seconds": newest.seconds,
        "env_steps": newest.env_steps,
        "returns": None if newest.returns is None else list(newest.returns),
    }
