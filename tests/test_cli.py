"""The command line: what it prints for people and programs, and how it answers mistakes."""

from __future__ import annotations

import json
import math
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import irl_app
from irl_app.analysis import HEADLINE
from irl_app.cli import build_parser, main
from irl_app.cli.console import number, print_json
from irl_app.cli.options import integers
from irl_app.demonstrations import load_json, load_minari
from irl_app.envs.presets import PRESETS
from irl_app.experts import EXPERTS
from irl_app.runs.run import GRID_LENSES
from irl_app.training.request import METHODS as NETWORK_METHODS
from irl_app.training.request import SETTINGS
from trainers.divergences import DIVERGENCES
from trainers.settings import settings_of
from trainers.tabular.config import METHODS, TabularConfig

ROOT = Path(__file__).resolve().parent.parent
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command with --json; its one object, and nothing else on stdout."""

    def call(*argv: str) -> dict[str, Any]:
        assert main([*argv, "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return call


def help_of(*command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as left:
        main([*command, "--help"])
    assert left.value.code == 0
    return capsys.readouterr().out


COMMANDS = (
    ("app",),
    ("recover",),
    ("train",),
    ("resume",),
    ("runs", "list"),
    ("runs", "compare"),
    ("demos", "collect"),
    ("demos", "show"),
    ("report",),
    ("export",),
    ("animate",),
    ("bench", "tabular"),
    ("reproduce",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_examples_that_parse(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    text = help_of(*command, capsys=capsys)
    examples = re.findall(rf"^  irl-app ({command[0]} .*?|{command[0]})(?:   .*)?$", text, re.MULTILINE)
    assert examples
    for example in examples:
        build_parser().parse_args(example.split())


def test_help_names_everything_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    """The help is written out so that asking for it loads nothing; this keeps it true."""
    words = set(
        re.findall(r"[a-z0-9_]+(?:-[a-z0-9_]+)*", " ".join(help_of("recover", capsys=capsys).split()))
    )
    joined = "".join(help_of("recover", capsys=capsys).split())
    for name in (*PRESETS, *EXPERTS, *METHODS, *DIVERGENCES):
        assert name in words or name in joined, name
    export = help_of("export", capsys=capsys)
    assert all(lens in export for lens in GRID_LENSES)


def test_help_tells_the_configurations_own_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(help_of("recover", capsys=capsys).split())
    told = dict(re.findall(r"--([a-z0-9-]+) [A-Z]+ (?:(?!--).)*?\(default: ([a-z0-9.]+)", text))
    for field in fields(TabularConfig):
        if field.name not in ("gamma", "prior"):
            default = str(field.default).removesuffix(".0")
            assert told[field.name.replace("_", "-")] == default, field.name


def test_help_tells_every_setting_with_its_range(capsys: pytest.CaptureFixture[str]) -> None:
    solvers = " ".join(help_of("recover", capsys=capsys).split())
    for setting in settings_of(TabularConfig).values():
        assert f"{setting.title}, {setting.allowed}".replace("-", "") in solvers.replace("- ", "").replace(
            "-", ""
        )
    networks = help_of("train", capsys=capsys)
    for name, setting in SETTINGS.items():
        assert f"  {name}: " in networks
        line = next(line for line in networks.splitlines() if line.startswith(f"  {name}: "))
        assert line.endswith(f" (usually {setting.write(setting.default)})")
        assert all(f"{value} " in line or f"{value}," in line for value in setting.choices)
        assert setting.choices or setting.allowed in line
    assert all(name in networks for name in NETWORK_METHODS)


def test_recover_prints_what_programs_expect(run: Run) -> None:
    found = run(
        "recover", "gridworld/goal", "--size", "5", "--demos", "20", "--seeds", "0-2", "--method", "iq"
    )
    assert found["task"] == "gridworld/goal"
    assert found["method"] == "iq"
    assert found["seeds"] == [0, 1, 2]
    assert found["n_demos"] == 20
    assert tuple(found["metrics"]) == HEADLINE
    for figure in found["metrics"].values():
        assert set(figure) == {"mean", "low", "high", "n"}
    state = found["metrics"]["pearson_state"]
    assert state["n"] == 3
    assert state["low"] <= state["mean"] <= state["high"]
    assert found["solver"]["converged"]
    assert found["solver"]["residual"] < 1e-6
    assert found["solver"]["iterations"] >= 1
    assert found["solver"]["milliseconds"] > 0


def test_exact_occupancy_recovers_the_reward(run: Run) -> None:
    found = run(
        *("recover", "gridworld/open", "--size", "5", "--demos", "exact", "--method", "iq"),
        *("--penalty", "expert", "--alpha", "100", "--gamma", "0.9", "--temperature", "1"),
    )
    assert found["n_demos"] == "exact"
    assert found["metrics"]["pearson_val"]["mean"] >= 0.999
    assert found["metrics"]["pearson_state"]["mean"] >= 0.999
    assert found["metrics"]["regret"]["mean"] <= 1e-6


def test_the_recommended_method_is_the_default(run: Run) -> None:
    assert run("recover", "gridworld/open", "--size", "4", "--demos", "5")["method"] == "ml"


def test_the_same_seed_gives_the_same_figures(run: Run) -> None:
    once, again = (
        run("recover", "gridworld/field", "--size", "4", "--demos", "5", "--seed", "3") for _ in range(2)
    )
    assert once["metrics"] == again["metrics"]


def test_recover_prints_a_table_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recover", "gridworld/goal", "--size", "5", "--demos", "5", "--method", "bc"]) == 0
    out = capsys.readouterr().out
    assert "State reward" in out
    assert "Behavioural cloning" in out
    assert "The solver converged" in " ".join(out.split())


def test_a_map_of_ones_own(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    path.write_text("goal: stay\nactions: 5\n\nS..\n.#.\n..G\n", encoding="utf-8")
    assert run("recover", "gridworld/map", "--map", str(path), "--demos", "5")["task"] == "gridworld/map"


def test_demonstrations_travel_through_files(run: Run, tmp_path: Path) -> None:
    as_json, as_minari = tmp_path / "maze.json", tmp_path / "maze-v0"
    collect = ("demos", "collect", "gridworld/maze", "--size", "5", "--demos", "4", "--seed", "2", "--out")
    told = run(*collect, str(as_json))
    assert told["n_demos"] == 4
    assert told["terminated"] + told["truncated"] == 4
    run(*collect, str(as_minari))
    one, other = load_json(as_json), load_minari(as_minari)
    assert np.array_equal(one.obs, other.obs)
    assert run("demos", "show", str(as_minari))["n_steps"] == one.n_steps
    found = run("recover", "--from", str(as_json), "--method", "mce")
    assert found["task"] == "gridworld/maze"
    assert found["n_demos"] == 4
    fresh = run("recover", "gridworld/maze", "--size", "5", "--demos", "4", "--seed", "2", "--method", "mce")
    assert fresh["metrics"] == found["metrics"]


def test_a_kept_run_is_reported_and_exported(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "kept"
    found = run(
        "recover", "gridworld/goal", "--size", "5", "--demos", "10", "--method", "mce", "--out", str(folder)
    )
    assert found["runs"] == [str(folder)]
    told = run("report", str(folder), "--out", str(tmp_path / "report.html"))
    assert told["metrics"]["regret"]["mean"] == found["metrics"]["regret"]["mean"]
    assert "<html" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert main(["report", str(folder)]) == 0
    assert told["verdict"]["reasons"]["elsewhere"][:40] in " ".join(capsys.readouterr().out.split())
    reward = tmp_path / "reward.npz"
    assert main(["export", str(folder), "--out", str(reward), "--demos", str(tmp_path / "demos.json")]) == 0
    one = np.ones(1, dtype=np.int64)
    assert np.isfinite(irl_app.load_reward(reward)(one, one, one, one == 0)).all()
    assert load_json(tmp_path / "demos.json").n_episodes == 10


def test_several_seeds_are_one_run(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "run")
    asked = ("recover", "gridworld/open", "--size", "3", "--demos", "3", "--seeds", "1-2", "--method", "bc")
    found = run(*asked, "--out", folder)
    assert found["runs"] == [folder]
    assert all(len(figure["values"]) == 2 for figure in found["card"].values())
    assert run("report", folder) == found
    assert main(["report", folder]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Over 2 seeds the mean, and Gaffke's 95 % interval" in said
    assert found["verdict"]["reasons"]["elsewhere"][:60] in said
    reports = [tmp_path / f"{seed}.html" for seed in (1, 2)]
    rewards = [tmp_path / f"{seed}.npz" for seed in (1, 2)]
    for seed, report, reward in zip(("1", "2"), reports, rewards, strict=True):
        assert main(["report", folder, "--seed", seed, "--out", str(report)]) == 0
        assert main(["export", folder, "--seed", seed, "--out", str(reward)]) == 0
    for first, second in (reports, rewards):
        assert first.read_bytes() != second.read_bytes()
    assert main(["report", folder, "--out", str(tmp_path / "first.html")]) == 0
    assert (tmp_path / "first.html").read_bytes() == reports[0].read_bytes()
    capsys.readouterr()
    for refused in (["export", folder, "--out", "x.npz"], ["report", folder, "--out", "x.html"]):
        assert main([*refused, "--seed", "0"]) == 2
        assert "has no seed 0, it has 1, 2" in capsys.readouterr().err
    assert main([*asked, "--out", folder]) == 2
    assert "exists already" in capsys.readouterr().err
    (tmp_path / "run" / "findings.json").write_text("{", encoding="utf-8")
    assert main(["report", folder]) == 2
    assert "findings.json is damaged" in capsys.readouterr().err


def test_recoveries_are_listed_shown_compared_and_deleted_as_trainings_are(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    asked = ("recover", "gridworld/open", "--size", "3", "--demos", "3", "--seeds", "0-1")
    for method in ("bc", "mce"):
        run(*asked, "--method", method, "--out", str(tmp_path / method))
    (listed,) = (one for one in run("runs", "list")["runs"] if one["run"] == "bc")
    assert (listed["kind"], listed["state"], listed["method"], listed["seeds"]) == (
        "recovery",
        "done",
        "bc",
        [0, 1],
    )
    shown = run("runs", "show", "bc")
    assert shown["verdict"] == run("report", "bc")["verdict"]
    assert shown["config"]["method"] == "bc"
    assert main(["runs", "list"]) == main(["runs", "show", "bc"]) == 0
    assert "Behavioural cloning" in capsys.readouterr().out
    compared = run("runs", "compare", "bc", "mce")
    assert compared["labels"] == ["Behavioural cloning", "Maximum causal entropy IRL"]
    assert len(compared["cards"]["regret"]) == 2
    assert run("runs", "compare", "bc", "mce", "bc") == compared  # no seed counts twice
    assert main(["runs", "compare", "bc", "mce"]) == 0
    assert "Recovered rewards" in capsys.readouterr().out
    (tmp_path / "bc" / "status.json").rename(tmp_path / "status")
    for command, says in (
        (["resume", "bc"], "nothing to train"),
        (["recover", "--run", "bc"], "judged already"),
    ):
        assert main(command) == 2
        assert says in capsys.readouterr().err
    assert main(["runs", "show", "bc"]) == 2  # nobody has written a status for it
    assert "status.json is missing" in capsys.readouterr().err
    assert run("runs", "delete", "bc")["deleted"] == [str(tmp_path / "bc")]
    assert not (tmp_path / "bc").exists()


def test_one_seed_has_the_intervals_of_its_correlations(run: Run) -> None:
    metrics = run("recover", "gridworld/goal", "--size", "5", "--demos", "5", "--method", "mce")["metrics"]
    for name in ("pearson_state", "pearson_val", "pearson_raw", "value_pearson"):
        assert metrics[name]["low"] < metrics[name]["mean"] < metrics[name]["high"]
        assert metrics[name]["n"] == 1
    assert (metrics["regret"]["low"], metrics["regret"]["high"]) == (None, None)


def test_a_solver_that_did_not_converge_says_so(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("recover", "gridworld/cliff", "--method", "iq", "--divergence", "wasserstein")
    found = run(*asked)
    assert not found["solver"]["converged"]
    assert found["verdict"]["reasons"]["here"].startswith("The solver stopped before it had converged")
    assert main([*asked]) == 0
    said = capsys.readouterr().out
    assert "did NOT converge" in said
    assert "converged" in help_of("recover", capsys=capsys).split("examples:")[1]


MISTAKES = {
    "no such preset": (["recover", "gridworld/nowhere"], "nowhere"),
    "no task": (["recover"], "TASK"),
    "a task misspelt": (["recover", "cartpole-v1"], "the tasks are CartPole-v1, Acrobot-v1"),
    "no demonstrations": (["recover", "gridworld/goal", "--demos", "0"], "at least 1"),
    "a discount of one": (["recover", "gridworld/goal", "--gamma", "1"], "between 0 and 1"),
    "a discount that is no number": (["recover", "gridworld/goal", "--gamma", "nan"], "between 0 and 1"),
    "too large": (["recover", "gridworld/open", "--size", "5000"], "100"),
    "no such method": (["recover", "gridworld/goal", "--method", "magic"], "magic"),
    "no such divergence": (["recover", "gridworld/goal", "--divergence", "magic"], "magic"),
    "no such expert": (["recover", "gridworld/goal", "--expert", "magic"], "magic"),
    "a negative temperature": (["recover", "gridworld/goal", "--temperature", "-1"], "positive"),
    "a share above one": (["recover", "gridworld/goal", "--beta", "2"], "between 0 and 1"),
    "no such map": (["recover", "gridworld/map", "--map", "nowhere.txt"], "nowhere.txt"),
    "no such demonstrations": (["recover", "--from", "nowhere.json"], "nowhere.json"),
    "demonstrations that bring their world": (
        ["recover", "gridworld/maze", "--from", "nowhere.json", "--demos", "5", "--seed", "3"],
        "leave out TASK, --demos, --seed",
    ),
    "a map of one's own that is missing": (["recover", "gridworld/map"], "--map FILE"),
    "sides that are no numbers": (["bench", "tabular", "--sides", "5,x"], "list of whole numbers"),
    "a mistake found at work": (
        ["recover", "gridworld/goal", "--size", "3", "--out", "/dev/null/run", "--method", "bc"],
        "/dev/null",
    ),
    "bad seeds": (["recover", "gridworld/goal", "--seeds", "5-1"], "5-1"),
    "no run": (["report", "nowhere"], "nowhere"),
    "nothing to export": (["export", "nowhere"], "--out"),
    "no such table": (["reproduce", "figure-0"], "grid-recovery"),
    "a bench of nothing": (["bench", "tabular", "--repeats", "0"], "at least 1"),
    "no such port": (["app", "--port", "99999"], "65535"),
    "no such command": (["dance"], "dance"),
}


@pytest.mark.parametrize(("argv", "names"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_gets_one_sentence(
    argv: list[str],
    names: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        status: object = main(argv)
    except SystemExit as left:
        status = left.code
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert names in said.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "goal", "....\n....\n", "#G#\n###\nS..\n", "\x00\x01", "G" * 5000])
def test_a_bad_map_gets_one_sentence(text: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    path.write_text(text, encoding="utf-8")
    assert main(["recover", "gridworld/map", "--map", str(path)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("operands could not be broadcast together")

    monkeypatch.setattr("irl_app.findings.grids.recover_seed", broken)
    with pytest.raises(ValueError, match="broadcast"):
        main(["recover", "gridworld/goal"])


def test_interrupting_is_no_error_of_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("irl_app.findings.grids.recover_seed", interrupted)
    assert main(["recover", "gridworld/goal"]) == 130
    assert "stopped" in capsys.readouterr().err


def test_seeds_as_people_write_them() -> None:
    assert integers("3") == (3,)
    assert integers("0-4") == (0, 1, 2, 3, 4)
    assert integers("7,0-2,1") == (0, 1, 2, 7)


def test_json_knows_no_nan(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": math.nan, "b": [math.inf, 1.5], "c": {"d": (2, None)}})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 1.5], "c": {"d": [2, None]}}


def test_numbers_have_sensible_digits() -> None:
    assert [number(x) for x in (None, math.nan, 0.0, 0.98765, -1.0, 3e-9)] == [
        "-",
        "-",
        "0.000",
        "0.988",
        "-1.000",
        "3.0e-09",
    ]


def test_asking_for_help_loads_nothing_heavy() -> None:
    code = (
        "import sys, irl_app.cli; irl_app.cli.build_parser(); "
        "sys.exit(bool({'numpy', 'scipy', 'streamlit'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60).returncode == 0


def test_the_app_is_served_and_says_where(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "irl_app.cli", "app", "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert f"http://localhost:{port}" in server.stdout.readline()
            assert wait_for(f"http://127.0.0.1:{port}/_stcore/health", server) == 200
            taken = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
            assert taken.returncode == 2
            assert str(port) in taken.stderr
        finally:
            server.terminate()


def wait_for(url: str, server: subprocess.Popen[str]) -> int:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return int(answer.status)
        except OSError:  # none listens yet, or a busy machine has not answered in time
            assert server.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.1)
