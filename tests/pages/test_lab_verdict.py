"""The verdict on the page: the strip of changed worlds, the worst of them, how far it can be trusted."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace

import numpy as np
from streamlit.testing.v1 import AppTest

from irl_app.analysis import judge
from irl_app.analysis.changed_worlds import changed_worlds
from irl_app.demonstrations import collect
from irl_app.envs.presets import make_preset
from irl_app.experts import expert_policy
from irl_app.recovery import Recovery, recover
from irl_app.ui import answers
from irl_app.ui.lab_elsewhere import strip_html, walks, walks_html
from irl_app.ui.lab_trust import measured, trust_html
from trainers.tabular.config import TabularConfig


def cliff() -> Recovery:
    grid = make_preset("cliff", 8)
    shown = collect(grid, expert_policy("soft-optimal", grid, 0.1), 1, 0, "soft")
    return recover(grid, shown, TabularConfig(method="iq"))


def test_the_strip_has_a_dot_a_world_and_says_for_which_kinds_it_speaks() -> None:
    card = judge(cliff())
    html = strip_html(card)
    assert html.count("<i ") == card.elsewhere.mean.n == 64
    assert "<svg" not in html  # which the page would take away
    for kind in ("walls added", "slip changed", "starts moved"):
        assert kind in html
    assert "Said of these kinds of change only" in html


def test_the_worst_world_opens_with_both_agents_walking() -> None:
    recovery = cliff()
    card = judge(recovery)
    assert card.elsewhere.worst is not None
    world = changed_worlds(recovery.grid).world(card.elsewhere.worst)
    found = walks(recovery, world)
    assert set(found) == {"true", "recovered"}
    assert found["true"][0] == found["recovered"][0]  # from the same start
    assert not np.array_equal(found["true"], found["recovered"])
    assert not any(world.walls.flat[cells].any() for cells in found.values())
    html = walks_html(world, found, "light")
    picture = b64decode(html.split("base64,")[1].split('"')[0]).decode()
    assert picture.count("<animateMotion") == 2
    assert picture.count("<rect") == world.n_states


def test_how_far_the_verdict_can_be_trusted_is_a_dot_a_recovery() -> None:
    found = measured()
    html = trust_html(found)
    assert found["recoveries"] >= 250
    judged = [case for case in found["cases"] if case["level"] is not None and case["judge"] is not None]
    assert html.count("<i ") == len(judged)
    assert "<svg" not in html
    assert "random maps with lava" in html


def test_large_grids_are_judged_in_the_background(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    recovery = cliff()
    monkeypatch.setattr(answers, "AT_ONCE", 3)
    first = answers.card_soon(recovery)
    answers._waiting.get(recovery, 1, lambda: None).result()  # type: ignore[arg-type, return-value]
    later = answers.card_soon(recovery)
    assert later is not None
    assert first is None or first is later
    small = replace(recovery)
    monkeypatch.setattr(answers, "AT_ONCE", 400)
    assert answers.card_soon(small) is not None


def test_played_games_are_judged_without_the_maps_reward_when_asked() -> None:
    def report() -> None:
        from types import SimpleNamespace

        import streamlit as st

        from irl_app.ui.answers import answer
        from irl_app.ui.lab_report import draw_report
        from irl_app.ui.lab_state import PLAYED, LabState

        if "lab" not in st.session_state:
            lab = LabState(preset="goal", size=5, expert=PLAYED, played=((0, ((1, 1), (1, 2), (1, 3))),))
            shown = answer(lab, "test")
            st.session_state["lab"] = SimpleNamespace(shown=shown, picture=1, reported=0, state=lab)
        draw_report(st.container(), st.container())

    page = AppTest.from_function(report, default_timeout=60).run()
    asked = page.toggle(key="without-truth")
    assert not asked.value
    assert any("equally well lose" in one.body for one in asked.set_value(True).run().get("html"))
