"""A worker as the real one, at a small trainer that draws from a generator and forgets at checkpoints.

``python -m tests.training.toy_worker RUN_DIR``; the run's config is {"updates", "checkpoint_every", "pause",
"fail_at", "mute_at"}: seconds each update takes, and the updates at which it raises or ends without a word.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from irl_app.runs import RunConfig
from irl_app.training.loop import Job
from irl_app.training.worker import main


class ToyTrainer:
    """K weights that wander; ``episode`` is cut at checkpoints, ``round`` updates are done at once."""

    def __init__(self, config: Mapping[str, Any], seeds: tuple[int, ...], round: int = 3) -> None:
        self.config, self.round = config, round
        self.update = self.env_steps = 0
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.weights = torch.zeros(len(seeds), 4)
        self.sum, self.count = torch.zeros(len(seeds)), 0
        self.cut()

    def cut(self) -> None:
        self.episode = torch.stack([torch.randn(4, generator=g) for g in self.generators])

    @property
    def finished(self) -> bool:
        return self.update >= self.config["updates"]

    def advance(self, n: int) -> None:
        until = min(self.update + n, self.config["updates"])
        while self.update < until:
            every = self.config["checkpoint_every"]
            left = min(every - self.update % every, self.config["updates"] - self.update)
            for _ in range(min(self.round, left)):
                self._step()
            if self.update % every == 0:
                self.cut()

    def _step(self) -> None:
        if self.update == self.config.get("fail_at"):
            raise RuntimeError("the toy broke")
        if self.update == self.config.get("mute_at"):
            print("a last gasp", file=sys.stderr, flush=True)
            os._exit(7)
        time.sleep(self.config.get("pause", 0.0))
        noise = torch.stack([torch.randn(4, generator=g) for g in self.generators])
        self.episode = 0.9 * self.episode + noise
        self.weights += 0.1 * (self.episode - self.weights)
        self.sum, self.count = self.sum + self.weights.square().sum(1), self.count + 1
        self.update, self.env_steps = self.update + 1, self.env_steps + 2

    def statistics(self) -> dict[str, np.ndarray]:
        found = {"loss": (self.sum / self.count).numpy()}
        self.sum, self.count = torch.zeros_like(self.sum), 0
        return found

    def state_dict(self) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
        tensors = {f"generator.{k}": g.get_state() for k, g in enumerate(self.generators)}
        tensors |= {"weights": self.weights.clone(), "episode": self.episode.clone()}
        return tensors, {"update": self.update, "env_steps": self.env_steps}

    def load_state_dict(self, tensors: Mapping[str, torch.Tensor], about: Mapping[str, Any]) -> None:
        for k, generator in enumerate(self.generators):
            generator.set_state(tensors[f"generator.{k}"])
        self.weights, self.episode = tensors["weights"].clone(), tensors["episode"].clone()
        self.update, self.env_steps = about["update"], about["env_steps"]


def evaluate(trainer: ToyTrainer) -> dict[str, np.ndarray]:
    """The return is the update's number, but no number at all (as of nobody finishing) at update 0."""
    value = float(trainer.update) if trainer.update else float("nan")
    return {"return": np.full(len(trainer.generators), value)}


def make(run: Path, config: RunConfig) -> Job:
    """A toy job."""
    trainer = ToyTrainer(config.config, config.seeds)
    updates, every = config.config["updates"], config.config["checkpoint_every"]
    return Job(run, trainer, lambda: evaluate(trainer), config.schedule, updates, every)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], make))
