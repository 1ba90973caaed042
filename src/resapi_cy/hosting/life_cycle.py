"""What happens to the resources that a monitor hosts, as events; those that go wrong are exceptions
too.

A failure reaches whoever waits for the operation as an exception, and the reader of the monitor's
events as an event of the same class.
"""

from __future__ import annotations

import contextlib
import enum
import time
from typing import TYPE_CHECKING, Any, Self

from resapi_cy.errors import ClosedError, ResapiError
from resapi_cy.monitoring.events import ERROR, WARNING, Event
from resapi_cy.monitoring.words import plural
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from resapi_cy.enums import ResourceState
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.monitoring.status import ResourceStatus


class FailureCause(enum.StrEnum):
    """How a hosted resource's failure was found out."""

    OPEN = "Open"
    ONLINE = "Online"
    OFFLINE = "Offline"
    STATUS_REPORT = "status report"
    PENDING_TIMEOUT = "PendingTimeout"
    DEADLOCK_TIMEOUT = "DeadlockTimeout"
    IS_ALIVE = "IsAlive"
    EVENT_HANDLE = "event handle"
    SIGNAL_FAILURE = "SignalFailure"


class LifeCycleEvent(Event):
    """Something that a host found out or did. Any thread may read it.

    Attributes:
        resource (HostedResource | None): the resource that it is about; None: the monitor itself.
        state (ResourceState | None): the state in which the resource was.
        checkpoint (int): the last one that it reported.
        time (int): nanoseconds since the epoch.
        monotonic (int): the same moment in nanoseconds of ``time.perf_counter_ns()``.
    """

    __match_args__: tuple[str, ...] = ("resource",)

    resource: HostedResource | None
    state: ResourceState | None
    checkpoint: int
    time: int
    monotonic: int

    def _happen(self, resource: HostedResource | None, **values: Any) -> Self:
        """Fills in what every event has, and the values of this one."""
        self.resource = resource
        self.state = None if resource is None else resource.state
        self.checkpoint = 0
        if resource is not None:
            with contextlib.suppress(ClosedError):
                self.checkpoint = resource.status.checkpoint
        self.time = time.time_ns()
        self.monotonic = time.perf_counter_ns()
        for name, value in values.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        names = (*self.__match_args__, "state", "checkpoint", "time", "monotonic")
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({values})"

    @property
    def _level(self) -> int:
        return WARNING

    def _values(self) -> dict[str, object]:
        # The state that the resource was in; UnexpectedReport's status comes with its own.
        own = super()._values()
        own["state"] = None if self.state is None else self.state.name
        own["checkpoint"] = self.checkpoint
        return own


# ---- What goes wrong -----------------------------------------------------------------------------


class ResourceError(ResapiError, LifeCycleEvent):
    """An operation on a hosted resource did not end as it should; the root of those below.

    Attributes:
        code (int): the Win32 error.
    """

    __match_args__ = ("resource", "code")

    code: int

    @property
    def _level(self) -> int:
        return ERROR

    def _values(self) -> dict[str, object]:
        return super()._values() | {"message": str(self)}

    def _words(self) -> str:
        prefix = "" if self.resource is None else f"resource {self.resource.name!r}: "
        return str(self).removeprefix(prefix)

    def _again(self) -> Self:
        """A copy to be raised: an exception collects the places that it has passed through."""
        made = type(self)(*self.args)
        made.__dict__.update(self.__dict__)
        return made


class ResourceFailed(ResourceError):
    """A hosted resource has failed. Its Terminate is called, or has been.

    Attributes:
        cause (FailureCause): how it was found out.

    Resource API: PONLINE_V2_ROUTINE, PIS_ALIVE_ROUTINE, PSIGNAL_FAILURE_ROUTINE.
    """

    __match_args__ = ("resource", "cause", "code")

    cause: FailureCause

    def _words(self) -> str:
        return f"FAILURE: {super()._words()}"


class PendingTimedOut(ResourceFailed):
    """A pending resource has reported nothing new for as long as PendingTimeout allows.

    Resource API: the common property PendingTimeout.
    """


class Deadlocked(ResourceFailed):
    """An entry point has not returned for as long as DeadlockTimeout allows. No other one of the
    resource but Terminate can be called until it does.

    Attributes:
        entry_point (str): which one.

    Resource API: the common property DeadlockTimeout.
    """

    __match_args__ = ("resource", "cause", "code", "entry_point")

    entry_point: str


class DependencyNotFound(ResourceError):
    """A resource can't come online: its DLL requires it to depend on a resource that it was opened
    without. Online was not called, and the resource is as it was. Not an event.

    Resource API: CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES.
    """


