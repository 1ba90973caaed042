"""Mistakes that a type checker is to find, each on a line that says what is wrong."""

from __future__ import annotations

import resapi_cy as ra

monitor = ra.ResourceMonitor("65536")  # error: a str
resource = monitor.open(1)  # error: an int
resource.handle = 2  # error: read-only
resource.report(ra.ResourceState.ONLINE, 7)  # error: keyword only
resource.report("ONLINE")  # error: a str
ra.Resource("Disk 1")  # error: made by the monitor
ra.Resource()  # error: made by the monitor
ra.callbacks.address = 0  # error: constant
print(ra.callbacks.no_such_callback)  # error: no such callback
ra.StatusRoutine(ra.callbacks.address)  # error: no handle

for event in monitor.poll(timeout="5"):  # error: a str
    print(event.status)  # error: only some events have it
    match event:
        case ra.StatusChanged(resource=r, status=s):
            print(r.nam)  # error: no such attribute
            s.state = ra.ResourceState.ONLINE  # error: read-only
            print(s.wait_hint)  # error: not kept
        case ra.LogMessage(resource=r):
            print(r.name)  # error: may be None
        case ra.LogMessage(_, _, _, _):  # error: three values
            pass

web = monitor.load("process.so", "Process").open("web", PendingTimeot=1)  # error: no such property
web.properties.update(RestartDelay="1")  # error: a str
ra.ResourceFailed(web, "Online", 5)  # error: no cause
ra.ResourceFailed(web, ra.FailureCause.ONLINE)  # error: no code
ra.ResourceRestarting(None, 1)  # error: it is about a resource
ra.FailoverRequested(web, 3, checkpiont=4)  # error: no such field

status = ra.ResourceStatus("ONLINE")  # error: a str
ra.StatusChanged(status, status)  # error: the resource stands first
ra.StatusChanged(status=status)  # error: no previous status
ra.StatusChanged(None, status, status, 1)  # error: keyword only
ra.FailureSignaled(None, ra.FailureType.GENERAL, 5).error_code = 6  # error: read-only


async def follow() -> None:
    await monitor.close()  # error: close_async it is
    for event in monitor:
        await event  # error: nothing to wait for
