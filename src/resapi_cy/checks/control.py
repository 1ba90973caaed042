"""The conformance checks of ResourceControl and ResourceTypeControl."""

from __future__ import annotations

import ctypes
import re

from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import ERROR_MORE_DATA, LARGEST_OUTPUT, OUTPUT_SIZE, Driver
from resapi_cy.checks.operation import answer_text
from resapi_cy.checks.subject import CheckFailed, NotApplicable
from resapi_cy.enums import ControlCode

ERROR_INVALID_FUNCTION = 1
# Functions that neither a resource nor a resource type has, and no code at all.
UNKNOWN_RESOURCE_CODES = (0x0100FFF1, 0xFFFFFFFF)
UNKNOWN_TYPE_CODES = (0x0200FFF1, 0xFFFFFFFF)

# What is asked with little room: codes that only tell, of a resource and of its type.
TELLING = [code for code in ControlCode if re.match("RESOURCE_(TYPE_)?(GET|ENUM)_", code.name)]
OF_A_TYPE = 0x02000000
# An output of at most so many bytes is asked for with room of every size, a longer one with so many
# of the smallest and of the largest; fewer, where calls take so long that each is made by itself.
EVERY_SIZE = 1024
SOME_SIZES = 256
SLOW_SIZES = 32
# So many calls of one entry point are made within one DeadlockTimeout, if that leaves each of them
# twice the time that the first one took, and have so much room in all, in bytes.
BATCH = 32
BATCH_ROOM = 1 << 24
# In bytes, before the room and after it.
GUARD = 1 << 16
FILL = b"\xa5"
UNTOUCHED = FILL * GUARD


@check("Implementing ResourceControl", "resids")
def control_codes(driver: Driver) -> str:
    """Control codes that nobody knows are answered ERROR_INVALID_FUNCTION, which leaves them to the
    monitor."""
    resource = driver.open(configured=False)
    calls: list[tuple[str, int | None, int]]
    calls = [("ResourceControl", resource.resid, code) for code in UNKNOWN_RESOURCE_CODES]
    calls += [("ResourceTypeControl", None, code) for code in UNKNOWN_TYPE_CODES]
    for entry_point, resid, code in calls:
        answer = driver.control_code(resid, code)
        if answer != ERROR_INVALID_FUNCTION:
            raise CheckFailed(
                f"{entry_point} with code {code:#010x} was answered {answer_text(answer)}, and "
                "not ERROR_INVALID_FUNCTION"
            )
    return "ERROR_INVALID_FUNCTION"


@check("CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES", "private-properties")
def output_room(driver: Driver) -> str:
    """A control call writes no further than it has room for: too little is answered with
    ERROR_MORE_DATA and the room that it needs.

    Every code that only tells something, and that is answered with some output, is asked with room
    of every size.
    """
    resource = driver.open()
    seen = []
    for code in TELLING:
        resid = None if code & OF_A_TYPE else resource.resid
        if size := output_size(driver, resid, code):
            expect_bounds(driver, resid, code, size)
            seen.append(f"{code.name} ({size} bytes)")
    if not seen:
        raise NotApplicable("the DLL tells nothing")
    return ", ".join(seen)


def output_size(driver: Driver, resid: int | None, code: ControlCode) -> int:
    """How long the output is; 0: there is none."""
    call, context = driver.control(resid, code)
    ended = driver.end_of(context) if call.pending else call.code
    if ended == 0 and call.bytes_returned > OUTPUT_SIZE:
        raise CheckFailed(
            f"{code.name}: {call.bytes_returned} bytes were returned with ERROR_SUCCESS, with room "
            f"for {OUTPUT_SIZE}"
        )
    if ended == ERROR_MORE_DATA and call.bytes_returned > LARGEST_OUTPUT:
        raise CheckFailed(
            f"{code.name}: ERROR_MORE_DATA asks for {call.bytes_returned} bytes, where "
            f"{LARGEST_OUTPUT} are the most that are believed"
        )
    return call.bytes_returned if ended in (0, ERROR_MORE_DATA) else 0


