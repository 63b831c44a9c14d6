"""Evaluations against numbers made by hand; what a request becomes; demonstrations a seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irl_app.runs import RunError
from irl_app.tasks import get_task
from irl_app.training.evaluation import STEPS, Evaluation
from irl_app.training.learners import load_learners
from irl_app.training.request import request, setting
from irl_app.training.split import draw, load_split, save_split
from trainers.deep.config import TrainerConfig
from trainers.learner import SoftmaxLearner
from trainers.transitions import Transitions, side_by_side

GRID = get_task("gridworld/random-walls")
SHAPE, A = GRID.observation_space.shape, GRID.action_space.n
ASKED = {"source": None, "episodes": 3, "every": 2}


def constant(config: TrainerConfig, lag: float = 0.0) -> SoftmaxLearner:
    """Two learners: Q = (0, 1, 0, ...) everywhere of the first, (2, 0, 0, ...) of the second; less a lag."""

    def q(obs: np.ndarray) -> np.ndarray:
        found = np.zeros((2, obs.shape[-len(SHAPE) - 1], A), np.float32)
        found[0, :, 1], found[1, :, 0] = 1.0, 2.0
        return found - np.float32(lag)

    cloned = config.method == "bc"
    return SoftmaxLearner(q, GRID.action_space, config.policy_temperature, config.gamma, cloned=cloned)


def by(method: str = "iq", **settings: Any) -> TrainerConfig:
    """A configuration with discount 1/2 and temperature 1."""
    online = method not in ("iq", "bc")
    return TrainerConfig(**{"method": method, "online": online, "gamma": 0.5, "temperature": 1.0, **settings})


def evaluated(
    config: TrainerConfig, *shown: Transitions, lag: float = 0.0, episodes: int = 2, update: int = 4
) -> Any:
    """What the evaluation of two learners of the same demonstrations says: learned from, held out.

    Args:
        lag: by how much the target is lower everywhere.
    """
    train, validation = ((each,) * 2 for each in shown) if shown else ((), ())
    evaluation = Evaluation(GRID, (0, 1), episodes, config, train, validation)
    return evaluation(update, constant(config), constant(config, lag))


def steps(actions: list[int], terminated: list[bool]) -> Transitions:
    """Steps with these actions; nothing else matters here."""
    n = len(actions)
    obs = np.zeros((n, *SHAPE), np.float32)
    zeros = np.zeros(n, np.int64)
    return Transitions(obs, np.array(actions), obs, np.array(terminated), np.zeros(n), zeros, np.arange(n))


def test_figures_of_demonstrations_made_by_hand() -> None:
    shown = steps([1, 1, 0], [False, False, True])
    held_out = steps([1, 0], [False, False])
    found = evaluated(by(), shown, held_out)
    rest = A - 1
    v = np.log([np.e + rest, np.e**2 + rest])
    np.testing.assert_allclose(found["v_demonstrations"], v, rtol=1e-6)
    np.testing.assert_allclose(found["heldout_log_likelihood"], [0.5 - v[0], 1.0 - v[1]], rtol=1e-6)
    # r = Q - v / 2 over the two steps that go on: Q is 1 and 0; of its own steps r is between its extremes
    assert 0.0 <= found["reward_gap"][0] <= 1.0
    assert -2.0 <= found["reward_gap"][1] <= 0.0


def test_in_grids_directness_is_told() -> None:
    found = evaluated(by("dqn"), episodes=20)  # one goes right for ever, the other up
    assert (found["distance_ratio"] > 5).all()
    assert (found["success_rate"] < 0.4).all()
    assert found["success_rate"][1] == 0.0  # the goal is at the bottom


def test_an_evaluation_repeats_itself_and_depends_on_the_update() -> None:
    first, again = (evaluated(by("soft-q"), episodes=20) for _ in range(2))
    names = {"return", "length", "action_entropy", "policy_entropy", "bellman_residual"}
    names |= {"distance_ratio", "success_rate"}
    assert set(first) == names
    assert all(np.array_equal(first[name], again[name]) for name in first)
    later = evaluated(by("soft-q"), episodes=20, update=5)
    assert not np.array_equal(first["return"], later["return"])


def test_a_temperature_of_zero_is_greedy() -> None:
    shown = steps([1], [False])
    found = evaluated(by("dqn"), shown, shown, episodes=3)
    np.testing.assert_allclose(found["v_demonstrations"], [1.0, 2.0])
    np.testing.assert_allclose(found["reward_gap"], [0.0, -2.0])
    np.testing.assert_array_equal(found["action_entropy"], [0.0, 0.0])
    np.testing.assert_array_equal(found["policy_entropy"], [0.0, 0.0])
    assert "heldout_log_likelihood" not in found


def test_entropies_are_shares_of_the_largest() -> None:
    found = evaluated(by("soft-q"), episodes=100)
    p = np.array([np.e, 1.0, 1.0, 1.0]) / (np.e + 3.0)  # of the first learner, in every state
    assert found["policy_entropy"][0] == pytest.approx(-(p * np.log(p)).sum() / np.log(4))
    assert found["action_entropy"][0] == pytest.approx(found["policy_entropy"][0], abs=0.02)


def test_the_residual_of_the_recovered_reward_is_what_the_target_lags_behind() -> None:
    shown, frozen = steps([1, 0], [False, True]), by(gradient="semi")
    still, lags = (evaluated(frozen, shown, shown, lag=lag) for lag in (0.0, 3.0))
    np.testing.assert_allclose(still["bellman_residual"], [0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(lags["bellman_residual"], [1.5, 1.5], rtol=1e-6)  # gamma times 3
    v = np.log([np.e + 3, np.e**2 + 3])
    bounded = evaluated(by(gradient="semi", value_clip=0.5), shown, shown)
    np.testing.assert_allclose(bounded["bellman_residual"], 0.5 * (v - 0.5), rtol=1e-6)


def test_the_whole_objective_has_no_residual() -> None:
    """Its reward is Q - gamma V of the network itself, wherever the target is: nothing can fail."""
    shown = steps([1, 0], [False, True])
    assert "bellman_residual" not in evaluated(by(gradient="full"), shown, shown, lag=3.0)


def test_the_residual_of_a_given_reward_is_the_bellman_error() -> None:
    shown, held_out = steps([0], [False]), steps([1, 1, 0], [False, False, True])
    v = np.log([np.e + 3, np.e**2 + 3])
    found = evaluated(by("sqil", demo_reward=1.0), shown, held_out, lag=3.0)
    np.testing.assert_allclose(found["bellman_residual"], np.abs([0.0, -1.0] - 0.5 * v), rtol=1e-6)
    without = evaluated(by("sqil-t"), shown, held_out, lag=3.0)
    np.testing.assert_allclose(without["bellman_residual"], np.abs([1.0, 0.0] - 0.5 * v), rtol=1e-6)
    assert not {"bellman_residual", "v_demonstrations"} & set(evaluated(by("bc"), shown, held_out))


def test_the_residual_of_the_true_reward_is_taken_on_new_steps() -> None:
    found = evaluated(by("dqn"), episodes=200)["bellman_residual"][1]
    # the second always takes action 0, Q = V = 2: the error is 2 + 1 - 2 / 2 for a move that pays -1, and
    # 2 - 10 for one that ends at the goal, which a hundredth of the moves at most do
    assert 2.0 <= found <= np.sqrt(0.99 * 2.0**2 + 0.01 * 8.0**2)


def test_steps_side_by_side() -> None:
    few, many = steps([1, 0], [False, True]), steps([1] * 2000, [False] * 2000)
    columns, counted = side_by_side([few, many], STEPS)
    assert columns["obs"].shape == (2, STEPS, *SHAPE)
    assert counted.sum(1).tolist() == [2, STEPS]
    np.testing.assert_allclose((columns["action"] * counted).sum(1) / counted.sum(1), [0.5, 1.0])
    assert (counted & ~columns["terminated"]).sum(1).tolist() == [1, STEPS]
    spread = columns["time"][1]
    assert (spread[0], spread[-1]) == (0, 1999)
    assert set(np.diff(spread)) == {4, 5}


def test_a_seed_with_fewer_steps_is_judged_by_them_alone() -> None:
    uneven = (steps([1, 0], [False, True]), steps([1] * 2000, [False] * 2000))
    learner = constant(by())
    found = Evaluation(GRID, (0, 1), 2, by(), uneven, uneven)(4, learner, learner)
    v = np.log([np.e + 3, np.e**2 + 3])
    np.testing.assert_allclose(found["heldout_log_likelihood"], [0.5 - v[0], 0.0 - v[1]], rtol=1e-6)


def test_where_all_steps_are_ends_nothing_goes_on() -> None:
    ends = steps([0], [True])
    found = evaluated(by("sqil"), ends, ends)
    assert np.isnan(found["reward_gap"]).all()
    assert np.isnan(found["bellman_residual"]).all()


def test_a_request_spells_out_every_setting() -> None:
    config = request("CartPole-v1", "sqil", seeds=(1, 2), settings={"alpha": 2.0, "kept": 0}, episodes=3)
    assert config.config["online"] is True
    assert (config.config["gamma"], config.config["alpha"], config.schedule.kept) == (0.99, 2.0, 0)
    assert config.demonstrations == {"source": None, "episodes": 3, "every": 20}
    assert request("CartPole-v1", "soft-q").demonstrations is None


def test_a_network_that_cannot_see_the_task_is_refused() -> None:
    with pytest.raises(RunError, match="CartPole-v1: vin needs boards of at least two planes"):
        request("CartPole-v1", settings={"network": "vin", "hidden": (16, 32)})
    assert request("gridworld/random-goal").config["network"] == "vin"


def test_networks_of_boards_are_not_read_without_torch(tmp_path: Path) -> None:
    with pytest.raises(RunError, match='networks of kind "vin", which see boards'):
        load_learners(tmp_path, request("gridworld/random-goal"))


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
        ("hidden=64,32", (64, 32)),
        ("hidden=[8]", (8,)),
        ("hidden=8", (8,)),
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
    with pytest.raises(RunError):
        setting(text)


def test_each_seed_draws_its_own_and_is_judged_by_others(tmp_path: Path) -> None:
    shown, found_out = draw(GRID, ASKED, (0, 5))
    assert found_out["provenance"]["expert"] == "shortest-path"  # type: ignore[index]
    assert 0.0 < found_out["mean_return"] < 10.0  # type: ignore[operator]
    assert not np.array_equal(shown.train[0].obs[0], shown.train[1].obs[0])
    alone, _ = draw(GRID, ASKED, (5,))
    assert np.array_equal(alone.train[0].obs, shown.train[1].obs)
    for own, other in zip(shown.train, shown.validation, strict=True):
        seen = {obs.tobytes() for obs in own.obs[:, 0]}  # the walls of a game
        assert not seen & {obs.tobytes() for obs in other.obs[:, 0]}
    save_split(tmp_path, shown)
    found = load_split(tmp_path, 2)
    for part in ("train", "validation"):
        for before, after in zip(getattr(shown, part), getattr(found, part), strict=True):
            assert np.array_equal(before.obs, after.obs)
            assert np.array_equal(before.terminated, after.terminated)


def test_a_run_without_its_copy_says_so(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"demonstrations.safetensors is missing"):
        load_split(tmp_path, 1)
