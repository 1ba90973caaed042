"""The host: what a resource monitor becomes once it has loaded a resource DLL.

An event loop of the host's own, in a thread of its own, decides (the life of each resource is a
coroutine in operations.py). The engine does: its native threads call entry points, poll, and see to
the time, whatever Python is doing. The loop is woken by what the engine has done, and by what the
DLLs' own threads have reported. The file is long for all of that shares the host's state.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import platform
import threading
import time
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from resapi_cy.arguments import check_timeout
from resapi_cy.cluster.kept import Kept
from resapi_cy.cluster.surroundings import Surroundings
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.completions import CompletionKind
from resapi_cy.hosting.dependencies import Declared
from resapi_cy.hosting.host_loop import HostLoop
from resapi_cy.hosting.life_cycle import (
    EventsDropped,
    FunctionNotServed,
    OperationTimedOut,
    ReportsRejected,
    ThreadRefused,
    right_now,
)
from resapi_cy.hosting.native_calls import NativeCalls, Reader
from resapi_cy.hosting.requests import Requests
from resapi_cy.hosting.starting import SLICE
from resapi_cy.hosting.watch import Watch
from resapi_cy.monitoring.monitor import CallbackMonitor, rejected_reports
from resapi_cy.names import folded

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from resapi_cy.hosting.completions import Completion
    from resapi_cy.hosting.engine import EngineCall
    from resapi_cy.hosting.life_cycle import Deadlocked, ResourceFailed
    from resapi_cy.hosting.native_calls import News
    from resapi_cy.hosting.requests import Answers
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.monitoring.monitor import ResourceMonitor

Result = TypeVar("Result")
Told = Callable[["asyncio.Task[Result]"], object]

# For want of a thread, the engine tries again many times; that is told so often, in seconds.
REFUSALS_APART = 60.0
# What GetClusterInformation answers.
CLUSTER_NAME = "resapi-cy"
ERROR_TIMEOUT = 1460
# How long a monitor that is closed waits for an Open that has not returned, in seconds.
GRACE = 1.0


class Hosted(Protocol):
    """The life of a resource, as far as the host takes part in it. The loop."""

    def status_changed(self) -> None: ...
    def failed_by_itself(self, error: ResourceFailed) -> None: ...
    def requested(self, control_code: int, data: bytes) -> Coroutine[Any, Any, bytes]: ...
    def type_changed(self) -> None: ...
    async def close(self) -> None: ...


class SharesEvent(Protocol):
    """What watches a resource's event handle. The loop."""

    def ask(self) -> None: ...


