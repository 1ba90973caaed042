"""One setting of benchmarks.hosting, in a process of its own: `python -m benchmarks.hosting_setting
JSON`, which benchmarks/hosting.py runs. What it has measured goes to standard output, as JSON."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from heapq import heapify, heapreplace
from itertools import islice
from pathlib import Path

import resapi_cy as ra
from benchmarks.callbacks import compute
from benchmarks.hosting_dll import HostingDll
from benchmarks.hosting_results import (
    COLLECTING,
    HEAP,
    HOST,
    SLOW,
    TASKS,
    Life,
    Polled,
    latency,
)
from benchmarks.results import COMPUTING, GIL_KEPT, IDLE, Latency

INTERVAL_MS = 1000
INTERVAL_NS = INTERVAL_MS * 1_000_000
NEVER_MS = 3_600_000
SLOW_RESOURCES = 200
# Before anything disturbs the polls: by then the earliest one of each resource tells its schedule.
QUIET_SECONDS = 2.0
CHECK_ROUNDS = 3
GIL_KEPT_SECONDS = 0.1
TOGETHER = 1000  # operations that the user's own loop has under way at once

# A collection takes a second with about so many objects; more of them would take too much memory.
MOST_OBJECTS = 10_000_000
OBJECTS_STEP = 500_000

# Changes are so far apart that each one is found by itself.
CHANGE_ROUNDS = 5
CHANGE_PAUSE_MS = 4

STOPS = 200


@dataclass(frozen=True)
class Setting:
    what: str  # "polled", "life" or "stopped"
    dll: str
    who: str = HOST
    context: str = IDLE
    resources: int = 0
    seconds: float = 0.0
    collection: float = 1.0  # how long a garbage collection is to take, in seconds
    changes: int = 150  # of a resource, in a round


# ---- The process ---------------------------------------------------------------------------------


def resident() -> int | None:
    """Bytes; None: the system does not tell."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def thread_count() -> int | None:
    tasks = Path("/proc/self/task")
    return len(os.listdir(tasks)) if tasks.exists() else None


def processor_of(thread: threading.Thread | None) -> float | None:
    """The seconds that a thread has computed; None: the system does not tell."""
    if thread is None:
        return 0.0
    if sys.platform == "win32" or not hasattr(time, "pthread_getcpuclockid"):
        return None
    assert thread.ident is not None
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident))


# ---- What disturbs -------------------------------------------------------------------------------


@dataclass
class Disturbance:
    """A Python thread that does its work again and again; `thread` is None: nothing does."""

    thread: threading.Thread | None
    took: list[float]  # how long the work was, each time, in seconds


@contextmanager
def disturbed(work: Callable[[], object] | None, pause: float) -> Iterator[Disturbance]:
    took: list[float] = []
    if work is None:
        yield Disturbance(None, took)
        return
    stopped = False

    def run() -> None:
        while not stopped:
            begun = time.perf_counter()
            work()
            took.append(time.perf_counter() - begun)
            if pause:
                time.sleep(pause)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield Disturbance(thread, took)
    finally:
        stopped = True
        thread.join()


def disturbance(setting: Setting, dll: HostingDll) -> tuple[Callable[[], object] | None, float]:
    """The work, and how long the thread sleeps after it."""
    work: dict[str, tuple[Callable[[], object] | None, float]] = {
        IDLE: (None, 0.0),
        SLOW: (None, 0.0),
        COMPUTING: (compute, 0.0),
        GIL_KEPT: (lambda: dll.keep_gil(GIL_KEPT_SECONDS), 0.0),
        COLLECTING: (gc.collect, setting.collection),
    }
    return work[setting.context]


def many_objects(seconds: float) -> list[list[object]]:
    """So many that a garbage collection takes so long, but for the limit."""
    gc.disable()
    objects: list[list[object]] = []
    while len(objects) < MOST_OBJECTS:
        # Each refers to another one that lies elsewhere, as the objects of a real program do.
        before = len(objects)
        objects += [[] for _ in range(OBJECTS_STEP)]
        for number in range(before, len(objects)):
            objects[number].append(objects[number * 7919 % len(objects)])
        begun = time.perf_counter()
        gc.collect()
        if time.perf_counter() - begun >= seconds:
            break
    gc.enable()
    return objects


# ---- Who polls -----------------------------------------------------------------------------------


def following(due: int, now: int) -> int:
    """When the poll after one that was due then is due, in ns: those that were missed are not made
    up for. So does the host, and so do those that are measured beside it."""
    due += INTERVAL_NS
    return due if due > now else due + (now - due) // INTERVAL_NS * INTERVAL_NS + INTERVAL_NS


