"""A reward as a CSV table: for people and spreadsheets, and back into the arrays it was made of."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator

import numpy as np

from irl_app.envs.grid_dynamics import ACTION_NAMES
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.rewards import (
    InverseBellmanReward,
    Reward,
    RewardInfo,
    StateActionReward,
    StateReward,
    table_shape,
)
from trainers.arrays import FloatArray

COLUMNS = {"reward": "values", "sd": "sd", "q": "q", "v": "v"}
"""Columns that hold numbers, and the reward's arrays that they are."""

ABOUT = "about"
"""Column that says in its first line what the reward is."""
MAX_CELL = 4_000_000
"""Characters of a cell that is read."""


class TableError(ValueError):
    """A text is no table of a reward."""


def reward_table_csv(reward: Reward, about: str) -> str:
    """A table that ``pandas.read_csv`` reads as it is: one line a state (state rewards) or a state and
    action; cells by row and column from 1, walls left out.

    ``reward`` is received on entering the cell, or for the pair. A transition reward Q(s,a) - gamma V(s')
    depends on where the move led: its table gives ``q`` and the cell's own ``v`` to put together. Where the
    end is learned ("absorbing"), cells that may end an episode have their ``tail`` too (see ``Reward.tail``).

    Args:
        about: what it is, for the last column of the first line.
    """
    stream = io.StringIO(newline="")
    told = iter((ABOUT, about))
    rows = ([*row, next(told, "")] for row in _rows(reward))
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def about_of(text: str) -> str:
    """What a table says of its reward; an empty object where it says nothing, or is none."""
    try:
        head, first = _read(text)[:2]
    except (csv.Error, ValueError):
        return "{}"
    return dict(zip(head, first, strict=False)).get(ABOUT) or "{}"


def table_arrays(text: str, info: RewardInfo) -> dict[str, FloatArray]:
    """The arrays of the reward that ``reward_table_csv`` wrote; NaN (or 0 in a table of pairs) for walls.

    Raises:
        TableError: a line, a column or a number is not one of such a table.
        RewardError: the reward is over arrays, not numbered states and actions.
    """
    shape = table_shape(info)
    try:
        head, *rows = _read(text)
        found = {column: COLUMNS[column] for column in head if column in COLUMNS}
        in_pairs = "action" in head
        arrays = {name: np.full(shape if in_pairs else shape[:1], math.nan) for name in found.values()}
        actions = {name: index for index, name in enumerate(_action_names(info))}
        for row in rows:
            cells = dict(zip(head, row, strict=True))
            state = int(cells["state"])
            if not 0 <= state < shape[0]:
                raise TableError(f"the table has a state {state}, it must lie in 0..{shape[0] - 1}")
            place = (state, actions[cells["action"]]) if in_pairs else (state,)
            for column, name in found.items():
                arrays[name][place] = float(cells[column])
    except (csv.Error, KeyError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError("the table has a line that is not as it was written") from error
    if in_pairs:
        for array in arrays.values():
            array[np.isnan(array).all(axis=1)] = 0.0
    return arrays | ({"v": arrays["v"][:, 0]} if "v" in arrays and in_pairs else {})


def _read(text: str) -> list[list[str]]:
    """The rows of a table; `csv` bounds cells for a whole process, so its bound is put back."""
    usual = csv.field_size_limit(MAX_CELL)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    finally:
        csv.field_size_limit(usual)


def _rows(reward: Reward) -> Iterator[list[object]]:
    places, ends = _places(reward)
    tails = tails_of(reward)

    def tail(state: int) -> list[object]:
        if tails is None:
            return []
        return [float(tails[state]) if ends is None or state in ends else ""]

    tail_head = [] if tails is None else ["tail"]
    if isinstance(reward, StateReward):
        has_sd = reward.sd is not None
        yield ["state", "row", "column", "reward", *(["sd"] if has_sd else []), *tail_head]
        for state, row, column in places:
            if np.isfinite(reward.values[state]):
                sd = [] if reward.sd is None else [float(reward.sd[state])]
                yield [state, row, column, float(reward.values[state]), *sd, *tail(state)]
        return
    transition = isinstance(reward, InverseBellmanReward)
    yield ["state", "row", "column", "action", *(["q", "v"] if transition else ["reward"]), *tail_head]
    for state, row, column in places:
        for action, name in enumerate(_action_names(reward.info)):
            if isinstance(reward, InverseBellmanReward):
                numbers = [float(reward.q[state, action]), float(reward.v[state])]
            elif isinstance(reward, StateActionReward):
                numbers = [float(reward.values[state, action])]
            yield [state, row, column, name, *numbers, *tail(state)]


def tails_of(reward: Reward) -> FloatArray | None:
    """(S,) tail of an episode that ended in each state; None where nothing is received after the end."""
    n_states, _ = table_shape(reward.info)
    return reward.tail(np.arange(n_states)) if reward.info.terminal == "absorbing" else None


def _action_names(info: RewardInfo) -> tuple[str, ...]:
    _, n_actions = table_shape(info)
    return ACTION_NAMES[:n_actions] if n_actions in (4, 5) else tuple(map(str, range(n_actions)))


def _places(reward: Reward) -> tuple[list[tuple[int, int | str, int | str]], frozenset[int] | None]:
    """State, row and column of every state that is not a wall, and those that end an episode.

    Without a map row and column are empty, and any state may end one (None).
    """
    grid: GridSpec | None
    try:
        grid = parse_map(reward.info.map_text)
    except GridError:
        grid = None
    n_states, _ = table_shape(reward.info)
    if grid is None or grid.n_states != n_states:
        return [(state, "", "") for state in range(n_states)], None
    free = np.flatnonzero(~grid.walls.ravel())
    places: list[tuple[int, int | str, int | str]] = [
        (int(s), int(s) // grid.width + 1, int(s) % grid.width + 1) for s in free
    ]
    return places, frozenset(np.flatnonzero(grid.mdp().terminal).tolist())
