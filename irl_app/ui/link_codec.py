"""Long texts inside a link: compressed, in the alphabet of URLs, and safe to unpack from a stranger."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib

from irl_app.envs.grid_map import MAX_MAP_CHARACTERS

MAX_PACKED = 200_000
MAX_EPISODES = 500  # from a link or a file; nobody plays more than 200
MAX_MOVES = 100_000
Moves = tuple[tuple[int, int], ...]
RecordedEpisode = tuple[int, Moves]
"""The cell an episode starts in, then (action, next cell) of every move."""


class LinkError(ValueError):
    """A value in a link that cannot be used; the message is one sentence for people."""


def pack_text(text: str) -> str:
    """The text, compressed, in letters that need no escaping in a URL; `unpack_text` is the inverse."""
    packed = zlib.compress(text.encode(), level=9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def unpack_text(packed: str, limit: int = MAX_MAP_CHARACTERS) -> str:
    """The text that was packed.

    Raises:
        LinkError: it was not packed by `pack_text`, was cut short, or unpacks to more than `limit` bytes.
    """
    if len(packed) > MAX_PACKED or not re.fullmatch(r"[A-Za-z0-9_-]+", packed):
        raise LinkError("it was not written by this app, or was cut when the link was copied")
    try:
        compressed = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        stream = zlib.decompressobj()
        content = stream.decompress(compressed, limit)
        if stream.unconsumed_tail:
            raise LinkError(f"it unpacks to more than {limit} characters")
        if not stream.eof:
            raise LinkError("it was cut when the link was copied")
        return content.decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise LinkError("it was not written by this app, or was cut when the link was copied") from error


def pack_episodes(episodes: tuple[RecordedEpisode, ...]) -> str:
    """Recorded episodes as one packed text; `unpack_episodes` is the inverse."""
    flat = [[start, *(number for move in moves for number in move)] for start, moves in episodes]
    return pack_text(json.dumps(flat, separators=(",", ":")))


def unpack_episodes(packed: str) -> tuple[RecordedEpisode, ...]:
    """The recorded episodes; whether a grid allows them is for the grid to say.

    Raises:
        LinkError: not a list of episodes, or more than 500 episodes or 100,000 moves.
    """
    try:
        flat = json.loads(unpack_text(packed, limit=2_000_000))
    except (json.JSONDecodeError, RecursionError) as error:
        raise LinkError("it is no list of episodes") from error
    if not isinstance(flat, list) or not all(isinstance(row, list) and len(row) % 2 == 1 for row in flat):
        raise LinkError("it is no list of episodes")
    if len(flat) > MAX_EPISODES or sum(map(len, flat)) > 2 * MAX_MOVES:
        raise LinkError(f"it has more than {MAX_EPISODES} episodes or {MAX_MOVES} moves")
    if not all(type(number) is int and 0 <= number < 10_000 for row in flat for number in row):
        raise LinkError("it has something else than cells and actions in it")
    return tuple((row[0], tuple(zip(row[1::2], row[2::2], strict=True))) for row in flat)
