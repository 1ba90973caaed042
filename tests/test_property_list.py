"""Property lists: the documented bytes, every value there and back, and no way to read outside."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resapi_cy import property_list
from resapi_cy.property_list import (
    Binary,
    Dword,
    ExpandedSz,
    ExpandSz,
    FileTime,
    Formatted,
    LargeInteger,
    Long,
    MultiSz,
    OtherValue,
    PropertyList,
    SecurityDescriptor,
    Sz,
    ULargeInteger,
    Value,
    Word,
    decode,
    decode_formats,
    encode,
    in_formats,
)

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
        (words(0x20002, 8, 1, 2), words(1, 2)),  # CLUSPROP_SYNTAX_RESCLASS
        (words(0x8000_0001, 1, 7), b"\7"),  # a DLL's own
    ],
)
def test_what_only_others_write_is_read_and_written_back(value: bytes, decoded: object) -> None:
    data = words(1) + name("P") + value + END
    assert decode(data) == {"P": decoded}
    assert encode(decode(data)) == data


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
    """Nothing but ValueError may come of wrong bytes, and it says where they are. What is decoded
    is the same when it was written and read once more."""
    try:
        decoded = decode(data)
        assert decode(encode(decoded)) == decoded
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


# ---- Formats -----------------------------------------------------------------------------------

INTEGERS: dict[type[Formatted], tuple[int, int, int]] = {  # size, bounds
    Dword: (4, 0, 2**32 - 1),
    Word: (2, 0, 2**16 - 1),
    Long: (4, -(2**31), 2**31 - 1),
    ULargeInteger: (8, 0, 2**64 - 1),
    LargeInteger: (8, -(2**63), 2**63 - 1),
}
SYNTAXES: dict[type[Formatted], int] = {
    **{Binary: BINARY, Dword: DWORD, Sz: SZ, ExpandSz: EXPAND_SZ, MultiSz: MULTI_SZ},
    **{ULargeInteger: ULARGE, Long: LONG, ExpandedSz: EXPANDED_SZ, LargeInteger: LARGE},
    **{SecurityDescriptor: SECURITY, Word: WORD, FileTime: FILETIME, PropertyList: NESTED},
}
TEXTS = (Sz, ExpandSz, ExpandedSz)
BYTES = (Binary, SecurityDescriptor, FileTime, PropertyList)


@st.composite
def written_values(draw: st.DrawFn) -> tuple[int, bytes]:
    """A syntax, and data as whoever writes it may have written it."""
    kind = draw(st.sampled_from([*SYNTAXES, OtherValue]))
    if kind is OtherValue:
        types = st.sampled_from([2, 5, 9, 15, 0x8000, 0xFFFF])
        return draw(types) << 16 | draw(st.integers(0, 0xFFFF)), draw(st.binary(max_size=20))
    if kind in INTEGERS:
        size = INTEGERS[kind][0]
        data = draw(st.binary(min_size=size, max_size=size))
    elif kind in TEXTS:
        # None, one or more NULs at the end.
        data = draw(st.sampled_from([b"", b"\0\0", b"\0\0\0\0"]))
        data = data and draw(text).encode("utf-16-le", "surrogatepass") + data
    elif kind is MultiSz:
        texts = draw(st.lists(text.filter(bool), max_size=4))
        data = "".join(f"{t}\0" for t in texts).encode("utf-16-le", "surrogatepass")
        data += draw(st.sampled_from([b"", b"\0\0", b"\0\0\0\0"]))
    else:
        data = draw(st.binary(max_size=40))
    return SYNTAXES[kind], data


@st.composite
def written_lists(draw: st.DrawFn) -> bytes:
    """A valid property list: any formats, in any order, several values of a property too."""
    names = draw(st.lists(text.filter(bool), unique=True, max_size=6))
    data = words(len(names))
    for each in names:
        wide = (each + "\0").encode("utf-16-le", "surrogatepass")
        data += words(NAME, len(wide)) + wide + bytes(-len(wide) % 4)
        for syntax, value in draw(st.lists(written_values(), min_size=1, max_size=3)):
            data += words(syntax, len(value)) + value + bytes(-len(value) % 4)
        data += END
    return data


@patient
@given(written_lists())
def test_every_valid_list_is_written_back_to_the_byte(data: bytes) -> None:
    decoded = decode(data)
    assert encode(decoded) == data
    assert encode(copy.deepcopy(decoded)) == data
    assert encode(pickle.loads(pickle.dumps(decoded))) == data


@pytest.mark.parametrize("kind", SYNTAXES)
def test_each_format_has_a_type_that_decode_makes_and_encode_takes(kind: type[Any]) -> None:
    value = kind(7 if kind in INTEGERS else "x" if kind in TEXTS else b"x" * 8)
    if kind is MultiSz:
        value = MultiSz(["x", "y"])
    data = encode({"P": value})
    assert data[len(words(1) + name("P")) :][:4] == words(SYNTAXES[kind])
    (decoded,) = decode(data).values()
    assert type(decoded) is kind
    assert decoded == value
    assert decoded.further == ()
    assert kind.__name__ in property_list.__all__


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Long(-8), -8),
        (ExpandSz("%X%"), "%X%"),
        (MultiSz(["a"]), ["a"]),
        (FileTime(b"\1"), b"\1"),
        (OtherValue(b"\1", 0x20002), b"\1"),
    ],
)
def test_a_value_prints_compares_and_calculates_as_its_value(value: Any, plain: Any) -> None:
    assert value == plain
    assert (str(value), repr(value), f"{value}") == (str(plain), repr(plain), f"{plain}")
    assert value + value == plain + plain
    assert type(value + value) is type(plain)
    if not isinstance(plain, list):
        assert {value: 1}[plain] == 1
    if not isinstance(plain, bytes):
        assert json.dumps(value) == json.dumps(plain)


@pytest.mark.parametrize("kind", INTEGERS)
def test_an_integer_that_its_format_can_not_hold_is_refused_by_name(kind: type[Any]) -> None:
    _, least, most = INTEGERS[kind]
    for number in (least, most):
        assert decode(encode({"P": kind(number)})) == {"P": number}
    for number in (least - 1, most + 1):
        with pytest.raises(ValueError, match=rf"property 'P': {number} does not fit .* to {most}"):
            encode({"P": kind(number)})


def test_a_list_that_was_changed_since_it_was_read_is_written_as_it_is() -> None:
    # The first is empty, but has both NULs of a list with texts.
    data = words(1) + name("P") + words(MULTI_SZ, 4, 0) + END
    decoded = decode(data)
    assert encode(decoded) == data
    texts = decoded["P"]
    assert isinstance(texts, MultiSz)
    texts.append("a")
    assert decode(encode(decoded)) == {"P": ["a"]}


def test_further_values_of_a_property_are_kept_with_the_first() -> None:
    value = words(EXPAND_SZ, 4) + utf16("%\0") + words(EXPANDED_SZ, 4) + utf16("y\0")
    (first,) = decode(words(1) + name("P") + value + END).values()
    assert isinstance(first, ExpandSz)
    assert first.further == ("y",)
    assert type(first.further[0]) is ExpandedSz


def test_the_formats_that_a_dll_tells_are_types() -> None:
    numbers = {kind: syntax & 0xFFFF for kind, syntax in SYNTAXES.items()}
    data = encode({kind.__name__: Word(number) for kind, number in numbers.items()})
    assert decode_formats(data) == {kind.__name__: kind for kind in numbers}
    assert decode_formats(encode({"D": 2, "Unknown": Word(0), "User": Word(0x8000)})) == {
        "D": Dword
    }
    with pytest.raises(ValueError, match="property 'P': 'x' is not a format"):
        decode_formats(encode({"P": "x"}))


@pytest.mark.parametrize(
    ("value", "told", "sent"),
    [
        (8, Long, Long),
        (True, Word, Word),
        (8, Sz, Dword),
        (2**32, None, ULargeInteger),
        ("8", ExpandSz, ExpandSz),
        ("8", Long, Sz),
        (b"8", SecurityDescriptor, SecurityDescriptor),
        (bytearray(b"8"), None, Binary),
        (memoryview(b"8"), FileTime, FileTime),
        (["8"], MultiSz, MultiSz),
        (("8",), Sz, MultiSz),
        (Dword(8), Long, Dword),
        (Sz("8"), ExpandSz, Sz),
    ],
)
def test_a_value_has_the_format_that_was_told_unless_its_type_says_another(
    value: Value, told: type[Formatted] | None, sent: type[Formatted]
) -> None:
    formats = {} if told is None else {"pORT": told}
    (formatted,) = in_formats({"Port": value}, formats).values()
    assert type(formatted) is sent
    assert formatted == (list(value) if isinstance(value, tuple) else value)


def test_what_stands_for_an_expand_sz_is_not_set() -> None:
    told = ExpandSz("%X%")
    told.further = (ExpandedSz("x"), Sz("y"))
    (value,) = in_formats({"P": told}, {}).values()
    assert isinstance(value, ExpandSz)
    assert value.further == ("y",)
    assert told.further == ("x", "y")


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
