"""SQIL of the `imitation` package on CartPole, timed: run by an interpreter of its own environment.

``python sqil_theirs.py JOB`` prints one JSON object; nothing of this project is imported. JOB is JSON:
``demonstrations`` (an npz of obs, action, next_obs, terminated), ``steps``, ``warmup``, ``seed``,
``episodes``, ``hidden``, ``learning_rate``, ``batch_size``, ``gamma``, ``target_rate``, ``every``.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any


def measure(job: dict[str, Any]) -> dict[str, float]:
    """Train and play; seconds are of the training alone, construction included, imports not."""
    import gymnasium as gym
    import numpy as np
    import torch
    from imitation.algorithms.sqil import SQIL
    from imitation.data.types import Transitions
    from stable_baselines3.common.evaluation import evaluate_policy
    from stable_baselines3.common.monitor import Monitor
    from stable_baselines3.common.vec_env import DummyVecEnv

    torch.set_num_threads(1)
    with np.load(job["demonstrations"], allow_pickle=False) as shown:
        n = len(shown["action"])
        demonstrations = Transitions(
            obs=shown["obs"],
            acts=shown["action"],
            next_obs=shown["next_obs"],
            dones=shown["terminated"],
            infos=np.array([{}] * n),
        )
    wall, cpu = time.perf_counter(), time.process_time()
    learner = SQIL(
        venv=DummyVecEnv([lambda: gym.make("CartPole-v1")]),
        demonstrations=demonstrations,
        policy="MlpPolicy",
        rl_kwargs={
            "policy_kwargs": {"net_arch": job["hidden"]},
            "learning_rate": job["learning_rate"],
            "batch_size": 2 * job["batch_size"],
            "gamma": job["gamma"],
            "tau": job["target_rate"],
            "target_update_interval": 1,
            "learning_starts": job["warmup"],
            "train_freq": job["every"],
            "gradient_steps": job["every"],
            "buffer_size": 50_000,
            "seed": job["seed"],
            "device": "cpu",
        },
    )
    learner.train(total_timesteps=job["steps"])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    judge = Monitor(gym.make("CartPole-v1"))
    judge.reset(seed=1_000_000 + job["seed"])
    returns, _ = evaluate_policy(
        learner.policy, judge, job["episodes"], deterministic=True, return_episode_rewards=True
    )
    return {
        "seconds": wall,
        "cpu_seconds": cpu,
        "mean_return": float(np.mean(returns)),
        "env_steps": int(learner.rl_algo.num_timesteps),
        "updates": int(learner.rl_algo._n_updates),
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]))))
