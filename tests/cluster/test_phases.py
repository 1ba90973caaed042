"""What a cluster tells a resource type before it is used."""

from __future__ import annotations

from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy.enums import ControlCode

INSTALL = (ControlCode.RESOURCE_TYPE_INSTALL_NODE, 9)
NO_PARAMETERS = 9  # where there are no starting parameters


def phases(first: bool) -> list[tuple[int, int]]:
    return [
        (ControlCode.RESOURCE_TYPE_STARTING_PHASE1, first),
        (ControlCode.RESOURCE_TYPE_STARTING_PHASE2, first),
    ]


@pytest.fixture(scope="module")
def phases_dll(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).with_name("phases.c")
    target = tmp_path_factory.mktemp("phases") / "phases"
    return native.compile_library([source], target, [ra.get_include()])


def told(monitor: ra.ResourceMonitor) -> list[tuple[int, int]]:
    lines = [event.text.split() for event in monitor.poll() if isinstance(event, ra.LogMessage)]
    return [(int(code), int(first)) for code, first in lines]


def test_a_type_is_told_that_the_cluster_starts_before_its_first_open(
    phases_dll: Path, tmp_path: Path
) -> None:
    path = tmp_path / "cluster.db"
    with ra.ResourceMonitor(database=path) as monitor:
        resource_type = monitor.load(phases_dll, "Phases")
        resource_type.open("a")
        assert told(monitor) == [INSTALL, *phases(first=True)]
        monitor.load(phases_dll, "phases").open("b")
        assert told(monitor) == []  # once is enough
        assert monitor.database.subkey("ResourceTypes\\Phases")["DllName"] == phases_dll.name
    with ra.ResourceMonitor(database=path) as monitor:
        monitor.load(phases_dll, "Phases").open("a")
        assert told(monitor) == phases(first=False)  # it has been on this node before


def test_a_type_of_the_systems_cluster_is_told_by_that_one(phases_dll: Path) -> None:
    with ra.ResourceMonitor() as monitor:
        monitor.load(phases_dll, "Phases", cluster_api="system").open("a")
        assert told(monitor) == []
