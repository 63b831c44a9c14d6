"""What lies on disk, read as if by a stranger."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.reading import (
    MAX_NESTED,
    Fields,
    FileError,
    MissingError,
    parse_json,
    read_bytes,
    read_end,
    reading,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e299, 1e299) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(PLAIN)
def test_plain_json_is_read_as_json_reads_it(value: object) -> None:
    written = json.dumps(value)
    assert parse_json(written.encode(), "it") == json.loads(written)


@pytest.mark.parametrize(
    "text",
    [
        "1e999", "-1e999", "1e300", "NaN", "Infinity", "9" * 5_000, "9" * 41, "{", "", "[" * 100_000, "\xff",
        "[" * (MAX_NESTED + 1) + "]" * (MAX_NESTED + 1), '{"a":' * 40 + "1" + "}" * 40,
    ],
)  # fmt: skip
def test_what_no_reader_could_work_with_is_refused(text: str) -> None:
    with pytest.raises(FileError, match="it is damaged"):
        parse_json(text.encode("latin-1"), "it")


def test_the_state_of_a_generator_is_plain() -> None:
    assert parse_json(str(2**128).encode(), "it") == 2**128


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "no ordinary file"),
        (os.mkfifo, "no ordinary file"),
        (lambda path: path.symlink_to("/dev/zero"), "no ordinary file"),
        (lambda path: path.symlink_to(path.name), "cannot be read"),
        (lambda path: path.symlink_to("nowhere"), "is missing"),
        (lambda path: path.write_bytes(b"x" * 11), "has 11 bytes, at most 10"),
    ],
)
def test_what_is_no_ordinary_file_is_neither_read_nor_waited_for(
    tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    make(tmp_path / "a")
    with pytest.raises(FileError, match=says):
        read_bytes(tmp_path / "a", 10)


def test_the_end_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    assert read_end(tmp_path / "a", 3) == b"789"
    assert read_end(tmp_path / "a", 30) == b"0123456789"
    assert read_bytes(tmp_path / "a", 10) == b"0123456789"
    with pytest.raises(MissingError):
        read_end(tmp_path / "b", 3)


class OwnError(ValueError):
    pass


@pytest.mark.parametrize(
    ("problem", "says"),
    [
        (OwnError("as it is"), "^as it is$"),
        (FileError("of a file"), "^of a file$"),
        (OSError(13, "Permission denied"), "^a.json cannot be read: Permission denied$"),
        (OverflowError("whatever"), "^a.json is damaged: make it again$"),
        (MemoryError(), "^a.json is damaged: make it again$"),
    ],
)
def test_whatever_goes_wrong_is_one_sentence_of_the_readers_kind(problem: Exception, says: str) -> None:
    with pytest.raises(OwnError, match=says), reading(Path("a.json"), OwnError, "make it again"):
        raise problem


@pytest.mark.parametrize(
    ("take", "wrong"),
    [
        (lambda fields: fields.whole("x", 1), (0, 1.0, True, None, "1", 2**60)),
        (lambda fields: fields.number("x", 0.0), (-1, True, None, "1", 10**400)),
        (lambda fields: fields.number_or_none("x"), (False, "1", [])),
        (lambda fields: fields.text("x"), (0, None, ["a"], "a" * 500_000)),
        (lambda fields: fields.flag("x"), (0, 1, None, "true")),
        (lambda fields: fields.items("x", 2), ({}, "ab", [1, 2, 3])),
        (lambda fields: fields.texts("x"), ("ab", [1])),
        (lambda fields: fields.object("x"), ([], 1, None)),
        (lambda fields: fields.objects("x"), ({}, [1])),
    ],
)
def test_a_field_is_checked_when_it_is_taken(
    take: Callable[[Fields], object], wrong: tuple[object, ...]
) -> None:
    for value in wrong:
        with pytest.raises(FileError, match="is damaged"):
            take(Fields({"x": value}, "it"))
    with pytest.raises(FileError, match="it is damaged: it has no 'x'"):
        take(Fields({}, "it"))
