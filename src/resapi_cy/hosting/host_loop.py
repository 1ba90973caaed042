"""The event loop of a host: asyncio's own, which sleeps without a descriptor."""

from __future__ import annotations

import asyncio
import weakref
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from resapi_cy.hosting.watch import Watch


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
        self._tasks: set[asyncio.Task[Any]] = set()  # asyncio's own set of them is a weak one

    def keep(self, host: WokenUp) -> None:
        """The host is about to end, and is the loop's until then, whoever else drops it."""
        self._kept = host

    def end(self) -> None:
        """Nothing is left to be done."""
        self._kept = None
        for task in tuple(self._tasks):
            task.cancel()
        self.run_until_complete(asyncio.sleep(0))
        self.close()

    def create_task(self, coro: Any, **named: Any) -> asyncio.Task[Any]:
        task = super().create_task(coro, **named)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @property
    def host(self) -> WokenUp | None:
        return self._kept or self._host()

    def _process_events(self, changed: list[int]) -> None:
        if (host := self.host) is not None:
            host.woken(changed)

    def _write_to_self(self) -> None:
        self._selector.wake()
