"""A server for any script and a browser that notices everything a person would not want to happen."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 180.0

AppServer = Callable[..., str]
BrowserPage = Callable[..., Any]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1.0):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')[-4000:]}")


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    """``app_server(script, *flags, **environment) -> url``: run a Streamlit or ASGI script on a free port.

    The same call gives the same server; all of them stop with the session.
    """
    running: dict[tuple[Any, ...], tuple[str, subprocess.Popen[bytes]]] = {}

    def start(script: str | Path, *flags: str, **environment: str) -> str:
        name = (str(script), flags, tuple(sorted(environment.items())))
        if name not in running:
            port = _free_port()
            command = [
                *(sys.executable, "-m", "streamlit", "run", str(ROOT / script), f"--server.port={port}"),
                *("--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"),
                *("--server.fileWatcherType=none", *flags),
            ]
            log = tmp_path_factory.mktemp("server") / "log.txt"
            own = {
                "PYTHONPATH": str(ROOT),
                "OMP_NUM_THREADS": "1",
                "IRL_APP_CLASS": str(log.with_name("class.sqlite")),
            }
            env = os.environ | own | environment
            with log.open("wb") as out:
                process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=env)
            running[name] = (f"http://127.0.0.1:{port}", process)
            _wait_until_healthy(running[name][0], process, log)
        return running[name][0]

    yield start
    for _, process in running.values():
        process.terminate()
    for _, process in running.values():
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium of the system; without one the test is skipped, or fails where CI is set to true."""
    executable = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        executable = None
    if executable is None:
        reason = (
            "the browser tests need playwright and a Chromium on the PATH (or its path in CHROMIUM): "
            "for example `apt-get install chromium`"
        )
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=120_000)  # the other cores are busy
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield chromium
        chromium.close()


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob", "about") or parts.hostname in ("127.0.0.1", "localhost", "::1")


@pytest.fixture
def browser_page(browser: Any) -> Iterator[BrowserPage]:
    """``browser_page(url=None, *, dark=False, width=1440, height=900, **context) -> playwright page``.

    When the test ends it fails on every exception shown, console error, page error and request elsewhere.
    """
    contexts: list[Any] = []
    pages: list[Any] = []
    complaints: list[str] = []

    def complain_of_errors(message: Any) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text}")

    def complain_of_strangers(sent: Any) -> None:
        if not _is_local(sent.url):
            complaints.append(f"request to {sent.url}")

    def open_page(
        url: str | None = None, *, dark: bool = False, width: int = 1440, height: int = 900, **options: Any
    ) -> Any:
        options = {"viewport": {"width": width, "height": height}} | options
        contexts.append(browser.new_context(color_scheme="dark" if dark else "light", **options))
        contexts[-1].set_default_timeout(120_000)
        page = contexts[-1].new_page()
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("console", complain_of_errors)
        page.on("request", complain_of_strangers)
        page.on("websocket", complain_of_strangers)
        if url is not None:
            page.goto(url)
        return page

    yield open_page
    for page in pages:
        boxes = [] if page.is_closed() else page.get_by_test_id("stException").all_inner_texts()
        complaints.extend(f"exception in the page: {text}" for text in boxes)
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)
