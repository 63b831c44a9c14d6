"""IRL Lab: demonstrations in, a Q-function learned, a reward read off it, judged, drawn and exported."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from irl_app.beside import take_own_trainers

if TYPE_CHECKING:
    from irl_app.demonstrations import Demonstrations, load_demonstrations
    from irl_app.export import load_reward
    from irl_app.library import Found, Report, recover
    from irl_app.plugins import register_divergence, register_metric, register_objective
    from irl_app.policies import Policy, load_policy
    from irl_app.rewards import RewardWrapper
    from irl_app.tasks import AsArrays, StateVariable, register_task

__all__ = [
    "AsArrays",
    "Demonstrations",
    "Found",
    "Policy",
    "Report",
    "RewardWrapper",
    "StateVariable",
    "__version__",
    "load_demonstrations",
    "load_policy",
    "load_reward",
    "recover",
    "register_divergence",
    "register_metric",
    "register_objective",
    "register_task",
]
__version__ = "0.2.0"

_HOMES = {
    "AsArrays": "irl_app.tasks",
    "Demonstrations": "irl_app.demonstrations",
    "Found": "irl_app.library",
    "Policy": "irl_app.policies",
    "Report": "irl_app.library",
    "RewardWrapper": "irl_app.rewards",
    "StateVariable": "irl_app.tasks",
    "load_demonstrations": "irl_app.demonstrations",
    "load_policy": "irl_app.policies",
    "load_reward": "irl_app.export",
    "recover": "irl_app.library",
    "register_divergence": "irl_app.plugins",
    "register_metric": "irl_app.plugins",
    "register_objective": "irl_app.plugins",
    "register_task": "irl_app.tasks",
}


take_own_trainers()


def __getattr__(name: str) -> Any:
    """Import a name when it is first asked for: ``import irl_app`` itself stays instant (PEP 562)."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'irl_app' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
