"""The example that was written for a cluster goes through its life without one."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import native
import pytest
from checking import not_applicable, run_json

import resapi_cy as ra
from resapi_cy import FailureCause, ResourceState, property_list
from resapi_cy.cluster.surroundings import bring
from resapi_cy.enums import ControlCode

LONG = 60.0
ERROR_FILE_NOT_FOUND, ERROR_INVALID_PARAMETER, ERROR_TIMEOUT = 2, 87, 1460
DEFAULTS = {"File": "", "MaximumAge": 60, "ClockDifference": 0, "Content": ""}


@pytest.fixture(scope="session")
def dll() -> Path:
    return native.heartbeat()


@pytest.fixture
def monitor() -> Iterator[ra.ResourceMonitor]:
    with ra.ResourceMonitor() as monitor:
        yield monitor


@pytest.fixture
def heartbeat(monitor: ra.ResourceMonitor, dll: Path) -> ra.ResourceType:
    return monitor.load(dll, "Heartbeat")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What a program that is well has written an hour ago at most: the tests make it younger or
    older by its time."""
    file = tmp_path / "Lebenszeichen ä.txt"
    file.write_bytes(b"OK, and more")
    return file


@pytest.fixture
def resource(heartbeat: ra.ResourceType, file: Path) -> ra.HostedResource:
    """One that has its properties, and is offline."""
    resource = heartbeat.open(
        "beat", RestartDelay=0, LooksAlivePollInterval=20, IsAlivePollInterval=3_600_000
    )
    assert resource.set_private_properties({"File": str(file), "MaximumAge": 3600, "Content": "OK"})
    return resource


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def make_old(file: Path, seconds: float = 7200) -> None:
    then = time.time() - seconds
    os.utime(file, (then, then))


def log_of(monitor: ra.ResourceMonitor) -> str:
    return "\n".join(e.text for e in monitor.poll() if isinstance(e, ra.LogMessage))


# ---- Properties ----------------------------------------------------------------------------------


def test_what_is_not_set_is_told_by_its_default(heartbeat: ra.ResourceType) -> None:
    assert heartbeat.version == ra.ResourceApiVersion.V2
    resource = heartbeat.open("beat")
    assert resource.state is ResourceState.OFFLINE
    told = resource.private_properties()
    assert told == DEFAULTS
    kinds = [property_list.ExpandSz, property_list.Dword, property_list.Long, property_list.Sz]
    assert [type(value) for value in told.values()] == kinds


def test_the_table_tells_names_and_formats(heartbeat: ra.ResourceType) -> None:
    resource = heartbeat.open("beat")
    names = resource.control(ControlCode.RESOURCE_ENUM_PRIVATE_PROPERTIES)
    assert names.decode("utf-16-le").split("\0") == [*DEFAULTS, "", ""]
    of_resource = resource.control(ControlCode.RESOURCE_GET_PRIVATE_PROPERTY_FMTS)
    of_type = heartbeat.control(ControlCode.RESOURCE_TYPE_GET_PRIVATE_RESOURCE_PROPERTY_FMTS)
    assert of_resource == of_type
    formats = property_list.decode(of_resource)
    assert formats == {"File": 4, "MaximumAge": 2, "ClockDifference": 7, "Content": 3}


def test_what_is_set_is_told_in_its_format(heartbeat: ra.ResourceType) -> None:
    resource = heartbeat.open("beat")
    given = {"File": "%TEMP%/beat", "MaximumAge": 5, "ClockDifference": -3, "Content": "gut ä"}
    assert resource.set_private_properties(given)
    assert resource.private_properties() == given
    assert resource.set_private_properties({"MaximumAge": 6})  # and leaves the others
    assert resource.private_properties() == {**given, "MaximumAge": 6}
    other = heartbeat.open("another")
    assert other.private_properties() == DEFAULTS


