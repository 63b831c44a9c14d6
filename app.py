"""The launcher: ``python app.py [--port N] [--address A]``; other settings: ``.streamlit/config.toml``."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from irl_app.threads import use_one_thread

use_one_thread()  # before NumPy is loaded

import streamlit as st
from starlette.middleware import Middleware

from irl_app.paths import PACKAGE
from irl_app.ui.libraries import library_routes
from irl_app.ui.messages import PlainStates
from irl_app.ui.middleware import DeepLinks, KnownHosts, SecurityHeaders, Visitors
from irl_app.ui.startup import begin, server_options, shut_down, warm_up


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Pay for imports and first solutions before the first visitor; end the background workers at the end."""
    warm_up()
    # Everything alive now stays for good: kept out of every later collection, a slider's rerun stays fast.
    gc.collect()
    gc.freeze()
    begin()
    yield {}
    shut_down()


app = st.App(
    PACKAGE / "ui" / "main.py",
    lifespan=lifespan,
    routes=library_routes(),
    middleware=[Middleware(each) for each in (KnownHosts, SecurityHeaders, Visitors, DeepLinks, PlainStates)],
)

if __name__ == "__main__":
    app.run(config=server_options())
