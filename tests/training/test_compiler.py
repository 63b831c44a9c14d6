"""Without a C++ compiler nothing is begun that would be compiled."""

from __future__ import annotations

import pytest

from irl_app.runs import RunError
from irl_app.tasks import get_task
from irl_app.training.request import request
from irl_app.training.trained_expert import expert_demonstrations


def test_a_missing_compiler_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(RunError, match="compiler no-such-compiler, which is not there"):
        request("CartPole-v1", settings={"compile": True})
    with pytest.raises(RunError, match="compiler no-such-compiler, which is not there"):
        expert_demonstrations(get_task("CartPole-v1"), 1, 0, changes={"compile": True})
    for task in ("CartPole-v1", "HalfCheetah-v5"):  # where compiling is usual, it is done without
        assert request(task).config["compile"] is False
