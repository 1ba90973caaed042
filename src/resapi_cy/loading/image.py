"""What the file of a DLL or shared object says: what it is built for, and what it imports.

A reader for PE (Windows) and ELF (Linux and most others), of 64 bits; of other files it tells what
they are built for, at most. Nothing of the file is run, and whatever it claims is checked: a
truncated or forged one raises `MalformedImage`, and none makes it read without end.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

PE_MACHINES = {0x14C: "32-bit x86", 0x1C4: "32-bit ARM", 0x8664: "x86-64", 0xAA64: "ARM64"}
ELF_MACHINES = {
    3: "32-bit x86",
    20: "32-bit PowerPC",
    21: "64-bit PowerPC",
    22: "IBM Z",
    40: "32-bit ARM",
    62: "x86-64",
    183: "ARM64",
    243: "RISC-V",
    258: "LoongArch",
}
MACH_O_MACHINES = {7: "32-bit x86", 12: "32-bit ARM", 0x01000007: "x86-64", 0x0100000C: "ARM64"}
MACH_O_MAGICS = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")
UNIVERSAL_MAGIC = b"\xca\xfe\xba\xbe"

# No image has more; a forged one does not make the reader look for them.
MOST_SECTIONS = 96  # of a PE file: Windows' loader takes no more
MOST_SYMBOLS = 1 << 18
MOST_LIBRARIES = 4096
LONGEST_NAME = 4096


class MalformedImage(ValueError):
    """The file ends before what it says it has, or contradicts itself."""


@dataclass
class Image:
    """A DLL's or shared object's file.

    Attributes:
        format: "PE", "ELF" or "Mach-O".
        machine: the processor that it is built for, in words; "" if it may be any of several.
        size: how long the file has to be for what is mapped of it, where it is known.
        libraries: the names of the libraries that it needs.
        symbols: (library, name) of each function that it takes from others; the library is ""
            where the format does not tell.
    """

    format: str
    machine: str
    size: int = 0
    libraries: list[str] = field(default_factory=list)
    symbols: list[tuple[str, str]] = field(default_factory=list)


def read_image(path: str, *, imports: bool = True) -> Image | None:
    """What a file says of itself, without its imports if nobody wants them; None: it is no image of
    a format that is known here.

    Raises:
        MalformedImage: it is one, but not a whole one.
        OSError: it can't be read.
    """
    with Path(path).open("rb") as file:
        view = View(file)
        magic = view.read(0, 4)
        if magic[:2] == b"MZ":
            return read_pe(view, imports)
        if magic == b"\x7fELF":
            return read_elf(view, imports)
        if magic in MACH_O_MAGICS:
            (machine,) = view.unpack("<I", 4)
            return Image("Mach-O", MACH_O_MACHINES.get(machine, f"processor {machine:#x}"))
        return Image("Mach-O", "") if magic == UNIVERSAL_MAGIC else None


def image_of(path: str) -> Image | None:
    """The same, and None as well for what is not whole or can't be read."""
    try:
        return read_image(path)
    except (OSError, MalformedImage):
        return None


