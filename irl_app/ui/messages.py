"""What browsers send over websockets, looked at before Streamlit does: a component's state that is no
plain JSON would break all later runs of its session."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from irl_app.reading import FileError, parse_json

LONGEST = 4_000_000
"""Characters of a state: a drawing of 100x100 cells and a hundred thousand moves fit."""


class PlainStates:
    """ASGI middleware that empties the states of components that are not plain JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but such states."""

        async def receive_plain() -> Message:
            message = await receive()
            if message["type"] != "websocket.receive" or not message.get("bytes"):
                return message
            try:
                return {**message, "bytes": plain(message["bytes"])}
            except DecodeError:  # no browser of ours: good-bye
                return {"type": "websocket.disconnect", "code": 1003}

        await self.app(scope, receive_plain if scope["type"] == "websocket" else receive, send)


def plain(content: bytes) -> bytes:
    """The message, with states that are not plain JSON emptied.

    Raises:
        DecodeError: it is no message.
    """
    message = BackMsg()
    message.ParseFromString(content)
    changed = False
    for widget in message.rerun_script.widget_states.widgets:
        if widget.WhichOneof("value") == "json_value" and not _is_plain(widget.json_value):
            widget.json_value, changed = "{}", True
    return message.SerializeToString() if changed else content


def _is_plain(state: str) -> bool:
    if len(state) > LONGEST:
        return False
    try:
        parse_json(state.encode(), "the state")
    except (FileError, UnicodeEncodeError):
        return False
    return True
