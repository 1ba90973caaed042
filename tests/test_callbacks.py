"""The callback function table: each callback records its event and answers as documented."""

from __future__ import annotations

import ctypes

import pytest

import resapi_cy as ra
from resapi_cy import ApplicationState, FailureType

SUCCESS, INVALID_HANDLE, NO_MEMORY, INVALID_PARAMETER = 0, 6, 8, 87
# In the order in which workers.c calls them.
CALLED = [
    ("LockedModeSet", {"enabled": True, "reason": 7}),
    ("FailureSignaled", {"failure_type": FailureType.NETWORK_LOSS, "error_code": 42}),
    ("NodeLocalPropertiesSet", {"properties": b"\1\2\0\4"}),
    ("ControlCallExtended", {"timeout_ms": 1500}),
    ("TypeControlCallExtended", {"timeout_ms": 2500}),
    ("ControlCallEnded", {"status": 5}),
    ("TypeControlCallEnded", {"status": 6}),
    ("TypeNotificationRaised", {"resource_type": "Disk Type", "payload": b"\1\2\0\4"}),
    ("DumpProcessChanged", {"process_name": "server.exe", "process_id": 1234, "added": True}),
    (
        "TypeDumpProcessChanged",
        {
            "resource_type": "Disk Type",
            "process_name": "host.exe",
            "process_id": 4321,
            "added": False,
        },
    ),
    ("InternalStateSet", {"state": ApplicationState.READY, "active": True}),
    ("LockedModeSetEx", {"enabled": False, "reason": 8, "flags": 1}),
    ("DumpRequested", {"call_in_progress": True, "delay_ms": 3000}),
    ("WprPolicySet", {"flags": 2}),
    ("WprWatchdogArmed", {"timeout_ms": 2**64 - 1}),
]
ABOUT_A_TYPE = {i for i, (name, _) in enumerate(CALLED) if name.startswith("Type")}
ABOUT_A_CONTROL_CALL = {i for i, (name, _) in enumerate(CALLED) if "Control" in name}

FIELDS = [
    "log_event",
    "set_resource_status_ex",
    "set_resource_locked_mode",
    "signal_failure",
    "set_resource_in_memory_node_local_properties",
    "end_control_call",
    "end_type_control_call",
    "extend_control_call",
    "extend_type_control_call",
    "raise_res_type_notification",
    "change_resource_process_for_dumps",
    "change_res_type_process_for_dumps",
    "set_internal_state",
    "set_resource_locked_mode_ex",
    "request_dump",
    "set_resource_wpr_policy",
    "arm_wpr_watchdog_for_current_resource_call",
]


def call_every_callback(library, handle, context=0, type_context=0) -> list[int]:
    answers = (ctypes.c_uint32 * len(CALLED))()
    library.call_every_callback(ra.callbacks.address, handle, context, type_context, answers)
    return list(answers)


def test_the_table_is_full_and_the_attributes_are_its_fields(library: ctypes.CDLL) -> None:
    assert library.callbacks_missing(ra.callbacks.address) == 0
    slots = (ctypes.c_uint64 * len(FIELDS)).from_address(ra.callbacks.address)
    assert [getattr(ra.callbacks, name) for name in FIELDS] == list(slots)
    assert len(set(slots)) == len(FIELDS)
    assert ra.callbacks.set_resource_status not in slots


