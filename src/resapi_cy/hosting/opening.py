"""How a monitor becomes a host, and a resource of a resource type is opened."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from resapi_cy.hosting.common_properties import CommonProperties
from resapi_cy.hosting.control_calls import control
from resapi_cy.hosting.host import Host
from resapi_cy.hosting.operations import Life
from resapi_cy.hosting.resource import HostedResource, ResourceType
from resapi_cy.hosting.starting import start
from resapi_cy.monitoring.monitor import Resource

if TYPE_CHECKING:
    import os
    from collections.abc import Coroutine, Mapping

    from resapi_cy.monitoring.monitor import ResourceMonitor

Result = TypeVar("Result")

making = threading.Lock()


def load(
    monitor: ResourceMonitor,
    path: str | os.PathLike[str],
    resource_type: str,
    dll_directory: str | os.PathLike[str] | None,
    deadlock_timeout: int,
) -> ResourceType:
    """Loads a resource DLL for a monitor, which hosts the type's resources from then on."""
    with making:
        if monitor._host is None:
            monitor._host = Host(monitor)
        host = monitor._host
    return ResourceType(Opening(host), start(path, resource_type, dll_directory, deadlock_timeout))


class Opening:
    """What a resource type has its host do. Any thread."""

    def __init__(self, host: Host) -> None:
        self.host = host

    @property
    def monitor(self) -> ResourceMonitor:
        return self.host.monitor

    def wait(self, operation: Coroutine[Any, Any, Result], timeout: float | None) -> Result:
        return self.host.wait(operation, timeout)

    async def wait_async(
        self, operation: Coroutine[Any, Any, Result], timeout: float | None
    ) -> Result:
        return await self.host.wait_async(operation, timeout)

    async def open(
        self, resource_type: ResourceType, name: str, flags: int, properties: Mapping[str, int]
    ) -> HostedResource:
        """The loop."""
        checked = CommonProperties(**properties)
        attached = (resource_type, checked, partial(Life, self.host))
        resource = self.host.monitor._open(name, HostedResource, *attached)
        try:
            await resource._operations.open(flags)
        except BaseException:
            Resource.close(resource)
            raise
        return resource

    async def control(
        self, resource_type: ResourceType, control_code: int, data: bytes, token: int
    ) -> bytes:
        """The loop."""
        return await control(self.host, resource_type.entry_points, None, control_code, data, token)
