"""The conformance checks find what a DLL does wrong in a small way, and let pass what is right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import native
import pytest
from checking import (
    CRASH_WAITS,
    LEAKS,
    WAITS,
    FutureResults,
    check,
    failures,
    not_applicable,
    with_outcome,
)
from command_line import posix_only
from environment import under_wine

from resapi_cy.checks import offspring
from resapi_cy.checks.definition import Result
from resapi_cy.checks.suite import CHECKS

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
    "TellsNone": {"told-properties"},
    "TerminateForgets": {"kept-properties"},
    "TerminateHides": {"kept-properties"},
    "WritesPastRoom": {"output-room"},
    "WritesWithoutRoom": {"output-room"},
    "OtherError": {"output-room"},
    "CutsShort": {"output-room"},
    "TellsNoSize": {"output-room"},
    "AsksForTooMuch": {"output-room"},
}
# Those that are right, and the checks that they must pass.
PASSING = {
    "UsesCallbacks": {"own-handle", "two-online"},
    "HelperUntilClose": {"terminate-pending", "terminate-online", "ended-offline"},
    "EmptyUntilSet": {"told-properties", "refused-properties", "kept-properties", "output-room"},
    "NumberNeedsCommand": {"told-properties", "refused-properties"},
    "SlowToTell": {"told-properties", "output-room"},
}
NO_BREACHES = {
    *PASSING,
    *("OneAtATime", "SaysNotWhy", "LacksItsModule", "LooksAliveBlind", "IsAliveEager"),
}
# In which what goes on for three seconds must be no failure to come online.
TAKE_LONG = {"IgnoresTerminate", "CheckpointStands", "OfflineCheckpointStands"}

BREACH_TEST = "test_a_breach_is_found"


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


# ---- Those that are right, and unusual -----------------------------------------------------------


def test_a_type_that_allows_one_instance_at_a_time_passes_without_what_needs_two(
    breaches: Path,
) -> None:
    results = check_breach(breaches, "OneAtATime")
    assert failures(results) == set(), results
    assert not_applicable(results) == {"resids", "two-online", "event-handle"}
    assert "one instance at a time" in results["resids"].reason


def test_a_type_that_refuses_a_second_instance_says_why_where_it_can(breaches: Path) -> None:
    result = check_breach(breaches, "SaysNotWhy", ["resids"])["resids"]
    assert result.outcome == ("fail" if native.WINDOWS else "n/a"), result


@pytest.mark.parametrize("resource_type", PASSING)
def test_what_is_unusual_and_right_passes(breaches: Path, resource_type: str) -> None:
    results = check_breach(breaches, resource_type, PASSING[resource_type])
    assert with_outcome(results, "pass") >= PASSING[resource_type], results
    assert failures(results) == set(), results


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


def test_without_a_breach_every_check_passes_that_applies(breaches: Path) -> None:
    results = check_breach(breaches, "")
    assert failures(results) == with_outcome(results, "advice") == set(), results
    assert not_applicable(results) == {"event-handle"}


# ---- Those that are not --------------------------------------------------------------------------


# What macOS does not tell: which threads a process has, and who has left its parent.
NOT_ON_MACOS = {
    *("ThreadInOpen", "SilentAfterTerminate", "WorkerAfterOffline", "WatcherAfterTerminate"),
    "ProcessAfterCrash",
}


def skip_what_cannot_be_seen(breach: str) -> None:
    if under_wine and breach.startswith("HandleIn"):
        pytest.skip("Wine does not count handles")
    if native.WINDOWS and breach == "ChildInOnline":
        pytest.skip("Windows reaps by itself")
    if sys.platform == "darwin" and breach in NOT_ON_MACOS:
        pytest.skip("macOS does not tell")


@pytest.mark.parametrize("breach", FOUND_BY)
def test_a_breach_is_found(breach_results: dict[str, FutureResults], breach: str) -> None:
    skip_what_cannot_be_seen(breach)
    results = breach_results[breach].result()
    assert failures(results) == FOUND_BY[breach], results
    assert with_outcome(results, "not tried") == set()


def test_every_breach_is_expected_to_be_found() -> None:
    source = (native.TESTS / "checks" / "breaches.c").read_text()
    names = re.findall(r"BREACH\((\w+)\)", source[: source.index("typedef enum")])
    assert set(names) - {"BREACH"} == {*FOUND_BY, *NO_BREACHES}


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
    return offspring.command_of(process) != ""


@pytest.mark.parametrize("breach", ["ProcessAfterAll", "ProcessAfterCrash"])
def test_a_process_that_a_check_leaves_behind_is_named_and_ended(
    breaches: Path, breach: str
) -> None:
    skip_what_cannot_be_seen(breach)
    results = check_breach(breaches, breach, ["online"])
    assert not runs(left_behind(results["online"]))


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not tell who has left its parent")
@posix_only
def test_a_process_that_has_left_its_parent_is_found(breaches: Path) -> None:
    code = "import os, time; os.fork() and os._exit(0); os.setsid(); time.sleep(600)"
    command = f'"{sys.executable}" -S -c "{code}"'
    results = check_breach(breaches, "ProcessAfterAll", ["online"], command)
    assert not runs(left_behind(results["online"]))


def test_what_another_process_has_started_is_not_taken_for_a_check_s() -> None:
    sleep = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
    with subprocess.Popen([sys.executable, "-S", "-c", ""], text=True) as ended:
        ended.wait()
    ended.pid = os.getpid()  # as if its ID had become this process's
    followed = offspring.Offspring()
    with subprocess.Popen(sleep) as other:
        try:
            assert followed.running(ended, 0) == {}
        finally:
            other.kill()
            followed.close()
