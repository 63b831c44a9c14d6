"""Grid worlds; importing this registers them with Gymnasium.

``irl_app/GridWorld-v0`` takes a grid or its map, ``irl_app/GridWorld-PRESET-v0`` is a preset.
"""

import gymnasium as gym

from irl_app.envs.presets import PRESETS

ENV_ID = "irl_app/GridWorld-v0"
PRESET_ENV_IDS = {name: f"irl_app/GridWorld-{name}-v0" for name in PRESETS}

_ENTRY_POINT = "irl_app.envs.gridworld:GridWorld"

if ENV_ID not in gym.registry:
    gym.register(ENV_ID, entry_point=_ENTRY_POINT)
    for _name, _env_id in PRESET_ENV_IDS.items():
        gym.register(_env_id, entry_point=_ENTRY_POINT, kwargs={"preset": _name})
