"""What people do with the app, in a real browser, from the first page to the files they carry away."""

from __future__ import annotations

import contextlib
import json
import re
import time
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest

from irl_app import load_reward
from irl_app.demonstrations import from_json
from irl_app.envs.grid_map import format_map, parse_map
from irl_app.rewards import StateReward
from irl_app.ui.lab_grid import AXES
from irl_app.ui.lab_state import LabState
from irl_app.ui.link_codec import pack_text
from trainers.spaces import Discrete

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

APP = "app.py"
CORRIDOR = format_map(parse_map("goal: end\nmoves: 20\n\nS...\n.##.\n...G"))
FIELD = format_map(parse_map("goal: stay\n\nS....\n.....\n.....\n.....\n....G"))
SMALL = {"preset": "open", "size": "5", "demos": "5", "method": "iq"}
DRAW = {"mode": "draw", "more": "1"}


@pytest.fixture
def lab(app_server: Any, browser_page: Any) -> Any:
    """``lab(query={}, dark=False, width=1440, height=900) -> page`` with everything drawn, ready to draw."""

    def open_lab(query: dict[str, str] | None = None, **options: Any) -> Any:
        page = browser_page(
            f"{app_server(APP)}/lab?{urlencode(DRAW | (SMALL if query is None else query))}", **options
        )
        if "more=1" in page.url:
            expect(page.get_by_role("heading", name="Value and policy")).to_be_visible()
            expect(page.get_by_text("Against the truth")).to_be_visible()
        else:
            expect(page.get_by_role("heading", name="The reward it read")).to_be_visible()
        return page

    return open_lab


def cell(page: Any, number: int) -> Any:
    return page.locator(f'[role=gridcell][data-cell="{number}"]')


def colour_of(page: Any, number: int) -> list[int]:
    """Red, green and blue in the world's picture, near a corner of the cell."""
    colour: list[int] = cell(page, number).evaluate("""(node) => {
        const canvas = node.closest(".stage").querySelector("canvas"), box = canvas.getBoundingClientRect();
        const place = node.getBoundingClientRect(), ratio = canvas.width / box.width;
        const at = [place.left - box.left + 8, place.top - box.top + 8].map((v) => Math.round(v * ratio));
        return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
    }""")
    return colour


def query_of(page: Any) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def wait_for_query(page: Any, name: str, pattern: str) -> str:
    """The setting ``name`` in the address once it matches."""
    page.wait_for_url(re.compile(rf"[?&]{name}={pattern}"), timeout=120_000, wait_until="commit")
    return query_of(page)[name]


def download(page: Any, label: str, folder: Path, nth: int = 0) -> Path:
    with page.expect_download() as caught:
        page.get_by_role("button", name=label, exact=True).nth(nth).click()
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def test_start_opens_a_lab_that_is_solved(app_server: Any, browser_page: Any) -> None:
    page = browser_page(app_server(APP))
    expect(page.get_by_role("heading", name="What did the expert want?")).to_be_visible()
    expect(page.get_by_text("The reward recovered from it")).to_be_visible()
    page.get_by_role("button", name="Open this lab").click()
    expect(
        page.get_by_role("heading", name="knows only the recovered reward walks to the goal")
    ).to_be_visible()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.get_by_role("button", name="More settings and figures").click()
    expect(page.get_by_text("Against the truth")).to_be_visible()
    expect(page.get_by_role("heading", name="Value and policy")).to_be_visible()
    expect(page.locator(".irl-verdict").first).to_contain_text("Good")


def test_an_example_opens_as_it_was_promised(app_server: Any, browser_page: Any) -> None:
    page = browser_page(app_server(APP))
    page.get_by_role("button", name="Open", exact=True).nth(1).click()
    expect(page.get_by_role("heading", name="Raw reward")).to_be_visible()
    assert wait_for_query(page, "demos", "exact") == "exact"
    page.get_by_role("link", name="Start").click()
    expect(page.get_by_role("heading", name="What did the expert want?")).to_be_visible()
    page.get_by_role("link", name="GridWorld lab").click()
    expect(page.get_by_role("heading", name="Raw reward")).to_be_visible()