class ResourceTerminated(ResourceError):
    """The resource was terminated, or closed, while an operation was under way. Not an event: the
    statuses tell."""


class OperationTimedOut(ResourceError, TimeoutError):
    """The caller's own timeout has passed; the operation goes on. Not an event."""


# ---- What a host does ----------------------------------------------------------------------------


class ResourceRestarting(LifeCycleEvent):
    """A failed resource is about to be brought online again.

    Attributes:
        attempt (int): which one since it failed, from 1.

    Resource API: the common properties RestartAction, RestartThreshold, RestartPeriod,
        RestartDelay.
    """

    __match_args__ = ("resource", "attempt")

    attempt: int

    def _words(self) -> str:
        return f"restarting, attempt {self.attempt}"


class FailoverRequested(LifeCycleEvent):
    """Restarting a resource here has not helped, or is not possible: time to move its group to
    another node, which is for the monitor's author to do. The host itself goes on with restarts, by
    RetryPeriodOnFailure, or when the entry point has returned.

    Attributes:
        failures (int): within RestartPeriod.
        entry_point (str): the one that does not return, so that no restart is possible; "" if the
            restarts are used up.

    Resource API: the common property RestartAction.
    """

    __match_args__ = ("resource", "failures", "entry_point")

    failures: int
    entry_point: str

    @property
    def _level(self) -> int:
        return ERROR

    def _words(self) -> str:
        why = f"{plural(self.failures, 'failure')} within RestartPeriod"
        if self.entry_point:
            why = f"no restart is possible until {self.entry_point} returns"
        return f"{why}: it is time to move the group to another node"


class ThreadRefused(LifeCycleEvent):
    """The system had no thread left for the calls of entry points: those that wait are made when it
    has one, or when a call that is under way returns. Not about one resource, so ``resource`` is
    None. It is tried again all the time, and told again after a minute.
    """

    def _words(self) -> str:
        return (
            "the system has no thread left for the calls of entry points, which wait: raise the "
            "limits of this process (RLIMIT_NPROC, the container's pids)"
        )


# ---- What a DLL should not do --------------------------------------------------------------------


class UnexpectedReport(LifeCycleEvent):
    """A resource was reported in a state that makes no sense in the one that it is in, such as a
    report after an end state. Told once for each such state in a row; the report counts for
    nothing.

    Attributes:
        status (ResourceStatus): what was reported.
    """

    __match_args__ = ("resource", "status")

    status: ResourceStatus

    def _words(self) -> str:
        state = "unknown" if self.state is None else self.state.name
        return f"reported as {self.status.state.name}, which makes no sense while {state}"


class EventHandleRefused(LifeCycleEvent):
    """The event handle that a DLL gave can't be waited for; LooksAlive is polled instead. Told once
    for each handle that it gives. If the system had no room for it, it is tried again each second.

    Attributes:
        event_handle (int): what it gave.
        code (int): the Win32 code that says why: 6 (ERROR_INVALID_HANDLE) for what is no handle, or
            a pseudo-handle; 50 (ERROR_NOT_SUPPORTED) for a file, and for a mutex or a semaphore,
            which whoever waits takes something from; 4 (ERROR_TOO_MANY_OPEN_FILES).
    """

    __match_args__ = ("resource", "event_handle", "code")

    event_handle: int
    code: int

    def _words(self) -> str:
        return (
            f"event handle {self.event_handle:#x} can't be waited for, {win32_text(self.code)}: "
            "LooksAlive is polled instead"
        )


class FunctionNotServed(LifeCycleEvent):
    """A resource DLL has called a function of the Cluster API that the stand-in does not serve, for
    the first time since the monitor is there. It has failed, with ERROR_CALL_NOT_IMPLEMENTED.

    Attributes:
        function (str): its name.
    """

    __match_args__ = ("resource", "function")

    function: str

    def _words(self) -> str:
        return f"{self.function} is not served here"


class ReportsRejected(LifeCycleEvent):
    """Native code has called with stale, forged or NULL handles, or NULL pointers. Nobody can tell
    whose it was, so ``resource`` is None.

    Attributes:
        count (int): how often, since this was last told.
    """

    __match_args__ = ("resource", "count")

    count: int

    def _words(self) -> str:
        return f"{plural(self.count, 'call')} with a wrong handle or pointer rejected"


class EventsDropped(LifeCycleEvent):
    """Events have found no room: more was reported than was read.

    Attributes:
        count (int): how many, since this was last told.
    """

    __match_args__ = ("resource", "count")

    count: int

    def _words(self) -> str:
        return f"{plural(self.count, 'event')} dropped: there was no room"
