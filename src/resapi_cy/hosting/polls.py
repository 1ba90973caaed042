"""When a resource that is online is polled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy.hosting.common_properties import LARGEST

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from resapi_cy.hosting.entry_calls import EntryCalls

# The type's own intervals, in milliseconds, for a resource that has none.
LOOKS_ALIVE_INTERVAL = 5000
IS_ALIVE_INTERVAL = 60_000
# When IsAlive is due while another entry point runs, it is tried again after so many seconds.
RETRY = 0.02


class Polls:
    """The timers of a resource's LooksAlive and IsAlive. The host's loop.

    Attributes:
        looks_alive (bool): whether LooksAlive is polled: not while an event handle is watched.
    """

    def __init__(self, calls: EntryCalls, dead: Callable[[], None]) -> None:
        self.looks_alive = True
        self._calls = calls
        self._dead = dead
        self._timers: dict[bool, asyncio.TimerHandle] = {}  # by: is it the thorough check?
        self._is_alive_waits = False  # its time has come while another entry point was running

    def start(self) -> None:
        for thorough in (False, True):
            self._set_timer(thorough)

    def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._is_alive_waits = False

    def _set_timer(self, thorough: bool) -> None:
        properties = self._calls.resource.properties
        interval, default = properties.LooksAlivePollInterval, LOOKS_ALIVE_INTERVAL
        if thorough:
            interval, default = properties.IsAlivePollInterval, IS_ALIVE_INTERVAL
        seconds = (default if interval == LARGEST else interval) / 1000
        loop = self._calls.host.loop
        self._timers[thorough] = loop.call_later(seconds, self.due, thorough)

    def due(self, thorough: bool) -> None:
        self._set_timer(thorough)
        if not thorough and (not self.looks_alive or self._is_alive_waits):
            return
        if self._calls.try_poll("IsAlive" if thorough else "LooksAlive", self._dead):
            self._is_alive_waits = self._is_alive_waits and not thorough
        elif thorough:  # another entry point is running, LooksAlive perhaps; but not once more
            self._is_alive_waits = True
            self._timers[True].cancel()
            self._timers[True] = self._calls.host.loop.call_later(RETRY, self.due, True)
