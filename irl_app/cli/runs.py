"""``irl-app runs``: list runs, look at one, compare several, take their curves away, delete some."""

from __future__ import annotations

import argparse
import math
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.console import number, print_json, show
from irl_app.cli.following import run_folder
from irl_app.cli.options import Commands, add_json
from irl_app.cli.recover_maze import show_maze
from irl_app.cli.summary import findings_json, show_card
from irl_app.cli.train import summary

if TYPE_CHECKING:
    from irl_app.comparison import Comparison
    from irl_app.runs import Run, RunConfig

HELP = "list, show, compare, take away, stop and delete runs"
EXAMPLES = """\
examples:
  irl-app runs list
  irl-app runs show cartpole-v1-iq-1
  irl-app runs compare cartpole-v1-iq-1 cartpole-v1-bc-1
  irl-app runs tensorboard cartpole-v1-iq-1 --out tb       then: tensorboard --logdir tb
  irl-app runs stop cartpole-v1-iq-1               --now: also if its process hangs
  irl-app runs delete cartpole-v1-iq-1 cartpole-v1-iq-2
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("runs", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    kinds = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    for name, says, many, function in (
        ("list", "list the runs in the runs' folder, newest first", None, run_list),
        ("show", "show what a run was asked for, and how it stands or what it found", 1, run_show),
        (
            "compare",
            "compare runs: returns, how far they spread, report cards, and the settings in which they differ",
            "+",
            run_compare,
        ),
        ("tensorboard", "write runs' curves as TensorBoard reads them", "+", run_tensorboard),
        ("stop", "ask runs to stop; they can be resumed", "+", run_stop),
        ("delete", "delete runs with all that belongs to them", "+", run_delete),
    ):
        kind = kinds.add_parser(name, help=says, description=says.capitalize() + ".", epilog=EXAMPLES)
        if many is not None:
            kind.add_argument("names", nargs=many, metavar="RUN", help="a run's name, or its folder")
        if name == "tensorboard":
            kind.add_argument(
                "--out", type=Path, default=Path("tensorboard"), metavar="DIR", help="default: tensorboard"
            )
        if name == "stop":
            kind.add_argument(
                "--now",
                action="store_true",
                help="end their processes at once, also those that hang or were left behind",
            )
        add_json(kind)
        kind.set_defaults(run=function)


def run_list(args: argparse.Namespace) -> None:
    """Print a line a run, and a sentence for each that cannot be read."""
    from irl_app.runs import RunError, list_runs, runs_root

    root = runs_root()
    listed, found = list_runs(root), []
    damaged = list(listed.problems)
    for run in listed.runs:
        try:
            found.append(summary(run))
        except RunError as error:
            damaged.append(str(error))
    if args.json:
        print_json({"root": str(root), "runs": found, "damaged": damaged})
        return
    named = any(one["called"] or one["tags"] for one in found)
    rows: list[tuple[str, ...]] = []
    for one in found:
        updates = (str(one[name]) if one["kind"] == "training" else "-" for name in ("update", "updates"))
        seeds, earned = str(len(one["seeds"])), _mean(one["returns"])
        note = (one["called"], ", ".join(one["tags"])) if named else ()
        rows.append((one["run"], one["title"], one["state"], *updates, seeds, earned, *note))
    columns: tuple[str, ...] = ("run", "method", "state", "update", "of", "seeds", "return")
    columns += ("called", "tags") if named else ()
    none = () if found else ("There is none yet: irl-app train --help",)
    show(f"runs in {root}", columns, rows, *none, *damaged)


def run_show(args: argparse.Namespace) -> None:
    """Print what a run was asked for, and its newest figures and whether it has converged, or what it found.

    Raises:
        RunError: there is no such run, or it is damaged.
    """
    from irl_app.runs import read_run

    run = read_run(run_folder(args.names[0]))
    if run.config.is_training or run.findings is None:
        _show_training(run, as_json=args.json)
    elif args.json:
        asked = {"config": run.config.config, "demonstrations": run.config.demonstrations}
        print_json(summary(run) | asked | findings_json(run.config, run.findings, [run.folder]))
    elif run.config.is_maze:
        show_maze(run.config, run.findings)
        print(_asked_for(run.config))
    else:
        show_card(run, run.findings)
        print(_asked_for(run.config))


def _show_training(run: Run, *, as_json: bool) -> None:
    from irl_app.comparison import skill_of_run
    from irl_app.training import read_metrics
    from irl_app.training.health import health

    config, metrics, about = run.config, read_metrics(run.folder), summary(run)
    found = health(metrics)
    skill = skill_of_run(config, [value for value in about["returns"] or () if math.isfinite(value)])
    newest = {name: metrics.last(name) for name in metrics.values}
    figures = {name: row.tolist() for name, row in newest.items() if row is not None}
    if as_json:
        asked = {"config": config.config, "demonstrations": config.demonstrations}
        judged = {"state": found.state, "verdict": found.verdict, "seeds": found.seeds}
        able = None if skill is None else {"level": skill.level, "share": skill.share, "verdict": skill.title}
        judged_by = {"skill": able, "health": judged, "alarms": found.alarms}
        print_json(about | asked | judged_by | {"figures": figures})
        return
    can = "" if skill is None else f"{skill.title}."
    note = ", ".join(filter(None, (about["called"] and f"called {about['called']!r}", *about["tags"])))
    state = f"{about['state']} at update {about['update']} of {about['updates']}"
    show(
        f"{about['run']}: {about['title']}, {state}",
        ("figure", "mean", *(f"seed {seed}" for seed in config.seeds)),
        [(name, _mean(row), *(number(value, 2) for value in row)) for name, row in figures.items()],
        *(f"- {text}" for text in (about["message"], can, found.verdict, _asked_for(config), note) if text),
    )


def _asked_for(config: RunConfig) -> str:
    from irl_app.training.request import SETTINGS, settings_of_run

    return ", ".join(
        f"{name}={SETTINGS[name].write(tuple(value) if isinstance(value, list) else value)}"
        if name in SETTINGS
        else f"{name}={value}"
        for name, value in settings_of_run(config).items()
    )


def run_compare(args: argparse.Namespace) -> None:
    """Print returns and how far they spread, who is ahead, and the settings in which the runs differ.

    Raises:
        RunError: there is no such run, or it is damaged.
    """
    from irl_app.comparison import compare, references
    from irl_app.runs import read_run

    folders = list(dict.fromkeys(run_folder(name).resolve() for name in args.names))
    runs = [read_run(folder) for folder in folders]
    found = compare(runs, references(run.config for run in runs))
    if args.json:
        print_json(_compared(found))
        return
    if found.tasks:
        _show_returns(found)
    if found.cards:
        labels = [arm.label for arm in found.carded]
        show("Recovered rewards", ["figure", *labels], [(card.title, *card.texts) for card in found.cards])
    if found.differences:
        labels = [arm.label for arm in found.arms]
        show(
            "Where they differ",
            ["setting", *labels],
            [(one.setting, *one.values) for one in found.differences],
        )


def _show_returns(found: Comparison) -> None:
    from irl_app.comparison import headline, warnings_of, with_interval

    beats = f"beats {found.baseline}" if found.baseline else ""
    rows = []
    for task in found.tasks:
        for row in task.rows:
            name = row.label if len(found.tasks) == 1 else f"{task.task}: {row.label}"
            parts = (with_interval(part) for part in (row.returns, row.score, row.better))
            rows.append((name, str(row.n_runs), *parts))
    said = (*filter(None, (headline(found),)), *warnings_of(found))
    columns = ("run", "seeds", "return", "of expert", beats)
    show("Interquartile means (least to largest seed)", columns, rows, *said)


def run_tensorboard(args: argparse.Namespace) -> None:
    """Write a folder a run, a TensorBoard run a seed; what was there for them is replaced.

    Raises:
        RunError: TensorBoard is not installed; there is no such run, it is damaged, or has no curves.
    """
    from irl_app.training.tensorboard import export_tensorboard

    written = [str(export_tensorboard(run_folder(name), args.out)) for name in args.names]
    if args.json:
        print_json({"written": written})
    else:
        print(f"written: {', '.join(written)}\nnext: tensorboard --logdir {shlex.quote(str(args.out))}")


def run_stop(args: argparse.Namespace) -> None:
    """Ask runs to stop, or end their processes.

    Raises:
        RunError: there is no such run, nobody works on it, or its process cannot be ended.
    """
    from irl_app.runs import RunError, is_active, request_stop
    from irl_app.training.process import end_worker, left_behind

    told = []
    for folder in map(run_folder, args.names):
        if args.now:
            told.append(f"{folder.name}: its process {end_worker(folder)} has been ended; it can be resumed")
        elif not is_active(folder):
            raise RunError(f"nobody works on {folder.name}: there is nothing to stop")
        else:
            request_stop(folder)
            pid = left_behind(folder)
            alone = f"; process {pid} was left behind, if it does not stop: --now" if pid else ""
            told.append(f"{folder.name} has been asked to stop{alone}")
    if args.json:
        print_json({"told": told})
    else:
        print("\n".join(told))


def run_delete(args: argparse.Namespace) -> None:
    """Delete runs; all of them are looked at before the first is deleted.

    Raises:
        RunError: one does not exist or is at work.
    """
    from irl_app.runs import RunError, delete_run, is_active

    folders: list[Path] = [run_folder(name) for name in args.names]
    for folder in folders:
        if is_active(folder):
            raise RunError(f"{folder.name} is queued or running: stop it before it is deleted")
    for folder in folders:
        delete_run(folder)
    if args.json:
        print_json({"deleted": [str(folder) for folder in folders]})
    else:
        print(f"deleted {', '.join(str(folder) for folder in folders)}")


def _compared(found: Comparison) -> dict[str, object]:
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
    cards = {card.name: [entry.value for entry in card.entries] for card in found.cards}
    labels = [arm.label for arm in found.arms]
    return {"rows": rows, "labels": labels, "differences": differ, "cards": cards}


def _mean(values: list[float | None] | None) -> str:
    known = [value for value in values or () if value is not None and value == value]
    return number(sum(known) / len(known) if known else None, 2)
