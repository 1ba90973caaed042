"""The functions of the stand-in for resutils.dll that ask Windows' service manager, with a service
that really runs; each test in a process of its own, see test_libraries.py."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from ctypes import byref, c_uint32, c_void_p, c_wchar_p
from pathlib import Path

import native
import pytest
from dependencies import Group, group  # noqa: F401  a fixture
from libraries import clusapi, host, resutils  # noqa: F401  the fixtures

ERROR_FILE_NOT_FOUND, ERROR_INVALID_HANDLE = 2, 6
ERROR_NOT_SUPPORTED, ERROR_INVALID_PARAMETER = 50, 87
ERROR_ACCESS_DENIED, ERROR_SERVICE_DISABLED, ERROR_SERVICE_DOES_NOT_EXIST = 5, 1058, 1060
ERROR_RESOURCE_NOT_AVAILABLE = 5006
SERVICE_AUTO_START, SERVICE_DEMAND_START, SERVICE_DISABLED = 2, 3, 4
SERVICE_STOPPED, SERVICE_RUNNING = 1, 4
OFFLINE, FAILED = 3, 4
ALL_ACCESS = 0xF01FF
SERVICE_QUERY_STATUS = 4
ERROR_DEPENDENCY_NOT_FOUND = 5002

windows_only = pytest.mark.skipif(sys.platform != "win32", reason="only Windows has services")


class Manager:
    """Windows' service manager."""

    def __init__(self, program: Path) -> None:
        self.advapi = ctypes.WinDLL("advapi32", use_last_error=True)  # type: ignore[attr-defined]
        for name in ("OpenSCManagerW", "CreateServiceW", "OpenServiceW"):
            self.advapi[name].restype = c_void_p
        self.manager = c_void_p(self.advapi.OpenSCManagerW(None, None, 0xF003F))
        assert self.manager.value
        self.program, self.made = program, list[c_void_p]()

    def make(self, kind: str, start: int = SERVICE_DEMAND_START) -> str:
        name = f"resapi-cy-{os.getpid()}-{kind}"
        path = c_wchar_p(f'"{self.program}"')
        service = self.advapi.CreateServiceW(
            *(self.manager, c_wchar_p(name), None, ALL_ACCESS, 0x10, start, 1, path),
            *(None, None, None, None, None),
        )
        assert service, ctypes.get_last_error()  # type: ignore[attr-defined]
        self.made.append(c_void_p(service))
        return name

    def status(self, service: c_void_p) -> tuple[int, int]:
        """Its state and its process."""
        status, needed = (c_uint32 * 9)(), c_uint32()
        assert self.advapi.QueryServiceStatusEx(service, 0, status, 36, byref(needed))
        return status[1], status[7]

    def start_type(self, service: c_void_p) -> int:
        room, needed = (c_uint32 * 2048)(), c_uint32()
        assert self.advapi.QueryServiceConfigW(service, room, 8192, byref(needed))
        return room[1]

    def close(self) -> None:
        status = (c_uint32 * 7)()
        for service in self.made:
            self.advapi.ControlService(service, 1, status)
            self.advapi.DeleteService(service)
            self.advapi.CloseServiceHandle(service)


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    command = native.compiler("c")
    assert command
    program = tmp_path / "service.exe"
    source = Path(__file__).with_name("service.c")
    native.run([*command, "-std=c11", str(source), "-o", str(program)])
    manager = Manager(program)
    yield manager
    manager.close()


@windows_only
def test_a_service_is_started_verified_and_stopped_by_its_name(
    resutils: ctypes.CDLL,  # noqa: F811
    manager: Manager,
) -> None:
    """ResUtilStartResourceService, ResUtilVerifyResourceService, ResUtilStopResourceService."""
    name = c_wchar_p(manager.make("a"))
    (service,) = manager.made
    assert resutils.ResUtilVerifyResourceService(name) == ERROR_RESOURCE_NOT_AVAILABLE
    assert resutils.ResUtilStartResourceService(name, None) == 0
    assert manager.status(service)[0] == SERVICE_RUNNING
    assert resutils.ResUtilVerifyResourceService(name) == 0
    assert resutils.ResUtilStartResourceService(name, None) == 0  # it runs, as was asked for
    assert resutils.ResUtilStopResourceService(name) == 0
    assert manager.status(service)[0] == SERVICE_STOPPED
    assert resutils.ResUtilStopResourceService(name) == 0
    assert resutils.ResUtilVerifyResourceService(name) == ERROR_RESOURCE_NOT_AVAILABLE


