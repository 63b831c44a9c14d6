"""A maze and the reward that was read in it, side by side: both as fields, points moving on one clock.

The person drags the start, the goal and the barrier, draws walls, or drives the point; all is sent whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from irl_app.envs.maze_map import MAX_CELLS, MazeError, MazeMap, format_maze, parse_maze
from irl_app.mazes.scene import Scene
from irl_app.ui.components._wire import (
    ComponentStateError,
    finite,
    ignore_change,
    json_numbers,
    listed,
    read_state,
    register,
    whole,
)
from trainers.arrays import FloatArray

MOST_PATHS, MOST_PLACES, SHOWN = 60, 400, 30
MOST_STROKES = 10_000
_mount = register(
    "maze",
    html='<div class="irl-root irl-maze"></div>',
    scripts=("colours.js", "panel.js", "maze_field.js", "maze_drive.js", "maze.js"),
    styles=("panel.css", "maze.css"),
)


@dataclass(frozen=True, eq=False)
class MazeEdit:
    """What the person has made of the maze.

    Attributes:
        stroke: a number of its own for every edit. start: (2,) where the points start.
        maze: as it is now; None, and ``mistake`` says why, where it is no maze.
    """

    stroke: int
    start: FloatArray
    maze: MazeMap | None
    mistake: str = ""


def read_maze_edit(key: str, revision: str) -> MazeEdit | None:
    """The last edit on this revision, before (or without) mounting the component.

    Raises:
        ComponentStateError: the browser sent a state that the component does not send.
    """
    sent = read_state(key, "edit")
    if sent is None or sent.get("revision") != revision:
        return None
    stroke = whole(sent.get("stroke"), 0, MOST_STROKES, "the edit's number")
    start = [finite(each, MAX_CELLS, "the start") for each in listed(sent.get("start"), 2, "the start")]
    rows = listed(sent.get("rows"), MAX_CELLS, "the maze's rows")
    if len(start) != 2 or not all(isinstance(row, str) and len(row) <= MAX_CELLS for row in rows):
        raise ComponentStateError("the maze must be rows of letters with a start of two numbers")
    try:
        return MazeEdit(stroke, np.array(start), parse_maze("\n".join(rows)))
    except MazeError as error:
        return MazeEdit(stroke, np.array(start), None, str(error))


def read_driven(key: str, revision: str) -> tuple[FloatArray, ...]:
    """The paths (t, 2) that were driven on this revision, a place every 0.2 s; each of 2 places or more.

    Raises:
        ComponentStateError: the browser sent a state that the component does not send.
    """
    sent = read_state(key, "driven")
    if sent is None or sent.get("revision") != revision:
        return ()
    paths = []
    for path in listed(sent.get("paths"), MOST_PATHS, "the driven paths"):
        numbers = [
            finite(each, MAX_CELLS, "a driven place") for each in listed(path, 2 * MOST_PLACES, "a path")
        ]
        if len(numbers) >= 4 and len(numbers) % 2 == 0:
            paths.append(np.array(numbers).reshape(-1, 2))
    return tuple(paths)


def maze_fields(
    scene: Scene | None,
    *,
    key: str,
    revision: str,
    stroke: int,
    now: MazeMap,
    learned_in: MazeMap,
    start: FloatArray,
    demonstrations: Sequence[FloatArray] = (),
    driving: bool = False,
    paths: Sequence[FloatArray] = (),
    said: str = "",
) -> None:
    """Mount the two pictures; `read_maze_edit` and `read_driven` say what was done on this ``revision``.

    Args:
        scene: what is known; None while nothing has been shown.
        revision: names the state that was given; what was done before on another one is left out.
        stroke: the last edit that this answers.
        now: the maze as it is. learned_in: as it was; its barrier is outlined where it has moved.
        start: (2,) where both points start. demonstrations: (t, 2) each; the first ``SHOWN`` are drawn.
        driving: whether the person drives. paths: those driven before, to go on from.
        said: under the name of the recovered reward.
    """
    data: dict[str, Any] = {
        "revision": revision,
        "stroke": stroke,
        "rows": format_maze(now).split("\n"),
        "learned": format_maze(learned_in).split("\n"),
        "start": np.round(start, 3).tolist(),
        "demos": [np.round(path, 3).ravel().tolist() for path in demonstrations[:SHOWN]],
        "driving": driving,
        "paths": [np.round(path, 3).ravel().tolist() for path in paths],
        "said": said,
        "scene": None if scene is None else _wire(scene),
    }
    _mount(key=key, data=data, on_edit_change=ignore_change, on_driven_change=ignore_change)


def _wire(scene: Scene) -> dict[str, Any]:
    lattice = scene.lattice
    return {
        "low": lattice.low.tolist(),
        "spacing": lattice.spacing,
        "shape": list(lattice.shape),
        "true": json_numbers(scene.true),
        "recovered": json_numbers(scene.recovered),
        "value": json_numbers(scene.value),
        "unsure": json_numbers(np.clip(scene.unsure, 0.0, 1.0)),
        "visited": scene.visited.astype(int).ravel().tolist(),
        "policy": json_numbers(scene.policy),
        "tracks": [
            {"places": np.round(one.states[0, :, :2], 3).ravel().tolist(), "away": json_numbers(one.away[0])}
            for one in (scene.agent, scene.knowing)
        ],
    }
