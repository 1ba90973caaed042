"""The resource monitor and its resources, as Python sees them. Everything shared with native
threads is in core/; this module has no atomics and the core has no Python."""

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int32_t, uint32_t, uint64_t

from resapi_cy.arguments cimport check_timeout, status_argument, text_argument, unsigned
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
    Event,
    EventKind,
    EventNode,
    EventQueue,
    Snapshot,
    Status,
    StatusBoard,
    Tried,
    epoch_offset_ns,
)
from resapi_cy.monitoring.events cimport event_of
from resapi_cy.monitoring.status cimport exit_state_of, status_of
from resapi_cy.resapi cimport (
    ClusterResourceCannotComeOnlineOnAnyNode,
    ClusterResourceCannotComeOnlineOnThisNode,
)
from resapi_cy.trampoline cimport status_board

from _thread import RLock
from collections import deque
from time import monotonic

from resapi_cy.errors import ClosedError

cdef StatusBoard* board = <StatusBoard*> status_board()

cdef enum:
    # How often a sleeping thread looks for a signal such as Ctrl-C, in milliseconds: the system may
    # have delivered it to a native thread, and nobody wakes this one then.
    SLICE_MS = 50
    # How many events a poll makes before it lets another Python thread have its turn.
    EVENTS_PER_TURN = 512


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


cdef uint64_t free_chain(EventNode* node) noexcept:
    """Frees what the events carry; how many there are."""
    cdef uint64_t count = 0
    while node is not NULL:
        node.event.free_blocks()
        node = node.next
        count += 1
    return count


