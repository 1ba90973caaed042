"""A resource monitor that brings one resource online, as its author writes it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import assert_type

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState, StatusFlags


def describe(event: ra.Event) -> str | None:
    match event:
        case ra.StatusChanged(resource=resource, status=status, previous=previous):
            assert_type(resource, ra.Resource)
            assert_type(status, ra.ResourceStatus)
            assert_type(previous.state, ResourceState)
            return f"{resource.name}: {status.state.name} {status.checkpoint}"
        case ra.LogMessage(level=ra.LogLevel.ERROR | ra.LogLevel.SEVERE, text=text):
            assert_type(text, str)
            event.log(logging.getLogger("cluster"))
            return text
        case ra.FailureSignaled(ra.Resource(name=name), kind, code):
            assert_type(name, str)
            assert_type(kind, ra.FailureType)
            assert_type(code, int)
            return f"{name}: {kind.name} {code}"
        case ra.LockedModeSetEx(_, enabled, _, flags):
            assert_type(enabled, bool)
            assert_type(flags, int)
        case ra.NodeLocalPropertiesSet(properties=properties):
            assert_type(properties, bytes)
        case ra.ControlCallEnded(context=context) | ra.ControlCallExtended(context=context):
            assert_type(context, int)
        case ra.TypeNotificationRaised(_, resource_type, payload):
            assert_type(resource_type, str)
            assert_type(payload, bytes)
        case ra.TypeDumpProcessChanged(_, process_name, process_id, added, resource_type):
            assert_type((process_name, process_id, added), tuple[str, int, bool])
            assert_type(resource_type, str)
        case ra.InternalStateSet(state=application):
            assert_type(application, ra.ApplicationState)
        case ra.DumpRequested(delay_ms=milliseconds) | ra.WprWatchdogArmed(timeout_ms=milliseconds):
            assert_type(milliseconds, int)
        case ra.Event(resource=resource):
            assert_type(resource, ra.Resource | None)
            assert_type((event.time, event.monotonic), tuple[int, int])
            event.log()
    return None


def online(monitor: ra.ResourceMonitor, resource: ra.Resource) -> Iterator[str]:
    resource.begin(ResourceState.ONLINE_PENDING)
    answer = resource.report(ResourceState.ONLINE, checkpoint=1, flags=StatusFlags.OFFLINE_BUSY)
    assert_type(answer, ExitState)
    for event in monitor:
        if line := describe(event):
            yield line
        if resource.status.state is ResourceState.ONLINE:
            break
    assert_type(monitor.poll(timeout=None if not monitor.resources else 0.5), list[ra.Event])
    resource.terminate()
    assert_type(resource.exit_state, ExitState)


def main() -> None:
    with ra.ResourceMonitor(event_capacity=1024) as monitor, monitor.open("Disk 1") as resource:
        assert_type(monitor, ra.ResourceMonitor)
        assert_type(resource, ra.Resource)
        addresses = (ra.callbacks.address, ra.callbacks.set_resource_status_ex, resource.handle)
        assert_type(addresses, tuple[int, int, int])
        for line in online(monitor, resource):
            print(line)
        print(monitor.dropped_events + ra.rejected_reports(), resource.transitions)
    assert_type(monitor.closed, bool)
    assert_type(ra.get_include(), str)


if __name__ == "__main__":
    main()
