"""The resource monitor and its resources, as Python sees them. Everything shared with native
threads is in core/; this module has no atomics and the core has no Python.

The file is long for both guard their state by one lock."""

cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t

from resapi_cy.arguments cimport status_argument, text_argument
from resapi_cy.clusapi cimport (
    ClusterResourceFailed,
    ClusterResourceOffline,
    ClusterResourceOfflinePending,
    ClusterResourceOnline,
    ClusterResourceOnlinePending,
    ClusterResourcePending,
)
from resapi_cy.core cimport (
    CellKind,
    EventKind,
    EventNode,
    EventQueue,
    Snapshot,
    Status,
    StatusBoard,
    Tried,
)
from resapi_cy.monitoring.event_reader cimport EventReader
from resapi_cy.monitoring.events cimport text_of
from resapi_cy.monitoring.status cimport exit_state_of, status_of
from resapi_cy.resapi cimport (
    ClusterResourceCannotComeOnlineOnAnyNode,
    ClusterResourceCannotComeOnlineOnThisNode,
)
from resapi_cy.trampoline cimport status_board

from collections import deque

from resapi_cy.errors import ClosedError

cdef StatusBoard* board = <StatusBoard*> status_board()

cdef enum:
    WARNING = 1  # a LogLevel
    # How many lines of a hosted resource are kept for whoever asks why it has failed, and how long
    # each may be.
    LINES = 5
    LINE_LENGTH = 2048


def rejected_reports():
    """How many calls native code has made with a stale, forged or NULL handle, a stale or forged
    control-call context, or a NULL pointer, since the process started. Any Python thread.

    Returns:
        int: a number that only grows.
    """
    return board.rejected()


# ---- What may have to wait for a native thread: without the GIL, and only then -----------------

cdef uint64_t open_cell(EventQueue* queue, CellKind kind, uint64_t owner) noexcept:
    cdef uint64_t handle = board.try_open(queue, kind, owner)
    if handle == 0:
        with nogil:
            handle = board.open(queue, kind, owner)
    return handle


cdef void close_cell(uint64_t handle, CellKind kind) noexcept:
    if board.try_close(handle, kind) == Tried.busy:
        with nogil:
            board.close(handle, kind)


cdef bint is_end(int32_t state) noexcept:
    """Whether a DLL that reports this state is done with an operation."""
    return state in (
        ClusterResourceOnline,
        ClusterResourceOffline,
        ClusterResourceFailed,
        <int32_t> ClusterResourceCannotComeOnlineOnThisNode,
        <int32_t> ClusterResourceCannotComeOnlineOnAnyNode,
    )


