"""Grid worlds and variants of Gymnasium's own; importing this registers them with Gymnasium.

``irl_app/GridWorld-v0`` takes a grid or its map, ``irl_app/GridWorld-PRESET-v0`` is a preset,
``irl_app/GridImages-PRESET-v0`` a preset seen from above, as planes of walls, goals and player.
``irl_app/LunarLander-shifted-v0`` is Gymnasium's Lunar Lander from another start.
``irl_app/PointMaze-v0`` takes the map of a maze for a point, ``irl_app/PointMaze-NAME-v0`` is one of ours.
"""

import gymnasium as gym
from gymnasium.envs.registration import WrapperSpec

from irl_app.envs.maze_map import MAZES
from irl_app.envs.presets import PRESETS

ENV_ID = "irl_app/GridWorld-v0"
PRESET_ENV_IDS = {name: f"irl_app/GridWorld-{name}-v0" for name in PRESETS}
IMAGE_ENV_IDS = {name: f"irl_app/GridImages-{name}-v0" for name in PRESETS}
SHIFTED_LANDER_ID = "irl_app/LunarLander-shifted-v0"
POINT_MAZE_ID = "irl_app/PointMaze-v0"
POINT_MAZE_IDS = {name: f"irl_app/PointMaze-{name}-v0" for name in MAZES}
MAZE_MOVES = 50
"""Actions of 0.2 s in an episode of a point: the way to the goal, and some time there."""

_ENTRY_POINT = "irl_app.envs.gridworld:GridWorld"
_AS_IMAGES = WrapperSpec("GridImages", "irl_app.envs.grid_images:GridImages", {})

if ENV_ID not in gym.registry:
    gym.register(ENV_ID, entry_point=_ENTRY_POINT)
    gym.register(
        SHIFTED_LANDER_ID,
        entry_point="irl_app.envs.shifted_lander:ShiftedLander",
        max_episode_steps=1000,
        kwargs={"across": -0.7, "down": 0.6},
    )
    for _name, _env_id in (("right", POINT_MAZE_ID), *POINT_MAZE_IDS.items()):
        gym.register(
            _env_id,
            entry_point="irl_app.envs.point_maze:PointMaze",
            max_episode_steps=MAZE_MOVES,
            kwargs={"maze": _name},
        )
    for _name, _env_id in PRESET_ENV_IDS.items():
        gym.register(_env_id, entry_point=_ENTRY_POINT, kwargs={"preset": _name})
    for _name, _env_id in IMAGE_ENV_IDS.items():
        gym.register(
            _env_id, entry_point=_ENTRY_POINT, kwargs={"preset": _name}, additional_wrappers=(_AS_IMAGES,)
        )
