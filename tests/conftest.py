"""The same commit gets the same verdict in CI; elsewhere properties are tried on new examples."""

from __future__ import annotations

import os

from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small products are slower on two threads than on one

settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI", "").lower() == "true":
    settings.load_profile("repeatable")