cdef class CallbackMonitor(EventReader):
    """CallbackMonitor(event_capacity=65536)

    The monitor of the callbacks: opens resources, and receives what native code says about them. It
    knows nothing of resource DLLs: users have a ``ResourceMonitor``, which is one of these.
    """

    def __cinit__(self, event_capacity=65536):
        self.open_resources = {}
        self.type_control_calls = set()
        self.awaited = {}
        self.ends = {}

    # ---- Resources ----------------------------------------------------------------------------

    def open(self, name):
        """Opens a resource. Its handle is what native code passes with every callback.

        Args:
            name (str): the resource's name, for people: two resources may have the same, unless
                resource DLLs' resources are meant (``ResourceType.open``).

        Returns:
            Resource: in the state UNKNOWN, until ``begin`` or a report.

        Raises:
            TypeError: the name is not a string.
            ValueError: it has a NUL character.
            ClosedError: the monitor is closed.
            MemoryError: no memory, or 16 million resources are open.

        Resource API: the ``ResourceHandle`` of POPEN_V2_ROUTINE.
        """
        return self._open(name, Resource)

    def _open(self, name, kind, *attached):
        """Opens a resource as one of a class derived from Resource; before anybody sees it, it is
        told what it belongs to, if it wants to know."""
        name = text_argument("name", name)
        cdef Resource resource = Resource.__new__(kind)
        resource.name = str(name)
        resource.control_calls = set()
        if attached:
            resource.hosted = True
            resource._attach(*attached)
        self.check_open()
        with self.lock:
            self.check_open()
            resource.value = open_cell(self.queue, CellKind.resource, 0)
            if resource.value == 0:
                raise MemoryError("no memory for another resource")
            resource.monitor = self
            resource.open = True
            self.open_resources[resource.value] = resource
        return resource

    @property
    def resources(self):
        """list[Resource]: the open resources, oldest first."""
        self.check_open()
        with self.lock:
            return list(self.open_resources.values())

    def open_type_control_call(self):
        """A context for a control call to a resource type that its DLL may finish later.

        Returns:
            int: valid until EndTypeControlCall is called with it, or ``close_type_control_call``.

        Raises:
            ClosedError: the monitor is closed.
            MemoryError: no memory.

        Resource API: the ``context`` of PBEGIN_RESTYPECALL_ROUTINE.
        """
        self.check_open()
        with self.lock:
            self.check_open()
            context = open_cell(self.queue, CellKind.type_control_call, 0)
            if context == 0:
                raise MemoryError("no memory for another control call")
            self.type_control_calls.add(context)
            return context

    def close_type_control_call(self, context):
        """Gives up a control call to a resource type: EndTypeControlCall refuses its context from
        now on.

        Args:
            context (int): what ``open_type_control_call`` returned. Ended or closed ones are left.

        Raises:
            ClosedError: the monitor is closed.
        """
        self.check_open()
        with self.lock:
            self.check_open()
            if context in self.type_control_calls:
                close_cell(context, CellKind.type_control_call)
                self.type_control_calls.discard(context)

    # ---- The end ------------------------------------------------------------------------------

    def close(self):
        """Closes every resource, then the monitor. Native code that goes on reporting is answered
        TERMINATE. Undelivered events count as dropped. Closing again does nothing.
        """
        if self.closed:
            return
        with self.lock:
            if not self.is_open:
                return
            self.is_open = False
            for resource in self.open_resources.values():
                (<Resource> resource).close_cells()
            for context in self.type_control_calls:
                close_cell(context, CellKind.type_control_call)
            left_over = self.drop_all()
            resources, self.open_resources = self.open_resources, {}
            self.type_control_calls = set()
        # Only now: what loses its last reference may run a finalizer.
        del resources, left_over

    def __del__(self):
        CallbackMonitor.close(self)

    def __enter__(self):
        self.check_open()
        return self

    def __exit__(self, *exception):
        self.close()

    def __repr__(self):
        if self.closed:
            return f"<{type(self).__name__} closed>"
        return f"<{type(self).__name__} resources={len(self.open_resources)}>"

    # ---- For the host -------------------------------------------------------------------------

    def _begin(self, Resource resource, pending_state):
        """Begins an operation of a hosted resource, whose end states are kept from now on."""
        with self.lock:
            Resource.begin(resource, pending_state)
            self.adopt()  # what was reported before this is not the operation's
            self.rouse()  # what was adopted is still there to be taken
            self.ends[resource.value] = {}

    def _ends(self, Resource resource):
        """The end states that were reported since the operation began, in their order: state ->
        status. One that another report has followed at once is among them, unless its event was
        dropped."""
        with self.lock:
            self.adopt()
            self.rouse()
            return dict(self.ends.get(resource.value, ()))

    def _log_lines(self, Resource resource, since):
        """What a hosted resource's DLL has logged of it with the levels WARNING and above, from
        that moment on (nanoseconds of ``time.perf_counter_ns()``): the newest lines, oldest
        first."""
        with self.lock:
            self.adopt()
            self.rouse()
            return tuple([line for when, line in resource.logged or () if when >= since])

    def _await_control_call(self, context):
        """From now on ``_ended_control_calls`` tells when this one has ended."""
        with self.lock:
            self.awaited[context] = None

    def _forget_control_call(self, context):
        with self.lock:
            self.awaited.pop(context, None)

    def _ended_control_calls(self):
        """The awaited control calls that have ended: context -> Win32 code. Each is told once."""
        with self.lock:
            if not self.awaited:
                return {}
            self.adopt()
            self.rouse()  # what was adopted is still there to be taken
            ended = {key: code for key, code in self.awaited.items() if code is not None}
            for context in ended:
                del self.awaited[context]
            return ended

    cdef object owner_of(self, EventNode* node):
        owner = self.open_resources.get(node.event.handle)
        if node.event.kind == EventKind.status_changed:
            if is_end(node.event.status.state):
                ends = self.ends.get(node.event.handle)
                if ends is not None:
                    ends.setdefault(node.event.status.state, status_of(&node.event.status))
            return owner
        if node.event.kind == EventKind.log_message:
            if owner is not None and <int32_t> node.event.numbers[0] >= WARNING:
                (<Resource> owner).keep_line(node)
            return owner
        context = node.event.numbers[0]
        # A thread that was ended in EndControlCall has left the call open.
        if node.event.kind == EventKind.control_call_ended:
            close_cell(context, CellKind.control_call)
            if owner is not None:
                (<Resource> owner).control_calls.discard(context)
        elif node.event.kind == EventKind.type_control_call_ended:
            close_cell(context, CellKind.type_control_call)
            self.type_control_calls.discard(context)
        else:
            return owner
        if context in self.awaited:
            self.awaited[context] = <uint32_t> node.event.numbers[1]
        return owner