def test_drawing_a_wall_changes_the_world_and_the_link(lab: Any) -> None:
    page = lab()
    cell(page, 7).click()
    packed = wait_for_query(page, "map", ".+")
    state, notes = LabState.from_query({"map": packed})
    assert not notes
    assert state.grid().walls.ravel()[7]
    expect(page.get_by_role("combobox", name="World")).to_have_value("Your own map")


def walls_of(page: Any) -> set[int]:
    """The cells of the shown world that are walls."""
    found = page.locator("[role=gridcell][aria-label*=wall]").all()
    return {int(one.get_attribute("data-cell")) for one in found}


def wait_for_walls(page: Any, expected: set[int]) -> None:
    """Until the link's world has these walls, and so does the world that is shown."""

    def has_them(url: str) -> bool:
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        grid = LabState.from_query({"map": query["map"]})[0].grid() if "map" in query else None
        return grid is not None and set(np.flatnonzero(grid.walls).tolist()) == expected

    page.wait_for_url(has_them, timeout=120_000, wait_until="commit")
    assert walls_of(page) == expected


def test_my_world_is_there_after_back_forward_and_reload_and_in_each_of_two_tabs(
    app_server: Any, browser_page: Any
) -> None:
    page = browser_page(app_server(APP))
    page.get_by_role("link", name="GridWorld lab").click()
    page.get_by_role("radio", name="Draw", exact=True).click()
    walls = walls_of(page)
    first, second, third, *instant = [number for number in range(12, 20) if number not in walls]
    for number in (first, second):  # while what was asked before is still being searched for
        cell(page, number).click()
        walls |= {number}
        wait_for_walls(page, walls)
        page.go_back()
        expect(page.get_by_role("heading", name="What did the expert want?")).to_be_visible()
        page.go_forward()
        expect(cell(page, number)).to_have_attribute("aria-label", re.compile("wall"))
        wait_for_walls(page, walls)
    for number in instant:  # before the page has answered
        cell(page, number).click()
        walls |= {number}
        page.evaluate("history.back()")
        expect(page.get_by_role("heading", name="What did the expert want?")).to_be_visible()
        assert urlsplit(page.url).query == ""  # the lab's is not the start page's
        page.get_by_role("link", name="GridWorld lab").click()
        expect(cell(page, number)).to_have_attribute("aria-label", re.compile("wall"))
    wait_for_walls(page, walls)
    page.reload()
    expect(cell(page, second)).to_have_attribute("aria-label", re.compile("wall"))
    other = page.context.new_page()
    other.goto(page.url)
    cell(other, third).click()
    wait_for_walls(other, walls | {third})
    page.reload()
    expect(cell(page, second)).to_have_attribute("aria-label", re.compile("wall"))
    wait_for_walls(page, walls)


def test_a_drawing_that_cannot_be_played_is_kept_and_explained(lab: Any) -> None:
    page = lab()
    page.get_by_role("radio", name=re.compile("^Erase")).click()
    cell(page, 24).click()
    expect(page.get_by_text("cannot be played yet")).to_be_visible()
    expect(page.get_by_role("heading", name="Value and policy")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("cannot be played yet")).to_be_hidden()
    expect(page.get_by_role("combobox", name="World")).to_have_value("Open field")


