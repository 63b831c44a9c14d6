"""Steps in named arrays, a row each, cut into episodes: as NPZ files, D4RL's HDF5 and rollouts have them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.episodes import Spaces
from irl_app.demonstrations.stored import elements, flat, plain
from trainers.spaces import SpaceError

NAMES = ("obs", "action", "next_obs", "reward", "terminated", "truncated", "episode")
ALIASES: Mapping[str, tuple[str, ...]] = {
    "obs": ("obs", "observations"),
    "action": ("action", "actions", "acts"),
    "next_obs": ("next_obs", "next_observations"),
    "reward": ("reward", "rewards", "rews"),
    "terminated": ("terminated", "terminations", "terminals", "terminal"),
    "truncated": ("truncated", "truncations", "timeouts"),
    "ended": ("dones", "done"),
    "episode": ("episode", "episodes", "episode_id"),
    "begins": ("episode_starts",),
    "indices": ("indices",),
}
"""Our names, and those of D4RL, Minari, the imitation package and stable-baselines3's buffers."""
FLAGS = ("terminated", "truncated", "ended", "begins")
Arrays = Mapping[str, NDArray[Any]]


def known_names(present: Mapping[str, Any]) -> dict[str, str]:
    """Our name -> the name under which it is present."""
    return {
        own: found
        for own, names in ALIASES.items()
        if (found := next((n for n in names if n in present), None))
    }


def check_present(names: Mapping[str, str], where: str) -> None:
    """Refuse steps of which something is missing that cannot be told from the rest.

    Raises:
        DemonstrationError: so it is; the message names it.
    """
    missing = [name for name in ("obs", "action", "reward") if name not in names]
    if not {"terminated", "truncated", "ended", "episode", "begins", "indices"} & set(names):
        missing.append("terminated")
    if missing:
        raise DemonstrationError(
            f"{where} lacks the array{'s' * (len(missing) > 1)} {', '.join(missing)}: demonstrations are the "
            f"arrays {', '.join(NAMES)}, or as D4RL, imitation and stable-baselines3 name them"
        )


def episodes_of(columns: Arrays, where: str, spaces: Spaces | None, truncate_open: bool) -> list[Episode]:
    """The episodes of steps whose arrays have our names.

    Without ``next_obs`` what followed an episode's last step is not known: its last observation then stands
    for the last one seen, the step itself is left out, and an end with it.

    Args:
        columns: ``obs``, ``action``, ``reward`` and ends; see `ALIASES`.
        spaces: that they must lie in; None: whichever hold them.
        truncate_open: take an episode without an end for one that was cut off.

    Raises:
        DemonstrationError: arrays differ in length, or an episode is malformed; the message names it.
    """
    _check_kinds(columns, where)
    if "indices" in columns:
        return _trajectories(columns, where, spaces, truncate_open)
    columns = _one_after_the_other(columns, where)
    n = len(columns["obs"])
    lengths = {name: array.shape[:1] for name, array in columns.items()}
    if n == 0 or set(lengths.values()) != {(n,)}:
        raise DemonstrationError(f"the arrays in {where} must have one length of at least 1, got {lengths}")
    number = columns["episode"].reshape(n, -1)[:, 0]
    begins = np.flatnonzero(np.concatenate(([True], number[1:] != number[:-1])))
    if len(np.unique(number[begins])) != len(begins):
        raise DemonstrationError(
            f"the steps of an episode must stand together in {where}: sort them by episode"
        )
    found = []
    for low, high in zip(begins.tolist(), [*begins[1:].tolist(), n], strict=True):
        rows = {name: array[low:high] for name, array in columns.items()}
        if "next_obs" not in rows and high - low < 2:
            continue  # one observation and nothing after it
        try:
            found.append(_episode(rows, spaces, truncate_open))
        except (DemonstrationError, SpaceError) as error:
            raise DemonstrationError(f"episode {number[low]} of {where}: {error}") from error
    return found


def _check_kinds(columns: Arrays, where: str) -> None:
    for name, array in columns.items():
        if array.ndim == 0:
            raise DemonstrationError(f"{name} in {where} is one number: give one a step")
        if name == "reward" and array.dtype.kind not in "biuf":
            raise DemonstrationError(f"{name} in {where} must be numbers, got {array.dtype}")
        if name in FLAGS and (array.dtype.kind not in "biuf" or not np.isin(array, (0, 1)).all()):
            raise DemonstrationError(f"{name} in {where} must be true or false, 1 or 0, got {array.dtype}")


