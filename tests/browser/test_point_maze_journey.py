"""The point maze in a real browser: driven by hand, its reward read, the barrier moved."""

from __future__ import annotations

import contextlib
from typing import Any

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

SLOW = 60_000  # ms, of a machine that does much else
WAY = ((-1.4, -1.2), (-1.4, 1.2), (1.0, 2.0))
"""Round the barrier on the left, to the star: metres from the middle."""


def press(page: Any, canvas: Any, x: float, y: float) -> None:
    box = canvas.bounding_box()
    page.mouse.click(box["x"] + (x + 2.5) / 5.0 * box["width"], box["y"] + (2.5 - y) / 5.0 * box["height"])


def test_five_driven_demonstrations_give_a_map_and_the_agent_still_arrives(
    app_server: Any, browser_page: Any
) -> None:
    page = browser_page(f"{app_server('app.py')}/point-maze", width=1440, height=950)
    canvas = page.locator("canvas.field").first
    expect(canvas).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Drive it yourself").click()
    expect(page.get_by_role("heading", name="Show the way to the star.")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("Rest on the star to finish")).to_be_visible(timeout=SLOW)
    for n in range(1, 6):
        for place in WAY:
            press(page, canvas, *place)
        expect(page.get_by_text(f"from {n} demonstration")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("heading", name="It learned where to go")).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Move the barrier").click()
    moved = page.get_by_role("heading", name="The barrier has moved, and the reward still leads to the goal.")
    expect(moved).to_be_visible(timeout=SLOW)
    expect(page.get_by_text("at the goal after").first).to_be_visible()
    page.get_by_role("button", name="Put the barrier back").click()
    expect(page.get_by_role("heading", name="It learned where to go")).to_be_visible(timeout=SLOW)
