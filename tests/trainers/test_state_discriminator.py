"""What the reward of states says of demonstrated states, of counter-examples, and in between."""

from __future__ import annotations

import numpy as np

from irl_app.rewards import Perceptron
from trainers.arrays import Float32Array
from trainers.deep.state_discriminator import MOST, StateDiscriminator

SHOWN = np.random.default_rng(0).normal([4.0, 0.0], [0.5, 0.5], (400, 2)).astype(np.float32)
OTHERS = np.random.default_rng(1).normal([-4.0, 0.0], [0.5, 0.5], (400, 2)).astype(np.float32)


def learned(*sources: Float32Array, updates: int = 600) -> Perceptron:
    found = StateDiscriminator(SHOWN, 0)
    for source in sources:
        found.oppose(source)
    found.learn(updates)
    return Perceptron(tuple(found.layers()), layer_norm=True)


def test_it_falls_evenly_from_the_expert_to_the_counter_examples() -> None:
    g = learned(OTHERS)
    way = np.column_stack([np.linspace(4.0, -4.0, 9), np.zeros(9)]).astype(np.float32)
    values = g(way)[:, 0]
    assert abs(values[0] - MOST) < 0.1
    assert abs(values[-1] + MOST) < 0.1
    assert (np.diff(values) < 0.02).all()
    assert abs(values[4]) < 0.25  # nobody was there, and there is a slope


def test_each_source_counts_alike_however_many_states_it_has() -> None:
    """Where another does what the expert does g is lower, and no lower if a thousand more are elsewhere."""
    like = np.random.default_rng(2).normal([4.0, 0.0], [0.5, 0.5], (100, 2)).astype(np.float32)
    few, many = (learned(like, np.repeat(OTHERS, n, 0))(SHOWN).mean() for n in (1, 20))
    assert few < MOST - 0.15
    assert abs(few - many) < 0.1


def test_the_same_generator_gives_the_same_numbers() -> None:
    first, second = (learned(OTHERS, updates=20) for _ in range(2))
    for (weight, bias), (again, and_bias) in zip(first.layers, second.layers, strict=True):
        np.testing.assert_array_equal(weight, again)
        np.testing.assert_array_equal(bias, and_bias)
