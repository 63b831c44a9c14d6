"""Pages look again at once: what a test has just changed is there."""

from __future__ import annotations

import pytest

from irl_app.ui import run_lists


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_lists, "FRESH", 0.0)
