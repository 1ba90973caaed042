"""Native threads that end, or stop, inside of a callback: nothing waits for them for ever, and
what they leave behind is mended."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Iterator

import native
import pytest

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState
from resapi_cy.hosting.engine import Engine
from resapi_cy.hosting.watch import Watch

REPORTS, LOGS, FAILURES, TYPES, SLOWLY, ENDS, LATER = 1, 2, 4, 8, 16, 32, 64
KILLS = 100
STATES = (-1, ResourceState.FAILED, ResourceState.ONLINE, ResourceState.ONLINE_PENDING)
CAPACITY = 256  # of events: a victim makes thousands


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    path = native.compile_library(
        [native.TESTS / "native" / "victims.c"],
        tmp_path_factory.mktemp("native") / "victims",
        [ra.get_include()],
    )
    library = ctypes.CDLL(str(path))
    library.victim_start.restype = ctypes.c_void_p
    library.victim_start.argtypes = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int]
    for name in ("victim_end", "victim_catch", "victim_release", "victim_kill"):
        function = getattr(library, name)
        function.restype, function.argtypes = None, [ctypes.c_void_p]
    if not library.victims_can_be_made():
        pytest.skip("no way is known to end a single thread at once here")
    return library


Start = Callable[[int, int], int]


@pytest.fixture
def start(library: ctypes.CDLL) -> Start:
    def start(handle: int, does: int) -> int:
        victim = library.victim_start(ra.callbacks.address, handle, does)
        assert victim
        return victim

    return start


def check_whole(status: ra.ResourceStatus) -> None:
    """As victims.c numbers them, or as a victim left one half-way through."""
    number = status.state - 1000
    if number >= 0:
        assert status.error_code == status.flags == number
        assert status.checkpoint == number
    else:
        assert status.state in STATES
        assert (status.error_code, status.flags) == (0, 0)


def check_usable(monitor: ra.ResourceMonitor, resource: ra.Resource) -> None:
    check_whole(resource.status)
    for event in monitor.poll():  # as many as there is room for
        if isinstance(event, ra.StatusChanged):
            check_whole(event.status)
    resource.begin(ResourceState.ONLINE_PENDING)
    assert resource.status == ra.ResourceStatus(ResourceState.ONLINE_PENDING)
    assert resource.report(ResourceState.ONLINE, checkpoint=7) is ExitState.CONTINUE
    assert resource.status == ra.ResourceStatus(ResourceState.ONLINE, 7)
    changes = [event for event in monitor.poll() if isinstance(event, ra.StatusChanged)]
    assert changes[-1].status.state is ResourceState.ONLINE
    assert changes[-1].previous.state is ResourceState.ONLINE_PENDING


@pytest.fixture
def others() -> Iterator[None]:
    """Python threads that must never stop: nothing holds the GIL while it waits."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    stop = threading.Event()
    turns = [0]

    def compute() -> None:
        while not stop.is_set():
            turns[0] += 1

    thread = threading.Thread(target=compute)
    thread.start()
    yield
    before = turns[0]
    while turns[0] == before:
        stop.wait(0.001)
    stop.set()
    thread.join()
    sys.setswitchinterval(interval)


@pytest.mark.parametrize("does", [REPORTS, LOGS, FAILURES, REPORTS | LOGS], ids=str)
def test_a_thread_that_is_killed_in_a_callback_hangs_nobody(
    does: int, library: ctypes.CDLL, start: Start, others: None
) -> None:
    """Killed anywhere in the callbacks' code, a hundred times and more."""
    with ra.ResourceMonitor(CAPACITY) as monitor:
        resource = monitor.open("r")
        for kill in range(KILLS):
            victim = start(resource.handle, does)
            library.victim_catch(victim)
            library.victim_kill(victim)
            check_usable(monitor, resource)
            if kill % 10 == 9:  # and in a cell that is closed
                victim = start(resource.handle, does)
                library.victim_catch(victim)
                library.victim_kill(victim)
                closed = resource
                resource.close()
                assert closed.closed
                resource = monitor.open("r")
        # Each of the dead has taken the room of one event with it at most.
        monitor.poll()
        for number in range(monitor.event_capacity):
            resource.report(1000, checkpoint=number, error_code=number)
        assert len(monitor.poll()) >= monitor.event_capacity - KILLS - KILLS // 10


