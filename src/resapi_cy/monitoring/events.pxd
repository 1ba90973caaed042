# What a monitor hands to Python: a resource's status, and the events.

from libc.stdint cimport int64_t, uint32_t

from resapi_cy.core cimport Event as CoreEvent
from resapi_cy.core cimport Status


cdef class ResourceStatus:
    cdef Status raw


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


cdef object exit_state_of(uint32_t value)
cdef ResourceStatus status_of(const Status* status)
cdef CallbackEvent event_of(CoreEvent* event, object resource, int64_t epoch_offset)
