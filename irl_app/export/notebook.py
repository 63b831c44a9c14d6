"""Small figures for notebooks, as SVG: no script, no network."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from trainers.arrays import FloatArray

SIDE, WIDTH, HEIGHT = 160, 320, 160
"""Pixels."""


def heat_map(values: FloatArray, title: str) -> str:
    """A map (H, W) from blue, the lowest, to red; what is not a number, walls, is grey."""
    low, high = np.nanmin(values), np.nanmax(values)
    shares = (values - low) / max(float(high - low), 1e-12)
    cell = SIDE / max(values.shape)
    drawn = "".join(
        f'<rect x="{x * cell:.1f}" y="{20 + y * cell:.1f}" width="{cell:.2f}" height="{cell:.2f}" '
        f'fill="{_colour(float(shares[y, x]))}"/>'
        for y, x in np.ndindex(*values.shape)
    )
    return _svg(SIDE, SIDE + 20, title, drawn)


def lines(x: NDArray[np.int64], values: FloatArray, title: str) -> str:
    """Curves of K columns (N, K) over x (N,), from the lowest to the highest value; gaps are left out."""
    known = np.isfinite(values)
    if not known.any():
        return ""
    low, high = float(values[known].min()), float(values[known].max())
    across = (x - x.min()) / max(float(x.max() - x.min()), 1.0) * (WIDTH - 10) + 5
    up = HEIGHT + 15 - (values - low) / max(high - low, 1e-12) * (HEIGHT - 10)
    curves = "".join(
        f'<polyline fill="none" stroke="#2a78d6" opacity="0.7" points="{_points(across[seen], own[seen])}"/>'
        for own, seen in zip(up.T, known.T, strict=True)
    )
    ends = f'<text x="{WIDTH}" y="14" text-anchor="end">{low:.4g} to {high:.4g}</text>'
    return _svg(WIDTH, HEIGHT + 20, title, ends + curves)


def _points(x: FloatArray, y: FloatArray) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _colour(share: float) -> str:
    if not np.isfinite(share):
        return "#8a8a8a"
    cold, warm = np.array([42, 120, 214]), np.array([208, 59, 59])
    middle = np.array([240, 240, 240])
    mixed = cold + (middle - cold) * 2 * share if share < 0.5 else middle + (warm - middle) * (2 * share - 1)
    return "#" + "".join(f"{round(part):02x}" for part in mixed)


def _svg(width: int, height: int, title: str, content: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-size="12" '
        f'font-family="sans-serif" role="img"><text x="2" y="14">{escape(title)}</text>{content}</svg> '
    )
