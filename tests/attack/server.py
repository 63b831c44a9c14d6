"""A server asked by raw sockets: other names than its own, and messages that no browser of ours sends."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.attack.files import Outcome
from tests.browser.load import KEYS, Tally, Visitor

STRANGE_HOSTS = (
    "evil.example", "evil.example:{port}", "localhost.evil.example:{port}", "127.0.0.1.evil.example", "evil",
    "localhost:{port}@evil.example", "[::1", "", "x" * 300, "local host",
)  # fmt: skip
OWN_HOSTS = ("localhost:{port}", "127.0.0.1:{port}", "LOCALHOST:{port}", "[::1]:{port}", "10.1.2.3")
PATHS = ("/", "/train", "/_stcore/health", "/_stcore/stream")
STATES: tuple[Any, ...] = (
    {"moved": []},
    {"moved": {"tick": "x"}},
    {"moved": {"revision": "0", "tick": 1, "values": {"alpha": "x"}}},
    {"moved": {"revision": "0", "tick": 1, "values": {"alpha": None}}},
    {"moved": {"revision": "0", "tick": 1, "values": 3}},
    {"moved": {"revision": "0", "tick": -1e300, "values": {}}},
    {"drawn": {"revision": "0", "height": 1e9, "width": 5, "flags": "", "cells": [], "values": []}},
    {"drawn": {"revision": "0", "height": 3, "width": 3, "flags": "9" * 9, "cells": [], "values": []}},
    {"view": {"mode": "nothing"}},
    {"played": {"revision": "0", "episodes": [{"start": -1, "actions": "9", "next": [], "ending": ""}]}},
    {"played": {"revision": "0", "episodes": [[]] * 100_000}},
    {"rest": [[]]},
    {"pinned": [7]},
    {"pinned": {"of": 100, "cell": {}}},
)
RAW_STATES = (
    "[" * 100_000,
    '{"moved":' * 5_000 + "1" + "}" * 5_000,
    "9" * 5_000,
    '{"moved": 1e999}',
    "{",
    "\x00",
)


def attack_server(url: str, *, garbage: int = 50) -> tuple[Outcome, Outcome]:
    """Ask a server that runs by wrong names, then send it wrong messages; both as outcomes."""
    return _names(url), asyncio.run(_messages(url, garbage))


def _names(url: str) -> Outcome:
    tried, faults = 0, []
    port = urlsplit(url).port or 80
    for path in PATHS:
        for hosts, wanted in ((STRANGE_HOSTS, False), (OWN_HOSTS, True)):
            for host in hosts:
                status = _status(port, path, [host.format(port=port)])
                tried += 1
                if (status in (101, 200)) != wanted:
                    faults.append(f"{path} as {host[:60]!r}: {status}")
        tried += 1
        if _status(port, path, [f"localhost:{port}", "evil.example"]) in (101, 200):
            faults.append(f"{path} by two names")
    return Outcome("requests by other names", tried, tried - len(faults), tuple(faults))


def _status(port: int, path: str, hosts: list[str]) -> int:
    """The status of a raw request; 0 if it was cut off."""
    lines = [f"GET {path} HTTP/1.1", *(f"Host: {host}" for host in hosts), "Accept: text/html"]
    if path.endswith("stream"):
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: streamlit"]
    else:
        lines += ["Connection: close"]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = connection.recv(64)
    return int(answer.split()[1]) if answer.startswith(b"HTTP/") else 0


async def _messages(url: str, garbage: int) -> Outcome:
    """After every bad state the same session moves a slider and gets its maps, and no error is shown."""
    import websockets

    tried, faults = 0, []
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    tally = Tally()
    async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as own:  # type: ignore[list-item]
        visitor = Visitor(own, tally, 0)
        await visitor.open()
        for state in (*map(json.dumps, STATES), *RAW_STATES):
            for name in KEYS:
                tried += 1
                await visitor.send_raw(name, state)
                await visitor.move()
                if tally.errors:
                    faults.append(f"{name}: {state[:80]}: {tally.errors[0][:300]}")
                    tally.errors.clear()
        chance = random.Random(0)
        for _ in range(garbage):
            tried += 1
            message = BackMsg()
            message.rerun_script.query_string = chance.randbytes(20).hex()
            content = bytearray(message.SerializeToString() + chance.randbytes(chance.randrange(200)))
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
            async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as other:  # type: ignore[list-item]
                await other.send(bytes(content))
        await visitor.move()
        if tally.errors:
            faults.append(f"after garbage of others: {tally.errors[0]}")
    return Outcome("messages of strange browsers", tried, tried - len(faults), tuple(faults))
