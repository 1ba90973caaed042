"""A resource type of a loaded resource DLL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resapi_cy.hosting.control_calls import control
from resapi_cy.hosting.hosted_resource import HostedResource, opened

if TYPE_CHECKING:
    from resapi_cy.enums import OpenFlags, ResourceApiVersion
    from resapi_cy.hosting.host import Host
    from resapi_cy.monitoring.monitor import ResourceMonitor
    from resapi_cy.resource_dll import EntryPoints


class ResourceType:
    """A resource type of a loaded resource DLL: made by ``ResourceMonitor.load``.

    Any Python thread may use it. Resource API: CLRES_FUNCTION_TABLE.

    Attributes:
        entry_points (EntryPoints): its function table, to be called directly.
    """

    def __init__(self, host: Host, entry_points: EntryPoints) -> None:
        self._host = host
        self.entry_points = entry_points

    @property
    def monitor(self) -> ResourceMonitor:
        """The monitor that hosts its resources."""
        return self._host.monitor

    @property
    def name(self) -> str:
        """The resource type's name."""
        return self.entry_points.resource_type

    @property
    def path(self) -> str:
        """The resource DLL."""
        return self.entry_points.dll.path

    @property
    def version(self) -> ResourceApiVersion:
        """The version of the Resource API that was agreed on."""
        return self.entry_points.version

    def open(self, name: str, *, flags: OpenFlags | int = 0, **properties: int) -> HostedResource:
        """Opens a resource of this type: calls Open.

        Args:
            name: the resource's name. The DLL's ``ResourceKey`` is NULL: there is no cluster
                database.
            flags: ``OpenFlags``; not for version 1.
            properties: common properties, by their names: see ``CommonProperties``.

        Returns:
            An OFFLINE resource.

        Raises:
            ResourceFailed: Open returned no RESID. ``code`` is what the DLL set by SetLastError,
                ERROR_RESOURCE_FAILED if it set nothing.
            Deadlocked: Open did not return within DeadlockTimeout.
            ClosedError: the monitor is closed.
            TypeError, ValueError: a wrong name or property.

        Any Python thread. Resource API: POPEN_V2_ROUTINE, POPEN_ROUTINE.
        """
        return self._host.wait(opened(self._host, self, name, flags, properties))

    async def open_async(
        self, name: str, *, flags: OpenFlags | int = 0, **properties: int
    ) -> HostedResource:
        """``open`` for an asyncio task."""
        return await self._host.wait_async(opened(self._host, self, name, flags, properties))

    def control(
        self, control_code: int, data: bytes = b"", *, timeout: float | None = None, token: int = 0
    ) -> bytes:
        """A control call to the type: ResourceTypeControl, or BeginResourceTypeControl from version
        3.

        Args, result and exceptions are those of ``HostedResource.control``.

        Resource API: PRESOURCE_TYPE_CONTROL_ROUTINE, PBEGIN_RESTYPECALL_ROUTINE.
        """
        operation = control(self._host, self.entry_points, None, control_code, data, token)
        return self._host.wait(operation, timeout)

    async def control_async(
        self, control_code: int, data: bytes = b"", *, timeout: float | None = None, token: int = 0
    ) -> bytes:
        """``control`` for an asyncio task."""
        operation = control(self._host, self.entry_points, None, control_code, data, token)
        return await self._host.wait_async(operation, timeout)

    def __repr__(self) -> str:
        return f"<ResourceType {self.name!r} of {self.path!r}, version {self.version >> 8}>"
