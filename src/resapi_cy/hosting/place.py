"""Where a hosted resource is in the cluster around it: its key in the database, what it depends on,
and what the Cluster API says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

# Imported by now: a module that is looked for later would wait for the system's loader, which a DLL
# that is being loaded may hold up, with the GIL.
from resapi_cy.cluster.keys import Keys
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.dependency import Dependency
from resapi_cy.hosting.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.cluster.surroundings import Surroundings
    from resapi_cy.enums import ResourceState
    from resapi_cy.hosting.dependencies import Declared
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.value_list import ClassInfo


class Place:
    """A resource's place. The host's loop, unless said otherwise.

    Args:
        surroundings: of its monitor; None: the resource DLL goes by the system's cluster.
        declared: the resources that its dependencies declare.

    Attributes:
        key (int): what Open is given; 0: NULL.
        id, name, type (str): of the resource.
    """

    def __init__(
        self, surroundings: Surroundings | None, declared: Declared, resource: HostedResource
    ) -> None:
        self.key = 0
        self.id: str = ""
        self.name: str = resource.name
        self.type: str = resource.type.name
        self._properties = resource.properties
        self._dependencies = resource.dependencies
        self._surroundings = surroundings
        self._declared = declared
        self._taken: list[Dependency] = []
        self._called: dict[str, int] = {}

    def enter(self) -> None:
        """The resource is about to be opened."""
        self.begin()
        if self._surroundings is not None:
            properties = self._properties._set().items()
            self.id, self.key = self._surroundings.add(self.name, self.type, properties)
            try:
                for dependency in self._dependencies:
                    self._depend(self._surroundings, dependency)
            except BaseException:
                self.leave()
                raise

    def _depend(self, surroundings: Surroundings, on: HostedResource | Dependency) -> None:
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

    def publish(self, state: ResourceState) -> None:
        if self._surroundings is not None:
            self._surroundings.set_state(self.id, state)

    def tell_class(self, info: ClassInfo) -> None:
        if self._surroundings is not None:
            self._surroundings.set_class(self.id, *info)

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
        return {} if self._surroundings is None else self._surroundings.calls_not_served()

    # ---- What is below Parameters: where there is a key ---------------------------------------

    def private_names(self) -> bytes:
        assert self._surroundings is not None
        return self._surroundings.private_names(self.key)

    def private_properties(self) -> bytes:
        assert self._surroundings is not None
        return self._surroundings.private_properties(self.key)

    def store(self, data: bytes) -> int:
        assert self._surroundings is not None
        return self._surroundings.set_private_properties(self.key, data)

    def check(self, data: bytes) -> int:
        assert self._surroundings is not None
        return self._surroundings.check_private_properties(data)

    def parameters(self, check_open: Callable[[], None], save: Callable[[], None]) -> Parameters:
        """Any thread."""
        surroundings = self._surroundings
        if surroundings is None:
            check_open()  # or it was closed meanwhile, and has left
            raise RuntimeError(
                f"resource {self.name!r} has no parameters here: its resource DLL is loaded with "
                'cluster_api="system", and what it keeps is in the system\'s cluster: use '
                "private_properties and set_private_properties"
            )
        path = f"Resources\\{self.id}\\Parameters"
        return Parameters(Keys(surroundings), path, check_open, save)

    def leave(self) -> None:
        if self._surroundings is not None:
            self._surroundings.remove(self.id, self.key)
            for dependency in self._taken:
                self._declared.give_back(self._surroundings, dependency)
            self.key, self._surroundings = 0, None
