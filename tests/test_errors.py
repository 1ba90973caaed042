"""Every exception of the package, as a newcomer meets it: the message says what is wrong with which
thing, and what to do about it."""

from __future__ import annotations

import ctypes
import inspect
import re
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import native
import pytest

import resapi_cy as ra

# A DLL whose StartupEx only fails.
BROKEN_DLL = """\
#include "resapi_cy/resapi.h"
#ifdef _WIN32
__declspec(dllexport)
#endif
DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                          PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                          PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest, (void)callbacks, (void)functions;
    return ERROR_ACCESS_DENIED;
}
"""
# One that requires what nobody has declared.
REQUIRING_DLL = """\
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
static DWORD WINAPI Control(RESID resid, DWORD code, PVOID in, DWORD in_size, PVOID out,
                            DWORD out_size, LPDWORD returned) {
    static const DWORD required[] = {CLUSPROP_SYNTAX_RESCLASS, sizeof(DWORD),
                                     CLUS_RESCLASS_STORAGE, CLUSPROP_SYNTAX_ENDMARK};
    (void)resid, (void)in, (void)in_size;
    if (code != CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES) return ERROR_INVALID_FUNCTION;
    *returned = sizeof required;
    if (out_size < sizeof required) return ERROR_MORE_DATA;
    memcpy(out, required, sizeof required);
    return ERROR_SUCCESS;
}
#define CONTROL Control
"""
# Nobody raises these: they are there to be caught.
ROOTS = {"ResapiError", "ResourceDllError", "ResourceError", "StartupFailed"}


class Newcomer:
    """Somebody with a monitor and two DLLs, one of them broken."""

    def __init__(self, monitor: ra.ResourceMonitor, faulty: Path, folder: Path) -> None:
        self.monitor, self.faulty, self.folder = monitor, faulty, folder

    def open(self, fault: str = "", **properties: int) -> ra.HostedResource:
        name = f"Faulty.{fault}" if fault else "Faulty"
        return self.monitor.load(self.faulty, name).open("Disk 1", **properties)

    def closed_monitor(self) -> None:
        self.monitor.close()
        self.monitor.open("Disk 1")

    def closed_resource(self) -> None:
        resource = self.open()
        resource.close()
        resource.online()

    def closed_handle(self) -> None:
        resource = self.monitor.open("Disk 1")
        resource.close()
        resource.terminate()

    def missing_dll(self) -> None:
        self.monitor.load(self.folder / "nowhere.dll", "Disk")

    def text_for_a_dll(self) -> None:
        text = self.folder / "text.dll"
        text.write_text("no DLL")
        self.monitor.load(text, "Disk")

    def plain_library(self) -> None:
        (self.folder / "plain.c").write_text(
            "#ifdef _WIN32\n__declspec(dllexport)\n#endif\nint nothing(void) { return 0; }\n"
        )
        self.load_c("plain", "Disk")

    def broken_dll(self) -> None:
        (self.folder / "broken.c").write_text(BROKEN_DLL)
        self.load_c("broken", "Disk")

    def rebuilt_dll(self) -> None:
        path = self.folder / f"rebuilt{native.LIBRARY_SUFFIX}"
        shutil.copy(native.plain_dll(2), path)
        self.monitor.load(path, "Disk")
        path.rename(self.folder / "old.dll")
        shutil.copy(native.plain_dll(3), path)
        self.monitor.load(path, "Disk")

    def load_c(self, name: str, resource_type: str) -> None:
        include = [ra.get_include()]
        path = native.compile_library([self.folder / f"{name}.c"], self.folder / name, include)
        self.monitor.load(path, resource_type)

    def wrong_type(self) -> None:
        self.monitor.load(self.faulty, "Disk")

    def old_version(self) -> None:
        ra.ResourceDll(self.faulty).startup("Faulty", 0x100, 0x100)

    def null_table(self) -> None:
        self.monitor.load(self.faulty, "Faulty.NullTable")

    def wrong_version(self) -> None:
        self.monitor.load(self.faulty, "Faulty.WrongVersion")

    def wrong_size(self) -> None:
        self.monitor.load(self.faulty, "Faulty.WrongTableSize")

    def no_online(self) -> None:
        self.monitor.load(self.faulty, "Faulty.MissingEntryPoint")

    def unknown_control_code(self) -> None:
        self.open().control(0x123)

    def failing_online(self) -> None:
        self.open("FailsOnline").online()

    def failing_worker(self) -> None:
        self.open("FailsPending").online()

    def silent_worker(self) -> None:
        self.open("NeverEndsPending", PendingTimeout=50).online()

    def blocking_online(self) -> None:
        try:
            self.open("BlocksInOnline", PendingTimeout=1000, DeadlockTimeout=1000).online()
        finally:
            ctypes.CDLL(str(self.faulty)).FaultyRelease()

    def without_dependency(self) -> None:
        dll = native.version_1_dll("requiring", f"#include <string.h>\n{REQUIRING_DLL}")
        self.monitor.load(dll, "Disk").open("Disk 1").online()

    def impatient(self) -> None:
        self.open("PendingForever").online(timeout=0.01)

    def terminated(self) -> None:
        resource = self.open("PendingForever")
        with ThreadPoolExecutor(1) as another_thread:
            online = another_thread.submit(resource.online)
            while not resource.status.checkpoint:
                time.sleep(0.01)
            resource.terminate()
            online.result()


