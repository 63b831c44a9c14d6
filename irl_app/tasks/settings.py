"""What is usual in each control task: the one place where a task changes the defaults of `SoftQConfig`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ANY = "any method"

_WITH_ENVIRONMENT: dict[str, Mapping[str, Any]] = {
    method: {"online": True} for method in ("sqil", "sqil-t", "soft-q", "dqn")
}

SETTINGS: dict[str, dict[str, Mapping[str, Any]]] = {
    "CartPole-v1": _WITH_ENVIRONMENT,
    "Acrobot-v1": _WITH_ENVIRONMENT,
    "LunarLander-v3": _WITH_ENVIRONMENT,
    "gridworld/random-walls": _WITH_ENVIRONMENT,
    "gridworld/random-goal": _WITH_ENVIRONMENT,
}
"""Task -> method -> fields of `SoftQConfig`; those of the method come before those of `ANY` method."""


def settings_of(task: str, method: str) -> dict[str, Any]:
    """The fields that a task changes for a method; nothing for a task or method that changes nothing."""
    table = SETTINGS.get(task, {})
    return {**table.get(ANY, {}), **table.get(method, {})}
