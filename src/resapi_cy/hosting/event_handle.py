"""The event handle that a DLL gives, and signals when its resource fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy.hosting.life_cycle import EventHandleRefused

if TYPE_CHECKING:
    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.polls import Polls


class EventHandle:
    """The event handle of a resource that is online, watched in place of polls by LooksAlive. The
    host's loop.

    Attributes:
        watched (int): the one that is; 0: none.
    """

    def __init__(self, calls: EntryCalls, polls: Polls) -> None:
        self.watched = 0
        self._calls = calls
        self._polls = polls

    def watch(self, event_handle: int) -> None:
        if event_handle == self.watched:
            return
        self.forget()
        if event_handle == 0:
            return
        resource, host = self._calls.resource, self._calls.host
        if host.watch.add_event(resource.handle, event_handle):
            self.watched = event_handle
            self._polls.looks_alive = False
        else:
            host.announce(EventHandleRefused()._happen(resource, event_handle=event_handle))

    def forget(self) -> None:
        if self.watched:
            self.watched = 0
            self._polls.looks_alive = True
            self._calls.host.watch.remove_event(self._calls.resource.handle)
