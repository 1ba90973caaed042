"""A host comes to its end, and its waits to theirs, whoever closes it, from wherever, and whatever
does not return."""

from __future__ import annotations

import asyncio
import ctypes
import functools
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import native
import puppet
import pytest
from puppet import EntryPoint, Strings
from watched import wait_until

import resapi_cy as ra
from resapi_cy.hosting.native_calls import Reader
from resapi_cy.hosting.opening import load
from resapi_cy.hosting.operations import Life

NEVER = 2**32 - 2
NO_POLLS = {"LooksAlivePollInterval": NEVER, "IsAlivePollInterval": NEVER}
TIMEOUT = 120.0
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")


def life_of(resource: ra.HostedResource) -> Life:
    life = resource._operations
    assert isinstance(life, Life)
    return life


def run(code: str, *arguments: str | Path) -> str:
    """Runs it in a process of its own; what it has printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
        env={**os.environ, "PYTHONPATH": str(native.TESTS / "helpers")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# ---- Finalizers that run in the host's own threads -----------------------------------------------


class Finalized:
    """Does something when it is collected, which is garbage of the kind that only the collector
    finds."""

    def __init__(self, does: Callable[[], object]) -> None:
        self.does = does
        self.itself = self
        self.raised: list[BaseException] = []

    def __del__(self) -> None:
        self.does()


def collected_in_the_loop(resource: ra.HostedResource, does: Callable[[], object]) -> None:
    gc.collect()
    gc.disable()
    try:
        Finalized(does)
        done = threading.Event()

        def collect() -> None:
            gc.collect()
            done.set()

        life_of(resource).host.loop.call_soon_threadsafe(collect)
        assert done.wait(TIMEOUT)
    finally:
        gc.enable()


def test_a_finalizer_in_the_hosts_thread_closes_a_resource_without_waiting(
    monitor: ra.ResourceMonitor,
) -> None:
    strings = Strings(puppet.load(monitor).open("r", **NO_POLLS))
    other = puppet.load(monitor).open("other", **NO_POLLS)
    strings.resource.online()
    collected_in_the_loop(other, strings.resource.close)
    wait_until(lambda: strings.resource.closed)
    assert strings.calls(EntryPoint.TERMINATE) == strings.calls(EntryPoint.CLOSE) == 1
    other.online()


def test_a_finalizer_in_the_hosts_thread_closes_the_monitor_without_waiting() -> None:
    monitor = ra.ResourceMonitor()
    strings = Strings(puppet.load(monitor).open("r", **NO_POLLS))
    strings.resource.online()
    host = life_of(strings.resource).host
    collected_in_the_loop(strings.resource, monitor.close)
    while not monitor.closed:
        pass
    assert not host._thread.is_alive() or host._over.wait(TIMEOUT)
    monitor.close()  # waits for what goes on
    assert monitor.closed
    assert strings.resource.closed
    assert strings.calls(EntryPoint.TERMINATE) == strings.calls(EntryPoint.CLOSE) == 1


def test_a_wait_in_the_hosts_thread_raises_and_says_why(monitor: ra.ResourceMonitor) -> None:
    resource = puppet.load(monitor).open("r", **NO_POLLS)
    raised: list[RuntimeError] = []

    def wait() -> None:
        with pytest.raises(RuntimeError, match="host's own") as caught:
            resource.online()
        raised.append(caught.value)

    collected_in_the_loop(resource, wait)
    assert "another thread" in str(raised[0])
    resource.online()


# ---- A monitor that nobody has closed ------------------------------------------------------------


def calls(resid: int, entry_point: EntryPoint) -> int:
    """How often it was called, whatever has become of the resource."""
    count: int = puppet.library().puppet_get(resid, puppet.Value.CALLS + entry_point)
    return count


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize("in_the_loop", [False, True])
def test_a_monitor_that_is_dropped_is_collected_and_closed(
    in_the_loop: bool, reentrant: bool
) -> None:
    monitor = ra.ResourceMonitor()
    resource = puppet.load(monitor, reentrant=reentrant).open("r", **NO_POLLS)
    resource.online()
    resid, loop, dropped = resource.resid, life_of(resource).host.loop, weakref.ref(monitor)
    wait_until(lambda: not loop._tasks)
    del monitor, resource

    def collect() -> None:
        if in_the_loop:
            loop.call_soon_threadsafe(gc.collect)
        else:
            gc.collect()
        wait_until(loop.is_closed)

    with pytest.warns(ResourceWarning, match="hosts resources and was not closed"):
        collect()
    assert calls(resid, EntryPoint.TERMINATE) == calls(resid, EntryPoint.CLOSE) == 1
    gc.collect()
    assert dropped() is None


def test_a_monitor_that_is_dropped_is_closed_after_what_is_under_way() -> None:
    monitor = ra.ResourceMonitor()
    strings = Strings(puppet.load(monitor).open("r", **NO_POLLS))
    strings.hold(EntryPoint.ONLINE)
    with pytest.raises(ra.OperationTimedOut):
        strings.resource.online(timeout=0.01)
    resid, loop = strings.resid, life_of(strings.resource).host.loop
    strings.wait_until_held()
    release = functools.partial(puppet.library().puppet_set, resid, puppet.Value.HELD, 0)
    del monitor, strings
    gc.collect()
    assert not loop.is_closed()
    release()
    with pytest.warns(ResourceWarning):
        wait_until(lambda: gc.collect() is None or loop.is_closed())
    assert calls(resid, EntryPoint.ONLINE) == calls(resid, EntryPoint.TERMINATE) == 1
    assert calls(resid, EntryPoint.CLOSE) == 1


def test_the_end_of_the_interpreter_waits_for_a_monitor_that_was_dropped() -> None:
    code = """
        import atexit, gc, threading
        import resapi_cy as ra, puppet
        atexit.register(lambda: print(library.puppet_get(resid, closed)))  # the last one
        closed = puppet.Value.CALLS + puppet.EntryPoint.CLOSE
        monitor = ra.ResourceMonitor()
        strings = puppet.Strings(puppet.load(monitor).open("r"))
        strings.resource.online()
        strings.hold(puppet.EntryPoint.TERMINATE)
        library, resid = puppet.library(), strings.resid
        loop = strings.resource._operations.host.loop
        while loop._tasks:
            pass
        del monitor, strings
        gc.collect()

        def release():
            while not library.puppet_get(resid, puppet.Value.INSIDE):
                pass
            print("held", flush=True)
            library.puppet_set(resid, puppet.Value.HELD, 0)

        threading.Thread(target=release, daemon=True).start()
    """
    assert run(code) == "held\n1\n"


# ---- close, more than once -----------------------------------------------------------------------


@pytest.fixture
def held() -> Iterator[Strings]:
    """A resource that is online, and whose Terminate does not return until it is released."""
    monitor = ra.ResourceMonitor()
    strings = Strings(puppet.load(monitor).open("held", **NO_POLLS))
    strings.resource.online()
    strings.hold(EntryPoint.TERMINATE)
    yield strings
    strings.release()
    monitor.close()


def test_a_second_close_waits_for_the_first(held: Strings) -> None:
    monitor = held.resource.monitor
    closing = [threading.Thread(target=monitor.close) for _ in range(3)]
    for thread in closing:
        thread.start()
    held.wait_until_held()
    assert not monitor.closed
    assert all(thread.is_alive() for thread in closing)
    held.release()
    for thread in closing:
        thread.join()
    assert monitor.closed
    assert held.calls(EntryPoint.TERMINATE) == held.calls(EntryPoint.CLOSE) == 1


@posix_only
def test_close_in_a_signal_handler_while_close_runs_waits_with_it(held: Strings) -> None:
    monitor = held.resource.monitor
    handled: list[bool] = []

    def interrupt(*_: object) -> None:
        threading.Timer(0.2, held.release).start()
        monitor.close()
        handled.append(monitor.closed)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        threading.Thread(
            target=lambda: (held.wait_until_held(), os.kill(os.getpid(), signal.SIGALRM))
        ).start()
        monitor.close()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert handled == [True]
    assert held.calls(EntryPoint.CLOSE) == 1


@posix_only
def test_close_that_was_interrupted_goes_on(held: Strings) -> None:
    monitor = held.resource.monitor
    threading.Thread(
        target=lambda: (held.wait_until_held(), os.kill(os.getpid(), signal.SIGINT))
    ).start()
    with pytest.raises(KeyboardInterrupt):
        monitor.close()
    assert not monitor.closed
    with pytest.raises(ra.ClosedError):
        held.resource.type.open("late")
    held.release()
    monitor.close()
    assert monitor.closed
    assert held.calls(EntryPoint.CLOSE) == 1


def test_nothing_that_is_opened_beside_close_is_left_open() -> None:
    for _ in range(20):
        monitor = ra.ResourceMonitor()
        puppet_type = puppet.load(monitor)
        opened: list[Strings] = []

        def open_many(
            puppet_type: ra.ResourceType = puppet_type, opened: list[Strings] = opened
        ) -> None:
            try:
                for number in range(100):
                    opened.append(Strings(puppet_type.open(f"r{number}", **NO_POLLS)))
            except ra.ClosedError:
                pass

        thread = threading.Thread(target=open_many)
        thread.start()
        wait_until(lambda opened=opened: opened)
        monitor.close()
        thread.join()
        assert all(strings.resource.closed for strings in opened)
        assert all(strings.calls(EntryPoint.CLOSE) == 1 for strings in opened)


def test_a_monitor_that_is_closed_beside_load_becomes_no_host() -> None:
    monitor = ra.ResourceMonitor()
    monitor.close()  # after load has looked whether it is open
    threads = threading.active_count()
    with pytest.raises(ra.ClosedError):
        load(monitor, native.example("faulty"), "Faulty", None, 300_000, True, "own")
    assert monitor._host is None
    assert threading.active_count() == threads


# ---- Calls that do not return --------------------------------------------------------------------


@pytest.mark.parametrize("closes", [False, True])
def test_an_open_that_was_given_up_is_closed_when_it_returns(
    monkeypatch: pytest.MonkeyPatch, closes: bool
) -> None:
    lives: list[Life] = []
    opened = Life.open

    async def noted(life: Life, flags: int) -> None:
        lives.append(life)
        await opened(life, flags)

    monkeypatch.setattr(Life, "open", noted)
    monitor = ra.ResourceMonitor()
    faulty = monitor.load(native.example("faulty"), "Faulty.BlocksInOpen")
    release = ctypes.CDLL(str(native.example("faulty"))).FaultyRelease

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await faulty.open_async("r", **NO_POLLS)

    asyncio.run(give_up())
    if closes:
        monitor.close()
    (life,) = lives
    assert "Close" not in life.engine.counts()
    release()
    wait_until(lambda: "Close" in life.engine.counts())
    wait_until(lambda: sum(life.engine.counts()["Close"].counts) == 1)
    monitor.close()


def test_a_close_ends_though_no_thread_can_be_had_for_an_open_that_was_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monitor = ra.ResourceMonitor()
    faulty = monitor.load(native.example("faulty"), "Faulty.BlocksInOpen")

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await faulty.open_async("r", **NO_POLLS)

    asyncio.run(give_up())

    def refused(reader: Reader) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Reader, "start", refused)
    monitor.close()
    assert monitor.closed
    ctypes.CDLL(str(native.example("faulty"))).FaultyRelease()


@pytest.mark.parametrize("stuck", [6])
def test_the_interpreter_ends_though_entry_points_are_stuck(stuck: int) -> None:
    code = """
        import sys, threading
        import resapi_cy as ra
        monitor = ra.ResourceMonitor()
        faulty = monitor.load(sys.argv[1], "Faulty.BlocksInOnline")
        for number in range(int(sys.argv[2])):
            resource = faulty.open(f"r{number}", DeadlockTimeout=1500)
            threading.Thread(target=resource.online, daemon=True).start()
            while resource.state is not ra.ResourceState.ONLINE_PENDING:
                pass
        print("ends")
    """
    assert run(code, native.example("faulty"), str(stuck)) == "ends\n"


@posix_only
def test_a_host_whose_descriptors_a_dll_has_closed_goes_on(monitor: ra.ResourceMonitor) -> None:
    code = """
        import os, sys
        import resapi_cy as ra, puppet
        monitor = ra.ResourceMonitor()
        puppet_type = puppet.load(monitor)
        polls = {"LooksAlivePollInterval": 10, "IsAlivePollInterval": 10}
        first = puppet.Strings(puppet_type.open("first", RestartDelay=0, **polls))
        first.resource.online()
        os.closerange(3, 256)
        second = puppet.Strings(puppet_type.open("second", **polls))
        second.resource.online()
        first.die()
        while not first.resource.restarts or first.resource.state != ra.ResourceState.ONLINE:
            pass
        second.resource.offline()
        monitor.close()
        print(first.resource.restarts)
    """
    assert run(code) == "1\n"


@posix_only
def test_an_event_handle_for_which_there_was_no_descriptor_is_tried_again() -> None:
    code = """
        import os, resource as limits
        import resapi_cy as ra, puppet
        monitor = ra.ResourceMonitor()
        event = puppet.Event()
        never = 2**32 - 2
        polls = {"LooksAlivePollInterval": 10, "IsAlivePollInterval": never}
        strings = puppet.Strings(puppet.load(monitor).open("r", **polls))
        strings.pull(puppet.Value.HANDLE_GIVEN, event.handle)

        def polled():
            counts = strings.resource._operations.engine.counts().get("LooksAlive")
            return 0 if counts is None else sum(counts.counts)

        soft, hard = limits.getrlimit(limits.RLIMIT_NOFILE)
        lowest = os.dup(0)
        os.close(lowest)
        limits.setrlimit(limits.RLIMIT_NOFILE, (lowest, hard))
        strings.resource.online()
        refused = []
        while not refused or polled() < 10:
            refused += [e for e in monitor.poll(0.01) if isinstance(e, ra.EventHandleRefused)]
        limits.setrlimit(limits.RLIMIT_NOFILE, (soft, hard))
        before = -1
        while polled() != before:  # it is watched, and not polled
            before = polled()
            refused += [e for e in monitor.poll(1) if isinstance(e, ra.EventHandleRefused)]
        assert "error 4" in refused[0]._words()
        print(*(one.event_handle == event.handle and one.code for one in refused))
        monitor.close()
    """
    assert run(code) == "4\n"


@posix_only
def test_a_pause_of_the_process_is_not_charged_to_the_dll() -> None:
    code = """
        import sys, threading
        import resapi_cy as ra, puppet
        monitor = ra.ResourceMonitor()
        intervals = {"LooksAlivePollInterval": 2**32 - 2, "IsAlivePollInterval": 2**32 - 2}
        timeouts = {"DeadlockTimeout": 1500, "PendingTimeout": 1500}
        inside, pending = [
            puppet.Strings(puppet.load(monitor).open(name, **intervals, **timeouts))
            for name in ("inside", "pending")
        ]
        inside.hold(puppet.EntryPoint.ONLINE)
        pending.pull(puppet.Value.ONLINE_CODE, 997)
        threads = [
            threading.Thread(target=one.resource.online, daemon=True) for one in (inside, pending)
        ]
        for thread in threads:
            thread.start()
        inside.wait_until_held()
        while pending.resource.status.state != ra.ResourceState.ONLINE_PENDING:
            pass
        print("pause", flush=True)
        sys.stdin.readline()
        inside.release()
        threads[0].join()
        print(inside.resource.state.name, pending.resource.state.name, flush=True)
        import os
        os._exit(0)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(native.TESTS / "helpers")},
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline() == "pause\n"
        os.kill(child.pid, signal.SIGSTOP)
        threading.Event().wait(4)
        os.kill(child.pid, signal.SIGCONT)
        child.stdin.write("\n")
        child.stdin.flush()
        assert child.stdout.readline() == "ONLINE ONLINE_PENDING\n"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux limits the threads of a user")
