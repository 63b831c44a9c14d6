"""Whether updates can be compiled here; without torch, so that it is known before anything starts."""

from __future__ import annotations

import os
import shutil
import sys


def check_compiler() -> None:
    """Check that the C++ compiler is there that torch calls: that of the variable CXX, or the platform's.

    Raises:
        ValueError: it is not.
    """
    name = os.environ.get("CXX") or {"darwin": "clang++", "win32": "cl"}.get(sys.platform, "g++")
    if shutil.which(name) is None:
        raise ValueError(
            f"compiled updates need the C++ compiler {name}, which is not there: install it "
            "(on Debian: apt-get install g++), or do without compile where that is a choice"
        )
