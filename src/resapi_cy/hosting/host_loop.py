"""The event loop of a host: asyncio's own, which sleeps without a descriptor."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from resapi_cy.hosting.watch import Watch

Result = TypeVar("Result")

# How long the loop's end waits for tasks that have been cancelled, in seconds.
GRACE = 1.0


class WokenUp(Protocol):
    """A host. The loop."""

    def woken(self, changed: list[int]) -> None: ...
    def ended(self) -> None: ...


class HostLoop(asyncio.BaseEventLoop):
    """Timers, tasks, calls from other threads, and what a host is woken for. No sockets, no
    processes.

    asyncio's own loops sleep on descriptors, and end for good when somebody closes one. A resource
    DLL that closes what it does not own would take the host with it.

    While nothing is under way, the loop keeps neither its host nor the monitor: who drops the last
    reference to the monitor has everything collected.
    """

    def __init__(self, watch: Watch, host: WokenUp) -> None:
        super().__init__()
        # What BaseEventLoop asks of its subclasses: this, and the next two methods.
        self._selector = watch
        self._host = weakref.ref(host)
        self._kept: WokenUp | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    def keep(self, host: WokenUp) -> None:
        """The host is about to end, and is the loop's until then, whoever else drops it."""
        self._kept = host

    def end(self) -> None:
        """Nothing is left to be done."""
        self._kept = None
        if left := tuple(self._tasks):
            for task in left:
                task.cancel()
            self.run_until_complete(asyncio.wait(left, timeout=GRACE))
        self.close()

    def run_task(
        self, operation: Coroutine[Any, Any, Result], ended: Callable[[asyncio.Task[Result]], Any]
    ) -> asyncio.Task[Result]:
        """Starts a task, and keeps it until it has ended; asyncio does not."""
        task = self.create_task(operation)
        self._tasks.add(task)

        def done(task: asyncio.Task[Result]) -> None:
            self._tasks.discard(task)
            ended(task)

        task.add_done_callback(done)
        return task

    @property
    def host(self) -> WokenUp | None:
        return self._kept or self._host()

    def _process_events(self, changed: list[int]) -> None:
        if (host := self.host) is not None:
            host.woken(changed)

    def _write_to_self(self) -> None:
        self._selector.wake()


async def ended(task: asyncio.Task[Any]) -> None:
    """Waits until a task has ended, however it has, and until those have been told that wanted to
    be before this. It goes on if who waits does not."""
    end = task.get_loop().create_future()

    def tell(task: asyncio.Task[Any]) -> None:
        if not end.done():
            end.set_result(None)

    task.add_done_callback(tell)
    try:
        await end
    finally:
        task.remove_done_callback(tell)
