"""What a run has learned, to look at: an episode of the expert beside one of the learner."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from irl_app.analysis.agents import WHOLE
from irl_app.analysis.estimates import Estimate
from irl_app.findings.agents import play
from irl_app.findings.judging import Findings
from irl_app.stage import Material, Recording, Slices, record, write_material, write_slices
from irl_app.stage.bodies import simulation
from irl_app.training.learners import load_learners
from irl_app.training.request import title_of_run
from irl_app.training.split import load_split
from trainers.arrays import Float32Array
from trainers.learner import policy_of
from trainers.transitions import Transitions

FOLDER = "stage"
SEED = 8_000_009
"""Of the learner's episode: no training sees it."""
SEEN_EPISODES = 2
"""Of the learner, whose states count as visited."""
SPEEDS = {1: 1, 4: 3, 7: 6}
"""Of a joint of so many coordinates: one that slides or turns, a ball's, a free one's."""
MOST_HIDDEN = 3
"""Coordinates at most that observations of robots leave out: where they are in the world."""


class _Replay(gym.Wrapper[Any, Any, Any, Any]):
    """A robot that is put where a demonstration saw it, whatever it is asked to do.

    Played again by its actions alone it would soon be somewhere else: they were written in single precision.
    Where it is in the world is not observed, and follows from its speed.
    """

    def __init__(self, env: gym.Env[Any, Any], shown: Transitions) -> None:
        super().__init__(env)
        self._shown, self._at = shown, 0
        self._place: NDArray[np.float64] = np.zeros(0)

    def reset(self, **kwargs: Any) -> tuple[Any, dict[str, Any]]:
        obs, info = self.env.reset(**kwargs)
        hidden = _hidden_coordinates(self.env, np.asarray(obs))
        self._at, self._place = 0, np.zeros(hidden)
        self._put(self._shown.obs[0])
        return self._shown.obs[0], info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        shown, at = self._shown, self._at
        robot: Any = self.env.unwrapped
        self._place = self._place + robot.dt * robot.data.qvel[: len(self._place)]
        self._put(shown.next_obs[at])
        self._at = at + 1
        ended = bool(shown.terminated[at])
        return shown.next_obs[at], float(shown.reward[at]), ended, self._at == len(shown) and not ended, {}

    def _put(self, obs: NDArray[Any]) -> None:
        robot: Any = self.env.unwrapped
        n, hidden = robot.model.nq - len(self._place), len(self._place)
        position = np.concatenate((self._place, obs[:n]))
        if hidden:
            position[0] += robot.init_qpos[0]
        robot.set_state(position, obs[n : n + robot.model.nv].astype(np.float64))


def _hidden_coordinates(env: gym.Env[Any, Any], obs: NDArray[Any]) -> int:
    """How many coordinates of a robot's position its observation begins after; -1 if it tells none."""
    data = env.unwrapped.data  # type: ignore[attr-defined]
    for hidden in range(MOST_HIDDEN + 1):
        told = np.concatenate((data.qpos[hidden:], data.qvel))
        if len(obs) >= len(told) and np.allclose(obs[: len(told)], told, atol=1e-6):
            return hidden
    return -1


def save_stage(found: Findings) -> None:
    """Record an episode of the expert and one of the first seed's learner, where robots can be put anywhere.

    Nothing is written where they cannot, or where no whole demonstration is at hand.

    Raises:
        OSError: a file cannot be written.
    """
    split = load_split(found.run, len(found.config.seeds))
    if split.example is None or not _can_be_put(found):
        return
    task, reward = found.task, found.rewards[0][found.lens]
    shown = split.example
    command = _command(found)
    provenance = {"command": command, "version": found.config.version}
    at = iter(range(len(shown)))
    expert = record(
        lambda mode: _Replay(task.make(mode), shown),
        lambda obs, generator: shown.action[next(at)][None],
        0,
        reward,
        title="Expert",
        provenance=provenance,
    )
    learner = load_learners(found.run, found.config).each[0]
    learned: Recording = record(
        task.make, policy_of(learner), SEED, reward, title="Learner", provenance=provenance
    )
    folder = found.run / FOLDER
    write_slices(Slices(reward, _names(found), shown.obs, shown.next_obs, shown.action, _seen(found)), folder)
    title = title_of_run(found.config)
    material = Material(task.name, title, command, expert, learned, figures=_figures(found))
    write_material(material, folder)