async def all_of(operations: Iterator[Awaitable[object]], monitor: ra.ResourceMonitor) -> None:
    """So many at a time; events are read, as a monitor does."""
    while some := list(islice(operations, TOGETHER)):
        await asyncio.gather(*some)
        monitor.poll()


def open_hosted(
    monitor: ra.ResourceMonitor, setting: Setting, names: list[str], interval_ms: int
) -> list[ra.HostedResource]:
    resource_type = monitor.load(setting.dll, "Benchmark")
    opened: list[ra.HostedResource] = []

    async def open_one(name: str) -> None:
        properties = {"LooksAlivePollInterval": interval_ms, "IsAlivePollInterval": NEVER_MS}
        opened.append(await resource_type.open_async(name, **properties))

    asyncio.run(all_of(map(open_one, names), monitor))
    return opened


def start_host(setting: Setting, dll: HostingDll, slow: int) -> float:
    monitor = ra.ResourceMonitor()
    names = [f"q{number}" for number in range(setting.resources)]
    resources = open_hosted(monitor, setting, names, INTERVAL_MS)
    resources += open_hosted(monitor, setting, [f"s{n}" for n in range(slow)], INTERVAL_MS)
    check_ns = time_checks(dll)
    asyncio.run(all_of((resource.online_async() for resource in resources), monitor))
    return check_ns


def start_heap(setting: Setting, dll: HostingDll, slow: int) -> float:
    resids = open_alone(setting, dll, slow)
    check_ns = time_checks(dll)

    def poll() -> None:
        looks_alive = dll.looks_alive
        heap = [(due, resid) for due, resid in zip(spread(len(resids)), resids, strict=True)]
        heapify(heap)
        while True:
            due, resid = heap[0]
            if (wait := due - time.monotonic_ns()) > 0:
                time.sleep(wait / 1e9)
            looks_alive(resid)
            heapreplace(heap, (following(due, time.monotonic_ns()), resid))

    threading.Thread(target=poll, daemon=True).start()
    return check_ns


def start_tasks(setting: Setting, dll: HostingDll, slow: int) -> float:
    resids = open_alone(setting, dll, slow)
    check_ns = time_checks(dll)

    async def poll_one(resid: int, due: int) -> None:
        looks_alive = dll.looks_alive
        while True:
            await asyncio.sleep((due - time.monotonic_ns()) / 1e9)
            looks_alive(resid)
            due = following(due, time.monotonic_ns())

    async def poll() -> None:
        await asyncio.gather(*map(poll_one, resids, spread(len(resids))))

    threading.Thread(target=asyncio.run, args=(poll(),), daemon=True).start()
    return check_ns


def open_alone(setting: Setting, dll: HostingDll, slow: int) -> list[int]:
    quick = [dll.open(False) for _ in range(setting.resources)]
    return quick + [dll.open(True) for _ in range(slow)]


def spread(count: int) -> list[int]:
    """When each of so many is due first: evenly over an interval."""
    begun = time.monotonic_ns() + INTERVAL_NS
    return [begun + number * INTERVAL_NS // count for number in range(count)]


def time_checks(dll: HostingDll) -> float:
    """What the entry point costs by itself, in ns of the processor."""
    dll.check_all(1)  # its memory is there from now on
    begun = time.process_time_ns()
    calls = dll.check_all(CHECK_ROUNDS)
    return (time.process_time_ns() - begun) / calls


# ---- Polls ---------------------------------------------------------------------------------------


def measure_polled(setting: Setting) -> Polled:
    slow = SLOW_RESOURCES if setting.context == SLOW else 0
    calls = int(setting.seconds + QUIET_SECONDS) + 8
    before = resident()
    dll = HostingDll(Path(setting.dll), setting.resources + slow, calls)
    start = {HOST: start_host, HEAP: start_heap, TASKS: start_tasks}[setting.who]
    check_ns = start(setting, dll, slow)
    objects = many_objects(setting.collection) if setting.context == COLLECTING else []
    quiet = dll.now()
    time.sleep(QUIET_SECONDS)
    after = resident()
    with disturbed(*disturbance(setting, dll)) as disturber:
        time.sleep(0.1)
        begun, used = dll.now(), used_so_far(disturber)
        threads = highest_threads(setting.seconds)
        ended, used_then = dll.now(), used_so_far(disturber)
    del objects
    times = [dll.times(number) for number in range(setting.resources + slow)]
    late = (
        ns
        for of_one in times[: setting.resources]
        for ns in lateness([t for t in of_one if quiet <= t < ended], begun)
    )
    memory = None
    if before is not None and after is not None and setting.context != COLLECTING:
        memory = max(after - before - (setting.resources + slow) * calls * 8, 0)
    return Polled(
        who=setting.who,
        context=setting.context,
        resources=setting.resources,
        seconds=(ended - begun) / 1e9,
        polls=sum(begun <= t < ended for of_one in times for t in of_one),
        processor=None if used is None or used_then is None else used_then - used,
        check_ns=check_ns,
        lateness=latency(late),
        threads=threads,
        memory=memory,
        work=statistics.median(disturber.took) if disturber.took else 0.0,
    )


def used_so_far(disturber: Disturbance) -> float | None:
    """Seconds of the processor: of the process, but for what disturbs it and for this thread."""
    of_disturber = processor_of(disturber.thread)
    if of_disturber is None:
        return None
    return time.process_time() - time.thread_time() - of_disturber


def highest_threads(seconds: float) -> int | None:
    """The most that there are within that time."""
    highest = 0
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, 0.2))
        count = thread_count()
        if count is not None:
            highest = max(highest, count)
    return highest or None


