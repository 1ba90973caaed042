"""How a resource that is online is polled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy.hosting.common_properties import LARGEST

if TYPE_CHECKING:
    from resapi_cy.hosting.entry_calls import EntryCalls

# The type's own intervals, in milliseconds, for a resource that has none.
LOOKS_ALIVE_INTERVAL = 5000
IS_ALIVE_INTERVAL = 60_000


class Polls:
    """The polls of a resource's LooksAlive and IsAlive, which the engine makes. The host's loop.

    What they say is about the resource as it is: the engine tells of none that was overtaken by
    ``stop``.
    """

    def __init__(self, calls: EntryCalls) -> None:
        self._calls = calls
        self._plan: tuple[int, int, float] | None = None  # None: it is not polled

    def start(self) -> None:
        self._plan = self._wanted()
        looks, thorough, limit = self._plan
        self._calls.engine.poll(looks, thorough, limit=limit)

    def stop(self) -> None:
        if self._plan is not None:
            self._plan = None
            self._calls.engine.stop_polls()

    def properties_changed(self) -> None:
        """Those that are others by now count from now on."""
        if self._plan is not None and self._plan != self._wanted():
            self.start()

    def _wanted(self) -> tuple[int, int, float]:
        properties = self._calls.resource.properties
        looks, thorough = properties.LooksAlivePollInterval, properties.IsAlivePollInterval
        return (
            LOOKS_ALIVE_INTERVAL if looks == LARGEST else looks,
            IS_ALIVE_INTERVAL if thorough == LARGEST else thorough,
            self._calls.limit,
        )
