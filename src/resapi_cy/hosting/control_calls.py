"""Control calls to a resource or a resource type, whichever way the DLL answers them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from resapi_cy.enums import ControlCode
from resapi_cy.errors import ClosedError, ControlCallFailed
from resapi_cy.hosting.calls import Call
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.gates import Gate
    from resapi_cy.hosting.host import Host
    from resapi_cy.resource_dll import ControlCall, EntryPoints

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
outstanding: dict[int, ControlCall] = {}


async def control(
    host: Host,
    entry_points: EntryPoints,
    calls: EntryCalls | None,
    control_code: int,
    data: bytes,
    token: int,
    type_gate: Gate | None = None,
) -> bytes:
    """A control call to a resource, or to its type, called again with more room if the output needs
    it. A type has a gate if its DLL is not to be reentered."""
    room = FIRST_ROOM
    while True:
        call, code = await one_call(
            host, entry_points, calls, control_code, data, token, room, type_gate
        )
        if code == 0 and call.bytes_returned <= room:
            return call.data
        if code != ERROR_MORE_DATA or not room < call.bytes_returned <= LARGEST_ROOM:
            remedy = "what the DLL has logged may say why"
            if code == 0:
                code = ERROR_INVALID_DATA  # what there is was cut, or is not an answer at all
                remedy = (
                    f"the DLL returned ERROR_SUCCESS with {call.bytes_returned} bytes, where there "
                    f"was room for {room}: have it return ERROR_MORE_DATA with that number"
                )
            elif code == ERROR_INVALID_FUNCTION:
                remedy = "the DLL has no such control code"
            whose = f"type {entry_points.resource_type!r}"
            if calls is not None:
                whose = f"resource {calls.resource.name!r}"
            name = ControlCode(control_code).name
            what = f"control code {control_code:#010x}"
            if not name.startswith("UNDOCUMENTED_"):
                what = f"CLUSCTL_{name}"
            text = f"{whose}: {what}: {win32_text(code)}; {remedy}"
            raise ControlCallFailed(text, code)
        room = call.bytes_returned


async def one_call(
    host: Host,
    entry_points: EntryPoints,
    calls: EntryCalls | None,
    control_code: int,
    data: bytes,
    token: int,
    room: int,
    gate: Gate | None,
) -> tuple[ControlCall, int]:
    if not entry_points.asynchronous_control:
        call = await made(host, entry_points, calls, control_code, data, token, room, 0, gate)
        return call, call.code
    if calls is None:
        context = host.monitor.open_type_control_call()
    else:
        context = calls.resource.open_control_call()
    ended = host.expect_end(context)
    try:
        call = await made(host, entry_points, calls, control_code, data, token, room, context, gate)
        if not call.pending:
            return call, call.code
        code = await ended
        del outstanding[context]
        return call, code
    finally:
        host.expect_no_end(context)
        with contextlib.suppress(ClosedError):
            if calls is None:
                host.monitor.close_type_control_call(context)
            else:
                calls.resource.close_control_call(context)


async def made(
    host: Host,
    entry_points: EntryPoints,
    calls: EntryCalls | None,
    control_code: int,
    data: bytes,
    token: int,
    room: int,
    context: int,
    gate: Gate | None,
) -> ControlCall:
    """The call, as far as it has come when the entry point returns."""
    resid = None if calls is None else calls.resid

    def begin() -> ControlCall:
        call = entry_points.control(resid, control_code, data, room, context, token)
        if call.pending:
            outstanding[context] = call
        return call

    if calls is not None:
        made_call: ControlCall = await calls.call("ResourceControl", begin)
        return made_call
    if gate is not None:
        await gate.enter()
    type_call: ControlCall = await host.call(
        Call(None, "ResourceTypeControl", gate, TYPE_LIMIT), begin
    )
    return type_call
