"""The committee: the members that stay where the expert was are chosen, and their mean is one network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small_steps import transitions

from trainers.deep import committee
from trainers.deep.committee import HORIZON, Committee
from trainers.deep.config import TrainerConfig
from trainers.deep.trainer import Trainer
from trainers.spaces import Box, Discrete
from trainers.transitions import Transitions

CONFIG = TrainerConfig(
    updates=96,
    hidden=(),
    committee=16,
    temperature=0.1,
    learning_rate=0.03,
    batch_size=8,
    checkpoint_every=32,
)
PLACES, PUSHES = Box((2,)), Discrete(2)
PROBE = np.random.default_rng(5).normal(size=(7, 2)).astype(np.float32)


def pushed(n: int = 40, seed: int = 0) -> Transitions:
    """An unstable place and a number that never changes: x grows by a tenth, 1 pushes up, 0 down.

    The expert pushes back towards 0, a tenth of the time it does not.
    """
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.uniform(-1, 1, n), np.ones(n)])
    action = ((x[:, 0] < 0) ^ (rng.random(n) < 0.1)).astype(int)
    after = np.column_stack([1.1 * x[:, 0] + np.where(action == 1, 0.3, -0.3), np.ones(n)])
    return transitions(x, action, after)


def fresh(seeds: list[int], config: TrainerConfig = CONFIG) -> Committee:
    demonstrations = [pushed(seed=seed) for seed in seeds]
    return Committee(config, PLACES, PUSHES, seeds=seeds, demonstrations=demonstrations)


def q_values(committee: Committee) -> np.ndarray:
    """(K, B, A) at the probe."""
    return committee.learner.action_values(PROBE)


def trained(seeds: list[int], stops: tuple[int, ...] = ()) -> Committee:
    """Trained to the end, made anew from its own state at every stop."""
    learner = fresh(seeds)
    for stop in stops:
        learner.advance(stop - learner.update)
        tensors, about = learner.state_dict()
        learner = fresh(seeds)
        learner.load_state_dict(tensors, about)
    learner.advance(CONFIG.updates)
    return learner


def test_steps_stayed_are_those_of_a_walk_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committee, "HORIZON", 40)
    demonstrated = committee._Evidence(pushed(), 2, 0)
    slopes = np.zeros((3, 2, 2))
    slopes[0, 0] = [50.0, -50.0]  # pushes back, so it stays
    slopes[1, 0] = [-50.0, 50.0]  # pushes away
    slopes[2, 1] = [-50.0, 50.0]  # always pushes up
    found = demonstrated.stays(slopes, np.zeros((3, 1, 2)), 0.01, np.random.default_rng(0))
    limits = demonstrated.centre[0] + np.array([-1, 1]) * demonstrated.reach[0]
    for member, push in enumerate((lambda x: -np.sign(x), np.sign, lambda x: 1.0)):
        stayed = []
        for x in demonstrated.starts[:, 0]:
            steps = 0
            while steps < 40:
                x = 1.1 * x + 0.3 * push(x)
                if not limits[0] <= x <= limits[1]:
                    break
                steps += 1
            stayed.append(steps)
        assert found[member] == pytest.approx(np.mean(stayed)), member
    assert found[0] == 40 > found[1]


def test_a_policy_that_stays_is_found_among_members_most_of_which_leave_at_once() -> None:
    learner = fresh([0])
    demonstrated, generator = learner._demonstrated[0], np.random.default_rng(0)
    members = 0.05 * generator.normal(size=(64, 7))

    def stays(weights: np.ndarray) -> np.ndarray:
        slopes, offsets = weights[:, 1:-2].reshape(-1, 2, 2), weights[:, None, -2:]
        return demonstrated.stays(slopes, offsets, 0.1, np.random.default_rng(7))

    assert np.median(stays(members)) < 0.05 * HORIZON
    assert stays(learner._chosen(members, demonstrated, generator)[None])[0] == HORIZON


def test_checkpoints_hold_the_mean_as_one_network() -> None:
    learner = trained([0, 1])
    tensors = learner.state_dict()[0]
    weight, bias = (tensors[f"critic.network.layers.0.{name}"].numpy() for name in ("weight", "bias"))
    np.testing.assert_allclose(PROBE @ weight + bias, q_values(learner), atol=1e-5)
    assert not np.allclose(weight[0], weight[1])
    single = Trainer(replace(CONFIG, committee=1), PLACES, PUSHES, seeds=[0, 1], demonstrations=[pushed()])
    critic = {n.removeprefix("critic."): t for n, t in tensors.items() if n.startswith("critic.")}
    single.critic.load_state_dict(critic)
    np.testing.assert_array_equal(single.learner.action_values(PROBE), q_values(learner))


@pytest.mark.parametrize("stops", [(32,), (32, 64)])
def test_interrupted_at_checkpoints_ends_with_the_same_bits(stops: tuple[int, ...]) -> None:
    whole, resumed = trained([0, 3]).state_dict()[0], trained([0, 3], stops).state_dict()[0]
    assert set(whole) == set(resumed)
    for name, tensor in whole.items():
        assert torch.equal(tensor, resumed[name]), name


def test_a_seed_learns_the_same_alone_and_beside_others() -> None:
    together, alone = trained([5, 7]), trained([7])
    np.testing.assert_allclose(q_values(together)[1], q_values(alone)[0], atol=1e-3, rtol=1e-3)


def test_to_look_changes_nothing() -> None:
    looked_at, whole = fresh([0]), fresh([0])
    while not looked_at.finished:
        looked_at.advance(32)
        q_values(looked_at)
        assert set(looked_at.statistics()) >= {"loss", "q_abs_max", "entropy"}
    whole.advance(CONFIG.updates)
    np.testing.assert_array_equal(q_values(looked_at), q_values(whole))


def test_actions_may_be_numbered_from_anywhere() -> None:
    steps = pushed()
    shifted = Committee(
        CONFIG, PLACES, Discrete(2, 3), seeds=[0], demonstrations=[replace(steps, action=steps.action + 3)]
    )
    shifted.advance(CONFIG.updates)
    np.testing.assert_array_equal(q_values(shifted), q_values(trained([0])))


def test_states_of_another_committee_are_refused() -> None:
    tensors, about = fresh([0]).state_dict()
    with pytest.raises(ValueError, match="another configuration"):
        fresh([0], replace(CONFIG, committee=24)).load_state_dict(tensors, about)


def test_a_member_that_has_run_away_is_not_chosen() -> None:
    learner = fresh([0])
    members = 0.05 * np.random.default_rng(0).normal(size=(64, 7))
    members[:40] = np.nan
    assert np.isfinite(learner._chosen(members, learner._demonstrated[0], np.random.default_rng(1))).all()


def test_demonstrations_must_fit_as_those_of_one_network() -> None:
    with pytest.raises(ValueError, match="one set of demonstrations or 3, one a seed, got 2"):
        Committee(CONFIG, PLACES, PUSHES, seeds=[0, 1, 2], demonstrations=[pushed(), pushed()])
    with pytest.raises(ValueError, match="observe shape"):
        Committee(CONFIG, Box((5,)), PUSHES, seeds=[0], demonstrations=[pushed()])


@pytest.mark.parametrize(
    "changes", [{"hidden": (8,)}, {"online": True}, {"network": "cnn", "hidden": (8, 8)}]
)
def test_only_linear_networks_that_learn_from_demonstrations_have_committees(changes: dict) -> None:
    with pytest.raises(ValueError, match="linear Q and demonstrations alone"):
        replace(CONFIG, **changes)
    for members in (0, 2, 1000):
        with pytest.raises(ValueError, match=r"committee must be (1 or from 16|a whole .* 1) to 256"):
            replace(CONFIG, committee=members)
    with pytest.raises(ValueError, match="Committee"):
        Trainer(CONFIG, PLACES, PUSHES, seeds=[0], demonstrations=[pushed()])
