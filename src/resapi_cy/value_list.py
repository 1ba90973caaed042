"""Value lists: how a resource DLL tells what its resources require and what they are.

A value list is a property list without names: entries of a syntax and a length, 4 bytes each, and
the data, padded to 4 bytes; an end mark follows the last. Such is the output of
CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES and of its form for types, and of
CLUSCTL_RESOURCE_STORAGE_GET_DISK_INFO and its kin. All of it is little-endian, and text is UTF-16.

Pages: "Value Lists", CLUSPROP_REQUIRED_DEPENDENCY, CLUS_RESOURCE_CLASS_INFO,
CLUSTER_RESOURCE_CLASS, "Value Lists for Storage Class Resources" and CLUS_PARTITION_INFO of the
Failover Cluster API. Any thread may call these functions.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

from resapi_cy.arguments import data_argument

__all__ = [
    "ClassInfo",
    "DiskInfo",
    "OtherEntry",
    "Partition",
    "ResourceClass",
    "ScsiAddress",
    "decode",
    "decode_class_info",
    "decode_disk_info",
]

_Entry = TypeVar("_Entry")

_ENDMARK = 0x00000000
_RESCLASS = 0x00020002
_NAME = 0x00040003

# CLUS_PARTITION_INFO, and what CLUS_PARTITION_INFO_EX and _EX2 have beyond it.
_OF_PARTITION = struct.Struct("<I520s520sIII64s")
_OF_PARTITION_EX = struct.Struct("<QQII16s")
_OF_PARTITION_EX2 = struct.Struct("<16s520sI")


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


class ScsiAddress(NamedTuple):
    """CLUS_SCSI_ADDRESS: where a disk is."""

    port_number: int
    path_id: int
    target_id: int
    lun: int


class Partition(NamedTuple):
    """CLUS_PARTITION_INFO, CLUS_PARTITION_INFO_EX or CLUS_PARTITION_INFO_EX2: a volume of a disk.
    What only the longer ones have is None in what a shorter one tells.

    Attributes:
        flags (int): CLUSPROP_PIFLAGS.
        device_name (str): such as ``"E:"``.
        volume_label (str): of its file system.
        serial_number (int): of the volume.
        maximum_component_length (int): of a name in a path, in characters.
        file_system_flags (int): FS_CASE_SENSITIVE and its kin.
        file_system (str): its name.
        total_size (int | None): in bytes.
        free_size (int | None): in bytes.
        device_number (int | None): of the disk.
        partition_number (int | None): on the disk.
        volume_guid (str | None): such as ``"{12345678-…}"``.
        partition_id (str | None): the GUID of the partition.
        partition_name (str | None): its name in the disk's table.
        encryption_flags (int | None): as they are told.
    """

    flags: int
    device_name: str
    volume_label: str
    serial_number: int
    maximum_component_length: int
    file_system_flags: int
    file_system: str
    total_size: int | None = None
    free_size: int | None = None
    device_number: int | None = None
    partition_number: int | None = None
    volume_guid: str | None = None
    partition_id: str | None = None
    partition_name: str | None = None
    encryption_flags: int | None = None


class DiskInfo(NamedTuple):
    """What a resource of class STORAGE tells of its disk. What it does not tell is None.

    Attributes:
        signature (int | None): of one with a master boot record.
        guid (str | None): of one with a GUID partition table.
        scsi_address (ScsiAddress | None): where it is.
        number (int | None): as the system counts disks.
        size (int | None): in bytes.
        serial_number (str | None): its maker's.
        partitions (tuple[Partition, ...]): in their order.
        others (tuple[OtherEntry, ...]): entries that are none of these.
    """

    signature: int | None = None
    guid: str | None = None
    scsi_address: ScsiAddress | None = None
    number: int | None = None
    size: int | None = None
    serial_number: str | None = None
    partitions: tuple[Partition, ...] = ()
    others: tuple[OtherEntry, ...] = ()


def decode(data: bytes | bytearray | memoryview) -> list[ClassInfo | str | OtherEntry]:
    """The entries of a value list, in their order: a resource class is a ``ClassInfo``, the name of
    a resource type is text. What follows the end mark is left alone; a list may also end with its
    last entry.

    Raises ValueError, with the offset, for a list that ends within an entry, a class that has not 4
    or 8 bytes, and a name without its NUL.
    """
    return [*_read(data, _entry)]


def decode_class_info(data: bytes | bytearray | memoryview) -> ClassInfo:
    """The output of CLUSCTL_RESOURCE_GET_CLASS_INFO, which is a class and a subclass; without the
    latter that is 0.

    Raises ValueError for one that has not 4 or 8 bytes.
    """
    data = data_argument(data)
    if len(data) not in (4, 8):
        raise ValueError(f"a resource class of {len(data)} bytes, where it has 4 or 8")
    return ClassInfo(int.from_bytes(data[:4], "little"), int.from_bytes(data[4:], "little"))


def decode_disk_info(data: bytes | bytearray | memoryview) -> DiskInfo:
    """The output of CLUSCTL_RESOURCE_STORAGE_GET_DISK_INFO, of its forms EX and EX2.

    Raises ValueError, with the offset, for a list that ends within an entry, and for an entry that
    is shorter than what it should be.
    """
    told: dict[str, Any] = {}
    several: dict[str, list[Any]] = {"partitions": [], "others": []}
    for field, value in _read(data, _disk_entry):
        if field in several:
            several[field].append(value)
        else:
            told[field] = value
    told.update((field, tuple(values)) for field, values in several.items())
    return DiskInfo(**told)


def _read(
    data: bytes | bytearray | memoryview, read: Callable[[int, bytes], _Entry]
) -> Iterator[_Entry]:
    """Each entry of a list, as it is read by its syntax and its data."""
    data = data_argument(data)
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
            yield read(syntax, data[first : first + size])
        except ValueError as error:
            raise ValueError(f"value list, offset {offset}: {error}") from None
        offset = first + size + -size % 4


def _entry(syntax: int, data: bytes) -> ClassInfo | str | OtherEntry:
    if syntax == _RESCLASS:
        return decode_class_info(data)
    if syntax != _NAME:
        return OtherEntry(syntax, data)
    return _text(data)


def _text(data: bytes) -> str:
    text, nul, _ = data.decode("utf-16-le", "surrogatepass").partition("\0")
    if not nul:
        raise ValueError("a text that does not end in a NUL character")
    return text


def _disk_entry(syntax: int, data: bytes) -> tuple[str, object]:
    """The attribute of DiskInfo that it is, and its value."""
    if syntax not in _OF_DISK:
        return "others", OtherEntry(syntax, data)
    field, read = _OF_DISK[syntax]
    return field, read(data)


def _unpacked(layout: struct.Struct, data: bytes, offset: int = 0) -> list[Any]:
    """With text in place of what is longer than a GUID, up to its NUL. What follows the layout is
    left alone: a C compiler may have padded the structure."""
    if len(data) < offset + layout.size:
        raise ValueError(f"an entry of {len(data)} bytes, where it has {offset + layout.size}")
    return [
        _text(value + b"\0\0") if isinstance(value, bytes) and len(value) > 16 else value
        for value in layout.unpack_from(data, offset)
    ]


def _number(layout: struct.Struct) -> Callable[[bytes], object]:
    return lambda data: _unpacked(layout, data)[0]


def _guid(data: bytes) -> str:
    from uuid import UUID  # which takes its time to import

    return f"{{{UUID(bytes_le=data)}}}".upper()


def _partition(data: bytes) -> Partition:
    return Partition(*_unpacked(_OF_PARTITION, data))


def _partition_ex(data: bytes) -> Partition:
    total, free, device, number, guid = _unpacked(_OF_PARTITION_EX, data, _OF_PARTITION.size)
    return _partition(data)._replace(
        total_size=total,
        free_size=free,
        device_number=device,
        partition_number=number,
        volume_guid=_guid(guid),
    )


def _partition_ex2(data: bytes) -> Partition:
    size = _OF_PARTITION.size + _OF_PARTITION_EX.size
    guid, name, flags = _unpacked(_OF_PARTITION_EX2, data, size)
    return _partition_ex(data)._replace(
        partition_id=_guid(guid), partition_name=name, encryption_flags=flags
    )


# By CLUSPROP_SYNTAX_DISK_SIGNATURE, _SCSI_ADDRESS, _DISK_NUMBER, _PARTITION_INFO,
# _DISK_SERIALNUMBER, _DISK_GUID, _DISK_SIZE, _PARTITION_INFO_EX and _EX2: the attribute of DiskInfo
# that an entry is, and how it is read.
_OF_DISK: dict[int, tuple[str, Callable[[bytes], object]]] = {
    0x00050002: ("signature", _number(struct.Struct("<I"))),
    0x00060002: ("scsi_address", lambda data: ScsiAddress(*_unpacked(struct.Struct("4B"), data))),
    0x00070002: ("number", _number(struct.Struct("<I"))),
    0x00080001: ("partitions", _partition),
    0x000A0003: ("serial_number", _text),
    0x000B0003: ("guid", _text),
    0x000C0006: ("size", _number(struct.Struct("<Q"))),
    0x000D0001: ("partitions", _partition_ex),
    0x000E0001: ("partitions", _partition_ex2),
}
