"""The host: what a resource monitor becomes once it has loaded a resource DLL.

An event loop of the host's own, in a thread of its own, decides (the life of each resource is a
coroutine in operations.py). Entry points are called from other threads, so that a DLL that
blocks holds up nobody. A third kind of thread waits for what the DLLs' own threads report. User
code runs in none of them.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from resapi_cy.arguments import check_timeout
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.calls import Call, CallThreads
from resapi_cy.hosting.life_cycle import (
    Deadlocked,
    EventsDropped,
    FailureCause,
    OperationTimedOut,
    ReportsRejected,
)
from resapi_cy.hosting.starting import SLICE
from resapi_cy.hosting.watch import Watch
from resapi_cy.monitoring.monitor import rejected_reports

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from resapi_cy.hosting.life_cycle import ResourceFailed
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.monitoring.monitor import ResourceMonitor

Result = TypeVar("Result")

# How often calls in flight are looked at, in seconds, and the counts of what was rejected or
# dropped.
TICK = 0.05
COUNT_INTERVAL_MS = 500
# Between two looks at resources that change without end, in seconds.
BREATH = 0.001


class Hosted(Protocol):
    """The life of a resource, as far as the host takes part in it. The loop."""

    def status_changed(self) -> None: ...
    def event_signaled(self) -> None: ...
    def failed_by_itself(self, error: ResourceFailed) -> None: ...
    async def close(self) -> None: ...


class WatchesEvent(Protocol):
    """What watches a resource's event handle. The loop."""

    def signaled_for_another(self) -> None: ...


