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


def nothing() -> None:
    pass


class Polls:
    """The timers of a resource's LooksAlive and IsAlive. The host's loop.

    Args:
        dead: called when IsAlive says so of a resource that is still the one that was polled: an
            answer that comes after ``stop`` is about what the resource was before.

    Attributes:
        looks_alive (bool): whether LooksAlive is polled: not while an event handle is waited for.
        before_each: called before each poll that is due.
    """

    def __init__(self, calls: EntryCalls, dead: Callable[[], None]) -> None:
        self.looks_alive = True
        self.before_each: Callable[[], None] = nothing
        self._calls = calls
        self._dead = dead
        self._round = 0  # counts start() and stop(): odd, while the resource is polled
        self._timers: dict[bool, asyncio.TimerHandle] = {}  # by: is it the thorough check?
        self._intervals: dict[bool, float] = {}  # what they were set by, in seconds
        self._is_alive_waits = False  # its time has come while another entry point was running
        self._asker: Callable[[bool], None] | None = None

    @property
    def running(self) -> bool:
        return self._round % 2 == 1

    def start(self) -> None:
        self._round += 1
        for thorough in (False, True):
            self._set_timer(thorough)

    def stop(self) -> None:
        if not self.running:
            return
        self._round += 1
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._is_alive_waits = False
        self._asker = None

    def ask(self, asker: Callable[[bool], None] | None = None) -> None:
        """Polls by IsAlive as soon as no other entry point runs.

        Args:
            asker: called with the answer, in place of ``dead``.
        """
        if self.running:
            self._asker = asker or self._asker
            self._timers[True].cancel()
            self._poll(True)

    def intervals_changed(self) -> None:
        """Those that are others by now count from now on."""
        if not self.running:
            return
        for thorough, seconds in list(self._intervals.items()):
            waits = thorough and self._is_alive_waits  # for its turn, and not for its time
            if seconds != self._interval(thorough) and not waits:
                self._timers[thorough].cancel()
                self._set_timer(thorough)

    def _interval(self, thorough: bool) -> float:
        properties = self._calls.resource.properties
        interval, default = properties.LooksAlivePollInterval, LOOKS_ALIVE_INTERVAL
        if thorough:
            interval, default = properties.IsAlivePollInterval, IS_ALIVE_INTERVAL
        return (default if interval == LARGEST else interval) / 1000

    def _set_timer(self, thorough: bool) -> None:
        self._intervals[thorough] = seconds = self._interval(thorough)
        loop = self._calls.host.loop
        self._timers[thorough] = loop.call_later(seconds, self.due, thorough)

    def due(self, thorough: bool) -> None:
        self.before_each()
        self._poll(thorough)

    def _poll(self, thorough: bool) -> None:
        self._set_timer(thorough)
        if not thorough and (not self.looks_alive or self._is_alive_waits):
            return
        polled, asker = self._round, self._asker if thorough else None

        def is_wanted() -> bool:
            return self._round == polled

        def answered(is_alive: bool) -> None:
            if not is_wanted():
                return
            if asker is not None:
                asker(is_alive)
            elif not is_alive:
                self._dead()

        if self._calls.try_poll(
            "IsAlive" if thorough else "LooksAlive",
            is_wanted,
            answered,
            tell_alive=asker is not None,
        ):
            if thorough:
                self._is_alive_waits, self._asker = False, None
        elif thorough:  # another entry point is running, LooksAlive perhaps; but not once more
            self._is_alive_waits = True
            self._timers[True].cancel()
            self._timers[True] = self._calls.host.loop.call_later(RETRY, self.due, True)
