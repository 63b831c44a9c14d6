"""A robot from one shipped demonstration, from the command line to what is taken away and looked at."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import gymnasium as gym
import numpy as np
import pytest

from irl_app.cli import main
from irl_app.export import load_reward
from irl_app.findings import adversarial, judging
from irl_app.rewards import RewardWrapper, StateNetworkReward
from irl_app.runs import read_run
from irl_app.stage import Poses, read_material
from irl_app.training.split import load_split
from tests.training.in_process import working_here

SHORT = {
    "updates": 40, "hidden": 16, "clone_updates": 300, "clones": 2, "actor_delay": 10, "warmup": 100,
    "checkpoint_every": 20, "evaluate_every": 40, "episodes": 1, "compile": "false",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A judged run of a few updates."""
    folder = tmp_path_factory.mktemp("runs") / "cheetah"
    settings = [part for name, value in SHORT.items() for part in ("--set", f"{name}={value}")]
    with working_here(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(adversarial, "AGENT", {"updates": 20, "warmup": 200, "compile": False})
        patched.setattr(adversarial, "FIT", 200)
        patched.setattr(judging, "EPISODES", 2)
        asked = ["recover", "HalfCheetah-v5", "--demos", "1", *settings, "--out", str(folder), "--json"]
        assert main(asked) == 0
    return folder


def test_it_ends_with_a_card(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["report", str(run), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["title"] == "IQ-Learn, centred on the clone (frozen target)"
    assert -0.2 < found["metrics"]["imitation"]["mean"] < 1.1
    assert found["trained_on"] == []  # it takes an hour, and is done when asked for
    assert found["metrics"]["pearson_step"]["mean"] > 0.5
    lenses = ("adversarial", "supported", "deshaped", "state", "bounded", "transition")
    assert read_run(run).lenses == lenses


def test_the_reward_is_taken_away_and_trained_on(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "reward.safetensors"
    assert main(["export", str(run), "--out", str(out)]) == 0
    reward = load_reward(out)
    assert isinstance(reward, StateNetworkReward)
    assert (reward.info.kind, reward.info.terminal) == ("state", "pessimistic")
    env = RewardWrapper(gym.make("HalfCheetah-v5"), reward)
    env.reset(seed=0)
    env.action_space.seed(0)
    _, paid, _, _, info = env.step(env.action_space.sample())
    assert 0.0 <= paid < 0.3  # far from where the expert runs
    assert np.isfinite(info["true_reward"])


def test_what_an_end_is_worth_is_part_of_it(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["export", str(run), "--out", str(tmp_path / "r.safetensors"), "--lens", "supported"]
    assert main([*asked, "--terminal", "pessimistic"]) == 2
    assert "part of this reward" in capsys.readouterr().err


def test_expert_and_learner_can_be_looked_at(run: Path) -> None:
    found = read_material(run / "stage")
    for recording in (found.expert, found.learner):
        assert isinstance(recording.shown, Poses)
        assert len(recording) == 1000
        assert recording.recovered is not None
    shown = found.expert.shown
    assert isinstance(shown, Poses)
    ran = (shown.centre[-1, 0] - shown.centre[0, 0]) * shown.scale
    assert ran > 150.0  # metres, by its own speed: five thousand of reward in fifty seconds
    assert found.expert.reward.sum() == pytest.approx(5027, rel=0.02)
    assert "irl-app recover HalfCheetah-v5 --demos 1 --seed 0" in found.command


def test_the_adversarial_reward_pays_the_expert_and_no_end(run: Path) -> None:
    reward = load_reward(read_run(run).reward_file("adversarial"))
    shown = load_split(run, 1).train[0]
    going_on = reward(shown.obs, shown.action, shown.next_obs, np.zeros(len(shown), bool))
    assert going_on.mean() > 0.8  # of 1
    ended = reward(shown.obs, shown.action, shown.next_obs, np.ones(len(shown), bool))
    assert (ended == 0.0).all()


def test_no_agent_is_trained_for_it_where_none_is_wanted(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "EPISODES", 2)
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    assert main(["recover", "--run", str(copy), "--no-trained-on", "--json"]) == 0
    assert read_run(copy).lenses[0] == "supported"
