"""What happens to the resources that a monitor hosts, as events; those that go wrong are exceptions
too.

A failure reaches whoever waits for the operation as an exception, and the reader of the monitor's
events as an event of the same class. The file is as long as there are classes of them.
"""

from __future__ import annotations

import contextlib
import enum
import time
from typing import TYPE_CHECKING, Self, TypedDict, TypeVar

from resapi_cy.errors import ClosedError, ResapiError, with_log
from resapi_cy.monitoring.events import ERROR, WARNING, Event
from resapi_cy.monitoring.words import plural
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

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


class When(TypedDict, total=False):
    """What every event of a host may be made with, by name."""

    state: ResourceState | None
    checkpoint: int
    time: int
    monotonic: int


def right_now(resource: HostedResource | None) -> When:
    """That of an event which happens now."""
    checkpoint = 0
    if resource is not None:
        with contextlib.suppress(ClosedError):
            checkpoint = resource.status.checkpoint
    return {
        "state": None if resource is None else resource.state,
        "checkpoint": checkpoint,
        "time": time.time_ns(),
        "monotonic": time.perf_counter_ns(),
    }


class LifeCycleEvent(Event):
    """Something that a host found out or did. Any thread may read it.

    Anybody may make one, for the tests of what reads them: the arguments are the attributes that
    ``case`` matches by position, in that order, and by name what every such event has. It equals
    another one with the same values, can be pickled, and copied.

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

    def __init__(self, resource: HostedResource | None = None, **when: Unpack[When]) -> None:
        unknown = when.keys() - When.__annotations__.keys()
        if unknown:
            names = ", ".join((*self.__match_args__, *When.__annotations__))
            raise TypeError(
                f"{type(self).__name__} takes {names}, not {', '.join(sorted(unknown))}"
            )
        self.resource = resource
        self.state = when.get("state")
        self.checkpoint = when.get("checkpoint", 0)
        self.time = when.get("time", 0)
        self.monotonic = when.get("monotonic", 0)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._made_of() == other._made_of()

    def __hash__(self) -> int:
        return hash((type(self), self.time, self.monotonic))

    def __reduce__(self) -> tuple[object, ...]:
        return _made_again, (type(self), *self._made_of())

    def _made_of(self) -> tuple[tuple[object, ...], dict[str, object]]:
        """What an exception keeps by itself, and all attributes."""
        return getattr(self, "args", ()), self.__dict__

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


def whose(resource: HostedResource | None) -> str:
    """How a message about a resource begins."""
    return "" if resource is None else f"resource {resource.name!r}: "


Made = TypeVar("Made", bound=LifeCycleEvent)


def _made_again(kind: type[Made], args: tuple[object, ...], values: dict[str, object]) -> Made:
    """An event from a pickle, or for a copy."""
    make: Callable[..., Made] = kind
    made = make(*(values[name] for name in kind.__match_args__))
    if isinstance(made, BaseException):
        made.args = args
    made.__dict__.update(values)
    return made


# ---- What goes wrong -----------------------------------------------------------------------------


class ResourceError(ResapiError, LifeCycleEvent):
    """An operation on a hosted resource did not end as it should; the root of those below.

    Made by hand, it takes its ``message`` by name; without one, it says which resource and code.

    Attributes:
        code (int): the Win32 error.
    """

    __match_args__ = ("resource", "code")

    code: int

    def __init__(
        self,
        resource: HostedResource | None,
        code: int,
        *,
        message: str = "",
        **when: Unpack[When],
    ) -> None:
        LifeCycleEvent.__init__(self, resource, **when)
        self.code = code
        self.args = (message or f"{whose(resource)}{win32_text(code)}",)

    # Those of an exception would know of its message alone.
    __repr__ = LifeCycleEvent.__repr__
    __reduce__ = LifeCycleEvent.__reduce__

    @property
    def _level(self) -> int:
        return ERROR

    def _values(self) -> dict[str, object]:
        return super()._values() | {"message": str(self)}

    def _words(self) -> str:
        return str(self).removeprefix(whose(self.resource))

    def _again(self) -> Self:
        """A copy to be raised: an exception collects the places that it has passed through."""
        return _made_again(type(self), *self._made_of())


class ResourceFailed(ResourceError):
    """A hosted resource has failed. Its Terminate is called, or has been.

    Attributes:
        cause (FailureCause): how it was found out.
        log_lines (tuple[str, ...]): what the DLL has logged of the resource with the levels WARNING
            and above since the operation began, or in the last minute if no operation was under
            way: the newest five, oldest first. What found no room as an event is not among them.
            The message has them as well. Given by name to one that is made by hand.

    Resource API: PONLINE_V2_ROUTINE, PIS_ALIVE_ROUTINE, PSIGNAL_FAILURE_ROUTINE.
    """

    __match_args__ = ("resource", "cause", "code")

    cause: FailureCause
    log_lines: tuple[str, ...]

    def __init__(
        self,
        resource: HostedResource | None,
        cause: FailureCause,
        code: int,
        *,
        message: str = "",
        log_lines: tuple[str, ...] = (),
        **when: Unpack[When],
    ) -> None:
        ResourceError.__init__(self, resource, code, message=message, **when)
        self.cause = cause
        self.log_lines = log_lines
        said = message or f"{whose(resource)}{cause}: {win32_text(code)}"
        self.args = (with_log(said, log_lines),)

    def _values(self) -> dict[str, object]:
        return super()._values() | {"log_lines": list(self.log_lines)}

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

    def __init__(
        self,
        resource: HostedResource | None,
        cause: FailureCause,
        code: int,
        entry_point: str,
        *,
        message: str = "",
        log_lines: tuple[str, ...] = (),
        **when: Unpack[When],
    ) -> None:
        default = f"{whose(resource)}{entry_point} has not returned within DeadlockTimeout"
        message = message or default
        ResourceFailed.__init__(
            self, resource, cause, code, message=message, log_lines=log_lines, **when
        )
        self.entry_point = entry_point


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
        number (int): which one within RestartPeriod, from 1. It begins anew with each series.
        threshold (int): RestartThreshold: how many there may be of those.
        period_ms (int): RestartPeriod.
        delay_ms (int): how long after the failure: RestartDelay, or RetryPeriodOnFailure with the
            first of another series.

    Resource API: the common properties RestartAction, RestartThreshold, RestartPeriod,
        RestartDelay.
    """

    __match_args__ = ("resource", "attempt", "number", "threshold", "period_ms", "delay_ms")

    resource: HostedResource
    attempt: int
    number: int
    threshold: int
    period_ms: int
    delay_ms: int

    def __init__(
        self,
        resource: HostedResource,
        attempt: int,
        number: int = 1,
        threshold: int = 3,
        period_ms: int = 900_000,
        delay_ms: int = 500,
        **when: Unpack[When],
    ) -> None:
        super().__init__(resource, **when)
        self.attempt = attempt
        self.number = number
        self.threshold = threshold
        self.period_ms = period_ms
        self.delay_ms = delay_ms

    def _words(self) -> str:
        return (
            f"restarting after {self.delay_ms / 1000:g} s, attempt {self.attempt}: restart "
            f"{self.number} of {max(self.threshold, 1)} within {self.period_ms / 1000:g} s"
        )


