"""``irl-app report``: what a kept run found."""

from __future__ import annotations

import argparse
from pathlib import Path

from irl_app.cli.console import print_json
from irl_app.cli.following import judged_run
from irl_app.cli.options import Commands, add_json
from irl_app.cli.recover_maze import show_maze
from irl_app.cli.summary import findings_json, show_card, show_networks

HELP = "show what a kept run found"
EXAMPLES = """\
examples:
  irl-app recover gridworld/maze --demos 10 --out runs/maze
  irl-app report runs/maze
  irl-app report runs/maze --out maze.html            the whole report, one file that needs no network
  irl-app report runs/maze --out maze.html --seed 3   of several seeds, that of another than the first
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("report", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument("run_name", metavar="RUN", help="the folder that recover made, or a run's name")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write the HTML report there (folders on the way are made)"
    )
    parser.add_argument(
        "--seed", type=int, metavar="S", help="whose HTML report it is (default: the first seed's)"
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the report card, of several seeds what they found together; write a seed's HTML report if asked.

    Raises:
        RunError: there is no run in that folder, or it has no such seed or HTML report.
        UsageError: nobody has judged its reward yet.
    """
    from irl_app.files import write_whole

    kept, findings = judged_run(args.run_name)
    if args.out is not None:
        write_whole(args.out, kept.report_file(args.seed).read_bytes())
    if args.json:
        print_json(findings_json(kept.config, findings, [kept.folder]))
    elif kept.lenses and kept.config.is_training:
        show_networks(kept, findings)
    elif kept.config.is_maze:
        show_maze(kept.config, findings)
    else:
        show_card(kept, findings)
        print(f"report: {args.out or kept.report_file(args.seed)}")
