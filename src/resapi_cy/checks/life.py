"""The conformance checks of Online and Offline, and of a resource that is online."""

from __future__ import annotations

from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import QUIET, Driver, OpenResource
from resapi_cy.checks.operation import ENDS, ONLINE_PENDING, PENDING, Operation
from resapi_cy.checks.subject import Advice, CheckFailed, NotApplicable, NotReturned
from resapi_cy.checks.watching import GLANCE, expect_quiet, first_reports
from resapi_cy.enums import ControlCode, ResourceState
from resapi_cy.given_handle import GivenHandle
from resapi_cy.win32 import win32_text

# The documents' recommendation for an entry point, in seconds, and how often one that takes longer
# is given another chance: the machine may be busy.
PROMPT = 0.3
CHANCES = 3
# How long a resource may be pending without a checkpoint, and with but one, in seconds.
REPORT_DUE = 1.0
GROWTH_DUE = 2.0


@check("Implementing Online", "private-properties")
def online(driver: Driver) -> str:
    """Online brings the resource online: at once, or with ERROR_IO_PENDING and a report of ONLINE
    later.

    The resource may stay pending as long as its checkpoints grow, but not for more than ten times
    PendingTimeout: a check has to end.
    """
    resource = driver.open()
    expect_dependencies(driver, resource)
    return str(resource.online())


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
    operation.needs_pending()
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
    given = GivenHandle(handle)
    if given.refusal:
        raise CheckFailed(f"{handle:#x} is no handle that can be waited for")
    if given.signaled:
        raise CheckFailed("it is signaled as soon as the resource is online")
    return "one that can be waited for"


@check("Detecting Resource Failure", "online")
def stays_online(driver: Driver) -> str:
    """A resource that has come online does not fail at once: neither by its event, nor by
    SignalFailure, nor by a report."""
    resource = driver.open()
    handle = resource.online().event_handle
    given = GivenHandle(handle)  # one that can't be waited for is another check's
    states = [report.state for report in resource.reports_for(QUIET)]
    if given.signaled:
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
    """LooksAlive says TRUE while the resource is online, and should say FALSE before."""
    resource = driver.open()
    before = resource.looks_alive()
    resource.online()
    if not resource.looks_alive():
        raise CheckFailed("it says FALSE of a resource that has just come online")
    if before:
        raise Advice("it says TRUE before the resource is online, too: does it look?")
    return "FALSE, TRUE"


@check("Implementing Offline", "online")
def offline(driver: Driver) -> str:
    """Offline takes the resource offline: at once, or with ERROR_IO_PENDING and a report of OFFLINE
    later."""
    resource = driver.open()
    resource.online()
    return str(resource.offline())


@check("RESOURCE_STATUS_EX", "offline")
def offline_checkpoints(driver: Driver) -> str:
    """While a resource is OFFLINE_PENDING, its checkpoint grows, and never falls."""
    resource = driver.open()
    resource.online()
    return growing(resource.follow(resource.begin_offline()))


@check("Implementing IsAlive", "offline")
def is_alive(driver: Driver) -> str:
    """IsAlive says TRUE while the resource is online, and should say FALSE before it is, and when
    it is no more.

    One that says TRUE before Online is not asked for what it says afterwards.
    """
    resource = driver.open()
    before = resource.is_alive()
    resource.online()
    expect_alive(resource, True, "of a resource that has just come online")
    resource.offline()
    if before:
        raise Advice("it says TRUE before the resource is online, too: does it look?")
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


@check("Recommended Practices for Resource DLLs", "offline", "terminate-online")
def prompt(driver: Driver) -> str:
    """Every entry point returns within 300 ms.

    That is a recommendation. It is the fastest of three calls that counts. Terminate is called
    while the resource is online, and while it is pending.
    """
    for _ in range(CHANCES):
        driver.startup()
        resource = driver.open()
        resource.online()
        resource.looks_alive()
        resource.is_alive()
        driver.control(resource.resid, ControlCode.RESOURCE_UNKNOWN)
        resource.offline()
        operation = resource.begin_online()
        if operation.asynchronous:
            first_reports(resource)
            resource.terminate()
            pending = driver.seconds.setdefault("Terminate while pending", [])
            pending.append(driver.seconds["Terminate"].pop())
            resource.online()
        else:
            resource.follow(operation).succeeded()
        resource.terminate()
        resource.close()
        fastest = {name: min(seconds) for name, seconds in driver.seconds.items()}
        del fastest["loading"]
        slowest = max(fastest, key=lambda name: fastest[name])
        if fastest[slowest] <= PROMPT:
            return f"the slowest was {slowest}, {fastest[slowest] * 1000:.1f} ms"
    slow = [f"{name} {s * 1000:.0f} ms" for name, s in fastest.items() if s > PROMPT]
    raise CheckFailed(f"the fastest of {CHANCES} calls: {', '.join(slow)}")


# ---- What they share -----------------------------------------------------------------------------


def expect_dependencies(driver: Driver, resource: OpenResource) -> None:
    """Fails if the DLL requires what nobody has declared: a cluster would not call Online. One that
    answers something else than a value list, or ends the call never, requires nothing, as with a
    monitor."""
    words: list[str] = []
    try:
        answer, told = driver.answer(resource.resid, ControlCode.RESOURCE_GET_REQUIRED_DEPENDENCIES)
        if answer == 0:
            words = driver.around.missing(told)
    except NotReturned:
        raise
    except (CheckFailed, ValueError):
        pass  # other checks are about that
    if words:
        raise CheckFailed(
            f"the DLL requires it to depend on {' and on '.join(words)}: declare that as a "
            "dependency, NAME:TYPE"
        )


def growing(operation: Operation) -> str:
    """Fails unless the checkpoints of a pending operation grow."""
    operation.needs_pending()
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
    if operation.grown < 2 and operation.longest > GROWTH_DUE:
        raise CheckFailed(f"it stayed the same for {operation.longest:.2f} s of pending")
    return f"up to {highest}"


def expect_alive(resource: OpenResource, alive: bool, when: str) -> None:
    if resource.is_alive() is not alive:
        raise CheckFailed(f"it says {'FALSE' if alive else 'TRUE'} {when}")
