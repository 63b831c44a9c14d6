"""What is drawn can be read: nothing lies on a number, nothing is cut off, at the sizes that people have."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

NARROW_MARGIN = 12  # px that the page leaves free on its right, at least


@pytest.fixture
def lab(app_server: Any, browser_page: Any) -> Any:
    """``lab(width=1440, height=900, **query) -> page`` with everything drawn, by a method that is quick."""

    def open_lab(*, width: int = 1440, height: int = 900, **query: str) -> Any:
        address = (
            f"{app_server('app.py')}/lab?{urlencode({'method': 'iq', 'mode': 'draw', 'more': '1'} | query)}"
        )
        page = browser_page(address, width=width, height=height)
        expect(page.get_by_text("Against the truth")).to_be_visible()
        expect(page.locator(".js-plotly-plot .ytitle")).to_be_visible()
        return page

    return open_lab


def meet(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes have a point in common."""
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "width"), ("y", "height"))
    )


def test_no_disc_lies_on_a_number(lab: Any, tmp_path: Path) -> None:
    page = lab(preset="field")
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save world as SVG").first.click()
    caught.value.save_as(tmp_path / "world.svg")
    drawn = list(ElementTree.parse(tmp_path / "world.svg").getroot().iter())
    discs = [
        {k: float(node.get(k, 0)) for k in ("cx", "cy", "r")} for node in drawn if node.tag.endswith("circle")
    ]
    numbers = []
    for node in drawn:
        if node.tag.endswith("text") and node.get("text-anchor") == "middle":
            size = float(node.get("font-size", 0))
            width = 0.55 * size * len(node.text or "")
            middle, base = float(node.get("x", 0)), float(node.get("y", 0))
            numbers.append(
                {"x": middle - width / 2, "y": base - 0.72 * size, "width": width, "height": 0.72 * size}
            )
    boxes = [
        {"x": d["cx"] - d["r"], "y": d["cy"] - d["r"], "width": 2 * d["r"], "height": 2 * d["r"]}
        for d in discs
    ]
    assert len(boxes) > 50
    assert len(numbers) >= 100
    assert not [(box, number) for box in boxes for number in numbers if meet(box, number)]


@pytest.mark.parametrize("preset", ["static-walls", "open", "field"])
def test_the_scatter_covers_none_of_its_words_or_points(lab: Any, preset: str) -> None:
    page = lab(preset=preset)
    plot = page.locator(".js-plotly-plot")
    title = plot.locator(".ytitle").bounding_box()
    assert not [tick for tick in plot.locator(".ytick").all() if meet(title, tick.bounding_box())]
    legend = plot.locator(".legend")
    if legend.count():
        assert not meet(legend.bounding_box(), plot.locator(".nsewdrag").bounding_box())
        assert not meet(legend.bounding_box(), plot.locator(".gtitle").bounding_box())


def test_all_fits_on_a_small_laptop(lab: Any) -> None:
    page = lab(width=1280, height=800, preset="field", method="mce")
    table = page.locator("table", has_text="Against the truth").bounding_box()
    assert table["x"] + table["width"] <= 1280 - NARROW_MARGIN
    for caption in page.locator(".caption").all():
        assert caption.evaluate("(node) => node.scrollWidth <= node.clientWidth"), caption.inner_text()
    shown = page.locator(".irl-maps canvas").first.evaluate("""(canvas) => {
        const side = canvas.width / 10, pen = canvas.getContext("2d");
        const picture = pen.getImageData(side * 0.2, side * 0.2, side * 0.6, side * 0.6).data;
        const colours = new Set();
        for (let i = 0; i < picture.length; i += 4) colours.add(picture.slice(i, i + 3).join());
        return colours.size;
    }""")
    assert shown > 2, "the cells of a map of 10 by 10 have no numbers"


def test_the_lens_is_whole_on_a_telephone(lab: Any) -> None:
    page = lab(width=420, height=900, preset="open", size="5")
    for name in ("r(s, a, s′)", "r(s, a)", "Shaping taken out", "Per cell"):
        box = page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 420


def test_the_map_text_stands_in_columns(lab: Any) -> None:
    page = lab(preset="open", size="5", method="ml")
    expect(page.get_by_text("Assumed where nobody went: ")).to_be_visible()  # the page was drawn again since
    page.get_by_role("button", name="Map text").click()
    text = page.get_by_role("textbox", name="Map")
    expect(text).to_be_visible()
    expect(text).to_have_value(re.compile(r"^\.{5}$", re.MULTILINE))
    assert "monospace" in text.evaluate("(node) => getComputedStyle(node).fontFamily")
