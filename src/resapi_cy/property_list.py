"""Property lists: how private properties travel with control codes.

The format is clusapi.h's CLUSPROP_LIST: a count, then for each property its name, one or more
values, and an end mark. Names and values are a syntax and a length, 4 bytes each, and the data,
padded to 4 bytes. All of it is little-endian, and text is UTF-16.

Python has fewer types than property lists have formats. So each format has a type of its own here,
an int, str, bytes or list that knows its format: it prints, compares and calculates as its value.
``decode`` makes them; ``encode`` takes them and Python's own types alike. ``encode(decode(data))``
is the same list to the byte, but for what no property has: the bytes of padding, and what follows
the NUL that ends a name.

Pages: "Property Lists", "Creating Property Lists", CLUSPROP_SYNTAX and CLUSTER_PROPERTY_SYNTAX of
the Failover Cluster API. Any thread may call these functions.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from resapi_cy.arguments import data_argument
from resapi_cy.names import folded

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "Binary",
    "Dword",
    "ExpandSz",
    "ExpandedSz",
    "FileTime",
    "Formatted",
    "LargeInteger",
    "Long",
    "MultiSz",
    "OtherValue",
    "PropertyList",
    "SecurityDescriptor",
    "Sz",
    "ULargeInteger",
    "Value",
    "Word",
    "decode",
    "decode_formats",
    "encode",
    "in_formats",
]

Value = int | str | bytes | bytearray | memoryview | Sequence[str]

# CLUSTER_PROPERTY_SYNTAX: a type in the upper half, a format in the lower one.
_ENDMARK = 0x00000000
_NAME = 0x00040003
_LIST_VALUE = 0x00010000
_FORMAT_MASK = 0xFFFF
# CLUSTER_PROPERTY_TYPE: what a value may be of. 3 is reserved, 4 is a name's; from 0x8000 on they
# are a DLL's own.
_TYPES = {1, 2, *range(5, 16), *range(0x8000, 0x10000)}

_NUL = b"\0\0"


# ---- The types of values -------------------------------------------------------------------------


class Formatted:
    """A value that knows its format.

    Attributes:
        syntax (int): its CLUSTER_PROPERTY_SYNTAX.
        further (tuple[Formatted, ...]): the values of its property that follow it; () for most.
            A DLL tells an EXPAND_SZ with the EXPANDED_SZ that it stands for.
    """

    syntax: int
    further: tuple[Formatted, ...] = ()
    # What it was read from, if that is another way to write it than encode's.
    _read: bytes | None = None

    def _written(self, name: str) -> bytes:
        """The data, for a property of that name."""
        raise NotImplementedError

    @classmethod
    def _of(cls, data: bytes, syntax: int) -> Self:
        """The value of that data; ValueError, with what is wrong, if it has none."""
        raise NotImplementedError

    def _data(self, name: str) -> bytes:
        """The very bytes that it was read from, unless it is a list that was changed since."""
        read = self._read
        if read is not None and type(self)._of(read, self.syntax) == self:
            return read
        return self._written(name)


class _Integer(Formatted, int):
    _size: ClassVar[int]
    _signed: ClassVar[bool] = False

    @classmethod
    def _bounds(cls) -> tuple[int, int]:
        bits = 8 * cls._size - cls._signed
        return (-(1 << bits) if cls._signed else 0), (1 << bits) - 1

    def _written(self, name: str) -> bytes:
        least, most = self._bounds()
        if not least <= self <= most:
            raise ValueError(
                f"property {name!r}: {self} does not fit into its format, which holds {least} to "
                f"{most}"
            )
        return self.to_bytes(self._size, "little", signed=self._signed)

    @classmethod
    def _of(cls, data: bytes, syntax: int) -> Self:
        if len(data) != cls._size:
            raise ValueError(
                f"an integer of {len(data)} bytes where its syntax, {syntax:#010x}, has {cls._size}"
            )
        return cls(int.from_bytes(data, "little", signed=cls._signed))


class Dword(_Integer):
    """An int of CLUSPROP_FORMAT_DWORD: 32 bits without a sign."""

    syntax, _size = 0x00010002, 4


class ULargeInteger(_Integer):
    """An int of CLUSPROP_FORMAT_ULARGE_INTEGER: 64 bits without a sign."""

    syntax, _size = 0x00010006, 8


class Long(_Integer):
    """An int of CLUSPROP_FORMAT_LONG: 32 bits with a sign."""

    syntax, _size, _signed = 0x00010007, 4, True


class LargeInteger(_Integer):
    """An int of CLUSPROP_FORMAT_LARGE_INTEGER: 64 bits with a sign."""

    syntax, _size, _signed = 0x0001000A, 8, True


class Word(_Integer):
    """An int of CLUSPROP_FORMAT_WORD: 16 bits without a sign."""

    syntax, _size = 0x0001000B, 2


class _Text(Formatted, str):
    def _written(self, name: str) -> bytes:
        return _wide(name, self)

    @classmethod
    def _of(cls, data: bytes, syntax: int) -> Self:
        return cls(_texts(data)[0] if data else "")


class Sz(_Text):
    """A str of CLUSPROP_FORMAT_SZ."""

    syntax = 0x00010003


class ExpandSz(_Text):
    """A str of CLUSPROP_FORMAT_EXPAND_SZ: names of environment variables in it, between percent
    signs, stand for their values."""

    syntax = 0x00010004


class ExpandedSz(_Text):
    """A str of CLUSPROP_FORMAT_EXPANDED_SZ: what an EXPAND_SZ stands for, told beside it and never
    set."""

    syntax = 0x00010008


class MultiSz(Formatted, list[str]):
    """A list of str of CLUSPROP_FORMAT_MULTI_SZ."""

    syntax = 0x00010005

    def _written(self, name: str) -> bytes:
        if not all(isinstance(text, str) for text in self):
            raise TypeError(f"property {name!r}: {list(self)!r} is not a sequence of str")
        if "" in self:
            raise ValueError(
                f"property {name!r}: an empty text would end the list of texts: leave it out"
            )
        return b"".join(_wide(name, text) for text in self) + _NUL

    @classmethod
    def _of(cls, data: bytes, syntax: int) -> Self:
        texts = _texts(data) if data else []
        return cls(texts[: texts.index("")] if "" in texts else texts)


class _Bytes(Formatted, bytes):
    def _written(self, name: str) -> bytes:
        return bytes(self)

    @classmethod
    def _of(cls, data: bytes, syntax: int) -> Self:
        return cls(data)


class Binary(_Bytes):
    """Bytes of CLUSPROP_FORMAT_BINARY."""

    syntax = 0x00010001


class SecurityDescriptor(_Bytes):
    """Bytes of CLUSPROP_FORMAT_SECURITY_DESCRIPTOR: a self-relative SECURITY_DESCRIPTOR."""

    syntax = 0x00010009


class FileTime(_Bytes):
    """Bytes of CLUSPROP_FORMAT_FILETIME: a FILETIME, which has 8."""

    syntax = 0x0001000C


class PropertyList(_Bytes):
    """Bytes of CLUSPROP_FORMAT_PROPERTY_LIST: a property list, for ``decode``."""

    syntax = 0x0001000E


class OtherValue(_Bytes):
    """Bytes of a syntax that has no type of its own here: a disk's, say, or a DLL's own.

    Args:
        data: the value's.
        syntax: its CLUSTER_PROPERTY_SYNTAX.
    """

    def __new__(cls, data: bytes, syntax: int) -> Self:
        made = super().__new__(cls, data)
        made.syntax = syntax
        return made

    def __getnewargs__(self) -> tuple[bytes, int]:  # type: ignore[override]
        return bytes(self), self.syntax

    @classmethod
    def _of(cls, data: bytes, syntax: int) -> Self:
        return cls(data, syntax)


_KINDS: dict[int, type[Formatted]] = {
    kind.syntax: kind
    for kind in (
        *(Dword, ULargeInteger, Long, LargeInteger, Word),
        *(Sz, ExpandSz, ExpandedSz, MultiSz),
        *(Binary, SecurityDescriptor, FileTime, PropertyList),
    )
}
# The first that can hold an int is what it is encoded as.
_INTEGERS = (Dword, ULargeInteger, Long, LargeInteger)


# ---- There and back ------------------------------------------------------------------------------


def encode(properties: Mapping[str, Value]) -> bytes:
    """The property list of these properties, in their order.

    A value of the types above is written in its format. Else an int becomes a DWORD, or the first
    of ULARGE_INTEGER, LONG and LARGE_INTEGER that can hold it; a str an SZ; bytes, a bytearray or a
    memoryview a BINARY; and a sequence of str a MULTI_SZ.

    Raises ValueError, with the property's name, for a value that the format can't hold: an int of
    too many bits, text with a NUL character, an empty text in a sequence; TypeError for a value of
    another type.
    """
    entries = [_integer(len(properties))]
    for name, value in properties.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of a property is a str, not {name!r}")
        if not name:
            raise ValueError("property '': a property needs a name")
        first = _formatted(name, value)
        entries.append(_entry(_NAME, _wide(name, name)))
        entries += [_entry(v.syntax, v._data(name)) for v in (first, *first.further)]
        entries.append(_integer(_ENDMARK))
    return b"".join(entries)


def decode(data: bytes | bytearray | memoryview) -> dict[str, int | str | bytes | list[str]]:
    """The properties of a property list, in their order, as the types above: a DWORD is a
    ``Dword``, which is an int, and so on. Of a property with several values it is the first, and
    its ``further`` has the others. What follows the last property is left alone: a buffer may be
    longer than its list.

    Raises ValueError, with the offset and the property's name where it is known, for a list that
    ends too early, a length or a syntax that can't be, and a name that comes twice.
    """
    reader = _Reader(data)
    properties: dict[str, int | str | bytes | list[str]] = {}
    for _ in range(reader.integer("the count of the properties")):
        start = reader.offset
        syntax = reader.integer("a property's name")
        if syntax != _NAME:
            raise ValueError(
                f"property list, offset {start}: the syntax is {syntax:#010x} where a property's "
                f"name begins, {_NAME:#010x}"
            )
        name = reader.name()
        if not name or name in properties:
            problem = "comes twice" if name else "a property needs a name"
            raise ValueError(f"property list, offset {start}: property {name!r} {problem}")
        first, *further = reader.values(f"property {name!r}")
        if further:
            first.further = tuple(further)
        properties[name] = first  # type: ignore[assignment]  # each kind is one of those, too
    return properties


# ---- The formats that a DLL tells ----------------------------------------------------------------


def decode_formats(data: bytes | bytearray | memoryview) -> dict[str, type[Formatted]]:
    """The format of each property, as the output of CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTY_FMTS
    tells it: a property list with a WORD for each, its CLUSTER_PROPERTY_FORMAT. A format that has
    no type here is left out.

    Raises ValueError as ``decode``, and for a value that is no integer.
    """
    formats = {}
    for name, value in decode(data).items():
        if not isinstance(value, int):
            raise ValueError(f"property {name!r}: {value!r} is not a format, which is an integer")
        kind = _KINDS.get(_LIST_VALUE | value & _FORMAT_MASK)
        if kind is not None:
            formats[name] = kind
    return formats


def in_formats(
    properties: Mapping[str, Value], formats: Mapping[str, type[Formatted]]
) -> dict[str, Value]:
    """The properties as they are to be set: each value in the format that there is for its name,
    whatever the name's case, unless its own type says another: one of the types above, or one that
    has no place in that format, such as an int in an SZ. An EXPANDED_SZ that was told beside an
    EXPAND_SZ is left out, as the Cluster API wants it.

    Raises TypeError for a value that is of no format.
    """
    by_name = {folded(name): kind for name, kind in formats.items()}
    return {
        name: _settable(_formatted(name, value, by_name.get(folded(str(name)))))
        for name, value in properties.items()
    }


def _settable(value: Formatted) -> Value:
    if value.further:
        value = copy.copy(value)
        value.further = tuple(v for v in value.further if not isinstance(v, ExpandedSz))
    return value  # type: ignore[return-value]  # each kind is one of those, too


def _formatted(name: str, value: Value, kind: type[Formatted] | None = None) -> Formatted:
    """The value in a format: its own, else that one if it has a place there, else the usual one."""
    if isinstance(value, Formatted):
        return value
    if isinstance(value, int):
        if kind is not None and issubclass(kind, _Integer):
            return kind(value)
        for integer in _INTEGERS:
            least, most = integer._bounds()
            if least <= value <= most:
                return integer(value)
        raise ValueError(f"property {name!r}: {value} does not fit into 64 bits")
    if isinstance(value, str):
        return kind(value) if kind is not None and issubclass(kind, _Text) else Sz(value)
    if isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
        return kind(data) if kind is not None and issubclass(kind, _Bytes) else Binary(data)
    if isinstance(value, Sequence):
        texts = [text for text in value if isinstance(text, str)]
        if len(texts) == len(value):
            return MultiSz(texts)
    raise TypeError(
        f"property {name!r}: {value!r} is neither an int, a str, bytes nor a sequence of str"
    )


# ---- Bytes ---------------------------------------------------------------------------------------


def _integer(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _entry(syntax: int, data: bytes) -> bytes:
    padding = bytes(-len(data) % 4)
    return _integer(syntax) + _integer(len(data)) + data + padding


def _wide(name: str, text: str) -> bytes:
    if "\0" in text:
        raise ValueError(f"property {name!r}: text can't hold a NUL character: {text!r}")
    # Windows lets a name hold half of a surrogate pair, and so does Python.
    return text.encode("utf-16-le", "surrogatepass") + _NUL


def _texts(data: bytes) -> list[str]:
    """The texts of which each ends in a NUL."""
    if len(data) % 2 or data[-2:] != _NUL:
        raise ValueError(f"text of {len(data)} bytes that does not end in a NUL character")
    return data.decode("utf-16-le", "surrogatepass")[:-1].split("\0")


class _Reader:
    """Reads on from an offset, and never past the end."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = data_argument(data)
        self.offset = 0

    def _take(self, size: int, what: str) -> bytes:
        end = self.offset + size
        if end > len(self._data):
            raise ValueError(
                f"property list, offset {self.offset}: {what} needs {size} bytes, and the list "
                f"ends at {len(self._data)}"
            )
        taken = self._data[self.offset : end]
        self.offset = end
        return taken

    def integer(self, what: str) -> int:
        return int.from_bytes(self._take(4, what), "little")

    def _entry(self, what: str) -> bytes:
        """A length, the data, and the padding: an end mark always follows."""
        data = self._take(self.integer(what), what)
        self._take(-len(data) % 4, what)
        return data

    def name(self) -> str:
        what, start = "a property's name", self.offset
        data = self._entry(what)
        try:
            return _texts(data)[0] if data else ""
        except ValueError as error:
            raise ValueError(f"property list, offset {start}: {what}: {error}") from None

    def values(self, what: str) -> list[Formatted]:
        """Those up to the end mark."""
        values: list[Formatted] = []
        while True:
            start = self.offset
            syntax = self.integer(what)
            if syntax == _ENDMARK:
                break
            if syntax >> 16 not in _TYPES:
                raise ValueError(
                    f"property list, offset {start}: {what}: {syntax:#010x} is not the syntax of a "
                    "value"
                )
            data = self._entry(what)
            try:
                value = _KINDS.get(syntax, OtherValue)._of(data, syntax)
            except ValueError as error:
                raise ValueError(f"property list, offset {start}: {what}: {error}") from None
            # No value that was just read is refused.
            if value._written("") != data:
                value._read = data
            values.append(value)
        if not values:
            raise ValueError(f"property list, offset {start}: {what} has no value")
        return values
