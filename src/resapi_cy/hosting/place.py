"""Where a hosted resource is in the cluster around it: its key in the database, what it depends on,
and what the Cluster API says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Imported by now: a module that is looked for later would wait for the system's loader, which a DLL
# that is being loaded may hold up, with the GIL.
from resapi_cy.cluster.keys import Keys
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.dependency import Dependency
from resapi_cy.hosting.in_database import InDatabase
from resapi_cy.hosting.parameters import Parameters
from resapi_cy.property_list import Dword, Sz

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.cluster.surroundings import Surroundings
    from resapi_cy.enums import ResourceState
    from resapi_cy.hosting.dependencies import Declared
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.value_list import ClassInfo


class Place(InDatabase):
    """A resource's place. The host's loop, unless said otherwise.

    Args:
        surroundings: of its monitor; None: the resource DLL goes by the system's cluster.
        declared: the resources that its dependencies declare.

    Attributes:
        key (int): what Open is given; 0: NULL.
        id, name, type (str): of the resource.
        properties (CommonProperties): of the resource.
    """

    def __init__(
        self, surroundings: Surroundings | None, declared: Declared, resource: HostedResource
    ) -> None:
        super().__init__(surroundings)
        self.key = 0
        self.id: str = ""
        self.name: str = resource.name
        self.type: str = resource.type.name
        self.properties = resource.properties
        self._dependencies = resource.dependencies
        self._declared = declared
        self._taken: list[Dependency] = []
        self._called: dict[str, int] = {}

    def enter(self) -> None:
        """The resource is about to be opened."""
        self.begin()
        if self.surroundings is not None:
            properties = self.properties._set().items()
            self.id, self.key = self.surroundings.add(self.name, self.type, properties)
            self.path = f"Resources\\{self.id}"
            try:
                for dependency in self._dependencies:
                    self.depend(dependency)
            except BaseException:
                self.leave()
                raise

    def depend(self, on: HostedResource | Dependency) -> None:
        surroundings = self._there
        if isinstance(on, Dependency):
            resource_id = self._declared.take(surroundings, on)
            self._taken.append(on)
        elif on.closed:
            raise ClosedError(f"dependency {on.name!r} is closed: open it again")
        else:
            resource_id = on._operations.cluster_id
        if not surroundings.depend(self.id, resource_id):
            raise ValueError(
                f"dependency {on.name!r}: it depends on {self.name!r} itself: leave out one of both"
            )

    def depend_no_more(self, on: HostedResource | Dependency) -> None:
        surroundings = self._there
        if not isinstance(on, Dependency):
            surroundings.depend_no_more(self.id, on._operations.cluster_id)
            return
        surroundings.depend_no_more(self.id, self._declared.id_of(on))
        self._taken.remove(on)
        self._declared.give_back(surroundings, on)

    def rename(self, name: str) -> bool:
        """False: the name is taken."""
        if not self._there.rename(self.id, self.name, name, self.key):
            return False
        self.name = name
        return True

    def publish(self, state: ResourceState) -> None:
        if self.surroundings is not None:
            self.surroundings.set_state(self.id, state)

    def tell_class(self, info: ClassInfo) -> None:
        if self.surroundings is not None:
            self.surroundings.set_class(self.id, *info)

    # ---- What is not served -------------------------------------------------------------------

    def begin(self) -> None:
        """An operation begins: what is called from now on may be why it fails."""
        self._called = self._calls()

    def not_served(self) -> str:
        """What was called since then and is not served here, in words; "": nothing was. By any
        resource of the monitor: the threads that a DLL has started are nobody's."""
        names = [name for name, calls in self._calls().items() if calls != self._called.get(name)]
        if not names:
            return ""
        was, is_not = ("was", "is") if len(names) == 1 else ("were", "are")
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        called = f"{', '.join(names[:6])}{more}"
        return f"; meanwhile {called} {was} called, which {is_not} not served here"

    def _calls(self) -> dict[str, int]:
        return {} if self.surroundings is None else self.surroundings.calls_not_served()

    # ---- What is in its key -------------------------------------------------------------------

    def common(self) -> dict[str, Dword]:
        """The common properties that can be set."""
        return {name: Dword(value) for name, value in self.properties}

    def read_only(self) -> dict[str, Sz]:
        return {"Name": Sz(self.name), "Type": Sz(self.type)}

    def properties_changed(self) -> None:
        """Common properties have been set."""
        if self.key:
            self._there.set_numbers(self.key, self.properties._set().items())

    def parameters(self, check_open: Callable[[], None], save: Callable[[], None]) -> Parameters:
        """Any thread."""
        surroundings = self.surroundings
        if surroundings is None:
            check_open()  # or it was closed meanwhile, and has left
            raise RuntimeError(
                f"resource {self.name!r} has no parameters here: its resource DLL is loaded with "
                'cluster_api="system", and what it keeps is in the system\'s cluster: use '
                "private_properties and set_private_properties"
            )
        return Parameters(Keys(surroundings), f"{self.path}\\Parameters", check_open, save)

    def leave(self, *, deleted: bool = False) -> None:
        """Its key is left to the next resource of its name, unless it is deleted."""
        if self.surroundings is not None:
            if deleted:
                self.surroundings.delete(self.id, self.name, self.key)
            else:
                self.surroundings.remove(self.id, self.key)
            for dependency in self._taken:
                self._declared.give_back(self.surroundings, dependency)
            self.key, self.path, self.surroundings = 0, "", None
