"""Who a visitor is, and what they may do with runs: a signed cookie, no accounts.

Everybody may look at everything. On one person's server every visitor may do all; in a class, whoever
started a run may stop it, let it go on, name and delete it, and so may who has opened the teacher's link.
Whoever deletes the cookie is somebody new.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path

import streamlit as st

from irl_app.files import write_whole
from irl_app.reading import FileError, read_bytes
from irl_app.runs import RunError, runs_root

COOKIE, TEACHER = "irl-visitor", "irl-teacher"
CLASS = "IRL_APP_FOR_A_CLASS"
"""The environment variable that says that the server is for a class."""
OWNER, KEY = "visitor.txt", ".visitors-key"
"""In a run's folder, who started it; in the runs' folder, what cookies are signed with."""
FOR_SECONDS = 180 * 24 * 3600


def is_class() -> bool:
    """Whether this server is for a class."""
    return os.environ.get(CLASS) == "1"


def visitor() -> str:
    """Who this session's visitor is: by the cookie, which outlasts a reload; without one by the session."""
    if (known := verified(_cookie(COOKIE))) is not None:
        return known
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = secrets.token_hex(8)
    return str(st.session_state["visitor"])


def may_change(run: Path) -> bool:
    """Whether this session's visitor may stop a run, let it go on, name and delete it."""
    return may_teach() or owner_of(run) == visitor()


def may_teach() -> bool:
    """Whether this session's visitor may do all: on one person's server everybody, in a class the teacher."""
    return not is_class() or verified(_cookie(TEACHER)) == TEACHER


def check_may_change(run: Path) -> None:
    """Check that.

    Raises:
        RunError: somebody else started it.
    """
    if not may_change(run):
        raise RunError(f"somebody else started {run.name}: only they and the teacher may do that")


def owner_of(run: Path) -> str:
    """Who started a run here; "" if nobody did."""
    try:
        return read_bytes(run / OWNER, 100).decode()
    except (FileError, UnicodeDecodeError):
        return ""


def note_owner(run: Path, owner: str) -> None:
    """Have a run's folder say who started it.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(run / OWNER, owner)


def signed(text: str) -> str:
    """The text, and by what this server knows it again."""
    return f"{text}.{_signature(text)}"


def verified(cookie: str) -> str | None:
    """The text that this server has signed; None if it has not."""
    text, _, signature = cookie.rpartition(".")
    alike = hmac.compare_digest(signature.encode(errors="replace"), _signature(text).encode())
    return text if text and alike else None


def new_visitor() -> str:
    """The cookie of a visitor who has none."""
    return signed(secrets.token_hex(8))


def teacher_code() -> str:
    """What opens everything on a server for a class; the same as long as the runs' folder stays."""
    return _signature("the teacher's code")[:12]


def _cookie(name: str) -> str:
    return str(st.context.cookies.get(name, ""))


def _signature(text: str) -> str:
    return hmac.new(
        _key(str(runs_root().resolve())), text.encode(errors="replace"), hashlib.sha256
    ).hexdigest()


@cache
def _key(root: str) -> bytes:
    """Kept beside the runs; where nothing can be written there, as long as the server lives."""
    path = Path(root) / KEY
    with suppress(FileError):
        if len(kept := read_bytes(path, 64)) == 64:
            return kept
    made = secrets.token_hex(32).encode()
    with suppress(OSError):
        write_whole(path, made).chmod(0o600)
    return made
