"""Following a resource's events with asyncio."""

from __future__ import annotations

import asyncio
from typing import assert_type

import resapi_cy as ra


async def wait_online(monitor: ra.ResourceMonitor) -> ra.ResourceStatus | None:
    async for event in monitor:
        assert_type(event, ra.Event)
        if isinstance(event, ra.StatusChanged) and event.status.state is ra.ResourceState.ONLINE:
            return event.status
    return None


async def main() -> None:
    with ra.ResourceMonitor() as monitor:
        resource = monitor.open("Disk 1")
        waiting = asyncio.create_task(wait_online(monitor))
        resource.begin(ra.ResourceState.ONLINE_PENDING)
        await asyncio.to_thread(resource.report, ra.ResourceState.ONLINE, checkpoint=7)
        status = await waiting
        assert_type(status, ra.ResourceStatus | None)
        print(status)


if __name__ == "__main__":
    asyncio.run(main())
