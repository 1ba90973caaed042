"""Control calls to a resource or a resource type, whichever way the DLL answers them."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Protocol

from resapi_cy import property_list
from resapi_cy.enums import ControlCode
from resapi_cy.errors import ClosedError, ControlCallFailed
from resapi_cy.hosting import default_processing
from resapi_cy.hosting.under_way import UnderWay
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from resapi_cy.hosting.engine import EngineCall
    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.host import Host
    from resapi_cy.hosting.in_database import InDatabase
    from resapi_cy.hosting.native_calls import SharedCalls
    from resapi_cy.hosting.place import Place
    from resapi_cy.hosting.resource import ResourceType
    from resapi_cy.hosting.type_place import TypePlace
    from resapi_cy.resource_dll import EntryPoints

ERROR_INVALID_FUNCTION = 1
ERROR_INVALID_DATA = 13
ERROR_MORE_DATA = 234
# How large the room for a call's output is at first, and may become.
FIRST_ROOM = 4096
LARGEST_ROOM = 1 << 24
# A type has no properties of its own here: the default DeadlockTimeout bounds its calls, in
# seconds.
TYPE_LIMIT = 300.0

# The calls that the DLL has not ended, by context. One that was given up stays here for good: the
# DLL may still write its output.
outstanding: dict[int, EngineCall] = {}


class Calls(Protocol):
    """The control calls of a resource, or of a type. The host's loop."""

    @property
    def entry_points(self) -> EntryPoints: ...
    @property
    def whose(self) -> str: ...
    def log_lines(self, since: int) -> tuple[str, ...]: ...
    @property
    def place(self) -> InDatabase: ...
    @property
    def answers(self) -> default_processing.Answers: ...
    def open_context(self) -> int: ...
    def close_context(self, context: int) -> None: ...
    async def make(
        self, control_code: int, data: bytes, room: int, context: int, token: int
    ) -> EngineCall: ...


class ResourceCalls:
    """Those of a resource.

    Args:
        turn: how long each may wait for its turn: see ``UnderWay.wait``.
    """

    answers = default_processing.RESOURCE

    def __init__(self, calls: EntryCalls, place: Place, turn: float | None = None) -> None:
        self._calls = calls
        self._turn = turn
        self.place = place
        self.whose = f"resource {calls.resource.name!r}"
        self.open_context = calls.resource.open_control_call
        self.close_context = calls.resource.close_control_call

    @property
    def entry_points(self) -> EntryPoints:
        return self._calls.entry_points

    def log_lines(self, since: int) -> tuple[str, ...]:
        resource = self._calls.resource
        return resource.monitor._log_lines(resource, since)

    async def make(
        self, control_code: int, data: bytes, room: int, context: int, token: int
    ) -> EngineCall:
        calls = self._calls
        return await calls.call(
            "ResourceControl",
            lambda: calls.engine.control(
                control_code, data, room, context, token, limit=calls.limit
            ),
            kept,
            self._turn,
        )


class TypeCalls:
    """Those of a resource type, at a gate if its DLL is not to be reentered.

    Args:
        turn: as for ``ResourceCalls``.
    """

    answers = default_processing.TYPE

    def __init__(
        self,
        host: Host,
        shared: SharedCalls | None,
        resource_type: ResourceType,
        place: TypePlace,
        turn: float | None = None,
    ) -> None:
        self._host = host
        self._turn = turn
        self.place = place
        self._shared = shared
        self.entry_points = resource_type.entry_points
        self.whose = f"type {resource_type.name!r}"
        self.open_context = host.monitor.open_type_control_call
        self.close_context = host.monitor.close_type_control_call

    def log_lines(self, since: int) -> tuple[str, ...]:
        return ()  # what is said of a type is said to every monitor

    async def make(
        self, control_code: int, data: bytes, room: int, context: int, token: int
    ) -> EngineCall:
        calls, gate, line = self._host.calls, None, None
        if self._shared is not None:
            calls, gate, line = self._shared.calls, self._shared.gate, self._shared.line
            line.check()
        under_way = UnderWay(self._host, None, "ResourceTypeControl", line, TYPE_LIMIT, ended=kept)
        calls.put(
            self._host,
            under_way,
            lambda: calls.engine.control_type(
                self.entry_points,
                control_code,
                data,
                room,
                context,
                token,
                limit=TYPE_LIMIT,
                gate=gate,
            ),
        )
        return await under_way.wait(self._turn)


