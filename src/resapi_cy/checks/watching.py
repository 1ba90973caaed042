"""What several conformance checks watch: what is reported, and what still runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resapi_cy.checks.driver import QUIET, Driver, OpenResource
from resapi_cy.checks.offspring import named
from resapi_cy.checks.operation import ONLINE
from resapi_cy.checks.process_counts import thread_ids
from resapi_cy.checks.subject import CheckFailed

if TYPE_CHECKING:
    from resapi_cy.monitoring.status import ResourceStatus

# How long an operation is watched that need not come to an end, in times of PendingTimeout.
GLANCE = 2
# How long a worker is given to make its first report before it is terminated, in seconds.
FIRST_REPORT = 0.1
# How long a worker that has been terminated may go on reporting, in seconds.
LAST_WORDS = 1.0
# How long what a resource has started may run on when the resource has come to its end, in
# seconds; and how often in a row it does before it is no pool that still grows.
LINGERING = 0.5
CATCHES = 3


def expect_quiet(resource: OpenResource, when: str) -> None:
    """Fails if something is reported."""
    if reports := resource.reports_for(QUIET):
        names = dict.fromkeys(report.state.name for report in reports)
        raise CheckFailed(f"reported {when}: {', '.join(names)}")


def first_reports(resource: OpenResource) -> list[ResourceStatus]:
    """What a worker reports first, if it does so soon."""
    reports: list[ResourceStatus] = []
    until = time.monotonic() + FIRST_REPORT
    while not reports and time.monotonic() < until:
        reports += resource.reports(0.01)
    return reports


def expect_last_words(resource: OpenResource) -> None:
    """Fails if the workers of a resource that was terminated go on reporting, or bring it
    online."""
    resource.forget_reports()
    until = time.monotonic() + LAST_WORDS
    while reports := resource.reports_for(QUIET):
        if any(report.state is ONLINE for report in reports):
            raise CheckFailed("ONLINE was reported after Terminate had returned")
        if time.monotonic() > until:
            state, checkpoint = reports[-1].state.name, reports[-1].checkpoint
            raise CheckFailed(
                f"{LAST_WORDS:g} s after Terminate, its workers still report, though every report "
                f"is answered TERMINATE: {state}, checkpoint {checkpoint}"
            )


# ---- What still runs -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Running:
    """Threads of this process, by their IDs, and processes that it has started."""

    threads: frozenset[int]
    processes: Mapping[int, str]

    def __bool__(self) -> bool:
        return bool(self.threads or self.processes)


def running(driver: Driver) -> Running:
    return Running(thread_ids() or frozenset(), driver.processes())


def lingering(driver: Driver, before: Running) -> Running:
    """What has been started since and does not end soon."""
    until = time.monotonic() + LINGERING
    while True:
        now = running(driver)
        threads = now.threads - before.threads
        processes = {i: c for i, c in now.processes.items() if i not in before.processes}
        left = Running(threads, processes)
        if not left or time.monotonic() > until:
            return left
        time.sleep(0.01)


def expect_none_each_time(left: Sequence[Running], when: str) -> None:
    """Fails if something was left each time, CATCHES times in a row."""
    if len(left) < CATCHES or not all(left):
        return
    if all(each.processes for each in left):
        raise CheckFailed(f"{when}, {named(left[-1].processes)} still runs, as one did each time")
    count = min(len(each.threads) + len(each.processes) for each in left)
    kind = "threads or processes" if any(each.processes for each in left) else "threads"
    raise CheckFailed(
        f"{when}, {count} {kind} that had been started since went on for {LINGERING:g} s, "
        f"{CATCHES} times in a row"
    )


def expect_ended(
    driver: Driver, resource: OpenResource, end: Callable[[], object], when: str
) -> None:
    """Fails if what Online starts goes on when the resource has come to its end.

    It may once, twice, as a pool does that is being filled.
    """
    left: list[Running] = []
    for _ in range(CATCHES):
        before = running(driver)
        resource.online()
        end()
        left.append(lingering(driver, before))
        if not left[-1]:
            return
    expect_none_each_time(left, when)
