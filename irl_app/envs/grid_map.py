"""Grids as plain text that can be pasted, shared and put in a test.

    goal: end
    step: -1
    X = -5

    S..#.
    .X...
    ...#G

Optional ``key: value`` lines (goal: end|stay|teleport, step, slip, gamma, actions: 4|5, moves), optional
legend lines ``LETTER = [goal] [start] NUMBER|step``, then one line a row: ``.`` free, ``#`` wall,
``S`` start, ``G`` goal (+10), ``L`` lava (-10), other letters as the legend says. A last block, the line
``rewards:`` and H lines of W numbers (``.`` for none), gives cells their own reward, whatever their letter.
"""

from __future__ import annotations

import math
import re
import string
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from irl_app.envs.grid_spec import MAX_SIDE, GridError, GridSpec, check_side

MAX_MAP_CHARACTERS = 400_000  # a 100x100 map with a number of 25 characters a cell needs 270,000
_KEYS = {
    "goal": "goal_kind",
    "step": "step_reward",
    "slip": "slip",
    "gamma": "gamma",
    "actions": "n_actions",
    "moves": "max_steps",
}
_LEGEND_LINE = re.compile(r"\s*([A-Za-z])\s*=(.*)")


@dataclass(frozen=True)
class _Letter:
    """What one letter of a map means; NaN is the step reward."""

    reward: float = math.nan
    goal: bool = False
    start: bool = False


@dataclass
class _Draft:
    """What has been read so far, each with the number of the line it came from."""

    rules: dict[str, Any] = field(default_factory=dict)
    legend: dict[str, _Letter] = field(
        default_factory=lambda: {"S": _Letter(start=True), "G": _Letter(10.0, goal=True), "L": _Letter(-10.0)}
    )
    defined: set[str] = field(default_factory=set)
    rows: list[tuple[int, str]] = field(default_factory=list)
    numbers: list[tuple[int, list[str]]] | None = None


