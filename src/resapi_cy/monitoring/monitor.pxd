from libc.stdint cimport uint64_t

from resapi_cy.core cimport EventNode, Snapshot
from resapi_cy.monitoring.event_reader cimport EventReader


cdef class CallbackMonitor(EventReader):
    # Guarded by the lock.
    cdef dict open_resources      # handle -> Resource
    cdef set type_control_calls
    cdef dict ends                # of hosted resources: handle -> {end state -> status}
    cdef dict awaited             # control calls of the host: context -> code, None until it ends


cdef class Resource:
    cdef readonly CallbackMonitor monitor
    cdef readonly str name
    cdef uint64_t value
    cdef bint open
    cdef bint hosted              # of a resource DLL
    cdef object logged            # by the DLL, with its time: the newest warnings; None: nothing
    cdef set control_calls
    cdef object __weakref__

    cdef int check_open(self) except -1
    cdef Snapshot snapshot(self) except *
    cdef int keep_line(self, EventNode* node) except -1
    cdef int check_done(self, bint done) except -1
    cdef void close_cells(self) noexcept
