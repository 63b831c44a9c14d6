"""Everybody can read every page: axe finds no serious fault, and nothing is wider than the window."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

with contextlib.suppress(ImportError):  # without playwright the `browser` fixture skips, or fails in CI
    from axe_playwright_python.sync_playwright import Axe

PAGES = {
    "": "What did the expert want?",
    "lab": "The world",
    "learn": "Reward and return",
    "point-maze": "The reward it read",
    "robots": "",
    "train": "Train a network",
    "compare": "",
    "class": "",
}
"""Address -> words that are there once it is drawn."""
WIDTHS = (390, 720, 1280, 1920)
"""Of a telephone; of a laptop at 200 %; of a laptop; of a large screen."""
TRIES = 5
"""What is drawn anew is pale for a moment."""
TOO_WIDE = """() => [...document.querySelectorAll("main *, [data-testid=stMain] *")]
    .filter((node) => {
        const box = node.getBoundingClientRect();
        const hidden = (each) =>
            each && (getComputedStyle(each).overflowX !== "visible" || hidden(each.parentElement));
        return box.width > 1 && box.height > 1 && box.right > innerWidth + 1 && !hidden(node.parentElement);
    })
    .map((node) => node.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_serious_fault_and_fits(app_server: Any, browser_page: Any, address: str) -> None:
    page = browser_page(f"{app_server('app.py')}/{address}", width=1280)
    page.get_by_test_id("stMain").get_by_text(PAGES[address]).first.wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(300)
        for _ in range(TRIES):
            faults = Axe().run(page).response["violations"]
            serious = [
                (fault["id"], fault["nodes"][0]["any"], fault["nodes"][0]["html"][:160])
                for fault in faults
                if fault["impact"] in ("serious", "critical")
            ]
            if not serious:
                break
            page.wait_for_timeout(500)
        assert not serious, theme
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), width
        assert page.evaluate(TOO_WIDE) == [], width
