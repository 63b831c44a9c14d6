"""``irl-app demos``: collect demonstrations, and look at saved ones."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.agents import KINDS, agent
from irl_app.cli.console import number, print_json, progress_bar, show
from irl_app.cli.following import add_device, device_given, run_folder, work
from irl_app.cli.options import (
    Commands,
    UsageError,
    add_import,
    add_json,
    add_open_episodes,
    add_seeds,
    add_world,
    demo_count,
    load_demonstrations,
    not_negative,
    read_map,
    world,
)

if TYPE_CHECKING:
    from irl_app.demonstrations import Demonstrations

HELP = "collect demonstrations, or describe saved ones"
EXAMPLES = """\
examples:
  irl-app demos collect gridworld/maze --demos 10 --out maze.json
  irl-app demos collect gridworld/goal --demos 30 --expert noisy:0.2 --out data/gridworld/goal-v0
  irl-app demos collect PointMaze-right --demos 20 --out data/PointMaze-right/waypoint-v0
  irl-app demos train-expert CartPole-v1 --demos 10 --out data/CartPole-v1/expert-v0
  irl-app demos train-expert LunarLander-v3 --demos 25 --compile --out data/LunarLander-v3/expert-v0
  irl-app demos train-expert HalfCheetah-v5 --demos 5 --out data/HalfCheetah-v5/expert-v0
  irl-app demos collect MountainCar-v0 --agent policy:mc.policy --demos 20 --out data/mc-v0
  irl-app demos collect LunarLander-v3 --agent sb3:ppo.zip --demos 20 --out data/lander-v0
  irl-app demos show maze.json

A name that ends in .json is written as JSON, which the app also reads; any other as a Minari dataset (HDF5),
whose folder's name ends in -v0, -v1, ... Demonstrations of control tasks are always Minari datasets.

The expert of a robot is a run of its own, by the soft actor-critic: it takes from half an hour to days,
can be stopped with Ctrl+C, and goes on with --run.
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
    add_import(collect)
    collect.add_argument(
        "--agent", metavar="KIND", help=f"who acts in any registered environment: {KINDS}"
    )
    collect.add_argument(
        "--out", type=Path, required=True, metavar="PATH", help="FILE.json or a Minari folder NAME-v0"
    )
    add_json(collect)
    collect.set_defaults(run=run_collect)
    says = "train an expert in a control task on its true reward, and save its episodes"
    described = says.replace("train", "Train", 1) + "."
    train = kinds.add_parser("train-expert", help=says, description=described, epilog=EXAMPLES)
    train.add_argument(
        "task", metavar="TASK", help="a control task: CartPole-v1, gridworld/random-walls, ..."
    )
    train.add_argument(
        "--demos", type=demo_count, default=10, metavar="N", help="number of episodes (default: 10)"
    )
    add_seeds(train)
    add_import(train)
    train.add_argument("--out", type=Path, required=True, metavar="PATH", help="a Minari folder NAME-v0")
    train.add_argument(
        "--run",
        dest="trained_run",
        metavar="RUN",
        help="go on with this training, if it is not done, and take its learner for the expert",
    )
    train.add_argument("--updates", type=int, metavar="N", help="gradient steps of a robot's expert")
    train.add_argument(
        "--compile",
        action="store_true",
        help="compile the updates: a minute first, then several times as fast; needs a C++ compiler",
    )
    add_device(train)
    train.add_argument(
        "--temperature",
        type=not_negative,
        metavar="T",
        help="at which the expert acts, 0 is greedy (default: the task's)",
    )
    add_json(train)
    train.set_defaults(run=run_train_expert)
    says = "describe saved demonstrations"
    show = kinds.add_parser("show", help=says, description=says.capitalize() + ".", epilog=EXAMPLES)
    show.add_argument(
        "path", type=Path, metavar="PATH", help="a file of demonstrations, or a Minari folder or id"
    )
    add_open_episodes(show)
    add_json(show)
    show.set_defaults(run=run_show)


def run_collect(args: argparse.Namespace) -> None:
    """Collect and save.

    Raises:
        UsageError: the exact occupancy or several seeds are asked for: neither is one set of episodes; or
            nobody is known who could act there.
        TaskError: there is no such task.
    """
    from irl_app.envs.tasks import FAMILY
    from irl_app.envs.tasks import task as make_task
    from irl_app.experts import demonstrate
    from irl_app.tasks import get_task

    if args.demos is None or len(args.seeds) > 1:
        raise UsageError("demos collect saves one set of episodes: give --demos a number, and one --seed")
    from irl_app.findings.mazes import is_maze

    seed = args.seeds[0]
    if args.agent is not None:
        _collect_by(args)
        return
    if args.task is not None and is_maze(args.task):
        _collect_in_maze(args, seed)
        return
    if args.task is not None and not args.task.startswith(f"{FAMILY}/"):
        raise UsageError(f"who acts in {get_task(args.task).name}? give --agent KIND: {KINDS}")
    asked = world(args)
    grid = make_task(args.task, size=asked.size, seed=seed, map_text=asked.map)
    shown = demonstrate(args.task, grid, asked.expert, asked.expert_value, args.demos, seed)
    _print(shown, save_demonstrations(shown, args.out), args.json)


