"""Value lists: how a resource DLL tells what its resources require and what they are.

A value list is a property list without names: entries of a syntax and a length, 4 bytes each, and
the data, padded to 4 bytes; an end mark follows the last. Such is the output of
CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES and of its form for types. All of it is little-endian,
and text is UTF-16.

Pages: "Value Lists", CLUSPROP_REQUIRED_DEPENDENCY, CLUS_RESOURCE_CLASS_INFO and
CLUSTER_RESOURCE_CLASS of the Failover Cluster API. Any thread may call these functions.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from resapi_cy.arguments import data_argument

__all__ = ["ClassInfo", "OtherEntry", "ResourceClass", "decode", "decode_class_info"]

_ENDMARK = 0x00000000
_RESCLASS = 0x00020002
_NAME = 0x00040003


class ResourceClass(enum.IntEnum):
    """CLUSTER_RESOURCE_CLASS. From USER on, the numbers are for classes of one's own."""

    UNKNOWN = 0
    STORAGE = 1
    NETWORK = 2
    USER = 32768


class ClassInfo(NamedTuple):
    """CLUS_RESOURCE_CLASS_INFO: what kind of resource one is.

    Attributes:
        resource_class (int): a ``ResourceClass``, or a number from USER on.
        subclass (int): what kind of that.
    """

    resource_class: int = ResourceClass.UNKNOWN
    subclass: int = 0


class OtherEntry(NamedTuple):
    """An entry that is neither a class nor a name.

    Attributes:
        syntax (int): its CLUSTER_PROPERTY_SYNTAX.
        data (bytes): without the padding.
    """

    syntax: int
    data: bytes


def decode(data: bytes | bytearray | memoryview) -> list[ClassInfo | str | OtherEntry]:
    """The entries of a value list, in their order: a resource class is a ``ClassInfo``, the name of
    a resource type is text. What follows the end mark is left alone; a list may also end with its
    last entry.

    Raises ValueError, with the offset, for a list that ends within an entry, a class that has not 4
    or 8 bytes, and a name without its NUL.
    """
    data = data_argument(data)
    entries: list[ClassInfo | str | OtherEntry] = []
    offset = 0
    while offset < len(data):
        syntax = int.from_bytes(data[offset : offset + 4], "little")
        if syntax == _ENDMARK:
            break
        first = offset + 8
        size = int.from_bytes(data[offset + 4 : first], "little")
        if first + size > len(data):
            raise ValueError(
                f"value list, offset {offset}: an entry of {size} bytes, and the list ends at "
                f"{len(data)}"
            )
        try:
            entries.append(_entry(syntax, data[first : first + size]))
        except ValueError as error:
            raise ValueError(f"value list, offset {offset}: {error}") from None
        offset = first + size + -size % 4
    return entries


def decode_class_info(data: bytes | bytearray | memoryview) -> ClassInfo:
    """The output of CLUSCTL_RESOURCE_GET_CLASS_INFO, which is a class and a subclass; without the
    latter that is 0.

    Raises ValueError for one that has not 4 or 8 bytes.
    """
    data = data_argument(data)
    if len(data) not in (4, 8):
        raise ValueError(f"a resource class of {len(data)} bytes, where it has 4 or 8")
    return ClassInfo(int.from_bytes(data[:4], "little"), int.from_bytes(data[4:], "little"))


def _entry(syntax: int, data: bytes) -> ClassInfo | str | OtherEntry:
    if syntax == _RESCLASS:
        return decode_class_info(data)
    if syntax != _NAME:
        return OtherEntry(syntax, data)
    text, nul, _ = data.decode("utf-16-le", "surrogatepass").partition("\0")
    if not nul:
        raise ValueError("a name that does not end in a NUL character")
    return text
