"""Lunar Lander that begins to one side: the same moon, another start."""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.envs.box2d.lunar_lander import SCALE, VIEWPORT_W, LunarLander


class ShiftedLander(LunarLander):
    """Gymnasium's Lunar Lander with discrete actions, the lander put to one side before its first move.

    Dynamics, reward and the random push at the start are those of ``LunarLander-v3``; the pad stays in the
    middle. The idle move that Gymnasium's reset ends with is made once more from the new place.

    Args:
        shift: horizontal place of the start in half screens, 0 the middle, -1 and 1 the edges.
        render_mode: as Gymnasium's.
    """

    def __init__(self, shift: float, render_mode: str | None = None) -> None:
        if not -1.0 < shift < 1.0:
            raise ValueError(f"shift must lie between -1 and 1, the edges of the screen, got {shift}")
        super().__init__(render_mode=render_mode)
        self.shift = shift

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
        """As Gymnasium's."""
        super().reset(seed=seed, options=options)
        for body in (self.lander, *self.legs):
            body.position = (body.position.x + self.shift * VIEWPORT_W / SCALE / 2, body.position.y)
        self.prev_shaping = None
        return self.step(0)[0], {}
