"""``irl-app app``: serve the lab."""

from __future__ import annotations

import argparse
import runpy
import socket
import sys

from irl_app.cli.options import Commands, UsageError, add_import
from irl_app.paths import site_root

HELP = "serve the lab in a browser"
EXAMPLES = """\
examples:
  irl-app app                        on this computer only
  irl-app app --port 8600
  irl-app app --host 0.0.0.0 --class   for a classroom: whoever reaches this computer can use it, no login
  irl-app app --host 0.0.0.0 --allow-host lab.example.org
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("app", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default: this computer only)"
    )
    parser.add_argument("--port", type=int, default=8501, help="port to listen on (default: 8501)")
    parser.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which this computer is reached (may be given several times)",
    )
    parser.add_argument(
        "--class",
        dest="is_class",
        action="store_true",
        help="visitors may stop and resume only their own runs; a link for the teacher is printed",
    )
    add_import(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print the URL and serve until interrupted.

    Raises:
        UsageError: the port is no port, or someone else listens there.
    """
    if not 1 <= args.port <= 65535:
        raise UsageError(f"--port must lie between 1 and 65535, got {args.port}")
    _check_free(args.host, args.port)
    shown = "localhost" if args.host in ("127.0.0.1", "0.0.0.0", "::", "localhost") else args.host
    print(f"IRL Lab: http://{shown}:{args.port}  (Ctrl+C stops it)", flush=True)
    if args.host not in ("127.0.0.1", "localhost", "::1"):
        print("Open to everyone who can reach this computer: there is no login.", file=sys.stderr, flush=True)
    launcher = str(site_root() / "app.py")
    sys.argv = [launcher, "--address", args.host, "--port", str(args.port)]
    sys.argv += [part for name in args.allow_host for part in ("--allow-host", name)]
    sys.argv += ["--class"] * args.is_class
    runpy.run_path(launcher, run_name="__main__")


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError(
                f"cannot listen on {host}:{port} ({why}): choose another --port or --host"
            ) from error