def test_each_callback_records_its_event(library: ctypes.CDLL, monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    context, type_context = resource.open_control_call(), monitor.open_type_control_call()
    answers = call_every_callback(library, resource.handle, context, type_context)
    assert answers == [SUCCESS] * len(CALLED)
    events = monitor.poll()
    assert [type(event).__name__ for event in events] == [name for name, _ in CALLED]
    for i, (event, (_, values)) in enumerate(zip(events, CALLED, strict=True)):
        assert event.resource is (None if i in ABOUT_A_TYPE else resource)
        for name, value in values.items():
            assert getattr(event, name) == value
            assert type(getattr(event, name)) is type(value)
        assert type(event).__match_args__[0] == "resource"
        assert set(values) | {"resource", "context"} >= set(type(event).__match_args__)
    assert {events[3].context, events[5].context} == {context}
    assert {events[4].context, events[6].context} == {type_context}


def test_stale_and_null_handles_are_refused(library: ctypes.CDLL) -> None:
    with ra.ResourceMonitor() as monitor, monitor.open("r") as resource:
        handle = resource.handle
    before = ra.rejected_reports()
    for bad in (handle, 0, 2**64 - 1):
        answers = call_every_callback(library, bad)
        for i, answer in enumerate(answers):
            if i in ABOUT_A_CONTROL_CALL:
                assert answer == INVALID_PARAMETER
            else:
                assert answer == (SUCCESS if i in ABOUT_A_TYPE else INVALID_HANDLE)
    assert ra.rejected_reports() == before + 3 * (len(CALLED) - 2)


def test_null_pointers_are_refused(library: ctypes.CDLL, monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    answers = (ctypes.c_uint32 * 7)()
    before = ra.rejected_reports()
    library.call_with_null(ra.callbacks.address, resource.handle, answers)
    assert list(answers) == [INVALID_PARAMETER] * 6 + [SUCCESS]
    assert ra.rejected_reports() == before + 6
    (event,) = monitor.poll()
    assert event.properties == b""


@pytest.mark.parametrize(("size", "answer"), [(1 << 20, SUCCESS), ((1 << 20) + 1, 87)])
def test_buffers_are_bounded(monitor: ra.ResourceMonitor, size: int, answer: int) -> None:
    resource = monitor.open("r")
    buffer = ctypes.create_string_buffer(b"x" * size, size)
    u32, pointer = ctypes.c_uint32, ctypes.c_void_p
    set_properties = ctypes.CFUNCTYPE(u32, pointer, pointer, u32)(
        ra.callbacks.set_resource_in_memory_node_local_properties
    )
    notify = ctypes.CFUNCTYPE(u32, ctypes.c_char_p, pointer, u32)(
        ra.callbacks.raise_res_type_notification
    )
    assert set_properties(resource.handle, ctypes.addressof(buffer), size) == answer
    assert notify("Type\0".encode("utf-16le"), ctypes.addressof(buffer), size) == answer
    events = monitor.poll()
    assert [type(event).__name__ for event in events] == (
        [] if answer else ["NodeLocalPropertiesSet", "TypeNotificationRaised"]
    )


def test_a_control_call_ends_once(library: ctypes.CDLL, monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    context, type_context = resource.open_control_call(), monitor.open_type_control_call()
    assert call_every_callback(library, resource.handle, context, type_context)[3:7] == [0] * 4
    again = call_every_callback(library, resource.handle, context, type_context)
    assert again[3:7] == [INVALID_PARAMETER] * 4
    # A context of the other kind, a resource's handle, one that was given up.
    context, type_context = resource.open_control_call(), monitor.open_type_control_call()
    swapped = call_every_callback(library, resource.handle, type_context, context)
    assert swapped[3:7] == [INVALID_PARAMETER] * 4
    forged = call_every_callback(library, resource.handle, resource.handle, resource.handle)
    assert forged[3:7] == [INVALID_PARAMETER] * 4
    resource.close_control_call(context)
    monitor.close_type_control_call(type_context)
    resource.close_control_call(context)
    given_up = call_every_callback(library, resource.handle, context, type_context)
    assert given_up[3:7] == [INVALID_PARAMETER] * 4
    # And one whose resource was closed.
    context = resource.open_control_call()
    resource.close()
    assert call_every_callback(library, 0, context)[5] == INVALID_PARAMETER


def test_without_room_the_caller_is_told(library: ctypes.CDLL) -> None:
    with ra.ResourceMonitor(event_capacity=1) as monitor:
        resource = monitor.open("r")
        resource.report(2)
        context = resource.open_control_call()
        answers = call_every_callback(library, resource.handle, context)
        assert answers.count(NO_MEMORY) == len(CALLED) - 2  # the type's control calls: refused
        assert monitor.dropped_events == len(CALLED) - 2
        monitor.poll()
        # The control call can be ended still.
        assert call_every_callback(library, 0, context)[3] == SUCCESS
        monitor.poll()


def test_what_is_about_a_type_reaches_every_open_monitor(library: ctypes.CDLL) -> None:
    with ra.ResourceMonitor() as closed:
        pass
    with ra.ResourceMonitor() as one, ra.ResourceMonitor() as two:
        call_every_callback(library, 0)
        library.log_lines(ra.callbacks.log_event, 0, 2)
        for monitor in (one, two):
            notification, process, *lines = monitor.poll()
            assert notification.payload == b"\1\2\0\4"
            assert process.resource_type == "Disk Type"
            assert [line.text for line in lines] == ["line 0", "line 1"]
            assert all(line.resource is None for line in lines)
    assert closed.dropped_events == 0


def test_callbacks_before_any_monitor_and_after_every_one() -> None:
    """I7, as far as one process shows it; the rest is in test_lifetime.py."""
    report = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p)(
        ra.callbacks.set_resource_status_ex
    )
    assert report(None, None) == 1
    with ra.ResourceMonitor() as monitor:
        handle = monitor.open("r").handle
    assert report(handle, None) == 1


@pytest.mark.parametrize("name", ["address", "set_resource_status", *FIELDS])
def test_every_callback_is_an_address(name: str) -> None:
    assert isinstance(getattr(ra.callbacks, name), int)
    assert getattr(ra.callbacks, name) > 0
