"""Evaluations against numbers made by hand; what a request becomes; demonstrations a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irl_app.tasks import control_task
from irl_app.training import TrainingError
from irl_app.training.evaluation import Evaluation
from irl_app.training.judged_steps import ROWS, JudgedSteps
from irl_app.training.learned import read_learned
from irl_app.training.request import request, setting
from irl_app.training.shown import draw, load_shown, save_shown
from trainers.soft_q_config import SoftQConfig
from trainers.transitions import Transitions

GRID = control_task("gridworld/random-walls")
ASKED = {"source": None, "episodes": 3, "every": 2}


class Constant:
    """Two learners: the first has Q = (0, 1, 0, ...) everywhere, the second (2, 0, 0, ...)."""

    update = 4

    def __init__(self, lag: float = 0.0) -> None:
        self.lag = lag

    def q_values(self, obs: np.ndarray) -> np.ndarray:
        n = obs.shape[-len(GRID.obs_shape) - 1]
        q = np.zeros((2, n, GRID.n_actions), np.float32)
        q[0, :, 1], q[1, :, 0] = 1.0, 2.0
        return q

    def target_q_values(self, obs: np.ndarray) -> np.ndarray:
        """Those of networks that were lower everywhere."""
        return self.q_values(obs) - np.float32(self.lag)


def by(method: str = "iq", **settings: Any) -> SoftQConfig:
    """A configuration with discount 1/2 and temperature 1."""
    online = method not in ("iq", "bc")
    return SoftQConfig(**{"method": method, "online": online, "gamma": 0.5, "temperature": 1.0, **settings})


def evaluated(config: SoftQConfig, learner: Constant, *shown: Transitions, episodes: int = 2) -> Any:
    """What the evaluation of two learners of the same demonstrations says: learned from, held out."""
    learned, held_out = ((each,) * 2 for each in shown) if shown else ((), ())
    return Evaluation(GRID, (0, 1), episodes, config, learned, held_out)(learner)


def steps(actions: list[int], terminated: list[bool]) -> Transitions:
    """Steps with these actions; nothing else matters here."""
    obs = np.zeros((len(actions), *GRID.obs_shape), np.float32)
    return Transitions(obs, actions, obs, terminated, np.zeros(len(actions)), np.zeros(len(actions), bool))  # type: ignore[arg-type]


def test_figures_of_demonstrations_made_by_hand() -> None:
    shown = steps([1, 1, 0], [False, False, True])
    held_out = steps([1, 0], [False, False])
    found = evaluated(by(), Constant(), shown, held_out)
    rest = GRID.n_actions - 1
    v = np.log([np.e + rest, np.e**2 + rest])
    np.testing.assert_allclose(found["v_demonstrations"], v, rtol=1e-6)
    np.testing.assert_allclose(found["heldout_log_likelihood"], [0.5 - v[0], 1.0 - v[1]], rtol=1e-6)
    # r = Q - v / 2 over the two steps that go on: Q is 1 and 0; of its own steps r is between its extremes
    assert 0.0 <= found["reward_gap"][0] <= 1.0
    assert -2.0 <= found["reward_gap"][1] <= 0.0


def test_in_grids_directness_is_told() -> None:
    found = evaluated(by("dqn"), Constant(), episodes=20)  # one goes right for ever, the other up
    assert (found["distance_ratio"] > 5).all()
    assert (found["success_rate"] < 0.4).all()
    assert found["success_rate"][1] == 0.0  # the goal is at the bottom


def test_an_evaluation_repeats_itself_and_depends_on_the_update() -> None:
    learner = Constant()
    first, again = (evaluated(by("soft-q"), learner, episodes=20) for _ in range(2))
    names = {"return", "length", "action_entropy", "policy_entropy", "bellman_residual"}
    names |= {"distance_ratio", "success_rate"}
    assert set(first) == names
    assert all(np.array_equal(first[name], again[name]) for name in first)
    learner.update = 5
    assert not np.array_equal(first["return"], evaluated(by("soft-q"), learner, episodes=20)["return"])


def test_a_temperature_of_zero_is_greedy() -> None:
    shown = steps([1], [False])
    found = evaluated(by("dqn"), Constant(), shown, shown, episodes=3)
    np.testing.assert_allclose(found["v_demonstrations"], [1.0, 2.0])
    np.testing.assert_allclose(found["reward_gap"], [0.0, -2.0])
    np.testing.assert_array_equal(found["action_entropy"], [0.0, 0.0])
    np.testing.assert_array_equal(found["policy_entropy"], [0.0, 0.0])
    assert "heldout_log_likelihood" not in found


def test_entropies_are_shares_of_the_largest() -> None:
    found = evaluated(by("soft-q"), Constant(), episodes=100)
    p = np.array([np.e, 1.0, 1.0, 1.0]) / (np.e + 3.0)  # of the first learner, in every state
    assert found["policy_entropy"][0] == pytest.approx(-(p * np.log(p)).sum() / np.log(4))
    assert found["action_entropy"][0] == pytest.approx(found["policy_entropy"][0], abs=0.02)


def test_the_residual_of_the_recovered_reward_is_what_the_target_lags_behind() -> None:
    shown = steps([1, 0], [False, True])
    still, lags = (evaluated(by(), Constant(lag), shown, shown) for lag in (0.0, 3.0))
    np.testing.assert_allclose(still["bellman_residual"], [0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(lags["bellman_residual"], [1.5, 1.5], rtol=1e-6)  # gamma times 3
    v = np.log([np.e + 3, np.e**2 + 3])
    bounded = evaluated(by(value_clip=0.5), Constant(), shown, shown)
    np.testing.assert_allclose(bounded["bellman_residual"], 0.5 * (v - 0.5), rtol=1e-6)


def test_the_residual_of_a_given_reward_is_the_bellman_error() -> None:
    shown, held_out = steps([0], [False]), steps([1, 1, 0], [False, False, True])
    v = np.log([np.e + 3, np.e**2 + 3])
    found = evaluated(by("sqil", demo_reward=1.0), Constant(3.0), shown, held_out)
    np.testing.assert_allclose(found["bellman_residual"], np.abs([0.0, -1.0] - 0.5 * v), rtol=1e-6)
    without = evaluated(by("sqil-t"), Constant(3.0), shown, held_out)
    np.testing.assert_allclose(without["bellman_residual"], np.abs([1.0, 0.0] - 0.5 * v), rtol=1e-6)
    assert "bellman_residual" not in evaluated(by("bc"), Constant(), shown, held_out)


def test_the_residual_of_the_true_reward_is_taken_on_new_steps() -> None:
    found = evaluated(by("dqn"), Constant(), episodes=200)["bellman_residual"][1]
    # the second always takes action 0, Q = V = 2: the error is 2 + 1 - 2 / 2 for a move that pays -1, and
    # 2 - 10 for one that ends at the goal, which a hundredth of the moves at most do
    assert 2.0 <= found <= np.sqrt(0.99 * 2.0**2 + 0.01 * 8.0**2)


def test_steps_side_by_side() -> None:
    few, many = steps([1, 0], [False, True]), steps([1] * 2000, [False] * 2000)
    both = JudgedSteps.of_transitions([few, many])
    assert both.obs.shape == (2, ROWS, *GRID.obs_shape)
    assert both.counted.sum(1).tolist() == [2, ROWS]
    np.testing.assert_allclose(both.mean(both.action.astype(float)), [0.5, 1.0])
    assert both.going_on().counted.sum(1).tolist() == [1, ROWS]
    ended = JudgedSteps.of_transitions([steps([0], [True])]).going_on()
    assert np.isnan(ended.mean(np.ones((1, 1)))).all()


def test_a_request_spells_out_every_setting() -> None:
    config = request("CartPole-v1", "sqil", seeds=(1, 2), settings={"alpha": 2.0, "kept": 0}, episodes=3)
    assert config.config["online"] is True
    assert (config.config["gamma"], config.config["alpha"], config.schedule.kept) == (0.99, 2.0, 0)
    assert config.demonstrations == {"source": None, "episodes": 3, "every": 20}
    assert request("CartPole-v1", "soft-q").demonstrations is None


def test_a_network_that_cannot_see_the_task_is_refused() -> None:
    with pytest.raises(TrainingError, match="CartPole-v1: vin needs images of at least two planes"):
        request("CartPole-v1", settings={"network": "vin", "hidden": (16, 32)})
    assert request("gridworld/random-goal").config["network"] == "vin"


def test_only_perceptrons_are_read_without_torch(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match='networks of kind "vin": only perceptrons, "mlp", can be read'):
        read_learned(tmp_path, request("gridworld/random-goal"))


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
