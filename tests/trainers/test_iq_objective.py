"""IQ-Learn's objective for networks, held against what is exactly known of it on tables: one-hot networks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
import torch

from trainers.deep.config import TrainerConfig
from trainers.deep.networks import MLP
from trainers.deep.objectives import Loss
from trainers.deep.replay import Batch
from trainers.deep.update import Critic, CriticUpdate
from trainers.soft import soft_policy
from trainers.spaces import Box, Discrete
from trainers.tabular import iq_learn
from trainers.tabular.mdp import TabularMDP

S, A, GAMMA, TAU, ALPHA = 5, 2, 0.8, 0.7, 1.5
AFTER = np.array([[(s + 1) % S, (s + 2) % S] for s in range(S)])
"""Where an action leads: on a ring, one or two places further."""
WHOLE = TrainerConfig(
    hidden=(), gamma=GAMMA, temperature=TAU, alpha=ALPHA, penalty="expert", value_term="expert"
)
assert WHOLE.gradient == "full"


def ring(gamma: float = GAMMA) -> TabularMDP:
    rows = np.arange(S * A)
    transition = sp.csr_array((np.ones(S * A), (rows, AFTER.ravel())), shape=(S * A, S))
    return TabularMDP(transition, np.full(S, 1.0 / S), gamma, np.zeros(S, bool), np.ones(S, bool))


def closed_walk(seed: int = 0, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """States and actions of a walk that ends where it began: every state is entered as often as left."""
    rng = np.random.default_rng(seed)
    prefers = rng.uniform(0.2, 0.8, S)
    state, states, actions = 0, [], []
    while len(states) < n or state != 0:
        action = int(rng.random() < prefers[state]) if len(states) < n else 0
        states.append(state)
        actions.append(action)
        state = AFTER[state, action]
    return np.array(states), np.array(actions)


def batch_of(states: np.ndarray, actions: np.ndarray) -> Batch:
    one_hot = torch.eye(S)
    none = torch.zeros(1, len(states))
    after = torch.from_numpy(AFTER[states, actions])
    return Batch(
        one_hot[torch.from_numpy(states)][None],
        torch.from_numpy(actions)[None],
        one_hot[after][None],
        none.bool(),
        none,
    )


def update_at(q: np.ndarray, config: TrainerConfig, target: np.ndarray | None = None) -> CriticUpdate:
    """An update whose network's table is q (S, A), and whose target network's is another."""
    update = CriticUpdate(
        config, Box((S,)), Discrete(A), Critic(MLP(S, (), A, [torch.Generator()]), 1), [torch.Generator()]
    )
    for critic, table in ((update.critic, q), (update.target, q if target is None else target)):
        state = critic.state_dict()
        state["network.layers.0.weight"].copy_(torch.from_numpy(table)[None])
        state["network.layers.0.bias"].zero_()
    return update


def slope(
    update: CriticUpdate, batch: Batch, n_expert: int, initial: torch.Tensor | None = None
) -> np.ndarray:
    """(S, A) gradient of the loss by the table."""
    loss: Loss = update.loss(batch, initial, n_expert)[0]
    weight = dict(update.critic.named_parameters())["network.layers.0.weight"]
    return torch.autograd.grad(loss.total.sum(), weight)[0][0].double().numpy()


def shares(states: np.ndarray, actions: np.ndarray) -> np.ndarray:
    found = np.zeros((S, A))
    np.add.at(found, (states, actions), 1.0 / len(states))
    return found


def learner_occupancy(q: np.ndarray, first: np.ndarray) -> np.ndarray:
    """(S, A) discounted occupancy of the soft policy of q, begun by ``first`` (S,)."""
    policy = soft_policy(q, TAU)
    flow = np.zeros((S, S))
    for s in range(S):
        for a in range(A):
            flow[s, AFTER[s, a]] += policy[s, a]
    visits = np.linalg.solve(np.eye(S) - GAMMA * flow.T, (1.0 - GAMMA) * first)
    return visits[:, None] * policy


def exact(states: np.ndarray, actions: np.ndarray, **settings: Any) -> np.ndarray:
    """(S, A) the exact solver's Q."""
    rho = shares(states, actions)
    solution = iq_learn(
        ring(), rho, rho.sum(1), penalty="expert", value_term="expert", temperature=TAU, **settings
    )
    assert solution.certificate.converged
    return solution.q


@pytest.mark.parametrize("divergence", ["chi2", "reverse_kl", "jensen_shannon", "hellinger"])
def test_the_whole_objective_rests_at_the_exact_optimum(divergence: str) -> None:
    states, actions = closed_walk()
    scale = 1.0 if divergence == "chi2" else 4.0
    config = replace(WHOLE, divergence=divergence, scale=scale)
    q = exact(states, actions, divergence=divergence, alpha=ALPHA, scale=scale)
    batch = batch_of(states, actions)
    away = np.random.default_rng(1).normal(size=(S, A))
    assert np.abs(slope(update_at(q, config), batch, len(states))).max() < 1e-5
    assert np.abs(slope(update_at(q + away, config), batch, len(states))).max() > 1e-2


