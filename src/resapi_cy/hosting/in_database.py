"""What has a key of its own in the cluster database, with private properties below Parameters: a
resource, and a resource type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resapi_cy.cluster.surroundings import Surroundings


class InDatabase:
    """One of them. Any thread.

    Attributes:
        surroundings (Surroundings | None): whose database; None: it is in the system's cluster.
        path (str): of its key, from the database's root; "": it has none, nor what follows.
    """

    def __init__(self, surroundings: Surroundings | None, path: str = "") -> None:
        self.surroundings = surroundings
        self.path = path

    @property
    def _there(self) -> Surroundings:
        assert self.surroundings is not None
        return self.surroundings

    def private_names(self) -> bytes:
        return self._there.private_names(self.path)

    def private_properties(self) -> bytes:
        return self._there.private_properties(self.path)

    def store(self, data: bytes) -> int:
        return self._there.set_private_properties(self.path, data)

    def check(self, data: bytes) -> int:
        return self._there.check_private_properties(data)