def test_a_killed_threads_half_status_is_seen_by_nobody(library: ctypes.CDLL, start: Start) -> None:
    """The status after each death is one that was reported, or FAILED; and the change to that is
    counted, though no event tells of it."""
    with ra.ResourceMonitor(1 << 18) as monitor:  # room for all that the victims report
        resource = monitor.open("r")
        for _ in range(KILLS // 5):  # each has made thousands of events
            before = resource.transitions
            victim = start(resource.handle, REPORTS | LATER)
            library.victim_catch(victim)
            library.victim_kill(victim)
            check_whole(resource.status)
            told = 0
            for event in monitor.poll():
                check_whole(event.status)
                check_whole(event.previous)
                told += 1
            untold = resource.transitions - before - told
            assert untold in ((1, 2) if resource.status.state is ResourceState.FAILED else (0, 1))


def test_a_host_is_told_of_changes_after_a_killed_thread(
    library: ctypes.CDLL, start: Start
) -> None:
    """It may have marked the resource as changed, and not have told anybody: those that come later
    would take it for told."""
    with ra.ResourceMonitor(CAPACITY) as monitor:
        resource, neighbour = monitor.open("r"), monitor.open("neighbour")
        watch = Watch(monitor, Engine())
        for one in (resource, neighbour):
            watch.add(one.handle)
        for kill in range(KILLS):
            victim = start(resource.handle, FAILURES | LATER if kill % 2 else REPORTS | LATER)
            library.victim_catch(victim)
            library.victim_kill(victim)
            check_whole(resource.status)  # the cell is taken back
            watch.select(0.1)
            for one in (resource, neighbour):
                one.report(ResourceState.ONLINE, checkpoint=kill, flags=kill)
                assert one.handle in watch.select(0.1)
            resource.begin(ResourceState.ONLINE_PENDING)
            watch.select(0.1)
            monitor.poll()


def test_a_thread_that_is_killed_in_a_broadcast_hangs_nobody(
    library: ctypes.CDLL, start: Start, others: None
) -> None:
    """It may hold the lock of the whole board, which every open and close takes."""
    with ra.ResourceMonitor(CAPACITY) as monitor, ra.ResourceMonitor(CAPACITY) as another:
        for _ in range(KILLS):
            victim = start(0, TYPES)
            library.victim_catch(victim)
            library.victim_kill(victim)
            with monitor.open("r") as resource:
                check_usable(monitor, resource)
            another.poll()


def test_other_threads_report_beside_the_killed_ones(library: ctypes.CDLL, start: Start) -> None:
    """Those that wait for the cell mend it, too: native threads as well as Python's."""
    with ra.ResourceMonitor(CAPACITY) as monitor:
        resource = monitor.open("r")
        survivor = start(resource.handle, REPORTS | FAILURES | SLOWLY)
        for _ in range(KILLS):
            victim = start(resource.handle, REPORTS)
            library.victim_catch(victim)
            library.victim_kill(victim)
            check_whole(resource.status)
            monitor.poll()
        library.victim_end(survivor)
        check_usable(monitor, resource)


def test_a_control_call_of_a_resource_whose_thread_was_killed_can_be_closed(
    library: ctypes.CDLL, start: Start
) -> None:
    with ra.ResourceMonitor(CAPACITY) as monitor:
        for _ in range(20):
            with monitor.open("r") as resource:
                context = resource.open_control_call()
                victim = start(resource.handle, REPORTS)
                library.victim_catch(victim)
                library.victim_kill(victim)
                resource.close_control_call(context)
                check_usable(monitor, resource)


def test_a_control_call_whose_end_was_killed_is_ended(library: ctypes.CDLL, start: Start) -> None:
    """The thread may have told of the end, and not have closed the call any more: whoever takes the
    event does."""
    end = ctypes.WINFUNCTYPE if sys.platform == "win32" else ctypes.CFUNCTYPE
    end_control_call = end(ctypes.c_uint32, ctypes.c_int64, ctypes.c_uint32)(
        ra.callbacks.end_control_call
    )
    calls = 500
    with ra.ResourceMonitor(2 * calls) as monitor:
        for _ in range(4 * KILLS):
            resource = monitor.open("r")
            contexts = [resource.open_control_call() for _ in range(calls)]
            array = (ctypes.c_int64 * (calls + 1))(*contexts, 0)
            victim = start(ctypes.addressof(array), ENDS | LATER)
            library.victim_catch(victim)
            library.victim_kill(victim)
            ended = [e.context for e in monitor.poll() if isinstance(e, ra.ControlCallEnded)]
            assert ended == contexts[: len(ended)]
            for context in ended:
                assert end_control_call(context, 0) == 87
            resource.close()
            assert not monitor.poll()


def stop_inside(library: ctypes.CDLL, start: Start, resource: ra.Resource) -> int:
    """A victim that is inside of the resource's cell: it is caught until it is."""
    while True:
        victim = start(resource.handle, REPORTS)
        library.victim_catch(victim)
        try:
            _ = resource.status
        except TimeoutError:
            return victim
        library.victim_release(victim)
        library.victim_end(victim)


@pytest.mark.timeout(600)
def test_a_thread_that_stops_in_a_callback_keeps_others_waiting_for_a_bounded_time(
    library: ctypes.CDLL, start: Start, others: None
) -> None:
    """In a debugger, say. It is there, so what it holds can't be taken from it: the resource's
    calls say so, and it can be closed; when the thread goes on, it harms nothing."""
    with ra.ResourceMonitor(CAPACITY) as monitor:
        resource = monitor.open("stopped")
        neighbour = monitor.open("neighbour")
        victim = stop_inside(library, start, resource)
        with pytest.raises(TimeoutError, match="resource 'stopped': a native thread has stopped"):
            resource.begin(ResourceState.ONLINE_PENDING)
        rejected = ra.rejected_reports()
        assert resource.report(ResourceState.ONLINE) is ExitState.CONTINUE
        resource.terminate()
        assert resource.report(ResourceState.ONLINE) is ExitState.TERMINATE
        assert ra.rejected_reports() == rejected + 2  # they are lost, and counted
        neighbour.begin(ResourceState.ONLINE_PENDING)
        assert monitor.poll()
        resource.close()
        assert resource.closed
    with ra.ResourceMonitor(CAPACITY) as monitor:
        heir = monitor.open("heir")
        library.victim_release(victim)
        library.victim_end(victim)
        check_usable(monitor, heir)
        assert monitor.poll() == []


@pytest.mark.skipif(sys.platform == "win32", reason="threads are cancelled on POSIX systems")
def test_a_cancelled_thread_comes_out_of_the_callback_first(library: ctypes.CDLL) -> None:
    """Waking a monitor writes to a pipe, where a thread may be cancelled, and that would end the
    process."""
    cancel = library.cancel_in_a_callback
    cancel.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    with ra.ResourceMonitor(CAPACITY) as monitor:
        resource = monitor.open("r")
        for _ in range(20):
            seen: list[ra.Event] = []
            asleep = threading.Thread(target=lambda seen=seen: seen.extend(monitor.poll(60)))
            asleep.start()
            assert cancel(ra.callbacks.address, resource.handle) == 1
            asleep.join()
            assert [event.status.state for event in seen] == [1007]
            resource.begin(ResourceState.ONLINE_PENDING)
            monitor.poll()


@pytest.mark.skipif(sys.platform == "win32", reason="threads are cancelled on POSIX systems")
def test_a_cancelled_thread_closes_a_former_event_handle_first(library: ctypes.CDLL) -> None:
    """The duplicate that nobody has taken of the status before is closed by the thread that
    reports, which may be cancelled there."""
    cancel = library.cancel_in_a_callback
    cancel.argtypes = [ctypes.c_void_p, ctypes.c_uint64]
    with ra.ResourceMonitor(CAPACITY) as monitor:
        resource = monitor.open("r")
        Watch(monitor, Engine()).add(resource.handle)
        reader, writer = os.pipe()
        for _ in range(20):
            resource.report(ResourceState.ONLINE, event_handle=reader)
            assert cancel(ra.callbacks.address, resource.handle) == 1
            assert resource.status.state == 1007
        os.close(reader)
        with pytest.raises(BrokenPipeError):  # no duplicate is open any more
            os.write(writer, b"x")
        os.close(writer)