def _one_after_the_other(columns: Arrays, where: str) -> dict[str, NDArray[Any]]:
    """The columns with one row a step, flags of ends and numbers of episodes."""
    found = dict(columns)
    n_envs, rows = 1, len(found["reward"])
    if found["reward"].ndim == 2 and found["obs"].ndim > 2:  # of environments side by side
        n_envs = found["reward"].shape[1]
        if any(array.shape[:2] != (rows, n_envs) for array in found.values()):
            raise DemonstrationError(f"the arrays in {where} must all be (steps, environments, ...)")
        found = {n: a.swapaxes(0, 1).reshape(rows * n_envs, *a.shape[2:]) for n, a in found.items()}
    flags = {name: flat(found[name]).astype(bool) for name in ("terminated", "truncated") if name in found}
    truncated = flags.get("truncated", np.zeros(rows * n_envs, bool))
    terminated = flags.get("terminated", np.zeros(rows * n_envs, bool))
    if "ended" in found:
        terminated = terminated | (flat(found.pop("ended")).astype(bool) & ~truncated)
    found |= {"terminated": terminated, "truncated": truncated}
    if len(terminated) == len(truncated) == rows * n_envs and "episode" not in found:
        first = np.arange(rows * n_envs) % rows == 0
        if "begins" in found:
            first = first | flat(found["begins"]).astype(bool)
        else:
            first[1:] |= (terminated | truncated)[:-1]
        found["episode"] = np.cumsum(first) - 1
    found.pop("begins", None)
    return found


def _trajectories(columns: Arrays, where: str, spaces: Spaces | None, truncate_open: bool) -> list[Episode]:
    """Those of imitation's files: an observation more than actions each, cut at ``indices`` of actions."""
    cuts, n = columns["indices"].astype(int), len(columns["action"])
    ended = columns.get("terminated", np.ones(len(cuts) + 1, bool)).astype(bool)
    sizes = len(columns["obs"]), len(ended), len(columns["reward"])
    if sizes != (n + len(cuts) + 1, len(cuts) + 1, n) or (np.diff([0, *cuts, n]) < 1).any():
        raise DemonstrationError(f"the trajectories in {where} do not fit their indices: write them again")
    found = []
    for k, (low, high) in enumerate(zip([0, *cuts.tolist()], [*cuts.tolist(), n], strict=True)):
        last = np.zeros(max(high - low, 0), bool)
        last[-1:] = True
        rows = {
            "obs": columns["obs"][low + k : high + k],
            "next_obs": columns["obs"][low + k + 1 : high + k + 1],
            "action": columns["action"][low:high],
            "reward": columns["reward"][low:high],
            "terminated": last & ended[k],
            "truncated": last & ~ended[k],
        }
        try:
            found.append(_episode(rows, spaces, truncate_open))
        except (DemonstrationError, SpaceError) as error:
            raise DemonstrationError(f"episode {k} of {where}: {error}") from error
    return found


def _episode(rows: Arrays, spaces: Spaces | None, truncate_open: bool) -> Episode:
    obs, action = _elements(spaces, "obs", rows["obs"]), _elements(spaces, "action", rows["action"])
    terminated, truncated = rows["terminated"], rows["truncated"]
    if (terminated | truncated)[:-1].any():
        raise DemonstrationError("it goes on after its end: give what follows another number in episode")
    if not (terminated[-1:].any() or truncated[-1:].any()) and not truncate_open:
        raise DemonstrationError(
            "its last step is neither terminated nor truncated: set one of them, or take it for cut off with "
            "--truncate-open-episodes (in Python truncate_open=True)"
        )
    ended = bool(terminated[-1:].any())
    reward = flat(rows["reward"]).astype(np.float64)
    if "next_obs" not in rows:
        return Episode(obs, action[:-1], reward[:-1], False, True)
    after = _elements(spaces, "next_obs", rows["next_obs"])
    if not np.array_equal(after[:-1], obs[1:]):
        at = int(np.flatnonzero((after[:-1] != obs[1:]).reshape(len(obs) - 1, -1).any(1))[0])
        raise DemonstrationError(
            f"next_obs of its step {at + 1} is not obs of step {at + 2}: give every step"
        )
    return Episode(np.concatenate((obs, after[-1:])), action, reward, ended, not ended)


def _elements(spaces: Spaces | None, name: str, stored: NDArray[Any]) -> NDArray[Any]:
    if spaces is None:
        return plain(stored, name)
    if name == "action":
        return elements(spaces.action, stored, name, spaces.actions)
    return elements(spaces.observation, stored, name, spaces.observations)
