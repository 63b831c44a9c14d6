"""Lunar Lander that begins elsewhere: the same moon, another start."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.envs.box2d.lunar_lander import SCALE, VIEWPORT_H, VIEWPORT_W, LunarLander


class ShiftedLander(LunarLander):
    """Gymnasium's Lunar Lander with discrete actions, the lander put elsewhere before its first move.

    Dynamics, reward and the random push at the start are those of ``LunarLander-v3``; the pad stays in the
    middle. The idle move that Gymnasium's reset ends with is made once more from the new place.

    Args:
        across: horizontal place of the start in half screens, 0 the middle, -1 and 1 the edges.
        down: how much lower than usual it begins, in half screens; hills reach up to 1 below the usual start.
        render_mode: as Gymnasium's.
    """

    def __init__(self, across: float, down: float = 0.0, render_mode: str | None = None) -> None:
        if not -1.0 < across < 1.0:
            raise ValueError(f"across must lie between -1 and 1, the edges of the screen, got {across}")
        if not 0.0 <= down <= 0.8:
            raise ValueError(f"down must lie between 0 and 0.8, above the highest hill, got {down}")
        super().__init__(render_mode=render_mode)
        self.across, self.down = across, down

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        """As Gymnasium's."""
        super().reset(seed=seed, options=options)
        x, y = self.across * VIEWPORT_W / SCALE / 2, self.down * VIEWPORT_H / SCALE / 2
        for body in (self.lander, *self.legs):
            body.position = (body.position.x + x, body.position.y - y)
        self.prev_shaping = None
        return self.step(0)[0], {}
