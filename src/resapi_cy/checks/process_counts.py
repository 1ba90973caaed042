"""How many threads and handles this process has, as far as the platform tells."""

from __future__ import annotations

import ctypes
import os
import sys

if sys.platform == "win32":
    from ctypes import wintypes

    TH32CS_SNAPTHREAD = 4
    INVALID_HANDLE_VALUE = ctypes.c_void_p(-1).value

    class ThreadEntry(ctypes.Structure):
        """THREADENTRY32"""

        _fields_ = (
            ("size", wintypes.DWORD),
            ("usage", wintypes.DWORD),
            ("thread", wintypes.DWORD),
            ("process", wintypes.DWORD),
            ("base_priority", wintypes.LONG),
            ("delta_priority", wintypes.LONG),
            ("flags", wintypes.DWORD),
        )

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
    kernel32.CreateToolhelp32Snapshot.argtypes = (wintypes.DWORD, wintypes.DWORD)
    for walk in (kernel32.Thread32First, kernel32.Thread32Next):
        walk.argtypes = (wintypes.HANDLE, ctypes.POINTER(ThreadEntry))
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    kernel32.GetProcessHandleCount.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))

    def thread_count() -> int | None:
        """The threads of this process; None where they can't be counted."""
        snapshot = kernel32.CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0)
        if snapshot == INVALID_HANDLE_VALUE:
            return None
        entry, count = ThreadEntry(size=ctypes.sizeof(ThreadEntry)), 0
        more = kernel32.Thread32First(snapshot, ctypes.byref(entry))
        while more:
            count += entry.process == os.getpid()
            more = kernel32.Thread32Next(snapshot, ctypes.byref(entry))
        kernel32.CloseHandle(snapshot)
        return count

    def handle_count() -> int | None:
        """The handles that this process has open; None where they can't be counted."""
        count = wintypes.DWORD()
        process = kernel32.GetCurrentProcess()
        found = kernel32.GetProcessHandleCount(process, ctypes.byref(count))
        return (count.value or None) if found else None  # Wine finds 0

else:

    def thread_count() -> int | None:
        """The threads of this process; None where they can't be counted."""
        return entries("/proc/self/task")

    def handle_count() -> int | None:
        """The file descriptors that this process has open."""
        return entries("/dev/fd")


def entries(folder: str) -> int | None:
    try:
        return sum(1 for _ in os.scandir(folder))
    except OSError:
        return None
