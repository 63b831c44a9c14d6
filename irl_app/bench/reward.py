"""How fast exported rewards are, and how much memory they take, beside plain torch in the same parts.

Rates are of processor time: what else a machine does shall not count.

Run by `measured_apart`, a kind in a process of its own: peaks of memory are of processes.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.rewards import (
    ActorNetworks,
    ConvolutionalNetwork,
    FeatureFunction,
    InverseBellmanReward,
    NetworkReward,
    Perceptron,
    PlaceReward,
    Reward,
    RewardInfo,
    StateActionReward,
    StateNetworkReward,
    StateReward,
    Support,
    SupportedReward,
)
from irl_app.rewards.protocol import CHUNK
from irl_app.rewards.random_features import draw_features
from trainers.spaces import Box, Discrete

SEEN, MOVED, HIDDEN, STATES = 17, 6, (256, 256), 1_000
"""Sizes of a robot's observation and action, of its networks, and of a demonstration."""
PICTURE, SEES = Box((16, 16, 3), "uint8", (0.0,), (255.0,)), (16, 32, 32)
"""Pictures, and the channels of the convolutions that see them."""
OF_PICTURES = "network of pictures"
NUMBERED = ("network", "de-shaped", OF_PICTURES)
"""Kinds whose actions are numbered, beside those in tables."""
KINDS = (
    "state table",
    "pair table",
    "transition table",
    "places",
    "network",
    "de-shaped",
    "state features",
    "state network",
    "actor network",
    "supported",
    OF_PICTURES,
)
PLAIN = "plain torch in parts"


@dataclass(frozen=True)
class Scoring:
    """How one kind of reward scored transitions.

    Attributes:
        name: of the kind. per_second: transitions a second of processor time.
        extra_mb: most memory beyond that of the transitions.
    """

    name: str
    per_second: float
    extra_mb: float


def main(job: dict[str, Any]) -> list[dict[str, Any]]:
    """Score so many transitions with the kind that is asked for.

    Args:
        job: "kind" and "transitions".
    """
    name, n = str(job["kind"]), int(job["transitions"])
    rng = np.random.default_rng(0)
    score = _plain(rng) if name == PLAIN else _scored(_reward(name, rng))
    batch = _transitions(name, n, rng)
    score(*(array[:CHUNK] for array in batch))  # loads what is loaded when first used
    before = _peak(forget=True)
    began = time.process_time()
    found = score(*batch)
    seconds = time.process_time() - began
    assert found.shape == (n,)
    return [asdict(Scoring(name, n / seconds, max(_peak() - before, 0.0)))]


def _peak(forget: bool = False) -> float:
    """Most memory that this process has had, MB; since it was last told to forget, where the system can."""
    status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if clear.exists():
        if forget:
            clear.write_text("5")
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def _scored(reward: Reward) -> Callable[..., Any]:
    return lambda *batch: reward(*batch)


def _transitions(name: str, n: int, rng: np.random.Generator) -> tuple[Any, ...]:
    ended = rng.random(n) < 0.01
    if "table" in name:
        return rng.integers(100, size=n), rng.integers(4, size=n), rng.integers(100, size=n), ended
    action = rng.integers(4, size=n) if name in (*NUMBERED, PLAIN) else None
    if name == OF_PICTURES:
        seen = rng.integers(0, 256, (n + 1, *PICTURE.shape), np.uint8)
        return seen[:-1], action, seen[1:], ended
    obs = rng.standard_normal((n, SEEN), np.float32)
    if action is None:
        action = rng.uniform(-1.0, 1.0, (n, MOVED)).astype(np.float32)
    return obs, action, np.roll(obs, 1, axis=0), ended


def _network(rng: np.random.Generator, inputs: int, outputs: int) -> Perceptron:
    sizes = (inputs, *HIDDEN, outputs)
    return Perceptron(
        tuple(
            (rng.standard_normal((i, o), np.float32) / np.sqrt(i), np.zeros(o, np.float32))
            for i, o in pairwise(sizes)
        )
    )


