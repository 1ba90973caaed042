"""StartupEx and Startup as a monitor calls them, whatever the DLL answers, or when."""

from __future__ import annotations

import _thread
import ctypes
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import native
import pytest
from command_line import COMMAND, ENVIRONMENT, TIMEOUT, hosting, run, start, wait_until

import resapi_cy as ra
from resapi_cy.names import folded


@pytest.fixture
def dll(tmp_path: Path) -> Path:
    """A DLL that this process has not loaded yet."""
    return Path(shutil.copy(native.startup_dll(), tmp_path))


@pytest.fixture
def stuck(dll: Path) -> Iterator[Path]:
    """One whose types Stuck and Oldest do not start before the end of the test."""
    yield dll
    ctypes.CDLL(str(dll)).startup_release()


# ---- What it answers -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1, 5, 126, 5078, 5079, 5080])
def test_a_type_that_is_refused_with_whatever_code_is_named(
    monitor: ra.ResourceMonitor, dll: Path, code: int
) -> None:
    with pytest.raises(ra.ResourceTypeRefused) as refused:
        monitor.load(dll, str(code))
    assert (refused.value.code, refused.value.path) == (code, str(dll))
    message = str(refused.value)
    assert f"is loaded, and refuses the resource type '{code}'" in message
    assert f"StartupEx returned error {code} (" in message
    assert isinstance(refused.value, ra.StartupFailed)


def test_startup_is_tried_where_startup_ex_refuses_the_versions(
    monitor: ra.ResourceMonitor, dll: Path
) -> None:
    old = monitor.load(dll, "Old")
    assert old.version is ra.ResourceApiVersion.V1
    with old.open("r") as resource:
        resource.online()
        assert resource.state is ra.ResourceState.ONLINE
    assert monitor.load(dll, "New").version is ra.ResourceApiVersion.V2
    assert ra.ResourceDll(dll).startup("Old", 0x100, 0x400).version is ra.ResourceApiVersion.V1
    with pytest.raises(ra.VersionRefused, match="Startup returned error 1306"):
        monitor.load(dll, "Ancient")
    with pytest.raises(ra.VersionRefused):
        ra.ResourceDll(dll).startup("Old", 0x200, 0x400)


def test_info_asks_startup_and_startup_ex(dll: Path) -> None:
    done = run("info", dll, "--type", "Old", "--type", "New", "--json")
    report = json.loads(done.stdout)
    assert report["exports"] == ["StartupEx", "Startup"]
    assert [(kind["accepts"], kind["version"]) for kind in report["types"]] == [([1], 1), ([2], 2)]


# ---- Names ---------------------------------------------------------------------------------------


def test_names_of_types_compare_without_case(dll: Path) -> None:
    with ra.ResourceMonitor() as one, ra.ResourceMonitor() as another:
        first = one.load(dll, "Größe")
        again = [one.load(dll, "größe"), another.load(dll, "GRÖßE")]
        assert ctypes.CDLL(str(dll)).startup_starts() == 1
        assert {loaded.entry_points for loaded in (first, *again)} == {first.entry_points}
        assert {loaded.name for loaded in (first, *again)} == {"Größe"}
        assert one.load(dll, "Grösse").entry_points is not first.entry_points


def test_info_asks_for_a_type_once_whatever_its_case(dll: Path) -> None:
    done = run("info", dll, "--type", "New", "--type", "NEW", "--type", "Other", "--json")
    assert [kind["name"] for kind in json.loads(done.stdout)["types"]] == ["New", "Other"]


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("Disk", "dISK", True),
        ("Čas", "čAS", True),
        ("Straße", "STRASSE", False),
        ("KIT", "k\N{LATIN SMALL LETTER DOTLESS I}t", False),
        ("K", "\N{KELVIN SIGN}", False),
        ("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK CAPITAL LETTER SIGMA}", True),
    ],
)
def test_names_compare_as_windows_compares_them(one: str, another: str, same: bool) -> None:
    assert (folded(one) == folded(another)) is same


# ---- A start that does not return ----------------------------------------------------------------


def test_a_start_that_does_not_return_is_given_up_and_found_done_later(
    monitor: ra.ResourceMonitor, dll: Path
) -> None:
    with pytest.raises(ra.Deadlocked, match=r"its StartupEx for the type 'Stuck'.* 1 s") as stuck:
        monitor.load(dll, "Stuck", DeadlockTimeout=1000)
    assert (stuck.value.entry_point, stuck.value.resource) == ("StartupEx", None)
    assert stuck.value.cause is ra.FailureCause.DEADLOCK_TIMEOUT
    # No other type of the DLL is started beside it, and the wait for that is bounded as well.
    for resource_type in ("New", "Stuck"):
        with pytest.raises(ra.Deadlocked, match="an earlier call of its StartupEx"):
            monitor.load(dll, resource_type, DeadlockTimeout=1000)
    library = ctypes.CDLL(str(dll))
    library.startup_release()
    assert monitor.load(dll, "Stuck").name == "Stuck"
    assert library.startup_starts() == 1
    with monitor.load(dll, "New").open("r") as resource:
        resource.online()