def expect_bounds(driver: Driver, resid: int | None, code: ControlCode, size: int) -> None:
    """Fails if a call does not keep to its room. An output whose length changes meanwhile is let
    pass."""
    slow = driver.seconds[entry_point_of(resid)][-1] > driver.limit / (2 * BATCH)
    sizes = rooms_for(size, SLOW_SIZES if slow else SOME_SIZES)
    together = 1 if slow else max(1, min(BATCH, BATCH_ROOM // (size + 1)))
    for i in range(0, len(sizes), together):
        for call in call_with_room(driver, resid, code, sizes[i : i + together]):
            ended = driver.end_of(call.context) if call.asynchronous.value else call.code
            problem = call.problem(ended, size)
            if problem and (call.overrun() or output_size(driver, resid, code) == size):
                raise CheckFailed(f"{code.name}, with room for {call.room} bytes: {problem}")


def rooms_for(size: int, some: int) -> list[int]:
    """The sizes of the rooms that an output of so many bytes is asked for with: all, or some at
    both ends."""
    if size <= (EVERY_SIZE if some == SOME_SIZES else 2 * some):
        return [*range(size + 2)]
    return [*range(some), *range(size + 2 - some, size + 2)]


def entry_point_of(resid: int | None) -> str:
    return "ResourceTypeControl" if resid is None else "ResourceControl"


class GuardedCall:
    """A control call whose room for the output has guards on both sides."""

    def __init__(self, room: int, context: int) -> None:
        self.room = room
        self.context = context
        self.code = 0
        self.returned = ctypes.c_uint32(0)
        self.asynchronous = ctypes.c_int32(0)
        self._memory = ctypes.create_string_buffer(room + 2 * GUARD)
        self.output = ctypes.addressof(self._memory) + GUARD  # the address of the room
        for guard in (self.output - GUARD, self.output + room):
            ctypes.memset(guard, FILL[0], GUARD)

    def overrun(self) -> str:
        """What was written where there is no room; "" if nothing was."""
        if ctypes.string_at(self.output - GUARD, GUARD) != UNTOUCHED:
            return "it wrote before the beginning"
        after = ctypes.string_at(self.output + self.room, GUARD)
        if after != UNTOUCHED:
            return f"it wrote {len(after.rstrip(FILL))} bytes past the end"
        return ""

    def problem(self, ended: int, size: int) -> str:
        """What is wrong with the answer; "" if nothing is."""
        if overrun := self.overrun():
            return overrun
        wanted = 0 if self.room >= size else ERROR_MORE_DATA
        if ended != wanted:
            said = f"it was answered {answer_text(ended)}, and not {answer_text(wanted)}"
            return f"{said}: the output has {size} bytes"
        if self.returned.value != size:
            return f"BytesReturned is {self.returned.value}, where the output has {size} bytes"
        return ""


def call_with_room(
    driver: Driver, resid: int | None, code: ControlCode, rooms: list[int]
) -> list[GuardedCall]:
    """The calls of a control code with these rooms for its output."""
    entry_points = driver.entry_points
    name = entry_point_of(resid)
    slot = f"Begin{name}" if entry_points.asynchronous_control else name
    whose = ctypes.c_void_p(resid)
    type_name = (entry_points.resource_type + "\0").encode("utf-16-le", "surrogatepass")
    if resid is None:
        whose = ctypes.cast(ctypes.c_char_p(type_name), ctypes.c_void_p)
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    kinds = [pointer, number, pointer, number, pointer, number, pointer]
    if entry_points.asynchronous_control:
        kinds += [ctypes.c_int64, pointer]
    function = ctypes.CFUNCTYPE(number, *kinds)(entry_points.addresses[slot])
    calls = [GuardedCall(room, driver.new_context(resid)) for room in rooms]

    def make() -> None:
        for call in calls:
            later = [call.context, ctypes.addressof(call.asynchronous)]
            call.code = function(
                whose,
                code,
                None,
                0,
                call.output,
                call.room,
                ctypes.addressof(call.returned),
                *(later if entry_points.asynchronous_control else ()),
            )

    driver.call(name, make)
    for call in calls:
        if call.asynchronous.value:
            driver.keep(call.context, (call, whose))
    return calls
