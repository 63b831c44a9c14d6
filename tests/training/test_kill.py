"""The real worker, killed with SIGKILL at random moments and resumed, against one that was never killed."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from irl_app.demonstrations import save_minari
from irl_app.runs import Run, RunConfig, Status, create_run, read_run
from irl_app.tasks import collect_episodes, get_task, random_policy
from irl_app.training import WorkerProcess, claim, read_metrics
from irl_app.training.build import build
from irl_app.training.loop import train
from irl_app.training.metrics import NAME
from irl_app.training.request import request

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")

OFTEN = {"checkpoint_every": 200, "log_every": 50, "evaluate_every": 400, "episodes": 2, "hidden": [16]}
ONLINE = {**OFTEN, "warmup": 100, "replay_capacity": 900, "online": True}
SECONDS = 1800
"""That a process gets before it hangs; nothing here is to be quick."""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five random episodes of CartPole."""
    task, root = get_task("CartPole-v1"), tmp_path_factory.mktemp("data")
    save_minari(
        collect_episodes(task, random_policy(task), 5, 0, "random"), "pole-v0", root=root, env_id=task.env_id
    )
    return root / "pole-v0"


def asked(kind: str, dataset: Path) -> RunConfig:
    """An offline, an online and a compiled online run of a few seconds, two seeds each."""
    if kind == "iq":
        return request("CartPole-v1", "iq", seeds=(0, 7), source=dataset, settings={**OFTEN, "updates": 2000})
    compiled = kind == "compiled iq"
    settings = {**ONLINE, "updates": 4000 if compiled else 900, "compile": compiled}
    method = "iq" if compiled else "sqil"
    return request("CartPole-v1", method, seeds=(3, 4), source=dataset, episodes=2, settings=settings)


def reached(run: Path) -> int:
    """The update of the last line."""
    return int(read_metrics(run).update.max(initial=0))


def killed_now_and_then(run: Path, chance: random.Random, kills: int) -> int:
    """Work on a run with so many kills, each a random moment after it got further; how many hit."""
    hit = 0
    for _ in range(kills):
        before = reached(run)
        worker = WorkerProcess(run, claim(run))
        until = time.monotonic() + SECONDS
        while reached(run) <= before:
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


def finished(run: Path) -> Run:
    """Work on a run until it is done."""
    worker = WorkerProcess(run, claim(run))
    assert worker.wait(SECONDS)
    return read_run(run)


def curves(run: Path) -> list[Mapping[str, Any]]:
    """All lines without the seconds."""
    return [json.loads(line) | {"seconds": 0} for line in (run / NAME).read_text().splitlines()]


def steps_of(run: Path) -> dict[str, np.ndarray]:
    """What the replay of two seeds holds, as far as the last checkpoint says: name -> rows."""
    noted = json.loads(max((run / "checkpoints").glob("*.json")).read_text())["state"]["replay"]
    kinds = {"action": np.int64, "reward": np.float32, "terminated": np.bool_, "row": np.uint32}
    files = {name: np.fromfile(run / "replay" / f"{name}.bin", kind) for name, kind in kinds.items()}
    steps = {name: content.reshape(-1, 2)[: noted["size"]] for name, content in files.items()}
    obs = np.fromfile(run / "replay" / "obs.bin", np.float32).reshape(-1, 2, 4)
    return steps | {f"obs.{k}": obs[: newest + 1, k] for k, newest in enumerate(noted["rows"])}


@pytest.mark.parametrize("kind", ["iq", "sqil", "compiled iq"])
def test_a_killed_and_resumed_run_ends_bit_by_bit_like_one_never_killed(
    tmp_path: Path, dataset: Path, kind: str
) -> None:
    config = asked(kind, dataset)
    whole, broken = (create_run(config, root=tmp_path) for _ in range(2))
    seed = random.randrange(10**6)  # the moment is to be another each time; pytest shows it if the test fails
    print(f"kills drawn from seed {seed}")
    kills = 1 if config.config["compile"] else 2  # each start compiles anew
    hit = killed_now_and_then(broken, random.Random(seed), kills)
    for run in (whole, broken):
        status = finished(run).status if read_run(run).status.resumable else read_run(run).status
        assert status.state == "done", status.message
        assert status == Status("done", *[config.config["updates"]] * 2, changed=status.changed)
    assert hit >= 1
    last = f"checkpoints/{config.config['updates']:08d}.safetensors"
    assert (broken / last).read_bytes() == (whole / last).read_bytes()
    assert curves(broken) == curves(whole)
    if config.config["online"]:
        expected, found = steps_of(whole), steps_of(broken)
        assert len(expected["action"]) > ONLINE["replay_capacity"]
        for name, rows in expected.items():
            np.testing.assert_array_equal(found[name], rows, name)


def test_checkpoints_of_online_runs_stay_small_as_steps_are_in_files_of_their_own(
    tmp_path: Path, dataset: Path
) -> None:
    settings = {**ONLINE, "updates": 900, "kept": 0}
    config = request("CartPole-v1", "sqil", seeds=(3, 4), source=dataset, settings=settings)
    run = create_run(config, root=tmp_path)
    assert train(build(run, config), lambda: "").state == "done"
    sizes = [path.stat().st_size for path in (run / "checkpoints").glob("*.safetensors")]
    assert len(sizes) == 5
    assert len(set(sizes)) == 1  # however many steps there are
    assert sizes[0] < 20_000 < sum(rows.nbytes for rows in steps_of(run).values())
    assert max(path.stat().st_size for path in (run / "checkpoints").glob("*.json")) < 1_000