def test_a_startup_that_does_not_return_is_told_by_its_name(
    monitor: ra.ResourceMonitor, stuck: Path
) -> None:
    with pytest.raises(ra.Deadlocked, match=r"its Startup for the type 'Oldest'") as deadlocked:
        monitor.load(stuck, "Oldest", DeadlockTimeout=1000)
    assert deadlocked.value.entry_point == "Startup"
    with pytest.raises(ra.Deadlocked, match="an earlier call of its Startup has") as deadlocked:
        monitor.load(stuck, "New", DeadlockTimeout=1000)
    assert deadlocked.value.entry_point == "Startup"


def test_the_limit_of_a_start_has_the_bounds_of_deadlock_timeout(
    monitor: ra.ResourceMonitor, dll: Path
) -> None:
    with pytest.raises(ValueError, match="DeadlockTimeout must be from 1000 to"):
        monitor.load(dll, "New", DeadlockTimeout=999)
    with pytest.raises(TypeError, match="DeadlockTimeout"):
        monitor.load(dll, "New", DeadlockTimeout="1000")  # type: ignore[arg-type]


def test_ctrl_c_ends_the_wait_for_a_start(monitor: ra.ResourceMonitor, stuck: Path) -> None:
    def interrupt() -> None:
        if sys.platform == "win32":
            _thread.interrupt_main()
        else:
            os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(0.5, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        monitor.load(stuck, "Stuck")
    timer.join()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's /proc")
@pytest.mark.parametrize("command", ["run", "info"])
def test_ctrl_c_ends_a_command_whose_dll_does_not_start(dll: Path, command: str) -> None:
    process = start(command, dll, "--type", "Stuck")

    def is_loaded() -> bool:
        try:
            return "startup" in Path(f"/proc/{hosting(process)}/maps").read_text()
        except ValueError:  # it is not there yet
            return False

    with process:
        try:
            wait_until(is_loaded)
            # It may still be on its way into StartupEx: wherever it is, it ends.
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=TIMEOUT)
        finally:
            process.kill()
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err


# ---- What it leaves behind -----------------------------------------------------------------------


def test_floating_point_is_as_before_whatever_the_dll_has_done_to_it() -> None:
    library = ctypes.CDLL(str(native.startup_dll()))

    def is_as_before() -> bool:
        now = library.startup_computing()
        huge, tenth = map(float, ("1e300", "0.1"))  # which Python does not compute in advance
        return bool(now == before and huge * huge == math.inf and tenth + 2 * tenth > 0.3)

    before = library.startup_computing()
    loaded = ra.ResourceDll(native.startup_dll(disturbs_when_loaded=True))
    assert is_as_before()
    for resource_type in ("New", "Old"):
        entry_points = loaded.startup(resource_type)
        assert is_as_before()
        for call in calls_of(entry_points):
            call()
            assert is_as_before()


def calls_of(entry_points: ra.EntryPoints) -> list[Callable[[], object]]:
    return [
        lambda: entry_points.open("r", 1),
        lambda: entry_points.online(1),
        lambda: entry_points.looks_alive(1),
        lambda: entry_points.is_alive(1),
        lambda: entry_points.offline(1),
        lambda: entry_points.terminate(1),
        lambda: entry_points.arbitrate(1),
        lambda: entry_points.release(1),
        lambda: entry_points.cancel(1),
        lambda: entry_points.control(1, 1, b"", 0, 0),
        lambda: entry_points.control(None, 1, b"", 0, 0),
        lambda: entry_points.close(1),
    ]


def test_what_this_dll_does_to_floating_point_is_seen() -> None:
    """So that the test above can fail."""
    code = (
        "import ctypes, os, sys; library = ctypes.CDLL(sys.argv[1]); "
        "before = library.startup_computing(); "
        "library.startup_disturb(); os._exit(library.startup_computing() == before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(native.startup_dll())],
        env=ENVIRONMENT,
        timeout=TIMEOUT,
        check=False,
    )
    # It may not even come to that.
    assert done.returncode != 1


# ---- Message boxes, and no console ---------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows opens message boxes")
def test_no_message_box_is_opened_from_the_first_load_on(dll: Path) -> None:
    code = (
        "import ctypes, sys; ctypes.windll.kernel32.SetErrorMode(0x8000); import resapi_cy; "
        "resapi_cy.ResourceDll(sys.argv[1]); "
        "print(ctypes.CDLL(sys.argv[1]).startup_error_mode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(dll)],
        capture_output=True,
        env=ENVIRONMENT,
        timeout=TIMEOUT,
        check=True,
    )
    # SEM_FAILCRITICALERRORS and SEM_NOGPFAULTERRORBOX, beside what was set.
    assert int(done.stdout) == 0x8003


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["info", "{dll}", "--type", "New"],
        ["info", "{dll}", "--type", "New", "--json"],
        ["run", "{dll}", "--type", "New", "--seconds", "0"],
        ["run", "{dll}", "--type", "New", "--seconds", "0", "--json"],
        ["check", "{dll}", "--type", "Old", "--json"],
        ["demo", "--help"],
    ],
)
def test_commands_work_without_a_console(dll: Path, arguments: list[str]) -> None:
    """As with pythonw, where sys.stdout and sys.stderr are None."""
    arguments = [argument.format(dll=dll) for argument in arguments]
    code = (
        "import os, sys; sys.stdout = sys.stderr = None; os.close(1); os.close(2); "
        "from resapi_cy.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    without = subprocess.run(
        [COMMAND[0], "-c", code, *arguments],
        stdin=subprocess.DEVNULL,
        env=ENVIRONMENT,
        timeout=TIMEOUT,
        check=False,
    )
    assert without.returncode == run(*arguments).returncode
