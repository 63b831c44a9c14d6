"""``irl-app runs``: list training runs, look at one, compare several, take their curves away, delete some."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from irl_app.cli.console import number, print_json, show, table
from irl_app.cli.following import run_folder
from irl_app.cli.options import Commands, add_json
from irl_app.cli.train import summary

HELP = "list, show, compare, take away and delete training runs"
EXAMPLES = """\
examples:
  irl-app runs list
  irl-app runs show cartpole-v1-iq-1
  irl-app runs compare cartpole-v1-iq-1 cartpole-v1-bc-1
  irl-app runs tensorboard cartpole-v1-iq-1 --out tb       then: tensorboard --logdir tb
  irl-app runs delete cartpole-v1-iq-1 cartpole-v1-iq-2
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("runs", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    kinds = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    for name, says, many, function in (
        ("list", "list the runs in the runs' folder, newest first", None, run_list),
        ("show", "show what a run was asked for and how it stands", 1, run_show),
        (
            "compare",
            "compare runs: returns with intervals, and the settings in which they differ",
            "+",
            run_compare,
        ),
        ("tensorboard", "write runs' curves as TensorBoard reads them", "+", run_tensorboard),
        ("delete", "delete runs with all that belongs to them", "+", run_delete),
    ):
        kind = kinds.add_parser(name, help=says, description=says.capitalize() + ".", epilog=EXAMPLES)
        if many is not None:
            kind.add_argument("names", nargs=many, metavar="RUN", help="a run's name, or its folder")
        if name == "tensorboard":
            kind.add_argument(
                "--out", type=Path, default=Path("tensorboard"), metavar="DIR", help="default: tensorboard"
            )
        add_json(kind)
        kind.set_defaults(run=function)


def run_list(args: argparse.Namespace) -> None:
    """Print a line a run, and a sentence a damaged one."""
    from irl_app.training import TrainingError, list_runs, runs_root

    found, damaged = [], []
    folders = [run.folder for run in list_runs()]
    folders += sorted({path.parent for path in runs_root().glob("[!.]*/config.json")} - set(folders))
    for folder in folders:
        try:
            found.append(summary(folder))
        except TrainingError as error:
            damaged.append(str(error))
    if args.json:
        print_json({"root": str(runs_root()), "runs": found, "damaged": damaged})
        return
    shown = table("run", "state", "update", "of", "seeds", "return")
    for one in found:
        shown.add_row(
            one["run"],
            one["state"],
            str(one["update"]),
            str(one["updates"]),
            str(len(one["seeds"])),
            _mean(one["returns"]),
        )
    none = () if found else ("There is none yet: irl-app train --help",)
    show(f"training runs in {runs_root()}", shown, *none, *damaged)


def run_show(args: argparse.Namespace) -> None:
    """Print what a run was asked for, its newest figures, and whether it has converged.

    Raises:
        TrainingError: there is no such run, or it is damaged.
    """
    from irl_app.training import read_config, read_metrics
    from irl_app.training.health import health

    run = run_folder(args.names[0])
    config, metrics, about = read_config(run), read_metrics(run), summary(run)
    found = health(metrics)
    newest = {name: metrics.last(name) for name in metrics.values}
    figures = {name: row.tolist() for name, row in newest.items() if row is not None}
    if args.json:
        asked = {"config": config.config, "demonstrations": config.demonstrations}
        judged = {"state": found.state, "verdict": found.verdict, "seeds": found.seeds}
        print_json(about | asked | {"figures": figures, "alarms": found.alarms, "health": judged})
        return
    shown = table("figure", "mean", *(f"seed {seed}" for seed in config.seeds))
    for name, values in figures.items():
        shown.add_row(name, _mean(values), *(number(value, 2) for value in values))
    asked_for = ", ".join(f"{name} {value}" for name, value in config.config.items())
    show(
        f"{about['run']}: {about['state']} at update {about['update']} of {about['updates']}",
        shown,
        *(f"- {text}" for text in (about["message"], found.verdict, asked_for) if text),
    )


def run_compare(args: argparse.Namespace) -> None:
    """Print returns with intervals, who is ahead, and the settings in which the runs differ.

    Raises:
        TrainingError: there is no such run, or it is damaged.
    """
    from irl_app.comparison import TaskReference, compare, headline, warnings_of, with_interval
    from irl_app.comparison.found import read_found
    from irl_app.tasks import CONTROL_TASKS

    folders = [run_folder(name) for name in args.names]
    known = {
        name: TaskReference(task.random_return, task.expert_return) for name, task in CONTROL_TASKS.items()
    }
    found = compare([read_found(folder, folder.name) for folder in folders], known)
    if args.json:
        print_json(_compared(found))
        return
    figures = table(
        "run", "seeds", "return", "of expert", f"beats {found.baseline}" if found.baseline else ""
    )
    for task in found.tasks:
        for row in task.rows:
            name = row.label if len(found.tasks) == 1 else f"{task.task}: {row.label}"
            figures.add_row(
                name,
                str(row.n_runs),
                with_interval(row.returns),
                with_interval(row.score),
                with_interval(row.better),
            )
    show(
        "Interquartile means and 95 % intervals",
        figures,
        *filter(None, (headline(found),)),
        *warnings_of(found),
    )
    if found.differences:
        settings = table("setting", *(arm.label for arm in found.arms))
        for difference in found.differences:
            settings.add_row(difference.setting, *difference.values)
        show("Where they differ", settings)


def run_tensorboard(args: argparse.Namespace) -> None:
    """Write a folder a run, a TensorBoard run a seed; what was there for them is replaced.

    Raises:
        TrainingError: TensorBoard is not installed; there is no such run, it is damaged, or has no curves.
    """
    from irl_app.training.tensorboard import export_tensorboard

    written = [str(export_tensorboard(run_folder(name), args.out)) for name in args.names]
    if args.json:
        print_json({"written": written})
    else:
        print(f"written: {', '.join(written)}\nnext: tensorboard --logdir {shlex.quote(str(args.out))}")


def run_delete(args: argparse.Namespace) -> None:
    """Delete runs; all of them are looked at before the first is deleted.

    Raises:
        TrainingError: one does not exist or is at work.
    """
    from irl_app.training import TrainingError, delete_run, is_active

    folders: list[Path] = [run_folder(name) for name in args.names]
    for folder in folders:
        if is_active(folder):
            raise TrainingError(f"{folder.name} is queued or running: stop it before it is deleted")
    for folder in folders:
        delete_run(folder)
    if args.json:
        print_json({"deleted": [str(folder) for folder in folders]})
    else:
        print(f"deleted {', '.join(str(folder) for folder in folders)}")


def _compared(found: Any) -> dict[str, object]:
    """A comparison for programs."""
    rows = [
        {
            "task": task.task,
            "label": row.label,
            "n_seeds": row.n_runs,
            **{
                name: {"value": part.value, "low": part.low, "high": part.high}
                for name, part in (("return", row.returns), ("score", row.score), ("better", row.better))
            },
        }
        for task in found.tasks
        for row in task.rows
    ]
    differ = {one.setting: list(one.values) for one in found.differences}
    return {"rows": rows, "labels": [arm.label for arm in found.arms], "differences": differ}


def _mean(values: list[float | None] | None) -> str:
    known = [value for value in values or () if value is not None and value == value]
    return number(sum(known) / len(known) if known else None, 2)
