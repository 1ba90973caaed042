"""Runs a worker of this folder: python monitor.py SHARED_LIBRARY_OR_PYTHON_MODULE"""

from __future__ import annotations

import ctypes
import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import resapi_cy as ra
from resapi_cy import ResourceState


def worker_class(name: str) -> Callable[[int, int], Any]:
    """The module's own, or one that calls the shared library."""
    if not Path(name).is_file():
        return importlib.import_module(name).Worker
    library = ctypes.CDLL(str(Path(name).resolve()))
    library.worker_start.restype = ctypes.c_void_p
    library.worker_start.argtypes = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32
    library.worker_join.restype = ctypes.c_uint32
    library.worker_join.argtypes = (ctypes.c_void_p,)

    class Worker:
        def __init__(self, handle: int, steps: int) -> None:
            report = ra.callbacks.set_resource_status_ex
            self.worker = library.worker_start(report, handle, steps)

        def join(self) -> int:
            return library.worker_join(self.worker)

    return Worker


Worker = worker_class(sys.argv[1])

with ra.ResourceMonitor() as monitor:
    resource = monitor.open("Disk 1")
    resource.begin(ResourceState.ONLINE_PENDING)
    worker = Worker(resource.handle, 1000)
    for event in monitor:
        print(resource.name, event.status.state.name, "at checkpoint", event.status.checkpoint)
        if event.status.state is ResourceState.ONLINE:
            break
    print("its last report was answered", ra.ExitState(worker.join()).name)

    resource = monitor.open("Disk 2")
    resource.begin(ResourceState.ONLINE_PENDING)
    worker = Worker(resource.handle, 0xFFFFFFFF)
    while resource.status.checkpoint < 1000:  # a new checkpoint alone is no event
        time.sleep(0.001)
    resource.terminate()
    print("its last report was answered", ra.ExitState(worker.join()).name)
    print(resource.name, resource.status.state.name, "when it was terminated")
