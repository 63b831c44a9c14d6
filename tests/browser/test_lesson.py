"""The first lesson in a real browser, as somebody does it who has a keyboard and no mouse."""

from __future__ import annotations

import contextlib
from typing import Any

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

MOST_TABS = 80


def tab_to(page: Any, locator: Any) -> None:
    """Press Tab until this has the focus."""
    for _ in range(MOST_TABS):
        if locator.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{locator} is not reached by {MOST_TABS} presses of Tab")


def test_the_first_lesson_is_done_with_the_keyboard_alone(app_server: Any, browser_page: Any) -> None:
    """A guess, a check that fails and says why, a control that is moved, a check that is passed, onwards."""
    page = browser_page(f"{app_server('app.py')}/learn")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reward and return")
    check = page.get_by_role("button", name="Check", exact=True)
    expect(check).to_be_disabled()  # nothing was guessed yet
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Noted.")).to_be_visible()
    expect(check).to_be_enabled()
    tab_to(page, check)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not yet")).to_be_visible()
    tab_to(page, page.get_by_role("slider", name="Discount"))
    for value in ("0.55", "0.60", "0.65"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_text(value, exact=True)).to_be_visible()
    expect(page.get_by_text("Not yet")).to_be_hidden()
    tab_to(page, check)
    page.keyboard.press("Enter")
    expect(page.get_by_text("You were right.")).to_be_visible()
    onwards = page.get_by_role("button", name="Next: Soft values")
    tab_to(page, onwards)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Soft values")
