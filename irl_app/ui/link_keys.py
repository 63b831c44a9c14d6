"""The settings that a link can carry: their names in the address, and how each is read and written."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Literal, get_args

from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import MAX_SIDE, MIN_SIDE
from irl_app.envs.presets import PRESETS
from irl_app.experts import EXPERTS
from irl_app.recovery import Lens
from irl_app.runs import MAX_SEED
from irl_app.ui.components.grid_editor import MAX_PATHS
from irl_app.ui.link_codec import LinkError, pack_episodes, pack_text, unpack_episodes, unpack_text
from trainers.settings import Setting, SettingError, settings_of
from trainers.tabular.config import TabularConfig

Mode = Literal["play", "watch", "draw", "replay"]

PLAYED = "played"
"""The expert who is a person: the recorded episodes."""

MAX_DEMOS = 1_000
EXPERT_VALUE = Setting("Temperature or noise", "Of the expert.", name="expert_value")
"""Who the expert is says what it may be."""


@dataclass(frozen=True)
class LinkKey:
    """One setting in a link.

    Attributes:
        name: its name in the address. title: its name for people.
        path: the attribute of the lab's state, with a dot where it is one of the configuration.
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
        """The lab's state with the setting changed; ValueError if the configuration refuses the value."""
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
        if not (
            text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high
        ):
            raise LinkError(f"it is {text[:30]!r} and must be a whole number from {low} to {high}")
        return int(text)

    return read


def _flag(text: str) -> bool:
    return bool(_whole(0, 1)(text))


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


def _setting(setting: Setting, path: str = "") -> LinkKey:
    """A setting under the name that links have always had for it; without a path one of the configuration."""

    def read(text: str) -> Any:
        try:
            return setting.read(text)
        except SettingError:
            raise LinkError(f"it is {text[:30]!r} and must be {setting.allowed}") from None

    name = {"temperature": "tau"}.get(setting.name, setting.name)
    said = setting.name.replace("_", " ")
    return LinkKey(name, said, path or f"config.{setting.name}", read, setting.write)


KEYS: tuple[LinkKey, ...] = (
    LinkKey("preset", "world", "preset", _choice(tuple(PRESETS))),
    LinkKey("size", "size", "size", _whole(MIN_SIDE, MAX_SIDE)),
    LinkKey("world", "layout's seed", "world", _whole(0, MAX_SEED)),
    LinkKey("map", "map", "map", _map, pack_text),
    LinkKey("draft", "unfinished drawing", "draft", _draft, pack_text),
    LinkKey("mode", "mode", "mode", _choice(get_args(Mode))),
    LinkKey("expert", "expert", "expert", _choice((*EXPERTS, PLAYED))),
    _setting(EXPERT_VALUE, "expert_value"),
    LinkKey("demos", "number of demonstrations", "demos", _demos, lambda n: "exact" if n is None else str(n)),
    LinkKey("seed", "demonstrations' seed", "seed", _whole(0, MAX_SEED)),
    LinkKey("played", "recorded episodes", "played", unpack_episodes, pack_episodes),
    *(_setting(setting) for setting in settings_of(TabularConfig).values()),
    LinkKey("lens", "lens", "lens", _choice(get_args(Lens))),
    LinkKey("more", "open drawer", "more", _flag, lambda shown: str(int(shown))),
    LinkKey("episode", "replayed episode", "episode", _whole(0, MAX_PATHS - 1)),
)