def test_a_drawing_that_cannot_be_played_is_not_played_and_survives_a_reload(lab: Any) -> None:
    page = lab()
    before = colour_of(page, 0)
    page.get_by_role("radio", name=re.compile("^Erase")).click()
    cell(page, 24).click()
    wait_for_query(page, "draft", ".+")
    expect(page.get_by_text("cannot be played yet: ")).to_be_visible()
    assert colour_of(page, 0) == before
    page.get_by_role("radio", name="Play", exact=True).click()
    expect(page.get_by_text("This drawing cannot be played yet")).to_be_visible()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".episode")).to_have_count(0)
    expect(page.locator(".agent")).to_be_hidden()
    page.reload()
    expect(page.get_by_text("cannot be played yet: ")).to_be_visible()
    assert "goal" not in cell(page, 24).get_attribute("aria-label")
    page.get_by_role("radio", name="Draw", exact=True).click()
    page.get_by_role("radio", name=re.compile("^Goal")).click()
    cell(page, 24).click()
    expect(page.get_by_text("cannot be played yet: ")).to_be_hidden()
    page.get_by_role("radio", name="Play", exact=True).click()
    expect(page.locator(".agent")).to_be_visible()


def test_playing_with_the_keys_makes_the_person_the_expert(lab: Any) -> None:
    page = lab({"map": pack_text(CORRIDOR), "mode": "play", "method": "iq"})
    cell(page, 0).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.get_by_text("1 episode, 5 moves")).to_be_visible()
    expect(page.get_by_role("radio", name="Watch")).to_have_attribute("aria-checked", "true")
    wait_for_query(page, "expert", "played")
    wait_for_query(page, "played", ".+")
    expect(page.locator(".irl-coverage")).to_contain_text("1 demonstration, 5 moves")
    page.get_by_role("button", name="✕").first.click()
    expect(page.get_by_text("walk with the arrow keys")).to_be_visible()


def walk_to(page: Any, column: int, row: int, side: int) -> int:
    """Walk the figure to a cell below and to the right of it, in an open field; the number of moves."""
    (at,) = (
        int(one.get_attribute("data-cell"))
        for one in page.locator("[role=gridcell][aria-label*=agent]").all()
    )
    keys = ["ArrowDown"] * (row - at // side) + ["ArrowRight"] * (column - at % side)
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def test_from_play_to_reward_without_a_question(lab: Any) -> None:
    """Keys from the first press, one game is learned from, its agent walks, a dragged wall is planned for."""
    page = lab({"map": pack_text(FIELD), "mode": "watch", "more": "0"})
    page.keyboard.press("ArrowRight")  # nothing was clicked: the key is the player's
    expect(page.get_by_role("heading", name="Show it what you want.")).to_be_visible()
    expect(page.get_by_text("reward so far")).to_be_visible()
    walk_to(page, 4, 4, 5)
    page.keyboard.press("Enter")  # one may stay on this goal: its player says when the game is over
    expect(
        page.get_by_role("heading", name="An agent that knows only your reward walks to your goal.")
    ).to_be_visible()
    expect(page.get_by_text("Knows only your reward", exact=True)).to_be_visible()
    clock = page.locator(".clock:visible")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)  # they walk
    expect(page.locator(".walker").first).to_contain_text("at the goal in")
    page.get_by_role("button", name="Pause the agents").click()
    page.get_by_role("slider", name="Move of both agents").fill("0")  # a press on the agent would lift it
    box = page.locator(".irl-editor canvas.picture").bounding_box()
    side = box["width"] / 5
    page.mouse.move(box["x"] + 3.5 * side, box["y"] + 0.5 * side)
    page.mouse.down()
    expect(page.get_by_text("In the changed world")).to_be_visible()  # while the hand still holds it
    page.mouse.move(box["x"] + 4.5 * side, box["y"] + 2.5 * side, steps=4)
    page.mouse.up()
    assert "wall" in cell(page, 14).get_attribute("aria-label")
    assert parse_qs(urlsplit(page.url).query)["map"] == [pack_text(FIELD)]  # a what-if: nothing is learned
    page.get_by_role("button", name="Put the walls back").click()
    expect(page.get_by_text("In the changed world")).to_be_hidden()
    page.get_by_role("button", name="Compare methods").click()
    expect(page.locator(".irl-variant img")).to_have_count(len(AXES["Methods"](LabState())))
    page.get_by_role("button", name="Back to the lab").click()
    expect(page.get_by_role("heading", name="An agent that knows only your reward")).to_be_visible()


