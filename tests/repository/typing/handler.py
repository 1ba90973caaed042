"""A handler of events, its unit test, and a status that goes on to another monitor."""

from __future__ import annotations

from typing import assert_type

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState, ResourceStatus


class Relay:
    """Passes each status on to the monitor that hosts this process."""

    def __init__(self, routine: ra.StatusRoutine) -> None:
        self.routine = routine
        self.failures: list[int] = []

    def handle(self, event: ra.Event) -> ExitState:
        match event:
            case ra.StatusChanged(status=ResourceStatus(state=state, checkpoint=checkpoint)):
                answer = self.routine(state, checkpoint=checkpoint)
                assert_type(answer, ExitState)
                return answer
            case ra.FailureSignaled(error_code=error_code):
                self.failures.append(error_code)
            case _:
                pass
        return ExitState.CONTINUE


def test_relay() -> None:
    with ra.ResourceMonitor() as host:
        disk = host.open("Disk 1")
        routine = ra.StatusRoutine(ra.callbacks.set_resource_status, disk.handle, version=1)
        assert (routine.address, routine.handle, routine.version) != (0, 0, 0)
        relay = Relay(routine)

        pending = ResourceStatus(ResourceState.ONLINE_PENDING, checkpoint=1)
        online = ResourceStatus(ResourceState.ONLINE, flags=ra.StatusFlags.DUMP_NOW)
        for event in (
            ra.StatusChanged(status=pending, previous=ResourceStatus(ResourceState.UNKNOWN)),
            ra.StatusChanged(disk, online, pending, time=1, monotonic=1),
            ra.StatusChanged(None, status=online, previous=pending),
            ra.FailureSignaled(failure_type=ra.FailureType.GENERAL, error_code=5),
            ra.LogMessage(disk, ra.LogLevel.WARNING, "slow"),
            ra.TypeControlCallEnded(context=1, status=0),
            ra.WprPolicySet(disk, flags=1),
            ra.Event(),
        ):
            assert relay.handle(event) is ExitState.CONTINUE
        assert relay.failures == [5]
        assert disk.status.state is ResourceState.ONLINE
        disk.terminate()
        changed = ra.StatusChanged(None, pending, online)
        assert relay.handle(changed) is ExitState.TERMINATE


if __name__ == "__main__":
    test_relay()
