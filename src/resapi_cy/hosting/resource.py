"""What users see of a resource type and its resources. What is done with them is elsewhere: the
operations in operations.py, opening in opening.py.

It is long for what is said of each method, which is the reference that users read.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from resapi_cy import property_list
from resapi_cy.arguments import data_argument, unsigned
from resapi_cy.enums import ControlCode
from resapi_cy.errors import ControlCallFailed
from resapi_cy.hosting.asked_of_host import Waiting, control_arguments, offline_arguments
from resapi_cy.hosting.completions import Poll
from resapi_cy.hosting.told_formats import told_formats
from resapi_cy.monitoring.monitor import Resource
from resapi_cy.monitoring.states import AT_REST

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Self, Unpack

    from resapi_cy.enums import (
        ExitState,
        OfflineFlags,
        OnlineFlags,
        OpenFlags,
        ResourceApiVersion,
        ResourceState,
        StatusFlags,
    )
    from resapi_cy.hosting.asked_of_host import Operations
    from resapi_cy.hosting.common_properties import CommonProperties, CommonValues
    from resapi_cy.hosting.completions import EntryPointCounts
    from resapi_cy.hosting.dependency import Dependency
    from resapi_cy.hosting.parameters import Parameters
    from resapi_cy.monitoring.monitor import ResourceMonitor
    from resapi_cy.property_list import Value
    from resapi_cy.resource_dll import EntryPoints

ERROR_RESOURCE_PROPERTIES_STORED = 5024
# For how long what a resource's DLL has logged may be why it fails, if no operation is under way,
# in nanoseconds.
RECENT = 60 * 10**9


class Opener(Waiting, Protocol):
    """What can be done with a resource type: the host's part of it."""

    @property
    def monitor(self) -> ResourceMonitor: ...
    async def open(
        self,
        resource_type: ResourceType,
        name: str,
        flags: int,
        dependencies: Sequence[HostedResource | Dependency],
        properties: CommonValues,
    ) -> HostedResource: ...
    async def control(
        self, resource_type: ResourceType, control_code: int, data: bytes, token: int
    ) -> bytes: ...