class AsksHost:
    """Whoever asks the host for what users wait for.

    Attributes:
        whose (HostedResource | None): whom it is about.
    """

    host: Host
    whose: HostedResource | None = None

    def wait(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        return self.host.wait(operation, timeout, self.whose, may_cancel=may_cancel)

    async def wait_async(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        return await self.host.wait_async(operation, timeout, self.whose, may_cancel=may_cancel)


def tell_nobody(task: asyncio.Task[Any]) -> None:
    pass


class Host:
    """Hosts the resources of a monitor's resource DLLs."""

    def __init__(self, monitor: ResourceMonitor) -> None:
        self.monitor = monitor
        self.calls = NativeCalls()
        self.surroundings: Surroundings | None = None  # until a DLL needs them
        self.kept: Kept | None = None
        self.declared = Declared()
        self.watch = Watch(monitor, self.calls.engine)
        self.loop = HostLoop(self.watch, self)
        self.lives: dict[int, Hosted] = {}  # by handle; the loop's
        self.names: dict[str, HostedResource] = {}  # by their names, folded; the loop's
        # That were told of the cluster, by their folded names; under `telling`.
        self.types: dict[str, Answers] = {}
        self.requests = Requests(self)
        self.telling = asyncio.Lock()
        self.event_handles: dict[int, set[SharesEvent]] = {}  # by what was given; the loop's
        self._control_calls: dict[int, asyncio.Future[int]] = {}  # by context; the loop's
        self.opening: set[asyncio.Task[Any]] = set()  # resources that are not there yet; the loop's
        # The ends of operations that other loops wait for, until they are told; the loop's.
        self._to_tell: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
        # Entered again by a signal handler, or by a finalizer, of the thread that is inside.
        self._closing = threading.RLock()
        self._close: Submitted[None] | None = None  # once begun, it goes on
        self._closed = False
        self._over = threading.Event()
        self._rejected = rejected_reports()
        self._dropped = monitor.dropped_events
        self._not_served: set[str] = set()  # functions that were told
        self._waited_for = False  # somebody waits in close()
        self._not_stored: OSError | None = None
        self._tell_of_threads_at = 0.0  # again
        # It refers to the loop alone: see there.
        self._thread = threading.Thread(
            target=run, args=(self.loop,), name="resapi_cy host", daemon=True
        )
        self._thread.start()
        self._at_exit = close_at_exit(monitor)

    def surround(self) -> None:
        """Has the DLLs of the monitor find a cluster around them. Under the monitor's lock."""
        if self.surroundings is None:
            made = Surroundings(CLUSTER_NAME, platform.node() or "localhost")
            # Before anybody sees that there is a cluster: what can't be kept is not begun.
            if (store := self.monitor._store) is not None:
                self.kept = Kept(made, store)
            self.calls.engine.surround(made.set_current, made.number)
            made.serve(*self.watch.waker)
            self.surroundings = made

    async def save(self) -> None:
        """Returns once what was written to the database before is stored. The loop."""
        if self.kept is not None:
            await self.loop.run_in_executor(None, self.kept.save)

    def save_now(self) -> None:
        """The same, for any thread."""
        if self.kept is not None:
            self.kept.save()

    # ---- For the users' threads ---------------------------------------------------------------

    def submit(
        self, operation: Coroutine[Any, Any, Result], told: Told[Result] = tell_nobody
    ) -> Submitted[Result]:
        """Starts an operation on the loop. Any thread but the loop's.

        Args:
            told: called on the loop when it has ended.
        """
        with self._closing:  # what comes before its end is closed with the others
            if self._close is not None or self.monitor.closed:
                operation.close()
                raise ClosedError("the monitor is closed: make a new ResourceMonitor")
            return self._begin(operation, told)

    def _begin(
        self, operation: Coroutine[Any, Any, Result], told: Told[Result] = tell_nobody
    ) -> Submitted[Result]:
        submitted = Submitted(self.loop, operation, told)
        self.loop.call_soon_threadsafe(submitted.start)
        return submitted

    def _check(self, operation: Coroutine[Any, Any, Result], timeout: float | None) -> None:
        try:
            check_timeout(timeout)
        except (TypeError, ValueError):
            operation.close()
            raise

    def wait(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None = None,
        resource: HostedResource | None = None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        """Starts an operation and waits for its end, or for as long as the caller wants to.

        Args:
            may_cancel: whether it is cancelled if nobody waits any more; else it goes on.
        """
        if self.is_own_thread():
            operation.close()
            raise RuntimeError(
                "this thread is the host's own, and can't wait for what it does itself: a "
                "finalizer (__del__) runs in whichever thread collects garbage; have it leave the "
                "call to another thread"
            )
        self._check(operation, timeout)
        ended = threading.Lock()
        ended.acquire()
        submitted = self.submit(operation, lambda task: ended.release())
        deadline = None if timeout is None else time.monotonic() + timeout
        try:
            while True:
                left = SLICE if deadline is None else min(SLICE, deadline - time.monotonic())
                if ended.acquire(timeout=max(left, 0)):
                    return result_of(submitted.task)
                if deadline is not None and time.monotonic() >= deadline:
                    raise timed_out(resource, timeout)
        finally:
            if may_cancel:
                submitted.cancel()

    async def wait_async(
        self,
        operation: Coroutine[Any, Any, Result],
        timeout: float | None = None,
        resource: HostedResource | None = None,
        *,
        may_cancel: bool = False,
    ) -> Result:
        """The same for a task of the user's own loop."""
        self._check(operation, timeout)
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def told(task: asyncio.Task[Result]) -> None:
            self._tell_loop(loop, ended)

        submitted = self.submit(operation, told)
        try:
            if timeout is None:
                await ended
            else:
                async with asyncio.timeout(timeout) as limit:
                    await ended
        except TimeoutError:
            if not limit.expired():
                raise
            raise timed_out(resource, timeout) from None
        finally:
            if may_cancel:
                submitted.cancel()
        return result_of(submitted.task)

    def _tell_loop(self, loop: asyncio.AbstractEventLoop, ended: asyncio.Future[None]) -> None:
        """To wake another loop takes longer than all else: it is told of several at once."""
        together = self._to_tell.setdefault(loop, [])
        together.append(ended)
        if len(together) == 1:
            self.loop.call_soon(self._tell_loop_now, loop)

    def _tell_loop_now(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the user has closed it
            loop.call_soon_threadsafe(set_done, self._to_tell.pop(loop))

    def is_own_thread(self) -> bool:
        """Whether it is one that others wait for."""
        current = threading.current_thread()
        return current is self._thread or isinstance(current, Reader)

    def hand_over(self, operation: Coroutine[Any, Any, None]) -> bool:
        """Starts an operation that nobody waits for, if this thread can't wait."""
        if not self.is_own_thread():
            return False
        with contextlib.suppress(ClosedError):  # then it is being closed with everything
            self.submit(operation)
        return True

    def close(self) -> None:
        """Closes every hosted resource, the monitor, and ends the host's threads. Once begun, that
        goes on, whoever still waits for it; a thread of the host's own does not wait."""
        self._waited_for = self._waited_for or not self.is_own_thread()
        self.begin_to_close()
        if self.is_own_thread():
            return
        while not self._over.wait(SLICE):
            pass
        self._thread.join()
        error, self._not_stored = self._not_stored, None
        if error is not None:
            raise error

    def begin_to_close(self) -> None:
        """The same, and waits for nothing."""
        with self._closing:
            if self._close is None:
                self.loop.keep(self)
                self._close = self._begin(self._close_resources())

    def dropped(self) -> None:
        """Nobody refers to the monitor any more, which nobody has closed."""
        if self._over.is_set() or self.monitor.closed:
            return
        # The one that there is has lost sight of the monitor.
        atexit.unregister(self._at_exit)
        self._at_exit = atexit.register(self.close)
        self.begin_to_close()

    @contextlib.contextmanager
    def not_there_yet(self) -> Iterator[None]:
        """While the task that is running opens a resource, the host does not end at once."""
        task = asyncio.current_task()
        assert task is not None
        self.opening.add(task)
        try:
            yield
        finally:
            self.opening.discard(task)

    async def _close_resources(self) -> None:
        self.requests.give_up()
        if self.opening:
            _, late = await asyncio.wait(self.opening, timeout=GRACE)
            for task in late:  # what it opens is closed when it returns
                task.cancel()
        closing = [life.close() for life in self.lives.values()]
        await asyncio.gather(*closing, return_exceptions=True)
        self._closed = True
        self.loop.call_soon(self.loop.stop)

    def resource_named(self, name: str) -> Answers | None:
        """One that is open. The loop."""
        resource = self.names.get(folded(name))
        return None if resource is None else self.lives.get(resource.handle)

    def tell(self, callback: Callable[..., object], *arguments: object) -> None:
        """Calls back on the loop. Any thread."""
        try:
            self.loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:
            if not self._closed:
                raise

    # ---- What the engine tells ----------------------------------------------------------------

    def completions(self, news: News) -> None:
        """Any thread."""
        if threading.current_thread() is self._thread:
            self._completions(news)
        else:
            self.tell(self._completions, news)

    def _completions(self, news: News) -> None:
        for told, completion in news:
            self._do(told.completed, completion)

    def completed(self, completion: Completion[EngineCall]) -> None:
        """Something that is of no resource and no call: there was no thread."""
        now = time.monotonic()
        if completion.kind is CompletionKind.NO_THREAD and now >= self._tell_of_threads_at:
            self._tell_of_threads_at = now + REFUSALS_APART
            self.announce(ThreadRefused(**right_now(None)))

    def does_not_return(self, resource: HostedResource, error: Deadlocked) -> None:
        """Whether somebody has waited for the call or not."""
        if (life := self.lives.get(resource.handle)) is not None:
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

    def woken(self, changed: list[int]) -> None:
        """The loop has slept."""
        self._do(self.calls.tell)
        for handle in changed:
            if life := self.lives.get(handle):
                self._do(life.status_changed)
        self._do(self.requests.look)
        if self._control_calls:
            self._do(self._look_for_ended_control_calls)
        self._do(self._look_at_counts)

    def _do(self, callback: Callable[..., object], *arguments: object) -> None:
        """Calls back as the loop does: an exception is told, and ends nothing."""
        try:
            callback(*arguments)
        except Exception as error:
            self.loop.call_exception_handler({"message": f"in {callback}", "exception": error})

    def ended(self) -> None:
        """The loop has."""
        self._closed = True
        try:
            self.loop.end()
            self.watch.let_go()
            self.calls.end()
            if self.kept is not None:
                try:
                    self.kept.close()
                except OSError as error:
                    self._tell_not_stored(error)
            if self.surroundings is not None:
                self.surroundings.close()
            CallbackMonitor.close(self.monitor)
            atexit.unregister(self._at_exit)
        finally:
            self._over.set()  # whoever waits for this

    def _tell_not_stored(self, error: OSError) -> None:
        """What was written to the database last."""
        if self._waited_for:
            self._not_stored = error  # close() raises it
        else:
            self.loop.call_exception_handler({"message": "at the end", "exception": error})

    def _look_at_counts(self) -> None:
        rejected, dropped = rejected_reports(), self.monitor.dropped_events
        if rejected != self._rejected:
            self.announce(ReportsRejected(None, rejected - self._rejected, **right_now(None)))
            self._rejected = rejected
        if dropped != self._dropped:
            self.announce(EventsDropped(None, dropped - self._dropped, **right_now(None)))
            self._dropped = dropped
        if self.surroundings is not None:
            for name in self.surroundings.calls_not_served():
                if name not in self._not_served:
                    self._not_served.add(name)
                    self.announce(FunctionNotServed(None, name, **right_now(None)))

    def announce(self, event: Any) -> None:
        self.monitor._announce(event)


def run(loop: HostLoop) -> None:
    """The host's thread."""
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        if (host := loop.host) is not None:
            host.ended()


class Submitted(Generic[Result]):
    """An operation that another thread has asked for."""

    def __init__(
        self,
        loop: HostLoop,
        operation: Coroutine[Any, Any, Result],
        told: Told[Result],
    ) -> None:
        self.task: asyncio.Task[Result] | None = None
        self._loop = loop
        self._operation = operation
        self._told = told

    def start(self) -> None:
        """The loop."""
        self.task = self._loop.run_task(self._operation, self._ended)

    def _ended(self, task: asyncio.Task[Result]) -> None:
        if not task.cancelled():
            task.exception()  # whoever waits raises it; nobody need do
        self._told(task)

    def cancel(self) -> None:
        """If it has not ended. Any thread."""
        if self.task is None or not self.task.done():
            with contextlib.suppress(RuntimeError):  # the loop has ended, and everything in it
                self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()


def set_done(futures: list[asyncio.Future[None]]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


def result_of(task: asyncio.Task[Result] | None) -> Result:
    """Of one that has ended. Any thread."""
    assert task is not None
    if task.cancelled():
        raise closed_meanwhile()
    return task.result()


def closed_meanwhile() -> ClosedError:
    return ClosedError("the monitor was closed before the operation had ended")


def timed_out(resource: HostedResource | None, timeout: float | None) -> OperationTimedOut:
    name = "the operation" if resource is None else f"resource {resource.name!r}"
    text = (
        f"{name}: not done after {timeout:g} s; the operation goes on: wait longer, or terminate it"
    )
    return OperationTimedOut(resource, ERROR_TIMEOUT, message=text, **right_now(resource))


def close_at_exit(monitor: ResourceMonitor) -> Callable[[], None]:
    """Has the interpreter close the monitor when it ends, if it is still there: what a DLL has
    started, a server's process say, is not left behind."""
    reference = weakref.ref(monitor)

    def close() -> None:
        if (left := reference()) is not None:
            left.close()

    return atexit.register(close)