@cython.auto_pickle(False)
cdef class Resource:
    """An open resource of a monitor: made by ``ResourceMonitor.open``.

    A context manager that closes itself. Any Python thread may use it; native threads use its
    ``handle``.

    Attributes:
        name (str): as it was opened, or renamed since.
        monitor (ResourceMonitor): what it belongs to.
    """

    def __init__(self, *arguments, **named):
        raise TypeError("a Resource is made by ResourceMonitor.open(name)")

    # With an event in a pickle it is only named, for the process that reads it has no such cell.

    def __reduce__(self):
        return _closed_resource, (self.name, self.value)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    cdef int keep_line(self, EventNode* node) except -1:
        if self.hosted:
            if self.logged is None:
                self.logged = deque(maxlen=LINES)
            line = text_of(&node.event.blocks[0])[:LINE_LENGTH].rstrip()
            self.logged.append((node.event.monotonic, line))
        return 0

    @property
    def _is_hosted(self):
        """bool: whether a host tells of its failures, too."""
        return self.hosted

    def _rename(self, str name not None):
        self.name = name

    cdef int check_open(self) except -1:
        if self.monitor is None:
            if self.name is None:  # Resource.__new__(Resource)
                self.__init__()
            raise ClosedError(
                f"resource {self.name!r} comes from a pickle, with its name and nothing else: use "
                "that of the process that has opened it"
            )
        self.monitor.check_open()
        if not self.open:
            raise ClosedError(
                f"resource {self.name!r} is closed: open it again to get a new handle"
            )
        return 0

    cdef Snapshot snapshot(self) except *:
        cdef Snapshot snapshot
        self.check_open()
        cdef Tried tried = board.try_snapshot(self.value, snapshot)
        cdef bint done = tried == Tried.yes
        if tried == Tried.busy:
            with nogil:
                done = board.snapshot(self.value, snapshot)
        self.check_done(done)
        return snapshot

    cdef int check_done(self, bint done) except -1:
        """Of something that ends with the resource's closing, or when it has waited too long."""
        if not done:
            self.check_open()  # another thread has closed it meanwhile
            raise TimeoutError(
                f"resource {self.name!r}: a native thread has stopped in the middle of a callback, "
                "and has not ended: let it go on, or close the resource"
            )
        return 0

    @property
    def handle(self):
        """int: the ``RESOURCE_HANDLE`` for native code. Never 0, and never used again."""
        return self.value

    @property
    def closed(self):
        """bool: closed, with its monitor or alone, or inherited by a forked child."""
        return not self.open or self.monitor is None or self.monitor.closed

    @property
    def status(self):
        """ResourceStatus: the status as one report gave it, with its newest checkpoint."""
        cdef Snapshot snapshot = self.snapshot()
        return status_of(&snapshot.status)

    @property
    def transitions(self):
        """int: how often the status has changed in more than its checkpoint."""
        cdef Snapshot snapshot = self.snapshot()
        return snapshot.transitions

    def _failure_signal(self):
        """(how often SignalFailure was called, the code of the last time)"""
        cdef Snapshot snapshot = self.snapshot()
        return snapshot.failures, snapshot.error_code

    @property
    def exit_state(self):
        """ExitState: what reports are answered: TERMINATE from ``terminate`` to ``begin``.

        Resource API: RESOURCE_EXIT_STATE."""
        cdef Snapshot snapshot = self.snapshot()
        return exit_state_of(snapshot.exit_state)

    def begin(self, state):
        """Begins a new pending operation: publishes the pending state, with checkpoint 0, and takes
        back a termination. To be called once the workers of the last operation have ended: one that
        goes on can't know that CONTINUE is not meant for it.

        Args:
            state (ResourceState | int): ONLINE_PENDING, OFFLINE_PENDING or PENDING.

        Raises:
            ValueError: not a pending state.
            ClosedError: the resource or its monitor is closed.
            TimeoutError: a native thread has stopped in the middle of a callback for this resource,
                in a debugger say, and has not come out of it for two seconds. One that has ended
                there is nobody that anything waits for.

        Resource API: what the monitor does when OnlineV2 or OfflineV2 returns ERROR_IO_PENDING.
        """
        self.check_open()
        cdef Status status = status_argument(state, 0, 0, 0, 0)
        if status.state not in (
            ClusterResourceOnlinePending, ClusterResourceOfflinePending, ClusterResourcePending
        ):
            raise ValueError(
                f"begin takes a pending state, ONLINE_PENDING or OFFLINE_PENDING, not {state!r}"
            )
        cdef Tried tried = board.try_begin(self.value, status.state)
        cdef bint done = tried == Tried.yes
        if tried == Tried.busy:
            with nogil:
                done = board.begin(self.value, status.state)
        self.check_done(done)

    def report(self, state, *, checkpoint=0, error_code=0, flags=0, event_handle=0):
        """Reports a status from Python, as a native thread does through the callback.

        Args:
            state (ResourceState | int): ``ResourceState``.
            checkpoint (int): ``CheckPoint``: one more for each report of a pending state.
            error_code (int): ``ApplicationSpecificErrorCode``.
            flags (StatusFlags | int): ``Flags``.
            event_handle (int): ``EventHandle``: signaled when the resource fails; 0 for none.

        Returns:
            ExitState: TERMINATE if the resource has been terminated: the worker stops.

        Raises:
            ValueError: a number is out of its field's range.
            TypeError: an argument is not an integer.
            ClosedError: the resource or its monitor is closed.

        Resource API: PSET_RESOURCE_STATUS_ROUTINE_EX.
        """
        self.check_open()
        cdef Status status = status_argument(state, checkpoint, error_code, flags, event_handle)
        cdef uint32_t answer = 0
        if not board.try_report(self.value, status, answer):
            with nogil:
                answer = board.report(self.value, status)
        return exit_state_of(answer)

    def terminate(self):
        """Flags the resource as terminated: every report and check that starts after this has
        returned is answered TERMINATE, until ``begin``. It waits for nothing.

        Raises:
            ClosedError: the resource or its monitor is closed.

        Resource API: RESOURCE_EXIT_STATE.
        """
        self.check_open()
        if not board.terminate(self.value):
            self.check_open()  # another thread has closed it meanwhile

    def open_control_call(self):
        """A context for a control call to this resource that its DLL may finish later.

        Returns:
            int: valid until EndControlCall is called with it, or ``close_control_call``.

        Raises:
            ClosedError: the resource or its monitor is closed.
            MemoryError: no memory.

        Resource API: the ``context`` of PBEGIN_RESCALL_ROUTINE.
        """
        self.check_open()
        with self.monitor.lock:
            self.check_open()
            context = open_cell(self.monitor.queue, CellKind.control_call, self.value)
            if context == 0:
                raise MemoryError("no memory for another control call")
            self.control_calls.add(context)
            return context

    def close_control_call(self, context):
        """Gives up a control call: EndControlCall refuses its context from now on.

        Args:
            context (int): what ``open_control_call`` returned. Ended or closed ones are left.

        Raises:
            ClosedError: the resource or its monitor is closed.
        """
        self.check_open()
        with self.monitor.lock:
            self.check_open()
            if context in self.control_calls:
                close_cell(context, CellKind.control_call)
                self.control_calls.discard(context)

    def close(self):
        """Closes the resource: its handle is refused for ever, and answered TERMINATE. Events from
        before are still delivered. Closing again does nothing.
        """
        cdef CallbackMonitor monitor = self.monitor
        if monitor is None or monitor.closed:
            return
        with monitor.lock:
            if self.value not in monitor.open_resources:
                return
            self.close_cells()
            # While it can be told whose the events are; and who sleeps may have waited for them.
            monitor.adopt()
            monitor.rouse()
            monitor.open_resources.pop(self.value, None)
            monitor.ends.pop(self.value, None)

    cdef void close_cells(self) noexcept:
        self.open = False
        for context in self.control_calls:
            close_cell(context, CellKind.control_call)
        self.control_calls.clear()
        close_cell(self.value, CellKind.resource)

    def __enter__(self):
        self.check_open()
        return self

    def __exit__(self, *exception):
        self.close()

    def __repr__(self):
        state = "closed" if self.closed else self.status.state.name
        return f"<Resource {self.name!r} handle={self.value:#x} {state}>"


def _closed_resource(name, value):
    """A Resource from a pickle."""
    cdef Resource resource = Resource.__new__(Resource)
    resource.name, resource.value = name, value
    resource.control_calls = set()
    return resource
