"""``python -m tests.attack.subject TARGET SEED FIRST COUNT``: a process that reads damaged files and says how
each reading went, a line of JSON each; whoever started it ends it where it hangs."""

from __future__ import annotations

import json
import os
import random
import resource
import sys
import tempfile
import traceback
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.attack.mutations import damaged, put_back, replace_by_something_else
from tests.attack.targets import TARGETS, Target

MEMORY = 1_000_000_000
"""Bytes beyond what the program has when it begins."""
OTHER_THINGS = 0.04
"""Share of the trials where something that is no file stands in a file's place."""


def seconds_used() -> float:
    """Of processor time, by this process and those that it has waited for."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in spent)


def attack(name: str, root: Path, seed: int, count: int, first: int = 0) -> Iterator[dict[str, Any]]:
    """Damage every file of a target ``count`` times, from trial ``first`` on.

    Yields:
        Before every trial which it is, and after it how it went.
    """
    target = TARGETS[name]
    files = target.make(root)
    kept = {path: path.read_bytes() for path in files}
    target.load(root)  # as it is, it can be read
    trials = [(path, i) for path in files for i in range(count)]
    for number, (path, i) in enumerate(trials[first:], start=first):
        told = {"trial": number, "of": len(trials), "file": path.relative_to(root).as_posix()}
        yield dict(told)
        chance = random.Random(f"{name} {seed} {told['file']} {i}")
        if chance.random() < OTHER_THINGS:
            told["how"] = replace_by_something_else(path, chance)
        else:
            path.write_bytes(damaged(kept[path], chance))
        before = seconds_used()
        yield told | _tried(target, root) | {"seconds": seconds_used() - before}
        put_back(path, kept[path])


def _tried(target: Target, root: Path) -> dict[str, Any]:
    try:
        target.load(root)
        return {"survived": True}
    except target.refuses as error:
        said = str(error)
        if said.strip() and "\n" not in said and len(said) < 2_000:
            return {"survived": True, "said": said[:200]}
        return {"survived": False, "fault": f"it is not one sentence: {said[:300]!r}"}
    except BaseException:
        return {"survived": False, "fault": traceback.format_exc()[-3_000:]}


def _bound_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main() -> None:
    """As the command line says."""
    name, seed, first, count = sys.argv[1], *map(int, sys.argv[2:5])
    warnings.simplefilter("ignore")
    reports = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever else is printed is no report
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IRL_APP_RUNS"] = folder
        for told in attack(name, Path(folder), seed, count, first):
            if told["trial"] == first and "survived" not in told:
                _bound_memory()  # once everything is loaded
            print(json.dumps(told), file=reports, flush=True)


if __name__ == "__main__":
    main()
