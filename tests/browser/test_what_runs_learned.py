"""What a run learned, in a real browser: episodes, slices and rewards of a real short run, live and after."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest

from irl_app.policies import load_policy
from irl_app.training import read_metrics
from tests.browser.test_compare_runs import sizes
from tests.browser.test_train_runs import ask_for_updates, chip, choose, press
from tests.pages.test_train_views import seen_run

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

APP = "app.py"


def head(page: Any) -> Any:
    """The heading above what was learned."""
    return page.locator(".st-key-train-views-head h2")


def plot(page: Any, kind: str) -> Any:
    """One of the figures: "slice-value", "slice-reward", "slice-third", "paired-steps", "paired-sums"."""
    group, name = kind.split("-")
    return page.locator(f"[class*='st-key-train-{group}-'][class*='-{name} '] .js-plotly-plot")


def pick(page: Any, part: str, label: str, option: str) -> None:
    """Choose in a menu of a part; one that opens while the page scrolls closes again."""
    page.locator(f".st-key-train-{part}-head").scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    choose(page, label, option)


def test_a_real_short_run_shows_what_it_learned_while_it_learns_and_after(
    app_server: Any, browser_page: Any, runs: Path
) -> None:
    page = browser_page(f"{app_server(APP)}/train")
    ask_for_updates(page, 2_000)
    press(page, "Start")
    page.wait_for_url(re.compile("run=cartpole-v1-iq-1"))
    expect(head(page)).to_contain_text("What it learned, at update")
    value, curve = plot(page, "slice-value"), page.locator(".js-plotly-plot").first
    for drawn in (value, curve):
        expect(drawn.locator(".gtitle")).to_be_visible()
        drawn.evaluate("it => { it.dataset.kept = 'yes' }")
    expect(head(page)).to_have_text("What it learned, at update 2,000", timeout=240_000)
    for drawn in (value, curve):
        expect(drawn).to_have_attribute("data-kept", "yes")  # redrawn in its place, never taken away

    expect(chip(page)).to_have_text("done", timeout=60_000)
    expect(page.locator(".irl-pace")).to_contain_text("2,000 of 2,000 updates")
    expect(page.locator(".irl-run-verdict")).to_contain_text("over 3 seeds")
    recorded = read_metrics(runs / "cartpole-v1-iq-1")
    assert (recorded.update[0], recorded.update[-1]) == (0, 2_000)
    pictures = page.locator("[data-testid=stImage] img")
    expect(pictures).to_have_count(2, timeout=60_000)
    for picture in pictures.all():
        picture.evaluate("it => it.decode()")
        assert picture.evaluate("it => it.naturalWidth") >= 250
        content = page.request.get(picture.evaluate("it => it.src")).body()
        assert content.startswith(b"GIF89a")
        assert len(content) < 1_000_000
    expect(page.get_by_text("A demonstration: return 500 in 500 moves")).to_be_visible()
    expect(page.get_by_text("The learner, seed 0: return")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)  # nothing moves any more
    pick(page, "slices", "Along", "cart position")
    expect(page.get_by_text("Held fixed: cart velocity 0, pole angle 0.")).to_be_visible()
    expect(value).to_contain_text("cart position (m)")
    pick(page, "views", "Seed", "Seed 2")
    expect(page.get_by_text("The learner, seed 2: return")).to_be_visible()
    page.get_by_text("True reward", exact=True).first.click()
    expect(plot(page, "slice-third").get_by_text("True reward")).to_be_visible()
    expect(page.get_by_text("an episode's length alone scores 1.000")).to_be_visible()

    expect(page.locator(".irl-judgement").first).to_be_visible()
    page.get_by_role("button", name="Take away").click()
    with page.expect_download() as policy:
        page.get_by_role("button", name="Policy", exact=True).click()
    assert load_policy(policy.value.path()).info.method == "iq"

    page.reload()
    expect(head(page)).to_have_text("What it learned, at update 2,000")
    expect(pictures).to_have_count(2)
    page.get_by_role("link", name="Start").click()
    expect(page.get_by_role("heading", name="What did the expert want?")).to_be_visible()
    page.get_by_role("link", name="Train").click()
    expect(pictures).to_have_count(2)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Final returns")).to_be_visible()
    assert "runs=cartpole-v1-iq-1" in page.url


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1280, True)], ids=["wide-light", "small-dark"])
def test_nothing_is_cut_off(app_server: Any, browser_page: Any, runs: Path, width: int, dark: bool) -> None:
    seen_run(runs, task="LunarLander-v3")
    page = browser_page(f"{app_server(APP)}/train?run=lunarlander-v3-iq-1", dark=dark, width=width)
    expect(page.locator("[data-testid=stImage] img")).to_have_count(2)
    expect(plot(page, "slice-third").locator(".legendtext").last).to_be_visible()
    expect(plot(page, "paired-sums")).to_be_visible()
    content, window = sizes(page)
    assert content <= window
    for figure in page.locator(".js-plotly-plot").all():
        box = figure.bounding_box()
        for text in figure.locator(".gtitle, .legendtext, .xtitle, .ytitle").all():
            inner = text.bounding_box()
            if inner is None:  # of what is not drawn
                continue
            said = text.text_content()
            assert inner["x"] >= box["x"] - 1, said
            assert inner["x"] + inner["width"] <= box["x"] + box["width"] + 1, said
            assert inner["y"] >= box["y"] - 1, said
            assert inner["y"] + inner["height"] <= box["y"] + box["height"] + 1, said
