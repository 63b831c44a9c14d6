"""Settings: fields of a frozen dataclass that carry what people are told of them, and what they may be.

A field ``alpha: Annotated[float, Setting("Regulariser α", "How freely rewards may grow.", POSITIVE)] = 0.5``
is all that forms, sliders, links, the command line and the check of a value need. A subclass that declares
the field again, for another default or other choices, keeps the `Setting` unless it gives its own. A module
of such fields does without ``from __future__ import annotations``, for what they say is more than types.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

Kind = Literal["whole", "number", "choice", "switch", "layers"]
Values = Mapping[str, Any]
T = TypeVar("T")

MOST_LAYERS = 6
_KINDS: dict[Any, Kind] = {bool: "switch", int: "whole", float: "number", tuple: "layers"}


class SettingError(ValueError):
    """A setting does not exist, or a value is of another kind or out of its range; one sentence says so."""


@dataclass(frozen=True)
class Range:
    """Finite numbers from low to high; "(" and ")" where an end itself is left out."""

    low: float = 0.0
    high: float = math.inf
    ends: str = "[]"

    def __contains__(self, value: float) -> bool:
        above = self.low < value if self.ends[0] == "(" else self.low <= value
        below = value < self.high if self.ends[1] == ")" else value <= self.high
        return above and below and math.isfinite(value)

    def __str__(self) -> str:
        if self.high == math.inf:
            return "a positive number" if self.ends[0] == "(" else f"at least {self.low:g}"
        return {
            "[]": f"between {self.low:g} and {self.high:g}",
            "()": f"strictly between {self.low:g} and {self.high:g}",
            "[)": f"at least {self.low:g} and less than {self.high:g}",
            "(]": f"above {self.low:g} and at most {self.high:g}",
        }[self.ends]


POSITIVE, SHARE, COUNT = Range(ends="()"), Range(0.0, 1.0), Range(1)
RATE, DISCOUNT = Range(0.0, 1.0, "(]"), Range(0.0, 1.0, "()")


def always(values: Values) -> bool:
    """What matters to every method."""
    return True


def only(*methods: str) -> Callable[[Values], bool]:
    """What matters to these methods alone."""
    return lambda values: values["method"] in methods


def all_but(method: str) -> Callable[[Values], bool]:
    """What matters to every other method."""
    return lambda values: values["method"] != method


@dataclass(frozen=True)
class Setting:
    """What is known of a setting.

    Attributes:
        title, help: for people.
        range: of numbers; of layers, each one's.
        choices: value -> title; those that the field's ``Literal`` names, where it names any.
        matters: whether it does anything, given the values of all settings; ``images`` among these says
            whether observations are images.
        in_form: whether forms offer it; what is rarely changed is for files and the command line.
        name, kind, default, optional: of its field (see `settings_of`); what is optional may be None.
    """

    title: str
    help: str
    range: Range = Range()
    choices: Mapping[str, str] = field(default_factory=dict)
    matters: Callable[[Values], bool] = always
    in_form: bool = True
    name: str = ""
    kind: Kind = "number"
    default: Any = None
    optional: bool = False

    @property
    def allowed(self) -> str:
        """What its values are, in words that go on from "must be"."""
        low, high = self.range.low, self.range.high
        ends = f"of at least {low:g}" if high == math.inf else f"from {low:g} to {high:g}"
        said = {
            "switch": "true or false",
            "choice": f"one of {', '.join(self.choices)}",
            "whole": f"a whole number {ends}",
            "layers": f"at most {MOST_LAYERS} whole numbers {ends}, or none",
            "number": str(self.range),
        }[self.kind]
        return f"{said} or none" if self.optional else said

    def check(self, value: object) -> None:
        """Check a value.

        Raises:
            SettingError: it is of another kind, or out of the range.
        """
        if self._holds(value):
            return
        got = repr(value[:40]) if isinstance(value, str) else self.write(value)
        has_example = self.kind in ("number", "whole", "layers") and self.default is not None
        example = f": choose for example {self.write(self.default)}" if has_example else ""
        raise SettingError(f"{self.name} must be {self.allowed}, got {got}{example}")

    def _holds(self, value: object) -> bool:
        if value is None:
            return self.optional
        match self.kind:
            case "switch":
                return isinstance(value, bool)
            case "choice":
                return isinstance(value, str) and value in self.choices
            case "layers":
                if not isinstance(value, tuple) or len(value) > MOST_LAYERS:
                    return False
                return all(type(part) is int and part in self.range for part in value)
            case "whole":
                return type(value) is int and value in self.range
            case "number":
                return isinstance(value, int | float) and type(value) is not bool and value in self.range

    def read(self, text: str) -> Any:
        """The value that people write as a text: a number, ``true``, ``none``, ``64, 64``, a name.

        Raises:
            SettingError: it is no value of this setting.
        """
        try:
            value = self._value(text.strip())
        except ValueError:
            value = text
        self.check(value)
        return value

    def _value(self, written: str) -> Any:
        named = {"none": () if self.kind == "layers" else None, "true": True, "false": False}
        if self.kind == "choice" or written.lower() in named:
            return named.get(written.lower(), written)
        if self.kind == "layers":
            parts = written.strip("[]").replace(";", ",").split(",")
            return tuple(int(part) for part in parts if part.strip()) or written
        return int(written) if self.kind == "whole" else float(written)

    def write(self, value: Any) -> str:
        """The text that `read` makes this value of."""
        if value is None or value == ():
            return "none"
        if isinstance(value, tuple):
            return ", ".join(map(str, value))
        if isinstance(value, float) and abs(value) < 1e15 and value == int(value):
            return str(int(value))
        return str(value).lower() if isinstance(value, bool) else str(value)


def settings_of(kind: type) -> Mapping[str, Setting]:
    """The settings among a dataclass's fields, in their order."""
    return _settings_of(kind)


