from libc.stdint cimport uint32_t

from resapi_cy.core cimport Status


cdef class ResourceStatus:
    cdef Status raw


cdef object exit_state_of(uint32_t value)
cdef ResourceStatus status_of(const Status* status)
