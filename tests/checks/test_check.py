"""The conformance checks: who passes, who fails, and that they always end."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import native
import pytest
from checking import (
    COMMAND,
    CRASH_WAITS,
    LEAKS,
    PROPERTIES,
    TIMEOUT,
    FutureResults,
    check,
    failures,
    free_port,
    not_applicable,
    run,
    run_json,
    server_options,
    that_need,
    with_outcome,
)
from command_line import posix_only
from environment import under_wine

from resapi_cy.checks.process import Checks
from resapi_cy.checks.subject import Subject
from resapi_cy.checks.suite import CHECKS


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
def plain_results(pool: ThreadPoolExecutor) -> dict[int, FutureResults]:
    """The results of the DLL that does as little as it can, by the version of its table."""
    versions = (1, 2, 3, 4)
    return {version: pool.submit(check, native.plain_dll(version), "Plain") for version in versions}


@pytest.fixture(scope="module")
def rude_results(rude: Path, pool: ThreadPoolExecutor) -> dict[str, FutureResults]:
    """The results of the ways to be rude that no process survives."""
    return {name: pool.submit(check, rude, f"Rude.{name}", CRASH_WAITS) for name in DEADLY}


# ---- Those that do what they should --------------------------------------------------------------


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


def test_a_type_whose_online_is_refused_while_it_is_online_passes(rude: Path) -> None:
    results = check(rude, "Rude.OnlineOnce", names=["prompt"])
    assert results["prompt"].outcome == "pass", results
    assert failures(results) == set(), results


# ---- Those that don't: each fails what it breaks, and nothing else -------------------------------

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
    # It believes every name and RESID, and that every resource is alive.
    expected = {"unknown-type", "bad-resids", "closed-resids"}
    assert with_outcome(results, "advice") == {"looks-alive", "is-alive"}
    assert failures(results) == expected, results
    assert results["startup"].reason.endswith(f"version {version}")


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
