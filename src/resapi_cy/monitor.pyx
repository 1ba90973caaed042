"""The resource monitor and its resources, as Python sees them. Everything shared with native
threads is in core/; this module has no atomics and the core has no Python."""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int64_t, uint32_t, uint64_t

from resapi_cy.arguments cimport status_argument, unsigned
from resapi_cy.clusapi cimport (
    ClusterResourceOfflinePending,
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
    epoch_offset_ns,
    max_capacity,
)
from resapi_cy.events cimport event_of, exit_state_of, status_of
from resapi_cy.trampoline cimport status_board

from _thread import RLock
from collections import deque
from time import monotonic

from resapi_cy.errors import ClosedError

cdef StatusBoard* board = <StatusBoard*> status_board()

# How often a sleeping thread looks for a signal (Ctrl-C) and for a closed monitor, in milliseconds.
# Events wake it at once; only these two have nobody to wake it.
cdef enum:
    SLICE_MS = 50


def rejected_reports():
    """rejected_reports()

    How many calls native code has made with a stale, forged or NULL handle, a stale or forged
    control-call context, or a NULL pointer, since the process started. Any Python thread.

    Returns:
        int: a number that only grows.
    """
    return board.rejected()


cdef class ResourceMonitor:
    """ResourceMonitor(event_capacity=65536)

    A resource monitor: opens resources, and receives what native code says about them.

    Args:
        event_capacity (int): how many undelivered events it keeps. What does not fit is counted in
            ``dropped_events``, log messages first: they have half of the room at most.

    Raises:
        ValueError: the capacity is not from 1 to 2**31 - 1.
        MemoryError: no memory for that capacity.

    A context manager that closes itself. Any Python thread may use it, several at once: each event
    is delivered to one of them. After a fork the child makes its own.
    """

    def __cinit__(self, event_capacity=65536):
        cdef uint64_t capacity = unsigned("event_capacity", event_capacity, 64)
        if not 1 <= capacity <= max_capacity:
            raise ValueError(f"event_capacity must be from 1 to 2**31 - 1, not {capacity}")
        self.event_capacity = capacity
        self.lock = RLock()
        self.open_resources = {}
        self.type_control_calls = set()
        self.pending = deque()
        self.process = board.process()
        self.queue = board.open_queue(<uint32_t> capacity)
        if self.queue is NULL:
            raise MemoryError(f"no memory, or no file descriptors, for {capacity} events")

    cdef EventQueue* opened(self) except NULL:
        if self.process != board.process():
            raise ClosedError(
                "this monitor belongs to the parent process: make a ResourceMonitor here"
            )
        if self.queue is NULL:
            raise ClosedError("the monitor is closed: make a new ResourceMonitor")
        return self.queue

    # ---- Resources ----------------------------------------------------------------------------

    def open(self, name):
        """open(name)

        Opens a resource. Its handle is what native code passes with every callback.

        Args:
            name (str): the resource's name, for people: two resources may have the same.

        Returns:
            Resource: in the state UNKNOWN, until ``begin`` or a report.

        Raises:
            TypeError: the name is not a string.
            ClosedError: the monitor is closed.
            MemoryError: no memory, or 16 million resources are open.

        Resource API: the ``ResourceHandle`` of POPEN_V2_ROUTINE.
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be a str, not {type(name).__name__}")
        cdef Resource resource = Resource.__new__(Resource)
        resource.name = str(name)
        resource.control_calls = set()
        self.opened()
        with self.lock:
            resource.value = board.open(self.opened(), CellKind.resource, 0)
            if resource.value == 0:
                raise MemoryError("no memory for another resource")
            resource.monitor = self
            resource.open = True
            self.open_resources[resource.value] = resource
        return resource

    @property
    def resources(self):
        """list[Resource]: the open resources, oldest first."""
        self.opened()
        with self.lock:
            return list(self.open_resources.values())

    def open_type_control_call(self):
        """open_type_control_call()

        A context for a control call to a resource type that its DLL may finish later.

        Returns:
            int: valid until EndTypeControlCall is called with it, or ``close_type_control_call``.

        Raises:
            ClosedError: the monitor is closed.
            MemoryError: no memory.

        Resource API: the ``context`` of PBEGIN_RESTYPECALL_ROUTINE.
        """
        self.opened()
        with self.lock:
            context = board.open(self.opened(), CellKind.type_control_call, 0)
            if context == 0:
                raise MemoryError("no memory for another control call")
            self.type_control_calls.add(context)
            return context

    def close_type_control_call(self, context):
        """close_type_control_call(context)

        Gives up a control call to a resource type: EndTypeControlCall refuses its context from now
        on.

        Args:
            context (int): what ``open_type_control_call`` returned. Ended or closed ones are left.

        Raises:
            ClosedError: the monitor is closed.
        """
        self.opened()
        with self.lock:
            self.opened()
            if context in self.type_control_calls:
                board.close(context, CellKind.type_control_call)
                self.type_control_calls.discard(context)

    # ---- Events -------------------------------------------------------------------------------

    def poll(self, timeout=0.0):
        """poll(timeout=0.0)

        Everything that has happened since the last call, oldest first.

        Args:
            timeout (float | None): seconds to wait if there is nothing yet; None: for ever. Ctrl-C
                interrupts it.

        Returns:
            list[Event]: empty if nothing happened in time.

        Raises:
            ValueError: the timeout is negative or not a number.
            ClosedError: the monitor is closed, by now or meanwhile.
        """
        deadline = None
        if timeout is not None:
            if not timeout >= 0:
                raise ValueError(
                    f"timeout must be at least 0, or None to wait for ever, not {timeout}"
                )
            deadline = monotonic() + timeout if timeout else 0.0
        while True:
            self.opened()
            with self.lock:
                self.opened()
                self.make_all()
                events = list(self.pending)
                self.pending.clear()
                self.release_held()
            if events:
                return events
            left = SLICE_MS / 1000
            if deadline is not None:
                left = min(left, deadline - monotonic()) if deadline else 0.0
                if left <= 0:
                    return events
            self._sleep(left)

    def __iter__(self):
        return self

    def __next__(self):
        """The next event, however long it takes; the end once the monitor is closed."""
        while True:
            try:
                event = self._next_event()
            except ClosedError:
                if self.process != board.process():
                    raise
                raise StopIteration from None
            if event is not None:
                return event
            self._sleep(SLICE_MS / 1000)

    def __aiter__(self):
        """An asynchronous iterator over the events, for the running asyncio loop."""
        from resapi_cy._asyncio import EventStream

        return EventStream(self)

    @property
    def dropped_events(self):
        """int: events that were not delivered: there was no room, or the monitor closed first."""
        with self.lock:
            return self.dropped if self.queue is NULL else self.queue.dropped()

    # ---- The end ------------------------------------------------------------------------------

    @property
    def closed(self):
        """bool: closed, or inherited by a forked child."""
        return self.queue is NULL or self.process != board.process()

    def close(self):
        """close()

        Closes every resource, then the monitor. Native code that goes on reporting is answered
        TERMINATE. Undelivered events count as dropped. Closing again does nothing.
        """
        if self.closed:
            return
        with self.lock:
            if self.queue is NULL:
                return
            for resource in self.open_resources.values():
                (<Resource> resource).close_cells()
            self.open_resources.clear()
            for context in self.type_control_calls:
                board.close(context, CellKind.type_control_call)
            self.type_control_calls.clear()
            queue = self.queue
            self.queue = NULL
            self.dropped = len(self.pending)
            self.pending.clear()
            while self.backlog is not NULL:
                self.backlog.event.free_blocks()
                self.backlog = self.backlog.next
                self.dropped += 1
            self.dropped += board.close_queue(queue)
            queue.wakeup.notify()

    def __del__(self):
        self.close()

    def __enter__(self):
        self.opened()
        return self

    def __exit__(self, *exception):
        self.close()

    def __repr__(self):
        if self.closed:
            return "<ResourceMonitor closed>"
        return f"<ResourceMonitor resources={len(self.open_resources)}>"

    # ---- For the iterators --------------------------------------------------------------------

    def _next_event(self):
        self.opened()
        with self.lock:
            self.opened()
            return self.one()

    def _sleep(self, double seconds):
        """Waits until there may be something to take; whether it was woken. Releases the GIL."""
        cdef EventQueue* queue = self.queue
        cdef int milliseconds = <int> (seconds * 1000) + 1
        cdef bint woken
        if queue is NULL:
            return True
        # The queue object outlives the monitor: closing it meanwhile is no danger here.
        with nogil:
            queue.wakeup.arm()
            woken = not queue.empty()
            if not woken:
                woken = queue.wakeup.wait(milliseconds)
                if woken:
                    queue.wakeup.clear()
            queue.wakeup.disarm()
            # A signal handler may raise below: the wake-up is for whoever else sleeps, then.
            if not queue.empty():
                queue.wakeup.notify()
        PyErr_CheckSignals()
        return woken

    def _descriptor(self):
        """A file descriptor that is readable when an armed monitor has something; -1: none."""
        return self.opened().wakeup.descriptor()

    def _arm(self):
        """Whether there is nothing to take, so that sleeping makes sense; if so, the monitor is
        armed, and ``_disarm`` follows."""
        self.opened()
        with self.lock:
            self.opened().wakeup.arm()
            if self.queue.empty() and self.backlog is NULL and not self.pending:
                return True
            self.queue.wakeup.disarm()
            return False

    def _disarm(self):
        if self.closed:
            return
        with self.lock:
            if self.queue is NULL:
                return
            self.queue.wakeup.disarm()
            self.queue.wakeup.clear()
            # Whoever was woken may have been cancelled: the wake-up is for whoever else sleeps.
            if self.pending or self.backlog is not NULL or not self.queue.empty():
                self.queue.wakeup.notify()

    # ---- Under the lock -----------------------------------------------------------------------

    cdef object made(self, EventNode* node, int64_t epoch_offset):
        resource = self.open_resources.get(node.event.handle)
        event = event_of(&node.event, resource, epoch_offset)
        if node.event.kind == EventKind.control_call_ended:
            (<Resource> resource).control_calls.discard(node.event.numbers[0])
        elif node.event.kind == EventKind.type_control_call_ended:
            self.type_control_calls.discard(node.event.numbers[0])
        node.event.free_blocks()
        return event

    cdef object one(self):
        cdef EventNode* node
        if self.pending:
            event = self.pending.popleft()
            if self.pending:
                self.queue.wakeup.notify()  # another thread may sleep, and there is more
            else:
                self.release_held()
            return event
        if self.making:
            return None
        if self.backlog is NULL:
            self.backlog = self.queue.take()
            if self.backlog is NULL:
                return None
        self.making = True
        try:
            node = self.backlog
            event = self.made(node, epoch_offset_ns())
            self.backlog = node.next
            if self.backlog is not NULL:
                self.queue.wakeup.notify()
            self.queue.release(node, node)
        finally:
            self.making = False
        return event

    cdef int make_all(self) except -1:
        # What is there now, and not what is appended meanwhile: that could go on for ever.
        if not self.making:
            self.making = True
            try:
                self.make_backlog()
                self.backlog = self.queue.take()
                self.make_backlog()
            finally:
                self.making = False
        return 0

    cdef int make_backlog(self) except -1:
        cdef EventNode* node
        cdef int64_t epoch_offset
        if self.backlog is NULL:
            return 0
        epoch_offset = epoch_offset_ns()
        while self.backlog is not NULL:
            node = self.backlog
            self.pending.append(self.made(node, epoch_offset))
            self.backlog = node.next
            if self.held_first is NULL:
                self.held_first = node
            else:
                self.held_last.next = node
            self.held_last = node
        return 0

    cdef void release_held(self) noexcept:
        if self.held_first is not NULL:
            self.queue.release(self.held_first, self.held_last)
            self.held_first = self.held_last = NULL


cdef class Resource:
    """An open resource of a monitor: made by ``ResourceMonitor.open``.

    A context manager that closes itself. Any Python thread may use it; native threads use its
    ``handle``.

    Attributes:
        name (str): as it was opened.
        monitor (ResourceMonitor): what it belongs to.
    """

    def __init__(self, *arguments, **named):
        raise TypeError("a Resource is made by ResourceMonitor.open(name)")

    cdef int check_open(self) except -1:
        self.monitor.opened()
        if not self.open:
            raise ClosedError(
                f"resource {self.name!r} is closed: open it again to get a new handle"
            )
        return 0

    @property
    def handle(self):
        """int: the ``RESOURCE_HANDLE`` for native code. Never 0, and never used again."""
        return self.value

    @property
    def closed(self):
        """bool: closed, with its monitor or alone, or inherited by a forked child."""
        return not self.open or self.monitor.closed

    @property
    def status(self):
        """ResourceStatus: the status as one report gave it, with its newest checkpoint."""
        cdef Snapshot snapshot
        self.check_open()
        board.snapshot(self.value, snapshot)
        return status_of(&snapshot.status)

    @property
    def transitions(self):
        """int: how often the status has changed in more than its checkpoint."""
        cdef Snapshot snapshot
        self.check_open()
        board.snapshot(self.value, snapshot)
        return snapshot.transitions

    @property
    def exit_state(self):
        """ExitState: what reports are answered: TERMINATE from ``terminate`` to ``begin``.

        Resource API: RESOURCE_EXIT_STATE."""
        cdef Snapshot snapshot
        self.check_open()
        board.snapshot(self.value, snapshot)
        return exit_state_of(snapshot.exit_state)

    def begin(self, state):
        """begin(state)

        Begins a new pending operation: publishes the pending state, with checkpoint 0, and takes
        back a termination. To be called once the workers of the last operation have ended: one that
        goes on can't know that CONTINUE is not meant for it.

        Args:
            state (ResourceState | int): ONLINE_PENDING, OFFLINE_PENDING or PENDING.

        Raises:
            ValueError: not a pending state.
            ClosedError: the resource or its monitor is closed.

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
        board.begin(self.value, status.state)

    def report(self, state, *, checkpoint=0, error_code=0, flags=0, event_handle=0):
        """report(state, *, checkpoint=0, error_code=0, flags=0, event_handle=0)

        Reports a status from Python, as a native thread does through the callback.

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
        return exit_state_of(board.report(self.value, status))

    def terminate(self):
        """terminate()

        Flags the resource as terminated: every report and check that starts after this has returned
        is answered TERMINATE, until ``begin``. It waits for nothing.

        Raises:
            ClosedError: the resource or its monitor is closed.

        Resource API: RESOURCE_EXIT_STATE.
        """
        self.check_open()
        board.terminate(self.value)

    def open_control_call(self):
        """open_control_call()

        A context for a control call to this resource that its DLL may finish later.

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
            context = board.open(self.monitor.queue, CellKind.control_call, self.value)
            if context == 0:
                raise MemoryError("no memory for another control call")
            self.control_calls.add(context)
            return context

    def close_control_call(self, context):
        """close_control_call(context)

        Gives up a control call: EndControlCall refuses its context from now on.

        Args:
            context (int): what ``open_control_call`` returned. Ended or closed ones are left.

        Raises:
            ClosedError: the resource or its monitor is closed.
        """
        self.check_open()
        with self.monitor.lock:
            self.check_open()
            if context in self.control_calls:
                board.close(context, CellKind.control_call)
                self.control_calls.discard(context)

    def close(self):
        """close()

        Closes the resource: its handle is refused for ever, and answered TERMINATE. Events from
        before are still delivered. Closing again does nothing.
        """
        if self.closed:
            return
        cdef ResourceMonitor monitor = self.monitor
        with monitor.lock:
            if self.closed:
                return
            self.close_cells()
            # While events can still be told whose they are.
            monitor.make_all()
            monitor.open_resources.pop(self.value, None)

    cdef void close_cells(self) noexcept:
        self.open = False
        for context in self.control_calls:
            board.close(context, CellKind.control_call)
        self.control_calls.clear()
        board.close(self.value, CellKind.resource)

    def __enter__(self):
        self.check_open()
        return self

    def __exit__(self, *exception):
        self.close()

    def __repr__(self):
        state = "closed" if self.closed else self.status.state.name
        return f"<Resource {self.name!r} handle={self.value:#x} {state}>"