def _seen(found: Findings) -> Float32Array:
    """(M, O) states of the demonstration that is shown and of some episodes of the first seed's learner."""
    split, learner = load_split(found.run, len(found.config.seeds)), load_learners(found.run, found.config)
    played = play(found.task, learner.act, len(learner.each), SEEN_EPISODES, SEED)[0]
    assert split.example is not None  # or nothing is shown
    return np.concatenate((split.example.obs, played.obs)).astype(np.float32)


def _names(found: Findings) -> tuple[str, ...]:
    """Of the numbers of an observation: coordinates, speeds, and what else there is."""
    env = found.task.make()
    try:
        obs, _ = env.reset(seed=0)
        model = env.unwrapped.model  # type: ignore[attr-defined]
        hidden, places, speeds = _hidden_coordinates(env, np.asarray(obs)), list[str](), list[str]()
        for number in range(model.njnt):
            joint = model.joint(number)
            name = joint.name.replace("_", " ") or f"joint {number}"
            places += _parts(name, len(joint.qpos0))
            speeds += _parts(f"speed of {name}", SPEEDS[len(joint.qpos0)])
        told = [*places[hidden:], *speeds]
        return tuple([*told, *(f"number {i}" for i in range(len(told), len(obs)))][: len(obs)])
    finally:
        env.close()


def _parts(name: str, n: int) -> list[str]:
    return [name] if n == 1 else [f"{name}, {i + 1}" for i in range(n)]


def _can_be_put(found: Findings) -> bool:
    if len(found.task.observation_space.shape) > 1:
        return False
    env = found.task.make()
    try:
        obs, _ = env.reset(seed=0)
        settable = simulation(env) is not None and hasattr(env.unwrapped, "set_state")
        return settable and _hidden_coordinates(env, np.asarray(obs)) >= 0
    finally:
        env.close()


def _command(found: Findings) -> str:
    """What makes such a run."""
    config, asked = found.config, found.config.demonstrations or {}
    brought = f" --from {asked['source']}" if asked.get("source") else ""
    seeds = (
        f"--seeds {config.seeds[0]}-{config.seeds[-1]}"
        if len(config.seeds) > 1
        else f"--seed {config.seeds[0]}"
    )
    method = "" if config.method == "iq" else f" --method {config.method}"
    return f"irl-app recover {config.task}{brought} --demos {asked.get('episodes')}{method} {seeds}"


def _figures(found: Findings) -> dict[str, Any]:
    """What the page says beside it."""
    row = next(row for row in found.agreement if (row.reward, row.states) == (found.lens, WHOLE))
    random, expert = found.task.random_return, found.expert_return
    told: dict[str, Any] = {"returns": {"expert": expert, "learner": found.learner.value, "random": random}}
    if found.learner.value is not None:
        ends = {"value": found.learner.value, "low": found.learner.low, "high": found.learner.high}
        told["imitation"] = {
            end: (value - random) / (expert - random) for end, value in ends.items() if value is not None
        }
    for name, figure in (("episodes", "sums"), ("steps", "steps")):
        if own := _figure(row.figures[figure]):
            length = row.figures["lengths"].value if name == "episodes" else None
            told[name] = own | ({} if length is None else {"length": length})
    return told


def _figure(estimate: Estimate) -> dict[str, float]:
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return {} if estimate.value is None else {end: value for end, value in ends.items() if value is not None}
