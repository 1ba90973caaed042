"""The monitor's side: what its author pays in Python."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import metadata
from pathlib import Path
from types import ModuleType

import resapi_cy as ra
from benchmarks.candidates import EVENT_CAPACITY, expect
from benchmarks.results import Latency, Memory, MonitorSide, PollCost

PACKAGES = Path(ra.__file__).parents[1]
STATM = Path("/proc/self/statm")
PENDING = ra.ResourceState.ONLINE_PENDING
WAKE_PAUSE = 0.002  # seconds between two transitions: the monitor is asleep again by then


def measure(driver: ModuleType, seconds: float, sizes: list[int]) -> MonitorSide:
    """Takes about so many seconds, and what opening the resources takes."""
    wakes = max(20, int(seconds / 5 / WAKE_PAUSE))
    function, status, report = python_calls(seconds / 10)
    return MonitorSide(
        drained=drain(driver, seconds / 10),
        wake_poll=wake(driver, wakes, poll_until_closed),
        wake_async=wake(driver, wakes, iterate_until_closed),
        function=function,
        status=status,
        report=report,
        polls=poll_costs(sizes, seconds / 10),
        memory=[memory(size) for size in sizes] if STATM.exists() else [],
        import_ms=import_times(seconds / 5),
        wheel=wheel_size(),
    )


def rounds(seconds: float) -> Iterator[int]:
    """Until the time is over, but at least five."""
    end = time.monotonic() + seconds
    number = 0
    while number < 5 or time.monotonic() < end:
        yield number
        number += 1


def drain(driver: ModuleType, seconds: float) -> list[float]:
    """ns for each event, when a poll finds as many as the monitor can keep."""
    per_event = []
    with ra.ResourceMonitor(EVENT_CAPACITY) as monitor:
        resource = monitor.open("drain")
        for _ in rounds(seconds):
            driver.run(
                ra.callbacks.set_resource_status_ex,
                [resource.handle],
                changes=True,
                work=0.0,
                seconds=60.0,
                limit=EVENT_CAPACITY,
            )
            start = time.perf_counter_ns()
            events = monitor.poll()
            elapsed = time.perf_counter_ns() - start
            expect("poll", len(events) == EVENT_CAPACITY, f"{len(events)} events were delivered")
            per_event.append(elapsed / len(events))
    return per_event


# ---- From a native thread's transition to the event ----------------------------------------------

Receive = Callable[[ra.ResourceMonitor, list[int]], None]


def poll_until_closed(monitor: ra.ResourceMonitor, latencies: list[int]) -> None:
    try:
        while True:
            for event in monitor.poll(timeout=None):
                latencies.append(time.perf_counter_ns() - event.monotonic)
    except ra.ClosedError:
        pass


def iterate_until_closed(monitor: ra.ResourceMonitor, latencies: list[int]) -> None:
    async def iterate() -> None:
        async for event in monitor:
            latencies.append(time.perf_counter_ns() - event.monotonic)

    asyncio.run(iterate())


def wake(driver: ModuleType, wakes: int, receive: Receive) -> Latency:
    """How long an event takes from the native thread that makes it to a Python thread that sleeps,
    in ns. Its time is taken in the callback, by the clock of `time.perf_counter_ns`."""
    latencies: list[int] = []
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("wake")
        receiver = threading.Thread(target=receive, args=(monitor, latencies))
        receiver.start()
        driver.report_now_and_then(
            ra.callbacks.set_resource_status_ex, resource.handle, wakes, WAKE_PAUSE
        )
        end = time.monotonic() + 30
        while len(latencies) < wakes and time.monotonic() < end:
            time.sleep(0.01)
        monitor.close()
        receiver.join()
    expect("a sleeping monitor", len(latencies) == wakes, f"{len(latencies)} of {wakes} events")
    # Thousands of values, each its own bucket to within 3 %, as the driver's are.
    histogram = Counter(float(f"{latency:.3g}") for latency in latencies)
    return Latency(wakes, max(latencies), sorted(histogram.items()))


# ---- Calls from Python ---------------------------------------------------------------------------


def per_call(call: Callable[[], object], calls: int = 2000) -> float:
    repeats = range(calls)
    start = time.perf_counter_ns()
    for _ in repeats:
        call()
    return (time.perf_counter_ns() - start) / calls


def python_calls(seconds: float) -> tuple[list[float], list[float], list[float]]:
    """ns for an empty function, `resource.status` and `resource.report`; in turns."""

    def nothing() -> None:
        pass

    function, status, report = [], [], []
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("calls")
        resource.begin(PENDING)
        for _ in rounds(seconds):
            function.append(per_call(nothing))
            status.append(per_call(lambda: resource.status))
            report.append(per_call(lambda: resource.report(PENDING, checkpoint=1)))
    return function, status, report


def poll_costs(sizes: list[int], seconds: float) -> list[PollCost]:
    """The same polls of monitors that have one resource, or many: in turns."""
    costs = [PollCost(size, [], []) for size in sizes]
    with ExitStack() as stack:
        monitors = []
        for size in sizes:
            monitor = stack.enter_context(ra.ResourceMonitor())
            resources = [monitor.open("r") for _ in range(size)]
            monitors.append((monitor, resources[size // 2]))
        for _ in rounds(seconds):
            for cost, (monitor, resource) in zip(costs, monitors, strict=True):
                cost.idle.append(per_call(monitor.poll))
                cost.one_event.append(one_event(monitor, resource))
    return costs


def one_event(monitor: ra.ResourceMonitor, resource: ra.Resource) -> float:
    code = 0
    delivered = 0

    def report_and_poll() -> None:
        nonlocal code, delivered
        code += 1
        resource.report(PENDING, error_code=code)
        delivered += len(monitor.poll())

    elapsed = per_call(report_and_poll)
    expect("poll", delivered == code, f"{delivered} of {code} events")
    return elapsed


# ---- In processes of their own -------------------------------------------------------------------


def in_a_new_process(program: str, *arguments: object) -> str:
    command = [sys.executable, "-I", "-c", program, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


MEMORY = """\
import gc, json, os, sys, tracemalloc
sys.path.insert(0, sys.argv[1])
import resapi_cy as ra

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

