"""SQIL of this project on CartPole, timed as theirs is: ``python -m irl_app.bench.sqil_ours JOB``."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from irl_app.tasks import control_task, rollout
from trainers.soft_q import SoftQConfig, SoftQTrainer, Transitions
from trainers.threads import use_one_thread

TASK = "CartPole-v1"


def measure(job: dict[str, Any]) -> dict[str, float]:
    """Train and play greedily; seconds are of the training alone, construction included, imports not.

    ``job`` as for ``sqil_theirs``; every environment step beyond the warm-up is followed by one update.
    """
    use_one_thread()
    task, names = control_task(TASK), ("hidden", "learning_rate", "batch_size", "gamma", "target_rate")
    with np.load(job["demonstrations"], allow_pickle=False) as shown:
        n = len(shown["action"])
        shown = Transitions(**shown, reward=np.zeros(n, np.float32), first=np.zeros(n, bool))
    settings = task.defaults("sqil") | {name: job[name] for name in names}
    settings |= {"warmup": job["warmup"], "updates": job["steps"] - job["warmup"]}
    settings |= {"steps_per_round": job["every"], "updates_per_round": job["every"], "method": "sqil"}
    wall, cpu = time.perf_counter(), time.process_time()
    learner = SoftQTrainer(
        SoftQConfig.from_json(settings),
        task.obs_shape,
        task.n_actions,
        seeds=[job["seed"]],
        demonstrations=[shown],
        make_env=task.make,
    )
    learner.advance(settings["updates"])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    played = rollout(
        task, lambda obs, _: learner.q_values(obs)[0].argmax(-1), job["episodes"], 1_000_000 + job["seed"]
    )
    return {
        "seconds": wall,
        "cpu_seconds": cpu,
        "return": float(played.returns.mean()),
        "env_steps": float(learner.env_steps),
        "updates": float(learner.update),
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
