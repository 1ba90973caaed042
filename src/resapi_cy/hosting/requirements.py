"""What a resource DLL requires its resources to depend on. Decisions alone: nothing is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from resapi_cy.hosting.dependency import Dependency
from resapi_cy.names import folded
from resapi_cy.value_list import ClassInfo, OtherEntry, ResourceClass

if TYPE_CHECKING:
    from resapi_cy.hosting.resource import HostedResource


class Is(NamedTuple):
    """A resource that one depends on directly, as far as it counts here."""

    type: str
    resource_class: int


def what_is(one: HostedResource | Dependency) -> Is:
    if isinstance(one, Dependency):
        return Is(one.type, one._class_info.resource_class)
    return Is(one.type.name, one._operations.class_info.resource_class)


def missing(
    required: Iterable[ClassInfo | str | OtherEntry], dependencies: Sequence[Is]
) -> list[str]:
    """What none of the dependencies is, in words. One may be of a type and of a class that are both
    required."""
    types = {folded(one.type) for one in dependencies}
    classes = {one.resource_class for one in dependencies}
    words = []
    for entry in required:
        if isinstance(entry, str) and folded(entry) not in types:
            words.append(f"a resource of type {entry!r}")
        elif isinstance(entry, ClassInfo) and entry.resource_class not in classes:
            words.append(f"a resource of class {class_name(entry.resource_class)}")
    return words


def class_name(number: int) -> str:
    return ResourceClass(number).name if number in list(ResourceClass) else str(number)