def test_a_call_for_which_there_is_no_thread_is_told_and_made_when_there_is_one() -> None:
    code = """
        import os, resource, threading
        import resapi_cy as ra, puppet
        monitor = ra.ResourceMonitor()
        puppet_type = puppet.load(monitor)
        properties = {
            "LooksAlivePollInterval": 2**32 - 2,
            "IsAlivePollInterval": 2**32 - 2,
            "DeadlockTimeout": 1000,
        }
        opened = [puppet.Strings(puppet_type.open(f"r{n}", **properties)) for n in range(8)]
        opened[0].resource.online()
        opened[0].resource.offline()
        errors = []

        def online(strings):
            try:
                strings.resource.online()
            except ra.Deadlocked as error:
                errors.append(str(error))

        for strings in opened:
            strings.hold(puppet.EntryPoint.ONLINE)
        for strings in opened:
            threading.Thread(target=online, args=(strings,), daemon=True).start()
        while threading.active_count() < 2 + len(opened):  # this one, and the host's
            pass
        if os.getuid() == 0:
            os.setuid(65534)  # whom the limit binds
        soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, hard))
        events = []
        while not any(isinstance(event, ra.ThreadRefused) for event in events):
            events += monitor.poll(1)
        while len(errors) < len(opened):
            pass
        resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))
        for strings in opened:
            strings.release()
        for strings in opened:
            while strings.resource._operations.calls.stuck:
                pass
            strings.resource.online()
        print(any("RLIMIT_NPROC" in error for error in errors))
        os._exit(0)
    """
    assert run(code) == "True\n"
