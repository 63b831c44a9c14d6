"""What every file of a reward says about itself in JSON, checked before anything else is believed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from irl_app.export.usage import convention
from irl_app.reading import FileError, parse_json
from irl_app.rewards import RewardError, RewardInfo
from trainers.spaces import Box, Discrete, SpaceError, space_from_json

FORMAT, VERSION = "irl-app reward", 2
MAX_TEXT = 400_000
"""Longest text in the info: a map of 100x100 cells with rewards fits."""
MAX_ENTRIES = 1_000_000
"""Largest number of states times actions that is read; and of numbers in an element of a Box."""

_TYPES: dict[str, type[Any]] = {
    "kind": str,
    "title": str,
    "gamma": float,
    "temperature": float,
    "terminal": str,
    "observation_space": dict,
    "action_space": dict,
    "method": str,
    "map_text": str,
    "provenance": dict,
}
_SPACES = ("observation_space", "action_space")


class RewardFileError(RewardError):
    """A file is no reward that this program can read or write; the message is one sentence for people."""


def header_of(info: RewardInfo, kind: str) -> dict[str, object]:
    """The header of a reward of a type; JSON values only."""
    about = {field.name: getattr(info, field.name) for field in fields(RewardInfo)}
    about |= {name: about[name].as_json() for name in _SPACES} | {"provenance": dict(info.provenance)}
    return {"format": FORMAT, "version": VERSION, "type": kind, "convention": convention(info), "info": about}


def parse_header(content: bytes) -> dict[str, Any]:
    """The header in bytes of JSON, its format and version checked.

    Raises:
        RewardFileError: it is no JSON, or not the header of a reward that this version reads.
    """
    try:
        header = parse_json(content, "the reward")
    except FileError as error:
        raise RewardFileError("this is not JSON that irl-app can read: export the reward again") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise RewardFileError(f'the file holds no reward: it has no "format": "{FORMAT}"')
    if header.get("version") not in (1, VERSION):
        raise RewardFileError(
            f"the reward's version is {str(header.get('version'))[:20]}, this program reads 1 to {VERSION}"
        )
    return header


def parse_info(header: Mapping[str, Any]) -> RewardInfo:
    """The info of a header, every field checked.

    Raises:
        RewardFileError: a field is missing, unknown, of the wrong type or out of range.
    """
    content = header.get("info")
    if header["version"] == 1 and isinstance(content, Mapping):
        content = _from_version_1(content)
    if not isinstance(content, Mapping) or set(content) != set(_TYPES):
        raise RewardFileError(f"the reward's info must have exactly the fields {', '.join(_TYPES)}")
    for name, kind in _TYPES.items():
        _check_field(name, kind, content[name])
    try:
        spaces = {name: space_from_json(content[name]) for name in _SPACES}
        info = RewardInfo(**{**content, **spaces})
    except (RewardError, SpaceError) as error:
        raise RewardFileError(f"the reward's info is malformed: {error}") from error
    numbered = [space.n for space in spaces.values() if isinstance(space, Discrete)]
    sizes = [space.size for space in spaces.values() if isinstance(space, Box)]
    if (entries := max(math.prod(numbered), *sizes, 1)) > MAX_ENTRIES:
        raise RewardFileError(
            f"states times actions, and numbers in an element, must lie in 1..{MAX_ENTRIES}, got {entries}"
        )
    return info


def _from_version_1(info: Mapping[str, Any]) -> dict[str, Any]:
    """An info that counted states and actions, or gave the shape of observations; unchecked as it came."""
    about = dict(info)
    states, actions, shape = (about.pop(name, None) for name in ("n_states", "n_actions", "obs_shape"))
    numbered = {"type": "Discrete", "n": states, "start": 0}
    arrays = {"type": "Box", "shape": shape, "dtype": "float32", "low": [None], "high": [None]}
    return about | {
        "observation_space": numbered if shape is None else arrays,
        "action_space": {"type": "Discrete", "n": actions, "start": 0},
    }


def _check_field(name: str, kind: type[Any], value: object) -> None:
    if type(value) is not kind and not (kind is float and type(value) is int and abs(value) < 1e9):
        raise RewardFileError(f"the reward's {name} must be of type {kind.__name__}")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise RewardFileError(f"the reward's {name} has {len(value)} characters, at most {MAX_TEXT} are read")
