"""``irl-app recover`` in a control task: a real short run, its report, its rewards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from irl_app import load_reward
from irl_app.analysis.agents import CONTROL_TEXTS
from irl_app.cli import main
from irl_app.comparison import compare
from irl_app.rewards import RewardWrapper
from irl_app.runs import RunError, list_runs, read_run, read_status
from tests.training.in_process import working_here

SHORT = ("--updates", "200", "--set", "hidden=16", "--set", "checkpoint_every=100", "--set", "episodes=2")

pytestmark = pytest.mark.usefixtures("worked_here")
LENSES = ("deshaped", "state", "bounded", "transition")


@pytest.fixture(scope="module")
def recovered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of two seeds from two demonstrations, judged with agents."""
    folder = tmp_path_factory.mktemp("runs") / "cart"
    asked = ("--demos", "2", "--seeds", "0-1", "--agent-updates", "60", "--out", str(folder))
    with working_here():
        assert main(["recover", "CartPole-v1", *SHORT, *asked]) == 0
    return folder


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    assert main([*argv, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_programs_are_told_the_same_as_of_grids_and_more(
    recovered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "report", str(recovered))
    assert (found["task"], found["method"], found["seeds"], found["n_demos"]) == (
        "CartPole-v1",
        "iq",
        [0, 1],
        2,
    )
    assert set(found["metrics"]) == set(CONTROL_TEXTS) - {"trained_on_adversarial", "trained_on_supported"}
    assert all(set(figure) == {"mean", "low", "high", "n"} for figure in found["metrics"].values())
    assert set(found["solver"]) == {"iterations", "residual", "milliseconds", "converged"}
    assert found["solver"]["iterations"] == 200
    assert "soft-q on the true reward" in found["expert"]
    assert found["runs"] == [str(recovered)]
    assert read_status(recovered).state == "done"


def test_where_the_true_reward_is_constant_no_step_by_step_figure_is_made_up(
    recovered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "report", str(recovered))
    assert found["metrics"]["pearson_step"]["mean"] is None
    assert "nothing can be compared" in found["verdict"]["reasons"]["map"]
    whole = [row for row in found["agreement"] if row["reward"] == "deshaped"][-1]
    assert whole["states"] == "all together"
    assert "same everywhere" in whole["steps"]["why"]
    assert whole["lengths"]["mean"] == pytest.approx(1.0)
    assert {row["reward"] for row in found["agreement"]} == set(LENSES)


def test_agents_are_compared_with_those_of_the_true_reward(
    recovered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = told(capsys, "report", str(recovered))["trained_on"]
    assert (rows[0]["reward"], rows[0]["terminal"]) == ("true", "")
    assert {row["reward"] for row in rows} == {"true", *LENSES}
    assert {row["terminal"] for row in rows} == {"", "zero", "absorbing", "pessimistic"}
    assert [row["reward"] for row in rows if row["recommended"]] == ["deshaped"]
    assert all(len(row["returns"]) == 2 and row["low"] <= row["mean"] <= row["high"] for row in rows)


def test_people_see_tables(
    recovered: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(recovered.parent))
    assert main(["report", recovered.name]) == 0
    text = capsys.readouterr().out
    for words in ("trained from scratch", "length alone", "random play", "de-shaped *", "irl-app export"):
        assert words in text, words


def test_rewards_are_taken_away_and_trained_on(
    recovered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "reward.safetensors"
    assert main(["export", str(recovered), "--out", str(path)]) == 0
    reward = load_reward(path)
    assert (reward.info.kind, reward.info.terminal) == ("deshaped", "pessimistic")
    assert reward.info.observation_space.shape == (4,)
    assert reward.info.provenance["seed"] == 0
    env = RewardWrapper(gym.make("CartPole-v1"), reward)
    env.reset(seed=0)
    paid = [env.step(1) for _ in range(5)]
    assert all(np.isfinite(step[1]) and step[4]["true_reward"] == 1.0 for step in paid)
    asked = ("--lens", "state", "--seed", "1", "--terminal", "absorbing")
    assert main(["export", str(recovered), "--out", str(path), *asked]) == 0
    state = load_reward(path)
    assert (state.info.kind, state.info.terminal) == ("disentangled", "absorbing")
    assert state.info.provenance["seed"] == 1
    capsys.readouterr()
    for wrong, says in (
        (("--lens", "marginal"), "unknown lens 'marginal'"),
        (("--seed", "7"), "has no seed 7, it has 0, 1"),
    ):
        assert main(["export", str(recovered), "--out", str(path), *wrong]) == 2
        assert says in capsys.readouterr().err
    with pytest.raises(RunError, match="only recoveries in grids"):
        read_run(recovered).report_file()


def test_it_is_a_card_among_the_compared(recovered: Path) -> None:
    found = compare(list_runs(recovered.parent).runs, {})
    titles = {row.name: row.title for row in found.cards}
    assert titles["trained_on"] == CONTROL_TEXTS["trained_on"].title
    assert titles["length_baseline"] == "Length alone"


def test_a_run_that_is_there_is_judged_again_without_agents(
    recovered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "recover", "--run", str(recovered), "--no-trained-on")
    assert found["trained_on"] == []
    assert "No agent was trained on it" in found["verdict"]["reasons"]["here"]
    assert "trained_on" not in found["metrics"]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (
            ["recover", "CartPole-v1", "--method", "ml"],
            "a reward is recovered by iq, sqil, sqil-t, bc, not by 'ml'",
        ),
        (["recover", "CartPole-v1", "--demos", "exact"], "networks learn from episodes"),
        (["recover", "CartPole-v1", "--agent-updates", "0"], "--agent-updates must be at least 1, got 0"),
        (["recover", "CartPole-v1", "--map", "x.txt"], "--map is for grids"),
        (["recover", "CartPole-v1", "--expert", "noisy"], "--expert is for grids"),
        (["recover", "CartPole-v1", "--pseudo-count", "1"], "--pseudo-count is for grids"),
        (["recover", "CartPole-v1", "--set", "alpa=1"], "unknown setting 'alpa'"),
        (["recover", "CartPole-v1", "--set", "gamma=0"], "gamma is 0"),
        (["recover", "CartPole-v1", "--run", "nobody"], "leave out TASK"),
        (["recover", "--run", "nobody"], "there is no run 'nobody'"),
        (["recover", "gridworld/goal", "--every", "3"], "--every is for control tasks"),
        (["recover", "gridworld/goal", "--no-trained-on"], "--no-trained-on is for control tasks"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    argv: list[str],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path / "runs"))
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert says in said
    assert said.count("\n") == 1
    assert not (tmp_path / "runs").exists()


def test_a_learner_that_was_given_the_reward_recovers_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "given"
    asked = ("--method", "soft-q", "--updates", "20", "--set", "warmup=10", "--out", str(run))
    assert main(["train", "CartPole-v1", *asked, "--set", "episodes=1"]) == 0
    capsys.readouterr()
    assert main(["recover", "--run", str(run)]) == 2
    assert "only imitation recovers one" in capsys.readouterr().err


def test_where_the_last_checkpoint_is_damaged_the_one_before_is_judged_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "damaged"
    asked = ("--method", "bc", "--updates", "20", "--set", "checkpoint_every=10")
    assert (
        main(["train", "CartPole-v1", *asked, "--set", "hidden=8", "--set", "episodes=1", "--out", str(run)])
        == 0
    )
    (run / "checkpoints" / "00000020.safetensors").write_bytes(b"x" * 99)
    capsys.readouterr()
    assert main(["recover", "--run", str(run), "--no-trained-on"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "00000020.safetensors is half-written or damaged" in said
    assert "Judged as it was after 10 updates." in said
    assert "settled after 10 updates" in said


def test_a_damaged_checkpoint_is_not_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "damaged"
    asked = ("--method", "bc", "--updates", "20", "--set", "hidden=8", "--set", "episodes=1")
    assert main(["train", "CartPole-v1", *asked, "--out", str(run)]) == 0
    for path in (run / "checkpoints").glob("*.safetensors"):
        path.write_bytes(path.read_bytes()[:-1] + b"x")
    capsys.readouterr()
    assert main(["recover", "--run", str(run)]) == 2
    said = capsys.readouterr().err
    assert "nothing learned to read" in said
    assert "damaged" in said
    assert main(["report", str(run)]) == 2
    assert f"without a report: irl-app recover --run {run}" in capsys.readouterr().err
