"""`resapi-monitor` with a cluster database in a file, and with the system's Cluster API."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import native
import pytest
from command_line import refusal, run

import resapi_cy as ra
from resapi_cy.checks.process import Checks
from resapi_cy.checks.subject import Subject

SOURCE = native.TESTS / "headers" / "property_dll.c"

# Its resources want no key.
KEYLESS = """
static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    (void)name;
    return key == NULL ? handle : NULL;
}
static void WINAPI Close(RESID resid) { (void)resid; }
static DWORD WINAPI Online(RESID resid, LPHANDLE event) { return (void)resid, (void)event, 0; }
"""


@pytest.fixture(scope="module")
def property_dll() -> Path:
    return native.clustered(SOURCE)


@pytest.fixture(scope="module")
def keyless() -> Path:
    return native.version_1_dll("keyless", KEYLESS)


def test_what_one_run_has_set_is_there_in_the_next(property_dll: Path, tmp_path: Path) -> None:
    required = ("--dependency", "D:Physical Disk", "--dependency", "Files:Network Name")
    a_run = ("run", property_dll, "--type", "Sample", "--seconds", "3", *required)
    kept = ("--database", tmp_path / "cluster.db")
    done = run(*a_run, *kept, "--property", "Command=x", "--property", "Limit=20")
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(*a_run, *kept)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(*a_run).returncode == 1  # Command is required
    with ra.ResourceMonitor(database=kept[1]) as monitor:
        assert "      Limit:dword=20" in str(monitor.database).splitlines()


def another_programs(path: Path) -> None:
    with sqlite3.connect(path) as file:
        file.execute("CREATE TABLE theirs (x)")


def newer(path: Path) -> None:
    ra.ResourceMonitor(database=path).close()
    with sqlite3.connect(path) as file:
        file.execute("PRAGMA user_version = 2")


def damaged(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (another_programs, "another program's"),
        (newer, "of version 2"),
        (damaged, "not a database"),
    ],
)
def test_a_database_that_can_not_be_used_is_told_in_a_line(
    property_dll: Path, tmp_path: Path, make: Callable[[Path], None], reason: str
) -> None:
    path = tmp_path / "cluster.db"
    make(path)
    before = path.read_bytes()
    said = refusal("run", property_dll, "--type", "Sample", "--database", path)
    assert reason in said
    assert str(path) in said.replace("\\\\", "\\")
    assert path.read_bytes() == before


def test_a_database_that_another_monitor_has_open_is_told_in_a_line(
    property_dll: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.db"
    with ra.ResourceMonitor(database=path):
        said = refusal("run", property_dll, "--type", "Sample", "--database", path)
    assert "another monitor has it open" in said


def test_the_systems_cluster_keeps_its_database_itself(keyless: Path, tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    system = ("--cluster-api", "system")
    assert "--database" in refusal("run", keyless, "--type", "K", *system, "--database", path)
    assert not path.exists()


def test_with_the_systems_cluster_api_a_dll_gets_no_key(keyless: Path) -> None:
    a_run = ("run", keyless, "--type", "Keyless", "--seconds", "3")
    assert run(*a_run).returncode == 1
    done = run(*a_run, "--cluster-api", "system")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(run("info", keyless, "--json", "--cluster-api", "system").stdout)
    assert told["not_served"] is None
    assert json.loads(run("info", keyless, "--json").stdout)["not_served"] == []


@pytest.mark.parametrize("api", ["own", "system"])
def test_a_check_has_the_cluster_api_that_was_asked_for(keyless: Path, api: str) -> None:
    with Checks(Subject(str(keyless), "Keyless", cluster_api=api)) as checks:
        assert (checks.result("online").outcome == "pass") == (api == "system")
