"""An environment that only the tests register, from first to last: data in a file, command line, worker,
Train page, report, reward and policy taken away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import irl_app
from irl_app.cli import main
from irl_app.demonstrations import load_demonstrations
from irl_app.paths import site_root
from irl_app.runs import read_config, read_status
from irl_app.tasks import collect_episodes, get_task
from irl_app.tasks.own import IMPORTS
from irl_app.training import Jobs
from irl_app.ui import run_lists, training_jobs
from tests.pages.widgets import widget
from tests.tasks.own_environments import WALK_ID, to_the_right
from tests.training.support import ROOT, until

MODULE = "tests.tasks.own_environments"
SHORT = ("--updates", "150", "--set", "hidden=16", "--set", "checkpoint_every=50", "--set", "episodes=2")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of runs, beside arrays that anybody could have written."""
    root = tmp_path_factory.mktemp("own")
    shown = collect_episodes(get_task(WALK_ID), to_the_right, 6, 0, "one who goes right")
    rows = shown.to_frame()
    columns = {
        "obs": np.concatenate([one.observations[:-1] for one in shown.episodes]),
        "next_obs": np.concatenate([one.observations[1:] for one in shown.episodes]),
    }
    for name in ("action", "reward", "terminated", "truncated", "episode"):
        columns[name] = rows[name].to_numpy()
    np.savez(root / "walk.npz", **columns)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IRL_APP_RUNS", str(root / "runs"))
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv(IMPORTS, "")
        patch.chdir(root)
        yield root / "runs"


@pytest.fixture(scope="module")
def recovered(runs: Path) -> Path:
    folder = runs / "walk"
    asked = ("--import", MODULE, "--from", "walk.npz", "--demos", "4", "--seeds", "0-1", "--no-trained-on")
    assert main(["recover", WALK_ID, *asked, *SHORT, "--out", str(folder)]) == 0
    return folder


def test_the_report_scores_by_what_the_run_has_measured(
    recovered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(recovered), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["task"] == WALK_ID
    assert found["metrics"]["imitation"]["mean"] > 0.7
    measured = read_config(recovered).measured
    assert measured is not None
    assert found["returns"] == {name: measured[f"{name}_return"] for name in ("random", "expert")}
    assert main(["report", str(recovered)]) == 0
    assert main(["runs", "list"]) == 0
    assert main(["runs", "show", "walk"]) == 0
    assert WALK_ID in capsys.readouterr().out


def test_reward_and_policy_are_taken_away(recovered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("--out", "walk.reward", "--policy", "walk.policy")
    assert main(["export", str(recovered), "--import", MODULE, *out]) == 0
    env = irl_app.RewardWrapper(gym.make(WALK_ID), irl_app.load_reward("walk.reward"))
    policy = irl_app.load_policy("walk.policy")
    obs, _ = env.reset(seed=0)
    ended = False
    while not ended:
        obs, paid, ended, cut, info = env.step(policy.predict(obs, deterministic=True)[0])
        assert np.isfinite(paid)
        assert info["true_reward"] == -1.0
        assert not cut
    collect = ("demos", "collect", WALK_ID, "--import", MODULE, "--demos", "1", "--out", "data/any-v0")
    assert main(collect) == 2
    assert f"who acts in {WALK_ID}? give --agent KIND" in capsys.readouterr().err
    assert main([*collect, "--agent", "random"]) == 0
    asked = ("--agent", "policy:walk.policy", "--demos", "3", "--out", "data/walk-v0")
    assert main(["demos", "collect", WALK_ID, "--import", MODULE, *asked]) == 0
    assert load_demonstrations(Path("data/walk-v0")).n_episodes == 3
    collected = json.loads(Path("data/walk-v0/data/metadata.json").read_text())
    assert json.loads(collected["env_spec"])["entry_point"] == f"{MODULE}:Walk"
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    assert "adversarial, supported, deshaped" in " ".join(capsys.readouterr().out.split())


def test_the_train_page_shows_it_and_starts_another(
    recovered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_lists, "FRESH", 0.0)
    monkeypatch.setattr(training_jobs, "_jobs", Jobs())
    page = AppTest.from_file(str(site_root() / "pages" / "train.py"), default_timeout=60)
    page.query_params["run"] = recovered.name
    page.run()
    assert not page.exception
    assert widget(page.selectbox, "train-task").value == WALK_ID
    widget(page.number_input, "train-set-updates").set_value(50).run()
    page.button(key="train-start").click().run()
    assert not page.exception
    started = recovered.parent / "".join(page.query_params["run"])
    assert started != recovered
    until(lambda: read_status(started).state in ("done", "failed"))
    training_jobs.close_jobs()
    assert read_status(started).state == "done"
    page.run()
    assert not page.exception
