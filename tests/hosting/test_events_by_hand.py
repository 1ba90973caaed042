"""What a host tells, made by hand, compared, matched, copied, and sent to another process; and a
stand-in for the resource that it is about."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import native
import pytest

import resapi_cy as ra
from resapi_cy import FailureCause, ResourceState, RestartAction
from resapi_cy.win32 import win32_text

WEB = ra.ResourceStandIn("web", "Process")
FAILED, ONLINE, OFFLINE = ResourceState.FAILED, ResourceState.ONLINE, ResourceState.OFFLINE
STATUS = ra.ResourceStatus(ONLINE, 3)

# Each class, with the least that it takes.
EVENTS: list[ra.LifeCycleEvent] = [
    ra.ResourceError(WEB, 5),
    ra.ResourceFailed(WEB, FailureCause.ONLINE, 5),
    ra.PendingTimedOut(WEB, FailureCause.PENDING_TIMEOUT, 258),
    ra.Deadlocked(WEB, FailureCause.DEADLOCK_TIMEOUT, 258, "Online"),
    ra.DependencyNotFound(WEB, 5002),
    ra.ResourceTerminated(WEB, 995),
    ra.OperationTimedOut(WEB, 1460),
    ra.ResourceRestarting(WEB, 1),
    ra.ResourceGivenUp(WEB, FailureCause.IS_ALIVE, 5038),
    ra.FailoverRequested(WEB, 3),
    ra.UnexpectedReport(WEB, STATUS),
    ra.EventHandleRefused(WEB, 3, 6),
    ra.FunctionNotServed(None, "OpenCluster"),
    ra.ReportsRejected(None, 2),
    ra.EventsDropped(None, 2),
    ra.ThreadRefused(),
]


def kinds(kind: type) -> set[type]:
    return {kind}.union(*map(kinds, kind.__subclasses__()))


def test_every_class_of_event_can_be_made_by_hand() -> None:
    assert {type(event) for event in EVENTS} == kinds(ra.LifeCycleEvent) - {ra.LifeCycleEvent}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_made_by_hand_is_whole(event: ra.LifeCycleEvent) -> None:
    kind = type(event)
    values = [getattr(event, name) for name in kind.__match_args__]
    named = dict(zip(kind.__match_args__, values, strict=True))
    when = {"state": FAILED, "checkpoint": 7, "time": 1_500_000_000, "monotonic": 2}
    made = kind(**named, **when)  # type: ignore[arg-type]
    assert [getattr(made, name) for name in kind.__match_args__] == values
    assert (made.state, made.checkpoint, made.time, made.monotonic) == (*when.values(),)
    assert all(f"{name}={value!r}" in repr(made) for name, value in (named | when).items())
    assert made == kind(**named, **when) != event  # type: ignore[arg-type]
    assert hash(made) == hash(kind(**named, **when))  # type: ignore[arg-type]
    told = made.as_dict()
    assert json.loads(json.dumps(told)) == told
    assert (told["time"], told["state"], told["checkpoint"]) == (1.5, "FAILED", 7)
    assert told["resource"] == (None if event.resource is None else "web")
    made.log()
    with pytest.raises(TypeError, match=rf"{kind.__name__} takes resource.*, not checkpiont"):
        kind(**named, checkpiont=1)  # type: ignore[arg-type]


def test_an_event_made_by_hand_is_matched_and_raised_as_the_hosts_own() -> None:
    lines = ("no port",)
    event = ra.ResourceFailed(WEB, FailureCause.ONLINE, 5, log_lines=lines, message="it failed")
    match event:
        case ra.ResourceFailed(resource, FailureCause.ONLINE, code, log_lines=("no port",)):
            assert (resource, code) == (WEB, 5)
        case _:
            raise AssertionError
    with pytest.raises(ra.ResourceFailed, match="it failed; it has logged: no port"):
        raise event
    assert str(ra.ResourceFailed(WEB, FailureCause.ONLINE, 5)) == (
        f"resource 'web': Online: {win32_text(5)}"
    )


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_can_be_copied_and_pickled(event: ra.LifeCycleEvent) -> None:
    for copied in (copy.copy(event), copy.deepcopy(event)):
        assert copied == event
        assert copied.resource is event.resource
    again = pickle.loads(pickle.dumps(event))
    assert type(again) is type(event)
    assert again.as_dict() == event.as_dict()
    if isinstance(event, BaseException):
        assert str(again) == str(event)
        with pytest.raises(type(event)):
            raise again


def fail_online(path: str) -> None:
    with ra.ResourceMonitor() as monitor:
        monitor.load(path, "Storage").open("Disk 1", RestartThreshold=7).online()


def test_a_failure_reaches_who_waits_for_another_process() -> None:
    """Its resource as a stand-in: there it was, and what it was."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        failing = pool.submit(fail_online, str(native.example("storage")))
        with pytest.raises(ra.ResourceFailed) as raised:
            failing.result()
    failed = raised.value
    assert (failed.cause, failed.code) == (FailureCause.ONLINE, 87)
    assert "Directory" in str(failed)
    resource = failed.resource
    assert isinstance(resource, ra.ResourceStandIn)
    assert (resource.name, resource.type.name, resource.state) == ("Disk 1", "Storage", FAILED)
    assert (resource.properties.RestartThreshold, resource.failures) == (7, 1)


