"""Spaces: there and back through JSON and Gymnasium, what is let in, and sentences for what is not."""

from __future__ import annotations

import json
import math
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from trainers.gym_spaces import space_from_gymnasium
from trainers.spaces import Box, Discrete, Space, SpaceError, alike, smallest_space, space_from_json

SHAPES = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)
BOUNDS = st.floats(width=32, allow_nan=False)
DISCRETE = st.builds(Discrete, st.integers(1, 50), st.integers(-20, 20))


@st.composite
def boxes(draw: st.DrawFn, bounds: st.SearchStrategy[float] = BOUNDS, kind: str | None = None) -> Box:
    shape = draw(SHAPES)
    many = draw(st.sampled_from([1, math.prod(shape)]))
    unsigned = bounds.map(lambda bound: bound + 0.0)  # there is no -0.0 among bounds
    ordered = st.tuples(unsigned, unsigned).map(sorted)
    pairs = [
        draw(ordered.filter(lambda pair: pair[0] < math.inf and pair[1] > -math.inf)) for _ in range(many)
    ]
    low, high = zip(*pairs, strict=True)
    return Box(shape, kind or draw(st.sampled_from(["float32", "uint8"])), low, high)


SPACES = st.one_of(DISCRETE, boxes())
BOUNDED = st.one_of(
    DISCRETE, boxes(st.floats(-1e3, 1e3, width=32), "float32"), boxes(st.integers(0, 255).map(float), "uint8")
)


@given(SPACES)
def test_json_gives_the_same_space(space: Space) -> None:
    written = json.dumps(space.as_json(), allow_nan=False)
    back = space_from_json(json.loads(written))
    assert back == space
    assert hash(back) == hash(space)


@given(DISCRETE)
def test_gymnasiums_discrete_is_the_same(space: Discrete) -> None:
    theirs = gym.spaces.Discrete(space.n, start=space.start)
    assert space_from_gymnasium(theirs) == space
    np.testing.assert_array_equal(space.cast(np.array([space.start])), [space.start])
    assert theirs.contains(space.cast(np.array([space.start + space.n - 1]))[0])


@given(boxes(st.one_of(st.just(-math.inf), st.just(math.inf), st.floats(-1e3, 1e3, width=32)), "float32"))
def test_gymnasiums_box_keeps_its_bounds_in_the_precision_of_networks(space: Box) -> None:
    low, high = (np.broadcast_to(bound, space.size).reshape(space.shape) for bound in (space.low, space.high))
    for kind in (np.float32, np.float64):
        ours = space_from_gymnasium(gym.spaces.Box(low.astype(kind), high.astype(kind), dtype=kind))
        assert isinstance(ours, Box)
        assert (ours.shape, ours.kind) == (space.shape, "float32")
        for bound, expected in ((ours.low, low), (ours.high, high)):
            np.testing.assert_array_equal(np.broadcast_to(bound, ours.size), expected.ravel())


def test_images_stay_bytes_and_all_other_numbers_become_floats() -> None:
    image = gym.spaces.Box(0, 255, (3, 8, 8), np.uint8)
    assert space_from_gymnasium(image) == Box((3, 8, 8), "uint8", (0.0,), (255.0,))
    assert Box((3, 8, 8)).is_image
    assert not Box((1, 8, 8)).is_image
    for kind in (np.int8, np.int64, np.float16):
        assert space_from_gymnasium(gym.spaces.Box(0, 5, (2,), kind)) == Box((2,), low=(0.0,), high=(5.0,))


@pytest.mark.parametrize(
    "space",
    [
        gym.spaces.MultiDiscrete([2, 3]),
        gym.spaces.Dict(a=gym.spaces.Discrete(2)),
        gym.spaces.Box(0.0, 1.0, ()),
        gym.spaces.Box(0.0, 1.0, (1, 1, 1, 1, 1)),
    ],
    ids=str,
)
def test_other_spaces_get_a_sentence(space: gym.Space[Any]) -> None:
    with pytest.raises(SpaceError, match=r"flatten it with a Gymnasium wrapper|needs 1 to 4 dimensions"):
        space_from_gymnasium(space)


@given(BOUNDED, st.integers(0, 2**32), st.sampled_from([(7,), (2, 3)]))
def test_what_is_drawn_lies_within_and_is_let_in_as_it_is(space: Space, seed: int, shape: Any) -> None:
    drawn = space.sample(np.random.default_rng(seed), shape)
    assert (drawn.shape, drawn.dtype) == ((*shape, *space.shape), space.dtype)
    flat = drawn.reshape(-1, *space.shape)
    np.testing.assert_array_equal(space.cast(flat), flat)
    if isinstance(space, Box):
        low, high = (np.broadcast_to(b, space.size).reshape(space.shape) for b in (space.low, space.high))
        assert (flat >= low - 1e-3).all()
        assert (flat <= high + 1e-3).all()
    else:
        assert space.start <= flat.min() <= flat.max() < space.start + space.n


@pytest.mark.parametrize(("kind", "low", "high"), [("uint8", 0, 255), ("uint8", 0, 1), ("int64", -2, 2)])
def test_whole_numbers_are_drawn_alike_ends_too(kind: str, low: int, high: int) -> None:
    drawn = Box((2,), kind, (low,), (high,)).sample(np.random.default_rng(0), (20_000,))
    counts = np.bincount(drawn.ravel().astype(int) - low, minlength=high - low + 1)
    assert chisquare(counts).pvalue > 1e-4


def test_a_box_without_bounds_is_not_drawn_from() -> None:
    with pytest.raises(SpaceError, match="without bounds cannot be drawn from"):
        Box((2,), high=(1.0,)).sample(np.random.default_rng(0), (3,))


