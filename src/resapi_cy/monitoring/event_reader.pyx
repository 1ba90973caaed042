"""The events of a monitor on their way to Python: taken from the queue that native threads append
to, made, and handed to whoever polls or iterates."""

from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport INT64_MAX, int64_t, uint32_t, uint64_t
from libc.stdlib cimport free, malloc

from resapi_cy.arguments cimport check_timeout, unsigned
from resapi_cy.core cimport Event, EventNode, EventQueue, StatusBoard, epoch_offset_ns
from resapi_cy.monitoring.events cimport event_of
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
    # How many are taken from the queue at once.
    BATCH = 64


cdef uint64_t free_chain(EventNode* node) noexcept:
    """Frees what the events carry; how many there are."""
    cdef uint64_t count = 0
    while node is not NULL:
        node.event.free_blocks()
        node = node.next
        count += 1
    return count


cdef class EventReader:
    """EventReader(event_capacity=65536)

    What a monitor is to those who take its events. Whose an event is, the class below says.
    """

    def __cinit__(self, event_capacity=65536):
        cdef uint64_t capacity = unsigned("event_capacity", event_capacity, 31, 1)
        self.event_capacity = capacity
        self.lock = RLock()
        self.owners = deque()
        self.pending = deque()
        self.announced = deque()
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

    def _check_open(self):
        """Raises ClosedError if the monitor is closed."""
        self.check_open()

    @property
    def closed(self):
        """bool: closed, or inherited by a forked child."""
        return not self.is_open or self.process != board.process()

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
        cdef Py_ssize_t taken = 0
        cdef Py_ssize_t turn = 0
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
            try:
                # What is there now, and not what comes meanwhile: that could go on for ever.
                while left > 0 and (taken := self.take(events, left)) != 0:
                    left -= taken
                    turn += taken
                    if turn >= EVENTS_PER_TURN:
                        turn = 0
                        with nogil:
                            pass
            except BaseException:  # Ctrl-C, or no memory
                with self.lock:
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

    @property
    def pending_events(self):
        """int: events that wait to be read; of a closed monitor none. A number that only grows says
        that nobody reads any more: there is room for ``event_capacity`` of them."""
        if self.process != board.process():
            return 0  # the parent's are its own
        with self.lock:
            if self.is_open:
                self.adopt()
                self.rouse()  # what was adopted is still there to be taken
            return len(self.pending) + len(self.announced) + len(self.owners)

    # ---- For the iterators --------------------------------------------------------------------

    def _next_event(self):
        """The next event; None: there is none now, or the monitor is closed."""
        if self.process != board.process():
            self.check_open()
        events = []
        self.take(events, 1)
        return events[0] if events else None

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

    # ---- Events that Python makes -------------------------------------------------------------

    def _announce(self, event):
        """Delivers an event that was made in Python, in the order of their times; one that finds no
        room is counted as dropped."""
        with self.lock:
            if not self.is_open or len(self.announced) >= self.event_capacity:
                self.dropped += 1
                return
            self.announced.append(event)
            self.queue.wakeup.notify()

    # ---- Events on their way ------------------------------------------------------------------

    cdef Py_ssize_t take(self, list events, Py_ssize_t most) except -1:
        """Appends the oldest events, `most` of them at most; how many it has taken. 0: there is
        none, or the monitor is closed. One that can't be made counts as dropped, and its error is
        raised once the others are made."""
        cdef Py_ssize_t count = 0
        most = min(most, BATCH)
        owners = [None] * most
        cdef Event* taken = <Event*> malloc(most * sizeof(Event))
        if taken is NULL:
            raise MemoryError("no memory to take events")
        try:
            with self.lock:
                if not self.is_open:
                    return 0
                if self.backlog is NULL:
                    self.adopt()
                count = self.take_made(events, most)
                if count != 0:
                    self.rouse()
                    return count
                count = self.take_nodes(taken, owners, most)
                if count == 0:
                    return 0
                self.rouse()
            # Without the lock, and with nothing that is the queue's: this runs Python code.
            self.make(events, taken, owners, count)
            return count
        finally:
            free(taken)

    cdef int make(self, list events, Event* taken, list owners, Py_ssize_t count) except -1:
        cdef Py_ssize_t next_one = 0
        offset = epoch_offset_ns()
        error = None
        try:
            while next_one < count:
                try:
                    while next_one < count:
                        next_one += 1
                        events.append(event_of(&taken[next_one - 1], owners[next_one - 1], offset))
                except BaseException as problem:  # Ctrl-C, or no memory
                    self.dropped += 1
                    error = error or problem
            if error is not None:
                raise error
        finally:
            for next_one in range(count):
                taken[next_one].free_blocks()
        return 0

    cdef Py_ssize_t take_made(self, list events, Py_ssize_t most) except -1:
        """With the lock: appends what has been made already, and is older than the backlog."""
        cdef Py_ssize_t count = 0
        while count < most:
            if self.pending:
                made = self.pending
            elif self.announced and (
                self.backlog is NULL or self.announced_at() <= self.backlog.event.monotonic
            ):
                made = self.announced
            else:
                break
            events.append(made[0])
            made.popleft()
            count += 1
        return count

    cdef Py_ssize_t take_nodes(self, Event* taken, list owners, Py_ssize_t most) except -1:
        """With the lock: copies the oldest of the backlog, and gives their nodes back."""
        cdef EventNode* first = self.backlog
        cdef EventNode* last = NULL
        cdef int64_t announced_at = self.announced_at()
        cdef Py_ssize_t count = 0
        # Nothing in here needs memory.
        while (
            count < most
            and self.backlog is not NULL
            and self.backlog.event.monotonic < announced_at
        ):
            last = self.backlog
            taken[count] = last.event
            owners[count] = self.owners.popleft()
            count += 1
            self.backlog = last.next
        if last is not NULL:
            self.queue.release(first, last)
        return count

    cdef int64_t announced_at(self) except? -1:
        """When the host's next event was; there is none: never."""
        return self.announced[0].monotonic if self.announced else INT64_MAX

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
        """The resource that an event is about; None: none, or one that is not known."""
        return None

    cdef tuple drop_all(self):
        """At the end, with the lock: counts what nobody has taken. What it returns is to be let go
        without the lock: its last reference may run a finalizer."""
        cdef uint64_t left
        self.dropped += len(self.pending) + len(self.announced)
        self.dropped += free_chain(self.backlog) + free_chain(self.arrivals)
        self.backlog = self.arrivals = NULL
        with nogil:
            left = board.close_queue(self.queue)
        self.dropped += left
        self.queue.wakeup.notify()
        left_over = self.pending, self.announced, self.owners
        self.pending, self.announced, self.owners = deque(), deque(), deque()
        return left_over
