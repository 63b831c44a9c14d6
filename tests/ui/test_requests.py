"""Who is answered, by which name, and as whom; what browsers send."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import DecodeError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from streamlit.proto.BackMsg_pb2 import BackMsg

from irl_app.runs import RunError
from irl_app.ui import hosts, visitors
from irl_app.ui.hosts import HOSTS, is_known
from irl_app.ui.messages import plain
from irl_app.ui.middleware import KnownHosts, Visitors


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True), ("LocalHost:8501", True), ("localhost.", True), ("127.0.0.1:80", True),
        ("[::1]:8501", True), ("192.168.7.7", True), ("lab.example.org:8501", True), ("evil.example", False),
        ("localhost.evil.example", False), ("127.0.0.1.evil.example", False), ("", False), ("[::1", False),
        ("localhost:80@evil.example", False), ("a b", False), ("[::1]x", False), (":80", False),
    ],
)  # fmt: skip
def test_only_own_names_and_addresses_are_known(
    host: str, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOSTS, "Lab.example.org,")
    hosts._names.cache_clear()
    assert is_known(host) is known


def served(scope: dict[str, Any]) -> list[dict[str, Any]]:
    """What the two layers answer to a request."""

    async def page(request: Request) -> HTMLResponse:
        return HTMLResponse(request.url.path)

    app = Starlette(
        routes=[Route("/{path:path}", page)], middleware=[Middleware(KnownHosts), Middleware(Visitors)]
    )
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect" if scope["type"] == "websocket" else "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    with ThreadPoolExecutor(1) as threads:  # a browser's tests leave a loop running in this one
        threads.submit(asyncio.run, app(scope, receive, send)).result()
    return sent


def request(
    host: str | None, path: str = "/lab", query: str = "", cookie: str = "", kind: str = "http"
) -> dict[str, Any]:
    headers = [(b"host", host.encode())] if host is not None else []
    headers += [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": kind, "path": path, "raw_path": path.encode(), "query_string": query.encode()}
    return scope | {"method": "GET", "headers": headers, "scheme": "http", "server": ("localhost", 80)}


def cookies(sent: list[dict[str, Any]]) -> dict[str, str]:
    found = [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]
    assert all("HttpOnly" in text and "SameSite=lax" in text for text in found)
    return dict(text.partition(";")[0].split("=", 1) for text in found)


@pytest.fixture(autouse=True)
def _somewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IRL_APP_RUNS", str(tmp_path))
    monkeypatch.delenv(visitors.CLASS, raising=False)


def test_another_name_gets_neither_page_nor_websocket() -> None:
    assert served(request("localhost"))[0]["status"] == 200
    assert served(request("evil.example"))[0]["status"] == 421
    assert served(request(None))[0]["status"] == 421
    two = request("localhost")
    two["headers"].append((b"host", b"evil.example"))
    assert served(two)[0]["status"] == 421
    closed = served(request("evil.example", kind="websocket"))
    assert closed == [{"type": "websocket.close", "code": 1008}]


def test_every_visitor_gets_a_cookie_once_and_a_forged_one_is_another_visitors() -> None:
    given = cookies(served(request("localhost")))
    text = given[visitors.COOKIE]
    assert visitors.verified(text) is not None
    assert cookies(served(request("localhost", cookie=f"{visitors.COOKIE}={text}"))) == {}
    forged = f"{visitors.COOKIE}=0011223344556677.{'0' * 64}"
    assert cookies(served(request("localhost", cookie=forged)))[visitors.COOKIE] != text
    for nothing in ("", ".", "a.", ".b", "é.ü"):
        assert visitors.verified(nothing) is None


def test_the_key_outlasts_the_server_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    cookie = visitors.new_visitor()
    assert (tmp_path / visitors.KEY).stat().st_mode & 0o077 == 0
    visitors._key.cache_clear()  # as after a restart
    assert visitors.verified(cookie) is not None
    (tmp_path / visitors.KEY).unlink()
    visitors._key.cache_clear()
    assert visitors.verified(cookie) is None


def test_the_teachers_link_opens_everything_and_leaves_no_code_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    query = f"teacher={visitors.teacher_code()}&run=a"
    assert served(request("localhost", query=query))[0]["status"] == 200  # no class, no teacher
    monkeypatch.setenv(visitors.CLASS, "1")
    sent = served(request("localhost", query=query))
    assert sent[0]["status"] == 303
    assert dict(sent[0]["headers"])[b"location"] == b"/lab?run=a"
    assert visitors.verified(cookies(sent)[visitors.TEACHER]) == visitors.TEACHER
    assert cookies(served(request("localhost", query="teacher=guessed"))) == {}
    elsewhere = served(request("localhost", path="//evil.example", query="teacher=guessed"))
    assert dict(elsewhere[0]["headers"])[b"location"] == b"/evil.example"


def test_in_a_class_only_who_started_a_run_may_change_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, held = tmp_path / "a", {}
    monkeypatch.setattr(visitors, "_cookie", lambda name: held.get(name, ""))
    held[visitors.COOKIE] = visitors.signed("ann")
    visitors.note_owner(run, visitors.visitor())
    assert visitors.owner_of(run) == "ann"
    held[visitors.COOKIE] = visitors.signed("bob")
    visitors.check_may_change(run)  # of one person's server
    monkeypatch.setenv(visitors.CLASS, "1")
    with pytest.raises(RunError, match="somebody else started a"):
        visitors.check_may_change(run)
    held[visitors.COOKIE] = visitors.signed("ann")
    visitors.check_may_change(run)
    held |= {visitors.COOKIE: "", visitors.TEACHER: visitors.signed(visitors.TEACHER)}
    visitors.check_may_change(run)
    assert not (tmp_path / "b").exists()
    assert visitors.owner_of(tmp_path / "b") == ""


def sent_state(text: str) -> str:
    message = BackMsg()
    widget = message.rerun_script.widget_states.widgets.add()
    widget.id, widget.json_value = "a", text
    answer = BackMsg()
    answer.ParseFromString(plain(message.SerializeToString()))
    return answer.rerun_script.widget_states.widgets[0].json_value


def test_states_that_are_no_plain_json_arrive_empty() -> None:
    assert sent_state('{"moved": {"tick": 1}}') == '{"moved": {"tick": 1}}'
    for text in ("[" * 100_000, '{"a":' * 999 + "1" + "}" * 999, "9" * 5_000, '{"a": 1e999}', "{", "\x00"):
        assert sent_state(text) == "{}"
    assert sent_state(json.dumps("x" * 5_000_000)) == "{}"
    with pytest.raises(DecodeError):
        plain(b"no message")
