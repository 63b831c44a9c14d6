"""What crosses between Python and the browser: registration, small numbers out, checked values in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from irl_app.paths import asset
from trainers.arrays import FloatArray

T = TypeVar("T")
SIGNIFICANT_DIGITS = 4
REFUSED = "refused-states"
"""Under it a session keeps the states that no component of ours sends."""
_FINEST = 300.0  # decimals beyond which a power of ten overflows; what is smaller is zero


class ComponentStateError(ValueError):
    """The browser sent a state that no component of ours sends; the message is one sentence for people."""


def register(
    name: str, *, html: str, scripts: Sequence[str], styles: Sequence[str], isolated: bool = True
) -> ComponentRenderer:
    """Register a component whose script and style are files of ``assets/components``, joined in order.

    The joined scripts form one ES module: the last one holds its default export. An isolated component
    neither sees the page's styles nor changes them.
    """
    css = "\n".join(asset(f"components/{file}").read_text(encoding="utf-8") for file in styles)
    js = "\n".join(asset(f"components/{file}").read_text(encoding="utf-8") for file in scripts)
    return st.components.v2.component(
        f"irl_app.{name}", html=html, css=css or None, js=js, isolate_styles=isolated
    )


def ignore_change() -> None:
    """A state's callback: Streamlit keeps only the states that have one."""


def significant(values: FloatArray) -> FloatArray:
    """``values`` rounded to ``SIGNIFICANT_DIGITS`` decimal digits, of any shape; NaN stays NaN."""
    magnitude = np.abs(values)
    has_digits = np.isfinite(magnitude) & (magnitude > 0)
    exponent = np.zeros_like(values)
    exponent[has_digits] = np.minimum(
        SIGNIFICANT_DIGITS - 1 - np.floor(np.log10(magnitude[has_digits])), _FINEST
    )
    # never a multiplication by 0.1: only dividing by a power of ten gives the nearest double
    up, down = 10.0 ** np.maximum(exponent, 0.0), 10.0 ** np.maximum(-exponent, 0.0)
    return np.round(values * up / down) * down / up


def json_numbers(values: FloatArray) -> list[float | None]:
    """A flat JSON list of `significant` numbers; NaN, which JSON lacks, becomes null."""
    flat = significant(np.asarray(values, dtype=np.float64).ravel())
    numbers: list[float | None] = flat.tolist()
    for index in np.flatnonzero(np.isnan(flat)).tolist():
        numbers[index] = None
    return numbers


def read_state(key: str, name: str) -> dict[str, Any] | None:
    """The state ``name`` of the mounted component ``key`` as the browser sent it, before it is mounted again.

    Raises:
        ComponentStateError: the browser sent something other than an object.
    """
    state = st.session_state.get(key) or {}
    value = state.get(name)
    if value == st.session_state.get(REFUSED, {}).get((key, name)):
        return None
    if value is not None and not isinstance(value, dict):
        raise ComponentStateError(
            f"the state {name!r} of {key!r} must be an object, got a {type(value).__name__}"
        )
    return value


def taken(key: str, take: Callable[[], T]) -> tuple[T, str]:
    """What ``take`` makes of the states of the component ``key``, and "".

    Where the browser sent what no component sends, one action is lost, not the session: those states count as
    not sent until it sends others; then what ``take`` makes of the rest, and a sentence.
    """
    try:
        return take(), ""
    except ComponentStateError as error:
        refused = st.session_state.setdefault(REFUSED, {})
        refused |= {(key, name): value for name, value in dict(st.session_state.get(key) or {}).items()}
        return take(), f"What the browser sent was left out: {error}."


def whole(value: object, low: int, high: int, what: str) -> int:
    """``value`` as an int in [low, high].

    Raises:
        ComponentStateError: it is no whole number in that range.
    """
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not is_whole or not low <= value <= high:  # type: ignore[operator]
        raise ComponentStateError(f"{what} must be a whole number from {low} to {high}, got {value!r:.40}")
    return int(value)  # type: ignore[call-overload]


def finite(value: object, bound: float, what: str) -> float:
    """``value`` as a finite float within ±bound.

    Raises:
        ComponentStateError: it is no such number.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ComponentStateError(f"{what} must be a number, got {value!r:.40}")
    if abs(value) > bound:
        raise ComponentStateError(f"{what} must lie within ±{bound:g}, got {value:g}")
    return float(value)


def listed(value: object, longest: int, what: str) -> list[Any]:
    """``value`` as a list of at most ``longest`` entries.

    Raises:
        ComponentStateError: it is no list, or a longer one.
    """
    if not isinstance(value, list) or len(value) > longest:
        raise ComponentStateError(f"{what} must be a list of at most {longest} entries")
    return value
