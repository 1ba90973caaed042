"""The conformance checks of what a resource's end leaves going on: Offline, and Terminate."""

from __future__ import annotations

from statistics import median_low

from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import Driver
from resapi_cy.checks.operation import ENDS, ONLINE_PENDING
from resapi_cy.checks.subject import CheckFailed, NotApplicable
from resapi_cy.checks.watching import (
    CATCHES,
    LAST_WORDS,
    Running,
    expect_ended,
    expect_last_words,
    expect_none_each_time,
    expect_quiet,
    first_reports,
    lingering,
    running,
)

# How often it is tried to catch a pending operation before its end.
TRIES = 10


@check("Implementing Offline", "offline")
def ended_offline(driver: Driver) -> str:
    """Once a resource is offline, what Online and Offline have started has ended: workers, and
    processes."""
    resource = driver.open()
    expect_ended(driver, resource, resource.offline, "once it was offline")
    return "nothing goes on"


@check("Implementing Terminate", "private-properties")
def terminate_pending(driver: Driver) -> str:
    """Terminate during a pending operation stops its workers, and what they have started: the
    reports end, the threads and the processes, and the resource stays down.

    Several times over. A worker may have its last words, for a second, and what is started once
    and is there the next time may stay until Close.
    """
    left: list[Running] = []
    blocked: list[float] = []
    resource = driver.open()
    for _ in range(TRIES):
        before = running(driver)
        alive = resource.is_alive()
        resource.begin_online().needs_pending()
        first_reports(resource)
        if resource.terminate() not in ENDS[ONLINE_PENDING]:
            blocked.append(driver.seconds["Terminate"][-1])
            expect_last_words(resource)
            if resource.is_alive() and not alive:
                raise CheckFailed("IsAlive says TRUE after Terminate")
            left.append(lingering(driver, before))
        if len(left) == CATCHES:
            break
    if not left:
        raise NotApplicable(f"Online had ended before Terminate was called, {TRIES} times")
    if (waited := median_low(blocked)) > LAST_WORDS:
        raise CheckFailed(
            f"its workers go on for {waited:.1f} s, though every report is answered TERMINATE: so "
            "long does Terminate wait for them"
        )
    expect_none_each_time(left, "after Terminate")
    return "stopped once" if len(left) == 1 else f"stopped, {len(left)} times"


@check("Implementing Terminate", "online")
def terminate_online(driver: Driver) -> str:
    """Terminate takes a resource that is online down, with all that it has started, and Online
    brings it back."""
    resource = driver.open()
    alive = resource.is_alive()
    expect_ended(driver, resource, resource.terminate, "after Terminate")
    resource.forget_reports()
    expect_quiet(resource, "after Terminate")
    if resource.is_alive() and not alive:
        raise CheckFailed("IsAlive says TRUE after Terminate")
    operation = resource.follow(resource.begin_online())
    if problem := operation.problem():
        raise CheckFailed(f"when it was brought back: {problem}")
    return "and back"
