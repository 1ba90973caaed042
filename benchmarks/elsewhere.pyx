# cython: language_level=3, freethreading_compatible=True
"""The driver's empty function in a module of its own, as every callback is."""

from libc.stdint cimport uintptr_t

from resapi_cy.resapi cimport RESOURCE_HANDLE, RESOURCE_STATUS_EX
from resapi_cy.winbase cimport DWORD


cdef DWORD __stdcall empty(RESOURCE_HANDLE handle, RESOURCE_STATUS_EX* status) noexcept nogil:
    return 0


EMPTY = <uintptr_t> <void*> empty