class Host:
    """Hosts the resources of a monitor's resource DLLs."""

    def __init__(self, monitor: ResourceMonitor) -> None:
        self.monitor = monitor
        self.watch = Watch(monitor)
        self.loop = asyncio.SelectorEventLoop()
        self.lives: dict[int, Hosted] = {}  # by handle; the loop's
        self.names: dict[str, HostedResource] = {}  # by their names, folded; the loop's
        self.event_handles: dict[int, set[WatchesEvent]] = {}  # by what was given; the loop's
        self._control_calls: dict[int, asyncio.Future[int]] = {}  # by context; the loop's
        self._in_flight: set[Call] = set()
        self._going_on: set[concurrent.futures.Future[Any]] = set()  # the loop keeps no task
        self._calls = CallThreads()
        self._closing = threading.Lock()
        self._closed = False
        self._rejected = rejected_reports()
        self._dropped = monitor.dropped_events
        self._threads = [
            threading.Thread(target=self._run_loop, name="resapi_cy host", daemon=True),
            threading.Thread(target=self._follow, name="resapi_cy watch", daemon=True),
        ]
        self.loop.call_soon(self._tick)
        for thread in self._threads:
            thread.start()
        self._at_exit = close_at_exit(monitor)

    # ---- For the users' threads ---------------------------------------------------------------

    def submit(
        self, operation: Coroutine[Any, Any, Result], *, may_cancel: bool
    ) -> concurrent.futures.Future[Result]:
        """Starts an operation on the loop. Any thread but the loop's.

        Args:
            may_cancel: whether it is cancelled with the future; else it goes on.
        """
        if self._closed or self.monitor.closed:
            operation.close()
            raise ClosedError("the monitor is closed: make a new ResourceMonitor")
        future = asyncio.run_coroutine_threadsafe(operation, self.loop)
        if may_cancel:
            return future
        self._going_on.add(future)
        future.add_done_callback(self._going_on.discard)
        return apart(future)

    def _started(
        self, operation: Coroutine[Any, Any, Result], timeout: float | None, *, may_cancel: bool
    ) -> concurrent.futures.Future[Result]:
        try:
            check_timeout(timeout)
        except (TypeError, ValueError):
            operation.close()
            raise
        return self.submit(operation, may_cancel=may_cancel)

    def wait(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None = None,
        resource: HostedResource | None = None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        """Starts an operation and waits for its end, or for as long as the caller wants to."""
        future = self._started(operation, timeout, may_cancel=may_cancel)
        try:
            return self._waited_for(future, timeout, resource)
        finally:
            future.cancel()  # nothing, if it has ended

    def _waited_for(
        self,
        future: concurrent.futures.Future[Result],
        timeout: float | None,
        resource: HostedResource | None,
    ) -> Result:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = SLICE if deadline is None else min(SLICE, max(deadline - time.monotonic(), 0))
            concurrent.futures.wait([future], left)
            if future.done():
                try:
                    return future.result()
                except concurrent.futures.CancelledError:
                    raise closed_meanwhile() from None
            if deadline is not None and time.monotonic() >= deadline:
                raise timed_out(resource, timeout)

    async def wait_async(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None = None,
        resource: HostedResource | None = None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        """The same for a task of the user's own loop."""
        started = self._started(operation, timeout, may_cancel=may_cancel)
        future = asyncio.wrap_future(started)
        try:
            async with asyncio.timeout(timeout) as limit:
                return await future
        except TimeoutError:
            if not limit.expired():
                raise
            raise timed_out(resource, timeout) from None
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            raise closed_meanwhile() from None

    def close(self) -> None:
        """Closes every hosted resource, and ends the host's threads."""
        with self._closing:
            if self._closed:
                return
            atexit.unregister(self._at_exit)
            try:
                self.wait(self._close_resources())
            finally:
                self._closed = True
                self._calls.end()
                self.watch.wake()
                self.loop.call_soon_threadsafe(self.loop.stop)
                for thread in self._threads:
                    if thread is not threading.current_thread():
                        thread.join()

    async def _close_resources(self) -> None:
        closing = [life.close() for life in self.lives.values()]
        await asyncio.gather(*closing, return_exceptions=True)

    # ---- Calling entry points: the loop ------------------------------------------------------

    async def call(
        self,
        call: Call,
        function: Callable[..., Any],
        *arguments: object,
    ) -> Any:
        """Calls from another thread; the gate is the caller's already. Raises Deadlocked if it does
        not return in time, and opens the gate when it does."""
        call.result = self.loop.create_future()

        def job() -> None:
            value, error = None, None
            try:
                value = call.run(self._in_flight, function, arguments)
            except BaseException as raised:  # never let a thread of calls end by it
                error = raised
            if call.gate is not None:
                call.gate.leave()
            self.tell(call.settle, value, error)

        self._calls.run(job)
        try:
            return await call.result
        except asyncio.CancelledError:
            call.abandon()
            raise

    def run_aside(self, job: Callable[[], None]) -> None:
        """Runs a job in a thread of calls."""
        self._calls.run(job)

    def run_call(self, call: Call, function: Callable[..., Any], *arguments: object) -> Any:
        """Calls from the thread that this is called from."""
        return call.run(self._in_flight, function, arguments)

    def tell(self, callback: Callable[..., object], *arguments: object) -> None:
        """Calls back on the loop. Any thread."""
        try:
            self.loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            if not self._closed:
                raise

    def _tick(self) -> None:
        self.loop.call_later(TICK, self._tick)
        self._calls.grow()
        now = time.perf_counter()
        for call in [c for c in self._in_flight.copy() if c.is_overdue(now)]:
            call.overdue = True
            error = deadlocked(call)
            self.announce(error)
            if call.gate is not None:
                call.gate.fail(error)
            life = None if call.resource is None else self.lives.get(call.resource.handle)
            call.settle(None, error._again())
            if life is not None:  # whether somebody has waited for the call or not
                life.failed_by_itself(error)

    # ---- Control calls that end later ---------------------------------------------------------

    def expect_end(self, context: int) -> asyncio.Future[int]:
        """The code that native code will end a control call with; asked for before the call is
        made, for it may end at once."""
        ended: asyncio.Future[int] = self.loop.create_future()
        self._control_calls[context] = ended
        self.monitor._await_control_call(context)
        return ended

    def expect_no_end(self, context: int) -> None:
        del self._control_calls[context]
        self.monitor._forget_control_call(context)

    def _look_for_ended_control_calls(self) -> None:
        for context, code in self.monitor._ended_control_calls().items():
            if (ended := self._control_calls.get(context)) and not ended.done():
                ended.set_result(code)

    # ---- Following what native threads report ------------------------------------------------

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_forever()
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.run_until_complete(asyncio.sleep(0))
            self.loop.close()

    def _follow(self) -> None:
        while not self._closed:
            changed, signaled = self.watch.wait(COUNT_INTERVAL_MS)
            if self._closed:
                return
            self.tell(self._changed, changed, signaled)
            if changed:
                time.sleep(BREATH)

    def _changed(self, changed: list[int], signaled: list[int]) -> None:
        for handle in changed:
            if life := self.lives.get(handle):
                life.status_changed()
        for handle in signaled:
            if life := self.lives.get(handle):
                life.event_signaled()
        if self._control_calls:
            self._look_for_ended_control_calls()
        self._look_at_counts()

    def _look_at_counts(self) -> None:
        rejected, dropped = rejected_reports(), self.monitor.dropped_events
        if rejected != self._rejected:
            self.announce(ReportsRejected()._happen(None, count=rejected - self._rejected))
            self._rejected = rejected
        if dropped != self._dropped:
            self.announce(EventsDropped()._happen(None, count=dropped - self._dropped))
            self._dropped = dropped

    def announce(self, event: Any) -> None:
        self.monitor._announce(event)


def apart(future: concurrent.futures.Future[Result]) -> concurrent.futures.Future[Result]:
    """Another future that ends as this one does, and may be cancelled alone."""
    waited: concurrent.futures.Future[Result] = concurrent.futures.Future()

    def ended(future: concurrent.futures.Future[Result]) -> None:
        if future.cancelled():
            waited.cancel()
        if not waited.set_running_or_notify_cancel():
            return
        if (error := future.exception()) is not None:
            waited.set_exception(error)
        else:
            waited.set_result(future.result())

    future.add_done_callback(ended)
    return waited


def closed_meanwhile() -> ClosedError:
    return ClosedError("the monitor was closed before the operation had ended")


def timed_out(resource: HostedResource | None, timeout: float | None) -> OperationTimedOut:
    name = "the operation" if resource is None else f"resource {resource.name!r}"
    text = (
        f"{name}: not done after {timeout:g} s; the operation goes on: wait longer, or terminate it"
    )
    return OperationTimedOut(text)._happen(resource, code=1460)  # ERROR_TIMEOUT


# What to do about an entry point that does not return: what it can do instead.
ADVICE = {
    "Online": "have it return ERROR_IO_PENDING, and do the work in a worker thread",
    "Offline": "have it return ERROR_IO_PENDING, and do the work in a worker thread",
    "LooksAlive": "have it return what a thread of the DLL's own has last found",
    "IsAlive": "have it return what a thread of the DLL's own has last found",
    "ResourceControl": "have it do the work in a worker thread, and end the call later (version 3)",
    "ResourceTypeControl": "have it do the work in a worker thread, and end the call later "
    "(version 3)",
}
OTHER_ADVICE = "have it wait for nothing that may take so long"


def deadlocked(call: Call) -> Deadlocked:
    name = "a resource type" if call.resource is None else f"resource {call.resource.name!r}"
    text = (
        f"{name}: {call.entry_point} has not returned within {call.limit:g} s (DeadlockTimeout): "
        f"{ADVICE.get(call.entry_point, OTHER_ADVICE)}"
    )
    if call.gate is not None and call.entry_point not in ("Open", "Close"):
        text += "; no restart is possible until it returns"
    return Deadlocked(text)._happen(
        call.resource,
        cause=FailureCause.DEADLOCK_TIMEOUT,
        code=258,  # WAIT_TIMEOUT
        entry_point=call.entry_point,
    )


def close_at_exit(monitor: ResourceMonitor) -> Callable[[], None]:
    """Has the interpreter close the monitor when it ends, if it is still there: what a DLL has
    started, a server's process say, is not left behind."""
    reference = weakref.ref(monitor)

    def close() -> None:
        if (left := reference()) is not None:
            left.close()

    return atexit.register(close)
