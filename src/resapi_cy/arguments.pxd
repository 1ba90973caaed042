# Python numbers on their way into the fields of a status report, and timeouts.

from libc.stdint cimport uint64_t

from resapi_cy.core cimport Status


cdef uint64_t unsigned(str name, object value, object bits) except? 0
cpdef object check_timeout(object timeout)
cdef Status status_argument(
    object state, object checkpoint, object error_code, object flags, object event_handle
) except *