def test_a_game_ends_with_enter_where_the_goal_can_be_stayed_on(lab: Any) -> None:
    page = lab({"preset": "goal", "size": "4", "world": "3", "mode": "play", "more": "0", "method": "iq"})
    cell(page, 0).focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("finishes the game.")).to_be_visible()
    page.keyboard.press("Enter")
    wait_for_query(page, "expert", "played")
    expect(page.get_by_text("in 1 game and 1 move")).to_be_visible()


def test_a_wall_that_makes_a_game_impossible_offers_both_ways_out(lab: Any) -> None:
    page = lab({"map": pack_text(CORRIDOR), "mode": "play", "method": "iq", "more": "0"})
    cell(page, 0).focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    wait_for_query(page, "played", ".+")
    page.get_by_role("radio", name="Draw", exact=True).click()
    page.get_by_role("radio", name=re.compile("^Erase")).click()
    cell(page, 5).click()
    page.get_by_role("radio", name=re.compile("^Wall")).click()
    cell(page, 2).click()
    expect(page.get_by_text("Game 1 walks through row 1, column 3")).to_be_visible()
    page.get_by_role("button", name="Undo the change").click()
    expect(page.get_by_text("Game 1 walks through")).to_be_hidden()


def test_maps_follow_a_slider_and_the_link_follows_too(lab: Any) -> None:
    page = lab()
    before = page.locator(".irl-figures").last.inner_text()
    slider = page.get_by_role("slider", name="Regulariser α")
    slider.focus()
    for _ in range(40):
        slider.press("ArrowLeft")
    report = page.locator(".st-key-report")
    expect(report).to_have_attribute("data-behind", "")  # until the new one is there, the old one says so
    assert "anew" in report.evaluate("(own) => getComputedStyle(own, '::before').content")
    expect(report.locator("> *").first).to_have_css("opacity", "0.36")
    alpha = float(wait_for_query(page, "alpha", r"0\.\d+"))
    assert alpha < 0.5
    expect(page.locator(".irl-figures").last).not_to_have_text(before)
    expect(report).not_to_have_attribute("data-behind", "")
    history = page.evaluate("history.length")
    assert history < 5


def test_no_movement_is_lost_when_the_report_is_asked_for_at_the_same_moment(lab: Any) -> None:
    page = lab()
    page.evaluate("document.addEventListener('irl-drawn', (event) => { window.drawn = event.detail.tick; })")
    slider = page.get_by_role("slider", name="Regulariser α")
    slider.focus()
    for moves, pause in enumerate(range(300, 460, 20), start=1):
        slider.press("ArrowLeft")
        page.wait_for_timeout(pause)
        deadline = time.monotonic() + 10
        while page.evaluate("window.drawn ?? 0") < moves:
            assert time.monotonic() < deadline, f"movement {moves} was never drawn"
            page.wait_for_timeout(10)


def test_a_hill_is_dragged_and_nobody_acts_otherwise(lab: Any) -> None:
    page = lab({**SMALL, "more": "0"})
    page.get_by_role("button", name="What cannot be known").click()
    hill = page.locator(".irl-maps .panel").nth(1)
    expect(hill.get_by_role("heading", name="A hill, to be dragged")).to_be_visible()
    height = hill.locator(".main").inner_text()
    box = hill.locator("canvas").bounding_box()
    cell_at = [(box["x"] + box["width"] * (c + 0.5) / 5, box["y"] + box["width"] * 0.3) for c in range(5)]
    page.mouse.move(*cell_at[4])
    page.mouse.down()
    for place in reversed(cell_at[:4]):
        page.mouse.move(*place, steps=4)
    expect(hill.locator(".place")).to_have_text("Row 2, column 1")
    expect(hill.locator(".main")).to_have_text(height)  # its top is where the pointer is, which is still down
    page.mouse.up()
    expect(page.get_by_role("heading", name="asks for the same behaviour")).to_be_visible()
    page.get_by_role("slider", name="Height of the hill").press("Home")
    expect(hill.locator(".main")).to_contain_text("\N{MINUS SIGN}")
    expect(page.get_by_text("which is rounding")).to_be_visible()
    page.get_by_role("button", name="Back to the lab").click()
    expect(page.get_by_role("heading", name="The reward it read")).to_be_visible()


