"""The event handle is meant as it was when it was reported: whatever becomes of its number."""

from __future__ import annotations

import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import ResourceState
from resapi_cy.hosting.engine import Engine
from resapi_cy.hosting.watch import Watch

WINDOWS = sys.platform == "win32"
LONG = 20.0

if WINDOWS:
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateEventW.restype = kernel32.CreateMutexW.restype = ctypes.c_void_p
    kernel32.CreateSemaphoreW.restype = ctypes.c_void_p
    for name in ("SetEvent", "CloseHandle", "ReleaseMutex"):
        getattr(kernel32, name).argtypes = [ctypes.c_void_p]


class Event:
    """What a resource DLL signals: a Win32 event, or a pipe that becomes readable."""

    def __init__(self) -> None:
        if WINDOWS:
            self.handle = kernel32.CreateEventW(None, True, False, None)
            assert self.handle
        else:
            self.handle, self._end = os.pipe()

    def signal(self) -> None:
        if WINDOWS:
            assert kernel32.SetEvent(self.handle)
        else:
            os.write(self._end, b"x")

    def close_handle(self) -> None:
        kernel32.CloseHandle(self.handle) if WINDOWS else os.close(self.handle)

    @classmethod
    def with_number(cls, number: int) -> Event:
        """Another event that has got this number."""
        others = []
        try:
            for _ in range(1000):
                event = cls()
                if event.handle == number:
                    return event
                others.append(event)
        finally:
            for other in others:
                other.close_handle()
        pytest.skip("the system does not give the number again")


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


@pytest.fixture
def online(monitor: ra.ResourceMonitor) -> ra.HostedResource:
    resource = monitor.load(native.plain_dll(2), "Plain").open("r", LooksAlivePollInterval=50)
    resource.online()
    return resource


def first(monitor: ra.ResourceMonitor, kind: type, seconds: float = LONG) -> ra.Event | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for event in monitor.poll(0.01):
            if isinstance(event, kind):
                return event
    return None


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def asked(resource: ra.HostedResource) -> bool:
    """Whether IsAlive was: its own interval is a minute, so that an event was signaled."""
    return any(poll.entry_point == "IsAlive" for poll in resource.polls)


def report(resource: ra.HostedResource, handle: int, error_code: int = 0) -> None:
    ra.Resource.report(resource, ResourceState.ONLINE, event_handle=handle, error_code=error_code)


def test_a_number_that_is_given_again_is_another_event(
    online: ra.HostedResource,
) -> None:
    before = Event()
    report(online, before.handle, 1)
    before.close_handle()
    event = Event.with_number(before.handle)
    report(online, event.handle, 2)
    event.signal()
    until(lambda: asked(online))
    event.close_handle()


def test_a_handle_that_is_closed_right_after_its_report_is_the_one_that_is_watched(
    online: ra.HostedResource,
) -> None:
    event = Event()
    report(online, event.handle, 1)
    if WINDOWS:
        event.signal()
        event.close_handle()
    else:
        event.close_handle()
        event.signal()
    until(lambda: asked(online))


def test_an_event_that_got_the_number_later_tells_nobody(
    online: ra.HostedResource,
) -> None:
    for number in range(20):
        event = Event()
        report(online, event.handle, number + 1)
        event.close_handle()
        stranger = Event.with_number(event.handle)
        stranger.signal()
        time.sleep(0.02)
        assert not asked(online)
        stranger.close_handle()
        if not WINDOWS:
            os.close(stranger._end)
    assert online.state is ResourceState.ONLINE


@pytest.mark.parametrize("handle", [2**64 - 1, 2**64 - 2], ids=["process", "thread"])
def test_a_pseudo_handle_is_refused_and_looks_alive_polled(
    handle: int, monitor: ra.ResourceMonitor, online: ra.HostedResource
) -> None:
    report(online, handle, 1)
    refused = first(monitor, ra.EventHandleRefused)
    assert (refused.event_handle, refused.code) == (handle, 6)
    polls = len(online.polls)
    until(lambda: len(online.polls) > polls)


@pytest.mark.skipif(WINDOWS, reason="files are waited for on POSIX systems alone")
def test_a_file_is_refused(
    monitor: ra.ResourceMonitor, online: ra.HostedResource, tmp_path: Path
) -> None:
    """It is always readable, and would look signaled at once."""
    file = os.open(tmp_path / "file", os.O_CREAT | os.O_RDWR)
    report(online, file, 1)
    refused = first(monitor, ra.EventHandleRefused)
    assert (refused.event_handle, refused.code) == (file, 50)
    os.close(file)


@pytest.mark.skipif(not WINDOWS, reason="mutexes and semaphores have handles on Windows alone")
@pytest.mark.parametrize("kind", ["mutex", "semaphore"])
def test_what_waiting_would_take_from_its_owner_is_refused(
    kind: str, monitor: ra.ResourceMonitor, online: ra.HostedResource
) -> None:
    if kind == "mutex":
        handle = kernel32.CreateMutexW(None, False, None)
    else:
        handle = kernel32.CreateSemaphoreW(None, 1, 1, None)
    report(online, handle, 1)
    refused = first(monitor, ra.EventHandleRefused)
    assert (refused.event_handle, refused.code) == (handle, 50)
    assert kernel32.WaitForSingleObject(ctypes.c_void_p(handle), 0) == 0  # it is free
    kernel32.CloseHandle(handle)


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_each_change_makes_one_duplicate_and_a_keepalive_none(
    monitor: ra.ResourceMonitor,
) -> None:
    resource = monitor.open("r")
    watch = Watch(monitor, Engine())
    watch.add(resource.handle)
    event = Event()
    for change in range(3):
        ra.Resource.report(resource, 2, event_handle=event.handle, error_code=change)
        for checkpoint in range(3):
            ra.Resource.report(
                resource, 2, event_handle=event.handle, error_code=change, checkpoint=checkpoint
            )
        given = watch.take_event(resource.handle, event.handle)
        assert given is not None
        assert (given.value, given.refusal) == (event.handle, 0)
        assert watch.take_event(resource.handle, event.handle) is None
    event.close_handle()


def test_a_resource_that_nobody_hosts_has_no_handle_duplicated(
    monitor: ra.ResourceMonitor,
) -> None:
    resource = monitor.open("r")
    event = Event()
    ra.Resource.report(resource, 2, event_handle=event.handle)
    assert Watch(monitor, Engine()).take_event(resource.handle, event.handle) is None
    event.close_handle()


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_duplicates_that_nobody_takes_are_closed() -> None:
    event = Event()
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("r")
        watch = Watch(monitor, Engine())
        watch.add(resource.handle)
        before = descriptors()
        for change in range(100):
            ra.Resource.report(resource, 2, event_handle=event.handle, error_code=change)
        assert descriptors() == before + 1
        ra.Resource.begin(resource, ResourceState.ONLINE_PENDING)
        assert descriptors() == before
        ra.Resource.report(resource, 2, event_handle=event.handle)
        resource.close()
        assert descriptors() == before
    event.close_handle()
