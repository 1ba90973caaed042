"""The event handle that a DLL gives, and signals when its resource may have failed."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from resapi_cy.given_handle import GivenHandle
from resapi_cy.hosting.life_cycle import EventHandleRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.polls import Polls
    from resapi_cy.monitoring.status import ResourceStatus

# What the system lacks when it refuses a handle that may be a good one: ERROR_TOO_MANY_OPEN_FILES,
# ERROR_NOT_ENOUGH_MEMORY, ERROR_NO_SYSTEM_RESOURCES, ERROR_COMMITMENT_LIMIT,
# ERROR_NOT_ENOUGH_QUOTA. One that it refuses for itself is not tried again: by then another one may
# have its number.
SHORTAGES = (4, 8, 1450, 1455, 1816)


class Watching(Enum):
    """What the host does with the handle that it was given."""

    NOT = "not"  # there is none
    WAITED_FOR = "waited for"  # in place of polls by LooksAlive
    SIGNALED = "signaled"  # and kept until it is not signaled any more
    REFUSED = "refused"  # by the system
    REFUSED_FOR_NOW = "refused for now"


class EventHandle:
    """The event handle of a resource that is online: while it is waited for, LooksAlive is not
    polled. The host's loop.

    Args:
        dead: called when it was signaled, and IsAlive says that the resource is dead.

    Attributes:
        given (int): by the DLL; 0: none.
    """

    def __init__(self, calls: EntryCalls, polls: Polls, dead: Callable[[], None]) -> None:
        self.given = 0
        self._watching = Watching.NOT
        self._told: tuple[int, int] | None = None  # the refusal, and why
        self._calls = calls
        self._polls = polls
        self._dead = dead
        polls.before_each = self._look_again

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
        if not self.given:
            return
        sharing = self._calls.host.event_handles[self.given]
        sharing.discard(self)
        if not sharing:
            del self._calls.host.event_handles[self.given]
        self.given = 0
        self._set(Watching.NOT)
        self._calls.host.watch.remove_event(self._calls.resource.handle)

    def signaled(self) -> None:
        """It has been signaled: the resource may have failed, and IsAlive decides."""
        if self._watching is Watching.WAITED_FOR:
            self._set(Watching.SIGNALED)
            self._polls.ask(self._answered)

    def _answered(self, alive: bool) -> None:
        if not alive:
            self._dead()
            return
        self._look_again()
        if self._watching is not Watching.WAITED_FOR:
            return
        # It was an auto-reset event, whose signal woke nobody else. Where several resources share
        # it, it may have been meant for another one.
        for other in self._calls.host.event_handles[self.given] - {self}:
            other.signaled_for_another()

    def signaled_for_another(self) -> None:
        """Another resource that was given the same handle has been found alive."""
        if self._watching is Watching.WAITED_FOR:
            self._polls.ask()

    def _look_again(self) -> None:
        """With each poll: can it be waited for now?"""
        if self._watching is Watching.SIGNALED:
            if self._calls.host.watch.watch_event_again(self._calls.resource.handle):
                self._set(Watching.WAITED_FOR)
        elif self._watching is Watching.REFUSED_FOR_NOW:
            self._begin_to_wait(GivenHandle(self.given))

    def _begin_to_wait(self, given: GivenHandle) -> None:
        resource, host = self._calls.resource, self._calls.host
        code = host.watch.watch_event(resource.handle, given)
        if code == 0:
            self._set(Watching.WAITED_FOR)
            return
        if self._watching is Watching.NOT and self._told != (self.given, code):
            self._told = self.given, code
            refused = EventHandleRefused()
            host.announce(refused._happen(resource, event_handle=self.given, code=code))
        self._set(Watching.REFUSED_FOR_NOW if code in SHORTAGES else Watching.REFUSED)

    def _set(self, watching: Watching) -> None:
        self._watching = watching
        self._polls.looks_alive = watching is not Watching.WAITED_FOR
