"""Maps as text: exact round trips, and one clear sentence for everything that is wrong."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.envs.grid_map import MAX_MAP_CHARACTERS, format_map, parse_map
from irl_app.envs.grid_spec import GridError
from irl_app.envs.presets import PRESETS, make_preset
from tests.envs.strategies import grids

EXAMPLE = """
    goal: stay
    step: -0.5
    slip: .25
    gamma: .95
    actions: 5
    moves: 70
    X = -5
    B = goal 3
    T = start goal 1.5

    S..#
    .XL.
    T.BG
"""


def test_reads_every_part() -> None:
    grid = parse_map(EXAMPLE)
    nan = np.nan
    assert (grid.height, grid.width, grid.goal_kind, grid.step_reward) == (3, 4, "stay", -0.5)
    assert (grid.slip, grid.gamma, grid.n_actions, grid.max_steps) == (0.25, 0.95, 5, 70)
    assert np.argwhere(grid.walls).tolist() == [[0, 3]]
    assert np.argwhere(grid.goals).tolist() == [[2, 0], [2, 2], [2, 3]]
    assert np.argwhere(grid.starts).tolist() == [[0, 0], [2, 0]]
    np.testing.assert_array_equal(
        grid.rewards, [[nan, nan, nan, nan], [nan, -5, -10, nan], [1.5, nan, 3, 10]]
    )


def test_a_bare_map_has_the_usual_rules() -> None:
    grid = parse_map("..\n.G")
    assert (grid.goal_kind, grid.step_reward, grid.slip, grid.gamma) == ("end", -1.0, 0.0, 0.9)
    assert (grid.n_actions, grid.max_steps) == (4, 100)


def test_letters_with_a_usual_meaning_can_be_given_another_value() -> None:
    grid = parse_map("G = 4\nL = -2\n.L\n.G")
    assert grid.rewards[0, 1] == -2
    assert grid.rewards[1, 1] == 4
    assert grid.goals[1, 1]


def test_block_of_rewards_wins_over_letters() -> None:
    grid = parse_map("..\n.G\n\nrewards:\n1.5 .\n. -2\n")
    np.testing.assert_array_equal(grid.rewards, [[1.5, np.nan], [np.nan, -2]])


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    assert parse_map("\ufeffstep: -2\r\n\r\n..\r\n.G\r\n") == parse_map("step: -2\n..\n.G")


@settings(max_examples=100, deadline=None)
@given(grids())
def test_round_trip(grid: object) -> None:
    assert parse_map(format_map(grid)) == grid


@pytest.mark.parametrize("name", PRESETS)
def test_round_trip_of_presets(name: str) -> None:
    for size in (PRESETS[name].smallest, None, 17):
        grid = make_preset(name, size, seed=3)
        assert parse_map(format_map(grid)) == grid


def test_round_trip_with_more_values_than_letters() -> None:
    rewards = np.random.default_rng(0).standard_normal((9, 9))
    rewards[0, :4] = np.nan
    grid = make_preset("open", 9).replace(rewards=rewards)
    text = format_map(grid)
    assert "rewards:" in text
    assert parse_map(text) == grid


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no rows"),
        ("step: 1\n\n", "no rows"),
        ("...\n...\n", "no goal and no reward cell"),
        (".#\n#G\n", "no goal can be reached from the start at row 1, column 1"),
        ("..\n.?\n", r"line 2, column 2: '\?' means nothing"),
        ("..\n.Q\n", "line 2, column 2: 'Q' means nothing"),
        (". G\n...\n", "line 1, column 2: ' ' means nothing"),
        ("..\n...\n.G\n", "line 2: this row has 3 cells, the first has 2"),
        ("gamma: 1\n..\n.G", "gamma must lie strictly between 0 and 1"),
        ("gamma: 1e999\n..\n.G", "line 1: gamma must be a finite number"),
        ("gamma: nan\n..\n.G", "line 1: gamma must be a finite number"),
        ("colour: red\n..\n.G", "line 1: unknown setting 'colour'"),
        ("step: 1\nstep: 2\n..\n.G", "line 2: step is set twice"),
        ("actions: 4.5\n..\n.G", "line 1: actions must be a whole number"),
        ("actions: 7\n..\n.G", "actions must be 4"),
        ("goal: explode\n..\n.G", "must be one of end, stay, teleport"),
        ("X = \n..\n.G", "line 1: write X = NUMBER"),
        ("X = 1 2\n..\n.G", "line 1: write X = NUMBER"),
        ("X = many\n..\n.G", "line 1: the reward of X must be a finite number"),
        ("X = 1\nX = 2\n..\n.G", "line 2: the letter X is defined twice"),
        ("..\nstep: 2\n.G", "line 2: settings and legend come before"),
        ("..\nX = 2\n.G", "line 2: settings and legend come before"),
        ("..\n.G\nrewards:\n1 2", "the rewards block has 1 rows, the map has 2"),
        ("..\n.G\nrewards:\n1 2\n3", "line 5: this row of rewards has 1 numbers"),
        ("..\n.G\nrewards:\n1 2\n3 x", "line 5: number 2 must be a finite number"),
        ("..\n#G\nrewards:\n1 2\n3 4", "row 2, column 1 is a wall and has a reward"),
        ("G\n", "2 to 100 cells a side, got 1x1"),
        ("." * 101 + "\n", "line 1: a row has at most 100 cells, got 101"),
        (".\n" * 101, "line 101: a map has at most 100 rows"),
        (("." * 5000 + "\n") * 5000, "characters, more than"),
        ("." * (MAX_MAP_CHARACTERS + 1), "characters, more than"),
    ],
)
def test_refuses_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(GridError, match=message) as refused:
        parse_map(text)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 250


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from(".#SGLXgoal:=-+0159 \n\t\re_stprwdmv\x00é\u2028"), max_size=120))
def test_no_text_breaks_it(text: str) -> None:
    try:
        grid = parse_map(text)
    except GridError:
        return
    assert parse_map(format_map(grid)) == grid


@pytest.mark.parametrize("line", ["A = 1\n", "rewards:\n" + "1 " * 50, "50000000 bytes "])
def test_refusing_a_hostile_text_costs_by_the_character(line: str) -> None:
    """Eight times the characters: eight times the work, or sixty-four if it were read again and again."""

    def seconds(characters: int) -> float:
        start = time.process_time()
        with pytest.raises(GridError):
            parse_map(line * (characters // len(line) - 1))
        return time.process_time() - start

    longest = MAX_MAP_CHARACTERS
    assert min(seconds(longest) for _ in range(3)) < 32 * min(seconds(longest // 8) for _ in range(3))


def test_a_text_beyond_every_bound_is_refused() -> None:
    with pytest.raises(GridError):
        parse_map("50000000 bytes " * 3_400_000)