def _collect_by(args: argparse.Namespace) -> None:
    """Episodes of an agent in a task that networks learn."""
    from irl_app.demonstrations import save_minari
    from irl_app.demonstrations.minari_file import new_dataset
    from irl_app.tasks import collect_episodes, get_task

    if args.out.suffix == ".json":
        raise UsageError("demonstrations of control tasks are saved as Minari datasets: give --out NAME-v0")
    if args.task is None:
        raise UsageError("which TASK? for example CartPole-v1, or any registered Gymnasium id")
    task = get_task(args.task)
    new_dataset(args.out.name, args.out.parent)  # what cannot be saved is said before anybody acts
    name, policy = agent(args.agent, task)
    shown = collect_episodes(task, policy, args.demos, args.seeds[0], name)
    saved = save_minari(shown, args.out.name, root=args.out.parent, env_id=task.env_id)
    _print(shown, args.out.parent / saved, args.json)


def _collect_in_maze(args: argparse.Namespace, seed: int) -> None:
    """Let whoever knows the way through a maze show it."""
    from irl_app.demonstrations import save_minari
    from irl_app.findings.mazes import show_the_way

    if args.size is not None or args.expert != (None, None):
        raise UsageError("a point maze has its own size, and one expert: leave out --size and --expert")
    if args.out.suffix == ".json":
        raise UsageError("demonstrations of control tasks are saved as Minari datasets: give --out NAME-v0")
    map_text = None if args.map is None else read_map(args.map)
    task, shown = show_the_way(args.task, args.demos, seed, map_text)
    name = save_minari(shown, args.out.name, root=args.out.parent, env_id=task.env_id)
    _print(shown, args.out.parent / name, args.json)


def run_train_expert(args: argparse.Namespace) -> None:
    """Train, collect and save.

    Raises:
        UsageError: several seeds, no number of episodes, or a JSON file are asked for.
        TaskError: there is no such task.
        DeviceError: CUDA is asked for and not there.
        RunError: there is no compiler to train with.
        DemonstrationError: the dataset's name is malformed or taken; nothing is trained.
    """
    from irl_app.demonstrations import save_minari
    from irl_app.demonstrations.minari_file import new_dataset
    from irl_app.tasks import get_task
    from irl_app.training.trained_expert import expert_demonstrations

    if args.demos is None or len(args.seeds) > 1:
        raise UsageError(
            "demos train-expert saves one set of episodes: give --demos a number, and one --seed"
        )
    if args.out.suffix == ".json":
        raise UsageError("demonstrations of control tasks are saved as Minari datasets: give --out NAME-v0")
    task, device = get_task(args.task), device_given(args)
    new_dataset(args.out.name, args.out.parent)  # what cannot be saved is said before it is trained
    if task.is_continuous or args.trained_run is not None:
        shown = _by_run(args)
        name = save_minari(shown, args.out.name, root=args.out.parent, env_id=task.env_id)
        _print(shown, args.out.parent / name, args.json)
        return
    with progress_bar(f"expert in {task.name}") as update:
        shown = expert_demonstrations(
            task,
            args.demos,
            args.seeds[0],
            update,
            changes={"compile": args.compile, **device},
            temperature=args.temperature,
        )
    name = save_minari(shown, args.out.name, root=args.out.parent, env_id=task.env_id)
    _print(shown, args.out.parent / name, args.json)


def _by_run(args: argparse.Namespace) -> Demonstrations:
    """Those of a run's learner; the run is made if none is given, and worked on until it is done."""
    from irl_app.runs import create_run, read_config, read_status
    from irl_app.tasks import get_task
    from irl_app.training.request import request
    from irl_app.training.run_expert import run_demonstrations

    task = get_task(args.task)
    if args.trained_run is None:
        settings = {} if args.updates is None else {"updates": args.updates}
        settings |= device_given(args)
        run = create_run(request(task.name, task.expert_training.method, seeds=args.seeds, settings=settings))
    else:
        run = run_folder(args.trained_run)
        if read_config(run).task != task.name:
            raise UsageError(f"{run} is of {read_config(run).task}, not of {task.name}")
    if read_status(run).state != "done" and work(run, quiet=args.json).state != "done":
        again = f"irl-app demos train-expert {task.name} --run {run} --demos {args.demos} --out {args.out}"
        raise UsageError(f"the expert is not done: go on with {again}")
    return run_demonstrations(run, args.demos, args.seeds[0])


def run_show(args: argparse.Namespace) -> None:
    """Describe what is at a path."""
    _print(load_demonstrations(args.path, args.truncate_open_episodes), args.path, args.json)


def save_demonstrations(shown: Demonstrations, path: Path) -> Path:
    """Write demonstrations as JSON if the name ends in .json, else as a Minari dataset; returns the place.

    Raises:
        DemonstrationError: the dataset's name is malformed or taken.
    """
    from irl_app.demonstrations import save_json, save_minari
    from irl_app.envs import POINT_MAZE_ID
    from irl_app.findings.mazes import is_maze

    if path.suffix == ".json":
        return save_json(shown, path)
    env_id = POINT_MAZE_ID if is_maze(shown.provenance.task) else None
    return path.parent / save_minari(shown, path.name, root=path.parent, env_id=env_id)


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
    rows = [
        (name.replace("_", " "), number(value, 1) if isinstance(value, float) else str(value))
        for name, value in about.items()
    ]
    show(str(path), ("what", "value"), rows, shown.provenance.map)
