"""Whole trainings of SQIL on CartPole: this project's beside that of the `imitation` package.

Theirs (Gleave et al. 2022, stable-baselines3's deep Q-learning within) needs libraries that contradict ours:
it lives in a virtual environment of its own, made here on demand. Both get the same demonstrations, number
of environment steps and updates, network, learning rate, batch and target rate, and one thread.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from irl_app.bench.processes import measured, measured_apart
from irl_app.tasks import get_task
from irl_app.training.split import draw

if TYPE_CHECKING:
    from irl_app.bench.soft_q import Speed

THEIRS = ("imitation==1.0.1", "stable-baselines3==2.2.1", "numpy==1.26.4", "setuptools==80.10.2")
"""What their environment is made of, and our own version of torch."""
SETTINGS = {
    "warmup": 500,
    "hidden": [64, 64],
    "learning_rate": 1e-3,
    "batch_size": 32,
    "gamma": 0.99,
    "target_rate": 0.01,
    "every": 4,
    "episodes": 20,
}
TASK = "CartPole-v1"
Progress = Callable[[int, int, str], None]


class BenchError(ValueError):
    """Their environment cannot be made; the message is one sentence."""


@dataclass(frozen=True)
class Training:
    """One whole training.

    Attributes:
        whose: "imitation" or "ours". seed: of it, and of the choice of its demonstrations.
        seconds: of training, evaluation and imports left out. cpu_seconds: processor time of the same.
        mean_return: of its greedy policy over 20 episodes.
        env_steps, updates: that it took.
    """

    whose: str
    seed: int
    seconds: float
    cpu_seconds: float
    mean_return: float
    env_steps: int
    updates: int


def bench_sqil(
    seeds: Sequence[int], *, steps: int, n_demos: int, environment: Path, progress: Progress
) -> tuple[Training, ...]:
    """Train both, seed by seed in turns.

    Args:
        seeds: one training of each kind a seed.
        steps: of the environment, the warm-up's 500 at random included; one update for each of the others.
        n_demos: whole episodes that are shown.
        environment: folder of their virtual environment, made if it is not there.
        progress: told (trainings done, in all, what now).

    Raises:
        BenchError: their environment cannot be made.
        RunError: there are too few demonstrations.
        RuntimeError: a training failed; the message ends with its error.
    """
    progress(0, 2 * len(seeds), "building their environment" if not is_built(environment) else "")
    python = build(environment)
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    script = str(Path(__file__).with_name("sqil_theirs.py"))
    found: list[Training] = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            shown = str(_shown(Path(folder), seed, n_demos))
            job = {**SETTINGS, "demonstrations": shown, "steps": steps, "seed": seed}
            for whose in ("imitation", "ours"):
                progress(len(found), 2 * len(seeds), f"{whose}, seed {seed}")
                if whose == "ours":
                    result = measured_apart("irl_app.bench.sqil_ours", job)
                else:
                    result = measured([str(python), script], job, alone)
                found.append(Training(whose, seed, **result))
    return tuple(found)


def bench_sac(environment: Path, *, updates: int, repeats: int, plain: float) -> Speed:
    """Updates per second of stable-baselines3's SAC at the sizes of ``bench.actor_critic``.

    Args:
        environment: as in `bench_sqil`. updates: in each of the turns. plain: of the plain loop, per second.

    Raises:
        BenchError: their environment cannot be made.
        RuntimeError: the measurement failed.
    """
    from irl_app.bench.actor_critic import ACTIONS, BATCH, HIDDEN, OBS
    from irl_app.bench.soft_q import Speed

    python = build(environment)
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    job = {"updates": updates, "repeats": repeats, "obs": OBS, "actions": ACTIONS, "hidden": HIDDEN}
    script = str(Path(__file__).with_name("sac_theirs.py"))
    rate = measured([str(python), script], job | {"batch": BATCH}, alone)
    return Speed("stable-baselines3", 1, rate, 0.0, rate / plain)


def is_built(environment: Path) -> bool:
    """Whether their environment is there, whole and as it should be."""
    try:
        return (environment / "built.txt").read_text(encoding="utf-8") == "\n".join(_requirements())
    except OSError:
        return False


def build(environment: Path) -> Path:
    """Make their environment if it is not there; its interpreter.

    Raises:
        BenchError: the folder holds something else, or an installation failed.
    """
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if is_built(environment):
        return python
    if environment.exists() and any(environment.iterdir()) and not (environment / "pyvenv.cfg").is_file():
        raise BenchError(f"{environment} is not empty, and no virtual environment: choose another folder")
    shutil.rmtree(environment, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_requirements()],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            said = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no word"]
            raise BenchError(f"the environment of imitation cannot be made in {environment}: {said[0]}")
    (environment / "built.txt").write_text("\n".join(_requirements()), encoding="utf-8")
    return python


def _requirements() -> tuple[str, ...]:
    return (*THEIRS, f"torch=={version('torch').partition('+')[0]}")


def _shown(folder: Path, seed: int, n_demos: int) -> Path:
    shown, _ = draw(get_task(TASK), {"source": None, "episodes": n_demos, "every": 1}, (seed,))
    (own,) = shown.train
    path = folder / f"{seed}.npz"
    np.savez(path, **{name: getattr(own, name) for name in ("obs", "action", "next_obs", "terminated")})
    return path
