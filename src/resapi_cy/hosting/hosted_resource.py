"""The life of a resource of a resource DLL: online and offline, polled, failed, restarted,
closed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resapi_cy import property_list
from resapi_cy.hosting.calls import Call, Durations, Gate
from resapi_cy.hosting.control_calls import control
from resapi_cy.enums import ControlCode, ResourceState, RestartAction
from resapi_cy.errors import ClosedError, ControlCallFailed
from resapi_cy.hosting.life_cycle import (
    ENDED_BADLY,
    Deadlocked,
    EventHandleRefused,
    FailoverRequested,
    FailureCause,
    PendingTimedOut,
    ResourceFailed,
    ResourceRestarting,
    ResourceTerminated,
    UnexpectedReport,
)
from resapi_cy.monitoring.monitor import Resource
from resapi_cy.hosting.common_properties import LARGEST, CommonProperties
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from resapi_cy.enums import OfflineFlags, OnlineFlags
    from resapi_cy.monitoring.events import ResourceStatus
    from resapi_cy.hosting.host import Host
    from resapi_cy.property_list import Value
    from resapi_cy.resource_dll import EntryPoints
    from resapi_cy.hosting.resource_type import ResourceType

ONLINE, OFFLINE, FAILED = ResourceState.ONLINE, ResourceState.OFFLINE, ResourceState.FAILED
ONLINE_PENDING, OFFLINE_PENDING = ResourceState.ONLINE_PENDING, ResourceState.OFFLINE_PENDING
PENDING = (ResourceState.PENDING, ONLINE_PENDING, OFFLINE_PENDING)

ERROR_IO_PENDING = 997
WAIT_TIMEOUT = 258
ERROR_OPERATION_ABORTED = 995
ERROR_RESOURCE_PROPERTIES_STORED = 5024
ERROR_RESOURCE_FAILED = 5038

# The type's own intervals, in milliseconds, for a resource that has none.
LOOKS_ALIVE_INTERVAL = 5000
IS_ALIVE_INTERVAL = 60_000
# A pending resource's checkpoint is looked at so often within PendingTimeout, and at least once a
# second.
LOOKS_PER_TIMEOUT = 10
# When IsAlive is due while another entry point runs, it is tried again after so many seconds.
POLL_RETRY = 0.02
# How many polls are remembered.
POLLS = 256


@dataclass(frozen=True, slots=True)
class Poll:
    """A health check of a hosted resource. Any thread may read it.

    Attributes:
        entry_point (str): which one was asked, "LooksAlive" or "IsAlive".
        alive (bool): what it said.
        monotonic (int): when it returned, in nanoseconds of ``time.perf_counter_ns()``.
        seconds (float): how long it took.
    """

    entry_point: str
    alive: bool
    monotonic: int
    seconds: float


async def opened(
    host: Host, resource_type: ResourceType, name: str, flags: int, properties: dict[str, int]
) -> HostedResource:
    """Opens a resource of a type: the loop."""
    checked = CommonProperties(**properties)
    resource = host.monitor._open(name, HostedResource, host, resource_type, checked)
    try:
        await resource._call_open(flags)
    except BaseException:
        Resource.close(resource)
        raise
    return resource


class HostedResource(Resource):
    """A resource of a resource DLL: made by ``ResourceType.open``. A context manager that closes
    itself.

    The host takes it through its life, as the cluster's resource monitor does: it calls the entry
    points, one at a time but for Terminate; waits while the resource is pending, as long as new
    checkpoints come; polls it while it is online; and when it fails, terminates it and restarts it,
    as its properties say. Whatever happens is an event of the monitor: ``StatusChanged``, and those
    of ``LifeCycleEvent``.

    An operation that fails raises in the thread that asked for it, and the failure is that caller's
    to act on. A failure while the resource is online, or in a restart, leads to the next restart.

    Every method may be called from any Python thread, in the asyncio form from any event loop. They
    wait without the GIL, and Ctrl-C interrupts the wait; the operation goes on.

    Attributes:
        type (ResourceType): what it was opened with.
        properties (CommonProperties): its timeouts, intervals and restarts.
        polls (collections.deque[Poll]): the latest health checks, oldest first.
        restarts (int): how often it has been restarted.
        failures (int): how often it has failed, and was terminated for it.
    """

    type: ResourceType
    properties: CommonProperties
    polls: deque[Poll]
    restarts: int
    failures: int

    def __init__(self, *arguments: object, **named: object) -> None:
        raise TypeError("a HostedResource is made by ResourceType.open(name)")

    def _attach(
        self, host: Host, resource_type: ResourceType, properties: CommonProperties
    ) -> None:
        self.type = resource_type
        self.properties = properties
        self.polls = deque(maxlen=POLLS)
        self.restarts = self.failures = 0
        self._durations: defaultdict[str, Durations] = defaultdict(Durations)  # by entry point
        self._newest = (0, 0.0)  # an operation's checkpoint, and since when it has been seen
        self._host = host
        self._entry_points: EntryPoints = resource_type.entry_points
        self._resid = 0
        self._state = ResourceState.UNKNOWN
        self._gate = Gate(host.loop)
        self._terminate_gate = Gate(
            host.loop
        )  # Terminate runs beside the others, not beside itself
        self._inside = ""  # the entry point that has entered the gate last
        self._terminating_again: asyncio.Task[None] | None = None
        self._operation: asyncio.Task[None] | None = None
        self._goal = OFFLINE  # of the operation
        self._may_cancel = True  # the operation
        self._recovery: asyncio.Task[None] | None = None
        self._next_failure: ResourceFailed | None = None  # found while the last recovery was ending
        self._closing: asyncio.Task[None] | None = None
        self._change = asyncio.Event()  # the status has changed
        self._failures_seen = 0
        self._restarted_at: deque[float] = deque()
        self._last_attempt_made = False
        self._event_handle = 0  # that is watched
        self._unexpected: ResourceState | None = None  # reported last, if it made no sense
        self._poll_timers: dict[bool, asyncio.TimerHandle] = {}  # by: is it the thorough check?
        self._is_alive_waits = False  # its time has come while another entry point was running

    # ---- What users see ----------------------------------------------------------------------

    @property
    def state(self) -> ResourceState:
        """Where the resource is in its life. ``status`` is what was last reported, by whomever."""
        return self._state

    @property
    def will_restart(self) -> bool:
        """Whether the host, by itself, is about to bring the resource online again after a failure.
        A FAILED resource that it gave up stays so until somebody calls ``online``."""
        return self._recovery is not None

    @property
    def resid(self) -> int:
        """The RESID that Open returned, which is the DLL's own name for the resource."""
        return self._resid

    def online(
        self,
        timeout: float | None = None,
        *,
        flags: OnlineFlags | int = 0,
        data: bytes = b"",
    ) -> None:
        """Brings the resource online; returns at once if it is. Joins an attempt that is under way.

        Args:
            timeout: how many seconds the caller wants to wait; None: as long as it takes. The
                operation goes on when they have passed.
            flags: ``OnlineFlags``; not for version 1.
            data: the operation's ``InBuffer``; not for version 1.

        Raises:
            ResourceFailed: Online returned an error, or the resource was reported as failed.
            PendingTimedOut: nothing new was reported for PendingTimeout. Terminate has been called.
            Deadlocked: an entry point did not return within DeadlockTimeout.
            ResourceTerminated: somebody terminated or closed the resource meanwhile.
            OperationTimedOut: the timeout has passed. Also a ``TimeoutError``.
            ClosedError: the resource or its monitor is closed.

        Resource API: PONLINE_V2_ROUTINE, PONLINE_ROUTINE.
        """
        self._wait(lambda: self._online(int(flags), data), timeout)

    async def online_async(
        self,
        timeout: float | None = None,
        *,
        flags: OnlineFlags | int = 0,
        data: bytes = b"",
    ) -> None:
        """``online`` for an asyncio task. Cancelling the task leaves the operation going."""
        await self._wait_async(lambda: self._online(int(flags), data), timeout)

    def offline(
        self,
        timeout: float | None = None,
        *,
        flags: OfflineFlags | int = 0,
        destination: str | None = None,
        data: bytes = b"",
    ) -> None:
        """Takes the resource offline in order; returns at once if it is. One that is still on its
        way online, or waits for a restart, is terminated. One that has failed counts as offline
        then.

        Args:
            timeout: as for ``online``.
            flags: ``OfflineFlags``; not for version 1.
            destination: the node that the resource moves to; not for version 1.
            data: the operation's ``InBuffer``; not for version 1.

        Raises: as ``online``.

        Resource API: POFFLINE_V2_ROUTINE, POFFLINE_ROUTINE.
        """
        self._wait(lambda: self._offline(int(flags), destination, data), timeout)

    async def offline_async(
        self,
        timeout: float | None = None,
        *,
        flags: OfflineFlags | int = 0,
        destination: str | None = None,
        data: bytes = b"",
    ) -> None:
        """``offline`` for an asyncio task."""
        await self._wait_async(lambda: self._offline(int(flags), destination, data), timeout)

    def terminate(self, timeout: float | None = None) -> None:
        """Ends whatever the resource is doing, at once: every report that starts from now on is
        answered TERMINATE, then Terminate is called. The resource is OFFLINE in the end, and is not
        restarted.

        Args:
            timeout: as for ``online``.

        Raises:
            Deadlocked: Terminate did not return within DeadlockTimeout.
            OperationTimedOut, ClosedError: as ``online``.

        Resource API: PTERMINATE_ROUTINE, RESOURCE_EXIT_STATE.
        """
        Resource.terminate(self)  # the flag, before anything else
        self._wait(self._terminate, timeout)

    async def terminate_async(self, timeout: float | None = None) -> None:
        """``terminate`` for an asyncio task."""
        Resource.terminate(self)
        await self._wait_async(self._terminate, timeout)

    def restart(self, timeout: float | None = None) -> None:
        """``offline``, then ``online``. The timeout is for both together."""
        self._wait(self._restart, timeout)

    async def restart_async(self, timeout: float | None = None) -> None:
        """``restart`` for an asyncio task."""
        await self._wait_async(self._restart, timeout)

    def close(self) -> None:
        """Terminates the resource unless it is offline or has failed, calls Close, and closes the
        handle. Closing again does nothing. Close is not called while another entry point does not
        return.

        Resource API: PCLOSE_ROUTINE.
        """
        if not self.closed:
            self._host.wait(self._close())

    async def close_async(self) -> None:
        """``close`` for an asyncio task."""
        if not self.closed:
            await self._host.wait_async(self._close())

    # ---- Entry points -------------------------------------------------------------------------

    def looks_alive(self) -> bool:
        """Calls LooksAlive now. What it says has no consequences. Resource API:
        PLOOKS_ALIVE_ROUTINE.

        Raises:
            Deadlocked, ClosedError: as ``online``.
        """
        return bool(self._entry("LooksAlive", self._entry_points.looks_alive))

    def is_alive(self) -> bool:
        """Calls IsAlive now. What it says has no consequences. Resource API: PIS_ALIVE_ROUTINE.

        Raises:
            Deadlocked, ClosedError: as ``online``.
        """
        return bool(self._entry("IsAlive", self._entry_points.is_alive))

    def arbitrate(self) -> int:
        """Calls Arbitrate, for a quorum resource; the Win32 code that it returned, 120 if there is
        none. When the resource is lost later, the monitor delivers ``QuorumResourceLost``.

        Raises:
            Deadlocked, ClosedError: as ``online``.

        Resource API: PARBITRATE_ROUTINE, PQUORUM_RESOURCE_LOST.
        """
        return int(self._entry("Arbitrate", self._entry_points.arbitrate))

    def release(self) -> int:
        """Calls Release, for a quorum resource; the Win32 code that it returned, 120 if there is
        none.

        Raises:
            Deadlocked, ClosedError: as ``online``.

        Resource API: PRELEASE_ROUTINE.
        """
        return int(self._entry("Release", self._entry_points.release))

    def cancel(self) -> int:
        """Calls Cancel, to give up the operation in progress; the Win32 code that it returned, 120
        if there is none.

        Raises:
            Deadlocked, ClosedError: as ``online``.

        Resource API: PCANCEL_ROUTINE.
        """
        return int(self._entry("Cancel", self._entry_points.cancel))

    def control(
        self, control_code: int, data: bytes = b"", *, timeout: float | None = None, token: int = 0
    ) -> bytes:
        """A control call: ResourceControl, or BeginResourceControl from version 3, which the DLL
        may end later through EndControlCall. It is called again with more room if the output needs
        it.

        Args:
            control_code: ``CLUSCTL_RESOURCE_…``, or one of the DLL's own.
            data: the input.
            timeout: how many seconds to wait; None: until it ends. A call that is given up is
                refused when the DLL ends it.
            token: a user's access token, for BeginResourceControlAsUser (version 4); 0 for none.

        Returns:
            The output.

        Raises:
            ControlCallFailed: the call returned an error, or ended with one.
            Deadlocked, OperationTimedOut, ClosedError: as ``online``.

        Resource API: PRESOURCE_CONTROL_ROUTINE, PBEGIN_RESCALL_ROUTINE,
            PBEGIN_RESCALL_AS_USER_ROUTINE.
        """
        return self._host.wait(self._control(control_code, data, token), timeout, self)

    async def control_async(
        self, control_code: int, data: bytes = b"", *, timeout: float | None = None, token: int = 0
    ) -> bytes:
        """``control`` for an asyncio task."""
        operation = self._control(control_code, data, token)
        return await self._host.wait_async(operation, timeout, self)

    def private_properties(self) -> dict[str, int | str | bytes | list[str]]:
        """The resource's private properties, as the DLL tells them.

        Raises:
            ControlCallFailed: the DLL does not support that.
            ValueError: what it returned is no property list.

        Resource API: CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES.
        """
        return property_list.decode(self.control(ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES))

    def set_private_properties(self, properties: Mapping[str, Value]) -> bool:
        """Sets private properties: what the DLL, and no host, goes by.

        Args:
            properties: name -> int, str, bytes or a sequence of str.

        Returns:
            True: they count from now on; False: from the next time that it comes online.

        Raises:
            ControlCallFailed: the DLL refuses one, or does not support that.
            TypeError, ValueError: a value has no place in a property list.

        Resource API: CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES.
        """
        code = ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES
        try:
            self.control(code, property_list.encode(properties))
        except ControlCallFailed as error:
            if error.code != ERROR_RESOURCE_PROPERTIES_STORED:
                raise
            return False
        return True

    # ---- From the users' threads to the loop -------------------------------------------------

    def _wait(
        self, operation: Callable[[], Coroutine[Any, Any, Any]], timeout: float | None
    ) -> Any:
        self._check_open()
        return self._host.wait(operation(), timeout, self)

    async def _wait_async(
        self, operation: Callable[[], Coroutine[Any, Any, Any]], timeout: float | None
    ) -> Any:
        self._check_open()
        return await self._host.wait_async(operation(), timeout, self)

    def _entry(self, entry_point: str, function: Callable[[int], Any]) -> Any:
        return self._wait(lambda: self._call(entry_point, function, self._resid), None)

    def _check_open(self) -> None:
        if self.closed or self._closing is not None:
            raise ClosedError(
                f"resource {self.name!r} is closed: open it again to get a new handle"
            )

    # ---- Entry points: the loop ---------------------------------------------------------------

    @property
    def _deadlock_timeout(self) -> float:
        return self.properties.DeadlockTimeout / 1000

    async def _call(
        self, entry_point: str, function: Callable[..., Any], *arguments: object
    ) -> Any:
        await self._enter_gate(entry_point)
        return await self._call_inside(entry_point, function, *arguments)

    async def _enter_gate(self, entry_point: str) -> None:
        """Waits until no other entry point of the resource runs."""
        await self._gate.enter()
        if entry_point != "Close" and (self.closed or self._closing is not None):
            self._gate.leave()
            self._check_open()
        self._inside = entry_point

    async def _call_inside(
        self, entry_point: str, function: Callable[..., Any], *arguments: object
    ) -> Any:
        """Calls an entry point once the gate is entered; when it has returned, the gate is left."""
        call = Call(self, entry_point, self._gate, self._deadlock_timeout)
        return await self._host.call(call, function, *arguments)

    async def _call_open(self, flags: int) -> None:
        arguments = (self.name, self.handle, int(flags))
        self._resid, code = await self._call("Open", self._entry_points._open, *arguments)
        if self._resid == 0:
            code = code or ERROR_RESOURCE_FAILED
            text = f"Open returned no RESID: {win32_text(code)}"
            raise self._failure(FailureCause.OPEN, code, text)
        self._publish(OFFLINE)
        self._host.resources[self.handle] = self
        self._host.watch.add(self.handle)

    async def _control(self, control_code: int, data: bytes, token: int) -> bytes:
        self._check_open()
        return await control(self._host, self._entry_points, self, control_code, data, token)

    async def _call_terminate(self) -> None:
        await self._terminate_gate.enter()
        beside = self._gate.busy and self._inside in ("Online", "Offline")
        call = Call(self, "Terminate", self._terminate_gate, self._deadlock_timeout)
        await self._host.call(call, self._entry_points.terminate, self._resid)
        if beside:
            self._terminating_again = self._host.loop.create_task(self._terminate_again())

    async def _terminate_again(self) -> None:
        """Once more when an Online or Offline that Terminate ran beside has returned, however long
        that takes: it may have started a worker since. Nothing else is called before."""
        await self._gate.enter(patient=True)
        self._inside = "Terminate"
        try:
            with contextlib.suppress(Deadlocked):  # told as an event of its own
                await self._call_terminate()
        finally:
            self._gate.leave()
            self._terminating_again = None
        if self._operation is None and self._state in (OFFLINE, FAILED) and not self.closed:
            self._publish(self._state)  # whatever that worker said

    # ---- Operations: the loop ----------------------------------------------------------------

    async def _online(self, flags: int = 0, data: bytes = b"") -> None:
        while True:
            self._check_open()
            task = self._operation
            if task is None:
                if self._state is ONLINE:
                    return
                self._stop_recovery()
                task = self._start(ONLINE, self._bring_online(flags, data))
                break
            if self._goal is ONLINE:
                break
            await asyncio.wait([task])
        await self._join(task)

    async def _offline(
        self, flags: int = 0, destination: str | None = None, data: bytes = b""
    ) -> None:
        while True:
            self._check_open()
            self._stop_recovery()
            task = self._operation
            if task is None:
                break
            if self._goal is ONLINE:
                await self._terminate()
            elif self._goal is OFFLINE:
                await self._join(task)
            else:
                await asyncio.wait([task])
        if self._state is ONLINE:
            await self._join(self._start(OFFLINE, self._take_offline(flags, destination, data)))
        elif self._state is not OFFLINE:
            self._publish(OFFLINE)

    async def _restart(self) -> None:
        await self._offline()
        await self._online()

    async def _terminate(self) -> None:
        self._check_open()
        await self._terminate_now()

    async def _terminate_now(self, *, closing: bool = False) -> None:
        Resource.terminate(self)
        self._stop_recovery()
        while (task := self._operation) is not None:
            if self._may_cancel:
                task.cancel()
            await asyncio.wait([task])
            self._stop_recovery()
        if not closing:
            self._check_open()
        await self._join(self._start(OFFLINE, self._take_down(), may_cancel=False))

    async def _take_down(self) -> None:
        self._stop_polls()
        Resource.terminate(self)  # again: an operation may have begun since
        try:
            await self._call_terminate()
        finally:
            self._publish(OFFLINE)

    async def _close(self) -> None:
        if self._closing is None:
            self._closing = self._host.loop.create_task(self._close_once())
        await asyncio.wait([self._closing])

    async def _close_once(self) -> None:
        self._stop_recovery()
        if self._operation is not None or self._state not in (OFFLINE, FAILED):
            with contextlib.suppress(Deadlocked):  # told as an event; Close can't follow
                await self._terminate_now(closing=True)
        self._stop_polls()
        if self._terminate_gate.stuck is None:
            with contextlib.suppress(Deadlocked):
                await self._call("Close", self._entry_points.close, self._resid)
        self._host.watch.remove(self.handle)
        self._host.resources.pop(self.handle, None)
        Resource.close(self)

    def _start(
        self,
        goal: ResourceState,
        operation: Coroutine[Any, Any, None],
        *,
        may_cancel: bool = True,
    ) -> asyncio.Task[None]:
        self._goal, self._may_cancel = goal, may_cancel
        self._operation = task = self._host.loop.create_task(operation)
        task.add_done_callback(self._operation_ended)
        return task

    def _operation_ended(self, task: asyncio.Task[None]) -> None:
        self._operation = None
        if not task.cancelled():  # else the resource is being terminated
            task.exception()  # whoever joined it raises it; nobody need have
            self._status_changed()  # what was reported while it was ending

    async def _join(self, task: asyncio.Task[None]) -> None:
        """Waits for an operation that others may wait for as well."""
        await asyncio.wait([task])
        if task.cancelled():
            text = (
                f"resource {self.name!r} was terminated before the operation had ended: bring it "
                "online again if that was not meant"
            )
            raise ResourceTerminated(text)._happen(self, code=ERROR_OPERATION_ABORTED)
        error = task.exception()
        if isinstance(error, ResourceFailed):
            raise error._again()
        if error is not None:
            raise error

    async def _bring_online(self, flags: int = 0, data: bytes = b"") -> None:
        await self._enter_gate("Online")
        # Before the call: a worker may report before Online has returned.
        self._begin(ONLINE_PENDING)
        try:
            arguments = (self._resid, flags, data)
            code, event = await self._call_inside("Online", self._entry_points.online, *arguments)
            status = await self._outcome(ONLINE_PENDING, FailureCause.ONLINE, code, ONLINE)
        except ResourceFailed as error:
            await self._fail(error)
            raise
        event_handle = event if status is None else status.event_handle or event
        self._state = ONLINE
        if status is None:
            self.report(ONLINE, checkpoint=self.status.checkpoint, event_handle=event_handle)
        self._last_attempt_made = False
        self._watch_event(event_handle)
        self._start_polls()

    async def _take_offline(self, flags: int, destination: str | None, data: bytes) -> None:
        self._stop_polls()
        await self._enter_gate("Offline")
        self._begin(OFFLINE_PENDING)
        try:
            arguments = (self._resid, flags, destination, data)
            code = await self._call_inside("Offline", self._entry_points.offline, *arguments)
            await self._outcome(OFFLINE_PENDING, FailureCause.OFFLINE, code, OFFLINE)
        except ResourceFailed as error:
            await self._fail(error)
            raise
        self._publish(OFFLINE)

    async def _outcome(
        self, pending: ResourceState, cause: FailureCause, code: int, goal: ResourceState
    ) -> ResourceStatus | None:
        """Waits until an entry point that has returned `code` is done: the status that was reported
        last, None if it was done already."""
        if code == 0:
            return None
        if code != ERROR_IO_PENDING:
            raise self._failure(cause, code, f"{cause} returned {win32_text(code)}")
        status = await self._settled(pending)
        if status.state is not goal:
            code = status.error_code or ERROR_RESOURCE_FAILED
            text = f"was reported as {status.state.name} while {pending.name}, {win32_text(code)}"
            raise self._failure(FailureCause.STATUS_REPORT, code, text)
        return status

    async def _settled(self, pending: ResourceState) -> ResourceStatus:
        """Waits for the end of a pending state. Time counts from the last new checkpoint."""
        ends: tuple[ResourceState, ...] = (OFFLINE, *ENDED_BADLY)
        if pending is ONLINE_PENDING:
            ends += (ONLINE,)
        checkpoint, since = self._newest = self.status.checkpoint, time.monotonic()
        while True:
            self._change.clear()
            status, now = self.status, time.monotonic()
            for end in (*self.monitor._ends(self).values(), status):
                if end.state in ends:
                    return end
            self._check_failure_signal()
            if status.state not in PENDING:
                self._report_unexpected(status)
            if status.checkpoint != checkpoint:
                checkpoint, since = self._newest = status.checkpoint, now
            timeout = self.properties.PendingTimeout / 1000
            if now - since >= timeout:
                raise self._pending_timed_out(timeout)
            look = min(timeout / LOOKS_PER_TIMEOUT, 1.0, timeout - (now - since))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(look):
                    await self._change.wait()

    # ---- Failure, and what follows: the loop -------------------------------------------------

    def _failure(self, cause: FailureCause, code: int, text: str) -> ResourceFailed:
        failed = ResourceFailed(
            f"resource {self.name!r}: {text}; its LogMessage events may say why"
        )
        return failed._happen(self, cause=cause, code=code)

    def _pending_timed_out(self, timeout: float) -> PendingTimedOut:
        text = (
            f"resource {self.name!r}: {self._state.name}, and no new checkpoint for {timeout:g} s "
            f"(PendingTimeout), the last one was {self.status.checkpoint}; have its worker report "
            "more often, or raise PendingTimeout"
        )
        cause = FailureCause.PENDING_TIMEOUT
        return PendingTimedOut(text)._happen(self, cause=cause, code=WAIT_TIMEOUT)

    def _check_failure_signal(self) -> None:
        """Raises if the DLL has called SignalFailure since the operation began."""
        count, code = self._failure_signal()
        if count != self._failures_seen:
            self._failures_seen = count
            raise self._failure(
                FailureCause.SIGNAL_FAILURE,
                code or ERROR_RESOURCE_FAILED,
                f"the DLL signaled a failure: {win32_text(code)}",
            )

    async def _fail(self, error: ResourceFailed) -> None:
        """Terminates a resource that has failed: the flag first, then the entry point."""
        self.failures += 1
        self._stop_polls()
        Resource.terminate(self)
        if not isinstance(error, Deadlocked):  # that one has been told already
            self._host.announce(error)
        self._publish(FAILED, error.code)
        with contextlib.suppress(Deadlocked):  # told as an event of its own
            await self._call_terminate()
        self._publish(FAILED, error.code)  # whatever the workers said last

    def _failed_by_itself(self, error: ResourceFailed) -> None:
        """A failure that nobody waits for."""
        if self._state is not ONLINE or self._operation is not None:
            return
        if self._recovery is not None and not self._recovery.done():
            self._next_failure = error
            return
        self._recovery = self._host.loop.create_task(self._recover(error))
        self._recovery.add_done_callback(self._recovery_ended)

    def _recovery_ended(self, task: asyncio.Task[None]) -> None:
        if self._recovery is task:
            self._recovery = None
        if not task.cancelled() and (error := task.exception()) is not None:
            self._host.loop.call_exception_handler(
                {"message": f"restarting {self.name!r}", "exception": error}
            )

    def _stop_recovery(self) -> None:
        if self._recovery is not None:
            self._recovery.cancel()
            self._recovery = self._next_failure = None

    async def _recover(self, error: ResourceFailed | None) -> None:
        while error is not None:
            await self._join(self._start(FAILED, self._fail(error), may_cancel=False))
            attempt = 0
            while self._state is FAILED and (delay := self._restart_delay()) is not None:
                await asyncio.sleep(delay / 1000)
                attempt += 1
                self.restarts += 1
                self._host.announce(ResourceRestarting()._happen(self, attempt=attempt))
                with contextlib.suppress(ResourceFailed):
                    await self._join(self._start(ONLINE, self._bring_online()))
            error, self._next_failure = self._next_failure, None

    def _restart_delay(self) -> int | None:
        """How long to wait for the next restart, in milliseconds; None: there is none."""
        properties, now = self.properties, time.monotonic()
        if properties.RestartAction == RestartAction.DONT_RESTART:
            return None
        period = properties.RestartPeriod / 1000
        while self._restarted_at and now - self._restarted_at[0] > period:
            self._restarted_at.popleft()
        stuck = self._gate.stuck is not None or self._terminate_gate.stuck is not None
        if not stuck and len(self._restarted_at) < properties.RestartThreshold:
            self._restarted_at.append(now)
            return properties.RestartDelay
        if self._last_attempt_made:
            return None
        if properties.RestartAction == RestartAction.RESTART_NOTIFY:
            failures = len(self._restarted_at) + 1
            self._host.announce(FailoverRequested()._happen(self, failures=failures))
        self._last_attempt_made = True
        retry = properties.RetryPeriodOnFailure
        return None if retry == LARGEST else retry

    # ---- States: the loop --------------------------------------------------------------------

    def _begin(self, pending: ResourceState) -> None:
        self._newest = (0, time.monotonic())  # before the state: whoever sees that believes this
        self._state = pending
        self._unexpected = None
        self._failures_seen = self._failure_signal()[0]
        self.monitor._begin(self, pending)

    def _publish(self, state: ResourceState, error_code: int = 0) -> None:
        """Goes to a state, and has everybody see it."""
        self._state = state
        self._unexpected = None
        self._forget_event()
        self.report(state, checkpoint=self.status.checkpoint, error_code=error_code)

    def _status_changed(self) -> None:
        """A native thread has changed the status, or signaled a failure."""
        self._change.set()
        if self._operation is not None or self._terminating_again is not None:
            return
        if self._closing is not None or self.closed:
            return
        status = self.status
        if self._state is ONLINE:
            try:
                self._check_failure_signal()
            except ResourceFailed as error:
                self._failed_by_itself(error)
                return
            if status.state in (OFFLINE, *ENDED_BADLY):
                code = status.error_code or ERROR_RESOURCE_FAILED
                text = f"was reported as {status.state.name} while ONLINE, {win32_text(code)}"
                self._failed_by_itself(self._failure(FailureCause.STATUS_REPORT, code, text))
            elif status.state is ONLINE:
                self._unexpected = None
                self._watch_event(status.event_handle)
            else:
                self._report_unexpected(status)
        elif self._state in (OFFLINE, FAILED) and status.state is not self._state:
            self._report_unexpected(status)

    def _report_unexpected(self, status: ResourceStatus) -> None:
        if status.state != self._unexpected:
            self._unexpected = status.state
            self._host.announce(UnexpectedReport()._happen(self, status=status))

    # ---- The event handle: the loop ----------------------------------------------------------

    def _watch_event(self, event_handle: int) -> None:
        if event_handle == self._event_handle:
            return
        self._forget_event()
        if event_handle == 0:
            return
        self._event_handle = event_handle
        if not self._host.watch.add_event(self.handle, event_handle):
            self._event_handle = 0
            refused = EventHandleRefused()._happen(self, event_handle=event_handle)
            self._host.announce(refused)

    def _forget_event(self) -> None:
        if self._event_handle:
            self._event_handle = 0
            self._host.watch.remove_event(self.handle)

    def _event_signaled(self) -> None:
        if self._event_handle:
            text = "the DLL signaled its event handle"
            cause = FailureCause.EVENT_HANDLE
            self._failed_by_itself(self._failure(cause, ERROR_RESOURCE_FAILED, text))

    # ---- Polls -------------------------------------------------------------------------------

    def _start_polls(self) -> None:
        for thorough in (False, True):
            self._set_poll_timer(thorough)

    def _stop_polls(self) -> None:
        for timer in self._poll_timers.values():
            timer.cancel()
        self._poll_timers.clear()
        self._is_alive_waits = False

    def _set_poll_timer(self, thorough: bool) -> None:
        interval = self.properties.LooksAlivePollInterval
        default = LOOKS_ALIVE_INTERVAL
        if thorough:
            interval, default = self.properties.IsAlivePollInterval, IS_ALIVE_INTERVAL
        seconds = (default if interval == LARGEST else interval) / 1000
        self._poll_timers[thorough] = self._host.loop.call_later(seconds, self._poll_due, thorough)

    def _poll_due(self, thorough: bool) -> None:
        self._set_poll_timer(thorough)
        if self._state is not ONLINE:
            return
        if not thorough and (self._event_handle or self._is_alive_waits):
            return
        if self._gate.try_enter():
            if thorough:
                self._is_alive_waits = False
            self._inside = "IsAlive" if thorough else "LooksAlive"
            self._host.run_aside(lambda: self._poll(thorough))
        elif thorough:  # another entry point is running, LooksAlive perhaps; but not once more
            self._is_alive_waits = True
            self._poll_timers[True].cancel()
            again = self._host.loop.call_later(POLL_RETRY, self._poll_due, True)
            self._poll_timers[True] = again

    def _poll(self, thorough: bool) -> None:
        """In a thread of calls, with the gate entered. IsAlive decides when LooksAlive says no."""
        alive = False
        if not thorough:
            alive = self._poll_once("LooksAlive", self._entry_points.looks_alive)
        if not alive:
            alive = self._poll_once("IsAlive", self._entry_points.is_alive)
        self._gate.leave()
        if not alive:
            self._host.tell(self._is_dead)

    def _poll_once(self, entry_point: str, function: Callable[[int], bool]) -> bool:
        call = Call(self, entry_point, self._gate, self._deadlock_timeout)
        alive = bool(self._host.run_call(call, function, self._resid))
        self.polls.append(Poll(entry_point, alive, time.perf_counter_ns(), call.seconds))
        return alive

    def _is_dead(self) -> None:
        if self._state is ONLINE:
            text, cause = "IsAlive says that it is not alive", FailureCause.IS_ALIVE
            self._failed_by_itself(self._failure(cause, ERROR_RESOURCE_FAILED, text))
