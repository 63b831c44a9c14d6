"""Searches run beside the server: each is answered once, and what nobody waits for is dropped."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from irl_app.recovery import recover
from irl_app.ui.lab_state import LabState
from irl_app.ui.prior_search import PriorSearch, Search
from irl_app.ui.questions import expert_of, world_of
from trainers.tabular.config import TabularConfig

SMALL = LabState(preset="open", size=4, demos=4, config=TabularConfig(method="ml"))
LONG = LabState(preset="goal", size=40, demos=300, config=TabularConfig(method="ml"))


@pytest.fixture(scope="module")
def searches() -> Iterator[PriorSearch]:
    pool = PriorSearch(workers=1)
    yield pool
    pool.close()


def wait_for(search: Search, seconds: float = 60.0) -> None:
    until = time.monotonic() + seconds
    while not search.finished:
        assert time.monotonic() < until, "the search did not finish"
        time.sleep(0.02)


def test_the_search_finds_the_prior_that_the_solver_would_choose(searches: PriorSearch) -> None:
    search = searches.ask(SMALL.to_query(), owner="a")
    wait_for(search)
    assert search.error is None
    alone = recover(world_of(SMALL), expert_of(SMALL), SMALL.config)
    assert search.prior == alone.solution.prior
    assert search.done == search.total > 1


def test_equal_questions_share_one_search(searches: PriorSearch) -> None:
    first = searches.ask(replace(SMALL, seed=1).to_query(), owner="a")
    second = searches.ask(replace(SMALL, seed=1).to_query(), owner="b")
    assert first is second
    wait_for(first)
    assert searches.ask(replace(SMALL, seed=1).to_query(), owner="c") is first


def test_asking_for_another_lets_go_of_a_long_one(searches: PriorSearch) -> None:
    long = searches.ask(LONG.to_query(), owner="a")
    until = time.monotonic() + 60.0
    while not long.total:  # it has begun
        assert time.monotonic() < until
        time.sleep(0.02)
    short = searches.ask(replace(SMALL, seed=2).to_query(), owner="a")
    wait_for(short)
    assert not long.finished


def test_a_waiting_search_that_another_wants_goes_on(searches: PriorSearch) -> None:
    question = replace(SMALL, seed=3).to_query()
    search = searches.ask(question, owner="a")
    searches.ask(question, owner="b")
    searches.let_go("a")
    wait_for(search)
    assert search.prior is not None


def test_a_question_that_cannot_be_answered_gives_a_sentence(searches: PriorSearch) -> None:
    search = searches.ask({"preset": "volcano"}, owner="a")
    wait_for(search)
    assert search.prior is None
    assert "volcano" in (search.error or "")


def test_a_process_that_dies_is_replaced(searches: PriorSearch) -> None:
    worker = searches._workers[0]
    worker._process.kill()
    worker._process.wait()
    first = searches.ask(replace(SMALL, seed=4).to_query(), owner="a")
    wait_for(first)
    second = searches.ask(replace(SMALL, seed=5).to_query(), owner="a")
    wait_for(second)
    assert second.prior is not None
