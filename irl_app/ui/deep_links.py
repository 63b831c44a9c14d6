"""Pages that know their server's address, so that a link into the app asks for nothing that is not there."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

# Without it the browser side tries /lab/_stcore/... first on every deep link: two failing requests a visit.
SCRIPT = '<script>window.__streamlit = {{BACKEND_BASE_URL: location.origin + "{base}"}}</script>'
TITLE = "IRL Lab"


class DeepLinks:
    """ASGI middleware that puts the server's address and the app's title into every HTML page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; only pages for people are held back until they are complete, then changed."""
        if scope["type"] != "http" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": headers}, receive, _PageSender(send))


class _PageSender:
    """Sends a response on; an HTML one as a whole, with the script at the head of its head."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            is_page = Headers(raw=message["headers"]).get("content-type", "").startswith("text/html")
            if is_page and message["status"] == 200:
                self._start = message
                return
        elif self._start is not None and message["type"] == "http.response.body":
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        base = f"/{config.get_option('server.baseUrlPath').strip('/')}".rstrip("/") + "/"
        body = self._body.replace(b"<head>", b"<head>" + SCRIPT.format(base=base).encode(), 1)
        body = body.replace(b"<title>Streamlit</title>", f"<title>{TITLE}</title>".encode(), 1)
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(body))
        for name in ("etag", "last-modified"):  # they stand for the unchanged file
            del headers[name]
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
