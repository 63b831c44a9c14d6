"""Updates per second of soft actor-critic at the usual size, beside a plain loop and the bare products.

Half Cheetah's numbers, 256 + 256 units, two critics, 256 rows. ``python -m irl_app.bench.actor_critic
'{"repeats": 3, "updates": 200}'`` measures in this process and prints JSON.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import Tensor, nn

from irl_app.bench.soft_q import Speed, Way, measured_ways
from irl_app.training.request import learner_config
from trainers.deep.actor_critic import ActorCriticUpdate
from trainers.deep.replay import Dataset
from trainers.deep.threads import use_one_thread
from trainers.spaces import Box
from trainers.transitions import Transitions

OBS, ACTIONS, HIDDEN, BATCH = 17, 6, 256, 256
GAMMA, TAU, RATE, STEP = 0.99, 0.2, 0.005, 3e-4
STEPS, WARMUP = 5_000, 20


def steps() -> Transitions:
    """Random steps of Half Cheetah's shape: speed does not depend on what they say."""
    rng = np.random.default_rng(0)
    obs = rng.normal(size=(STEPS + 1, OBS)).astype(np.float32)
    actions = rng.uniform(-1.0, 1.0, (STEPS, ACTIONS)).astype(np.float32)
    time, never = np.arange(STEPS), np.zeros(STEPS, bool)
    return Transitions(obs[:-1], actions, obs[1:], never, rng.normal(size=STEPS), 0 * time, time)


def plain_loop() -> Callable[[int], None]:
    """Soft actor-critic as most would first write it; returns what does n updates."""
    torch.manual_seed(0)
    data = steps()
    arrays = (data.obs, data.action, data.next_obs, data.reward.astype(np.float32))
    tensors = [torch.from_numpy(np.array(x)) for x in arrays]

    def network(inputs: int, outputs: int) -> nn.Sequential:
        return nn.Sequential(
            *(nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU()),
            nn.Linear(HIDDEN, outputs),
        )

    actor = network(OBS, 2 * ACTIONS)
    critics, targets = ([network(OBS + ACTIONS, 1) for _ in range(2)] for _ in range(2))
    for target, critic in zip(targets, critics, strict=True):
        target.load_state_dict(critic.state_dict())
    actor_adam = torch.optim.Adam(actor.parameters(), lr=STEP)
    critic_adam = torch.optim.Adam([p for critic in critics for p in critic.parameters()], lr=STEP)

    def act(obs: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = actor(obs).chunk(2, -1)
        std = (-5.0 + 3.0 * (torch.tanh(spread) + 1.0)).exp()
        normal = torch.distributions.Normal(mean, std)
        u = normal.rsample()
        squashed = 2.0 * (math.log(2.0) - u - nn.functional.softplus(-2.0 * u))
        return torch.tanh(u), (normal.log_prob(u) - squashed).sum(-1)

    def least(networks: list[nn.Sequential], obs: Tensor, action: Tensor) -> Tensor:
        x = torch.cat((obs, action), -1)
        return torch.minimum(*(one(x)[:, 0] for one in networks))

    def update() -> None:
        rows = torch.randint(STEPS, (BATCH,))
        obs, action, next_obs, reward = (x[rows] for x in tensors)
        with torch.no_grad():
            following, log_prob = act(next_obs)
            wanted = reward + GAMMA * (least(targets, next_obs, following) - TAU * log_prob)
        x = torch.cat((obs, action), -1)
        loss = sum(((critic(x)[:, 0] - wanted) ** 2).mean() for critic in critics)
        critic_adam.zero_grad()
        loss.backward()
        critic_adam.step()
        own, log_prob = act(obs)
        actor_loss = (TAU * log_prob - least(critics, obs, own)).mean()
        actor_adam.zero_grad()
        actor_loss.backward()
        actor_adam.step()
        for target, critic in zip(targets, critics, strict=True):
            for slow, fast in zip(target.parameters(), critic.parameters(), strict=True):
                slow.data.lerp_(fast.data, RATE)

    def run(n: int) -> None:
        for _ in range(n):
            update()

    return run


def ours(*, compiled: bool) -> Callable[[int], None]:
    """The same by this project's update."""
    settings = {
        "method": "sac",
        "online": True,
        "hidden": (HIDDEN, HIDDEN),
        "batch_size": BATCH,
        "gamma": GAMMA,
        "temperature": TAU,
        "target_rate": RATE,
        "learning_rate": STEP,
        "actor_rate": STEP,
        "grad_clip": None,
        "updates": 10**9,
        "compile": compiled,
    }
    generators = [torch.Generator().manual_seed(0)]
    space, actions = Box((OBS,)), Box((ACTIONS,), low=(-1.0,), high=(1.0,))
    update = ActorCriticUpdate(learner_config(settings), space, actions, None, generators)
    data = Dataset([steps()])

    def run(n: int) -> None:
        batch = data.draw(n, BATCH, generators)
        for i in range(n):
            update(batch.at(i), None, 0)

    return run


def matrix_products() -> Callable[[int], None]:
    """Nothing but the products of one update.

    Forward for critics, targets, twice the actor, and the critics at its actions; back to weights and inputs
    for critics and actor, and to the inputs alone of the critics that the actor climbs.
    """

    def layers(inputs: int, outputs: int) -> list[tuple[Tensor, Tensor, Tensor]]:
        sizes = [(inputs, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, outputs)]
        return [(torch.randn(BATCH, i), torch.randn(i, o), torch.randn(BATCH, o)) for i, o in sizes]

    actor, critic = layers(OBS, 2 * ACTIONS), layers(OBS + ACTIONS, 1)
    # (layers, times forward, to weights, to inputs) of one update
    work = [(actor, 2, 1, 1), (critic, 2 * 3, 2, 2 * 2)]

    def run(n: int) -> None:
        for _ in range(n):
            for network, forward, to_weights, to_inputs in work:
                for i, (x, w, dy) in enumerate(network):
                    for _ in range(forward):
                        torch.mm(x, w)
                    for _ in range(to_weights):
                        torch.mm(x.T, dy)
                    for _ in range(to_inputs if i or network is critic else 0):
                        torch.mm(dy, w.T)

    return run


def measure(updates: int, repeats: int, eager: bool = False) -> list[Speed]:
    """Measure all ways; ``eager`` leaves out the compiled one."""
    use_one_thread()
    ways: list[Way] = [
        ("plain eager loop", 1, plain_loop),
        ("this trainer, eager", 1, lambda: ours(compiled=False)),
        ("this trainer, compiled", 1, lambda: ours(compiled=True)),
        ("matrix products alone", 1, matrix_products),
    ]
    ways = [way for way in ways if not (eager and "compiled" in way[0])]
    return measured_ways(ways, updates, repeats, WARMUP)


if __name__ == "__main__":
    with TemporaryDirectory(prefix="irl-app-bench-") as nothing_compiled_yet:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = nothing_compiled_yet
        print(json.dumps([asdict(speed) for speed in measure(**json.loads(sys.argv[1]))]))
