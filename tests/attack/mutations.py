"""Damage, drawn from a generator: bytes and lines changed, numbers and structures of JSON replaced, and other
things than a file in a file's place."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

DIGITS = "9" * 5_000
NASTY_TEXTS = (
    "1e999", "-1e999", DIGITS, "NaN", "Infinity", "-Infinity", "null", "true", "[]", "{}", '""', "-1", "0",
    "1.5", "1e308", "9007199254740993", str(2**63), str(2**64), '"\\ud800"', '"<script>alert(1)</script>"',
    '"' + "x" * 100_000 + '"', "[" * 2_000 + "]" * 2_000, "[" * 100_000, '{"a":' * 200 + "1" + "}" * 200,
    "[1, [2]]", '["\\u0000"]', '"../../../etc/passwd"', '{"__class__": "os.system"}', "1e-320", "-0.0",
)  # fmt: skip
"""What may stand in JSON where something else belongs."""
NUMBERS = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\x01")


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The content of a file with one or a few things changed; of JSON, and lines of it, mostly one value."""
    if chance.random() < 0.65:
        changed = _in_json(content, chance)
        if changed is not None:
            return changed
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        content = chance.choice((_flip, _cut, _insert, _repeat, _blank, _drop, _number))(content, chance)
    return content


def replace_by_something_else(path: Path, chance: random.Random) -> str:
    """Put something in a file's place that is no file of ours; what it is."""
    kind = chance.choice(
        ("folder", "full folder", "looping link", "dangling link", "pipe", "empty", "device")
    )
    path.unlink()
    match kind:
        case "folder":
            path.mkdir()
        case "full folder":
            path.mkdir()
            (path / "a file").write_text("in it")
        case "looping link":
            path.symlink_to(path.name)
        case "dangling link":
            path.symlink_to("nowhere")
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case _:
            path.touch()
    return kind


def put_back(path: Path, content: bytes) -> None:
    """The file as it was."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.write_bytes(content)


def _in_json(content: bytes, chance: random.Random) -> bytes | None:
    """One value of a JSON text replaced, dropped or doubled; None if it is none. Of lines one of them."""
    lines = content.split(b"\n")
    at = chance.randrange(len(lines)) if len(lines) > 1 and lines[0].endswith(b"}") else None
    try:
        found = json.loads(content if at is None else lines[at])
    except ValueError:
        return None
    places = list(_places(found))
    if not places:
        return None
    holder, key = chance.choice(places)
    mark = "\x00mark\x00"
    action = chance.random()
    if action < 0.15:
        del holder[key]
    elif action < 0.25 and isinstance(holder, dict):
        holder["something new"] = holder.pop(key)
    else:
        holder[key] = mark
    said = (
        json.dumps(found).replace(json.dumps(mark), chance.choice(NASTY_TEXTS)).encode(errors="surrogatepass")
    )
    if at is None:
        return said
    return b"\n".join([*lines[:at], said, *lines[at + 1 :]])


def _places(value: Any) -> Any:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(items)[:200]:
        yield value, key
        yield from _places(part)


def _flip(content: bytes, chance: random.Random) -> bytes:
    if not content:
        return b"\x00"
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << chance.randrange(8))]) + content[at + 1 :]


def _cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _insert(content: bytes, chance: random.Random) -> bytes:
    at, text = chance.randrange(len(content) + 1), chance.choice(NASTY_TEXTS)[:2_000].encode(errors="replace")
    return content[:at] + (text if chance.random() < 0.5 else chance.randbytes(8)) + content[at:]


def _repeat(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[at : at + 200] + content[at:]


def _blank(content: bytes, chance: random.Random) -> bytes:
    at, n = chance.randrange(len(content) + 1), chance.choice((1, 4, 8, 64, 4096))
    return content[:at] + chance.choice(NUMBERS) * min(n, len(content) - at) + content[at + n :]


def _drop(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) + 1)
    return content[:at] + content[at + chance.choice((1, 8, 100)) :]


def _number(content: bytes, chance: random.Random) -> bytes:
    """A length or an offset: eight bytes, anywhere."""
    at = chance.randrange(len(content) + 1)
    value = chance.choice((0, 1, 2**31 - 1, 2**32, 2**40, 2**63 - 1, 2**64 - 1, chance.randrange(2**16)))
    return content[:at] + value.to_bytes(8, "little") + content[at + 8 :]
