"""IRL Lab: demonstrations in, a Q-function learned, a reward read off it, judged, drawn and exported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from irl_app.export import load_reward

__all__ = ["__version__", "load_reward"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import ``load_reward`` when first asked for: ``import irl_app`` itself stays instant (PEP 562)."""
    if name == "load_reward":
        from irl_app.export import load_reward

        return load_reward
    raise AttributeError(f"module 'irl_app' has no attribute {name!r}")
