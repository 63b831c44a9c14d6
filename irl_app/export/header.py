"""What every file of a reward says about itself in JSON, checked before anything else is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, NoReturn

from irl_app.export.usage import convention
from irl_app.rewards import RewardError, RewardInfo

FORMAT, VERSION = "irl-app reward", 1
MAX_TEXT = 400_000
"""Longest text in the info: a map of 100x100 cells with rewards fits."""
MAX_ENTRIES = 1_000_000
"""Largest number of states times actions that is read."""

_TYPES: dict[str, type[Any]] = {
    "kind": str,
    "title": str,
    "gamma": float,
    "temperature": float,
    "terminal": str,
    "n_states": int,
    "n_actions": int,
    "method": str,
    "map_text": str,
    "provenance": dict,
}
_SHAPE = "obs_shape"  # only where observations are arrays


class RewardFileError(RewardError):
    """A file is no reward that this program can read or write; the message is one sentence for people."""


def header_of(info: RewardInfo, kind: str) -> dict[str, object]:
    """The header of a reward of a type; JSON values only."""
    names = [field.name for field in fields(RewardInfo) if field.name != _SHAPE or info.obs_shape]
    about = {name: getattr(info, name) for name in names}
    about["provenance"] = dict(info.provenance)
    if info.obs_shape:
        about[_SHAPE] = list(info.obs_shape)
    return {
        "format": FORMAT,
        "version": VERSION,
        "type": kind,
        "convention": convention(info),
        "info": about,
    }


def parse_header(content: bytes) -> dict[str, Any]:
    """The header in bytes of JSON, its format and version checked.

    Raises:
        RewardFileError: it is no JSON, or not the header of a reward that this version reads.
    """
    try:
        header = json.loads(content, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # bad UTF-8, bad JSON, or a number of too many digits
        raise RewardFileError("this is not JSON that irl-app can read: export the reward again") from error
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise RewardFileError(f'the file holds no reward: it has no "format": "{FORMAT}"')
    if header.get("version") != VERSION:
        raise RewardFileError(
            f"the reward's version is {str(header.get('version'))[:20]}, this program reads {VERSION}"
        )
    return header


def parse_info(content: object, *, arrays: bool = False) -> RewardInfo:
    """The info of a header, every field checked; ``arrays``: observations are arrays, not numbered states.

    Raises:
        RewardFileError: a field is missing, unknown, of the wrong type or out of range.
    """
    expected: dict[str, type[Any]] = {**_TYPES, _SHAPE: list} if arrays else _TYPES
    if not isinstance(content, Mapping) or set(content) != set(expected):
        raise RewardFileError(f"the reward's info must have exactly the fields {', '.join(expected)}")
    for name, kind in expected.items():
        _check_field(name, kind, content[name])
    given = dict(content)
    if arrays:
        given[_SHAPE] = tuple(given[_SHAPE])
    elif not 0 < content["n_states"] * content["n_actions"] <= MAX_ENTRIES:
        raise RewardFileError(f"states times actions must lie in 1..{MAX_ENTRIES}")
    try:
        return RewardInfo(**given)
    except RewardError as error:
        raise RewardFileError(f"the reward's info is malformed: {error}") from error


def _check_field(name: str, kind: type[Any], value: object) -> None:
    if type(value) is not kind and not (kind is float and type(value) is int and abs(value) < 1e9):
        raise RewardFileError(f"the reward's {name} must be of type {kind.__name__}")
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise RewardFileError(f"the reward's {name} has {len(value)} characters, at most {MAX_TEXT} are read")
    if isinstance(value, list) and not (0 < len(value) <= 4 and all(type(n) is int for n in value)):
        raise RewardFileError(f"the reward's {name} must list one to four whole numbers")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")
