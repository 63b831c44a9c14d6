"""Linear algebra takes one thread unless somebody has asked for more."""

from __future__ import annotations

import os

import pytest

from irl_app.threads import VARIABLES, use_one_thread


def test_what_the_environment_asks_for_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLES[0], "7")
    for name in VARIABLES[1:]:
        monkeypatch.delenv(name, raising=False)
    use_one_thread()

    assert [os.environ[name] for name in VARIABLES] == ["7", *["1"] * (len(VARIABLES) - 1)]
