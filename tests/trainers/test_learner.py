"""The one face of learners, over a table of Q-values: how it acts, and what it makes of steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chisquare

from trainers.learner import DiscreteLearner, SoftmaxLearner
from trainers.soft import soft_policy, soft_value
from trainers.spaces import Discrete, SpaceError

TAU, GAMMA, END = 0.7, 0.9, -2.0
TABLE = np.random.default_rng(0).normal(size=(2, 5, 3))
"""(K, S, A) of two learners."""
OBS = np.arange(5)[:, None]
NEXT = np.array([1, 2, 3, 4, 0])[:, None]
ACTION = np.array([0, 2, 1, 1, 0])
ENDED = np.array([False, False, True, False, True])


def looked_up(table: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Q of observations (..., B, 1) that are numbers of states, of a table (S, A) or (K, S, A)."""
    if table.ndim == 2:
        return lambda obs: table[obs[..., 0]]
    return lambda obs: table[np.arange(len(table))[:, None], obs[..., 0]]


def single(k: int = 0, **changes: object) -> SoftmaxLearner:
    learner = SoftmaxLearner(looked_up(TABLE[k]), Discrete(3), TAU, GAMMA, END)
    return replace(learner, **changes)  # type: ignore[arg-type]


def test_a_judgement_is_worked_out_step_by_step() -> None:
    found = single().judge(OBS, ACTION, NEXT, ENDED)
    for i, (s, a, s2, ended) in enumerate(zip(OBS[:, 0], ACTION, NEXT[:, 0], ENDED, strict=True)):
        v, v2 = (TAU * math.log(sum(math.exp(q / TAU) for q in TABLE[0, at])) for at in (s, s2))
        after = END if ended else v2
        assert found.q[i] == TABLE[0, s, a]
        assert found.v[i] == pytest.approx(v)
        assert found.next_v[i] == pytest.approx(after)
        assert found.log_prob[i] == pytest.approx((TABLE[0, s, a] - v) / TAU)
        assert found.reward[i] == pytest.approx(TABLE[0, s, a] - GAMMA * after)


def test_the_probabilities_of_all_actions_sum_to_one() -> None:
    learner = single()
    each = [np.exp(learner.judge(OBS, np.full(5, a), NEXT, ENDED).log_prob) for a in range(3)]
    np.testing.assert_allclose(np.sum(each, 0), 1.0)
    np.testing.assert_allclose(np.transpose(each), learner.policy(OBS))
    np.testing.assert_allclose(learner.values(OBS), soft_value(TABLE[0], TAU))


def test_it_can_list_what_every_action_is_worth() -> None:
    assert isinstance(single(), DiscreteLearner)
    np.testing.assert_array_equal(single().action_values(OBS), TABLE[0])


def test_it_acts_as_often_as_its_policy_says() -> None:
    n, learner = 4_000, single()
    actions = learner.act(np.repeat(OBS, n, 0), np.random.default_rng(1)).reshape(5, n)
    for s, policy in enumerate(learner.policy(OBS)):
        assert chisquare(np.bincount(actions[s], minlength=3), n * policy).pvalue > 1e-3


@pytest.mark.parametrize(("changes", "deterministic"), [({}, True), ({"temperature": 0.0}, False)])
def test_deterministic_is_greedy(changes: dict[str, float], deterministic: bool) -> None:
    generator = np.random.default_rng(2)
    actions = single(**changes).act(np.repeat(OBS, 50, 0), generator, deterministic)
    np.testing.assert_array_equal(actions, np.repeat(TABLE[0].argmax(-1), 50))
    assert generator.random() == np.random.default_rng(2).random()  # nothing was drawn


def test_without_temperature_only_the_best_action_can_be() -> None:
    learner = single(temperature=0.0)
    best = TABLE[0].argmax(-1)
    found = learner.judge(OBS, best, NEXT, ENDED)
    np.testing.assert_array_equal(found.log_prob, 0.0)
    np.testing.assert_array_equal(found.v, TABLE[0].max(-1))
    np.testing.assert_allclose(found.reward, TABLE[0].max(-1) - GAMMA * found.next_v)
    np.testing.assert_array_equal(learner.judge(OBS, (best + 1) % 3, NEXT, ENDED).log_prob, -np.inf)


