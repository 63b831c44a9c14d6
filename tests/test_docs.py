"""The documentation: built without a broken link, complete, and its tutorials run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gymnasium as gym
import pytest

import irl_app
from irl_app.tasks import TASKS
from irl_app.training.evaluation import OWN_METRICS
from irl_app.training.request import METHODS, OWN_OBJECTIVES
from trainers.divergences import DIVERGENCES

DOCS = Path(__file__).resolve().parent.parent / "assets" / "docs"
TUTORIALS = sorted((DOCS / "pages" / "tutorials").glob("*.md"))


@pytest.fixture
def as_before() -> Iterator[None]:
    """What tutorials register is forgotten."""
    tables = (TASKS, OWN_METRICS, METHODS, OWN_OBJECTIVES, DIVERGENCES, gym.registry)
    known = [(table, dict(table)) for table in tables]
    yield
    for table, before in known:
        table.clear()
        table.update(before)


@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_from_top_to_bottom(
    tutorial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, as_before: None
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", tutorial.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 3
    space: dict[str, object] = {"__name__": "tutorial"}
    for block in blocks:
        exec(compile(block, tutorial.name, "exec"), space)


def test_every_public_name_has_an_entry() -> None:
    reference = (DOCS / "pages" / "api.md").read_text(encoding="utf-8")
    entries = re.findall(r"^::: [\w.]+\.(\w+)$", reference, re.MULTILINE)
    assert {*irl_app.__all__} - {"__version__"} <= {*entries}


def test_the_site_is_built_without_a_broken_link(tmp_path: Path) -> None:
    """Strict: a page that is left out, a link or an anchor that leads nowhere ends it."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(DOCS / "mkdocs.yml")]
    offline = {**os.environ, "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    done = subprocess.run(
        [*command, "-d", str(tmp_path / "site")], env=offline, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    assert {"index.html", "api.html", "tutorials/grid.html"} <= pages
    reference = (tmp_path / "site" / "api.html").read_text(encoding="utf-8")
    for name in {*irl_app.__all__} - {"__version__"}:
        assert re.search(rf'id="[\w.]*\.{name}"', reference), name
    loaded = re.findall(r'<(?:script|link)[^>]*(?:src|href)="(https?://[^"]+)"', reference)
    assert loaded == []
