# What a monitor hands to Python.

from libc.stdint cimport int64_t

from resapi_cy.core cimport Event as CoreEvent

cdef class Event:
    pass


cdef class CallbackEvent(Event):
    cdef readonly object resource
    cdef readonly object time
    cdef readonly object monotonic
    # The subclass's own values, in the order of its __match_args__ after "resource".
    cdef object first
    cdef object second
    cdef object third
    cdef object fourth

    cdef tuple values(self)


cdef CallbackEvent event_of(CoreEvent* event, object resource, int64_t epoch_offset)
