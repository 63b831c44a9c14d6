"""What the server does once: read its options, warm up before the first visitor, clean up after the last."""

from __future__ import annotations

import argparse
import os
from typing import Any

from irl_app.figures import scatter_figure
from irl_app.ui.answers import answer, card_of, prior_search
from irl_app.ui.lab_state import DEFAULT
from irl_app.ui.training_jobs import close_jobs


def server_options(argv: list[str] | None = None) -> dict[str, Any]:
    """Address and port as Streamlit options, from the command line or Streamlit's environment variables.

    What neither gives is left to the configuration file.
    """
    parser = argparse.ArgumentParser(prog="app.py", description="Serve IRL Lab in the browser.")
    parser.add_argument(
        "--port",
        type=int,
        default=os.environ.get("STREAMLIT_SERVER_PORT"),
        help="port to listen on (default 8501)",
    )
    parser.add_argument(
        "--address",
        default=os.environ.get("STREAMLIT_SERVER_ADDRESS"),
        help="address to listen on (default 127.0.0.1; the app has no login)",
    )
    chosen = parser.parse_args(argv)
    options = {"server.port": chosen.port, "server.address": chosen.address}
    return {name: value for name, value in options.items() if value is not None}


def warm_up() -> None:
    """Import what every page needs, start the searches' processes and solve the lab that opens first."""
    first = answer(DEFAULT, owner="warm-up")
    card_of(first.recovery)
    scatter_figure(first.recovery, DEFAULT.lens)


def shut_down() -> None:
    """End the searches' processes and the trainings'; a training that is not done can be resumed."""
    prior_search().close()
    close_jobs()
