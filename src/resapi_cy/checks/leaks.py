"""The conformance checks of what each entry point leaves behind: threads, handles, memory and child
processes.

An entry point is called for a while, so that what it makes once is there, and then over several
rounds. What has grown with every other call is a leak, and memory that has grown in each of the
rounds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

from resapi_cy import property_list
from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import Driver, OpenResource
from resapi_cy.checks.process_counts import child_count, handle_count, memory, thread_count
from resapi_cy.checks.subject import CheckFailed, NotApplicable
from resapi_cy.enums import ControlCode
from resapi_cy.hosting.private_properties import private_values

Count = Callable[[], int | None]

COUNTS: dict[str, Count] = {
    "threads": thread_count,
    "handles": handle_count,
    "child processes": child_count,
}
ROUNDS = 4
# How much memory a round may take for good, in bytes: that of 5 times Online, or of 25 calls.
MEMORY = 512 * 1024
# How long threads and handles may take to go away, in seconds.
SETTLING = 2.0
# How many calls a round has of an entry point that is quick, and of one that isn't, and what is
# quick, in seconds.
MANY, FEW = 25, 5
QUICK = 0.02


@check("Implementing Open", "private-properties")
def open_leaks(driver: Driver) -> str:
    """Open and Close, 100 times over, leave no threads, handles, memory or child processes
    behind."""

    def open_and_close() -> None:
        driver.open().close()

    return expect_no_growth(open_and_close, 5, MANY)


@check("Implementing Pending Operations", "offline")
def twenty_rounds(driver: Driver) -> str:
    """Online and Offline, 20 times over, leave no threads, handles, memory or child processes
    behind.

    They are counted after two rounds and then after every five. Fewer than one for every other
    round are let pass, and memory that does not grow each time.
    """
    resource = driver.open()

    def a_round() -> None:
        resource.online()
        resource.looks_alive()
        resource.is_alive()
        resource.offline()

    return expect_no_growth(a_round, 2, 5)


@check("Implementing Terminate", "terminate-online")
def terminate_leaks(driver: Driver) -> str:
    """Online and Terminate, 8 times over, leave no threads, handles, memory or child processes
    behind."""
    resource = driver.open()

    def a_round() -> None:
        resource.online()
        resource.terminate()

    return expect_no_growth(a_round, 1, 2)


@check("Recommended Practices for Resource DLLs", "looks-alive", "is-alive")
def call_leaks(driver: Driver) -> str:
    """LooksAlive, IsAlive and control calls, over and over, leave no threads, handles, memory or
    child processes behind."""
    resource = driver.open()
    calls = control_calls(driver, resource)
    resource.online()
    calls = {"LooksAlive": resource.looks_alive, "IsAlive": resource.is_alive, **calls}
    for name, call in calls.items():
        each = MANY if min(seconds_of(call) for _ in range(3)) < QUICK else FEW
        try:
            expect_no_growth(call, each, each)
        except CheckFailed as error:
            raise CheckFailed(f"{name}: {error}") from None
    return ", ".join(calls)


def seconds_of(call: Callable[[], object]) -> float:
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def control_calls(driver: Driver, resource: OpenResource) -> dict[str, Callable[[], object]]:
    """Control calls that change nothing."""
    resid = resource.resid
    told = driver.told_formats(resid)
    data = property_list.encode(private_values(driver.subject.private, told))
    set_them = ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES
    unknown = ControlCode.RESOURCE_UNKNOWN, ControlCode.RESOURCE_TYPE_UNKNOWN
    return {
        "RESOURCE_UNKNOWN": lambda: driver.control_code(resid, unknown[0]),
        "RESOURCE_TYPE_UNKNOWN": lambda: driver.control_code(None, unknown[1]),
        "RESOURCE_GET_PRIVATE_PROPERTIES": lambda: driver.answer(
            resid, ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES
        ),
        "RESOURCE_SET_PRIVATE_PROPERTIES": lambda: driver.control_code(resid, set_them, data),
    }


def expect_no_growth(call: Callable[[], object], warming_up: int, each: int) -> str:
    """Fails if calls leave something behind: so many at first, then four rounds of so many each."""
    for _ in range(warming_up):
        call()
    before = {name: count() for name, count in COUNTS.items()}
    known = {name: count for name, count in before.items() if count is not None}
    used = [memory()]
    if not known and used == [None]:
        raise NotApplicable("nothing of it can be counted on this platform")
    for _ in range(ROUNDS):
        for _ in range(each):
            call()
        used.append(memory())
    seen, grown = [], []
    for name, count in known.items():
        now = settled(COUNTS[name], count)
        seen.append(f"{name}: {now}")
        if now - count >= ROUNDS * each // 2:
            grown.append(f"{now - count} {name} more ({count}, then {now})")
    growth = [now - then for then, now in pairwise(used) if then and now]
    if growth and min(growth) >= MEMORY:
        grown.append(f"{sum(growth) // 1024} KiB of memory more")
    if grown:
        raise CheckFailed(f"after {ROUNDS * each} times: {' and '.join(grown)}")
    return f"{', '.join(seen)}, and {', '.join(map(str, known.values()))} before"


def settled(count: Count, target: int) -> int:
    """What a count has come down to when it has reached the target, or time is up."""
    least, until = count() or 0, time.monotonic() + SETTLING
    while least > target and time.monotonic() < until:
        time.sleep(0.01)
        least = min(least, count() or 0)
    return least
