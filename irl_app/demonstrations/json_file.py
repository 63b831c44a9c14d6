"""Demonstrations as JSON, for the browser and for people; everything read is treated as hostile."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.episodes import Demonstrations, Provenance
from irl_app.files import write_whole
from irl_app.reading import FileError, parse_json, read_bytes, reading
from trainers.spaces import Discrete

FORMAT, VERSION = "irl-app demonstrations", 1
MAX_CHARACTERS = 64_000_000
MAX_TEXT = 400_000  # of one text in the provenance: a map of 100x100 cells with rewards fits


def to_json(demonstrations: Demonstrations) -> str:
    """The demonstrations on a grid as one JSON object; `from_json` gives equal ones back.

    Raises:
        DemonstrationError: they are not on a grid; as text their observations would be many times as large.
    """
    spaces = demonstrations.observation_space, demonstrations.action_space
    if not all(isinstance(space, Discrete) for space in spaces):
        raise DemonstrationError(
            "only demonstrations on a grid are written as JSON: save these as a Minari dataset, in a folder "
            "whose name ends in -v0"
        )
    episodes = [
        {
            "observations": episode.observations.tolist(),
            "actions": episode.actions.tolist(),
            "rewards": episode.rewards.tolist(),
            "terminated": episode.terminated,
            "truncated": episode.truncated,
        }
        for episode in demonstrations.episodes
    ]
    provenance = dataclasses.asdict(demonstrations.provenance)
    content = {"format": FORMAT, "version": VERSION, "provenance": provenance, "episodes": episodes}
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def from_json(text: str | bytes) -> Demonstrations:
    """Demonstrations from JSON that may come from anywhere.

    Raises:
        DemonstrationError: too large, not JSON, not of this format, or a value of the wrong type or range.
    """
    if len(text) > MAX_CHARACTERS:
        raise DemonstrationError(f"the JSON has {len(text)} characters, at most {MAX_CHARACTERS} are read")
    try:
        content = parse_json(text.encode() if isinstance(text, str) else text, "the JSON")
    except (UnicodeEncodeError, FileError) as error:
        raise DemonstrationError(
            "this is not JSON that irl-app can read: export the demonstrations again"
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DemonstrationError(f'the JSON holds no demonstrations: it has no "format": "{FORMAT}"')
    if content.get("version") != VERSION:
        raise DemonstrationError(
            f"the JSON's version is {str(content.get('version'))[:20]}, this program reads {VERSION}"
        )
    episodes = content.get("episodes")
    if not isinstance(episodes, list):
        raise DemonstrationError("the JSON has no list of episodes")
    read = tuple(_read_episode(entry, f"episode {i}") for i, entry in enumerate(episodes, start=1))
    return Demonstrations(read, read_provenance(content.get("provenance")))


def save_json(demonstrations: Demonstrations, path: str | Path) -> Path:
    """Write `to_json` to a file, whole or not at all; returns its path.

    Raises:
        DemonstrationError: as `to_json`.
        OSError: the file cannot be written.
    """
    return write_whole(Path(path), to_json(demonstrations))


def load_json(path: str | Path) -> Demonstrations:
    """Read a file that `save_json` wrote.

    Raises:
        DemonstrationError: the file cannot be read, is too large, or as `from_json`.
    """
    path = Path(path)
    with reading(path, DemonstrationError, "export the demonstrations again"):
        return from_json(read_bytes(path, MAX_CHARACTERS))


def read_provenance(content: Any) -> Provenance:
    """A `Provenance` from a JSON object that may come from anywhere; DemonstrationError if it is not one."""
    fields = {field.name for field in dataclasses.fields(Provenance)}
    if not isinstance(content, dict) or set(content) != fields:
        raise DemonstrationError(f"the provenance must have exactly the fields {', '.join(sorted(fields))}")
    for name in fields - {"seed", "gamma"}:
        if not isinstance(content[name], str) or len(content[name]) > MAX_TEXT:
            raise DemonstrationError(
                f"the provenance's {name} must be a text of at most {MAX_TEXT} characters"
            )
    seed, gamma = content["seed"], content["gamma"]
    if seed is not None and (type(seed) is not int or not 0 <= seed < 2**63):
        raise DemonstrationError("the provenance's seed must be a whole number from 0, or null")
    if type(gamma) is not float:
        raise DemonstrationError("the provenance's gamma must be a number")
    return Provenance(**content)


def _read_episode(entry: Any, name: str) -> Episode:
    if not isinstance(entry, dict):
        raise DemonstrationError(f"{name} must be a JSON object")
    for key in ("observations", "actions"):
        numbers = entry.get(key)
        if not isinstance(numbers, list) or not all(type(n) is int and 0 <= n < 2**31 for n in numbers):
            raise DemonstrationError(f"{name}: {key} must be a list of whole numbers from 0")
    rewards = entry.get("rewards")
    if not isinstance(rewards, list) or not all(type(r) in (int, float) and abs(r) < 1e300 for r in rewards):
        raise DemonstrationError(f"{name}: rewards must be a list of finite numbers")
    if type(entry.get("terminated")) is not bool or type(entry.get("truncated")) is not bool:
        raise DemonstrationError(f"{name}: terminated and truncated must be true or false")
    try:
        return Episode(
            np.array(entry["observations"], dtype=np.int64),
            np.array(entry["actions"], dtype=np.int64),
            np.array(rewards, dtype=np.float64),
            entry["terminated"],
            entry["truncated"],
        )
    except DemonstrationError as error:
        raise DemonstrationError(f"{name}: {error}") from error
