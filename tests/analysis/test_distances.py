"""Distances between rewards: invariances on random MDPs, slow obvious references, numbers worked out by
hand."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given, settings

from irl_app.analysis import UndefinedMetricError, pearson
from irl_app.analysis.distances import canonical_distance, dard, epic, starc
from irl_app.rewards import val_canonical
from tests.rewards.random_mdps import random_mdp, random_shaping, random_state_reward, random_table, seeds
from trainers.arrays import FloatArray
from trainers.tabular.mdp import TabularMDP


def varies(mdp: TabularMDP) -> bool:
    return int(mdp.live.sum()) >= 2


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_starc_ignores_shaping_and_scale(seed: int) -> None:
    mdp = random_mdp(seed)
    table, other = random_table(mdp, seed), random_table(mdp, seed + 1)
    shaped = 3.7 * table + random_shaping(mdp, seed)
    assert starc(mdp, shaped, table) == pytest.approx(0.0, abs=1e-7)
    assert starc(mdp, shaped, other) == pytest.approx(starc(mdp, table, other), abs=1e-9)
    assert starc(mdp, -shaped, table) == pytest.approx(1.0, abs=1e-9)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_starc_is_a_distance_and_tells_what_the_canonical_correlation_tells(seed: int) -> None:
    mdp = random_mdp(seed)
    a, b, c = (random_table(mdp, seed + k) for k in range(3))
    assert 0.0 <= starc(mdp, a, b) <= 1.0
    assert starc(mdp, a, b) == pytest.approx(starc(mdp, b, a))
    assert starc(mdp, a, c) <= starc(mdp, a, b) + starc(mdp, b, c) + 1e-12
    rho = pearson(val_canonical(mdp, a)[mdp.live].ravel(), val_canonical(mdp, b)[mdp.live].ravel())
    assert starc(mdp, a, b) == pytest.approx(np.sqrt(0.5 * (1.0 - rho)), abs=1e-6)


def test_starc_of_pure_shaping_is_one_half() -> None:
    mdp = random_mdp(3)
    assert starc(mdp, random_table(mdp, 3), np.zeros((mdp.n_states, mdp.n_actions))) == pytest.approx(0.5)


def test_canonical_distance_golden() -> None:
    assert canonical_distance(np.array([3.0, 4.0]), np.array([4.0, 3.0])) == pytest.approx(np.sqrt(0.02))
    assert canonical_distance(np.zeros(2), np.zeros(2)) == 0.0


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_epic_and_dard_are_zero_for_positive_multiples_plus_a_constant(seed: int) -> None:
    mdp = random_mdp(seed, full_support=True, terminals=False)
    g = random_state_reward(mdp, seed)
    for distance in (epic, dard):
        assert distance(mdp, 2.5 * g + 1.0, g) == pytest.approx(0.0, abs=1e-6)
        assert distance(mdp, -g, g) == pytest.approx(1.0, abs=1e-9)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_epic_and_dard_ignore_shaping(seed: int) -> None:
    """A potential moves r(s, a, s') by gamma h(s') - h(s): as (S, A) -h(s), as (S,) gamma h(s')."""
    mdp = random_mdp(seed)
    assume(varies(mdp))
    h = np.random.default_rng(seed).normal(size=mdp.n_states) * mdp.live
    x, y = random_table(mdp, seed), np.zeros(mdp.n_states)
    kernel = mdp.transition.toarray().reshape(mdp.n_states, mdp.n_actions, -1)
    for slow in (slow_epic_canonical, slow_dard_canonical):
        plain = slow(mdp, kernel, x[:, :, None] + y)
        shaped = slow(mdp, kernel, x[:, :, None] - h[:, None, None] + (y + mdp.gamma * h))
        shift = (shaped - plain)[kernel > 0]
        np.testing.assert_allclose(shift, shift.mean(), atol=1e-9)


@given(seeds)
@settings(max_examples=60, deadline=None)
def test_epic_and_dard_match_their_definitions(seed: int) -> None:
    mdp = random_mdp(seed)
    assume(varies(mdp))
    kernel = mdp.transition.toarray().reshape(mdp.n_states, mdp.n_actions, -1)
    table, g = random_table(mdp, seed), random_state_reward(mdp, seed)
    wide = np.broadcast_to(table[:, :, None], kernel.shape)
    arrival = np.broadcast_to(np.nan_to_num(g), kernel.shape)
    possible = kernel > 0
    for fast, slow in ((epic, slow_epic_canonical), (dard, slow_dard_canonical)):
        forms = [slow(mdp, kernel, reward)[possible] for reward in (wide, arrival)]
        if min(map(np.ptp, forms)) < 1e-6:  # nothing but shaping is left, or nearly
            continue
        rho = pearson(*forms, kernel[possible])
        assert fast(mdp, table, g) == pytest.approx(np.sqrt(0.5 * (1.0 - rho)), abs=1e-7)


def slow_epic_canonical(mdp: TabularMDP, _: FloatArray, r: FloatArray) -> FloatArray:
    """C(r) term by term, r (S, A, S'); S and S' are uniform over the states that there are."""
    mean_from = r[:, :, mdp.valid].mean(axis=(1, 2))  # E r(s, A, S')
    constant = mdp.gamma * mean_from[mdp.valid].mean()  # gamma E r(S, A, S')
    return r + mdp.gamma * mean_from[None, None, :] - mean_from[:, None, None] - constant


def slow_dard_canonical(mdp: TabularMDP, kernel: FloatArray, r: FloatArray) -> FloatArray:
    """C(r) term by term with loops, r (S, A, S'); a terminal state leads to itself."""
    s, a = mdp.n_states, mdp.n_actions
    onward = kernel.mean(axis=1)  # P(S'' | s') with A uniform
    onward[mdp.terminal] = np.eye(s)[mdp.terminal]
    c = np.array(r, dtype=float)
    for here, act, to in zip(*np.nonzero(kernel), strict=True):
        if mdp.terminal[to]:
            first = r[to, :, to].mean()
        else:
            first = sum(kernel[to, b, nxt] * r[to, b, nxt] for b in range(a) for nxt in range(s)) / a
        second = sum(kernel[here, b, mid] * r[here, b, mid] for b in range(a) for mid in range(s)) / a
        third = 0.0
        for mid in range(s):
            for nxt in range(s):
                third += kernel[here, :, mid].mean() * onward[to, nxt] * r[mid, :, nxt].mean()
        c[here, act, to] += mdp.gamma * first - second - mdp.gamma * third
    return c


def ring() -> TabularMDP:
    """Three states in a ring, action 0 steps on, action 1 stays; gamma 1/2."""
    p = np.zeros((3, 2, 3))
    for s in range(3):
        p[s, 0, (s + 1) % 3] = p[s, 1, s] = 1.0
    return TabularMDP(
        sp.csr_array(p.reshape(6, 3)), np.full(3, 1 / 3), 0.5, np.zeros(3, dtype=bool), np.ones(3, dtype=bool)
    )


def test_epic_golden() -> None:
    """Every state is entered twice as often as any other: EPIC of state rewards is their Pearson distance."""
    g, true = np.array([0.0, 0.0, 3.0]), np.array([0.0, 3.0, 3.0])
    assert epic(ring(), g, true) == pytest.approx(np.sqrt((1 - 0.5) / 2))


def test_dard_golden() -> None:
    """C = g(s') - E g(S'): for g = (0, 0, 4) the mean entered from 0, 1, 2 is 0, 2, 2."""
    mdp, g = ring(), np.array([0.0, 0.0, 4.0])
    # transitions 0->1 0->0 1->2 1->1 2->0 2->2: 0 0 2 -2 -2 2; for (4, 0, 0): -2 2 0 0 2 -2
    rho = (2 * -2 + 2 * -2) / 16
    assert dard(mdp, g, np.array([4.0, 0.0, 0.0])) == pytest.approx(np.sqrt((1 - rho) / 2))


def test_distances_say_when_they_are_undefined() -> None:
    mdp = ring()
    for distance in (epic, dard):
        with pytest.raises(UndefinedMetricError, match="only shaping and a constant"):
            distance(mdp, np.full(3, 2.0), np.array([0.0, 1.0, 2.0]))
    with pytest.raises(ValueError, match=r"must be \(3,\) or \(3, 2\)"):
        epic(mdp, np.zeros(4), np.zeros(3))