cdef class CallbackMonitor:
    """CallbackMonitor(event_capacity=65536)

    The monitor of the callbacks: opens resources, and receives what native code says about them. It
    knows nothing of resource DLLs: users have a ``ResourceMonitor``, which is one of these.
    """

    def __cinit__(self, event_capacity=65536):
        cdef uint64_t capacity = unsigned("event_capacity", event_capacity, 31, 1)
        self.event_capacity = capacity
        self.lock = RLock()
        self.open_resources = {}
        self.type_control_calls = set()
        self.owners = deque()
        self.pending = deque()
        self.announced = deque()
        self.awaited = {}
        self.ends = {}
        self.process = board.process()
        with nogil:
            self.queue = board.open_queue(<uint32_t> capacity)
        if self.queue is NULL:
            raise MemoryError(f"no memory, or no file descriptors, for {capacity} events")
        self.is_open = True

    cdef int check_open(self) except -1:
        if self.process != board.process():
            raise ClosedError(
                "this monitor belongs to the parent process: make a ResourceMonitor here"
            )
        if not self.is_open:
            raise ClosedError("the monitor is closed: make a new ResourceMonitor")
        return 0

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

    # ---- Events -------------------------------------------------------------------------------

    def poll(self, timeout=0.0):
        """Everything that has happened since the last call, oldest first.

        Args:
            timeout (float | None): seconds to wait if there is nothing yet; None: for ever. Ctrl-C
                interrupts it.

        Returns:
            list[Event]: empty if nothing happened in time.

        Raises:
            ValueError: the timeout is negative or not a number.
            ClosedError: the monitor is closed, by now or meanwhile.
        """
        cdef Py_ssize_t left = 0
        deadline = None
        check_timeout(timeout)
        if timeout is not None:
            deadline = monotonic() + timeout if timeout else 0.0
        while True:
            self.check_open()
            with self.lock:
                self.adopt()
                left = len(self.pending) + len(self.announced) + len(self.owners)
            events = []
            event = None
            try:
                # What is there now, and not what comes meanwhile: that could go on for ever.
                while left > 0 and (event := self.take_one()) is not None:
                    events.append(event)
                    left -= 1
                    if left % EVENTS_PER_TURN == 0:
                        with nogil:
                            pass
            except BaseException:  # Ctrl-C, or no memory
                with self.lock:
                    if event is not None and (not events or events[-1] is not event):
                        self.dropped += 1
                    self.pending.extendleft(reversed(events))
                    self.rouse()
                raise
            if events:
                return events
            self.check_open()
            seconds = SLICE_MS / 1000
            if deadline is not None:
                seconds = min(seconds, deadline - monotonic()) if deadline else 0.0
                if seconds <= 0:
                    return events
            self._sleep(seconds)

    def __iter__(self):
        return self

    def __next__(self):
        """The next event, however long it takes; the end once the monitor is closed."""
        while True:
            event = self._next_event()
            if event is not None:
                return event
            if self._ended():
                raise StopIteration
            self._sleep(SLICE_MS / 1000)

    def __aiter__(self):
        """An asynchronous iterator over the events, for the running asyncio loop."""
        from resapi_cy.monitoring.event_stream import EventStream

        return EventStream(self)

    @property
    def dropped_events(self):
        """int: events that were not delivered: there was no room, or the monitor closed first."""
        if self.process != board.process():
            return 0  # the parent's are its own
        with self.lock:
            return self.dropped + (self.queue.dropped() if self.is_open else 0)

    # ---- The end ------------------------------------------------------------------------------

    @property
    def closed(self):
        """bool: closed, or inherited by a forked child."""
        return not self.is_open or self.process != board.process()

    def close(self):
        """Closes every resource, then the monitor. Native code that goes on reporting is answered
        TERMINATE. Undelivered events count as dropped. Closing again does nothing.
        """
        cdef uint64_t left
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
            self.dropped += len(self.pending) + len(self.announced)
            self.dropped += free_chain(self.backlog) + free_chain(self.arrivals)
            self.backlog = self.arrivals = NULL
            with nogil:
                left = board.close_queue(self.queue)
            self.dropped += left
            self.queue.wakeup.notify()
            resources, self.open_resources = self.open_resources, {}
            pending, self.pending = self.pending, deque()
            announced, self.announced = self.announced, deque()
            owners, self.owners = self.owners, deque()
            self.type_control_calls = set()
        # Only now: what loses its last reference may run a finalizer.
        del resources, pending, announced, owners

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

    # ---- For the iterators --------------------------------------------------------------------

    def _next_event(self):
        """The next event; None: there is none now, or the monitor is closed."""
        if self.process != board.process():
            self.check_open()
        return self.take_one()

    def _ended(self):
        return not self.is_open

    def _sleep(self, double seconds):
        """Waits until there may be something to take; whether it was woken. Releases the GIL."""
        cdef EventQueue* queue = self.queue
        cdef int milliseconds = <int> (seconds * 1000) + 1
        cdef bint woken
        if not self._arm():
            return True
        with nogil:
            woken = queue.wakeup.wait(milliseconds)
        self._disarm()
        PyErr_CheckSignals()
        return woken

    def _arm(self):
        """Whether there is nothing to take, so that sleeping makes sense; if so, whoever appends
        an event sets the signal, and ``_disarm`` follows."""
        with self.lock:
            if self.closed:
                return False
            self.queue.wakeup.arm()
            if self.is_idle():
                return True
            self.queue.wakeup.disarm()
            return False

    def _disarm(self):
        with self.lock:
            self.queue.wakeup.disarm()
            # A closed monitor's signal is for everybody who sleeps. So is what there is to take:
            # whoever was woken may have been interrupted or cancelled.
            if self.is_open:
                self.queue.wakeup.clear()
            self.rouse()

    def _descriptor(self):
        """A file descriptor that is readable once the signal is set; -1: there is none."""
        return self.queue.wakeup.descriptor()

    # ---- For the host -------------------------------------------------------------------------

    def _check_open(self):
        """Raises ClosedError if the monitor is closed."""
        self.check_open()

    def _announce(self, event):
        """Delivers an event that was made in Python, in the order of their times; one that finds no
        room is counted as dropped."""
        with self.lock:
            if not self.is_open or len(self.announced) >= self.event_capacity:
                self.dropped += 1
                return
            self.announced.append(event)
            self.queue.wakeup.notify()

    def _begin(self, Resource resource, pending_state):
        """Begins an operation of a hosted resource, whose end states are kept from now on."""
        with self.lock:
            resource.begin(pending_state)
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

    # ---- Events on their way ------------------------------------------------------------------

    cdef object take_one(self):
        """The oldest event; None: there is none, or the monitor is closed."""
        cdef EventNode* node
        cdef Event taken
        with self.lock:
            if not self.is_open:
                return None
            if self.pending:
                return self.pending.popleft()
            if self.backlog is NULL:
                self.adopt()
            if self.announced and (
                self.backlog is NULL
                or self.announced[0].monotonic <= self.backlog.event.monotonic
            ):
                event = self.announced.popleft()
                self.rouse()
                return event
            if self.backlog is NULL:
                return None
            node = self.backlog
            owner = self.owners.popleft()
            self.backlog = node.next
            taken = node.event
            self.queue.release(node, node)
            self.rouse()
        # Without the lock, and with nothing that is the queue's: this runs Python code.
        try:
            return event_of(&taken, owner, epoch_offset_ns())
        except BaseException:
            self.dropped += 1
            raise
        finally:
            taken.free_blocks()

    cdef bint is_idle(self):
        return (
            not self.pending
            and not self.announced
            and self.backlog is NULL
            and self.arrivals is NULL
            and self.queue.empty()
        )

    cdef void rouse(self):
        """Wakes whoever sleeps, if there is a reason to be awake."""
        if not self.is_open or not self.is_idle():
            self.queue.wakeup.notify()

    cdef int adopt(self) except -1:
        """Moves what has been appended so far to the backlog, while it can be told whose the events
        are."""
        if self.is_open:
            self.adopt_arrivals()  # there are some if the last time ended in an error
            self.arrivals = self.queue.take()
            self.adopt_arrivals()
        return 0

    cdef int adopt_arrivals(self) except -1:
        cdef EventNode* node
        while self.arrivals is not NULL:
            node = self.arrivals
            self.owners.append(self.owner_of(node))
            self.arrivals = node.next
            node.next = NULL
            if self.backlog is NULL:
                self.backlog = node
            else:
                self.backlog_end.next = node
            self.backlog_end = node
        return 0

    cdef object owner_of(self, EventNode* node):
        owner = self.open_resources.get(node.event.handle)
        if node.event.kind == EventKind.status_changed:
            ends = self.ends.get(node.event.handle)
            if ends is not None and is_end(node.event.status.state):
                ends.setdefault(node.event.status.state, status_of(&node.event.status))
            return owner
        context = node.event.numbers[0]
        if node.event.kind == EventKind.control_call_ended:
            (<Resource> owner).control_calls.discard(context)
        elif node.event.kind == EventKind.type_control_call_ended:
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
        name (str): as it was opened.
        monitor (ResourceMonitor): what it belongs to.
    """

    def __init__(self, *arguments, **named):
        raise TypeError("a Resource is made by ResourceMonitor.open(name)")

    cdef int check_open(self) except -1:
        if self.monitor is None:  # Resource.__new__(Resource)
            self.__init__()
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
