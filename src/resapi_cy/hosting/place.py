"""Where a hosted resource is in the cluster around it: its key in the database, and what the Cluster
API says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resapi_cy.cluster.surroundings import Surroundings
    from resapi_cy.enums import ResourceState
    from resapi_cy.hosting.resource import HostedResource


class Place:
    """A resource's place. The host's loop.

    Args:
        surroundings: of its monitor; None: the resource DLL goes by the system's cluster.

    Attributes:
        key (int): what Open is given; 0: NULL.
    """

    def __init__(self, surroundings: Surroundings | None, resource: HostedResource) -> None:
        self.key = 0
        self._id = ""
        self._surroundings = surroundings
        if surroundings is not None:
            properties = resource.properties._set()
            name, kind = resource.name, resource.type.name
            self._id, self.key = surroundings.add(name, kind, properties.items())

    def publish(self, state: ResourceState) -> None:
        if self._surroundings is not None:
            self._surroundings.set_state(self._id, state)

    def leave(self) -> None:
        if self._surroundings is not None:
            self._surroundings.remove(self._id, self.key)
            self._surroundings = None
