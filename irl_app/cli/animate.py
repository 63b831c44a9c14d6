"""``irl-app animate``: expert and learner of a stage folder, or one recording, as a film."""

from __future__ import annotations

import argparse
from pathlib import Path

from irl_app.cli.options import Commands

HELP = "make a film of a recorded episode, or of expert and learner side by side"
EXAMPLES = """\
examples:
  irl-app animate runs/hopper/stage --out hopper.gif          expert left, learner right
  irl-app animate runs/hopper/stage/learner.npz --out learner.gif --speed 0.5
  irl-app animate runs/hopper/stage --out hopper.mp4 --size 960
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("animate", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    parser.add_argument(
        "source", type=Path, metavar="FOLDER_OR_RECORDING", help="a stage folder, or one of its .npz files"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help=".gif, or .mp4 with the extra irl-app[video] (folders on the way are made)",
    )
    parser.add_argument("--speed", type=float, default=1.0, help="1 is as fast as it was (default: 1)")
    parser.add_argument(
        "--size", type=int, default=480, metavar="PIXELS", help="width of each robot's picture (default: 480)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Write the film and say where it is.

    Raises:
        MaterialError, RecordingError: there is nothing to show, or it is damaged.
        AnimationError: it cannot be made as it was asked for.
    """
    from irl_app.stage import load_recording, read_material
    from irl_app.stage.animation import save_animation

    if args.source.is_dir():
        material = read_material(args.source)
        recordings = [material.expert, material.learner]
    else:
        recordings = [load_recording(args.source)]
    print(f"film: {save_animation(recordings, args.out, speed=args.speed, width=args.size)}")
