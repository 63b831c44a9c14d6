"""What a learner can do, in words: a poor result is called one, whatever its curves do."""

from __future__ import annotations

import pytest

from irl_app.analysis import skill_of


@pytest.mark.parametrize(
    ("returns", "level", "title", "headline"),
    [
        ((500.0, 470.0), "good", "As good as the expert", "It has learned to walk, as well as the expert."),
        (
            (500.0, 500.0, 100.0),
            "fair",
            "As good as the expert on 2 of 3 seeds",
            "It has learned to walk on 2 of 3 seeds.",
        ),
        (
            (300.0,),
            "fair",
            "60 % of the way from random moves to the expert",
            "It has partly learned to walk.",
        ),
        (
            (120.0, 120.0),
            "poor",
            "24 % of the way from random moves to the expert",
            "It has hardly learned to walk.",
        ),
        ((-12.5,), "poor", "No better than random moves", "It has not learned to walk."),
    ],
)
def test_levels_and_words(returns: tuple[float, ...], level: str, title: str, headline: str) -> None:
    found = skill_of(returns, random=0.0, expert=500.0)
    assert (found.level, found.title, found.headline("walk")) == (level, title, headline)


def test_less_than_random_has_a_real_minus_sign_and_nothing_none() -> None:
    assert skill_of((-12.5,), 0.0, 500.0).way.startswith("−2 % of the way")
    assert skill_of((-0.1,), 0.0, 500.0).way.startswith("0 % of the way")
