"""The processes that a process has started, and those have started: to be named, and ended.

Nothing else is: an ID alone does not tell, for it may have become another process's. On Windows a
job object holds what a check's process starts. Elsewhere that has descendants, and on Linux a mark
in the environment, too, by which those are found whose parents have ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# The variable of the environment that marks a process, or names its job object.
MARK = "RESAPI_CY_CHECK"


if sys.platform == "win32":
    from ctypes import wintypes

    PROCESS_TERMINATE, PROCESS_QUERY_INFORMATION = 0x1, 0x400
    PROCESS_QUERY_LIMITED_INFORMATION, SYNCHRONIZE = 0x1000, 0x100000
    WAIT_TIMEOUT = 258
    JOB_OBJECT_ASSIGN_PROCESS, JOB_OBJECT_QUERY = 0x1, 0x4
    JOB_OBJECT_BASIC_PROCESS_ID_LIST = 3
    MOST_PROCESSES = 1000

    class ProcessIds(ctypes.Structure):
        """JOBOBJECT_BASIC_PROCESS_ID_LIST"""

        _fields_ = (
            ("assigned", wintypes.DWORD),
            ("count", wintypes.DWORD),
            ("ids", ctypes.c_size_t * MOST_PROCESSES),
        )

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    kernel32.GetCurrentProcess.restype = wintypes.HANDLE
    kernel32.OpenProcess.restype = wintypes.HANDLE
    kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    kernel32.WaitForSingleObject.argtypes = (wintypes.HANDLE, wintypes.DWORD)
    kernel32.TerminateProcess.argtypes = (wintypes.HANDLE, wintypes.UINT)
    kernel32.QueryFullProcessImageNameW.argtypes = (
        wintypes.HANDLE,
        wintypes.DWORD,
        wintypes.LPWSTR,
        ctypes.POINTER(wintypes.DWORD),
    )
    kernel32.CreateJobObjectW.restype = wintypes.HANDLE
    kernel32.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    kernel32.OpenJobObjectW.restype = wintypes.HANDLE
    kernel32.OpenJobObjectW.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR)
    kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    kernel32.IsProcessInJob.argtypes = (
        wintypes.HANDLE,
        wintypes.HANDLE,
        ctypes.POINTER(wintypes.BOOL),
    )
    kernel32.QueryInformationJobObject.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        ctypes.c_void_p,
        wintypes.DWORD,
        ctypes.c_void_p,
    )

    def command_of(process: int) -> str:
        """What a process runs; "" if it has ended."""
        rights = PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE
        handle = kernel32.OpenProcess(rights, False, process)
        if not handle:
            return ""
        path, size = ctypes.create_unicode_buffer(1024), wintypes.DWORD(1024)
        if kernel32.WaitForSingleObject(handle, 0) == WAIT_TIMEOUT:  # it runs
            kernel32.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(size))
        kernel32.CloseHandle(handle)
        return path.value

    def job_name(mark: str) -> str:
        return f"resapi-cy-check-{mark}"

    def held_by(job: int) -> set[int]:
        """The processes that a job object holds."""
        ids = ProcessIds()
        kernel32.QueryInformationJobObject(
            job, JOB_OBJECT_BASIC_PROCESS_ID_LIST, ctypes.byref(ids), ctypes.sizeof(ids), None
        )
        return set(ids.ids[: ids.count])

    def be_followed() -> None:
        """Has what this process starts from now on known to the one that follows it."""
        job = kernel32.OpenJobObjectW(JOB_OBJECT_ASSIGN_PROCESS, False, job_name(os.environ[MARK]))
        own = kernel32.GetCurrentProcess()
        if not job or not kernel32.AssignProcessToJobObject(job, own):
            raise ctypes.WinError(ctypes.get_last_error())
        kernel32.CloseHandle(job)

    def started() -> dict[int, str]:
        """What this process, which is followed, has started, directly or not, and still runs:
        ID -> command."""
        job = kernel32.OpenJobObjectW(JOB_OBJECT_QUERY, False, job_name(os.environ[MARK]))
        if not job:
            return {}
        found = held_by(job)
        kernel32.CloseHandle(job)
        return commands(found - {os.getpid()})

    class Offspring:
        """The processes that a process has started, directly or not, once it is followed."""

        def __init__(self) -> None:
            self._mark = secrets.token_hex(16)
            self._job = kernel32.CreateJobObjectW(None, job_name(self._mark))

        def environment(self) -> dict[str, str]:
            """What the process is to be started with."""
            return {**os.environ, MARK: self._mark}

        def running(self, process: subprocess.Popen[str], own: int) -> dict[int, str]:
            """Those that still run: ID -> command. The process itself may have another ID of its
            own than the one that was started, which is the launcher of a virtual environment."""
            return commands(held_by(self._job) - {process.pid, own})

        def end(self, process: int) -> None:
            """Ends one of them, if it still runs."""
            rights = PROCESS_TERMINATE | PROCESS_QUERY_INFORMATION
            if handle := kernel32.OpenProcess(rights, False, process):
                held = wintypes.BOOL()
                kernel32.IsProcessInJob(handle, self._job, ctypes.byref(held))
                if held:  # else its ID has become another's
                    kernel32.TerminateProcess(handle, 1)
                kernel32.CloseHandle(handle)

        def close(self) -> None:
            kernel32.CloseHandle(self._job)

else:

    def descendants(ancestor: int) -> set[int]:
        """The IDs of the processes that a process has started, and those have started, which still
        run; but what one has started that has ended has another parent."""
        known = parents()
        found, more = set[int](), {ancestor}
        while more:
            more = {process for process, parent in known.items() if parent in more} - found
            found |= more
        return found - {ancestor}

    def parents(*, with_ended: bool = False) -> dict[int, int]:
        """Each process that runs, and its parent; with those that have ended and that nobody has
        reaped, if they are asked for."""
        found = {}
        for process, parent, state in table():
            if with_ended or state != "Z":
                found[process] = parent
        return found

    if sys.platform == "linux":

        def table() -> list[tuple[int, int, str]]:
            """Each process, its parent, and the letter of its state."""
            rows = []
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):  # it has ended meanwhile
                    stat = (folder / "stat").read_text(errors="replace")
                    state, parent = stat[stat.rindex(")") + 1 :].split()[:2]
                    rows.append((int(folder.name), int(parent), state))
            return rows

        def command_of(process: int) -> str:
            """What a process runs; "" if it has ended."""
            with contextlib.suppress(OSError):
                line = Path("/proc", str(process), "cmdline").read_bytes()
                return line.replace(b"\0", b" ").decode(errors="replace").strip()
            return ""

        def marked(mark: str) -> set[int]:
            """The processes that have a mark in their environment, as far as one may look."""
            found, wanted = set(), f"{MARK}={mark}".encode()
            for folder in Path("/proc").glob("[0-9]*"):
                with contextlib.suppress(OSError):
                    if wanted in (folder / "environ").read_bytes().split(b"\0"):
                        found.add(int(folder.name))
            return found

    else:

        def ps(columns: str, *options: str) -> list[str]:
            asked = ["ps", "-o", columns, *options]
            done = subprocess.run(asked, capture_output=True, text=True, check=False)
            return done.stdout.splitlines()

        def table() -> list[tuple[int, int, str]]:
            """Each process, its parent, and the letter of its state."""
            rows = [line.split() for line in ps("pid=,ppid=,stat=,ucomm=", "-ax")]
            return [(int(p), int(q), s[0]) for p, q, s, *name in rows if name != ["ps"]]

        def command_of(process: int) -> str:
            """What a process runs; "" if it has ended."""
            return "".join(ps("command=", "-p", str(process))).strip()

        def marked(mark: str) -> set[int]:
            """macOS does not tell the environment of a process."""
            return set()

    def be_followed() -> None:
        """Has what this process starts from now on known to the one that follows it."""

    def started() -> dict[int, str]:
        """What this process, which is followed, has started, directly or not, and still runs:
        ID -> command."""
        own = os.getpid()
        return commands((descendants(own) | marked(os.environ[MARK])) - {own})

    class Offspring:
        """The processes that a process has started, directly or not, once it is followed."""

        def __init__(self) -> None:
            self._mark = secrets.token_hex(16)

        def environment(self) -> dict[str, str]:
            """What the process is to be started with."""
            return {**os.environ, MARK: self._mark}

        def running(self, process: subprocess.Popen[str], own: int) -> dict[int, str]:
            """Those that still run: ID -> command. The process itself may have another ID of its
            own than the one that was started, which is the launcher of a virtual environment."""
            found = marked(self._mark)
            if process.returncode is None:  # else its ID may have become another's
                found |= descendants(process.pid)
            return commands(found - {process.pid, own})

        def end(self, process: int) -> None:
            """Ends one of them, if it still runs."""
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)

        def close(self) -> None:
            pass


def commands(processes: set[int]) -> dict[int, str]:
    """Each of these that still runs, and what it runs."""
    found = {process: command_of(process) for process in sorted(processes)}
    return {process: command for process, command in found.items() if command}


def named(processes: Mapping[int, str], length: int = 100) -> str:
    """What to call them: ``process 4711 (python3 -m http.server)``."""
    each = [f"process {process} ({command[:length]})" for process, command in processes.items()]
    return ", ".join(each)