count, traced = int(sys.argv[2]), sys.argv[3] == "traced"
names = [str(i) for i in range(count)]  # the user's own
monitor = ra.ResourceMonitor()
resources = [None] * count
gc.collect()
if traced:
    tracemalloc.start()
before = tracemalloc.get_traced_memory()[0] if traced else resident()
for i in range(count):
    resources[i] = monitor.open(names[i])
print((tracemalloc.get_traced_memory()[0] if traced else resident()) - before)
"""


def memory(resources: int) -> Memory:
    process = in_a_new_process(MEMORY, PACKAGES, resources, "resident")
    python = in_a_new_process(MEMORY, PACKAGES, resources, "traced")
    return Memory(resources, int(process), int(python))


IMPORT = """\
import sys, time
sys.path.insert(0, sys.argv[1])
start = time.process_time()
import resapi_cy
print((time.process_time() - start) * 1000)
"""


def import_times(seconds: float) -> list[float]:
    """Milliseconds of the processor, each in a new interpreter; the first one, which may read the
    disk, is left out."""
    in_a_new_process(IMPORT, PACKAGES)
    return [float(in_a_new_process(IMPORT, PACKAGES)) for _ in rounds(seconds)]


def wheel_size() -> int | None:
    """The installed files, packed as in a wheel. None: they were not installed from one."""
    try:
        files = metadata.files("resapi-cy") or []
    except metadata.PackageNotFoundError:
        return None
    shipped = [file for file in files if file.suffix != ".pyc" and file.parts[0] != ".."]
    if PACKAGES / "resapi_cy" / "__init__.py" not in {Path(str(f.locate())) for f in shipped}:
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in shipped:
            archive.write(str(file.locate()), str(file))
    return packed.getbuffer().nbytes
