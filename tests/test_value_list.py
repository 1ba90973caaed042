"""Value lists: what a resource DLL tells in them is read, and what is wrong is told with its
place."""

from __future__ import annotations

import struct

import pytest

from resapi_cy import value_list
from resapi_cy.value_list import ClassInfo, OtherEntry, ResourceClass

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
