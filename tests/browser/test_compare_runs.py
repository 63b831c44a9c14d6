"""Comparing runs in a real browser: found from the start page, complete at 1280 px, alive while one runs."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest

from irl_app.runs import WORKER_LOCK, Status, write_status
from irl_app.runs.locks import Lock
from irl_app.training.metrics import MetricsFile
from tests.comparison.made_runs import grown, make_run

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

APP = "app.py"


@pytest.fixture
def four(runs: Path) -> Path:
    """Four runs on two tasks; one method goes by three settings."""
    for task, first, last in (("CartPole-v1", 22.0, 495.0), ("Acrobot-v1", -500.0, -85.0)):
        make_run(runs, "iq", grown(first, last, 5), task=task, demonstrations={"episodes": 1})
        make_run(runs, "bc", grown(first, (first + last) / 2, 5), task=task, demonstrations={"episodes": 1})
    return runs


@pytest.fixture
def compare(app_server: Any, browser_page: Any, four: Path) -> Any:
    """``compare(*names, dark=False, width=1440) -> page`` with the chosen runs compared."""

    def open_page(*names: str, **options: Any) -> Any:
        query = urlencode([("runs", name) for name in names])
        page = browser_page(f"{app_server(APP)}/compare?{query}", **options)
        expect(page.get_by_role("heading", name="Final returns")).to_be_visible()
        return page

    return open_page


def sizes(page: Any) -> tuple[int, int]:
    """Width of the page's content, and of the window."""
    width, window = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        "        return [main.scrollWidth, document.documentElement.clientWidth]; }"
    )
    return int(width), int(window)


def test_nothing_to_compare_says_what_to_do(app_server: Any, browser_page: Any, runs: Path) -> None:
    page = browser_page(app_server(APP))
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Nothing to compare yet")).to_be_visible()
    expect(page.get_by_text("irl-app train CartPole-v1").first).to_be_visible()
    page.get_by_role("button", name="Train a network").click()
    page.wait_for_url(re.compile("/train"))
    expect(page.get_by_role("heading", name="Train a network")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1280, True)], ids=["wide-light", "small-dark"])
def test_everything_is_shown_and_nothing_is_cut_off(compare: Any, width: int, dark: bool) -> None:
    names = [f"{task}-v1-{method}-1" for task in ("cartpole", "acrobot") for method in ("iq", "bc")]
    page = compare(*names, dark=dark, width=width)
    expect(page.get_by_text("Over 2 tasks", exact=True)).to_be_visible()
    expect(page.locator(".irl-compared .irl-whisker")).to_have_count(6)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    ground = "rgb(17, 22, 27)" if dark else "rgb(251, 250, 248)"
    expect(page.locator(".js-plotly-plot .main-svg").first).to_have_css(
        "background", re.compile(re.escape(ground))
    )
    content, window = sizes(page)
    assert content <= window
    for table in page.locator(".irl-scroll").all():
        assert table.evaluate("it => it.scrollWidth <= it.clientWidth"), "a table does not fit"


def test_the_choice_is_in_the_address_and_survives_a_reload_and_another_page(compare: Any) -> None:
    page = compare("cartpole-v1-iq-1", "cartpole-v1-bc-1")
    page.get_by_role("button", name=re.compile("^Remove cartpole-v1-bc-1")).or_(
        page.locator('[data-baseweb="tag"]', has_text="cartpole-v1-bc-1").locator("[role=presentation]")
    ).first.click()
    expect(page.locator(".irl-compared tbody tr")).to_have_count(1)
    page.wait_for_url(lambda url: "bc-1" not in url and "iq-1" in url)
    page.reload()
    expect(page.locator(".irl-compared tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Start").click()
    expect(page.get_by_role("heading", name="What did the expert want?")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".irl-compared tbody tr")).to_have_count(1)
    expect(page.locator(".irl-compared")).to_contain_text("IQ-Learn")


def test_curves_along_wall_time_and_other_metrics(compare: Any) -> None:
    page = compare("cartpole-v1-iq-1", "cartpole-v1-bc-1")
    page.get_by_role("radio", name="Wall time").or_(
        page.get_by_role("button", name="Wall time")
    ).first.click()
    expect(page.locator(".js-plotly-plot").first).to_contain_text("wall time, seconds")
    page.get_by_role("button", name="Loss", exact=True).click()
    expect(page.locator(".js-plotly-plot")).to_have_count(1)


def test_a_run_that_goes_on_is_drawn_as_it_goes(compare: Any, four: Path) -> None:
    folder = make_run(four, "sqil", [[20.0] * 5, [30.0] * 5])
    lock = Lock(folder / WORKER_LOCK)
    write_status(folder, Status("running", update=2000, updates=4000))
    page = compare("cartpole-v1-iq-1", "cartpole-v1-sqil-1")
    row = page.locator(".irl-compared tbody tr", has_text="SQIL")
    expect(row).to_contain_text("running, 50 %")
    expect(row.locator(".irl-main")).to_have_text("30.0")
    with MetricsFile(folder) as file:
        file.append(4000, 16_000, 10.0, {"return": np.full(5, 444.0)})
    expect(row.locator(".irl-main")).to_have_text("444")
    write_status(folder, Status("done", update=4000, updates=4000))
    lock.release()
    expect(row).to_contain_text("done")
