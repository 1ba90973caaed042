"""What of the Cluster API is served, and what a user learns of a call that is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy.cluster import surroundings

# Its resource fails where its name says.
SOURCE = """
static LPCWSTR names[64];
static unsigned count = 0;
static int fails(RESID resid, char where) {
    LPCWSTR name = names[(size_t)resid - 1];
    if (name[0] == 'u') CloseClusterGroup(OpenClusterGroup(NULL, name));
    return name[1] == where && ClusterGroupControl(NULL, NULL, 0, NULL, 0, NULL, 0, NULL) != 0;
}
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)key, (void)handle;
    names[count++] = name[0] == 'u' ? L"u" : name[1] == 'n' ? L"-n" : L"-p";
    if (name[0] == 'q') return NULL;
    RESID resid = (RESID)(size_t)count;
    return fails(resid, 'p') ? NULL : resid;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) {
    (void)event;
    return fails(resid, 'n') ? 31 : ERROR_SUCCESS;
}
"""


@pytest.fixture(scope="module")
def dll() -> Path:
    return native.version_1_dll("served", SOURCE)


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


def test_what_is_served_is_known() -> None:
    not_served = surroundings.names_not_served()
    assert {"ClusterGroupControl", "ResUtilGetCoreGroup"} <= not_served
    assert not not_served & {"ClusterRegOpenKey", "ResUtilGetSzValue", "ClusWorkerCreate"}
    assert not surroundings.is_served("ClusterGroupControl")
    for name in ("ClusterRegOpenKey", "ResUtilGetSzValue", "ClusWorkerCreate", "OpenCluster"):
        assert surroundings.is_served(name)
    for name in ("NoSuchFunction", "", "#7", "\ud800"):
        assert not surroundings.is_served(name)


def test_an_open_that_failed_after_a_call_that_is_not_served_says_which(
    monitor: ra.ResourceMonitor, dll: Path
) -> None:
    kind = monitor.load(dll, "Served")
    said = "meanwhile ClusterGroupControl was called, which is not served here"
    for _ in range(2):  # not only the first time
        with pytest.raises(ra.ResourceFailed, match=said):
            kind.open("-p")
    with pytest.raises(ra.ResourceFailed) as failed:
        kind.open("quiet")
    assert "served" not in str(failed.value)


def test_an_online_that_failed_after_calls_that_are_not_served_says_which(
    monitor: ra.ResourceMonitor, dll: Path
) -> None:
    kind = monitor.load(dll, "Served")
    resource = kind.open("-n")
    kind.open("u").online()  # what it calls does no harm, and was before
    with pytest.raises(ra.ResourceFailed, match="ClusterGroupControl was called") as failed:
        resource.online()
    assert "OpenClusterGroup" not in str(failed.value)


def test_the_monitor_tells_each_function_that_is_not_served_once(
    monitor: ra.ResourceMonitor, dll: Path
) -> None:
    kind = monitor.load(dll, "Served")
    for name in ("u1", "u2", "-n"):
        resource = kind.open(name)
        if name != "-n":
            resource.online()
    with pytest.raises(ra.ResourceFailed):
        resource.online()
    told: list[ra.FunctionNotServed] = []
    end = time.monotonic() + 30
    while len(told) < 3 and time.monotonic() < end:
        told += [event for event in monitor.poll(0.1) if isinstance(event, ra.FunctionNotServed)]
    told += [event for event in monitor.poll(1) if isinstance(event, ra.FunctionNotServed)]
    functions = ["OpenClusterGroup", "CloseClusterGroup", "ClusterGroupControl"]
    assert [event.function for event in told] == functions
    assert told[-1]._words() == "ClusterGroupControl is not served here"
