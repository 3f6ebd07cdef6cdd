"""Settings: what clients may choose."""

from __future__ import annotations

import pytest

from stepwire import wire
from stepwire.serve.errors import Refusal
from stepwire.serve.settings import Setting, allow_list, pack, parse, unpack

ALLOWED = allow_list(
    {
        "gravity": Setting(9.8, low=0, high=20),
        "map": Setting("small", choices=("small", "large")),
        "is_slippery": True,
        "wheels": 4,
        "range": [0.5, 1],
    }
)


def test_a_setting_that_is_not_given_has_its_default() -> None:
    values = unpack("Car-v0", ALLOWED, [pack("wheels", 3)])
    assert values == {
        "gravity": 9.8,
        "map": "small",
        "is_slippery": True,
        "wheels": 3,
        "range": (0.5, 1.0),
    }


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (pack("gravity", 20.5), "'gravity' must be float from 0 to 20"),
        (pack("gravity", float("nan")), "'gravity' must be float"),
        (pack("gravity", "9"), "'gravity' must be float"),
        (pack("map", "huge"), "'map' must be one of small, large"),
        (pack("wheels", 4.0), "'wheels' must be int"),
        (pack("range", (1.0,)), "'range' must be a vector of 2 numbers"),
        (pack("is_slippery", 1), "'is_slippery' must be bool"),
        (pack("render_mode", "human"), "no setting 'render_mode'; there are: gravity, map"),
        (wire.Setting(name="map", type=77), "'map' must be one of"),
    ],
)
def test_what_is_not_allowed_is_refused_with_what_is(message, why) -> None:
    with pytest.raises(Refusal, match=why) as caught:
        unpack("Car-v0", ALLOWED, [message])
    assert (caught.value.code, caught.value.field) == (wire.INVALID_ARGUMENT, "settings")


def test_a_setting_given_twice_is_refused() -> None:
    with pytest.raises(Refusal, match="twice"):
        unpack("Car-v0", ALLOWED, [pack("wheels", 3), pack("wheels", 3)])


@pytest.mark.parametrize(
    ("text", "name", "setting"),
    [
        ("gravity=9.8:0..20", "gravity", Setting(9.8, 0, 20)),
        ("wheels=4", "wheels", Setting(4)),
        ("map=small:small|large", "map", Setting("small", choices=("small", "large"))),
        ("fast=true", "fast", Setting(True)),
        ("range=[0.5, 1]", "range", Setting((0.5, 1.0))),
    ],
)
def test_settings_are_read_as_people_write_them(text, name, setting) -> None:
    assert parse(text) == (name, setting)


@pytest.mark.parametrize("text", ["gravity", "=1", "gravity=", "gravity=1:0", "gravity=1:a..b"])
def test_what_people_should_not_write_is_refused(text) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.parametrize(
    "settings",
    [
        {"a b": 1},
        {"x": None},
        {"x": Setting(5, low=6, high=7)},
        {"x": [1.0] * 17},
        {"x": "y" * 128},
    ],
)
def test_an_allow_list_that_cannot_be_is_refused(settings) -> None:
    with pytest.raises(ValueError):
        allow_list(settings)
