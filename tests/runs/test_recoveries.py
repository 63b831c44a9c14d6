"""The folder of a recovery in a grid: complete, refused where something is, readable or clearly damaged."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from irl_app.demonstrations import load_json
from irl_app.envs.grid_map import parse_map
from irl_app.export import load_reward
from irl_app.files import write_whole
from irl_app.findings.grids import keep_recovery, recover_seed, recovery_config
from irl_app.runs import RunConfig, RunError, World, read_config, read_run
from irl_app.runs.run import GRID_LENSES
from tests.comparison.made_runs import make_recovery
from trainers.tabular.config import TabularConfig

SMALL = recovery_config(
    "gridworld/goal", TabularConfig(method="mce"), seeds=(1, 4), n_demos=5, world=World(size=4)
)


def kept(folder: Path, config: RunConfig = SMALL) -> Path:
    return keep_recovery(config, [recover_seed(config, seed) for seed in config.seeds], folder)


def test_a_run_holds_everything_needed_to_use_it(tmp_path: Path) -> None:
    outcomes = [recover_seed(SMALL, seed) for seed in SMALL.seeds]
    run = read_run(keep_recovery(SMALL, outcomes, tmp_path / "a"))
    assert run.config == SMALL
    assert (run.status.state, run.config.is_training) == ("done", False)
    assert run.config.world == World(4, None, "soft-optimal", 1.0)
    assert run.findings is not None
    assert run.findings.verdict == outcomes[0][1].verdict.as_json()
    regret, values = run.findings.metrics["regret"], [card.value("regret") for _, card in outcomes]
    assert (regret["values"], regret["n"]) == (values, 2)
    assert regret["mean"] == pytest.approx(np.mean(values))  # type: ignore[arg-type]
    for seed, (recovery, _) in zip(SMALL.seeds, outcomes, strict=True):
        world = (run.folder / f"map-seed-{seed}.txt").read_text(encoding="utf-8")
        assert parse_map(world) == recovery.grid
        shown = load_json(run.demonstrations_file(seed))
        assert shown.n_episodes == 5
        for lens in GRID_LENSES:
            reward = recovery.true_reward if lens == "true" else recovery.rewards[lens]
            arguments = (shown.obs, shown.action, shown.next_obs, shown.terminated)
            found = load_reward(run.reward_file(lens, seed))(*arguments)
            np.testing.assert_array_equal(found, reward(*arguments))
        assert run.report_file(seed).stat().st_size > 10_000
    assert run.report_file() == run.report_file(1)
    with pytest.raises(RunError, match="has no seed 2, it has 1, 4"):
        run.reward_file(seed=2)


def test_what_was_asked_for_says_all_that_is_needed_to_do_it_again(tmp_path: Path) -> None:
    folder = kept(tmp_path / "a")
    recovery, card = recover_seed(read_config(folder), 4)
    first, again = recover_seed(SMALL, 4)
    np.testing.assert_array_equal(recovery.solution.q, first.solution.q)
    assert card.value("regret") == again.value("regret")


def test_the_exact_occupancy_leaves_no_demonstrations(tmp_path: Path) -> None:
    exact = recovery_config("gridworld/open", TabularConfig(method="bc"), n_demos=None, world=World(size=3))
    run = read_run(kept(tmp_path / "exact", exact))
    assert run.config.demonstrations == {"source": None, "episodes": "exact"}
    with pytest.raises(RunError, match="exact occupancy"):
        run.demonstrations_file()


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunError, match="exists already"):
        kept(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("irl_app.findings.grids.html_report", full)
    with pytest.raises(OSError, match="No space"):
        kept(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_the_one_sentence_verdict_of_older_versions_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = make_recovery(tmp_path / "a")
    content = json.loads((folder / "findings.json").read_text())
    (folder / "findings.json").write_text(json.dumps(content | {"verdict": "It can be planned with."}))
    with pytest.raises(RunError, match="written by an older irl-app: delete it and judge the run again"):
        read_run(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"metrics": {"a": 1}}', "\x00", "[" * 10**5])
def test_damaged_findings_are_named(text: str, tmp_path: Path) -> None:
    folder = make_recovery(tmp_path / "a")
    (folder / "findings.json").write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=r"findings\.json is damaged"):
        read_run(folder)
    (folder / "findings.json").unlink()
    with pytest.raises(RunError, match=r"no findings\.json"):
        read_run(folder)


def test_findings_are_no_more_and_no_less_than_is_known_of_them(tmp_path: Path) -> None:
    folder = make_recovery(tmp_path / "a")
    content = json.loads((folder / "findings.json").read_text())
    silent = {k: v for k, v in content["verdict"].items() if k != "here"}
    less = {k: v for k, v in content.items() if k != "verdict"}
    for changed in (content | {"more": 1}, less, content | {"verdict": silent}):
        (folder / "findings.json").write_text(json.dumps(changed))
        with pytest.raises(RunError, match=r"findings\.json is damaged"):
            read_run(folder)


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
