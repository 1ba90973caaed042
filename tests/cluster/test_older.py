"""A resource DLL in the manner of the older samples, older_dll.cpp, goes through its life: version
1, C++, one instance at a time, a dependency that it requires. One source, on every platform."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import command_line
import native
import pytest
from checking import not_applicable, run_json, with_outcome

import resapi_cy as ra
from resapi_cy import FailureCause, ResourceState
from resapi_cy.property_list import ExpandSz, Long

pytestmark = pytest.mark.skipif(
    not native.compiler("c++"), reason="no g++ or clang++ for a resource DLL in C++"
)
FILES = ra.Dependency("Files", "Network Name", properties={"Name": "FS1"})
ERROR_OBJECT_ALREADY_EXISTS = 5010
DECLARED = ("--dependency", "Files:Network Name", "--property", "Files:Name=FS1")


@pytest.fixture(scope="session")
def dll() -> Path:
    return native.older()


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


def until(monitor: ra.ResourceMonitor, condition: Callable[[], object]) -> list[ra.Event]:
    """What has happened until then."""
    events: list[ra.Event] = []
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, events
        events += monitor.poll(0.1)
    return events + monitor.poll()


def test_it_is_loaded_with_version_1(monitor: ra.ResourceMonitor, dll: Path) -> None:
    kind = monitor.load(dll, "Older")
    assert (kind.name, kind.version) == ("Older", ra.ResourceApiVersion.V1)
    with pytest.raises(ra.ResourceDllError):
        monitor.load(dll, "Newer")


def test_it_goes_through_its_life(monitor: ra.ResourceMonitor, dll: Path) -> None:
    kind = monitor.load(dll, "Older")
    polls = {"LooksAlivePollInterval": 10, "IsAlivePollInterval": 10}
    restarts = {"RestartDelay": 10, "RestartThreshold": 1_000_000}
    resource = kind.open("web", dependencies=[FILES], **polls, **restarts)
    assert resource.state is ResourceState.OFFLINE

    # Properties: the table's own, in their formats, and those that it requires.
    assert resource.private_properties() == {"Folder": "", "Lives": -1}
    with pytest.raises(ra.ResourceFailed) as failed:  # Folder is required
        resource.online()
    assert failed.value.cause is FailureCause.STATUS_REPORT
    assert resource.state is ResourceState.FAILED
    (text,) = (e.text for e in monitor.poll() if isinstance(e, ra.LogMessage))
    assert text.startswith("Property 'Folder' is wrong: ")
    assert resource.set_private_properties({"Folder": "%TEMP%", "Lives": 2})
    told = resource.private_properties()
    assert told == {"Folder": "%TEMP%", "Lives": 2}
    assert isinstance(told["Folder"], ExpandSz)
    assert isinstance(told["Lives"], Long)

    # Online, and polled until an IsAlive says no, which leads to a restart.
    resource.online()
    assert resource.state is ResourceState.ONLINE
    (text,) = (e.text for e in monitor.poll() if isinstance(e, ra.LogMessage))
    assert text.strip().endswith("as 'FS1'.")
    events = until(monitor, lambda: resource.restarts)
    causes = [e.cause for e in events if isinstance(e, ra.ResourceFailed)]
    assert causes[0] is FailureCause.IS_ALIVE
    assert {poll.alive for poll in resource.polls} == {True, False}

    # Brought back: it lives for good now.
    resource.set_private_properties({"Lives": -1})
    until(monitor, lambda: resource.state is ResourceState.ONLINE and resource.is_alive())
    counts = resource.restarts, resource.failures
    resource.restart()
    assert resource.state is ResourceState.ONLINE
    assert resource.is_alive()
    resource.offline()
    assert resource.state is ResourceState.OFFLINE
    assert not resource.is_alive()
    assert (resource.restarts, resource.failures) == counts
    resource.close()
    assert resource.closed


def test_a_dependency_that_is_removed_while_online_does_not_keep_it_from_a_restart(
    monitor: ra.ResourceMonitor, dll: Path
) -> None:
    """The DLL decides by itself what it is without it; and whoever gives up says so."""
    properties = {"LooksAlivePollInterval": 10, "IsAlivePollInterval": 10, "RestartDelay": 10}
    kind = monitor.load(dll, "Older")
    properties |= {"RestartThreshold": 1, "RetryPeriodOnFailure": 0xFFFFFFFF}  # never again
    resource = kind.open("web", dependencies=[FILES], **properties)
    resource.set_private_properties({"Folder": "%TEMP%", "Lives": 50})
    resource.online()
    resource.remove_dependency(FILES)
    events = until(monitor, lambda: not resource.will_restart and resource.failures == 2)
    assert [type(e) for e in events if isinstance(e, ra.ResourceGivenUp | ra.ResourceFailed)] == [
        ra.ResourceFailed,
        ra.ResourceFailed,
        ra.ResourceGivenUp,
    ]
    assert resource.state is ResourceState.FAILED
    with pytest.raises(ra.DependencyNotFound):
        resource.online()


def test_one_resource_is_open_at_a_time(monitor: ra.ResourceMonitor, dll: Path) -> None:
    kind = monitor.load(dll, "Older")
    resource = kind.open("web")
    with pytest.raises(ra.ResourceFailed) as refused:
        kind.open("another")
    assert refused.value.code == ERROR_OBJECT_ALREADY_EXISTS
    resource.close()
    kind.open("another").close()


def test_its_properties_are_there_in_the_next_process(dll: Path, tmp_path: Path) -> None:
    path = tmp_path / "cluster.db"
    a_run = ("run", dll, "--type", "Older", "--json", "--seconds", "1", *DECLARED)

    def logged(*more: str) -> list[str]:
        done = command_line.run(*a_run, "--database", path, *more)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line).get("text", "").strip() for line in done.stdout.splitlines()]

    for more in (("--property", "Folder=F", "--property", "Lives=-1"), ()):
        assert "Serving 'F' as 'FS1'." in logged(*more)
    with ra.ResourceMonitor(database=path) as monitor:
        resource = monitor.load(dll, "Older").open("Older")
        assert resource.private_properties() == {"Folder": "F", "Lives": -1}


def test_it_passes_every_check_that_applies(dll: Path) -> None:
    results = run_json(dll, "--type", "Older", "--property=Folder=F", *DECLARED, code=0)
    assert with_outcome(results, "advice") == {"refused-properties"}, results
    # Online has ended as soon as it is called, and Offline at once.
    at_once = {"terminate-pending", "online-checkpoints", "offline-checkpoints", "reported-states"}
    one_at_a_time = {"resids", "two-online"}
    assert not_applicable(results) - at_once == {"event-handle", *one_at_a_time}
    assert "one instance at a time" in results["two-online"].reason


def test_a_check_names_the_dependency_that_nobody_declared(dll: Path) -> None:
    results = run_json(dll, "--type", "Older", "--property=Folder=F", code=1)
    assert with_outcome(results, "fail") == {"online"}, results
    assert "depend on a resource of type 'Network Name'" in results["online"].reason
