"""Where networks are: on the processor, or on a graphics card by CUDA.

What is drawn at random is drawn on the processor, wherever networks are: rows, noise and first weights are
the same on every device. Sums are not, which devices add up in other orders: the same command gives the same
numbers on the same device.
"""

from __future__ import annotations

import torch


class DeviceError(ValueError):
    """A device that is not there; one sentence says so."""


def device_named(name: str) -> torch.device:
    """The device of a configuration's name: "cpu", "cuda", or "auto", which is CUDA's where there is one.

    Raises:
        DeviceError: it is not there.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        why = (
            "this build of torch has no CUDA"
            if torch.version.cuda is None
            else "torch finds no such card here"
        )
        raise DeviceError(f"device cuda needs a graphics card with CUDA, and {why}: choose cpu or auto")
    return torch.device("cuda" if name != "cpu" and there else "cpu")
