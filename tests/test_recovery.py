"""From demonstrations to rewards: every method in every preset, what each setting does, what must hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from irl_app.analysis import judge, surprise
from irl_app.demonstrations import DemonstrationError, collect
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridSpec
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.experts import expert_policy, soft_expert
from irl_app.findings.grids import recover_seed, recovery_config
from irl_app.recovery import Recovery, recover, recovery_of, solver_steps, with_solution
from irl_app.rewards import StateReward, arrival_values, expected_reward_table, val_canonical
from irl_app.runs import World
from trainers.settings import SettingError, settings_of
from trainers.soft import soft_value
from trainers.tabular import Prior
from trainers.tabular.config import METHODS, TabularConfig
from trainers.tabular.planning import expected_reward, soft_optimal


def small(preset: str) -> GridSpec:
    return make_preset(preset, max(PRESETS[preset].smallest, 5))


def learned(grid: GridSpec, preset: str, n: int = 8, **config: Any) -> Recovery:
    policy = expert_policy(PRESETS[preset].expert, grid, PRESETS[preset].expert_value)
    return recover(grid, collect(grid, policy, n, 0, "test"), TabularConfig(**config))


@pytest.mark.parametrize("method", METHODS)
def test_the_solver_is_watched_from_its_first_guess_to_its_answer(method: str) -> None:
    recovery = learned(small("goal"), "goal", method=method, prior=Prior())
    steps = solver_steps(recovery)
    assert steps[-1] is recovery.solution
    assert (len(steps) == 1) == (method in ("bc", "oracle"))
    np.testing.assert_allclose(steps[-1].q, steps[max(0, len(steps) - 2)].q, atol=1e-5)
    if len(steps) > 1:
        assert not np.allclose(with_solution(recovery, steps[0]).arrivals, recovery.arrivals, equal_nan=True)
        assert surprise(recovery.mdp, recovery.counts, steps[0]) > surprise(
            recovery.mdp, recovery.counts, recovery.solution
        )
        assert steps[0].certificate.residual > 100 * recovery.solution.certificate.residual


@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_method_runs_in_every_preset_and_its_lenses_fit_together(
    preset: str, method: str, terminal: str
) -> None:
    grid = small(preset)
    recovery = learned(grid, preset, method=method, terminal=terminal, prior=Prior())
    mdp, rewards, solution = recovery.mdp, recovery.rewards, recovery.solution
    assert solution.certificate.converged, solution.certificate.notes
    assert set(rewards) == {"transition", "marginal", "deshaped", "state"}
    marginal = expected_reward_table(rewards["marginal"], mdp)
    np.testing.assert_allclose(marginal, expected_reward_table(rewards["transition"], mdp), atol=1e-9)
    np.testing.assert_allclose(
        expected_reward_table(rewards["deshaped"], mdp), val_canonical(mdp, marginal), atol=1e-9
    )
    state = rewards["state"]
    assert isinstance(state, StateReward)
    assert (np.isfinite(arrival_values(state, mdp)) == mdp.valid).all()
    assert state.info.kind == ("disentangled" if solution.state_reward is None else "state")
    assert {reward.info.method for reward in rewards.values()} == {method}
    np.testing.assert_allclose(solution.policy.sum(axis=1), 1.0)
    np.testing.assert_allclose(solution.v[mdp.live], soft_value(solution.q[mdp.live], 1.0))


@pytest.mark.parametrize("terminal", ["zero", "absorbing"])
@pytest.mark.parametrize("preset", ["static-walls", "goal", "reset"])
def test_the_state_lens_of_state_methods_pays_what_the_other_lenses_pay_up_to_shaping(
    preset: str, terminal: str
) -> None:
    grid = small(preset)
    for method in ("ml", "mce", "iq-state"):
        recovery = learned(grid, preset, method=method, terminal=terminal, prior=Prior())
        forms = [
            val_canonical(recovery.mdp, expected_reward_table(recovery.rewards[lens], recovery.mdp))
            for lens in ("state", "marginal")
        ]
        if terminal == "zero" or preset != "static-walls":
            np.testing.assert_allclose(forms[0], forms[1], atol=1e-6)
        else:  # Q counts the entropy of acting after the end, a table of rewards does not
            assert (
                np.corrcoef(forms[0][recovery.mdp.live].ravel(), forms[1][recovery.mdp.live].ravel())[0, 1]
                > 0.99
            )


@pytest.mark.parametrize("preset", PRESETS)
def test_the_oracle_gets_a_perfect_card_whatever_else_is_asked(preset: str) -> None:
    recovery = learned(small(preset), preset, method="oracle", dynamics="estimated", terminal="absorbing")
    card = judge(recovery)
    for name in ("pearson_raw", "pearson_val", "pearson_state", "value_pearson"):
        assert card.value(name) == pytest.approx(1.0, abs=1e-9)
    for name in ("regret", "regret_state", "regret_transfer"):
        assert card.value(name) == 0.0
    assert not any("estimated" in warning for warning in card.warnings)


def test_exact_occupancy_recovers_the_reward() -> None:
    """5x5, gamma .9, tau 1, expert-only chi-squared with alpha 100."""
    settings = TabularConfig(method="iq", alpha=100.0, penalty="expert", temperature=1.0, gamma=0.9)
    _, card = recover_seed(recovery_config("gridworld/open", settings, n_demos=None, world=World(size=5)), 0)
    assert card["pearson_val"].value >= 0.999
    assert card["pearson_state"].value >= 0.999
    assert card["regret"].value <= 1e-6
    assert card.coverage.n_episodes is None


def test_endless_demonstrations_at_a_temperature_near_zero_are_not_certified() -> None:
    """A million visits of an expert that no reward at 1e-6 explains: rounding leaves no curvature."""
    grid = make_preset("goal", 6, seed=1)
    settings = TabularConfig(method="ml", temperature=1e-6)
    assert not recover(grid, expert_policy("shortest-path", grid), settings).solution.certificate.converged


@pytest.mark.parametrize("seed", [0, 1])
def test_static_walls_are_walked_on_shortest_paths_and_valued_as_they_should_be(seed: int) -> None:
    """The recommended method with its own defaults, on fewer episodes than the report's 300."""
    _, card = recover_seed(recovery_config("gridworld/static-walls", n_demos=100), seed)
    assert card["distance_ratio"].value <= 1.01
    assert card["success_rate"].value == pytest.approx(1.0)
    assert card["value_pearson"].value >= 0.95


