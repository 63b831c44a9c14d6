"""A reward as one file that loads back: NPZ, JSON, CSV or safetensors; everything read is treated as hostile.

NPZ: float64 arrays by name and ``info``, the JSON below without its arrays as UTF-8 bytes (uint8).
JSON: ``format``, ``version``, ``type`` (state, pair, inverse_bellman or places), ``convention`` (what an end
is worth, in words), ``info``, ``arrays`` (null for NaN).
CSV: one line a state, or a state and action; rows and columns are counted from 1, as on the screen. The last
column of the first line is the same JSON without its arrays; files of version 1 have it above the table, on a
line that begins with #.

Safetensors: rewards over observed arrays, that is networks (see ``network_file``).

Where the end is learned, ``tail`` stands beside the arrays (see ``Reward.tail``), for other programs: it is
made of them, so it is not read back.
"""

from __future__ import annotations

import io
import json
import math
import re
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from irl_app.export.header import MAX_ENTRIES, RewardFileError, header_of, parse_header, parse_info
from irl_app.export.network_file import dump_network_reward, is_safetensors, load_network_reward
from irl_app.export.npz import NpzError, read_npz
from irl_app.export.reward_table import TableError, about_of, reward_table_csv, table_arrays, tails_of
from irl_app.files import write_whole
from irl_app.reading import read_bytes, reading
from irl_app.rewards import (
    InverseBellmanReward,
    NetworkReward,
    PlaceReward,
    Reward,
    RewardError,
    StateActionReward,
    StateNetworkReward,
    StateReward,
    SupportedReward,
)
from trainers.arrays import FloatArray

OWN_SUFFIX = ".reward"
"""Of a file in whichever format keeps everything: npz for tables, safetensors for networks."""
RewardFormat = Literal["npz", "json", "csv", "safetensors"]
MAX_BYTES = 20_000_000

_ARRAYS: dict[str, tuple[type[Any], tuple[str, ...], frozenset[str]]] = {
    "state": (StateReward, ("values", "sd"), frozenset({"values"})),
    "pair": (StateActionReward, ("values",), frozenset({"values"})),
    "inverse_bellman": (InverseBellmanReward, ("q", "v"), frozenset({"q", "v"})),
    "places": (PlaceReward, ("values", "sd", "frame"), frozenset({"values", "frame"})),
}


def dump_reward(reward: Reward, file_format: RewardFormat) -> bytes:
    """The content of a reward's file; it loads back exactly, but for the cells of walls in a "csv".

    Raises:
        RewardFileError: the reward is of a kind without a file format, or the format is unknown.
    """
    if isinstance(reward, NetworkReward | StateNetworkReward | SupportedReward):
        if file_format != "safetensors":
            raise RewardFileError(f"a reward made of networks is saved as safetensors, not as {file_format}")
        return dump_network_reward(reward)
    header, arrays = _parts(reward)
    if file_format == "csv" and isinstance(reward, PlaceReward):
        raise RewardFileError("a reward of places is saved as npz or json, not as csv")
    if file_format == "csv":
        return reward_table_csv(reward, _in_a_cell(header)).encode()
    if file_format == "json":
        lists = {name: _as_json(array) for name, array in arrays.items()}
        return json.dumps(header | {"arrays": lists}, indent=1, allow_nan=False).encode()
    if file_format == "npz":
        info = np.frombuffer(json.dumps(header, allow_nan=False).encode(), dtype=np.uint8)
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, info=info, **arrays)
        return stream.getvalue()
    raise RewardFileError(f"a reward in tables is saved as npz, json or csv, not as {file_format!r}")


