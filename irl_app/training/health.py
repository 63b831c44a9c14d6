"""Has it converged, and when will it be done? What a run's curves say of that, and what in them goes wrong.

Nothing here knows the true reward, nor looks at returns or at the lengths of episodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from irl_app.runs import Status
from irl_app.training.metrics import Metrics

GROWTH = 4.0
"""|Q| that grew by this factor over the last half of the lines is still growing."""
LARGE = 1e3
"""|Q| below this raises no alarm, however fast it grew."""
ONE_ACTION = 0.01
"""Entropy of the actions taken, in shares of its largest, below which they are all the same."""
UNIFORM = 0.99
"""Entropy of the policy, in shares of its largest, above which nothing has been learned."""
LOOKS = 4
"""Observations of a signal before it is judged."""
WAY, DOUBT = 0.1, 2.0
"""A signal still moves if the two halves of the window differ by this share of all its way so far, and by so
many standard errors."""
SIGNALS: Mapping[str, str] = {
    "loss": "the loss",
    "reward_gap": "the reward gap",
    "bellman_residual": "the soft Bellman residual",
}
"""What has to have come to rest, and what it is called in a sentence. Held-out likelihood is not among them:
it falls for as long as the policy becomes surer of itself."""
LEVELS: Mapping[str, str] = {"q_abs_max": "the largest |Q|", "v_demonstrations": "V on demonstrations"}
"""The same where rewards are given. Where they are recovered the level of Q is free, and wanders for ever."""
RECOVERS = "loss/expert_reward"
"""The term of the loss that only a learner of rewards has."""

State = Literal["waiting", "unstable", "learning", "settled"]
Bools = NDArray[np.bool_]
_CALLED = {**SIGNALS, **LEVELS}
OVER = 10.0
"""Seconds of training that the pace is taken over."""


@dataclass(frozen=True)
class Health:
    """The answer to "has it converged?".

    Attributes:
        state: "waiting" for enough to judge by; "unstable" if there is an alarm for a seed; "learning" while
            a signal of a seed still moves; else "settled".
        verdict: one to three sentences for people.
        alarms: a clause each, none for a healthy run.
        seeds: every seed's state by itself, in the order of the columns.
    """

    state: State
    verdict: str
    alarms: tuple[str, ...]
    seeds: tuple[State, ...]


def health(metrics: Metrics) -> Health:
    """Judge a run by its curves so far.

    A seed has settled when none of ``SIGNALS`` (and of ``LEVELS``, where rewards are given) moves any more:
    over the last half of its observations, the means of the older and of the newer half differ by less than
    a tenth of the signal's whole way, or by less than two standard errors. That learning has come to rest
    does not say that it came to rest at the right place: only the true return does.
    """
    wrong = _wrong(metrics)
    said = tuple(clause for clause, _ in wrong)
    moving = _moving(metrics)
    if not moving and not wrong:
        return Health(
            "waiting", "Too early to say whether it converges: that takes four evaluations.", (), ()
        )
    n = len(next(iter([*moving.values(), *(which for _, which in wrong)])))
    unstable = np.any([which for _, which in wrong], axis=0) if wrong else np.zeros(n, bool)
    still = np.any([*moving.values()], axis=0) if moving else np.ones(n, bool)
    seeds: tuple[State, ...] = tuple(
        "unstable" if bad else "learning" if going else "settled"
        for bad, going in zip(unstable.tolist(), still.tolist(), strict=True)
    )
    state: State = next(name for name in ("unstable", "learning", "settled") if name in seeds)
    return Health(state, _verdict(seeds, said, moving), said, seeds)


def _wrong(metrics: Metrics) -> list[tuple[str, Bools]]:
    """Every alarm's clause, and which of the K seeds it is for.

    Looks at the newest observation: for a loss that is no number; for a largest |Q| above ``LARGE`` that is
    at least ``GROWTH`` times what it was in the middle of the run; and, once there are ``LOOKS``, for a
    learner that takes one and the same action whatever it sees, or all as if it had learned nothing.
    """
    found: list[tuple[str, Bools]] = []

    def add(which: Bools, clause: str) -> None:
        if which.any():
            of = f" of {_some(int(which.sum()), len(which))}" if len(which) > 1 else ""
            found.append((clause.format(of=of), which))

    loss, size = metrics.values.get("loss"), _observed(metrics, "q_abs_max")
    if loss is not None:
        add(np.isnan(loss[-1]) & ~np.isnan(loss[:-1]).all(axis=0), "the loss{of} is no number")
    if len(size):
        now, then = size[-1], size[len(size) // 2]
        with np.errstate(invalid="ignore"):
            add((now > LARGE) & (now > GROWTH * then), f"|Q|{{of}} grows, now {np.nanmax(now):.0f}")
    acted, policy = _observed(metrics, "action_entropy"), _observed(metrics, "policy_entropy")
    if len(acted) >= LOOKS:
        add(acted[-1] < ONE_ACTION, "the action{of} is always the same")
    if len(policy) >= LOOKS:
        add(policy[-1] > UNIFORM, "the policy{of} is as good as random moves")
    return found


def _moving(metrics: Metrics) -> dict[str, Bools]:
    """Signal -> (K,) whether it still moves; nothing while one that is recorded was seen too rarely."""
    names = SIGNALS if RECOVERS in metrics.values else {**SIGNALS, **LEVELS}
    seen = {name: rows for name in names if len(rows := _observed(metrics, name))}
    if any(len(rows) < LOOKS for rows in seen.values()):
        return {}
    return {name: _moves(rows) for name, rows in seen.items()}


def _moves(rows: NDArray[np.float64]) -> Bools:
    """(K,) whether the columns of (T, K) still move; see ``health``."""
    window = rows[len(rows) // 2 :]
    old, new = window[: len(window) // 2], window[len(window) // 2 :]
    moved = np.abs(new.mean(0) - old.mean(0))
    doubt = np.sqrt(sum(half.var(0, ddof=1) / len(half) for half in (old, new) if len(half) > 1))
    return np.asarray((moved > WAY * np.ptp(rows, axis=0)) & (moved > DOUBT * doubt))


def _observed(metrics: Metrics, name: str) -> NDArray[np.float64]:
    """(T', K) the observations of a metric; (0, 0) where there are none."""
    rows = metrics.values.get(name)
    return np.empty((0, 0)) if rows is None else rows[~np.isnan(rows).all(axis=1)]


def _verdict(seeds: Sequence[State], said: Sequence[str], moving: Mapping[str, Bools]) -> str:
    learning = np.array([state == "learning" for state in seeds])
    names = [_CALLED[name] for name, which in moving.items() if (which & learning).any()]
    move = f"{_listed(names)} still move{'s' * (len(names) == 1)}" if names else "there is too little to tell"
    if seeds.count("settled") == len(seeds):
        rest = f"over the last half of the run {_listed([_CALLED[name] for name in moving])} came to rest"
        return f"It has converged: {rest}. Whether it plays well, only its return says."
    if learning.all():
        return f"It has not converged: {move}."
    parts = []
    for state, words, why in (
        ("unstable", "Do not trust", "; ".join(said)),
        ("learning", "Still learning:", move),
        ("settled", "Converged:", ""),
    ):
        if count := seeds.count(state):
            whom = _some(count, len(seeds)) if len(seeds) > 1 else "it"
            parts.append(f"{words} {whom}{': ' if state == 'unstable' else ', as ' if why else ''}{why}.")
    return " ".join(parts)


def _some(count: int, n: int) -> str:
    return f"{count} of {n} seeds"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


@dataclass(frozen=True)
class Pace:
    """updates_per_second: of late, evaluations included. seconds_left: to the last update at that pace."""

    updates_per_second: float
    seconds_left: float


def pace(metrics: Metrics, status: Status) -> Pace | None:
    """The pace over the last ``OVER`` seconds of training; None before there are two lines to tell."""
    seconds, updates = metrics.seconds, metrics.update
    if len(seconds) < 2:
        return None
    first = min(int(np.searchsorted(seconds, seconds[-1] - OVER)), len(seconds) - 2)
    lasted = float(seconds[-1] - seconds[first])
    if lasted <= 0:
        return None
    rate = float(updates[-1] - updates[first]) / lasted
    left = max(0, status.updates - max(status.update, int(updates[-1])))
    return Pace(rate, left / rate)
