"""The conformance checks of a resource DLL: what must hold, and where the Resource API says so.

Each check is a function that takes a driver and returns what it has seen, in a few words, or raises
CheckFailed or NotApplicable. Its docstring begins with the one sentence that must hold.
"""

from __future__ import annotations

import ctypes
import inspect
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from resapi_cy.checks.driver import (
    ENDS,
    ERROR_IO_PENDING,
    ONLINE_PENDING,
    PENDING,
    QUIET,
    CheckFailed,
    NotApplicable,
)
from resapi_cy.checks.process_counts import handle_count, thread_count
from resapi_cy.enums import ControlCode, ResourceApiVersion, ResourceState
from resapi_cy.errors import ResourceDllError, ResourceTypeRefused, VersionRefused
from resapi_cy.given_handle import GivenHandle
from resapi_cy.hosting.watch import Watch
from resapi_cy.monitoring.monitor import rejected_reports
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from resapi_cy.checks.driver import Driver, OpenResource, Operation
    from resapi_cy.monitoring.status import ResourceStatus

ERROR_INVALID_FUNCTION = 1
GET_PRIVATE_PROPERTIES = ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES

# The documents' recommendation for an entry point, in seconds, and how often one that takes longer
# is given another chance: the machine may be busy.
PROMPT = 0.3
CHANCES = 3
# How often a resource goes online and offline, and how many threads or handles it may have gained
# by then: a pool may grow, but not by one a round.
ROUNDS = 20
SLACK = ROUNDS // 2
# How long an operation is watched that need not come to an end, in times of PendingTimeout.
GLANCE = 2
# How long threads and handles may take to go away, in seconds.
SETTLING = 2.0
# How long a worker that has been terminated may go on reporting, in seconds.
LAST_WORDS = 1.0
# How long a resource may be pending without a checkpoint, in seconds.
REPORT_DUE = 1.0
# How long a worker is given to make its first report before it is terminated, in seconds.
FIRST_REPORT = 0.1
# How often a pending operation is caught before its end, and how often that is tried.
CATCHES = 3
TRIES = 10

NO_SUCH_TYPE = "No such type (resapi-monitor check)"
# Functions that neither a resource nor a resource type has, and no code at all.
UNKNOWN_RESOURCE_CODES = (0x0100FFF1, 0xFFFFFFFF)
UNKNOWN_TYPE_CODES = (0x0200FFF1, 0xFFFFFFFF)


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        name (str): in lower case, with hyphens.
        page (str): of the Resource API's documentation.
        needs (tuple[str, ...]): the checks without which it makes no sense.
        alone (bool): it counts what is counted for a whole process, so it needs a new one.
        sentence (str): what must hold.
    """

    name: str
    page: str
    needs: tuple[str, ...]
    alone: bool
    sentence: str
    run: Callable[[Driver], str]


CHECKS: dict[str, Check] = {}


Function = TypeVar("Function", bound="Callable[[Driver], str]")


def check(page: str, *needs: str, alone: bool = False) -> Callable[[Function], Function]:
    """Makes a function a check, named for it."""

    def register(function: Function) -> Function:
        name = function.__name__.replace("_", "-")
        text = inspect.getdoc(function) or ""
        sentence = " ".join(text.split("\n\n")[0].split())
        CHECKS[name] = Check(name, page, needs, alone, sentence, function)
        return function

    return register


@dataclass(frozen=True)
class Result:
    """What has become of a check.

    Attributes:
        check (str): its name.
        outcome (str): "pass", "fail" or "n/a".
        reason (str): what was seen, or why it failed or is not applicable.
        seconds (float): how long it took.
        cause (str): the check that it needs, and whose failure is why this one was not tried.
    """

    check: str
    outcome: str
    reason: str
    seconds: float = 0.0
    cause: str = ""

    @property
    def failed(self) -> bool:
        return self.outcome == "fail"


# ---- StartupEx -----------------------------------------------------------------------------------


@check("PSTARTUP_EX_ROUTINE")
def startup(driver: Driver) -> str:
    """The DLL loads, and StartupEx or Startup gives a complete function table of a version that was
    asked for."""
    try:
        version = driver.entry_points.version
    except ResourceDllError as error:
        raise CheckFailed(str(error)) from None
    return f"{driver.startup_name}, version {version >> 8}"


@check("PSTARTUP_EX_ROUTINE", "startup")
def version_in_range(driver: Driver) -> str:
    """A range of versions that holds the DLL's own is accepted, with a table of that range."""
    own = driver.entry_points.version
    for lowest, highest in [(own, own), (ResourceApiVersion.V1, own), (own, ResourceApiVersion.V4)]:
        try:
            driver.startup(lowest, highest)
        except ResourceDllError as error:
            raise CheckFailed(f"versions {lowest:#x} to {highest:#x}: {error}") from None
    return f"version {own >> 8}"


