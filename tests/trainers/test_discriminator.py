"""Discriminators: slopes by hand, the optimum by counts, what they pay, and who learns from it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor
from tracing import trace_only

from tests.trainers.test_actor_critic import config, mean_return, trainer, update
from trainers.deep.adam import Adam
from trainers.deep.discriminator import (
    MOST_ABSORBING,
    ActionDiscriminator,
    Adversary,
    ShapedReward,
    discriminator_loss,
    input_gradient,
)
from trainers.deep.networks import MLP
from trainers.deep.replay import Batch
from trainers.gaussian import log_density, split, unsquashed

RAIL = {"gamma": 0.9, "terminal": "absorbing", "discriminator_rate": 1e-3}


def generators(n: int = 2) -> list[torch.Generator]:
    return [torch.Generator().manual_seed(seed) for seed in range(n)]


def batch(rows: int, ended: float = 0.2) -> Batch:
    """Random rows of two seeds, two numbers in an observation and one in an action."""
    drawn = torch.Generator().manual_seed(9)
    obs, next_obs, action = (torch.randn(2, rows, n, generator=drawn) for n in (2, 2, 1))
    terminated = torch.rand(2, rows, generator=drawn) < ended
    return Batch(obs, torch.tanh(action), next_obs, terminated, torch.zeros(2, rows))


def counted(expert: list[int], own: list[int]) -> Batch:
    """Rows in two places, as often as these say, one seed; what a row ends in is told by its place."""
    place = torch.tensor([0] * expert[0] + [1] * expert[1] + [0] * own[0] + [1] * own[1])
    obs = torch.nn.functional.one_hot(place, 2).float()[None]
    return Batch(obs, torch.zeros(1, len(place), 0), obs, place[None] == 1, torch.zeros(1, len(place)))


@pytest.mark.parametrize("hidden", [(), (8,), (16, 8)])
def test_the_slope_of_a_perceptron_is_that_of_autograd_and_so_is_its_gradient(
    hidden: tuple[int, ...],
) -> None:
    network, x = MLP(3, hidden, 1, generators()), torch.randn(2, 7, 3, requires_grad=True)
    (expected,) = torch.autograd.grad(network(x).sum(), x, create_graph=True)
    found = input_gradient(network, x)
    torch.testing.assert_close(found, expected)
    weights = [weight for name, weight in network.named_parameters() if "weight" in name]
    for one, other in zip(
        torch.autograd.grad(found.norm(dim=-1).sum(), weights),
        torch.autograd.grad(expected.norm(dim=-1).sum(), weights),
        strict=True,
    ):
        torch.testing.assert_close(one, other)


def test_slopes_are_by_all_that_a_discriminator_sees_of_a_step() -> None:
    steps = batch(7)
    seen = [getattr(steps, name).requires_grad_() for name in ("obs", "action", "next_obs")]
    for own, inputs in (
        (ActionDiscriminator(2, 1, (8, 8), generators()), seen[:2]),
        (ShapedReward(2, (8, 8), 0.9, generators()), seen[::2]),
    ):
        by_each = torch.autograd.grad(own(steps).sum(), inputs)
        torch.testing.assert_close(own.slope(steps), torch.cat(by_each, -1).norm(dim=-1))


def test_airls_reward_is_that_of_the_state_and_its_shaping_which_stops_at_the_end() -> None:
    own, steps = ShapedReward(2, (8,), 0.9, generators()), batch(7)
    g, h, after = (net(x)[..., 0] for net, x in (
        (own.reward, steps.obs), (own.shaping, steps.obs), (own.shaping, steps.next_obs)
    ))  # fmt: skip
    torch.testing.assert_close(own(steps), g - h + torch.where(steps.terminated, 0.0, 0.9 * after))


def test_the_best_logit_is_the_log_ratio_of_how_often_steps_are_demonstrated_and_own() -> None:
    steps, settings = counted([30, 10], [5, 35]), config(method="dac", hidden=(), terminal="absorbing")
    own = Adversary(settings, 2, 0, generators(1), torch.device("cpu"))
    adam = Adam(dict(own.discriminator.named_parameters()), 0.03)
    mix = torch.zeros(1, 40, 1)
    for _ in range(600):
        loss = discriminator_loss(own.discriminator, steps, torch.zeros(1, 80), mix, 40)
        entropy = loss.total - 10.0 * loss.terms["gradient_penalty"]
        adam.step(torch.autograd.grad(entropy.sum(), adam.parameters))
    reward, for_ever = own.rewards(steps)
    torch.testing.assert_close(reward[0, 0].item(), math.log(30 / 5), atol=0.02, rtol=0.0)
    torch.testing.assert_close(reward[0, -1].item(), math.log(10 / 35), atol=0.02, rtol=0.0)
    # every step in the second place ends: so often does the absorbing state follow
    torch.testing.assert_close(for_ever[0, 0].item(), 100.0 * math.log(10 / 35), atol=2.0, rtol=0.0)


def test_an_absorbing_state_that_nobody_demonstrates_is_worth_no_less_than_its_bound() -> None:
    own = Adversary(
        config(method="dac", terminal="absorbing", gamma=0.9), 2, 1, generators(), torch.device("cpu")
    )
    with torch.no_grad():
        own.discriminator.absorbing.fill_(-1e3)
    assert own.rewards(batch(4))[1].flatten().tolist() == pytest.approx([-10.0 * MOST_ABSORBING] * 2)


def test_airls_logit_is_its_reward_less_the_policys_log_likelihood() -> None:
    own, steps = ShapedReward(2, (8,), 0.9, generators()), batch(8)
    log_prob, mix = torch.randn(2, 8), torch.rand(2, 4, 1)
    d = own(steps).exp() / (own(steps).exp() + log_prob.exp())
    loss = discriminator_loss(own, steps, log_prob, mix, 4)
    expected = -d[:, :4].log().mean(1) - (1.0 - d[:, 4:]).log().mean(1)
    torch.testing.assert_close(loss.terms["discriminator"], expected)


@pytest.mark.parametrize("scale", [5.0, 0.2])
def test_the_gradient_penalty_pulls_slopes_towards_one(scale: float) -> None:
    own, steps, mix = ActionDiscriminator(2, 1, (16, 16), generators()), batch(64), torch.rand(2, 32, 1)
    with torch.no_grad():
        own.network.layers[-1].weight.mul_(5.0 * scale)
    adam, found = Adam(dict(own.network.named_parameters()), 1e-2), []
    for _ in range(200):
        loss = discriminator_loss(own, steps, torch.zeros(2, 64), mix, 32)
        found.append(float(loss.terms["gradient_penalty"].detach().max()))
        adam.step(torch.autograd.grad(loss.total.sum(), adam.parameters))
    assert found[0] > 0.3
    assert found[-1] < 0.3 * found[0]


@pytest.mark.parametrize(
    ("method", "terminal"), [("dac", "absorbing"), ("airl", "absorbing"), ("dac", "zero")]
)
def test_critics_are_paid_by_the_discriminator_after_its_step(method: str, terminal: str) -> None:
    own, steps = update(method=method, terminal=terminal, temperature=0.5)
    adversary = own.adversary
    assert adversary is not None
    scaled = replace(steps, obs=own.scale(steps.obs), next_obs=own.scale(steps.next_obs))
    with torch.no_grad():
        adversary.discriminator.absorbing.fill_(0.3)
    before = adversary.discriminator(scaled)
    paid, _ = own._paid(adversary, scaled, torch.rand(2, 16, 1), 16)
    after, for_ever = adversary.rewards(scaled)
    assert not torch.equal(before, after)
    unit = 0.5 if method == "airl" else 1.0
    torch.testing.assert_close(paid.reward, unit * after)
    end = unit * for_ever.repeat_interleave(2, 0) if terminal == "absorbing" else torch.zeros(4, 1)
    torch.testing.assert_close(own.critic.terminal_value.detach(), end)
    torch.testing.assert_close(own.target.terminal_value, end)
    loss, rows = own.loss(paid, None, 16, torch.zeros(2, 2, 32, 1))
    following = torch.where(rows.terminated, end, rows.next_v)
    expected = ((rows.q - paid.reward.repeat_interleave(2, 0) - 0.99 * following) ** 2).mean(1)
    torch.testing.assert_close(loss.total, expected)
    assert own.face().terminal_value == pytest.approx(end[::2].numpy())


def test_airl_asks_the_policy_of_now_about_the_actions_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    own, steps = update(method="airl")
    adversary, asked = own.adversary, []
    assert adversary is not None

    def improve(_: Batch, log_prob: Tensor, *others: object) -> dict[str, Tensor]:
        asked.append(log_prob)
        return {}

    monkeypatch.setattr(adversary, "improve", improve)
    own._paid(adversary, steps, torch.rand(2, 16, 1), 16)
    torch.testing.assert_close(
        asked[0], log_density(unsquashed(steps.action), *split(own.actor(steps.obs.float()))).detach()
    )


def test_dac_learns_from_demonstrations_to_steer() -> None:
    learned = trainer(method="dac", target_entropy=-1.0, updates=300, **RAIL)
    learned.advance(300)
    assert mean_return(learned.learner) > -5.0  # the expert earns about -3, random pushes -40
    found = learned.statistics()
    assert {"loss/discriminator", "loss/gradient_penalty", "loss/absorbing_logit"} <= set(found)
    assert found["loss/absorbing_logit"][0] < 0.0  # only own episodes end


def test_airl_learns_to_steer_and_its_reward_of_the_state_prefers_the_middle() -> None:
    learned = trainer(method="airl", temperature=0.1, updates=400, **RAIL)
    learned.advance(400)
    assert mean_return(learned.learner) > -10.0
    adversary = learned._update.adversary  # type: ignore[union-attr]
    assert adversary is not None
    assert isinstance(adversary.discriminator, ShapedReward)
    x = torch.linspace(-1.5, 1.5, 31)  # within the reach of scaled observations
    obs = learned._update.scale(torch.stack((x, torch.ones(31)), -1)[None])  # type: ignore[union-attr]
    reward = adversary.discriminator.reward(obs)[0, :, 0].detach()
    assert spearmanr(reward.numpy(), -np.abs(x.numpy())).statistic > 0.8


def test_the_traced_update_is_the_eager_one(monkeypatch: pytest.MonkeyPatch) -> None:
    trace_only(monkeypatch)
    found = []
    for compiled in (False, True):
        own, steps = update(method="airl", terminal="absorbing", compile=compiled)
        own(steps, None, 16)
        found.append(own.state_dict())
    eager, traced = found
    for name, tensor in eager.items():
        if "adam" not in name:
            torch.testing.assert_close(traced[name], tensor, rtol=2e-3, atol=2e-4)
