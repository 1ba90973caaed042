"""A worker in Python alone: see ../README.md.

ctypes releases the GIL for each call and waits for it afterwards, behind every other Python thread:
for a worker that has no native code, and that has ended before the interpreter does.
"""

import ctypes
from concurrent.futures import ThreadPoolExecutor

import resapi_cy as ra
from resapi_cy import ExitState, ResourceState


class ResourceStatusEx(ctypes.Structure):  # RESOURCE_STATUS_EX
    _fields_ = (
        ("state", ctypes.c_int32),
        ("checkpoint", ctypes.c_uint32),
        ("event_handle", ctypes.c_void_p),
        ("error_code", ctypes.c_uint32),
        ("flags", ctypes.c_uint32),
        ("wait_hint", ctypes.c_uint32),
    )


# PSET_RESOURCE_STATUS_ROUTINE_EX: on 64-bit Windows, too, there is one calling convention.
Report = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.POINTER(ResourceStatusEx))


def bring_online(handle: int, steps: int) -> int:
    report = Report(ra.callbacks.set_resource_status_ex)
    status = ResourceStatusEx(ResourceState.ONLINE_PENDING)
    while status.checkpoint < steps:
        # a step of the work
        status.checkpoint += 1
        if report(handle, status) == ExitState.TERMINATE:
            return ExitState.TERMINATE
    status.state = ResourceState.ONLINE
    status.checkpoint += 1
    return report(handle, status)


class Worker:
    def __init__(self, handle: int, steps: int) -> None:
        self.threads = ThreadPoolExecutor(1)
        self.answer = self.threads.submit(bring_online, handle, steps)

    def join(self) -> int:
        self.threads.shutdown()
        return self.answer.result()
