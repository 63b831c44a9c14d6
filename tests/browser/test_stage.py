"""Two robots in a real browser: they move, stop, go where they are told, and can be seen in any light."""

from __future__ import annotations

import contextlib
import re
from typing import Any
from urllib.parse import urlencode

import pytest

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

APP = "tests/browser/stage_app.py"
PICTURE = "canvas => canvas.toDataURL()"
CORNER = "canvas => [...canvas.getContext('2d').getImageData(4, canvas.height - 4, 1, 1).data.slice(0, 3)]"


@pytest.fixture
def robots(app_server: Any, browser_page: Any) -> Any:
    """``robots(kind="bodies", **options) -> page`` with both robots drawn."""

    def open_page(kind: str = "bodies", **options: Any) -> Any:
        page = browser_page(f"{app_server(APP)}/?{urlencode({'kind': kind})}", **options)
        expect(page.locator(".scene canvas").last).to_be_visible()
        expect(page.locator(".clock")).to_contain_text("step")
        return page

    return open_page


def until(page: Any, holds: Any) -> None:
    """Wait for something of the picture, which no locator sees."""
    for _ in range(200):
        if holds():
            return
        page.wait_for_timeout(50)
    raise AssertionError("the picture did not change as it should")


def clock(page: Any, step: int) -> None:
    expect(page.locator(".clock")).to_contain_text(re.compile(rf"^step {step} of 200,"))


def test_they_move_stop_and_go_where_they_are_told(robots: Any) -> None:
    page = robots(width=900, height=700)
    canvas = page.locator(".scene canvas").first
    first = canvas.evaluate(PICTURE)
    until(page, lambda: canvas.evaluate(PICTURE) != first)
    pair = page.get_by_role("group", name=re.compile("^Expert and learner"))
    pair.focus()
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("Home")
    clock(page, 0)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    clock(page, 11)
    page.get_by_role("slider", name="Step").fill("150")
    clock(page, 150)
    expect(page.get_by_text("fallen at step 120")).to_be_visible()
    trace = page.locator(".trace").first
    box = trace.bounding_box()
    trace.hover(position={"x": 30 + (box["width"] - 40) / 2, "y": 60})
    expect(page.locator(".readout")).to_contain_text("Step 100, 2.00 s: expert true")
    trace.click(position={"x": 30 + (box["width"] - 40) / 2, "y": 60})
    clock(page, 100)
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.locator(".clock")).not_to_contain_text("step 100 of")


def test_the_camera_can_be_chosen_and_dragged(robots: Any) -> None:
    page = robots("space", still=True)
    canvas, side = page.locator(".scene canvas").first, page.get_by_role("radio", name="Camera: Side")
    expect(page.get_by_role("radio", name="Camera: Three-quarter")).to_have_attribute("aria-checked", "true")
    before = canvas.evaluate(PICTURE)
    side.click()
    expect(side).to_have_attribute("aria-checked", "true")
    until(page, lambda: canvas.evaluate(PICTURE) != before)
    before = canvas.evaluate(PICTURE)
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 130)
    page.mouse.up()
    expect(side).to_have_attribute("aria-checked", "false")
    until(page, lambda: canvas.evaluate(PICTURE) != before)


def test_reduced_motion_stands_at_the_end_and_plays_once(robots: Any) -> None:
    page = robots(still=True)
    clock(page, 200)
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("radio", name="Speed: 4×").click()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    clock(page, 200)


def test_both_themes_and_a_telephone(robots: Any) -> None:
    page = robots(still=True, width=390, height=844)
    canvas = page.locator(".scene canvas").first
    until(page, lambda: min(canvas.evaluate(CORNER)) > 200)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="dark")
    until(page, lambda: max(canvas.evaluate(CORNER)) < 70)


def test_rendered_pictures_are_shown_without_a_camera(robots: Any) -> None:
    page = robots("film", still=True)
    canvas = page.locator(".scene canvas").first
    middle = "c => [...c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data].join()"
    until(page, lambda: canvas.evaluate(middle).endswith("255"))
    before = canvas.evaluate(middle)
    page.get_by_role("slider", name="Step").fill("6")
    until(page, lambda: canvas.evaluate(middle) != before)
    expect(page.get_by_role("radiogroup", name="Camera")).to_be_hidden()
