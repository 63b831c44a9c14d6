"""What is usual in each control task: the one place where a task changes the defaults of `SoftQConfig`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ANY = "any method"

_WITH_ENVIRONMENT: dict[str, Mapping[str, Any]] = {
    method: {"online": True} for method in ("sqil", "sqil-t", "soft-q", "dqn")
}

_LANDER_ONLINE: Mapping[str, Any] = {
    "online": True,
    "hidden": (128, 128),
    "learning_rate": 5e-4,
    "batch_size": 64,
    "target_rate": 0.005,
    "replay_capacity": 100_000,
    "warmup": 2_000,
    "steps_per_round": 16,
    "updates_per_round": 8,
}

_LUNAR_LANDER: dict[str, Mapping[str, Any]] = {
    **_WITH_ENVIRONMENT,
    # ten trajectories of three experts: 210, 175 and 235; with alpha 5 after 5,000 updates 180, 150 and 215
    "iq": {"temperature": 0.3, "alpha": 50.0, "hidden": (128, 128), "updates": 8_000},
    # greedy return over five seeds: 90 to 230 from 20,000 to 100,000 updates; with 64 units, batches of 32
    # and a target rate of 0.01, 40 to 190. A demonstrated landing is worth r for ever (section 3.3)
    "sqil": {**_LANDER_ONLINE, "updates": 50_000, "temperature": 0.1, "terminal": "absorbing"},
    # greedy return 244, 200, 177 and 168 after 105,000 updates, 250 for the best over 100 episodes; until
    # 60,000 the greedy player hovers to its limit of moves, while the soft one that acts lands already
    "soft-q": {
        **_LANDER_ONLINE,
        "updates": 150_000,
        "temperature": 0.2,
    },
    "iq online": {
        "terminal": "absorbing",
        "penalty": "mixture",
        "value_term": "mixture",
        "temperature": 0.1,
        "updates": 14_000,
    },
    # ten demonstrations without their actions. On the ground, where the learner never rests, the model takes
    # rest for the firing of an engine: without random actions greedy return is 90 after 8,000 updates, with
    # three tenths 180; with a half 160, and 210 after 16,000. With the learner's states in the objective too,
    # it wanders from -200 to 100
    "iq inverse-model": {
        "temperature": 0.3,
        "alpha": 50.0,
        "hidden": (128, 128),
        "exploration": 0.5,
        "updates": 16_000,
    },
}

# where the end is worth nothing, falling is better than steps that the expert would not take: 9 moves
_CART_POLE_ONLINE: Mapping[str, Any] = {
    "terminal": "absorbing",
    "penalty": "mixture",
    "value_term": "mixture",
    "gamma": 0.97,
    "temperature": 0.1,
    "target_rate": 0.02,
    "updates": 10_000,
}

# Moves over the shortest path, and goals reached, after learning from 450 demonstrated games by IQ-Learn:
#   random walls  mlp 3.2, 82 %   cnn, four convolutions 1.19, 99 %   vin 1.05, 99.5 %
#   random goal   mlp 13.6, 49 %  cnn 1.76, 96 %                      vin 1.19, 99.0 %
_GRID: dict[str, Mapping[str, Any]] = {
    **_WITH_ENVIRONMENT,
    ANY: {"network": "vin", "hidden": (16, 32), "learning_rate": 5e-3, "temperature": 0.1, "updates": 2_000},
    # random goals, 450 trajectories: alpha 0.5 and 5 play alike
    "iq": {"alpha": 5.0},
    # random goals: 3.1 times the shortest path after 3,000 updates; at rates of 2e-3 and 0.02 after 5,000
    "dqn": {
        "online": True,
        "updates": 5_000,
        "target_rate": 0.05,
        "warmup": 1_000,
        "steps_per_round": 8,
        "exploration": 0.1,
        "exploration_share": 0.3,
    },
}

SETTINGS: dict[str, dict[str, Mapping[str, Any]]] = {
    "CartPole-v1": {
        **_WITH_ENVIRONMENT,
        # one trajectory shows 25 steps: hidden layers bend between them, 3 seeds of 20 balance to the end
        # (with alpha 5; 0.5 does no better); a Q that is linear in the observation leaves less to be guessed,
        # 12 of 20; a committee of such, 20
        "iq": {
            "hidden": (),
            "committee": 64,
            "learning_rate": 0.03,
            "temperature": 0.1,
            "alpha": 0.5,
            "updates": 3_000,
        },
        "bc": {"hidden": (), "learning_rate": 0.03, "temperature": 1.0, "updates": 3_000},
        "iq online": _CART_POLE_ONLINE,
        # one demonstration without its actions, five seeds: 466; without random actions 376
        "iq inverse-model": {**_CART_POLE_ONLINE, "exploration": 0.3},
        # 500 on two seeds of two after 20,000 updates
        "soft-q": {"online": True, "updates": 20_000, "temperature": 0.1},
    },
    "Acrobot-v1": {
        **_WITH_ENVIRONMENT,
        # one trajectory shows some 20 steps: sixty seeds come to -94, the worst to -128; with two layers of
        # 64 units forty came to -121, for some swing in a loop for ever, the more the lower the temperature
        "iq": {"hidden": (32,), "temperature": 1.0, "alpha": 50.0, "updates": 1_500},
        "bc": {"temperature": 1.0, "updates": 2_000},
        # -88 and -88 after 20,000 updates; the first swing up comes after 10,000 to 17,000
        "soft-q": {
            "online": True,
            "updates": 30_000,
            "temperature": 0.05,
            "batch_size": 64,
            "warmup": 2_000,
        },
    },
    "LunarLander-v3": _LUNAR_LANDER,
    "LunarLander-v3/shifted": _LUNAR_LANDER,
    "gridworld/static-walls": _GRID,
    "gridworld/random-walls": _GRID,
    "gridworld/random-goal": {**_GRID, "iq": {"alpha": 5.0, "updates": 3_000}},
}
"""Task -> method -> fields of `SoftQConfig`; those of the method come before those of `ANY` method.

A method that has entries of its own for learning "online", or there with actions from elsewhere, takes these.
"""

CANDIDATES = {"LunarLander-v3": 4}
"""Networks that are trained side by side for an expert, of which the best is kept; one in other tasks."""

EXPERT_TEMPERATURE = {"CartPole-v1": 0.2}
"""Temperature at which a trained expert acts; greedily in other tasks.

A greedy player of CartPole takes turns between two actions in two states for ever: every 20th step of that
does not even tell what the other action would have done.
"""


def settings_of(
    task: str, method: str, online: bool = False, actions_from: str = "demonstrations"
) -> dict[str, Any]:
    """The fields that a task changes for a method; nothing for a task or method that changes nothing."""
    table = SETTINGS.get(task, {})
    own = table.get(method, {})
    if online:
        own = table.get(f"{method} {actions_from}", table.get(f"{method} online", own))
    return {**table.get(ANY, {}), **own}
