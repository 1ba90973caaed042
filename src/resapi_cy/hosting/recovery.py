"""A failure that nobody waited for: the resource is taken down, and restarted as its properties
say."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from resapi_cy.errors import ClosedError
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
        self._next: ResourceFailed | None = None  # of what the last recovery has just restarted

    @property
    def under_way(self) -> bool:
        return self._task is not None

    def start(self, error: ResourceFailed) -> None:
        """Once for each failure, however often it is found."""
        if self._task is not None and not self._task.done():
            self._next = error
            return
        self._task = self._calls.host.loop.run_task(self._recover(error), self._ended)

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = self._next = None

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._task is task:
            self._task = None
        error = None if task.cancelled() else task.exception()
        # What is closed is not restarted: it may have been told of that before it was cancelled.
        if error is not None and not isinstance(error, ClosedError):
            name = self._calls.resource.name
            self._calls.host.loop.call_exception_handler(
                {"message": f"restarting {name!r}", "exception": error}
            )

    async def _recover(self, error: ResourceFailed | None) -> None:
        while error is not None:
            if await self._take_down(error):
                await self._restart_until_online()
            error, self._next = self._next, None

    async def _restart_until_online(self) -> None:
        calls, restarts, attempt = self._calls, self.restarts, 0
        resource, announce = calls.resource, calls.host.announce
        failed = True
        while failed:
            stuck = calls.stuck
            decision = restarts.after_failure(
                resource.properties, time.monotonic(), stuck=bool(stuck)
            )
            if failures := decision.failover:
                requested = FailoverRequested()
                announce(requested._happen(resource, failures=failures, entry_point=stuck))
            if decision.ask_again:
                await calls.returned()
                continue
            if decision.delay is None:
                return
            await asyncio.sleep(decision.delay / 1000)
            if not await calls.wait_for_calls():
                continue  # a poll, say, that the failure overtook
            attempt += 1
            resource.restarts += 1
            restarts.made(decision, time.monotonic())
            announce(ResourceRestarting()._happen(resource, attempt=attempt))
            failed = await self._bring_up()
