"""Random small grids of every kind."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from irl_app.envs.grid_spec import GridSpec


@st.composite
def grids(draw: st.DrawFn) -> GridSpec:
    height, width = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    cells = st.lists(st.sampled_from(".....##GX"), min_size=height * width, max_size=height * width)
    letters = np.array(draw(cells)).reshape(height, width)
    letters[draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))] = "G"
    letters[draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))] = "S"
    value = draw(st.floats(-100, 100))
    rewards = np.where(letters == "X", value, np.nan)
    kind = draw(st.sampled_from(["stay", "teleport"]))
    goals = letters == "G"
    if not (goals.any() or (letters == "X").any()):
        goals[0, 0] = True
    return GridSpec(
        height,
        width,
        walls=(letters == "#") & ~goals,
        rewards=rewards,
        goals=goals,
        starts=(letters == "S") & ~goals,
        slip=draw(st.sampled_from([0.0, 0.1, 0.4, 1.0])),
        n_actions=draw(st.sampled_from([4, 5])),
        goal_kind=kind,
        step_reward=draw(st.floats(-10, 10)),
    )
