"""`async for event in monitor`, on the default event loop of each platform."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from native import StartWorker

import resapi_cy as ra
from resapi_cy import ResourceState
from resapi_cy.monitoring import event_stream

LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"default": asyncio.new_event_loop}
if sys.platform == "win32":
    LOOPS["selector"] = asyncio.SelectorEventLoop
    LOOPS["proactor"] = asyncio.ProactorEventLoop


@pytest.fixture(params=LOOPS)
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[Any, Any, Any]], Any]:
    def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(asyncio.wait_for(coroutine, timeout=60))

    return run


def test_events_arrive_in_order(
    run: Callable[..., Any], start_worker: StartWorker, monitor: ra.ResourceMonitor
) -> None:
    resource = monitor.open("r")
    transitions = 3_000

    async def collect() -> list[int]:
        numbers = []
        start_worker(resource.handle, transitions * 10, 10)
        async for event in monitor:
            numbers.append(event.status.error_code)
            if len(numbers) == transitions:
                return numbers
        return numbers

    assert run(collect()) == list(range(1, transitions + 1))
    assert monitor.dropped_events == 0


def test_a_sleeping_stream_is_woken_by_native_code(
    run: Callable[..., Any], library: ctypes.CDLL, monitor: ra.ResourceMonitor
) -> None:
    resource = monitor.open("r")
    report = ra.callbacks.set_resource_status_ex

    async def wait() -> list[ra.Event]:
        events = []
        stream = aiter(monitor)
        for state in (2, 3, 4):
            timer = threading.Timer(0.1, library.report_once, [report, resource.handle, state, 0])
            timer.start()
            events.append(await anext(stream))
            timer.join()
        return events

    assert [event.status.state for event in run(wait())] == [2, 3, 4]


def test_the_loop_is_never_blocked(run: Callable[..., Any], monitor: ra.ResourceMonitor) -> None:
    """While one task waits for an event, another runs as often as it wants to."""

    async def both() -> int:
        waiting = asyncio.create_task(anext(aiter(monitor)))
        turns = 0
        while turns < 1_000:
            await asyncio.sleep(0)
            turns += 1
        assert not waiting.done()
        monitor.open("r").report(ResourceState.ONLINE)
        assert (await waiting).status.state is ResourceState.ONLINE
        return turns

    assert run(both()) == 1_000


def test_the_stream_ends_when_the_monitor_closes(
    run: Callable[..., Any], monitor: ra.ResourceMonitor
) -> None:
    async def collect() -> int:
        asyncio.get_running_loop().call_later(0.05, monitor.close)
        return len([event async for event in monitor])

    assert run(collect()) == 0
    assert run(collect()) == 0  # closed before


def test_every_stream_ends_when_the_monitor_closes(run: Callable[..., Any]) -> None:
    """Also with a thread that polls beside it, and with a new monitor made at once."""

    def poll(monitor: ra.ResourceMonitor) -> None:
        with contextlib.suppress(ra.ClosedError):
            monitor.poll(None)

    async def collect(monitor: ra.ResourceMonitor) -> int:
        return len([event async for event in monitor])

    async def close() -> None:
        for _ in range(20):
            monitor = ra.ResourceMonitor()
            tasks = [asyncio.create_task(collect(monitor)) for _ in range(2)]
            poller = threading.Thread(target=poll, args=[monitor])
            poller.start()
            await asyncio.sleep(0.01)
            monitor.close()
            with ra.ResourceMonitor() as heir:
                heir.poll()
            time.sleep(0.002)
            assert await asyncio.gather(*tasks) == [0, 0]
            poller.join()

    run(close())


def test_a_closed_resources_events_wake_a_stream(
    run: Callable[..., Any], monitor: ra.ResourceMonitor
) -> None:
    async def wait() -> ra.Event:
        waiting = asyncio.ensure_future(anext(aiter(monitor)))
        await asyncio.sleep(0.01)
        with monitor.open("r") as resource:
            resource.report(ResourceState.ONLINE)
        return await waiting

    assert run(wait()).resource.name == "r"


def test_a_flood_of_events_leaves_other_tasks_their_turn(
    run: Callable[..., Any], start_worker: StartWorker
) -> None:
    with ra.ResourceMonitor(event_capacity=1_000) as monitor:
        start_worker(monitor.open("r").handle)

        async def drown() -> None:
            async for _ in monitor:
                pass

        async def cancel() -> None:
            task = asyncio.create_task(drown())
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(cancel())


def test_two_streams_share_the_events(
    run: Callable[..., Any], start_worker: StartWorker, monitor: ra.ResourceMonitor
) -> None:
    resource = monitor.open("r")
    transitions = 1_000

    async def collect(into: list[int]) -> None:
        async for event in monitor:
            into.append(event.status.error_code)
            await asyncio.sleep(0)

    async def both() -> tuple[list[int], list[int]]:
        one: list[int] = []
        two: list[int] = []
        tasks = [asyncio.create_task(collect(into)) for into in (one, two)]
        await asyncio.sleep(0.01)
        start_worker(resource.handle, transitions, 1)
        while len(one) + len(two) < transitions:
            await asyncio.sleep(0.001)
        monitor.close()
        await asyncio.gather(*tasks)
        return one, two

    one, two = run(both())
    assert sorted(one + two) == list(range(1, transitions + 1))
    assert one == sorted(one)
    assert two == sorted(two)


def test_a_cancelled_wait_loses_nothing(
    run: Callable[..., Any], monitor: ra.ResourceMonitor
) -> None:
    """Cancelled before it is woken, when it is, and after."""
    resource = monitor.open("r")

    async def cancel() -> list[ra.Event]:
        stream = aiter(monitor)
        events = []
        for state in range(1, 61):
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            resource.report(state)
            for _ in range(state % 4):
                await asyncio.sleep(0.001)
            waiting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                events.append(await waiting)
        while len(events) < 60:
            events.append(await anext(stream))
        return events

    assert [int(event.status.state) for event in run(cancel())] == list(range(1, 61))


def test_a_stream_of_a_closed_monitor_ends() -> None:
    monitor = ra.ResourceMonitor()
    monitor.close()

    async def collect() -> list[ra.Event]:
        return [event async for event in monitor]

    assert asyncio.run(collect()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a thread sleeps for the stream there")
def test_a_stream_looks_though_nobody_wakes_it(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A native thread may be ended as it is about to wake the stream."""

    class Silent:
        closed = False

        def __init__(self, descriptor: int) -> None:
            self.descriptor = descriptor
            self.looks = 0

        def _next_event(self) -> Any:
            self.looks += 1
            return "event" if self.looks == 3 else None

        def _ended(self) -> bool:
            return False

        def _sleep(self, seconds: float) -> bool:
            return False

        def _descriptor(self) -> int:
            return self.descriptor

        def _arm(self) -> bool:
            return True

        def _disarm(self) -> None:
            pass

    monkeypatch.setattr(event_stream, "LOOK", 0.01)
    reader, writer = os.pipe()

    async def first() -> Any:
        return await anext(event_stream.EventStream(Silent(reader)))

    assert run(first()) == "event"
    os.close(reader)
    os.close(writer)
