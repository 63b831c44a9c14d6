"""The real worker, killed with SIGKILL at random moments and resumed, against one that was never killed."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from irl_app.demonstrations import save_minari
from irl_app.tasks import collect_episodes, control_task, random_policy
from irl_app.training import RunConfig, Status, TrainingRun, WorkerProcess, claim, create_run, read_run
from irl_app.training.metrics import NAME
from irl_app.training.request import request

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")

OFTEN = {"checkpoint_every": 200, "log_every": 50, "evaluate_every": 400, "episodes": 2, "hidden": [16]}
ONLINE = {**OFTEN, "warmup": 100, "replay_capacity": 900, "online": True}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five random episodes of CartPole."""
    task, root = control_task("CartPole-v1"), tmp_path_factory.mktemp("data")
    save_minari(
        collect_episodes(task, random_policy(task), 5, 0, "random"), "pole-v0", root=root, env_id=task.env_id
    )
    return root / "pole-v0"


def asked(kind: str, dataset: Path) -> RunConfig:
    """An offline and an online run of a few seconds, two seeds each."""
    if kind == "iq":
        return request("CartPole-v1", "iq", seeds=(0, 7), source=dataset, settings={**OFTEN, "updates": 2000})
    settings = {**ONLINE, "updates": 900}
    return request("CartPole-v1", "sqil", seeds=(3, 4), source=dataset, episodes=2, settings=settings)


def killed_now_and_then(run: Path, chance: random.Random, kills: int) -> int:
    """Work on a run with so many kills, each a random moment after a sign of progress; how many hit."""
    hit = 0
    for _ in range(kills):
        before = (run / NAME).stat().st_size if (run / NAME).exists() else 0
        worker = WorkerProcess(run, claim(run))
        until = time.monotonic() + 60
        while not (run / NAME).exists() or (run / NAME).stat().st_size == before:
            assert time.monotonic() < until
            if worker.ended():
                return hit
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.6))
        worker.kill()
        assert worker.wait(30)
        if read_run(run).status.state == "done":
            return hit
        assert read_run(run).status.state == "interrupted"
        hit += 1
    return hit


def finished(run: Path) -> TrainingRun:
    """Work on a run until it is done."""
    worker = WorkerProcess(run, claim(run))
    assert worker.wait(120)
    return read_run(run)


def curves(run: Path) -> list[Mapping[str, Any]]:
    """All lines without the seconds."""
    return [json.loads(line) | {"seconds": 0} for line in (run / NAME).read_text().splitlines()]


@pytest.mark.parametrize("kind", ["iq", "sqil"])
def test_a_killed_and_resumed_run_ends_bit_by_bit_like_one_never_killed(
    tmp_path: Path, dataset: Path, kind: str
) -> None:
    config = asked(kind, dataset)
    whole, broken = (create_run(config, root=tmp_path) for _ in range(2))
    seed = random.randrange(10**6)  # the moment is to be another each time; pytest shows it if the test fails
    print(f"kills drawn from seed {seed}")
    hit = killed_now_and_then(broken, random.Random(seed), kills=2)
    for run in (whole, broken):
        status = finished(run).status if read_run(run).status.resumable else read_run(run).status
        assert status.state == "done", status.message
        assert status == Status("done", *[config.config["updates"]] * 2, changed=status.changed)
    assert hit >= 1
    last = f"checkpoints/{config.config['updates']:08d}.safetensors"
    assert (broken / last).read_bytes() == (whole / last).read_bytes()
    assert curves(broken) == curves(whole)
