"""--device: kept with what was asked for; refused before anything is made where there is no such device."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from irl_app.cli import main
from irl_app.runs import read_config


@pytest.mark.parametrize(
    "command",
    [
        ("train", "CartPole-v1"),
        ("recover", "CartPole-v1", "--demos", "1"),
        ("demos", "train-expert", "CartPole-v1"),
        ("demos", "train-expert", "HalfCheetah-v5"),
    ],
)
def test_cuda_that_is_not_there_is_said_before_a_run_is_made(
    command: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    out = ("--out", str(tmp_path / "own-v0"))
    assert main([*command, *out, "--device", "cuda"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("irl-app: device cuda needs a graphics card with CUDA")
    assert said.rstrip().endswith("choose cpu or auto")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("worked_here")
def test_the_device_is_kept_with_what_was_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    run = tmp_path / "run"
    asked = ("train", "CartPole-v1", "--method", "bc", "--updates", "20", "--set", "episodes=1")
    assert main([*asked, "--device", "auto", "--out", str(run)]) == 0
    assert read_config(run).config["device"] == "auto"


def test_a_grid_is_solved_where_we_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recover", "gridworld/goal", "--device", "cpu"]) == 2
    assert "--device is for control tasks" in capsys.readouterr().err
