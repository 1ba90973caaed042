"""Run where both are installed: the workers report, and the monitor sees it."""

import c_worker
import cython_worker

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState

with ra.ResourceMonitor() as monitor:
    resource = monitor.open("Disk 1")
    worker = cython_worker.Worker(resource.handle)
    (changed,) = monitor.poll(timeout=None)
    assert changed.resource is resource
    assert changed.status.state is ResourceState.ONLINE_PENDING
    while resource.status.checkpoint < 1000:
        pass
    assert not worker.terminated()
    resource.terminate()
    worker.join()
    assert worker.terminated()
    last = resource.status.checkpoint

    resource.begin(ResourceState.OFFLINE_PENDING)
    assert c_worker.report(resource.handle) == ExitState.CONTINUE
    assert resource.status == ra.ResourceStatus(ResourceState.ONLINE)
    states = [event.status.state for event in monitor.poll()]
    assert states == [ResourceState.OFFLINE_PENDING, ResourceState.ONLINE]
assert c_worker.report(resource.handle) == ExitState.TERMINATE
print(f"{last} keepalives")
