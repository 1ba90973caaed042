"""The engine of a host, and whom it is that is told what the engine tells."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING, Protocol

from resapi_cy import witness
from resapi_cy.errors import ClosedError
from resapi_cy.hosting.completions import CompletionKind
from resapi_cy.hosting.engine import Engine, tell_witness
from resapi_cy.hosting.under_way import Line

if TYPE_CHECKING:
    from collections.abc import Callable

    from resapi_cy.hosting.completions import Completion
    from resapi_cy.hosting.engine import EngineCall, EngineGate
    from resapi_cy.hosting.under_way import UnderWay
    from resapi_cy.resource_dll import ResourceDll


class Told(Protocol):
    """Whom it tells: a call that is under way, the life of a resource, a host."""

    def completed(self, completion: Completion[EngineCall]) -> None: ...


News = list[tuple[Told, "Completion[EngineCall]"]]


class Listener(Protocol):
    """A host. Its thread may be another one."""

    def completed(self, completion: Completion[EngineCall]) -> None: ...
    def completions(self, news: News) -> None: ...


class Lives(Protocol):
    """The life of a resource."""

    @property
    def host(self) -> Listener: ...
    def completed(self, completion: Completion[EngineCall]) -> None: ...


class LateOpen:
    """An Open that nobody waits for any more, and the Close of what it has opened. The reader's
    thread."""

    def __init__(self, calls: NativeCalls, under_way: UnderWay) -> None:
        self._calls = calls
        self._under_way = under_way

    def completions(self, news: News) -> None:
        for told, completion in news:
            told.completed(completion)

    def completed(self, completion: Completion[EngineCall]) -> None:
        if completion.call is self._under_way.call:
            self._under_way.completed(completion)
            if completion.kind is CompletionKind.RETURNED:
                self._calls.close_late(self)

    def close(self) -> EngineCall | None:
        """Asks for the Close, if there is something to close."""
        resource = self._under_way.call.resource
        if resource is None or not resource.resid:
            return None
        return resource.call("Close", limit=0.0)


class NativeCalls:
    """An engine, and for whom it does what it does. Any thread."""

    def __init__(self) -> None:
        if witness.witness is not None:
            tell_witness(witness.witness.engine_place)
        self.engine = Engine()
        self._lock = threading.Lock()
        self._calls: dict[EngineCall, tuple[Listener, Told]] = {}
        # By handle. The engine of a DLL outlives the monitors that load it.
        self._resources: dict[int, weakref.ref[Lives]] = {}
        self._ended = False

    def put(self, host: Listener, under_way: UnderWay, put: Callable[[], EngineCall]) -> None:
        """Asks the engine for a call."""
        line = under_way.line
        with self._lock:  # before what the engine tells of it is looked at
            under_way.call = put()
            self._calls[under_way.call] = host, under_way
        if line is not None:
            line.join(under_way)
            if not under_way.patient and (stuck := line.stuck) is not None:
                under_way.refuse(stuck._again())

    def let_go(self, under_way: UnderWay) -> None:
        """Nobody waits for this Open any more: what it opens is closed when it has returned."""
        late = LateOpen(self, under_way)
        with self._lock:
            if under_way.call in self._calls:
                self._calls[under_way.call] = late, late
                return
        self.close_late(late)

    def close_late(self, late: LateOpen) -> None:
        with self._lock, contextlib.suppress(ClosedError):
            if (call := late.close()) is not None:
                self._calls[call] = late, late

    @property
    def closes_late(self) -> bool:
        """Whether there is an Open that nobody waits for, or its Close."""
        with self._lock:
            return any(isinstance(host, LateOpen) for host, _ in self._calls.values())

    def add(self, handle: int, life: Lives) -> None:
        """Has somebody told what is of a resource, and of none of its calls."""
        with self._lock:
            self._resources[handle] = weakref.ref(life)

    def remove(self, handle: int) -> None:
        with self._lock:
            self._resources.pop(handle, None)

    def tell(self) -> None:
        """Hands on what there is. One thread at a time: the host's loop, or the reader."""
        news: dict[Listener, News] = {}
        completions = self.engine.take()
        with self._lock:  # of a call that is just put in, it is known by now whose it is
            for completion in completions:
                for host, told in self._whom(completion):
                    news.setdefault(host, []).append((told, completion))
        for host, of_host in news.items():
            host.completions(of_host)

    def _whom(self, completion: Completion[EngineCall]) -> list[tuple[Listener, Told]]:
        if completion.call is not None:
            overdue = completion.kind is CompletionKind.OVERDUE
            found = (self._calls.get if overdue else self._calls.pop)(completion.call, None)
            return [] if found is None else [found]
        if completion.handle:
            known = self._resources.get(completion.handle)
            life = None if known is None else known()
            return [] if life is None else [(life.host, life)]
        lives = [life for known in self._resources.values() if (life := known()) is not None]
        hosts = {life.host for life in lives} | {host for host, _ in self._calls.values()}
        return [(host, host) for host in hosts]

    @property
    def goes_on(self) -> bool:
        """Whether somebody has to read on."""
        return not self._ended or self.closes_late

    def end(self) -> None:
        """No more calls, but the Close of what an Open may still open. Those that are stuck in a
        DLL end when it gives them back."""
        self._ended = True
        if self.closes_late:
            with contextlib.suppress(RuntimeError):  # the system has no thread for it
                Reader(self).start()
                return
        self.engine.end()


class Reader(threading.Thread):
    """Reads what the engine tells, where no host's loop does."""

    def __init__(self, calls: NativeCalls) -> None:
        super().__init__(name="resapi_cy engine", daemon=True)
        self._calls = calls

    def run(self) -> None:
        engine = self._calls.engine
        while self._calls.goes_on:
            engine.wait(1000)
            self._calls.tell()
        engine.end()


class SharedCalls:
    """The engine of a DLL that is not to be reentered, and what its resources share: one entry
    point at a time, and one Terminate beside it, whichever monitors host them."""

    def __init__(self) -> None:
        self.calls = NativeCalls()
        Reader(self.calls).start()
        self.gate: EngineGate = self.calls.engine.gate()
        self.line = Line()
        self.terminate_line = Line()


shared: dict[ResourceDll, SharedCalls] = {}
making = threading.Lock()


def shared_calls(dll: ResourceDll) -> SharedCalls:
    """There is one for each such DLL, as long as the process runs."""
    with making:
        if dll not in shared:
            shared[dll] = SharedCalls()
        return shared[dll]


def renew() -> None:
    """In a forked child: nothing of the parent's engines is there."""
    global making
    making = threading.Lock()
    shared.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=renew)
