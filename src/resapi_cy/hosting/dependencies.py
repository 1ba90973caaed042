"""What a hosted resource depends on: other resources of its monitor, and declared ones, which are
there only so that the Cluster API finds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resapi_cy import property_list
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.dependency import Dependency
from resapi_cy.hosting.resource import HostedResource
from resapi_cy.names import folded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from resapi_cy.cluster.surroundings import Surroundings
    from resapi_cy.monitoring.monitor import ResourceMonitor


def checked(
    monitor: ResourceMonitor, name: str, given: Iterable[HostedResource | Dependency]
) -> tuple[HostedResource | Dependency, ...]:
    """What a resource of that name can depend on; any thread.

    Raises:
        TypeError, ValueError, ClosedError: one of them is wrong.
    """
    if isinstance(given, str | HostedResource | Dependency) or not isinstance(given, Iterable):
        raise TypeError(
            f"dependencies must be a list of HostedResource and Dependency, not {given!r}"
        )
    dependencies = tuple(given)
    names = {folded(str(name))}
    for one in dependencies:
        if not isinstance(one, HostedResource | Dependency):
            raise TypeError(f"dependencies: {one!r} is neither a HostedResource nor a Dependency")
        if folded(one.name) in names:
            same = folded(one.name) == folded(str(name))
            problem = "a resource can't depend on itself" if same else "given twice"
            raise ValueError(f"dependency {one.name!r}: {problem}; names compare without case")
        names.add(folded(one.name))
        if isinstance(one, HostedResource):
            check_resource(monitor, one)
    return dependencies


def check_resource(monitor: ResourceMonitor, resource: HostedResource) -> None:
    if resource.monitor is not monitor:
        raise ValueError(
            f"dependency {resource.name!r}: it is another monitor's resource: open one in this "
            "monitor, or declare it by Dependency"
        )
    if resource.closed:
        raise ClosedError(f"dependency {resource.name!r} is closed: open it again")


def check_found(
    names: Mapping[str, HostedResource], linked: Iterable[HostedResource | Dependency]
) -> None:
    """Raises if nobody could find one of them.

    Args:
        names: the resources that the monitor hosts, by their folded names.
    """
    for one in linked:
        if isinstance(one, HostedResource):
            if not one._operations.cluster_id:
                raise ValueError(
                    f'dependency {one.name!r}: it was opened with cluster_api="system", where it '
                    "is not found: open it again"
                )
        elif (holder := names.get(folded(one.name))) is not None:
            raise ValueError(
                f"dependency {one.name!r}: the monitor hosts a resource of that name, of type "
                f"{holder.type.name!r}: give that one, or choose another name"
            )


def taken(name: str, holder: HostedResource) -> str:
    return (
        f"resource {name!r}: the monitor has {holder.name!r} open already, of type "
        f"{holder.type.name!r} in {holder.type.path!r}, and names compare without case: close that "
        "one, or choose another name"
    )


class Declared:
    """The declared resources of a monitor, each there as long as somebody depends on it. The host's
    loop."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}  # by name, folded

    def holder(self, name: str) -> Dependency | None:
        """The one of that name."""
        held = self._held.get(folded(name))
        return None if held is None else held.dependency

    def take(self, surroundings: Surroundings, dependency: Dependency) -> str:
        """Its id."""
        held = self._held.get(folded(dependency.name))
        if held is None:
            properties = property_list.encode(dependency.properties)
            info = dependency._class_info
            made = surroundings.declare(dependency.name, dependency.type, *info, properties)
            held = self._held[folded(dependency.name)] = Held(dependency, *made)
        elif held.dependency != dependency:
            raise ValueError(
                f"dependency {dependency.name!r}: it is declared already, as {held.dependency!r}: "
                "declare it the same way, or choose another name"
            )
        held.users += 1
        return held.id

    def id_of(self, dependency: Dependency) -> str:
        """Of one that was taken."""
        return self._held[folded(dependency.name)].id

    def give_back(self, surroundings: Surroundings, dependency: Dependency) -> None:
        held = self._held[folded(dependency.name)]
        held.users -= 1
        if held.users == 0:
            del self._held[folded(dependency.name)]
            surroundings.withdraw(held.id, held.key)


@dataclass
class Held:
    """A declared resource that is in the cluster."""

    dependency: Dependency
    id: str
    key: int
    users: int = 0
