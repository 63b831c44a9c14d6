"""The Compare page: what it says with nothing, what it keeps, and that nothing hostile gets through."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from irl_app.comparison import references
from irl_app.paths import site_root
from irl_app.runs import RunConfig, Schedule
from tests.comparison.made_runs import grown, make_recovery, make_run
from tests.pages.test_train_views import seen_run

PAGE = site_root() / "pages" / "compare.py"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    return tmp_path


def opened(*chosen: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=60)
    if chosen:
        page.query_params["runs"] = list(chosen)
    return page.run()


def html_of(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def chosen_in(page: AppTest) -> list[str]:
    return list(page.multiselect(key="compare-runs").value)


def test_nothing_yet_says_what_to_do(runs: Path) -> None:
    page = opened()
    assert not page.exception
    assert page.title[0].value == "Nothing to compare yet"
    commands = " ".join(str(code.value) for code in page.code)
    assert "irl-app train CartPole-v1" in commands
    assert "irl-app recover gridworld/maze" in commands
    assert [button.label for button in page.button] == ["Train a network"]
    assert str(runs) in page.caption[0].value


def test_the_newest_runs_of_one_task_are_shown_unasked(runs: Path) -> None:
    make_run(runs, "iq", grown(20, 490, 4))
    make_run(runs, "bc", grown(20, 300, 4))
    page = opened()
    assert not page.exception
    assert set(chosen_in(page)) == {"cartpole-v1-iq-1", "cartpole-v1-bc-1"}
    html = html_of(page)
    assert "IQ-Learn (whole objective) earns most" in html
    assert "Beats Behavioural cloning" in html
    assert html.count("irl-whisker") == 2
    assert len(page.get("plotly_chart")) == 2
    assert page.query_params["runs"] == chosen_in(page)


def test_agents_and_rewards_stand_side_by_side(runs: Path) -> None:
    seen_run(runs, "iq")
    seen_run(runs, "bc")
    make_run(runs, "sqil")
    make_recovery(runs / "exact")
    page = opened("cartpole-v1-iq-1", "cartpole-v1-bc-1", "cartpole-v1-sqil-1", "exact")
    assert not page.exception
    html = html_of(page)
    assert len(page.get("image")) == 3  # the expert, and two who learned
    assert "A demonstration: return" in html
    assert html.count("Seed 0: return") == 2
    assert "No episodes to look at: SQIL, Maximum causal entropy IRL." in html
    assert len(page.get("bidi_component")) == 3  # the rewards of two networks and of a grid
    assert "No picture of a reward: SQIL." in html
    assert "Maximum causal entropy IRL alone: beta 1, " in html
    assert "–</td>" not in html


def test_recoveries_stand_beside_each_other(runs: Path) -> None:
    make_recovery(runs / "exact", "mce", (0, 1))
    make_recovery(runs / "copied", "bc")
    page = opened()
    assert not page.exception
    assert set(chosen_in(page)) == {"exact", "copied"}
    html = html_of(page)
    assert "Recovered rewards" in html
    assert "STARC distance" in html


def test_a_link_chooses_and_strangers_in_it_are_named(runs: Path) -> None:
    for method in ("iq", "bc", "sqil"):
        make_run(runs, method)
    page = opened("cartpole-v1-sqil-1", "../../etc", "<script>alert(1)</script>", "a" * 3000)
    assert not page.exception
    assert chosen_in(page) == ["cartpole-v1-sqil-1"]
    html = html_of(page)
    assert "a" * 61 not in html
    assert "There is no run" in html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_names_from_files_are_escaped(runs: Path) -> None:
    make_run(
        runs, "<img src=x onerror=1>", task="<b>", state="failed", message="<i>", settings={"<u>": "<s>"}
    )
    make_run(runs, "iq", task="<b>")
    page = opened()
    assert not page.exception
    for tag in ("<img", "<b>", "<i>", "<u>", "<s>"):
        assert tag not in html_of(page)


def test_choosing_none_and_choosing_again(runs: Path) -> None:
    make_run(runs, "iq")
    page = opened()
    page.multiselect(key="compare-runs").set_value([]).run()
    assert not page.exception
    assert "Choose runs above" in html_of(page)
    page.multiselect(key="compare-runs").set_value(["cartpole-v1-iq-1"]).run()
    assert "IQ-Learn (whole objective) earns" in html_of(page)


def test_baseline_metric_and_axis_can_be_changed(runs: Path) -> None:
    for method in ("iq", "bc"):
        make_run(runs, method)
    page = opened()
    page.selectbox(key="compare-baseline").select("IQ-Learn (whole objective)").run()
    assert "Beats IQ-Learn (whole objective)" in html_of(page)
    page.button_group(key="compare-metrics").set_value(["loss"]).run()
    assert len(page.get("plotly_chart")) == 1
    page.button_group(key="compare-axis").set_value("seconds").run()
    assert "wall time, seconds" in page.get("plotly_chart")[0].proto.spec
    page.button_group(key="compare-metrics").set_value([]).run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == 0


def test_tasks_are_told_apart_and_settings_listed(runs: Path) -> None:
    for task in ("CartPole-v1", "Acrobot-v1"):
        for method in ("iq", "bc"):
            make_run(runs, method, [[-90.0, -95.0]], task=task)
    page = opened("cartpole-v1-iq-1", "cartpole-v1-bc-1", "acrobot-v1-iq-1", "acrobot-v1-bc-1")
    assert not page.exception
    html = html_of(page)
    assert "Over 2 tasks" in html
    assert len(page.get("plotly_chart")) == 4
    assert ">alpha<" not in html


def test_many_kinds_of_runs_get_a_row_each(runs: Path) -> None:
    for alpha in range(1, 8):
        make_run(runs, "iq", settings={"alpha": alpha})
    page = opened(*(f"cartpole-v1-iq-{i}" for i in range(1, 8)))
    assert not page.exception
    table = next(str(part) for part in html_of(page).split("<table") if "irl-beside" in part)
    assert table.count("<tr>") == 1 + 7
    assert '<th scope="col">alpha</th>' in table
    assert "IQ-Learn (whole objective, alpha 7)" in table


def test_a_run_that_disappears_is_forgotten(runs: Path) -> None:
    gone = make_run(runs, "iq")
    make_run(runs, "bc")
    page = opened()
    gone.rename(runs / ".gone")
    page.run()
    assert not page.exception
    assert chosen_in(page) == ["cartpole-v1-bc-1"]


def test_references_of_known_tasks_only() -> None:
    schedule, known = Schedule(), {"random_return": -200.0, "expert_return": -107.0}
    configs = [
        RunConfig(task, "iq", {}, (0,), schedule=schedule, measured=measured)
        for task, measured in (
            ("CartPole-v1", None),
            ("gridworld/maze", None),
            ("nothing", None),
            ("own", known),
        )
    ]
    found = references(configs)
    assert set(found) == {"CartPole-v1", "own"}
    assert found["CartPole-v1"].expert > 400
    assert found["own"].normalised(np.array([-107.0, -200.0])).tolist() == [1.0, 0.0]


def test_comparing_never_loads_torch(runs: Path) -> None:
    make_run(runs, "iq")
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"page = AppTest.from_file({str(PAGE)!r}, default_timeout=60).run()\n"
        "assert not page.exception, page.exception\n"
        "assert page.multiselect, 'nothing was compared'\n"
        "sys.exit('torch was imported' if 'torch' in sys.modules else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=site_root(), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
