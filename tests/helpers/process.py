"""What this process holds of the system: memory, threads, handles."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

WINDOWS = sys.platform == "win32"


def memory() -> int:
    """In bytes."""
    if WINDOWS:
        return private_bytes()
    if Path("/proc/self/statm").exists():
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # macOS: bytes, at its highest


def allocated() -> int:
    """What malloc has given out, in bytes, of its first arena; 0 where it does not tell."""
    if sys.platform != "linux" or not hasattr(libc := ctypes.CDLL(None), "mallinfo2"):
        return 0
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"

    class Mallinfo2(ctypes.Structure):
        _fields_ = tuple((name, ctypes.c_size_t) for name in names.split())

    libc.mallinfo2.restype = Mallinfo2
    info = libc.mallinfo2()
    return info.uordblks + info.hblkhd


def private_bytes() -> int:
    class Counters(ctypes.Structure):
        _fields_ = (
            ("cb", ctypes.c_uint32),
            ("page_faults", ctypes.c_uint32),
            *((name, ctypes.c_size_t) for name in "abcdefghi"),
        )

    counters = Counters(ctypes.sizeof(Counters))
    get = ctypes.WinDLL("psapi").GetProcessMemoryInfo
    get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32]
    assert get(ctypes.c_void_p(-1), ctypes.byref(counters), ctypes.sizeof(counters))
    return counters.i


def threads() -> int:
    """Native ones, too, where the system tells."""
    tasks = Path("/proc/self/task")
    if tasks.exists():
        return len(list(tasks.iterdir()))
    import threading

    return threading.active_count()


def handles() -> int:
    """File descriptors, or Windows' handles."""
    if WINDOWS:
        count = ctypes.c_uint32()
        process = ctypes.c_void_p(-1)
        assert ctypes.windll.kernel32.GetProcessHandleCount(process, ctypes.byref(count))
        return count.value
    return len(list(Path("/dev/fd").iterdir()))