class ResourceType:
    """A resource type of a loaded resource DLL: made by ``ResourceMonitor.load``.

    Any Python thread may use it. Resource API: CLRES_FUNCTION_TABLE.

    Attributes:
        entry_points (EntryPoints): its function table, to be called directly.
    """

    def __init__(self, opener: Opener, entry_points: EntryPoints) -> None:
        self._opener = opener
        self.entry_points = entry_points

    @property
    def monitor(self) -> ResourceMonitor:
        """The monitor that hosts its resources."""
        return self._opener.monitor

    @property
    def name(self) -> str:
        """The resource type's name."""
        return self.entry_points.resource_type

    @property
    def path(self) -> str:
        """The resource DLL."""
        return self.entry_points.dll.path

    @property
    def version(self) -> ResourceApiVersion:
        """The version of the Resource API that was agreed on."""
        return self.entry_points.version

    def open(
        self,
        name: str,
        *,
        flags: OpenFlags | int = 0,
        dependencies: Sequence[HostedResource | Dependency] = (),
        **properties: Unpack[CommonValues],
    ) -> HostedResource:
        """Opens a resource of this type: calls Open.

        Args:
            name: the resource's name, which no other one that the monitor hosts may have, in
                whatever case. The DLL's ``ResourceKey`` is the key of that name's resource in the
                monitor's cluster database; NULL with ``cluster_api="system"``.
            flags: ``OpenFlags``; not for version 1.
            dependencies: what the resource depends on, for its DLL to find: resources of this
                monitor, which are asked for their class first, and declared ones. The host
                brings none of them online for it. One that is closed is found again once a
                resource of its name is open.
            properties: common properties, by their names: see ``CommonProperties``.

        Returns:
            An OFFLINE resource.

        Raises:
            ResourceFailed: Open returned no RESID. ``code`` is what the DLL set by SetLastError,
                ERROR_RESOURCE_FAILED if it set nothing. If it has called a function of the Cluster
                API that is not served, the message says which.
            Deadlocked: Open did not return within DeadlockTimeout.
            ClosedError: the monitor, or a dependency, is closed.
            TypeError, ValueError: a wrong name, dependency or property; a name that is taken.

        Any Python thread. Resource API: POPEN_V2_ROUTINE, POPEN_ROUTINE.
        """
        flags = unsigned("flags", flags, 32)
        opening = self._opener.open(self, name, flags, dependencies, properties)
        return self._opener.wait(opening, None, may_cancel=True)

    async def open_async(
        self,
        name: str,
        *,
        flags: OpenFlags | int = 0,
        dependencies: Sequence[HostedResource | Dependency] = (),
        **properties: Unpack[CommonValues],
    ) -> HostedResource:
        """``open`` for an asyncio task."""
        flags = unsigned("flags", flags, 32)
        opening = self._opener.open(self, name, flags, dependencies, properties)
        return await self._opener.wait_async(opening, None, may_cancel=True)

    def control(
        self,
        control_code: int,
        data: bytes | bytearray | memoryview = b"",
        *,
        timeout: float | None = None,
        token: int = 0,
    ) -> bytes:
        """A control call to the type: ResourceTypeControl, or BeginResourceTypeControl from version
        3.

        Args, result and exceptions are those of ``HostedResource.control``.

        Resource API: PRESOURCE_TYPE_CONTROL_ROUTINE, PBEGIN_RESTYPECALL_ROUTINE.
        """
        operation = self._opener.control(self, *control_arguments(control_code, data, token))
        return self._opener.wait(operation, timeout, may_cancel=True)

    async def control_async(
        self,
        control_code: int,
        data: bytes | bytearray | memoryview = b"",
        *,
        timeout: float | None = None,
        token: int = 0,
    ) -> bytes:
        """``control`` for an asyncio task."""
        operation = self._opener.control(self, *control_arguments(control_code, data, token))
        return await self._opener.wait_async(operation, timeout, may_cancel=True)

    def __repr__(self) -> str:
        return f"<ResourceType {self.name!r} of {self.path!r}, version {self.version >> 8}>"


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
        dependencies (tuple[HostedResource | Dependency, ...]): what it depends on.
        restarts (int): how often it has been restarted.
        failures (int): how often it has failed, and was terminated for it.
    """

    type: ResourceType
    properties: CommonProperties
    dependencies: tuple[HostedResource | Dependency, ...]
    restarts: int
    failures: int

    def __init__(self, *arguments: object, **named: object) -> None:
        raise TypeError("a HostedResource is made by ResourceType.open(name)")

    def _attach(
        self,
        resource_type: ResourceType,
        properties: CommonProperties,
        dependencies: tuple[HostedResource | Dependency, ...],
        operations: Callable[[HostedResource], Operations],
    ) -> None:
        self.type = resource_type
        self.properties = properties
        self.dependencies = dependencies
        self.restarts = self.failures = 0
        self._newest = (0, 0.0)  # an operation's checkpoint, and since when it has been seen
        self._operation_since = time.perf_counter_ns()  # or that of Open
        self._operations = operations(self)

    def __reduce__(self) -> tuple[object, ...]:
        return self._operations.pickled()

    @property
    def state(self) -> ResourceState:
        """Where the resource is in its life. ``status`` is what was last reported, by whomever."""
        return self._operations.state

    @property
    def will_restart(self) -> bool:
        """Whether the host, by itself, is about to bring the resource online again after a failure.
        A FAILED resource that it gave up stays so until somebody calls ``online``."""
        return self._operations.will_restart

    @property
    def polls(self) -> list[Poll]:
        """The latest health checks that the host has made, fifteen at most, oldest first."""
        return [Poll(*poll) for poll in self._operations.engine.polls]

    @property
    def poll_lateness(self) -> EntryPointCounts:
        """How late the health checks were begun, counted by seconds; its ``code`` and ``monotonic``
        say nothing. A check that is due while another entry point of the resource runs is made when
        that has returned, and is late by as much."""
        return self._operations.engine.late

    @property
    def _counts(self) -> dict[str, EntryPointCounts]:
        """The calls of entry points that have returned, polls included, by name."""
        return self._operations.engine.counts()

    @property
    def resid(self) -> int:
        """The RESID that Open returned, which is the DLL's own name for the resource."""
        return self._operations.resid

    @property
    def parameters(self) -> Parameters:
        """The values below the resource's ``Parameters`` key in the cluster database: a mapping
        that can be changed. See ``Parameters``.

        Raises:
            ClosedError: the resource or its monitor is closed.
            RuntimeError: its resource DLL is loaded with ``cluster_api="system"``.
        """
        return self._operations.parameters

    def online(
        self,
        timeout: float | None = None,
        *,
        flags: OnlineFlags | int = 0,
        data: bytes | bytearray | memoryview = b"",
    ) -> None:
        """Brings the resource online; returns at once if it is. Joins an attempt that is under way.

        Args:
            timeout: how many seconds the caller wants to wait; None: as long as it takes. The
                operation goes on when they have passed.
            flags: ``OnlineFlags``; not for version 1.
            data: the operation's ``InBuffer``; not for version 1.

        Raises:
            TypeError, ValueError: a wrong argument, whether the resource is online or not.
            ResourceFailed: Online returned an error, or the resource was reported as failed.
            DependencyNotFound: the DLL requires a dependency that it was opened without.
            PendingTimedOut: nothing new was reported for PendingTimeout. Terminate has been called.
            Deadlocked: an entry point did not return within DeadlockTimeout.
            ResourceTerminated: somebody terminated or closed the resource meanwhile.
            OperationTimedOut: the timeout has passed. Also a ``TimeoutError``.
            ClosedError: the resource or its monitor is closed.

        Resource API: PONLINE_V2_ROUTINE, PONLINE_ROUTINE.
        """
        arguments = unsigned("flags", flags, 32), data_argument(data)
        self._wait(lambda: self._operations.online(*arguments), timeout)

    async def online_async(
        self,
        timeout: float | None = None,
        *,
        flags: OnlineFlags | int = 0,
        data: bytes | bytearray | memoryview = b"",
    ) -> None:
        """``online`` for an asyncio task. Cancelling the task leaves the operation going."""
        arguments = unsigned("flags", flags, 32), data_argument(data)
        await self._wait_async(lambda: self._operations.online(*arguments), timeout)

    def offline(
        self,
        timeout: float | None = None,
        *,
        flags: OfflineFlags | int = 0,
        destination: str | None = None,
        data: bytes | bytearray | memoryview = b"",
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
        arguments = offline_arguments(flags, destination, data)
        self._wait(lambda: self._operations.offline(*arguments), timeout)

    async def offline_async(
        self,
        timeout: float | None = None,
        *,
        flags: OfflineFlags | int = 0,
        destination: str | None = None,
        data: bytes | bytearray | memoryview = b"",
    ) -> None:
        """``offline`` for an asyncio task."""
        arguments = offline_arguments(flags, destination, data)
        await self._wait_async(lambda: self._operations.offline(*arguments), timeout)

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
        self._wait(self._operations.terminate, timeout)

    async def terminate_async(self, timeout: float | None = None) -> None:
        """``terminate`` for an asyncio task."""
        Resource.terminate(self)
        await self._wait_async(self._operations.terminate, timeout)

    def restart(self, timeout: float | None = None) -> None:
        """``offline``, then ``online``. The timeout is for both together."""
        self._wait(self._operations.restart, timeout)

    async def restart_async(self, timeout: float | None = None) -> None:
        """``restart`` for an asyncio task."""
        await self._wait_async(self._operations.restart, timeout)

    def close(self) -> None:
        """Terminates the resource unless it is offline or has failed, calls Close, and closes the
        handle. Closing again does nothing. Close is not called while another entry point does not
        return.

        Resource API: PCLOSE_ROUTINE.
        """
        if self.closed:
            return
        closing = self._operations.close()
        if not self._operations.hand_over(closing):
            self._operations.wait(closing, None)

    async def close_async(self) -> None:
        """``close`` for an asyncio task; ``async with`` does it at the end of its block."""
        if not self.closed:
            await self._operations.wait_async(self._operations.close(), None)

    async def __aenter__(self) -> Self:
        self._operations.check_open()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close_async()

    def delete(self, timeout: float | None = None) -> None:
        """The end of the resource in the cluster: it is taken offline, its DLL is told
        (CLUSCTL_RESOURCE_DELETE), it is closed, and its key is deleted from the cluster database,
        and from its file. One that is opened by its name later is a new resource.

        What the DLL answers does not count: as the documents have it, it can't prevent that.

        Args:
            timeout: as for ``online``.

        Raises:
            ValueError: another resource depends on it.
            ResourceFailed: it can't be taken offline in order, and is FAILED: delete it again.
            RuntimeError: its resource DLL is loaded with ``cluster_api="system"``.
            OSError: what is deleted could not be taken out of the file.
            Deadlocked, OperationTimedOut, ClosedError: as ``online``.

        Resource API: DeleteClusterResource.
        """
        self._wait(self._operations.delete, timeout)

    async def delete_async(self, timeout: float | None = None) -> None:
        """``delete`` for an asyncio task."""
        await self._wait_async(self._operations.delete, timeout)

    def rename(self, name: str, timeout: float | None = None) -> None:
        """Gives the resource another name, whatever state it is in. Its key in the cluster database
        stays the same. Then its DLL is told (CLUSCTL_RESOURCE_SET_NAME, with the name as the
        input); what it answers does not count.

        Args:
            name: which no other resource of the monitor may have, in whatever case, nor of its
                database.
            timeout: as for ``online``.

        Raises:
            TypeError, ValueError: a wrong name; one that is taken.
            RuntimeError: its resource DLL is loaded with ``cluster_api="system"``.
            OSError: the name could not be stored in the database's file.
            Deadlocked, OperationTimedOut, ClosedError: as ``online``.

        Resource API: SetClusterResourceName.
        """
        self._wait(lambda: self._operations.rename(name), timeout)

    async def rename_async(self, name: str, timeout: float | None = None) -> None:
        """``rename`` for an asyncio task."""
        await self._wait_async(lambda: self._operations.rename(name), timeout)

    def add_dependency(
        self, dependency: HostedResource | Dependency, timeout: float | None = None
    ) -> None:
        """Has the resource depend on another one, as if it had been opened with it, whatever state
        it is in. Then its DLL is told (CLUSCTL_RESOURCE_ADD_DEPENDENCY, with the other one's name
        as the input); what it answers does not count.

        Args:
            dependency: as for ``ResourceType.open``.
            timeout: as for ``online``.

        Raises:
            TypeError, ValueError: it is wrong; it depends on this one, or this one on it already.
            RuntimeError: its resource DLL is loaded with ``cluster_api="system"``.
            Deadlocked, OperationTimedOut, ClosedError: as ``online``.

        Resource API: AddClusterResourceDependency.
        """
        self._wait(lambda: self._operations.add_dependency(dependency), timeout)

    async def add_dependency_async(
        self, dependency: HostedResource | Dependency, timeout: float | None = None
    ) -> None:
        """``add_dependency`` for an asyncio task."""
        await self._wait_async(lambda: self._operations.add_dependency(dependency), timeout)

    def remove_dependency(
        self, dependency: HostedResource | Dependency, timeout: float | None = None
    ) -> None:
        """The opposite of ``add_dependency``: CLUSCTL_RESOURCE_REMOVE_DEPENDENCY.

        Args:
            dependency: one of ``dependencies``.
            timeout: as for ``online``.

        Raises:
            ValueError: it does not depend on that one.
            RuntimeError: its resource DLL is loaded with ``cluster_api="system"``.
            Deadlocked, OperationTimedOut, ClosedError: as ``online``.

        Resource API: RemoveClusterResourceDependency.
        """
        self._wait(lambda: self._operations.remove_dependency(dependency), timeout)

    async def remove_dependency_async(
        self, dependency: HostedResource | Dependency, timeout: float | None = None
    ) -> None:
        """``remove_dependency`` for an asyncio task."""
        await self._wait_async(lambda: self._operations.remove_dependency(dependency), timeout)

    def looks_alive(self) -> bool:
        """Calls LooksAlive now. What it says has no consequences; that it does not return has the
        same as in a poll. Resource API: PLOOKS_ALIVE_ROUTINE.

        Raises:
            Deadlocked, ClosedError: as ``online``.
        """
        return bool(self._entry("LooksAlive"))

    async def looks_alive_async(self) -> bool:
        """``looks_alive`` for an asyncio task."""
        return bool(await self._entry_async("LooksAlive"))

    def is_alive(self) -> bool:
        """Calls IsAlive now. What it says has no consequences; that it does not return has the same
        as in a poll. Resource API: PIS_ALIVE_ROUTINE.

        Raises:
            Deadlocked, ClosedError: as ``online``.
        """
        return bool(self._entry("IsAlive"))

    async def is_alive_async(self) -> bool:
        """``is_alive`` for an asyncio task."""
        return bool(await self._entry_async("IsAlive"))

    def arbitrate(self) -> int:
        """Calls Arbitrate, for a quorum resource; the Win32 code that it returned, 120 if there is
        none. When the resource is lost later, the monitor delivers ``QuorumResourceLost``.

        Raises:
            Deadlocked, ClosedError: as ``online``.

        Resource API: PARBITRATE_ROUTINE, PQUORUM_RESOURCE_LOST.
        """
        return int(self._entry("Arbitrate"))

    async def arbitrate_async(self) -> int:
        """``arbitrate`` for an asyncio task."""
        return int(await self._entry_async("Arbitrate"))

    def release(self) -> int:
        """Calls Release, for a quorum resource; the Win32 code that it returned, 120 if there is
        none.

        Raises:
            Deadlocked, ClosedError: as ``online``.

        Resource API: PRELEASE_ROUTINE.
        """
        return int(self._entry("Release"))

    async def release_async(self) -> int:
        """``release`` for an asyncio task."""
        return int(await self._entry_async("Release"))

    def cancel(self) -> int:
        """Calls Cancel, to give up the operation in progress; the Win32 code that it returned, 120
        if there is none.

        Raises:
            Deadlocked, ClosedError: as ``online``.

        Resource API: PCANCEL_ROUTINE.
        """
        return int(self._entry("Cancel"))

    async def cancel_async(self) -> int:
        """``cancel`` for an asyncio task."""
        return int(await self._entry_async("Cancel"))

    def control(
        self,
        control_code: int,
        data: bytes | bytearray | memoryview = b"",
        *,
        timeout: float | None = None,
        token: int = 0,
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
            TypeError, ValueError: a wrong argument.
            ControlCallFailed: the call returned an error, or ended with one; or with success and
                more bytes than it had room for, which is error 13 (ERROR_INVALID_DATA).
            Deadlocked, OperationTimedOut, ClosedError: as ``online``.

        Resource API: PRESOURCE_CONTROL_ROUTINE, PBEGIN_RESCALL_ROUTINE,
            PBEGIN_RESCALL_AS_USER_ROUTINE.
        """
        operation = self._operations.control(*control_arguments(control_code, data, token))
        return self._operations.wait(operation, timeout, may_cancel=True)

    async def control_async(
        self,
        control_code: int,
        data: bytes | bytearray | memoryview = b"",
        *,
        timeout: float | None = None,
        token: int = 0,
    ) -> bytes:
        """``control`` for an asyncio task."""
        operation = self._operations.control(*control_arguments(control_code, data, token))
        return await self._operations.wait_async(operation, timeout, may_cancel=True)

    def private_properties(self) -> dict[str, int | str | bytes | list[str]]:
        """The resource's private properties, as the DLL tells them: in the types of
        ``resapi_cy.property_list``, which keep their formats.

        Raises:
            ControlCallFailed: the DLL does not support that.
            ValueError: what it returned is no property list.

        Resource API: CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES.
        """
        return property_list.decode(self.control(ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES))

    async def private_properties_async(self) -> dict[str, int | str | bytes | list[str]]:
        """``private_properties`` for an asyncio task."""
        code = ControlCode.RESOURCE_GET_PRIVATE_PROPERTIES
        return property_list.decode(await self.control_async(code))

    def set_private_properties(self, properties: Mapping[str, object]) -> bool:
        """Sets private properties: what the DLL, and no host, goes by.

        Args:
            properties: name -> int, str, bytes or a sequence of str. A value of Python's own types
                is sent in the format that the DLL tells for its name: by
                CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTY_FMTS, or else by the property's value. One
                of the types of ``resapi_cy.property_list`` is sent in its own.

        Returns:
            True: they count from now on; False: from the next time that it comes online.

        Raises:
            ControlCallFailed: the DLL refuses one, or does not support that.
            TypeError, ValueError: a value has no place in a property list.

        Resource API: CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES.
        """
        if not isinstance(properties, Mapping):
            raise TypeError(
                f"properties must map names to values, not be {type(properties).__name__}"
            )
        code = ControlCode.RESOURCE_SET_PRIVATE_PROPERTIES
        unsaid = [n for n, v in properties.items() if not isinstance(v, property_list.Formatted)]
        # Checkers take {"Port": 1, "Directory": "data"} for any values; each is checked here.
        values = cast("Mapping[str, Value]", properties)
        settable = property_list.in_formats(values, told_formats(self.control, unsaid))
        try:
            self.control(code, property_list.encode(settable))
        except ControlCallFailed as error:
            if error.code != ERROR_RESOURCE_PROPERTIES_STORED:
                raise
            return False
        return True

    async def set_private_properties_async(self, properties: Mapping[str, object]) -> bool:
        """``set_private_properties`` for an asyncio task. Cancelling the task leaves it going."""
        return await asyncio.to_thread(self.set_private_properties, properties)

    # ---- What only the host does ---------------------------------------------------------------

    def begin(self, state: ResourceState | int) -> None:
        """Refused, where ``Resource.begin`` is not: the host begins operations, when ``online`` or
        ``offline`` asks for one.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(f"resource {self.name!r} is hosted: call online or offline instead")

    def report(
        self,
        state: ResourceState | int,
        *,
        checkpoint: int = 0,
        error_code: int = 0,
        flags: StatusFlags | int = 0,
        event_handle: int = 0,
    ) -> ExitState:
        """Refused, where ``Resource.report`` is not: the resource DLL reports, and the host.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            f"resource {self.name!r} is hosted: its resource DLL reports what becomes of it, and "
            "the host; to play a DLL's part, open a resource with ResourceMonitor.open"
        )

    def _reasons(self) -> tuple[str, ...]:
        """What the DLL has logged that may be why it has failed. Any thread."""
        since = self._operation_since
        if self.state in AT_REST:
            since = max(since, time.perf_counter_ns() - RECENT)
        return self.monitor._log_lines(self, since)

    # ---- From the users' threads to the host --------------------------------------------------

    def _wait(
        self, operation: Callable[[], Coroutine[Any, Any, Any]], timeout: float | None
    ) -> Any:
        self._operations.check_open()
        return self._operations.wait(operation(), timeout)

    async def _wait_async(
        self, operation: Callable[[], Coroutine[Any, Any, Any]], timeout: float | None
    ) -> Any:
        self._operations.check_open()
        return await self._operations.wait_async(operation(), timeout)

    def _entry(self, entry_point: str) -> Any:
        return self._wait(lambda: self._operations.call(entry_point), None)

    async def _entry_async(self, entry_point: str) -> Any:
        return await self._wait_async(lambda: self._operations.call(entry_point), None)
