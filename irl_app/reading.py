"""What lies on disk, read as if by a stranger: a value that was checked, or one sentence."""

from __future__ import annotations

import json
import math
import os
import stat
from pathlib import Path
from typing import Any, NoReturn

MAX_DIGITS, MAX_NESTED, MAX_TEXT = 40, 30, 400_000
"""Of a number, of an object within objects, and of a text (a map of 100x100 cells with rewards fits)."""
WHOLE = 2**53
"""The largest whole number that every reader of JSON can hold."""
LARGEST = 1e300
"""Numbers are smaller, so that those next to them can be worked out."""


class FileError(ValueError):
    """A file is not what it should be; the message is one sentence."""


class MissingError(FileError):
    """There is no such file."""


class reading:  # noqa: N801 it is used as a statement
    """Whatever goes wrong while a file is read and understood becomes one sentence of the reader's own kind.

    A damaged file makes libraries raise almost anything; what is of the reader's own kind passes as it is.

    Args:
        path: the file, or what it is called. error: the reader's kind.
        remedy: what to do about a damaged file.
    """

    def __init__(self, path: Path | str, error: type[ValueError], remedy: str) -> None:
        self._path, self._error, self._remedy = path, error, remedy

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, problem: BaseException | None, _: object) -> None:
        if not isinstance(problem, Exception) or isinstance(problem, self._error):
            return
        if isinstance(problem, FileError):
            said = str(problem)
        elif isinstance(problem, OSError):
            said = f"{self._path} cannot be read: {problem.strerror or problem}"
        else:
            said = f"{self._path} is damaged: {self._remedy}"
        raise self._error(said) from problem


def read_bytes(path: Path | str, at_most: int) -> bytes:
    """The content of an ordinary file; a pipe or a device, which could be waited on for ever, is none.

    Raises:
        MissingError: there is none.
        FileError: it is no ordinary file, cannot be read, or has more bytes than ``at_most``.
    """
    content = _read(path, at_most + 1)
    if len(content) > at_most:
        raise FileError(f"{path} has {os.stat(path).st_size} bytes, at most {at_most} are read")
    return content


def _read(path: Path | str, at_most: int, *, from_end: bool = False) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        try:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise FileError(f"{path} is no ordinary file")
            if from_end:
                os.lseek(descriptor, max(0, about.st_size - at_most), os.SEEK_SET)
            parts, left = [], at_most
            while left and (part := os.read(descriptor, min(left, about.st_size + 1))):
                parts.append(part)
                left -= len(part)
            return b"".join(parts)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, NotADirectoryError):
        raise MissingError(f"{path} is missing") from None
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error


def read_end(path: Path | str, at_most: int) -> bytes:
    """The last so many bytes of an ordinary file, all of them where there are no more.

    Raises:
        MissingError: there is none.
        FileError: it is no ordinary file, or cannot be read.
    """
    return _read(path, at_most, from_end=True)


def parse_json(content: bytes, what: str) -> Any:
    """The value that JSON describes: numbers are below ``LARGEST``, whole ones of few digits,
    and nothing lies deeper than ``MAX_NESTED``.

    Args:
        what: it is, for the message.

    Raises:
        FileError: it is not such JSON.
    """
    try:
        found = _JSON.decode(content.decode(json.detect_encoding(content), "surrogatepass"))
    except (ValueError, RecursionError) as error:
        raise FileError(f"{what} is damaged: it is not JSON with plain numbers") from error
    if content.count(b"{") + content.count(b"[") <= MAX_NESTED:
        return found
    level, depth = [found], 1
    while level := [part for each in level for part in _parts(each)]:
        depth += 1
        if depth > MAX_NESTED:
            raise FileError(f"{what} is damaged: it is nested more than {MAX_NESTED} deep")
    return found


def read_fields(path: Path | str, at_most: int) -> Fields:
    """The fields of the object in a JSON file.

    Raises:
        MissingError: there is none.
        FileError: it cannot be read, is too large, or holds no object.
    """
    return Fields(parse_json(read_bytes(path, at_most), str(path)), str(path))


class Fields:
    """The fields of an object that came from a file; every one is checked when it is taken.

    Args:
        found: the object. what: it is, for messages.

    Raises:
        FileError: it is no object; of every method: the field is missing, of another kind or out of range.
    """

    def __init__(self, found: object, what: str) -> None:
        if not isinstance(found, dict):
            raise FileError(f"{what} is damaged: it holds no object")
        self.found: dict[str, Any] = found
        self.what = what

    def whole(self, name: str, low: int = 0, high: int = WHOLE) -> int:
        """A whole number from low to high."""
        value = self._of(name)
        if type(value) is not int or not low <= value <= high:
            self.refuse(name, f"a whole number from {low} to {high}")
        return value

    def number(self, name: str, low: float = -math.inf) -> float:
        """A finite number of at least low."""
        value = self._of(name)
        if not is_number(value) or value < low:
            self.refuse(name, "a number" if low == -math.inf else f"a number of at least {low:g}")
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        """A finite number, or None for null."""
        return None if self._of(name) is None else self.number(name)

    def text(self, name: str) -> str:
        """A text of at most ``MAX_TEXT`` characters."""
        value = self._of(name)
        if not isinstance(value, str) or len(value) > MAX_TEXT:
            self.refuse(name, "a text")
        return value

    def flag(self, name: str) -> bool:
        """True or false."""
        value = self._of(name)
        if type(value) is not bool:
            self.refuse(name, "true or false")
        return value

    def items(self, name: str, at_most: int = 1_000_000) -> list[Any]:
        """A list of anything."""
        value = self._of(name)
        if not isinstance(value, list) or len(value) > at_most:
            self.refuse(name, f"a list of at most {at_most}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        if not all(isinstance(one, str) for one in self.items(name)):
            self.refuse(name, "a list of texts")
        return tuple(self.found[name])

    def object(self, name: str) -> Fields:
        """An object's own fields."""
        return Fields(self._of(name), f"{name!r} in {self.what}")

    def objects(self, name: str) -> list[Fields]:
        """The fields of every object in a list."""
        return [Fields(one, f"{name!r} in {self.what}") for one in self.items(name)]

    def refuse(self, name: str, wanted: str) -> NoReturn:
        """Say that a field is not what it should be.

        Raises:
            FileError: always.
        """
        came = repr(self.found.get(name))[:40]
        raise FileError(f"{self.what} is damaged: {name} must be {wanted}, got {came}")

    def _of(self, name: str) -> Any:
        if name not in self.found:
            raise FileError(f"{self.what} is damaged: it has no {name!r}")
        return self.found[name]


def is_number(value: object) -> bool:
    """Whether it is a finite number that a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < LARGEST


def _parts(value: object) -> list[Any]:
    if isinstance(value, dict):
        return [part for part in value.values() if isinstance(part, dict | list)]
    return [part for part in value if isinstance(part, dict | list)] if isinstance(value, list) else []


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


def _finite(written: str) -> float:
    value = float(written)
    if not abs(value) < LARGEST:
        raise ValueError("a number that is too large")
    return value


def _short(written: str) -> int:
    if len(written) > MAX_DIGITS:
        raise ValueError(f"a number of {len(written)} digits")
    return int(written)


_JSON = json.JSONDecoder(parse_constant=_refused, parse_float=_finite, parse_int=_short)
