"""A monitor whose events are kept, and waiting for what must come about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import resapi_cy as ra

E = TypeVar("E", bound=ra.Event)

# For what must come about at all; nothing is asserted about how soon.
LONG = 60.0


class Watched:
    """A monitor whose events are kept."""

    def __init__(self, monitor: ra.ResourceMonitor) -> None:
        self.monitor = monitor
        self.events: list[ra.Event] = []

    def poll(self, timeout: float = 0.0) -> None:
        self.events += self.monitor.poll(timeout)

    def all(self, kind: type[E]) -> list[E]:
        self.poll()
        return [event for event in self.events if isinstance(event, kind)]

    def first(self, kind: type[E]) -> E:
        """The first event of a class, waited for."""
        deadline = time.monotonic() + LONG
        while not (found := self.all(kind)):
            assert time.monotonic() < deadline, self.events
            self.poll(0.1)
        return found[0]

    def states(self) -> list[str]:
        return [event.status.state.name for event in self.all(ra.StatusChanged)]


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
