"""The event handle that a DLL gives, and signals when its resource may have failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy.given_handle import GivenHandle
from resapi_cy.hosting.life_cycle import EventHandleRefused, right_now

if TYPE_CHECKING:
    import asyncio

    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.monitoring.status import ResourceStatus

# What the system lacks when it refuses a handle that may be a good one: ERROR_TOO_MANY_OPEN_FILES,
# ERROR_NOT_ENOUGH_MEMORY, ERROR_NO_SYSTEM_RESOURCES, ERROR_COMMITMENT_LIMIT,
# ERROR_NOT_ENOUGH_QUOTA. One that it refuses for itself is not tried again: by then another one may
# have its number.
SHORTAGES = (4, 8, 1450, 1455, 1816)
# And how soon it is tried again, in seconds.
RETRY = 1.0
ERROR_INVALID_HANDLE = 6


class EventHandle:
    """The event handle of a resource that is online: while the engine waits for it, LooksAlive is
    not polled; when it is signaled, IsAlive is asked. The host's loop.

    Attributes:
        given (int): by the DLL; 0: none.
    """

    def __init__(self, calls: EntryCalls) -> None:
        self.given = 0
        self._told: tuple[int, int] | None = None  # the refusal, and why
        self._retry: asyncio.TimerHandle | None = None
        self._calls = calls

    def reported(self, status: ResourceStatus) -> GivenHandle | None:
        """The handle that came with this change of the status, which is the newest one: of each
        change, once. The reporting thread has duplicated it."""
        return self._calls.host.watch.take_event(self._calls.resource.handle, status.event_handle)

    def status_changed(self, status: ResourceStatus) -> None:
        """A number that is reported again, in another status, may be another handle by now."""
        given = self.reported(status)
        if given is not None:
            self.watch(given)
        elif status.event_handle == 0:
            self.forget()

    def watch(self, given: GivenHandle | None) -> None:
        """Takes the handle, instead of the one before."""
        self._let_go()
        if given is None or given.value == 0:
            return
        self.given = given.value
        self._calls.host.event_handles.setdefault(self.given, set()).add(self)
        self._begin_to_wait(given)

    def forget(self) -> None:
        self._told = None
        self._let_go()

    def _let_go(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if not self.given:
            return
        sharing = self._calls.host.event_handles[self.given]
        sharing.discard(self)
        if not sharing:
            del self._calls.host.event_handles[self.given]
        self.given = 0
        self._calls.engine.watch()

    def answered(self) -> None:
        """It was signaled, is not any more, and IsAlive has been asked. If it is an auto-reset
        event, its signal has woken nobody else; and where several resources share it, it may have
        been meant for another one."""
        for other in self._calls.host.event_handles.get(self.given, set()) - {self}:
            other.ask()

    def ask(self) -> None:
        """Another resource that was given the same handle has been asked."""
        self._calls.engine.ask_now()

    def lost(self) -> None:
        """Somebody has closed the duplicate."""
        if self.given:
            self._calls.engine.watch()
            self._refused(ERROR_INVALID_HANDLE)

    def _begin_to_wait(self, given: GivenHandle) -> None:
        self._retry = None
        code = self._calls.engine.watch(given)
        if code == 0:
            return
        self._refused(code)
        if code in SHORTAGES:
            loop = self._calls.host.loop
            self._retry = loop.call_later(RETRY, self._try_again, self.given)

    def _try_again(self, given: int) -> None:
        self._begin_to_wait(GivenHandle(given))

    def _refused(self, code: int) -> None:
        if self._told != (self.given, code):
            self._told = self.given, code
            resource = self._calls.resource
            refused = EventHandleRefused(resource, self.given, code, **right_now(resource))
            self._calls.host.announce(refused)
