"""Learn: every chapter's check can be failed and passed, and its words and figures are there."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from irl_app.figures import THEMES
from irl_app.paths import site_root
from irl_app.ui.glossary import GLOSSARY, hover
from irl_app.ui.learn import CHAPTERS
from irl_app.ui.learn.chapters_judging import actor_gap
from irl_app.ui.learn.lesson import Chapter
from tests.pages.widgets import widget

LEARN = site_root() / "pages" / "learn.py"
DONE: dict[str, dict[str, Any]] = {
    "return": {"gamma": 0.65},
    "soft-values": {"tau": 2.0},
    "cloning": {"games": 2},
    "ambiguity": {"height": 8, "gamma": 0.7},
    "iq-learn": {"alpha": 3.0},
    "divergences": {"divergence": "forward_kl"},
    "transfer": {"reading": "regret_transfer"},
    "judging": {"level": -5},
    "networks": {"paid": "noise", "bonus": 1.0},
    "continuous": {"tau": 0.5, "mean": 0.6, "spread": 0.5},
}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_chapter_is_not_done_at_first_and_can_be_done(chapter: Chapter) -> None:
    start = chapter.start()
    done, why = chapter.check(start, chapter.bench(start).facts)
    assert not done
    assert why
    values = start | DONE[chapter.name]
    bench = chapter.bench(values)
    done, why = chapter.check(values, bench.facts)
    assert done, why
    assert bench.panels or bench.chart
    if bench.chart is not None:
        bench.chart(THEMES["dark"])


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_a_chapter_is_whole(chapter: Chapter) -> None:
    assert 10 <= chapter.minutes <= 15
    assert 0 <= chapter.prediction.right < len(chapter.prediction.options)
    assert chapter.sources
    assert set(chapter.words) <= set(GLOSSARY)
    assert all(control.start in control.options for control in chapter.controls)
    assert DONE[chapter.name].keys() <= {control.name for control in chapter.controls}
    assert all(
        value in control.options
        for control in chapter.controls
        for name, value in DONE[chapter.name].items()
        if name == control.name
    )


def test_there_are_eight_to_ten_chapters_in_an_order() -> None:
    assert 8 <= len(CHAPTERS) <= 10
    assert len({chapter.name for chapter in CHAPTERS}) == len(CHAPTERS)


@pytest.mark.parametrize("tau", [0.1, 0.5, 1.0])
def test_an_actor_is_short_of_the_soft_value_unless_it_is_the_soft_policy(tau: float) -> None:
    assert actor_gap(0.6, float(np.sqrt(tau / 2.0)), tau) == pytest.approx(0.0, abs=1e-12)
    actions = np.linspace(-8, 9, 200_001)
    density = np.exp(-0.5 * ((actions - 0.1) / 0.3) ** 2) / (0.3 * np.sqrt(2 * np.pi))
    q, step = -((actions - 0.6) ** 2), actions[1] - actions[0]
    soft_value = tau * np.log(np.exp(q / tau).sum() * step)
    right = float((density * (q - tau * np.log(np.maximum(density, 1e-300)))).sum() * step)
    assert actor_gap(0.1, 0.3, tau) == pytest.approx(soft_value - right, abs=1e-6)


def test_a_word_explains_itself_and_is_escaped() -> None:
    assert 'tabindex="0"' in hover("gives <b>away", "regret")
    assert "<b>" not in hover("gives <b>away", "regret")


def open_learn(chapter: str) -> AppTest:
    page = AppTest.from_file(str(LEARN), default_timeout=60)
    page.query_params["chapter"] = chapter
    return page.run()


@pytest.mark.parametrize("name", ["return", "divergences", "continuous"])
def test_a_chapter_is_drawn(name: str) -> None:
    page = open_learn(name)
    assert not page.exception
    assert not page.error
    assert any(re.search(r"Chapter \d+ of 10", str(box.value)) for box in page.get("html"))


def test_the_first_chapter_is_guessed_failed_and_passed() -> None:
    page = open_learn("nonsense")
    check = page.button(key="check-return")
    assert check.disabled
    widget(page.radio, "predict-return").set_value(0).run()
    page.button(key="check-return").click().run()
    session = page.session_state["learn"]
    assert session.verdicts["return"][0] is False
    widget(page.select_slider, "return-gamma").set_value(0.65).run()
    assert "return" not in session.verdicts
    page.button(key="check-return").click().run()
    assert session.passed == {"return"}
    assert any("It is: To the 2." in str(box.value) for box in page.markdown)
    page.button(key="next-chapter").click().run()
    assert page.session_state["learn"].chapter == "soft-values"
    assert not page.exception