@cache
def _settings_of(kind: type) -> Mapping[str, Setting]:
    hints = get_type_hints(kind)
    of_classes = [get_type_hints(one, include_extras=True) for one in kind.__mro__]
    return {
        item.name: _of_field(declared, item.name, hints[item.name], item.default)
        for item in fields(kind)
        for declared in _declared(item.name, of_classes)[:1]
    }


def _declared(name: str, of_classes: Sequence[Mapping[str, Any]]) -> list[Setting]:
    """What is declared for a field, the nearest first, in the hints of a class and those it is made of."""
    said = [extra for hints in of_classes for extra in getattr(hints.get(name), "__metadata__", ())]
    return [extra for extra in said if isinstance(extra, Setting)]


def _of_field(declared: Setting, name: str, hint: Any, default: Any) -> Setting:
    optional = type(None) in get_args(hint)
    if optional:
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    named = get_args(hint) if get_origin(hint) is Literal else tuple(declared.choices)
    kind = "choice" if named else _KINDS[get_origin(hint) or hint]
    choices = {one: declared.choices.get(one, one) for one in named}
    return replace(declared, name=name, kind=kind, choices=choices, default=default, optional=optional)


def check_settings(config: object) -> None:
    """Check every setting of a dataclass's instance.

    Raises:
        SettingError: a value is of another kind than its field, or out of its range.
    """
    for name, setting in settings_of(type(config)).items():
        setting.check(getattr(config, name))


def setting_named(name: str, settings: Mapping[str, Setting]) -> Setting:
    """One of these settings.

    Raises:
        SettingError: it is none of them.
    """
    if name not in settings:
        raise SettingError(f"unknown setting {name[:40]!r}: the settings are {', '.join(sorted(settings))}")
    return settings[name]


def from_values(kind: type[T], values: Values) -> T:
    """The dataclass with these settings, as ``dataclasses.asdict`` or JSON gives them.

    Raises:
        SettingError: a setting is unknown, or a value is out of its range.
    """
    for name in sorted(values):
        setting_named(name, settings_of(kind))
    return kind(**{name: tuple(each) if isinstance(each, list) else each for name, each in values.items()})