def test_a_hosted_resources_change_of_status_can_be_pickled(monitor: ra.ResourceMonitor) -> None:
    disk = monitor.load(native.example("storage"), "Storage").open("Disk 1")
    (changed,) = monitor.poll()
    again = pickle.loads(pickle.dumps(changed))
    assert again.as_dict() == changed.as_dict()
    assert again.resource.state is OFFLINE
    disk.close()
    assert pickle.loads(pickle.dumps(changed)).resource.closed


def test_a_resource_of_no_dll_is_closed_in_a_pickle(monitor: ra.ResourceMonitor) -> None:
    monitor.open("Disk 1").report(ONLINE)
    (changed,) = monitor.poll()
    resource = pickle.loads(pickle.dumps(changed)).resource
    assert type(resource) is ra.Resource
    assert (resource.name, resource.closed) == ("Disk 1", True)
    assert copy.deepcopy(changed).resource is changed.resource
    with pytest.raises(ra.ClosedError, match="'Disk 1' comes from a pickle"):
        resource.terminate()


# ---- The stand-in --------------------------------------------------------------------------------


def test_a_stand_in_puts_down_what_was_asked_of_it() -> None:
    web = ra.ResourceStandIn("web", "Process", FAILED, RestartAction=RestartAction.DONT_RESTART)
    assert isinstance(web, ra.HostedResource)
    assert (web.name, web.type.name) == ("web", "Process")
    assert (web.state, web.status.state) == (FAILED, FAILED)
    assert (web.will_restart, web.restarts, web.failures, web.closed) == (False, 0, 0, False)
    assert web.properties.RestartAction == RestartAction.DONT_RESTART
    web.online(timeout=5)
    assert (web.state, web.is_alive()) == (ONLINE, True)
    web.offline()
    assert (web.state, web.is_alive()) == (OFFLINE, False)
    web.restart()
    web.terminate()
    assert web.state is OFFLINE
    with web:
        pass
    assert web.closed
    assert web.calls == [
        *("online", "IsAlive", "offline", "IsAlive", "restart", "terminate", "close"),
    ]
    assert repr(web) == "<ResourceStandIn 'web' closed>"
    with pytest.raises(ValueError, match="flags"):
        web.online(flags=-1)  # as the real one
    with pytest.raises(ra.ControlCallFailed, match="a stand-in"):
        web.private_properties()
    with pytest.raises(AttributeError, match="ResourceStandIn has no parameters"):
        web.parameters  # noqa: B018


def test_a_stand_in_is_altered_and_deleted() -> None:
    web, files = ra.ResourceStandIn("web"), ra.Dependency("Files", "Network Name")
    web.add_dependency(files)
    assert web.dependencies == (files,)
    web.remove_dependency(files)
    assert web.dependencies == ()
    web.rename("api")
    assert repr(web) == "<ResourceStandIn 'api' ONLINE>"
    web.delete()
    assert (web.closed, web.state) == (True, OFFLINE)
    assert web.calls == ["add_dependency", "remove_dependency", "rename", "delete"]


def test_a_stand_in_has_its_operations_in_the_asyncio_form() -> None:
    async def use() -> None:
        await WEB.online_async()
        await WEB.offline_async()
        await WEB.restart_async(timeout=5)
        await WEB.terminate_async()

    before = len(WEB.calls)
    asyncio.run(use())
    assert WEB.calls[before:] == ["online", "offline", "restart", "terminate"]


class Refusing(ra.ResourceStandIn):
    async def online_async(self, timeout: float | None = None, **arguments: object) -> None:
        await super().online_async()
        self.state = FAILED
        raise ra.ResourceFailed(self, FailureCause.ONLINE, 5)


def test_a_class_derived_from_the_stand_in_may_fail() -> None:
    """A monitor that is to replace what it gives up, as its author would test it."""

    async def replace(event: ra.Event, replacement: ra.HostedResource) -> bool:
        match event:
            case ra.ResourceGivenUp(resource=failed):
                await failed.terminate_async()
                try:
                    await replacement.online_async()
                except ra.ResourceFailed:
                    return False
        return True

    given_up = ra.ResourceGivenUp(ra.ResourceStandIn("old"), FailureCause.IS_ALIVE, 5038)
    assert asyncio.run(replace(given_up, spare := ra.ResourceStandIn("new", state=OFFLINE)))
    assert spare.state is ONLINE
    assert given_up.resource is not None
    assert given_up.resource.state is OFFLINE
    assert not asyncio.run(replace(given_up, Refusing("worse", state=OFFLINE)))


def test_a_stand_in_can_be_pickled_as_it_is() -> None:
    web = ra.ResourceStandIn("web", "Process", FAILED, PendingTimeout=1000)
    web.restarts, web.failures, web.will_restart, web.checkpoint = 2, 3, True, 9
    again = pickle.loads(pickle.dumps(web))
    assert (again.name, again.type.name, again.state) == ("web", "Process", FAILED)
    assert (again.restarts, again.failures, again.will_restart) == (2, 3, True)
    assert (again.status.checkpoint, again.properties.PendingTimeout) == (9, 1000)


def test_an_event_of_a_host_happens_now() -> None:
    with ra.ResourceMonitor() as monitor:
        disk = monitor.load(native.example("storage"), "Storage").open("Disk 1")
        before, begun = time.time_ns(), time.perf_counter_ns()
        with pytest.raises(ra.ResourceFailed) as raised:
            disk.online()
        failed = raised.value
        assert begun <= failed.monotonic <= time.perf_counter_ns()
        assert failed.time >= before - 10**9
        assert failed.state is ResourceState.ONLINE_PENDING
