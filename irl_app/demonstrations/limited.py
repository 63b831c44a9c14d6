"""HDF5, arrow and parquet, read in a process of its own that may use so much time and memory and no more.

Their libraries trust what they read: a file with a few changed bytes can keep HDF5 busy for ever, make it ask
for all the memory there is, or end the process. ``python -m irl_app.demonstrations.limited`` reads what is
asked for from its standard input, and writes a line of JSON and then arrays as NPY.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations import hdf5_columns
from irl_app.demonstrations.episode import DemonstrationError, Episode
from irl_app.demonstrations.hdf5_columns import read_columns
from irl_app.demonstrations.minari_checks import MAX_DATA_BYTES, read_spaces
from irl_app.demonstrations.minari_episodes import read_episodes
from irl_app.threads import VARIABLES

SAID = ("data_format", "total_episodes", "observation_space", "action_space")
"""Of a Minari dataset's description, what its episodes are read by."""
PACKED = 1032
"""A byte of a packed file unpacks to so many at most."""
SECONDS, BYTES_A_SECOND = 3, 50_000_000
"""Of processor time that reading may take, and one more for so many unpacked bytes."""
PATIENCE = 20
"""Times the processor time that a busy machine has for it."""
MEMORY, COPIES = 512_000_000, 3
"""Bytes of memory beside so many copies of the unpacked file."""


Parts = Sequence[tuple[Any, Sequence[NDArray[Any]]]]
"""What is said of some arrays, and they themselves."""


def read_limited(folder: Path, metadata: Mapping[str, Any], truncate_open: bool) -> tuple[Episode, ...]:
    """All episodes of a Minari dataset's data; arguments as in ``read_episodes``.

    Raises:
        DemonstrationError: as ``read_episodes``; the data is damaged, or reading it goes beyond the limits.
    """
    size = sum(file.lstat().st_size for pattern in ("*", "*/*") for file in folder.glob(pattern))
    asked = {"truncate_open": truncate_open, "metadata": {name: metadata.get(name) for name in SAID}}
    parts = _read_apart(folder, min(MAX_DATA_BYTES, PACKED * size), asked)
    return tuple(
        Episode(observations, actions, rewards, *map(bool, ends))
        for ends, (observations, actions, rewards) in parts
    )


def read_columns_limited(path: Path) -> dict[str, NDArray[Any]]:
    """The named arrays of an HDF5 file as ``read_columns`` has them.

    Raises:
        DemonstrationError: as ``read_columns``; the file is damaged, or reading it goes beyond the limits.
    """
    parts = _read_apart(path, min(hdf5_columns.MAX_BYTES, PACKED * path.stat().st_size), {})
    return {name: array for name, (array,) in parts}


def _read_apart(path: Path, unpacked: int, asked: dict[str, Any]) -> Parts:
    """What another process reads from a path whose arrays take so many bytes at most."""
    limits = _limits(unpacked)
    asked |= {"path": str(path.absolute()), "limits": limits}
    alone = {**os.environ, **dict.fromkeys(VARIABLES, "1"), "ARROW_DEFAULT_MEMORY_POOL": "system"}
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "irl_app.demonstrations.limited"],
                input=json.dumps(asked).encode(),
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE * limits["seconds"],
                env=alone | {"PYTHONPATH": os.pathsep.join(sys.path)},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise DemonstrationError(_too_long(path, limits)) from None
        if done.returncode in (-24, -9):  # SIGXCPU, and SIGKILL where that did not help
            raise DemonstrationError(_too_long(path, limits))
        answer.seek(0)
        return _parts(answer, path)


def _limits(unpacked: int) -> dict[str, int]:
    """Seconds and bytes of memory for arrays of so many bytes."""
    return {"seconds": SECONDS + math.ceil(unpacked / BYTES_A_SECOND), "memory": MEMORY + COPIES * unpacked}


def _too_long(path: Path, limits: dict[str, int]) -> str:
    return (
        f"reading {path} took more than {limits['seconds']} s of processor time, the limit for a file of its "
        "size: it is damaged, record or export it again"
    )


def _parts(answer: IO[bytes], path: Path) -> Parts:
    try:
        about = json.loads(answer.readline())
        if "error" in about:
            raise DemonstrationError(about["error"])
        return [(said, [np.load(answer, allow_pickle=False) for _ in range(n)]) for said, n in about["parts"]]
    except (ValueError, EOFError, OSError) as error:
        if isinstance(error, DemonstrationError):
            raise
        raise DemonstrationError(
            f"{path} is damaged: reading it ended without an answer, record or export it again"
        ) from error


def _limit(seconds: int, memory: int) -> None:
    """Bind this process; where the system knows no such limits (Windows), whoever waits has a clock."""
    try:
        import resource
    except ModuleNotFoundError:
        return
    cpu = math.ceil(time.process_time()) + seconds
    for kind, most in ((resource.RLIMIT_CPU, cpu), (resource.RLIMIT_AS, memory + _used())):
        given = resource.getrlimit(kind)[1]  # which may be raised by nobody
        resource.setrlimit(kind, (most if given == resource.RLIM_INFINITY else min(most, given), given))


def _used() -> int:
    """Bytes of address space that this process has already."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 1_000_000_000
    return pages * os.sysconf("SC_PAGE_SIZE")


def _read(asked: Mapping[str, Any]) -> Parts:
    path = Path(asked["path"])
    if "metadata" not in asked:
        return [(name, [array]) for name, array in read_columns(path).items()]
    about = asked["metadata"]
    episodes = read_episodes(
        path, about["data_format"], about["total_episodes"], read_spaces(about), asked["truncate_open"]
    )
    return [((e.terminated, e.truncated), (e.observations, e.actions, e.rewards)) for e in episodes]


def _load_libraries(asked: Mapping[str, Any]) -> None:
    """Before the memory is counted; who lacks arrow is told where it is used."""
    import h5py  # noqa: F401

    if asked.get("metadata", {}).get("data_format") in ("arrow", "parquet"):
        with suppress(ImportError):
            import pyarrow.dataset  # noqa: F401


def main() -> None:
    """Read what is asked for, and answer."""
    asked: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    _load_libraries(asked)
    out = sys.stdout.buffer
    _limit(asked["limits"]["seconds"], asked["limits"]["memory"])
    try:
        parts = _read(asked)
    except DemonstrationError as error:
        out.write(json.dumps({"error": str(error)}).encode() + b"\n")
        return
    except MemoryError:
        most = asked["limits"]["memory"] // 1_000_000
        said = f"reading {asked['path']} takes more than {most} MB of memory: it is damaged, or give less"
        out.write(json.dumps({"error": said}).encode() + b"\n")
        return
    out.write(json.dumps({"parts": [(said, len(arrays)) for said, arrays in parts]}).encode() + b"\n")
    for _, arrays in parts:
        for array in arrays:
            np.save(out, array, allow_pickle=False)


if __name__ == "__main__":
    main()
