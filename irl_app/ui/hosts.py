"""By which names this server answers: no other page can have a name of its own led here (DNS rebinding)."""

from __future__ import annotations

import ipaddress
import os
import socket
from functools import cache

HOSTS = "IRL_APP_HOSTS"
"""The environment variable with the names that are allowed beside the usual ones, commas between them."""


def is_known(host: str) -> bool:
    """Whether a request for this ``Host`` is for us: an address by numbers, this computer's name, or one that
    was allowed. To an address nobody else's name leads."""
    name = _name_of(host)
    return name is not None and (_is_address(name) or name in _names(os.environ.get(HOSTS, "")))


def _name_of(host: str) -> str | None:
    """The name without the port, in lower case; None if it is none."""
    host = host.strip().lower()
    if host.startswith("["):
        name, closed, port = host[1:].partition("]")
        return name if closed and (not port or port[:1] == ":") else None
    name, colon, port = host.partition(":")
    if colon and not port.isdecimal():
        return None
    return name.removesuffix(".") or None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


@cache
def _names(allowed: str) -> frozenset[str]:
    own = {"localhost", socket.gethostname().lower(), socket.getfqdn().lower()}
    return frozenset(own | {name.strip().lower() for name in allowed.split(",") if name.strip()})
