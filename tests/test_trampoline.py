"""Native threads report through the callback: invariants I1 to I5 of docs/design.md."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator

import pytest
from native import StartWorker

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState

REPORTS = 20_000_000
REPORTS_PER_STATUS = 1_000


@pytest.fixture
def computing() -> Iterator[None]:
    """A Python thread computes without pause, holding the GIL as long as it is let."""
    stop = False

    def compute() -> None:
        n = 0
        while not stop:
            n = (n * 1103515245 + 12345) % 2**31

    thread = threading.Thread(target=compute)
    thread.start()
    yield
    stop = True
    thread.join()


def test_every_transition_is_delivered_once_and_in_order(
    start_worker: StartWorker, monitor: ra.ResourceMonitor, computing: None
) -> None:
    """I1, I4: two threads, 20 million reports each, beside a Python thread that computes."""
    resources = [monitor.open("first"), monitor.open("second")]
    workers = [start_worker(r.handle, REPORTS, REPORTS_PER_STATUS) for r in resources]
    transitions = REPORTS // REPORTS_PER_STATUS
    last = dict.fromkeys(resources, 0)
    while any(number < transitions for number in last.values()):
        for event in monitor.poll(timeout=60):
            assert isinstance(event, ra.StatusChanged)
            number = event.status.error_code
            assert number == last[event.resource] + 1
            assert event.previous.error_code == number - 1
            assert event.status.flags == ~number & 0xFFFFFFFF
            assert event.status.event_handle == number * 0x100000001
            assert event.status.checkpoint == (number - 1) * REPORTS_PER_STATUS
            last[event.resource] = number
    assert [worker.join() for worker in workers] == [0, 0]
    assert monitor.poll() == []
    assert monitor.dropped_events == 0
    for resource in resources:
        assert resource.transitions == transitions
        assert resource.status.checkpoint == REPORTS - 1
        assert resource.status.error_code == transitions


def test_workers_report_while_native_code_holds_the_gil(
    start_worker: StartWorker, library_with_gil: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    """I1: a call that holds the GIL until a worker has reported a million times more returns."""
    worker = start_worker(monitor.open("r").handle, reports_per_status=100)
    library_with_gil.worker_await(worker._worker, 1_000_000)
    worker.stop()


def test_terminated_from_terminate_to_begin(
    library: ctypes.CDLL, start_worker: StartWorker, monitor: ra.ResourceMonitor
) -> None:
    """I3: every call that starts after terminate() has returned gets TERMINATE."""
    resource = monitor.open("r")
    worker = start_worker(resource.handle, reports_per_status=1_000)
    for _ in range(60):
        resource.begin(ResourceState.ONLINE_PENDING)
        worker.wait_for(2)  # the call that began before begin() may end after it
        before = worker.terminated
        worker.wait_for(100)
        assert worker.terminated == before
        resource.terminate()
        assert resource.exit_state is ExitState.TERMINATE
        worker.wait_for(2)  # one report may have started before terminate() returned
        before = worker.continued
        worker.wait_for(50)
        assert worker.continued == before
        report = ra.callbacks.set_resource_status_ex
        assert library.report_once(report, resource.handle, 2, 1) == ExitState.TERMINATE
    worker.stop()


def test_report_after_close_is_answered_terminate(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    """For ever, also when the cell is in use again."""
    report = ra.callbacks.set_resource_status_ex
    with monitor.open("the first") as resource:
        cell = resource.handle & 0xFFFFFFFF
    closed = [resource.handle]
    # Cells are opened again in the order in which they were closed: this one's turn comes.
    while (resource := monitor.open("the heir")).handle & 0xFFFFFFFF != cell:
        closed.append(resource.handle)
        resource.close()
    assert resource.handle not in closed
    assert len(set(closed)) == len(closed)
    before = ra.rejected_reports()
    for handle in closed:
        assert library.report_once(report, handle, 4, 1) == ExitState.TERMINATE
    assert ra.rejected_reports() == before + len(closed)
    assert resource.status == ra.ResourceStatus()
    assert resource.transitions == 0
    assert library.report_once(report, resource.handle, 4, 1) == ExitState.CONTINUE


def test_forged_handles_and_null_are_refused_and_counted(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    """I2: a million random handles, the NULL handle, and NULL for the status."""
    resource = monitor.open("r")
    report = ra.callbacks.set_resource_status_ex
    before = ra.rejected_reports()
    assert library.report_forged(report, 1_000_000, resource.handle) == 0
    assert library.report_once(report, 0, 2, 1) == ExitState.TERMINATE
    assert library.report_once(report, 2**64 - 1, 2, 1) == ExitState.TERMINATE
    assert library.report_null(report, resource.handle) == ExitState.TERMINATE
    assert library.report_null(report, 0) == ExitState.TERMINATE
    assert ra.rejected_reports() == before + 1_000_004
    assert resource.status == ra.ResourceStatus()
    assert monitor.poll() == []
    assert monitor.dropped_events == 0


def test_checkpoints_coalesce_and_the_newest_is_shown(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    resource = monitor.open("r")
    report = ra.callbacks.set_resource_status_ex
    for checkpoint in range(1, 100):
        assert library.report_once(report, resource.handle, 129, checkpoint) == 0
        assert resource.status.checkpoint == checkpoint
    library.report_once(report, resource.handle, 2, 100)
    first, second = monitor.poll()
    assert (first.status.checkpoint, first.previous.state) == (1, ResourceState.UNKNOWN)
    assert (second.status.checkpoint, second.previous.checkpoint) == (100, 99)
    assert resource.transitions == 2


def test_version_1_reports(library: ctypes.CDLL, monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    report = ra.callbacks.set_resource_status
    assert library.report_version_1(report, resource.handle, 130, 3, 0x1234) == 0
    assert resource.status == ra.ResourceStatus(
        ResourceState.OFFLINE_PENDING, checkpoint=3, event_handle=0x1234
    )
    before = ra.rejected_reports()
    assert library.report_version_1(report, 0, 130, 3, 0) == ExitState.TERMINATE
    assert library.report_null(report, resource.handle) == ExitState.TERMINATE
    assert ra.rejected_reports() == before + 2
    resource.terminate()
    assert library.report_version_1(report, resource.handle, 130, 4, 0x1234) == 1


def test_a_state_that_the_header_does_not_name(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    resource = monitor.open("r")
    for state in (77, -2, 2**31 - 1, -(2**31)):
        library.report_once(ra.callbacks.set_resource_status_ex, resource.handle, state, 1)
        assert resource.status.state == state
        assert resource.status.state.name.startswith("UNDOCUMENTED")
    assert [event.status.state for event in monitor.poll()] == [77, -2, 2**31 - 1, -(2**31)]


def test_snapshots_are_whole_while_two_threads_report(
    start_worker: StartWorker, monitor: ra.ResourceMonitor
) -> None:
    """I5: every field of a status follows from one number, whoever is reporting."""
    resource = monitor.open("r")
    workers = [start_worker(resource.handle, reports_per_status=n) for n in (3, 5)]
    workers[0].wait_for(1)
    seen = set()
    looks = 0
    while looks < 20_000 or len(seen) < 200:  # different ones: the workers were at it meanwhile
        looks += 1
        status = resource.status
        number = status.error_code
        seen.add(number)
        assert status.flags == ~number & 0xFFFFFFFF
        assert status.event_handle == number * 0x100000001
        # Each status goes with the checkpoints of the worker that reports it.
        assert (number - 1) in (status.checkpoint // 3, status.checkpoint // 5)
    for worker in workers:
        worker.stop()
