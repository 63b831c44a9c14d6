"""Damaged files, tried in processes that are watched: what they survive, and the first fault of each kind."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.attack.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds without a word, on a machine that may be busy, after which a reading hangs."""


@dataclass(frozen=True)
class Outcome:
    """What came of one kind of attack: how many were tried and survived, and the faults, a few words each."""

    name: str
    tried: int
    survived: int
    faults: tuple[str, ...] = ()


def attack_files(name: str, seed: int, count: int) -> Outcome:
    """Damage every file of a target ``count`` times.

    A reading that hangs, or ends the process, is a fault; the trials go on after it.
    """
    first, total, survived, faults = 0, 1, 0, []
    count = max(1, round(TARGETS[name].share * count))
    while first < total:
        reports, ended = _watched(name, seed, first, count)
        told = [one for one in reports if "survived" in one]
        survived += sum(one["survived"] for one in told)
        faults += [_words(one) for one in told if not one["survived"]]
        slow = [one for one in told if one["seconds"] > TARGETS[name].lasts]
        faults += [f"trial {one['trial']}, {one['file']}: {one['seconds']:.1f} s" for one in slow]
        survived -= len(slow)
        if not reports:
            faults.append(f"the process that reads it could not begin: {ended}")
            break
        total, first = reports[-1]["of"], reports[-1]["trial"] + 1
        if "survived" not in reports[-1]:
            faults.append(f"{_place(reports[-1])} {ended}")
    return Outcome(name, first, survived, tuple(faults))


def _place(one: dict[str, Any]) -> str:
    return f"trial {one['trial']}, {one['file']}{', a ' + one['how'] if 'how' in one else ''}:"


def _words(one: dict[str, Any]) -> str:
    return f"{_place(one)} {one['fault']}"


def _watched(name: str, seed: int, first: int, count: int) -> tuple[list[dict[str, Any]], str]:
    """What the process said, and how it ended."""
    command = [sys.executable, "-m", "tests.attack.subject", name, str(seed), str(first), str(count)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    said: list[str] = []
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        drained = threading.Thread(target=lambda: said.append(process.stderr.read().decode(errors="replace")))  # type: ignore[union-attr]
        drained.start()
        reports, ended = [], ""
        while not ended:
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
            line = process.stdout.readline() if ready else b""
            if line:
                reports.append(json.loads(line))
            elif ready:
                ended = f"ended with {process.wait()}"
            else:
                process.kill()
                ended = f"said nothing for {PATIENCE:g} s"
        drained.join()
    return reports, f"{ended}: {said[0][-1_500:]}" if said and said[0] else ended
