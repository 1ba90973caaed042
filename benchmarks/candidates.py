"""Who is measured: the limit, resapi-cy's three kinds of call, and the peers.

A candidate is what the driver calls (an address and handles), and what must be found afterwards if
every report has arrived.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

import resapi_cy as ra
from benchmarks import building
from benchmarks.peers import Resource
from benchmarks.results import CHECK, ELSEWHERE, KEEPALIVE, LIMIT, TRANSITION

# As many events as a monitor keeps unless told otherwise: more transitions than that in one block
# would measure how events are dropped.
EVENT_CAPACITY = 65536


class LostReports(Exception):
    """A candidate has not received what was reported to it: its numbers mean nothing."""


@dataclass
class Counted:
    """What a candidate received in one block, counted by itself."""

    transitions: int = 0
    events: int = 0
    dropped: int = 0


class Candidate(Protocol):
    name: str
    address: int
    handles: list[int]
    changes: bool  # each report is a transition
    limit: int  # calls of a block, by all threads together

    def look(self) -> object:
        """What a Python thread does that watches the resources."""

    def verify(self, calls: int, last: list[int], shared: bool, refused: int) -> Counted:
        """After a block of so many calls, by threads whose last checkpoints were these, on one
        shared resource or each on its own. Raises LostReports."""


def expect(name: str, condition: bool, what: str) -> None:
    if not condition:
        raise LostReports(f"{name}: {what}")


class EmptyFunction:
    changes = False
    limit = 2**63

    def __init__(self, name: str, address: int, threads: int) -> None:
        self.name = name
        self.address = address
        self.handles = [1 + thread for thread in range(threads)]

    def look(self) -> object:
        return None

    def verify(self, calls: int, last: list[int], shared: bool, refused: int) -> Counted:
        expect(self.name, refused == 0, f"{refused} of {calls} calls had the wrong answer")
        return Counted()


class ResapiCy:
    """One kind of call, with a monitor of its own."""

    def __init__(self, name: str, address: int, threads: int) -> None:
        self.name = name
        self.address = address
        self.changes = name == TRANSITION
        self.limit = EVENT_CAPACITY if self.changes else 2**63
        self._monitor = ra.ResourceMonitor(EVENT_CAPACITY)
        self._resources = [self._monitor.open(f"{name} {i}") for i in range(threads)]
        for resource in self._resources:
            resource.begin(ra.ResourceState.ONLINE_PENDING)
        self._monitor.poll()
        self._transitions = self._count_transitions()
        self._dropped = 0
        self._events = 0
        self.handles = [resource.handle for resource in self._resources]

    def look(self) -> object:
        self._events += len(self._monitor.poll())
        return self._resources[0].status

    def _count_transitions(self) -> int:
        return sum(resource.transitions for resource in self._resources)

    def verify(self, calls: int, last: list[int], shared: bool, refused: int) -> Counted:
        while events := self._monitor.poll():
            self._events += len(events)
        before, self._transitions = self._transitions, self._count_transitions()
        dropped_before, self._dropped = self._dropped, self._monitor.dropped_events
        delivered, self._events = self._events, 0
        counted = Counted(self._transitions - before, delivered, self._dropped - dropped_before)
        expect(self.name, refused == 0, f"{refused} of {calls} calls were answered TERMINATE")
        wanted = calls if self.changes else 0
        expect(
            self.name,
            counted.transitions == wanted == counted.events + counted.dropped,
            f"{counted} instead of {wanted} transitions",
        )
        if self.name != CHECK:
            stored = [resource.status.checkpoint for resource in self._resources]
            expect_checkpoints(self.name, stored, last, shared)
        return counted


class Peer:
    changes = False
    limit = 2**63

    def __init__(self, name: str, module: ModuleType, threads: int) -> None:
        self.name = name
        self.address = module.address
        self._resources = [Resource() for _ in range(threads)]
        self.handles = [module.handle_of(resource) for resource in self._resources]

    def look(self) -> object:
        return self._resources[0].status

    def verify(self, calls: int, last: list[int], shared: bool, refused: int) -> Counted:
        expect(self.name, refused == 0, f"{refused} of {calls} calls were answered TERMINATE")
        stored = [resource.status[1] for resource in self._resources]
        expect_checkpoints(self.name, stored, last, shared)
        return Counted()


def expect_checkpoints(name: str, stored: list[int], last: list[int], shared: bool) -> None:
    """Each thread's last checkpoint is what its resource shows; of threads that share one, one
    thread's."""
    expect(
        name,
        stored[0] in last if shared else stored[: len(last)] == last,
        f"the resources show the checkpoints {stored}, the threads reported {last}",
    )


# For each peer the extension module that it needs, None if there is none, and how to load it.
PEERS: dict[str, tuple[str | None, Callable[[], ModuleType]]] = {
    "Cython, with gil": ("cython_with_gil", lambda: building.load("cython_with_gil")),
    "nanobind": ("nanobind_module", lambda: building.load("nanobind_module")),
    "pybind11": ("pybind11_module", lambda: building.load("pybind11_module")),
    "cffi, API mode": (
        "cffi_api_module",
        lambda: importlib.import_module("benchmarks.peers.cffi_api_mode"),
    ),
    "cffi, ABI mode": (None, lambda: importlib.import_module("benchmarks.peers.cffi_abi_mode")),
    "ctypes": (None, lambda: importlib.import_module("benchmarks.peers.ctypes_structures")),
}


def ours(driver: ModuleType, elsewhere: ModuleType, threads: int) -> list[Candidate]:
    report = ra.callbacks.set_resource_status_ex
    return [
        EmptyFunction(LIMIT, driver.EMPTY, threads),
        EmptyFunction(ELSEWHERE, elsewhere.EMPTY, threads),
        ResapiCy(CHECK, driver.CHECK_TERMINATE, threads),
        ResapiCy(KEEPALIVE, report, threads),
        ResapiCy(TRANSITION, report, threads),
    ]