@pytest.mark.parametrize(
    "properties",
    [
        {"MaximumAge": 0},
        {"MaximumAge": 366 * 24 * 3600 + 1},
        {"ClockDifference": property_list.Long(-86401)},
        {"ClockDifference": property_list.Long(86401)},
        {"MaximumAge": property_list.Sz("5")},
        {"MaximumAge": 5, "NoSuchProperty": 1},
        {"MaximumAge": 5, "Content": "x" * 257},
    ],
    ids=str,
)
def test_what_is_refused_says_so_and_changes_nothing(
    monitor: ra.ResourceMonitor,
    resource: ra.HostedResource,
    properties: dict[str, property_list.Value],
) -> None:
    before = resource.private_properties()
    validate = ControlCode.RESOURCE_VALIDATE_PRIVATE_PROPERTIES
    for code in (validate, ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES):
        with pytest.raises(ra.ControlCallFailed) as error:
            resource.control(code, property_list.encode(properties))
        assert error.value.code == ERROR_INVALID_PARAMETER
        assert "refused: error 87" in log_of(monitor)
    assert resource.private_properties() == before


def test_what_is_validated_is_not_set(resource: ra.HostedResource) -> None:
    before = resource.private_properties()
    data = property_list.encode({"MaximumAge": 5})
    resource.control(ControlCode.RESOURCE_VALIDATE_PRIVATE_PROPERTIES, data)
    assert resource.private_properties() == before


def test_properties_count_from_the_next_online_on(
    monitor: ra.ResourceMonitor, resource: ra.HostedResource
) -> None:
    resource.online(timeout=LONG)
    assert not resource.set_private_properties({"Content": "something else"})
    assert resource.private_properties()["Content"] == "something else"
    assert resource.is_alive()
    resource.offline(timeout=LONG)
    assert resource.set_private_properties({"MaximumAge": 1})
    with pytest.raises(ra.ResourceFailed):
        resource.online(timeout=LONG)


def test_properties_are_there_in_the_next_process(dll: Path, file: Path, tmp_path: Path) -> None:
    database = tmp_path / "cluster.db"

    def in_a_process(code: str) -> str:
        setting = f"""
            import sys
            import resapi_cy as ra
            dll, database, file = sys.argv[1:]
            with ra.ResourceMonitor(database=database) as monitor:
                beat = monitor.load(dll, "Heartbeat").open("beat")
                {code}
        """
        arguments = [sys.executable, "-c", textwrap.dedent(setting), dll, database, file]
        done = subprocess.run(
            arguments, capture_output=True, text=True, encoding="utf-8", timeout=LONG, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    in_a_process('beat.set_private_properties({"File": file, "ClockDifference": -3})')
    told = in_a_process(
        "beat.online(); print(beat.state.name); print(ascii(beat.private_properties()))"
    )
    expected = {**DEFAULTS, "File": str(file), "ClockDifference": -3}
    assert told.splitlines() == ["ONLINE", ascii(expected)]


# ---- Its life ------------------------------------------------------------------------------------


def test_it_is_online_while_the_file_is_young_and_says_what_it_should(
    resource: ra.HostedResource, file: Path
) -> None:
    assert not resource.is_alive()
    resource.online(timeout=LONG)
    assert resource.state is ResourceState.ONLINE
    assert resource.is_alive()
    wait_until(lambda: len(resource.polls) > 2)  # of LooksAlive
    assert all(poll.alive for poll in resource.polls)
    file.write_bytes(b"not OK")
    assert not resource.is_alive()
    file.write_bytes(b"OK")
    assert resource.is_alive()
    resource.offline(timeout=LONG)
    assert resource.state is ResourceState.OFFLINE
    assert not resource.is_alive()
    resource.close()
    assert resource.closed
    assert file.exists()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (Path.unlink, "can't be found"),
        (make_old, "is too old"),
        (lambda file: make_old(file, -7200), "is of a time to come"),
    ],
    ids=["removed", "too old", "too young"],
)
def test_a_failure_is_found_by_a_poll_told_in_the_log_and_restarted(
    monitor: ra.ResourceMonitor,
    resource: ra.HostedResource,
    file: Path,
    damage: Callable[[Path], None],
    told: str,
) -> None:
    resource.online(timeout=LONG)
    damage(file)
    wait_until(lambda: resource.restarts == 1)
    file.write_bytes(b"OK")  # which the restart waits for
    wait_until(lambda: resource.state is ResourceState.ONLINE)
    events = monitor.poll()
    (failed,) = [e for e in events if isinstance(e, ra.ResourceFailed)]
    assert failed.cause is FailureCause.IS_ALIVE
    logged = [e.text for e in events if isinstance(e, ra.LogMessage)]
    assert any(text.startswith(f"The file {file} {told}") for text in logged), logged
    assert resource.is_alive()


