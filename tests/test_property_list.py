"""Property lists: the documented bytes, every value there and back, and no way to read outside."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resapi_cy.property_list import Value, decode, encode

# The machine may be busy: no time of day decides.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def words(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "little") for value in values)


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


# The syntaxes as clusapi.h has them, written out.
NAME, BINARY, DWORD, SZ, EXPAND_SZ, MULTI_SZ, ULARGE = 0x40003, *range(0x10001, 0x10007)
LONG, EXPANDED_SZ, SECURITY, LARGE, WORD, FILETIME = range(0x10007, 0x1000D)
NESTED = 0x1000E
END = words(0)


def name(text: str) -> bytes:
    data = utf16(text + "\0")
    return words(NAME, len(data)) + data + bytes(-len(data) % 4)


# ---- The bytes ---------------------------------------------------------------------------------


def test_no_properties_are_a_count_of_none() -> None:
    assert encode({}) == bytes(4)
    assert decode(bytes(4)) == {}


def test_the_documented_example() -> None:
    # "Creating Property Lists" puts two common properties of a group into one list.
    data = (
        b"\x02\x00\x00\x00"
        b"\x03\x00\x04\x00"
        b"\x22\x00\x00\x00"
        b"A\0u\0t\0o\0F\0a\0i\0l\0b\0a\0c\0k\0T\0y\0p\0e\0\0\0"
        b"\0\0"  # padding
        b"\x02\x00\x01\x00"
        b"\x04\x00\x00\x00"
        b"\x01\x00\x00\x00"
        b"\x00\x00\x00\x00"
        b"\x03\x00\x04\x00"
        b"\x18\x00\x00\x00"
        b"D\0e\0s\0c\0r\0i\0p\0t\0i\0o\0n\0\0\0"
        b"\x03\x00\x01\x00"
        b"\x08\x00\x00\x00"
        b"D\0s\0k\0\0\0"
        b"\x00\x00\x00\x00"
    )
    assert encode({"AutoFailbackType": 1, "Description": "Dsk"}) == data
    assert decode(data) == {"AutoFailbackType": 1, "Description": "Dsk"}


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        (0, words(DWORD, 4, 0)),
        (2**32 - 1, words(DWORD, 4, 2**32 - 1)),
        (True, words(DWORD, 4, 1)),
        (2**32, words(ULARGE, 8, 0, 1)),
        (2**64 - 1, words(ULARGE, 8, 2**32 - 1, 2**32 - 1)),
        (-1, words(LONG, 4, 2**32 - 1)),
        (-(2**31) - 1, words(LARGE, 8, 2**31 - 1, 2**32 - 1)),
        ("", words(SZ, 2) + bytes(2) + bytes(2)),
        ("é𝄞", words(SZ, 8) + b"\xe9\x00\x34\xd8\x1e\xdd\0\0"),
        (b"", words(BINARY, 0)),
        (b"\1\2\3", words(BINARY, 3) + b"\1\2\3\0"),
        (["ab", "c"], words(MULTI_SZ, 12) + utf16("ab\0c\0\0")),
        ((), words(MULTI_SZ, 2) + bytes(2) + bytes(2)),
    ],
)
def test_each_kind_of_value_has_its_syntax(value: Value, encoded: bytes) -> None:
    assert encode({"P": value}) == words(1) + name("P") + encoded + END


@pytest.mark.parametrize(
    ("value", "decoded"),
    [
        (words(WORD, 2) + b"\xff\xff\0\0", 65535),
        (words(EXPAND_SZ, 10) + utf16("%X%\0\0") + bytes(2), "%X%"),
        (words(EXPANDED_SZ, 4) + utf16("x\0"), "x"),
        (words(EXPAND_SZ, 4) + utf16("%\0") + words(EXPANDED_SZ, 4) + utf16("y\0"), "%"),
        (words(SZ, 0), ""),
        (words(MULTI_SZ, 0), []),
        (words(MULTI_SZ, 4) + utf16("a\0"), ["a"]),
        (words(SECURITY, 1) + b"\1\0\0\0", b"\1"),
        (words(FILETIME, 8, 1, 2), words(1, 2)),
        (words(NESTED, 4, 0), bytes(4)),
        (words(DWORD, 4, 1, DWORD, 4, 2), 1),
    ],
)
def test_what_only_others_write_is_read(value: bytes, decoded: object) -> None:
    assert decode(words(1) + name("P") + value + END) == {"P": decoded}


def test_a_buffer_may_be_longer_than_its_list() -> None:
    assert decode(encode({"P": 1}) + b"\xff" * 9) == {"P": 1}


# ---- There and back ----------------------------------------------------------------------------

# Any characters but NUL, halves of surrogate pairs too; two halves would come back as one whole.
text = st.text(st.characters(exclude_characters="\0", exclude_categories=[]), max_size=20).map(
    lambda t: t.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
)
value = st.one_of(
    st.integers(-(2**63), 2**64 - 1),
    text,
    st.binary(max_size=40),
    st.lists(text.filter(bool), max_size=5),
)
properties = st.dictionaries(text.filter(bool), value, max_size=8)


@patient
@given(properties)
def test_properties_come_back_as_they_were(properties: dict[str, Value]) -> None:
    data = encode(properties)
    assert len(data) % 4 == 0
    decoded = decode(data)
    assert decoded == properties
    assert list(decoded) == list(properties)


@patient
@given(properties, st.data())
def test_a_list_that_is_cut_off_is_refused(
    properties: dict[str, Value], draw: st.DataObject
) -> None:
    data = encode(properties)
    cut = data[: draw.draw(st.integers(0, len(data) - 1))]
    with pytest.raises(ValueError, match=r"property list, offset \d+: .* the list ends at"):
        decode(cut)


def decode_or_refuse(data: bytes) -> None:
    """Nothing but ValueError may come of wrong bytes, and it says where they are."""
    try:
        decode(data)
    except ValueError as error:
        if not re.match(r"property list, offset \d+: ", str(error)):
            raise AssertionError("the error does not say where") from error


@patient
@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    decode_or_refuse(data)


@patient
@given(properties, st.data())
def test_a_list_with_wrong_bytes_is_decoded_or_refused(
    properties: dict[str, Value], draw: st.DataObject
) -> None:
    data = bytearray(encode(properties))
    for _ in range(3):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    decode_or_refuse(bytes(data))


# ---- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "offset 0: the count of the properties needs 4 bytes, and the list ends at 0"),
        (words(1), "offset 4: a property's name needs 4 bytes, and the list ends at 4"),
        (words(2**32 - 1), "offset 4: a property's name needs 4 bytes"),
        (words(1, DWORD, 4, 0), "offset 4: the syntax is 0x00010002 where a property's name"),
        (words(1, NAME, 2**32 - 1), "a property's name needs 4294967295 bytes"),
        (words(1, NAME, 2, 0), "offset 4: property '' a property needs a name"),
        (words(1, NAME, 4) + utf16("ab"), "text of 4 bytes that does not end in a NUL"),
        (words(1, NAME, 3) + b"a\0\0\0", "text of 3 bytes that does not end in a NUL"),
        (words(1) + name("P") + END, "offset 16: property 'P' has no value"),
        (words(1) + name("P") + words(DWORD, 2, 0), "property 'P': an integer of 2 bytes"),
        (words(1) + name("P") + words(NAME, 0), "0x00040003 is not the syntax of a value"),
        (words(1) + name("P") + words(SZ, 2, 65), "property 'P': text of 2 bytes"),
        (words(1) + name("P") + words(DWORD, 4, 7), "property 'P' needs 4 bytes, and the list"),
        (
            words(2) + 2 * (name("P") + words(DWORD, 4, 7, 0)),
            "offset 32: property 'P' comes twice",
        ),
    ],
)
def test_a_malformed_list_is_refused_with_its_place(data: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        decode(data)


@pytest.mark.parametrize(
    ("properties", "error", "sentence"),
    [
        ({"Port": 2**64}, ValueError, "property 'Port': 18446744073709551616 does not fit"),
        ({"Port": -(2**63) - 1}, ValueError, "property 'Port'"),
        ({"Line": "a\0b"}, ValueError, "property 'Line': text can't hold a NUL"),
        ({"a\0b": "x"}, ValueError, r"property 'a\x00b': text can't hold a NUL"),
        ({"": 1}, ValueError, "property '': a property needs a name"),
        ({"Files": ["a", ""]}, ValueError, "property 'Files': an empty text would end"),
        ({"Files": ["a", "b\0c"]}, ValueError, "property 'Files': text can't hold a NUL"),
        ({"Port": 8.5}, TypeError, "property 'Port': 8.5 is neither an int"),
        ({"Port": None}, TypeError, "property 'Port': None"),
        ({"Files": ["a", 1]}, TypeError, "property 'Files': ['a', 1]"),
        ({1: 2}, TypeError, "the name of a property is a str, not 1"),
    ],
)
def test_what_the_format_cannot_hold_is_refused_by_name(
    properties: dict[Any, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=re.escape(sentence)):
        encode(properties)
