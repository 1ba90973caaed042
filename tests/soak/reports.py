"""Monitors, resources and native workers that come and go at random, every report accounted for.

A native worker numbers its statuses, and every field follows from the number (see workers.c). So a
status that mixes two reports shows, and so does one that comes twice, too late, or not at all: what
a monitor delivers and what it says that it dropped must add up to what its resources counted.
"""

from __future__ import annotations

import asyncio
import ctypes
import threading
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import native

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState
from tests.soak.counts import Counts

PENDING = ra.ResourceStatus(ResourceState.ONLINE_PENDING)
MASK = 2**32 - 1


def number_of(status: ra.ResourceStatus) -> int | None:
    """Which status of its worker it is; 0: of ``begin`` or of nobody; None: torn."""
    number = status.error_code
    if number == 0:
        whole = status in (PENDING, ra.ResourceStatus())
    else:
        whole = (
            status.state is ResourceState.ONLINE_PENDING
            and status.flags == ~number & MASK
            and status.event_handle == number << 32 | number
        )
    return number if whole else None


class Handles:
    """Every handle is new: of its cell's later generation."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._generations: dict[int, int] = {}

    def check(self, handle: int) -> None:
        index, generation = handle & MASK, handle >> 32
        if self._generations.get(index, 0) >= generation:
            self._counts.breach("handles given twice", f"{handle:#x}")
        self._generations[index] = generation


class Consumer:
    """Takes a monitor's events in a thread of its own, in one of three ways."""

    def __init__(self, monitor: ra.ResourceMonitor, counts: Counts, how: str) -> None:
        self._monitor = monitor
        self._counts = counts
        self._last: dict[ra.Resource, ra.ResourceStatus] = {}
        self.delivered = 0
        self.falls: Counter[ra.Resource] = Counter()  # how often the numbers began anew
        self.gaps: list[str] = []
        take = {"poll": self._poll, "for": self._for, "async for": self._async_for}[how]
        self.thread = threading.Thread(target=take, name=f"soak consumer: {how}")
        self.thread.start()

    def _poll(self) -> None:
        try:
            while True:
                for event in self._monitor.poll(0.05):
                    self._take(event)
        except ra.ClosedError:
            return

    def _for(self) -> None:
        for event in self._monitor:
            self._take(event)

    def _async_for(self) -> None:
        async def take() -> None:
            async for event in self._monitor:
                self._take(event)

        asyncio.run(take())

    def _take(self, event: ra.Event) -> None:
        self.delivered += 1
        if not isinstance(event, ra.StatusChanged):
            return
        number, before = number_of(event.status), number_of(event.previous)
        if number is None or before is None:
            self._counts.breach("torn", repr(event))
            return
        resource = event.resource
        last = self._last.get(resource, ra.ResourceStatus())
        self._last[resource] = event.status
        last_number = number_of(last)
        if last_number is None or number <= last_number:
            self.falls[resource] += number != 0 or last_number != 0
        if before != last_number:
            self.gaps.append(f"{resource.name}: {last_number}, then {before} before {number}")


