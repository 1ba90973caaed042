"""The cluster around the resources of a check, and what they depend on."""

from __future__ import annotations

import platform

from resapi_cy import property_list, value_list
from resapi_cy.checks.subject import Subject
from resapi_cy.cluster.surroundings import Surroundings
from resapi_cy.hosting.dependency import declared_dependency
from resapi_cy.hosting.requirements import Is, missing


class Around:
    """A cluster, which is there before the DLL is loaded, with the subject's dependencies. With
    the system's there is nothing of it: a resource has no id, and its key is NULL.

    Raises:
        OSError: the stand-in libraries can't be had.
    """

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._dependencies = [declared_dependency(*one) for one in subject.dependencies]
        self._surroundings: Surroundings | None = None
        self._declared: list[str] = []  # their ids
        if subject.cluster_api != "system":
            self._surroundings = Surroundings("Check", platform.node() or "localhost")
            for one in self._dependencies:
                properties = property_list.encode(one.properties)
                of_class = one._class_info
                made = self._surroundings.declare(one.name, one.type, *of_class, properties)
                self._declared.append(made[0])

    @property
    def names(self) -> list[str]:
        """Of what is declared."""
        return [one.name for one in self._dependencies]

    def enter(self, name: str) -> tuple[str, int]:
        """A resource is about to be opened: its id, and its key for Open."""
        if self._surroundings is None:
            return "", 0
        subject = self._subject
        made = self._surroundings.add(name, subject.resource_type, subject.common.items())
        for declared in self._declared:
            self._surroundings.depend(made[0], declared)
        return made

    def leave(self, resource_id: str, key: int) -> None:
        if self._surroundings is not None:
            self._surroundings.remove(resource_id, key)

    def missing(self, required: bytes) -> list[str]:
        """What of the output of GET_REQUIRED_DEPENDENCIES nobody has declared, in words; raises
        ValueError for an output that is no value list."""
        if self._surroundings is None:
            return []
        there = [Is(one.type, one._class_info.resource_class) for one in self._dependencies]
        return missing(value_list.decode(required), there)
