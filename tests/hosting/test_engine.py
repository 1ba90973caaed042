"""The engine as Python sees it, with real resource DLLs. tests/core has what needs no Python."""

from __future__ import annotations

import _thread
import ctypes
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra
import resapi_cy.hosting.engine
from resapi_cy.given_handle import GivenHandle
from resapi_cy.hosting.completions import Completion, CompletionKind, Place
from resapi_cy.hosting.engine import BOUNDS, Engine, EngineCall, EngineGate, EngineResource
from resapi_cy.resource_dll import EntryPoints, ResourceDll

# For what must come about at all; nothing is asserted about how soon.
LONG = 60.0
NEVER = 2**32 - 2


class Host:
    """Takes the engine's completions, and keeps them."""

    def __init__(self, monitor: ra.ResourceMonitor) -> None:
        self.monitor = monitor
        self.engine = Engine()
        self.told: list[Completion[EngineCall]] = []

    def add(
        self, name: str, entry_points: EntryPoints, gate: EngineGate | None = None
    ) -> tuple[ra.Resource, EngineResource]:
        resource = self.monitor.open(name)
        return resource, self.engine.add(resource.handle, entry_points, gate)

    def wait_for(self, found: Callable[[Completion[EngineCall]], bool]) -> Completion[EngineCall]:
        """The first such completion."""
        while True:
            for completion in self.told:
                if found(completion):
                    return completion
            self.engine.wait(1000)
            self.told += self.engine.take()

    def ended(self, call: EngineCall) -> EngineCall:
        last_word = (CompletionKind.RETURNED, CompletionKind.NOT_MADE)
        self.wait_for(lambda c: c.call is call and c.kind in last_word)
        return call

    def first(self, kind: CompletionKind) -> Completion[EngineCall]:
        return self.wait_for(lambda c: c.kind is kind)


@pytest.fixture
def host() -> Iterator[Host]:
    with ra.ResourceMonitor() as monitor:
        yield Host(monitor)


@pytest.fixture(scope="session")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return native.compile_library(
        [native.TESTS / "native" / "guard_dll.c"],
        tmp_path_factory.mktemp("engine") / "guard",
        [ra.get_include()],
        {"RESAPI_CY_OWN_WORKERS": "1"},
    )


def faulty(name: str) -> EntryPoints:
    return ResourceDll(native.example("faulty")).startup(name)


def release() -> None:
    ctypes.CDLL(str(native.example("faulty"))).FaultyRelease()


def brought_online(host: Host, resource: ra.Resource, engine_resource: EngineResource) -> None:
    assert host.ended(engine_resource.open("x", limit=LONG)).code == 0
    assert engine_resource.resid
    host.monitor._begin(resource, ra.ResourceState.ONLINE_PENDING)
    call = host.ended(engine_resource.online(limit=LONG))
    assert call.code in (0, 997)
    while call.code == 997 and resource.status.state is not ra.ResourceState.ONLINE:
        host.engine.wait(5)


def test_a_resource_lives_and_nothing_overlaps(host: Host, guard: Path) -> None:
    library = ctypes.CDLL(str(guard))
    library.guard_calls.restype = library.guard_breaches.restype = ctypes.c_long
    entry_points = ResourceDll(guard).startup("Guarded")
    for shared in (None, host.engine.gate()):
        resources = [host.add(f"r{i} {shared}", entry_points, shared) for i in range(6)]
        for resource, engine_resource in resources:
            brought_online(host, resource, engine_resource)
            engine_resource.poll(10, 20, limit=LONG)
        for _ in range(20):
            calls = [r.control(0, b"", 10, limit=LONG) for _, r in resources]
            calls += [r.call("IsAlive", limit=LONG) for _, r in resources]
            assert [host.ended(call).code for call in calls] == [0] * 6 + [1] * 6
        while not all(r.polls_made > 3 for _, r in resources):
            host.engine.wait(5)
        for _, one in resources:
            one.stop_polls()
            assert host.ended(one.offline(limit=LONG)).code == 0
            host.ended(one.call("Terminate", limit=LONG))
            host.ended(one.call("Close", limit=LONG))
            counts = one.counts()
            assert set(counts) >= {"Open", "Online", "Offline", "Terminate", "Close", "IsAlive"}
            assert sum(counts["ResourceControl"].counts) == 20
            assert len(counts["Open"].counts) == len(BOUNDS) + 1
            assert sum(one.late.counts) <= one.polls_made
            assert one.polls[-1][1] is True
            assert one.running is None
            assert one.terminating is None
    assert library.guard_breaches() == 0
    assert {c.kind for c in host.told} == {CompletionKind.RETURNED}


