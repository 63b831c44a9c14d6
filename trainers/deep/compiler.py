"""Whether updates can be compiled here; without torch, so that it is known before anything starts."""

from __future__ import annotations

import os
import shutil
import sys


def has_compiler() -> bool:
    """Whether the C++ compiler is there that torch calls: that of the variable CXX, or the platform's."""
    return shutil.which(_name()) is not None


def check_compiler() -> None:
    """Check that it is there.

    Raises:
        ValueError: it is not.
    """
    if not has_compiler():
        raise ValueError(
            f"compiled updates need the C++ compiler {_name()}, which is not there: install it "
            "(on Debian: apt-get install g++), or do without compile where that is a choice"
        )


def _name() -> str:
    return os.environ.get("CXX") or {"darwin": "clang++", "win32": "cl"}.get(sys.platform, "g++")
