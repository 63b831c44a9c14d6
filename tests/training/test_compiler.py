"""Without a C++ compiler nothing is begun that would be compiled."""

from __future__ import annotations

import pytest

from irl_app.tasks import TaskError, control_task
from irl_app.tasks.trained_expert import expert_demonstrations
from irl_app.training import TrainingError
from irl_app.training.request import request


def test_a_missing_compiler_is_told_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(TrainingError, match="compiler no-such-compiler, which is not there"):
        request("CartPole-v1", settings={"compile": True})
    with pytest.raises(TaskError, match="compiler no-such-compiler, which is not there"):
        expert_demonstrations(control_task("CartPole-v1"), 1, 0, compiled=True)
    assert request("CartPole-v1").config["compile"] is False
