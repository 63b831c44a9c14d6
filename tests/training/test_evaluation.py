"""Evaluations against numbers made by hand; what a request becomes; demonstrations a seed; alarms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irl_app.tasks import control_task
from irl_app.training import Metrics, TrainingError
from irl_app.training.evaluation import Evaluation
from irl_app.training.health import alarms
from irl_app.training.request import request, setting
from irl_app.training.shown import draw, load_shown, save_shown
from trainers.transitions import Transitions

GRID = control_task("gridworld/random-walls")
ASKED = {"source": None, "episodes": 3, "every": 2}


class Constant:
    """Two learners: the first has Q = (0, 1, 0, ...) everywhere, the second (2, 0, 0, ...)."""

    update = 4

    def q_values(self, obs: np.ndarray) -> np.ndarray:
        n = obs.shape[-len(GRID.obs_shape) - 1]
        q = np.zeros((2, n, GRID.n_actions), np.float32)
        q[0, :, 1], q[1, :, 0] = 1.0, 2.0
        return q


def steps(actions: list[int], terminated: list[bool]) -> Transitions:
    """Steps with these actions; nothing else matters here."""
    obs = np.zeros((len(actions), *GRID.obs_shape), np.float32)
    return Transitions(obs, actions, obs, terminated, np.zeros(len(actions)), np.zeros(len(actions), bool))  # type: ignore[arg-type]


def test_figures_of_demonstrations_made_by_hand() -> None:
    shown = steps([1, 1, 0], [False, False, True])
    held_out = steps([1, 0], [False, False])
    evaluation = Evaluation(GRID, (0, 1), 2, 0.5, 1.0, (shown, shown), (held_out, held_out))
    found = evaluation(Constant())
    rest = GRID.n_actions - 1
    v = np.log([np.e + rest, np.e**2 + rest])
    np.testing.assert_allclose(found["v_demonstrations"], v, rtol=1e-6)
    np.testing.assert_allclose(found["heldout_log_likelihood"], [0.5 - v[0], 1.0 - v[1]], rtol=1e-6)
    # r = Q - v / 2 over the two steps that go on: Q is 1 and 0; of its own steps r is between its extremes
    assert 0.0 <= found["reward_gap"][0] <= 1.0
    assert -2.0 <= found["reward_gap"][1] <= 0.0


def test_an_evaluation_repeats_itself_and_depends_on_the_update() -> None:
    evaluation, learner = Evaluation(GRID, (0, 1), 20, 0.9, 1.0), Constant()
    first, again = evaluation(learner), evaluation(learner)
    assert set(first) == {"return", "length"}
    assert all(np.array_equal(first[name], again[name]) for name in first)
    learner.update = 5
    assert not np.array_equal(first["return"], evaluation(learner)["return"])


def test_a_temperature_of_zero_is_greedy() -> None:
    greedy = Evaluation(GRID, (0, 1), 3, 0.5, 0.0, (steps([1], [False]),) * 2, (steps([1], [False]),) * 2)
    found = greedy(Constant())
    np.testing.assert_allclose(found["v_demonstrations"], [1.0, 2.0])
    np.testing.assert_allclose(found["reward_gap"], [0.0, -2.0])
    assert "heldout_log_likelihood" not in found


def test_a_request_spells_out_every_setting() -> None:
    config = request("CartPole-v1", "sqil", seeds=(1, 2), settings={"alpha": 2.0, "kept": 0}, episodes=3)
    assert config.config["online"] is True
    assert (config.config["gamma"], config.config["alpha"], config.schedule.kept) == (0.99, 2.0, 0)
    assert config.demonstrations == {"source": None, "episodes": 3, "every": 20}
    assert request("CartPole-v1", "soft-q").demonstrations is None


def test_a_path_is_made_absolute_and_an_id_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine-v0").mkdir()
    for source, kept in (
        ("mine-v0", str(tmp_path / "mine-v0")),
        ("CartPole/expert-v0", "CartPole/expert-v0"),
    ):
        found = request("CartPole-v1", source=source).demonstrations
        assert found is not None
        assert found["source"] == kept


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("alpha=2", 2),
        ("alpha = 1e-3", 1e-3),
        ("hidden=64,32", [64, 32]),
        ("hidden=[8]", [8]),
        ("hidden=8", [8]),
        ("online=true", True),
        ("value_clip=none", None),
        ("value_clip=10", 10),
        ("terminal=absorbing", "absorbing"),
        ("log_every=10", 10),
    ],
)
def test_settings_as_people_write_them(text: str, value: object) -> None:
    assert setting(text) == (text.partition("=")[0].strip(), value)


@pytest.mark.parametrize(
    "text", ["alpha=none", "online=1", "updates=true", "hidden=a", "terminal=3", "x=1", "=", "a="]
)
def test_settings_of_the_wrong_kind(text: str) -> None:
    with pytest.raises(TrainingError):
        setting(text)


def test_each_seed_draws_its_own_and_is_judged_by_others(tmp_path: Path) -> None:
    shown, provenance = draw(GRID, ASKED, (0, 5))
    assert provenance["expert"] == "shortest-path"
    assert not np.array_equal(shown.learned[0].obs[0], shown.learned[1].obs[0])
    alone, _ = draw(GRID, ASKED, (5,))
    assert np.array_equal(alone.learned[0].obs, shown.learned[1].obs)
    for learned, other in zip(shown.learned, shown.held_out, strict=True):
        seen = {obs.tobytes() for obs in learned.obs[:, 0]}  # the walls of a game
        assert not seen & {obs.tobytes() for obs in other.obs[:, 0]}
    save_shown(tmp_path, shown)
    found = load_shown(tmp_path, 2)
    for part in ("learned", "held_out"):
        for before, after in zip(getattr(shown, part), getattr(found, part), strict=True):
            assert np.array_equal(before.obs, after.obs)
            assert np.array_equal(before.terminated, after.terminated)


def test_a_run_without_its_copy_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"demonstrations.safetensors is missing"):
        load_shown(tmp_path, 1)


def curves(**values: list[list[float]]) -> Metrics:
    n = max(len(rows) for rows in values.values())
    arrays = {name: np.array(rows) for name, rows in values.items()}
    return Metrics(np.arange(n), np.arange(n), np.arange(n, dtype=float), arrays)


def test_alarms() -> None:
    nan = float("nan")
    assert alarms(curves(loss=[[1.0, 2.0]], q_abs_max=[[5.0, 6.0]])) == ()
    assert alarms(curves(loss=[[1.0, 2.0], [nan, 1.0]])) == ("the loss of 1 of 2 seeds is no number",)
    grows = [[10.0, 1.0], [100.0, 900.0], [200.0, 1000.0], [1000.5, 1500.0]]
    assert alarms(curves(q_abs_max=grows)) == ("|Q| of 1 of 2 seeds grows, now 1500",)
    assert alarms(curves(q_abs_max=[[nan, nan], [1.0, 1.0]])) == ()