@check("Implementing Startup", "startup")
def version_out_of_range(driver: Driver) -> str:
    """A range of versions that the DLL does not support is refused with ERROR_REVISION_MISMATCH."""
    own = driver.entry_points.version
    others = [(version, version) for version in ResourceApiVersion if version != own]
    for lowest, highest in [(0x001, 0x0FF), *others, (0x900, 0xA00)]:
        try:
            driver.startup(lowest, highest)  # it may have more than one of the known versions
        except VersionRefused:
            pass
        except ResourceDllError as error:
            raise CheckFailed(f"versions {lowest:#x} to {highest:#x}: {error}") from None
    return "refused"


@check("Implementing Startup", "startup")
def unknown_type(driver: Driver) -> str:
    """A resource type that the DLL does not have is refused with
    ERROR_CLUSTER_RESNAME_NOT_FOUND."""
    try:
        driver.startup(resource_type=NO_SUCH_TYPE)
    except ResourceTypeRefused as error:
        return win32_text(error.code)
    except ResourceDllError as error:
        raise CheckFailed(str(error)) from None
    raise CheckFailed(f"the type {NO_SUCH_TYPE!r} was accepted")


# ---- Open ----------------------------------------------------------------------------------------


@check("Implementing Instance Management", "startup")
def resids(driver: Driver) -> str:
    """Open gives each resource a RESID of its own, and Close takes it back."""
    first, second = driver.open(configured=False), driver.open(configured=False)
    if first.resid == second.resid:
        raise CheckFailed(f"two resources that are open at once have the RESID {first.resid:#x}")
    first.close()
    second.close()
    return "two resources, two RESIDs"


@check("CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES", "resids")
def private_properties(driver: Driver) -> str:
    """The private properties that were given are accepted."""
    properties = driver.subject.private
    if not properties:
        raise NotApplicable("none were given")
    driver.open()
    return ", ".join(properties)


# ---- Online and Offline --------------------------------------------------------------------------


@check("Implementing Online", "private-properties")
def online(driver: Driver) -> str:
    """Online brings the resource online: at once, or with ERROR_IO_PENDING and a report of ONLINE
    later.

    The resource may stay pending as long as its checkpoints grow, but not for more than ten times
    PendingTimeout: a check has to end.
    """
    return described(driver.open().online())


@check("POPEN_V2_ROUTINE", "private-properties", alone=True)
def own_handle(driver: Driver) -> str:
    """Every callback is given the handle that Open was given, and no NULL pointer."""
    rejected = rejected_reports()
    resource = driver.open()
    resource.follow(resource.begin_online(), GLANCE)
    if count := rejected_reports() - rejected:
        raise CheckFailed(f"{count} callbacks had a handle that Open was not given, or NULL")
    return "no other"


@check("RESOURCE_STATUS_EX", "private-properties")
def online_checkpoints(driver: Driver) -> str:
    """While a resource is ONLINE_PENDING, its checkpoint grows, and never falls.

    Checkpoints are looked at a thousand times a second, and before each change of the state. One
    that falls and rises again between two looks is not seen.
    """
    resource = driver.open()
    return growing(resource.follow(resource.begin_online(), GLANCE))


@check("PSET_RESOURCE_STATUS_ROUTINE_EX", "private-properties")
def reported_states(driver: Driver) -> str:
    """A resource on its way online is reported in no other state than ONLINE_PENDING and those it
    can end in."""
    resource = driver.open()
    operation = resource.follow(resource.begin_online(), GLANCE)
    needs_pending(operation)
    allowed = (*PENDING[ONLINE_PENDING], *ENDS[ONLINE_PENDING])
    wrong = {report.state.name for report in operation.reports if report.state not in allowed}
    if wrong:
        raise CheckFailed(f"it was reported as {', '.join(sorted(wrong))}")
    return ", ".join(dict.fromkeys(report.state.name for report in operation.reports))


