"""The life of a resource of a resource DLL: online and offline, polled, failed, restarted, closed.

Each operation is a coroutine of the host's loop that reads from top to bottom; one at a time is
under way for a resource. The file is long for they share its state.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, TypeVar

from resapi_cy import value_list
from resapi_cy.enums import ControlCode, ResourceState
from resapi_cy.errors import ControlCallFailed
from resapi_cy.hosting.alterations import Alterations
from resapi_cy.hosting.completions import CompletionKind
from resapi_cy.hosting.control_calls import ResourceCalls, control
from resapi_cy.hosting.entry_calls import EntryCalls
from resapi_cy.hosting.event_handle import EventHandle
from resapi_cy.hosting.host import AsksHost
from resapi_cy.hosting.host_loop import ended
from resapi_cy.hosting.life_cycle import (
    Deadlocked,
    DependencyNotFound,
    FailureCause,
    PendingTimedOut,
    ResourceFailed,
    ResourceTerminated,
    UnexpectedReport,
    right_now,
)
from resapi_cy.hosting.place import Place
from resapi_cy.hosting.polls import Polls
from resapi_cy.hosting.recovery import Recovery
from resapi_cy.hosting.requests import TURN
from resapi_cy.hosting.requirements import missing, what_is
from resapi_cy.hosting.stand_in import pickled
from resapi_cy.hosting.under_way import WAIT_TIMEOUT
from resapi_cy.monitoring.monitor import Resource
from resapi_cy.monitoring.states import (
    ENDED_BADLY,
    FAILED,
    OFFLINE,
    OFFLINE_PENDING,
    ONLINE,
    ONLINE_PENDING,
    PENDING,
)
from resapi_cy.names import folded
from resapi_cy.value_list import ClassInfo
from resapi_cy.win32 import win32_text

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from resapi_cy.given_handle import GivenHandle
    from resapi_cy.hosting.completions import Completion
    from resapi_cy.hosting.dependency import Dependency
    from resapi_cy.hosting.engine import EngineCall, EngineResource
    from resapi_cy.hosting.host import Host
    from resapi_cy.hosting.native_calls import SharedCalls
    from resapi_cy.hosting.parameters import Parameters
    from resapi_cy.hosting.resource import HostedResource
    from resapi_cy.hosting.type_place import TypePlace
    from resapi_cy.monitoring.status import ResourceStatus

Result = TypeVar("Result")

ERROR_IO_PENDING = 997
ERROR_OPERATION_ABORTED = 995
ERROR_DEPENDENCY_NOT_FOUND = 5002
ERROR_RESOURCE_FAILED = 5038

# A pending resource's checkpoint is looked at so often within PendingTimeout, and at least once a
# second.
LOOKS_PER_TIMEOUT = 10
# A look that comes so much too late, in seconds: the process was stopped, by a debugger say.
PAUSE = 1.0


class Life(AsksHost):
    """The life of one hosted resource. The host's loop, unless said otherwise."""

    def __init__(
        self,
        host: Host,
        shared: SharedCalls | None,
        type_place: TypePlace,
        resource: HostedResource,
    ) -> None:
        self.host = host
        self.resource = self.whose = resource
        self.state = ResourceState.UNKNOWN
        self.calls = EntryCalls(host, shared, resource)
        self.polls = Polls(self.calls, type_place)
        self.event_handle = EventHandle(self.calls)
        self.recovery = Recovery(self.calls, self._take_down_failed, self._bring_up_again)
        resource.properties._tell(self._properties_changed)
        self._operation: asyncio.Task[None] | None = None
        self._goal = OFFLINE  # of the operation
        self._may_cancel = True  # the operation
        self._closing: asyncio.Task[None] | None = None
        # The status has changed: for an operation that waits for it.
        self._change: asyncio.Event | None = None
        self._found: ResourceFailed | None = None  # and a second finding is of the same failure
        self._failures_seen = 0
        self._place = Place(type_place.surroundings, self.host.declared, resource)
        self.class_info = ClassInfo()  # once another one depends on it
        self._has_all_required = False  # that the DLL requires it to depend on
        self._alterations = Alterations(self.calls, self._place)
        self._deleted = False  # its DLL was told
        self._unexpected: ResourceState | None = None  # reported last, if it made no sense

    # ---- For the users' threads ---------------------------------------------------------------

    @property
    def will_restart(self) -> bool:
        return self.recovery.under_way

    @property
    def resid(self) -> int:
        return self.calls.resid

    @property
    def cluster_id(self) -> str:
        return self._place.id

    @property
    def engine(self) -> EngineResource:
        return self.calls.engine

    def check_open(self) -> None:
        self.calls.check_open()

    def pickled(self) -> tuple[object, ...]:
        return pickled(self.resource)

    @property
    def parameters(self) -> Parameters:
        self.check_open()
        return self._place.parameters(self.check_open, self.host.save_now)

    def hand_over(self, operation: Coroutine[Any, Any, None]) -> bool:
        return self.host.hand_over(operation)

    # ---- Single calls -------------------------------------------------------------------------

    async def call(self, entry_point: str) -> int:
        """Calls one of the entry points that take a RESID and nothing else."""
        return (await self.calls.call_plain(entry_point)).code

    async def control(self, control_code: int, data: bytes, token: int) -> bytes:
        self.check_open()
        calls = ResourceCalls(self.calls, self._place)
        return await control(self.host, calls, control_code, data, token)

    async def requested(self, control_code: int, data: bytes) -> bytes:
        """By the Cluster API."""
        self.check_open()
        calls = ResourceCalls(self.calls, self._place, TURN)
        return await control(self.host, calls, control_code, data, 0)

    async def find_class(self) -> None:
        """Has those that depend on the resource find it by its class, if the DLL tells one."""
        with contextlib.suppress(ControlCallFailed, ValueError):
            told = await self.control(ControlCode.RESOURCE_GET_CLASS_INFO, b"", 0)
            self.class_info = value_list.decode_class_info(told)
        self._place.tell_class(self.class_info)

    async def _check_required(self) -> None:
        """Raises if the resource can't come online for want of a dependency. Asked once for what
        it depends on. A DLL that answers something else, or never, requires nothing.
        """
        if self._has_all_required or not self._place.key:
            return
        required: list[ClassInfo | str | value_list.OtherEntry] = []
        with contextlib.suppress(ControlCallFailed, ValueError, TimeoutError):
            # The entry point has DeadlockTimeout to return; one that ends the call later, as much.
            async with asyncio.timeout(2 * self.calls.limit):
                told = await self.control(ControlCode.RESOURCE_GET_REQUIRED_DEPENDENCIES, b"", 0)
            required = value_list.decode(told)
        if words := missing(required, [what_is(one) for one in self.resource.dependencies]):
            text = (
                f"resource {self.resource.name!r}: its DLL requires it to depend on "
                f"{' and on '.join(words)}: open it with dependencies=[...], such as "
                'Dependency("NAME", "TYPE")'
            )
            raise DependencyNotFound(
                self.resource, ERROR_DEPENDENCY_NOT_FOUND, message=text, **right_now(self.resource)
            )
        self._has_all_required = True

    async def open(self, flags: int) -> None:
        self.calls.begin()
        self._place.enter()
        try:
            await self._open(flags)
        except BaseException:
            self._place.leave()
            raise
        self._publish(OFFLINE)
        self.host.lives[self.resource.handle] = self
        self.host.watch.add(self.resource.handle)
        self.calls.native.add(self.resource.handle, self)

    async def _open(self, flags: int) -> None:
        call = await self.calls.open(flags, self._place.key)
        if self.resid == 0:
            code = call.code or ERROR_RESOURCE_FAILED
            text = f"Open returned no RESID: {win32_text(code)}"
            raise self._failure(FailureCause.OPEN, code, text)

    # ---- Operations ---------------------------------------------------------------------------

    async def online(self, flags: int = 0, data: bytes = b"") -> None:
        while True:
            self.check_open()
            task = self._operation
            if task is None:
                if self.state is ONLINE:
                    return
                self.recovery.stop()
                task = self._start(ONLINE, self._come_online(flags, data))
                break
            if self._goal is ONLINE:
                break
            await ended(task)
        await self._join(task)

    async def offline(
        self, flags: int = 0, destination: str | None = None, data: bytes = b""
    ) -> None:
        while True:
            self.check_open()
            self.recovery.stop()
            task = self._operation
            if task is None:
                break
            if self._goal is ONLINE:
                await self.terminate()
            elif self._goal is OFFLINE:
                await self._join(task)
            else:
                await ended(task)
        if self.state is ONLINE:
            await self._join(self._start(OFFLINE, self._take_offline(flags, destination, data)))
        elif self.state is not OFFLINE:
            self._publish(OFFLINE)

    async def restart(self) -> None:
        await self.offline()
        await self.online()

    async def rename(self, name: str) -> None:
        self.check_open()
        await self._alterations.rename(name)

    async def add_dependency(self, one: HostedResource | Dependency) -> None:
        self.check_open()
        await self._alterations.add_dependency(one)

    async def remove_dependency(self, one: HostedResource | Dependency) -> None:
        self.check_open()
        self._has_all_required = False
        await self._alterations.remove_dependency(one)

    async def delete(self) -> None:
        self.check_open()
        self._alterations.check_own("deleted")
        while self._operation is not None or self.state is not OFFLINE:
            self._alterations.check_no_dependents()
            await self.offline()
        self._alterations.check_no_dependents()
        await self._join(self._start(OFFLINE, self._tell_deleted(), may_cancel=False))
        await self.close()
        await self.host.save()

    async def _tell_deleted(self) -> None:
        await self._alterations.tell_deleted()
        self._deleted = True
        self.calls.close()  # it does not come online again

    async def terminate(self) -> None:
        self.check_open()
        await self._terminate_now()

    async def _terminate_now(self, *, closing: bool = False) -> None:
        Resource.terminate(self.resource)
        self.recovery.stop()
        while (task := self._operation) is not None:
            if self._may_cancel:
                task.cancel()
            await ended(task)
            self.recovery.stop()
        if not closing:
            self.check_open()
        await self._join(self._start(OFFLINE, self._take_down(), may_cancel=False))

    async def _take_down(self) -> None:
        self.polls.stop()
        Resource.terminate(self.resource)  # again: an operation may have begun since
        try:
            await self.calls.terminate()
        finally:
            self._publish(OFFLINE)

    def _terminated_again(self) -> None:
        if self._operation is None and self.state in (OFFLINE, FAILED) and not self.resource.closed:
            self._publish(self.state)  # whatever that worker said

    async def close(self) -> None:
        if self._closing is None:
            self.calls.close()
            self.host.requests.give_up(self)
            self._closing = self.host.loop.run_task(self._close_once(), lambda task: None)
        await ended(self._closing)

    async def _close_once(self) -> None:
        self.recovery.stop()
        if self._operation is not None or self.state not in (OFFLINE, FAILED):
            with contextlib.suppress(Deadlocked):  # told as an event; Close can't follow
                await self._terminate_now(closing=True)
        self.polls.stop()
        if not self.calls.terminate_is_stuck:
            with contextlib.suppress(Deadlocked):
                await self.calls.call_plain("Close")
        self.calls.native.remove(self.resource.handle)
        self.host.watch.remove(self.resource.handle)
        self.host.lives.pop(self.resource.handle, None)
        self.host.names.pop(folded(self.resource.name), None)
        self._place.leave(deleted=self._deleted)
        Resource.close(self.resource)

    def _start(
        self,
        goal: ResourceState,
        operation: Coroutine[Any, Any, None],
        *,
        may_cancel: bool = True,
    ) -> asyncio.Task[None]:
        self._goal, self._may_cancel = goal, may_cancel
        self.host.watch.rouse(self.resource.handle)
        self._operation = self.host.loop.run_task(operation, self._operation_ended)
        return self._operation

    def _operation_ended(self, task: asyncio.Task[None]) -> None:
        self._operation = self._change = None
        if task.cancelled():  # the resource is being terminated
            return
        error = task.exception()  # whoever joined it raises it; nobody need have
        if error is not None and self.state is ONLINE:
            self._stays_online(error)
        self.status_changed()  # what was reported while it was ending

    def _stays_online(self, error: BaseException) -> None:
        """Offline could not be called. Nobody recovers by now from what had been found before, or
        is the reason."""
        failed, self._found = self._found, None
        if failed is None and isinstance(error, Deadlocked) and error.resource is self.resource:
            failed = error
        if failed is not None:
            self.failed_by_itself(failed)

    async def _join(self, task: asyncio.Task[None]) -> None:
        """Waits for an operation that others may wait for as well."""
        await ended(task)
        if task.cancelled():
            text = (
                f"resource {self.resource.name!r} was terminated before the operation had ended: "
                "bring it online again if that was not meant"
            )
            raise ResourceTerminated(
                self.resource, ERROR_OPERATION_ABORTED, message=text, **right_now(self.resource)
            )
        error = task.exception()
        if isinstance(error, ResourceFailed):
            raise error._again()
        if error is not None:
            raise error

    async def _come_online(self, flags: int, data: bytes) -> None:
        # Not with a restart: who has removed a dependency since then has the DLL decide.
        await self._check_required()
        await self._bring_online(flags, data)

    async def _bring_online(self, flags: int = 0, data: bytes = b"") -> None:
        resource = self.resource
        await self.calls.enter_gate()
        # Before the call: a worker may report before Online has returned.
        self._begin(ONLINE_PENDING)
        try:
            calls = self.calls
            call = await calls.call_inside(
                "Online",
                lambda: calls.engine.online(flags, data, limit=calls.limit, inside=True),
            )
            given: GivenHandle | None = call.given
            status = await self._outcome(ONLINE_PENDING, FailureCause.ONLINE, call.code, ONLINE)
            if status is not None and status.event_handle:
                given = self.event_handle.reported(status)
            self._goes_to(ONLINE)
            self._found = None
            if status is None:
                checkpoint = resource.status.checkpoint
                value = 0 if given is None else given.value
                Resource.report(resource, ONLINE, checkpoint=checkpoint, event_handle=value)
                # Not that one: the number may be another handle's by now.
                self.event_handle.reported(resource.status)
                self._check_bad_end(ONLINE_PENDING)  # one that has just been reported over
        except ResourceFailed as error:
            await self._fail(error)
            raise
        self.event_handle.watch(given)
        self.polls.start()

    async def _take_offline(self, flags: int, destination: str | None, data: bytes) -> None:
        await self.calls.enter_gate()
        self.polls.stop()  # not before: if a call is stuck, the resource stays online
        self._begin(OFFLINE_PENDING)
        try:
            calls = self.calls
            call = await calls.call_inside(
                "Offline",
                lambda: calls.engine.offline(
                    flags, destination, data, limit=calls.limit, inside=True
                ),
            )
            await self._outcome(OFFLINE_PENDING, FailureCause.OFFLINE, call.code, OFFLINE)
        except ResourceFailed as error:
            await self._fail(error)
            raise
        self._publish(OFFLINE)

    async def _outcome(
        self, pending: ResourceState, cause: FailureCause, code: int, goal: ResourceState
    ) -> ResourceStatus | None:
        """Waits until an entry point that has returned `code` is done: the status that was reported
        last, None if it is done and the goal has not been reported."""
        if code == 0:
            self._check_bad_end(pending)
            self._check_failure_signal()
            status = self.resource.status
            return status if status.state is goal else None
        if code != ERROR_IO_PENDING:
            raise self._failure(cause, code, f"{cause} returned {win32_text(code)}")
        status = await self._settled(pending)
        if status.state is not goal:
            raise self._reported_failure(status, pending)
        return status

    def _check_bad_end(self, pending: ResourceState) -> None:
        """Raises if a bad end has been reported since the operation began: whatever the entry point
        has returned, that is the operation's end."""
        ends = self.resource.monitor._ends(self.resource)
        for state in ENDED_BADLY if pending is OFFLINE_PENDING else (OFFLINE, *ENDED_BADLY):
            if state in ends:
                raise self._reported_failure(ends[state], pending)

    async def _settled(self, pending: ResourceState) -> ResourceStatus:
        """Waits for the end of a pending state. Time counts from the last new checkpoint."""
        resource = self.resource
        ends: tuple[ResourceState, ...] = (OFFLINE, *ENDED_BADLY)
        if pending is ONLINE_PENDING:
            ends += (ONLINE,)
        checkpoint, since = resource._newest = resource.status.checkpoint, time.monotonic()
        change, expected = asyncio.Event(), since  # when the next look is to be
        self._change = change
        while True:
            change.clear()
            status, now = resource.status, time.monotonic()
            if now - expected > PAUSE:  # nothing ran meanwhile, nor did the worker
                since = now
            for end in (*resource.monitor._ends(resource).values(), status):
                if end.state in ends:
                    return end
            self._check_failure_signal()
            if status.state not in PENDING:
                self._report_unexpected(status)
            if status.checkpoint != checkpoint:
                checkpoint, since = resource._newest = status.checkpoint, now
            limit, milliseconds = resource.properties._pending_timeout
            timeout = milliseconds / 1000
            if now - since >= timeout:
                raise self._pending_timed_out(timeout, limit)
            look = min(timeout / LOOKS_PER_TIMEOUT, 1.0, timeout - (now - since))
            expected = now + look
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(look):
                    await change.wait()

    # ---- Failure ------------------------------------------------------------------------------

    def _failure(self, cause: FailureCause, code: int, text: str) -> ResourceFailed:
        resource, lines = self.resource, self.resource._reasons()
        text = f"resource {resource.name!r}: {text}{self._place.not_served()}"
        if not lines:
            text += "; its LogMessage events may say why"
        return ResourceFailed(
            resource, cause, code, message=text, log_lines=lines, **right_now(resource)
        )

    def _reported_failure(self, status: ResourceStatus, state: ResourceState) -> ResourceFailed:
        code = status.error_code or ERROR_RESOURCE_FAILED
        text = f"was reported as {status.state.name} while {state.name}, {win32_text(code)}"
        return self._failure(FailureCause.STATUS_REPORT, code, text)

    def _pending_timed_out(self, timeout: float, limit: str) -> PendingTimedOut:
        checkpoint = self.resource.status.checkpoint
        text = (
            f"resource {self.resource.name!r}: {self.state.name}, and no new checkpoint for "
            f"{timeout:g} s ({limit}), the last one was {checkpoint}{self._place.not_served()}; "
            "have its worker "
            f"report more often, or raise {limit}"
        )
        return PendingTimedOut(
            self.resource,
            FailureCause.PENDING_TIMEOUT,
            WAIT_TIMEOUT,
            message=text,
            log_lines=self.resource._reasons(),
            **right_now(self.resource),
        )

    def _check_failure_signal(self) -> None:
        """Raises if the DLL has called SignalFailure since the operation began."""
        count, code = self.resource._failure_signal()
        if count != self._failures_seen:
            self._failures_seen = count
            raise self._failure(
                FailureCause.SIGNAL_FAILURE,
                code or ERROR_RESOURCE_FAILED,
                f"the DLL signaled a failure: {win32_text(code)}",
            )

    async def _fail(self, error: ResourceFailed) -> None:
        """Terminates a resource that has failed: the flag first, then the entry point."""
        self.resource.failures += 1
        self.polls.stop()
        Resource.terminate(self.resource)
        if not isinstance(error, Deadlocked):  # that one has been told already
            self.host.announce(error)
        self._publish(FAILED, error.code)
        with contextlib.suppress(Deadlocked):  # told as an event of its own
            await self.calls.terminate()
        self._publish(FAILED, error.code)  # whatever the workers said last

    def failed_by_itself(self, error: ResourceFailed) -> None:
        """A failure that no operation waits for. It may be found in several ways: by a poll, a
        report, a signal and a call that does not return. All of them are the same failure until the
        resource is online again."""
        if self.state is ONLINE and self._operation is None and self._found is None:
            self._found = error
            self.polls.stop()
            self.recovery.start(error)

    async def _take_down_failed(self, error: ResourceFailed) -> bool:
        await self._join(self._start(FAILED, self._fail(error), may_cancel=False))
        return self.state is FAILED

    async def _bring_up_again(self) -> ResourceFailed | None:
        try:
            await self._join(self._start(ONLINE, self._bring_online()))
        except ResourceFailed as error:
            return error if self.state is FAILED else None
        return None

    def _is_dead(self) -> None:
        text = "IsAlive says that it is not alive"
        self.failed_by_itself(self._failure(FailureCause.IS_ALIVE, ERROR_RESOURCE_FAILED, text))

    def _died_signaled(self) -> None:
        text = "the DLL signaled its event handle, and IsAlive says that it is not alive"
        self.failed_by_itself(self._failure(FailureCause.EVENT_HANDLE, ERROR_RESOURCE_FAILED, text))

    def completed(self, completion: Completion[EngineCall]) -> None:
        """What the engine tells of the resource, beside the calls."""
        if (error := self.calls.told(completion)) is not None:
            self.failed_by_itself(error)
        match completion.kind:
            case CompletionKind.NOT_ALIVE if completion.by_event:
                self._died_signaled()
            case CompletionKind.NOT_ALIVE:
                self._is_dead()
            case CompletionKind.EVENT_ANSWERED:
                self.event_handle.answered()
            case CompletionKind.HANDLE_LOST:
                self.event_handle.lost()
            case CompletionKind.TERMINATED_AGAIN:
                self._terminated_again()

    def _properties_changed(self) -> None:
        """Any thread."""
        self.host.tell(self._follow_properties)

    def _follow_properties(self) -> None:
        self._place.properties_changed()
        self.polls.properties_changed()

    def type_changed(self) -> None:
        self.polls.properties_changed()

    # ---- States -------------------------------------------------------------------------------

    def _begin(self, pending: ResourceState) -> None:
        self._place.begin()
        # Before the state: whoever sees that believes this.
        self.resource._newest = (0, time.monotonic())
        self.resource._operation_since = time.perf_counter_ns()
        self._goes_to(pending)
        self.resource.monitor._begin(self.resource, pending)
        self._failures_seen = self.resource._failure_signal()[0]

    def _goes_to(self, state: ResourceState) -> None:
        self.state = state
        self._unexpected = None
        self._place.publish(state)

    def _publish(self, state: ResourceState, error_code: int = 0) -> None:
        """Goes to a state, and has everybody see it."""
        self._goes_to(state)
        self.event_handle.forget()
        checkpoint = self.resource.status.checkpoint
        Resource.report(self.resource, state, checkpoint=checkpoint, error_code=error_code)

    def status_changed(self) -> None:
        """A native thread has changed the status, or signaled a failure."""
        if self._change is not None:
            self._change.set()
        if self._operation is not None or self.calls.brings_workers:
            return
        if self._closing is not None or self.resource.closed:
            return
        status = self.resource.status
        if self.state is ONLINE:
            try:
                self._check_failure_signal()
            except ResourceFailed as error:
                self.failed_by_itself(error)
                return
            if status.state in (OFFLINE, *ENDED_BADLY):
                self.failed_by_itself(self._reported_failure(status, ONLINE))
            elif status.state is ONLINE:
                self._unexpected = None
                self.event_handle.status_changed(status)
                self._rest()
            else:
                self._report_unexpected(status)
        elif self.state in (OFFLINE, FAILED):
            if status.state is not self.state:
                self._report_unexpected(status)
            else:
                self._rest()

    def _rest(self) -> None:
        """As long as it stays as it is, its changes are not told: see core/host_sleep.hpp."""
        self.host.watch.rest(self.resource.handle, self.state, self._failures_seen)

    def _report_unexpected(self, status: ResourceStatus) -> None:
        if status.state != self._unexpected:
            self._unexpected = status.state
            self.host.announce(UnexpectedReport(self.resource, status, **right_now(self.resource)))