def lateness(times: list[int], begun: int) -> list[int]:
    """How late each call from `begun` on was, in ns. What was due when is not known outside, but
    the earliest call of all, measured by the interval, was late least: it counts as in time."""
    if not times:
        return []
    earliest = min(late_after(times, times[0]))
    found = late_after(times, times[0] + earliest)
    return [max(late, 0) for late, t in zip(found, times, strict=True) if t >= begun]


def late_after(times: list[int], due: int) -> list[int]:
    """How late each call was, if the first one was due then."""
    late = []
    for moment in times:
        late.append(moment - due)
        due = following(due, moment)
    return late


# ---- From Open to Close, and a change ------------------------------------------------------------


def measure_life(setting: Setting) -> Life:
    before = resident()
    dll = HostingDll(Path(setting.dll), setting.resources, 1)
    with ra.ResourceMonitor() as monitor:
        begun = time.perf_counter()
        names = [f"q{number}" for number in range(setting.resources)]
        resources = open_hosted(monitor, setting, names, NEVER_MS)
        opened = time.perf_counter() - begun

        def of_all(operation: Callable[[ra.HostedResource], Awaitable[object]]) -> float:
            begun = time.perf_counter()
            asyncio.run(all_of(map(operation, resources), monitor))
            return time.perf_counter() - begun

        online = of_all(ra.HostedResource.online_async)
        after = resident()
        hosted, not_hosted = changes(monitor, dll, resources[len(resources) // 2], setting.changes)
        offline = of_all(ra.HostedResource.offline_async)
        closed = of_all(ra.HostedResource.close_async)
    memory = None if before is None or after is None else after - before
    return Life(
        setting.resources, opened, online, offline, closed, memory, hosted, not_hosted
    )


def changes(
    monitor: ra.ResourceMonitor, dll: HostingDll, hosted: ra.HostedResource, count: int
) -> tuple[list[float], list[float]]:
    """ns of the processor for a change of one that is hosted, and of one that is not; in turns."""
    with monitor.open("not hosted") as alone:
        alone.begin(ra.ResourceState.ONLINE_PENDING)
        alone.report(ra.ResourceState.ONLINE)
        costs: tuple[list[float], list[float]] = [], []
        for _ in range(CHANGE_ROUNDS):
            for cost, resource in zip(costs, (hosted, alone), strict=True):
                monitor.poll()
                begun = time.process_time_ns()
                dll.change(resource.handle, count, CHANGE_PAUSE_MS)
                cost.append((time.process_time_ns() - begun) / count)
                events = sum(event.resource is resource for event in monitor.poll())
                if events != count:
                    raise RuntimeError(f"{events} events of {count} changes")
    return costs


# ---- How soon a worker stops ---------------------------------------------------------------------


def measure_stopped(setting: Setting) -> Latency:
    """From the call of terminate() to a worker's last report, while a Python thread computes. The
    worker is the demo's, which notes the time at which it is told."""
    from resapi_cy.demo.worker import Worker

    times = []
    with disturbed(compute, 0.0), ra.ResourceMonitor() as monitor:
        for number in range(STOPS):
            with monitor.open(f"r{number}") as resource:
                resource.begin(ra.ResourceState.ONLINE_PENDING)
                worker = Worker(resource.handle, [__file__], True)
                while not worker.reports:
                    time.sleep(0)
                begun = time.perf_counter_ns()
                resource.terminate()
                worker.join()
                times.append(worker.told - begun)
    return latency(times)


def main() -> None:
    setting = Setting(**json.loads(sys.argv[1]))
    measure: dict[str, Callable[[Setting], Polled | Life | Latency]] = {
        "polled": measure_polled,
        "life": measure_life,
        "stopped": measure_stopped,
    }
    sys.stdout.write(json.dumps(asdict(measure[setting.what](setting))) + "\n")
    sys.stdout.flush()
    if setting.what == "polled":
        os._exit(0)  # 100,000 resources need not be closed one by one: a life measures that


if __name__ == "__main__":
    main()