@check("Implementing Asynchronous Failure Detection", "online")
def event_handle(driver: Driver) -> str:
    """The event handle that Online gives, or the report of ONLINE, can be waited for, and is not
    signaled."""
    resource = driver.open()
    handle = resource.online().event_handle
    if not handle:
        raise NotApplicable("it gives none")
    watch = Watch(driver.monitor)
    if watch.watch_event(resource.handle.handle, GivenHandle(handle)):
        raise CheckFailed(f"{handle:#x} is no handle that can be waited for")
    _, signaled = watch.wait(0)
    watch.remove_event(resource.handle.handle)
    if signaled:
        raise CheckFailed("it is signaled as soon as the resource is online")
    return "one that can be waited for"


@check("Detecting Resource Failure", "online")
def stays_online(driver: Driver) -> str:
    """A resource that has come online does not fail at once: neither by its event, nor by
    SignalFailure, nor by a report."""
    resource = driver.open()
    handle = resource.online().event_handle
    watch = Watch(driver.monitor)
    # A handle that can't be waited for is another check's.
    given = GivenHandle(handle)
    watched = bool(handle) and not watch.watch_event(resource.handle.handle, given)
    states = [report.state for report in resource.reports_for(QUIET)]
    if watched:
        _, signaled = watch.wait(0)
        watch.remove_event(resource.handle.handle)
        if signaled:
            raise CheckFailed(f"its event was signaled within {QUIET:g} s")
    if resource.signals:
        code = win32_text(resource.signals[0].error_code)
        raise CheckFailed(f"SignalFailure was called within {QUIET:g} s: {code}")
    failed = [s.name for s in states if s in ENDS[ONLINE_PENDING] and s is not ResourceState.ONLINE]
    if failed:
        raise CheckFailed(f"it was reported as {failed[0]} within {QUIET:g} s")
    return f"for {QUIET:g} s"


@check("Implementing LooksAlive", "online")
def looks_alive(driver: Driver) -> str:
    """LooksAlive says TRUE while the resource is online."""
    resource = driver.open()
    resource.online()
    if not resource.looks_alive():
        raise CheckFailed("it says FALSE of a resource that has just come online")
    return "TRUE"


@check("Implementing Offline", "online")
def offline(driver: Driver) -> str:
    """Offline takes the resource offline: at once, or with ERROR_IO_PENDING and a report of OFFLINE
    later."""
    resource = driver.open()
    resource.online()
    return described(resource.offline())


@check("RESOURCE_STATUS_EX", "offline")
def offline_checkpoints(driver: Driver) -> str:
    """While a resource is OFFLINE_PENDING, its checkpoint grows, and never falls."""
    resource = driver.open()
    resource.online()
    return growing(resource.follow(resource.begin_offline()))


@check("Implementing IsAlive", "offline")
def is_alive(driver: Driver) -> str:
    """IsAlive says FALSE before the resource is online, TRUE while it is, and FALSE when it is
    offline again."""
    resource = driver.open()
    expect_alive(resource, False, "before the resource was online")
    resource.online()
    expect_alive(resource, True, "of a resource that has just come online")
    resource.offline()
    expect_alive(resource, False, "after the resource has gone offline")
    return "FALSE, TRUE, FALSE"


@check("PSET_RESOURCE_STATUS_ROUTINE_EX", "offline")
def quiet_after_end(driver: Driver) -> str:
    """Once ONLINE or OFFLINE is reached, nothing more is reported."""
    resource = driver.open()
    resource.online()
    expect_quiet(resource, "after ONLINE")
    resource.offline()
    expect_quiet(resource, "after OFFLINE")
    return f"for {QUIET:g} s each"


@check("Implementing Close", "offline")
def quiet_after_close(driver: Driver) -> str:
    """Once Close has returned, nothing more is reported."""
    resource = driver.open()
    resource.online()
    resource.offline()
    resource.call_close()
    try:
        expect_quiet(resource, "after Close")
    finally:
        resource.forget()
    return f"for {QUIET:g} s"


# ---- Terminate -----------------------------------------------------------------------------------