def parse_map(text: str) -> GridSpec:
    """The grid that a map describes; `format_map` is the exact inverse.

    Raises:
        GridError: with the line and column where the map is wrong, or what is wrong with the grid.
    """
    if len(text) > MAX_MAP_CHARACTERS:
        raise GridError(
            f"the map has {len(text)} characters, more than the {MAX_MAP_CHARACTERS} that a "
            f"{MAX_SIDE}x{MAX_SIDE} grid needs: make it smaller"
        )
    draft = _Draft()
    for number, line in _lines(text):
        _read_line(draft, number, line)
    return _build(draft)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    body = textwrap.dedent(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n"))
    for number, line in enumerate(body.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip()


def _read_line(draft: _Draft, number: int, line: str) -> None:
    if draft.numbers is not None:
        draft.numbers.append((number, line.split()))
    elif line.strip().lower() == "rewards:":
        draft.numbers = []
    elif match := _LEGEND_LINE.fullmatch(line):
        _before_rows(draft, number)
        _read_letter(draft, number, match[1], match[2])
    elif ":" in line:
        _before_rows(draft, number)
        _read_rule(draft, number, *line.split(":", 1))
    else:
        if len(draft.rows) == MAX_SIDE:
            raise GridError(f"line {number}: a map has at most {MAX_SIDE} rows: make it smaller")
        if len(line) > MAX_SIDE:
            raise GridError(
                f"line {number}: a row has at most {MAX_SIDE} cells, got {len(line)}: make it smaller"
            )
        draft.rows.append((number, line))


def _before_rows(draft: _Draft, number: int) -> None:
    if draft.rows:
        raise GridError(f"line {number}: settings and legend come before the rows of the map: move it up")


def _read_rule(draft: _Draft, number: int, key: str, value: str) -> None:
    key, value = key.strip().lower(), value.strip()
    if key not in _KEYS:
        raise GridError(f"line {number}: unknown setting {key[:20]!r}, the settings are {', '.join(_KEYS)}")
    name = _KEYS[key]
    if name in draft.rules:
        raise GridError(f"line {number}: {key} is set twice: remove one")
    if key == "goal":
        draft.rules[name] = value.lower()
    elif key in ("actions", "moves"):
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise GridError(f"line {number}: {key} must be a whole number, got {value[:20]!r}")
        draft.rules[name] = int(value)
    else:
        draft.rules[name] = _number(value, f"line {number}: {key}")


def _read_letter(draft: _Draft, number: int, letter: str, meaning: str) -> None:
    if letter in draft.defined:
        raise GridError(f"line {number}: the letter {letter} is defined twice: remove one")
    draft.defined.add(letter)
    words = meaning.lower().split()
    roles, rest = set(words) & {"goal", "start"}, [word for word in words if word not in ("goal", "start")]
    if len(rest) != 1:
        raise GridError(
            f"line {number}: write {letter} = NUMBER, with goal, start or step if needed (X = -5, B = goal 3)"
        )
    value = math.nan if rest[0] == "step" else _number(rest[0], f"line {number}: the reward of {letter}")
    draft.legend[letter] = _Letter(value, "goal" in roles or letter == "G", "start" in roles or letter == "S")


def _number(word: str, what: str) -> float:
    try:
        value = float(word) if len(word) <= 32 and "_" not in word else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise GridError(f"{what} must be a finite number, got {word[:20]!r}")
    return value


def _build(draft: _Draft) -> GridSpec:
    if not draft.rows:
        raise GridError("the map has no rows: draw cells with . for free, # for wall, G for the goal")
    height, width = len(draft.rows), len(draft.rows[0][1])
    for number, row in draft.rows:
        if len(row) != width:
            raise GridError(
                f"line {number}: this row has {len(row)} cells, the first has {width}: make them equal"
            )
        for column, letter in enumerate(row, start=1):
            if letter not in ".#" and letter not in draft.legend:
                raise GridError(
                    f"line {number}, column {column}: {letter!r} means nothing: use . # S G L, "
                    "or define a letter above the map (X = -5)"
                )
    check_side(height, width)
    cells = np.array([list(row) for _, row in draft.rows])
    layers: dict[str, Any] = {
        "walls": cells == "#",
        "rewards": np.full((height, width), np.nan),
        "goals": np.zeros((height, width), dtype=bool),
        "starts": np.zeros((height, width), dtype=bool),
    }
    for letter, meaning in draft.legend.items():
        where = cells == letter
        layers["rewards"][where] = meaning.reward
        layers["goals"][where] = meaning.goal
        layers["starts"][where] = meaning.start
    if draft.numbers is not None:
        _read_rewards(draft.numbers, layers["rewards"])
    return GridSpec(height, width, **layers, **draft.rules)


def _read_rewards(numbers: list[tuple[int, list[str]]], rewards: np.ndarray) -> None:
    height, width = rewards.shape
    if len(numbers) != height:
        raise GridError(f"the rewards block has {len(numbers)} rows, the map has {height}: make them equal")
    for row, (number, words) in enumerate(numbers):
        if len(words) != width:
            raise GridError(
                f"line {number}: this row of rewards has {len(words)} numbers, the map is {width} wide"
            )
        for column, word in enumerate(words):
            if word != ".":
                rewards[row, column] = _number(word, f"line {number}: number {column + 1}")


def format_map(spec: GridSpec) -> str:
    """The map text of a grid, from which `parse_map` builds an equal grid."""
    letters, legend, block = _letters(spec)
    lines = [f"{key}: {_short(getattr(spec, name))}" for key, name in _KEYS.items()]
    lines += [*legend, ""]
    lines += ["".join(row) for row in letters.tolist()]
    if block:
        lines += ["", "rewards:"]
        lines += [" ".join("." if math.isnan(x) else _short(x) for x in row) for row in spec.rewards.tolist()]
    return "\n".join(lines) + "\n"


def _short(value: float | int | str) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _letters(spec: GridSpec) -> tuple[np.ndarray, list[str], bool]:
    """Letter of every cell, the legend lines they need, and whether rewards go into a block of numbers."""
    kinds = {(g, s) for g, s in zip(spec.goals.ravel().tolist(), spec.starts.ravel().tolist(), strict=True)}
    values = set(spec.rewards[~np.isnan(spec.rewards)].tolist())
    block = len(values) * len(kinds) > 12
    rewards = np.full_like(spec.rewards, np.nan) if block else spec.rewards
    letters = np.where(spec.walls, "#", ".")
    usual = {(-10.0, False, False): "L", (10.0, True, False): "G", (None, False, True): "S"}
    spare = iter([c for c in string.ascii_uppercase + string.ascii_lowercase if c not in "SGL"])
    found: dict[tuple[float | None, bool, bool], str] = {}
    for row, column in np.argwhere(~spec.walls).tolist():
        value = float(rewards[row, column])
        kind = (
            None if math.isnan(value) else value,
            bool(spec.goals[row, column]),
            bool(spec.starts[row, column]),
        )
        if kind == (None, False, False):
            continue
        if kind not in found:
            found[kind] = usual[kind] if kind in usual else next(spare)
        letters[row, column] = found[kind]
    legend = [_legend_line(letter, *kind) for kind, letter in found.items() if kind not in usual]
    return letters, legend, block


def _legend_line(letter: str, value: float | None, goal: bool, start: bool) -> str:
    words = ["goal"] * goal + ["start"] * start + ["step" if value is None else _short(value)]
    return f"{letter} = {' '.join(words)}"
