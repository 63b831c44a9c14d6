"""What a visitor of the point maze page has made of it: the maze, what has moved, who shows the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import streamlit as st

from irl_app.envs.maze_map import MAZES, MazeError, MazeMap, format_maze, parse_maze
from irl_app.export import load_reward
from irl_app.mazes import MazeRecovery, PlaceConfig, recover_places
from irl_app.mazes.driven import follow, shown_by_expert
from irl_app.mazes.network_reward import MazeNetworkReward
from irl_app.mazes.scene import Scene, scene_of
from irl_app.paths import site_root
from irl_app.ui.components.maze import MazeEdit
from trainers.arrays import FloatArray

N_SHOWN, SEED = 20, 0
"""Demonstrations of the expert, and of which draw."""
NETWORKS: Mapping[str, str] = {
    "iq": "IQ-Learn, raw reward of moves",
    "iq-states": "IQ-Learn from states alone, raw",
    "airl": "AIRL, reward of states",
}
METHODS: Mapping[str, str] = {
    "known": "Causal maximum likelihood",
    "learned": "The same, dynamics learned",
    **NETWORKS,
}
SHIPPED = site_root() / "assets" / "rewards" / "PointMaze-right"
Paths = tuple[bytes, ...]


@dataclass
class MazeSession:
    """One visitor's maze.

    Attributes:
        learned_in: where the demonstrations are from. now: as it is; differs where the barrier has moved.
        start: (2,) of both points, and of whoever drives. driven: paths (t, 2) that the visitor drove.
        driving: whether the visitor drives. wanted: method that was chosen, one of `METHODS`.
        velocity: metres a second at which a network's reward is looked at.
        turn: counts what the page itself has changed. stroke: the last edit that was taken.
        notice: one sentence on what could not be done.
    """

    learned_in: MazeMap
    now: MazeMap
    start: FloatArray
    driven: tuple[FloatArray, ...] = ()
    driving: bool = False
    wanted: str = "known"
    velocity: float = 0.0
    turn: int = 0
    stroke: int = 0
    notice: str = ""
    name: str = field(default="right")

    @staticmethod
    def of(name: str) -> MazeSession:
        """A maze of ours, untouched."""
        maze = parse_maze(MAZES[name])
        return MazeSession(maze, maze, maze.centres(maze.starts)[-1], name=name)

    @property
    def revision(self) -> str:
        """Names the state that the browser starts from."""
        return f"{self.name}-{self.turn}"

    @property
    def has_moved(self) -> bool:
        """Whether the maze is another than that of the demonstrations."""
        return self.now != self.learned_in

    @property
    def methods(self) -> Mapping[str, str]:
        """Those that there are for this maze and who showed the way in it; name -> title."""
        shipped = self.name == "right" and not (self.driven or self.driving) and self._untouched
        return METHODS if shipped else {name: METHODS[name] for name in ("known", "learned")}

    @property
    def method(self) -> str:
        """The one that was chosen, or the first where that is not to be had."""
        return self.wanted if self.wanted in self.methods else "known"

    @property
    def network(self) -> MazeNetworkReward | None:
        """The reward of the method, if a network learned it."""
        return _network(self.method) if self.method in NETWORKS else None

    @property
    def _untouched(self) -> bool:
        return self.learned_in == parse_maze(MAZES[self.name])

    def turned(self) -> None:
        """The page has changed something: what the browser did before is settled."""
        self.turn, self.stroke = self.turn + 1, 0

    def take(self, edit: MazeEdit) -> None:
        """Another start or barrier keeps the reward; with another goal it is another world, shown anew."""
        self.stroke, self.notice = edit.stroke, edit.mistake
        if edit.maze is None:
            self.turned()
            return
        self.start = edit.start if edit.maze.is_free(edit.start[None])[0] else self.start
        if edit.maze.goals != self.learned_in.goals:
            self.learned_in, self.driven = edit.maze, ()
        self.now = edit.maze

    def move_barrier(self) -> None:
        """To the other side, or back."""
        self.driving, self.notice = False, ""
        try:
            other = replace(self.learned_in, walls=self.learned_in.walls[:, ::-1].copy())
            self.now = self.learned_in if self.has_moved else other
        except MazeError as error:
            self.notice = f"The barrier cannot go to the other side: {error}."
        if not self.now.is_free(self.start[None])[0]:
            self.start = self.now.centres(self.now.starts)[-1]
        self.turned()

    def drive(self, driving: bool) -> None:
        """Give the visitor the wheel, in the maze as it is, or take it back."""
        if driving:
            self.learned_in, self.driven = self.now, ()
        self.driving = driving
        self.turned()

    def recovery(self) -> MazeRecovery | None:
        """The reward that was read; None while the visitor has not shown anything."""
        if self.driving and not self.driven:
            return None
        paths = tuple(np.ascontiguousarray(path).tobytes() for path in self.driven)
        dynamics = "learned" if self.method == "learned" else "known"
        return _recovery(format_maze(self.learned_in), paths, dynamics)

    def scene(self, recovery: MazeRecovery) -> Scene:
        """The reward in the maze as it is."""
        return scene_of(recovery, self.now, self.start, self.network, self.velocity)


def maze_session() -> MazeSession:
    """This visitor's."""
    if "maze-session" not in st.session_state:
        st.session_state["maze-session"] = MazeSession.of("right")
    session: MazeSession = st.session_state["maze-session"]
    return session


@lru_cache(maxsize=len(NETWORKS))
def _network(name: str) -> MazeNetworkReward:
    """A reward that is shipped."""
    return MazeNetworkReward(parse_maze(MAZES["right"]), load_reward(SHIPPED / f"{name}.safetensors"))


@lru_cache(maxsize=64)
def _recovery(map_text: str, paths: Paths, dynamics: str) -> MazeRecovery:
    maze = parse_maze(map_text)
    if paths:
        shown = follow(maze, [np.frombuffer(path).reshape(-1, 2) for path in paths])
    else:
        shown = shown_by_expert(maze, N_SHOWN, SEED)
    return recover_places(maze, shown, PlaceConfig(dynamics=dynamics))  # type: ignore[arg-type]  # from a choice
