"""Many people at once: ``python -m tests.browser.load [--sessions 30] [--seconds 60] [--gap 2] [--hog]
[--json]``.

Each session is a websocket of its own that opens the lab with IQ-Learn and then moves the slider of the
regulariser every few seconds, and asks for the report once the maps rest, as a browser does. Prints errors,
the time from a movement to all of its maps and to all of its report (median and 95th percentile), the
server's memory after a first crowd and at the end, and its processor time a movement, with the report and the
opening of pages: what is left to compare where other programs keep the cores busy.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates

from irl_app.ui.lab_session import EDITOR, MAPS, SLIDERS
from irl_app.ui.lab_sync import SYNC
from tests.browser.serving import serve

TARGET_MS, BESIDE_A_HOG_MS = 100.0, 200.0
QUERY = "method=iq&lens=marginal&mode=draw&more=1"
PATIENCE, UPLOAD = 60.0, 20_000_000
KEYS = (SLIDERS, EDITOR, MAPS)


@dataclass
class Tally:
    """What all sessions saw."""

    maps_ms: list[float] = field(default_factory=list)
    report_ms: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


class Visitor:
    """One websocket session: opens the lab, then moves a slider again and again."""

    def __init__(self, socket: Any, tally: Tally, number: int) -> None:
        self._socket, self._tally = socket, tally
        self._random = random.Random(number)
        self._sliders, self._sync, self._fragment, self._tick, self._shown = "", "", "", 0, 0
        self._ids: dict[str, str] = {}

    async def open(self, query: str = QUERY) -> None:
        """Run the lab's page once."""
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = "lab"
        await self._socket.send(message.SerializeToString())
        await self._until_finished()
        if not (self._sliders and self._sync):
            raise RuntimeError("the page has no live sliders")

    async def move(self) -> None:
        """Move the slider somewhere, wait for the maps, then for the report."""
        self._tick += 1
        alpha = round(10 ** self._random.uniform(-1, 1), 3)
        values = {"alpha": alpha, "beta": 1.0, "temperature": 1.0, "gamma": 0.9}
        moved = {"moved": {"revision": "0", "tick": self._tick, "values": values}}
        self._tally.maps_ms.append(await self._send(self._sliders, moved))
        await asyncio.sleep(0.35)
        self._tally.report_ms.append(await self._send(self._sync, {"rest": self._shown}))

    async def send_raw(self, component: str, state: str) -> None:
        """Send any text as the state of a component, by its key, and wait for the run that it starts."""
        await self._send(self._ids[component], state)

    async def _send(self, widget_id: str, value: dict[str, Any] | str) -> float:
        """Milliseconds until the run that a component's new state starts has finished."""
        states = WidgetStates()
        widget = states.widgets.add()
        widget.id, widget.json_value = widget_id, value if isinstance(value, str) else json.dumps(value)
        message = BackMsg()
        message.rerun_script.query_string = QUERY
        message.rerun_script.fragment_id = self._fragment
        message.rerun_script.widget_states.CopyFrom(states)
        start = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        await self._until_finished()
        return 1e3 * (time.perf_counter() - start)

    async def _until_finished(self) -> None:
        while True:
            raw = await asyncio.wait_for(self._socket.recv(), PATIENCE)
            message = ForwardMsg()
            message.ParseFromString(raw)
            kind = message.WhichOneof("type")
            if kind == "delta":
                self._look_at(message)
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return

    def _look_at(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self._tally.errors.append(element.exception.message[:300])
        if kind == "bidi_component":
            self._ids |= {key: element.bidi_component.id for key in KEYS if key in element.bidi_component.id}
        if kind == "bidi_component" and SLIDERS in element.bidi_component.id:
            self._sliders, self._fragment = element.bidi_component.id, message.delta.fragment_id
        elif kind == "bidi_component" and SYNC in element.bidi_component.id:
            self._sync, self._shown = (
                element.bidi_component.id,
                json.loads(element.bidi_component.json)["shown"],
            )


async def visit(url: str, number: int, seconds: float, gap: float, tally: Tally) -> None:
    """One session from its first page to its last movement."""
    import websockets

    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    try:
        await asyncio.sleep(gap * number / 10)
        async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
            visitor = Visitor(socket, tally, number)
            await visitor.open()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                await asyncio.sleep(gap * random.Random(number).uniform(0.5, 1.5))
                await visitor.move()
    except Exception as error:
        tally.errors.append(f"session {number}: {error!r}"[:300])


async def crowd(url: str, sessions: int, seconds: float, gap: float, *, hog: bool = False) -> Tally:
    """All sessions side by side; with a hog, one more that asks for all it can get."""
    tally = Tally()
    visits = asyncio.gather(*(visit(url, number, seconds, gap, tally) for number in range(sessions)))
    greed = asyncio.create_task(_hog(url)) if hog else None
    await visits
    if greed is not None:
        greed.cancel()
    return tally


async def _hog(url: str) -> None:
    """Solves in a world of 100x100 cells, one after the other, while files are uploaded at the limit."""
    import websockets

    async def upload() -> None:
        parts = urlsplit(url)
        while True:
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            head = (
                f"PUT /_stcore/upload_file/hog/hog HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
            )
            writer.write(f"{head}Content-Length: {UPLOAD}\r\n\r\n".encode() + bytes(UPLOAD))
            with suppress(ConnectionError):  # refused before all of it was sent
                await writer.drain()
                await reader.read()
            writer.close()

    async def solve() -> None:
        address = f"{url.replace('http', 'ws')}/_stcore/stream"
        while True:
            with suppress(Exception):  # whatever it gets, it asks again
                async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[list-item]
                    visitor = Visitor(socket, Tally(), 10_000)
                    await visitor.open(f"{QUERY}&preset=random-walls&size=100")
                    while True:
                        await visitor.move()

    await asyncio.gather(upload(), solve())


def load(sessions: int, seconds: float, gap: float, *, hog: bool = False) -> dict[str, Any]:
    """The figures of one run; memory in MB is read after a first crowd of ten seconds and after the last."""
    with serve() as (url, pid):
        server = psutil.Process(pid)
        asyncio.run(crowd(url, sessions, 10.0, gap))
        start_mb, cpu = server.memory_info().rss / 1e6, sum(server.cpu_times()[:2])
        began = time.monotonic()
        tally = asyncio.run(crowd(url, sessions, seconds, gap, hog=hog))
        spent = sum(server.cpu_times()[:2]) - cpu
        cores = spent / (time.monotonic() - began)
        end_mb = server.memory_info().rss / 1e6
    return {
        "sessions": sessions,
        "moves": len(tally.maps_ms),
        "errors": len(tally.errors),
        "maps_median_ms": _quantile(tally.maps_ms, 0.5),
        "maps_p95_ms": _quantile(tally.maps_ms, 0.95),
        "report_median_ms": _quantile(tally.report_ms, 0.5),
        "report_p95_ms": _quantile(tally.report_ms, 0.95),
        "memory_start_mb": round(start_mb),
        "memory_end_mb": round(end_mb),
        "server_cores": round(cores, 2),
        "server_ms_a_move": round(1e3 * spent / max(1, len(tally.maps_ms)), 1),
        "first_errors": tally.errors[:3],
    }


def _quantile(values: list[float], share: float) -> float | None:
    return round(sorted(values)[int(share * (len(values) - 1))], 1) if values else None


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument(
        "--gap", type=float, default=2.0, help="seconds between two movements of a session (default 2)"
    )
    parser.add_argument("--hog", action="store_true", help="one session more, which asks for all it can get")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    figures = load(args.sessions, args.seconds, args.gap, hog=args.hog)
    if args.json:
        print(json.dumps(figures))
        return
    asked = {"maps_median_ms": f"   (asked for: {BESIDE_A_HOG_MS if args.hog else TARGET_MS:g})"}
    for name, value in figures.items():
        print(f"{name:18} {value}{asked.get(name, '')}")


if __name__ == "__main__":
    main()
