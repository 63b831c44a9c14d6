"""A run's last episodes and pictures of its reward: what Train shows of one run, and Compare of several."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import plotly.graph_objects as go
import streamlit as st

from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError
from irl_app.export import RewardFileError, load_reward
from irl_app.figures import ThemeName, state_map
from irl_app.reading import FileError, read_bytes
from irl_app.rewards import StateReward
from irl_app.runs import Run, RunConfig, RunError
from irl_app.tasks import Task
from irl_app.training.maps import NAME as MAPS
from irl_app.training.maps import Maps, read_maps
from irl_app.training.rollouts import ABOUT, FOLDER, Rollout, Rollouts, animation, read_rollouts, still
from irl_app.training.slices import NAME as SLICES
from irl_app.training.slices import Slices, read_slices
from irl_app.ui.page import known_task, stamp_of
from irl_app.ui.questions import Keep
from irl_app.ui.train_maps import layouts_known, maps_fit, reward_map
from irl_app.ui.train_slices import reward_slice
from irl_app.ui.train_view_words import RECOVERING
from trainers.spaces import Discrete

KEPT = 32
"""Files that are kept read."""
MAP_BYTES = 400_000
T = TypeVar("T")

_slices: Keep[Slices | None] = Keep(KEPT)
_maps: Keep[Maps | None] = Keep(KEPT)
_rollouts: Keep[Rollouts | None] = Keep(KEPT)
_animations: Keep[bytes | None] = Keep(KEPT)


def rollouts_of(folder: Path) -> Rollouts | None:
    """The run's last episodes; None before there are any, or where what says so is damaged."""
    return kept(_rollouts, folder / FOLDER / ABOUT, lambda: read_rollouts(folder))


def episode_picture(folder: Path, one: Rollout) -> bytes | None:
    """The animation of an episode; None if it is not there."""
    return kept(_animations, folder / FOLDER / one.file, partial(animation, folder, one))


def draw_episode(picture: bytes, words: str, *, moving: bool) -> None:
    """An episode and what it shows, as HTML.

    Args:
        picture: its animation. moving: else its first picture stands still.
    """
    st.image(picture if moving else still(picture), width="stretch")
    st.html(words)


def slices_of(folder: Path, config: RunConfig, task: Task) -> Slices | None:
    """The run's slices; None before there are any, or where they are of another form: a file from elsewhere
    is not drawn."""
    slices = kept(_slices, folder / SLICES, lambda: read_slices(folder))
    return slices if slices is not None and _fits(slices, config, task) else None


def reward_figure(run: Run, theme: ThemeName) -> go.Figure | None:
    """One picture of the reward that a run recovered, of its first seed; None of a run that keeps none."""
    config = run.config
    if not config.is_training:
        return None if config.is_maze else _recovered_map(run, theme)
    if (task := known_task(config)) is None:
        return None
    if task.state_space is not None:
        slices = slices_of(run.folder, config, task)
        return None if slices is None else reward_slice(config, task, task.state_space, slices, theme)
    maps = kept(_maps, run.folder / MAPS, lambda: read_maps(run.folder))
    layouts = layouts_known(task)
    if maps is None or not layouts or config.method not in RECOVERING or not maps_fit(maps, config, layouts):
        return None
    return reward_map(maps, layouts, theme)


def kept(keep: Keep[T | None], path: Path, read: Callable[[], T | None], part: object = None) -> T | None:
    """What a file says, kept while it stays as it is; None if there is none, or a damaged one: it is written
    anew."""
    try:
        return keep.get((path, stamp_of(path), part), 1, read)
    except (RunError, OSError):
        return None


def _recovered_map(run: Run, theme: ThemeName) -> go.Figure | None:
    """What it is worth to enter each cell of the world of a recovery."""
    try:
        text = read_bytes(run.folder / f"map-seed-{run.config.seeds[0]}.txt", MAP_BYTES).decode()
        grid, reward = parse_map(text), load_reward(run.reward_file("state"))
    except (FileError, GridError, RunError, RewardFileError, UnicodeDecodeError):
        return None
    if not isinstance(reward, StateReward) or reward.values.shape != (grid.n_states,):
        return None
    return state_map(grid, reward.values, "", theme=theme)


def _fits(slices: Slices, config: RunConfig, task: Task) -> bool:
    space = task.state_space
    if space is None or not isinstance(task.action_space, Discrete):
        return False
    shape = (len(config.seeds), len(space.pairs), space.side, space.side, task.action_space.n)
    seen = all(own.ndim == 2 and own.shape[1] == len(space.variables) for own in slices.seen)
    return slices.policy.shape == shape and seen and len(slices.seen) in (0, len(config.seeds))
