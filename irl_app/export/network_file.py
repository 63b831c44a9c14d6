"""A reward over observed arrays as one safetensors file: weights as they are, all else in its metadata.

The metadata's one entry is the JSON header of the other formats with ``numbers`` (what is not an array),
``layer_norm``, ``cloned``, and the SHA-256 of the arrays' bytes, so that damage is noticed. Nothing is ever
unpickled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from irl_app.export.header import RewardFileError, header_of, parse_header, parse_info
from irl_app.rewards import (
    ActorNetworks,
    ConvolutionalNetwork,
    FeatureFunction,
    Network,
    NetworkReward,
    Perceptron,
    Reward,
    RewardError,
    StateNetworkReward,
    Support,
    SupportedReward,
)
from trainers.spaces import Box, Space

Arrays = dict[str, np.ndarray[Any, Any]]
_ENTRY = "irl-app"
SEES = "sees"
"""Between the name of a network and the numbers of its convolutions."""
_MAX_LAYERS, _MAX_NETWORKS = 32, 1024
_SUPPORT, _DISTANCES = ("states", "mean", "std"), ("near", "far", "bonus")
_FEATURES = ("centre", "scale", "frequencies", "phases", "weights")


def is_safetensors(content: bytes) -> bool:
    """Whether bytes begin as a safetensors file does: the length of its header, then the header."""
    return content[8:9] == b"{" and 0 < int.from_bytes(content[:8], "little") <= len(content) - 8


def dump_network_reward(reward: NetworkReward | StateNetworkReward | SupportedReward) -> bytes:
    """The content of a reward's file; it loads back exactly."""
    header, arrays, numbers = _content(reward)
    plain = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    header |= {"numbers": numbers, "sha256": _seal(plain)}
    return save(plain, {_ENTRY: json.dumps(header, allow_nan=False)})


def _content(
    reward: NetworkReward | StateNetworkReward | SupportedReward,
) -> tuple[dict[str, object], Arrays, dict[str, float]]:
    """Header, arrays and numbers."""
    numbers = {"lowest": reward.lowest, "highest": reward.highest}
    if isinstance(reward, SupportedReward):
        numbers |= {name: getattr(reward, name) for name in _DISTANCES}
        arrays: Arrays = {f"support.{name}": getattr(reward.support, name) for name in _SUPPORT}
        header = header_of(reward.info, "supported")
        if reward.recovered is not None:
            own, networks, its_numbers = _content(reward.recovered)
            header["recovered"] = own | {"numbers": its_numbers}
            arrays |= networks
    elif isinstance(reward, NetworkReward):
        numbers["terminal_value"] = reward.terminal_value
        if not isinstance(reward.q, ActorNetworks):
            flags = {"layer_norm": reward.q.layer_norm, "cloned": reward.cloned}
            header = header_of(reward.info, "network") | flags
            arrays = _of_layers("q", reward.q)
        else:
            header = header_of(reward.info, "actor_network") | _about_actor(reward)
            arrays = _of_actor(reward.q)
    elif isinstance(reward.g, Perceptron):
        header = header_of(reward.info, "state_perceptron") | {"layer_norm": reward.g.layer_norm}
        arrays = _of_layers("g", reward.g)
    else:
        header = header_of(reward.info, "state_network")
        arrays = {f"g.{name}": getattr(reward.g, name) for name in _FEATURES}
    return header, arrays, numbers


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
    return _reward(header, arrays)


