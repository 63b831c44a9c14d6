"""What a rule for choosing checkpoints loses, on curves made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from irl_app.reproduce.checkpoint_selection import CHECKPOINTS, RULES, SEEDS, arms, regrets
from irl_app.training import Metrics

NAN = float("nan")
LAST = RULES[0]


def curves(**values: list[list[float]]) -> Metrics:
    n = len(values["return"])
    return Metrics(
        np.arange(n), np.arange(n), np.arange(n, dtype=float), {k: np.array(v) for k, v in values.items()}
    )


def rule(signal: str):  # type: ignore[no-untyped-def]
    return next(each for each in RULES if each.signal == signal)


def test_regret_is_against_the_best_but_never_the_first() -> None:
    found = curves(**{"return": [[900.0, 0.0], [100.0, 500.0], [300.0, 200.0]]})
    np.testing.assert_allclose(regrets(found, LAST, 500.0), [0.0, 0.6])


@pytest.mark.parametrize(
    ("signal", "values", "chosen"),
    [
        ("v_demonstrations", [9.0, 1.0, 3.0, 2.0], 2),
        ("reward_gap", [0.0, -3.0, 2.0, -1.0], 3),
        ("bellman_residual", [0.0, 2.0, 1.0, 3.0], 2),
        ("loss", [NAN, 1.0, NAN, 2.0], 1),
        ("heldout_log_likelihood", [NAN, NAN, NAN, NAN], 3),
    ],
)
def test_each_signal_chooses_its_best(signal: str, values: list[float], chosen: int) -> None:
    returns = [0.0, 1.0, 2.0, 3.0]
    found = curves(**{"return": [[x] for x in returns], signal: [[x] for x in values]})
    np.testing.assert_allclose(regrets(found, rule(signal), 1.0), [3.0 - returns[chosen]])


def test_lines_without_an_evaluation_are_no_checkpoints() -> None:
    found = curves(**{"return": [[0.0], [1.0], [NAN], [3.0]], "loss": [[NAN], [2.0], [0.0], [1.0]]})
    np.testing.assert_allclose(regrets(found, rule("loss"), 1.0), [0.0])


def test_what_is_asked() -> None:
    asked = arms(quick=False)
    assert len(asked) == 4
    for config in asked.values():
        assert len(config.seeds) == len(SEEDS) >= 10
        assert config.config["updates"] // config.schedule.evaluate_every == CHECKPOINTS
    assert list(arms(quick=True)) == [("CartPole-v1", 1)]
