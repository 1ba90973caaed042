"""`async for event in monitor`, on every event loop of asyncio."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from resapi_cy.monitoring.events import Event

# How many events are taken before other tasks have their turn, though there are more.
EVENTS_PER_TURN = 32
# How often a stream that waits looks by itself, in seconds: a native thread that was ended as it
# was about to wake somebody leaves the wake-up silent.
LOOK = 1.0


class Source(Protocol):
    """What a monitor is, to those who wait for its events."""

    @property
    def closed(self) -> bool: ...
    def _next_event(self) -> Event | None: ...
    def _ended(self) -> bool: ...
    def _sleep(self, seconds: float) -> bool: ...
    def _descriptor(self) -> int: ...
    def _arm(self) -> bool: ...
    def _disarm(self) -> None: ...


class EventStream:
    """The events of a monitor as an asynchronous iterator: ends once the monitor is closed.

    Several streams may run at once, and beside `poll`: each event goes to one of them.
    """

    def __init__(self, monitor: Source) -> None:
        self._monitor = monitor
        self._executor: ThreadPoolExecutor | None = None
        self._taken = 0

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        self._taken += 1
        if self._taken % EVENTS_PER_TURN == 0:
            await asyncio.sleep(0)  # events may come faster than they are handled
        while (event := self._monitor._next_event()) is None:
            if self._monitor._ended():
                raise StopAsyncIteration
            await self._wait()
        return event

    async def _wait(self) -> None:
        if not self._monitor._arm():
            return
        try:
            descriptor = self._monitor._descriptor()
            if descriptor >= 0:
                await self._wait_readable(descriptor)
            else:
                await self._wait_in_thread()
        finally:
            self._monitor._disarm()

    async def _wait_readable(self, descriptor: int) -> None:
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()
        # A number of its own, since a loop keeps one reader for each.
        own = os.dup(descriptor)
        try:
            loop.add_reader(own, woken.set)
            look = loop.call_later(LOOK, woken.set)
            try:
                await woken.wait()
            finally:
                look.cancel()
                loop.remove_reader(own)
        finally:
            os.close(own)

    async def _wait_in_thread(self) -> None:
        """Where an event loop can watch no descriptor (Windows), a thread sleeps for it."""
        if self._executor is None:
            self._executor = ThreadPoolExecutor(1, "resapi_cy events")
        given_up = False

        def sleep() -> None:
            while not (given_up or self._monitor.closed or self._monitor._sleep(0.05)):
                pass

        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, sleep)
        finally:
            given_up = True
