"""A resource that a hosted one depends on, and that no resource DLL hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from resapi_cy import property_list
from resapi_cy.arguments import text_argument, unsigned
from resapi_cy.hosting.private_properties import Given, private_values
from resapi_cy.names import folded
from resapi_cy.property_list import Value
from resapi_cy.value_list import ClassInfo, ResourceClass

# What a cluster says of its own types; CLUSCTL_RESOURCE_GET_CLASS_INFO.
SHARED = 1 << 31
CLASSES = {
    folded("Physical Disk"): ClassInfo(ResourceClass.STORAGE, SHARED),
    folded("IP Address"): ClassInfo(ResourceClass.NETWORK, SHARED),
    folded("IPv6 Address"): ClassInfo(ResourceClass.NETWORK, SHARED),
    folded("IPv6 Tunnel Address"): ClassInfo(ResourceClass.NETWORK, SHARED),
}


@dataclass(frozen=True)
class Dependency:
    """A resource that a hosted one depends on, and that no resource DLL hosts: a network name, a
    disk. It is there only for the functions of the Cluster API to find it, online, as long as a
    resource that was opened with it is open.

    Args:
        name: the resource's name, which no other one of the monitor may have, in whatever case.
        type: its resource type, such as ``"Network Name"``.
        resource_class: a ``value_list.ResourceClass``, or one's own number from USER on. None: that
            of a Physical Disk, an IP Address and its kin as a cluster has it, UNKNOWN of others.
        properties: its private properties, as for ``HostedResource.set_private_properties``. What
            GetClusterResourceNetworkName answers is ``Name`` of a Network Name, what
            ResUtilFindDependentDiskResourceDriveLetter does is ``Drive`` of a Physical Disk.

    Raises:
        TypeError, ValueError: a wrong name, class or property.

    Immutable, and any thread may use it. Resource API: ResUtilGetResourceDependency and its kin.
    """

    name: str
    type: str
    resource_class: int | None = field(default=None, kw_only=True)
    properties: Mapping[str, Value] = field(default_factory=dict, kw_only=True, hash=False)

    def __post_init__(self) -> None:
        for what in ("name", "type"):
            if not text_argument(what, getattr(self, what)):
                raise ValueError(f"a dependency's {what} is empty")
        if self.resource_class is not None:
            unsigned("resource_class", self.resource_class, 32)
        if not isinstance(self.properties, Mapping):
            raise TypeError(
                f"properties must map names to values, not be {type(self.properties).__name__}"
            )
        property_list.encode(self.properties)
        object.__setattr__(self, "properties", dict(self.properties))

    @property
    def _class_info(self) -> ClassInfo:
        by_type = CLASSES.get(folded(self.type), ClassInfo())
        if self.resource_class in (None, by_type.resource_class):
            return by_type
        return ClassInfo(self.resource_class)


def declared_dependency(name: str, resource_type: str, given: Mapping[str, Given]) -> Dependency:
    """One whose private properties are given as texts; raises what ``private_values`` raises."""
    return Dependency(name, resource_type, properties=private_values(given, {}, declared=True))
