"""Real trainings, offline, online and compiled, whose processes are killed: they end bit by bit as if they
had been left alone."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from irl_app.demonstrations import save_minari
from irl_app.runs import create_run, read_run
from irl_app.tasks import collect_episodes, get_task, random_policy
from tests.attack.files import Outcome
from tests.training.test_kill import asked, curves, finished, killed_now_and_then, steps_of

KINDS = ("iq", "sqil", "compiled iq")


def attack(seed: int, kills: int) -> Outcome:
    """Kill every kind of training so many times, and hold its end against that of one left alone."""
    tried = survived = 0
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        root, task = Path(folder), get_task("CartPole-v1")
        shown = collect_episodes(task, random_policy(task), 5, 0, "random")
        save_minari(shown, "pole-v0", root=root, env_id=task.env_id)
        for kind in KINDS:
            config = asked(kind, root / "pole-v0")
            whole, broken = (create_run(config, root=root / "runs") for _ in range(2))
            hit = killed_now_and_then(broken, random.Random(f"{seed} {kind}"), kills)
            for run in (whole, broken):
                if read_run(run).status.state != "done":
                    finished(run)
            tried += hit
            last = f"checkpoints/{config.config['updates']:08d}.safetensors"
            same = (broken / last).read_bytes() == (whole / last).read_bytes()
            same &= curves(broken) == curves(whole)
            if config.config["online"]:
                mine, theirs = steps_of(broken), steps_of(whole)
                same &= all((mine[name] == theirs[name]).all() for name in theirs)
            if same:
                survived += hit
            else:
                faults.append(f"{kind}: after {hit} kills it ends otherwise than one that was left alone")
    return Outcome("trainings killed (offline, online, compiled)", tried, survived, tuple(faults))
