"""Arguments that several commands share, and how their values are read."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from irl_app.reading import FileError, read_bytes

if TYPE_CHECKING:
    from irl_app.demonstrations import Demonstrations
    from irl_app.runs import World
    from trainers.settings import Setting

Commands = argparse._SubParsersAction  # the library gives this type no public name
MAX_MAP_BYTES = 2_000_000  # 100x100 cells with a block of rewards are a tenth of it


class UsageError(ValueError):
    """A command was asked for something that it cannot do."""


class Parser(argparse.ArgumentParser):
    """A parser that keeps the layout of examples and answers a mistake in one sentence.

    ``complete`` adds what takes long to import, before the first arguments are read.
    """

    complete: Callable[[], None] | None = None

    def __init__(self, **settings: object) -> None:
        settings.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(**settings, allow_abbrev=False)  # type: ignore[arg-type]

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, by the complete parser."""
        if self.complete is not None:
            complete, self.complete = self.complete, None
            complete()
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        """Print ``message`` on stderr and leave with exit status 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def integers(text: str) -> tuple[int, ...]:
    """Whole numbers as people write them: "3", "0-4" or "0,2,5-7"; ascending, each once.

    Raises:
        argparse.ArgumentTypeError: it is not such a list, or longer than 1000.
    """
    numbers: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a list of whole numbers such as 3, 0-4 or 0,2,5"
            )
        low, high = int(first), int(last) if dash else int(first)
        if high < low or high - low >= 1000:
            raise argparse.ArgumentTypeError(
                f"the range {part.strip()} must ascend and hold at most 1000 numbers"
            )
        numbers.update(range(low, high + 1))
    return tuple(sorted(numbers))


def seed(text: str) -> tuple[int, ...]:
    """One seed, as a list of one.

    Raises:
        argparse.ArgumentTypeError: it is not a whole number of at least 0.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0, got {text!r}")
    return (int(text),)


def demo_count(text: str) -> int | None:
    """The number of episodes, or None for "exact": the expert's exact occupancy.

    Raises:
        argparse.ArgumentTypeError: it is neither "exact" nor a whole number of at least 1.
    """
    if text == "exact":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"give 'exact' or a number of demonstrations of at least 1, got {text!r}"
        )
    return int(text)


def not_negative(text: str) -> float:
    """A finite number of at least zero.

    Raises:
        argparse.ArgumentTypeError: it is not.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number of at least 0, got {text!r}")
    return value


def expert(text: str) -> tuple[str, float | None]:
    """An expert as NAME or NAME:NUMBER, for example "noisy:0.2"; None is its usual number.

    Raises:
        argparse.ArgumentTypeError: what follows the colon is no number. The name is checked by the experts.
    """
    name, colon, value = text.partition(":")
    try:
        return name, float(value) if colon else None
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME or NAME:NUMBER, for example noisy:0.2"
        ) from None


def add_world(parser: argparse.ArgumentParser) -> None:
    """TASK, --size, --map, --expert: which world, and who acts in it."""
    parser.add_argument(
        "task",
        nargs="?",
        metavar="TASK",
        help="gridworld/PRESET with PRESET one of open, static-walls, random-walls, random-goal, four-rooms, "
        "cliff, maze, goal, reset, field; or gridworld/map with --map; or any registered Gymnasium id",
    )
    parser.add_argument("--size", type=int, metavar="N", help="cells a side (default: the preset's own)")
    parser.add_argument("--map", type=Path, metavar="FILE", help="read the world from this ASCII map")
    parser.add_argument(
        "--expert",
        type=expert,
        default=(None, None),
        metavar="NAME[:X]",
        help="soft-optimal:TEMPERATURE, shortest-path or noisy:EPSILON (default: the preset's usual one)",
    )


def add_settings(parser: argparse._ActionsContainer, settings: Mapping[str, Setting]) -> None:
    """One option a setting, kept as the text that was given."""
    for name, setting in settings.items():
        usual = "" if setting.default is None else f" (default: {setting.write(setting.default)})"
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            metavar="NAME" if setting.kind == "choice" else "X",
            help=f"{setting.title}, {setting.allowed}{usual}. {setting.help}".replace("%", "%%"),
        )


def given(args: argparse.Namespace, settings: Mapping[str, Setting]) -> dict[str, str]:
    """The texts of those options of `add_settings` that were given."""
    return {name: text for name in settings if (text := getattr(args, name, None)) is not None}


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """--seed or --seeds, both stored as ``seeds``."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--seed", type=seed, dest="seeds", default=(0,), metavar="S", help="one seed (default: 0)"
    )
    either.add_argument("--seeds", type=integers, metavar="0-4", help="several seeds: means with intervals")


def add_import(parser: argparse._ActionsContainer) -> None:
    """--import: modules that register environments or tasks."""
    parser.add_argument(
        "--import",
        action="append",
        dest="imports",
        default=[],
        metavar="MODULE",
        help="import this module first, which registers environments with Gymnasium or tasks with "
        "irl_app.register_task; may be given several times",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json: one object on stdout and nothing else there."""
    parser.add_argument("--json", action="store_true", help="print one JSON object for programs")


def world(args: argparse.Namespace) -> World:
    """The world and the expert that the arguments of ``add_world`` name.

    Raises:
        UsageError: no TASK, its map is missing, or a map file that is no text.
        ExpertError: no such expert.
        OSError: the map cannot be read.
    """
    from irl_app.experts import expert_of
    from irl_app.runs import World

    if args.task is None:
        raise UsageError("which TASK? for example gridworld/goal; see --help for all")
    if args.task == "gridworld/map" and args.map is None:
        raise UsageError("gridworld/map is a map of your own: give it with --map FILE")
    map_text = None if args.map is None else read_map(args.map)
    return World(args.size, map_text, *expert_of(args.task, *args.expert, own_map=map_text is not None))


def read_map(path: Path) -> str:
    """The text of a map file.

    Raises:
        UsageError: it is too large for a map, or not text.
        OSError: it cannot be read.
    """
    if path.stat().st_size > MAX_MAP_BYTES:
        raise UsageError(f"{path} has {path.stat().st_size} bytes: a map has at most {MAX_MAP_BYTES}")
    try:
        return read_bytes(path, MAX_MAP_BYTES).decode()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not a text file in UTF-8: a map is plain text") from None
    except FileError as error:
        raise UsageError(str(error)) from error


def load_demonstrations(path: Path, truncate_open: bool = False) -> Demonstrations:
    """Demonstrations from a file, or from a Minari dataset by its folder or id.

    Raises:
        DemonstrationError: there are none, or what is there holds none.
    """
    from irl_app.demonstrations import load_demonstrations

    return load_demonstrations(path, truncate_open=truncate_open)


def add_open_episodes(parser: argparse._ActionsContainer) -> None:
    """--truncate-open-episodes, of commands that read demonstrations."""
    parser.add_argument(
        "--truncate-open-episodes",
        action="store_true",
        help="take demonstrated episodes that neither terminated nor were truncated for cut off",
    )
