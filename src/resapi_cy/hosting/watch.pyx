"""How a host learns that its resources have changed: by their statuses, and not by the monitor's
events, which may be dropped, and which are the user's to take."""

from libc.stdint cimport uint32_t, uint64_t
from libcpp.vector cimport vector

from resapi_cy.core cimport Duplicate, EventHandles, EventQueue, StatusBoard
from resapi_cy.given_handle cimport GivenHandle, given_handle
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
    cdef EventHandles handles

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
        self.remove_event(handle)

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

    def watch_event(self, uint64_t handle, GivenHandle given not None):
        """Watches the event that the DLL signals when the resource may have failed, instead of the
        one before, and takes it; 0, or the system's error, by its Win32 number: it can't be waited
        for. Once it is signaled, it is kept, and not waited for until ``watch_event_again``."""
        cdef Duplicate duplicate = given.duplicate
        cdef Duplicate none
        given.duplicate = none
        self.handles.remove(handle)
        cdef uint32_t error = self.handles.add(handle, duplicate)
        self.monitor.queue.host_wakeup.notify()
        return error

    def watch_event_again(self, uint64_t handle):
        """Watches an event that was signaled, unless it still is; whether it is watched now."""
        cdef bint watched = self.handles.wait_again(handle)
        if watched:
            self.monitor.queue.host_wakeup.notify()
        return watched

    def remove_event(self, uint64_t handle):
        self.handles.remove(handle)
        self.monitor.queue.host_wakeup.notify()

    def wake(self):
        """Ends a wait."""
        self.monitor.queue.host_wakeup.notify()

    def wait(self, int milliseconds):
        """(resources that have changed, resources whose event is signaled), as lists of handles;
        both empty: nothing happened in time. Releases the GIL while it waits."""
        cdef EventQueue* queue = self.monitor.queue
        queue.host_wakeup.arm()
        found = self.look()
        if not found[0] and not found[1]:
            with nogil:
                self.handles.wait(queue.host_wakeup, milliseconds)
        queue.host_wakeup.disarm()
        queue.host_wakeup.clear()
        # What was published before the signal went down is seen now, what comes later sets it anew.
        again = self.look()
        return found[0] + again[0], found[1] + again[1]

    cdef tuple look(self):
        cdef EventQueue* queue = self.monitor.queue
        cdef vector[uint64_t] changed
        cdef uint32_t index
        cdef uint64_t handle
        with nogil:
            index = board.take_changes(queue)
            while index != 0:
                changed.push_back(board.pass_change(index))
        if queue.take_changes_lost():
            self.look_at_all(changed)
        signaled = []
        while (handle := self.handles.take_signaled()) != 0:
            signaled.append(handle)
        return list(changed), signaled

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
