"""Value lists: what a resource DLL tells in them is read, and what is wrong is told with its
place."""

from __future__ import annotations

import struct
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import value_list
from resapi_cy.enums import ControlCode
from resapi_cy.value_list import (
    ClassInfo,
    DiskInfo,
    OtherEntry,
    Partition,
    ResourceClass,
    ScsiAddress,
)

NAME, CLASS, END = 0x00040003, 0x00020002, bytes(4)


def entry(syntax: int, data: bytes) -> bytes:
    return struct.pack("<II", syntax, len(data)) + data + bytes(-len(data) % 4)


def text(name: str) -> bytes:
    return entry(NAME, (name + "\0").encode("utf-16-le"))


def test_classes_names_and_others_are_read_in_their_order() -> None:
    data = (
        text("Network Name")
        + entry(CLASS, struct.pack("<I", 1))
        + entry(CLASS, struct.pack("<II", 2, 1 << 31))
        + entry(0x00010001, b"abc")
        + END
    )
    expected = [
        "Network Name",
        ClassInfo(ResourceClass.STORAGE, 0),
        ClassInfo(ResourceClass.NETWORK, 1 << 31),
        OtherEntry(0x00010001, b"abc"),
    ]
    assert value_list.decode(data) == expected
    assert value_list.decode(data + b"whatever") == expected
    assert value_list.decode(data[: -len(END)]) == expected
    assert value_list.decode(END) == value_list.decode(b"") == []


def test_a_list_that_is_cut_is_told_with_its_place() -> None:
    whole = text("IP Address") + entry(CLASS, bytes(8))
    for cut in (whole[:-1], whole[:-8], whole[:-13]):
        with pytest.raises(ValueError, match="value list, offset 32: "):
            value_list.decode(cut)
    for wrong in (entry(CLASS, bytes(5)), entry(NAME, b"a\0"), entry(NAME, b"")):
        with pytest.raises(ValueError, match="value list, offset 0: "):
            value_list.decode(wrong)
    with pytest.raises(TypeError):
        value_list.decode("text")  # type: ignore[arg-type]


def test_what_a_resource_is_has_a_class_and_perhaps_a_subclass() -> None:
    assert value_list.decode_class_info(struct.pack("<II", 32769, 5)) == (32769, 5)
    assert value_list.decode_class_info(struct.pack("<I", 1)) == (ResourceClass.STORAGE, 0)
    for wrong in (b"", bytes(7), bytes(12)):
        with pytest.raises(ValueError, match="4 or 8"):
            value_list.decode_class_info(wrong)


