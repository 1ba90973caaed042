"""The life of hosted resources, with a DLL that behaves well and the ways in which it does not."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import native
import pytest
from watched import LONG, Watched, wait_until

import resapi_cy as ra
from resapi_cy import FailureCause, ResourceState, RestartAction

# A poll interval and a timeout for tests that wait for them, in milliseconds.
SOON = 20
PENDING_TIMEOUT = 300
NEVER = 2**32 - 2


@pytest.fixture
def watched(monitor: ra.ResourceMonitor) -> Watched:
    return Watched(monitor)


@pytest.fixture
def release(faulty: Path) -> Callable[[], None]:
    """Releases what the faulty DLL keeps blocked at that moment."""
    function = ctypes.CDLL(str(faulty)).FaultyRelease
    function.restype = None
    return lambda: function()


Open = Callable[..., ra.HostedResource]


@pytest.fixture
def open_faulty(
    monitor: ra.ResourceMonitor, faulty: Path, release: Callable[[], None]
) -> Iterator[Open]:
    """open_faulty("BlocksInOnline", "name", RestartAction=0): a resource with that fault. What it
    blocks is released when the test ends."""

    def open_resource(fault: str = "", name: str = "r", **properties: int) -> ra.HostedResource:
        resource_type = monitor.load(faulty, f"Faulty.{fault}" if fault else "Faulty")
        return resource_type.open(name, **properties)

    yield open_resource
    stop = threading.Event()

    def release_again() -> None:
        while not stop.wait(0.02):
            release()

    releasing = threading.Thread(target=release_again)
    releasing.start()
    monitor.close()
    stop.set()
    releasing.join()


# ---- A good life ---------------------------------------------------------------------------------


def test_a_resource_goes_online_and_offline_through_its_pending_states(
    watched: Watched, open_faulty: Open
) -> None:
    resource = open_faulty()
    assert isinstance(resource, ra.Resource)
    assert resource.state is ResourceState.OFFLINE
    assert resource.is_alive() is False
    resource.online()
    assert resource.state is ResourceState.ONLINE
    assert resource.status.checkpoint >= 5
    assert resource.is_alive() is True
    resource.online()  # is so already
    resource.offline()
    assert resource.state is ResourceState.OFFLINE
    resource.offline()
    assert watched.states() == ["OFFLINE", "ONLINE_PENDING", "ONLINE", "OFFLINE_PENDING", "OFFLINE"]
    assert resource in watched.monitor.resources
    resource.close()
    resource.close()
    assert resource.closed
    assert watched.monitor.resources == []
    assert all(isinstance(event, ra.CallbackEvent) for event in watched.events)


def test_a_closed_resource_says_so(open_faulty: Open) -> None:
    resource = open_faulty(name="Disk 1")
    with resource:
        resource.online()
    for call in (
        *(resource.online, resource.offline, resource.terminate, resource.restart),
        *(resource.looks_alive, resource.is_alive, resource.cancel, resource.arbitrate),
        *(resource.private_properties, lambda: resource.control(1)),
    ):
        with pytest.raises(ra.ClosedError, match="resource 'Disk 1' is closed"):
            call()


def test_nobody_sees_a_hosted_resource_that_has_no_type_yet(
    monitor: ra.ResourceMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    attach = ra.HostedResource._attach

    def look_and_attach(resource: ra.HostedResource, *arguments: Any) -> None:
        seen.append(monitor.resources)
        attach(resource, *arguments)
        seen.append(monitor.resources)

    monkeypatch.setattr(ra.HostedResource, "_attach", look_and_attach)
    disk = monitor.load(native.plain_dll(2), "Plain").open("Disk 1")
    assert (seen, monitor.resources) == ([[], []], [disk])


def test_restart_is_offline_and_online(watched: Watched, open_faulty: Open) -> None:
    resource = open_faulty()
    resource.restart()
    resource.restart()
    assert resource.state is ResourceState.ONLINE
    assert watched.states()[-3:] == ["OFFLINE_PENDING", "OFFLINE", "ONLINE_PENDING"] or (
        watched.states()[-4:] == ["OFFLINE_PENDING", "OFFLINE", "ONLINE_PENDING", "ONLINE"]
    )


def test_asyncio_forms(faulty: Path) -> None:
    async def live() -> list[str]:
        with ra.ResourceMonitor() as monitor:
            resource_type = monitor.load(faulty, "Faulty")
            one, two = await asyncio.gather(
                resource_type.open_async("one"), resource_type.open_async("two")
            )
            await asyncio.gather(one.online_async(), two.online_async())
            states = [one.state.name, two.state.name]
            with pytest.raises(ra.ControlCallFailed):
                await one.control_async(12345)
            await asyncio.gather(one.offline_async(), two.terminate_async())
            states += [one.state.name, two.state.name]
            await one.restart_async(timeout=LONG)
            await asyncio.gather(one.close_async(), two.close_async())
            return states

    assert asyncio.run(live()) == ["ONLINE", "ONLINE", "OFFLINE", "OFFLINE"]


def test_a_cancelled_task_leaves_the_operation_going(open_faulty: Open) -> None:
    resource = open_faulty("PendingForever")

    async def give_up() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(resource.online_async(), 0.1)
        with pytest.raises(ra.OperationTimedOut) as error:
            await resource.online_async(timeout=0.1)
        assert error.value.resource is resource

    asyncio.run(give_up())
    assert resource.state is ResourceState.ONLINE_PENDING
    resource.offline()
    assert resource.state is ResourceState.OFFLINE


def test_two_who_bring_a_resource_online_wait_for_the_same(
    watched: Watched, open_faulty: Open
) -> None:
    resource = open_faulty()
    threads = [threading.Thread(target=resource.online) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert watched.states() == ["OFFLINE", "ONLINE_PENDING", "ONLINE"]


def test_the_callers_timeout_ends_the_wait_alone(open_faulty: Open) -> None:
    resource = open_faulty("PendingForever", name="Disk 1")
    with pytest.raises(ra.OperationTimedOut, match="'Disk 1': not done after") as error:
        resource.online(timeout=0.05)
    assert isinstance(error.value, TimeoutError)
    # On a busy machine, the time is up before the DLL was asked.
    assert error.value.state in (ResourceState.OFFLINE, ResourceState.ONLINE_PENDING)
    wait_until(lambda: resource.state is ResourceState.ONLINE_PENDING)
    checkpoint = resource.status.checkpoint
    wait_until(lambda: resource.status.checkpoint > checkpoint + 3)
    with pytest.raises(ValueError, match="timeout must be at least 0"):
        resource.online(timeout=-1)
    with pytest.raises(TypeError, match="timeout must be a number of seconds"):
        resource.online(timeout="soon")  # type: ignore[arg-type]


@pytest.mark.parametrize("how", ["terminate", "offline", "close"])
def test_who_waits_is_told_that_the_resource_was_terminated(open_faulty: Open, how: str) -> None:
    resource = open_faulty("PendingForever")
    errors: list[Exception] = []

    def wait() -> None:
        try:
            resource.online()
        except ra.ResapiError as error:
            errors.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    wait_until(lambda: resource.status.checkpoint > 2)
    getattr(resource, how)()
    waiter.join()
    (error,) = errors
    assert isinstance(error, ra.ResourceTerminated)
    assert error.code == 995
    assert resource.closed or resource.state is ResourceState.OFFLINE


# ---- Polls ---------------------------------------------------------------------------------------


def test_an_online_resource_is_polled_at_its_intervals(open_faulty: Open) -> None:
    resource = open_faulty(LooksAlivePollInterval=SOON, IsAlivePollInterval=3 * SOON)
    resource.online()
    if resource.status.event_handle:
        pytest.skip("an event handle replaces LooksAlive")
    wait_until(lambda: len(resource.polls) > 12)
    polls = list(resource.polls)
    assert {poll.entry_point for poll in polls} == {"LooksAlive", "IsAlive"}
    assert all(poll.alive for poll in polls)
    assert [poll.monotonic for poll in polls] == sorted(poll.monotonic for poll in polls)
    resource.offline()
    polls = list(resource.polls)
    time.sleep(5 * SOON / 1000)
    assert resource.polls == polls
    assert sum(resource.poll_lateness.counts) > 5


def test_is_alive_decides_when_looks_alive_says_no(watched: Watched, open_faulty: Open) -> None:
    resource = open_faulty(
        "LooksAliveFalse", LooksAlivePollInterval=SOON, IsAlivePollInterval=NEVER
    )
    resource.online()
    wait_until(lambda: len(resource.polls) >= 6)
    assert resource.state is ResourceState.ONLINE
    polls = [(poll.entry_point, poll.alive) for poll in resource.polls]
    assert polls[:4] == [("LooksAlive", False), ("IsAlive", True)] * 2
    assert not watched.all(ra.ResourceFailed)


def test_two_polls_at_the_same_interval_both_take_place(open_faulty: Open) -> None:
    resource = open_faulty(LooksAlivePollInterval=SOON, IsAlivePollInterval=SOON)
    resource.online()
    wait_until(lambda: {p.entry_point for p in resource.polls} == {"LooksAlive", "IsAlive"})


# ---- Failure and restart -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "cause", "code"),
    [
        ("IsAliveFalse", FailureCause.IS_ALIVE, 5038),
        ("SignalsFailure", FailureCause.SIGNAL_FAILURE, 42),
        ("DiesAfterOnline", FailureCause.EVENT_HANDLE, 5038),
    ],
)
def test_a_failure_while_online_is_told_and_terminates(
    watched: Watched, open_faulty: Open, fault: str, cause: FailureCause, code: int
) -> None:
    # A poll may find out first what the DLL is about to tell.
    interval = SOON if cause is FailureCause.IS_ALIVE else NEVER
    resource = open_faulty(
        fault, IsAlivePollInterval=interval, RestartAction=RestartAction.DONT_RESTART
    )
    resource.online()
    failed = watched.first(ra.ResourceFailed)
    assert (failed.resource, failed.cause, failed.code) == (resource, cause, code)
    assert failed.state is ResourceState.ONLINE
    assert failed.checkpoint == resource.status.checkpoint
    wait_until(lambda: resource.state is ResourceState.FAILED)
    assert resource.exit_state is ra.ExitState.TERMINATE
    wait_until(lambda: resource.status.state is ResourceState.FAILED)
    time.sleep(0.1)
    assert len(watched.all(ra.ResourceFailed)) == 1
    assert not watched.all(ra.ResourceRestarting)
    resource.offline()
    assert resource.state is ResourceState.OFFLINE


def test_a_failed_resource_is_restarted_until_it_is_to_fail_over(
    watched: Watched, open_faulty: Open
) -> None:
    resource = open_faulty(
        "DiesAfterOnline",
        RestartThreshold=2,
        RestartDelay=10,
        RestartPeriod=600_000,
        RetryPeriodOnFailure=2**32 - 1,
    )
    resource.online()
    failover = watched.first(ra.FailoverRequested)
    assert failover.resource is resource
    assert failover.failures == 3
    assert [event.attempt for event in watched.all(ra.ResourceRestarting)] == [1, 1]
    assert len(watched.all(ra.ResourceFailed)) == 3
    assert (resource.restarts, resource.failures) == (2, 3)
    wait_until(lambda: resource.state is ResourceState.FAILED)


def test_without_notify_a_resource_that_fails_too_often_stays_failed(
    watched: Watched, open_faulty: Open
) -> None:
    resource = open_faulty(
        "SignalsFailure",
        RestartAction=RestartAction.RESTART_NO_NOTIFY,
        RestartThreshold=1,
        RestartDelay=0,
        RetryPeriodOnFailure=2**32 - 1,
    )
    resource.online()
    wait_until(lambda: len(watched.all(ra.ResourceFailed)) == 2)
    time.sleep(0.2)
    assert resource.state is ResourceState.FAILED
    assert resource.restarts == 1
    assert not watched.all(ra.FailoverRequested)


def test_failures_outside_the_period_do_not_count(watched: Watched, open_faulty: Open) -> None:
    resource = open_faulty("SignalsFailure", RestartThreshold=1, RestartPeriod=1, RestartDelay=10)
    resource.online()
    wait_until(lambda: resource.restarts >= 4)
    assert not watched.all(ra.FailoverRequested)


def test_offline_ends_the_restarts(watched: Watched, open_faulty: Open) -> None:
    resource = open_faulty("SignalsFailure", RestartDelay=NEVER)
    resource.online()
    watched.first(ra.ResourceFailed)
    resource.offline()
    assert resource.state is ResourceState.OFFLINE
    resource.online()
    assert resource.restarts == 0


# ---- Each way to misbehave -----------------------------------------------------------------------


@pytest.fixture
def bystander(open_faulty: Open) -> Iterator[ra.HostedResource]:
    """Another resource, which must not suffer: online before, alive and online afterwards."""
    resource = open_faulty(name="bystander", LooksAlivePollInterval=SOON, IsAlivePollInterval=SOON)
    resource.online()
    yield resource
    since = time.perf_counter_ns()
    wait_until(lambda: sum(poll.monotonic > since for poll in resource.polls) > 3)
    assert all(poll.alive for poll in resource.polls)
    assert resource.state is ResourceState.ONLINE
    resource.offline(timeout=LONG)


@pytest.mark.parametrize("fault", ["NeverEndsPending", "CheckpointNeverGrows", "GarbageState"])
def test_a_resource_that_stays_pending_without_news_is_terminated(
    watched: Watched, open_faulty: Open, bystander: ra.HostedResource, fault: str
) -> None:
    resource = open_faulty(fault, name="Disk 1", PendingTimeout=PENDING_TIMEOUT)
    with pytest.raises(ra.PendingTimedOut, match="no new checkpoint for") as error:
        resource.online()
    timed_out = watched.first(ra.PendingTimedOut)
    for told in timed_out, error.value:
        assert told.resource is resource
        assert told.state is ResourceState.ONLINE_PENDING
        assert told.cause is FailureCause.PENDING_TIMEOUT
        assert told.code == 258
        assert "'Disk 1'" in str(told)
    assert timed_out is not error.value
    assert resource.state is ResourceState.FAILED
    assert resource.exit_state is ra.ExitState.TERMINATE
    if fault == "GarbageState":
        assert watched.first(ra.UnexpectedReport).status.state.name.startswith("UNDOCUMENTED_")


def test_termination_is_flagged_before_terminate_is_called(
    watched: Watched, open_faulty: Open, release: Callable[[], None]
) -> None:
    resource = open_faulty("BlocksInTerminate", DeadlockTimeout=NEVER)
    resource.online()
    ending = threading.Thread(target=resource.terminate)
    ending.start()
    wait_until(lambda: resource.exit_state is ra.ExitState.TERMINATE)
    assert ending.is_alive()
    wait_until(lambda: (release(), not ending.is_alive())[1])
    ending.join()


def test_new_checkpoints_keep_a_resource_pending(open_faulty: Open) -> None:
    resource = open_faulty("PendingForever", PendingTimeout=PENDING_TIMEOUT)
    with pytest.raises(ra.OperationTimedOut):
        resource.online(timeout=5 * PENDING_TIMEOUT / 1000)
    assert resource.state is ResourceState.ONLINE_PENDING


@pytest.mark.parametrize(
    ("fault", "cause", "code"),
    [
        ("FailsOnline", FailureCause.ONLINE, 5006),
        ("GarbageReturnCodes", FailureCause.ONLINE, 0xDEADBEEF),
        ("FailsPending", FailureCause.STATUS_REPORT, 42),
        ("CannotComeOnline", FailureCause.STATUS_REPORT, 42),
    ],
)
def test_a_resource_that_fails_to_come_online_raises_and_is_not_restarted(
    watched: Watched,
    open_faulty: Open,
    bystander: ra.HostedResource,
    fault: str,
    cause: FailureCause,
    code: int,
) -> None:
    resource = open_faulty(fault, RestartDelay=0)
    with pytest.raises(ra.ResourceFailed) as error:
        resource.online()
    assert (error.value.cause, error.value.code) == (cause, code)
    assert resource.state is ResourceState.FAILED
    (failed,) = watched.all(ra.ResourceFailed)
    assert (failed.resource, failed.cause, failed.code) == (resource, cause, code)
    time.sleep(0.1)
    assert not watched.all(ra.ResourceRestarting)


@pytest.mark.parametrize(
    ("fault", "entry_point"),
    [
        ("BlocksInOnline", "Online"),
        ("BlocksInOffline", "Offline"),
        ("BlocksInTerminate", "Terminate"),
        ("BlocksInIsAlive", "IsAlive"),
    ],
)
def test_an_entry_point_that_blocks_is_a_deadlock(
    watched: Watched,
    open_faulty: Open,
    bystander: ra.HostedResource,
    release: Callable[[], None],
    fault: str,
    entry_point: str,
) -> None:
    resource = open_faulty(
        fault, PendingTimeout=500, DeadlockTimeout=1000, RestartAction=RestartAction.DONT_RESTART
    )
    act: Callable[[], object] = resource.online
    if entry_point != "Online":
        resource.online()
        act = {
            "Offline": resource.offline,
            "Terminate": resource.terminate,
            "IsAlive": resource.is_alive,
        }[entry_point]
    with pytest.raises(ra.Deadlocked, match=f"{entry_point} has not returned within 1 s") as error:
        act()
    deadlock = watched.first(ra.Deadlocked)
    for told in deadlock, error.value:
        assert told.resource is resource
        assert told.entry_point == entry_point
        assert told.code == 258
    if entry_point != "Terminate":
        with pytest.raises(ra.Deadlocked):  # no other entry point may be called now
            resource.looks_alive()
    wait_until(lambda: (release(), usable(resource))[1])


def usable(resource: ra.HostedResource) -> bool:
    try:
        resource.looks_alive()
    except ra.Deadlocked:
        return False
    return True


def test_a_call_that_returns_after_its_monitor_was_closed_ends_quietly(
    faulty: Path, release: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", raised.append)
    before = set(threading.enumerate())
    with ra.ResourceMonitor() as monitor:
        resource = monitor.load(faulty, "Faulty.BlocksInOnline").open(
            "r", PendingTimeout=1000, DeadlockTimeout=1000
        )
        with pytest.raises(ra.Deadlocked):
            resource.online()
    wait_until(lambda: (release(), not set(threading.enumerate()) - before)[1])
    assert raised == []


def test_a_blocked_open_is_a_deadlock(
    watched: Watched, faulty: Path, bystander: ra.HostedResource
) -> None:
    resource_type = watched.monitor.load(faulty, "Faulty.BlocksInOpen")
    with pytest.raises(ra.Deadlocked, match="Open has not returned"):
        resource_type.open("r", PendingTimeout=1000, DeadlockTimeout=1000)
    assert watched.first(ra.Deadlocked).entry_point == "Open"
    assert [resource.name for resource in watched.monitor.resources] == ["bystander"]


def test_a_poll_that_blocks_is_a_deadlock_that_nobody_asked_for(
    watched: Watched, open_faulty: Open, bystander: ra.HostedResource
) -> None:
    resource = open_faulty(
        "BlocksInIsAlive", IsAlivePollInterval=SOON, PendingTimeout=1000, DeadlockTimeout=1000
    )
    resource.online()
    deadlock = watched.first(ra.Deadlocked)
    assert (deadlock.resource, deadlock.entry_point) == (resource, "IsAlive")
    wait_until(lambda: resource.state is ResourceState.FAILED)
    assert watched.first(ra.FailoverRequested).resource is resource  # it can't be restarted here


@pytest.mark.parametrize("fault", ["StaleHandle", "ReportsAfterClose"])
def test_reports_with_a_handle_that_is_not_open_are_told(
    watched: Watched, open_faulty: Open, bystander: ra.HostedResource, fault: str
) -> None:
    before = ra.rejected_reports()
    resource = open_faulty(fault, PendingTimeout=PENDING_TIMEOUT)
    with contextlib.suppress(ra.PendingTimedOut):
        resource.online()
    resource.close()
    rejected = watched.first(ra.ReportsRejected)
    assert rejected.resource is None
    assert rejected.count >= 1
    assert ra.rejected_reports() > before


def test_a_report_after_the_end_is_told_once(
    watched: Watched, open_faulty: Open, bystander: ra.HostedResource
) -> None:
    resource = open_faulty("ReportsAfterEnd")
    resource.online()
    unexpected = watched.first(ra.UnexpectedReport)
    assert unexpected.resource is resource
    assert unexpected.status.state is ResourceState.ONLINE_PENDING
    assert resource.state is ResourceState.ONLINE
    time.sleep(0.2)
    assert len(watched.all(ra.UnexpectedReport)) == 1


def test_an_event_handle_that_is_none_is_told_and_looks_alive_polled(
    watched: Watched, open_faulty: Open, bystander: ra.HostedResource
) -> None:
    resource = open_faulty("BadEventHandle", LooksAlivePollInterval=SOON)
    resource.online()
    refused = watched.first(ra.EventHandleRefused)
    assert refused.resource is resource
    assert refused.event_handle == resource.status.event_handle
    wait_until(lambda: resource.polls)


def test_a_flood_of_transitions_is_dropped_and_told(
    faulty: Path,
) -> None:
    with ra.ResourceMonitor(event_capacity=1000) as monitor:
        watched = Watched(monitor)
        bystander = monitor.load(faulty, "Faulty").open("bystander")
        resource = monitor.load(faulty, "Faulty.FloodOfTransitions").open("r")

        def bring_online() -> None:
            with pytest.raises(ra.ResourceTerminated):
                resource.online()

        flood = threading.Thread(target=bring_online)
        flood.start()
        wait_until(lambda: monitor.dropped_events)
        bystander.online(timeout=LONG)
        assert bystander.is_alive()
        dropped = watched.first(ra.EventsDropped)
        assert dropped.resource is None
        assert dropped.count > 0
        resource.terminate()
        flood.join()
        transitions = resource.transitions
        time.sleep(0.05)
        assert resource.transitions == transitions


def test_the_life_goes_on_though_nobody_reads_the_events(faulty: Path) -> None:
    with ra.ResourceMonitor(event_capacity=1) as monitor:
        resource = monitor.load(faulty, "Faulty").open("r")
        for _ in range(3):
            resource.restart()
        assert monitor.dropped_events > 0
        failing = monitor.load(faulty, "Faulty.SignalsFailure").open("f", RestartDelay=0)
        failing.online()
        wait_until(lambda: failing.restarts)


def test_a_hostile_log_is_text_and_nothing_else(watched: Watched, open_faulty: Open) -> None:
    resource = open_faulty("HostileLog")
    resource.online()
    texts = [event.text for event in watched.all(ra.LogMessage)]
    assert len(texts) >= 8
    assert max(map(len, texts)) <= 32768
    levels = {event.level.name for event in watched.all(ra.LogMessage)}
    assert "UNDOCUMENTED_99" in levels


def test_workers_that_ignore_terminate_do_no_harm(
    watched: Watched, open_faulty: Open, bystander: ra.HostedResource
) -> None:
    resource = open_faulty("IgnoresTerminate")
    with pytest.raises(ra.OperationTimedOut):
        resource.online(timeout=0.2)
    resource.terminate()
    assert resource.state is ResourceState.OFFLINE
    assert watched.first(ra.UnexpectedReport).resource is resource
    resource.close()
    assert watched.first(ra.ReportsRejected)


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        ("WrongTableSize", ra.InvalidFunctionTable, "has TableSize 7, where version 0x300 has 96"),
        ("WrongVersion", ra.InvalidFunctionTable, "has Version 0x500, which was not asked for"),
        ("NullTable", ra.InvalidFunctionTable, "is NULL"),
        ("MissingEntryPoint", ra.MissingEntryPoint, "NULL for the required entry point Online"),
        ("NoSuchFault", ra.ResourceTypeRefused, "refuses the resource type 'Faulty.NoSuchFault'"),
    ],
)
def test_a_table_that_can_not_be_used_is_refused(
    monitor: ra.ResourceMonitor,
    faulty: Path,
    bystander: ra.HostedResource,
    fault: str,
    error: type[ra.ResourceDllError],
    words: str,
) -> None:
    with pytest.raises(error, match=words) as refused:
        monitor.load(faulty, f"Faulty.{fault}")
    assert refused.value.path == str(faulty)
    assert f"error {refused.value.code} (" in str(refused.value)


def test_the_host_keeps_its_side_of_the_contract(tmp_path: Path) -> None:
    """Entry points of one resource never overlap, save Terminate; none is called for a closed
    resource, nor Online for one that is online. The DLL itself counts the breaches."""
    path = native.compile_library(
        [native.TESTS / "native" / "guard_dll.c"],
        tmp_path / "guard",
        [ra.get_include()],
        {"RESAPI_CY_OWN_WORKERS": "1"},
    )
    library = ctypes.CDLL(str(path))
    properties = {
        **{"LooksAlivePollInterval": 10, "IsAlivePollInterval": 15, "PendingTimeout": 20_000},
        **{"RestartDelay": 1, "RestartThreshold": NEVER},
    }
    with ra.ResourceMonitor() as monitor:
        guarded = monitor.load(path, "Guarded")
        resources = [guarded.open(f"r{number}", **properties) for number in range(6)]
        done: list[int] = []

        def act(seed: int) -> None:
            random = Random(seed)
            for turn in range(200):
                number = random.randrange(len(resources))
                resource = resources[number]
                actions: list[Callable[[], object]] = [
                    *[resource.online] * 4,
                    *(resource.offline, resource.terminate, resource.restart, resource.is_alive),
                    lambda resource=resource: resource.online(timeout=0.001),
                    lambda resource=resource: resource.control(1),  # it signals a failure
                ]
                try:
                    random.choice(actions)()
                    if random.random() < 0.03:
                        resource.close()
                        resources[number] = guarded.open(f"{seed} {turn}", **properties)
                except ra.ResapiError:
                    pass  # somebody else terminated or closed it
            done.append(seed)

        threads = [threading.Thread(target=act, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(4 * LONG)
        assert sorted(done) == list(range(6))
        for resource in resources:
            resource.restart(timeout=LONG)
            assert resource.state is ResourceState.ONLINE
    assert library.guard_calls() > 500
    assert library.guard_breaches() == 0


# ---- The end -------------------------------------------------------------------------------------


def test_closing_the_monitor_terminates_and_closes_its_resources(faulty: Path) -> None:
    threads = threading.active_count()
    with ra.ResourceMonitor() as monitor:
        resources = [monitor.load(faulty, "Faulty").open(f"r{n}") for n in range(10)]
        resources[0].online()
        pending = monitor.load(faulty, "Faulty.PendingForever").open("pending")
        with pytest.raises(ra.OperationTimedOut):
            pending.online(timeout=0.05)
    assert all(resource.closed for resource in [*resources, pending])
    wait_until(lambda: threading.active_count() <= threads)


def test_a_monitor_can_be_closed_while_others_wait(faulty: Path) -> None:
    monitor = ra.ResourceMonitor()
    resource = monitor.load(faulty, "Faulty.PendingForever").open("r")
    errors: list[Exception] = []

    def wait() -> None:
        try:
            resource.online()
        except ra.ResapiError as error:
            errors.append(error)

    waiters = [threading.Thread(target=wait) for _ in range(4)]
    for waiter in waiters:
        waiter.start()
    wait_until(lambda: resource.status.checkpoint > 2)
    monitor.close()
    for waiter in waiters:
        waiter.join(LONG)
        assert not waiter.is_alive()
    assert len(errors) == 4


def test_who_opens_a_resource_is_told_that_the_monitor_was_closed(
    faulty: Path, release: Callable[[], None]
) -> None:
    monitor = ra.ResourceMonitor()
    blocking = monitor.load(faulty, "Faulty.BlocksInOpen")
    errors: list[str] = []

    def wait(name: str) -> None:
        try:
            blocking.open(name)
        except ra.ClosedError as error:
            errors.append(str(error))

    async def wait_in_a_task() -> None:
        with pytest.raises(ra.ClosedError, match="was closed before the operation had ended"):
            await blocking.open_async("c")

    waiters = [threading.Thread(target=wait, args=(name,)) for name in "ab"]
    waiters.append(threading.Thread(target=lambda: asyncio.run(wait_in_a_task())))
    for waiter in waiters:
        waiter.start()
    wait_until(lambda: len(monitor.resources) == 3)
    monitor.close()
    for waiter in waiters:
        waiter.join(LONG)
        assert not waiter.is_alive()
    release()
    assert errors == ["the monitor was closed before the operation had ended"] * 2


def test_a_closed_monitor_and_its_resources_are_freed(faulty: Path) -> None:
    import weakref

    with ra.ResourceMonitor() as monitor:
        resource = monitor.load(faulty, "Faulty").open("r")
        resource.online()
        references = [weakref.ref(monitor), weakref.ref(resource)]
    del monitor, resource
    wait_until(lambda: gc.collect() or not any(reference() for reference in references))


def test_the_interpreter_closes_a_hosting_monitor_when_it_ends(faulty: Path) -> None:
    program = f"""\
