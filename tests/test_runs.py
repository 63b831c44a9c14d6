"""A run's folder: complete, refused where something is, and readable or clearly damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.demonstrations import load_json
from irl_app.envs.grid_map import parse_map
from irl_app.experiment import Experiment
from irl_app.export import load_reward
from irl_app.files import write_whole
from irl_app.recipes import Recipe
from irl_app.runs import LENSES, RunError, read_run, save_run

SMALL = Experiment("gridworld/goal", size=4, n_demos=5, recipe=Recipe(method="mce"))


def test_a_run_holds_everything_needed_to_use_it(tmp_path: Path) -> None:
    recovery, card = SMALL.run(1)
    run = read_run(save_run(tmp_path / "a", SMALL, 1, recovery, card))
    assert run.about["task"] == "gridworld/goal"
    assert run.about["seed"] == 1
    assert run.about["recipe"]["method"] == "mce"
    assert run.verdict == card.verdict
    assert run.metrics["regret"]["mean"] == card.value("regret")
    assert parse_map((run.folder / "map.txt").read_text(encoding="utf-8")) == recovery.grid
    assert load_json(run.demonstrations_file()).n_episodes == 5
    shown = load_json(run.demonstrations_file())
    for lens in LENSES:
        reward = recovery.true_reward if lens == "true" else recovery.rewards[lens]
        arguments = (shown.obs, shown.action, shown.next_obs, shown.terminated)
        np.testing.assert_array_equal(load_reward(run.reward_file(lens))(*arguments), reward(*arguments))
    assert run.report_file().stat().st_size > 10_000


def test_the_exact_occupancy_leaves_no_demonstrations(tmp_path: Path) -> None:
    exact = Experiment("gridworld/open", size=3, n_demos=None, recipe=Recipe(method="bc"))
    run = read_run(save_run(tmp_path / "exact", exact, 0, *exact.run(0)))
    assert run.about["n_demos"] == "exact"
    with pytest.raises(RunError, match="exact occupancy"):
        run.demonstrations_file()


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunError, match="exists already"):
        save_run(tmp_path, SMALL, 0, *SMALL.run(0))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = SMALL.run(0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("irl_app.runs.saving.html_report", full)
    with pytest.raises(OSError, match="No space"):
        save_run(tmp_path / "a", SMALL, 0, *outcome)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "irl-app run"}', '{"format": "other"}', "\x00", "[" * 10**5]
)
def test_a_damaged_run_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=r"run\.json"):
        read_run(tmp_path)


def test_files_are_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "file.txt"
    assert write_whole(path, "one").read_text(encoding="utf-8") == "one"

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(PermissionError):
        write_whole(path, b"two")
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]
    assert path.read_text(encoding="utf-8") == "one"