def test_the_same_seed_gives_the_same_numbers() -> None:
    settings = TabularConfig(method="ml")
    config = recovery_config("gridworld/field", settings, n_demos=5, world=World(size=5))
    (first, card), (second, again) = recover_seed(config, 3), recover_seed(config, 3)
    assert np.array_equal(first.solution.q, second.solution.q)
    assert {n: m.overall for n, m in card.metrics.items()} == {n: m.overall for n, m in again.metrics.items()}


CHANGES: dict[str, Any] = {
    "divergence": "reverse_kl",
    "alpha": 3.0,
    "penalty": "expert",
    "beta": 0.2,
    "scale": 2.0,
    "value_term": "initial",
    "terminal": "zero",
    "dynamics": "estimated",
    "prior": Prior("gaussian", 3.0),
    "l2": 1.0,
    "pseudo_count": 1.0,
}


@pytest.mark.parametrize("method", METHODS)
def test_a_method_is_shaped_by_the_settings_that_it_names_and_by_no_other(method: str) -> None:
    grid = parse_map("slip: 0.1\n....\n.#..\n...G")
    shown = collect(grid, soft_expert(grid, 1.0), 6, 0, "test")
    usual = TabularConfig(method=method, prior=Prior())  # type: ignore[arg-type]
    # beside chi-squared's alpha its scale is the same setting twice
    bases = {"scale": replace(usual, divergence="hellinger")}

    def differ(name: str, value: Any) -> bool:
        base = bases.get(name, usual)
        before, after = recover(grid, shown, base), recover(grid, shown, replace(base, **{name: value}))
        pairs = (
            (expected_reward_table(found.rewards["marginal"], found.mdp) for found in (before, after)),
            (arrival_values(found.rewards["state"], found.mdp) for found in (before, after)),  # type: ignore[arg-type]
        )
        return not all(np.allclose(*pair, atol=1e-8, equal_nan=True) for pair in pairs)

    settings = settings_of(TabularConfig)
    assert set(CHANGES) == {*settings, "prior"} - {"method", "temperature", "gamma"}
    mattering = {
        name for name in CHANGES.keys() & settings if settings[name].matters(vars(bases.get(name, usual)))
    }
    if method == "ml":
        mattering.add("prior")
    assert {name for name, value in CHANGES.items() if differ(name, value)} == mattering


def test_another_discount_leaves_the_grid_as_it_was() -> None:
    grid = small("goal")
    recovery = learned(grid, "goal", method="mce", gamma=0.7)
    assert (recovery.mdp.gamma, grid.mdp().gamma) == (0.7, 0.9)
    assert {reward.info.gamma for reward in recovery.rewards.values()} == {0.7}
    assert recovery.true_reward.info.gamma == 0.7


def test_demonstrations_of_another_grid_are_refused() -> None:
    other = small("goal")
    shown = collect(other, soft_expert(other, 1.0), 2, 0, "test")
    with pytest.raises(DemonstrationError):
        recover(make_preset("goal", 4), shown, TabularConfig(method="bc"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "gail"}, "method must be one of iq, iq-state, ml"),
        ({"divergence": "kl"}, "divergence must be one of chi2"),
        ({"alpha": 0.0}, "alpha must be a positive number, got 0"),
        ({"scale": float("inf")}, "scale must be a positive number, got inf"),
        ({"temperature": -1.0}, "temperature must be a positive number, got -1"),
        ({"l2": float("nan")}, "l2 must be a positive number, got nan"),
        ({"pseudo_count": 0.0}, "pseudo_count must be a positive number, got 0"),
        ({"beta": 1.5}, "beta must be between 0 and 1, got 1.5"),
        ({"gamma": 1.0}, "gamma must be strictly between 0 and 1 or none, got 1"),
        ({"penalty": "policy"}, "penalty must be one of expert, mixture, uniform, got 'policy'"),
        ({"value_term": "v0"}, "value_term must be one of initial, expert, mixture, got 'v0'"),
        ({"terminal": "none"}, "terminal must be one of zero, absorbing, got 'none'"),
        ({"dynamics": "learned"}, "dynamics must be one of known, estimated, got 'learned'"),
    ],
)
def test_a_bad_setting_gets_one_clear_sentence(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError) as caught:
        TabularConfig(**changes)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_q_function_from_elsewhere_is_judged_like_one_that_was_solved() -> None:
    grid = small("static-walls")
    mdp, reward = grid.mdp(), expected_reward(grid.mdp(), grid.state_reward())
    best = soft_optimal(mdp, reward, 0.5)
    found = recovery_of(grid, best.q, TabularConfig(temperature=0.5), expert_policy("shortest-path", grid))
    np.testing.assert_allclose(found.solution.reward[mdp.live], reward[mdp.live], atol=1e-9)
    card = judge(found)
    assert card.value("pearson_raw") == pytest.approx(1.0)
    assert card.value("regret") == 0.0
