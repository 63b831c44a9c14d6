"""Experts: trained on the true reward where there is none, and saved by the command line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from irl_app.cli import main
from irl_app.demonstrations import load_minari
from irl_app.tasks import Obs, Task, get_task, rollout, rollout_stacked
from irl_app.tasks.grid import shortest_paths
from irl_app.tasks.task import ExpertTraining
from irl_app.training.trained_expert import EPISODES, EVALUATIONS, expert_demonstrations, train_expert
from trainers.arrays import IntArray
from trainers.deep.config import TrainerConfig

CART_POLE = get_task("CartPole-v1")
SOFT, GREEDY = (
    dataclasses.replace(CART_POLE, expert_training=ExpertTraining(temperature=temperature))
    for temperature in (0.2, 0.0)
)
SHORT = TrainerConfig(method="dqn", online=True, updates=400, hidden=(16,), warmup=100)


def test_the_best_policy_on_the_way_is_kept() -> None:
    seen: list[tuple[int, int, str]] = []
    trained = train_expert(SOFT, 0, config=SHORT, progress=lambda *what: seen.append(what))
    assert [done for done, _, _ in seen] == list(range(20, 401, 20))
    assert len(seen) == EVALUATIONS
    returns = [float(text.split()[1].rstrip(",")) for _, _, text in seen]
    assert trained.mean_return == pytest.approx(max(returns), abs=0.51)
    again = rollout(CART_POLE, trained.policy, EPISODES, trained.update).returns.mean()
    assert again == trained.mean_return  # the weights of that update, not the last


def test_the_best_of_several_candidates_is_kept() -> None:
    best = train_expert(GREEDY, 1, config=SHORT, candidates=3)

    def act(obs: Obs, generator: np.random.Generator) -> IntArray:
        return np.stack([best.policy(each, generator) for each in obs])

    again = rollout_stacked(CART_POLE, act, 3, EPISODES, 1 + best.update)
    assert best.mean_return in [own.returns.mean() for own in again]  # from the starts of its own place


@pytest.mark.parametrize(("task", "asked", "n_choices"), [(SOFT, None, 2), (GREEDY, None, 1), (SOFT, 0.0, 1)])
def test_an_expert_acts_at_the_tasks_temperature_or_another(task: Task, asked: float, n_choices: int) -> None:
    upright = np.zeros((500, 4), np.float32)
    config = dataclasses.replace(SHORT, updates=20, warmup=40)
    trained = train_expert(task, 0, config=config, temperature=asked)
    assert len(set(trained.policy(upright, np.random.default_rng(0)).tolist())) == n_choices


def test_good_enough_ends_it() -> None:
    easy = dataclasses.replace(CART_POLE, expert_return=1.0)
    assert train_expert(easy, 0, config=SHORT).update == 20


def test_progress_can_stop_it() -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_expert(CART_POLE, 0, config=SHORT, progress=stop)


def test_an_imitator_is_no_expert() -> None:
    with pytest.raises(ValueError, match="bc needs an expert itself"):
        train_expert(CART_POLE, 0, config=TrainerConfig(method="bc"))


def test_who_acted_is_recorded() -> None:
    task = dataclasses.replace(SOFT, usual={"soft-q": {"online": True, "updates": 60}})
    shown = expert_demonstrations(task, 2, 3)
    assert shown.n_episodes == 2
    assert shown.provenance.seed == 3
    assert shown.provenance.expert.startswith("soft-q on the true reward, ")
    CART_POLE.check_fits(shown)


def test_the_command_saves_what_the_grids_own_expert_does(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    out = tmp_path / "walls" / "expert-v0"
    command = [
        "demos",
        "train-expert",
        "gridworld/random-walls",
        "--demos",
        "20",
        "--out",
        str(out),
        "--json",
    ]
    assert main(command) == 0
    about = json.loads(capsys.readouterr().out)
    assert (about["n_demos"], about["expert"], about["terminated"]) == (20, "shortest-path", 20)
    task = get_task("gridworld/random-walls")
    shown = load_minari(out)
    task.check_fits(shown)
    first = np.stack([episode.observations[0] for episode in shown.episodes])
    np.testing.assert_array_equal(shown.lengths, shortest_paths(first))
    assert main(command) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["CartPole-v2", "--out", "x-v0"], "unknown task 'CartPole-v2', the tasks are CartPole-v1"),
        (["CartPole-v1", "--out", "x.json"], "saved as Minari datasets"),
        (["CartPole-v1", "--out", "my expert-v0"], "'my expert-v0' is no dataset id"),
        (["CartPole-v1", "--out", "x-v0", "--seeds", "0-2"], "one --seed"),
        (["CartPole-v1", "--out", "x-v0", "--demos", "exact"], "give --demos a number"),
    ],
)
def test_the_command_refuses_in_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("irl_app.training.trained_expert.expert_demonstrations", None)  # nothing is trained
    assert main(["demos", "train-expert", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