def test_online_waits_for_a_sign_of_life(resource: ra.HostedResource, file: Path) -> None:
    make_old(file)
    with pytest.raises(ra.OperationTimedOut):
        resource.online(timeout=0.2)
    assert resource.state is ResourceState.ONLINE_PENDING
    assert resource.status.checkpoint > 0
    assert not resource.set_private_properties({"MaximumAge": 3600})  # the worker has read it
    os.utime(file)
    wait_until(lambda: resource.state is ResourceState.ONLINE)


def test_online_does_not_wait_longer_than_the_file_may_be_old(
    monitor: ra.ResourceMonitor, resource: ra.HostedResource, file: Path
) -> None:
    make_old(file)
    resource.set_private_properties({"MaximumAge": 1})
    with pytest.raises(ra.ResourceFailed) as error:
        resource.online(timeout=LONG)
    assert error.value.cause is FailureCause.STATUS_REPORT
    assert error.value.code == ERROR_TIMEOUT
    assert "is too old" in log_of(monitor)


def test_terminate_ends_the_wait(resource: ra.HostedResource, file: Path) -> None:
    make_old(file)
    for _ in range(3):
        with pytest.raises(ra.OperationTimedOut):
            resource.online(timeout=0.05)
        resource.terminate(timeout=LONG)
        assert resource.state is ResourceState.OFFLINE


def test_a_required_property_that_is_not_set_is_named(
    monitor: ra.ResourceMonitor, heartbeat: ra.ResourceType
) -> None:
    resource = heartbeat.open("beat")
    with pytest.raises(ra.ResourceFailed) as error:
        resource.online(timeout=LONG)
    assert error.value.code == ERROR_FILE_NOT_FOUND
    assert "the property File is not set" in log_of(monitor)


def test_variables_in_the_name_are_those_of_the_moment(
    resource: ra.HostedResource, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RESAPI_CY_HEARTBEAT", str(file.parent))
    resource.set_private_properties({"File": f"%RESAPI_CY_HEARTBEAT%/{file.name}"})
    resource.online(timeout=LONG)
    told = resource.private_properties()["File"]
    assert isinstance(told, property_list.ExpandSz)
    assert [Path(str(value)) for value in told.further] == [file]


def test_a_clock_that_is_ahead_is_taken_into_account(
    resource: ra.HostedResource, file: Path
) -> None:
    resource.set_private_properties({"ClockDifference": 7200})
    make_old(file, -7200)
    resource.online(timeout=LONG)
    assert resource.is_alive()


def test_open_without_a_key_says_why(dll: Path) -> None:
    bring()
    entry_points = ra.ResourceDll(dll).startup("Heartbeat")
    with ra.ResourceMonitor() as monitor:
        handle = monitor.open("beat").handle
        assert entry_points.open("beat", handle) == 0
        assert "the key Parameters of beat can't be opened: error 6" in log_of(monitor)


@pytest.mark.skipif(sys.platform != "win32", reason="Windows alone goes by the libraries' names")
@pytest.mark.parametrize("library", ["clusapi.dll", "resutils.dll"])
def test_where_the_systems_library_would_be_found_that_is_told(dll: Path, library: str) -> None:
    code = """
        import ctypes, sys
        import resapi_cy as ra
        ctypes.WinDLL(sys.argv[2])
        with ra.ResourceMonitor() as monitor:
            monitor.load(sys.argv[1], "Heartbeat")
    """
    arguments = [sys.executable, "-c", textwrap.dedent(code), dll, library]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == 1
    assert f"OSError: another {library} is in the process already" in done.stderr, done.stderr


# ---- What the checks say of it -------------------------------------------------------------------


def test_it_passes_every_check_that_applies(dll: Path, file: Path) -> None:
    options = [f"--property=File={file}", "--property=MaximumAge=3600", "--property=Content=OK"]
    results = run_json(dll, "--type", "Heartbeat", *options, code=0)
    # Online has ended as soon as it is called, and there is nothing to take offline.
    at_once = {"terminate-pending", "offline-checkpoints"}
    assert {"event-handle"} <= not_applicable(results) <= {"event-handle", *at_once}
    for name in ("private-properties", "told-properties", "refused-properties", "kept-properties"):
        assert results[name].outcome == "pass"
