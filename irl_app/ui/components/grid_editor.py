"""The world: a grid that is drawn, played with the keys and replayed, inside the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from irl_app.envs.grid_spec import MAX_MOVES, MAX_SIDE, GridSpec
from irl_app.ui.components._wire import (
    ComponentStateError,
    ignore_change,
    json_numbers,
    listed,
    read_state,
    register,
    whole,
)
from irl_app.ui.components.drawing import Drawing
from irl_app.ui.link_codec import MAX_EPISODES

EditorMode = Literal["play", "watch", "draw", "replay"]
Ending = Literal["terminated", "truncated", "open"]

MODES: tuple[EditorMode, ...] = ("play", "watch", "draw", "replay")
ENDINGS: tuple[Ending, ...] = ("terminated", "truncated", "open")
MAX_PATHS = 60  # trajectories that are sent for the overlay and the replay


@dataclass(frozen=True)
class PlayedEpisode:
    """An episode that a person played: what `irl_app.demonstrations.from_play` takes, and how it ended.

    Attributes:
        start: the cell it started in.
        moves: (action, next cell) of every move, in time order, slips included as they happened.
        ending: "terminated" at an ending goal, "truncated" where its player or the limit of
            moves ended it, "open" while it is played.
    """

    start: int
    moves: tuple[tuple[int, int], ...]
    ending: Ending

    def to_wire(self) -> dict[str, Any]:
        """The episode as small JSON: the actions as a string of digits."""
        return {
            "start": self.start,
            "actions": "".join(str(action) for action, _ in self.moves),
            "next": [cell for _, cell in self.moves],
            "ending": self.ending,
        }

    @classmethod
    def from_wire(cls, wire: object) -> PlayedEpisode:
        """Read what the browser recorded.

        Raises:
            ComponentStateError: it is no episode.
        """
        if not isinstance(wire, dict):
            raise ComponentStateError("a played episode must be an object")
        actions, ending, last_cell = wire.get("actions"), wire.get("ending"), MAX_SIDE * MAX_SIDE - 1
        if not isinstance(actions, str) or not set(actions) <= set("01234"):
            raise ComponentStateError("the actions of a played episode must be digits from 0 to 4")
        if ending not in ENDINGS:
            raise ComponentStateError(
                f"an episode's ending must be one of {', '.join(ENDINGS)}, got {ending!r:.40}"
            )
        cells = [
            whole(c, 0, last_cell, "a cell") for c in listed(wire.get("next"), MAX_MOVES, "the next cells")
        ]
        if len(cells) != len(actions):
            raise ComponentStateError(
                f"a played episode has {len(actions)} actions but {len(cells)} next cells"
            )
        moves = tuple(zip(map(int, actions), cells, strict=True))
        return cls(start=whole(wire.get("start"), 0, last_cell, "a start"), moves=moves, ending=ending)


@dataclass(frozen=True)
class EditorState:
    """What the person has done since ``revision``.

    Attributes:
        mode: the tab that is open.
        drawing: the whole drawing after the last stroke; None when nothing was drawn since the revision.
        episodes: every episode played and kept, in order; None when none was played or deleted since the
            revision (then what was given as ``played`` still holds).
        episode: index of the path chosen in the replay tab.
    """

    mode: EditorMode
    drawing: Drawing | None = None
    episodes: tuple[PlayedEpisode, ...] | None = None
    episode: int = 0


_mount = register(
    "grid_editor",
    html='<div class="irl-root irl-editor"></div>',
    scripts=(
        *("pens.js", "colours.js", "cells.js", "panel.js", "world.js", "planner.js", "cell_layer.js"),
        *("draw_tool.js", "play_tool.js", "watch_tool.js", "replay_tool.js", "grid_editor.js"),
    ),
    styles=("panel.css", "grid_editor.css"),
)


def read_editor(key: str, *, revision: str, mode: EditorMode = "draw") -> EditorState:
    """The editor's state as it stands in this run, before (or without) mounting it.

    Args:
        key: the key it is mounted with.
        revision: as given to `grid_editor`; what was done on another revision is left out.
        mode: the tab that is open until the person opens another.

    Raises:
        ComponentStateError: the browser sent a state that the editor does not send.
    """
    view, drawn, played = (read_state(key, name) for name in ("view", "drawn", "played"))
    drawing, episodes, episode = None, None, 0
    if view is not None:
        if view.get("mode") not in MODES:
            raise ComponentStateError(
                f"the mode must be one of {', '.join(MODES)}, got {view.get('mode')!r:.40}"
            )
        mode = view["mode"]
        episode = whole(view.get("episode", 0), 0, MAX_PATHS - 1, "the replayed episode")
    if drawn is not None and drawn.get("revision") == revision:
        drawing = Drawing.from_wire(drawn)
    if played is not None and played.get("revision") == revision:
        log = listed(played.get("episodes"), MAX_EPISODES, "the played episodes")
        episodes = tuple(PlayedEpisode.from_wire(episode) for episode in log)
    return EditorState(mode=mode, drawing=drawing, episodes=episodes, episode=episode)


def grid_editor(
    grid: GridSpec,
    *,
    key: str,
    revision: str,
    drawing: Drawing | None = None,
    playable: bool = True,
    mode: EditorMode = "draw",
    modes: Sequence[EditorMode] = MODES,
    visits: NDArray[np.floating[Any]] | NDArray[np.integer[Any]] | None = None,
    paths: Sequence[NDArray[np.integer[Any]]] = (),
    episode: int = 0,
    played: Sequence[PlayedEpisode] = (),
    play_from: int | None = None,
    games_asked: int = 0,
    title: str = "World",
    caption: str = "",
    link: str = "",
) -> None:
    """Mount the world; `read_editor` says what the person has done on this ``revision``.

    The browser owns the drawing and the played episodes while ``revision`` stays the same and sends them
    whole after every stroke and key, so that nothing is lost when reruns coalesce. Give a new ``revision`` to
    replace them (a preset, a pasted map, an opened link); undo does not go back beyond it.

    Args:
        grid: the rules (actions, slip, goal's kind, moves, step reward) and, without ``drawing``, the layers.
        key: the component's key; its states live in ``st.session_state[key]``.
        revision: names the world that was given; any string.
        drawing: the layers to show where they are not those of ``grid`` (an unplayable drawing is kept on
            screen while ``grid`` is the last playable one, whose scale of colours is kept).
        playable: whether episodes can be played in what is shown.
        mode: the tab to open; a change of this argument opens it (the returned mode may be handed back).
        modes: the tabs that are offered; a single one needs no tabs.
        visits: (S,) or (H, W) visit counts or occupancy, drawn as discs; None hides the switch.
        paths: cells (T+1,) of each demonstration, for the overlay and the replay; the first 60 are used.
        episode: path to replay; a change of this argument chooses that path.
        played: episodes to continue from when the component is mounted anew.
        play_from: the cell in which the next game starts where it may; None leaves it to chance.
        games_asked: another number opens the tab "play" with a new game.
        title, caption: a few words above the world, one short line below them.
        link: components with the same name highlight the same cell; the agents of the tab "watch" plan with
            the reward that `grid_maps` of this name shows.
    """
    _mount(
        key=key,
        data={
            "revision": revision,
            "world": (drawing or Drawing.of(grid)).to_wire(),
            "rules": {
                "actions": grid.n_actions,
                "slip": grid.slip,
                "goal": grid.goal_kind,
                "moves": grid.max_steps,
                "step": grid.step_reward,
            },
            "playable": playable,
            "largest": float(np.nanmax(np.abs(grid.state_reward()))),
            "mode": mode,
            "modes": list(modes),
            "visits": None if visits is None else json_numbers(np.asarray(visits, dtype=np.float64)),
            "paths": [np.asarray(path).tolist() for path in paths[:MAX_PATHS]],
            "episode": episode,
            "played": [one.to_wire() for one in played],
            "playFrom": play_from,
            "gamesAsked": games_asked,
            "title": title,
            "caption": caption,
            "link": link,
        },
        on_view_change=ignore_change,
        on_drawn_change=ignore_change,
        on_played_change=ignore_change,
    )
