"""A resource DLL that was written for a cluster is hosted without one: property_dll.c of
tests/headers, as the wizard's users write them, from one source for Windows and elsewhere."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import property_list
from resapi_cy.enums import ControlCode

SOURCE = native.TESTS / "headers" / "property_dll.c"
# What that DLL requires.
DEPENDENCIES = [ra.Dependency("Disk 1", "Physical Disk"), ra.Dependency("Files", "Network Name")]


@pytest.fixture(scope="session")
def property_dll() -> Path:
    return native.clustered(SOURCE)


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


def test_a_dll_that_was_written_for_a_cluster_goes_through_its_life(
    monitor: ra.ResourceMonitor, property_dll: Path
) -> None:
    sample = monitor.load(property_dll, "Sample")
    resource = sample.open("web", dependencies=DEPENDENCIES, RestartDelay=10)
    with pytest.raises(ra.ResourceFailed):  # Command is required
        resource.online()
    resource.set_private_properties({"Command": "x", "Limit": 20, "Offset": -3})
    resource.online()
    told = resource.private_properties()
    assert (told["Command"], told["Limit"], told["Offset"]) == ("x", 20, -3)
    assert isinstance(told["Offset"], property_list.Long)
    resource.offline()
    resource.close()
    resource = sample.open("WEB")
    assert resource.private_properties()["Limit"] == 20  # its key is there as long as the monitor
    with ra.ResourceMonitor() as other:
        resource = other.load(property_dll, "Sample").open("web", dependencies=DEPENDENCIES)
        with pytest.raises(ra.ResourceFailed):
            resource.online()


SILENT = """
#include "resapi_cy/resapi.h"
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
static DWORD WINAPI Offline(RESID resid) { return (void)resid, 0; }
static BOOL WINAPI Alive(RESID resid) { return (void)resid, TRUE; }
static CLRES_FUNCTION_TABLE table = {
    CLRES_V1_FUNCTION_SIZE,
    CLRES_VERSION_V1_00,
    {{Open, Close, Online, Offline, Close, Alive, Alive, NULL, NULL, NULL, NULL}}};
#ifdef _WIN32
__declspec(dllexport)
#endif
DWORD WINAPI Startup(LPCWSTR type, DWORD lowest, DWORD highest, PSET_RESOURCE_STATUS_ROUTINE set,
                     PLOG_EVENT_ROUTINE log, PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest, (void)set, (void)log;
    *functions = &table;
    return ERROR_SUCCESS;
}
"""


@pytest.fixture
def silent(
    monitor: ra.ResourceMonitor, tmp_path_factory: pytest.TempPathFactory
) -> ra.HostedResource:
    """Of a DLL that has no control entry points."""
    folder = tmp_path_factory.mktemp("silent")
    source = folder / "silent.c"
    source.write_text(SILENT)
    path = native.compile_library([source], folder / "silent", [ra.get_include()])
    return monitor.load(path, "Silent").open("web")


def test_private_properties_that_no_dll_handles_are_the_resource_monitors(
    silent: ra.HostedResource,
) -> None:
    assert silent.private_properties() == {}
    given = {
        "Count": 7,
        "Name": "x",
        "Names": ["a", "b"],
        "Data": b"123",
        "Path": property_list.ExpandSz("%TEMP%"),
        "Large": property_list.ULargeInteger(1 << 40),
    }
    silent.set_private_properties(given)
    told = silent.private_properties()
    assert told == given
    assert {name: type(value) for name, value in told.items()} == {
        name: type(value)
        for name, value in property_list.decode(property_list.encode(given)).items()
    }
    names = silent.control(ControlCode.RESOURCE_ENUM_PRIVATE_PROPERTIES)
    assert sorted(names.decode("utf-16-le").split("\0")) == ["", "", *sorted(given)]
    with pytest.raises(ra.ControlCallFailed, match="error 122"):
        silent.control(ControlCode.RESOURCE_VALIDATE_PRIVATE_PROPERTIES, b"\1\0\0\0")
    with pytest.raises(ra.ControlCallFailed, match="error 122"):
        silent.control(ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES, b"\1\0\0\0")
    assert silent.private_properties() == given


def test_what_a_resource_is_called_is_the_resource_monitors(silent: ra.HostedResource) -> None:
    def text(code: int) -> str:
        return silent.control(code).decode("utf-16-le").removesuffix("\0")

    assert text(ControlCode.RESOURCE_GET_NAME) == "web"
    assert text(ControlCode.RESOURCE_GET_RESOURCE_TYPE) == "Silent"
    assert len(text(ControlCode.RESOURCE_GET_ID)) == 36
    assert silent.control(ControlCode.RESOURCE_GET_FLAGS) == bytes(4)
    assert silent.control(ControlCode.RESOURCE_GET_CHARACTERISTICS) == bytes(4)
    assert silent.control(ControlCode.RESOURCE_GET_CLASS_INFO) == bytes(8)
    assert silent.control(ControlCode.RESOURCE_GET_REQUIRED_DEPENDENCIES) == bytes(4)
    with pytest.raises(ra.ControlCallFailed, match="no such control code"):
        silent.control(ControlCode.RESOURCE_GET_LOADBAL_PROCESS_LIST)


def test_private_properties_are_there_in_the_next_monitor(
    property_dll: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.db"
    with ra.ResourceMonitor(database=path) as monitor:
        resource = monitor.load(property_dll, "Sample").open("web")
        resource.set_private_properties({"Command": "x", "Limit": 20})
        with pytest.raises(OSError, match="another monitor has it open"):
            ra.ResourceMonitor(database=path)
    with ra.ResourceMonitor(database=path) as monitor:
        sample = monitor.load(property_dll, "Sample")
        resource = sample.open("Web", dependencies=DEPENDENCIES)
        assert resource.private_properties()["Limit"] == 20
        resource.online()


def test_what_set_private_properties_has_confirmed_is_there_after_a_kill(
    property_dll: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.db"
    code = """
        import os, signal, sys
        import resapi_cy as ra
        monitor = ra.ResourceMonitor(database=sys.argv[2])
        resource = monitor.load(sys.argv[1], "Sample").open("web")
        limit = resource.private_properties()["Limit"] + 1
        resource.set_private_properties({"Command": "x", "Limit": limit})
        print(limit, flush=True)
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    """
    for limit in range(11, 16):
        arguments = [sys.executable, "-c", textwrap.dedent(code), property_dll, path]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout.split() == [str(limit)], done.stderr
