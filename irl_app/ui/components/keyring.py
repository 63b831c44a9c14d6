"""The secrets that a browser keeps for itself: what lets a teacher or a student in again after a reload."""

from __future__ import annotations

import streamlit as st

from irl_app.ui.components._wire import ComponentStateError, ignore_change, read_state, register, taken

KEYRING = "class-keys"
MAX_KEYS, MAX_LENGTH = 200, 100

_mount = register("keyring", html="<span hidden></span>", scripts=("keyring.js",), styles=())


def keys() -> dict[str, str]:
    """What the browser holds, by name, with what was put there in this session; empty before it has spoken,
    and where it has said what no browser of ours says."""
    held, _ = taken(KEYRING, _held)
    return {**held, **st.session_state.get("class-new-keys", {})}


def _held() -> dict[str, str]:
    held = read_state(KEYRING, "held") or {}
    if len(held) > MAX_KEYS or not all(
        isinstance(key, str) and len(key) <= MAX_LENGTH for key in held.values()
    ):
        raise ComponentStateError("the keys of this browser must be short texts")
    return held


def put_key(name: str, secret: str) -> None:
    """Have the browser keep a secret from now on."""
    st.session_state.setdefault("class-new-keys", {})[name] = secret


def keyring() -> None:
    """Mount it, once a page; it shows nothing."""
    known = (st.session_state.get(KEYRING) or {}).get("held")  # as it came: the browser sends no more of it
    _mount(
        key=KEYRING,
        data={"put": st.session_state.get("class-new-keys"), "known": known},
        on_held_change=ignore_change,
    )
