"""Property lists: how private properties travel with control codes.

The format is clusapi.h's CLUSPROP_LIST: a count, then for each property its name, one or more
values, and an end mark. Names and values are a syntax and a length, 4 bytes each, and the data,
padded to 4 bytes. All of it is little-endian, and text is UTF-16.

Pages: "Property Lists", "Creating Property Lists" and CLUSPROP_SYNTAX of the Failover Cluster API.
Any thread may call these functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["Value", "decode", "encode"]

Value = int | str | bytes | Sequence[str]

# CLUSTER_PROPERTY_SYNTAX
_ENDMARK = 0x00000000
_NAME = 0x00040003
_BINARY = 0x00010001
_DWORD = 0x00010002
_SZ = 0x00010003
_EXPAND_SZ = 0x00010004
_MULTI_SZ = 0x00010005
_ULARGE_INTEGER = 0x00010006
_LONG = 0x00010007
_EXPANDED_SZ = 0x00010008
_SECURITY_DESCRIPTOR = 0x00010009
_LARGE_INTEGER = 0x0001000A
_WORD = 0x0001000B
_FILETIME = 0x0001000C
_PROPERTY_LIST = 0x0001000E

# Bytes, and whether it has a sign; the first that can hold an int is what it is encoded as.
_INTEGERS = {
    _DWORD: (4, False),
    _ULARGE_INTEGER: (8, False),
    _LONG: (4, True),
    _LARGE_INTEGER: (8, True),
    _WORD: (2, False),
}
_TEXTS = {_SZ, _EXPAND_SZ, _EXPANDED_SZ}
_BYTES = {_BINARY, _SECURITY_DESCRIPTOR, _FILETIME, _PROPERTY_LIST}

_NUL = b"\0\0"


def encode(properties: Mapping[str, Value]) -> bytes:
    """The property list of these properties, in their order.

    An int becomes a DWORD, or the first of ULARGE_INTEGER, LONG and LARGE_INTEGER that can hold
    it; a str an SZ, bytes a BINARY, and a sequence of str a MULTI_SZ.

    Raises ValueError, with the property's name, for a value that the format can't hold: an int of
    more than 64 bits, text with a NUL character, an empty text in a sequence; TypeError for a
    value of another type.
    """
    entries = [_integer(len(properties))]
    for name, value in properties.items():
        if not isinstance(name, str):
            raise TypeError(f"the name of a property is a str, not {name!r}")
        if not name:
            raise ValueError("property '': a property needs a name")
        entries.append(_entry(_NAME, _text(name, name)))
        entries.append(_entry(*_encoded(name, value)))
        entries.append(_integer(_ENDMARK))
    return b"".join(entries)


def decode(data: bytes) -> dict[str, int | str | bytes | list[str]]:
    """The properties of a property list, in their order.

    A DWORD and the other integers become int; an SZ and its relatives str; a MULTI_SZ a list of
    str; a BINARY, and what has no Python counterpart (FILETIME, SECURITY_DESCRIPTOR, another
    PROPERTY_LIST), bytes. Of a property with several values it is the first: of an EXPAND_SZ with
    its EXPANDED_SZ, the text as it is stored. What follows the last property is left alone: a
    buffer may be longer than its list.

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
        name = reader.text("a property's name", reader.data("a property's name"))
        if not name or name in properties:
            problem = "comes twice" if name else "a property needs a name"
            raise ValueError(f"property list, offset {start}: property {name!r} {problem}")
        properties[name] = reader.values(f"property {name!r}")
    return properties


def _integer(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _entry(syntax: int, data: bytes) -> bytes:
    padding = bytes(-len(data) % 4)
    return _integer(syntax) + _integer(len(data)) + data + padding


def _text(name: str, text: str) -> bytes:
    if "\0" in text:
        raise ValueError(f"property {name!r}: text can't hold a NUL character: {text!r}")
    # Windows lets a name hold half of a surrogate pair, and so does Python.
    return text.encode("utf-16-le", "surrogatepass") + _NUL


def _encoded(name: str, value: Value) -> tuple[int, bytes]:
    """The syntax and the data."""
    if isinstance(value, int):
        for syntax, (size, signed) in _INTEGERS.items():
            try:
                return syntax, value.to_bytes(size, "little", signed=signed)
            except OverflowError:
                continue
        raise ValueError(f"property {name!r}: {value} does not fit into 64 bits")
    if isinstance(value, str):
        return _SZ, _text(name, value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _BINARY, bytes(value)
    if isinstance(value, Sequence):
        texts = [text for text in value if isinstance(text, str)]
        if "" in texts:
            raise ValueError(
                f"property {name!r}: an empty text would end the list of texts: leave it out"
            )
        if len(texts) == len(value):
            return _MULTI_SZ, b"".join(_text(name, text) for text in texts) + _NUL
    raise TypeError(
        f"property {name!r}: {value!r} is neither an int, a str, bytes nor a sequence of str"
    )


class _Reader:
    """Reads on from an offset, and never past the end."""

    def __init__(self, data: bytes) -> None:
        self._data = bytes(data)
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

    def data(self, what: str) -> bytes:
        """A length, the data, and the padding, which the last data of a list may lack."""
        data = self._take(self.integer(what), what)
        self.offset += min(-len(data) % 4, len(self._data) - self.offset)
        return data

    def text(self, what: str, data: bytes) -> str:
        if not data:
            return ""
        return self._split(what, data)[0]

    def _split(self, what: str, data: bytes) -> list[str]:
        """The texts of which each ends in a NUL."""
        if len(data) % 2 or data[-2:] != _NUL:
            raise ValueError(
                f"property list, offset {self.offset}: {what}: text of {len(data)} bytes that "
                "does not end in a NUL character"
            )
        return data.decode("utf-16-le", "surrogatepass")[:-1].split("\0")

    def values(self, what: str) -> int | str | bytes | list[str]:
        """The first value; the others, up to the end mark, are read over."""
        values = []
        while True:
            start = self.offset
            syntax = self.integer(what)
            if syntax == _ENDMARK:
                break
            values.append(self._value(what, start, syntax, self.data(what)))
        if not values:
            raise ValueError(f"property list, offset {start}: {what} has no value")
        return values[0]

    def _value(
        self, what: str, start: int, syntax: int, data: bytes
    ) -> int | str | bytes | list[str]:
        if syntax in _INTEGERS:
            size, signed = _INTEGERS[syntax]
            if len(data) != size:
                raise ValueError(
                    f"property list, offset {start}: {what}: an integer of {len(data)} bytes "
                    f"where its syntax, {syntax:#010x}, has {size}"
                )
            return int.from_bytes(data, "little", signed=signed)
        if syntax in _TEXTS:
            return self.text(what, data)
        if syntax == _MULTI_SZ:
            texts = self._split(what, data) if data else []
            return texts[: texts.index("")] if "" in texts else texts
        if syntax in _BYTES:
            return data
        raise ValueError(
            f"property list, offset {start}: {what}: {syntax:#010x} is not the syntax of a value"
        )
