"""How a host learns that its resources have changed: by their statuses, and not by the monitor's
events, which may be dropped, and which are the user's to take."""

from cython.operator cimport dereference, preincrement
from libc.stdint cimport uint32_t, uint64_t
from libcpp.unordered_map cimport unordered_map
from libcpp.vector cimport vector

from resapi_cy.core cimport EventHandles, EventQueue, Snapshot, StatusBoard
from resapi_cy.monitoring.monitor cimport CallbackMonitor
from resapi_cy.trampoline cimport status_board

from _thread import RLock

cdef StatusBoard* board = <StatusBoard*> status_board()

cdef struct Seen:
    uint64_t transitions
    uint32_t failures


cdef class Watch:
    """Watch(monitor): which of a monitor's resources have changed. For the host's own threads: one
    of them waits, any of them adds and removes."""

    cdef readonly CallbackMonitor monitor
    cdef unordered_map[uint64_t, Seen] seen
    cdef object lock  # guards seen
    cdef EventHandles handles

    def __cinit__(self, CallbackMonitor monitor not None):
        self.monitor = monitor
        self.lock = RLock()

    def add(self, uint64_t handle):
        """Watches a resource from its present status on."""
        cdef Seen seen = Seen(0, 0)
        look_again(handle, seen)
        with self.lock:
            self.seen[handle] = seen

    def remove(self, uint64_t handle):
        with self.lock:
            self.seen.erase(handle)
        self.remove_event(handle)

    def watch_event(self, uint64_t handle, uint64_t event_handle):
        """Watches the event that the DLL signals when the resource may have failed, instead of the
        one before; 0, or the system's error, by its Win32 number: it can't be waited for. Once it
        is signaled, it is kept, and not waited for until ``watch_event_again``."""
        self.handles.remove(handle)
        cdef uint32_t error = self.handles.add(handle, event_handle)
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
        cdef vector[uint64_t] changed
        cdef unordered_map[uint64_t, Seen].iterator entry
        cdef uint64_t handle
        with self.lock:  # no Python object is made while it is held
            entry = self.seen.begin()
            while entry != self.seen.end():
                if look_again(dereference(entry).first, dereference(entry).second):
                    changed.push_back(dereference(entry).first)
                preincrement(entry)
        signaled = []
        while (handle := self.handles.take_signaled()) != 0:
            signaled.append(handle)
        return list(changed), signaled


cdef bint look_again(uint64_t handle, Seen& seen) noexcept:
    """Whether the resource has changed since it was last looked at."""
    cdef Snapshot snapshot
    if not board.snapshot(handle, snapshot):
        return False
    cdef bint changed = (
        snapshot.transitions != seen.transitions or snapshot.failures != seen.failures
    )
    seen.transitions = snapshot.transitions
    seen.failures = snapshot.failures
    return changed
