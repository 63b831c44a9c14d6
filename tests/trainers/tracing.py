"""Compilers without the C++ that takes them half a minute."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch


def trace_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have updates traced into one graph, with its gradients, which is run as it stands."""
    compiled = torch.compile

    def traced(update: Callable[..., Any], *, fullgraph: bool, dynamic: bool, options: dict[str, Any]) -> Any:
        guards = {"guard_filter_fn": options["guard_filter_fn"]}
        return compiled(update, fullgraph=fullgraph, dynamic=dynamic, backend="aot_eager", options=guards)

    monkeypatch.setattr(torch, "compile", traced)
