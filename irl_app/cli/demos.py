"""``irl-app demos``: collect demonstrations, and look at saved ones."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.console import number, print_json, progress_bar, show, table
from irl_app.cli.options import (
    Commands,
    UsageError,
    add_json,
    add_seeds,
    add_world,
    demo_count,
    load_demonstrations,
    world,
)

if TYPE_CHECKING:
    from irl_app.demonstrations import Demonstrations

HELP = "collect demonstrations, or describe saved ones"
EXAMPLES = """\
examples:
  irl-app demos collect gridworld/maze --demos 10 --out maze.json
  irl-app demos collect gridworld/goal --demos 30 --expert noisy:0.2 --out data/gridworld/goal-v0
  irl-app demos train-expert CartPole-v1 --demos 10 --out data/CartPole-v1/expert-v0
  irl-app demos train-expert LunarLander-v3 --demos 25 --compile --out data/LunarLander-v3/expert-v0
  irl-app demos show maze.json

A name that ends in .json is written as JSON, which the app also reads; any other as a Minari dataset (HDF5),
whose folder's name ends in -v0, -v1, ... Demonstrations of control tasks are always Minari datasets.
"""


def add_to(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("demos", help=HELP, description=HELP.capitalize() + ".", epilog=EXAMPLES)
    kinds = parser.add_subparsers(title="what to do", metavar="WHAT", required=True)
    says = "let an expert act and save its episodes"
    collect = kinds.add_parser("collect", help=says, description=says.capitalize() + ".", epilog=EXAMPLES)
    add_world(collect)
    collect.add_argument(
        "--demos", type=demo_count, default=30, metavar="N", help="number of episodes (default: 30)"
    )
    add_seeds(collect)
    collect.add_argument(
        "--out", type=Path, required=True, metavar="PATH", help="FILE.json or a Minari folder NAME-v0"
    )
    add_json(collect)
    collect.set_defaults(run=run_collect)
    says = "train an expert in a control task by soft Q-learning on its true reward, and save its episodes"
    described = says.replace("train", "Train", 1) + "."
    train = kinds.add_parser("train-expert", help=says, description=described, epilog=EXAMPLES)
    train.add_argument(
        "task", metavar="TASK", help="a control task: CartPole-v1, gridworld/random-walls, ..."
    )
    train.add_argument(
        "--demos", type=demo_count, default=10, metavar="N", help="number of episodes (default: 10)"
    )
    add_seeds(train)
    train.add_argument("--out", type=Path, required=True, metavar="PATH", help="a Minari folder NAME-v0")
    train.add_argument(
        "--compile",
        action="store_true",
        help="compile the updates: a minute first, then several times as fast; needs a C++ compiler",
    )
    add_json(train)
    train.set_defaults(run=run_train_expert)
    says = "describe saved demonstrations"
    show = kinds.add_parser("show", help=says, description=says.capitalize() + ".", epilog=EXAMPLES)
    show.add_argument("path", type=Path, metavar="PATH", help="FILE.json or the folder of a Minari dataset")
    add_json(show)
    show.set_defaults(run=run_show)


def run_collect(args: argparse.Namespace) -> None:
    """Collect and save.

    Raises:
        UsageError: the exact occupancy or several seeds are asked for: neither is one set of episodes.
    """
    if args.demos is None or len(args.seeds) > 1:
        raise UsageError("demos collect saves one set of episodes: give --demos a number, and one --seed")
    experiment, seed = world(args), args.seeds[0]
    shown = experiment.demonstrations(experiment.grid(seed), seed, args.demos)
    _print(shown, save_demonstrations(shown, args.out), args.json)


def run_train_expert(args: argparse.Namespace) -> None:
    """Train, collect and save.

    Raises:
        UsageError: several seeds, no number of episodes, or a JSON file are asked for.
        TaskError: there is no such task.
        DemonstrationError: the dataset's name is malformed or taken; nothing is trained.
    """
    from irl_app.demonstrations import save_minari
    from irl_app.demonstrations.minari_file import new_dataset
    from irl_app.tasks import control_task
    from irl_app.tasks.trained_expert import expert_demonstrations

    if args.demos is None or len(args.seeds) > 1:
        raise UsageError(
            "demos train-expert saves one set of episodes: give --demos a number, and one --seed"
        )
    if args.out.suffix == ".json":
        raise UsageError("demonstrations of control tasks are saved as Minari datasets: give --out NAME-v0")
    task = control_task(args.task)
    new_dataset(args.out.name, args.out.parent)  # what cannot be saved is said before it is trained
    with progress_bar(f"expert in {task.name}") as update:
        shown = expert_demonstrations(task, args.demos, args.seeds[0], update, compiled=args.compile)
    name = save_minari(shown, args.out.name, root=args.out.parent, env_id=task.env_id)
    _print(shown, args.out.parent / name, args.json)


def run_show(args: argparse.Namespace) -> None:
    """Describe what is at a path."""
    _print(load_demonstrations(args.path), args.path, args.json)


def save_demonstrations(shown: Demonstrations, path: Path) -> Path:
    """Write demonstrations as JSON if the name ends in .json, else as a Minari dataset; returns the place.

    Raises:
        DemonstrationError: the dataset's name is malformed or taken.
    """
    from irl_app.demonstrations import save_json, save_minari

    if path.suffix == ".json":
        return save_json(shown, path)
    return path.parent / save_minari(shown, path.name, root=path.parent)


def _print(shown: Demonstrations, path: Path, as_json: bool) -> None:
    lengths = [len(episode) for episode in shown.episodes]
    returns = [float(episode.rewards.sum()) for episode in shown.episodes]
    about = {
        "path": str(path),
        "task": shown.provenance.task,
        "expert": shown.provenance.expert,
        "seed": shown.provenance.seed,
        "n_demos": shown.n_episodes,
        "n_steps": shown.n_steps,
        "mean_length": sum(lengths) / len(lengths),
        "mean_return": sum(returns) / len(returns),
        "terminated": sum(episode.terminated for episode in shown.episodes),
        "truncated": sum(episode.truncated for episode in shown.episodes),
        "created_by": shown.provenance.created_by,
    }
    if as_json:
        print_json(about | {"map": shown.provenance.map})
        return
    described = table("what", "value")
    for name, value in about.items():
        described.add_row(
            name.replace("_", " "), number(value, 1) if isinstance(value, float) else str(value)
        )
    show(str(path), described, shown.provenance.map)
