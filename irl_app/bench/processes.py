"""A measurement runs in a process of its own with one thread: nothing else's threads or memory blur it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def measured_apart(module: str, job: dict[str, Any]) -> Any:
    """What ``python -m module JOB`` prints, JSON in and out.

    Raises:
        RuntimeError: the process failed; the message ends with its error.
    """
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH", "")]))
    environment = os.environ | dict.fromkeys(THREADS, "1") | {"PYTHONPATH": path}
    command = [sys.executable, "-m", module, json.dumps(job)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"measuring {job} failed: {ran.stderr.strip().splitlines()[-1:]}")
    return json.loads(ran.stdout)
