"""A field that carries its setting: what it may be, how it is read and written, and what a subclass keeps."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainers.deep.config import TrainerConfig
from trainers.objective_settings import ObjectiveSettings
from trainers.settings import (
    COUNT,
    POSITIVE,
    Range,
    Setting,
    SettingError,
    check_settings,
    from_values,
    settings_of,
)
from trainers.tabular.config import TabularConfig


@dataclass(frozen=True)
class Oven:
    heat: Annotated[float, Setting("Heat", "Of the oven.", Range(0.0, 250.0, "(]"))] = 180.0
    minutes: Annotated[int, Setting("Minutes", "In it.", COUNT)] = 30
    fan: Annotated[bool, Setting("Fan", "Moves the air.", matters=lambda values: values["heat"] > 100)] = (
        False
    )
    shelf: Annotated[Literal["top", "floor"], Setting("Shelf", "Where.", choices={"top": "on top"})] = "top"
    racks: Annotated[tuple[int, ...], Setting("Racks", "Their heights.", Range(1, 9))] = (3,)
    limit: Annotated[float | None, Setting("Limit", "Of the price.", POSITIVE)] = None
    label: str = "not a setting"

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True)
class SmallOven(Oven):
    heat: float = 90.0
    shelf: Literal["floor"] = "floor"


def test_settings_are_the_fields_that_carry_one() -> None:
    found = settings_of(Oven)
    assert list(found) == ["heat", "minutes", "fan", "shelf", "racks", "limit"]
    assert [one.kind for one in found.values()] == ["number", "whole", "switch", "choice", "layers", "number"]
    assert [one.default for one in found.values()] == [180.0, 30, False, "top", (3,), None]
    assert [name for name, one in found.items() if one.optional] == ["limit"]
    assert found["shelf"].choices == {"top": "on top", "floor": "floor"}
    assert found["fan"].matters({"heat": 180.0})
    assert not found["fan"].matters({"heat": 90.0})


def test_a_subclass_keeps_what_it_does_not_say_again() -> None:
    small = settings_of(SmallOven)
    assert (small["heat"].title, small["heat"].default, small["heat"].range.high) == ("Heat", 90.0, 250.0)
    assert small["shelf"].choices == {"floor": "floor"}
    with pytest.raises(SettingError, match="shelf must be one of floor, got 'top'"):
        SmallOven(shelf="top")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"heat": 0.0}, "heat must be above 0 and at most 250, got 0: choose for example 180"),
        ({"heat": math.nan}, "heat must be above 0 and at most 250, got nan"),
        ({"heat": "hot"}, "heat must be above 0 and at most 250, got 'hot'"),
        ({"heat": True}, "heat must be above 0 and at most 250, got true"),
        ({"heat": None}, "heat must be above 0 and at most 250, got none"),
        ({"minutes": 0}, "minutes must be a whole number of at least 1, got 0: choose for example 30"),
        ({"minutes": 2.0}, "minutes must be a whole number of at least 1, got 2"),
        ({"fan": 1}, "fan must be true or false, got 1"),
        ({"shelf": "roof"}, "shelf must be one of top, floor, got 'roof'"),
        ({"shelf": ["top"]}, "shelf must be one of top, floor, got"),
        ({"racks": (1, 10)}, "racks must be at most 6 whole numbers from 1 to 9, or none, got 1, 10"),
        ({"racks": (1,) * 7}, "racks must be at most 6 whole numbers"),
        ({"limit": -1.0}, "limit must be a positive number or none, got -1"),
        ({"limit": math.inf}, "limit must be a positive number or none, got inf"),
    ],
)
def test_what_a_setting_cannot_be_is_one_sentence(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingError) as caught:
        Oven(**changes)
    assert str(caught.value).startswith(says)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("heat", " 90.5 ", 90.5),
        ("heat", "1e2", 100.0),
        ("minutes", "12", 12),
        ("fan", "true", True),
        ("shelf", "floor", "floor"),
        ("racks", "1; 2,3", (1, 2, 3)),
        ("racks", "[4]", (4,)),
        ("racks", "none", ()),
        ("limit", "None", None),
        ("limit", "2", 2.0),
    ],
)
def test_texts_of_people_are_read(name: str, text: str, value: object) -> None:
    found = settings_of(Oven)[name].read(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text"),
    [("heat", "much"), ("heat", ""), ("heat", "inf"), ("minutes", "1.5"), ("minutes", "9" * 5_000),
     ("fan", "1"), ("racks", ""), ("racks", "x"), ("shelf", "none"), ("limit", "0")],
)  # fmt: skip
def test_other_texts_are_refused_briefly(name: str, text: str) -> None:
    with pytest.raises(SettingError, match=f"{name} must be") as caught:
        settings_of(Oven)[name].read(text)
    assert len(str(caught.value)) < 200


@given(st.floats(0.0, exclude_min=True, allow_infinity=False))
def test_numbers_survive_being_written(value: float) -> None:
    setting = settings_of(Oven)["limit"]
    assert setting.read(setting.write(value)) == value


def test_values_of_json_make_the_same_configuration() -> None:
    values = {name: value for name, value in asdict(SmallOven()).items() if name != "label"}
    assert from_values(SmallOven, {**values, "racks": [3]}) == SmallOven()
    with pytest.raises(SettingError, match="unknown setting 'colour': the settings are fan, heat"):
        from_values(Oven, {"colour": 1})


@pytest.mark.parametrize("kind", [TabularConfig, TrainerConfig])
def test_every_setting_tells_people_what_it_is_and_its_default_is_allowed(kind: type) -> None:
    settings = settings_of(kind)
    assert {item.name for item in fields(kind)} - {"prior"} == set(settings)
    for setting in settings.values():
        assert setting.title
        assert setting.help.endswith(".")
        assert setting.read(setting.write(setting.default)) == setting.default
        assert isinstance(setting.matters({**asdict(kind()), "images": True, "continuous": True}), bool)


def test_solvers_and_networks_tell_the_same_of_what_they_share() -> None:
    tables, networks = settings_of(TabularConfig), settings_of(TrainerConfig)
    for name in settings_of(ObjectiveSettings):
        assert tables[name].title == networks[name].title
    for name in ("temperature", "alpha", "scale", "divergence", "terminal"):
        assert (tables[name].help, tables[name].range) == (networks[name].help, networks[name].range)


@dataclass(frozen=True)
class Longer(TrainerConfig):
    """The trainer's configuration with one setting more."""

    optimizer: Annotated[Literal["adam", "sgd"], Setting("Optimiser", "What takes the steps.")] = "adam"


def test_another_setting_is_one_field() -> None:
    found = settings_of(Longer)["optimizer"]
    assert (found.kind, found.read("sgd"), found.allowed) == ("choice", "sgd", "one of adam, sgd")
    assert set(settings_of(Longer)) == {*settings_of(TrainerConfig), "optimizer"}
    assert from_values(Longer, {"optimizer": "sgd"}).optimizer == "sgd"
    with pytest.raises(SettingError, match="optimizer must be one of adam, sgd, got 'both'"):
        Longer(optimizer="both")  # type: ignore[arg-type]
