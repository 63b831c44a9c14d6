"""What is too long for a link, kept by this server under a short code that the link carries instead."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from irl_app.files import write_whole
from irl_app.paths import cache_folder
from irl_app.reading import FileError, parse_json, read_bytes
from irl_app.ui.link_codec import LinkError

KEPT = "kept"
"""The name of the code in a link."""
MOST, MAX_BYTES = 2_000, 4_000_000
"""Parts that are kept, the newest; and how large one may be."""


def keep(parts: Mapping[str, str]) -> str:
    """Keep parts of a link; returns their code, the same for the same parts.

    Raises:
        OSError: they cannot be written.
    """
    content = json.dumps(dict(parts), sort_keys=True)
    code = hashlib.sha256(content.encode()).hexdigest()[:20]
    if not _place(code).is_file():
        write_whole(_place(code), content)
        _forget_oldest(_place(code).parent)
    return code


def opened(query: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """A link's settings with the parts that are kept here, and a sentence if they are not."""
    plain = {name: text for name, text in query.items() if name != KEPT}
    if KEPT not in query:
        return plain, ()
    try:
        return {**plain, **_parts(query[KEPT])}, ()
    except LinkError as error:
        return plain, (f"The link's map was left out: {error}.",)


def _parts(code: str) -> dict[str, str]:
    if re.fullmatch("[0-9a-f]{20}", code) is None:
        raise LinkError("it was cut when the link was copied")
    try:
        found = parse_json(read_bytes(_place(code), MAX_BYTES), "it")
    except FileError as error:
        raise LinkError("another server keeps it, or this one has forgotten it: open its file") from error
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise LinkError("what is kept is damaged")
    return found


def _place(code: str) -> Path:
    return cache_folder() / "links" / f"{code}.json"


def _forget_oldest(folder: Path) -> None:
    kept = list(folder.glob("*.json"))
    if len(kept) > MOST:
        with suppress(OSError):  # somebody else has just done it
            for path in sorted(kept, key=lambda path: path.stat().st_mtime)[: len(kept) - MOST]:
                path.unlink()
