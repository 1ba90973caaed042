"""What follows a failure of a hosted resource, however it is found, and whatever does not
return."""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import puppet
import pytest
from puppet import EntryPoint, Strings, Value
from watched import Watched, wait_until

import resapi_cy as ra
from resapi_cy import FailureCause, ResourceState, RestartAction
from resapi_cy.hosting.operations import Life

ONLINE, FAILED, OFFLINE = ResourceState.ONLINE, ResourceState.FAILED, ResourceState.OFFLINE
ERROR_IO_PENDING = 997
# A poll interval for tests that wait for polls, in milliseconds.
SOON = 10
NEVER = 2**32 - 2
NO_RETRY = 2**32 - 1
NO_POLLS = {"LooksAlivePollInterval": NEVER, "IsAlivePollInterval": NEVER}
POLLS = {"LooksAlivePollInterval": SOON, "IsAlivePollInterval": SOON}
windows_only = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has such events")


@pytest.fixture
def watched(monitor: ra.ResourceMonitor) -> Watched:
    return Watched(monitor)


Open = Callable[..., Strings]


@pytest.fixture
def open_puppet(monitor: ra.ResourceMonitor) -> Iterator[Open]:
    """open_puppet("web", RestartAction=0): a resource that does what the test says. What it holds
    is released when the test ends."""
    opened: list[Strings] = []

    def open_resource(name: str = "r", **properties: int) -> Strings:
        opened.append(Strings(puppet.load(monitor).open(name, **properties)))
        return opened[-1]

    yield open_resource
    for strings in opened:
        strings.release()


def signal_failure(resource: ra.Resource, code: int = 7) -> None:
    prototype = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint32)
    assert prototype(ra.callbacks.signal_failure)(resource.handle, 0, code) == 0


def in_loop(strings: Strings, function: Callable[[], object]) -> None:
    """Calls it in the host's loop, after what that was told before."""
    called = threading.Event()

    def call() -> None:
        function()
        called.set()

    life_of(strings.resource).host.loop.call_soon_threadsafe(call)
    called.wait()


def polls_since(resource: ra.HostedResource, moment: int) -> list[ra.Poll]:
    return [poll for poll in resource.polls if poll.monotonic > moment]


def wait_until_well(strings: Strings) -> None:
    """It is online, and has been polled some times."""
    resource = strings.resource
    wait_until(lambda: resource.state is ONLINE)
    since = time.perf_counter_ns()
    wait_until(lambda: len(polls_since(resource, since)) > 4)


def life_of(resource: ra.HostedResource) -> Life:
    life = resource._operations
    assert isinstance(life, Life)
    return life


def in_a_thread(function: Callable[..., object], *arguments: object) -> Callable[[], Any]:
    """Calls it in a thread of its own; the result waits for that, and says what it has raised."""
    raised: list[Exception] = []

    def call() -> None:
        try:
            function(*arguments)
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=call)
    thread.start()

    def ended() -> Exception | None:
        thread.join()
        return raised[0] if raised else None

    return ended


# ---- One failure, found more than once -----------------------------------------------------------


def test_one_death_costs_one_restart(open_puppet: Open) -> None:
    strings = open_puppet(**POLLS, RestartDelay=0, RestartThreshold=NEVER)
    resource = strings.resource
    resource.online()
    for deaths in range(1, 21):
        strings.die()
        wait_until(lambda deaths=deaths: resource.restarts >= deaths)
        wait_until_well(strings)
        assert (resource.restarts, resource.failures) == (deaths, deaths)
    assert strings.calls(EntryPoint.ONLINE) == 21
    assert strings.calls(EntryPoint.TERMINATE) == 20


def test_what_is_found_twice_before_anything_is_done_about_it_is_one_failure(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**NO_POLLS, RestartDelay=0)
    resource, life = strings.resource, life_of(strings.resource)
    resource.online()
    resource.properties.update(**POLLS)

    def find_twice() -> None:
        life._is_dead()
        life._is_dead()

    life.host.loop.call_soon_threadsafe(find_twice)
    wait_until(lambda: resource.restarts)
    wait_until_well(strings)
    assert (resource.restarts, resource.failures) == (1, 1)
    assert len(watched.all(ra.ResourceFailed)) == 1


