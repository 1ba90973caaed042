"""Reading what DLLs and shared objects import, whatever is in their files."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import native
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from resapi_cy.loading.image import (
    Image,
    MalformedImage,
    cluster_imports,
    is_cluster_function,
    read_image,
)

Imports = list[tuple[str, list[str | int]]]

SECTION, IN_FILE = 0x1000, 0x200


def pe(imports: Imports, on_demand: Imports, machine: int = 0x8664) -> bytes:
    """A DLL for Windows that has nothing but imports; a number is an ordinal."""
    body = bytearray()

    def put(data: bytes) -> int:
        body.extend(bytes(-len(body) % 8))
        body.extend(data)
        return SECTION + len(body) - len(data)

    def names(symbols: list[str | int]) -> int:
        thunks = [
            symbol | 1 << 63 if isinstance(symbol, int) else put(b"\0\0" + symbol.encode() + b"\0")
            for symbol in symbols
        ]
        return put(struct.pack(f"<{len(thunks) + 1}Q", *thunks, 0))

    entries = b""
    for library, symbols in imports:
        entries += struct.pack("<5I", names(symbols), 0, 0, put(library.encode() + b"\0"), 0)
    directory = put(entries + bytes(20))
    entries = b""
    for library, symbols in on_demand:
        name, table = put(library.encode() + b"\0"), names(symbols)
        entries += struct.pack("<8I", 1, name, 0, 0, table, 0, 0, 0)
    delayed = put(entries + bytes(32))
    directories = bytearray(16 * 8)
    struct.pack_into("<II", directories, 8, directory, 20)
    struct.pack_into("<II", directories, 13 * 8, delayed, 32)
    optional = struct.pack("<H106xI", 0x20B, 16) + directories
    header = b"MZ" + bytes(0x3A) + struct.pack("<I", 0x40)
    header += struct.pack("<4sHH12xHH", b"PE\0\0", machine, 1, len(optional), 0x2022) + optional
    header += struct.pack("<8s4I16x", b".idata", len(body), SECTION, len(body), IN_FILE)
    return header.ljust(IN_FILE, b"\0") + body


SMALL = pe(
    [("KERNEL32.dll", ["Sleep", 7]), ("CLUSAPI.dll", ["OpenCluster", "CloseCluster"])],
    [("ext-ms-win-cluster-resutils-l1-1-0.dll", ["ResUtilDupString"])],
)


@pytest.fixture(scope="module")
def elf() -> Path:
    if not sys.platform.startswith("linux"):
        pytest.skip("this system's own shared objects are of another format")
    return native.startup_dll()


def test_imports_of_a_dll_for_windows_are_read_on_every_platform(tmp_path: Path) -> None:
    path = tmp_path / "small.dll"
    path.write_bytes(SMALL)
    image = read_image(str(path))
    assert image is not None
    assert (image.format, image.machine) == ("PE", "x86-64")
    assert image.libraries == ["KERNEL32.dll", "CLUSAPI.dll"]
    assert image.symbols[:2] == [("KERNEL32.dll", "Sleep"), ("KERNEL32.dll", "#7")]
    assert cluster_imports(str(path)) == ["CloseCluster", "OpenCluster", "ResUtilDupString"]
    path.write_bytes(pe([], [], 0xAA64))
    image = read_image(str(path))
    assert image == Image("PE", "ARM64")


@pytest.mark.skipif(sys.platform == "darwin", reason="imports of Mach-O files are not read")
def test_imports_of_this_platforms_own_files_are_read() -> None:
    image = read_image(str(native.example("process")))
    assert image is not None
    symbols = {name for _, name in image.symbols}
    assert {"listen", "connect"} & symbols or ("WS2_32.dll", "connect") in image.symbols
    assert image.libraries


def test_files_of_other_kinds_are_no_images(tmp_path: Path) -> None:
    for data in (b"", b"text", b"#!/bin/sh\n", b"\x7fEL"):
        (tmp_path / "x").write_bytes(data)
        assert read_image(str(tmp_path / "x")) is None
        assert cluster_imports(str(tmp_path / "x")) == []
    assert cluster_imports(str(tmp_path / "gone")) == []


@pytest.mark.parametrize(
    ("library", "name", "is_one"),
    [
        ("clusapi.dll", "CanResourceBeDependent", True),
        ("RESUTILS.DLL", "#12", True),
        ("ext-ms-win-cluster-clusapi-l1-1-3.dll", "OpenCluster", True),
        ("clusapiish.dll", "OpenCluster", False),
        ("", "ResUtilSetDwordValue", True),
        ("", "ClusWorkerCreate", True),
        ("", "GetClusterResourceState", True),
        ("", "CanResourceBeDependent", True),
        ("", "pthread_create", False),
        ("", "_ZN9MyCluster4openEv", False),
        ("", "cluster_open", False),
    ],
)
def test_functions_of_the_cluster_api_are_known(library: str, name: str, is_one: bool) -> None:
    assert is_cluster_function(library, name) is is_one


def mutated(data: bytes, changes: list[tuple[int, bytes]], length: int) -> bytes:
    forged = bytearray(data)
    for offset, value in changes:
        offset %= len(forged)
        forged[offset : offset + len(value)] = value
    return bytes(forged[: length % (len(forged) + 1)] if length else forged)


CHANGES = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 0x400), st.integers(0, 1 << 20)),
        st.one_of(
            st.binary(min_size=1, max_size=8),
            st.sampled_from([b"\xff" * 4, b"\xff" * 8, b"\0" * 8, b"\x01\0\0\0", b"\0\0\0\x80"]),
        ),
    ),
    max_size=8,
)
FUZZED = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_or_refused(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    for imports in (True, False):
        try:
            image = read_image(str(path), imports=imports)
        except MalformedImage:
            continue
        assert image is None or isinstance(image, Image)
    assert isinstance(cluster_imports(str(path)), list)


@FUZZED
@given(changes=CHANGES, length=st.integers(0, 1 << 16))
def test_forged_dlls_for_windows_are_read_or_refused(
    tmp_path: Path, changes: list[tuple[int, bytes]], length: int
) -> None:
    read_or_refused(tmp_path / "forged.dll", mutated(SMALL, changes, length))


@FUZZED
@given(changes=CHANGES, length=st.integers(0, 1 << 16))
@example(changes=[(41, b"\0\0\0\0\x10")], length=0)  # an offset beyond any file's
def test_forged_shared_objects_are_read_or_refused(
    tmp_path: Path, elf: Path, changes: list[tuple[int, bytes]], length: int
) -> None:
    read_or_refused(tmp_path / "forged.so", mutated(elf.read_bytes(), changes, length))


@FUZZED
@given(data=st.binary(max_size=300), magic=st.sampled_from([b"MZ", b"\x7fELF\x02\x01", b""]))
def test_noise_is_read_or_refused(tmp_path: Path, data: bytes, magic: bytes) -> None:
    read_or_refused(tmp_path / "noise", magic + data)


def elf_of_sections(count: int, section_size: int) -> bytes:
    """A shared object whose sections are all its dynamic symbols, one of them over and over."""
    header = b"\x7fELF\x02\x01".ljust(18, b"\0") + struct.pack("<H", 62)
    header = header.ljust(32, b"\0")
    header += struct.pack("<QQ6xHHHH", 64, 64, 56, 0, section_size, count) + b"\0\0"
    section = struct.pack("<4xI16xQQI20x", 11, 0, 1 << 40, 0)
    return (header + section * 100).ljust(1 << 13, b"\x01")


def test_forged_files_of_more_sections_than_there_can_be_are_not_read_for_hours(
    tmp_path: Path,
) -> None:
    path = tmp_path / "forged"
    path.write_bytes(elf_of_sections(65535, 0))
    with pytest.raises(MalformedImage, match="headers are shorter than headers are"):
        read_image(str(path))
    path.write_bytes(elf_of_sections(100, 64))
    # Each of them claims all of the file, which ends before it says.
    with pytest.raises(MalformedImage, match="the file ends before"):
        read_image(str(path))
    forged = bytearray(SMALL)
    struct.pack_into("<H", forged, 0x40 + 6, 65535)
    path.write_bytes(bytes(forged).ljust(1 << 22, b"\0"))
    with pytest.raises(MalformedImage, match="more sections than any image has"):
        read_image(str(path))
    path.write_bytes(elf_of_sections(65535, 63))
    with pytest.raises(MalformedImage, match="headers are shorter"):
        read_image(str(path), imports=False)
