"""ResourceMonitor and Resource, from Python."""

from __future__ import annotations

import contextlib
import copy
import ctypes
import gc
import importlib.util
import math
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable

import pytest
from native import WINDOWS, StartWorker

import resapi_cy as ra
from resapi_cy import ClosedError, ExitState, ResourceState, StatusFlags


def test_the_life_of_a_resource(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("Disk 1")
    assert resource.name == "Disk 1"
    assert resource.monitor is monitor
    assert 0 < resource.handle < 2**64
    assert resource.status == ra.ResourceStatus(ResourceState.UNKNOWN)
    assert resource.exit_state is ExitState.CONTINUE
    assert monitor.resources == [resource]
    resource.begin(ResourceState.ONLINE_PENDING)
    assert resource.report(ResourceState.ONLINE_PENDING, checkpoint=1) is ExitState.CONTINUE
    answer = resource.report(
        ResourceState.FAILED,
        checkpoint=2,
        error_code=5,
        flags=StatusFlags.INSUFFICIENT_MEMORY | StatusFlags.DUMP_NOW,
        event_handle=2**64 - 1,
    )
    assert answer is ExitState.CONTINUE
    failed = ra.ResourceStatus(ResourceState.FAILED, 2, 2**64 - 1, 5, StatusFlags(0x80000010))
    assert resource.status == failed
    assert resource.status.state is ResourceState.FAILED
    assert resource.transitions == 2
    pending, changed = monitor.poll()
    assert pending.previous.state is ResourceState.UNKNOWN
    assert pending.status == ra.ResourceStatus(ResourceState.ONLINE_PENDING)
    assert changed.resource is resource
    assert changed.status == failed
    assert changed.previous == ra.ResourceStatus(ResourceState.ONLINE_PENDING, 1)
    resource.close()
    assert monitor.resources == []


def test_begin_starts_over(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    resource.report(ResourceState.ONLINE, checkpoint=9, error_code=1)
    resource.terminate()
    resource.terminate()
    assert resource.report(ResourceState.ONLINE, checkpoint=10) is ExitState.TERMINATE
    resource.begin(ResourceState.OFFLINE_PENDING)
    assert resource.exit_state is ExitState.CONTINUE
    assert resource.status == ra.ResourceStatus(ResourceState.OFFLINE_PENDING)
    resource.begin(ResourceState.OFFLINE_PENDING)  # a new operation, though the state is the same
    assert resource.transitions == 4
    with pytest.raises(ValueError, match="takes a pending state"):
        resource.begin(ResourceState.ONLINE)


def test_a_report_while_terminated_is_recorded(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    resource.terminate()
    assert resource.report(ResourceState.OFFLINE) is ExitState.TERMINATE
    assert resource.status.state is ResourceState.OFFLINE
    assert len(monitor.poll()) == 1


def test_events_tell_the_time(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    time_before, monotonic_before = time.time_ns(), time.perf_counter_ns()
    resource.report(ResourceState.ONLINE)
    time_after, monotonic_after = time.time_ns(), time.perf_counter_ns()
    (event,) = monitor.poll()
    # The system's clocks may be read to the microsecond, or worse, where Python reads them.
    slack = 20_000_000 if WINDOWS else 1_000_000
    assert time_before - slack <= event.time <= time_after + slack
    assert monotonic_before - slack <= event.monotonic <= monotonic_after + slack


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda m, r: ra.ResourceMonitor(0), ValueError, "event_capacity must be from 1 to"),
        (lambda m, r: ra.ResourceMonitor(-1), ValueError, "event_capacity must be from 1"),
        (lambda m, r: ra.ResourceMonitor(2**31), ValueError, "event_capacity must be from 1"),
        (lambda m, r: ra.ResourceMonitor("many"), TypeError, "event_capacity must be an integer"),
        (lambda m, r: m.open(5), TypeError, "name must be a str, not int"),
        (lambda m, r: m.poll(-1), ValueError, "timeout must be at least 0"),
        (lambda m, r: m.poll(math.nan), ValueError, "timeout must be at least 0"),
        (lambda m, r: m.poll("soon"), TypeError, "timeout must be a number of seconds.*not str"),
        (lambda m, r: r.report("ONLINE"), TypeError, "state must be a ResourceState"),
        (lambda m, r: r.report(2**31), ValueError, "state must fit 32 bits"),
        (lambda m, r: r.report(2, checkpoint=-1), ValueError, "checkpoint must be from 0"),
        (lambda m, r: r.report(2, checkpoint=2**32), ValueError, "checkpoint must be from 0"),
        (lambda m, r: r.report(2, error_code=1.5), TypeError, "error_code must be an integer"),
        (lambda m, r: r.report(2, flags=2**32), ValueError, "flags must be from 0"),
        (lambda m, r: r.report(2, event_handle=2**64), ValueError, "event_handle must be from"),
        (lambda m, r: r.begin(None), TypeError, "state must be a ResourceState"),
        (lambda m, r: ra.Resource(), TypeError, "made by ResourceMonitor.open"),
        (lambda m, r: ra.HostedResource(), TypeError, "made by ResourceType.open"),
        (lambda m, r: m.load(".", "T"), ra.ResourceDllNotLoadable, "that is a folder"),
    ],
)
def test_wrong_arguments_name_themselves(monitor, call, error, message) -> None:
    resource = monitor.open("r")
    with pytest.raises(error, match=message):
        call(monitor, resource)
    assert resource.transitions == 0
    assert monitor.poll() == []


def test_what_is_closed_says_what_to_do() -> None:
    monitor = ra.ResourceMonitor()
    resource = monitor.open("Disk 1")
    survivor = monitor.open("Disk 2")
    resource.close()
    resource.close()
    uses = [
        lambda: resource.status,
        lambda: resource.transitions,
        lambda: resource.exit_state,
        lambda: resource.begin(ResourceState.ONLINE_PENDING),
        lambda: resource.report(ResourceState.ONLINE),
        resource.terminate,
        resource.open_control_call,
        lambda: resource.close_control_call(1),
        resource.__enter__,
    ]
    for use in uses:
        with pytest.raises(ClosedError, match="resource 'Disk 1' is closed: open it again to get"):
            use()
    assert resource.closed
    assert not survivor.closed
    monitor.close()
    monitor.close()
    uses = [
        lambda: monitor.open("r"),
        lambda: monitor.resources,
        monitor.poll,
        monitor.open_type_control_call,
        lambda: monitor.close_type_control_call(1),
        monitor.__enter__,
        lambda: survivor.status,
        survivor.terminate,
    ]
    for use in uses:
        with pytest.raises(ClosedError, match="the monitor is closed: make a new ResourceMonitor"):
            use()
    assert monitor.closed
    assert survivor.closed
    assert list(monitor) == []
    assert repr(monitor) == "<ResourceMonitor closed>"
    assert repr(resource).endswith("closed>")


def test_a_resource_that_no_monitor_made_is_harmless() -> None:
    resource = ra.Resource.__new__(ra.Resource)
    assert resource.closed
    assert repr(resource).endswith("closed>")
    resource.close()
    for use in (lambda: resource.status, resource.terminate, resource.open_control_call):
        with pytest.raises(TypeError, match=r"made by ResourceMonitor\.open"):
            use()
    assert copy.copy(resource) is resource


def test_events_of_a_closed_resource_are_delivered(monitor: ra.ResourceMonitor) -> None:
    with monitor.open("gone") as resource:
        resource.report(ResourceState.ONLINE)
    other = monitor.open("there")
    other.report(ResourceState.ONLINE)
    first, second = monitor.poll()
    assert (first.resource, second.resource) == (resource, other)


def test_undelivered_events_count_as_dropped_when_the_monitor_closes() -> None:
    monitor = ra.ResourceMonitor()
    with monitor.open("gone") as resource:
        resource.report(ResourceState.ONLINE)
    resource = monitor.open("r")
    for state in (2, 3, 4):
        resource.report(state)
    next(monitor)
    next(monitor)  # leaves some of a batch
    monitor.close()
    assert monitor.dropped_events == 2


def test_what_does_not_fit_is_dropped_and_counted(library: ctypes.CDLL) -> None:
    """I4, I8: log messages first, and the resource's own status is right all the same."""
    with ra.ResourceMonitor(event_capacity=10) as monitor:
        resource = monitor.open("r")
        library.log_lines(ra.callbacks.log_event, resource.handle, 20)
        assert monitor.dropped_events == 15
        for checkpoint in range(20):
            resource.report(2 if checkpoint % 2 else 3, checkpoint=checkpoint)
        assert monitor.dropped_events == 15 + 15
        assert resource.status.checkpoint == 19
        assert resource.transitions == 20
        kinds = [type(event).__name__ for event in monitor.poll()]
        assert kinds == ["LogMessage"] * 5 + ["StatusChanged"] * 5
        # Delivered events make room again, one by one when iterated.
        for _ in range(3):
            for state in (3, 2) * 5:
                resource.report(state)
            for _ in range(10):
                next(monitor)
        assert monitor.dropped_events == 30


def test_iteration_ends_when_the_monitor_closes(monitor: ra.ResourceMonitor) -> None:
    seen = []
    thread = threading.Thread(target=lambda: seen.extend(monitor))
    thread.start()
    resource = monitor.open("r")
    for state in (2, 3, 4):
        resource.report(state)
    while len(seen) < 3:
        time.sleep(0.001)
    monitor.close()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert [event.status.state for event in seen] == [2, 3, 4]


def test_poll_waits_for_an_event_and_not_longer(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    assert monitor.poll() == []
    assert monitor.poll(0.01) == []
    resource = monitor.open("r")
    waiting = threading.Event()

    def report() -> None:
        waiting.wait()
        library.report_once(ra.callbacks.set_resource_status_ex, resource.handle, 2, 1)

    thread = threading.Thread(target=report)
    thread.start()
    waiting.set()
    (event,) = monitor.poll(timeout=None)
    assert event.status.state is ResourceState.ONLINE
    thread.join()


def test_a_waiting_poll_is_told_that_the_monitor_closes(monitor: ra.ResourceMonitor) -> None:
    errors = []

    def wait() -> None:
        try:
            monitor.poll(None)
        except ClosedError as error:
            errors.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.05)
    monitor.close()
    thread.join(timeout=60)
    assert len(errors) == 1


INTERRUPTED = """
import signal, sys, threading, _thread
import resapi_cy as ra
monitor = ra.ResourceMonitor()
threading.Timer(0.3, lambda: {interrupt}).start()
try:
    {wait}
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.parametrize("wait", ["monitor.poll(None)", "next(monitor)", "list(monitor)"])
def test_ctrl_c_interrupts_a_wait(wait: str) -> None:
    # raise_signal does in this process what Ctrl-C does, from a thread that is not the main one.
    program = INTERRUPTED.format(interrupt="signal.raise_signal(signal.SIGINT)", wait=wait)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "interrupted", done.stderr


@pytest.mark.skipif(WINDOWS, reason="Windows has no kill()")
def test_a_real_sigint_interrupts_a_wait() -> None:
    program = INTERRUPTED.format(
        interrupt="None", wait="print('waiting', flush=True); monitor.poll(None)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.stdout.read().strip() == "interrupted"
        assert process.wait(timeout=60) == 0


def test_many_python_threads_share_a_monitor(start_worker: StartWorker) -> None:
    """Each event is delivered to exactly one of the threads that poll, iterate, open and close."""
    with ra.ResourceMonitor() as monitor:
        resources = [monitor.open(f"r{i}") for i in range(4)]
        seen: list[list[ra.Event]] = [[] for _ in range(4)]
        done = threading.Event()

        def poll(into: list[ra.Event]) -> None:
            while not done.is_set():
                into.extend(monitor.poll(0.01))

        def take(into: list[ra.Event]) -> None:
            into.extend(monitor)

        def churn() -> None:
            while not done.is_set():
                with monitor.open("passing") as resource:
                    resource.report(ResourceState.INHERITED)
                    _ = resource.status, monitor.resources

        threads = [threading.Thread(target=poll, args=[into]) for into in seen[:2]]
        threads += [threading.Thread(target=take, args=[into]) for into in seen[2:]]
        threads += [threading.Thread(target=churn) for _ in range(2)]
        for thread in threads:
            thread.start()
        reports = 20_000
        workers = [start_worker(r.handle, reports, 10) for r in resources]
        for worker in workers:
            worker.join()
        done.set()
        for thread in threads[:2] + threads[4:]:
            thread.join(60)
        # What is left is taken by the iterating threads, which end with the monitor.
        own = set(resources)
        deadline = time.monotonic() + 60

        def numbers() -> list[tuple[str, int]]:
            return [
                (event.resource.name, event.status.error_code)
                for into in seen
                for event in list(into)
                if event.resource in own
            ]

        while len(numbers()) < 4 * reports // 10 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert monitor.dropped_events == 0
        assert sorted(numbers()) == sorted(
            (r.name, n) for r in resources for n in range(1, reports // 10 + 1)
        )
        for into in seen:  # and each thread saw each resource's in order
            last: dict[str, int] = {}
            for event in into:
                if event.resource in own:
                    assert event.status.error_code > last.get(event.resource.name, 0)
                    last[event.resource.name] = event.status.error_code
    for thread in threads[2:4]:
        thread.join(60)
        assert not thread.is_alive()


def test_an_abandoned_monitor_closes_itself(start_worker: StartWorker) -> None:
    monitor = ra.ResourceMonitor()
    resource = monitor.open("r")
    handle, gone = resource.handle, weakref.ref(monitor)
    worker = start_worker(handle, reports_per_status=3)
    worker.wait_for(1_000)
    assert worker.terminated == 0
    del monitor, resource
    gc.collect()
    assert gone() is None
    worker.wait_for(2)
    assert worker.stop() > 0


def test_closing_under_fire_is_safe(library: ctypes.CDLL, start_worker: StartWorker) -> None:
    """I7: two threads go on reporting and one goes on logging while monitors come and go."""
    for round_ in range(100):
        monitor = ra.ResourceMonitor(event_capacity=64)
        resource = monitor.open("r")
        workers = [start_worker(resource.handle, reports_per_status=2) for _ in range(2)]
        workers[0].wait_for(100)
        library.log_lines(ra.callbacks.log_event, 0, 10)
        (monitor if round_ % 2 else resource).close()
        for worker in workers:
            worker.wait_for(3)
        assert all(worker.terminated > 0 for worker in workers)
        monitor.close()
        for worker in workers:
            worker.stop()


class ClosesWhenCollected:
    """A reference cycle whose finalizer closes something, whenever the collector runs."""

    def __init__(self, closed: ra.ResourceMonitor | ra.Resource) -> None:
        self.closed = closed
        self.cycle = self

    def __del__(self) -> None:
        self.closed.close()


@pytest.mark.parametrize("which", ["monitor", "resource"])
def test_a_finalizer_may_close_while_events_are_made(which: str) -> None:
    for _ in range(20):
        with ra.ResourceMonitor() as monitor:
            resource = monitor.open("r")
            for state in (2, 3) * 2_000:
                resource.report(state)
            closed = monitor if which == "monitor" else resource
            ClosesWhenCollected(closed)
            with contextlib.suppress(ClosedError):
                events = monitor.poll()
                assert all(event.resource is resource for event in events)
            gc.collect()
            assert closed.closed
        if which == "resource":
            assert monitor.dropped_events == 0


def run_while_an_event_is_made(
    monkeypatch: pytest.MonkeyPatch, number: int, function: Callable[[], object]
) -> None:
    """Runs a function where a signal handler would: in the middle of the making of an event, the
    number-th whose log level has no name in the header."""
    missing = ra.LogLevel._missing_
    made = 0

    def find(cls: type, value: object) -> object:
        nonlocal made
        made += 1
        if made == number:
            function()
        return missing(value)

    monkeypatch.setattr(ra.LogLevel, "_missing_", classmethod(find))


@pytest.mark.parametrize("which", ["monitor", "resource"])
def test_a_signal_handler_may_close_while_events_are_made(
    library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    monitor = ra.ResourceMonitor()
    resource = monitor.open("r")
    closed = monitor if which == "monitor" else resource
    for level in range(1_000):
        library.log_level(ra.callbacks.log_event, resource.handle, 100 + level)
    run_while_an_event_is_made(monkeypatch, 500, closed.close)
    events = monitor.poll()
    assert closed.closed
    assert all(event.resource is resource for event in events)
    monitor.close()
    assert [int(event.level) for event in events] == list(range(100, 100 + len(events)))
    # What the poll had taken by then is delivered: eight batches of 64.
    assert len(events) == (512 if which == "monitor" else 1_000)
    assert len(events) + monitor.dropped_events == 1_000


def test_an_interrupted_poll_loses_nothing(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had made is for the next one; what it was making is counted."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    resource = monitor.open("r")
    for level in range(1_000):
        library.log_level(ra.callbacks.log_event, resource.handle, 100 + level)
    run_while_an_event_is_made(monkeypatch, 500, interrupt)
    with pytest.raises(KeyboardInterrupt):
        monitor.poll()
    assert monitor.dropped_events == 1
    levels = [int(next(monitor).level) for _ in range(10)]
    levels += [int(event.level) for event in monitor.poll()]
    assert levels == [level for level in range(100, 1_100) if level != 599]


@pytest.mark.skipif(
    not importlib.util.find_spec("_testcapi"), reason="this CPython has no _testcapi to fail malloc"
)
def test_a_failed_allocation_loses_nothing_uncounted() -> None:
    """In a process of its own, where the k-th allocation of a poll fails, for each k."""
    program = """
import _testcapi, ctypes, sys
import resapi_cy as ra
for k in range(400):
    monitor = ra.ResourceMonitor()
    resource, other = monitor.open("r"), monitor.open("other")
    for state in (2, 3) * 10:
        resource.report(state)
    other.report(2)
    events = []
    try:
        _testcapi.set_nomemory(k, k + 1)
        try:
            if k % 2:
                other.close()
            events = monitor.poll()
        finally:
            _testcapi.remove_mem_hooks()
    except MemoryError:
        pass
    if k % 2:
        other.close()
    events += monitor.poll()
    assert len(events) + monitor.dropped_events == 21, (k, len(events), monitor.dropped_events)
    assert all(event.resource in (resource, other) for event in events), k
    assert monitor.resources == ([resource] if k % 2 else [resource, other]), k
    monitor.close()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_native_thread_wakes_a_sleeping_monitor(
    library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    """Woken, and not by the end of its time."""
    resource = monitor.open("r")
    report = ra.callbacks.set_resource_status_ex
    timer = threading.Timer(0.2, library.report_once, [report, resource.handle, 2, 1])
    timer.start()
    assert monitor._sleep(100) is True
    timer.join()
    assert len(monitor.poll()) == 1


def test_closing_a_resource_wakes_who_waits_for_its_events(monitor: ra.ResourceMonitor) -> None:
    woken = []
    thread = threading.Thread(target=lambda: woken.append(monitor._sleep(100)))
    thread.start()
    resource = monitor.open("r")
    resource.report(ResourceState.ONLINE)
    resource.close()
    thread.join(60)
    assert woken == [True]
    assert len(monitor.poll()) == 1


def test_a_budget_is_given_back(library: ctypes.CDLL) -> None:
    """I8: log messages, one after the other, many times the capacity."""
    with ra.ResourceMonitor(event_capacity=4) as monitor:
        resource = monitor.open("r")
        text = ("x" * 32_768 + "\0").encode("utf-16le")
        for take in (monitor.poll, lambda: [next(monitor)]):
            for _ in range(50):
                library.log_long(ra.callbacks.log_event, resource.handle, text)
                (event,) = take()
                assert len(event.text) == 32_768
        assert monitor.dropped_events == 0
