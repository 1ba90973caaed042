"""A cluster database, and the file that it is kept in."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from resapi_cy.errors import ClosedError

if TYPE_CHECKING:
    from resapi_cy.cluster.change import Change
    from resapi_cy.cluster.store import Store
    from resapi_cy.cluster.surroundings import Surroundings


class Kept:
    """What is stored there is there again in the next process. Any thread.

    Args:
        surroundings: without resources yet: gets what is stored.
    """

    def __init__(self, surroundings: Surroundings, store: Store) -> None:
        self._surroundings = surroundings
        self._store = store
        self._lock = threading.Lock()
        self._closed = False
        self._unsaved: list[Change] = []  # that could not be stored
        surroundings.restore(store.load())

    def save(self) -> None:
        """Returns once all that was written before is stored.

        Raises:
            DatabaseError: it could not be; it is tried again by the next one.
            ClosedError: the monitor was closed meanwhile.
        """
        with self._lock:
            self._save()

    def _save(self) -> None:
        if self._closed:
            raise ClosedError("the monitor was closed before that was stored")
        self._unsaved += self._surroundings.take_changes()
        if self._unsaved:
            self._store.save(self._unsaved)
            self._unsaved.clear()

    def close(self) -> None:
        """The same, and the file can be another monitor's."""
        with self._lock:
            try:
                self._save()
            finally:
                self._closed = True
                self._store.close()
