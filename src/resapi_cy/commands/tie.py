"""The process that hosts a DLL ends with the one that watches over it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

# Where the system tells nobody of a parent's death, a look so often, in seconds.
LOOK = 0.2

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    KILL_ON_JOB_CLOSE = 0x2000
    # What the DLL starts does not belong to it: that is the DLL's to end.
    SILENT_BREAKAWAY_OK = 0x1000
    EXTENDED_LIMIT_INFORMATION = 9
    PROCESS_SET_QUOTA_AND_TERMINATE = 0x101
    SYNCHRONIZE = 0x100000

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
    kernel32.OpenProcess.restype = wintypes.HANDLE
    kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)

    def tie(process: subprocess.Popen[bytes]) -> None:
        """The child ends when this process does, if it has not yet; else it is killed, and OSError
        raised."""
        # The one handle of it for good: when it is closed, with this process, the job ends.
        job = kernel32.CreateJobObjectW(None, None)
        child = kernel32.OpenProcess(PROCESS_SET_QUOTA_AND_TERMINATE, False, process.pid)
        limits = Limits(flags=KILL_ON_JOB_CLOSE | SILENT_BREAKAWAY_OK)
        is_tied = (
            job
            and child
            and kernel32.SetInformationJobObject(
                job, EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
            )
            and kernel32.AssignProcessToJobObject(job, child)
        )
        error = ctypes.WinError(ctypes.get_last_error())
        if child:
            kernel32.CloseHandle(child)
        if not is_tied and process.poll() is None:
            process.kill()
            raise error

    def end_with(parent: int) -> None:
        """This process ends when its parent does, which ties it; it may have ended before."""
        process = kernel32.OpenProcess(SYNCHRONIZE, False, parent)
        if not process or kernel32.WaitForSingleObject(process, 0) == 0:
            os._exit(1)
        kernel32.CloseHandle(process)

else:

    def tie(process: subprocess.Popen[bytes]) -> None:
        """The child ends when this process does: it sees to that itself."""

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
