"""``irl-app recover`` for point mazes: a reward of places, exactly; other methods learn with networks."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from irl_app.cli.console import number, print_json, progress_bar, show
from irl_app.cli.options import UsageError, given, load_demonstrations, read_map
from irl_app.cli.summary import findings_json

if TYPE_CHECKING:
    from irl_app.demonstrations import Demonstrations
    from irl_app.mazes import PlaceConfig
    from irl_app.runs import RunConfig, RunFindings


def recovers_places(args: argparse.Namespace) -> bool:
    """Whether a reward of places is asked for: in a point maze, unless another method is named."""
    from irl_app.findings.mazes import is_maze
    from irl_app.mazes.config import METHOD

    named = args.task is not None and args.trained_run is None and is_maze(args.task)
    return named and getattr(args, "method", None) in (None, METHOD)


def run_maze(args: argparse.Namespace) -> None:
    """Recover once per seed, print the figures, keep the run if asked.

    Raises:
        UsageError: an option is of grids or of networks, or arguments contradict each other.
        TaskError, MazeError, DemonstrationError: what is asked for does not exist or does not fit.
    """
    from irl_app.findings.mazes import findings_of_mazes, keep_maze_recovery, recover_maze_seed

    config, brought = _asked(args)
    outcomes, shown = [], []
    with progress_bar("recovering") as update:
        for index, seed in enumerate(config.seeds):
            update(index, len(config.seeds), f"seed {seed}")
            outcome, used = recover_maze_seed(config, seed, brought)
            outcomes.append(outcome)
            shown.append(used)
    kept = [] if args.out is None else [keep_maze_recovery(config, outcomes, shown, args.out)]
    findings = findings_of_mazes(config, outcomes)
    if args.json:
        print_json(findings_json(config, findings, kept))
        return
    show_maze(config, findings)
    if kept:
        print(f"kept in {args.out}: irl-app export {shlex.quote(str(args.out))} --out reward.npz")


def show_maze(config: RunConfig, findings: RunFindings) -> None:
    """Print what was found in a maze: figures over seeds, the verdict, what limits it."""
    from irl_app.analysis import MEANS

    rows = []
    for metric in findings.metrics.values():
        low, high = metric["low"], metric["high"]
        rows.append(
            (metric["title"], metric["text"], "" if low is None else f"{number(low)} to {number(high)}")
        )
    solver, episodes = findings.solver, (config.demonstrations or {}).get("episodes")
    state = "converged" if solver["converged"] else "did NOT converge"
    seeds = ", ".join(map(str, config.seeds))
    show(
        f"{config.task}: a reward of places, {episodes} demonstrations, seeds {seeds}",
        ("figure", "mean", "from, to"),
        rows,
        f"Over {len(config.seeds)} seeds {MEANS}.",
        *(f"- {sentence}" for sentence in (findings.verdict, *findings.warnings)),
        f"- The solver {state}: {number(solver['iterations'], 0)} steps, "
        f"{number(solver['milliseconds'] / 1000.0, 1)} s.",
    )


def _asked(args: argparse.Namespace) -> tuple[RunConfig, Demonstrations | None]:
    """The run's configuration, and the demonstrations that it is given, if it is."""
    from irl_app.findings.mazes import maze_config
    from irl_app.tasks.point_maze import DEMONSTRATIONS

    map_text = None if args.map is None else read_map(args.map)
    if args.source is None:
        n_demos = getattr(args, "demos", DEMONSTRATIONS)
        if n_demos is None:
            raise UsageError("--demos exact is for grids: give the number of episodes")
        settings = _settings(args)
        config = maze_config(args.task, settings, seeds=args.seeds, n_demos=n_demos, map_text=map_text)
        return config, None
    if hasattr(args, "demos") or args.seeds != (0,):
        raise UsageError("--from brings one set of demonstrations: leave out --demos and --seed")
    shown = load_demonstrations(Path(args.source))
    config = maze_config(
        args.task, _settings(args), n_demos=shown.n_episodes, map_text=map_text, source=args.source
    )
    return config, shown


def _settings(args: argparse.Namespace) -> PlaceConfig:
    """The settings by --gamma, --temperature and --set.

    Raises:
        UsageError: an option that does not concern mazes was given.
        SettingError: a setting does not exist, or cannot have its value.
    """
    from irl_app.mazes import PlaceConfig
    from trainers.settings import setting_named, settings_of
    from trainers.tabular.config import TabularConfig

    known = settings_of(PlaceConfig)
    texts = given(args, settings_of(TabularConfig))
    texts.pop("method", None)
    others = [
        name for name in ("size", "every", "updates", "agent_updates") if getattr(args, name) is not None
    ]
    others += [name for name in texts if name not in known]
    if others or args.expert != (None, None):
        raise UsageError(
            f"--{(others or ['expert'])[0].replace('_', '-')} does not concern rewards of places in "
            f"{args.task}: its settings are {', '.join(known)}, by --set NAME=VALUE"
        )
    for text in args.set:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            raise UsageError(f"{text!r} is not NAME=VALUE, for example length=2")
        texts[name] = value
    return PlaceConfig(**{name: setting_named(name, known).read(text) for name, text in texts.items()})
