# What a monitor hands to Python.

from libc.stdint cimport int64_t

from resapi_cy.core cimport Block, Status
from resapi_cy.core cimport Event as CoreEvent

cdef class Event:
    pass


cdef class CallbackEvent(Event):
    cdef readonly object resource
    cdef readonly int64_t time
    cdef readonly int64_t monotonic
    cdef bint complete  # it does not change any more
    # The subclass's own values, in the order of its __match_args__ after "resource".
    cdef object first
    cdef object second
    cdef object third
    cdef object fourth

    cdef tuple values(self)


cdef class StatusChanged(CallbackEvent):
    # As native code gave them, until somebody asks for the statuses: most are never looked at.
    cdef bint raw
    cdef Status reported
    cdef Status replaced

    cdef int make_statuses(self) except -1


cdef str text_of(const Block* block)
cdef CallbackEvent event_of(CoreEvent* event, object resource, int64_t epoch_offset)