def save_reward(reward: Reward, path: str | Path) -> Path:
    """Write a reward to a ``.npz``, ``.json`` or ``.csv`` file, one made of networks to ``.safetensors``, or
    either to ``.reward``; whole or not at all. Returns its path.

    Raises:
        RewardFileError: another suffix, or as `dump_reward`.
        OSError: the file cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower().lstrip(".")
    if path.suffix.lower() == OWN_SUFFIX:
        networks = isinstance(reward, NetworkReward | StateNetworkReward | SupportedReward)
        suffix = "safetensors" if networks else "npz"
    if suffix not in get_args(RewardFormat):
        raise RewardFileError(
            f"a reward is saved as .npz, .json or .csv, not as {path.name!r} (one made of networks as "
            ".safetensors, either as .reward): rename the file"
        )
    return write_whole(path, dump_reward(reward, suffix))  # type: ignore[arg-type]


def load_reward(source: str | Path | bytes) -> Reward:
    """The reward in an ``.npz``, ``.json``, ``.csv`` or ``.safetensors`` file, or in the bytes of one (an
    upload); nothing is ever unpickled.

    Raises:
        RewardFileError: it cannot be read, is too large, or is not a reward; the message says which.
    """
    if isinstance(source, bytes):
        with reading("this file", RewardFileError, "export the reward again"):
            return _load(source)
    with reading(Path(source), RewardFileError, "export the reward again"):
        content = read_bytes(Path(source), MAX_BYTES)
        try:
            return _load(content)
        except RewardFileError as error:
            raise RewardFileError(f"{source}: {error}") from error


def _load(content: bytes) -> Reward:
    if len(content) > MAX_BYTES:
        raise RewardFileError(f"the file has {len(content)} bytes, at most {MAX_BYTES} are read")
    if is_safetensors(content):
        return load_network_reward(content)
    if content.startswith(b"PK"):
        try:
            arrays = read_npz(content, max_bytes=8 * MAX_ENTRIES)
        except NpzError as error:
            raise RewardFileError(f"this NPZ file is not a reward: {error}") from error
        info = arrays.pop("info", None)
        if info is None or info.dtype != np.uint8:
            raise RewardFileError('this NPZ file is not a reward: it has no "info"')
        return _build(parse_header(info.tobytes()), arrays)
    if content.startswith((b"#", b"state,")):
        return _from_table(content)
    if not content.lstrip()[:1] == b"{":
        raise RewardFileError(
            "this is no .npz, .json, .csv or .safetensors that irl-app wrote, or not all of it"
        )
    header = parse_header(content)
    return _build(header, _json_arrays(header.get("arrays")))


def _in_a_cell(header: dict[str, object]) -> str:
    """The header as a table's cell. A comma inside a text is escaped: no spreadsheet takes what follows for a
    formula."""
    return re.sub(r",(?! )", r"\\u002c", json.dumps(header, allow_nan=False))


def _from_table(content: bytes) -> Reward:
    try:
        lines = content.decode().splitlines(keepends=True)
    except UnicodeDecodeError as error:
        raise RewardFileError("this table is no text in UTF-8: export the reward again") from error
    comments = [line[1:].strip() for line in lines if line.startswith("#")]
    table = "".join(line for line in lines if not line.startswith("#"))
    described = next((line for line in comments if line.startswith("{")), None) or about_of(table)
    header = parse_header(described.encode())
    info = parse_info(header)
    try:
        arrays = table_arrays(table, info)
    except (TableError, RewardError) as error:
        raise RewardFileError(f"this table is not a reward: {error}") from error
    return _build(header, dict(arrays))


def _parts(reward: Reward) -> tuple[dict[str, object], dict[str, FloatArray]]:
    for name, (kind, arrays, _) in _ARRAYS.items():
        if isinstance(reward, kind):
            header = header_of(reward.info, name)
            found = {array: getattr(reward, array) for array in arrays}
            if not isinstance(reward, PlaceReward):
                found["tail"] = tails_of(reward)
            return header, {array: values for array, values in found.items() if values is not None}
    raise RewardFileError(f"a {type(reward).__name__} has no file format: save one of this program's rewards")


def _as_json(array: FloatArray) -> object:
    values = array.astype(object)
    values[np.isnan(array)] = None
    return values.tolist()


def _json_arrays(lists: object) -> dict[str, np.ndarray[Any, Any]]:
    if not isinstance(lists, dict):
        raise RewardFileError('the reward has no "arrays"')
    arrays = {}
    for name, values in lists.items():
        rows = values if isinstance(values, list) and values and isinstance(values[0], list) else [values]
        numbers = [number for row in rows if isinstance(row, list) for number in row]
        if (
            not all(isinstance(row, list) and len(row) == len(rows[0]) for row in rows)
            or len(numbers) > MAX_ENTRIES
        ):
            raise RewardFileError(
                f"{str(name)[:20]} must be a list of numbers, or of equally long lists of them"
            )
        if not all(n is None or (type(n) in (int, float) and abs(n) < 1e300) for n in numbers):
            raise RewardFileError(f"{str(name)[:20]} must hold finite numbers, or null for walls")
        flat = np.array([math.nan if n is None else float(n) for n in numbers])
        arrays[str(name)] = flat if rows[0] is values else flat.reshape(len(rows), -1)
    return arrays


def _build(header: dict[str, Any], arrays: dict[str, np.ndarray[Any, Any]]) -> Reward:
    """The reward of a checked header and arrays of unchecked names, shapes and values."""
    kind = header.get("type")
    if not isinstance(kind, str) or kind not in _ARRAYS:
        raise RewardFileError(
            f"the reward's type must be one of {', '.join(_ARRAYS)}, got {str(kind)[:20]!r}"
        )
    build, allowed, needed = _ARRAYS[kind]
    arrays = {name: array for name, array in arrays.items() if name != "tail"}
    if not needed <= set(arrays) <= set(allowed) or any(a.dtype != np.float64 for a in arrays.values()):
        raise RewardFileError(f"a reward of type {kind} has the float64 arrays {', '.join(sorted(needed))}")
    info = parse_info(header)
    try:
        return build(**{name: arrays.get(name) for name in allowed}, info=info)
    except RewardError as error:
        raise RewardFileError(f"the reward in this file is malformed: {error}") from error
