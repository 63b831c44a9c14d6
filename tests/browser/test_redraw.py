"""What three linked maps cost to draw, without a server: the script on a bare page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from irl_app.envs.grid_spec import GridSpec
from irl_app.paths import asset
from irl_app.ui.components import Drawing, Panel

SCRIPTS = ("pens.js", "colours.js", "cells.js", "panel.js", "grid_maps.js")
DRAW = """async ([script, data]) => {
    const file = new Blob([script], { type: 'text/javascript' });
    const { default: draw } = await import(URL.createObjectURL(file));
    const host = document.createElement('div');
    host.style.width = '1060px';
    document.body.append(host);
    const root = document.createElement('div');
    root.className = 'irl-root';
    root.style.display = 'grid';
    const parentElement = host.attachShadow({ mode: 'open' });
    parentElement.append(root);
    const paint = (strokes) => {
        draw({ parentElement, data, setStateValue() {} });
        return strokes();
    };
    let count = 0;
    const proto = CanvasRenderingContext2D.prototype;
    for (const name of ['fill', 'stroke', 'fillRect', 'strokeRect', 'fillText', 'strokeText', 'drawImage']) {
        const real = proto[name];
        proto[name] = function (...args) { count++; return real.apply(this, args); };
    }
    const first = paint(() => count);
    count = 0;
    const again = paint(() => count);
    return [first, again];
}"""


@pytest.mark.parametrize(("size", "most"), [(10, 13), (50, 5), (100, 4)])
def test_maps_are_painted_in_few_strokes_a_cell(browser_page: Any, size: int, most: int) -> None:
    """What is too small to read is not painted, so that a map of any size is redrawn while a slider moves."""
    rng, cells = np.random.default_rng(0), size * size
    goals = np.zeros((size, size), dtype=bool)
    goals[-1, -1] = True
    panels = [
        Panel("actions", "Actions", rng.normal(size=(cells, 4))),
        Panel("state", "State", rng.normal(size=cells)),
        Panel("value", "Value", rng.normal(size=cells), scale="sequential", policy=rng.random((cells, 4))),
    ]
    world = Drawing.of(GridSpec.empty(size, size, goals=goals)).to_wire()
    data = {"world": world, "panels": [panel.to_wire() for panel in panels], "columns": 3}
    script = "\n".join(asset(f"components/{name}").read_text(encoding="utf-8") for name in SCRIPTS)
    first, again = browser_page().evaluate(DRAW, [script, data | {"link": "", "tick": 0, "pinned": None}])
    assert again <= first <= most * cells
