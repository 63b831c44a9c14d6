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

from irl_app.runs import is_active, request_stop
from tests.training.support import until

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What fails in a browser is run once more; ``-rR`` names it."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def _runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture
def runs(_runs: Path) -> Path:
    """Where every server keeps runs: none, whatever tests before left there."""
    for left in _runs.glob("*/"):
        request_stop(left)  # where a test has failed
        until(lambda run=left: not is_active(run))
        shutil.rmtree(left)
    return _runs


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory, _runs: Path) -> Iterator[AppServer]:
    """``app_server(script) -> url``: run a Streamlit or ASGI script on a free port.

    The same script gives the same server; all of them stop with the session.
    """
    running: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}

    def start(script: str | Path) -> str:
        name = str(script)
        if name not in running:
            port = _free_port()
            command = [
                *(sys.executable, "-m", "streamlit", "run", str(ROOT / script), f"--server.port={port}"),
                *("--server.address=127.0.0.1", "--server.headless=true", "--browser.gatherUsageStats=false"),
                "--server.fileWatcherType=none",
            ]
            log = tmp_path_factory.mktemp("server") / "log.txt"
            own = {
                "PYTHONPATH": str(ROOT),
                "OMP_NUM_THREADS": "1",
                "IRL_APP_CLASS": str(log.with_name("class.sqlite")),
                "IRL_APP_RUNS": str(_runs),
                "MINARI_DATASETS_PATH": str(log.with_name("datasets")),
            }
            env = os.environ | own
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


class OwnServer:
    """``python app.py`` with a class file and runs of its own, that can end and be started again."""

    def __init__(self, folder: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.file, self.runs, self._log = folder / "class.sqlite", folder / "runs", folder / "log.txt"
        self.start()

    def start(self) -> None:
        own = {
            "PYTHONPATH": str(ROOT),
            "OMP_NUM_THREADS": "1",
            "IRL_APP_CLASS": str(self.file),
            "IRL_APP_RUNS": str(self.runs),
        }
        command = [sys.executable, str(ROOT / "app.py"), "--port", str(self.port)]
        with self._log.open("ab") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env=os.environ | own, stdout=out, stderr=out)
        _wait_until_healthy(self.url, self.process, self._log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        """As whoever started it asks it to."""
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[OwnServer]:
    """A server for a test that ends it."""
    server = OwnServer(tmp_path)
    yield server
    server.end()


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


@pytest.fixture(scope="session")
def _visitor(browser: Any) -> Any:
    """The visitor of all tests: who comes again has the app's scripts, which take seconds to compile."""
    return browser.new_context()


@pytest.fixture
def browser_page(browser: Any, _visitor: Any) -> Iterator[BrowserPage]:
    """``browser_page(url=None, *, dark=False, width=1440, height=900, still=False) -> playwright page``.

    Each test finds neither cookies nor anything stored. ``still`` is who prefers reduced motion, ``stranger``
    a visitor with a browser of their own. When the test ends it fails on every exception shown, console
    error, page error and request elsewhere.
    """
    pages: list[Any] = []
    strangers: list[Any] = []
    complaints: list[str] = []

    def complain_of_errors(message: Any) -> None:
        if message.type == "error":
            complaints.append(f"console: {message.text}")

    def complain_of_strangers(sent: Any) -> None:
        if not _is_local(sent.url):
            complaints.append(f"request to {sent.url}")

    def open_page(
        url: str | None = None,
        *,
        dark: bool = False,
        width: int = 1440,
        height: int = 900,
        still: bool = False,
        stranger: bool = False,
    ) -> Any:
        if stranger:
            strangers.append(browser.new_context())
        page = (strangers[-1] if stranger else _visitor).new_page()
        pages.append(page)
        page.set_default_timeout(120_000)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(
            color_scheme="dark" if dark else "light", reduced_motion="reduce" if still else "no-preference"
        )
        page.on("pageerror", lambda error: complaints.append(f"page error: {error}"))
        page.on("console", complain_of_errors)
        page.on("request", complain_of_strangers)
        page.on("websocket", complain_of_strangers)
        if url is not None:
            page.goto(url)
        return page

    yield open_page
    for page in pages:
        if not page.is_closed():
            boxes = page.get_by_test_id("stException").all_inner_texts()
            complaints.extend(f"exception in the page: {text}" for text in boxes)
            page.evaluate("() => { if (location.protocol.startsWith('http')) localStorage.clear(); }")
    for page in _visitor.pages:
        page.close()
    _visitor.clear_cookies()
    for context in strangers:
        context.close()
    assert not complaints, "\n".join(complaints)
