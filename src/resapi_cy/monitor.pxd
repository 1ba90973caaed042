from libc.stdint cimport int64_t, uint32_t, uint64_t

from resapi_cy.core cimport EventNode, EventQueue


cdef class ResourceMonitor:
    cdef readonly object event_capacity
    cdef EventQueue* queue        # NULL once closed
    cdef uint32_t process         # the core's number for the process that made this
    cdef uint64_t dropped         # counted when it was closed
    # Guards what follows, and the order of events: reentrant, since making an event may run a
    # finalizer that polls.
    cdef object lock
    cdef dict open_resources      # handle -> Resource
    cdef set type_control_calls
    cdef object pending           # made for a resource that was closed, not yet delivered
    cdef EventNode* held_first    # the nodes of those: they count against the capacity
    cdef EventNode* held_last
    cdef EventNode* backlog       # taken from the queue, not yet made
    cdef bint making
    cdef object __weakref__

    cdef EventQueue* opened(self) except NULL
    cdef object made(self, EventNode* node, int64_t epoch_offset)
    cdef object one(self)
    cdef int make_all(self) except -1
    cdef int make_backlog(self) except -1
    cdef void release_held(self) noexcept


cdef class Resource:
    cdef readonly ResourceMonitor monitor
    cdef readonly str name
    cdef uint64_t value
    cdef bint open
    cdef set control_calls
    cdef object __weakref__

    cdef int check_open(self) except -1
    cdef void close_cells(self) noexcept
