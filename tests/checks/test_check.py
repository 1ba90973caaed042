"""`resapi-monitor check` and the pytest plugin: who passes, who fails, and that it always ends."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import native
import pytest
from command_line import in_terminal, posix_only
from environment import under_wine

import resapi_cy as ra
from resapi_cy.checks import offspring
from resapi_cy.checks.definition import OUTCOMES, Result
from resapi_cy.checks.process import Checks
from resapi_cy.checks.subject import Subject
from resapi_cy.checks.suite import CHECKS

TIMEOUT = 240
COMMAND = [sys.executable, "-m", "resapi_cy", "check"]
# In milliseconds. What is never reported, and what never returns, is waited for as long as that.
WAITS = {"PendingTimeout": 1000, "DeadlockTimeout": 2000}
# Wine has its debugger look at what has crashed before it lets it die.
CRASH_WAITS = {**WAITS, "DeadlockTimeout": 60_000} if under_wine else WAITS
WAIT_OPTIONS = [f"--property={name}={value}" for name, value in WAITS.items()]

# Those that take longest.
LEAKS = {name for name in CHECKS if name == "twenty-rounds" or name.endswith("-leaks")}

FutureResults = Future[dict[str, Result]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("check")


@pytest.fixture(scope="module")
def rude(folder: Path) -> Path:
    """A resource DLL that crashes, exits, blocks, freezes, and writes where it should not."""
    source = native.TESTS / "checks" / "rude.c"
    return native.compile_library([source], folder / "rude", [ra.get_include()])


@pytest.fixture(scope="module")
def breaches(folder: Path) -> Path:
    """A resource DLL that breaks its contract in small ways, which only a check would find."""
    # Wine's resutils.dll has stubs where Windows has ClusWorkerCreate and its family.
    workers = {"RESAPI_CY_OWN_WORKERS": "1"} if under_wine else {}
    libraries = [] if under_wine else ["resutils"]
    source, include = native.TESTS / "checks" / "breaches.c", [ra.get_include()]
    return native.compile_library([source], folder / "breaches", include, workers, libraries)


@pytest.fixture(scope="module")
def process() -> Path:
    return native.example("process")


@pytest.fixture(scope="module")
def storage() -> Path:
    return native.example("storage")


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    """Checks mostly wait, so several DLLs are checked at a time."""
    # Wine can't start so many processes at once.
    with ThreadPoolExecutor(2 if under_wine else 6) as pool:
        yield pool


@pytest.fixture(scope="module", autouse=True)
def faulty_results(
    request: pytest.FixtureRequest, pool: ThreadPoolExecutor
) -> dict[str, FutureResults]:
    """The results of the faults whose tests are run; made while other tests run."""
    asked = [
        item.callspec.params["fault"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == FAULT_TEST
    ]
    if not asked:
        return {}
    faulty = request.getfixturevalue("faulty")
    return {
        fault: pool.submit(check, faulty, f"Faulty.{fault}", names=checks_for(fault))
        for fault in asked
    }


def checks_for(fault: str) -> list[str]:
    """All, but the long ones for those faults that have nothing to do with them."""
    if fault == "SlowEntryPoint":
        return ["prompt"]
    left_out = set() if LEAKS.intersection(EXPECTED[fault]) else LEAKS
    return [name for name in CHECKS if name not in left_out]


@pytest.fixture(scope="module")
def breach_results(
    request: pytest.FixtureRequest, pool: ThreadPoolExecutor
) -> dict[str, FutureResults]:
    """The results of the breaches whose tests are run: of the checks that find them."""
    asked = [
        item.callspec.params["breach"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == BREACH_TEST
    ]
    breaches = request.getfixturevalue("breaches") if asked else None
    return {
        breach: pool.submit(check_breach, breaches, breach, FOUND_BY[breach]) for breach in asked
    }


@pytest.fixture(scope="module")
def plain_results(pool: ThreadPoolExecutor) -> dict[int, FutureResults]:
    """The results of the DLL that does as little as it can, by the version of its table."""
    versions = (1, 2, 3, 4)
    return {version: pool.submit(check, native.plain_dll(version), "Plain") for version in versions}


@pytest.fixture(scope="module")
def rude_results(rude: Path, pool: ThreadPoolExecutor) -> dict[str, FutureResults]:
    """The results of the ways to be rude that no process survives."""
    return {name: pool.submit(check, rude, f"Rude.{name}", CRASH_WAITS) for name in DEADLY}


def check(
    dll: Path,
    resource_type: str,
    waits: dict[str, int] = WAITS,
    private: dict[str, str] | None = None,
    names: Iterable[str] = CHECKS,
) -> dict[str, Result]:
    """The results of the checks with these names, and of those that they need."""
    given = {name: (text, None) for name, text in (private or {}).items()}
    subject = Subject(str(dll), resource_type, common=waits, private=given)
    wanted: set[str] = set()
    for name in reversed(CHECKS):
        if name in names or any(name in CHECKS[other].needs for other in wanted):
            wanted.add(name)
    with Checks(subject) as checks:
        return {name: checks.result(name) for name in CHECKS if name in wanted}


def check_breach(
    dll: Path, breach: str, names: Iterable[str] = CHECKS, command: str = ""
) -> dict[str, Result]:
    """The same for a type of the DLL of breaches, with its properties."""
    if not command:
        # What is to stay runs until it is ended, and what is never reaped ends at once.
        code = "" if breach == "ChildInOnline" else "import time; time.sleep(600)"
        command = f'"{sys.executable}" -S -c "{code}"'
    waits = {"PendingTimeout": 6000, "DeadlockTimeout": 10_000} if breach in TAKE_LONG else WAITS
    if breach == "ProcessAfterCrash":
        waits = CRASH_WAITS
    resource_type = f"Breach.{breach}" if breach else "Breach"
    return check(dll, resource_type, waits, {"Command": command, "Number": "7"}, names)


def with_outcome(results: dict[str, Result], outcome: str) -> set[str]:
    return {name for name, result in results.items() if result.outcome == outcome}


def failures(results: dict[str, Result]) -> set[str]:
    return with_outcome(results, "fail")


def not_applicable(results: dict[str, Result]) -> set[str]:
    return with_outcome(results, "n/a")


def that_need(names: set[str]) -> set[str]:
    """The checks that need one of these, and are none of them."""
    blocked: set[str] = set()
    for check in CHECKS.values():  # each comes after those that it needs
        if {*names, *blocked}.intersection(check.needs):
            blocked.add(check.name)
    return blocked - names


def run(*arguments: str | Path, code: int) -> str:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def run_json(*arguments: str | Path, code: int) -> dict[str, Result]:
    *checks, summary = map(json.loads, run(*arguments, "--json", code=code).splitlines())
    results = {}
    for answer in checks:
        assert answer.pop("event") == "check"
        known = CHECKS[answer["check"]]
        assert (answer.pop("page"), answer.pop("sentence")) == (known.page, known.sentence)
        results[answer["check"]] = Result(**answer)
    outcomes = [result.outcome for result in results.values()]
    counts = {outcome: outcomes.count(outcome) for outcome in OUTCOMES}
    assert summary == {"event": "summary", **counts, "exit_code": code}
    assert list(results) == list(CHECKS)
    return results


# ---- Those that do what they should --------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def server_options(port: int) -> list[str]:
    """Properties of the process DLL: a server that listens on a port."""
    server = f'"{sys.executable}" -m http.server {port} --bind 127.0.0.1'
    return [f"--property=CommandLine={server}", f"--property=Port={port}"]


def test_process_passes_every_check(process: Path) -> None:
    results = run_json(process, "--type", "Process", *server_options(free_port()), code=0)
    assert failures(results) == not_applicable(results) == set()


def test_storage_passes_every_check_that_applies(storage: Path, tmp_path: Path) -> None:
    manifest = ""
    for number in range(3):
        content = bytes([number]) * 3_000_000
        (tmp_path / f"{number}.bin").write_bytes(content)
        manifest += f"{hashlib.sha256(content).hexdigest()}  {number}.bin\n"
    (tmp_path / "MANIFEST.sha256").write_text(manifest)
    results = run_json(storage, "--type", "Storage", f"--property=Directory={tmp_path}", code=0)
    assert not_applicable(results) == {"event-handle"}


def test_faulty_without_a_fault_passes_every_check_that_applies(faulty: Path) -> None:
    results = check(faulty, "Faulty")
    assert failures(results) == set(), results
    assert not_applicable(results) == {*PROPERTIES, "event-handle"}


def test_what_does_its_work_at_once_passes_without_the_checks_of_pending_operations(
    rude: Path,
) -> None:
    results = check(rude, "Rude")
    assert failures(results) == set(), results
    assert not_applicable(results) == {
        *(*PROPERTIES, "output-room", "event-handle", "terminate-pending", "reported-states"),
        *("online-checkpoints", "offline-checkpoints"),
    }


def test_a_type_that_allows_one_instance_at_a_time_passes_without_what_needs_two(
    breaches: Path,
) -> None:
    results = check_breach(breaches, "OneAtATime")
    assert failures(results) == set(), results
    assert not_applicable(results) == {"resids", "two-online", "event-handle"}
    assert "one instance at a time" in results["resids"].reason


def test_an_unknown_type_may_be_refused_with_any_code(breaches: Path) -> None:
    results = check_breach(breaches, "LacksItsModule", ["unknown-type"])
    assert results["unknown-type"].outcome == "pass"
    assert "126" in results["unknown-type"].reason


@pytest.mark.parametrize(
    ("resource_type", "name"), [("LooksAliveBlind", "looks-alive"), ("IsAliveEager", "is-alive")]
)
def test_a_look_that_does_not_look_is_advice_and_no_failure(
    breaches: Path, resource_type: str, name: str
) -> None:
    results = check_breach(breaches, resource_type, [name])
    assert with_outcome(results, "advice") == {name}
    assert failures(results) == set()
    assert "before the resource is online" in results[name].reason


# ---- Those that don't: each fails what it breaks, and nothing else -------------------------------

PROPERTIES = [
    *("private-properties", "told-properties", "refused-properties", "kept-properties"),
]
STARTUP, ONLINE = {"startup"}, {"online"}
NEVER_ONLINE = {"online", "online-checkpoints"}
ALL_THAT_CALL_ONLINE = {
    *("online", "own-handle", "online-checkpoints", "reported-states", "terminate-pending"),
}
EXPECTED = {
    "SlowEntryPoint": {"prompt"},
    "FailsOnline": ONLINE,
    "FailsPending": ONLINE,
    "CannotComeOnline": ONLINE,
    "NeverEndsPending": NEVER_ONLINE,
    "PendingForever": ONLINE,
    "CheckpointNeverGrows": NEVER_ONLINE,
    "FloodOfTransitions": ONLINE,
    "StaleHandle": {*NEVER_ONLINE, "own-handle"},
    "GarbageState": {*NEVER_ONLINE, "reported-states"},
    "BadEventHandle": {"event-handle"},
    "ReportsAfterEnd": {"quiet-after-end"},
    "ReportsAfterClose": {"quiet-after-close"},
    "IsAliveFalse": {"is-alive"},
    "LooksAliveFalse": {"looks-alive"},
    "IsAliveLies": set(),
    "SignalsFailure": {"stays-online"},
    "DiesAfterOnline": {"stays-online"},
    "BlocksInOpen": {"resids"},
    "BlocksInOnline": ALL_THAT_CALL_ONLINE,
    "BlocksInOffline": {"offline"},
    "BlocksInTerminate": {"terminate-pending", "terminate-online"},
    "BlocksInIsAlive": {"is-alive", "terminate-pending", "terminate-online", "twenty-rounds"},
    "IgnoresTerminate": {"online", "terminate-pending"},
    "LeaksThreads": {"ended-offline", "terminate-pending", "terminate-online", "twenty-rounds"},
    "LeaksHandles": {"twenty-rounds", "terminate-leaks"},
    "WrongTableSize": STARTUP,
    "WrongVersion": STARTUP,
    "NullTable": STARTUP,
    "MissingEntryPoint": STARTUP,
    "AcceptsAnyVersion": {"version-out-of-range"},
    "AcceptsUnknownType": {"unknown-type"},
    "AcceptsBadResid": {"bad-resids", "closed-resids"},
    "AcceptsAnyControlCode": {"told-properties", "control-codes"},
    "NeverEndsControlCall": {"told-properties", "output-room", "control-codes"},
    "GarbageReturnCodes": {"online", "control-codes"},
    "HostileLog": set(),
}


FAULT_TEST = "test_a_fault_fails_the_checks_that_it_breaks_and_no_other"


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_fails_the_checks_that_it_breaks_and_no_other(
    faulty_results: dict[str, FutureResults], fault: str
) -> None:
    results, expected = faulty_results[fault].result(), EXPECTED[fault]
    if sys.platform == "darwin" and fault == "LeaksThreads":
        pytest.skip("threads can't be counted on macOS")
    if under_wine and fault == "LeaksHandles":
        pytest.skip("Wine does not count handles")
    assert failures(results) == expected, results
    blocked = that_need(expected) & set(results)
    assert with_outcome(results, "not tried") == blocked
    for name in blocked:
        assert results[name].cause in CHECKS
        assert results[name].reason == results[results[name].cause].reason


def test_every_fault_of_the_faulty_dll_is_expected_to_fail_something() -> None:
    source = (native.REPOSITORY / "examples" / "faulty" / "faulty.c").read_text()
    faults = source[source.index("#define FAULTS") : source.index("typedef enum FAULT")]
    assert set(re.findall(r"FAULT\((\w+)\)", faults)) - {"FAULT"} == set(EXPECTED)


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_every_version_of_the_function_table_is_checked(
    plain_results: dict[int, FutureResults], version: int
) -> None:
    results = plain_results[version].result()
    # It believes every name and RESID, and that every resource is alive. From version 3 on, its
    # control codes above 99 end when it is told to.
    expected = {"unknown-type", "bad-resids", "closed-resids"}
    assert with_outcome(results, "advice") == {"looks-alive", "is-alive"}
    if version > 2:
        expected |= {"control-codes", "told-properties", "output-room", "call-leaks"}
    assert failures(results) == expected, results
    assert results["startup"].reason.endswith(f"version {version}")


# ---- Small breaches ------------------------------------------------------------------------------

# The checks that find each.
FOUND_BY = {
    "HandleInOpen": {"open-leaks"},
    "ThreadInOpen": {"open-leaks"},
    "MemoryInOpen": {"open-leaks"},
    "MemoryInOnline": {"twenty-rounds"},
    "ChildInOnline": {"twenty-rounds"},
    "HandleInTerminate": {"terminate-leaks"},
    "HandleInLooksAlive": {"call-leaks"},
    "MemoryInIsAlive": {"call-leaks"},
    "MemoryInControl": {"call-leaks"},
    "ServesClosedResid": {"closed-resids"},
    "OnlineTakesOthersDown": {"two-online"},
    "OfflineTakesOthersDown": {"two-online"},
    "TerminateTakesOthersDown": {"two-online"},
    "CloseStopsOthers": {"two-online"},
    "ReportsForTheLast": {"own-handle"},
    "ReportsForTheFirst": {"own-handle"},
    "LogsForTheLast": {"own-handle"},
    "SharesProperties": {"told-properties"},
    "IgnoresTerminate": {"terminate-pending", "prompt"},
    "OnlineAfterTerminate": {"terminate-pending"},
    "SilentAfterTerminate": {"terminate-pending"},
    "WorkerAfterOffline": {"ended-offline"},
    "WatcherAfterTerminate": {"terminate-online"},
    "AliveAfterTerminate": {"terminate-online"},
    "ProcessAfterOffline": {"offline"},
    "ProcessAfterTerminate": {"terminate-pending", "terminate-online"},
    "ProcessAfterAll": {"online"},
    "ProcessAfterCrash": {"online"},
    "CheckpointStands": {"online-checkpoints"},
    "OfflineCheckpointStands": {"offline-checkpoints"},
    "LosesProperties": {"told-properties"},
    "TellsWrong": {"told-properties"},
    "SetClears": {"told-properties"},
    "AcceptsUnknown": {"refused-properties"},
    "ValidateSets": {"refused-properties"},
    "SetsHalf": {"refused-properties"},
    "OnlineForgets": {"kept-properties"},
    "WritesPastRoom": {"output-room"},
    "WritesWithoutRoom": {"output-room"},
    "OtherError": {"output-room"},
    "CutsShort": {"output-room"},
    "TellsNoSize": {"output-room"},
}
# Those that are right.
NO_BREACHES = {"OneAtATime", "LacksItsModule", "LooksAliveBlind", "IsAliveEager"}
# In which what goes on for three seconds must be no failure to come online.
TAKE_LONG = {"IgnoresTerminate", "CheckpointStands", "OfflineCheckpointStands"}

BREACH_TEST = "test_a_breach_is_found"


def skip_what_cannot_be_counted(breach: str) -> None:
    if under_wine and breach.startswith("HandleIn"):
        pytest.skip("Wine does not count handles")
    if native.WINDOWS and breach == "ChildInOnline":
        pytest.skip("Windows reaps by itself")
    if sys.platform == "darwin" and breach == "ThreadInOpen":
        pytest.skip("threads can't be counted on macOS")


@pytest.mark.parametrize("breach", FOUND_BY)
def test_a_breach_is_found(breach_results: dict[str, FutureResults], breach: str) -> None:
    skip_what_cannot_be_counted(breach)
    results = breach_results[breach].result()
    assert failures(results) == FOUND_BY[breach], results
    assert with_outcome(results, "not tried") == set()


def test_every_breach_is_expected_to_be_found() -> None:
    source = (native.TESTS / "checks" / "breaches.c").read_text()
    names = re.findall(r"BREACH\((\w+)\)", source[: source.index("typedef enum")])
    assert set(names) - {"BREACH"} == {*FOUND_BY, *NO_BREACHES}


def test_without_a_breach_every_check_passes_that_applies(breaches: Path) -> None:
    results = check_breach(breaches, "")
    assert failures(results) == with_outcome(results, "advice") == set(), results
    assert not_applicable(results) == {"event-handle"}


def test_a_process_that_terminate_leaves_is_charged_to_the_checks_of_terminate(
    breaches: Path,
) -> None:
    names = [name for name in CHECKS if name not in LEAKS]
    results = check_breach(breaches, "ProcessAfterTerminate", names)
    assert failures(results) == {"terminate-pending", "terminate-online"}, results
    assert re.search(r"process \d+ \(.*python.*\) still runs", results["terminate-online"].reason)


def left_behind(result: Result) -> int:
    """The process that a check left behind, by its ID."""
    match = re.search(r"it left process (\d+) \(.*python.*\) behind", result.reason)
    assert match, result
    return int(match[1])


def runs(process: int) -> bool:
    return process in offspring.parents()


@pytest.mark.parametrize("breach", ["ProcessAfterAll", "ProcessAfterCrash"])
def test_a_process_that_a_check_leaves_behind_is_named_and_ended(
    breaches: Path, breach: str
) -> None:
    results = check_breach(breaches, breach, ["online"])
    assert not runs(left_behind(results["online"]))


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not tell who has left its parent")
@posix_only
def test_a_process_that_has_left_its_parent_is_found(breaches: Path) -> None:
    code = "import os, time; os.fork() and os._exit(0); os.setsid(); time.sleep(600)"
    command = f'"{sys.executable}" -S -c "{code}"'
    results = check_breach(breaches, "ProcessAfterAll", ["online"], command)
    assert not runs(left_behind(results["online"]))


# ---- Those that no process survives --------------------------------------------------------------

CRASH = "EXCEPTION_ACCESS_VIOLATION (0xC0000005)" if native.WINDOWS else "SIGSEGV"


# The checks that fail, and how their reason begins.
DEADLY = {
    "CrashesInOpen": ({"resids"}, f"the process died in Open ({CRASH})"),
    "CrashesInOnline": (
        {*ALL_THAT_CALL_ONLINE, "bad-resids", "closed-resids"},
        f"the process died in Online ({CRASH})",
    ),
    "BelievesAnyResid": (
        {"bad-resids", "closed-resids"},
        f"the process died in Online ({CRASH})",
    ),
    "ExitsInOffline": ({"offline"}, "the process died in Offline (exit code 3)"),
}


@pytest.mark.parametrize("way", DEADLY)
def test_a_crash_fails_its_check_and_the_others_are_made(
    rude_results: dict[str, FutureResults], way: str
) -> None:
    results, (expected, reason) = rude_results[way].result(), DEADLY[way]
    assert failures(results) == expected
    for name in expected:
        assert results[name].reason.startswith(reason)
    untouched = set(CHECKS) - expected - that_need(expected)
    assert all(results[name].outcome in ("pass", "n/a") for name in untouched), results


def test_an_entry_point_that_never_returns_does_not_hold_up_the_end(rude: Path) -> None:
    results = check(rude, "Rude.BlocksInStartup")
    assert failures(results) == {"startup"}
    assert results["startup"].reason == "StartupEx has not returned within 2 s (DeadlockTimeout)"


@posix_only
def test_a_process_that_stands_still_is_ended(rude: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resapi_cy.checks.process.SILENCE", 1.0)
    common = {"PendingTimeout": 100, "DeadlockTimeout": 1000}
    with Checks(Subject(str(rude), "Rude.FreezesInOnline", common=common)) as checks:
        result = checks.result("online")
        assert re.fullmatch(r"the process said nothing for [0-9.]+ s in Online", result.reason)
        assert checks.result("control-codes").outcome == "pass"


def test_what_a_dll_writes_to_the_output_is_not_taken_for_an_answer(rude: Path) -> None:
    text = run(rude, "--type", "Rude.WritesToTheOutput", code=0)
    assert "half a line" not in text
    assert "24 passed, 0 failed, 10 not applicable" in text


def test_what_a_dll_writes_to_its_log_is_quoted_and_harmless(rude: Path, tmp_path: Path) -> None:
    junit = tmp_path / "results.xml"
    text = run(rude, "--type", "Rude.ForgesTheLog", "--junit", junit, code=1)
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.startswith("[pass] forged") for line in text.splitlines())
    assert r"its log: \x1b[2J\x1b]0;title\x07 well\n[pass] forged" in text.replace(r"\r\n", r"\n")
    failure = ElementTree.parse(junit).find(".//testcase[@name='online']/failure")
    assert failure is not None
    assert r"\x1b[2J" in failure.attrib["message"]


@posix_only
def test_ctrl_c_ends_the_checks_and_what_the_dll_has_started(process: Path) -> None:
    port = free_port()
    checking = subprocess.Popen(
        [*COMMAND, str(process), "--type", "Process", *server_options(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    with checking:
        assert checking.stdout is not None
        for line in checking.stdout:
            if line.split()[:2] == ["pass", "terminate-online"]:
                break
        wait_for_server(port)
        os.killpg(checking.pid, signal.SIGINT)
        _, errors = checking.communicate(timeout=TIMEOUT)
        assert (checking.returncode, errors) == (130, "")
    with socket.create_server(("127.0.0.1", port)):
        pass  # nobody else has it


def wait_for_server(port: int) -> None:
    until = time.monotonic() + TIMEOUT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.01)
        else:
            return


# ---- The command ---------------------------------------------------------------------------------


def test_a_dll_that_lacks_its_properties_fails_with_its_own_words(process: Path) -> None:
    results = run_json(process, "--type", "Process", code=1)
    assert failures(results) == {"online"}
    assert re.search(r"Online returned error 87 .*; its log: .*Port", results["online"].reason)


def test_a_property_that_the_dll_refuses_is_named(process: Path) -> None:
    results = run_json(process, "--type", "Process", "--property=Port=none", code=1)
    assert failures(results) == {"private-properties"}
    assert results["private-properties"].reason == "Port: 'none' is not an integer"
    results = run_json(process, "--type", "Process", "--property=Port=99999", code=1)
    assert failures(results) == {"private-properties"}
    assert "SET_PRIVATE_PROPERTIES with Port was answered" in results["private-properties"].reason


def test_a_property_has_the_type_that_the_dll_tells(process: Path) -> None:
    # A number, and yet a text to the DLL, which would refuse a DWORD.
    results = run_json(process, "--type", "Process", "--property=CommandLine=8080", code=1)
    assert results["private-properties"].outcome == "pass"


def test_a_property_list_may_be_of_any_length(rude: Path) -> None:
    results = run_json(rude, "--type", "Rude.TellsMuch", "--property=Text=8080", code=0)
    assert results["private-properties"].outcome == "pass"


def test_a_number_that_no_property_can_hold_fails_the_check_of_properties(rude: Path) -> None:
    results = run_json(rude, "--type", "Rude", f"--property=Large={1 << 64}", code=1)
    assert failures(results) == {"private-properties"}
    assert "property 'Large'" in results["private-properties"].reason


@posix_only
def test_terminal_shows_a_table_of_all_checks(faulty: Path) -> None:
    pytest.importorskip("rich")
    shown, err, code = in_terminal("check", faulty, "--type", "Faulty.NullTable", columns=200)
    assert (code, err) == (1, "")
    rows = re.findall(r"│ (?:\x1b\[.*?m)*(\S[^│]*?)(?:\x1b\[0m)? +│ (\S+) +│", shown)
    outcomes = {name: "not tried" for name in CHECKS} | {"startup": "fail"}
    assert [(outcome.strip(), name) for outcome, name in rows if name in CHECKS] == [
        (outcome, name) for name, outcome in outcomes.items()
    ]
    assert shown.splitlines()[-1] == f"0 passed, 1 failed, {len(CHECKS) - 1} not tried"


def test_junit_says_the_same_as_the_table(faulty: Path, tmp_path: Path) -> None:
    junit = tmp_path / "results.xml"
    arguments = [faulty, "--type", "Faulty.FailsOnline", *WAIT_OPTIONS, "--junit", junit]
    results = run_json(*arguments, code=1)
    expect_the_same(results, junit)
    assert with_outcome(results, "not tried") == that_need({"online"})


def test_junit_takes_advice_for_passed(faulty: Path, tmp_path: Path) -> None:
    junit = tmp_path / "results.xml"
    arguments = [faulty, "--type", "Faulty.IsAliveLies", *WAIT_OPTIONS, "--junit", junit]
    results = run_json(*arguments, code=0)
    expect_the_same(results, junit)
    assert with_outcome(results, "advice") == {"looks-alive", "is-alive"}


def expect_the_same(results: dict[str, Result], junit: Path) -> None:
    suite = ElementTree.parse(junit).getroot()[0]
    count = {outcome: 0 for outcome in OUTCOMES}
    kinds = {"pass": [], "fail": ["failure"], "advice": ["system-out"]}
    for case in suite:
        result = results[case.attrib["name"]]
        count[result.outcome] += 1
        assert [child.tag for child in case] == kinds.get(result.outcome, ["skipped"])
        for child in case:
            said = child.attrib.get("message") or child.text or ""
            assert said.endswith(result.reason)
            assert f"not tried: it needs {result.cause}" in said or not result.cause
    assert len(suite) == len(CHECKS) == int(suite.attrib["tests"])
    assert count["fail"] == int(suite.attrib["failures"])
    assert count["n/a"] + count["not tried"] == int(suite.attrib["skipped"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no such.dll", "--type", "Rude"], "there is no such file"),
        (["{dll}"], "--type"),
        (["{dll}", "--type", "Rude", "--property", "Port"], "'Port' is not KEY=VALUE"),
        (["{dll}", "--type", "Rude", "--property", "=1"], "'=1' is not KEY=VALUE"),
        (["{dll}", "--type", "Rude", "--property", "PendingTimeout=soon"], "is not an integer"),
        (["{dll}", "--type", "Rude", "--property", "PendingTimeout=1"], "must be from 10 to"),
    ],
)
def test_wrong_usage_is_told_in_a_line(rude: Path, arguments: list[str], message: str) -> None:
    text = run(*(a.format(dll=rude) for a in arguments), code=2)
    assert message in text.splitlines()[-1]


def test_a_results_file_that_cannot_be_written_is_wrong_usage(rude: Path, tmp_path: Path) -> None:
    text = run(rude, "--type", "Rude", "--junit", tmp_path / "no" / "results.xml", code=2)
    (line,) = text.splitlines()  # and no check was run
    assert "results.xml can't be written: no such file or directory" in line


def test_a_file_that_is_no_dll_fails_the_first_check(tmp_path: Path) -> None:
    dll = tmp_path / "text.dll"
    dll.write_text("not a DLL")
    results = run_json(dll, "--type", "Any", code=1)
    assert failures(results) == {"startup"}
    assert with_outcome(results, "not tried") == set(CHECKS) - {"startup"}


def test_every_check_is_documented_with_its_sentence_and_its_page() -> None:
    text = (native.REPOSITORY / "docs" / "checking.md").read_text(encoding="utf-8")
    rows = [f"| `{c.name}` | {c.sentence} | {c.page} |" for c in CHECKS.values()]
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows


# ---- The pytest plugin ---------------------------------------------------------------------------

OWN_TESTS = """
import sys