def test_the_learner_and_the_planner_are_films(lab: Any) -> None:
    page = lab()
    page.get_by_text("Step by step").click()
    expect(page.get_by_text("surprised it is by a demonstrated move")).to_be_visible()
    page.get_by_role("slider", name="Step", exact=True).press("Home")
    expect(page.get_by_text("after step 0")).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text("after step 0")).to_be_hidden()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it has run to its end
    expect(page.get_by_text("from its last reward")).to_contain_text("up to 0.000")
    page.get_by_role("radio", name="The planner's sweeps").click()
    expect(page.get_by_role("slider", name="Sweep", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Under the true reward")).to_be_visible()


def test_lens_switch_shows_another_reading(lab: Any) -> None:
    page = lab()
    for lens, title in (
        ("r(s, a)", "Reward of actions"),
        ("Shaping taken out", "Reward without shaping"),
        ("Per cell", "The reward it read"),
    ):
        page.get_by_role("radio", name=lens, exact=True).click()
        expect(page.get_by_role("heading", name=title)).to_be_visible()
    page.wait_for_url(lambda url: "lens=" not in url, timeout=120_000, wait_until="commit")  # later


def test_causal_ml_shows_a_first_fit_and_refines_it(lab: Any) -> None:
    page = lab({"preset": "goal", "seed": "11"})
    expect(
        page.get_by_text("Refining").or_(page.get_by_text("Assumed where nobody went: ")).first
    ).to_be_visible()
    expect(page.get_by_text("Refining")).to_be_hidden()
    expect(page.get_by_text("Assumed where nobody went: ")).to_be_visible()


def test_everything_can_be_carried_away(lab: Any, browser: Any, tmp_path: Path) -> None:
    page = lab(SMALL | {"method": "ml"})
    expect(page.get_by_text("Assumed where nobody went: ")).to_be_visible()
    page.get_by_role("button", name="Take away").click()
    expect(page.get_by_role("button", name="NPZ")).to_be_visible()
    reward = load_reward(download(page, "NPZ", tmp_path))
    assert isinstance(reward, StateReward)
    assert reward.info.observation_space == Discrete(25)
    from_text = load_reward(download(page, "JSON", tmp_path))
    assert isinstance(from_text, StateReward)
    np.testing.assert_array_equal(from_text.values, reward.values)
    from_table = load_reward(download(page, "CSV", tmp_path))
    assert isinstance(from_table, StateReward)
    np.testing.assert_array_equal(from_table.values, reward.values)
    assert from_json(download(page, "JSON", tmp_path, nth=1).read_text()).n_episodes == 5
    with zipfile.ZipFile(download(page, "Minari", tmp_path)) as archive:
        assert any(name.endswith(".hdf5") for name in archive.namelist())
    report = browser.new_context().new_page()
    asked_for: list[str] = []
    report.on("request", lambda request: asked_for.append(request.url))
    report.goto(download(page, "HTML report", tmp_path).as_uri())
    expect(report.locator(".js-plotly-plot").first).to_be_visible()
    assert [url for url in asked_for if not url.startswith(("file:", "data:", "blob:"))] == []
    report.context.close()


def test_a_saved_file_of_demonstrations_opens_again_in_another_world(lab: Any, tmp_path: Path) -> None:
    page = lab()
    page.get_by_role("button", name="Take away").click()
    saved = download(page, "JSON", tmp_path, nth=1)
    other = lab({"map": pack_text(CORRIDOR), "expert": "shortest-path", "method": "iq"})
    other.get_by_test_id("stSelectbox").filter(has_text="Expert").locator("input").first.click()
    other.get_by_role("option", name="Play yourself, or a file").click()
    other.get_by_role("button", name="Open a file").click()
    other.locator("input[type=file]").set_input_files(saved)
    expect(other.get_by_text("recorded in another world")).to_be_visible()
    expect(other.get_by_text("5 episodes")).to_be_visible()


def test_a_hostile_file_gets_one_sentence_and_loses_nothing(lab: Any, tmp_path: Path) -> None:
    page = lab({"map": pack_text(CORRIDOR), "expert": "played", "played": "", "method": "iq"})
    hostile = tmp_path / "evil.json"
    hostile.write_text(
        json.dumps({"format": "irl-app demonstrations", "version": 1, "episodes": [{"actions": "x" * 10}]})
    )
    before = query_of(page).get("map")
    page.get_by_test_id("stSelectbox").filter(has_text="Expert").locator("input").first.click()
    page.get_by_role("option", name="Play yourself, or a file").click()
    page.get_by_role("button", name="Open a file").click()
    page.locator("input[type=file]").set_input_files(hostile)
    expect(page.get_by_text("This file cannot be used")).to_be_visible()
    expect(page.get_by_role("heading", name="Value and policy")).to_be_visible()
    assert query_of(page).get("map") == before


def test_a_shared_link_restores_the_lab_in_another_browser(lab: Any) -> None:
    query = {
        "preset": "cliff",
        "method": "iq",
        "divergence": "reverse_kl",
        "alpha": "3.5",
        "gamma": "0.95",
        "demos": "10",
    }
    page = lab(query | {"lens": "marginal", "seed": "4"})
    figures = page.locator(".irl-figures").first.text_content()
    page.get_by_role("button", name="Share", exact=True).click()
    link = page.get_by_test_id("stCode").inner_text().strip()
    again = lab({name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}, stranger=True)
    expect(again.get_by_role("heading", name="Reward of actions")).to_be_visible()
    expect(again.get_by_role("slider", name="Regulariser α")).to_have_attribute("aria-valuetext", "3.5")
    expect(again.locator(".irl-figures").first).to_have_text(figures)
    assert query_of(again) == query_of(page)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_both_themes_reach_the_maps_and_the_chart(lab: Any, dark: bool) -> None:
    page = lab(dark=dark)
    ground = "rgb(17, 22, 27)" if dark else "rgb(251, 250, 248)"
    expect(page.locator(".stApp")).to_have_css("background-color", ground)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_have_css(
        "background", re.compile(re.escape(ground))
    )


def test_the_theme_can_be_switched_by_hand(lab: Any) -> None:
    page = lab()
    page.get_by_test_id("stMainMenuButton").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(page.locator(".stApp")).to_have_css("background-color", "rgb(17, 22, 27)")


@pytest.mark.parametrize("size", [(1440, 900), (1280, 800)], ids=["1440x900", "1280x800"])
def test_nothing_is_cut_off(lab: Any, size: tuple[int, int]) -> None:
    page = lab({"method": "iq", "more": "0", "mode": "watch"}, width=size[0], height=size[1])
    width, height = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        "        return [main.scrollWidth, main.scrollHeight]; }"
    )
    assert width <= size[0]
    if size == (1440, 900):
        assert height <= 900, "the lab does not fit on one screen"


def test_a_hostile_link_is_explained_and_harmless(lab: Any) -> None:
    script = "<img src=x onerror=document.title='hacked'>"
    page = lab({"preset": script, "map": script, script: "1", "gamma": "1", "size": "5000", "demos": "0"})
    expect(page.get_by_text("must be one of open, static-walls")).to_be_visible()
    assert page.title() != "hacked"
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("must be one of open, static-walls")).to_be_hidden()


def test_a_bad_map_is_explained_and_the_text_is_kept(lab: Any) -> None:
    page = lab()
    page.get_by_role("button", name="Map text").click()
    text = page.get_by_role("textbox", name="Map")
    text.fill("S.G\n..")
    page.get_by_role("button", name="Open this map").click()
    expect(page.get_by_text("this row has 2 cells")).to_be_visible()
    expect(text).to_have_value("S.G\n..")
