# Python values on their way to native code, and timeouts.

from libc.stdint cimport uint64_t

from resapi_cy.core cimport Status


cpdef uint64_t unsigned(str name, object value, object bits, object least=*) except? 0
cpdef bytes data_argument(object data)
cpdef str text_argument(str name, object text)
cpdef object check_timeout(object timeout)
cdef int no_more(str name, tuple more, dict wrong) except -1
cdef Status status_argument(
    object state, object checkpoint, object error_code, object flags, object event_handle
) except *
