"""A robot's rewards against the true one: by hand, and from a real, very short run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irl_app.findings import adversarial, judging
from irl_app.reproduce import Options, hopper_reward
from irl_app.reproduce.reward_agreement import COHERENT, LEARNER, LENGTH, agreements
from irl_app.runs import RunConfig
from trainers.arrays import FloatArray
from trainers.transitions import Transitions

LONGEST = 4


def play(lengths: list[int], rewards: list[float]) -> Transitions:
    """Episodes of these lengths; every step of one pays alike."""
    n = sum(lengths)
    obs = np.zeros((n, 1), np.float32)
    time = np.concatenate([np.arange(length) for length in lengths])
    number = np.repeat(np.arange(len(lengths)), lengths)
    never = np.zeros(n, bool)
    return Transitions(obs, obs, obs, never, np.repeat(np.array(rewards), lengths), number, time)


def of_length(played: dict[str, Transitions]) -> dict[str, FloatArray]:
    return {who: np.ones(len(own)) for who, own in played.items()}


def test_length_alone_correlates_where_longer_episodes_earn_more() -> None:
    played = {LEARNER: play([1, 2, 3, 4], [1.0, 1.0, 1.0, 1.0]), "other": play([4, 4, 4], [1.0, 2.0, 3.0])}
    found = agreements(of_length(played), played, LONGEST)
    assert found["own"].value == pytest.approx(1.0)
    lengths, sums = [1, 2, 3, 4, 4, 4, 4], [1, 2, 3, 4, 4, 8, 12]
    assert found["mixture"].value == pytest.approx(np.corrcoef(lengths, sums)[0, 1])
    assert (found["full"].value, found["full"].why_missing) == (None, "all are equally long")
    assert (found["policies"].value, found["policies"].why_missing) == (None, "there are 2")
    assert (found["steps"].value, found["steps"].why_missing) == (None, "it pays all alike")


def test_a_reward_is_told_by_more_than_the_length() -> None:
    played = {name: play([4, 4, 3], [i, 2.0 * i, 5.0]) for i, name in enumerate([LEARNER, "b", "c", "d"])}
    paid = {who: 3.0 * own.reward - 1.0 for who, own in played.items()}
    found = agreements(paid, played, LONGEST)
    assert found["steps"].value == pytest.approx(1.0)
    assert found["full"].value == pytest.approx(1.0)
    assert found["full"].n == 8
    ours = [np.bincount(own.episode, weights=paid[who]).mean() for who, own in played.items()]
    theirs = [np.bincount(own.episode, weights=own.reward).mean() for own in played.values()]
    assert found["policies"].value == pytest.approx(np.corrcoef(ours, theirs)[0, 1])


def test_a_figure_that_cannot_be_told_says_why() -> None:
    untold = {"value": None, "why": "all are equally long"}
    assert hopper_reward._cell([untold, untold]) == "cannot be told: all are equally long"
    assert hopper_reward._cell([{"value": 0.5, "why": ""}, untold]) == "0.50 (1 of 2 seeds)"
    three = [{"value": value, "why": ""} for value in (0.9, 0.95, 1.0)]
    assert hopper_reward._cell(three) == "0.95 (0.90 to 1.00)"


def test_every_shipped_robot_keeps_all_checkpoints() -> None:
    asks = hopper_reward.arms(quick=False)
    assert {seed for _, seed in asks} == {0, 1, 2}
    for (_, seed), config in asks.items():
        assert config.seeds == (seed,)
        assert config.training_schedule().kept == 0
        assert (config.demonstrations or {})["episodes"] == 1


def short(config: RunConfig) -> RunConfig:
    own: dict[str, Any] = {
        "updates": 30, "checkpoint_every": 10, "hidden": [8], "clone_updates": 20, "clones": 2, "warmup": 20,
        "compile": False, "actor_delay": 0,
    }  # fmt: skip
    return replace(config, config={**config.config, **own})


@pytest.mark.usefixtures("worked_here")
def test_the_table_from_a_short_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arm = ("HalfCheetah-v5", 0)
    asks = {arm: short(hopper_reward.arms(quick=False)[arm])}
    monkeypatch.setattr(hopper_reward, "arms", lambda quick: asks)
    monkeypatch.setattr(hopper_reward, "QUICK_EPISODES", 1)
    monkeypatch.setattr(judging, "EPISODES", 1)
    monkeypatch.setattr(adversarial, "AGENT", {"updates": 20, "warmup": 100, "compile": False})
    monkeypatch.setattr(adversarial, "FIT", 20)
    options = Options(tmp_path, quick=True, processes=1, progress=lambda done, total, what: None)
    report = hopper_reward.hopper_reward(options)
    told, played = report.sections[:2]
    by_reward = {row[0]: row[1:] for row in told.rows}
    cheetah = by_reward[hopper_reward.REWARD_TITLES[LENGTH]]
    assert cheetah[1:] == (  # no fall ends it: the length says nothing, whoever acts
        "cannot be told: all are equally long",
        "cannot be told: all are equally long",
        "cannot be told: all are equally long",
        "cannot be told: it pays all alike",
    )
    titles = hopper_reward.REWARD_TITLES
    kinds = (LENGTH, "adversarial", "supported", "deshaped", "state", "bounded", "transition", COHERENT)
    assert list(by_reward) == [titles[kind] for kind in kinds]
    assert [row[0] for row in played.rows][:4] == ["random play", "early", "middle", "the learner"]
    assert played.rows[-1][0] == "the expert, held out"
    assert not any(cell == "-" or "nan" in cell for row in told.rows for cell in row)
    monkeypatch.setattr(judging, "judge_run", lambda *a, **k: pytest.fail("it was worked out before"))
    assert hopper_reward.hopper_reward(options).sections == report.sections
