"""Calls into resource DLLs: threads for them, and an eye on those that do not return."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, Any

from resapi_cy import witness

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from resapi_cy.hosting.gates import Gate
    from resapi_cy.hosting.resource import HostedResource

# How many threads stand ready, and how long a further one waits for work before it ends, in
# seconds.
THREADS = 4
IDLE = 10.0


class CallThreads:
    """Threads that call entry points: as many as it takes, since any call may block for long.

    Daemon threads: one that a DLL never gives back must not keep the process from ending.
    """

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._ended = False
        self._given = 0  # jobs since grow() was last called
        self._waited = 0  # jobs that were waiting when grow() was last called

    def run(self, job: Callable[[], None]) -> None:
        """Runs a job as soon as there is a thread for it. The loop."""
        self._given += 1
        self._jobs.put(job)
        if self._threads < THREADS:
            self._start()

    def grow(self) -> None:
        """Called now and then: more threads, if more jobs wait than were begun since the last time.
        The others must be stuck. The loop."""
        waiting = self._jobs.qsize()
        begun = self._given + self._waited - waiting
        self._given, self._waited = 0, waiting
        if waiting > begun:
            for _ in range(min(waiting, self._threads)):
                self._start()

    def end(self) -> None:
        """No more jobs. Threads in a call end when it returns."""
        with self._lock:
            self._ended = True
            for _ in range(self._threads):
                self._jobs.put(None)

    def _start(self) -> None:
        with self._lock:
            if self._ended:
                return
            self._threads += 1
        try:
            threading.Thread(target=self._work, name="resapi_cy call", daemon=True).start()
        except RuntimeError:  # the system has no more threads: the job waits for one of ours
            with self._lock:
                self._threads -= 1

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=IDLE)
            except queue.Empty:
                with self._lock:
                    if self._threads > THREADS:
                        self._threads -= 1
                        return
                continue
            if job is None:
                return
            job()
            del job  # what it holds is not kept until the next one


class Call:
    """An entry point on its way: `run` is for a thread, the rest for the host's loop. The gate is
    the one that its caller has entered, and will leave."""

    def __init__(
        self,
        resource: HostedResource | None,
        entry_point: str,
        gate: Gate | None,
        limit: float,
    ) -> None:
        self.resource = resource
        self.entry_point = entry_point
        self.gate = gate
        self.limit = limit  # seconds
        self.begun = 0.0  # as time.perf_counter() has it
        self.seconds = 0.0  # that it took
        self._lock = threading.Lock()
        self._abandoned = False
        self.overdue = False
        self.result: asyncio.Future[Any] | None = None

    @property
    def what(self) -> str:
        """In words."""
        if self.resource is None:
            return self.entry_point
        return f"{self.entry_point} of resource {self.resource.name!r}"

    def is_overdue(self, now: float) -> bool:
        return not self.overdue and now - self.begun > self.limit

    def abandon(self) -> None:
        """Keeps a call that nobody waits for any more from being made, unless it is under way."""
        with self._lock:
            self._abandoned = True

    def run(
        self, in_flight: set[Call], function: Callable[..., Any], arguments: tuple[object, ...]
    ) -> Any:
        """Calls, with the call counted as in flight meanwhile. Nothing, if it was abandoned."""
        with self._lock:
            if self._abandoned:
                return None
            self.begun = time.perf_counter()
            in_flight.add(self)
        try:
            return witness.call(self.what, function, *arguments)
        finally:
            self.seconds = time.perf_counter() - self.begun
            in_flight.discard(self)
            if self.resource is not None:
                self.resource._durations[self.entry_point].add(self.seconds)

    def settle(self, value: object, error: BaseException | None) -> bool:
        """Hands the result to who waits for it; False: nobody does, or no longer."""
        if self.result is None or self.result.done():
            return False
        if error is None:
            self.result.set_result(value)
        else:
            self.result.set_exception(error)
        return True