@check("Implementing Terminate", "private-properties")
def terminate_pending(driver: Driver) -> str:
    """Terminate during a pending operation stops its workers: the reports end, and the threads.

    Several times over. A worker may have its last words, for a second.
    """
    caught = gained = 0
    for _ in range(TRIES):
        threads = settled(thread_count, seconds=QUIET)
        resource = driver.open()
        needs_pending(resource.begin_online())
        reports = first_reports(resource)
        ended = any(report.state in ENDS[ONLINE_PENDING] for report in reports)
        resource.terminate()
        if not ended:
            expect_last_words(resource)
            if caught > 0:  # the first time may have made a pool of threads
                gained += settled(thread_count, threads) - threads
            caught += 1
        resource.close()
        if caught == CATCHES:
            break
    if caught == 0:
        raise NotApplicable(f"Online had ended before Terminate was called, {TRIES} times")
    if gained >= CATCHES - 1:
        raise CheckFailed(f"{gained} threads are left behind by {CATCHES - 1} operations")
    return "stopped once" if caught == 1 else f"stopped, {caught} times"


@check("Implementing Terminate", "online")
def terminate_online(driver: Driver) -> str:
    """Terminate takes a resource that is online down, and Online brings it back."""
    resource = driver.open()
    resource.online()
    resource.terminate()
    resource.forget_reports()
    expect_quiet(resource, "after Terminate")
    operation = resource.follow(resource.begin_online())
    if problem := operation.problem():
        raise CheckFailed(f"when it was brought back: {problem}")
    return "and back"


# ---- All of it -----------------------------------------------------------------------------------


@check("Recommended Practices for Resource DLLs", "offline")
def prompt(driver: Driver) -> str:
    """Every entry point returns within 300 ms.

    That is a recommendation. It is the fastest of three calls that counts.
    """
    for _ in range(CHANCES):
        driver.startup()
        resource = driver.open()
        resource.online()
        resource.looks_alive()
        resource.is_alive()
        driver.control(resource.resid, ControlCode.RESOURCE_UNKNOWN)
        resource.offline()
        resource.online()
        resource.terminate()
        resource.close()
        fastest = {name: min(seconds) for name, seconds in driver.seconds.items()}
        del fastest["loading"]
        slowest = max(fastest, key=lambda name: fastest[name])
        if fastest[slowest] <= PROMPT:
            return f"the slowest was {slowest}, {fastest[slowest] * 1000:.1f} ms"
    slow = [f"{name} {s * 1000:.0f} ms" for name, s in fastest.items() if s > PROMPT]
    raise CheckFailed(f"the fastest of {CHANCES} calls: {', '.join(slow)}")


@check("Implementing Pending Operations", "offline")
def twenty_rounds(driver: Driver) -> str:
    """Online and Offline, 20 times over, leave no threads and no handles behind.

    They are counted after two rounds and after the last. Fewer than one for every other round are
    let pass.
    """
    resource = driver.open()
    for _ in range(2):
        a_round(resource)
    counts = {"threads": thread_count, "handles": handle_count}
    before = {name: count() for name, count in counts.items()}
    known = {name: count for name, count in before.items() if count is not None}
    if not known:
        raise NotApplicable("neither threads nor handles can be counted on this platform")
    for _ in range(ROUNDS):
        a_round(resource)
    seen, grown = [], []
    for name, count in known.items():
        now = settled(counts[name], count)
        seen.append(f"{name}: {now}")
        if now - count >= SLACK:
            grown.append(f"{now - count} {name} more ({count}, then {now})")
    if grown:
        raise CheckFailed(f"after {ROUNDS} rounds: {' and '.join(grown)}")
    return f"{', '.join(seen)}, and {', '.join(map(str, known.values()))} before"


@check("Implementing Instance Management", "startup")
def bad_resids(driver: Driver) -> str:
    """A RESID that Open never gave, NULL or another, is refused, and harms nobody."""
    entry_points = driver.entry_points
    memory = ctypes.create_string_buffer(1 << 16)  # what a DLL that believes it finds there: zeros
    for what, resid in [("NULL", 0), ("a RESID never given", ctypes.addressof(memory))]:
        codes = {
            "Online": driver.call("Online", entry_points.online, resid)[0],
            "Offline": driver.call("Offline", entry_points.offline, resid),
            "ResourceControl": driver.control(resid, GET_PRIVATE_PROPERTIES)[0].code,
        }
        if entry_points.addresses.get("Cancel"):
            codes["Cancel"] = driver.call("Cancel", entry_points.cancel, resid)
        accepted = [n for n, code in codes.items() if code in (0, ERROR_IO_PENDING)]
        for name, alive in [
            ("LooksAlive", entry_points.looks_alive),
            ("IsAlive", entry_points.is_alive),
        ]:
            if driver.call(name, alive, resid):
                accepted.append(name)
        driver.call("Terminate", entry_points.terminate, resid)
        driver.call("Close", entry_points.close, resid)
        if accepted:
            raise CheckFailed(f"{', '.join(accepted)}: no error for {what}")
    return "refused"