# It answers with the structures of the headers, as a compiler has laid them out.
DISK = r"""
#include <string.h>
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
static const CLUSPROP_PARTITION_INFO_EX2 partition = {
    {CLUSPROP_SYNTAX_PARTITION_INFO_EX2}, sizeof partition - sizeof(CLUSPROP_VALUE),
    CLUSPROP_PIFLAG_STICKY | CLUSPROP_PIFLAG_USABLE, L"E:", L"Daten", 0xABCD1234, 255, 3, L"NTFS",
    {{5000000000 & 0xFFFFFFFF, 5000000000 >> 32}}, {{7, 0}}, 1, 2,
    {1, 2, 3, {4, 5, 6, 7, 8, 9, 10, 11}},
    {0xFFFFFFFF, 0, 0, {0}}, L"Basic", 1};
static BYTE list[8000];
static DWORD put(DWORD size, DWORD syntax, const void* data, DWORD length) {
    memcpy(list + size, &syntax, 4);
    memcpy(list + size + 4, &length, 4);
    memcpy(list + size + 8, data, length);
    return size + 8 + (length + 3) / 4 * 4;
}
static DWORD WINAPI Control(RESID resid, DWORD code, LPVOID in, DWORD in_size, LPVOID out,
                            DWORD room, LPDWORD returned) {
    static const WCHAR guid[] = L"{12345678-0000-0000-0000-000000000001}", serial[] = L"SN 1";
    const CLUS_SCSI_ADDRESS address = {{{1, 2, 3, 4}}};
    const DWORD number = 5, signature = 0xDEADBEEF, ft[2] = {8, 9};
    const ULONGLONG bytes = 1ULL << 40;
    const BYTE* data = (const BYTE*)&partition + sizeof(CLUSPROP_VALUE);
    DWORD size = 0;
    (void)resid, (void)in, (void)in_size;
    if (code == CLUSCTL_RESOURCE_STORAGE_GET_DISK_INFO) {
        size = put(size, CLUSPROP_SYNTAX_DISK_SIGNATURE, &signature, 4);
        size = put(size, CLUSPROP_SYNTAX_SCSI_ADDRESS, &address, sizeof address);
        size = put(size, CLUSPROP_SYNTAX_DISK_NUMBER, &number, 4);
        size = put(size, CLUSPROP_SYNTAX_PARTITION_INFO, data, sizeof(CLUS_PARTITION_INFO));
        size = put(size, CLUSPROP_SYNTAX_FTSET_INFO, ft, sizeof ft);
    } else if (code == CLUSCTL_RESOURCE_STORAGE_GET_DISK_INFO_EX2) {
        size = put(size, CLUSPROP_SYNTAX_DISK_GUID, guid, sizeof guid);
        size = put(size, CLUSPROP_SYNTAX_DISK_SIZE, &bytes, 8);
        size = put(size, CLUSPROP_SYNTAX_DISK_SERIALNUMBER, serial, sizeof serial);
        size = put(size, CLUSPROP_SYNTAX_PARTITION_INFO_EX, data, sizeof(CLUS_PARTITION_INFO_EX));
        size = put(size, CLUSPROP_SYNTAX_PARTITION_INFO_EX2, data, partition.cbLength);
    } else {
        return ERROR_INVALID_FUNCTION;
    }
    *returned = size + 4;  /* the end mark */
    if (room < *returned) return ERROR_MORE_DATA;
    memcpy(out, list, *returned);
    return ERROR_SUCCESS;
}
#define CONTROL Control
"""


@pytest.fixture(scope="module")
def disk_dll() -> Path:
    return native.version_1_dll("disk", DISK)


def test_what_a_dll_tells_of_its_disk_is_read(disk_dll: Path) -> None:
    flags = 1 | 4
    short = Partition(flags, "E:", "Daten", 0xABCD1234, 255, 3, "NTFS")
    longer = short._replace(
        total_size=5_000_000_000,
        free_size=7,
        device_number=1,
        partition_number=2,
        volume_guid="{00000001-0002-0003-0405-060708090A0B}",
    )
    with ra.ResourceMonitor() as monitor:
        disk = monitor.load(disk_dll, "Disk").open("disk")
        told = disk.control(ControlCode.RESOURCE_STORAGE_GET_DISK_INFO)
        assert value_list.decode_disk_info(told) == DiskInfo(
            signature=0xDEADBEEF,
            scsi_address=ScsiAddress(1, 2, 3, 4),
            number=5,
            partitions=(short,),
            others=(OtherEntry(0x00090001, struct.pack("<II", 8, 9)),),
        )
        told = disk.control(ControlCode.RESOURCE_STORAGE_GET_DISK_INFO_EX2)
        assert value_list.decode_disk_info(told) == DiskInfo(
            guid="{12345678-0000-0000-0000-000000000001}",
            size=1 << 40,
            serial_number="SN 1",
            partitions=(
                longer,
                longer._replace(
                    partition_id="{FFFFFFFF-0000-0000-0000-000000000000}",
                    partition_name="Basic",
                    encryption_flags=1,
                ),
            ),
        )


def test_a_disks_entry_that_is_too_short_is_told_with_its_place() -> None:
    number = entry(0x00070002, struct.pack("<I", 5))
    assert value_list.decode_disk_info(number + END) == DiskInfo(number=5)
    assert value_list.decode_disk_info(b"") == DiskInfo()
    short = {
        **{0x00050002: 3, 0x00060002: 3, 0x00070002: 0, 0x00080001: 1119, 0x000C0006: 7},
        **{0x000D0001: 1159, 0x000E0001: 1699, 0x000A0003: 0, 0x000B0003: 4},
    }
    for syntax, size in short.items():
        with pytest.raises(ValueError, match="value list, offset 12: "):
            value_list.decode_disk_info(number + entry(syntax, b"x" * size))
    with pytest.raises(ValueError, match="value list, offset 12: "):
        value_list.decode_disk_info(number + number[:-1])
