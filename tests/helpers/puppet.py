"""native/puppet_dll.c, and its resources, which do what a test says."""

from __future__ import annotations

import ctypes
from enum import IntEnum
from functools import cache

import native
from watched import wait_until

import resapi_cy as ra

Value = IntEnum(
    "Value",
    "DEAD ONLINE_CODE ONLINE_REPORT ONLINE_SIGNAL OFFLINE_REPORT HANDLE_GIVEN HELD INSIDE CALLS",
    start=0,
)
EntryPoint = IntEnum(
    "EntryPoint",
    "OPEN CLOSE ONLINE OFFLINE TERMINATE LOOKS_ALIVE IS_ALIVE CONTROL TYPE_CONTROL",
    start=0,
)


@cache
def library() -> ctypes.CDLL:
    source = native.TESTS / "native" / "puppet_dll.c"
    path = native.compile_library(
        [source], native.FOLDER / "puppet", [ra.get_include()], {"RESAPI_CY_OWN_WORKERS": "1"}
    )
    loaded = ctypes.CDLL(str(path))
    resid, size = ctypes.c_void_p, ctypes.c_size_t
    for name, result, arguments in (
        ("puppet_set", None, [resid, ctypes.c_int, size]),
        ("puppet_get", size, [resid, ctypes.c_int]),
        ("puppet_overlaps", size, []),
        ("puppet_slow", None, [size]),
        ("puppet_event", size, [ctypes.c_int]),
        ("puppet_event_set", None, [size]),
        ("puppet_event_reset", None, [size]),
    ):
        function = getattr(loaded, name)
        function.restype, function.argtypes = result, arguments
    return loaded


def load(monitor: ra.ResourceMonitor, *, reentrant: bool = True) -> ra.ResourceType:
    return monitor.load(library()._name, "Puppet", reentrant=reentrant)


class Event:
    """An event that the DLL signals for its resources."""

    def __init__(self, *, auto_reset: bool = False) -> None:
        self.handle: int = library().puppet_event(auto_reset)

    def set(self) -> None:
        library().puppet_event_set(self.handle)

    def reset(self) -> None:
        library().puppet_event_reset(self.handle)


class Strings:
    """What moves a resource of the DLL."""

    def __init__(self, resource: ra.HostedResource) -> None:
        self.resource = resource
        self.resid = resource.resid

    def pull(self, value: Value, to: int = 1) -> None:
        library().puppet_set(self.resid, value, to)

    def die(self) -> None:
        """It is dead until the next Online."""
        self.pull(Value.DEAD)

    def hold(self, entry_point: EntryPoint) -> None:
        """From now on, the entry point does not return."""
        self.pull(Value.HELD, entry_point + 1)

    def release(self) -> None:
        self.pull(Value.HELD, 0)

    def wait_until_held(self) -> None:
        wait_until(lambda: library().puppet_get(self.resid, Value.INSIDE))

    def calls(self, entry_point: EntryPoint) -> int:
        count: int = library().puppet_get(self.resid, Value.CALLS + entry_point)
        return count
