"""How many cores small networks get."""

from __future__ import annotations

import torch


def use_one_thread() -> None:
    """Products of small networks on one core from here on: sharing them out costs more than it saves."""
    torch.set_num_threads(1)
