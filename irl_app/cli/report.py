"""``irl-app report``: what a kept run found."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.cli.console import number, print_json, show, table
from irl_app.cli.control_summary import show_control
from irl_app.cli.following import judged_folder
from irl_app.cli.options import Commands, add_json
from irl_app.cli.summary import show_summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from irl_app.runs import Run

HELP = "show what a kept run found"
EXAMPLES = """\
examples:
  irl-app recover gridworld/maze --demos 10 --out runs/maze
  irl-app report runs/maze
  irl-app report runs/maze --out maze.html           the whole report, one file that needs no network
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("report", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument(
        "run_folder", type=Path, metavar="RUN", help="the folder that recover made, or a run's name"
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the HTML report there (folders on the way are made)"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the report card, or what several seeds found together; write the HTML report if asked.

    Raises:
        RunError: there is no run in that folder, or the HTML report is asked for of several.
    """
    from irl_app.files import write_whole
    from irl_app.runs import read_run, read_summary

    folder = judged_folder(args.run_folder)
    several = read_summary(folder)
    if several is not None and args.out is None:
        _print_several(several, as_json=args.json)
        return
    kept = read_run(folder)
    if kept.beside and args.out is None:
        _print_control(kept, as_json=args.json)
        return
    if args.out is not None:
        write_whole(args.out, kept.report_file().read_bytes())
    if args.json:
        print_json(
            {
                **kept.about,
                "metrics": kept.metrics,
                "solver": kept.solver,
                "verdict": kept.verdict,
                "warnings": kept.warnings,
            }
        )
        return
    _print_card(kept)
    print(f"report: {args.out or kept.report_file()}")


def _print_several(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    show_summary(found)
    for folder in found["runs"]:
        print(f"one seed: irl-app report {folder}")


def _print_control(kept: Run, *, as_json: bool) -> None:
    from irl_app.control import report_summary

    if as_json:
        print_json(report_summary(kept))
    else:
        show_control(kept)


def _print_card(kept: Run) -> None:
    from irl_app.analysis import demonstrations_in_words

    about, method = kept.about, kept.about["recipe"]["method"]
    shown_by = demonstrations_in_words(about["n_demos"])
    shown = table("figure", "all", "95 % interval", "visited", "unvisited")
    for metric in kept.metrics.values():
        shown.add_row(
            *(
                metric["title"],
                metric["text"],
                _ends(metric),
                _mean(metric, "visited"),
                _mean(metric, "unvisited"),
            )
        )
    title = f"{about['task']}, seed {about['seed']}, {shown_by}, method {method}"
    show(title, shown, *(f"- {sentence}" for sentence in (kept.verdict, *kept.warnings)))


def _ends(metric: Mapping[str, Any]) -> str:
    return "" if metric["low"] is None else f"{number(metric['low'])} to {number(metric['high'])}"


def _mean(metric: Mapping[str, Any], part: str) -> str:
    return number(metric[part]["mean"]) if part in metric else ""
