"""SQIL of this project on CartPole, timed as theirs is: ``python -m irl_app.bench.sqil_ours JOB``."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

from irl_app.tasks import Obs, get_task, rollout
from irl_app.training.request import learner_config
from trainers.deep.threads import use_one_thread
from trainers.deep.trainer import Trainer
from trainers.learner import Actions
from trainers.transitions import Transitions

TASK = "CartPole-v1"


def measure(job: dict[str, Any]) -> dict[str, float]:
    """Train and play greedily; seconds are of the training alone, construction included, imports not.

    ``job`` as for ``sqil_theirs``; every environment step beyond the warm-up is followed by one update.
    """
    use_one_thread()
    task, names = get_task(TASK), ("hidden", "learning_rate", "batch_size", "gamma", "target_rate")
    with np.load(job["demonstrations"], allow_pickle=False) as shown:
        n = len(shown["action"])
        whole = np.zeros(n, np.int64), np.arange(n)
        shown = Transitions(**shown, reward=np.zeros(n), episode=whole[0], time=whole[1])
    settings = task.defaults("sqil") | {name: job[name] for name in names}
    settings |= {"warmup": job["warmup"], "updates": job["steps"] - job["warmup"]}
    settings |= {"steps_per_round": job["every"], "updates_per_round": job["every"], "method": "sqil"}
    wall, cpu = time.perf_counter(), time.process_time()
    trainer = Trainer(
        learner_config(settings),
        task.observation_space,
        task.action_space,
        seeds=[job["seed"]],
        demonstrations=[shown],
        make_env=task.make,
    )
    trainer.advance(settings["updates"])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    learner = trainer.learner

    def greedy(obs: Obs, generator: np.random.Generator) -> Actions:
        return learner.act(obs, generator, deterministic=True)[0]

    played = rollout(task, greedy, job["episodes"], 1_000_000 + job["seed"])
    return {
        "seconds": wall,
        "cpu_seconds": cpu,
        "mean_return": float(played.returns.mean()),
        "env_steps": trainer.env_steps,
        "updates": trainer.update,
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
