"""What a hosted resource depends on: declared, hosted and required. The resource DLL is
older_dll.cpp, in the manner of the older samples, which finds its dependencies by the Cluster API;
it is one source for Windows and elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import command_line
import native
import pytest

import resapi_cy as ra
from resapi_cy.value_list import ResourceClass

pytestmark = pytest.mark.skipif(
    not native.compiler("c++"), reason="no g++ or clang++ for a resource DLL in C++"
)
FILES = ra.Dependency("Files", "Network Name", properties={"Name": "FS1"})
DISK = ra.Dependency("Disk 1", "Physical Disk")

# A type whose resources are of class 1, STORAGE.
STORAGE = """
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name, (void)key;
    return handle;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
static DWORD WINAPI Control(RESID resid, DWORD code, LPVOID in, DWORD size, LPVOID out, DWORD room,
                            LPDWORD returned) {
    (void)resid, (void)in, (void)size, (void)room;
    if (code != CLUSCTL_RESOURCE_GET_CLASS_INFO) return ERROR_INVALID_FUNCTION;
    ((PCLUS_RESOURCE_CLASS_INFO)out)->rc = CLUS_RESCLASS_STORAGE;
    ((PCLUS_RESOURCE_CLASS_INFO)out)->SubClass = 0;
    *returned = 8;
    return ERROR_SUCCESS;
}
#define CONTROL Control
"""


@pytest.fixture(scope="session")
def older_dll() -> Path:
    return native.older()


@pytest.fixture(scope="session")
def storage_dll() -> Path:
    return native.version_1_dll("storage", STORAGE)


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


@pytest.fixture
def older(monitor: ra.ResourceMonitor, older_dll: Path) -> ra.ResourceType:
    return monitor.load(older_dll, "Older")


@pytest.fixture
def storage(monitor: ra.ResourceMonitor, storage_dll: Path) -> ra.HostedResource:
    return monitor.load(storage_dll, "Storage").open("Disk 2")


def brought_online(resource: ra.HostedResource, monitor: ra.ResourceMonitor) -> str:
    """What it found: its DLL logs that."""
    resource.set_private_properties({"Folder": "F"})
    resource.online()
    (text,) = (e.text.strip() for e in monitor.poll() if isinstance(e, ra.LogMessage))
    return text


def test_what_a_dll_requires_and_nobody_declared_is_told_before_online(
    older: ra.ResourceType,
) -> None:
    for dependencies in ([], [DISK]):
        resource = older.open("web", dependencies=dependencies)
        with pytest.raises(ra.DependencyNotFound, match="of type 'Network Name'") as raised:
            resource.online()
        assert (raised.value.code, raised.value.resource) == (5002, resource)
        assert resource.state is ra.ResourceState.OFFLINE
        assert resource.failures == 0
        assert "Online" not in resource._counts or resource._counts["Online"].count == 0
        resource.close()


def test_declared_dependencies_are_found_by_type_and_class(
    monitor: ra.ResourceMonitor, older: ra.ResourceType
) -> None:
    resource = older.open("web", dependencies=[FILES])
    assert resource.dependencies == (FILES,)
    assert brought_online(resource, monitor) == "Serving 'F' as 'FS1'."
    resource.close()
    own = ra.Dependency("Own", "Own", resource_class=ResourceClass.STORAGE)
    for disk in (DISK, own):
        resource = older.open("web", dependencies=[FILES, disk])
        assert brought_online(resource, monitor) == "Serving 'F' as 'FS1' from a disk."
        resource.close()
    # They are gone with the last that depends on them, and can be others.
    other = ra.Dependency("FILES", "Network Name", properties={"Name": "FS2"})
    resource = older.open("web", dependencies=[other])
    assert brought_online(resource, monitor) == "Serving 'F' as 'FS2'."


def test_a_hosted_dependency_is_found_as_what_its_dll_says_it_is(
    monitor: ra.ResourceMonitor, older: ra.ResourceType, storage: ra.HostedResource
) -> None:
    resource = older.open("web", dependencies=[FILES, storage])
    assert brought_online(resource, monitor) == "Serving 'F' as 'FS1' from a disk."
    storage.close()
    resource.offline()
    assert brought_online(resource, monitor) == "Serving 'F' as 'FS1'."


def test_resources_share_what_they_declare_alike(
    monitor: ra.ResourceMonitor, older: ra.ResourceType, storage: ra.HostedResource
) -> None:
    resource = older.open("web", dependencies=[FILES])
    again = ra.Dependency("Files", "Network Name", properties={"Name": "FS1"})
    assert (again, hash(again)) == (FILES, hash(FILES))
    other = storage.type.open("other", dependencies=[again])
    other.close()
    assert brought_online(resource, monitor) == "Serving 'F' as 'FS1'."  # still there


def test_a_wrong_dependency_is_refused(
    monitor: ra.ResourceMonitor, older: ra.ResourceType, storage: ra.HostedResource
) -> None:
    resource = older.open("web", dependencies=[FILES])
    kind = storage.type
    files = ra.Dependency("files", "Network Name")
    refused: list[tuple[type[Exception], str, str, list[Any]]] = [
        (ValueError, "given twice", "a", [DISK, FILES, files]),
        (ValueError, "depend on itself", "Disk 1", [DISK]),
        (ValueError, "it is declared already", "a", [files]),
        (ValueError, "hosts a resource of that name", "a", [ra.Dependency("WEB", "x")]),
        (ValueError, "a declared dependency's", "FILES", []),
        (TypeError, "neither a HostedResource nor a Dependency", "a", ["Files"]),
    ]
    with ra.ResourceMonitor() as other:
        theirs = other.load(kind.path, "Storage").open("theirs")
        refused.append((ValueError, "another monitor's", "a", [theirs]))
        for error, match, name, dependencies in refused:
            with pytest.raises(error, match=match):
                kind.open(name, dependencies=dependencies)
    for wrong in (FILES, "Files", 5):
        with pytest.raises(TypeError, match="must be a list"):
            kind.open("a", dependencies=wrong)  # type: ignore[arg-type]
    storage.close()
    with pytest.raises(ra.ClosedError, match="'Disk 2' is closed"):
        kind.open("a", dependencies=[storage])
    kind.open("a", dependencies=[FILES, resource]).close()  # none of it has left anything


def test_dependencies_never_close_a_circle(
    storage: ra.HostedResource,
) -> None:
    kind = storage.type
    second = kind.open("second", dependencies=[storage])
    third = kind.open("third", dependencies=[second])
    storage.close()
    with pytest.raises(ValueError, match="'third': it depends on 'Disk 2' itself"):
        kind.open("Disk 2", dependencies=[third])
    kind.open("Disk 2").close()


def test_the_systems_cluster_is_not_told_of_dependencies(storage_dll: Path) -> None:
    with ra.ResourceMonitor() as monitor:
        kind = monitor.load(storage_dll, "Storage", cluster_api="system")
        with pytest.raises(ValueError, match='cluster_api="own"'):
            kind.open("a", dependencies=[FILES])
        alone = kind.open("alone")
        alone.online()
        kind = monitor.load(storage_dll, "Storage")
        with pytest.raises(ValueError, match='opened with cluster_api="system"'):
            kind.open("a", dependencies=[alone])


def test_a_dependency_is_immutable_and_checked() -> None:
    with pytest.raises(AttributeError):
        FILES.name = "x"  # type: ignore[misc]
    properties = {"Name": "a"}
    made = ra.Dependency("a", "b", properties=properties)
    properties["Name"] = "c"
    assert made.properties == {"Name": "a"}
    address = ra.Dependency("IP", "ip address")
    assert address._class_info.resource_class == ResourceClass.NETWORK
    for wrong in ({"name": ""}, {"type": ""}, {"name": "a\0"}, {"resource_class": -1}):
        with pytest.raises(ValueError):  # noqa: PT011 - each has its own words
            ra.Dependency(**{"name": "a", "type": "b", **wrong})
    for wrong in ({"name": 1}, {"properties": 5}, {"properties": {"a": None}}):
        with pytest.raises(TypeError):
            ra.Dependency(**{"name": "a", "type": "b", **wrong})


def test_no_declared_resource_stays_in_the_database(storage_dll: Path, tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    for _ in range(2):
        with ra.ResourceMonitor(database=path) as monitor:
            resource = monitor.load(storage_dll, "Storage").open("a", dependencies=[FILES, DISK])
            resource.set_private_properties({"x": 1})
    data = path.read_bytes()
    assert b"Storage" in data or "Storage".encode("utf-16-le") in data
    import sqlite3

    with sqlite3.connect(path) as file:
        names = [bytes(row[0]) for row in file.execute("SELECT data FROM key_values")]
    file.close()
    assert "FS1\0".encode("utf-16-le") not in names
    assert "a\0".encode("utf-16-le") in names


RUN = ("--type", "Older", "--json", "--seconds", "1", "--property", "Folder=F")


def test_run_declares_dependencies(older_dll: Path) -> None:
    done = command_line.run(
        *("run", older_dll, *RUN, "--dependency", "Fi\\:les:Network Name"),
        *("--dependency", "Disk:Physical Disk", "--property", "Fi\\:les:Name=FS1"),
    )
    assert done.returncode == 0, done.stderr
    texts = [json.loads(line).get("text", "") for line in done.stdout.splitlines()]
    assert any("Serving 'F' as 'FS1' from a disk." in text for text in texts)


def test_run_tells_of_a_dependency_that_nobody_declared(older_dll: Path) -> None:
    done = command_line.run("run", older_dll, *RUN)
    assert done.returncode == 1
    told = [json.loads(line) for line in done.stdout.splitlines()]
    (missing,) = (one for one in told if one.get("event") == "dependency_not_found")
    assert "'Network Name'" in missing["message"]


def test_run_refuses_a_wrong_dependency(older_dll: Path) -> None:
    def refused(*arguments: str) -> str:
        return command_line.refusal("run", older_dll, "--type", "Older", *arguments)

    for wrong in ("Files", "Files:", ":Network Name", "a:b:c"):
        done = command_line.run("run", older_dll, "--type", "Older", "--dependency", wrong)
        assert done.returncode == 2
        assert f"{wrong!r} is not NAME:TYPE" in done.stderr
    assert "two resources named 'OLDER'" in refused("--dependency", "OLDER:x")
    twice = refused("--dependency", "a:x", "--dependency", "A:y")
    assert "two resources named 'A'" in twice
    wrong = refused("--dependency", "a:x", "--property", "a:Count:dword=x")
    assert "Count: 'x' is not an integer" in wrong
