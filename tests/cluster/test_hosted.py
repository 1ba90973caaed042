"""A resource DLL that was written for a cluster is hosted without one: property_dll.c of
tests/headers, as the wizard's users write them, from one source for Windows and elsewhere."""

from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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


@pytest.mark.parametrize("reentrant", [True, False])
def test_a_dll_finds_the_cluster_of_the_monitor_that_hosts_it(
    monitor: ra.ResourceMonitor, property_dll: Path, silent_dll: Path, reentrant: bool
) -> None:
    sample = monitor.load(property_dll, "Sample", reentrant=reentrant)
    with ra.ResourceMonitor() as newer:
        newer.load(silent_dll, "Silent").open("other")
        sample.open("web")  # it opens its resource by its name


SILENT = """
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
"""


@pytest.fixture
def silent_dll() -> Path:
    """It has no control entry points."""
    return native.version_1_dll("silent", SILENT)


@pytest.fixture
def silent(monitor: ra.ResourceMonitor, silent_dll: Path) -> ra.HostedResource:
    return monitor.load(silent_dll, "Silent").open("web")


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


def test_close_says_what_could_not_be_stored(silent_dll: Path, tmp_path: Path) -> None:
    monitor = ra.ResourceMonitor(database=tmp_path / "cluster.db")
    resource = monitor.load(silent_dll, "Silent").open("web")
    assert monitor._store is not None
    monitor._store._file.execute("PRAGMA max_page_count = 1")  # as a full disk
    with pytest.raises(OSError, match="not stored"):
        resource.parameters["Large"] = bytes(100_000)
    with pytest.raises(OSError, match="not stored"):
        monitor.close()
    assert monitor.closed
    monitor.close()


def test_a_database_is_let_go_with_a_monitor_that_hosts_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    monitor = ra.ResourceMonitor(database=path)
    del monitor
    gc.collect()
    ra.ResourceMonitor(database=path).close()


HANGS = """
#include <unistd.h>
#include <fcntl.h>
__attribute__((constructor)) static void hang(void) {
    close(open("begun", O_CREAT | O_WRONLY, 0600));
    while (access("go", F_OK) != 0) usleep(1000);
}
"""


@pytest.mark.skipif(native.WINDOWS, reason="a DllMain of Windows holds up all threads")
def test_a_dll_that_is_loaded_for_long_holds_up_no_other(
    monitor: ra.ResourceMonitor,
    silent_dll: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "hangs.c"
    source.write_text(HANGS)
    hangs = native.compile_library([source], tmp_path / "hangs", [])
    silent = monitor.load(silent_dll, "Silent")
    with ThreadPoolExecutor(1) as pool:
        loading = pool.submit(monitor.load, hangs, "Never")
        try:
            while not (tmp_path / "begun").exists():
                time.sleep(0.001)
            resource = silent.open("web")
            resource.parameters["Count"] = 1
            resource.online()
            assert silent.open("other").parameters == {}
            assert not loading.done()
        finally:
            (tmp_path / "go").touch()
        with pytest.raises(ra.MissingExport):
            loading.result()
