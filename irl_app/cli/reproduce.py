"""``irl-app reproduce``: published tables, made again."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.console import print_json, progress_bar, show
from irl_app.cli.options import Commands, UsageError, add_json

if TYPE_CHECKING:
    from irl_app.reproduce import Reproduction

HELP = "make a published table again"
EXAMPLES = """\
examples:
  irl-app reproduce                                     which tables there are
  irl-app reproduce grid-recovery
  irl-app reproduce grid-recovery --quick --json
  irl-app reproduce grid-recovery --write README.md     replace the table between the markers of that file

What is finished is kept and reused.
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("reproduce", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument("name", metavar="NAME", nargs="?", help="which table; none: list them")
    parser.add_argument("--quick", action="store_true", help="a small part of it, in a minute or two")
    parser.add_argument(
        "--cache",
        type=Path,
        default=Path("runs/reproduce"),
        metavar="DIR",
        help="where what is finished is kept (default: runs/reproduce)",
    )
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, metavar="N", help="default: all cores"
    )
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="also write the table between FILE's markers"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Run what is missing, print the table.

    Raises:
        UsageError: no such table.
        OSError: the file to write lacks the table's markers; nothing is run.
    """
    from irl_app.reproduce import REPRODUCTIONS, SPREAD, Options, around_markers, write_between_markers

    if args.name is None:
        _list(REPRODUCTIONS.values(), args.json)
        return
    if args.name not in REPRODUCTIONS:
        raise UsageError(f"unknown table {args.name[:40]!r}: there is {', '.join(REPRODUCTIONS)}")
    if args.processes < 1:
        raise UsageError(f"--processes must be at least 1, got {args.processes}")
    if args.write:
        around_markers(args.write, args.name)  # what cannot be written is said before the hours of work
    with progress_bar(args.name) as update:
        options = Options(args.cache / args.name, args.quick, args.processes, update)
        report = REPRODUCTIONS[args.name].make(options)
    if args.write:
        write_between_markers(args.write, args.name, report.markdown())
    if args.json:
        print_json(report.values)
        return
    for section in report.sections:
        show(section.title, section.columns, section.rows)
    print("\n".join(("", *report.notes, SPREAD)))


def _list(reproductions: Iterable[Reproduction], as_json: bool) -> None:
    if as_json:
        told = [{"name": r.name, "sentence": r.sentence, "quick": r.quick} for r in reproductions]
        print_json({"tables": told})
        return
    rows = [(each.name, each.sentence, each.quick) for each in reproductions]
    show("Tables", ("name", "what it shows", "with --quick"), rows)
