"""``train``, ``resume`` and ``runs`` as people and programs use them, with real short runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from irl_app.cli import main
from irl_app.runs import Note, Status, read_config, read_status, write_note, write_status
from irl_app.tasks import get_task
from irl_app.training import WorkerProcess, read_metrics
from tests.training.in_process import working_here
from tests.training.support import ROOT, until

ACROBOT = ROOT / "assets" / "demonstrations" / "Acrobot-v1" / "soft-q-v0"
SMALL = ("--demos", "5", "--set", "network=mlp", "--set", "hidden=8", "--set", "episodes=2")
SMALL += ("--set", "checkpoint_every=50")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two short runs: cloning of seeds 0 and 1, and IQ-Learn of seed 3."""
    root = tmp_path_factory.mktemp("runs")
    with working_here(), pytest.MonkeyPatch.context() as patch:
        patch.setenv("IRL_APP_RUNS", str(root))
        for method, seeds in (("bc", "0-1"), ("iq", "3")):
            asked = ["--method", method, "--seeds", seeds, "--updates", "120", "--set", "alpha=2.5"]
            assert main(["train", "gridworld/random-walls", *SMALL, *asked]) == 0
    return root


@pytest.fixture(autouse=True)
def _here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(root))


def told(capsys: pytest.CaptureFixture[str], *argv: str) -> dict[str, Any]:
    """What a command prints for programs."""
    assert main([*argv, "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_run_is_what_was_asked_for(root: Path) -> None:
    run = root / "gridworld-random-walls-bc-1"
    config, status = read_config(run), read_status(run)
    assert (config.seeds, config.config["hidden"], config.config["alpha"]) == ((0, 1), [8], 2.5)
    assert (config.schedule.episodes, config.config["updates"]) == (2, 120)
    assert config.demonstrations is not None
    assert config.demonstrations["provenance"]["expert"] == "shortest-path"
    assert (status.state, status.update, status.updates) == ("done", 120, 120)
    metrics = read_metrics(run)
    assert metrics.update[0] == 0
    assert metrics.update[-1] == 120
    names = {"return", "length", "reward_gap", "heldout_log_likelihood", "loss", "entropy"}
    assert names <= set(metrics.values)
    assert "v_demonstrations" not in metrics.values  # cloning knows no V
    assert names | {"v_demonstrations"} <= set(read_metrics(root / "gridworld-random-walls-iq-1").values)


def test_the_list_and_one_run(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_note(root / "gridworld-random-walls-iq-1", Note("walls", ("kept",)))
    listed = told(capsys, "runs", "list")
    assert listed["root"] == str(root)
    assert {one["run"] for one in listed["runs"]} == {path.name for path in root.iterdir()}
    shown = told(capsys, "runs", "show", "gridworld-random-walls-iq-1")
    assert shown["seeds"] == [3]
    assert shown["figures"]["return"] == shown["returns"]
    assert (shown["alarms"], shown["called"], shown["tags"]) == ([], "walls", ["kept"])
    share = get_task("gridworld/random-walls").score(shown["returns"][0])
    assert shown["skill"]["share"] == pytest.approx(share)
    assert main(["runs", "show", str(root / "gridworld-random-walls-iq-1")]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "done at update 120 of 120" in said
    assert "called 'walls', kept" in said
    assert said.index(shown["skill"]["verdict"]) < said.index("Too early to say")
    assert main(["runs", "list"]) == 0
    assert "walls" in capsys.readouterr().out


@pytest.mark.usefixtures("worked_here")
def test_one_damaged_run_does_not_hide_the_others(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = root / "damaged"
    assert main(["train", "gridworld/random-walls", *SMALL, "--updates", "1", "--out", str(run)]) == 0
    capsys.readouterr()
    for name, says in (
        ("metrics.jsonl", "metrics.jsonl is damaged"),
        ("status.json", "status.json is damaged"),
    ):
        (run / name).write_text("nonsense\n")
        listed = told(capsys, "runs", "list")
        assert len(listed["runs"]) == 2
        assert says in listed["damaged"][0]
    told(capsys, "runs", "delete", "damaged")


def test_comparing_tells_what_differs(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("gridworld-random-walls-bc-1", "gridworld-random-walls-iq-1")
    found = told(capsys, "runs", "compare", *names)
    assert [row["n_seeds"] for row in found["rows"]] in ([1, 2], [2, 1])
    assert list(found["differences"]) == ["method"]
    assert main(["runs", "compare", *names]) == 0
    assert "Where they differ" in capsys.readouterr().out


@pytest.mark.usefixtures("worked_here")
def test_deleting(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = root / "mine"
    assert main(["train", "gridworld/random-walls", *SMALL, "--updates", "1", "--out", str(run)]) == 0
    capsys.readouterr()
    assert main(["runs", "delete", str(run), "nobody"]) == 2
    assert "there is no run 'nobody'" in capsys.readouterr().err
    assert run.exists()
    assert told(capsys, "runs", "delete", "mine") == {"deleted": [str(run)]}
    assert not run.exists()


def test_a_done_run_has_nothing_to_resume(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["resume", "gridworld-random-walls-bc-1"]) == 2
    assert "is done" in capsys.readouterr().err


@pytest.mark.usefixtures("worked_here")
def test_a_damaged_copy_of_the_demonstrations_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["train", "gridworld/random-walls", *SMALL, "--updates", "1", "--out", str(run)]) == 0
    path = run / "demonstrations.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    write_status(run, Status("stopped"))
    assert main(["resume", str(run)]) == 2
    assert "demonstrations.safetensors is damaged" in capsys.readouterr().err
    assert read_status(run).state == "failed"


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["Pong-v5"], "unknown task 'Pong-v5'"),
        (["CartPole-v1", "--method", "magic"], "method must be one of"),
        (["CartPole-v1", "--set", "alpa=1"], "unknown setting 'alpa'"),
        (["CartPole-v1", "--set", "alpha"], "is not NAME=VALUE"),
        (["CartPole-v1", "--set", "alpha=much"], "alpha must be a positive number, got 'much'"),
        (["CartPole-v1", "--set", "updates=1.5"], "updates must be a whole number of at least 1, got '1.5'"),
        (["CartPole-v1", "--set", "kept=-1"], "kept must be"),
        (["CartPole-v1", "--updates", "0"], "updates must be a whole number of at least 1"),
        (["CartPole-v1", "--every", "0"], "every must be at least 1"),
        (["CartPole-v1", "--demos", "exact"], "networks learn from episodes"),
        (["CartPole-v1", "--out", str(ROOT / "tests")], "exists already"),
        (["CartPole-v1", "--demos", "61"], "61 demonstrations are asked for, there are 60"),
        (["CartPole-v1", "--from", "nowhere"], "there is no Minari dataset at nowhere"),
        (
            ["CartPole-v1", "--from", str(ACROBOT)],
            "arrays of shape (6,), float32, those of the task arrays of shape (4,)",
        ),
        (["CartPole-v1", "--seed", str(2**31)], "seeds must be 1 to 64 different whole numbers from 0 to"),
        (["CartPole-v1", "--seeds", "0-99"], "got 100: 0, 1, 2, ..."),
    ],
)
def test_what_cannot_be_is_one_sentence_and_no_run(
    root: Path, argv: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(root.iterdir())
    assert main(["train", *argv]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
    assert sorted(root.iterdir()) == before


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_a_killed_worker_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "my run"
    dies = (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    monkeypatch.setattr(WorkerProcess.__init__, "__defaults__", (dies,))
    assert main(["train", "CartPole-v1", "--json", "--out", str(run)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "my run was interrupted at update 0: its process was ended by signal 9" in told.err
    assert main(["recover", "--run", str(run)]) == 2
    assert f"irl-app resume '{run}'" in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_ctrl_c_stops_a_run_that_can_be_resumed(tmp_path: Path) -> None:
    run = tmp_path / "run"
    argv = ["train", "gridworld/random-walls", *SMALL, "--updates", "100000", "--out", str(run)]
    told = subprocess.Popen(
        [sys.executable, "-m", "irl_app.cli", *argv],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        # where the tests themselves run in the background, Ctrl+C is ignored, and children inherit that
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until(lambda: run.exists() and len(read_metrics(run).update) > 2)
    told.send_signal(signal.SIGINT)
    out, _ = told.communicate(timeout=60)
    assert told.returncode == 130
    assert "stopped at update" in out
    assert f"irl-app resume {run}" in out
    assert read_status(run).resumable