def test_of_the_project():
    assert "resapi_cy.checks.suite" in sys.modules or {without}

def test_with_the_type(resource_type, resource_monitor):
    assert resource_type.name == "Faulty.IsAliveFalse"
    with resource_type.open("Disk 1") as resource:
        resource.online(timeout=60)
        assert not resource.is_alive()
    assert resource_monitor.poll()
"""


def run_pytest(folder: Path, *arguments: str, without: bool = False) -> tuple[int, str]:
    (folder / "test_own.py").write_text(OWN_TESTS.format(without=without))
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    command = [sys.executable, "-m", "pytest", "-p", "resapi_cy.pytest_plugin", "-rA"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        # By its module's name alone, whether or not the package is installed with its metadata.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="backslashreplace",
        timeout=TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_plugin_makes_each_check_a_test_beside_the_projects_own(
    faulty: Path, tmp_path: Path
) -> None:
    options = [f"--resource-dll={faulty}", "--resource-type=Faulty.IsAliveFalse"]
    code, text = run_pytest(tmp_path, *options)
    assert code == 1, text
    outcomes = {
        match["name"]: match["outcome"]
        for match in re.finditer(rf"(?m)^(?P<outcome>[A-Z]+) {faulty.name}::(?P<name>\S+)", text)
    }
    skipped = {*PROPERTIES, "event-handle", *that_need({"is-alive"})}
    assert outcomes == {
        name: "FAILED" if name == "is-alive" else "PASSED" for name in CHECKS if name not in skipped
    }
    passed, skips = len(CHECKS) - 1 - len(skipped) + 2, len(skipped)
    assert f"1 failed, {passed} passed, {skips} skipped" in text
    assert "it says FALSE of a resource that has just come online" in text
    assert "not tried: it needs is-alive, which failed" in text


def test_plugin_shows_advice_at_the_end(faulty: Path, tmp_path: Path) -> None:
    options = [f"--resource-dll={faulty}", "--resource-type=Faulty.IsAliveLies"]
    code, text = run_pytest(tmp_path, *options, "-k", "looks-alive")
    assert code == 0, text
    _, advice = text.split("advice for the resource DLL")
    assert f"{faulty.name}::looks-alive: it says TRUE before the resource is online" in advice


def run_in_two_workers(folder: Path, process: Path, *arguments: str) -> tuple[int, str]:
    """The checks of the server, and another test, by pytest-xdist."""
    pytest.importorskip("xdist")
    options = [f"--resource-dll={process}", "--resource-type=Process"]
    options += [f"--resource-{option[2:]}" for option in server_options(free_port())]
    return run_pytest(folder, *options, "-p", "xdist", "-n", "2", "-v", *arguments)


def test_plugin_runs_the_checks_in_one_worker_in_their_order(process: Path, tmp_path: Path) -> None:
    names = [name for name in CHECKS if name not in LEAKS]
    chosen = f"of_the_project or {process.name} and not leaks and not twenty"
    code, text = run_in_two_workers(tmp_path, process, "-k", chosen)
    assert code == 0, text
    made = re.findall(rf"(?m)^\[(gw\d)\] .*PASSED {re.escape(process.name)}::(\S+)", text)
    assert [name for _, name in made] == names
    assert len({worker for worker, _ in made}) == 1
    assert "2 workers" in text


def test_plugin_refuses_to_check_in_every_worker(process: Path, tmp_path: Path) -> None:
    code, text = run_in_two_workers(tmp_path, process, "--dist=each")
    assert code == 4, text
    assert "take --dist=load" in text


def test_plugin_lets_the_checks_be_chosen_and_takes_properties(
    process: Path, tmp_path: Path
) -> None:
    options = [f"--resource-dll={process}", "--resource-type=Process"]
    options += [f"--resource-{option[2:]}" for option in server_options(free_port())]
    code, text = run_pytest(tmp_path, *options, "-k", "looks-alive or private-properties")
    assert code == 0, text
    assert f"collected {len(CHECKS) + 2} items / {len(CHECKS)} deselected / 2 selected" in text
    assert "2 passed" in text


def test_plugin_adds_and_imports_nothing_without_its_option(tmp_path: Path) -> None:
    (tmp_path / "test_imports.py").write_text(
        "import sys\n\n\ndef test_imports():\n"
        "    ours = [name for name in sys.modules if name.startswith('resapi_cy.commands.check')]\n"
        "    assert ours == []\n    assert 'asyncio' not in sys.modules\n"
    )
    code, text = run_pytest(tmp_path, without=True)
    assert code == 0, text
    assert "2 passed, 1 skipped" in text
    assert "needs --resource-dll=DLL and --resource-type=NAME" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--resource-dll={dll}"], "--resource-dll needs --resource-type=NAME"),
        (["--resource-dll=no.dll", "--resource-type=Rude"], "no.dll: there is no such file"),
        (
            ["--resource-dll={dll}", "--resource-type=Rude", "--resource-property=Port"],
            "'Port' is not KEY=VALUE",
        ),
    ],
)
def test_plugin_refuses_wrong_options(
    rude: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    code, text = run_pytest(tmp_path, *(option.format(dll=rude) for option in options))
    assert (code, f"ERROR: {message}") == (4, text.strip().splitlines()[-1])


def test_plugin_is_registered_with_pytest() -> None:
    project = tomllib.loads((native.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    (name,) = project["project"]["entry-points"]["pytest11"].values()
    assert hasattr(importlib.import_module(name), "pytest_addoption")
