"""Updates per second of stable-baselines3's SAC, by its own interpreter; imports nothing of ours.

``python sac_theirs.py JOB`` prints JSON; the job is an object of the names that `main` asks for.
"""

import json
import statistics
import sys
import time

import gymnasium as gym
import numpy as np
import torch
from stable_baselines3 import SAC
from stable_baselines3.common.logger import configure


class Shape(gym.Env):
    """Spaces alone: nothing is ever played."""

    def __init__(self, obs: int, actions: int) -> None:
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (obs,), np.float32)
        self.action_space = gym.spaces.Box(-1.0, 1.0, (actions,), np.float32)


def main(job: dict[str, int]) -> None:
    """Fill a replay with random steps, and time gradient steps in turns."""
    torch.set_num_threads(1)
    n, rng = 5_000, np.random.default_rng(0)
    model = SAC(
        "MlpPolicy",
        Shape(job["obs"], job["actions"]),
        batch_size=job["batch"],
        buffer_size=n,
        ent_coef=0.2,
        policy_kwargs={"net_arch": [job["hidden"]] * 2},
        device="cpu",
    )
    model.set_logger(configure(None, []))
    for _ in range(n):
        obs, following = rng.normal(size=(2, 1, job["obs"])).astype(np.float32)
        action = rng.uniform(-1, 1, (1, job["actions"])).astype(np.float32)
        model.replay_buffer.add(obs, following, action, rng.normal(size=1), np.zeros(1), [{}])
    model.train(20, job["batch"])
    rates = []
    for _ in range(job["repeats"]):
        start = time.process_time()
        model.train(job["updates"], job["batch"])
        rates.append(job["updates"] / (time.process_time() - start))
    print(json.dumps(statistics.median(rates)))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