@check("Implementing ResourceControl", "resids")
def control_codes(driver: Driver) -> str:
    """Control codes that nobody knows are answered ERROR_INVALID_FUNCTION, which leaves them to the
    monitor."""
    resource = driver.open(configured=False)
    calls: list[tuple[str, int | None, int]]
    calls = [("ResourceControl", resource.resid, code) for code in UNKNOWN_RESOURCE_CODES]
    calls += [("ResourceTypeControl", None, code) for code in UNKNOWN_TYPE_CODES]
    for entry_point, resid, code in calls:
        answer = driver.control_code(resid, code)
        if answer is None:
            raise CheckFailed(
                f"{entry_point} with code {code:#010x} has not ended within {driver.limit:g} s"
            )
        if answer != ERROR_INVALID_FUNCTION:
            raise CheckFailed(
                f"{entry_point} with code {code:#010x} was answered {answer_text(answer)}, and "
                "not ERROR_INVALID_FUNCTION"
            )
    return "ERROR_INVALID_FUNCTION"


# ---- What checks share ---------------------------------------------------------------------------


def answer_text(code: int) -> str:
    return "ERROR_SUCCESS" if code == 0 else win32_text(code)


def described(operation: Operation) -> str:
    if not operation.asynchronous:
        return f"{operation.entry_point} returned {answer_text(operation.code)}"
    return f"pending for {operation.seconds:.2f} s"


def needs_pending(operation: Operation) -> None:
    if not operation.asynchronous:
        raise NotApplicable(f"{operation.entry_point} returned {answer_text(operation.code)}")


def growing(operation: Operation) -> str:
    """Fails unless the checkpoints of a pending operation grow."""
    needs_pending(operation)
    highest = 0
    for checkpoint in operation.checkpoints:
        if checkpoint < highest:
            raise CheckFailed(f"it fell from {highest} to {checkpoint}")
        highest = checkpoint
    if operation.stalled:
        raise CheckFailed(operation.trouble)
    if operation.end is not None and not highest:
        said = f"{operation.end.state.name} was reported after {operation.seconds:.2f} s"
        if operation.seconds < REPORT_DUE:
            raise NotApplicable(f"{said}, before a checkpoint was due")
        raise CheckFailed(f"{said} with no checkpoint but 0")
    return f"up to {highest}"


def expect_alive(resource: OpenResource, alive: bool, when: str) -> None:
    if resource.is_alive() is not alive:
        raise CheckFailed(f"it says {'FALSE' if alive else 'TRUE'} {when}")


def expect_quiet(resource: OpenResource, when: str) -> None:
    if reports := resource.reports_for(QUIET):
        names = dict.fromkeys(report.state.name for report in reports)
        raise CheckFailed(f"reported {when}: {', '.join(names)}")


def expect_last_words(resource: OpenResource) -> None:
    """Fails if the workers of a resource that was terminated go on reporting."""
    resource.forget_reports()
    until = time.monotonic() + LAST_WORDS
    while reports := resource.reports_for(QUIET):
        if time.monotonic() > until:
            state, checkpoint = reports[-1].state.name, reports[-1].checkpoint
            raise CheckFailed(
                f"{LAST_WORDS:g} s after Terminate, its workers still report, though every report "
                f"is answered TERMINATE: {state}, checkpoint {checkpoint}"
            )


def first_reports(resource: OpenResource) -> list[ResourceStatus]:
    """What a worker reports first, if it does so soon."""
    reports: list[ResourceStatus] = []
    until = time.monotonic() + FIRST_REPORT
    while not reports and time.monotonic() < until:
        reports += resource.reports(0.01)
    return reports


def a_round(resource: OpenResource) -> None:
    resource.online()
    resource.looks_alive()
    resource.is_alive()
    resource.offline()


Count = Callable[[], int | None]


def settled(count: Count, target: int = 0, seconds: float = SETTLING) -> int:
    """What a count has come down to when it has reached the target, or time is up."""
    least, until = count() or 0, time.monotonic() + seconds
    while least > target and time.monotonic() < until:
        time.sleep(0.01)
        least = min(least, count() or 0)
    return least
