"""``irl-app bench verdict``: how far the verdict on a recovered reward can be trusted."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from irl_app.cli.console import number, print_json, progress_bar, show
from irl_app.cli.options import Commands, add_json, integers

SAYS = "how far the verdict can be trusted: recoveries judged by it and by changed worlds that it never saw"
ROWS = {
    "tau_elsewhere": "Kendall's tau of regret elsewhere",
    "gamma_level": "Goodman and Kruskal's gamma of the level",
    "bad_among_good": "good, and worse than a tenth on average",
    "worst_among_good": "good, and the worst tenth loses a fifth",
    "good_found": "truly good that are called good",
    "tau_without_truth": "tau without the true reward",
    "bad_without_truth": "draws lose at most 2 %, and worse than a tenth",
    "worst_without_truth": "draws lose at most 2 %, worst tenth a fifth",
}


def add_to(kinds: Commands, examples: str) -> None:
    """Add the command to those of ``bench``."""
    parser = kinds.add_parser("verdict", help=SAYS, description=SAYS.capitalize() + ".", epilog=examples)
    parser.add_argument(
        "--seeds",
        type=integers,
        default=(0, 1, 2, 3),
        metavar="A-B",
        help="of worlds and demonstrations, 120 recoveries each; at least 300 in all (default: 0-3, minutes)",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Recover, judge twice, print how the two agree."""
    from irl_app.bench.verdict import SPEED, judged_cases, seconds_elsewhere
    from irl_app.bench.verdict_figures import figures_of

    seconds = {side: seconds_elsewhere(side) for side in SPEED}
    with progress_bar("recovering and judging") as update:
        found = figures_of(judged_cases(args.seeds, update))
    if args.json:
        print_json({"bench": "verdict", "seeds": list(args.seeds), "seconds_elsewhere": seconds, **found})
        return
    families = found["families"]
    show(
        f"the verdict on {found['recoveries']} recoveries, seeds {', '.join(map(str, args.seeds))}",
        ("figure", "all", "interval", *families, "goal"),
        [_row(name, title, found, families) for name, title in ROWS.items()],
        f"{found['good']} were called good, {found['good_without_truth']} look so without the true reward. "
        "Shares with their exact 95 % intervals, as if recoveries in one world were independent.",
    )
    show(
        "rank correlation (tau) with what the reward is worth elsewhere",
        ("figure of the card", "tau"),
        [(name, number(tau)) for name, tau in found["tau_of_figures"].items()],
    )
    show(
        "a kind of change foretold from the other kinds",
        ("kind", "tau", "good, and worse than a tenth"),
        [
            (kind, number(own["tau"]), number(own["bad_among_good"]))
            for kind, own in found["left_out"].items()
        ],
        "So elsewhere is claimed for the kinds that were tried, and for no other.",
    )
    show(
        "making all changed worlds of a grid, and judging one reward in them",
        ("cells a side", "seconds of processor time", "goal"),
        [(str(side), number(taken), f"at most {SPEED[side]:g}") for side, taken in seconds.items()],
    )


def _row(
    name: str, title: str, found: Mapping[str, Any], families: Mapping[str, Mapping[str, Any]]
) -> tuple[str, ...]:
    ends = found.get(f"{name}_interval")
    interval = "" if ends is None else f"{number(ends[0])} to {number(ends[1])}"
    goal = found["goal"].get(name)
    return (
        title,
        number(found[name]),
        interval,
        *(number(own[name]) for own in families.values()),
        "" if goal is None else f"{'at most' if name == 'bad_among_good' else 'at least'} {goal:g}",
    )
