"""The same commit gets the same verdict in CI; elsewhere properties are tried on new examples."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small products are slower on two threads than on one

settings.register_profile("repeatable", derandomize=True)
if os.environ.get("CI", "").lower() == "true":
    settings.load_profile("repeatable")


@pytest.fixture
def worked_here() -> Iterator[None]:
    """Commands and queues start no process for a run: it is worked on before they go on."""
    from tests.training.in_process import working_here

    with working_here():
        yield
