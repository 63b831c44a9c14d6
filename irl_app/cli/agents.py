"""Whoever acts in ``irl-app demos collect ENV_ID --agent KIND:FILE``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irl_app.cli.options import UsageError

if TYPE_CHECKING:
    import numpy as np

    from irl_app.tasks import Policy, Task

KINDS = "sb3:FILE, a model of stable-baselines3, policy:FILE, one of irl-app's, or random"
RISK = (
    "irl-app: a file of stable-baselines3 holds a pickle, which can run any code when it is opened: open "
    "only files that you trust"
)


def agent(text: str, task: Task) -> tuple[str, Policy]:
    """Name and policy of an agent.

    Args:
        text: ``sb3:FILE``, ``policy:FILE`` or ``random``.

    Raises:
        UsageError: it is none of these, there is no such file, its package is missing, or it is of another
            task.
        RewardFileError: the policy cannot be read.
    """
    if text == "random":
        from irl_app.tasks import random_policy

        return "random play", random_policy(task)
    kind, colon, name = text.partition(":")
    loaders: dict[str, Callable[[Path, Task], Any]] = {"sb3": _of_sb3, "policy": _of_ours}
    if not colon or kind not in loaders:
        raise UsageError(f"--agent is {KINDS}, got {text[:60]!r}")
    if not Path(name).is_file():
        raise UsageError(f"there is no file {name}: --agent is {KINDS}")
    predict = loaders[kind](Path(name), task)

    def act(obs: Any, generator: np.random.Generator) -> Any:
        return predict(obs)

    return f"{kind} {Path(name).name}", act


def _of_ours(path: Path, task: Task) -> Callable[[Any], Any]:
    from irl_app.policies import load_policy
    from trainers.spaces import alike

    policy = load_policy(path)
    for name in ("observation_space", "action_space"):
        theirs, needed = getattr(policy.info, name), getattr(task, name)
        if not alike(theirs, needed):
            raise UsageError(f"{path} acts in {theirs}, {task.name} has {needed}: give a policy of this task")
    return lambda obs: policy.predict(obs)[0]


def _of_sb3(path: Path, task: Task) -> Callable[[Any], Any]:
    import sys

    try:
        import stable_baselines3 as sb3
    except ModuleNotFoundError as error:
        raise UsageError(
            "sb3:FILE needs stable-baselines3, whose licence and torch are its own: "
            "pip install 'irl-app[sb3]'"
        ) from error
    print(RISK, file=sys.stderr)
    for name in ("PPO", "DQN", "SAC", "TD3", "A2C", "DDPG"):
        try:
            model = getattr(sb3, name).load(path, device="cpu")
        except Exception:  # of another algorithm, whose file says so only by failing
            continue
        return lambda obs: model.predict(obs, deterministic=True)[0]
    raise UsageError(f"{path} is no model of stable-baselines3 (PPO, DQN, SAC, TD3, A2C, DDPG)")
