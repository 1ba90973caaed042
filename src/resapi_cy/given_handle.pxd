from libc.stdint cimport uint64_t

from resapi_cy.core cimport Duplicate


cdef class GivenHandle:
    cdef readonly object value
    cdef Duplicate duplicate


# Takes the duplicate
cdef GivenHandle given_handle(uint64_t value, Duplicate duplicate)
