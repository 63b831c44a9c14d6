"""``sqil-lander``: SQIL, SQIL-T, cloning and SQIL's ablation on Lunar Lander (Reddy et al. 2020).

Demonstrations begin above the pad. Learners act and are judged there, and where the lander begins low and far
to the left, a place that no demonstration visits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.demonstrations import Episode, load_minari
from irl_app.reproduce.report import Options, Report, Reproduction, Section, short, spread
from irl_app.reproduce.run_cache import SEED, UNWATCHED, finished_runs, greedy_figures
from irl_app.runs import RunConfig, RunError
from irl_app.tasks import RolloutResult, get_task, random_policy, rollout
from irl_app.tasks.lunar_lander import came_to_rest
from irl_app.training.request import request
from irl_app.training.split import shipped_dataset
from trainers.arrays import FloatArray

STARTS = ("LunarLander-v3/shifted", "LunarLander-v3")
"""Where learners act and are judged: S0 train and S0 demo of the paper."""
HEADS = {STARTS[0]: "from the left", STARTS[1]: "as demonstrated"}
SEEDS, QUICK_SEEDS = tuple(range(5)), (0, 1)
DEMONSTRATIONS = 20
"""Of those that the task brings; each seed's own choice, every transition. The paper has 100."""
EPISODES, QUICK_EPISODES = 50, 20
"""Of every seed's last policy, from each start."""
PAD = 0.2
"""The flags stand so far from the middle, in half screens."""
SETTINGS: dict[str, dict[str, Any]] = {
    "bc": {"updates": 10_000, "temperature": 1.0},
    "sqil": {"compile": True},
    # with SQIL's networks, batches and updates it never lands
    "sqil-t": {"updates": 24_000, "temperature": 0.1, "steps_per_round": 8},
}
"""What differs from the usual settings; SQIL's many updates take a third of the time compiled."""
QUICK, QUICK_UPDATES = ("bc", "sqil"), 8_000

Rates = dict[tuple[str, str], FloatArray]
"""(condition, start) -> (K,) share of landings of each seed."""


@dataclass(frozen=True)
class Condition:
    """A row of the tables.

    Attributes:
        title, method: what it is called, and of learning.
        settings: what differs from the method's usual.
        paper: its success rates by start; none where our copy of the paper has no figure.
    """

    title: str
    method: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    paper: Mapping[str, str] = field(default_factory=dict)

    @property
    def acts(self) -> bool:
        """Whether it learns in the environment, so that it matters where it begins."""
        return bool(self.settings.get("online", self.method != "bc"))


def _paper(shifted: str, demonstrated: str) -> dict[str, str]:
    return {STARTS[0]: shifted, STARTS[1]: demonstrated}


COMPARED = {
    "bc": Condition("Behavioural cloning", "bc", {}, _paper("0.07 ± 0.03", "0.93 ± 0.03")),
    "sqil-t": Condition("SQIL-T", "sqil-t", {}, _paper("0.66 ± 0.02", "0.89 ± 0.01")),
    "sqil": Condition("SQIL", "sqil", {}, _paper("0.89 ± 0.02", "0.88 ± 0.03")),
}
ABLATED = {
    "no-samples": Condition("λ_samp = 0", "sqil", {"online": False, "sample_weight": 0.0}),
    "no-future": Condition("γ = 0", "sqil", {"gamma": 0.0}),
    "chance-acts": Condition("uniform sampling policy", "sqil", {"acting": "chance"}),
}
CONDITIONS = COMPARED | ABLATED
RANDOM, EXPERT = _paper("0.10 ± 0.30", "0.04 ± 0.02"), _paper("0.93 ± 0.03", "0.89 ± 0.31")


def arms(quick: bool) -> dict[tuple[str, str], RunConfig]:
    """(condition, where it learns) -> its run; what learns offline has one, judged from both starts."""
    starts = STARTS[:1] if quick else STARTS
    return {
        (name, start): _config(condition, start, quick)
        for name, condition in CONDITIONS.items()
        if not quick or name in QUICK
        for start in (starts if condition.acts else STARTS[1:])
    }


def _config(condition: Condition, start: str, quick: bool) -> RunConfig:
    settings = {**UNWATCHED, **SETTINGS[condition.method], **condition.settings}
    if quick and condition.acts:
        settings["updates"] = QUICK_UPDATES
    return request(
        start,
        condition.method,
        seeds=QUICK_SEEDS if quick else SEEDS,
        settings=settings,
        episodes=DEMONSTRATIONS,
        source=_source(),
        every=1,
    )


