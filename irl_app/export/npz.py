"""Read NPZ files that may come from anywhere: sizes are checked before anything is allocated, nothing is
unpickled."""

from __future__ import annotations

import io
import math
import zipfile
from typing import Any

import numpy as np

MAX_MEMBERS = 16
MAX_HEADER = 2_000
_DTYPES = (np.dtype("<f8"), np.dtype("|u1"))


class NpzError(ValueError):
    """The bytes are not an NPZ file of plain arrays of numbers."""


def read_npz(content: bytes, max_bytes: int) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of an NPZ file by name; float64 and uint8 only, at most ``max_bytes`` each when unpacked.

    Raises:
        NpzError: it is damaged, has too many or too large members, or one is not such an array.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or len({m.filename for m in members}) != len(members):
                raise NpzError(f"it must have at most {MAX_MEMBERS} different arrays")
            return {_name(member): _read(archive, member, max_bytes) for member in members}
    except NpzError:
        raise
    except Exception as error:  # a damaged archive makes zipfile raise almost anything
        raise NpzError("the file is damaged") from error


def _name(member: zipfile.ZipInfo) -> str:
    name = member.filename.removesuffix(".npy")
    if name == member.filename or not name.isidentifier():
        raise NpzError("it holds something that is not an array")
    return name


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes: int) -> np.ndarray[Any, Any]:
    limit = max_bytes + MAX_HEADER
    if member.file_size > limit:
        raise NpzError(f"an array has {member.file_size} bytes, at most {limit} are read")
    with archive.open(member) as packed:
        raw = packed.read(limit + 1)  # the size in the directory may lie
    stream = io.BytesIO(raw)
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise NpzError("an array is of an unknown version")
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=MAX_HEADER)
    except NpzError:
        raise
    except Exception as error:  # the header is parsed as a Python literal, which can fail in many ways
        raise NpzError("an array has no valid header") from error
    body = raw[stream.tell() :]
    if dtype not in _DTYPES or len(shape) > 2 or math.prod(shape) * dtype.itemsize != len(body):
        raise NpzError("an array is not of plain numbers, or not as long as it says")
    return np.frombuffer(body, dtype=dtype).reshape(shape, order="F" if fortran else "C")
