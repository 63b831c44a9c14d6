"""The answer to a lab's question: at once a first one where the best takes longer, and nothing ever waits."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from irl_app.analysis import Outcome, ReportCard, judge, outcome_of
from irl_app.analysis.posterior import WithoutTruth, judge_without_truth
from irl_app.envs.grid_spec import GridSpec
from irl_app.recovery import Recovery, recover, solver_steps
from irl_app.ui.lab_state import LabState
from irl_app.ui.prior_search import PriorSearch, Search
from irl_app.ui.questions import Keep, expert_of, question_of, world_of
from trainers.arrays import FloatArray
from trainers.tabular import RECOMMENDED_PRIOR
from trainers.tabular.config import TabularConfig
from trainers.tabular.solution import Solution

AT_ONCE = 400
"""Cells of a grid up to which a card takes some tenths of a second: 64 changed worlds are in it."""
KEPT_CELLS = 40_000
"""Answers are kept for so many cells in all: 400 of 10x10, 44 of 30x30, 4 of 100x100."""

LARGE = 1_600
"""Cells of a world above which solves take turns; those below take milliseconds."""

T = TypeVar("T")
_turn = threading.Semaphore(max(1, (os.cpu_count() or 2) - 1))
_recoveries: Keep[Recovery] = Keep(KEPT_CELLS)
_cards: Keep[ReportCard] = Keep(KEPT_CELLS)
_waiting: Keep[Future[ReportCard]] = Keep(KEPT_CELLS)
_outcomes: Keep[Outcome] = Keep(KEPT_CELLS)
_blind: Keep[WithoutTruth] = Keep(KEPT_CELLS)
_steps: Keep[tuple[Solution, ...]] = Keep(KEPT_CELLS)


@dataclass(frozen=True)
class Answer:
    """What can be shown now.

    Attributes:
        lab: the question.
        recovery: the answer to it.
        search: the search for the prior that is still running; None when the answer is final.
        problem: why the search failed; empty otherwise.
    """

    lab: LabState
    recovery: Recovery
    search: Search | None = None
    problem: str = ""


@cache
def prior_search() -> PriorSearch:
    """The searches of this server; one core is left to the pages."""
    return PriorSearch(workers=max(1, min(4, (os.cpu_count() or 2) - 1)))


def answer(lab: LabState, owner: str, near: Recovery | None = None) -> Answer:
    """The answer to a lab's question, for the session named ``owner``.

    Args:
        near: an answer that may be close to this one, from which Newton's method can start.

    Raises:
        ValueError: (one of the project's own) the question has no answer; one sentence says why.
    """
    question = question_of(lab)
    config = question.config
    if config.method != "ml" or config.prior is not None:
        prior_search().let_go(owner)
        return Answer(question, _recovery(question, config, near))
    search = prior_search().ask(question.to_query(), owner)
    if search.prior is not None:
        return Answer(question, _recovery(question, replace(config, prior=search.prior)))
    recovery = _recovery(question, replace(config, prior=RECOMMENDED_PRIOR))
    if search.error is not None:
        return Answer(question, recovery, problem=search.error)
    return Answer(question, recovery, search=search)


def _recovery(question: LabState, config: TabularConfig, near: Recovery | None = None) -> Recovery:
    grid, expert = world_of(question), expert_of(question)
    q_init = None if near is None else _first_guess(grid, config, near)
    key = replace(question, config=config)
    return _recoveries.get(
        key, grid.n_states, lambda: _in_turn(grid, lambda: recover(grid, expert, config, q_init=q_init))
    )


def _first_guess(grid: GridSpec, config: TabularConfig, near: Recovery) -> FloatArray | None:
    """The Q-function of a near answer, where the optimum is unique and so does not depend on it."""
    is_unique = config.method == "iq" and config.penalty == "uniform" and config.beta > 0.0
    same_kind = near.config.method == "iq" and near.config.terminal == config.terminal and near.grid == grid
    return near.solution.q if is_unique and same_kind else None


def what_comes_of(recovery: Recovery) -> Outcome:
    """What an agent does that plans with a recovery's reward of cells, worked out once."""
    return _outcomes.get(recovery, recovery.grid.n_states, lambda: outcome_of(recovery))


def steps_of(recovery: Recovery) -> tuple[Solution, ...]:
    """What every step of a recovery's solver came to, solved again once."""
    grid = recovery.grid
    return _steps.get(recovery, grid.n_states, lambda: _in_turn(grid, lambda: solver_steps(recovery)))


def card_of(recovery: Recovery) -> ReportCard:
    """The report card of a recovery, made once."""
    grid = recovery.grid
    return _cards.get(recovery, grid.n_states, lambda: _in_turn(grid, lambda: judge(recovery)))


def without_truth_of(recovery: Recovery) -> WithoutTruth:
    """What planning elsewhere loses by rewards that explain the demonstrations as well, worked out once."""
    grid = recovery.grid
    return _blind.get(recovery, grid.n_states, lambda: _in_turn(grid, lambda: judge_without_truth(recovery)))


def _in_turn(grid: GridSpec, work: Callable[[], T]) -> T:
    """Do it, in a large world when others in large worlds have had their turn: they keep no core busy that
    small worlds need."""
    with _turn if grid.n_states > LARGE else nullcontext():
        return work()


def card_soon(recovery: Recovery) -> ReportCard | None:
    """The report card of a recovery; of a large grid None until it is made in the background."""
    if recovery.grid.n_states <= AT_ONCE:
        return card_of(recovery)
    waiting = _waiting.get(recovery, recovery.grid.n_states, lambda: _judges().submit(card_of, recovery))
    return waiting.result() if waiting.done() else None


@cache
def _judges() -> ThreadPoolExecutor:
    """One at a time: its linear algebra lets the pages go on."""
    return ThreadPoolExecutor(1, thread_name_prefix="judge")
