"""Why a resource has failed, in the words of its DLL: with the failure, whoever reads the log."""

from __future__ import annotations

import ctypes
import pickle
import threading
import time
from collections.abc import Iterator

import native
import puppet
import pytest
from puppet import Strings, Value
from watched import Watched, wait_until

import resapi_cy as ra
from resapi_cy import LogLevel, RestartAction
from resapi_cy.hosting import resource as hosted_resource

ERROR_INVALID_PARAMETER = 87
NEVER = 2**32 - 2
NO_POLLS = {"LooksAlivePollInterval": NEVER, "IsAlivePollInterval": NEVER}
PUPPET = {"RestartAction": RestartAction.DONT_RESTART, **NO_POLLS}


@pytest.fixture
def watched(monitor: ra.ResourceMonitor) -> Watched:
    return Watched(monitor)


@pytest.fixture
def strings(monitor: ra.ResourceMonitor) -> Iterator[Strings]:
    strings = Strings(puppet.load(monitor).open("r", **PUPPET))
    yield strings
    strings.release()


def log(resource: ra.Resource, text: str, level: LogLevel = LogLevel.ERROR) -> None:
    """As a thread of the DLL does."""
    prototype = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p)
    prototype(ra.callbacks.log_event)(
        resource.handle, level, text.encode("utf-16-le", "surrogatepass") + b"\0\0"
    )


def online_fails(resource: ra.HostedResource) -> ra.ResourceFailed:
    with pytest.raises(ra.ResourceFailed) as raised:
        resource.online()
    return raised.value


def test_a_failed_online_tells_the_lines_that_the_dll_has_logged(watched: Watched) -> None:
    """In the exception and in the event, by attribute and message, though the events of the log
    are another reader's, or nobody's yet."""
    disk = watched.monitor.load(native.example("storage"), "Storage").open("Disk 1")
    error = online_fails(disk)
    (line,) = error.log_lines
    assert "Directory" in line
    assert str(error).endswith(f"; it has logged: {line}")
    event = watched.first(ra.ResourceFailed)
    assert (event.log_lines, str(event)) == (error.log_lines, str(error))
    assert event.as_dict()["log_lines"] == [line]
    assert line in [message.text.rstrip() for message in watched.all(ra.LogMessage)]


def test_the_lines_are_there_though_somebody_has_read_the_log(watched: Watched) -> None:
    disk = watched.monitor.load(native.example("storage"), "Storage").open("Disk 1")
    first = online_fails(disk)
    assert watched.first(ra.LogMessage)
    assert online_fails(disk).log_lines == first.log_lines


def test_a_refused_control_call_tells_the_lines_that_the_dll_has_logged(
    monitor: ra.ResourceMonitor,
) -> None:
    disk = monitor.load(native.example("storage"), "Storage").open("Disk 1")
    with pytest.raises(ra.ControlCallFailed) as raised:
        disk.set_private_properties({"Directroy": "data"})
    (line,) = raised.value.log_lines
    assert "Directroy" in line
    assert str(raised.value).endswith(f"; it has logged: {line}")
    copied = pickle.loads(pickle.dumps(raised.value))
    assert (str(copied), copied.code, copied.log_lines) == (
        str(raised.value),
        raised.value.code,
        raised.value.log_lines,
    )


def test_only_warnings_and_errors_of_the_operation_are_told(strings: Strings) -> None:
    resource = strings.resource
    strings.pull(Value.ONLINE_CODE, ERROR_INVALID_PARAMETER)
    log(resource, "of before")
    error = online_fails(resource)
    assert error.log_lines == ()
    assert str(error).endswith("; its LogMessage events may say why")
    strings.pull(Value.ONLINE_CODE, 0)
    resource.online()
    log(resource, "all is well", LogLevel.INFORMATION)
    log(resource, "not so well\r\nat all", LogLevel.WARNING)
    strings.die()
    signal_failure(resource)
    wait_until(lambda: resource.state is ra.ResourceState.FAILED)
    (failed,) = [e for e in resource.monitor.poll() if isinstance(e, ra.ResourceFailed)][1:]
    assert failed.log_lines == ("not so well\r\nat all",)
    assert str(failed).endswith("; it has logged: not so well at all")


def signal_failure(resource: ra.Resource) -> None:
    prototype = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32)
    prototype(ra.callbacks.signal_failure)(resource.handle, 0, 7)


def test_what_was_logged_long_before_a_failure_is_not_its_reason(
    strings: Strings, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosted_resource, "RECENT", 1_000_000)
    strings.resource.online()
    log(strings.resource, "long ago")
    time.sleep(0.01)
    signal_failure(strings.resource)
    assert watched.first(ra.ResourceFailed).log_lines == ()


def test_the_newest_lines_are_kept_and_none_is_long(strings: Strings, watched: Watched) -> None:
    resource = strings.resource
    resource.online()
    for number in range(9):
        log(resource, f"line {number} {'x' * 4000}")
    log(resource, "half a pair \ud834")
    signal_failure(resource)
    lines = watched.first(ra.ResourceFailed).log_lines
    assert [line[:6] for line in lines] == [*(f"line {number}" for number in range(5, 9)), "half a"]
    assert {len(line) for line in lines[:4]} == {2048}
    assert len(watched.all(ra.LogMessage)) == 10  # all of them, and whole
    assert len(watched.all(ra.LogMessage)[0].text) > 4000


def test_a_deadlock_tells_the_lines_that_the_dll_has_logged(
    monitor: ra.ResourceMonitor, watched: Watched
) -> None:
    strings = Strings(puppet.load(monitor).open("r", DeadlockTimeout=1000, **PUPPET))
    try:
        strings.resource.online()
        strings.hold(puppet.EntryPoint.IS_ALIVE)
        log(strings.resource, "waiting for the disk", LogLevel.WARNING)
        with pytest.raises(ra.Deadlocked) as raised:
            strings.resource.is_alive()
        assert raised.value.log_lines == ("waiting for the disk",)
        assert watched.first(ra.Deadlocked).log_lines == ("waiting for the disk",)
    finally:
        strings.release()


def test_a_resource_that_has_stopped_reporting_tells_what_it_has_logged(
    monitor: ra.ResourceMonitor,
) -> None:
    strings = Strings(puppet.load(monitor).open("r", PendingTimeout=200, **PUPPET))
    strings.pull(Value.ONLINE_CODE, 997)
    log(strings.resource, "of before")

    def worker() -> None:
        wait_until(lambda: strings.resource.state is ra.ResourceState.ONLINE_PENDING)
        log(strings.resource, "the port is taken")

    thread = threading.Thread(target=worker)
    thread.start()
    error = online_fails(strings.resource)
    thread.join()
    assert isinstance(error, ra.PendingTimedOut)
    assert error.log_lines == ("the port is taken",)
