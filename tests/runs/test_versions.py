"""Runs of other versions are refused in a sentence that says which, wherever runs are listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from irl_app import __version__
from irl_app.cli import main
from irl_app.paths import site_root
from irl_app.runs import MAX_DEPTH, RunError, delete_run, find_run, list_runs, read_config, read_run
from tests.comparison.made_runs import make_run


def newer(root: Path) -> Path:
    run = make_run(root, "sqil")
    content = json.loads((run / "config.json").read_text()) | {"format_version": 4, "version": "9.1"}
    (run / "config.json").write_text(json.dumps(content | {"something": "new"}))
    return run


def older_training(root: Path) -> Path:
    """As version 2 wrote them."""
    run = make_run(root, "bc")
    content = json.loads((run / "config.json").read_text())
    content |= {"format": "irl-app training run", "version": "0.0.7"}
    (run / "config.json").write_text(
        json.dumps({k: v for k, v in content.items() if k not in ("format_version", "world")})
    )
    return run


def older_recovery(root: Path) -> Path:
    """As version 1 wrote those of one seed."""
    run = root / "maze"
    run.mkdir(parents=True)
    about = {"task": "gridworld/maze", "seed": 0, "n_demos": 10, "version": "0.0.7"}
    content = {"format": "irl-app run", "about": about, "metrics": {}, "solver": {}, "verdict": ""}
    (run / "run.json").write_text(json.dumps(content))
    return run


def older_seeds(root: Path) -> Path:
    """As version 1 wrote those of several seeds."""
    older_recovery(root / "several").rename(root / "several" / "seed-0")
    content = {"format": "irl-app runs", "runs": ["seed-0"], "found": {"version": "0.0.7"}}
    (root / "several" / "summary.json").write_text(json.dumps(content))
    return root / "several"


OTHERS = {
    newer: "irl-app 9.1 in format 4 of run folders, which is newer than format 3",
    older_training: "irl-app 0.0.7 in a format of run folders older than format 3",
    older_recovery: "irl-app 0.0.7 in a format of run folders older than format 3",
    older_seeds: "irl-app 0.0.7 in a format of run folders older than format 3",
}
each = pytest.mark.parametrize(
    ("make", "says"), OTHERS.items(), ids=lambda case: getattr(case, "__name__", "")
)
Make = Callable[[Path], Path]


@each
def test_it_is_refused_in_one_sentence_that_says_what_to_do(tmp_path: Path, make: Make, says: str) -> None:
    run = make(tmp_path)
    for read in (read_run, read_config):
        with pytest.raises(RunError) as refused:
            read(run)
        said = str(refused.value)
        assert said.startswith(f"{run} was made by {says}")
        assert f"that this irl-app {__version__} reads: use the irl-app that made it, or run it again" in said
    assert find_run(run.name, tmp_path) == run
    delete_run(run)
    assert list(tmp_path.iterdir()) == []


@each
def test_it_does_not_hide_the_others(
    tmp_path: Path, make: Make, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    run, good = make(tmp_path), make_run(tmp_path, "iq")
    for depth in (1, MAX_DEPTH):
        listed = list_runs(tmp_path, depth)
        assert [one.name for one in listed.runs] == [good.name]
        assert len(listed.problems) == 1
        assert says in listed.problems[0]
    assert main(["runs", "list", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["run"] for one in told["runs"]] == [good.name]
    assert says in told["damaged"][0]
    for command in (["runs", "show"], ["runs", "compare"], ["report"], ["recover", "--run"], ["resume"]):
        assert main([*command, run.name]) == 2
        assert says in capsys.readouterr().err


@each
@pytest.mark.parametrize("page", ["compare", "train"])
def test_pages_say_it_beside_the_others(
    tmp_path: Path, make: Make, says: str, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    make(tmp_path)
    good = make_run(tmp_path, "iq")
    shown = AppTest.from_file(str(site_root() / "pages" / f"{page}.py"), default_timeout=60).run()
    assert not shown.exception
    html = "\n".join(element.proto.body for element in shown.get("html"))
    assert says in html
    if page == "compare":
        assert good.name in shown.multiselect(key="compare-runs").value
    else:
        assert f"<strong>{good.name}</strong>" in html
