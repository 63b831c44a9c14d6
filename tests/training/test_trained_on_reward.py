"""Training on a reward from a file in place of the task's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.cli import main
from irl_app.comparison.arms import settings_of
from irl_app.export import RewardFileError, save_reward
from irl_app.rewards import NetworkReward, Perceptron, RewardInfo
from irl_app.runs import RunConfig, RunError, create_run, read_config, read_run
from irl_app.tasks import get_task
from irl_app.training import read_metrics
from irl_app.training.build import build
from irl_app.training.loop import train
from irl_app.training.request import request, title_of_run
from trainers.deep.trainer import Trainer

POLE = get_task("CartPole-v1")
SHORT = {"updates": 200, "hidden": [16], "warmup": 50, "checkpoint_every": 100, "episodes": 2}


@pytest.fixture
def reward(tmp_path: Path) -> Path:
    """Pays up to 3 for pushing right, and nothing for pushing left."""
    q = Perceptron(((np.zeros((4, 2)), np.array([0.0, 3.0])),))
    spaces = POLE.observation_space, POLE.action_space
    info = RewardInfo("transition", "right", 0.5, 0.1, "zero", *spaces, method="iq")
    return save_reward(NetworkReward(q, info, 0.0, -9.0, 9.0), tmp_path / "right.safetensors")


def asked(reward: Path, method: str = "soft-q", task: str = "CartPole-v1") -> RunConfig:
    return request(task, method, settings=SHORT, reward=reward)


def test_the_learner_is_paid_by_the_file_and_judged_by_the_task(reward: Path, tmp_path: Path) -> None:
    run = create_run(asked(reward), folder=tmp_path / "run")
    job = build(run, read_config(run))
    train(job, lambda: "")
    assert isinstance(job.trainer, Trainer)
    replay = job.trainer._replay
    assert replay is not None
    drawn = replay.draw(50, 8, job.trainer._generators)
    v = 3.0 + 0.1 * np.log1p(np.exp(-30.0))
    pays = np.where(drawn.action.numpy() == 1, 3.0, 0.0) - 0.5 * v * ~drawn.terminated.numpy()
    np.testing.assert_allclose(drawn.reward.numpy(), pays, rtol=1e-5)
    returns = read_metrics(run).last("return")
    assert returns is not None
    assert (returns >= 8).all()  # of the task: one for every move


def test_the_run_keeps_its_own_copy(reward: Path, tmp_path: Path) -> None:
    run = create_run(asked(reward), folder=tmp_path / "run")
    build(run, read_config(run))
    reward.unlink()
    build(run, read_config(run))
    assert read_run(run).config.reward == str(reward)


def test_what_cannot_be_trained_on_is_refused(reward: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="iq learns from demonstrations: on a reward trains soft-q, dqn"):
        asked(reward, "iq")
    with pytest.raises(RunError, match=r"the reward is of observations that are .*, those of Acrobot-v1"):
        asked(reward, task="Acrobot-v1")
    (tmp_path / "no.safetensors").write_text("no reward")
    with pytest.raises(RewardFileError):
        asked(tmp_path / "no.safetensors")


@pytest.mark.usefixtures("worked_here")
def test_from_the_command_line(reward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = [
        part for name, value in SHORT.items() if name != "hidden" for part in ("--set", f"{name}={value}")
    ]
    out = ("--out", str(tmp_path / "run"), "--json")
    assert main(["train", "CartPole-v1", "--method", "soft-q", "--reward", str(reward), *settings, *out]) == 0
    assert (tmp_path / "run" / "trained-on.safetensors").read_bytes() == reward.read_bytes()
    assert main(["train", "CartPole-v1", "--method", "soft-q", "--reward", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


def test_what_was_trained_on_is_told_apart(reward: Path) -> None:
    on_file, own = asked(reward), request("CartPole-v1", "soft-q", settings=SHORT)
    assert title_of_run(on_file) == "Soft Q-learning on right.safetensors"
    assert settings_of(on_file).items() - settings_of(own).items() == {("reward", str(reward))}
