"""What the server does once: read its options, warm up before the first visitor, clean up after the last."""

from __future__ import annotations

import argparse
import os
from typing import Any

from streamlit import config

from irl_app.figures import scatter_figure
from irl_app.runs import runs_root
from irl_app.ui.answers import answer, card_of, prior_search
from irl_app.ui.hosts import HOSTS
from irl_app.ui.lab_state import DEFAULT
from irl_app.ui.training_jobs import adopt_waiting, close_jobs
from irl_app.ui.visitors import CLASS, is_class, teacher_code


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
    parser.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="another name that it is reached by"
    )
    parser.add_argument(
        "--class", dest="is_class", action="store_true", help="visitors may change only their own runs"
    )
    chosen = parser.parse_args(argv)
    if chosen.is_class:
        os.environ[CLASS] = "1"
    known = [os.environ.get(HOSTS, ""), chosen.address or "", *chosen.allow_host]
    os.environ[HOSTS] = ",".join(filter(None, known))
    options = {"server.port": chosen.port, "server.address": chosen.address}
    return {name: value for name, value in options.items() if value is not None}


def warm_up() -> None:
    """Import what every page needs, start the searches' processes and solve the lab that opens first."""
    first = answer(DEFAULT, owner="warm-up")
    card_of(first.recovery)
    scatter_figure(first.recovery, DEFAULT.lens)


def begin() -> None:
    """Queue the runs that waited at a server that has ended; of a class, say how the teacher gets in."""
    if is_class():
        address = f"http://{config.get_option('server.address')}:{config.get_option('server.port')}"
        print(f"The teacher's link: {address}/?teacher={teacher_code()}", flush=True)
    adopt_waiting(runs_root())


def shut_down() -> None:
    """End the searches' processes and the trainings'; a training that is not done can be resumed."""
    prior_search().close()
    close_jobs()
