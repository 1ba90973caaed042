"""What is altered of a resource while it is open: its name, and what it depends on. Its DLL is told
of each by a control code, once it is so: as the documents have it, what it answers does not count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy import witness
from resapi_cy.arguments import text_argument
from resapi_cy.enums import ControlCode
from resapi_cy.hosting.control_calls import ResourceCalls, tell
from resapi_cy.hosting.default_processing import text
from resapi_cy.hosting.dependencies import check_found, checked, taken
from resapi_cy.hosting.resource import HostedResource
from resapi_cy.names import folded

if TYPE_CHECKING:
    from resapi_cy.hosting.dependency import Dependency
    from resapi_cy.hosting.entry_calls import EntryCalls
    from resapi_cy.hosting.place import Place


class Alterations:
    """Those of one resource. The host's loop."""

    def __init__(self, calls: EntryCalls, place: Place) -> None:
        self._host = calls.host
        self._resource = calls.resource
        self._calls = calls
        self._place = place

    def check_own(self, what: str) -> None:
        if not self._place.key:
            raise RuntimeError(
                f"resource {self._resource.name!r} can't be {what} here: its resource DLL is "
                'loaded with cluster_api="system", and it is the system\'s cluster that knows it'
            )

    async def rename(self, name: str) -> None:
        name = text_argument("name", name)
        self.check_own("renamed")
        resource, names = self._resource, self._host.names
        before, new = resource.name, folded(name)
        holder = names.get(new, resource)
        if holder is not resource:
            raise ValueError(taken(name, holder))
        if not self._place.rename(name):
            raise ValueError(
                f"resource {name!r}: the cluster database has a resource of that name, closed or "
                "declared: delete that one, or choose another name"
            )
        del names[folded(before)]
        names[new] = resource
        resource._rename(name)
        if witness.witness is not None:
            witness.witness.name(resource.handle, name)
        await self._tell(ControlCode.RESOURCE_SET_NAME, name)

    async def add_dependency(self, one: HostedResource | Dependency) -> None:
        resource = self._resource
        self.check_own("made to depend on another")
        checked(resource.monitor, resource.name, [one])
        if isinstance(one, HostedResource):
            await one._operations.find_class()
            self._calls.check_open()  # it may have been closed meanwhile
        check_found(self._host.names, [one])
        if folded(one.name) in {folded(other.name) for other in resource.dependencies}:
            raise ValueError(
                f"dependency {one.name!r}: resource {resource.name!r} depends on it already"
            )
        self._place.depend(one)
        resource.dependencies = (*resource.dependencies, one)
        await self._tell(ControlCode.RESOURCE_ADD_DEPENDENCY, one.name)

    async def remove_dependency(self, one: HostedResource | Dependency) -> None:
        resource = self._resource
        self.check_own("made to depend on nothing")
        left = tuple(other for other in resource.dependencies if other != one)
        if len(left) == len(resource.dependencies):
            raise ValueError(
                f"resource {resource.name!r} does not depend on {one!r}: see its dependencies"
            )
        self._place.depend_no_more(one)
        resource.dependencies = left
        await self._tell(ControlCode.RESOURCE_REMOVE_DEPENDENCY, one.name)

    def check_no_dependents(self) -> None:
        """Raises if another resource depends on it."""
        for other in self._host.names.values():
            for one in other.dependencies:
                if isinstance(one, HostedResource) and one._operations.cluster_id == self._place.id:
                    raise ValueError(
                        f"resource {self._resource.name!r} can't be deleted: {other.name!r} "
                        "depends on it: delete that one, or remove the dependency"
                    )

    async def tell_deleted(self) -> None:
        await self._tell(ControlCode.RESOURCE_DELETE, "")

    async def _tell(self, control_code: ControlCode, name: str) -> None:
        calls = ResourceCalls(self._calls, self._place)
        try:
            await tell(self._host, calls, control_code, text(name) if name else b"")
        finally:
            await self._host.save()