def test_there_the_reward_is_how_far_the_expert_is_ahead() -> None:
    """r = 2 alpha (1 - rho_pi / rho_E), the first-order condition with the penalty on the expert's pairs."""
    states, actions = closed_walk()
    rho, q = shares(states, actions), exact(states, actions, alpha=ALPHA)
    v = TAU * np.log(np.exp(q / TAU).sum(1))
    ahead = 2.0 * ALPHA * (1.0 - learner_occupancy(q, rho.sum(1)) / rho)
    np.testing.assert_allclose(q - GAMMA * v[AFTER], ahead, atol=1e-6)


def test_the_frozen_target_rests_where_the_policy_alone_is_matched() -> None:
    """r = 2 alpha (1 - pi / pi_E), whatever states the learner would come to."""
    states, actions = closed_walk()
    config = replace(WHOLE, gradient="semi", value_clip=None)
    rho = shares(states, actions)
    expert = rho / rho.sum(1, keepdims=True)
    q, v = np.zeros((S, A)), np.zeros(S)
    for _ in range(4000):  # Q comes to rest while its target is held, then the target follows
        for _ in range(200):
            reward = q - GAMMA * v[AFTER]
            q = q - 0.2 * (soft_policy(q, TAU) - expert + expert * reward / (2.0 * ALPHA))
        following = TAU * np.log(np.exp(q / TAU).sum(1))
        if np.abs(following - v).max() < 1e-12:
            break
        v = following
    reward = q - GAMMA * v[AFTER]
    np.testing.assert_allclose(reward, 2.0 * ALPHA * (1.0 - soft_policy(q, TAU) / expert), atol=1e-6)
    batch = batch_of(states, actions)
    assert np.abs(slope(update_at(q, config), batch, len(states))).max() < 1e-5
    assert np.abs(slope(update_at(q, WHOLE), batch, len(states))).max() > 1e-3  # and the whole one does not


def test_the_frozen_target_is_sqil_t_on_demonstrations_alone() -> None:
    states, actions = closed_walk()
    rng = np.random.default_rng(2)
    q, target, batch = rng.normal(size=(S, A)), rng.normal(size=(S, A)), batch_of(states, actions)
    frozen = replace(WHOLE, gradient="semi")
    cloning = replace(WHOLE, method="sqil-t", clone_weight=4.0 * ALPHA)
    found = slope(update_at(q, frozen, target), batch, len(states))
    theirs = slope(update_at(q, cloning, target), batch, len(states))
    np.testing.assert_allclose(4.0 * ALPHA * found, theirs, atol=1e-6)


def test_only_the_whole_objective_follows_what_comes_after() -> None:
    """The gradient of V(s') reaches states that nobody acts in: here the state after the only step."""
    batch = batch_of(np.array([0]), np.array([1]))
    q = np.random.default_rng(3).normal(size=(S, A))
    whole = slope(update_at(q, WHOLE), batch, 1)
    frozen = slope(update_at(q, replace(WHOLE, gradient="semi")), batch, 1)
    assert np.abs(whole[2]).max() > 1e-2
    assert not frozen[2].any()
    assert frozen[0].any()


def test_the_three_value_terms_agree_in_expectation() -> None:
    """(1 - gamma) E_p0[V] = E_mu[V(s) - gamma V(s')] for any occupancy mu from the same start.

    With gamma 1/2 the steps of a walk have the shares 1/2, 1/4, ...; the learner's rows are those of another
    walk from the same place.
    """
    n, gamma = 14, 0.5
    rows = np.repeat(np.arange(n), 2 ** np.arange(n)[::-1])
    walks = []
    for first in (0, 1):
        state, states, actions = 0, [], []
        for t in range(n):
            action = first if t % 3 else 1 - first
            states.append(state)
            actions.append(action)
            state = AFTER[state, action]
        walks.append((np.array(states), np.array(actions)))
    q = np.random.default_rng(4).normal(size=(S, A))
    found = {}
    for term in ("initial", "expert", "mixture"):
        config = replace(
            WHOLE,
            online=True,
            gamma=gamma,
            value_term=term,
            penalty="mixture",  # type: ignore[arg-type]
        )
        batch = batch_of(*(np.concatenate([walk[i][rows] for walk in walks]) for i in (0, 1)))
        loss, _ = update_at(q, config).loss(batch, torch.eye(S)[:1][None], len(rows))
        found[term] = loss.terms["value"].item()
    assert found["expert"] == pytest.approx(found["initial"], abs=1e-3)
    assert found["mixture"] == pytest.approx(found["initial"], abs=1e-3)


def test_with_frozen_targets_only_first_states_feel_the_policy_by_the_initial_term() -> None:
    """Why the initial value term needs the whole objective: else nothing holds V of later states down."""
    config = replace(WHOLE, value_term="initial", gradient="semi", alpha=1e6)
    batch = batch_of(np.array([1, 2]), np.array([0, 0]))
    q, first = np.random.default_rng(5).normal(size=(S, A)), torch.eye(S)[:1][None]
    frozen = slope(update_at(q, config), batch, 2, first)
    whole = slope(update_at(q, replace(config, gradient="full")), batch, 2, first)
    assert not frozen[3].any()
    assert (frozen[1:3, 0] < -0.4).all()  # Q of what was shown only rises
    np.testing.assert_allclose(frozen[1:3, 1], 0.0, atol=1e-5)
    assert whole[2, 1] > 0.05  # the whole objective pushes down what follows the first row
