"""The settings that a link can carry: their names in the address, and how each is read and written."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Literal, get_args

from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import MAX_SIDE, MIN_SIDE
from irl_app.envs.presets import PRESETS
from irl_app.experts import EXPERTS
from irl_app.recipes import METHODS
from irl_app.recovery import Lens
from irl_app.ui.link_codec import LinkError, pack_episodes, pack_text, unpack_episodes, unpack_text
from trainers.divergences import DIVERGENCES
from trainers.tabular.iq import ValueTerm
from trainers.tabular.reward_term import Penalty

Mode = Literal["draw", "play", "replay"]

PLAYED = "played"
"""The expert who is a person: the recorded episodes."""

MAX_SEED = 9_999
MAX_DEMOS = 1_000
ALPHA = (0.01, 1_000.0)
BETA = (0.0, 1.0)
SCALE = (0.1, 100.0)
L2 = (0.001, 10.0)
PSEUDO_COUNT = (0.001, 10.0)
TEMPERATURE = (0.01, 100.0)
GAMMA = (0.01, 0.999)


@dataclass(frozen=True)
class LinkKey:
    """One setting in a link.

    Attributes:
        name: its name in the address. title: its name for people.
        path: the attribute of the lab's state, with a dot where it is one of the recipe.
        read: text -> value; raises ValueError with half a sentence.
        write: value -> text; `read` gives the value back.
    """

    name: str
    title: str
    path: str
    read: Callable[[str], Any]
    write: Callable[[Any], str] = str

    def get(self, state: Any) -> Any:
        """The setting's value in a lab's state."""
        return attrgetter(self.path)(state)

    def set(self, state: Any, value: Any) -> Any:
        """The lab's state with the setting changed; ValueError if the recipe refuses the value."""
        outer, _, inner = self.path.partition(".")
        return replace(state, **{outer: replace(getattr(state, outer), **{inner: value}) if inner else value})


def _choice(options: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in options:
            raise LinkError(f"it is {text[:30]!r} and must be one of {', '.join(options)}")
        return text

    return read


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
            raise LinkError(f"it is {text[:30]!r} and must be a whole number from {low} to {high}")
        return int(text)

    return read


def _number(bounds: tuple[float, float]) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text[:40])
        except ValueError:
            value = math.nan
        if not bounds[0] <= value <= bounds[1]:
            raise LinkError(f"it is {text[:30]!r} and must be a number from {bounds[0]:g} to {bounds[1]:g}")
        return value

    return read


def _short(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _demos(text: str) -> int | None:
    return None if text == "exact" else _whole(1, MAX_DEMOS)(text)


def _map(packed: str) -> str:
    text = unpack_text(packed)
    parse_map(text)
    return text


def _draft(packed: str) -> str:
    text = unpack_text(packed)
    try:
        is_object = isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise LinkError("it is no drawing")
    return text


def _real(name: str, title: str, path: str, bounds: tuple[float, float]) -> LinkKey:
    return LinkKey(name, title, path, _number(bounds), _short)


KEYS: tuple[LinkKey, ...] = (
    LinkKey("preset", "world", "preset", _choice(tuple(PRESETS))),
    LinkKey("size", "size", "size", _whole(MIN_SIDE, MAX_SIDE)),
    LinkKey("world", "layout's seed", "world", _whole(0, MAX_SEED)),
    LinkKey("map", "map", "map", _map, pack_text),
    LinkKey("draft", "unfinished drawing", "draft", _draft, pack_text),
    LinkKey("mode", "mode", "mode", _choice(get_args(Mode))),
    LinkKey("expert", "expert", "expert", _choice((*EXPERTS, PLAYED))),
    _real("expert_value", "expert's temperature or noise", "expert_value", (0.0, 1_000.0)),
    LinkKey("demos", "number of demonstrations", "demos", _demos, lambda n: "exact" if n is None else str(n)),
    LinkKey("seed", "demonstrations' seed", "seed", _whole(0, MAX_SEED)),
    LinkKey("played", "recorded episodes", "played", unpack_episodes, pack_episodes),
    LinkKey("method", "method", "recipe.method", _choice(tuple(METHODS))),
    LinkKey("divergence", "divergence", "recipe.divergence", _choice(tuple(DIVERGENCES))),
    _real("alpha", "alpha", "recipe.alpha", ALPHA),
    LinkKey("penalty", "penalty", "recipe.penalty", _choice(get_args(Penalty))),
    _real("beta", "beta", "recipe.beta", BETA),
    _real("scale", "reward scale", "recipe.scale", SCALE),
    _real("l2", "ridge", "recipe.l2", L2),
    _real("pseudo_count", "pseudo-count", "recipe.pseudo_count", PSEUDO_COUNT),
    LinkKey("value_term", "value term", "recipe.value_term", _choice(get_args(ValueTerm))),
    _real("tau", "temperature", "recipe.temperature", TEMPERATURE),
    _real("gamma", "discount", "recipe.gamma", GAMMA),
    LinkKey("terminal", "terminal convention", "recipe.terminal", _choice(("zero", "absorbing"))),
    LinkKey("dynamics", "dynamics", "recipe.dynamics", _choice(("known", "estimated"))),
    LinkKey("lens", "lens", "lens", _choice(get_args(Lens))),
    LinkKey("episode", "replayed episode", "episode", _whole(0, 59)),
)
