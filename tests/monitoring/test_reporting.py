"""StatusRoutine: a callback that another monitor supplies."""

from __future__ import annotations

import ctypes

import pytest
from native import StartWorker

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState, StatusFlags


@pytest.mark.parametrize("answer", [ExitState.CONTINUE, ExitState.TERMINATE])
def test_version_2_passes_every_field(library: ctypes.CDLL, answer: ExitState) -> None:
    routine = ra.StatusRoutine(library.other_monitor_address(answer), 0xDEADBEEF12345678)
    assert (
        routine(
            ResourceState.FAILED,
            checkpoint=2**32 - 1,
            error_code=7,
            flags=StatusFlags.DUMP_NOW,
            event_handle=2**63 + 1,
        )
        is answer
    )
    assert library.other_monitor_handle() == 0xDEADBEEF12345678
    status = library.other_monitor_status().contents
    assert (status.state, status.checkpoint, status.error_code) == (4, 2**32 - 1, 7)
    assert (status.flags, status.event_handle, status.wait_hint) == (0x80000000, 2**63 + 1, 0)


def test_version_1_passes_its_fields(library: ctypes.CDLL) -> None:
    routine = ra.StatusRoutine(library.other_monitor_1_address(1), 5, version=1)
    assert (
        routine(ResourceState.ONLINE_PENDING, checkpoint=3, event_handle=9) is ExitState.TERMINATE
    )
    status = library.other_monitor_status_1().contents
    assert (status.state, status.checkpoint, status.event_handle) == (129, 3, 9)
    with pytest.raises(ValueError, match="version 1 reports carry no error_code"):
        routine(ResourceState.FAILED, error_code=1)
    assert routine.version == 1


def test_an_answer_that_the_header_does_not_name(library: ctypes.CDLL) -> None:
    routine = ra.StatusRoutine(library.other_monitor_address(0x80000007), 5)
    answer = routine(ResourceState.ONLINE)
    assert isinstance(answer, ExitState)
    assert answer not in (ExitState.CONTINUE, ExitState.TERMINATE)


def test_it_calls_our_own_callback_too(monitor: ra.ResourceMonitor) -> None:
    resource = monitor.open("r")
    routine = ra.StatusRoutine(ra.callbacks.set_resource_status_ex, resource.handle)
    assert routine(ResourceState.ONLINE, checkpoint=4) is ExitState.CONTINUE
    assert resource.status.checkpoint == 4
    resource.terminate()
    assert routine(ResourceState.ONLINE, checkpoint=5) is ExitState.TERMINATE
    assert routine.address == ra.callbacks.set_resource_status_ex
    assert routine.handle == resource.handle
    assert repr(routine).startswith("StatusRoutine(0x")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 1), ValueError, "address is 0"),
        ((-1, 1), ValueError, "address must be from 0"),
        ((1, "x"), TypeError, "handle must be an integer"),
        ((1, 1, 0), ValueError, "version must be from 1 to 4"),
        ((1, 1, 5), ValueError, "version must be from 1 to 4"),
    ],
)
def test_wrong_arguments(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        ra.StatusRoutine(*arguments)


def test_other_workers_are_not_disturbed(
    start_worker: StartWorker, monitor: ra.ResourceMonitor
) -> None:
    resource = monitor.open("r")
    worker = start_worker(resource.handle, reports_per_status=7)
    routine = ra.StatusRoutine(ra.callbacks.set_resource_status_ex, resource.handle)
    for checkpoint in range(2_000):
        assert routine(ResourceState.ONLINE, checkpoint=checkpoint) is ExitState.CONTINUE
    assert worker.stop() == 0
