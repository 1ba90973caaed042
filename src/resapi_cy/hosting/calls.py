"""Calls into resource DLLs: threads for them, one at a time for each resource, and an eye on those
that do not return."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

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


class Gate:
    """Lets one call through at a time. Entering is for a host's loop, leaving for any thread.

    Args:
        outer: a gate that several share. Who has entered this one enters that one as well before
            it is inside.
    """

    def __init__(self, outer: Gate | None = None) -> None:
        self._outer = outer
        self._lock = threading.Lock()
        self._busy = False
        self._waiting: deque[tuple[asyncio.Future[None], bool]] = deque()  # and: patient?
        self._stuck: Exception | None = None
        self._entering: asyncio.Task[None] | None = None  # the outer one; the loop keeps no task

    @property
    def stuck(self) -> Exception | None:
        """What to tell who comes: a call that has gone in does not come out."""
        if self._stuck is not None or self._outer is None:
            return self._stuck
        return self._outer.stuck

    @property
    def busy(self) -> bool:
        return self._busy

    async def enter(self, *, patient: bool = False) -> None:
        """Waits for its turn. One who is patient does so though the call inside is stuck."""
        await self._enter(patient)
        if self._outer is not None:
            try:
                await self._outer.enter(patient=patient)
            except BaseException:
                self._leave()
                raise

    async def pass_through(self, *, patient: bool = False) -> None:
        """Waits until whoever is inside, or came before, has left."""
        await self.enter(patient=patient)
        self.leave()

    def try_enter(self, then: Callable[[], None]) -> bool:
        """Enters if nobody is inside, and calls back once it is inside of the outer gate as well,
        unless a call is stuck there; False: somebody is inside."""
        with self._lock:
            if self._busy:
                return False
            self._busy = True
        if self._outer is None:
            then()
        else:
            entering = self._enter_outer(self._outer, then)
            self._entering = asyncio.get_running_loop().create_task(entering)
        return True

    async def _enter_outer(self, outer: Gate, then: Callable[[], None]) -> None:
        try:
            await outer.enter()
        except Exception:  # a call is stuck there, of which has been told
            self._leave()
        except asyncio.CancelledError:
            self._leave()
            raise
        else:
            then()

    async def _enter(self, patient: bool) -> None:
        with self._lock:
            if self._stuck is not None and not patient:
                raise self._stuck
            if not self._busy:
                self._busy = True
                return
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append((turn, patient))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._leave()  # it was this one's turn already
            raise

    def leave(self) -> None:
        if self._outer is not None:
            self._outer.leave()
        self._leave()

    def _leave(self) -> None:
        while True:
            with self._lock:
                self._stuck = None
                if not self._waiting:
                    self._busy = False
                    return
                turn, _ = self._waiting.popleft()
            loop = turn.get_loop()
            try:
                loop.call_soon_threadsafe(self._give, turn)
            except RuntimeError:
                if not loop.is_closed():  # with its host, and nobody waits there any more
                    raise
            else:
                return

    def _give(self, turn: asyncio.Future[None]) -> None:
        if turn.done():
            self._leave()
        else:
            turn.set_result(None)

    def fail(self, error: Exception) -> None:
        """Whoever waits, and whoever comes, gets the error, until the stuck call leaves. The
        loop."""
        if self._outer is not None:
            self._outer.fail(error)
        with self._lock:
            self._stuck = error
            waiting = self._waiting
            self._waiting = deque(waiter for waiter in waiting if waiter[1])
        for turn, patient in waiting:
            if not patient:
                with contextlib.suppress(RuntimeError):  # closed with its host
                    turn.get_loop().call_soon_threadsafe(self._refuse, turn, error)

    def _refuse(self, turn: asyncio.Future[None], error: Exception) -> None:
        if not turn.done():
            turn.set_exception(error)


class DllGates:
    """What the resources of a DLL share that is not to be reentered: one entry point at a time, and
    one Terminate beside it."""

    def __init__(self) -> None:
        self.entry_points = Gate()
        self.terminate = Gate()


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
            return function(*arguments)
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