import resapi_cy as ra
monitor = ra.ResourceMonitor()
monitor.load({str(faulty)!r}, "Faulty").open("r").online()
monitor.load({str(faulty)!r}, "Faulty.NeverEndsPending").open("p")
print("at the end")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
        # What the host's daemon threads still hold when the interpreter has ended is no leak.
        env={**os.environ, "LSAN_OPTIONS": "detect_leaks=0"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "at the end\n", "")


def test_a_stuck_entry_point_does_not_keep_the_process(faulty: Path) -> None:
    program = f"""\
import resapi_cy as ra
monitor = ra.ResourceMonitor()
resource = monitor.load({str(faulty)!r}, "Faulty.BlocksInOnline").open(
    "r", PendingTimeout=1000, DeadlockTimeout=1000
)
try:
    resource.online()
except ra.Deadlocked:
    print("deadlocked")
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=LONG, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "deadlocked\n", "")


# ---- Many, fast, and in the background ---------------------------------------------------------


def test_a_thousand_resources_are_online_and_polled_at_once(faulty: Path) -> None:
    """What that costs is for benchmarks/ to say."""
    properties = {"LooksAlivePollInterval": 1000, "IsAlivePollInterval": 1000}

    async def bring_online(resources: list[ra.HostedResource]) -> None:
        await asyncio.gather(*(resource.online_async() for resource in resources))

    with ra.ResourceMonitor() as monitor:
        resource_type = monitor.load(faulty, "Faulty")
        resources = [resource_type.open(f"r{number}", **properties) for number in range(1000)]
        asyncio.run(bring_online(resources))
        wait_until(lambda: all(len(resource.polls) >= 2 for resource in resources))
        assert all(poll.alive for resource in resources for poll in resource.polls)
        assert {resource.state for resource in resources} == {ResourceState.ONLINE}


def test_a_worker_in_a_loop_stops_however_busy_python_is(open_faulty: Open) -> None:
    """That it does so within a millisecond is for benchmarks/ to say."""
    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            sum(range(1000))

    busy = threading.Thread(target=compute)
    busy.start()
    try:
        resource = open_faulty("PendingForever")
        times = []
        for _ in range(20):
            with pytest.raises(ra.OperationTimedOut):
                resource.online(timeout=0.02)
            begun = time.perf_counter()
            resource.terminate()
            times.append(time.perf_counter() - begun)
            checkpoint = resource.status.checkpoint
            time.sleep(0.02)
            assert resource.status.checkpoint == checkpoint
        assert statistics.median(times) < LONG
    finally:
        stop.set()
        busy.join()