def _of_pictures(rng: np.random.Generator) -> ConvolutionalNetwork:
    height, width, channels = PICTURE.shape
    layers = []
    for inputs, outputs in pairwise((channels, *SEES)):
        bias = np.zeros(outputs, np.float32)
        layers.append((rng.standard_normal((9 * inputs, outputs), np.float32) / np.sqrt(9 * inputs), bias))
        height, width = -(-height // 2), -(-width // 2)
    return ConvolutionalNetwork(PICTURE, tuple(layers), _network(rng, height * width * SEES[-1], 4))


def _reward(name: str, rng: np.random.Generator) -> Reward:
    in_table, numbered = "table" in name, name in NUMBERED
    actions = Discrete(4) if in_table or numbered else Box((MOVED,), low=(-1.0,), high=(1.0,))
    info = RewardInfo(
        kind="transition",
        title=name,
        gamma=0.99,
        temperature=1.0,
        terminal="zero",
        observation_space=Discrete(100) if in_table else PICTURE if name == OF_PICTURES else Box((SEEN,)),
        action_space=actions,
    )

    def of_kind(kind: Any) -> RewardInfo:
        return RewardInfo(**{**vars(info), "kind": kind})

    if name == "state table":
        return StateReward(rng.standard_normal(100), None, of_kind("state"))
    if name == "transition table":
        return InverseBellmanReward(rng.standard_normal((100, 4)), rng.standard_normal(100), info)
    if name == "pair table":
        return StateActionReward(rng.standard_normal((100, 4)), of_kind("marginal"))
    if name == "places":
        return PlaceReward(rng.standard_normal((40, 40)), None, np.array([-1.0, -1.0, 0.05]), info)
    if name == "state features":
        g: FeatureFunction = draw_features(rng.standard_normal((STATES, SEEN)), 400, 0)
        return StateNetworkReward(g, of_kind("disentangled"), -1.0, 1.0)
    if name == "state network":
        return StateNetworkReward(_network(rng, SEEN, 1), of_kind("state"), -1.0, 1.0)
    if numbered:
        kind = "deshaped" if name == "de-shaped" else "transition"
        q = _of_pictures(rng) if name == OF_PICTURES else _network(rng, SEEN, 4)
        return NetworkReward(q, of_kind(kind), 0.0, -9.0, 9.0)
    actor = ActorNetworks(
        _network(rng, SEEN, 2 * MOVED),
        (_network(rng, SEEN + MOVED, 1), _network(rng, SEEN + MOVED, 1)),
        (),
        0.2,
        np.zeros(SEEN, np.float32),
        np.ones(SEEN, np.float32),
        5.0,
    )
    raw = NetworkReward(actor, info, 0.0, -9.0, 9.0)
    if name == "actor network":
        return raw
    support = Support.of(rng.standard_normal((STATES, SEEN)), np.repeat([0, 1], STATES // 2))
    return SupportedReward(raw, support, of_kind("supported"), -9.0, 9.0, 0.5, 2.0, 0.0)


def _plain(rng: np.random.Generator) -> Callable[..., Any]:
    """r = Q(s, a) - gamma log sum exp Q(s', .) as one writes it by hand."""
    import torch

    torch.set_num_threads(1)
    layers: list[torch.nn.Module] = []
    for i, o in pairwise((SEEN, *HIDDEN, 4)):
        layers += [torch.nn.Linear(i, o), torch.nn.ReLU()]
    q = torch.nn.Sequential(*layers[:-1])

    @torch.no_grad()
    def score(obs: Any, action: Any, next_obs: Any, ended: Any) -> Any:
        found = np.empty(len(obs))
        for low in range(0, len(obs), CHUNK):
            at = slice(low, low + CHUNK)
            own = q(torch.from_numpy(obs[at])).gather(1, torch.from_numpy(action[at])[:, None])[:, 0]
            after = torch.logsumexp(q(torch.from_numpy(next_obs[at])), 1)
            found[at] = (own - 0.99 * torch.where(torch.from_numpy(ended[at]), 0.0, after)).numpy()
        return found

    return score


def kinds() -> Sequence[str]:
    """Every kind that is exported, and plain torch."""
    return (*KINDS, PLAIN)


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
