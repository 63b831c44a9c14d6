"""Training in a real browser: a real short run is started, watched, stopped, found again and finished."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from irl_app.runs import WORKER_LOCK, Status, read_run, write_status
from irl_app.runs.locks import Lock
from tests.browser.test_compare_runs import sizes
from tests.comparison.made_runs import grown, make_run

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

APP = "app.py"


def chip(page: Any) -> Any:
    """The state of the run that is shown."""
    return page.locator(".irl-run-name .irl-chip")


def press(page: Any, name: str) -> None:
    """Press a button of a page that is drawn: Streamlit drops a press that comes while it goes to another."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("button", name=name, exact=True).first.click()


def choose(page: Any, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=re.compile(f"{label}$"))
    box.click()
    page.get_by_role("option", name=option, exact=True).click()


def ask_for_updates(page: Any, number: int) -> None:
    """Open the settings and change how long it learns."""
    page.get_by_text("Settings", exact=True).click()
    updates = page.get_by_role("spinbutton", name="Updates")
    updates.fill(str(number))
    updates.press("Enter")
    expect(page.get_by_text("Settings (1 changed)")).to_be_visible()


def test_a_run_is_started_watched_found_again_and_stopped(
    app_server: Any, browser_page: Any, runs: Path
) -> None:
    page = browser_page(f"{app_server(APP)}/train")
    expect(page.get_by_role("heading", name="Train a network")).to_be_visible()
    choose(page, "Method", "Soft Q-learning")
    expect(page.get_by_text("Learns from the task's true reward")).to_be_visible()
    ask_for_updates(page, 900_000)
    press(page, "Start")
    page.wait_for_url(re.compile("run=cartpole-v1-soft-q-1"))
    expect(chip(page)).to_have_text("running")
    expect(page.locator(".irl-pace")).to_contain_text(
        re.compile(r"of 900,000 updates · \d+ a second · .* left")
    )
    expect(page.locator(".js-plotly-plot").first).to_contain_text("expert")

    page.reload()  # a new session finds it by the address
    expect(chip(page)).to_have_text("running")
    page.get_by_role("link", name="Start").click()
    expect(page.get_by_role("heading", name="What did the expert want?")).to_be_visible()
    page.get_by_role("link", name="Train").click()
    page.wait_for_url(re.compile("run=cartpole-v1-soft-q-1"))

    press(page, "Stop")
    expect(chip(page)).to_have_text("stopped")
    expect(page.locator(".irl-run")).to_contain_text("Asked to stop at update")
    assert 0 < read_run(runs / "cartpole-v1-soft-q-1").status.update < 900_000


def test_a_run_outlives_its_server(own_server: Any, browser_page: Any) -> None:
    page = browser_page(f"{own_server.url}/train")
    choose(page, "Method", "Behavioural cloning")
    ask_for_updates(page, 900_000)
    press(page, "Start")
    expect(chip(page)).to_have_text("running")
    page.goto("about:blank")  # an open page would complain of the server that goes away
    own_server.end()
    folder = own_server.runs / "cartpole-v1-bc-1"
    assert read_run(folder).status.state == "stopped"
    own_server.start()
    page.goto(f"{own_server.url}/train?run={folder.name}")
    expect(chip(page)).to_have_text("stopped")
    press(page, "Resume")
    expect(chip(page)).to_have_text("running")
    press(page, "Stop")
    expect(chip(page)).to_have_text("stopped")
    page.goto("about:blank")


def test_what_a_run_refuses_is_said(app_server: Any, browser_page: Any, runs: Path) -> None:
    folder = make_run(runs, "iq", grown(20, 480, 3), state="stopped")
    page = browser_page(f"{app_server(APP)}/train?run={folder.name}")
    expect(chip(page)).to_have_text("stopped")
    status = read_run(folder).status
    write_status(folder, Status("done", update=status.updates, updates=status.updates))
    press(page, "Resume")
    expect(page.locator(".irl-problem")).to_contain_text("It cannot go on")
    expect(chip(page)).to_have_text("done")
    shutil.rmtree(folder)
    press(page, "Take over its settings")
    expect(page.locator(".irl-problem")).to_contain_text(f"There is no run '{folder.name}'")
    expect(page.get_by_role("heading", name="Train a network")).to_be_visible()


def test_a_run_started_below_long_settings_is_seen(app_server: Any, browser_page: Any, runs: Path) -> None:
    make_run(runs, "iq", grown(20, 480, 3))
    page = browser_page(f"{app_server(APP)}/train?run=cartpole-v1-iq-1", width=1280, height=800)
    page.get_by_text(re.compile(r"^Settings")).first.click()
    first_seed = page.get_by_role("spinbutton", name="First seed")
    first_seed.scroll_into_view_if_needed()
    first_seed.fill("7")
    first_seed.press("Enter")
    expect(page.get_by_text(re.compile(r"^Settings \(\d+ changed\)"))).to_be_attached()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_in_viewport(ratio=1)
    expect(chip(page)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1280, True)], ids=["wide-light", "small-dark"])
def test_nothing_is_cut_off(app_server: Any, browser_page: Any, runs: Path, width: int, dark: bool) -> None:
    folder = make_run(runs, "iq", grown(20, 480, 5), demonstrations={"episodes": 1, "every": 20})
    make_run(runs, "soft-q", grown(-70, 5, 8), task="gridworld/random-goal", state="stopped")
    lock = Lock(folder / WORKER_LOCK)
    write_status(folder, Status("running", update=6_000, updates=12_000))
    page = browser_page(f"{app_server(APP)}/train?run={folder.name}", dark=dark, width=width)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.locator(".irl-run-row")).to_have_count(2)
    ground = "rgb(17, 22, 27)" if dark else "rgb(251, 250, 248)"
    expect(page.locator(".js-plotly-plot .main-svg").first).to_have_css(
        "background", re.compile(re.escape(ground))
    )
    page.get_by_text(re.compile(r"^Settings")).first.click()
    expect(page.get_by_role("spinbutton", name="Learning rate")).to_be_visible()
    content, window = sizes(page)
    assert content <= window
    for text in page.locator(".irl-run-row span, .irl-chip, [data-testid=stWidgetLabel] p").all():
        assert text.evaluate("it => it.scrollWidth <= it.clientWidth + 1"), text.inner_text()
    lock.release()
    expect(page.get_by_role("button", name="Resume 1 interrupted")).to_be_visible()  # nothing moves after it
    row = page.locator(".irl-run-row").filter(has_text="Soft Q-learning")
    row.click(force=True)  # anywhere on it: what opens it lies above
    page.wait_for_url(re.compile("run=gridworld-random-goal-soft-q-1"))
    expect(page.locator(".irl-run h1")).to_be_visible()
