"""The processes that a process has started, and those have started: to be named, and ended.

A check's process is followed by all three: its descendants; on Windows a job object, which holds
on to those whose parents have ended; and on Linux a mark in the environment, which does so too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

# The variable of the environment that marks a process.
MARK = "RESAPI_CY_CHECK"


def descendants(ancestor: int) -> set[int]:
    """The IDs of the processes that a process has started, and those have started, which still
    run."""
    known = parents()
    found, more = set[int](), {ancestor}
    while more:
        more = {process for process, parent in known.items() if parent in more} - found
        found |= more
    return found - {ancestor}


if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    TH32CS_SNAPPROCESS = 2
    INVALID_HANDLE_VALUE = ctypes.c_void_p(-1).value
    PROCESS_TERMINATE, PROCESS_SET_QUOTA, PROCESS_QUERY_LIMITED_INFORMATION = 0x1, 0x100, 0x1000
    JOB_OBJECT_BASIC_PROCESS_ID_LIST = 3
    MOST_PROCESSES = 1000

    class ProcessEntry(ctypes.Structure):
        """PROCESSENTRY32W"""

        _fields_ = (
            ("size", wintypes.DWORD),
            ("usage", wintypes.DWORD),
            ("process", wintypes.DWORD),
            ("default_heap", ctypes.c_size_t),
            ("module", wintypes.DWORD),
            ("threads", wintypes.DWORD),
            ("parent", wintypes.DWORD),
            ("base_priority", wintypes.LONG),
            ("flags", wintypes.DWORD),
            ("file", wintypes.WCHAR * 260),
        )

    class ProcessIds(ctypes.Structure):
        """JOBOBJECT_BASIC_PROCESS_ID_LIST"""

        _fields_ = (
            ("assigned", wintypes.DWORD),
            ("count", wintypes.DWORD),
            ("ids", ctypes.c_size_t * MOST_PROCESSES),
        )

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
    kernel32.CreateToolhelp32Snapshot.argtypes = (wintypes.DWORD, wintypes.DWORD)
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    kernel32.OpenProcess.restype = wintypes.HANDLE
    kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    kernel32.TerminateProcess.argtypes = (wintypes.HANDLE, wintypes.UINT)
    kernel32.QueryFullProcessImageNameW.argtypes = (
        wintypes.HANDLE,
        wintypes.DWORD,
        wintypes.LPWSTR,
        ctypes.POINTER(wintypes.DWORD),
    )
    kernel32.CreateJobObjectW.restype = wintypes.HANDLE
    kernel32.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    kernel32.QueryInformationJobObject.argtypes = (
        wintypes.HANDLE,
        ctypes.c_int,
        ctypes.c_void_p,
        wintypes.DWORD,
        ctypes.c_void_p,
    )

    def snapshot(what: int, kind: type[Any], first: str, next_one: str) -> list[Any]:
        """What Toolhelp lists; [] where it can't."""
        listed: list[Any] = []
        handle = kernel32.CreateToolhelp32Snapshot(what, 0)
        if handle == INVALID_HANDLE_VALUE:
            return listed
        entry = kind(size=ctypes.sizeof(kind))
        more = kernel32[first](wintypes.HANDLE(handle), ctypes.byref(entry))
        while more:
            listed.append(kind.from_buffer_copy(entry))
            more = kernel32[next_one](wintypes.HANDLE(handle), ctypes.byref(entry))
        kernel32.CloseHandle(handle)
        return listed

    def parents() -> dict[int, int]:
        """Each process, and the one that has started it, which may have ended."""
        entries = snapshot(TH32CS_SNAPPROCESS, ProcessEntry, "Process32FirstW", "Process32NextW")
        return {entry.process: entry.parent for entry in entries}

    def command_of(process: int) -> str:
        """What a process runs; "" if it has ended."""
        handle = kernel32.OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, False, process)
        if not handle:
            return ""
        path, size = ctypes.create_unicode_buffer(1024), wintypes.DWORD(1024)
        kernel32.QueryFullProcessImageNameW(handle, 0, path, ctypes.byref(size))
        kernel32.CloseHandle(handle)
        return path.value

    def end(process: int) -> None:
        """Ends a process, if it still runs."""
        if handle := kernel32.OpenProcess(PROCESS_TERMINATE, False, process):
            kernel32.TerminateProcess(handle, 1)
            kernel32.CloseHandle(handle)

    def marked(mark: str) -> set[int]:
        """The job object serves in place of marks."""
        return set()

    class Offspring:
        """The processes that a process has started, directly or not, once it is followed."""

        def __init__(self) -> None:
            self._job = kernel32.CreateJobObjectW(None, None)

        def environment(self) -> dict[str, str] | None:
            """What the process is to be started with: None for what this one has."""
            return None

        def follow(self, process: subprocess.Popen[str]) -> None:
            """Before it has started any."""
            rights = PROCESS_TERMINATE | PROCESS_SET_QUOTA
            if handle := kernel32.OpenProcess(rights, False, process.pid):
                kernel32.AssignProcessToJobObject(self._job, handle)
                kernel32.CloseHandle(handle)

        def running(self, parent: int, *others: int) -> dict[int, str]:
            """Those that still run, but the process itself and the others: ID -> command."""
            ids = ProcessIds()
            kernel32.QueryInformationJobObject(
                self._job,
                JOB_OBJECT_BASIC_PROCESS_ID_LIST,
                ctypes.byref(ids),
                ctypes.sizeof(ids),
                None,
            )
            found = descendants(parent) | set(ids.ids[: ids.count])
            return commands(found - {parent, *others})

        def close(self) -> None:
            kernel32.CloseHandle(self._job)

else:
    import secrets
    from pathlib import Path

    def parents(*, with_ended: bool = False) -> dict[int, int]:
        """Each process that runs, and its parent; with those that have ended and that nobody has
        reaped, if they are asked for."""
        found = {}
        for process, parent, state in table():
            if with_ended or state != "Z":
                found[process] = parent
        return found

    def end(process: int) -> None:
        """Ends a process, if it still runs."""
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)

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

    class Offspring:
        """The processes that a process has started, directly or not, once it is followed."""

        def __init__(self) -> None:
            self._mark = secrets.token_hex(8)

        def environment(self) -> dict[str, str] | None:
            """What the process is to be started with: None for what this one has."""
            return {**os.environ, MARK: self._mark}

        def follow(self, process: subprocess.Popen[str]) -> None:
            """Before it has started any."""

        def running(self, parent: int, *others: int) -> dict[int, str]:
            """Those that still run, but the process itself and the others: ID -> command."""
            found = descendants(parent) | marked(self._mark)
            return commands(found - {parent, *others})

        def close(self) -> None:
            pass


def started() -> dict[int, str]:
    """What this process has started, directly or not, and still runs: ID -> command."""
    mark = os.environ.get(MARK)
    found = descendants(os.getpid()) | (marked(mark) if mark else set())
    return commands(found - {os.getpid()})


def commands(processes: set[int]) -> dict[int, str]:
    """Each of these that still runs, and what it runs."""
    found = {process: command_of(process) for process in sorted(processes)}
    return {process: command for process, command in found.items() if command}


def named(processes: Mapping[int, str], length: int = 100) -> str:
    """What to call them: ``process 4711 (python3 -m http.server)``."""
    each = [f"process {process} ({command[:length]})" for process, command in processes.items()]
    return ", ".join(each)