def kept(under_way: UnderWay) -> None:
    """Whoever waits for it, or has given it up: the DLL may write the output until the call has
    ended."""
    call = under_way.call
    if under_way.made and call.pending:
        outstanding[call.context] = call


async def control(host: Host, calls: Calls, control_code: int, data: bytes, token: int) -> bytes:
    """A control call to a resource, or to its type. What it has written is stored when it has
    ended, also if that counts only later."""
    try:
        return await asked(host, calls, control_code, data, token)
    finally:
        if control_code in default_processing.WRITING:
            await host.save()


async def instead(host: Host, calls: Calls, code: int, data: bytes) -> tuple[int, bytes] | None:
    """What the resource monitor answers where the DLL has no function."""
    values = default_processing.FORMATS_OF.get(code)
    if values is None or not calls.place.path:
        return default_processing.answer(calls.answers, calls.place, code, data)
    data = await asked(host, calls, values, b"", 0)
    try:
        return 0, default_processing.formats_of(property_list.decode(data))
    except ValueError:  # what the DLL tells is no property list
        return ERROR_INVALID_DATA, b""


async def asked(host: Host, calls: Calls, control_code: int, data: bytes, token: int) -> bytes:
    """The call, made again with more room if the output needs it."""
    room = FIRST_ROOM
    begun = time.perf_counter_ns()
    while True:
        call, code = await one_call(host, calls, control_code, data, token, room)
        if code == ERROR_INVALID_FUNCTION:
            answer = await instead(host, calls, control_code, data)
            if answer is not None:
                code, answered = answer
                if code == 0:
                    return answered
        if code == 0 and call.bytes_returned <= room:
            return call.data
        if code != ERROR_MORE_DATA or not room < call.bytes_returned <= LARGEST_ROOM:
            lines = calls.log_lines(begun)
            remedy = "; its LogMessage events may say why"
            if code == 0:
                code = ERROR_INVALID_DATA  # what there is was cut, or is not an answer at all
                remedy = (
                    f"; the DLL returned ERROR_SUCCESS with {call.bytes_returned} bytes, where "
                    f"there was room for {room}: have it return ERROR_MORE_DATA with that number"
                )
            elif code == ERROR_INVALID_FUNCTION:
                remedy = "; the DLL has no such control code"
            elif lines:
                remedy = ""
            name = ControlCode(control_code).name
            what = f"control code {control_code:#010x}"
            if not name.startswith("UNDOCUMENTED_"):
                what = f"CLUSCTL_{name}"
            text = f"{calls.whose}: {what}: {win32_text(code)}{remedy}"
            raise ControlCallFailed(text, code, lines)
        room = call.bytes_returned


async def tell(host: Host, calls: Calls, control_code: int, data: bytes) -> None:
    """A control call that only tells something: it is over when the entry point has returned,
    whatever it has returned."""
    context = calls.open_context() if calls.entry_points.asynchronous_control else 0
    try:
        await calls.make(control_code, data, 0, context, 0)
    finally:
        if context:
            with contextlib.suppress(ClosedError):
                calls.close_context(context)


async def one_call(
    host: Host, calls: Calls, control_code: int, data: bytes, token: int, room: int
) -> tuple[EngineCall, int]:
    if not calls.entry_points.asynchronous_control:
        call = await calls.make(control_code, data, room, 0, token)
        return call, call.code
    context = calls.open_context()
    ended = host.expect_end(context)
    try:
        call = await calls.make(control_code, data, room, context, token)
        if not call.pending:
            return call, call.code
        code = await ended
        del outstanding[context]
        return call, code
    finally:
        host.expect_no_end(context)
        with contextlib.suppress(ClosedError):
            calls.close_context(context)