def test_polls_are_made_while_python_computes(host: Host, guard: Path) -> None:
    """I9, I10: this thread never gives the GIL away, and nothing is told."""
    entry_points = ResourceDll(guard).startup("Guarded")
    resources = [host.add(f"p{i}", entry_points) for i in range(20)]
    for resource, engine_resource in resources:
        brought_online(host, resource, engine_resource)
    host.told.clear()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e6)
    try:
        for _, engine_resource in resources:
            engine_resource.poll(10, 50, limit=LONG)
        while not all(r.polls_made > 20 for _, r in resources):
            sum(range(1000))
    finally:
        sys.setswitchinterval(interval)
    assert host.engine.take() == []
    for _, engine_resource in resources:
        engine_resource.stop_polls()
        assert host.ended(engine_resource.offline(limit=LONG)).code == 0
        host.ended(engine_resource.call("Close", limit=LONG))


def test_an_open_that_was_given_up_can_be_closed(host: Host) -> None:
    _, resource = host.add("x", faulty("Faulty.BlocksInOpen"))
    opened = resource.open("x", limit=LONG)
    waits = resource.online(limit=LONG)
    while resource.running is None:
        host.engine.wait(5)
    assert resource.running[0] == "Open"
    opened.abandon()
    waits.abandon()
    assert host.first(CompletionKind.NOT_MADE).call is waits
    with pytest.raises(ValueError, match="has not returned yet"):
        assert opened.code
    release()
    host.ended(opened)
    assert resource.resid
    host.ended(resource.call("Close", limit=LONG))


def test_a_limit_tells_where_the_call_is(host: Host) -> None:
    resource, engine_resource = host.add("x", faulty("Faulty.BlocksInOnline"))
    host.ended(engine_resource.open("x", limit=LONG))
    host.monitor._begin(resource, ra.ResourceState.ONLINE_PENDING)
    inside = engine_resource.online(limit=0.05)
    waits = engine_resource.call("IsAlive", limit=0.05)
    for call, place in (inside, Place.INSIDE), (waits, Place.GATE):
        told = host.wait_for(lambda c, of=call: c.call is of)  # type: ignore[misc]
        assert (told.kind, told.place) == (CompletionKind.OVERDUE, place)
        assert told.handle == resource.handle
    host.ended(engine_resource.call("Terminate", limit=LONG))
    release()
    host.ended(inside)
    assert host.first(CompletionKind.TERMINATED_AGAIN).entry_point == "Terminate"
    host.ended(waits)
    host.ended(engine_resource.call("Close", limit=LONG))


def test_a_poll_that_finds_the_resource_dead_is_the_last(host: Host) -> None:
    resource, engine_resource = host.add("x", faulty("Faulty.IsAliveFalse"))
    brought_online(host, resource, engine_resource)
    engine_resource.poll(10, 10, limit=LONG)
    told = host.first(CompletionKind.NOT_ALIVE)
    assert (told.handle, told.entry_point, told.by_event) == (resource.handle, "IsAlive", False)
    host.ended(engine_resource.call("IsAlive", limit=LONG))
    assert sum(c.kind is CompletionKind.NOT_ALIVE for c in host.told) == 1
    assert engine_resource.polls[-1][:2] == ("IsAlive", False)
    host.ended(engine_resource.call("Terminate", limit=LONG))
    host.ended(engine_resource.call("Close", limit=LONG))


def test_a_signaled_event_handle_leads_to_is_alive(host: Host) -> None:
    resource, engine_resource = host.add("x", faulty("Faulty.DiesAfterOnline"))
    brought_online(host, resource, engine_resource)
    assert engine_resource.watch(GivenHandle(resource.status.event_handle)) == 0
    engine_resource.poll(NEVER, NEVER, limit=LONG)
    while not engine_resource.polls_made:
        host.engine.wait(5)
    assert engine_resource.polls[0][0] == "IsAlive"
    engine_resource.forget()
    host.ended(engine_resource.call("Terminate", limit=LONG))
    host.ended(engine_resource.call("Close", limit=LONG))


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_every_entry_point_gets_its_arguments(host: Host, version: int) -> None:
    path = native.plain_dll(version)
    library = ctypes.CDLL(str(path))
    exports = {
        name: ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
        for name in ResourceDll(path).exports
    }
    wanted = version << 8
    startup = host.engine.startup(
        "Plain",
        wanted,
        wanted,
        exports.get("StartupEx", 0),
        exports.get("Startup", 0),
        limit=LONG,
    )
    assert host.ended(startup).code == 0
    assert startup.functions
    entry_points = ResourceDll(path).startup("Plain")
    resource, engine_resource = host.add("one", entry_points)
    assert host.ended(engine_resource.open("one", 3, limit=LONG)).code == 0
    assert engine_resource.resid == resource.handle
    assert host.ended(engine_resource.online(4, b"abc", limit=LONG)).code == 0
    assert host.ended(engine_resource.call("LooksAlive", limit=LONG)).code == 1
    assert host.ended(engine_resource.call("IsAlive", limit=LONG)).code == 1
    assert host.ended(engine_resource.call("Arbitrate", limit=LONG)).code == 0
    assert host.ended(engine_resource.call("Release", limit=LONG)).code == 0
    cancelled = 120 if version == 1 else 1223
    assert host.ended(engine_resource.call("Cancel", limit=LONG)).code == cancelled
    code = host.ended(engine_resource.offline(5, "node", b"ab", limit=LONG)).code
    assert code == 0
    host.ended(engine_resource.call("Terminate", limit=LONG))
    for make in (
        engine_resource.control,
        lambda *a, limit: host.engine.control_type(entry_points, *a, limit=limit),
    ):
        assert host.ended(make(1, b"data", 10, limit=LONG)).data == b"data"
        more = host.ended(make(2, b"data", 10, limit=LONG))
        assert (more.code, more.bytes_returned, len(more.data)) == (234, 4000, 10)
        assert host.ended(make(3, b"", 0, limit=LONG)).code == 5
    host.ended(engine_resource.call("Close", limit=LONG))
    log = [e.text for e in host.monitor.poll() if isinstance(e, ra.LogMessage)]
    later = version > 1
    assert [line for line in log if not line.startswith("Cancel")] == [
        f"Open one 0 {3 * later}",
        f"Online 0 {4 * later} {3 * later}",
        "LooksAlive",
        "IsAlive",
        f"Offline {'node' if later else '-'} {5 * later} {2 * later}",
        "Terminate",
        "Close",
    ]


