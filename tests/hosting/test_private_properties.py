"""Private properties of hosted resources: each value goes to the DLL in its property's format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import native
import pytest

import resapi_cy as ra
from resapi_cy.enums import ControlCode
from resapi_cy.hosting.told_formats import told_formats
from resapi_cy.property_list import (
    Dword,
    ExpandedSz,
    ExpandSz,
    Formatted,
    Long,
    OtherValue,
    Sz,
    ULargeInteger,
    Word,
    decode,
    encode,
    in_formats,
)

TELLERS = ["formats and values", "values", "wrong formats, and values"]


@pytest.fixture
def strict() -> Iterator[ra.ResourceType]:
    """A type whose DLL takes no value in another format than its property's."""
    with ra.ResourceMonitor() as monitor:
        yield monitor.load(native.strict_dll(), "Strict")


def set_last(resource: ra.HostedResource) -> dict[str, Any]:
    """The list that the DLL was given last."""
    return decode(resource.control(1))


@pytest.mark.parametrize("name", TELLERS)
def test_properties_that_were_read_are_written_back_in_their_formats(
    strict: ra.ResourceType, name: str
) -> None:
    resource = strict.open(name)
    told = resource.private_properties()
    assert len(told) == 14
    assert told["Long"] == 8
    assert isinstance(told["Expand"], ExpandSz)
    assert told["Expand"].further == ("ex",)
    assert resource.set_private_properties(told)
    # To the byte, but for what the DLL told beside what it stores.
    told["Expand"].further = ()
    assert resource.control(1) == encode(told)


@pytest.mark.parametrize("name", TELLERS)
def test_a_value_of_pythons_types_is_sent_in_the_format_that_the_dll_tells(
    strict: ra.ResourceType, name: str
) -> None:
    resource = strict.open(name)
    values: dict[str, Any] = {
        **{"Long": 1, "Expand": "%B%", "Word": 3, "Dword": 4, "Huge": 5, "Large": -6},
        **{"Many": ("b", "c"), "None": ["d"], "Text": "y", "Empty": "z"},
        **{"Time": bytes(8), "Rights": bytearray(b"r"), "Bytes": memoryview(b"b")},
        **{"Nested": encode({})},
    }
    assert resource.set_private_properties(values)
    assert resource.private_properties() == {
        **values,
        **{"Many": ["b", "c"], "Rights": b"r", "Bytes": b"b"},
    }


def test_a_type_that_the_caller_chose_is_sent_as_it_is(strict: ra.ResourceType) -> None:
    resource = strict.open("formats and values")
    for value in (Dword(8), Word(8)):
        with pytest.raises(ra.ControlCallFailed) as refused:
            resource.set_private_properties({"Long": value})
        assert refused.value.code == 13
        assert type(set_last(resource)["Long"]) is type(value)
    with pytest.raises(ra.ControlCallFailed):
        resource.set_private_properties({"Expand": Sz("%A%")})
    many = Long(8)
    many.further = (Long(9),)
    with pytest.raises(ra.ControlCallFailed):  # a second value, which it takes from nobody
        resource.set_private_properties({"Long": many})
    assert resource.set_private_properties({"Long": Long(8)})


def test_a_dll_that_tells_nothing_can_be_given_every_format(strict: ra.ResourceType) -> None:
    told = strict.open("formats and values").private_properties()
    resource = strict.open("silent")
    with pytest.raises(ra.ControlCallFailed) as refused:
        resource.set_private_properties({"Long": 8})
    assert refused.value.code == 13
    assert type(set_last(resource)["Long"]) is Dword
    assert resource.set_private_properties(told)
    decoded = set_last(resource)
    assert [type(v) for v in decoded.values()] == [type(v) for v in told.values()]


def test_a_number_that_the_told_format_can_not_hold_is_refused_by_name(
    strict: ra.ResourceType,
) -> None:
    resource = strict.open("formats and values")
    with pytest.raises(ValueError, match=r"property 'Word': 65536 does not fit .* 0 to 65535"):
        resource.set_private_properties({"Word": 65536})
    with pytest.raises(TypeError, match=r"property 'Word': 1.5 is neither an int"):
        resource.set_private_properties({"Word": 1.5})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="the name of a property is a str, not 1"):
        resource.set_private_properties({1: 2})  # type: ignore[dict-item]


def test_a_value_of_an_unknown_syntax_tells_no_format() -> None:
    told = encode({"Disk": OtherValue(bytes(4), 0x50002), "Port": Word(8)})

    def ask(code: int) -> bytes:
        if code == ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES:
            return told
        raise ra.ControlCallFailed("no formats", 1)

    assert told_formats(ask, ["DISK", "Port"]) == {"PORT": Word}
    assert told_formats(ask, []) == {}


def test_a_format_is_of_the_names_that_windows_takes_for_one() -> None:
    def ask(code: int) -> bytes:
        return encode({"strasse": Word(3), "gr\u00f6sse": Word(3)})  # CLUSPROP_FORMAT_SZ

    told = told_formats(ask, ["Stra\u00dfe", "GR\u00d6SSE"])
    given = {"Stra\u00dfe": 1 << 40, "GR\u00d6SSE": "x"}
    formats = {**told, "STRASSE": ExpandSz, "stra\u00dfe": ULargeInteger}
    kinds = {name: type(value) for name, value in in_formats(given, formats).items()}
    assert kinds == {"Stra\u00dfe": ULargeInteger, "GR\u00d6SSE": Sz}
    assert "STRASSE" in told
    assert "STRA\u00dfE" not in told


def test_formats_are_not_asked_for_where_the_values_say_them(
    strict: ra.ResourceType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    control = ra.HostedResource.control

    def counted(self: ra.HostedResource, code: int, *arguments: Any, **named: Any) -> bytes:
        asked.append(code)
        return control(self, code, *arguments, **named)

    resource = strict.open("formats and values")
    monkeypatch.setattr(ra.HostedResource, "control", counted)
    expanded = ExpandSz("%A%")
    expanded.further = (ExpandedSz("a"),)
    values: dict[str, Any] = {"Long": Long(8), "Expand": expanded}
    assert all(isinstance(value, Formatted) for value in values.values())
    resource.set_private_properties(values)
    assert len(asked) == 1
    resource.set_private_properties({"Long": 8})
    assert len(asked) == 3  # the formats, and no values
