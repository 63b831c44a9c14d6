"""The benchmark compares two solvers of the same problem, and measures what it says."""

from __future__ import annotations

import numpy as np

from irl_app.bench.tabular import bench_tabular, measure, minimise_by_lbfgs, peak_megabytes, problem
from trainers.tabular import iq_learn


def test_both_solvers_find_the_same_reward() -> None:
    mdp, counts = problem(6, "gridworld/field", 10)
    newton = iq_learn(mdp, counts.undiscounted, counts.p0, alpha=1.0, penalty="uniform", beta=1.0)
    rival = minimise_by_lbfgs(mdp, counts.undiscounted, cap=5000)
    assert rival.finished
    assert np.abs(rival.reward - newton.reward)[mdp.live].max() < 1e-5


def test_a_cap_is_reported() -> None:
    mdp, counts = problem(10, "gridworld/field", 10)
    rival = minimise_by_lbfgs(mdp, counts.undiscounted, cap=5)
    assert not rival.finished
    assert rival.iterations == 5


def test_every_size_is_measured_in_its_own_process() -> None:
    told: list[tuple[int, int, str]] = []
    (timing,) = bench_tabular((5,), n_demos=3, repeats=3, cap=200, progress=lambda *step: told.append(step))
    assert told == [(0, 1, "5x5")]
    assert timing.side == 5
    assert 20 <= timing.states <= 25
    assert timing.milliseconds > 0
    assert timing.cpu_milliseconds > 0
    assert timing.residual < 1e-6
    assert timing.ratio == timing.lbfgs_milliseconds / timing.milliseconds
    assert timing.peak_megabytes is None or 20 < timing.peak_megabytes < 500


def test_the_peak_never_shrinks() -> None:
    before = peak_megabytes()
    if before is None:
        return
    block = np.ones(60_000_000 // 8)
    after = peak_megabytes()
    assert after is not None
    assert block[0] == 1.0
    assert after >= before


def test_measuring_here_agrees_with_the_problem() -> None:
    timing = measure(4, "gridworld/field", None, repeats=1, cap=50)
    assert timing.states == 16
    assert timing.repeats == 1
