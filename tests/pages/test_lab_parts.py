"""The parts of the lab that need no browser: what is kept, what is shown, what the server answers."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from irl_app.analysis import Answer, Estimate
from irl_app.analysis.free_directions import map_cosine
from irl_app.envs.grid_map import format_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import make_preset
from irl_app.figures import scatter_figure
from irl_app.recovery import Lens, recover
from irl_app.ui.answers import answer, card_of
from irl_app.ui.components import Drawing, EditorState, PlayedEpisode, SliderValues
from irl_app.ui.lab_controls import sliders_of
from irl_app.ui.lab_maps import LENSES, lens_values, panels_of
from irl_app.ui.lab_report import figures_html, verdict_html, what_if_html
from irl_app.ui.lab_session import LabSession
from irl_app.ui.lab_state import DEFAULT, PLAYED, LabState
from irl_app.ui.link_codec import pack_text
from irl_app.ui.middleware import HEADERS, DeepLinks, SecurityHeaders
from irl_app.ui.mini_maps import mini_map
from irl_app.ui.questions import Keep, effective_config, expert_of, question_of, world_of
from irl_app.ui.startup import server_options
from trainers.tabular import Prior
from trainers.tabular.config import METHODS, TabularConfig

LAB = LabState(preset="reset", size=5, demos=5, config=TabularConfig(method="iq"))


def test_keep_makes_once_and_forgets_the_oldest() -> None:
    keep: Keep[int] = Keep(capacity=30)
    made: list[int] = []

    def get(key: int) -> int:
        return keep.get(key, 10, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    assert [get(1), get(2), get(1), get(3)] == [1, 2, 1, 3]
    assert made == [1, 2, 3]
    get(4)  # 2 is the one that was longest not asked for
    get(1)
    get(2)
    assert made == [1, 2, 3, 4, 2]


def test_settings_that_do_not_matter_leave_the_question_the_same() -> None:
    config = TabularConfig(method="ml", alpha=3.0, divergence="hellinger")
    ml = replace(LAB, config=config, lens="marginal", mode="play")
    assert question_of(ml) == question_of(replace(LAB, config=TabularConfig(method="ml")))
    assert question_of(replace(LAB, config=TabularConfig(method="iq", alpha=3.0))) != question_of(LAB)
    assert effective_config(TabularConfig(method="bc", alpha=9.0)) == TabularConfig(method="bc")


def test_equal_questions_get_the_same_answer() -> None:
    first = answer(LAB, "a")
    assert answer(replace(LAB, lens="deshaped"), "b").recovery is first.recovery
    assert card_of(first.recovery) is card_of(first.recovery)


def test_a_near_answer_changes_nothing_but_the_time() -> None:
    near = answer(LAB, "a").recovery
    lab = replace(LAB, config=TabularConfig(method="iq", alpha=1.7))
    from_near = answer(lab, "a", near).recovery
    alone = recover(world_of(lab), expert_of(lab), effective_config(lab.config))
    np.testing.assert_allclose(from_near.solution.q, alone.solution.q, atol=1e-6)


@pytest.mark.parametrize("lens", list(LENSES))
def test_a_lens_shows_the_reward_itself(lens: Lens) -> None:
    recovery = answer(LAB, "a").recovery
    mdp, grid = recovery.mdp, recovery.grid
    values = lens_values(recovery, lens)
    assert np.isnan(values[~mdp.valid]).all()
    cell, action = int(mdp.live_states[0]), 1
    aim = np.array([grid.targets[cell, action]])
    expected = recovery.rewards[lens](np.array([cell]), np.array([action]), aim, np.array([False]))[0]
    if values.ndim == 2:
        assert values[cell, action] == pytest.approx(expected)
    else:  # up to the level, which is left open
        other = int(mdp.live_states[-1])
        there = recovery.rewards[lens](
            np.zeros(1, int), np.zeros(1, int), np.array([other]), np.array([False])
        )[0]
        assert values[aim[0]] - values[other] == pytest.approx(expected - there)
    assert [panel.name for panel in panels_of(recovery, lens)] == ["recovered", "value"]


@pytest.mark.parametrize("method", list(METHODS))
def test_sliders_are_those_that_shape_the_method(method: str) -> None:
    config = TabularConfig(method=method)  # type: ignore[arg-type]
    lab = replace(DEFAULT, config=config)
    sliders, values = sliders_of(lab, world_of(lab))
    names = {slider.name for slider in sliders}
    assert {"temperature", "gamma"} <= names
    assert ("alpha" in names) == (method in ("iq", "iq-state"))
    assert set(values) <= names
    assert all(slider.help for slider in sliders)


@pytest.mark.parametrize("gamma", [0.9995, 0.005])
def test_a_slider_shows_what_files_and_links_may_say(gamma: float) -> None:
    written = format_map(make_preset("open", 4).replace(gamma=gamma))
    drawn, notes = LabState.from_query({"map": pack_text(written), "method": "iq"})
    linked, more = LabState.from_query(
        {"gamma": str(gamma), "alpha": "5000", "tau": "0.0001", "method": "iq"}
    )
    assert (notes, more) == ((), ())
    assert linked.config.alpha == 5000
    for lab in (drawn, linked):
        sliders, values = sliders_of(lab, world_of(lab))
        assert values["gamma"] == gamma
        assert all(slider.clamp(values[slider.name]) == values[slider.name] for slider in sliders)
        session = LabSession(lab)
        session.take_sliders(SliderValues(values), world_of(lab))
        assert session.state == lab
        assert LabState.from_query(lab.to_query()) == (lab, ())


def test_a_comfortable_slider_leaves_the_extremes_to_files() -> None:
    lab = replace(DEFAULT, config=TabularConfig(method="iq"))
    sliders, _ = sliders_of(lab, world_of(lab))
    ends = {slider.name: (slider.low, slider.high, slider.scale) for slider in sliders}
    assert ends == {
        "temperature": (0.01, 100.0, "log"),
        "gamma": (0.001, 0.999, "linear"),
        "alpha": (0.01, 100.0, "log"),
        "beta": (0.0, 1.0, "linear"),
    }


def test_the_first_game_makes_the_person_the_expert_and_the_last_deletion_ends_that() -> None:
    session = LabSession(replace(DEFAULT, preset="cliff", expert="noisy", expert_value=0.3))
    game = PlayedEpisode(0, ((1, 1),), "truncated")
    session.take_episodes(EditorState("play", episodes=(game,)))
    assert session.state.demonstrator == (PLAYED, 0.0)
    assert session.state.played == ((0, ((1, 1),)),)
    session.take_episodes(EditorState("play", episodes=()))
    assert session.state.demonstrator == ("soft-optimal", 0.1)
    assert LabState.from_query(session.state.to_query()) == (session.state, ())


def erased(grid: GridSpec, cell: int) -> Drawing:
    """The drawing of a grid with one cell made free."""
    drawing = Drawing.of(grid)
    goals, rewards = drawing.goals.copy(), drawing.rewards.copy()
    goals.flat[cell], rewards.flat[cell] = False, np.nan
    return replace(drawing, goals=goals, rewards=rewards)


def test_an_unfinished_drawing_is_kept_with_its_world_and_in_the_link() -> None:
    session = LabSession(state=LabState(preset="open", size=5))
    grid = world_of(session.state)
    session.take_drawing(EditorState("draw", drawing=erased(grid, 24)))
    assert "goal" in session.problem
    assert world_of(session.state) == grid
    opened, notes = LabState.from_query(session.state.to_query())
    assert (opened, notes) == (session.state, ())
    assert LabSession(opened).problem == session.problem
    session.open_world(preset="maze", size=None)
    assert (session.drawing, session.problem) == (None, "")


@pytest.mark.parametrize("preset", ["open", "field"])  # a field's rewards are rounded on their way
def test_what_is_drawn_and_undone_is_the_preset_again(preset: str) -> None:
    session = LabSession(state=LabState(preset=preset))
    drawing = Drawing.of(world_of(session.state))
    walls = drawing.walls.copy()
    walls[0, 1] = True
    rewards = np.where(walls, np.nan, drawing.rewards)
    session.take_drawing(EditorState("draw", drawing=replace(drawing, walls=walls, rewards=rewards)))
    assert session.state.map is not None
    session.take_drawing(EditorState("draw", drawing=Drawing.from_text(drawing.to_text())))
    assert session.state == LabState(preset=preset)
    session.change(map=format_map(world_of(session.state).replace(slip=0.3)))
    session.take_drawing(EditorState("draw", drawing=drawing))
    assert session.state.map is not None  # its rules are not the preset's


def test_losses_are_coloured_as_the_verdict_grades_them() -> None:
    card = card_of(answer(LAB, "a").recovery)
    regret = card["regret"]
    for value, level in ((0.02, "good"), (0.2, "fair"), (0.21, "poor")):
        judged = replace(regret, overall=Estimate(value))
        html = what_if_html(replace(card, metrics={**card.metrics, "regret": judged}))
        assert f"irl-{level}" in html.split("</tr>")[1]
    judged = {name: replace(metric, overall=Estimate(0.1)) for name, metric in card.metrics.items()}
    assert "worse than moving" not in what_if_html(replace(card, metrics=judged))
    beyond = {**judged, "regret_permuted": replace(regret, overall=Estimate(1.02))}
    assert "worse than moving at random" in what_if_html(replace(card, metrics=beyond))


def test_reports_escape_what_they_are_told() -> None:
    card = card_of(answer(LAB, "a").recovery)
    hostile = replace(
        card,
        verdict=replace(card.verdict, here=Answer(None, "<script>alert(1)</script>")),
        warnings=("<img src=x onerror=alert(1)>",),
    )
    html = verdict_html(hostile)
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "Regret here" in figures_html(card)
    assert "New walls" in what_if_html(card)


@pytest.mark.parametrize("preset", ["static-walls", "cliff"])  # their goals end the episode, no move slips
@pytest.mark.parametrize("lens", LENSES)
def test_map_scatter_and_verdict_speak_of_the_same_numbers(preset: str, lens: Lens) -> None:
    lab = LabState(preset=preset, expert="soft-optimal", config=TabularConfig(method="ml", prior=Prior()))
    recovery = answer(lab, "a").recovery
    shown = lens_values(recovery, lens)
    points = [trace for trace in scatter_figure(recovery, lens).data if trace.mode == "markers"]
    plotted = np.concatenate([np.asarray(trace.y) for trace in points])
    np.testing.assert_allclose(np.sort(shown[np.isfinite(shown)]), np.sort(plotted))
    if lens == "state":
        mdp = recovery.mdp
        assert np.nanmean(shown[mdp.live]) == pytest.approx(0.0)  # the level is left open
        worth = np.where(mdp.terminal, shown / (1.0 - mdp.gamma), shown)
        judged = card_of(recovery).value("map_cosine")
        assert map_cosine(mdp, worth, recovery.true_reward.values) == pytest.approx(judged)
        assert np.nanargmax(shown) in np.flatnonzero(recovery.grid.goals)


def test_mini_map_has_a_square_for_every_cell() -> None:
    grid = world_of(LAB)
    html = mini_map(grid, grid.state_reward(), "<the truth>")
    assert html.count("<i ") == grid.n_states
    assert "&lt;the truth&gt;" in html
    mini_map(grid, np.full((grid.n_states, 5), np.nan), "nothing")


def test_server_options_come_from_the_command_line_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("STREAMLIT_SERVER_PORT", raising=False)
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    assert server_options([]) == {}
    assert server_options(["--port", "8600"]) == {"server.port": 8600}
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "8601")
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert server_options([]) == {"server.port": 8601, "server.address": "0.0.0.0"}


def respond(kind: bytes, body: bytes) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind), (b"etag", b"x"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:10], "more_body": True})
        await send({"type": "http.response.body", "body": body[10:]})

    return app


def fetch(app: Any, accept: bytes) -> tuple[dict[str, str], bytes]:
    sent: list[Any] = []

    async def run() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "headers": [(b"accept", accept), (b"accept-encoding", b"gzip")]}
        await app(scope, None, send)

    with ThreadPoolExecutor(1) as thread:  # this thread may already run the browser's event loop
        thread.submit(asyncio.run, run()).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return headers, b"".join(message.get("body", b"") for message in sent)


def test_pages_are_told_the_servers_address() -> None:
    page = b"<html><head><title>Streamlit</title></head></html>"
    headers, body = fetch(DeepLinks(respond(b"text/html", page)), b"text/html")
    assert b"BACKEND_BASE_URL" in body
    assert b"<title>IRL Lab</title>" in body
    assert int(headers["content-length"]) == len(body)
    assert "etag" not in headers


def test_other_answers_pass_unchanged() -> None:
    for kind, accept in ((b"application/json", b"text/html"), (b"text/html", b"application/json")):
        headers, body = fetch(DeepLinks(respond(kind, b"<head> and so on, at length")), accept)
        assert body == b"<head> and so on, at length"
        assert headers["etag"] == "x"


def test_every_answer_carries_the_security_headers() -> None:
    headers, _ = fetch(SecurityHeaders(respond(b"text/html", b"some page text")), b"text/html")
    assert {name.lower(): value for name, value in HEADERS.items()}.items() <= headers.items()
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
