"""The report is one page that is complete, escapes every text and asks nothing of the network."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from irl_app.analysis import ReportCard, judge
from irl_app.demonstrations import collect
from irl_app.envs.presets import make_preset
from irl_app.export import html_report
from irl_app.recovery import Recovery, recover
from trainers.tabular.config import TabularConfig
from trainers.tabular.planning import expected_reward, soft_optimal


@pytest.fixture(scope="module")
def recovery() -> Recovery:
    grid = make_preset("static-walls", size=5, seed=0)
    policy = soft_optimal(grid.mdp(), expected_reward(grid.mdp(), grid.state_reward()), 1.0).policy
    return recover(grid, collect(grid, policy, 20, 0, "<b>soft</b>"), TabularConfig(method="iq"))


@pytest.fixture(scope="module")
def card(recovery: Recovery) -> ReportCard:
    return judge(recovery)


@pytest.fixture(scope="module")
def page(recovery: Recovery, card: ReportCard) -> str:
    return html_report(recovery, card)


class Tags(HTMLParser):
    """Collects what could make a request, and the visible text."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text: list[str] = []
        self.scripts = 0
        self._hidden = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [f"{tag} {name}={value}" for name, value in attrs if name in ("src", "href", "srcset")]
        self.scripts += tag == "script"
        self._hidden = tag if tag in ("script", "style") else self._hidden

    def handle_endtag(self, tag: str) -> None:
        self._hidden = "" if tag == self._hidden else self._hidden

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text.append(data)


def unpacked(page: str, name: str) -> str:
    """A text that the page's script unpacks."""
    found = re.search(rf'const {name} = \[(\d+), "([^"<\\]*)"\];\n', page)
    assert found
    content = base64.b85decode(found[2].replace(",", "<"))
    assert len(content) == int(found[1])
    return zlib.decompress(content).decode()


def test_nothing_is_requested_and_plotly_is_there_once(page: str) -> None:
    tags = Tags()
    tags.feed(page)
    assert tags.links == []
    assert tags.scripts == 1
    assert "default-src 'none'" in page
    assert unpacked(page, "PLOTLY").count("plotly.js v") == 1
    assert len(page.encode()) <= 2_000_000  # a mail takes it


def test_verdict_warnings_and_every_metric_are_told(page: str, card: ReportCard) -> None:
    tags = Tags()
    tags.feed(page)
    text = " ".join(" ".join(tags.text).split())
    assert all(answer.reason in text for answer in card.verdict.answers.values())
    for warning in card.warnings:
        assert warning in text
    for metric in card.metrics.values():
        assert metric.sentence in text
        assert metric.help in text


def test_texts_from_outside_are_escaped(recovery: Recovery, card: ReportCard) -> None:
    assert recovery.demonstrations is not None
    provenance = replace(recovery.demonstrations.provenance, task="</script><script>alert(1)</script>")
    hostile = replace(recovery, demonstrations=replace(recovery.demonstrations, provenance=provenance))
    page = html_report(hostile, card)
    assert "<script>alert" not in page
    assert "&lt;b&gt;soft&lt;/b&gt;" in page


def test_charts_are_complete_in_both_themes(page: str) -> None:
    charts = json.loads(unpacked(page, "PACKED"))
    assert set(re.findall(r'data-chart="([a-z-]+)"', page)) == set(charts)
    for by_theme in charts.values():
        assert set(by_theme) == {"light", "dark"}
        assert all(chart["data"] and chart["layout"]["title"]["text"] for chart in by_theme.values())


def test_written_whole_to_a_path(recovery: Recovery, card: ReportCard, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "report.html"
    assert html_report(recovery, card, path) == path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_exact_occupancy_has_a_report_too(recovery: Recovery) -> None:
    exact = recover(recovery.grid, recovery.solution.policy, TabularConfig(method="mce"))
    page = html_report(exact, judge(exact))
    assert "exact occupancy" in page
    assert np.isfinite(exact.solution.q).all()
