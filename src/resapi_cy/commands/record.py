"""What the process that hosts a DLL and the one that watches over it know of each other: memory
that both see, and that outlives either.

The watching process writes how often the command was interrupted, the hosting one everything else:
which calls into the DLL have not returned, which was the last one, and how the command has ended.
Behind it in the same file is what Python's faulthandler wrote when the process crashed: the stack
of the thread. Nothing waits for anything, and a call costs no system call.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import re
import struct
from types import FunctionType

from resapi_cy.names import ENTRY_POINTS

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

INTERRUPTS = struct.Struct("<I")
END = struct.Struct("<Ii")  # whether it has ended, and the exit code
BEGUN = struct.Struct("<I")
TEXT = struct.Struct("248p")
IN_USE = struct.Struct("<Q")
# A call of the engine's: the resource's handle, the thread, the entry point, whether it has crashed
# in it. See core/witness.hpp.
ENGINE_CALL = struct.Struct("<QIHH")
HANDLE = struct.Struct("<Q")

# Where they are: the end is at END_AT, and so on.
END_AT, BEGUN_AT, LAST_AT, ENGINE_AT = 8, 16, 256, 512
ENGINE_CALLS = 1 + 64  # the last one, and those that have not returned
FIRST_SLOT = ENGINE_AT + ENGINE_CALLS * ENGINE_CALL.size
# A slot is a call of Python's that has not returned, if it is in use.
SLOT_SIZE = IN_USE.size + TEXT.size
SLOTS = 64  # a call that finds none is not told of
FIRST_NAME = FIRST_SLOT + SLOTS * SLOT_SIZE
# The resources, by handle.
NAME_SIZE = HANDLE.size + TEXT.size
NAMES = 1024  # one that finds no place is not named
SIZE = FIRST_NAME + NAMES * NAME_SIZE
SLOT_PLACES = range(FIRST_SLOT, FIRST_NAME, SLOT_SIZE)
NAME_PLACES = range(FIRST_NAME, SIZE, NAME_SIZE)

# What faulthandler writes: how the stack of a crash begins, and a slot in it.
BEGINNING = re.compile(rb"^(?:Fatal Python error|Windows fatal exception): ", re.MULTILINE)
FRAME = re.compile(rb" in <resapi-monitor slot (\d{1,9})>$", re.MULTILINE)


def frame_of(slot: int) -> Callable[..., Any]:
    """A function that calls another, and has the slot in its name: faulthandler writes the names of
    the functions on the stack, and nothing of their arguments."""

    def call(function: Callable[..., Any], arguments: tuple[object, ...]) -> Any:
        return function(*arguments)

    return FunctionType(call.__code__.replace(co_name=f"<resapi-monitor slot {slot}>"), {})


class Record:
    """The memory. A context manager that closes it.

    Args:
        place: what ``place`` was in the process that made it; None: it is made.
    """

    def __init__(self, place: int | str | None = None) -> None:
        self._path: str | None = None
        if place is None:
            place = self._make()
        # Without a buffer: faulthandler writes to the file's descriptor.
        self._file = open(place, "r+b", buffering=0)  # noqa: PTH123, SIM115
        self._memory = mmap.mmap(self._file.fileno(), SIZE)
        self._free = list(SLOT_PLACES)[::-1]
        self._frames: dict[int, Callable[..., Any]] = {}
        self._named = iter(NAME_PLACES)
        self._file.seek(SIZE)
        self.place = place

    def _make(self) -> int | str:
        if hasattr(os, "memfd_create"):  # needs no folder that can be written to
            number = os.memfd_create("resapi-monitor")
        else:
            import tempfile

            number, self._path = tempfile.mkstemp(prefix="resapi-monitor-")
        os.truncate(number, SIZE)
        if os.name == "nt":  # numbers mean nothing to another process
            os.close(number)
            assert self._path is not None
            return self._path
        if self._path is not None:
            os.unlink(self._path)  # noqa: PTH108
            self._path = None
        return number

    def __enter__(self) -> Record:
        return self

    def __exit__(self, *exception: object) -> None:
        self._memory.close()
        self._file.close()
        if self._path is not None:
            with contextlib.suppress(OSError):  # on Windows, whoever has it open keeps it
                os.unlink(self._path)  # noqa: PTH108

    @property
    def number(self) -> int:
        """Its file descriptor."""
        return self._file.fileno()

    # ---- What the watching process writes ----------------------------------------------------

    @property
    def interrupts(self) -> int:
        """How often the command was interrupted."""
        (count,) = INTERRUPTS.unpack_from(self._memory)
        return int(count)

    @interrupts.setter
    def interrupts(self, count: int) -> None:
        INTERRUPTS.pack_into(self._memory, 0, count)

    # ---- What the hosting process writes -----------------------------------------------------

    def begin(self) -> None:
        """The process that hosts the DLL is about to."""
        BEGUN.pack_into(self._memory, BEGUN_AT, 1)

    @property
    def engine_place(self) -> int:
        """The address of what the engine writes. The memory stays as long as the process."""
        import ctypes

        self._kept = ctypes.c_char.from_buffer(self._memory, ENGINE_AT)
        return ctypes.addressof(self._kept)

    def name(self, handle: int, name: str) -> None:
        """The handle of a resource is its name's from now on. Any thread."""
        place = next(self._named, None)
        if place is not None:
            text = name.encode("utf-8", "surrogatepass")[: TEXT.size - 1]
            TEXT.pack_into(self._memory, place + HANDLE.size, text)
            HANDLE.pack_into(self._memory, place, handle)

    def call(self, what: str, function: Callable[..., Any], *arguments: object) -> Any:
        """Makes a call into the DLL. Any thread."""
        text = what.encode("utf-8", "surrogatepass")[: TEXT.size - 1]
        TEXT.pack_into(self._memory, LAST_AT, text)
        try:
            slot = self._free.pop()
        except IndexError:
            return function(*arguments)
        frame = self._frames.get(slot)
        if frame is None:
            frame = self._frames[slot] = frame_of(slot)
        TEXT.pack_into(self._memory, slot + IN_USE.size, text)
        IN_USE.pack_into(self._memory, slot, 1)
        try:
            return frame(function, arguments)
        finally:
            IN_USE.pack_into(self._memory, slot, 0)
            self._free.append(slot)

    def end(self, code: int) -> None:
        """The command has come to its end, with this exit code."""
        END.pack_into(self._memory, END_AT, 1, code)

    # ---- What is left of it ------------------------------------------------------------------

    @property
    def begun(self) -> bool:
        """Whether the process that hosts the DLL has come that far."""
        return BEGUN.unpack_from(self._memory, BEGUN_AT) != (0,)

    @property
    def exit_code(self) -> int | None:
        """What the command has ended with; None: it has not come to its end."""
        ended, code = END.unpack_from(self._memory, END_AT)
        return int(code) if ended else None

    @property
    def last_call(self) -> str:
        """The call into the DLL that began last, health checks aside; "": there was none."""
        return next(self._engine_calls(range(1)), self._text(LAST_AT))

    def calls(self) -> list[str]:
        """The calls into the DLL that have not returned."""
        in_use = [slot for slot in SLOT_PLACES if IN_USE.unpack_from(self._memory, slot) != (0,)]
        engine = self._engine_calls(range(1, ENGINE_CALLS))
        return [self._text(slot + IN_USE.size) for slot in in_use] + list(engine)

    def crashed_call(self) -> str | None:
        """The call into the DLL that has crashed; "": the thread that has crashed is in none; None:
        nobody has seen a crash."""
        for crashed in self._engine_calls(range(1, ENGINE_CALLS), only_crashed=True):
            return crashed
        self._file.seek(SIZE)
        # On Windows there may be others before it, of exceptions that somebody has handled.
        *_, last = BEGINNING.split(self._file.read())
        # A DLL may call its own functions as these are called.
        slots = [slot for slot in map(int, FRAME.findall(last)) if slot in SLOT_PLACES]
        if slots:
            return self._text(slots[-1] + IN_USE.size)
        return "" if last else None

    def _engine_calls(self, numbers: range, *, only_crashed: bool = False) -> Iterator[str]:
        for number in numbers:
            place = ENGINE_AT + number * ENGINE_CALL.size
            handle, thread, entry_point, crashed = ENGINE_CALL.unpack_from(self._memory, place)
            if thread and (crashed or not only_crashed) and entry_point < len(ENTRY_POINTS):
                name = self._name_of(handle)
                whose = "" if name is None else f" of resource {name!r}"
                yield f"{ENTRY_POINTS[entry_point]}{whose}"

    def _name_of(self, handle: int) -> str | None:
        for place in NAME_PLACES:
            (known,) = HANDLE.unpack_from(self._memory, place)
            if known == handle != 0:
                return self._text(place + HANDLE.size)
        return None

    def _text(self, place: int) -> str:
        (text,) = TEXT.unpack_from(self._memory, place)
        return bytes(text).decode("utf-8", "replace")