def test_a_death_and_a_signal_that_are_found_while_the_host_is_busy_are_one_failure(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**POLLS, RestartDelay=0)
    resource, host = strings.resource, life_of(strings.resource).host
    resource.online()
    busy = threading.Event()
    host.loop.call_soon_threadsafe(busy.wait)
    strings.die()
    wait_until(lambda: not all(poll.alive for poll in resource.polls))
    signal_failure(resource)
    busy.set()
    wait_until(lambda: resource.restarts and resource.state is ONLINE)
    wait_until_well(strings)
    assert (resource.restarts, resource.failures) == (1, 1)
    assert len(watched.all(ra.ResourceFailed)) == 1


def test_an_answer_about_what_the_resource_was_before_its_restart_is_no_failure(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**POLLS, RestartDelay=0)
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.IS_ALIVE)
    strings.die()
    strings.wait_until_held()  # and will say FALSE
    signal_failure(resource)
    wait_until(lambda: strings.calls(EntryPoint.TERMINATE))
    strings.release()
    wait_until(lambda: resource.restarts)
    wait_until_well(strings)
    assert (resource.restarts, resource.failures) == (1, 1)
    assert [failed.cause for failed in watched.all(ra.ResourceFailed)] == ["SignalFailure"]


def test_a_failure_that_is_told_in_every_way_at_once_is_one_failure(
    watched: Watched, open_puppet: Open
) -> None:
    event = puppet.Event()
    # Long enough for all of it to be told before the restart: after it, it would be another one.
    strings = open_puppet(**POLLS, RestartDelay=300, RestartThreshold=NEVER)
    strings.pull(Value.HANDLE_GIVEN, event.handle)
    resource = strings.resource
    resource.online()
    for deaths in range(1, 11):
        strings.die()
        event.set()
        signal_failure(resource)
        ra.Resource.report(resource, FAILED, error_code=5)
        wait_until(lambda deaths=deaths: resource.restarts >= deaths)
        event.reset()
        wait_until(lambda: resource.state is ONLINE)
        since = time.perf_counter_ns()
        wait_until(lambda since=since: polls_since(resource, since))
        assert (resource.restarts, resource.failures) == (deaths, deaths)
    assert len(watched.all(ra.ResourceFailed)) == 10


def test_a_deadlock_that_is_found_dead_as_well_is_one_failure(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**POLLS, RestartDelay=0, DeadlockTimeout=1000)
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.IS_ALIVE)
    strings.die()
    watched.first(ra.Deadlocked)
    signal_failure(resource)
    ra.Resource.report(resource, FAILED)
    wait_until(lambda: strings.calls(EntryPoint.TERMINATE))
    strings.release()
    wait_until_well(strings)
    assert (resource.restarts, resource.failures) == (1, 1)
    assert len(watched.all(ra.ResourceFailed)) == 1


# ---- The next series of restarts -----------------------------------------------------------------


