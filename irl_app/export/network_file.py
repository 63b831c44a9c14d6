"""A reward over observed arrays as one safetensors file: weights as they are, all else in its metadata.

The metadata's one entry is the JSON header of the other formats with ``numbers`` (what is not an array),
``layer_norm``, and the SHA-256 of the arrays' bytes, so that damage is noticed. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from irl_app.export.header import RewardFileError, header_of, parse_header, parse_info
from irl_app.rewards import (
    FeatureFunction,
    NetworkReward,
    QNetwork,
    Reward,
    RewardError,
    StateNetworkReward,
)

Arrays = dict[str, np.ndarray[Any, Any]]
_ENTRY = "irl-app"
_MAX_LAYERS = 32
_FEATURES = ("centre", "scale", "frequencies", "phases", "weights")


def is_safetensors(content: bytes) -> bool:
    """Whether bytes begin as a safetensors file does: the length of its header, then the header."""
    return content[8:9] == b"{" and 0 < int.from_bytes(content[:8], "little") <= len(content) - 8


def dump_network_reward(reward: NetworkReward | StateNetworkReward) -> bytes:
    """The content of a reward's file; it loads back exactly."""
    numbers = {"lowest": reward.lowest, "highest": reward.highest}
    arrays: Arrays = {}
    if isinstance(reward, NetworkReward):
        header = header_of(reward.info, "network") | {"layer_norm": reward.q.layer_norm}
        numbers["end_value"] = reward.end_value
        for i, (weights, bias) in enumerate(reward.q.layers):
            arrays |= {f"q.{i}.weights": weights, f"q.{i}.bias": bias}
    else:
        header = header_of(reward.info, "state_network")
        arrays |= {f"g.{name}": getattr(reward.g, name) for name in _FEATURES}
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    header |= {"numbers": numbers, "sha256": _seal(plain)}
    return save(plain, {_ENTRY: json.dumps(header, allow_nan=False)})


def load_network_reward(content: bytes) -> Reward:
    """The reward in the bytes of such a file.

    Raises:
        RewardFileError: it is damaged, or not a reward.
    """
    size = int.from_bytes(content[:8], "little")
    try:
        arrays: Arrays = load(content)
        entry = json.loads(content[8 : 8 + size])["__metadata__"][_ENTRY]
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise RewardFileError("this safetensors file is damaged, or not a reward: export it again") from error
    header = parse_header(str(entry).encode())
    if header.get("sha256") != _seal(arrays):
        raise RewardFileError("the reward's file is damaged: its arrays are not what was saved")
    info = parse_info(header.get("info"), arrays=True)
    try:
        numbers = {name: float(value) for name, value in header["numbers"].items()}
        if header["type"] == "network":
            q = QNetwork(_layers(arrays), bool(header["layer_norm"]))
            return NetworkReward(q=q, info=info, **numbers)
        if header["type"] == "state_network":
            g = FeatureFunction(*(arrays[f"g.{name}"] for name in _FEATURES))
            return StateNetworkReward(g=g, info=info, **numbers)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        words = str(error) if isinstance(error, RewardError) else f"{type(error).__name__} in its header"
        raise RewardFileError(f"the reward in this file is malformed: {words}") from error
    raise RewardFileError(f"the reward's type must be network or state_network, got {header['type']!r:.30}")


def _layers(arrays: Arrays) -> tuple[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]], ...]:
    n = sum(f"q.{i}.weights" in arrays for i in range(_MAX_LAYERS))
    return tuple((arrays[f"q.{i}.weights"], arrays[f"q.{i}.bias"]) for i in range(n))


def _seal(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape} ".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
