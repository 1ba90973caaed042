"""A callback in ctypes, with the structure and the function type that win32more declares."""

from __future__ import annotations

import ctypes
from typing import Any

from benchmarks.peers import TERMINATE, Resource


class RESOURCE_STATUS_EX(ctypes.Structure):
    _fields_ = (
        ("ResourceState", ctypes.c_int32),
        ("CheckPoint", ctypes.c_uint32),
        ("EventHandle", ctypes.c_void_p),
        ("ApplicationSpecificErrorCode", ctypes.c_uint32),
        ("Flags", ctypes.c_uint32),
        ("WaitHint", ctypes.c_uint32),
    )


# Elsewhere than on Windows there is one calling convention.
function_type: Any = getattr(ctypes, "WINFUNCTYPE", ctypes.CFUNCTYPE)
PSET_RESOURCE_STATUS_ROUTINE_EX = function_type(
    ctypes.c_uint32, ctypes.c_ssize_t, ctypes.POINTER(RESOURCE_STATUS_EX)
)

_resources: dict[int, Resource] = {}


def report(handle: int, pointer: Any) -> int:
    resource = _resources.get(handle)
    if resource is None:
        return TERMINATE
    status = pointer.contents
    resource.status = (
        status.ResourceState,
        status.CheckPoint,
        status.EventHandle or 0,
        status.ApplicationSpecificErrorCode,
        status.Flags,
    )
    return TERMINATE if resource.terminated else 0


callback = PSET_RESOURCE_STATUS_ROUTINE_EX(report)
address = ctypes.cast(callback, ctypes.c_void_p).value or 0


def handle_of(resource: Resource) -> int:
    handle = len(_resources) + 1
    _resources[handle] = resource
    return handle