def _source() -> Path:
    found = shipped_dataset(get_task(STARTS[1]))
    if found is None:
        raise RunError(f"the demonstrations of {STARTS[1]} are missing: install the program anew")
    return found


def landed(episode: Episode) -> bool:
    """Whether it ended at rest between the flags: no crash, not beside the pad, not out of time."""
    last = episode.observations[-1:]
    return bool(episode.terminated and came_to_rest(last)[0] and abs(float(last[0, 0])) <= PAD)


def _share(played: RolloutResult) -> float:
    return _landed(played.episodes or ())


def _landed(episodes: Sequence[Episode]) -> float:
    return float(np.mean([landed(episode) for episode in episodes]))


def sqil_lander(options: Options) -> Report:
    """Train what is missing, let every policy land from both starts, and tabulate."""
    asks = arms(options.quick)
    runs = finished_runs(asks, lambda arm: f"{arm[0]}-{'left' if arm[1] == STARTS[0] else 'above'}", options)
    n, starts = (QUICK_EPISODES, STARTS[:1]) if options.quick else (EPISODES, STARTS)
    names = tuple(dict.fromkeys(name for name, _ in asks))
    rates: Rates = {}
    for name in names:
        for start in starts:
            options.progress(len(rates), len(names) * len(starts), f"landings of {name}")
            learned_at = start if (name, start) in asks else STARTS[1]
            run, task = runs[name, learned_at], get_task(start)
            rates[name, start] = greedy_figures(run, task, n, "landings", _share, target=True)
    return _report(rates, _references(starts, n), starts, n)


def _references(starts: Sequence[str], n_episodes: int) -> dict[str, list[str]]:
    """Rows of chance, and of the expert as far as its demonstrations go."""
    shown = f"{_landed(load_minari(_source()).episodes):.2f}"
    rows: dict[str, list[str]] = {"Random": [], "Expert, as shown": []}
    for start in starts:
        task = get_task(start)
        played = rollout(task, random_policy(task), n_episodes, SEED, keep=True)
        rows["Random"] += [f"{_share(played):.2f}", RANDOM[start]]
        rows["Expert, as shown"] += [shown if start == STARTS[1] else "-", EXPERT[start]]
    return rows


def _report(
    rates: Rates, references: Mapping[str, list[str]], starts: Sequence[str], n_episodes: int
) -> Report:
    columns = ("method", *(head for start in starts for head in (HEADS[start], "paper")))

    def row(name: str) -> tuple[str, ...]:
        ours = ((short(spread(rates[name, start].tolist(), 0.0, 1.0)), start) for start in starts)
        cells = (cell for own, start in ours for cell in (own, CONDITIONS[name].paper.get(start, "-")))
        return (CONDITIONS[name].title, *cells)

    compared = [row(name) for name in COMPARED if (name, starts[0]) in rates]
    around = [(name, *cells) for name, cells in references.items()]
    sections = [Section("Share of landings", columns, (around[0], *compared, around[1]))]
    if all((name, starts[0]) in rates for name in ABLATED):
        rows = tuple(row(name) for name in ("sqil", *ABLATED))
        sections.append(Section("What SQIL needs", columns, rows))
    n_seeds = len(next(iter(rates.values())))
    notes = (
        f"Share of {n_episodes} episodes that end at rest between the flags, greedy in the last target "
        f"network, mean over {n_seeds} seeds. The paper's figures are of the best "
        "100 consecutive episodes while training, ± standard error, and its lander has six actions; of its "
        "ablation it says in words that each part lowers the rate from the shifted start.",
        f"Every seed has {DEMONSTRATIONS} demonstrations, which begin above the pad. From the left: the "
        "lander begins 0.7 half screens to the left and 0.6 lower; who learns online learns there too.",
    )
    return Report(
        tuple(sections), notes, {"name": "sqil-lander", "rows": [_row(rates, *key) for key in rates]}
    )


def _row(rates: Rates, name: str, start: str) -> dict[str, object]:
    return {
        "condition": name,
        "task": start,
        "success": spread(rates[name, start].tolist(), 0.0, 1.0).as_json(),
        "successes": rates[name, start].tolist(),
        "paper": CONDITIONS[name].paper.get(start),
    }


SQIL_LANDER = Reproduction(
    "sqil-lander",
    "SQIL, SQIL-T and cloning on Lunar Lander, from the demonstrations' start and from another, and what "
    "SQIL needs of its parts, five seeds; needs a C++ compiler",
    "SQIL after 8,000 updates and cloning, from the other start, two seeds",
    sqil_lander,
)
