"""How a resource that is online is polled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy.hosting.common_properties import LARGEST

if TYPE_CHECKING:
    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.type_place import TypePlace


class Polls:
    """The polls of a resource's LooksAlive and IsAlive, which the engine makes. The host's loop.

    What they say is about the resource as it is: the engine tells of none that was overtaken by
    ``stop``.

    Args:
        place: of the type, which has intervals for a resource that has none of its own.
    """

    def __init__(self, calls: EntryCalls, place: TypePlace) -> None:
        self._calls = calls
        self._place = place
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
        if LARGEST in (looks, thorough):
            of_type = self._place.common()
            looks = of_type["LooksAlivePollInterval"] if looks == LARGEST else looks
            thorough = of_type["IsAlivePollInterval"] if thorough == LARGEST else thorough
        return looks, thorough, self._calls.limit
