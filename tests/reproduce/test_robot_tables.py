"""Tables of robots: what is asked for, and reports made from real, very short runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from irl_app.export import save_reward
from irl_app.reproduce import Options, table_3, train_on_reward
from irl_app.reproduce.report import Report
from irl_app.rewards import RewardInfo, Support, SupportedReward
from irl_app.runs import RunConfig, create_run, read_config
from irl_app.tasks import get_task
from irl_app.training.build import build
from irl_app.training.request import learner_config, request, title_of
from irl_app.training.split import load_split

SHORT = {
    "updates": 10, "hidden": [8], "clone_updates": 20, "clones": 2, "warmup": 20, "checkpoint_every": 10,
    "compile": False, "actor_delay": 0,
}  # fmt: skip


def short(config: RunConfig) -> RunConfig:
    own = {name: value for name, value in SHORT.items() if name in config.config}
    return replace(
        config, config={**config.config, **own}, schedule=replace(config.schedule, episodes=1, log_every=10)
    )


def options(cache: Path) -> Options:
    return Options(cache, quick=True, processes=1, progress=lambda done, total, what: None)


def test_table_3_gives_all_rows_the_same_networks_and_demonstrations() -> None:
    asks = table_3.arms(quick=False)
    rows = {row for _, row, _ in asks}
    assert rows == set(table_3.ROWS)
    for (task, _, seed), config in asks.items():
        assert config.seeds == (seed,)
        assert config.demonstrations is not None
        assert config.demonstrations["episodes"] == 1
        assert config.config["hidden"] == asks[task, "iq", seed].config["hidden"]
    titles = {row: title_of(learner_config(asks["HalfCheetah-v5", row, 0].config)) for row in rows}
    assert len(set(titles.values())) == len(rows)  # nobody mistakes one for the other
    assert titles["iq"] == "IQ-Learn, centred on the clone (frozen target)"
    assert titles["iq-paper"] == "IQ-Learn (whole objective)"
    near = request("HalfCheetah-v5", "iq", settings={"centre": "zero"})
    assert title_of(learner_config(near.config)) == "IQ-Learn, near the clone (frozen target)"


@pytest.mark.usefixtures("worked_here")
def test_table_3_from_short_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asks = table_3.arms(quick=True)
    monkeypatch.setattr(table_3, "arms", lambda quick: {arm: short(config) for arm, config in asks.items()})
    report: Report = table_3.table_3(options(tmp_path))
    own, paper = report.sections
    names = [row[0] for row in own.rows]
    assert names == ["IQ-Learn, centred on the clone (frozen target)", "Behavioural cloning"]
    assert [row[-1] for row in paper.rows] == ["3533"]
    rows: Any = report.values["rows"]
    assert all(row["share"]["mean"] == pytest.approx(row["returns"][0] / row["expert"]) for row in rows)


def test_train_on_reward_asks_for_agents_that_know_nothing_but_the_reward(tmp_path: Path) -> None:
    run = create_run(short(train_on_reward._recovery("HalfCheetah-v5", 0, True)), folder=tmp_path / "run")
    build(run, read_config(run))  # which keeps its demonstrations there
    shown = load_split(run, 1).train[0]
    spaces = get_task("HalfCheetah-v5").observation_space, get_task("HalfCheetah-v5").action_space
    info = RewardInfo("supported", "distance alone", 0.99, 0.02, "zero", *spaces, method="iq")
    support = Support.of(shown.next_obs, shown.episode)
    reward = SupportedReward(None, support, info, 0.0, 1.0, near=0.25, far=1.0, bonus=0.0)
    file = save_reward(reward, run / "support.safetensors")
    assert train_on_reward._pays_still("HalfCheetah-v5", file) < 0.2  # it is far from what runs
    agent = train_on_reward._agent("HalfCheetah-v5", file, 1, quick=False)
    assert (agent.method, agent.demonstrations, agent.reward) == ("sac", None, str(file))
    assert agent.config["updates"] == train_on_reward.STEPS
