"""Updates per second of the discrete trainer at CartPole size, beside a plain loop and the bare products.

``python -m irl_app.bench.soft_q '{"repeats": 3, "updates": 2000}'`` measures in this process and prints JSON.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn

from irl_app.training.request import learner_config
from trainers.deep.threads import use_one_thread
from trainers.deep.trainer import Trainer
from trainers.spaces import Box, Discrete
from trainers.transitions import Transitions

OBS, ACTIONS, HIDDEN, BATCH, STACKED = 4, 2, 64, 32, 8
ALPHA, GAMMA, TAU, RATE, STEP = 0.5, 0.99, 0.01, 0.01, 1e-3
WARMUP = 320


@dataclass(frozen=True)
class Speed:
    """One way of doing updates, measured.

    Attributes:
        name: in words.
        networks: how many are trained side by side.
        updates_per_second: all networks moving one step together, by processor time, median of repeats.
        first_seconds: before the first updates were done: compilation, if any, with nothing kept from before.
        ratio: updates of one network per second, over those of the plain loop.
    """

    name: str
    networks: int
    updates_per_second: float
    first_seconds: float
    ratio: float


def demonstrations(n: int = 500) -> Transitions:
    """Random steps of CartPole's shape: speed does not depend on what they say."""
    rng = np.random.default_rng(0)
    obs = rng.normal(size=(n + 1, OBS)).astype(np.float32)
    never, unpaid, time = np.zeros(n, bool), np.zeros(n), np.arange(n)
    return Transitions(obs[:-1], rng.integers(ACTIONS, size=n), obs[1:], never, unpaid, 0 * time, time)


def plain_loop() -> Callable[[int], None]:
    """Offline IQ-Learn, frozen target, as most would first write it; returns what does n updates."""
    torch.manual_seed(0)
    data = demonstrations()
    tensors = [torch.from_numpy(np.array(x)) for x in (data.obs, data.action, data.next_obs)]

    def network() -> nn.Sequential:
        return nn.Sequential(
            *(nn.Linear(OBS, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU()),
            nn.Linear(HIDDEN, ACTIONS),
        )

    online, target = network(), network()
    target.load_state_dict(online.state_dict())
    optimiser = torch.optim.Adam(online.parameters(), lr=STEP)
    log = []

    def update() -> None:
        rows = torch.randint(len(data), (BATCH,))
        obs, action, next_obs = (x[rows] for x in tensors)
        q = online(obs)
        v = TAU * torch.logsumexp(q / TAU, 1)
        with torch.no_grad():
            future = GAMMA * TAU * torch.logsumexp(target(next_obs) / TAU, 1)
        reward = q.gather(1, action[:, None])[:, 0] - future
        loss = (v - future).mean() - reward.mean() + (reward**2).mean() / (4 * ALPHA)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(online.parameters(), 10.0)
        optimiser.step()
        for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
            slow.data.lerp_(fast.data, RATE)
        log.append((loss.item(), reward.mean().item(), q.abs().max().item()))

    def run(n: int) -> None:
        for _ in range(n):
            update()

    return run


def trainer(networks: int, *, compiled: bool, gradient: str = "semi") -> Callable[[int], None]:
    """The same by this project's trainer, K networks side by side; or by the whole objective, "full"."""
    settings = {
        "updates": 10**9,
        "penalty": "expert",
        "gradient": gradient,
        "alpha": ALPHA,
        "gamma": GAMMA,
        "temperature": TAU,
        "target_rate": RATE,
        "learning_rate": STEP,
        "hidden": (HIDDEN, HIDDEN),
        "batch_size": BATCH,
        "checkpoint_every": 10**6,
        "compile": compiled,
    }
    config, seeds = learner_config(settings), range(networks)
    spaces = Box((OBS,)), Discrete(ACTIONS)
    return Trainer(config, *spaces, seeds=seeds, demonstrations=[demonstrations()]).advance


def matrix_products() -> Callable[[int], None]:
    """Nothing but the products of one update: two passes forward, one back to weights and inputs."""
    sizes = [(OBS, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, ACTIONS)]
    layers = [(torch.randn(BATCH, i), torch.randn(i, o), torch.randn(BATCH, o)) for i, o in sizes]
    outs = [(torch.empty(BATCH, o), torch.empty(i, o), torch.empty(BATCH, i)) for i, o in sizes]

    def run(n: int) -> None:
        for _ in range(n):
            for (x, w, dy), (y, dw, dx) in zip(layers, outs, strict=True):
                torch.mm(x, w, out=y)
                torch.mm(x, w, out=y)
                torch.mm(x.T, dy, out=dw)
                torch.mm(dy, w.T, out=dx)

    return run


Way = tuple[str, int, Callable[[], Callable[[int], None]]]
"""Name, networks side by side, and what makes the call that does n updates."""


def measured_ways(ways: Sequence[Way], updates: int, repeats: int, warmup: int = WARMUP) -> list[Speed]:
    """Measure ways in turns: a busy machine slows all alike. Ratios are over the first.

    Args:
        updates: in each of so many turns. warmup: updates before the first.
    """
    runs, first = [], []
    for _, _, make in ways:
        start = time.perf_counter()
        run = make()
        run(warmup)
        first.append(time.perf_counter() - start)
        runs.append(run)
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(repeats):
        for run, own in zip(runs, times, strict=True):
            start = time.process_time()
            run(updates)
            own.append(updates / (time.process_time() - start))
    rates = [statistics.median(own) for own in times]
    return [
        Speed(name, networks, rate, seconds, networks * rate / rates[0])
        for (name, networks, _), rate, seconds in zip(ways, rates, first, strict=True)
    ]


def measure(updates: int, repeats: int, eager: bool = False) -> list[Speed]:
    """Measure all ways; ``eager`` leaves out the compiled ones."""
    use_one_thread()
    ways: list[Way] = [
        ("plain eager loop", 1, plain_loop),
        ("this trainer, eager", 1, lambda: trainer(1, compiled=False)),
        ("this trainer, compiled", 1, lambda: trainer(1, compiled=True)),
        ("this trainer, eager, stacked", STACKED, lambda: trainer(STACKED, compiled=False)),
        ("this trainer, compiled, stacked", STACKED, lambda: trainer(STACKED, compiled=True)),
        ("whole objective, compiled", 1, lambda: trainer(1, compiled=True, gradient="full")),
        (
            "whole objective, compiled, stacked",
            STACKED,
            lambda: trainer(STACKED, compiled=True, gradient="full"),
        ),
        ("matrix products alone", 1, matrix_products),
    ]
    return measured_ways([way for way in ways if not (eager and "compiled" in way[0])], updates, repeats)


if __name__ == "__main__":
    with TemporaryDirectory(prefix="irl-app-bench-") as nothing_compiled_yet:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = nothing_compiled_yet
        print(json.dumps([asdict(speed) for speed in measure(**json.loads(sys.argv[1]))]))
