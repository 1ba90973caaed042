"""The process that hosts a DLL ends with the one that watches over it, however that ends."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, without the import
if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the system tells nobody of a parent's death, a look so often, in seconds.
LOOK = 0.2

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    KILL_ON_JOB_CLOSE = 0x2000
    # What the DLL starts does not belong to it: that is the DLL's to end.
    SILENT_BREAKAWAY_OK = 0x1000
    EXTENDED_LIMIT_INFORMATION = 9
    JOB_OBJECT_ASSIGN_PROCESS = 1

    class Limits(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION, as far as it is not zero."""

        _fields_ = (
            ("times", ctypes.c_int64 * 2),
            ("flags", wintypes.DWORD),
            ("rest", ctypes.c_size_t * 15),
        )

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateJobObjectW.restype = wintypes.HANDLE
    kernel32.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    kernel32.SetInformationJobObject.argtypes = (
        *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
    )
    kernel32.OpenJobObjectW.restype = wintypes.HANDLE
    kernel32.OpenJobObjectW.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR)
    kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)

    def job_name(pid: int) -> str:
        return f"Local\\resapi-monitor {pid}"

    @contextlib.contextmanager
    def tied() -> Iterator[None]:
        """The child that is made meanwhile will be able to tie itself to this process."""
        job = kernel32.CreateJobObjectW(None, job_name(os.getpid()))
        limits = Limits(flags=KILL_ON_JOB_CLOSE | SILENT_BREAKAWAY_OK)
        kernel32.SetInformationJobObject(
            job, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        # This is the one handle of it for good: when it is closed, with this process, the job ends.
        yield

    def end_with(parent: int) -> None:
        """This process ends when its parent does."""
        job = kernel32.OpenJobObjectW(JOB_OBJECT_ASSIGN_PROCESS, False, job_name(parent))
        if not job:
            os._exit(1)  # it has ended meanwhile
        kernel32.AssignProcessToJobObject(job, kernel32.GetCurrentProcess())
        kernel32.CloseHandle(job)

else:

    @contextlib.contextmanager
    def tied() -> Iterator[None]:
        """The child that is made meanwhile will be able to tie itself to this process."""
        yield

    def end_with(parent: int) -> None:
        """This process ends when its parent does."""
        if sys.platform == "linux":
            import ctypes

            # PR_SET_PDEATHSIG. The parent's thread that has made this process is its main thread.
            ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
        else:
            threading.Thread(target=outlive, args=(parent,), daemon=True).start()
        if os.getppid() != parent:  # it has ended meanwhile
            os.kill(os.getpid(), signal.SIGKILL)

    def outlive(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os.kill(os.getpid(), signal.SIGKILL)
