"""The tables of ``grid-report``, for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from irl_app.analysis import METRIC_TEXTS, arrival
from irl_app.reproduce.grid_judging import Judged, distance_of_visits
from irl_app.reproduce.grid_play import Play
from irl_app.reproduce.report import Section, short, spread
from irl_app.tasks import Policy, directness, get_task, random_policy, rollout
from irl_app.training import Metrics
from irl_app.training.request import title_of, usual_config
from trainers.arrays import FloatArray

METHODS = {"iq": title_of(usual_config(get_task("gridworld/static-walls"), "iq")), "dqn": "DQN"}
PAPER = {"static-walls": "both about 1", "random-walls": "both about 3", "random-goal": "both as random play"}
PAPER_EXPERT = {"static-walls": "1.00", "random-walls": "1.02", "random-goal": "1.03"}
PAPER_VALUES = {
    "iq": dict.fromkeys(PAPER, "no structure"),
    "dqn": {**dict.fromkeys(PAPER, "rises to the goal"), "random-goal": "no structure"},
}
PAPER_LOSS = {
    "iq": dict.fromkeys(PAPER, "within 200"),
    "dqn": {**dict.fromkeys(PAPER, "high, unstable"), "static-walls": "later, steady"},
}

Arm = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Found:
    """All that is known of one arm: its curves, its games and tables, and how these are judged.

    Attributes:
        temperature: of its policy, 0 for greedy.
        open_moves: place of the goal -> (K,) share of agreeing moves in the open grid.
    """

    metrics: Metrics
    play: Play
    judged: Judged
    temperature: float
    open_moves: Mapping[str, FloatArray]


def sections(found: Mapping[Arm, Found], games: int, block: int) -> tuple[Section, ...]:
    """All tables.

    Args:
        found: (method, kind of grid) -> what is known of it.
        games: of each seed after training. block: of a testing block.
    """
    return (_games(found, games), _curves(found, block), _values(found), _moves(found), _rewards(found))


def _games(found: Mapping[Arm, Found], games: int) -> Section:
    rows: list[tuple[str, ...]] = []
    for kind in dict.fromkeys(kind for _, kind in found):
        for method in (method for method in METHODS if (method, kind) in found):
            own = found[method, kind].play
            success = [100.0 * share for share in own.success]
            rows.append(
                (
                    f"{kind}, {METHODS[method]}",
                    short(spread(own.ratio.tolist(), 1.0)),
                    short(spread(success, 0.0, 100.0), 1) + " %",
                    f"{own.ratio.max():.2f}, {min(success):.1f} %",
                    short(spread(own.manhattan.tolist(), 1.0)),
                    PAPER[kind],
                )
            )
        rows += _others(kind, games)
    columns = ("after training", "moves / shortest", "goals reached", "worst seed", "moves / Manhattan")
    return Section(f"{games:,} new games a seed", (*columns, "moves / Manhattan, paper"), tuple(rows))


def _others(kind: str, games: int) -> list[tuple[str, ...]]:
    """The same of the expert and of random moves."""
    task = get_task(f"gridworld/{kind}")
    assert task.expert is not None  # every grid has one
    rows: list[tuple[str, ...]] = []
    others: tuple[tuple[str, Policy, str], ...] = (
        ("expert", task.expert[1], PAPER_EXPERT[kind]),
        ("random moves", random_policy(task), ""),
    )
    for name, policy, paper in others:
        own = directness(rollout(task, policy, games, 0))
        reached = f"{100 * own.success_rate:.1f} %"
        rows.append((f"{kind}, {name}", f"{own.ratio:.2f}", reached, "", f"{own.manhattan_ratio:.2f}", paper))
    return rows


def _curves(found: Mapping[Arm, Found], block: int) -> Section:
    rows = []
    for (method, kind), each in found.items():
        metrics, ratio = each.metrics, each.metrics.values["distance_ratio"]
        blocks = ~np.isnan(ratio).all(axis=1)
        at, ratio = metrics.update[blocks], ratio[blocks]
        half = len(at) // 2
        rows.append(
            (
                f"{kind}, {METHODS[method]}",
                f"{metrics.update[-1]:,}",
                f"{arrival(metrics.update, metrics.values['loss']):,}",
                f"{arrival(at, ratio):,}",
                *(short(spread(ratio[i].tolist(), 1.0)) for i in (0, max(1, len(at) // 4), half, -1)),
                PAPER_LOSS[method][kind],
            )
        )
    arrives = ("updates", "in all", "loss arrives", "ratio arrives")
    columns = (*arrives, "ratio at 0", "at 1/4", "at 1/2", "at the end", "loss arrives, paper")
    return Section(f"Testing blocks of {block} games while training", columns, tuple(rows))


def _values(found: Mapping[Arm, Found]) -> Section:
    rows = tuple(
        (
            f"{kind}, {METHODS[method]}",
            short(spread(each.judged.value.tolist(), -1.0, 1.0)),
            PAPER_VALUES[method][kind],
            short(spread(each.judged.card["value_pearson"].tolist(), -1.0, 1.0)),
            short(spread(each.judged.state_value.tolist(), -1.0, 1.0)),
            short(spread((100 * each.judged.moves).tolist(), 0.0, 100.0), 1) + " %",
            short(
                spread(distance_of_visits(each.play.visits, each.play.expert_visits).tolist(), 0.0, 1.0), 3
            ),
        )
        for (method, kind), each in found.items()
    )
    columns = (
        "layouts with walls",
        "V against true V",
        "paper's map",
        "V of planning on r",
        "on its state-only part",
    )
    return Section(
        "Values, moves and visits",
        (*columns, "moves on a shortest path", "visits apart from the expert's"),
        rows,
    )


def _moves(found: Mapping[Arm, Found]) -> Section:
    places = tuple(next(iter(found.values())).open_moves)
    rows = tuple(
        (f"{kind}, {METHODS[method]}", *(f"{100 * each.open_moves[place].mean():.0f} %" for place in places))
        for (method, kind), each in found.items()
    )
    return Section(
        "Moves on a shortest path in an open grid, by the goal's place (paper, IQ-Learn: mostly towards it)",
        ("trained in", *places),
        rows,
    )


def _rewards(found: Mapping[Arm, Found]) -> Section:
    rows = []
    for (method, kind), each in found.items():
        card = each.judged.card
        rows.append(
            (
                f"{kind}, {METHODS[method]}",
                short(spread(each.judged.goal_reward.tolist())),
                short(spread(each.judged.other_reward.tolist())),
                *(
                    short(spread(_finite(card[name]), *METRIC_TEXTS[name].bounds))
                    for name in ("pearson_raw", "pearson_val", "pearson_state", "regret", "regret_transfer")
                ),
            )
        )
    columns = (
        "recovered reward",
        "onto the goal (10)",
        "elsewhere (-1)",
        "r raw",
        "r de-shaped",
        "r state-only",
    )
    title = "Recovered against true reward (paper: proportional to it, by eye)"
    return Section(title, (*columns, "regret", "regret, walls added"), tuple(rows))


def rows_of(found: Mapping[Arm, Found]) -> list[dict[str, object]]:
    """A row for every arm, as programs read it."""
    return [_row(arm, each) for arm, each in found.items()]


def _row(arm: Arm, each: Found) -> dict[str, object]:
    method, kind = arm
    own, judged = each.play, each.judged
    ratio, share, whole = (1.0, np.inf), (0.0, 1.0), (-np.inf, np.inf)
    figures: dict[str, tuple[FloatArray, tuple[float, float]]] = {
        "distance_ratio": (own.ratio, ratio),
        "manhattan_ratio": (own.manhattan, ratio),
        "success_rate": (own.success, share),
        "value_correlation": (judged.value, (-1.0, 1.0)),
        "state_value_correlation": (judged.state_value, (-1.0, 1.0)),
        "moves_agreeing": (judged.moves, share),
        "visits_distance": (distance_of_visits(own.visits, own.expert_visits), share),
        "goal_reward": (judged.goal_reward, whole),
        "other_reward": (judged.other_reward, whole),
        **{f"card.{name}": (each, METRIC_TEXTS[name].bounds) for name, each in judged.card.items()},
        **{f"open.{place}": (each, share) for place, each in each.open_moves.items()},
    }
    return {
        "grid": kind,
        "method": method,
        "loss_arrives": arrival(each.metrics.update, each.metrics.values["loss"]),
        "ratio_arrives": arrival(each.metrics.update, each.metrics.values["distance_ratio"]),
        "metrics": {
            name: spread(_finite(values), *bounds).as_json() for name, (values, bounds) in figures.items()
        },
        "paper": PAPER[kind],
    }


def _finite(values: FloatArray) -> list[float]:
    return [float(value) for value in values if np.isfinite(value)]
