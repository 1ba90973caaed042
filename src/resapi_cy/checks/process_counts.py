"""What this process has and may have left open: threads, handles, memory, children, as far as the
platform tells."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

if sys.platform == "win32":
    from ctypes import wintypes

    from resapi_cy.checks.offspring import started

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

    class MemoryCounters(ctypes.Structure):
        """PROCESS_MEMORY_COUNTERS_EX"""

        _fields_ = (
            ("size", wintypes.DWORD),
            ("page_faults", wintypes.DWORD),
            ("peak_working_set", ctypes.c_size_t),
            ("working_set", ctypes.c_size_t),
            ("pool_usages", ctypes.c_size_t * 4),
            ("page_file_usage", ctypes.c_size_t),
            ("peak_page_file_usage", ctypes.c_size_t),
            ("private_usage", ctypes.c_size_t),
        )

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
    kernel32.CreateToolhelp32Snapshot.argtypes = (wintypes.DWORD, wintypes.DWORD)
    kernel32.Thread32First.argtypes = (wintypes.HANDLE, ctypes.POINTER(ThreadEntry))
    kernel32.Thread32Next.argtypes = (wintypes.HANDLE, ctypes.POINTER(ThreadEntry))
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    kernel32.GetProcessHandleCount.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))
    kernel32.K32GetProcessMemoryInfo.argtypes = (
        wintypes.HANDLE,
        ctypes.POINTER(MemoryCounters),
        wintypes.DWORD,
    )

    def thread_ids() -> frozenset[int] | None:
        """The threads of this process; None where they can't be told."""
        snapshot = kernel32.CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0)
        if snapshot == INVALID_HANDLE_VALUE:
            return None
        found, own = set[int](), os.getpid()
        entry = ThreadEntry(size=ctypes.sizeof(ThreadEntry))
        more = kernel32.Thread32First(snapshot, ctypes.byref(entry))
        while more:
            if entry.process == own:
                found.add(entry.thread)
            more = kernel32.Thread32Next(snapshot, ctypes.byref(entry))
        kernel32.CloseHandle(snapshot)
        return frozenset(found) or None

    def handle_count() -> int | None:
        """The handles that this process has open; None where they can't be counted."""
        count = wintypes.DWORD()
        process = kernel32.GetCurrentProcess()
        found = kernel32.GetProcessHandleCount(process, ctypes.byref(count))
        return (count.value or None) if found else None  # Wine finds 0

    def memory() -> int | None:
        """The bytes that this process has committed for itself alone."""
        counters = MemoryCounters(size=ctypes.sizeof(MemoryCounters))
        process = kernel32.GetCurrentProcess()
        found = kernel32.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.size)
        # They are the same, of which Wine tells the second alone.
        return (counters.private_usage or counters.page_file_usage) if found else None

    def child_count() -> int | None:
        """The processes that this one has started, directly or not, and that still run."""
        return len(started())

else:
    from resapi_cy.checks.offspring import parents

    def thread_ids() -> frozenset[int] | None:
        """The threads of this process; None where they can't be told."""
        try:
            return frozenset(int(entry.name) for entry in os.scandir("/proc/self/task"))
        except OSError:
            return None

    def handle_count() -> int | None:
        """The file descriptors that this process has open; None where they can't be counted."""
        try:
            return sum(1 for _ in os.scandir("/dev/fd"))
        except OSError:
            return None

    if sys.platform == "linux":

        def memory() -> int | None:
            """The bytes that this process may write to and no other sees, whether or not it has
            touched them."""
            pages = Path("/proc/self/statm").read_text().split()[5]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")

    else:

        def memory() -> int | None:
            """The bytes of memory that this process has touched."""
            asked = ["ps", "-o", "rss=", "-p", str(os.getpid())]
            done = subprocess.run(asked, capture_output=True, check=False)
            return int(done.stdout) * 1024 if done.returncode == 0 else None

    def child_count() -> int | None:
        """The processes that this one has started and not reaped, whether or not they still run."""
        return list(parents(with_ended=True).values()).count(os.getpid())


def thread_count() -> int | None:
    """How many threads this process has; None where they can't be counted."""
    ids = thread_ids()
    return None if ids is None else len(ids)