@given(BOUNDED, st.integers(0, 2**32))
def test_the_smallest_space_of_elements_holds_them(space: Space, seed: int) -> None:
    drawn = [space.sample(np.random.default_rng([seed, i]), (4,)) for i in range(3)]
    if min(each.min() for each in drawn) < 0 and isinstance(space, Discrete):
        with pytest.raises(SpaceError, match="negative number"):
            smallest_space(drawn)
        return
    smallest = smallest_space(drawn)
    for each in drawn:
        np.testing.assert_array_equal(smallest.cast(each), each)
    if isinstance(smallest, Discrete):
        assert smallest == Discrete(1 + max(each.max() for each in drawn))
    else:
        assert alike(smallest, space)
        np.testing.assert_array_equal(
            np.broadcast_to(smallest.high, smallest.size), np.concatenate(drawn).max(axis=0).ravel()
        )


@pytest.mark.parametrize(
    ("space", "values", "says"),
    [
        (Discrete(3), [0, 3], "actions must be whole numbers from 0 to 2, got 3"),
        (Discrete(3), [-1, 2], "actions must be whole numbers from 0 to 2, got -1"),
        (Discrete(2, start=1), [0, 1], "actions must be whole numbers from 1 to 2, got 0"),
        (Discrete(3), [0.0], "one row of whole numbers from 0 to 2, got float64 of shape (1,)"),
        (Discrete(3), [[0]], "one row of whole numbers from 0 to 2, got int64 of shape (1, 1)"),
        (Discrete(3), [True], "got bool of shape (1,)"),
        (Box((2,)), [[0.0]], "arrays of shape (2,), float32, got float64 of shape (1, 1)"),
        (Box((2,)), [0.0, 1.0], "arrays of shape (2,), float32, got float64 of shape (2,)"),
        (Box((1,)), [["a"]], "arrays of shape (1,), float32, got <U1"),
        (Box((1,)), [[np.nan]], "there is a number in actions that is not finite"),
        (Box((1,)), [[1e300]], "there is a number in actions that is not finite"),
        (Box((1,), "uint8"), [[0.5]], "arrays of shape (1,), uint8, got numbers that are none of these"),
        (Box((1,), "uint8"), [[256]], "numbers that are none of these"),
        (Box((1,), "uint8"), [[-1]], "numbers that are none of these"),
    ],
)
def test_what_does_not_belong_gets_a_sentence(space: Space, values: Any, says: str) -> None:
    with pytest.raises(SpaceError) as caught:
        space.cast(values, "actions")
    assert says in str(caught.value)
    assert "actions" in str(caught.value)


def test_elements_come_in_in_the_space_s_dtype() -> None:
    assert Discrete(2, start=1).cast(np.array([1, 2], np.int8)).dtype == np.int64
    assert Box((1,)).cast([[3]]).dtype == np.float32
    assert Box((1,), "uint8").cast([[255.0]]).tolist() == [[255]]
    assert Box((1,), low=(0.0,), high=(1.0,)).cast([[5.0]]).tolist() == [[5.0]]  # bounds are not checked


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: Discrete(0), "at least 1 element, got 0"),
        (lambda: Box(()), r"1 to 4 dimensions of at least 1, got shape \(\)"),
        (lambda: Box((2, 0)), r"got shape \(2, 0\)"),
        (lambda: Box((1,) * 5), "1 to 4 dimensions"),
        (lambda: Box((2,), "complex64"), "a Box holds numbers, got the dtype complex64"),
        (lambda: Box((2, 2), low=(0.0, 1.0)), "low must be 1 number or 4, got 2"),
        (lambda: Box((2,), low=(0.0, 2.0), high=(1.0,)), "not above its high one"),
        (lambda: Box((2,), low=(math.nan,)), "not above its high one"),
        (lambda: Box((2,), low=(math.inf,)), "not above its high one"),
    ],
)
def test_malformed_spaces_are_refused(build: Any, says: str) -> None:
    with pytest.raises(SpaceError, match=says):
        build()


@given(boxes(), boxes())
def test_boxes_are_alike_whatever_their_bounds(one: Box, other: Box) -> None:
    assert alike(one, Box(one.shape, one.kind))
    assert alike(one, other) == ((one.shape, one.kind) == (other.shape, other.kind))
    assert not alike(one, Discrete(3))


def test_numbered_spaces_are_alike_only_if_equal() -> None:
    assert alike(Discrete(3), Discrete(3))
    assert not alike(Discrete(3), Discrete(4))
    assert not alike(Discrete(3), Discrete(3, start=1))


BOX = Box((2,)).as_json()


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        "Box",
        {},
        {"type": "MultiDiscrete"},
        {"type": "Discrete", "n": 3},
        {"type": "Discrete", "n": True, "start": 0},
        {"type": "Discrete", "n": 3.0, "start": 0},
        {"type": "Discrete", "n": -3, "start": 0},
        BOX | {"shape": 2},
        BOX | {"shape": "22"},
        BOX | {"shape": [2.0]},
        BOX | {"shape": [9] * 100_000},
        BOX | {"dtype": "object"},
        BOX | {"dtype": "no such"},
        BOX | {"dtype": None},
        BOX | {"low": [0, 0, 0]},
        BOX | {"low": ["nan"]},
        BOX | {"low": 3},
        BOX | {"high": [10**400]},
    ],
    ids=lambda values: str(values)[:40],
)
def test_hostile_json_gets_a_sentence(values: Any) -> None:
    with pytest.raises(SpaceError) as caught:
        space_from_json(values)
    assert len(str(caught.value)) < 200
