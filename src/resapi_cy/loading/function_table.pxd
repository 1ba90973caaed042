# What a DLL gives for a resource type: see function_table.pyx. Not part of the public interface.

from resapi_cy.resapi cimport CLRES_FUNCTION_TABLE, PCLRES_FUNCTION_TABLE
from resapi_cy.winbase cimport DWORD


cdef int copy_table(
    str path,
    str resource_type,
    PCLRES_FUNCTION_TABLE functions,
    DWORD least,
    DWORD most,
    CLRES_FUNCTION_TABLE* copy,
) except -1
cdef dict addresses_in(const CLRES_FUNCTION_TABLE* table)
