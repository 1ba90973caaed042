"""Loading resource DLLs, and their entry points as the host calls them."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import native
import pytest

import resapi_cy as ra
from resapi_cy import ResourceState

VERSIONS = [1, 2, 3, 4]
V1_SLOTS = [
    *("Open", "Close", "Online", "Offline", "Terminate", "LooksAlive", "IsAlive"),
    *("Arbitrate", "Release", "ResourceControl", "ResourceTypeControl"),
]
V3_SLOTS = [*V1_SLOTS[:9], "BeginResourceControl", "BeginResourceTypeControl", "Cancel"]
SLOTS = {
    1: V1_SLOTS,
    2: [*V1_SLOTS, "Cancel"],
    3: V3_SLOTS,
    4: [*V3_SLOTS, "BeginResourceControlAsUser", "BeginResourceTypeControlAsUser"],
}


@pytest.fixture(scope="session")
def plain_dlls() -> dict[int, Path]:
    """The same resource DLL with each version of the function table."""
    return {version: native.plain_dll(version) for version in VERSIONS}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> int:
    assert isinstance(request.param, int)
    return request.param


def log_of(monitor: ra.ResourceMonitor) -> list[str]:
    return [event.text for event in monitor.poll() if isinstance(event, ra.LogMessage)]


# ---- Loading -------------------------------------------------------------------------------------


def test_the_versions_that_both_sides_support_are_agreed_on(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource_type = monitor.load(plain_dlls[version], "Plain")
    assert isinstance(resource_type, ra.ResourceType)
    assert resource_type.name == "Plain"
    assert resource_type.path == str(plain_dlls[version])
    assert resource_type.version is ra.ResourceApiVersion(version << 8)
    assert resource_type.monitor is monitor
    addresses = resource_type.entry_points.addresses
    assert list(addresses) == SLOTS[version]
    missing = {name for name, address in addresses.items() if not address}
    assert missing == ({"BeginResourceTypeControlAsUser"} if version == 4 else set())
    assert resource_type.entry_points.dll.exports == ["Startup" if version == 1 else "StartupEx"]


def test_a_relative_path_is_taken_from_the_current_folder(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(plain_dlls[2].parent)
    assert monitor.load(plain_dlls[2].name, "Plain").path == str(plain_dlls[2])


def test_a_dll_is_asked_for_other_versions_than_it_has(plain_dlls: dict[int, Path]) -> None:
    dll = ra.ResourceDll(plain_dlls[3])
    assert dll.startup("Plain", 0x100, 0x400).version is ra.ResourceApiVersion.V3
    for lowest, highest in [(0x100, 0x200), (0x400, 0x400), (0x500, 0x600)]:
        with pytest.raises(ra.VersionRefused, match="supports none of the versions") as refused:
            dll.startup("Plain", lowest, highest)
        assert refused.value.code == 1306
        assert refused.value.path == str(plain_dlls[3])


def test_a_missing_file_is_told(monitor: ra.ResourceMonitor, tmp_path: Path) -> None:
    path = tmp_path / "nowhere.dll"
    with pytest.raises(ra.ResourceDllNotFound) as error:
        monitor.load(path, "Plain")
    assert str(path) in str(error.value).replace("\\\\", "\\")
    assert "error 126 (" in str(error.value)
    assert (error.value.path, error.value.code) == (str(path), 126)


def test_a_file_that_is_no_dll_is_told(monitor: ra.ResourceMonitor, tmp_path: Path) -> None:
    path = tmp_path / "text.dll"
    path.write_text("not a DLL, however long this text is made " * 100)
    with pytest.raises(ra.ResourceDllNotLoadable, match="build it as a 64-bit DLL") as error:
        monitor.load(path, "Plain")
    assert error.value.code == 193


def test_a_dll_without_the_exports_is_told(monitor: ra.ResourceMonitor, library_path: Path) -> None:
    with pytest.raises(ra.MissingExport, match="exports neither StartupEx nor Startup") as error:
        monitor.load(library_path, "Plain")
    assert error.value.code == 127
    assert "error 127 (" in str(error.value)


def test_wrong_arguments_are_told(monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path]) -> None:
    with pytest.raises(TypeError, match="resource_type must be a str, not int"):
        monitor.load(plain_dlls[2], 7)  # type: ignore[arg-type]
    resource_type = monitor.load(plain_dlls[2], "Plain")
    with pytest.raises(TypeError, match="name must be a str"):
        resource_type.open(7)  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="Colour is not a common property: there are Pending"):
        ra.CommonProperties().Colour = 7  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="Colour is not a common property: there are Pending"):
        resource_type.open("r", Colour=7)
    assert monitor.resources == []
    with pytest.raises(TypeError, match="made by ResourceDll"):
        ra.EntryPoints()  # type: ignore[call-arg]
    monitor.close()
    with pytest.raises(ra.ClosedError):
        monitor.load(plain_dlls[2], "Plain")


# ---- Entry points --------------------------------------------------------------------------------


def test_every_version_is_called_with_its_own_signatures(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource_type = monitor.load(plain_dlls[version], "Plain")
    resource = resource_type.open("Größe 1", flags=ra.OpenFlags.DONT_DELETE_TEMP_DISK)
    assert resource.resid == resource.handle  # the DLL's choice
    resource.online(flags=ra.OnlineFlags.IGNORE_RESOURCE_STATUS, data=b"abc")
    assert resource.state is ResourceState.ONLINE
    assert resource.looks_alive() is True
    assert resource.is_alive() is True
    assert resource.cancel() == (120 if version == 1 else 1223)
    resource.offline(flags=ra.OfflineFlags.QUEUE_ENABLED, destination="Knoten", data=b"abcd")
    assert resource.state is ResourceState.OFFLINE
    resource.terminate()
    resource.close()
    one = version == 1
    assert log_of(monitor) == [
        f"Open Größe 1 1 {0 if one else 2}",
        "Online 0 0 0" if one else "Online 0 2 3",
        "LooksAlive",
        "IsAlive",
        *([] if one else ["Cancel 0"]),
        "Offline - 0 0" if one else "Offline Knoten 4 4",
        "Terminate",
        "Close",
    ]


def test_a_resource_that_open_refuses_is_not_left_behind(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path]
) -> None:
    resource_type = monitor.load(plain_dlls[4], "Plain")
    with pytest.raises(ra.ResourceFailed, match="Open returned no RESID") as error:
        resource_type.open("-")
    assert error.value.cause is ra.FailureCause.OPEN
    assert monitor.resources == []


def test_a_type_is_started_once_for_all_monitors(plain_dlls: dict[int, Path], version: int) -> None:
    starts = ctypes.CDLL(str(plain_dlls[version])).plain_starts
    before, loaded = starts(), []

    def load(resource_type: str) -> None:
        with ra.ResourceMonitor() as monitor:
            loaded.append(monitor.load(plain_dlls[version], resource_type).entry_points)

    for resource_type in ("Once", "Another"):
        threads = [threading.Thread(target=load, args=[resource_type]) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert starts() - before == 2
    assert [loaded.count(entry_points) for entry_points in loaded] == [5] * 10
    assert ra.ResourceDll(plain_dlls[version]) == loaded[0].dll


def test_why_open_refuses_a_resource_is_what_the_dll_has_set(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource_type = monitor.load(plain_dlls[version], "Plain")
    for _ in range(2):  # the second one after one that has succeeded, in the same thread perhaps
        with pytest.raises(ra.ResourceFailed) as error:
            resource_type.open("-")
        has_last_error = sys.platform == "win32"
        assert error.value.code == (5 if has_last_error else 5038)  # ERROR_ACCESS_DENIED
        resource_type.open("r").close()


def test_a_lost_quorum_is_an_event(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource = monitor.load(plain_dlls[version], "Plain").open("Quorum")
    assert resource.release() == 5023
    assert resource.arbitrate() == 0
    assert resource.release() == 0  # this DLL loses it there and then
    (lost,) = [e for e in monitor.poll() if isinstance(e, ra.QuorumResourceLost)]
    assert lost.resource is resource


# ---- Control calls -------------------------------------------------------------------------------


def test_control_calls_go_both_ways(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource_type = monitor.load(plain_dlls[version], "Plain")
    resource = resource_type.open("r")
    for owner in resource, resource_type:
        assert owner.control(1, b"abc\0def") == b"abc\0def"
        assert owner.control(1) == b""
        assert owner.control(2, b"0123456789") == b"0123456789" * 1000  # more than the first room
        with pytest.raises(ra.ControlCallFailed, match=r"0x00000003: error 5 \(") as refused:
            owner.control(3)
        assert refused.value.code == 5


def test_an_answer_that_is_longer_than_its_room_is_an_error_of_the_dll(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    """Not an answer that was cut, nor one of zero bytes that nobody wrote."""
    resource_type = monitor.load(plain_dlls[version], "Plain")
    for owner in resource_type.open("r"), resource_type:
        with pytest.raises(
            ra.ControlCallFailed, match=r"returned ERROR_SUCCESS with 5000 bytes.*room for 4096"
        ) as failed:
            owner.control(4)
        assert failed.value.code == 13


@pytest.mark.parametrize("version", [3, 4], indirect=True)
def test_an_answer_that_is_longer_than_its_room_is_an_error_when_it_comes_later(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource_type = monitor.load(plain_dlls[version], "Plain")
    resource = resource_type.open("r")
    for owner in resource, resource_type:
        threading.Timer(0.1, lambda: resource.control(97)).start()
        with pytest.raises(ra.ControlCallFailed, match=r"with 5000 bytes.*room for 4096"):
            owner.control(100, timeout=60)


def test_a_type_without_control_calls_leaves_every_code_to_the_monitor(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource_type = monitor.load(plain_dlls[version], "-control")
    addresses = resource_type.entry_points.addresses
    assert [addresses[name] for name in SLOTS[version][9:11]] == [0, 0]
    resource = resource_type.open("r")
    resource.online()
    assert resource.state is ResourceState.ONLINE
    for owner in (resource, resource_type):
        with pytest.raises(ra.ControlCallFailed, match="has no such control code") as failed:
            owner.control(1, b"abc")
        assert failed.value.code == 1  # ERROR_INVALID_FUNCTION


@pytest.mark.parametrize("version", [3, 4], indirect=True)
def test_a_control_call_ends_later(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path], version: int
) -> None:
    resource_type = monitor.load(plain_dlls[version], "Plain")
    resource = resource_type.open("r")
    owners: list[tuple[Callable[..., bytes], type[ra.CallbackEvent]]] = [
        (resource.control, ra.ControlCallEnded),
        (resource_type.control, ra.TypeControlCallEnded),
    ]
    for control, ended in owners:
        threading.Timer(0.1, lambda: resource.control(99)).start()
        assert control(100, timeout=60) == b"!"
        threading.Timer(0.1, lambda: resource.control(99)).start()
        with pytest.raises(ra.ControlCallFailed) as failed:
            control(105, timeout=60)
        assert failed.value.code == 5
        (first, second) = [e for e in monitor.poll() if type(e) is ended]
        assert (first.status, second.status) == (0, 5)  # type: ignore[attr-defined]


def test_a_control_call_may_end_before_it_has_returned(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path]
) -> None:
    """Though somebody else takes the event that says so at once."""
    resource_type = monitor.load(plain_dlls[4], "Plain")
    resource = resource_type.open("r")
    stop = threading.Event()

    def poll() -> None:
        while not stop.is_set():
            monitor.poll()

    polling = threading.Thread(target=poll)
    polling.start()
    try:
        for owner in [resource, resource_type] * 50:
            with pytest.raises(ra.ControlCallFailed) as ended:
                owner.control(98, timeout=60)
            assert ended.value.code == 170
    finally:
        stop.set()
        polling.join()


def test_a_control_call_that_is_given_up_is_refused_when_it_ends(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path]
) -> None:
    resource = monitor.load(plain_dlls[3], "Plain").open("r")
    with pytest.raises(ra.OperationTimedOut, match="not done after"):
        resource.control(100, timeout=0.05)
    with pytest.raises(ra.ControlCallFailed) as refused:
        resource.control(99)  # EndControlCall answers
    assert refused.value.code == 87
    assert resource.control(1, b"still there") == b"still there"


def test_a_control_call_for_a_user_carries_the_token(
    monitor: ra.ResourceMonitor, plain_dlls: dict[int, Path]
) -> None:
    resource_type = monitor.load(plain_dlls[4], "Plain")
    resource = resource_type.open("r")
    assert resource.control(1, b"abc", token=77) == b"abc"
    assert "as user 77" in log_of(monitor)
    with pytest.raises(ra.ControlCallFailed) as missing:
        resource_type.control(1, b"abc", token=77)
    assert missing.value.code == 120
    with pytest.raises(ra.ControlCallFailed) as old:
        monitor.load(plain_dlls[2], "Plain").open("old").control(1, b"abc", token=77)
    assert old.value.code == 120
