"""Tasks by name: ``gridworld/PRESET``, or ``gridworld/map`` with a map of one's own."""

from __future__ import annotations

from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.envs.presets import PRESETS, make_preset

FAMILY, OWN_MAP = "gridworld", "map"


def task_names() -> tuple[str, ...]:
    """The names of all tasks that need no map."""
    return tuple(f"{FAMILY}/{name}" for name in PRESETS)


def task(name: str, size: int | None = None, seed: int = 0, map_text: str | None = None) -> GridSpec:
    """The grid of a task.

    Args:
        name: ``gridworld/PRESET`` or ``gridworld/map``.
        size: cells a side; None takes the preset's usual size.
        seed: of presets whose layout is random.
        map_text: a map that takes the place of the preset's grid.

    Raises:
        GridError: unknown name (the message lists them), a map that does not parse, a map and a size at
            once, or ``gridworld/map`` without a map.
    """
    family, _, preset = name.partition("/")
    if family != FAMILY or preset not in (OWN_MAP, *PRESETS):
        raise GridError(
            f"unknown task {name[:40]!r}, the tasks are {', '.join(task_names())}, {FAMILY}/{OWN_MAP}"
        )
    if map_text is not None:
        if size is not None:
            raise GridError("a map has its own size: give either a map or a size")
        return parse_map(map_text)
    if preset == OWN_MAP:
        raise GridError(f"{FAMILY}/{OWN_MAP} needs a map: give its text")
    return make_preset(preset, size, seed)
