"""A short form of ``python -m tests.attack``: a few damages of every file, a few of the operations."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from tests.attack import faults
from tests.attack.subject import attack
from tests.attack.targets import TARGETS

FEW, FEWEST = 3, 1
SLOW = (
    "run of networks",
    "recovery in a grid",
    "pages with that run",
    "demonstrations, HDF5",
    "demonstrations, D4RL's HDF5",
)


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_files_are_refused_in_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told = list(attack(name, tmp_path, 1, FEWEST if name in SLOW else FEW))
    assert [one for one in told if not one.get("survived", True)] == []


@pytest.mark.parametrize(
    "call", [faults.kill_at_every_operation, faults.fail_at_every_operation, faults.full_at_every_operation]
)
def test_a_training_ends_as_if_nothing_had_happened(call: faults.Attack) -> None:
    outcome = call(7)
    assert outcome.faults == ()
    assert outcome.tried > 1


def test_commands_on_a_full_disk_say_so_and_leave_nothing_behind() -> None:
    outcome = faults.commands_at_every_operation(5)
    assert outcome.faults == ()
    assert outcome.tried > 1


def test_other_peoples_runs_are_shown_or_refused_in_one_sentence() -> None:
    outcome = faults.read_only()
    assert outcome.faults == ()
    assert outcome.tried == len(faults.STRANGERS)
