"""The ways that are timed do the same work, and the command prints all of them."""

from __future__ import annotations

import json

import pytest

from irl_app.bench.soft_q import STACKED, demonstrations, matrix_products, plain_loop, trainer
from irl_app.cli import main


def test_every_way_runs() -> None:
    for run in (plain_loop(), trainer(1, compiled=False), trainer(2, compiled=False), matrix_products()):
        run(3)
    assert demonstrations().obs_shape == (4,)


def test_the_trainer_does_what_the_plain_loop_does() -> None:
    """Both follow the frozen target's gradient; the whole objective has rows of its own."""
    for gradient in ("semi", "full"):
        made = trainer(1, compiled=False, gradient=gradient)
        assert made.__self__.config.gradient == gradient  # type: ignore[attr-defined]
    assert trainer(1, compiled=False).__self__.config.gradient == "semi"  # type: ignore[attr-defined]


def test_the_command_prints_every_way_that_needs_no_compiler(capsys: pytest.CaptureFixture[str]) -> None:
    main(["bench", "softq", "--updates", "32", "--repeats", "1", "--eager", "--json"])
    found = json.loads(capsys.readouterr().out)
    speeds = found["speeds"]
    assert [s["networks"] for s in speeds] == [1, 1, STACKED, 1]
    assert all(s["updates_per_second"] > 0 for s in speeds)
    assert speeds[0]["ratio"] == 1.0
    (cost,) = found["stacking"]
    assert (cost["way"], cost["networks"]) == ("eager", STACKED)
    assert cost["cost"] == pytest.approx(speeds[1]["updates_per_second"] / speeds[2]["updates_per_second"])


def test_bad_numbers_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "softq", "--updates", "0"]) == 2
    assert "--repeats and --updates must be at least 1, got 5 and 0" in capsys.readouterr().err