def _reward(header: Mapping[str, Any], arrays: Arrays) -> Reward:
    info = parse_info(header)
    try:
        numbers: dict[str, Any] = {name: float(value) for name, value in header["numbers"].items()}
        if "end_value" in numbers:  # as files of version 1 call it
            numbers["terminal_value"] = numbers.pop("end_value")
        if header["type"] == "network":
            q = _network(arrays, "q", info.observation_space, bool(header["layer_norm"]))
            cloned = bool(header.get("cloned", False))
            return NetworkReward(q=q, info=info, cloned=cloned, **numbers)
        if header["type"] == "actor_network":
            flags = {name: bool(header[name]) for name in ("cloned", "near_clone")}
            return NetworkReward(
                q=_actor(arrays, header, info.observation_space), info=info, **flags, **numbers
            )
        if header["type"] == "supported":
            own, support = header.get("recovered"), Support(*(arrays[f"support.{name}"] for name in _SUPPORT))
            recovered = None if own is None else _reward({**own, "version": header["version"]}, arrays)
            if not isinstance(recovered, NetworkReward | None):
                raise RewardError("what is supported must be a network's reward")
            return SupportedReward(recovered, support, info, **numbers)
        if header["type"] == "state_network":
            features = FeatureFunction(*(arrays[f"g.{name}"] for name in _FEATURES))
            return StateNetworkReward(g=features, info=info, **numbers)
        if header["type"] == "state_perceptron":
            network = _perceptron(arrays, "g", bool(header["layer_norm"]))
            return StateNetworkReward(g=network, info=info, **numbers)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        words = str(error) if isinstance(error, RewardError) else f"{type(error).__name__} in its header"
        raise RewardFileError(f"the reward in this file is malformed: {words}") from error
    raise RewardFileError(
        "the reward's type must be network, actor_network, supported, state_network or state_perceptron, "
        f"got {header['type']!r:.30}"
    )


def _of_layers(name: str, network: Network) -> Arrays:
    arrays: Arrays = {}
    if isinstance(network, ConvolutionalNetwork):
        for i, (weights, bias) in enumerate(network.convolutions):
            arrays |= {f"{name}.{SEES}.{i}.weights": weights, f"{name}.{SEES}.{i}.bias": bias}
        return arrays | _of_layers(name, network.read_out)
    for i, (weights, bias) in enumerate(network.layers):
        arrays |= {f"{name}.{i}.weights": weights, f"{name}.{i}.bias": bias}
    return arrays


def _network(arrays: Arrays, name: str, space: Space, layer_norm: bool = False) -> Network:
    """A perceptron, or convolutions of pictures in ``space`` with one after them."""
    read_out = _perceptron(arrays, name, layer_norm)
    if not (convolutions := _layers(arrays, f"{name}.{SEES}")):
        return read_out
    if not isinstance(space, Box):
        raise RewardError(f"convolutions see pictures of bytes, observations are {space}")
    return ConvolutionalNetwork(space, convolutions, read_out)


def _perceptron(arrays: Arrays, name: str, layer_norm: bool = False) -> Perceptron:
    return Perceptron(_layers(arrays, name), layer_norm)


def _layers(arrays: Arrays, name: str) -> tuple[tuple[Any, Any], ...]:
    n = sum(f"{name}.{i}.weights" in arrays for i in range(_MAX_LAYERS))
    return tuple((arrays[f"{name}.{i}.weights"], arrays[f"{name}.{i}.bias"]) for i in range(n))


def _about_actor(reward: NetworkReward) -> dict[str, Any]:
    assert isinstance(reward.q, ActorNetworks)
    q = reward.q
    return {
        "layer_norm": q.critics[0].layer_norm,
        "critics": len(q.critics),
        "clones": len(q.clones),
        "clone_spread": q.clone_spread,
        "reach": q.reach,
        "cloned": reward.cloned,
        "near_clone": reward.near_clone,
    }


def _of_actor(q: ActorNetworks) -> Arrays:
    arrays: Arrays = {"mean": q.mean, "std": q.std} | _of_layers("actor", q.actor)
    for kind, networks in (("critic", q.critics), ("clone", q.clones)):
        for i, network in enumerate(networks):
            arrays |= _of_layers(f"{kind}.{i}", network)
    return arrays


def _actor(arrays: Arrays, header: Mapping[str, Any], space: Space) -> ActorNetworks:
    layer_norm = bool(header["layer_norm"])
    counts = {name: min(int(header[name]), _MAX_NETWORKS) for name in ("critics", "clones")}
    return ActorNetworks(
        _network(arrays, "actor", space),
        tuple(_network(arrays, f"critic.{i}", space, layer_norm) for i in range(counts["critics"])),
        tuple(_network(arrays, f"clone.{i}", space) for i in range(counts["clones"])),
        float(header["clone_spread"]),
        arrays["mean"],
        arrays["std"],
        float(header["reach"]),
    )


def _seal(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape} ".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
