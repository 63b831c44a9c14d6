"""What is done to every request and response.

Who asks for another server's name gets nothing, and every visitor gets a cookie. Headers keep the app out of
foreign frames and foreign code out of the app. Pages know their server's address, so that a link into the app
asks for nothing that is not there.
"""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from irl_app.ui.hosts import is_known
from irl_app.ui.visitors import (
    COOKIE,
    FOR_SECONDS,
    TEACHER,
    is_class,
    new_visitor,
    signed,
    teacher_code,
    verified,
)

# Streamlit loads components from blob: URLs and styles itself with inline rules; all of it is our own.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
# Without it the browser side tries /lab/_stcore/... first on every deep link: two failing requests a visit.
SCRIPT = '<script>window.__streamlit = {{BACKEND_BASE_URL: location.origin + "{base}"}}</script>'
TITLE = "IRL Lab"


class KnownHosts:
    """ASGI middleware that refuses requests for names that are not ours, of pages and of websockets."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or end it: a page with 421, a websocket before it is open."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and is_known(hosts[0].decode("latin-1")):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        else:
            said = "This server does not answer by that name: start it with irl-app app --allow-host NAME\n"
            await PlainTextResponse(said, 421)(scope, receive, send)


class Visitors:
    """ASGI middleware that gives every visitor a cookie, and the teacher of a class another one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the teacher's link leads to the same page without the code."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if (code := request.query_params.get("teacher")) is not None and is_class():
            left = request.url.remove_query_params("teacher")
            place = "/" + left.path.lstrip("/")  # on this server, whatever the path begins with
            answer = RedirectResponse(f"{place}?{left.query}" if left.query else place, 303)
            if hmac.compare_digest(code.encode(errors="replace"), teacher_code().encode()):
                _set_cookie(answer, TEACHER, signed(TEACHER))
            await answer(scope, receive, send)
            return
        is_new = verified(request.cookies.get(COOKIE, "")) is None

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    carrier = Response()
                    _set_cookie(carrier, COOKIE, new_visitor())
                    headers.append("set-cookie", carrier.headers["set-cookie"])
            await send(message)

        await self.app(scope, receive, send_with_cookie if is_new else send)


def _set_cookie(answer: Response, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=FOR_SECONDS, httponly=True, samesite="lax")


class SecurityHeaders:
    """ASGI middleware that adds ``HEADERS`` to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; websockets go through untouched."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


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
