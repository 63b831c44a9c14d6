"""A measurement runs in a process of its own with one thread: nothing else's threads or memory blur it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def measured_apart(module: str, job: Mapping[str, Any]) -> Any:
    """What ``python -m module JOB`` prints, JSON in and out.

    Raises:
        RuntimeError: the process failed; the message ends with its error.
    """
    return measured([sys.executable, "-m", module], job, own_environment())


def own_environment() -> dict[str, str]:
    """The environment of a process that runs this very program, wherever it is started."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    return os.environ | {"PYTHONPATH": path}


def measured(command: Sequence[str], job: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    """What a command prints when the job is its last argument, JSON in and out; it gets one thread.

    Raises:
        RuntimeError: the process failed; the message ends with its error.
    """
    ran = subprocess.run(
        [*command, json.dumps(job)],
        env={**environment, **dict.fromkeys(THREADS, "1")},
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise RuntimeError(f"measuring {job} failed: {ran.stderr.strip().splitlines()[-1:]}")
    return json.loads(ran.stdout.strip().splitlines()[-1])
