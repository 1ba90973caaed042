"""Events and statuses as values: made by hand, compared, matched, never changed."""

from __future__ import annotations

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import resapi_cy as ra
from resapi_cy import LogLevel, ResourceState, StatusFlags


def test_a_status_is_a_value() -> None:
    status = ra.ResourceStatus(ResourceState.ONLINE, 5, error_code=7, flags=StatusFlags.DUMP_NOW)
    same = ra.ResourceStatus(2, 5, 0, 7, 0x80000000)
    assert status == same
    assert hash(status) == hash(same)
    assert status != ra.ResourceStatus(ResourceState.ONLINE, 6)
    assert status != (2, 5, 0, 7, 0x80000000)
    assert pickle.loads(pickle.dumps(status)) == status
    assert repr(status) == (
        "ResourceStatus(state=ONLINE, checkpoint=5, event_handle=0x0, error_code=7, "
        "flags=0x80000000)"
    )
    match status:
        case ra.ResourceStatus(ResourceState.ONLINE, checkpoint, error_code=7):
            assert checkpoint == 5
        case _:
            raise AssertionError
    with pytest.raises(AttributeError):
        status.checkpoint = 6  # type: ignore[misc]
    with pytest.raises(ValueError, match="checkpoint must be from 0"):
        ra.ResourceStatus(checkpoint=-1)


def test_an_event_can_be_made_by_hand(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("Disk 1")
    event = ra.LogMessage(resource, LogLevel.ERROR, "text", time=1, monotonic=2)
    assert event == ra.LogMessage(
        resource=resource, level=LogLevel.ERROR, text="text", time=1, monotonic=2
    )
    assert hash(event) == hash(ra.LogMessage(resource, LogLevel.ERROR, "text", time=1, monotonic=2))
    assert event != ra.LogMessage(resource, LogLevel.ERROR, "other", time=1, monotonic=2)
    assert event != ra.LogMessage(resource, LogLevel.ERROR, "text", time=1, monotonic=3)
    assert (event.resource, event.level, event.text) == (resource, LogLevel.ERROR, "text")
    assert "LogMessage(resource=<Resource 'Disk 1'" in repr(event)
    match event:
        case ra.LogMessage(_, level, "text", time=1):
            assert level is LogLevel.ERROR
        case _:
            raise AssertionError
    assert ra.ControlCallEnded(None, 1, 2) != ra.TypeControlCallEnded(None, 1, 2)
    assert ra.LogMessage(level=LogLevel.ERROR, text="x").resource is None


def test_an_event_of_native_code_is_as_one_made_by_hand(monitor: ra.ResourceMonitor) -> None:
    """Its statuses too, which are made when somebody asks for them, and once."""
    resource = monitor.open("Disk 1")
    resource.report(ResourceState.ONLINE_PENDING, checkpoint=3)
    resource.report(ResourceState.ONLINE, checkpoint=4, error_code=5)
    first, second = monitor.poll()
    assert isinstance(first, ra.StatusChanged)
    assert isinstance(second, ra.StatusChanged)
    assert first.previous == ra.ResourceStatus()
    assert second.status == ra.ResourceStatus(ResourceState.ONLINE, 4, error_code=5)
    assert second.previous == first.status == ra.ResourceStatus(ResourceState.ONLINE_PENDING, 3)
    assert second.status is second.status
    assert second.previous is second.previous
    by_hand = ra.StatusChanged(
        resource,
        ra.ResourceStatus(ResourceState.ONLINE, 4, error_code=5),
        ra.ResourceStatus(ResourceState.ONLINE_PENDING, 3),
        time=second.time,
        monotonic=second.monotonic,
    )
    assert second == by_hand
    assert hash(second) == hash(by_hand)
    assert repr(second) == repr(by_hand)
    assert (copied := copy.copy(second)) == second
    assert copied.resource is resource
    with pytest.raises(TypeError, match="does not change"):
        second.__init__(None, second.status, second.previous)  # type: ignore[misc]


class Marked(ra.LogMessage):
    """A user's own event."""

    mark: int


def test_an_event_can_be_pickled() -> None:
    status = ra.ResourceStatus(ResourceState.ONLINE, 4)
    for event in (
        ra.StatusChanged(None, status, ra.ResourceStatus(), time=1, monotonic=2),
        ra.TypeDumpProcessChanged(None, "p", 1, True, "type", time=1, monotonic=2),
        ra.QuorumResourceLost(time=1, monotonic=2),
    ):
        assert pickle.loads(pickle.dumps(event)) == event
    marked = Marked(None, LogLevel.ERROR, "text")
    marked.mark = 7
    assert pickle.loads(pickle.dumps(marked)).mark == 7


def test_events_of_native_code_can_be_looked_at_by_several_threads(
    monitor: ra.ResourceMonitor,
) -> None:
    resource = monitor.open("r")
    for code in range(2_000):
        resource.report(ResourceState.ONLINE, error_code=code)
    events = monitor.poll()
    start = threading.Barrier(4)

    def look() -> list[ra.ResourceStatus]:
        start.wait()
        return [event.status for event in events if isinstance(event, ra.StatusChanged)]

    with ThreadPoolExecutor(4) as pool:
        first, *others = [done.result() for done in [pool.submit(look) for _ in range(4)]]
    assert [status.error_code for status in first] == list(range(2_000))
    assert all(a is b for other in others for a, b in zip(first, other, strict=True))


def test_an_event_does_not_change() -> None:
    event = ra.FailureSignaled(None, ra.FailureType.GENERAL, 5)
    for name in ("resource", "time", "monotonic", "error_code"):
        with pytest.raises(AttributeError):
            setattr(event, name, 1)
    with pytest.raises(TypeError, match="a FailureSignaled does not change: make a new one"):
        event.__init__(None, ra.FailureType.GENERAL, 6)  # type: ignore[misc]
    assert event.error_code == 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: ra.LogMessage(None, LogLevel.ERROR),
        lambda: ra.LogMessage(None, LogLevel.ERROR, "text", "more"),
        lambda: ra.LogMessage(None, LogLevel.ERROR, "text", level=LogLevel.ERROR),
        lambda: ra.LogMessage(None, LogLevel.ERROR, text="text", words=1),
    ],
)
def test_wrong_fields_are_told(make) -> None:
    with pytest.raises(TypeError, match="LogMessage takes resource, level, text, time, monotonic"):
        make()


def test_each_class_of_event_has_its_page_of_the_resource_api() -> None:
    direct = ra.CallbackEvent.__subclasses__()
    derived = [derived for class_ in direct for derived in class_.__subclasses__()]
    classes = [class_ for class_ in direct + derived if class_ is not Marked]
    assert len(classes) == 18  # one for each callback of the table, and the lost quorum
    for class_ in classes:
        assert "Resource API: P" in class_.__doc__
        for name in class_.__match_args__:
            assert getattr(class_, name).__doc__ or name == "resource"
