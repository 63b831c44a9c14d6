"""The answer to a lab's question: at once a first one where the best takes longer, and nothing ever waits."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache

from irl_app.analysis import ReportCard, judge
from irl_app.envs.grid_spec import GridSpec
from irl_app.recipes import Recipe
from irl_app.recovery import Recovery, recover
from irl_app.ui.lab_state import LabState
from irl_app.ui.prior_search import PriorSearch, Search
from irl_app.ui.questions import Keep, expert_of, question_of, world_of
from trainers.mdp import FloatArray
from trainers.tabular import RECOMMENDED_PRIOR

KEPT_CELLS = 40_000
"""Answers are kept for so many cells in all: 400 of 10x10, 44 of 30x30, 4 of 100x100."""

_recoveries: Keep[Recovery] = Keep(KEPT_CELLS)
_cards: Keep[ReportCard] = Keep(KEPT_CELLS)


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
    recipe = question.recipe
    if recipe.method != "ml" or recipe.prior is not None:
        prior_search().let_go(owner)
        return Answer(question, _recovery(question, recipe, near))
    search = prior_search().ask(question.to_query(), owner)
    if search.prior is not None:
        return Answer(question, _recovery(question, replace(recipe, prior=search.prior)))
    recovery = _recovery(question, replace(recipe, prior=RECOMMENDED_PRIOR))
    if search.error is not None:
        return Answer(question, recovery, problem=search.error)
    return Answer(question, recovery, search=search)


def _recovery(question: LabState, recipe: Recipe, near: Recovery | None = None) -> Recovery:
    grid, expert = world_of(question), expert_of(question)
    q_init = None if near is None else _first_guess(grid, recipe, near)
    key = replace(question, recipe=recipe)
    return _recoveries.get(key, grid.n_states, lambda: recover(grid, expert, recipe, q_init=q_init))


def _first_guess(grid: GridSpec, recipe: Recipe, near: Recovery) -> FloatArray | None:
    """The Q-function of a near answer, where the optimum is unique and so does not depend on it."""
    is_unique = recipe.method == "iq" and recipe.penalty == "uniform" and recipe.beta > 0.0
    same_kind = near.recipe.method == "iq" and near.recipe.terminal == recipe.terminal and near.grid == grid
    return near.solution.q if is_unique and same_kind else None


def card_of(recovery: Recovery) -> ReportCard:
    """The report card of a recovery, made once."""
    return _cards.get(recovery, recovery.grid.n_states, lambda: judge(recovery))
