"""Which sliders the lab's method has, and what the controls beside the settings say about themselves."""

from __future__ import annotations

import math

from irl_app.envs.grid_spec import MAX_SIDE, MIN_SIDE, GridSpec
from irl_app.ui.components import Slider
from irl_app.ui.lab_state import DEFAULT, LabState
from trainers.settings import Setting, settings_of

HELP = {
    "preset": "A world to start from. Everything in it can be redrawn.",
    "size": f"Cells a side, {MIN_SIDE} to {MAX_SIDE}. Maps follow a slider at once up to about 30.",
    "world": "Another layout: other walls, goals or rewards",
    "expert": "Who shows what to do. Play in the world yourself to become the expert.",
    "temperature_of_expert": "At 0.01 the expert nearly always takes the best action, at 10 nearly any.",
    "noise_of_expert": "How often the expert acts at random: 0 never, 1 always.",
    "demos": "Episodes to learn from. “Endless” uses the expert's exact share of time on every action.",
    "seed": "Another number gives other demonstrations of the same expert.",
    "lens": "Four readings of the same recovered reward, from the most detailed to the most portable.",
}

STEP = 0.001
"""Of sliders on a linear scale."""


def settings_for(lab: LabState) -> list[Setting]:
    """The settings that do something for this lab's method, top to bottom."""
    values = vars(lab.config)
    return [setting for setting in settings_of(type(lab.config)).values() if setting.matters(values)]


def sliders_of(lab: LabState, grid: GridSpec) -> tuple[list[Slider], dict[str, float]]:
    """The sliders of this lab, top to bottom, and where they stand."""
    sliders, values = [], {}
    for setting in settings_for(lab):
        if setting.kind == "number":
            usual = getattr(DEFAULT.config, setting.name)
            value = getattr(lab.config, setting.name)
            if setting.name == "gamma":  # None is the world's own
                usual, value = grid.gamma, grid.gamma if value is None else value
            sliders.append(_slider(setting, usual, value))
            values[setting.name] = value
    return sliders, values


def _slider(setting: Setting, usual: float, value: float) -> Slider:
    """Over what is comfortable to choose from, and as far beyond as the value lies."""
    low, high = _comfortable(setting)
    return Slider(
        setting.name,
        setting.title,
        min(low, usual, value),
        max(high, usual, value),
        usual,
        scale="linear" if setting.range.high < math.inf else "log",
        step=STEP if setting.range.high < math.inf else None,
        help=setting.help,
    )


def _comfortable(setting: Setting) -> tuple[float, float]:
    """A hundredth to a hundredfold of what is usual; of a share everything but an end that is left out."""
    if setting.range.high == math.inf:
        return setting.default / 100.0, setting.default * 100.0
    below, above = (STEP if end in "()" else 0.0 for end in setting.range.ends)
    return setting.range.low + below, setting.range.high - above
