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
    polled_of,
)
from benchmarks.results import COMPUTING, GIL_KEPT, IDLE, Latency, latency_of

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
FEW_OBJECTS = 500_000

# Changes are so far apart that each one is found by itself.
CHANGE_ROUNDS = 5
CHANGE_PAUSE_MS = 4

STOPS = 200


@dataclass(frozen=True)
class Setting:
    """Who polls; "": nobody does, a worker is told to stop. The contexts come one after the other:
    100,000 resources take too long to open for one of them."""

    dll: str
    who: str
    resources: int
    contexts: list[str]
    seconds: float  # of each context
    collection: float  # how long a garbage collection is to take, in seconds
    changes: int  # of a resource, in a round; 0: its life is not measured


@dataclass(frozen=True)
class Measured:
    polled: list[Polled]
    life: Life | None = None
    stopped: Latency | None = None

    @classmethod
    def from_json(cls, text: str) -> Measured:
        data = json.loads(text)
        return cls(
            [polled_of(polled) for polled in data["polled"]],
            data["life"] and Life(**data["life"]),
            data["stopped"] and latency_of(data["stopped"]),
        )


# ---- The process ---------------------------------------------------------------------------------


def resident() -> int | None:
    """Bytes; None: the system does not tell."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return None
    return int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def thread_count() -> int | None:
    tasks = Path("/proc/self/task")
    return sum(1 for _ in tasks.iterdir()) if tasks.exists() else None


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


def disturbance(
    context: str, setting: Setting, dll: HostingDll
) -> tuple[Callable[[], object] | None, float]:
    """The work, and how long the thread sleeps after it."""
    work: dict[str, tuple[Callable[[], object] | None, float]] = {
        IDLE: (None, 0.0),
        SLOW: (None, 0.0),
        COMPUTING: (compute, 0.0),
        GIL_KEPT: (lambda: dll.keep_gil(GIL_KEPT_SECONDS), 0.0),
        COLLECTING: (gc.collect, setting.collection),
    }
    return work[context]


def many_objects(seconds: float) -> list[list[object]]:
    """So many that a garbage collection takes about so long, but for the limit."""
    gc.disable()
    objects: list[list[object]] = []
    add_objects(objects, FEW_OBJECTS)
    begun = time.perf_counter()
    gc.collect()
    wanted = FEW_OBJECTS * seconds / (time.perf_counter() - begun)
    add_objects(objects, int(min(wanted, MOST_OBJECTS)) - FEW_OBJECTS)
    gc.enable()
    return objects


def add_objects(objects: list[list[object]], count: int) -> None:
    """Each refers to another one that lies elsewhere, as the objects of a real program do."""
    before = len(objects)
    objects += [[] for _ in range(count)]
    for number in range(before, len(objects)):
        objects[number].append(objects[number * 7919 % len(objects)])


# ---- Who polls -----------------------------------------------------------------------------------


def following(due: int, now: int) -> int:
    """When the poll after one that was due then is due, in ns: those that were missed are not made
    up for. So does the host, and so do those that are measured beside it."""
    due += INTERVAL_NS
    return due if due > now else due + (now - due) // INTERVAL_NS * INTERVAL_NS + INTERVAL_NS


def spread(count: int) -> list[int]:
    """When each of so many is due first: evenly over an interval."""
    begun = time.monotonic_ns() + INTERVAL_NS
    return [begun + number * INTERVAL_NS // count for number in range(count)]


def poll_by_heap(dll: HostingDll, resids: list[int]) -> None:
    looks_alive = dll.looks_alive
    heap = list(zip(spread(len(resids)), resids, strict=True))
    heapify(heap)
    while True:
        due, resid = heap[0]
        if (wait := due - time.monotonic_ns()) > 0:
            time.sleep(wait / 1e9)
        looks_alive(resid)
        heapreplace(heap, (following(due, time.monotonic_ns()), resid))


def poll_by_tasks(dll: HostingDll, resids: list[int]) -> None:
    looks_alive = dll.looks_alive

    async def poll_one(resid: int, due: int) -> None:
        while True:
            await asyncio.sleep((due - time.monotonic_ns()) / 1e9)
            looks_alive(resid)
            due = following(due, time.monotonic_ns())

    async def poll() -> None:
        await asyncio.gather(*map(poll_one, resids, spread(len(resids))))

    asyncio.run(poll())


def time_checks(dll: HostingDll) -> float:
    """What the entry point costs by itself, in ns of the processor. Nobody polls yet."""
    dll.check_all(1)  # its memory is there from now on
    begun = time.process_time_ns()
    calls = dll.check_all(CHECK_ROUNDS)
    return (time.process_time_ns() - begun) / calls


# ---- Polls ---------------------------------------------------------------------------------------


def measure_polls(
    setting: Setting, context: str, dll: HostingDll, slow: int, check_ns: float, memory: int | None
) -> Polled:
    """Those of resources that are polled already."""
    objects = many_objects(setting.collection) if context == COLLECTING else []
    quiet = dll.now()
    time.sleep(QUIET_SECONDS)
    with disturbed(*disturbance(context, setting, dll)) as disturber:
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
    return Polled(
        who=setting.who,
        context=context,
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


def prepare(setting: Setting) -> tuple[HostingDll, int, int]:
    """The DLL, how many resources are slow, and how many bytes the times take."""
    slow = SLOW_RESOURCES if SLOW in setting.contexts else 0
    # What a context makes is read before the next one has written over it.
    calls = int(setting.seconds + QUIET_SECONDS) + 8
    count = setting.resources + slow
    return HostingDll(Path(setting.dll), count, calls), slow, count * calls * 8


def measure_instead(setting: Setting) -> Measured:
    """What one would write instead of a host."""
    before = resident()
    dll, slow, taken = prepare(setting)
    resids = [dll.open(number >= setting.resources) for number in range(setting.resources + slow)]
    check_ns = time_checks(dll)
    poll = {HEAP: poll_by_heap, TASKS: poll_by_tasks}[setting.who]
    threading.Thread(target=poll, args=(dll, resids), daemon=True).start()
    time.sleep(2 * INTERVAL_MS / 1000)
    memory = grown(before, taken)
    (context,) = setting.contexts
    return Measured([measure_polls(setting, context, dll, slow, check_ns, memory)])


def grown(before: int | None, taken: int) -> int | None:
    """By how many bytes the process has grown, but for what it is measured with."""
    now = resident()
    return None if before is None or now is None else max(now - before - taken, 0)


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


# ---- The host ------------------------------------------------------------------------------------


async def all_of(operations: Iterator[Awaitable[object]], monitor: ra.ResourceMonitor) -> None:
    """So many at a time; events are read, as a monitor does."""
    while some := list(islice(operations, TOGETHER)):
        await asyncio.gather(*some)
        monitor.poll()


class Hosting:
    """The resources of one monitor, and how long each step of their life took them, in seconds."""

    def __init__(self, monitor: ra.ResourceMonitor, dll: HostingDll) -> None:
        self.monitor = monitor
        self.type = monitor.load(dll.path, "Benchmark")
        self.took: list[float] = []

    def open(self, letter: str, count: int) -> list[ra.HostedResource]:
        opened: list[ra.HostedResource] = []

        async def open_one(number: int) -> None:
            properties = {"LooksAlivePollInterval": NEVER_MS, "IsAlivePollInterval": NEVER_MS}
            name = f"{letter}{number}"
            opened.append(await self.type.open_async(name, dependencies=(), **properties))

        self.run(map(open_one, range(count)))
        return opened

    def run(self, operations: Iterator[Awaitable[object]]) -> None:
        begun = time.perf_counter()
        asyncio.run(all_of(operations, self.monitor))
        self.took.append(time.perf_counter() - begun)


def poll_each(resources: list[ra.HostedResource], interval_ms: int) -> None:
    for resource in resources:
        resource.properties.LooksAlivePollInterval = interval_ms


def measure_host(setting: Setting) -> Measured:
    before = resident()
    dll, slow, taken = prepare(setting)
    life, polled = None, []
    with ra.ResourceMonitor() as monitor:
        slow_ones = Hosting(monitor, dll)
        hosting = Hosting(monitor, dll)
        resources = hosting.open("q", setting.resources)
        slow_resources = slow_ones.open("s", slow)
        check_ns = time_checks(dll)
        hosting.run(resource.online_async() for resource in resources)
        memory = grown(before, taken)
        if setting.changes:
            changed = changes(monitor, dll, resources[len(resources) // 2], setting.changes)
        if setting.contexts:
            poll_each(resources, INTERVAL_MS)
            time.sleep(2 * INTERVAL_MS / 1000)
        for context in setting.contexts:
            if context == SLOW:
                poll_each(slow_resources, INTERVAL_MS)
                slow_ones.run(resource.online_async() for resource in slow_resources)
            polled.append(measure_polls(setting, context, dll, slow, check_ns, memory))
            if context == SLOW:
                slow_ones.run(resource.offline_async() for resource in slow_resources)
        if setting.changes:
            poll_each(resources, NEVER_MS)
            hosting.run(resource.offline_async() for resource in resources)
            hosting.run(resource.close_async() for resource in resources)
            opened, online, offline, closed = hosting.took
            life = Life(setting.resources, opened, online, offline, closed, memory, *changed)
    return Measured(polled, life)


# ---- A change ------------------------------------------------------------------------------------


def changes(
    monitor: ra.ResourceMonitor, dll: HostingDll, hosted: ra.HostedResource, count: int
) -> tuple[list[float], list[float]]:
    """ns of the processor for a change of one that is hosted, and of one that is not; in turns.
    That one's monitor hosts nothing: the events of a monitor that does wake the host."""
    with ra.ResourceMonitor() as other, other.open("not hosted") as alone:
        alone.begin(ra.ResourceState.ONLINE_PENDING)
        alone.report(ra.ResourceState.ONLINE)
        costs: tuple[list[float], list[float]] = [], []
        for _ in range(CHANGE_ROUNDS):
            changed = (monitor, hosted), (other, alone)
            for cost, (of, resource) in zip(costs, changed, strict=True):
                of.poll()
                begun = time.process_time_ns()
                dll.change(resource.handle, count, CHANGE_PAUSE_MS)
                cost.append((time.process_time_ns() - begun) / count)
                events = sum(event.resource is resource for event in of.poll())
                if events != count:
                    raise RuntimeError(f"{events} events of {count} changes")
    return costs


# ---- How soon a worker stops ---------------------------------------------------------------------


def measure_stopped() -> Measured:
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
    return Measured([], stopped=latency(times))


def main() -> None:
    setting = Setting(**json.loads(sys.argv[1]))
    if not setting.who:
        measured = measure_stopped()
    elif setting.who == HOST:
        measured = measure_host(setting)
    else:
        measured = measure_instead(setting)
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")


if __name__ == "__main__":
    main()
