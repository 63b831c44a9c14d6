"""The three components in a real browser: drawing, playing, replaying, reading maps, dragging sliders."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

APP = "tests/browser/components_app.py"
MARKED = """() => [...document.querySelectorAll('[data-testid=stBidiComponentIsolated]')].flatMap((host) =>
    [...host.shadowRoot.querySelectorAll('.mark.hover')].map((mark) => mark.style.display))"""


@pytest.fixture
def stage(app_server: Any, browser_page: Any) -> Any:
    """``stage(size=10, dark=False, **query) -> page`` with the components drawn."""

    def open_stage(*, dark: bool = False, **query: Any) -> Any:
        page = browser_page(f"{app_server(APP)}/?{urlencode(query)}", dark=dark)
        expect(page.get_by_text("drawn=no")).to_be_visible()
        expect(page.locator(".stage canvas.picture, .slider").last).to_be_visible()
        return page

    return open_stage


def cell(page: Any, i: int) -> Any:
    return page.locator(f'[role=gridcell][data-cell="{i}"]')


def says(page: Any, text: str) -> None:
    """Wait until Python shows exactly this line."""
    expect(page.get_by_text(text, exact=True)).to_be_visible()


def played(page: Any, count: int) -> list[dict[str, Any]]:
    """The episodes as Python has them, once it has ``count`` moves in all."""
    line = page.get_by_text(re.compile("^played="))
    for _ in range(150):
        episodes = json.loads(line.inner_text().removeprefix("played="))
        if sum(len(episode["next"]) for episode in episodes) == count:
            return list(episodes)
        page.wait_for_timeout(50)
    raise AssertionError(f"expected {count} moves, Python has {episodes}")


# ---------------------------------------------------------------------------------------------- drawing


def test_a_click_paints_a_second_takes_away_and_undo_brings_back(stage: Any) -> None:
    page = stage(show="editor")
    says(page, "walls=6")
    cell(page, 55).click()
    says(page, "walls=7")
    expect(cell(page, 55)).to_have_attribute("aria-label", "row 6, column 6, wall")
    cell(page, 55).click()
    says(page, "walls=6")
    page.keyboard.press("Control+z")
    says(page, "walls=7")
    page.get_by_role("button", name="Undo").click()
    says(page, "walls=6")
    page.get_by_role("button", name="Redo").click()
    says(page, "walls=7")
    expect(page.get_by_role("button", name="Redo")).to_be_enabled()


def test_a_fast_stroke_leaves_no_holes_and_is_one_undo(stage: Any) -> None:
    page = stage(size=8, show="editor")
    before = int(page.get_by_text(re.compile("^walls=")).inner_text().removeprefix("walls="))
    first, last = cell(page, 8).bounding_box(), cell(page, 14).bounding_box()
    page.mouse.move(first["x"] + 5, first["y"] + 5)
    page.mouse.down()
    page.mouse.move(last["x"] + 5, last["y"] + 5)
    page.mouse.up()
    for i in range(8, 15):
        expect(cell(page, i)).to_have_attribute("aria-label", re.compile("wall"))
    page.keyboard.press("Control+z")
    says(page, f"walls={before}")


def test_the_keyboard_alone_draws(stage: Any) -> None:
    page = stage(show="editor")
    cell(page, 0).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight", "ArrowRight", "2", " "):
        page.keyboard.press(key)
    expect(cell(page, 33)).to_be_focused()
    expect(cell(page, 33)).to_have_attribute("aria-label", "row 4, column 4, goal, reward 10")
    expect(page.get_by_role("radio", name=re.compile("^Goal"))).to_have_attribute("aria-checked", "true")
    page.get_by_label("Reward of the painted cells").fill("4.5")
    cell(page, 34).click()
    expect(cell(page, 34)).to_have_attribute("aria-label", "row 4, column 5, goal, reward 4.5")
    page.get_by_role("radio", name=re.compile("^Goal")).press("ArrowRight")
    expect(page.get_by_role("radio", name=re.compile("^Lava"))).to_be_focused()
    cell(page, 35).click()
    expect(cell(page, 35)).to_have_attribute("aria-label", "row 4, column 6, lava, reward \N{MINUS SIGN}10")
    says(page, "drawn=yes")


def test_an_unplayable_drawing_stays_on_screen(stage: Any) -> None:
    page = stage(size=4, show="editor")
    page.get_by_role("radio", name=re.compile("^Erase")).click()
    cell(page, 15).click()
    expect(page.get_by_text(re.compile("^problem=the grid has no goal"))).to_be_visible()
    expect(cell(page, 15)).to_have_attribute("aria-label", "row 4, column 4")
    page.get_by_role("button", name="Undo").click()
    says(page, "problem=")
    expect(cell(page, 15)).to_have_attribute("aria-label", re.compile("goal"))


def test_a_large_world_has_buttons_around_the_focus(stage: Any) -> None:
    page = stage(size=100, show="editor")
    assert page.locator("[role=gridcell]").count() == 64
    expect(page.get_by_role("grid")).to_have_attribute("aria-rowcount", "100")
    before = int(page.get_by_text(re.compile("^walls=")).inner_text().removeprefix("walls="))
    box = page.locator(".irl-editor canvas.picture").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.505, box["y"] + box["width"] * 0.995)
    expect(cell(page, 9950)).to_be_focused()
    says(page, "drawn=yes")
    label = cell(page, 9950).get_attribute("aria-label")
    says(page, f"walls={before + (1 if 'wall' in label else -1)}")


# ---------------------------------------------------------------------------------------------- playing


def test_no_key_is_lost(stage: Any) -> None:
    page = stage(show="editor")
    page.get_by_role("radio", name="Play", exact=True).click()
    says(page, "mode=play")
    for key in ["ArrowRight", "ArrowLeft"] * 10:
        page.keyboard.press(key)
    (episode,) = played(page, 20)
    assert episode == {"start": 0, "actions": "13" * 10, "next": [1, 0] * 10, "ending": "open"}
    expect(cell(page, 0)).to_have_attribute("aria-label", "row 1, column 1, start, agent")


def test_episodes_end_are_kept_and_can_be_deleted(stage: Any) -> None:
    page = stage(size=3, show="editor")
    page.get_by_role("radio", name="Play", exact=True).click()
    for key in ("ArrowRight", " ", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    (episode,) = played(page, 5)  # nothing happens after the end
    assert (episode["actions"], episode["ending"]) == ("14122", "terminated")
    page.keyboard.press("Enter")
    cell(page, 1).click()
    assert [one["ending"] for one in played(page, 6)] == ["terminated", "open"]
    page.get_by_role("button", name="Delete game 1").click()
    (left,) = played(page, 1)
    assert left["actions"] == "1"


def test_the_limit_of_moves_ends_an_episode(stage: Any) -> None:
    page = stage(size=3, moves=3, show="editor")
    page.get_by_role("radio", name="Play", exact=True).click()
    for _ in range(5):
        page.keyboard.press("ArrowUp")
    (episode,) = played(page, 3)
    assert episode["ending"] == "truncated"
    assert episode["next"] == [0, 0, 0]


def test_slips_are_recorded_as_they_happen(stage: Any) -> None:
    page = stage(size=6, slip=1, goal="stay", show="editor")
    page.get_by_role("radio", name="Play", exact=True).click()
    for _ in range(30):
        page.keyboard.press(" ")
    (episode,) = played(page, 30)
    cells = [episode["start"], *episode["next"]]
    moves = [(b // 6 - a // 6, b % 6 - a % 6) for a, b in itertools.pairwise(cells)]
    assert all(abs(down) + abs(right) <= 1 for down, right in moves)
    assert len(set(moves)) >= 3, "thirty slips in random directions"


def test_a_teleporting_goal_leads_to_the_start(stage: Any) -> None:
    page = stage(size=3, goal="teleport", show="editor")
    page.get_by_role("radio", name="Play", exact=True).click()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    (episode,) = played(page, 5)
    assert episode["next"] == [1, 2, 5, 8, 0]


def test_a_replay_runs_to_its_end(stage: Any) -> None:
    page = stage(size=5, show="editor")
    page.get_by_role("radio", name="Replay").click()
    expect(page.get_by_text("Demonstration 1 of 2")).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text("8\N{THIN SPACE}/\N{THIN SPACE}8")).to_be_visible()
    expect(cell(page, 24)).to_have_attribute("aria-label", re.compile("agent"))
    page.get_by_label("Move of the demonstration").fill("2")
    expect(cell(page, 2)).to_have_attribute("aria-label", re.compile("agent"))
    page.get_by_role("button", name="Next demonstration").click()
    expect(page.get_by_text("Demonstration 2 of 2")).to_be_visible()


def test_a_late_echo_of_the_tab_changes_nothing(stage: Any) -> None:
    page = stage(size=30, show="editor")
    for name in ("Play", "Replay", "Play", "Draw", "Replay"):
        page.get_by_role("radio", name=name, exact=True).click()
    says(page, "mode=replay")
    page.wait_for_timeout(300)
    expect(page.get_by_role("radio", name="Replay")).to_have_count(1)
    expect(page.get_by_role("radio", name="Replay")).to_have_attribute("aria-checked", "true")
    page.get_by_role("button", name="Next demonstration").click()
    page.get_by_role("button", name="Next demonstration").click()
    page.get_by_role("button", name="Next demonstration").click()
    page.wait_for_timeout(300)
    expect(page.get_by_text("Demonstration 2 of 2")).to_be_visible()


# ---------------------------------------------------------------------------------------------- maps


def test_the_pointer_marks_one_cell_everywhere_and_a_click_pins_it(stage: Any) -> None:
    page = stage(all=1, columns=2)
    first = page.locator(".irl-maps .stage").first
    box = first.bounding_box()
    step = box["width"] / 10
    first.hover(position={"x": 4.5 * step, "y": 2.5 * step})
    assert page.evaluate(MARKED) == ["block"] * 4
    places = page.locator(".readout .place")
    expect(places).to_have_text(["Row 3, column 5"] * 3)
    expect(page.locator(".readout").first).to_contain_text("±\N{NARROW NO-BREAK SPACE}0.4")
    expect(page.locator(".readout").nth(1)).to_contain_text("←")
    first.click(position={"x": 4.5 * step, "y": 2.5 * step})
    says(page, "pinned=24")
    page.mouse.move(5, 5)
    expect(places).to_have_text(["Row 3, column 5"] * 3)
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(places).to_have_text(["Row 3, column 6"] * 3)
    page.keyboard.press("Enter")
    says(page, "pinned=25")
    page.keyboard.press("Escape")
    says(page, "pinned=None")


def test_the_picture_is_saved_as_png_and_as_vectors(stage: Any, tmp_path: Path) -> None:
    page = stage(size=5, all=1, columns=2, dark=True)
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save state as PNG").click()
    assert saved.value.suggested_filename == "state.png"
    saved.value.save_as(tmp_path / "state.png")
    png = (tmp_path / "state.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 3 * (480 + 32)
    for name in ("actions", "world"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=f"Save {name} as SVG").locator("visible=true").click()
        saved.value.save_as(tmp_path / f"{name}.svg")
        root = ET.parse(tmp_path / f"{name}.svg").getroot()
        names = [node.tag.removeprefix("{http://www.w3.org/2000/svg}") for node in root.iter()]
        assert {"rect", "path", "text", "clipPath", "linearGradient"} <= set(names)
        assert not {"script", "image", "foreignObject"} & set(names)
        titles = {"actions": "Recovered reward", "world": "World"}
        assert titles[name] in [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
        assert next(iter(root)).get("fill") == "#ffffff", "saved on white also from the dark theme"


def test_texts_are_texts(stage: Any) -> None:
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    page = stage(caption=hostile, show="editor")
    expect(page.locator(".caption")).to_have_text(hostile)
    assert page.title() != "owned"
    assert page.locator(".irl-editor img").count() == 0


@pytest.mark.parametrize("dark", [False, True])
def test_the_picture_follows_the_theme(stage: Any, dark: bool) -> None:
    page = stage(size=5, dark=dark)
    ink = """(canvas) => {
        const [r, g, b] = canvas.getContext('2d').getImageData(canvas.width / 2, 12, 1, 1).data;
        return (r + g + b) / 3;
    }"""
    lightness = page.locator(".irl-editor canvas.picture").evaluate(ink)
    assert lightness < 90 if dark else lightness > 180


def test_narrow_pages_stack_the_maps(app_server: Any, browser_page: Any) -> None:
    page = browser_page(f"{app_server(APP)}/?size=5&show=maps", width=560)
    tops = page.locator(".irl-maps .panel")
    expect(tops).to_have_count(2)
    expect(tops.last.locator("canvas")).to_be_visible()
    first, last = tops.first.bounding_box(), tops.last.bounding_box()
    assert last["y"] > first["y"] + 200
    assert first["x"] == last["x"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


# ---------------------------------------------------------------------------------------------- sliders


def drawn_ticks(page: Any) -> list[int]:
    return list(page.evaluate("window.ticks"))


def test_maps_follow_while_the_handle_is_dragged(stage: Any) -> None:
    page = stage()
    page.evaluate("""() => { window.ticks = [];
        document.addEventListener('irl-drawn', (event) => window.ticks.push(event.detail.tick)); }""")
    box = page.get_by_role("slider", name="Temperature").bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for step in range(40):
        page.mouse.move(box["x"] + box["width"] * (0.5 + 0.01 * step), y)
        page.wait_for_timeout(25)
    while_dragging = drawn_ticks(page)
    assert max(while_dragging, default=0) >= 4, "the maps were drawn anew before the release"
    page.mouse.up()
    value = page.get_by_label(re.compile("^Temperature, value")).input_value()
    says(page, f"temperature={float(value):g}")
    ticks = drawn_ticks(page)
    assert set(ticks) >= set(range(1, max(ticks) + 1)), "every message was answered by a drawing"


def test_box_keys_and_reset_set_the_value(stage: Any) -> None:
    page = stage(show="sliders")
    slider = page.get_by_role("slider", name="Temperature")
    box = page.get_by_label(re.compile("^Temperature, value"))
    box.fill("2.5")
    box.press("Enter")
    says(page, "temperature=2.5")
    expect(slider).to_have_attribute("aria-valuetext", "2.5")
    slider.press("End")
    says(page, "temperature=20")
    box.fill("1e9")
    box.press("Enter")
    expect(box).to_have_value("20")
    box.fill("hot")
    box.press("Enter")
    expect(box).to_have_value("20")
    page.get_by_role("button", name="Reset Temperature to 1").click()
    says(page, "temperature=1")
    expect(slider).to_be_focused()


def test_help_is_one_focus_away(stage: Any) -> None:
    page = stage(show="sliders")
    tip = page.get_by_text("How random the expert is.")
    expect(tip).to_be_hidden()
    page.get_by_role("button", name="What is Temperature?").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(tip).to_be_visible()
