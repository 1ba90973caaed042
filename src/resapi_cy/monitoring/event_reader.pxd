from libc.stdint cimport int64_t, uint32_t, uint64_t

from resapi_cy.core cimport Event, EventNode, EventQueue


cdef class EventReader:
    cdef readonly object event_capacity
    cdef uint32_t process         # the core's number for the process that made this
    # Never NULL. Of a closed monitor only the wake-up may be used: the rest is another's by then.
    cdef EventQueue* queue
    # Guards what follows. No Python code runs while it is held, but what a finalizer may do.
    cdef object lock
    cdef bint is_open
    cdef uint64_t dropped         # not by the queue: lost in making, or left when it was closed
    cdef EventNode* arrivals      # taken from the queue, oldest first
    cdef EventNode* backlog       # of those, the ones with an owner: older than the arrivals
    cdef EventNode* backlog_end
    cdef object owners            # for each of the backlog: its Resource, or None
    cdef object announced         # made by the host, oldest first
    cdef object pending           # made by a poll that was interrupted; older than the backlog
    cdef object __weakref__

    cdef int check_open(self) except -1
    cdef Py_ssize_t take(self, list events, Py_ssize_t most) except -1
    cdef int make(self, list events, Event* taken, list owners, Py_ssize_t count) except -1
    cdef Py_ssize_t take_made(self, list events, Py_ssize_t most) except -1
    cdef Py_ssize_t take_nodes(self, Event* taken, list owners, Py_ssize_t most) except -1
    cdef int64_t announced_at(self) except? -1
    cdef int adopt(self) except -1
    cdef int adopt_arrivals(self) except -1
    cdef object owner_of(self, EventNode* node)
    cdef bint is_idle(self)
    cdef void rouse(self)
    cdef tuple drop_all(self)