class View:
    """A file, read at offsets that need not be true."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, offset: int, size: int) -> bytes:
        self.file.seek(min(offset, self.size))
        return self.file.read(size)

    def unpack(self, layout: str, offset: int) -> tuple[Any, ...]:
        data = self.read(offset, struct.calcsize(layout))
        if len(data) < struct.calcsize(layout):
            raise MalformedImage(f"the file ends before {offset + struct.calcsize(layout):#x}")
        return struct.unpack(layout, data)

    def text(self, offset: int) -> str:
        """The NUL-terminated name at an offset."""
        name, end, _ = self.read(offset, LONGEST_NAME).partition(b"\0")
        if not end:
            raise MalformedImage(f"there is no name at {offset:#x}")
        return name.decode("utf-8", "backslashreplace")


# ---- PE ------------------------------------------------------------------------------------------


def read_pe(view: View, imports: bool) -> Image:
    (header,) = view.unpack("<I", 0x3C)
    signature, machine, sections, optional_size = view.unpack("<4sHH12xH2x", header)
    if signature != b"PE\0\0":
        raise MalformedImage("it begins like a program for MS-DOS, and is none for Windows")
    image = Image("PE", PE_MACHINES.get(machine, f"processor {machine:#x}"))
    optional = header + 24
    (magic,) = view.unpack("<H", optional)
    if magic != 0x20B or not imports:  # of 32 bits
        return image
    if sections > MOST_SECTIONS:
        raise MalformedImage("it has more sections than any image has")
    table = optional + optional_size
    places = [view.unpack("<8x4I", table + i * 40) for i in range(sections)]
    (directories,) = view.unpack("<I", optional + 108)
    for number in (1, 13):  # the imports, and those on demand
        if number < directories:
            (address,) = view.unpack("<I", optional + 112 + number * 8)
            if address:
                read_pe_imports(view, image, places, address, on_demand=number == 13)
    return image


def read_pe_imports(
    view: View, image: Image, places: list[tuple[int, ...]], address: int, *, on_demand: bool
) -> None:
    def offset_of(address: int) -> int:
        for size, start, in_file, offset in places:
            if start <= address < start + max(size, in_file):
                return offset + address - start
        raise MalformedImage(f"the address {address:#x} is in no section")

    step = 32 if on_demand else 20
    for i in range(MOST_LIBRARIES):
        entry = view.unpack(f"<{step // 4}I", offset_of(address) + i * step)
        # Of the names' table and the table that the addresses go to, linkers may omit the first.
        name, names = (entry[1], entry[4]) if on_demand else (entry[3], entry[0] or entry[4])
        if not name:
            return
        library = view.text(offset_of(name))
        # What is loaded on demand is not missed when the DLL itself is loaded.
        if not on_demand:
            image.libraries.append(library)
        thunks = offset_of(names)
        while thunk := view.unpack("<Q", thunks)[0]:
            # An ordinal is not a name.
            symbol = f"#{thunk & 0xFFFF}" if thunk >> 63 else view.text(offset_of(thunk) + 2)
            image.symbols.append((library, symbol))
            if len(image.symbols) > MOST_SYMBOLS:
                raise MalformedImage("it has more imports than any image has")
            thunks += 8
    raise MalformedImage("it needs more libraries than any image does")


# ---- ELF -----------------------------------------------------------------------------------------


def read_elf(view: View, imports: bool) -> Image:
    bits, order = view.unpack("<BB", 4)
    end = ">" if order == 2 else "<"
    (machine,) = view.unpack(f"{end}H", 18)
    name = ELF_MACHINES.get(machine, f"processor {machine}")
    if bits != 2:
        return Image("ELF", name if name.startswith("32-bit") else f"32-bit {name}")
    image = Image("ELF", f"big-endian {name}" if order == 2 and machine != 22 else name)
    programs, sections, program_size, program_count, section_size, section_count = view.unpack(
        f"{end}QQ6xHHHH", 32
    )
    if (program_count and program_size < 56) or (section_count and section_size < 64):
        raise MalformedImage("its headers are shorter than headers are")
    for i in range(program_count):
        kind, offset, size = view.unpack(f"{end}I4xQ16xQ", programs + i * program_size)
        if kind == 1:  # PT_LOAD
            image.size = max(image.size, offset + size)
    if not imports:
        return image
    found = [
        view.unpack(f"{end}4xI16xQQI", sections + i * section_size) for i in range(section_count)
    ]
    # Of each of the two, there is one.
    kinds = {kind: rest for kind, *rest in reversed(found)}
    if (dynamic := kinds.get(6)) and dynamic[2] < len(found):  # SHT_DYNAMIC
        offset, size, strings = dynamic
        image.libraries = list(needed_libraries(view, end, offset, size, found[strings][1]))
    if (symbols := kinds.get(11)) and symbols[2] < len(found):  # SHT_DYNSYM
        offset, size, strings = symbols
        image.symbols = list(undefined_symbols(view, end, offset, size, found[strings][1]))
    return image


def needed_libraries(view: View, end: str, offset: int, size: int, names: int) -> Iterator[str]:
    for i in range(min(size // 16, MOST_LIBRARIES)):
        tag, value = view.unpack(f"{end}qQ", offset + i * 16)
        if tag == 0:
            return
        if tag == 1:  # DT_NEEDED
            yield view.text(names + value)


def undefined_symbols(
    view: View, end: str, offset: int, size: int, names: int
) -> Iterator[tuple[str, str]]:
    for i in range(1, min(size // 24, MOST_SYMBOLS)):
        name, section = view.unpack(f"{end}I2xH16x", offset + i * 24)
        if section == 0 and name:
            yield "", view.text(names + name)


# ---- The Cluster API -----------------------------------------------------------------------------

# How its libraries are called on Windows, by the names of API sets as well.
CLUSTER_LIBRARY = re.compile(r"(?i)(ext-ms-win-cluster-)?(clusapi|resutils)\b")
# How its functions are called, where no library is told: nobody else's names look so.
CLUSTER_FUNCTION = re.compile(
    r"(ResUtil|Clus|[A-Z][A-Za-z]*Cluster)\w*|SetGroupDependencyExpression(Ex)?"
    r"|GetNotifyEventHandle|CanResourceBeDependent|DetermineCNOResTypeFromNodelist"
    r"|GetNodeCloudTypeDW"
)


def is_cluster_function(library: str, name: str) -> bool:
    if library:
        return CLUSTER_LIBRARY.match(library) is not None
    return CLUSTER_FUNCTION.fullmatch(name) is not None


def cluster_imports(path: str) -> list[str]:
    """The functions of the Cluster API (of clusapi.dll and resutils.dll) that a DLL imports, by
    name; none, if that can't be told."""
    image = image_of(path)
    return [] if image is None else cluster_functions(image)


def cluster_functions(image: Image) -> list[str]:
    return sorted({name for library, name in image.symbols if is_cluster_function(library, name)})
