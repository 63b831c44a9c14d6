"""The table: every row once, kept, remade when the code changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from irl_app.reproduce.grid_recovery import (
    LEARNERS,
    METRICS,
    Plan,
    Row,
    aggregate,
    as_dict,
    grid_recovery,
    run_row,
    sections,
    source_digest,
)

TINY = Plan(n_demos=(1, 3), seeds=(0, 1), presets=("goal",), methods=("bc",))


def test_the_full_plan_covers_everything() -> None:
    rows = Plan().rows()
    assert len(rows) == len(set(rows)) == 2 * len(LEARNERS) * 5 * 5
    assert set(LEARNERS) >= {"iq", "ml", "mce", "sqil", "bc"}


def test_rows_are_computed_once_and_kept_and_a_damaged_one_again(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    first = grid_recovery(
        TINY, tmp_path, processes=2, progress=lambda done, total, _: told.append((done, total))
    )
    assert told == [(n, 4) for n in range(5)]
    assert tuple(first) == TINY.rows()
    told.clear()
    again = grid_recovery(TINY, tmp_path, progress=lambda done, total, _: told.append((done, total)))
    assert told == [(4, 4)]
    assert again == first
    assert first[TINY.rows()[0]] == run_row(TINY.rows()[0])
    kept = next((tmp_path / source_digest()).iterdir())
    kept.write_text("{", encoding="utf-8")
    assert grid_recovery(TINY, tmp_path, processes=1) == first


FIGURES = {
    Row("goal", "bc", n, seed): {
        "pearson_state": 0.5 + 0.1 * seed,
        "pearson_val": None,
        "regret": 0.25,
        "regret_transfer": 0.0,
    }
    for n in (1, 3)
    for seed in (0, 1)
}


def test_seeds_are_averaged_and_missing_values_left_out() -> None:
    estimate = aggregate(FIGURES, "goal", "bc", 3, "pearson_state")
    assert estimate.value == pytest.approx(0.55)
    assert estimate.n == 2
    assert (estimate.low, estimate.high) == (0.5, 0.6)  # of so few the least and the largest
    assert aggregate(FIGURES, "goal", "bc", 3, "pearson_val").value is None


def test_the_table_for_people() -> None:
    (section,) = sections(TINY, FIGURES)
    assert section.title == "`goal`"
    assert section.columns == ("method", "n = 1", "n = 3", "de-shaped", "regret", "regret after transfer")
    cells = ("0.55 (0.50 to 0.60)",) * 2 + ("-", "0.25 (0.25 to 0.25)", "0.00 (0.00 to 0.00)")
    assert section.rows == (("Behavioural cloning", *cells),)


def test_the_table_for_programs() -> None:
    rows = as_dict(TINY, FIGURES)["rows"]
    assert isinstance(rows, list)
    assert [(row["method"], row["n_demos"]) for row in rows] == [("bc", 1), ("bc", 3)]
    assert set(rows[0]["metrics"]) == set(METRICS)
    assert rows[0]["metrics"]["regret"] == {"mean": 0.25, "low": 0.25, "high": 0.25, "n": 2}
