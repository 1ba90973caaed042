"""A worker written in C, handed the callback table."""

from libc.stdint cimport uintptr_t

from resapi_cy.callbacks cimport table
from resapi_cy.resapi cimport PSET_RESOURCE_STATUS_ROUTINE_EX, RESOURCE_HANDLE
from resapi_cy.winbase cimport DWORD


cdef extern from "worker.h" nogil:
    DWORD report_online(PSET_RESOURCE_STATUS_ROUTINE_EX routine, RESOURCE_HANDLE handle)


def report(uintptr_t handle):
    """Reports ONLINE; what the callback answered."""
    return report_online(table.SetResourceStatusEx, <RESOURCE_HANDLE> handle)
