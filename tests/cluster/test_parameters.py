"""The cluster database from Python: ``HostedResource.parameters``, ``ResourceMonitor.database``."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import property_list
from resapi_cy.cluster.store import DatabaseError

SOURCE = native.TESTS / "headers" / "property_dll.c"


@pytest.fixture(scope="module")
def property_dll() -> Path:
    return native.clustered(SOURCE)


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


@pytest.fixture
def web(monitor: ra.ResourceMonitor, property_dll: Path) -> ra.HostedResource:
    required = [ra.Dependency("D", "Physical Disk"), ra.Dependency("Files", "Network Name")]
    return monitor.load(property_dll, "Sample").open("web", dependencies=required)


VALUES: dict[str, property_list.Value] = {
    "Count": 7,
    "Large": 1 << 40,
    "Text": "x",
    "Empty": "",
    "Path": property_list.ExpandSz("%TEMP%"),
    "Texts": ["a", "b"],
    "None": [],
    "Data": b"123",
    "No data": b"",
    "Sub\\Key\\Count": 8,
    "\ud800": "\ud800",
}


def test_what_is_written_is_read_in_its_format(web: ra.HostedResource) -> None:
    parameters = web.parameters
    assert dict(parameters) == {}
    parameters.update(VALUES)
    assert dict(parameters) == VALUES
    assert {name: type(value) for name, value in parameters.items()} == {
        **{"Count": property_list.Dword, "Large": property_list.ULargeInteger},
        **{"Text": property_list.Sz, "Empty": property_list.Sz, "Path": property_list.ExpandSz},
        **{"Texts": property_list.MultiSz, "None": property_list.MultiSz},
        **{"Data": property_list.Binary, "No data": property_list.Binary},
        **{"Sub\\Key\\Count": property_list.Dword, "\ud800": property_list.Sz},
    }
    assert len(parameters) == len(VALUES)
    assert parameters["COUNT"] == parameters["count"] == 7
    assert "sub\\KEY\\count" in parameters
    assert web.parameters == parameters
    parameters["count"] = 9
    assert parameters["Count"] == 9
    assert "Sub" not in parameters


def test_a_value_keeps_the_format_that_is_there_unless_it_has_another(
    web: ra.HostedResource,
) -> None:
    parameters = web.parameters
    parameters["Path"] = property_list.ExpandSz("%A%")
    parameters["path"] = "%B%"
    assert isinstance(parameters["Path"], property_list.ExpandSz)
    parameters["Path"] = property_list.Sz("%B%")
    assert isinstance(parameters["Path"], property_list.Sz)
    parameters["Large"] = property_list.ULargeInteger(1)
    parameters["Large"] = 2
    assert isinstance(parameters["Large"], property_list.ULargeInteger)
    parameters["Large"] = "text"
    assert isinstance(parameters["Large"], property_list.Sz)
    for given, kind in (
        (property_list.Long(-3), property_list.Dword),
        (property_list.Word(3), property_list.Dword),
        (property_list.LargeInteger(-3), property_list.ULargeInteger),
        (property_list.FileTime(bytes(8)), property_list.ULargeInteger),
        (property_list.SecurityDescriptor(b"x"), property_list.Binary),
    ):
        parameters["Other"] = given
        assert isinstance(parameters["Other"], kind)


def test_a_value_is_deleted(web: ra.HostedResource) -> None:
    parameters = web.parameters
    parameters.update(VALUES)
    del parameters["COUNT"], parameters["sub\\key\\count"]
    assert parameters.pop("Text") == "x"
    for name in ("Count", "Sub\\Key\\Count", "Text", "No\\Key", "", "\\", "a\0b", 5):
        assert name not in parameters
        with pytest.raises(KeyError):
            del parameters[name]  # type: ignore[arg-type]
    parameters.clear()
    assert not list(parameters)


def test_what_can_not_be_a_parameter_is_refused_and_changes_nothing(
    web: ra.HostedResource,
) -> None:
    parameters = web.parameters
    parameters["a"] = 1
    for name in ("", "\\a", "a\\", "a\\\\b", "a\0b", "x" * 300 + "\\b", "x" * 20_000):
        with pytest.raises(ValueError, match=r"name|too long"):
            parameters[name] = 1
    for value in ("a\0b", ["a", ""], 1 << 64, property_list.Dword(-1)):
        with pytest.raises(ValueError, match="property 'a'"):
            parameters["a"] = value
    with pytest.raises(TypeError, match="property 'a'"):
        parameters["a"] = 1.5  # type: ignore[assignment]
    with pytest.raises(TypeError, match="name of a property"):
        parameters[5] = 1  # type: ignore[index]
    assert dict(parameters) == {"a": 1}


def test_the_dll_reads_what_was_written_and_what_it_writes_is_read(
    web: ra.HostedResource,
) -> None:
    web.parameters["Command"] = "x"
    web.parameters["Limit"] = 33
    web.online()
    assert web.private_properties()["Limit"] == 33
    web.offline()
    web.set_private_properties({"Limit": 44})
    assert web.parameters["Limit"] == 44


def test_a_write_is_stored_when_it_returns(property_dll: Path, tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    code = """
        import os, signal, sys
        import resapi_cy as ra
        monitor = ra.ResourceMonitor(database=sys.argv[2])
        parameters = monitor.load(sys.argv[1], "Sample").open("web").parameters
        if int(parameters.get("Count", 0)) % 2:
            del parameters["Gone"]
        else:
            parameters["Gone"] = "x"
        parameters["Sub\\\\Count"] = parameters["Count"] = int(parameters.get("Count", 0)) + 1
        print(dict(parameters), flush=True)
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    """
    for count in range(1, 5):
        arguments = [sys.executable, "-c", textwrap.dedent(code), property_dll, path]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        expected = {"Count": count, "Sub\\Count": count} | ({"Gone": "x"} if count % 2 else {})
        assert eval(done.stdout) == expected, done.stderr


def test_a_write_that_can_not_be_stored_says_so_and_is_stored_by_the_next(
    property_dll: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "cluster.db"
    with ra.ResourceMonitor(database=path) as monitor:
        resource = monitor.load(property_dll, "Sample").open("web")
        resource.parameters["before"] = 1
        store = monitor._store
        assert store is not None
        save = store.save

        def full(changes: object) -> None:
            raise DatabaseError("the disk is full")

        monkeypatch.setattr(store, "save", full)
        with pytest.raises(OSError, match="full"):
            resource.parameters["lost?"] = 1
        monkeypatch.setattr(store, "save", save)
        resource.parameters["after"] = 1
    with ra.ResourceMonitor(database=path) as monitor:
        key = monitor.database.subkey("Resources")
        (resource_id,) = key.subkeys()
        assert dict(key.subkey(f"{resource_id}\\Parameters")) == {
            **{"before": 1, "lost?": 1, "after": 1}
        }


def test_many_threads_write_and_read(web: ra.HostedResource) -> None:
    parameters = web.parameters
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(200):
                parameters[f"K{number}\\V"] = i
                assert parameters[f"k{number}\\v"] == i
                assert len(list(parameters)) <= 8
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert dict(parameters) == {f"K{i}\\V": 199 for i in range(8)}


def test_a_closed_resource_has_no_parameters_and_the_next_of_its_name_has_them(
    monitor: ra.ResourceMonitor, property_dll: Path
) -> None:
    kind = monitor.load(property_dll, "Sample")
    resource = kind.open("web")
    parameters = resource.parameters
    parameters["a"] = 1
    resource.close()
    for use in (
        lambda: resource.parameters,
        lambda: parameters["a"],
        lambda: parameters.update(a=2),
        lambda: list(parameters),
        lambda: len(parameters),
        lambda: parameters.pop("a"),
    ):
        with pytest.raises(ra.ClosedError):
            use()
    assert kind.open("WEB").parameters["A"] == 1


def test_the_database_is_looked_through_and_printed(
    monitor: ra.ResourceMonitor, property_dll: Path
) -> None:
    resource = monitor.load(property_dll, "Sample").open("web", RestartDelay=10)
    resource.parameters.update({"Sub\\Texts": ["a", "b"], "Data": b"\1\2", "Line": "a\nb"})
    root = monitor.database
    assert (root.path, dict(root)) == ("", {})
    resources = root.subkey("resources")
    (resource_id,) = resources.subkeys()
    key = root.subkey(f"Resources\\{resource_id}")
    assert key == resources.subkey(resource_id)
    assert (key["name"], key["Type"], key["RestartDelay"]) == ("web", "Sample", 10)
    assert isinstance(key["RestartDelay"], property_list.Dword)
    assert key.subkeys() == ["Parameters"]
    for missing in ("x", "x\\y", "", "\\", "a\0b"):
        with pytest.raises(KeyError):
            key.subkey(missing)
        assert missing not in key
    assert str(key).splitlines() == [
        *("Name:sz=web", "RestartDelay:dword=10", "Type:sz=Sample"),
        *("Parameters\\", "  Data:binary=0102", "  Line:sz=a\\nb"),
        *("  Sub\\", "    Texts:multi_sz=['a', 'b']"),
    ]
    assert "    Name:sz=web" in str(root).splitlines()
    monitor.close()
    for use in (
        lambda: monitor.database,
        lambda: str(root),
        lambda: root.subkeys(),
        lambda: key[""],
    ):
        with pytest.raises(ra.ClosedError):
            use()


def test_a_databases_file_is_looked_through_without_a_dll(
    property_dll: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.db"
    with ra.ResourceMonitor(database=path) as monitor:
        monitor.load(property_dll, "Sample").open("web").parameters["Limit"] = 20
    with ra.ResourceMonitor(database=path) as monitor:
        assert "      Limit:dword=20" in str(monitor.database).splitlines()
        resource = monitor.load(property_dll, "Sample").open("Web")
        assert resource.parameters["Limit"] == 20


def test_a_dll_that_goes_by_the_systems_cluster_has_neither_key_nor_parameters(
    monitor: ra.ResourceMonitor, property_dll: Path
) -> None:
    plain = monitor.load(native.plain_dll(3), "Plain", cluster_api="system")
    with pytest.raises(RuntimeError, match='cluster_api="system"'):
        monitor.database.subkeys()
    resource = plain.open("r")
    with pytest.raises(RuntimeError, match='cluster_api="system"'):
        resource.parameters.clear()
    web = monitor.load(property_dll, "Sample").open("web")
    web.parameters["Limit"] = 20
    again = plain.open("another")
    with pytest.raises(RuntimeError, match='cluster_api="system"'):
        again.parameters.clear()
    assert len(monitor.database.subkey("Resources").subkeys()) == 1