@windows_only
def test_a_service_is_verified_and_stopped_by_its_handle(
    resutils: ctypes.CDLL,  # noqa: F811
    manager: Manager,
) -> None:
    """ResUtilVerifyService, ResUtilStopService."""
    handle = c_void_p()
    assert resutils.ResUtilStartResourceService(c_wchar_p(manager.make("a")), byref(handle)) == 0
    assert handle.value
    assert resutils.ResUtilVerifyService(handle) == 0
    assert resutils.ResUtilStopService(handle) == 0
    assert manager.status(manager.made[0])[0] == SERVICE_STOPPED
    assert resutils.ResUtilVerifyService(handle) == ERROR_INVALID_HANDLE  # it was closed
    assert resutils.ResUtilStopService(None) == ERROR_INVALID_HANDLE


@windows_only
def test_a_service_that_fails_or_is_not_there_is_told(
    resutils: ctypes.CDLL,  # noqa: F811
    manager: Manager,
) -> None:
    handle = c_void_p(1)
    failing = c_wchar_p(manager.make("fails"))
    assert resutils.ResUtilStartResourceService(failing, byref(handle)) == ERROR_ACCESS_DENIED
    assert not handle.value
    nobody = c_wchar_p("resapi-cy-nobodys-service")
    for function in ("StartResourceService", "StopResourceService", "VerifyResourceService"):
        arguments = (None,) if function == "StartResourceService" else ()
        call = resutils[f"ResUtil{function}"]
        assert call(nobody, *arguments) == ERROR_SERVICE_DOES_NOT_EXIST
        assert call(None, *arguments) == ERROR_INVALID_PARAMETER


@windows_only
def test_a_service_is_started_by_nobody_but_its_resource_dll(
    resutils: ctypes.CDLL,  # noqa: F811
    manager: Manager,
) -> None:
    """ResUtilSetResourceServiceStartParameters, ResUtilSetResourceServiceStartParametersEx."""
    automatic, disabled = manager.make("a", SERVICE_AUTO_START), manager.make("b", SERVICE_DISABLED)
    handle = c_void_p(1)
    set_parameters = resutils.ResUtilSetResourceServiceStartParameters
    assert set_parameters(c_wchar_p(automatic), None, byref(handle), None, None) == 0
    assert handle.value
    assert manager.start_type(manager.made[0]) == SERVICE_DEMAND_START
    assert resutils.ResUtilStopService(handle) == 0
    handle.value = 1
    code = set_parameters(c_wchar_p(disabled), manager.manager, byref(handle), None, None)
    assert (code, handle.value) == (ERROR_SERVICE_DISABLED, None)
    assert set_parameters(c_wchar_p(automatic), None, None, None, None) == ERROR_INVALID_PARAMETER

    # With what else the handle is to be good for: to ask for the service's status, say.
    status, query = (c_uint32 * 7)(), manager.advapi.QueryServiceStatus
    set_parameters = resutils.ResUtilSetResourceServiceStartParametersEx
    for access, can in ((SERVICE_QUERY_STATUS, True), (0, False)):
        name = c_wchar_p(automatic)
        assert set_parameters(name, None, byref(handle), access, None, None) == 0
        assert bool(query(handle, status)) is can
        manager.advapi.CloseServiceHandle(handle)
    code = set_parameters(c_wchar_p(disabled), None, byref(handle), 0, None, None)
    assert (code, handle.value) == (ERROR_SERVICE_DISABLED, None)


@windows_only
def test_a_services_environment_is_set_and_removed(
    resutils: ctypes.CDLL,  # noqa: F811
    group: Group,  # noqa: F811
    manager: Manager,
) -> None:
    """ResUtilSetResourceServiceEnvironment, ResUtilRemoveResourceServiceEnvironment."""
    import winreg

    name = manager.make("a")
    group.set("id-Name", "Name", "FILES")
    set_it = resutils.ResUtilSetResourceServiceEnvironment
    path = rf"SYSTEM\CurrentControlSet\Services\{name}"
    with winreg.OpenKey(  # type: ignore[attr-defined]
        winreg.HKEY_LOCAL_MACHINE,  # type: ignore[attr-defined]
        path,
        access=winreg.KEY_ALL_ACCESS,  # type: ignore[attr-defined]
    ) as key:
        assert set_it(c_wchar_p(name), group.open("App"), None, None) == 0
        texts, kind = winreg.QueryValueEx(key, "Environment")  # type: ignore[attr-defined]
        assert kind == winreg.REG_MULTI_SZ  # type: ignore[attr-defined]
        assert {"_CLUSTER_NETWORK_NAME_=FILES", "COMPUTERNAME=FILES"} <= set(texts)
        remove = resutils.ResUtilRemoveResourceServiceEnvironment
        assert remove(c_wchar_p(name), None, None) == 0
        with pytest.raises(FileNotFoundError):
            winreg.QueryValueEx(key, "Environment")  # type: ignore[attr-defined]
        assert remove(c_wchar_p(name), None, None) == 0
    for function in (set_it, remove):
        resource = (group.open("App"),) if function is set_it else ()
        nobody = c_wchar_p("resapi-cy-nobodys-service")
        assert function(nobody, *resource, None, None) == ERROR_FILE_NOT_FOUND
        assert function(None, *resource, None, None) == ERROR_INVALID_PARAMETER
    alone = set_it(c_wchar_p(name), group.open("Disk"), None, None)
    assert alone == ERROR_DEPENDENCY_NOT_FOUND
    assert set_it(c_wchar_p(name), None, None, None) == ERROR_INVALID_HANDLE


