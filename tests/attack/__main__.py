"""Everything that may go wrong with one file, one process or one visitor, tried: ``python -m tests.attack``.

    python -m tests.attack [--seed 0] [--count 500] [--only NAME ...] [--list] [--quick]

Files of runs, rewards, demonstrations, recordings, maps and links are damaged, ``--count`` times each, in
ways that ``--seed`` draws, and read by whoever reads them, in processes that are watched. A training is
killed at every change of a file and must end as one that never was; it and every command that writes meet a
disk that is full, and somebody to whom nothing belongs. A server is asked by other names than its own, and
sent messages that no browser of ours sends.

Prints a table of what was tried and survived; the exit status is 1 if anything did not: a traceback, a hang
of over 5 s of processor time, something lost, or over 1 GB of memory. ``--quick`` tries a tenth of it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from tests.attack import faults, real_kills
from tests.attack.files import Outcome, attack_files
from tests.attack.server import attack_server
from tests.attack.targets import TARGETS
from tests.browser.serving import serve


def attacks(seed: int, count: int, *, quick: bool) -> dict[str, Callable[[], tuple[Outcome, ...]]]:
    """All attacks by name, as calls that give what came of them."""
    every = 10 if quick else 1
    found: dict[str, Callable[[], tuple[Outcome, ...]]] = {
        name: lambda name=name: (attack_files(name, seed, max(1, count // every)),)  # type: ignore[misc]
        for name in TARGETS
    }

    def server() -> tuple[Outcome, ...]:
        with serve() as (url, _):
            return attack_server(url, garbage=max(5, count // every // 5))

    return found | {
        "kills": lambda: (faults.kill_at_every_operation(every), real_kills.attack(seed, 1 if quick else 4)),
        "full disk": lambda: (
            faults.full_at_every_operation(every),
            faults.fail_at_every_operation(every),
            faults.commands_at_every_operation(every),
        ),
        "read-only": lambda: (faults.read_only(),),
        "server": server,
    }


def rows(outcomes: list[Outcome]) -> Iterator[str]:
    """The table, a line at a time."""
    yield "| attack | tried | survived |"
    yield "| --- | ---: | ---: |"
    for one in outcomes:
        yield f"| {one.name} | {one.tried:,} | {one.survived:,} |"


def main() -> int:
    """Attack, print the faults as they come and the table at the end."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.attack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=500, help="damages of every file (default 500)")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="these attacks alone")
    parser.add_argument("--quick", action="store_true", help="a tenth of it")
    parser.add_argument("--list", action="store_true", help="name the attacks and end")
    args = parser.parse_args()
    known = attacks(args.seed, args.count, quick=args.quick)
    if args.list:
        print("\n".join(known))
        return 0
    outcomes: list[Outcome] = []
    for name in args.only or known:
        for outcome in known[name]():
            outcomes.append(outcome)
            print(f"{outcome.name}: {outcome.survived} of {outcome.tried}", file=sys.stderr, flush=True)
            for fault in outcome.faults[:20]:
                print(f"  {fault}", file=sys.stderr, flush=True)
    print("\n".join(rows(outcomes)))
    return 1 if any(one.faults for one in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