class ResourceGivenUp(LifeCycleEvent):
    """A failed resource is not restarted: RestartAction says so, or there have been as many
    restarts as RestartThreshold allows within RestartPeriod. It stays FAILED until somebody calls
    ``online``, or for as long as ``retry_ms`` says. A failure that an ``online`` raises is
    its caller's to act on, and not followed by this.

    Attributes:
        cause (FailureCause): of the failure.
        code (int): the Win32 error of the failure.
        failures (int): within RestartPeriod; 1 if RestartAction says that none is followed by a
            restart.
        retry_ms (int | None): how long until the next series of restarts begins
            (RetryPeriodOnFailure); None: there is none.

    Resource API: the common properties RestartAction, RestartThreshold, RetryPeriodOnFailure.
    """

    __match_args__ = ("resource", "cause", "code", "failures", "retry_ms")

    resource: HostedResource
    cause: FailureCause
    code: int
    failures: int
    retry_ms: int | None

    def __init__(
        self,
        resource: HostedResource,
        cause: FailureCause,
        code: int,
        failures: int = 1,
        retry_ms: int | None = None,
        **when: Unpack[When],
    ) -> None:
        super().__init__(resource, **when)
        self.cause = cause
        self.code = code
        self.failures = failures
        self.retry_ms = retry_ms

    @property
    def _level(self) -> int:
        return ERROR

    def _words(self) -> str:
        what = "it stays FAILED until it is brought online by hand"
        if self.retry_ms is not None:
            what = f"it is tried again after {self.retry_ms / 1000:g} s (RetryPeriodOnFailure)"
        failures = plural(self.failures, "failure")
        return f"GIVEN UP after {failures}, {self.cause}, {win32_text(self.code)}: {what}"


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

    resource: HostedResource
    failures: int
    entry_point: str

    def __init__(
        self,
        resource: HostedResource,
        failures: int,
        entry_point: str = "",
        **when: Unpack[When],
    ) -> None:
        super().__init__(resource, **when)
        self.failures = failures
        self.entry_point = entry_point

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

    resource: HostedResource
    status: ResourceStatus

    def __init__(
        self,
        resource: HostedResource,
        status: ResourceStatus,
        **when: Unpack[When],
    ) -> None:
        super().__init__(resource, **when)
        self.status = status

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

    resource: HostedResource
    event_handle: int
    code: int

    def __init__(
        self,
        resource: HostedResource,
        event_handle: int,
        code: int,
        **when: Unpack[When],
    ) -> None:
        super().__init__(resource, **when)
        self.event_handle = event_handle
        self.code = code

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

    def __init__(
        self,
        resource: HostedResource | None,
        function: str,
        **when: Unpack[When],
    ) -> None:
        super().__init__(resource, **when)
        self.function = function

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

    def __init__(self, resource: HostedResource | None, count: int, **when: Unpack[When]) -> None:
        super().__init__(resource, **when)
        self.count = count

    def _words(self) -> str:
        return f"{plural(self.count, 'call')} with a wrong handle or pointer rejected"


class EventsDropped(LifeCycleEvent):
    """Events have found no room: more was reported than was read.

    Attributes:
        count (int): how many, since this was last told.
    """

    __match_args__ = ("resource", "count")

    count: int

    def __init__(self, resource: HostedResource | None, count: int, **when: Unpack[When]) -> None:
        super().__init__(resource, **when)
        self.count = count

    def _words(self) -> str:
        return f"{plural(self.count, 'event')} dropped: there was no room"
