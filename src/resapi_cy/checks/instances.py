"""The conformance checks of several resources of a type at once, and of RESIDs and handles, which
tell them apart."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from resapi_cy.checks.definition import check
from resapi_cy.checks.driver import Driver, OpenResource
from resapi_cy.checks.operation import ERROR_IO_PENDING, Operation
from resapi_cy.checks.subject import CheckFailed, NotApplicable
from resapi_cy.checks.watching import GLANCE
from resapi_cy.enums import ControlCode, ResourceState
from resapi_cy.given_handle import GivenHandle
from resapi_cy.monitoring.events import FailureSignaled, StatusChanged
from resapi_cy.monitoring.monitor import rejected_reports

ONE_AT_A_TIME = "the type allows one instance at a time: Open returned NULL for a second one"
# How long after an operation what it does to another resource may show, in seconds.
AFTERMATH = 0.1


# ---- RESIDs --------------------------------------------------------------------------------------


@check("Implementing Instance Management", "startup")
def resids(driver: Driver) -> str:
    """Open gives each resource a RESID of its own, and Close takes it back.

    A type that allows one instance at a time refuses a second one: Open returns NULL, with
    ERROR_OBJECT_ALREADY_EXISTS.
    """
    first = driver.open(configured=False)
    second = driver.open_another(configured=False)
    if second is None:
        first.close()
        driver.open(configured=False)
        raise NotApplicable(ONE_AT_A_TIME)
    if first.resid == second.resid:
        raise CheckFailed(f"two resources that are open at once have the RESID {first.resid:#x}")
    first.close()
    second.close()
    return "two resources, two RESIDs"


@check("Implementing Instance Management", "startup")
def bad_resids(driver: Driver) -> str:
    """A RESID that Open never gave, NULL or another, is refused, and harms nobody."""
    memory = ctypes.create_string_buffer(1 << 16)  # what a DLL that believes it finds there: zeros
    for what, resid in [("NULL", 0), ("a RESID never given", ctypes.addressof(memory))]:
        expect_refused(driver, resid, what)
    return "refused"


@check("Implementing Close", "resids")
def closed_resids(driver: Driver) -> str:
    """A RESID that Close has taken back is refused from then on, and harms nobody."""
    resource = driver.open(configured=False)
    resid = resource.resid
    resource.close()
    expect_refused(driver, resid, "a RESID that was closed")
    return "refused"


def expect_refused(driver: Driver, resid: int, what: str) -> None:
    """Fails if an entry point takes a RESID for one of an open resource."""
    entry_points = driver.entry_points
    get = ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES
    codes = {
        "Online": driver.call("Online", entry_points.online, resid)[0],
        "Offline": driver.call("Offline", entry_points.offline, resid),
        "ResourceControl": driver.control(resid, get)[0].code,
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


# ---- Handles -------------------------------------------------------------------------------------


@check("POPEN_V2_ROUTINE", "private-properties", alone=True)
def own_handle(driver: Driver) -> str:
    """Every callback is given the handle that Open was given for the resource, and no NULL pointer.

    Others are open beside it: one that was opened before, and one after.
    """
    rejected = rejected_reports()
    others = [driver.open(configured=False)]
    resource = driver.open_another()
    if resource is None:
        others.pop().close()
        resource = driver.open()
    elif (last := driver.open_another(configured=False)) is not None:
        others.append(last)
    driver.take_events()
    before = [other.handle.status for other in others]
    for other in others:
        other.told.clear()
    resource.follow(resource.begin_online(), GLANCE)
    driver.take_events()
    if count := rejected_reports() - rejected:
        raise CheckFailed(f"{count} callbacks had a handle that Open was not given, or NULL")
    for other, status in zip(others, before, strict=True):
        if other.told or other.handle.status != status:
            about = type(other.told[0]).__name__ if other.told else "checkpoint"
            raise CheckFailed(
                f"a callback had the handle of another resource than the one that came online, "
                f"{other.handle.name!r} in place of {resource.handle.name!r} ({about})"
            )
    return "no other"


# ---- What they share -----------------------------------------------------------------------------


@check(
    *("Implementing Instance Management", "stays-online", "is-alive", "terminate-online"),
    # Else what the first one goes on reporting would be taken for harm that the second did to it.
    "quiet-after-end",
)
def two_online(driver: Driver) -> str:
    """What is done to one resource leaves another as it is, whether that is online or on its way.

    If the second one can't be online with the same properties (two servers on one port, say), its
    failure must leave the first as it is, too.
    """
    first = driver.open()
    second = driver.open_another()
    if second is None:
        raise NotApplicable(ONE_AT_A_TIME)
    pending = first.begin_online()
    second.terminate()
    second.close()
    come = first.follow(pending)
    if problem := come.problem():
        raise CheckFailed(f"Terminate and Close of another, while it was coming online: {problem}")
    bystander = Bystander.of(driver, first, come)
    second = driver.open()
    other = second.follow(second.begin_online())
    bystander.expect_unharmed("Online of another")
    if problem := other.problem():
        said = f"another can't be online beside it with the same properties: {problem}"
    else:
        said = "two online at once"
        watched = Bystander.of(driver, second, other)
        first.offline()
        watched.expect_unharmed("Offline of another")
        again = first.online()
        watched.expect_unharmed("Online of another")
        bystander = Bystander.of(driver, first, again)
    second.terminate()
    bystander.expect_unharmed("Terminate of another")
    second.close()
    bystander.expect_unharmed("Close of another")
    return said


@dataclass
class Bystander:
    """A resource that is online, while something is done to another."""

    driver: Driver
    resource: OpenResource
    event_handle: int
    alive: bool

    @classmethod
    def of(cls, driver: Driver, resource: OpenResource, operation: Operation) -> Bystander:
        """One that has just come online."""
        resource.forget_reports()
        resource.told.clear()
        return cls(driver, resource, operation.event_handle, resource.is_alive())

    def expect_unharmed(self, after: str) -> None:
        """Fails if it is not as it was."""
        self.resource.reports_for(AFTERMATH)
        for event in self.resource.told:
            match event:
                case StatusChanged(status=status) if status.state is not ResourceState.ONLINE:
                    told = f"was reported as {status.state.name}"
                case FailureSignaled():
                    told = "had SignalFailure called for it"
                case _:
                    continue  # what a DLL may tell of a resource that is well
            raise CheckFailed(f"after {after}, a resource that was online {told}")
        if self.alive and not self.resource.is_alive():
            raise CheckFailed(f"after {after}, IsAlive says FALSE of a resource that was online")
        if self.signaled():
            raise CheckFailed(f"after {after}, the event of a resource that was online is signaled")

    def signaled(self) -> bool:
        # One that can't be waited for is another check's.
        return GivenHandle(self.event_handle).signaled