class Round:
    """One monitor's life."""

    def __init__(
        self, random: Random, library: ctypes.CDLL, counts: Counts, handles: Handles
    ) -> None:
        self._random = random
        self._library = library
        self._counts = counts
        self._handles = handles
        self._monitor = ra.ResourceMonitor(random.choice([16, 512, 65536]))
        self._begins: Counter[ra.Resource] = Counter()
        self._appended = 0  # events that were delivered, or dropped and counted

    def run(self) -> None:
        consumer = Consumer(
            self._monitor, self._counts, self._random.choice(["poll", "for", "async for"])
        )
        lives: list[Callable[[ra.Resource], None]] = [
            self._to_the_end,
            self._terminated,
            self._closed_under_fire,
            self._logging,
        ]
        try:
            for _ in range(self._random.randrange(1, 12)):
                resource = self._monitor.open(f"resource {self._random.randrange(1000)}")
                self._handles.check(resource.handle)
                self._counts.add(resources=1)
                self._random.choice(lives)(resource)
                resource.close()
                self._refused(resource)
            if self._random.random() < 0.5:
                time.sleep(0.01)  # the consumer may take what is left, or may not
        finally:
            self._monitor.close()
            consumer.thread.join()
        dropped = self._monitor.dropped_events
        self._counts.add(
            monitors=1, delivered=consumer.delivered, dropped=dropped, events=self._appended
        )
        if lost := self._appended - consumer.delivered - dropped:
            self._counts.breach("lost", f"{lost} events of {self._appended}", abs(lost))
        for resource, falls in consumer.falls.items():
            # Numbers grow from each begin() on, one by one if nothing was dropped.
            if falls > max(self._begins[resource] - 1, 0):
                self._counts.breach("out of order", f"{resource.name}: {falls} times")
        if consumer.gaps and not dropped:
            self._counts.breach("lost", consumer.gaps[0], len(consumer.gaps))

    def _worker(self, resource: ra.Resource, reports: int, each: int) -> native.Worker:
        return native.Worker(self._library, resource.handle, reports, each)

    def _look(self, resource: ra.Resource) -> None:
        """At the status, as another thread writes it."""
        for _ in range(self._random.randrange(200)):
            if number_of(status := resource.status) is None:
                self._counts.breach("torn", f"snapshot {status!r}")

    def _ended(self, resource: ra.Resource, reports: int) -> None:
        """A life whose workers have ended: what its cell has counted was appended."""
        transitions = resource.transitions
        self._appended += transitions
        self._counts.add(reports=reports, transitions=transitions)

    def _to_the_end(self, resource: ra.Resource) -> None:
        each = self._random.choice([1, 1, 7, 1000])
        reports = self._random.randrange(1, 20_000)
        worker = self._worker(resource, reports, each)
        self._look(resource)
        if refused := worker.join():
            self._counts.breach("wrong answers", f"{refused} reports answered TERMINATE")
        expected = (reports - 1) // each + 1
        if (number := number_of(resource.status)) != expected:
            self._counts.breach("lost", f"the last status is {number}, not {expected}")
        if resource.status.checkpoint != reports - 1:
            self._counts.breach("lost", f"the last checkpoint: {resource.status!r} of {reports}")
        if resource.transitions != expected:
            self._counts.breach("lost", f"{resource.transitions} transitions, not {expected}")
        self._ended(resource, reports)

    def _terminated(self, resource: ra.Resource) -> None:
        reports = 0
        for _ in range(self._random.randrange(1, 5)):
            resource.begin(ResourceState.ONLINE_PENDING)
            self._begins[resource] += 1
            worker = self._worker(resource, 0, self._random.choice([1, 50]))
            worker.wait_for(100)
            self._look(resource)
            if worker.terminated:
                self._counts.breach("wrong answers", "TERMINATE before terminate()")
            resource.terminate()
            worker.wait_for(2)  # one report may have started before terminate() returned
            continued = worker.continued
            worker.wait_for(20)
            if worker.continued != continued:
                self._counts.breach("wrong answers", "CONTINUE after terminate()")
            self._counts.add(terminations=1)
            reports += continued + worker.stop()
        self._ended(resource, reports)

    def _closed_under_fire(self, resource: ra.Resource) -> None:
        """Every report is a transition and is answered CONTINUE, until the resource is closed."""
        worker = self._worker(resource, 0, 1)
        worker.wait_for(self._random.randrange(1, 2000))
        self._look(resource)
        resource.close()
        worker.wait_for(100)
        transitions = worker.continued
        refused = worker.stop()
        if refused < 50:
            self._counts.breach("wrong answers", "CONTINUE after close()")
        self._appended += transitions
        self._counts.add(reports=transitions + refused, transitions=transitions)

    def _logging(self, resource: ra.Resource) -> None:
        lines = self._random.randrange(200)
        self._library.log_lines(ra.callbacks.log_event, resource.handle, lines)
        self._appended += lines
        self._counts.add(log_lines=lines)

    def _refused(self, resource: ra.Resource) -> None:
        report = ra.callbacks.set_resource_status_ex
        forged = resource.handle ^ 1 << 63 | self._random.getrandbits(63)
        for handle in (resource.handle, forged):
            if self._library.report_once(report, handle, 2, 1) != ExitState.TERMINATE:
                self._counts.breach("wrong answers", f"CONTINUE for the handle {handle:#x}")
