"""How a host learns that its resources have changed: by their statuses, and not by the monitor's
events, which may be dropped, and which are the user's to take."""

from libc.stdint cimport uint32_t, uint64_t
from libcpp.vector cimport vector

from resapi_cy.core cimport Duplicate, EventQueue, StatusBoard
from resapi_cy.given_handle cimport given_handle
from resapi_cy.monitoring.monitor cimport CallbackMonitor
from resapi_cy.trampoline cimport status_board

from _thread import RLock

cdef StatusBoard* board = <StatusBoard*> status_board()


cdef class Watch:
    """Watch(monitor): which of a monitor's resources have changed. For the host's own threads: one
    of them waits, any of them adds and removes."""

    cdef readonly CallbackMonitor monitor
    cdef set watched
    cdef object lock  # guards watched

    def __cinit__(self, CallbackMonitor monitor not None):
        self.monitor = monitor
        self.watched = set()
        self.lock = RLock()

    def add(self, uint64_t handle):
        """Watches a resource from its present status on."""
        with self.lock:
            self.watched.add(handle)
        board.watch(handle)

    def remove(self, uint64_t handle):
        """The resource is about to be closed."""
        with self.lock:
            self.watched.discard(handle)

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
        """Ends a wait."""
        self.monitor.queue.host_wakeup.notify()

    @property
    def broken(self):
        """bool: somebody, a DLL most likely, has closed what wakes it: each wait ends at once."""
        return self.monitor.queue.host_wakeup.is_broken()

    def wait(self, int milliseconds):
        """The resources that have changed, as a list of handles; none: nothing happened in time.
        Releases the GIL while it waits."""
        cdef EventQueue* queue = self.monitor.queue
        queue.host_wakeup.arm()
        try:
            found = self.look()
            if not found:
                with nogil:
                    queue.host_wakeup.wait(milliseconds)
        finally:
            queue.host_wakeup.disarm()
            queue.host_wakeup.clear()
        # What was published before the signal went down is seen now, what comes later sets it anew.
        return found + self.look()

    cdef list look(self):
        cdef EventQueue* queue = self.monitor.queue
        cdef vector[uint64_t] changed
        cdef uint32_t index
        with nogil:
            index = board.take_changes(queue)
            while index != 0:
                changed.push_back(board.pass_change(index))
        if queue.take_changes_lost():
            self.look_at_all(changed)
        return list(changed)

    cdef int look_at_all(self, vector[uint64_t]& changed) except -1:
        """After a thread was ended in the middle of telling of a change."""
        cdef EventQueue* queue = self.monitor.queue
        cdef uint32_t index
        cdef uint64_t handle
        with self.lock:
            watched = list(self.watched)
        for handle in watched:
            with nogil:
                index = board.find_change(handle, queue)
                while index != 0:
                    changed.push_back(board.pass_change(index))
            changed.push_back(handle)
        return 0
