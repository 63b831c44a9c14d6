"""A reward as a CSV table for people and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np

from irl_app.envs.grid_dynamics import ACTION_NAMES
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError
from irl_app.rewards import InverseBellmanReward, Reward, StateActionReward, StateReward


def reward_table_csv(reward: Reward) -> str:
    """One line a state (state rewards) or a state and action; cells by row and column from 1, walls left out.

    ``reward`` is received on entering the cell, or for the pair. A transition reward Q(s,a) - gamma V(s')
    depends on where the move led: its table gives ``q`` and the cell's own ``v`` to put together.
    """
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(_rows(reward))
    return stream.getvalue()


def _rows(reward: Reward) -> Iterator[list[object]]:
    places = _places(reward)
    actions = (
        ACTION_NAMES if reward.info.n_actions in (4, 5) else tuple(map(str, range(reward.info.n_actions)))
    )
    if isinstance(reward, StateReward):
        has_sd = reward.sd is not None
        yield ["state", "row", "column", "reward", *(["sd"] if has_sd else [])]
        for state, row, column in places:
            if np.isfinite(reward.values[state]):
                sd = [] if reward.sd is None else [float(reward.sd[state])]
                yield [state, row, column, float(reward.values[state]), *sd]
        return
    transition = isinstance(reward, InverseBellmanReward)
    yield ["state", "row", "column", "action", *(["q", "v"] if transition else ["reward"])]
    for state, row, column in places:
        for action, name in enumerate(actions[: reward.info.n_actions]):
            if isinstance(reward, InverseBellmanReward):
                yield [state, row, column, name, float(reward.q[state, action]), float(reward.v[state])]
            elif isinstance(reward, StateActionReward):
                yield [state, row, column, name, float(reward.values[state, action])]


def _places(reward: Reward) -> list[tuple[int, int | str, int | str]]:
    """State, row and column of every state that is not a wall; row and column are empty without a map."""
    try:
        grid = parse_map(reward.info.map_text)
    except GridError:
        grid = None
    if grid is None or grid.n_states != reward.info.n_states:
        return [(state, "", "") for state in range(reward.info.n_states)]
    free = np.flatnonzero(~grid.walls.ravel())
    return [(int(s), int(s) // grid.width + 1, int(s) % grid.width + 1) for s in free]
