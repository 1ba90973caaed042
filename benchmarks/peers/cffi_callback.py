"""What cffi's two modes have in common: the callback's body, and handles from `new_handle`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.peers import TERMINATE, Resource

# In API mode the compiler fills in the dots.
STRUCTURE = """
typedef struct {
    int ResourceState;
    uint32_t CheckPoint;
    void* EventHandle;
    uint32_t ApplicationSpecificErrorCode;
    uint32_t Flags;
    ...;
} RESOURCE_STATUS_EX;
"""


def make_report(ffi: Any) -> Callable[[Any, Any], int]:
    from_handle, cast = ffi.from_handle, ffi.cast

    def report(handle: Any, status: Any) -> int:
        resource = from_handle(handle)
        resource.status = (
            status.ResourceState,
            status.CheckPoint,
            int(cast("uintptr_t", status.EventHandle)),
            status.ApplicationSpecificErrorCode,
            status.Flags,
        )
        return TERMINATE if resource.terminated else 0

    return report


def make_handle_of(ffi: Any) -> Callable[[Resource], int]:
    handles = []

    def handle_of(resource: Resource) -> int:
        handle = ffi.new_handle(resource)
        handles.append(handle)  # it is valid only as long as this object lives
        return int(ffi.cast("uintptr_t", handle))

    return handle_of
