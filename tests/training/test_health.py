"""The verdict on curves made by hand: settled, learning, unstable, and what is said of each."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.training import Metrics
from irl_app.training.health import health

NAN = float("nan")


def curves(**values: object) -> Metrics:
    """Metrics with these (T, K) or (T,) values; the shorter ones have no newer observations."""
    arrays = {name: np.array(rows, float).reshape(len(rows), -1) for name, rows in values.items()}  # type: ignore[arg-type]
    n = max(map(len, arrays.values()))
    padded = {name: np.pad(x, ((0, n - len(x)), (0, 0)), constant_values=NAN) for name, x in arrays.items()}
    return Metrics(np.arange(n), np.arange(n), np.arange(n, dtype=float), padded)


def risen(points: int = 40, pace: float = 12.0) -> np.ndarray:
    """From 0 to 1, most of it at the beginning."""
    return 1.0 - np.exp(-np.linspace(0.0, pace, points))


def alarms(metrics: Metrics) -> tuple[str, ...]:
    return health(metrics).alarms


def test_alarms() -> None:
    assert alarms(curves(loss=[[1.0, 2.0]], q_abs_max=[[5.0, 6.0]])) == ()
    assert alarms(curves(loss=[[1.0, 2.0], [NAN, 1.0]])) == ("the loss of 1 of 2 seeds is no number",)
    grows = [[10.0, 1.0], [100.0, 900.0], [200.0, 1000.0], [1000.5, 1500.0]]
    assert alarms(curves(q_abs_max=grows)) == ("|Q| of 1 of 2 seeds grows, now 1500",)
    assert alarms(curves(q_abs_max=[[NAN, NAN], [1.0, 1.0]])) == ()


def test_alarms_of_entropy_wait_for_four_looks() -> None:
    same = curves(action_entropy=[[0.0, 0.9]] * 4, policy_entropy=[[0.0, 1.0]] * 4)
    assert alarms(same) == (
        "the action of 1 of 2 seeds is always the same",
        "the policy of 1 of 2 seeds is as good as random moves",
    )
    assert alarms(curves(action_entropy=[[0.0, 0.9]] * 3, policy_entropy=[[0.0, 1.0]] * 3)) == ()


def test_nothing_yet() -> None:
    assert health(curves(loss=[1.0, 2.0, 3.0])).state == "waiting"
    assert health(Metrics(np.arange(0), np.arange(0), np.arange(0.0), {})).state == "waiting"


def test_a_signal_seen_too_rarely_is_waited_for() -> None:
    early = curves(loss=1.0 - risen(), reward_gap=[0.0, 0.1, 0.1])
    assert health(early).state == "waiting"
    assert health(curves(loss=1.0 - risen(), reward_gap=[0.0, 0.1, 0.1, 0.1])).state == "settled"


def test_what_has_come_to_rest_has_settled_noise_or_not() -> None:
    noise = np.random.default_rng(0).normal(0, 0.03, 40)
    found = health(curves(v_demonstrations=risen(), loss=1.0 - risen() + noise))
    assert (found.state, found.seeds, found.alarms) == ("settled", ("settled",), ())
    assert found.verdict.startswith("It has converged: over the last half of the run the loss and V on")


def test_pure_noise_has_nowhere_to_go() -> None:
    noise = np.random.default_rng(1).normal(size=(60, 20))
    assert health(curves(loss=noise)).seeds.count("settled") >= 17  # two standard errors: one in twenty


def test_one_signal_that_moves_is_enough() -> None:
    found = health(curves(loss=1.0 - risen(), v_demonstrations=np.linspace(0, 1, 40)))
    assert found.state == "learning"
    assert found.verdict == "It has not converged: V on demonstrations still moves."


def test_every_seed_is_judged_by_itself() -> None:
    v = np.stack([risen(), np.linspace(0, 1, 40), risen()], 1)
    size = np.stack([risen(), np.ones(40), np.geomspace(1, 1e6, 40)], 1)
    found = health(curves(v_demonstrations=v, q_abs_max=size))
    assert found.seeds == ("settled", "learning", "unstable")
    assert found.state == "unstable"
    assert found.verdict == (
        "Do not trust 1 of 3 seeds: |Q| of 1 of 3 seeds grows, now 1000000. "
        "Still learning: 1 of 3 seeds, as V on demonstrations still moves. "
        "Converged: 1 of 3 seeds."
    )


def test_the_level_of_a_recovered_reward_is_free_to_wander() -> None:
    wanders = np.linspace(0, 1, 40)
    levels = {"v_demonstrations": wanders, "q_abs_max": wanders, "heldout_log_likelihood": -wanders}
    given = curves(loss=1.0 - risen(), **levels)
    recovered = curves(loss=1.0 - risen(), **{"loss/expert_reward": risen(), **levels})
    assert health(given).state == "learning"
    assert health(recovered).state == "settled"


def test_a_single_seed_is_spoken_of_as_it() -> None:
    found = health(curves(q_abs_max=np.geomspace(1, 1e6, 40)))
    assert found.verdict == "Do not trust it: |Q| grows, now 1000000."


def test_the_true_return_changes_nothing() -> None:
    alone = curves(loss=1.0 - risen())
    both = curves(
        loss=1.0 - risen(), **{"return": np.linspace(0, 500, 40), "length": np.linspace(0, 500, 40)}
    )
    assert health(alone) == health(both)


@pytest.mark.parametrize("looks", [4, 5, 6, 7])
def test_few_looks_are_enough_for_a_clear_case(looks: int) -> None:
    assert health(curves(v_demonstrations=np.linspace(0, 1, looks))).state == "learning"
    assert health(curves(v_demonstrations=[0.0] + [1.0] * (looks - 1))).state == "settled"