@windows_only
def test_ResUtilGetEnvironmentWithNetName_ResUtilFreeEnvironment(
    resutils: ctypes.CDLL,  # noqa: F811
    group: Group,  # noqa: F811
) -> None:
    group.set("id-Name", "Name", "FILES")
    get = resutils.ResUtilGetEnvironmentWithNetName
    get.restype = c_void_p
    block = get(group.open("App"))
    assert block
    texts, at = [], block
    while text := ctypes.wstring_at(at):
        texts.append(text)
        at += 2 * (len(text) + 1)
    assert {"_CLUSTER_NETWORK_NAME_=FILES", "COMPUTERNAME=FILES"} <= set(texts)
    assert [t for t in texts if t.upper().startswith("COMPUTERNAME=")] == ["COMPUTERNAME=FILES"]
    assert any(text.upper().startswith("PATH=") for text in texts)
    assert resutils.ResUtilFreeEnvironment(c_void_p(block)) == 0
    for resource, code in (
        (group.open("Disk"), ERROR_DEPENDENCY_NOT_FOUND),
        (None, ERROR_INVALID_HANDLE),
    ):
        assert get(resource) is None
        assert group.error == code


@windows_only
def test_a_services_process_is_terminated(
    resutils: ctypes.CDLL,  # noqa: F811
) -> None:
    """ResUtilTerminateServiceProcessFromResDll."""
    terminate = resutils.ResUtilTerminateServiceProcessFromResDll
    for offline, expected in ((1, OFFLINE), (0, FAILED)):
        with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
            state = c_uint32()
            assert terminate(process.pid, offline, byref(state), None, None) == 0
            assert state.value == expected
            assert process.wait(10) != 0
    assert terminate(0, 1, byref(state), None, None) != 0
    assert state.value == FAILED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has services")
def test_there_are_no_services_elsewhere(resutils: ctypes.CDLL) -> None:  # noqa: F811
    handle, state = c_void_p(1), c_uint32()
    assert resutils.ResUtilStartResourceService(None, byref(handle)) == ERROR_NOT_SUPPORTED
    assert handle.value is None
    assert resutils.ResUtilVerifyResourceService(None) == ERROR_NOT_SUPPORTED
    assert resutils.ResUtilVerifyService(None) == ERROR_NOT_SUPPORTED
    assert resutils.ResUtilStopResourceService(None) == ERROR_NOT_SUPPORTED
    assert resutils.ResUtilStopService(None) == ERROR_NOT_SUPPORTED
    nothing = (None, None)
    for set_parameters, access in (
        (resutils.ResUtilSetResourceServiceStartParameters, ()),
        (resutils.ResUtilSetResourceServiceStartParametersEx, (0,)),
    ):
        handle.value = 1
        code = set_parameters(None, None, byref(handle), *access, *nothing)
        assert (code, handle.value) == (ERROR_NOT_SUPPORTED, None)
    set_environment = resutils.ResUtilSetResourceServiceEnvironment
    assert set_environment(None, None, *nothing) == ERROR_NOT_SUPPORTED
    assert resutils.ResUtilRemoveResourceServiceEnvironment(None, *nothing) == ERROR_NOT_SUPPORTED
    terminate = resutils.ResUtilTerminateServiceProcessFromResDll
    assert terminate(1, 1, byref(state), *nothing) == ERROR_NOT_SUPPORTED
    assert state.value == FAILED
    resutils.ResUtilGetEnvironmentWithNetName.restype = c_void_p
    assert resutils.ResUtilGetEnvironmentWithNetName(None) is None
    assert resutils.ResUtilFreeEnvironment(None) == 0
