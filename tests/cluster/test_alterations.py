"""What is altered of a resource while it is open: it is renamed, made to depend on another one, and
deleted. The resource DLL is control.c, which logs what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy.enums import ControlCode as Code

SET_NAME, DELETE = Code.RESOURCE_SET_NAME, Code.RESOURCE_DELETE
ADD, REMOVE = Code.RESOURCE_ADD_DEPENDENCY, Code.RESOURCE_REMOVE_DEPENDENCY
FILES = ra.Dependency("Files", "Network Name", properties={"Name": "FS1"})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cluster.db"


@pytest.fixture
def monitor(path: Path) -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor(database=path) as monitor:
        yield monitor


@pytest.fixture
def control_dll() -> Path:
    return native.clustered(Path(__file__).with_name("control.c"))


@pytest.fixture
def control(monitor: ra.ResourceMonitor, control_dll: Path) -> ra.ResourceType:
    return monitor.load(control_dll, "Control")


def logged(monitor: ra.ResourceMonitor) -> list[str]:
    return [event.text for event in monitor.poll() if isinstance(event, ra.LogMessage)]


def told(code: Code, text: str) -> str:
    return f"told {int(code)} {text}"


def ids(monitor: ra.ResourceMonitor) -> list[str]:
    try:
        return monitor.database.subkey("Resources").subkeys()
    except KeyError:
        return []


# ---- Renamed -------------------------------------------------------------------------------------


def test_a_resource_that_is_renamed_stays_the_same_one(
    monitor: ra.ResourceMonitor, control: ra.ResourceType, control_dll: Path, path: Path
) -> None:
    web = control.open("web")
    web.online()
    web.parameters["Port"] = 80
    [before] = ids(monitor)
    logged(monitor)
    web.rename("Web 2")
    assert logged(monitor) == [told(SET_NAME, "Web 2")]
    assert (web.name, web.state) == ("Web 2", ra.ResourceState.ONLINE)
    assert monitor.database.subkey(f"Resources\\{before}")["Name"] == "Web 2"
    assert web.control(Code.RESOURCE_GET_NAME).decode("utf-16-le") == "Web 2\0"
    control.open("web")  # the name is free
    assert len(ids(monitor)) == 2
    monitor.close()
    with ra.ResourceMonitor(database=path) as later:
        again = later.load(control_dll, "Control").open("WEB 2")
        assert again.parameters["Port"] == 80


def test_a_name_that_is_taken_is_refused(
    monitor: ra.ResourceMonitor, control: ra.ResourceType
) -> None:
    web, other = control.open("web"), control.open("other", dependencies=[FILES])
    control.open("closed").close()
    logged(monitor)
    for name in ("OTHER", "files", "Closed"):
        with pytest.raises(ValueError, match="choose another name"):
            web.rename(name)
    with pytest.raises(ValueError, match="NUL"):
        web.rename("a\0b")
    assert (web.name, other.name, logged(monitor)) == ("web", "other", [])
    web.rename("WEB")  # its own
    assert web.name == "WEB"


def test_a_resource_is_renamed_by_a_task(
    monitor: ra.ResourceMonitor, control: ra.ResourceType
) -> None:
    web = control.open("web")
    asyncio.run(web.rename_async("other"))
    assert web.name == "other"


# ---- Made to depend on another one ---------------------------------------------------------------


def test_a_dependency_is_added_and_removed_and_the_dll_is_told(
    monitor: ra.ResourceMonitor, control: ra.ResourceType
) -> None:
    web, disk = control.open("web"), control.open("disk")
    logged(monitor)
    web.add_dependency(FILES)
    assert logged(monitor) == [told(ADD, "Files")]
    web.add_dependency(disk)
    assert logged(monitor)[-1] == told(ADD, "disk")  # after it was asked for its class
    assert web.dependencies == (FILES, disk)
    with pytest.raises(ValueError, match="already"):
        web.add_dependency(disk)
    with pytest.raises(ValueError, match="itself"):
        disk.add_dependency(web)  # a circle
    with pytest.raises(ValueError, match="itself"):
        web.add_dependency(web)
    with pytest.raises(TypeError, match="neither"):
        web.add_dependency("disk")  # type: ignore[arg-type]
    assert (web.dependencies, disk.dependencies) == ((FILES, disk), ())
    logged(monitor)
    web.remove_dependency(FILES)
    web.remove_dependency(disk)
    assert logged(monitor) == [told(REMOVE, "Files"), told(REMOVE, "disk")]
    assert len(ids(monitor)) == 2  # the declared one is gone
    with pytest.raises(ValueError, match="does not depend"):
        web.remove_dependency(disk)
    disk.add_dependency(web)  # which is no circle any more
    assert disk.dependencies == (web,)


def test_a_required_dependency_may_be_added_and_is_missed_when_it_is_removed(
    monitor: ra.ResourceMonitor,
) -> None:
    property_dll = native.clustered(native.TESTS / "headers" / "property_dll.c")
    disk = ra.Dependency("Disk 1", "Physical Disk")
    resource = monitor.load(property_dll, "Sample").open("web", dependencies=[disk])
    resource.set_private_properties({"Command": "x"})
    with pytest.raises(ra.DependencyNotFound):
        resource.online()
    resource.add_dependency(FILES)
    resource.online()
    resource.offline()
    resource.remove_dependency(disk)
    with pytest.raises(ra.DependencyNotFound):
        resource.online()


def test_dependencies_are_altered_by_a_task(
    monitor: ra.ResourceMonitor, control: ra.ResourceType
) -> None:
    web = control.open("web")

    async def alter() -> None:
        await web.add_dependency_async(FILES)
        assert web.dependencies == (FILES,)
        await web.remove_dependency_async(FILES)

    asyncio.run(alter())
    assert web.dependencies == ()


# ---- Deleted -------------------------------------------------------------------------------------


def test_a_resource_that_is_deleted_goes_offline_is_told_and_closed_and_has_no_key(
    monitor: ra.ResourceMonitor, control: ra.ResourceType, control_dll: Path, path: Path
) -> None:
    web = control.open("web")
    web.parameters["Limits\\Memory"] = 64
    web.online()
    [before] = ids(monitor)
    logged(monitor)
    web.delete()
    assert logged(monitor) == ["offline", told(DELETE, ""), "closed"]
    assert web.closed
    assert ids(monitor) == []
    with pytest.raises(ra.ClosedError):
        web.delete()
    monitor.close()
    with ra.ResourceMonitor(database=path) as later:
        assert ids(later) == []
        again = later.load(control_dll, "Control").open("web")
        assert dict(again.parameters) == {}
        assert ids(later) != [before]


def test_a_resource_is_deleted_by_a_task_whatever_state_it_is_in(
    monitor: ra.ResourceMonitor, control: ra.ResourceType
) -> None:
    web = control.open("web")
    web.online()
    web.report(ra.ResourceState.FAILED)
    asyncio.run(web.delete_async())
    assert (web.closed, ids(monitor)) == (True, [])


def test_a_resource_that_another_one_depends_on_is_not_deleted(
    monitor: ra.ResourceMonitor, control: ra.ResourceType
) -> None:
    disk = control.open("disk")
    web = control.open("web", dependencies=[disk])
    disk.online()
    with pytest.raises(ValueError, match="'web' depends on it"):
        disk.delete()
    assert disk.state == ra.ResourceState.ONLINE
    web.delete()
    disk.delete()
    assert ids(monitor) == []


def test_the_key_of_a_declared_dependency_goes_with_what_is_below_it(
    monitor: ra.ResourceMonitor, control: ra.ResourceType
) -> None:
    deep = ra.Dependency("Deep", "Network Name", properties={"A\\B\\C": 1})
    web = control.open("web", dependencies=[deep])
    assert len(ids(monitor)) == 2
    web.delete()
    assert ids(monitor) == []


def test_a_resource_of_the_systems_cluster_is_altered_by_that_one(
    monitor: ra.ResourceMonitor,
) -> None:
    dll = native.plain_dll(1)
    web = monitor.load(dll, "Plain", cluster_api="system").open("web")
    for alter in (
        web.delete,
        lambda: web.rename("other"),
        lambda: web.add_dependency(FILES),
        lambda: web.remove_dependency(FILES),
    ):
        with pytest.raises(RuntimeError, match="system"):
            alter()
    assert not web.closed
