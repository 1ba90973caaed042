"""A failure that nobody waited for: the resource is taken down, and restarted as its properties
say."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from resapi_cy.errors import ClosedError
from resapi_cy.hosting.life_cycle import (
    FailoverRequested,
    ResourceGivenUp,
    ResourceRestarting,
    right_now,
)
from resapi_cy.hosting.restarts import Restarts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.life_cycle import ResourceFailed


class Recovery:
    """The recovery of one resource. The host's loop.

    Args:
        take_down: terminates the resource that has failed; whether it is FAILED.
        bring_up: brings it online again; why it is FAILED, if it is.
    """

    def __init__(
        self,
        calls: EntryCalls,
        take_down: Callable[[ResourceFailed], Awaitable[bool]],
        bring_up: Callable[[], Awaitable[ResourceFailed | None]],
    ) -> None:
        self.restarts = Restarts()
        self._calls = calls
        self._take_down = take_down
        self._bring_up = bring_up
        self._task: asyncio.Task[None] | None = None
        self._given_up = False  # for good, by what is under way
        self._next: ResourceFailed | None = None  # of what the last recovery has just restarted

    @property
    def under_way(self) -> bool:
        return self._task is not None and not self._given_up

    def start(self, error: ResourceFailed) -> None:
        """Once for each failure, however often it is found."""
        if self._task is not None and not self._task.done():
            self._next = error
            return
        self._given_up = False
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
                await self._restart_until_online(error)
            error, self._next = self._next, None

    async def _restart_until_online(self, error: ResourceFailed | None) -> None:
        calls, restarts, attempt = self._calls, self.restarts, 0
        resource, announce = calls.resource, calls.host.announce
        while error is not None:
            stuck = calls.stuck
            decision = restarts.after_failure(
                resource.properties, time.monotonic(), stuck=bool(stuck)
            )
            if failures := decision.failover:
                announce(FailoverRequested(resource, failures, stuck, **right_now(resource)))
            if decision.ask_again:
                await calls.returned()
                continue
            if decision.given_up:
                self._given_up = decision.delay is None  # before anybody is told
                announce(
                    ResourceGivenUp(
                        resource,
                        error.cause,
                        error.code,
                        decision.given_up,
                        decision.delay,
                        **right_now(resource),
                    )
                )
            if decision.delay is None:
                return
            await asyncio.sleep(decision.delay / 1000)
            if not await calls.wait_for_calls():
                continue  # a poll, say, that the failure overtook
            attempt += 1
            resource.restarts += 1
            number = restarts.made(decision, time.monotonic())
            announce(
                ResourceRestarting(
                    resource,
                    attempt,
                    number,
                    resource.properties.RestartThreshold,
                    resource.properties.RestartPeriod,
                    decision.delay,
                    **right_now(resource),
                )
            )
            error = await self._bring_up()
