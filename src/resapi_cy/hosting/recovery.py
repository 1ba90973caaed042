"""A failure that nobody waited for: the resource is taken down, and restarted as its properties
say."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from resapi_cy.hosting.life_cycle import FailoverRequested, ResourceRestarting
from resapi_cy.hosting.restarts import Restarts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.life_cycle import ResourceFailed


class Recovery:
    """The recovery of one resource. The host's loop.

    Args:
        take_down: terminates the resource that has failed; whether it is FAILED.
        bring_up: brings it online again; whether it is FAILED.
    """

    def __init__(
        self,
        calls: EntryCalls,
        take_down: Callable[[ResourceFailed], Awaitable[bool]],
        bring_up: Callable[[], Awaitable[bool]],
    ) -> None:
        self.restarts = Restarts()
        self._calls = calls
        self._take_down = take_down
        self._bring_up = bring_up
        self._task: asyncio.Task[None] | None = None
        self._next: ResourceFailed | None = None  # found while the last recovery was ending

    @property
    def under_way(self) -> bool:
        return self._task is not None

    def start(self, error: ResourceFailed) -> None:
        if self._task is not None and not self._task.done():
            self._next = error
            return
        self._task = self._calls.host.loop.create_task(self._recover(error))
        self._task.add_done_callback(self._ended)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = self._next = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
        if not task.cancelled() and (error := task.exception()) is not None:
            name = self._calls.resource.name
            self._calls.host.loop.call_exception_handler(
                {"message": f"restarting {name!r}", "exception": error}
            )

    async def _recover(self, error: ResourceFailed | None) -> None:
        resource, announce = self._calls.resource, self._calls.host.announce
        while error is not None:
            failed, attempt = await self._take_down(error), 0
            while failed:
                decision = self.restarts.after_failure(
                    resource.properties, time.monotonic(), stuck=self._calls.stuck
                )
                if decision.failover:
                    announce(FailoverRequested()._happen(resource, failures=decision.failover))
                if decision.delay is None:
                    break
                await asyncio.sleep(decision.delay / 1000)
                attempt += 1
                resource.restarts += 1
                announce(ResourceRestarting()._happen(resource, attempt=attempt))
                failed = await self._bring_up()
            error, self._next = self._next, None
