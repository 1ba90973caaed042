"""What a host's loop sleeps on, and how it learns that its resources have changed: by their
statuses, and not by the monitor's events, which may be dropped, and which are the user's to take.
"""

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t, uintptr_t

from resapi_cy.core cimport Duplicate, EventQueue, StatusBoard
from resapi_cy.core.engine cimport HostSleep
from resapi_cy.given_handle cimport given_handle
from resapi_cy.hosting.engine cimport Engine
from resapi_cy.monitoring.monitor cimport CallbackMonitor
from resapi_cy.trampoline cimport status_board

cdef StatusBoard* board = <StatusBoard*> status_board()


cdef void wake_host(void* queue) noexcept nogil:
    (<EventQueue*> queue).call_host()


# A host looks by itself so often, in seconds: at what has been rejected or dropped, say.
LOOK = 0.5


cdef class Watch:
    """Watch(monitor, engine): which of a monitor's resources have changed. One thread sleeps and
    looks, any of them wakes it.

    It refers to no monitor, so that a thread that sleeps keeps none: whoever has it sees to it that
    the monitor is not closed before."""

    cdef EventQueue* queue
    cdef Engine engine
    cdef HostSleep native
    cdef set watched

    def __cinit__(self, CallbackMonitor monitor not None, Engine engine not None):
        self.queue = monitor.queue
        self.engine = engine
        self.watched = set()
        self.native.begin(board, self.queue, &engine.checked().completions)
        engine.native.completions.wake_by(&self.queue.host_wakeup)

    def add(self, uint64_t handle):
        """Watches a resource from its present status on."""
        self.watched.add(handle)
        board.watch(handle)

    def remove(self, uint64_t handle):
        """The resource is about to be closed. The thread that sleeps."""
        self.watched.discard(handle)
        self.native.rouse(handle)

    def rest(self, uint64_t handle, int32_t state, uint32_t failures):
        """Nothing is to be decided about a resource as long as it stays in this state, no other
        failure is signaled, and it comes with no event handle: until then, nobody is told of its
        changes, those included that were made before this. The thread that sleeps.

        Args:
            failures (int): how often SignalFailure was called.
        """
        self.native.rest(handle, state, failures)

    def rouse(self, uint64_t handle):
        """Each change is told again. The thread that sleeps."""
        self.native.rouse(handle)

    def take_event(self, uint64_t handle, uint64_t event_handle):
        """The event handle that came with a watched resource's newest status, which is
        ``event_handle``; None: it has none, or that was taken before."""
        cdef Duplicate duplicate
        cdef bint taken
        with nogil:
            taken = board.take_duplicate(handle, duplicate)
        if not taken or (duplicate.handle == 0 and duplicate.refusal == 0):
            return None
        return given_handle(event_handle, duplicate)

    def wake(self):
        """Ends a sleep."""
        self.native.wake()

    @property
    def waker(self):
        """tuple[int, int]: the addresses of a function that ends a sleep and waits for nothing, and
        of what it takes: any thread may call it, without the GIL, until the process ends."""
        return <uintptr_t> &wake_host, <uintptr_t> self.queue

    def let_go(self):
        """Whoever else reads what the engine tells is woken by that from now on."""
        self.engine.native.completions.wake_by(NULL)

    def select(self, timeout):
        """Sleeps, without the GIL, until ``wake``, a change, an ended control call, or something
        that the engine tells.

        Args:
            timeout (float | None): at most so long, in seconds.

        Returns:
            list[int]: the handles of resources that have changed.
        """
        cdef int64_t nanoseconds = <int64_t> (LOOK * 1e9)
        if timeout is not None and timeout < LOOK:
            nanoseconds = <int64_t> (timeout * 1e9)
        if nanoseconds <= 0:
            self.native.glance()
        else:
            with nogil:
                self.native.sleep(nanoseconds)
        if self.native.lost:
            self.native.lost = False
            self.look_at_all()
        if self.native.changed.empty():
            return []
        changed = list(self.native.changed)
        self.native.changed.clear()
        return changed

    cdef int look_at_all(self) except -1:
        """After a thread was ended in the middle of telling of a change."""
        cdef uint32_t index
        cdef uint64_t handle
        for handle in self.watched:
            with nogil:
                index = board.find_change(handle, self.queue)
                while index != 0:
                    self.native.changed.push_back(board.pass_change(index))
            self.native.changed.push_back(handle)
        return 0
