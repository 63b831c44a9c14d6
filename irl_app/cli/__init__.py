"""The command ``irl-app``: every step of the app from the terminal, for people and for programs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

from irl_app import __version__
from irl_app.cli.console import write_plainly_where_needed
from irl_app.cli.options import Parser, UsageError
from irl_app.threads import use_one_thread

EXAMPLES = """\
examples:
  irl-app app                                          the lab in a browser
  irl-app recover gridworld/goal --demos 30            learn a reward and judge it
  irl-app recover gridworld/field --demos 30 --seeds 0-4 --json
  irl-app train CartPole-v1 --demos 1 --seeds 0-4      learn with networks, in a run that can be resumed
  irl-app demos collect gridworld/maze --demos 10 --out maze.json
  irl-app reproduce grid-recovery                      the README's table
"""
COMMANDS = (
    "app", "recover", "train", "runs", "demos", "report", "export", "animate", "bench", "reproduce"
)  # fmt: skip
"""Modules beside this one."""


def build_parser(asked: str = "") -> Parser:
    """The parser of the command line; every command adds its own part.

    Args:
        asked: the module of the one command that is to be run: the others are not even loaded.
    """
    parser = Parser(
        prog="irl-app",
        description="Recover the reward behind demonstrations, and see how far to trust it.",
        epilog=EXAMPLES,
    )
    parser.add_argument("--version", action="version", version=f"irl-app {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Parser)
    for name in [asked] if asked in COMMANDS else COMMANDS:
        import_module(f"irl_app.cli.{name}").add_to(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when it did what was asked; 2 with one sentence on stderr when what was asked is not possible;
        130 when it was interrupted. An error that this project does not name is a bug: its traceback stays.
    """
    use_one_thread()
    write_plainly_where_needed()
    given = sys.argv[1:] if argv is None else list(argv)
    args = build_parser(given[0] if given else "").parse_args(given)
    try:
        if modules := getattr(args, "imports", None):
            from irl_app.tasks.own import load_modules, name_modules

            name_modules(modules)
            load_modules()
        args.run(args)
    except KeyboardInterrupt:
        print("irl-app: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, `head` for example, has seen enough
        sys.stderr.close()
        return 0
    except Exception as error:
        if not _is_about_the_request(error):
            raise
        print(f"irl-app: {_one_line(error)}", file=sys.stderr)
        return 2
    return 0


def _is_about_the_request(error: Exception) -> bool:
    """Whether the error's sentence is meant for the person: one of this project's own kinds, or a file's."""
    named_here = type(error).__module__.split(".")[0] in ("irl_app", "trainers")
    return isinstance(error, UsageError | OSError) or (named_here and isinstance(error, ValueError))


def _one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
