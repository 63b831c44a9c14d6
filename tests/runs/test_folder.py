"""A run's folder: made and deleted whole, and its state told truly."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from irl_app.runs import (
    MOST_NAME,
    MOST_TAGS,
    OWNER_LOCK,
    WORKER_LOCK,
    Note,
    RunConfig,
    RunError,
    RunList,
    Schedule,
    Status,
    World,
    create_run,
    delete_run,
    find_run,
    last_status,
    list_runs,
    read_config,
    read_run,
    read_status,
    runs_root,
    usual_schedule,
    write_note,
    write_status,
)
from irl_app.runs.locks import Lock, LockedError, is_held
from irl_app.training.health import LOOKS
from irl_app.training.request import request
from tests.training.support import toy_config, toy_run, until


def test_a_run_is_read_as_it_was_made(tmp_path: Path) -> None:
    config = replace(toy_config(hidden=[64, 64]), demonstrations={"source": "a", "episodes": 1})
    run = read_run(create_run(config, root=tmp_path))
    assert run.config == config
    assert run.name == "toy-v1-iq-1"
    assert (run.status.state, run.status.update, run.status.updates) == ("stopped", 0, 60)
    assert sorted(path.name for path in run.folder.iterdir()) == ["config.json", "status.json"]
    assert json.loads((run.folder / "config.json").read_text())["format_version"] == 3


def test_numbers_go_on_from_the_highest(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        assert toy_run(tmp_path).name == f"toy-v1-iq-{number}"
    delete_run(tmp_path / "toy-v1-iq-2")
    assert toy_run(tmp_path).name == "toy-v1-iq-4"
    (tmp_path / "toy-v1-iq-x").mkdir()
    grid = create_run(replace(toy_config(), task="gridworld/random-walls", method="sqil-t"), root=tmp_path)
    assert grid.name == "gridworld-random-walls-sqil-t-1"


def test_many_at_once_get_different_numbers(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.training.support import toy_run\n"
        "for _ in range(20): toy_run(Path(sys.argv[1]))"
    )
    makers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(3)]
    assert [maker.wait(60) for maker in makers] == [0, 0, 0]
    assert {run.name for run in list_runs(tmp_path).runs} == {f"toy-v1-iq-{n}" for n in range(1, 61)}
    assert len(list(tmp_path.iterdir())) == 60


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    assert create_run(toy_config(), folder=tmp_path / "a" / "mine") == tmp_path / "a" / "mine"
    (tmp_path / "empty").mkdir()
    create_run(toy_config(), folder=tmp_path / "empty")
    with pytest.raises(RunError, match="exists already"):
        create_run(toy_config(), folder=tmp_path / "empty")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "empty"]


def test_what_json_cannot_say_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="cannot be written as JSON"):
        create_run(toy_config(alpha=float("nan")), root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_list_is_newest_first_and_what_is_damaged_does_not_hide_the_others(tmp_path: Path) -> None:
    for day in ("2026-01-02", "2026-01-03", "2026-01-01"):
        create_run(replace(toy_config(), created=day), root=tmp_path)
    (toy_run(tmp_path) / "config.json").write_text("{")
    (tmp_path / ".new-x").mkdir()
    (tmp_path / ".new-x" / "config.json").write_text(toy_config().as_json())
    assert [run.name[-1] for run in list_runs(tmp_path).runs] == ["2", "1", "3"]
    (problem,) = list_runs(tmp_path).problems
    assert "toy-v1-iq-4/config.json is damaged" in problem
    assert list_runs(tmp_path / "nowhere") == RunList((), ())


@pytest.mark.parametrize(
    "name", ["..", ".", "", "../other", "/etc", "a/b", "a\\b", "toy-v1-iq-9", "A", "a" * 3000]
)
def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(RunError, match="there is no run"):
        find_run(name, tmp_path / "runs")


def test_runs_are_found_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path / "kept"))
    assert runs_root() == tmp_path / "kept"
    run = create_run(toy_config())
    assert find_run(run.name) == run
    monkeypatch.delenv("IRL_APP_RUNS")
    assert runs_root() == Path("runs")


@pytest.mark.parametrize("state", ["queued", "running"])
def test_a_run_that_nobody_holds_is_interrupted(tmp_path: Path, state: str) -> None:
    run = toy_run(tmp_path)
    write_status(run, Status(state, 20, 60, "", 1))  # process 1 lives, but has nothing to do with it
    status = read_status(run)
    assert (status.state, status.update, status.pid) == ("interrupted", 20, 0)
    assert status.resumable
    for name in (OWNER_LOCK, WORKER_LOCK):
        lock = Lock(run / name)
        assert read_status(run).state == state
        with pytest.raises(RunError, match="stop it before"):
            delete_run(run)
        lock.release()
    assert read_status(run).state == "interrupted"


def test_a_lock_goes_with_its_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = (
        "import sys, time; from pathlib import Path; from irl_app.runs.locks import Lock\n"
        "lock = Lock(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    assert not is_held(path)
    holder = subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    assert is_held(path)
    with pytest.raises(LockedError, match="held by another process"):
        Lock(path)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    until(lambda: not is_held(path), 5)
    Lock(path).release()


def test_deleting_removes_all_of_it(tmp_path: Path) -> None:
    run = toy_run(tmp_path)
    (run / "checkpoints").mkdir()
    (run / "checkpoints" / "00000010.json").write_text("{}")
    (run / "config.json").write_text('{"format": ')  # a damaged one too
    delete_run(run)
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_called_something_and_tagged(tmp_path: Path) -> None:
    run = toy_run(tmp_path)
    assert read_run(run).note == Note()
    note = Note("Stange, länger", ("paper", "k = 3"))
    write_note(run, note)
    assert read_run(run).note == note
    (run / "note.json").write_text('{"called": 3, "tags": []}')
    with pytest.raises(RunError, match=r"note\.json is damaged: called must be a text, got 3"):
        read_run(run)


@pytest.mark.parametrize(
    ("called", "tags", "says"),
    [
        ("x" * (MOST_NAME + 1), (), "a run's name is a line of 0 to 80 characters"),
        ("two\nlines", (), "a run's name is a line"),
        ("", ("",), "a tag is a line of 1 to 24 characters"),
        ("", ("same", "same"), f"at most {MOST_TAGS} tags, each once, got 2"),
        ("", tuple(map(str, range(MOST_TAGS + 1))), "got 9: leave some out"),
    ],
)
def test_bounds_of_a_name_and_tags(called: str, tags: tuple[str, ...], says: str) -> None:
    with pytest.raises(RunError, match=says):
        Note(called, tags)


def test_only_runs_are_deleted(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    with pytest.raises(RunError, match="there is no run"):
        delete_run(tmp_path / "photos")
    (tmp_path / "link").symlink_to(toy_run(tmp_path))
    with pytest.raises(RunError, match="is a link"):
        delete_run(tmp_path / "link")
    assert (tmp_path / "photos").exists()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "holds no object"),
        ("[" * 100_000, "is not JSON"),
        ("{}", "is not a run of this program"),
        ('{"format": "irl-app run"}', "is damaged"),
        ('{"format": "irl-app run", "format_version": "3"}', "is damaged"),
        ('{"format": "irl-app run", "format_version": 3}', "is damaged"),
        (toy_config().as_json().replace('"seeds": [', '"seeds": [-1,'), "config.json: seeds must be"),
        (toy_config().as_json().replace('"log_every": 7', '"log_every": 0'), "log_every must be"),
        (toy_config().as_json().replace('"log_every"', '"log_evry"'), "does not know: log_evry"),
    ],
)
def test_a_damaged_config_is_named(tmp_path: Path, content: str, says: str) -> None:
    run = toy_run(tmp_path)
    (run / "config.json").write_text(content)
    with pytest.raises(RunError, match=says):
        read_config(run)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"state": "flying", "update": 0, "updates": 0}'])
def test_a_damaged_status_is_named_and_counts_as_stopped(tmp_path: Path, content: str) -> None:
    run = toy_run(tmp_path)
    (run / "status.json").write_text(content)
    with pytest.raises(RunError, match=re.escape(str(run / "status.json"))):
        read_status(run)
    assert last_status(run) == Status("stopped")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seeds": ()}, "1 to 64 different"),
        ({"seeds": (1, 1)}, "1 to 64 different"),
        ({"seeds": (True,)}, "1 to 64 different"),
        ({"seeds": tuple(range(65))}, "1 to 64 different"),
        ({"task": ""}, "task must be a name"),
        ({"method": 3}, "method must be a name"),
        ({"config": [1]}, "config must be an object"),
        ({"demonstrations": "a"}, "demonstrations must be"),
        ({"schedule": None}, "by which it trains, or a world"),
        ({"world": World()}, "by which it trains, or a world"),
    ],
)
def test_bounds_of_what_may_be_asked_for(change: dict[str, object], says: str) -> None:
    with pytest.raises(RunError, match=says):
        replace(toy_config(), **change)  # type: ignore[arg-type]


def test_bounds_of_the_schedule() -> None:
    assert Schedule(kept=0).kept == 0
    for name in ("log_every", "evaluate_every", "episodes"):
        with pytest.raises(RunError, match=f"{name} must be a whole number of at least 1, got 0"):
            Schedule(**{name: 0})
    with pytest.raises(RunError, match=r"log_every must be .* got 1\.5"):
        Schedule(log_every=1.5)  # type: ignore[arg-type]


def test_a_short_run_is_evaluated_often_enough_for_a_verdict() -> None:
    for updates in (400, 2_000, 3_000, 3_999, 4_000, 150_000):
        every = usual_schedule(updates).evaluate_every
        assert 100 <= every <= 1_000
        assert 1 + updates // every >= LOOKS + 1
    assert usual_schedule(20) == replace(Schedule(), evaluate_every=100)
    assert request("gridworld/random-walls").schedule == usual_schedule(2_000)
    assert request("gridworld/random-walls", settings={"evaluate_every": 7}).schedule.evaluate_every == 7


def test_a_config_is_equal_only_to_its_like() -> None:
    config = RunConfig("a", "iq", {"x": 1}, (0,), schedule=Schedule(), created="now")
    assert config == RunConfig("a", "iq", {"x": 1}, (0,), schedule=Schedule(), created="now")
    assert config != replace(config, config={"x": 2})
