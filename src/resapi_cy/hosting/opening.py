"""How a monitor becomes a host, and a resource of a resource type is opened."""

from __future__ import annotations

import os
import struct
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from resapi_cy.cluster.keys import Keys
from resapi_cy.enums import ControlCode
from resapi_cy.hosting import native_calls
from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.hosting.control_calls import TypeCalls, control, tell
from resapi_cy.hosting.database import DatabaseKey
from resapi_cy.hosting.dependencies import check_found, checked, taken
from resapi_cy.hosting.host import AsksHost, Host
from resapi_cy.hosting.operations import Life
from resapi_cy.hosting.requests import TURN
from resapi_cy.hosting.resource import HostedResource, ResourceType
from resapi_cy.hosting.starting import start
from resapi_cy.hosting.type_place import TypePlace
from resapi_cy.monitoring.monitor import Resource
from resapi_cy.names import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resapi_cy.cluster.surroundings import Surroundings
    from resapi_cy.hosting.common_properties import CommonValues
    from resapi_cy.hosting.dependency import Dependency
    from resapi_cy.monitoring.monitor import ResourceMonitor

Result = TypeVar("Result")

STARTING_PARAMS = struct.Struct("=3I")  # CLUS_STARTING_PARAMS: dwSize, bForm, bFirst


def load(
    monitor: ResourceMonitor,
    path: str | os.PathLike[str],
    resource_type: str,
    dll_directory: str | os.PathLike[str] | None,
    deadlock_timeout: int,
    reentrant: bool,
    cluster_api: str,
) -> ResourceType:
    """Loads a resource DLL for a monitor, which hosts the type's resources from then on."""
    if cluster_api not in ("own", "system"):
        raise ValueError(f'cluster_api {cluster_api!r}: it is "own" or "system"')
    with monitor._making:
        monitor._check_open()
        if monitor._host is None:
            monitor._host = Host(monitor)
        host = monitor._host
        if cluster_api == "own":
            host.surround()
    entry_points = start(path, resource_type, dll_directory, deadlock_timeout)
    shared = None if reentrant else native_calls.shared_calls(entry_points.dll)
    surroundings = host.surroundings if cluster_api == "own" else None
    if shared is not None and surroundings is not None:
        # Of those that host the DLL, the newest: the engine is none of theirs alone.
        shared.calls.engine.surround(surroundings.set_current, surroundings.number)
    opening = Opening(host, shared, TypePlace(surroundings, entry_points.resource_type))
    made = ResourceType(opening, entry_points)
    if surroundings is not None:
        opening.wait(opening.tell_type(made, surroundings), None)
    return made


def database(monitor: ResourceMonitor) -> DatabaseKey:
    """The root of a monitor's cluster database."""
    with monitor._making:
        monitor._check_open()
        if monitor._host is None:
            monitor._host = Host(monitor)
            monitor._host.surround()
        surroundings = monitor._host.surroundings
    if surroundings is None:
        raise RuntimeError(
            "the monitor has no cluster database: its resource DLLs are loaded with "
            'cluster_api="system", and what they keep is in the database of the system\'s cluster'
        )
    return DatabaseKey(monitor, Keys(surroundings))


class Opening(AsksHost):
    """What a resource type has its host do. Any thread."""

    def __init__(
        self,
        host: Host,
        shared: native_calls.SharedCalls | None,
        place: TypePlace,
    ) -> None:
        self.host = host
        self.shared = shared  # None: resources of the DLL are called beside each other
        self.place = place

    @property
    def monitor(self) -> ResourceMonitor:
        return self.host.monitor

    async def tell_type(self, resource_type: ResourceType, surroundings: Surroundings) -> None:
        """What a cluster tells a resource type before it is used, once for each monitor. What the
        DLL answers does not count. The loop."""
        name = folded(resource_type.name)
        async with self.host.telling:
            if name in self.host.types:
                return
            dll_name = Path(resource_type.entry_points.dll.path).name
            first = surroundings.add_type(resource_type.name, dll_name)
            await self.host.save()
            calls = TypeCalls(self.host, self.shared, resource_type, self.place)
            if first:
                await tell(self.host, calls, ControlCode.RESOURCE_TYPE_INSTALL_NODE, b"")
            # The one node forms the cluster.
            parameters = STARTING_PARAMS.pack(STARTING_PARAMS.size, True, first)
            for phase in (
                ControlCode.RESOURCE_TYPE_STARTING_PHASE1,
                ControlCode.RESOURCE_TYPE_STARTING_PHASE2,
            ):
                await tell(self.host, calls, phase, parameters)
            self.host.types[name] = HostedType(self, resource_type)

    async def open(
        self,
        resource_type: ResourceType,
        name: str,
        flags: int,
        dependencies: Sequence[HostedResource | Dependency],
        properties: CommonValues,
    ) -> HostedResource:
        """The loop."""
        common = CommonProperties(**properties)
        linked = checked(self.monitor, name, dependencies)
        self._check_names(name, linked)
        names, key = self.host.names, folded(str(name))
        attached = (
            resource_type,
            common,
            linked,
            partial(Life, self.host, self.shared, self.place),
        )
        names[key] = resource = self.host.monitor._open(name, HostedResource, *attached)
        with self.host.not_there_yet():
            try:
                for dependency in linked:
                    if isinstance(dependency, HostedResource):
                        await dependency._operations.find_class()
                await resource._operations.open(flags)
            except BaseException:
                del names[folded(resource.name)]
                Resource.close(resource)
                raise
        return resource

    def _check_names(self, name: str, linked: Sequence[HostedResource | Dependency]) -> None:
        """Raises if one name would be two resources', or nobody could find a dependency."""
        names, declared = self.host.names, self.host.declared
        if isinstance(name, str):
            if (holder := names.get(folded(name))) is not None:
                raise ValueError(taken(name, holder))
            if (held := declared.holder(name)) is not None:
                raise ValueError(
                    f"resource {name!r}: the name is a declared dependency's, {held!r}: choose "
                    "another one"
                )
        if linked and self.place.surroundings is None:
            raise ValueError(
                'dependencies are for cluster_api="own": the system\'s cluster knows by itself '
                "what a resource depends on"
            )
        check_found(names, linked)

    async def control(
        self, resource_type: ResourceType, control_code: int, data: bytes, token: int
    ) -> bytes:
        """The loop."""
        return await self.make_control(resource_type, control_code, data, token)

    async def make_control(
        self,
        resource_type: ResourceType,
        control_code: int,
        data: bytes,
        token: int = 0,
        turn: float | None = None,
    ) -> bytes:
        calls = TypeCalls(self.host, self.shared, resource_type, self.place, turn)
        answer = await control(self.host, calls, control_code, data, token)
        if control_code == ControlCode.RESOURCE_TYPE_SET_COMMON_PROPERTIES:
            for life in self.host.lives.values():
                life.type_changed()
        return answer


class HostedType:
    """A type that has been told of the cluster, for who asks it by the Cluster API. The loop."""

    def __init__(self, opening: Opening, resource_type: ResourceType) -> None:
        self._opening = opening
        self._type = resource_type

    async def requested(self, control_code: int, data: bytes) -> bytes:
        return await self._opening.make_control(self._type, control_code, data, turn=TURN)