def test_actions_are_numbered_as_their_space_has_them() -> None:
    learner, shifted = single(), single(action_space=Discrete(3, start=1))
    for deterministic in (False, True):
        a, b = (x.act(OBS, np.random.default_rng(3), deterministic) for x in (learner, shifted))
        np.testing.assert_array_equal(b, a + 1)
    a, b = learner.judge(OBS, ACTION, NEXT, ENDED), shifted.judge(OBS, ACTION + 1, NEXT, ENDED)
    for name, values in vars(a).items():
        np.testing.assert_array_equal(values, getattr(b, name))


def test_a_cloned_policy_is_read_where_every_state_is_worth_nothing() -> None:
    plain, cloned = single(), single(cloned=True, terminal_value=0.0)
    found = cloned.judge(OBS, ACTION, NEXT, ENDED)
    for zero in (found.v, found.next_v, cloned.values(OBS)):
        np.testing.assert_allclose(zero, 0.0, atol=1e-12)
    np.testing.assert_allclose(found.reward, TAU * found.log_prob, atol=1e-12)
    np.testing.assert_allclose(found.log_prob, plain.judge(OBS, ACTION, NEXT, ENDED).log_prob)
    np.testing.assert_allclose(cloned.policy(OBS), plain.policy(OBS))
    higher = single(q_function=looked_up(TABLE[0] + np.arange(5)[:, None]), cloned=True)
    np.testing.assert_allclose(higher.action_values(OBS), cloned.action_values(OBS))


def test_learners_side_by_side_are_those_that_they_are_alone() -> None:
    ends = np.array([[END], [3.0]])
    stacked = SoftmaxLearner(looked_up(TABLE), Discrete(3), TAU, GAMMA, ends)
    obs, after, ended = (np.stack([x, x[::-1]]) for x in (OBS, NEXT, ENDED))
    action = np.stack([ACTION, 2 - ACTION])
    found = stacked.judge(obs, action, after, ended)
    for k, end in enumerate(ends[:, 0]):
        alone = single(k, terminal_value=float(end))
        for name, values in vars(alone.judge(obs[k], action[k], after[k], ended[k])).items():
            np.testing.assert_allclose(getattr(found, name)[k], values, err_msg=name)
        np.testing.assert_allclose(stacked.policy(obs)[k], alone.policy(obs[k]))
        greedy = alone.act(obs[k], np.random.default_rng(0), deterministic=True)
        np.testing.assert_array_equal(stacked.act(obs, np.random.default_rng(0), True)[k], greedy)
    assert stacked.act(obs, np.random.default_rng(0)).shape == (2, 5)


def test_single_precision_networks_are_judged_in_double() -> None:
    rounded = TABLE[0].astype(np.float32)
    found = single(q_function=looked_up(rounded)).judge(OBS, ACTION, NEXT, ENDED)
    np.testing.assert_allclose(
        np.exp(found.log_prob), soft_policy(rounded.astype(float), TAU)[OBS[:, 0], ACTION]
    )
    assert {values.dtype for values in vars(found).values()} == {np.dtype(np.float64)}


def test_several_learners_can_look_at_the_same_steps() -> None:
    both = replace(single(), q_function=lambda obs: TABLE[:, obs[..., 0]])
    found = both.judge(OBS, ACTION, NEXT, ENDED)
    for k in range(2):
        np.testing.assert_array_equal(found.reward[k], single(k).judge(OBS, ACTION, NEXT, ENDED).reward)
    np.testing.assert_array_equal(both.advantage(OBS, ACTION)[1], single(1).advantage(OBS, ACTION))


@pytest.mark.parametrize(("start", "action"), [(0, -1), (0, 3), (1, 0), (1, 4)])
def test_an_action_that_there_is_not_is_refused(start: int, action: int) -> None:
    learner, taken = single(action_space=Discrete(3, start)), np.full(5, action)
    for ask in (learner.advantage, lambda obs, a: learner.judge(obs, a, NEXT, ENDED)):
        with pytest.raises(SpaceError, match=f"actions must be whole numbers from {start} to"):
            ask(OBS, taken)