def test_the_next_series_of_restarts_begins_when_the_retry_period_has_passed(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(
        **NO_POLLS,
        RestartThreshold=3,
        RestartDelay=10,
        RestartPeriod=1500,
        RetryPeriodOnFailure=1500,
    )
    strings.resource.online()
    strings.pull(Value.ONLINE_CODE, 5)
    signal_failure(strings.resource)
    wait_until(lambda: len(watched.all(ra.FailoverRequested)) == 3)
    told = [
        e for e in watched.events if isinstance(e, (ra.ResourceRestarting, ra.FailoverRequested))
    ]
    restarts = [isinstance(event, ra.ResourceRestarting) for event in told]
    assert restarts == [True, True, True, False] * 3
    assert strings.resource.will_restart
    strings.pull(Value.ONLINE_CODE, 0)
    wait_until(lambda: strings.resource.state is ONLINE)


@pytest.mark.parametrize("threshold", [0, 3])
def test_that_a_resource_is_not_to_be_restarted_is_told(
    watched: Watched, open_puppet: Open, threshold: int
) -> None:
    strings = open_puppet(
        **NO_POLLS, RestartAction=RestartAction.DONT_RESTART, RestartThreshold=threshold
    )
    strings.resource.online()
    signal_failure(strings.resource, 7)
    event = watched.first(ra.ResourceGivenUp)
    assert not strings.resource.will_restart
    assert event.resource is strings.resource
    assert (event.cause, event.code) == (FailureCause.SIGNAL_FAILURE, 7)
    assert (event.failures, event.retry_ms, event.state) == (1, None, FAILED)
    assert "until it is brought online by hand" in event._words()
    kinds = [type(e) for e in watched.events if isinstance(e, ra.LifeCycleEvent)]
    assert kinds == [ra.ResourceFailed, ra.ResourceGivenUp]


@pytest.mark.parametrize("action", [RestartAction.RESTART_NO_NOTIFY, RestartAction.RESTART_NOTIFY])
def test_that_the_restarts_are_used_up_is_told_with_the_last_failure_and_the_time_of_the_next(
    watched: Watched, open_puppet: Open, action: RestartAction
) -> None:
    strings = open_puppet(**NO_POLLS, RestartAction=action, RestartThreshold=2, RestartDelay=1)
    strings.resource.online()
    strings.pull(Value.ONLINE_CODE, 5)
    signal_failure(strings.resource)
    event = watched.first(ra.ResourceGivenUp)
    assert (event.cause, event.code, event.failures) == (FailureCause.ONLINE, 5, 3)
    assert event.retry_ms == 3_600_000
    assert strings.resource.will_restart
    assert "tried again after 3600 s" in event._words()


def test_a_restart_tells_which_one_it_is_of_how_many_and_after_how_long(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(
        **NO_POLLS,
        RestartThreshold=2,
        RestartDelay=1,
        RestartPeriod=700,
        RetryPeriodOnFailure=800,
    )
    strings.resource.online()
    strings.pull(Value.ONLINE_CODE, 5)
    signal_failure(strings.resource)
    wait_until(lambda: len(watched.all(ra.ResourceRestarting)) >= 3)
    first, second, third = watched.all(ra.ResourceRestarting)[:3]
    assert [(e.attempt, e.number, e.delay_ms) for e in (first, second, third)] == [
        (1, 1, 1),
        (2, 2, 1),
        (3, 1, 800),
    ]
    assert (first.threshold, first.period_ms) == (2, 700)
    assert first._words() == "restarting after 0.001 s, attempt 1: restart 1 of 2 within 0.7 s"


def test_an_online_that_fails_is_its_callers_and_not_told_as_given_up(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**NO_POLLS, RestartAction=RestartAction.DONT_RESTART)
    strings.pull(Value.ONLINE_CODE, 5)
    with pytest.raises(ra.ResourceFailed):
        strings.resource.online()
    assert watched.first(ra.ResourceFailed).cause is FailureCause.ONLINE
    in_loop(strings, lambda: None)
    assert not watched.all(ra.ResourceGivenUp)


def test_without_a_retry_period_a_resource_is_given_up(watched: Watched, open_puppet: Open) -> None:
    strings = open_puppet(
        **NO_POLLS, RestartThreshold=1, RestartDelay=0, RetryPeriodOnFailure=NO_RETRY
    )
    strings.resource.online()
    strings.pull(Value.ONLINE_CODE, 5)
    signal_failure(strings.resource)
    requested = watched.first(ra.FailoverRequested)
    assert (requested.failures, requested.entry_point) == (2, "")
    assert watched.first(ra.ResourceGivenUp).retry_ms is None
    assert not strings.resource.will_restart
    assert strings.resource.state is FAILED


# ---- The end of an operation ---------------------------------------------------------------------


@pytest.mark.parametrize("state", ["FAILED", "OFFLINE", "CANNOT_COME_ONLINE_ON_ANY_NODE"])
def test_a_bad_end_that_is_reported_inside_online_is_its_end(
    watched: Watched, open_puppet: Open, state: str
) -> None:
    strings = open_puppet(**NO_POLLS)
    strings.pull(Value.ONLINE_REPORT, ResourceState[state])
    with pytest.raises(
        ra.ResourceFailed, match=f"reported as {state} while ONLINE_PENDING"
    ) as told:
        strings.resource.online()
    assert (told.value.cause, told.value.code) == (FailureCause.STATUS_REPORT, 42)
    assert strings.resource.state is FAILED
    assert "ONLINE" not in watched.states()
    assert strings.calls(EntryPoint.TERMINATE) == 1


def test_a_failure_that_is_signaled_inside_online_is_its_end(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**NO_POLLS)
    strings.pull(Value.ONLINE_SIGNAL)
    with pytest.raises(ra.ResourceFailed) as told:
        strings.resource.online()
    assert (told.value.cause, told.value.code) == (FailureCause.SIGNAL_FAILURE, 42)
    assert "ONLINE" not in watched.states()


def test_a_bad_end_that_is_reported_inside_offline_is_its_end(open_puppet: Open) -> None:
    strings = open_puppet(**NO_POLLS)
    strings.resource.online()
    strings.pull(Value.OFFLINE_REPORT, FAILED)
    with pytest.raises(ra.ResourceFailed, match="reported as FAILED while OFFLINE_PENDING"):
        strings.resource.offline()
    assert strings.resource.state is FAILED
    strings.resource.online()
    strings.pull(Value.OFFLINE_REPORT, OFFLINE)
    strings.resource.offline()
    assert strings.resource.state is OFFLINE


def test_a_restart_whose_online_reports_a_bad_end_has_failed(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(
        **NO_POLLS, RestartThreshold=2, RestartDelay=0, RetryPeriodOnFailure=NO_RETRY
    )
    strings.resource.online()
    strings.pull(Value.ONLINE_REPORT, FAILED)
    signal_failure(strings.resource)
    watched.first(ra.FailoverRequested)
    assert (strings.resource.restarts, strings.resource.failures) == (2, 3)


def test_the_lower_of_pending_timeout_and_deadlock_timeout_counts(
    monitor: ra.ResourceMonitor, faulty: os.PathLike[str]
) -> None:
    silent = monitor.load(faulty, "Faulty.NeverEndsPending")
    resource = silent.open("x", DeadlockTimeout=60_000)
    assert resource.properties.PendingTimeout == 180_000  # as it was
    resource.properties.PendingTimeout = 3_600_000
    resource.properties.DeadlockTimeout = 1000
    resource.properties.update(PendingTimeout=NEVER)
    assert dict(resource.properties)["PendingTimeout"] == NEVER
    with pytest.raises(ra.PendingTimedOut, match=r"1 s \(DeadlockTimeout\).*or raise DeadlockT"):
        resource.online()
    resource.properties.PendingTimeout = 20
    with pytest.raises(ra.PendingTimedOut, match=r"0.02 s \(PendingTimeout\).*or raise PendingT"):
        resource.online()


# ---- Who gives up waiting ------------------------------------------------------------------------


def by_a_timeout(resource: ra.HostedResource, operation: str) -> None:
    with pytest.raises(ra.OperationTimedOut):
        getattr(resource, operation)(timeout=0)


def by_a_cancelled_task(resource: ra.HostedResource, operation: str) -> None:
    async def give_up() -> None:
        task = asyncio.create_task(getattr(resource, f"{operation}_async")())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(give_up())


GiveUp = Callable[[ra.HostedResource, str], None]
both_ways = pytest.mark.parametrize("give_up", [by_a_timeout, by_a_cancelled_task])


@both_ways
@pytest.mark.parametrize("operation", ["terminate", "offline"])
def test_a_pending_resource_is_terminated_though_nobody_waits_for_that(
    open_puppet: Open, operation: str, give_up: GiveUp
) -> None:
    strings = open_puppet(**NO_POLLS)
    strings.pull(Value.ONLINE_CODE, ERROR_IO_PENDING)
    online = in_a_thread(strings.resource.online)
    wait_until(lambda: strings.calls(EntryPoint.ONLINE))
    give_up(strings.resource, operation)
    wait_until(lambda: strings.calls(EntryPoint.TERMINATE))
    assert isinstance(online(), ra.ResourceTerminated)
    wait_until(lambda: strings.resource.state is OFFLINE)


@both_ways
def test_a_resource_that_is_failing_is_terminated_though_nobody_waits_for_that(
    open_puppet: Open, give_up: GiveUp
) -> None:
    strings = open_puppet(**NO_POLLS, RestartDelay=NEVER)
    strings.resource.online()
    strings.hold(EntryPoint.TERMINATE)
    signal_failure(strings.resource)
    strings.wait_until_held()
    give_up(strings.resource, "terminate")
    strings.release()
    wait_until(lambda: strings.resource.state is OFFLINE)
    assert strings.calls(EntryPoint.TERMINATE) == 2
    assert not strings.resource.will_restart


@both_ways
def test_a_restart_goes_on_to_online_though_nobody_waits_for_that(
    open_puppet: Open, give_up: GiveUp
) -> None:
    strings = open_puppet(**NO_POLLS)
    strings.resource.online()
    strings.hold(EntryPoint.OFFLINE)
    give_up(strings.resource, "restart")
    strings.wait_until_held()
    strings.release()
    wait_until(lambda: strings.calls(EntryPoint.ONLINE) == 2)
    wait_until(lambda: strings.resource.state is ONLINE)


@both_ways
def test_online_follows_an_offline_though_nobody_waits_for_that(
    open_puppet: Open, give_up: GiveUp
) -> None:
    strings = open_puppet(**NO_POLLS)
    strings.resource.online()
    strings.hold(EntryPoint.OFFLINE)
    offline = in_a_thread(strings.resource.offline)
    strings.wait_until_held()
    give_up(strings.resource, "online")
    strings.release()
    assert offline() is None
    wait_until(lambda: strings.resource.state is ONLINE)


def test_a_resource_is_closed_though_nobody_waits_for_that(open_puppet: Open) -> None:
    strings = open_puppet(**NO_POLLS)
    by_a_cancelled_task(strings.resource, "close")
    wait_until(lambda: strings.resource.closed)
    assert strings.calls(EntryPoint.CLOSE) == 1


# ---- Event handles -------------------------------------------------------------------------------


def count(resource: ra.HostedResource, entry_point: str) -> int:
    counted = resource._counts.get(entry_point)
    return 0 if counted is None else sum(counted.counts)


def wait_until_looks_alive_rests(resource: ra.HostedResource) -> None:
    """An event handle is waited for in its place."""

    def rests() -> bool:
        polled = count(resource, "LooksAlive")
        time.sleep(10 * SOON / 1000)
        return count(resource, "LooksAlive") == polled

    wait_until(rests)


def poll_now(strings: Strings) -> None:
    """As when IsAlive is due."""
    life = life_of(strings.resource)
    polled = count(strings.resource, "IsAlive")

    def is_polled() -> bool:
        life.engine.ask_now()  # in vain, before its polls have begun: it may just have come online
        return count(strings.resource, "IsAlive") > polled

    wait_until(is_polled)


def test_of_resources_that_share_an_event_only_the_dead_one_is_restarted(
    watched: Watched, open_puppet: Open
) -> None:
    event = puppet.Event()
    opened = [open_puppet(f"r{n}", **NO_POLLS, RestartDelay=0) for n in range(4)]
    for strings in opened:
        strings.pull(Value.HANDLE_GIVEN, event.handle)
        strings.resource.online()
    dead, *others = opened
    for deaths in (1, 2, 3):
        asked = [count(strings.resource, "IsAlive") for strings in others]
        dead.die()
        event.set()
        for strings, before in zip(others, asked, strict=True):
            wait_until(lambda s=strings, n=before: count(s.resource, "IsAlive") > n)
        wait_until(lambda deaths=deaths: dead.resource.restarts == deaths)
        event.reset()
        wait_until(lambda: dead.resource.state is ONLINE)
        for strings in opened:  # it is waited for again, at once or with a poll
            poll_now(strings)
    assert [strings.resource.restarts for strings in opened] == [3, 0, 0, 0]
    assert [strings.resource.failures for strings in opened] == [3, 0, 0, 0]
    causes = {failed.cause for failed in watched.all(ra.ResourceFailed)}
    assert causes == {FailureCause.EVENT_HANDLE}


@windows_only
def test_an_auto_reset_event_that_is_shared_has_all_its_resources_asked(open_puppet: Open) -> None:
    event = puppet.Event(auto_reset=True)
    opened = [open_puppet(f"r{n}", **NO_POLLS, RestartDelay=0) for n in range(3)]
    for strings in opened:
        strings.pull(Value.HANDLE_GIVEN, event.handle)
        strings.resource.online()
    for strings in opened:
        strings.die()
        event.set()
        wait_until(lambda strings=strings: strings.resource.restarts == 1)
    assert [strings.resource.failures for strings in opened] == [1, 1, 1]


def test_while_an_event_stays_signaled_looks_alive_is_polled_and_nothing_else_happens(
    open_puppet: Open,
) -> None:
    event = puppet.Event()
    strings = open_puppet(LooksAlivePollInterval=SOON, IsAlivePollInterval=NEVER)
    strings.pull(Value.HANDLE_GIVEN, event.handle)
    resource = strings.resource
    resource.online()
    for turn in (1, 2):
        polled = count(resource, "LooksAlive")
        event.set()
        wait_until(lambda turn=turn: count(resource, "IsAlive") == turn)
        wait_until(lambda polled=polled: count(resource, "LooksAlive") > polled + 10)
        assert count(resource, "IsAlive") == turn
        event.reset()
        wait_until_looks_alive_rests(resource)
    event.set()
    wait_until(lambda: count(resource, "IsAlive") == 3)
    strings.die()
    wait_until(lambda: resource.restarts == 1)


def test_an_event_that_is_signaled_while_is_alive_runs_has_it_asked_again(
    open_puppet: Open,
) -> None:
    event = puppet.Event()
    strings = open_puppet(**NO_POLLS, RestartDelay=0)
    strings.pull(Value.HANDLE_GIVEN, event.handle)
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.IS_ALIVE)
    asking = threading.Thread(target=resource.is_alive)
    asking.start()
    strings.wait_until_held()  # and will say TRUE
    strings.die()
    event.set()
    strings.release()
    asking.join()
    wait_until(lambda: resource.restarts == 1)


def test_a_refused_event_handle_is_told_once_with_the_reason(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(LooksAlivePollInterval=SOON, IsAlivePollInterval=NEVER)
    strings.pull(Value.HANDLE_GIVEN, 0x7FFFFFF0)
    resource = strings.resource
    resource.online()
    wait_until(lambda: count(resource, "LooksAlive") > 10)
    ra.Resource.report(resource, ONLINE, checkpoint=9, error_code=1, event_handle=0x7FFFFFF0)
    ra.Resource.report(resource, ONLINE, checkpoint=10, error_code=2, event_handle=0x7FFFFFF0)
    polled = count(resource, "LooksAlive")
    wait_until(lambda: count(resource, "LooksAlive") > polled + 10)
    (refused,) = watched.all(ra.EventHandleRefused)
    assert (refused.event_handle, refused.code) == (0x7FFFFFF0, 6)
    assert "error 6 (" in refused._words()


# ---- Poll intervals ------------------------------------------------------------------------------


@pytest.mark.parametrize("entry_point", ["LooksAlive", "IsAlive"])
def test_a_changed_poll_interval_counts_from_now_on(open_puppet: Open, entry_point: str) -> None:
    strings = open_puppet(**NO_POLLS)
    strings.resource.online()
    setattr(strings.resource.properties, f"{entry_point}PollInterval", SOON)
    wait_until(lambda: len(strings.resource.polls) > 4)
    assert {poll.entry_point for poll in strings.resource.polls} == {entry_point}
    strings.resource.properties.update(**NO_POLLS)
    in_loop(strings, lambda: None)  # the host has done so
    strings.resource.is_alive()  # what was due is over then
    since = time.perf_counter_ns()
    strings.resource.properties.LooksAlivePollInterval = SOON
    wait_until(lambda: polls_since(strings.resource, since))
    assert polls_since(strings.resource, since)[0].entry_point == "LooksAlive"


def test_other_properties_that_change_do_not_put_off_a_poll(open_puppet: Open) -> None:
    strings = open_puppet(LooksAlivePollInterval=200, IsAlivePollInterval=200)
    strings.resource.online()

    def change_and_look() -> bool:
        strings.resource.properties.RestartDelay += 1
        return len(strings.resource.polls) > 2

    wait_until(change_and_look)


# ---- Names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["web", "WEB", "Web"])
def test_a_second_hosted_resource_of_a_name_is_refused(
    monitor: ra.ResourceMonitor, open_puppet: Open, name: str
) -> None:
    first = open_puppet("web")
    with pytest.raises(
        ValueError, match=rf"'{name}': the monitor has 'web' open .*'Puppet' in .*:"
    ):
        open_puppet(name)
    assert monitor.resources == [first.resource]
    first.resource.close()
    open_puppet(name)
    with ra.ResourceMonitor() as another:
        puppet.load(another).open(name)


def test_a_name_is_free_again_when_open_has_failed(open_puppet: Open) -> None:
    for _ in range(2):
        with pytest.raises(ra.ResourceFailed):
            open_puppet("-web")


def test_of_many_who_open_a_resource_of_one_name_one_has_it(monitor: ra.ResourceMonitor) -> None:
    resource_type, refused = puppet.load(monitor), []

    def open_it(name: str) -> None:
        try:
            resource_type.open(name)
        except ValueError:
            refused.append(name)

    threads = [threading.Thread(target=open_it, args=(name,)) for name in ["web", "WEB"] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(monitor.resources), len(refused)) == (1, 7)


def test_resources_that_are_not_hosted_may_have_the_same_name(
    monitor: ra.ResourceMonitor, open_puppet: Open
) -> None:
    opened = [monitor.open("web"), monitor.open("web"), open_puppet("web").resource]
    assert monitor.resources == opened


# ---- A call that does not return -----------------------------------------------------------------


def test_the_restarts_go_on_once_a_stuck_call_has_returned(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(
        "web", LooksAlivePollInterval=NEVER, IsAlivePollInterval=SOON, DeadlockTimeout=1000
    )
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.IS_ALIVE)
    strings.die()
    deadlocked = watched.first(ra.Deadlocked)
    assert "no restart is possible until it returns" in str(deadlocked)
    assert "a thread of the DLL's own" in str(deadlocked)
    assert "IO_PENDING" not in str(deadlocked)
    requested = watched.first(ra.FailoverRequested)
    assert requested.entry_point == "IsAlive"
    assert "no restart is possible until IsAlive returns" in requested._words()
    wait_until(lambda: strings.calls(EntryPoint.TERMINATE))
    assert resource.will_restart
    assert not watched.all(ra.ResourceRestarting)
    with pytest.raises(ra.Deadlocked):
        resource.looks_alive()
    strings.release()
    wait_until(lambda: resource.state is ONLINE)
    assert watched.first(ra.ResourceRestarting).attempt == 1
    assert (resource.restarts, resource.failures) == (1, 1)
    assert len(watched.all(ra.FailoverRequested)) == 1


def test_the_restarts_go_on_once_a_stuck_terminate_has_returned(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(
        **NO_POLLS, DeadlockTimeout=1000, RestartAction=RestartAction.RESTART_NO_NOTIFY
    )
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.TERMINATE)
    signal_failure(resource)
    assert watched.first(ra.Deadlocked).entry_point == "Terminate"
    wait_until(lambda: resource.state is FAILED and life_of(resource).calls.stuck)
    assert strings.calls(EntryPoint.ONLINE) == 1
    strings.release()
    wait_until(lambda: resource.state is ONLINE)
    assert not watched.all(ra.FailoverRequested)


def test_a_call_that_a_failure_overtook_costs_no_restart(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**POLLS, DeadlockTimeout=1000, RestartDelay=0)
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.IS_ALIVE)
    strings.wait_until_held()
    signal_failure(resource)
    watched.first(ra.Deadlocked)  # the poll is overdue only now
    assert watched.first(ra.FailoverRequested).entry_point == "IsAlive"
    strings.release()
    wait_until_well(strings)
    assert (resource.restarts, resource.failures) == (1, 1)


def test_a_resource_that_is_not_to_be_restarted_is_given_up_while_a_call_is_stuck(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**POLLS, DeadlockTimeout=1000, RestartAction=RestartAction.DONT_RESTART)
    strings.resource.online()
    strings.hold(EntryPoint.IS_ALIVE)
    watched.first(ra.Deadlocked)
    wait_until(lambda: strings.resource.state is FAILED and not strings.resource.will_restart)
    assert not watched.all(ra.FailoverRequested)


def test_a_call_that_does_not_return_is_a_failure_whoever_waits_for_it(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(**NO_POLLS, DeadlockTimeout=1000, RestartDelay=0)
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.CONTROL)
    with pytest.raises(ra.Deadlocked, match="ResourceControl has not returned"):
        resource.control(1)
    wait_until(lambda: strings.calls(EntryPoint.TERMINATE))
    strings.release()
    wait_until(lambda: resource.restarts == 1 and resource.state is ONLINE)
    assert resource.failures == 1
    assert len(watched.all(ra.ResourceFailed)) == 1


def test_a_poll_that_does_not_return_is_a_failure_though_offline_waits_for_it(
    watched: Watched, open_puppet: Open
) -> None:
    strings = open_puppet(
        LooksAlivePollInterval=NEVER, IsAlivePollInterval=SOON, DeadlockTimeout=1000, RestartDelay=0
    )
    resource = strings.resource
    resource.online()
    strings.hold(EntryPoint.IS_ALIVE)
    strings.wait_until_held()
    offline = in_a_thread(resource.offline)
    error = offline()
    assert isinstance(error, ra.Deadlocked)
    assert error.entry_point == "IsAlive"
    wait_until(lambda: strings.calls(EntryPoint.TERMINATE))
    strings.release()
    wait_until(lambda: resource.restarts == 1)
    wait_until_well(strings)
    assert resource.failures == 1
    assert len(watched.all(ra.ResourceFailed)) == 1


def test_a_failure_is_not_forgotten_when_offline_can_not_be_called(
    watched: Watched, open_puppet: Open
) -> None:
    """It is found at the same moment, so that Offline comes before the recovery has begun."""
    strings = open_puppet(**NO_POLLS, RestartDelay=0)
    resource, life = strings.resource, life_of(strings.resource)
    resource.online()
    stuck = ra.Deadlocked(None, FailureCause.DEADLOCK_TIMEOUT, 258, "ResourceControl")

    def find_and_take_offline() -> None:
        life.calls.line.fail(stuck, stuck)
        life._is_dead()
        life.recovery.stop()
        life._start(OFFLINE, life._take_offline(0, None, b""))

    life.host.loop.call_soon_threadsafe(find_and_take_offline)
    wait_until(lambda: strings.calls(EntryPoint.TERMINATE))
    life.calls.line.came_out(stuck)
    wait_until(lambda: resource.restarts == 1 and resource.state is ONLINE)
    (failed,) = watched.all(ra.ResourceFailed)
    assert failed.cause is FailureCause.IS_ALIVE


# ---- DLLs that are not to be reentered -----------------------------------------------------------


def live_a_little(resource_type: ra.ResourceType) -> None:
    """Six resources are polled, while threads do this and that with them."""
    intervals = {"LooksAlivePollInterval": SOON, "IsAlivePollInterval": 5 * SOON}
    resources = [resource_type.open(f"r{n}", **intervals) for n in range(6)]

    def act(resource: ra.HostedResource) -> None:
        for _ in range(5):
            resource.online()
            resource.control(1)
            resource_type.control(1)
            resource.offline()
        resource.online()

    threads = [threading.Thread(target=act, args=(resource,)) for resource in resources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for resource in resources:
        wait_until(lambda r=resource: count(r, "LooksAlive") and count(r, "IsAlive"))
        assert resource.state is ONLINE
        resource.close()


@pytest.mark.parametrize("reentrant", [False, True])
def test_entry_points_of_a_dll_that_is_not_reentrant_do_not_overlap(
    monitor: ra.ResourceMonitor, reentrant: bool
) -> None:
    before = puppet.library().puppet_overlaps()
    puppet.library().puppet_slow(2)
    with ra.ResourceMonitor() as another:
        types = [puppet.load(m, reentrant=reentrant) for m in (monitor, another)]
        threads = [threading.Thread(target=live_a_little, args=(t,)) for t in types]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    puppet.library().puppet_slow(0)
    assert (puppet.library().puppet_overlaps() > before) is reentrant


def test_a_stuck_call_of_a_dll_that_is_not_reentrant_is_told_to_its_other_resources(
    watched: Watched,
) -> None:
    resource_type = puppet.load(watched.monitor, reentrant=False)
    opened = [
        Strings(resource_type.open(name, **NO_POLLS, DeadlockTimeout=1000, RestartDelay=0))
        for name in ("one", "two")
    ]
    for strings in opened:
        strings.resource.online()
    one, two = opened
    one.hold(EntryPoint.IS_ALIVE)
    with pytest.raises(ra.Deadlocked, match="'one': IsAlive has not"):
        one.resource.is_alive()
    with pytest.raises(ra.Deadlocked, match="'one': IsAlive has not"):
        two.resource.is_alive()
    signal_failure(two.resource)
    wait_until(lambda: two.calls(EntryPoint.TERMINATE))  # that may run beside it
    one.release()
    wait_until(lambda: two.resource.restarts == 1 and two.resource.state is ONLINE)
    assert one.resource.is_alive()


def test_an_offline_that_another_resources_stuck_call_is_in_the_way_of_leaves_the_polls_on(
    monitor: ra.ResourceMonitor,
) -> None:
    resource_type = puppet.load(monitor, reentrant=False)
    one, two = (
        Strings(resource_type.open(name, **properties, DeadlockTimeout=1000))
        for name, properties in (("one", NO_POLLS), ("two", POLLS))
    )
    one.resource.online()
    two.resource.online()
    one.hold(EntryPoint.IS_ALIVE)
    with pytest.raises(ra.Deadlocked, match="'one': IsAlive has not"):
        one.resource.is_alive()
    with pytest.raises(ra.Deadlocked, match="'one': IsAlive has not"):
        two.resource.offline()
    assert two.resource.state is ONLINE
    one.release()
    wait_until_well(two)
    assert two.resource.failures == 0
    two.die()
    wait_until(lambda: two.resource.restarts == 1)