# How to provoke each exception: what its message must say of the thing, and of the remedy.
PROVOKED: list[tuple[Callable[[Newcomer], None], type[Exception], str, str]] = [
    (Newcomer.closed_monitor, ra.ClosedError, "the monitor is closed", "make a new"),
    (Newcomer.closed_resource, ra.ClosedError, "'Disk 1' is closed", "open it again"),
    (Newcomer.closed_handle, ra.ClosedError, "'Disk 1' is closed", "open it again"),
    (Newcomer.missing_dll, ra.ResourceDllNotFound, r"nowhere\.dll.*no such file", "full path"),
    (Newcomer.text_for_a_dll, ra.ResourceDllNotLoadable, r"text\.dll", "build it as a 64-bit DLL"),
    (Newcomer.plain_library, ra.MissingExport, "plain.*neither StartupEx nor", "export one of"),
    (Newcomer.broken_dll, ra.ResourceTypeRefused, r"broken.*'Disk'.*error 5 \(", "LogMessage ev"),
    (
        Newcomer.rebuilt_dll,
        ra.ResourceDllChanged,
        r"rebuilt.*another one",
        "start the process anew",
    ),
    (Newcomer.wrong_type, ra.ResourceTypeRefused, "faulty.*'Disk'", "name one that it knows"),
    (Newcomer.old_version, ra.VersionRefused, "faulty.*0x100 to 0x100", "ask for others"),
    (Newcomer.null_table, ra.InvalidFunctionTable, "'Faulty.NullTable' is NULL", "set it before"),
    (Newcomer.wrong_version, ra.InvalidFunctionTable, "Version 0x500", "set it to one that was"),
    (Newcomer.wrong_size, ra.InvalidFunctionTable, "TableSize 7", "CLRES_V3_FUNCTION_SIZE"),
    (Newcomer.no_online, ra.MissingEntryPoint, "required entry point Online", "give it a function"),
    (
        Newcomer.unknown_control_code,
        ra.ControlCallFailed,
        "'Disk 1'.*0x00000123",
        "no such control",
    ),
    (Newcomer.failing_online, ra.ResourceFailed, r"'Disk 1': Online returned error", "LogMessage"),
    (Newcomer.failing_worker, ra.ResourceFailed, r"'Disk 1'.*FAILED.*error 42", "LogMessage ev"),
    (Newcomer.silent_worker, ra.PendingTimedOut, "'Disk 1'.*for 0.05 s", "raise PendingTimeout"),
    (Newcomer.blocking_online, ra.Deadlocked, "'Disk 1': Online has not", "in a worker thread"),
    (
        Newcomer.without_dependency,
        ra.DependencyNotFound,
        "'Disk 1': its DLL requires it to depend on",
        "open it with dependencies=[",
    ),
    (Newcomer.impatient, ra.OperationTimedOut, "'Disk 1': not done after 0.01 s", "wait longer"),
    (Newcomer.terminated, ra.ResourceTerminated, "'Disk 1' was terminated", "online again"),
]


def test_every_exception_of_the_package_is_provoked_here() -> None:
    classes = {
        name
        for name in ra.__all__
        if inspect.isclass(found := getattr(ra, name)) and issubclass(found, BaseException)
    }
    assert {error.__name__ for _, error, _, _ in PROVOKED} == classes - ROOTS


@pytest.mark.parametrize(
    ("provoke", "error", "thing", "remedy"), PROVOKED, ids=[entry[0].__name__ for entry in PROVOKED]
)
def test_an_error_names_the_thing_and_the_remedy(
    monitor: ra.ResourceMonitor,
    faulty: Path,
    tmp_path: Path,
    provoke: Callable[[Newcomer], None],
    error: type[Exception],
    thing: str,
    remedy: str,
) -> None:
    with pytest.raises(error) as raised:
        provoke(Newcomer(monitor, faulty, tmp_path))
    assert type(raised.value) is error
    assert isinstance(raised.value, ra.ResapiError)
    message = str(raised.value)
    assert re.search(thing, message), message
    assert remedy in message
    assert "\n" not in message
