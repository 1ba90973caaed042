"""benchmarks/hosting_dll.c: how it is built, and what the benchmark asks of it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from ctypes import c_int, c_int64, c_uint32, c_void_p
from pathlib import Path

import resapi_cy as ra

WINDOWS = sys.platform == "win32"
SOURCE = Path(__file__).with_name("hosting_dll.c")


def build(folder: Path) -> Path:
    """By the system's C compiler."""
    target = folder / ("hosting_dll.dll" if WINDOWS else "hosting_dll.so")
    options = ["-lresutils"] if WINDOWS else ["-fPIC", "-pthread"]
    command = [os.environ.get("CC", "cc"), "-std=c11", "-O2", "-shared", f"-I{ra.get_include()}"]
    subprocess.run([*command, str(SOURCE), "-o", str(target), *options], check=True)
    return target


class HostingDll:
    """Room for so many resources, and for the times of so many calls of each."""

    def __init__(self, path: Path, resources: int, calls: int) -> None:
        self.path = path
        self._calls = calls
        self._library = library = ctypes.CDLL(str(path))
        library.benchmark_prepare.restype = ctypes.POINTER(c_int64)
        library.benchmark_open.restype = c_void_p
        library.benchmark_change.argtypes = [c_void_p, c_uint32, c_uint32]
        self._times = library.benchmark_prepare(c_uint32(resources), c_uint32(calls))
        if not self._times:
            raise MemoryError(f"no memory for {resources} resources")
        self.looks_alive = library.benchmark_looks_alive
        self.looks_alive.argtypes = [c_void_p]
        self.looks_alive.restype = c_int
        # These keep the GIL: to ask for the time is not to wait for it.
        keeping = ctypes.PyDLL(str(path))
        keeping.benchmark_now.restype = c_int64
        self._now, self._nap = keeping.benchmark_now, keeping.benchmark_nap

    def now(self) -> int:
        """Nanoseconds, by the clock of the times."""
        return int(self._now())

    def open(self, slow: bool) -> int:
        """A resource that nobody hosts: its RESID."""
        return int(self._library.benchmark_open(c_int(slow)))

    def check_all(self, rounds: int) -> int:
        """Calls LooksAlive of all, by a native loop; how many calls that were."""
        return int(self._library.benchmark_check_all(c_uint32(rounds)))

    def change(self, handle: int, changes: int, pause_ms: int) -> None:
        """Reports changes of a resource that is online, as a native thread that sleeps between two
        of them: without the GIL."""
        self._library.benchmark_change(handle, changes, pause_ms)

    def keep_gil(self, seconds: float) -> None:
        self._nap(c_uint32(int(seconds * 1000)))

    def times(self, number: int) -> list[int]:
        """When LooksAlive of a resource was called, oldest first: the latest calls."""
        first = number * self._calls
        return sorted(filter(None, self._times[first : first + self._calls]))
