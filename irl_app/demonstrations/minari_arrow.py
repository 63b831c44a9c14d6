"""The episodes of a Minari dataset in arrow or parquet files, a folder each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irl_app.demonstrations.episode import DemonstrationError
from irl_app.demonstrations.episodes import MAX_STEPS, Spaces
from irl_app.demonstrations.minari_checks import MAX_DATA_BYTES
from trainers.spaces import Box

COLUMNS = ("observations", "actions", "rewards", "terminations", "truncations")
Stored = Mapping[int, Callable[[], Mapping[str, Any]]]
"""Id of an episode -> what reads its columns."""


def read_arrow(folder: Path, data_format: str, spaces: Spaces) -> Stored:
    """The episodes in numbered folders; every column has one row an observation, the last of which only the
    observations use.

    Raises:
        DemonstrationError: pyarrow is not installed, a folder is a link, or there is too much.
    """
    try:
        import pyarrow.dataset  # noqa: F401 to say so before anything is read
    except ImportError as error:
        raise DemonstrationError(
            f"a dataset in {data_format} files needs pyarrow: pip install pyarrow"
        ) from error
    found = {int(path.name): path for path in folder.iterdir() if path.is_dir() and path.name.isdecimal()}
    files = [file for path in found.values() for file in path.iterdir()]
    if any(path.is_symlink() for path in (*found.values(), *files)):
        raise DemonstrationError("the dataset refers to other files, which is refused")
    if sum(file.stat().st_size for file in files) > MAX_DATA_BYTES:
        raise DemonstrationError(f"the dataset has over {MAX_DATA_BYTES} bytes")
    return {number: partial(_read, path, data_format, spaces) for number, path in found.items()}


def _read(path: Path, data_format: str, spaces: Spaces) -> dict[str, Any]:
    import pyarrow.dataset

    files = [str(file) for file in sorted(path.iterdir()) if file.suffix.startswith(f".{data_format}")]
    stored = pyarrow.dataset.dataset(files, format=data_format)
    if stored.count_rows() > MAX_STEPS:
        raise DemonstrationError(f"it has over {MAX_STEPS} moves")
    table = stored.to_table(columns=list(COLUMNS))
    if table.nbytes > MAX_DATA_BYTES:
        raise DemonstrationError(f"it has over {MAX_DATA_BYTES} bytes")
    found = {name: _array(table[name].combine_chunks()) for name in COLUMNS}
    for name, space in (("observations", spaces.observation), ("actions", spaces.action)):
        whole = found[name]
        if isinstance(space, Box) and isinstance(whole, np.ndarray) and whole[:1].size == space.size:
            found[name] = whole.reshape(len(whole), *space.shape)
    return {n: values if n == "observations" else _head(values) for n, values in found.items()}


def _head(values: Any) -> Any:
    """All but the last row, which an episode's moves have not."""
    if isinstance(values, dict):
        return {name: _head(part) for name, part in values.items()}
    return tuple(map(_head, values)) if isinstance(values, tuple) else values[:-1]


def _array(column: Any) -> Any:
    """A column as an array, that of a structure as a dictionary or, where its parts are numbered, a tuple."""
    import pyarrow as pa

    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if pa.types.is_struct(column.type):
        names = [column.type.field(i).name for i in range(column.type.num_fields)]
        parts = {name: _array(column.field(name)) for name in names}
        numbered = names == [str(i) for i in range(len(names))]
        return tuple(parts[name] for name in names) if numbered else parts
    if pa.types.is_fixed_size_list(column.type) or pa.types.is_list(column.type):
        flat: NDArray[Any] = np.asarray(column.flatten().to_numpy(zero_copy_only=False))
        return flat.reshape(len(column), -1)
    if pa.types.is_binary(column.type):
        rows = [np.frombuffer(each.as_py(), np.uint8) for each in column]
        return np.array([*rows, None], dtype=object)[:-1]
    return np.asarray(column.to_numpy(zero_copy_only=False))
