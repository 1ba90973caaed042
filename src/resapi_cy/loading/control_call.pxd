# A control call on its way through the DLL: see control_call.pyx. Not part of the public interface.

from resapi_cy.resapi cimport CLRES_FUNCTION_TABLE, RESID
from resapi_cy.winbase cimport BOOL, DWORD, HANDLE, INT64, LPCWSTR, PBYTE


cdef class ControlCall:
    cdef PBYTE output
    cdef DWORD size
    cdef DWORD returned
    cdef BOOL asynchronous
    cdef readonly DWORD code

    cdef void make(
        self,
        CLRES_FUNCTION_TABLE* table,
        bint of_type,
        RESID resource,
        LPCWSTR name,
        HANDLE user,
        DWORD code,
        PBYTE data,
        DWORD size,
        INT64 context,
    ) noexcept nogil
    cdef DWORD answer(
        self,
        CLRES_FUNCTION_TABLE* table,
        bint of_type,
        RESID resource,
        LPCWSTR name,
        HANDLE user,
        DWORD code,
        PBYTE data,
        DWORD size,
        INT64 context,
    ) noexcept nogil