def test_what_is_wrong_is_refused(host: Host) -> None:
    entry_points = faulty("Faulty")
    _, resource = host.add("x", entry_points)
    with pytest.raises(ValueError, match="takes more than a RESID"):
        resource.call("Online", limit=1)
    with pytest.raises(ValueError, match="no number of seconds"):
        resource.call("Close", limit=-1)
    with pytest.raises(ValueError, match="pass one export's address"):
        host.engine.startup("x", 1, 2, 0, 0, limit=1)
    with pytest.raises(TypeError, match="made by Engine"):
        EngineCall()  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="handle"):
        host.engine.add(-1, entry_points)
    host.engine.end()
    with pytest.raises(ra.ClosedError, match="make a new one"):
        resource.call("Close", limit=1)


def test_an_exception_loses_no_completion(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while they are taken, say, before the first, or between two."""
    _, resource = host.add("x", faulty("Faulty"))
    made: list[int] = []

    def interrupted(*arguments: object) -> Completion[EngineCall]:
        made.append(1)
        if len(made) in (1, 3):
            raise KeyboardInterrupt
        return Completion(*arguments)  # type: ignore[arg-type]

    calls = [resource.open("x", limit=LONG), resource.call("IsAlive", limit=LONG)]
    while resource.running is not None or "IsAlive" not in resource.counts():
        host.engine.wait(5)
    assert host.engine.threads  # the thread that has counted it has told of it by now
    monkeypatch.setattr(resapi_cy.hosting.engine, "Completion", interrupted)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            host.engine.take()
        assert host.engine.wait()
    while any(call.in_flight for call in calls):
        host.told += host.engine.take()
    host.told += host.engine.take()
    assert [told.call for told in host.told] == calls
    host.ended(resource.call("Close", limit=LONG))


def test_an_engine_goes_with_what_an_exception_has_left(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine()
    call = engine.add(1, faulty("Faulty")).call("IsAlive", limit=LONG)
    assert engine.wait()
    with monkeypatch.context() as patch:
        patch.setattr(resapi_cy.hosting.engine, "Completion", None)
        with pytest.raises(TypeError, match="not callable"):
            engine.take()
    assert call.in_flight
    del engine, call
    gc.collect()


def test_ctrl_c_ends_a_wait(host: Host) -> None:
    """However the system delivers it."""
    timer = threading.Timer(0.1, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        host.engine.wait()
    timer.join()


def test_what_waits_at_the_end_is_told_not_to_be_made(host: Host) -> None:
    _, resource = host.add("x", faulty("Faulty.BlocksInOpen"))
    opened = resource.open("x", limit=LONG)
    waits = resource.call("Close", limit=LONG)
    while resource.running is None:
        host.engine.wait(5)
    host.engine.end()
    assert host.first(CompletionKind.NOT_MADE).call is waits
    assert opened.in_flight
    release()
    host.ended(opened)


def test_an_engine_with_a_stuck_call_is_collected(host: Host) -> None:
    engine = Engine()
    resource = engine.add(1, faulty("Faulty.BlocksInOpen"))
    call = resource.open("x", limit=LONG)
    while resource.running is None:
        engine.wait(5)
    del engine, resource, call
    gc.collect()
    release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_makes_its_own(host: Host) -> None:
    _, resource = host.add("x", faulty("Faulty"))
    child = os.fork()
    if child == 0:
        try:
            with pytest.raises(ra.ClosedError, match="parent process"):
                host.engine.take()
            with pytest.raises(ra.ClosedError, match="parent process"):
                resource.call("Close", limit=1)
            own = Engine()
            mine = own.add(1, faulty("Faulty"))
            call = mine.open("x", limit=LONG)
            while call.in_flight:
                own.wait(1000)
                own.take()
            del host, resource
            gc.collect()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    host.ended(resource.open("x", limit=LONG))
    host.ended(resource.call("Close", limit=LONG))
