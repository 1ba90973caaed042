# The monitor's other callbacks, and the table that holds them all, for cimport.
#
# Plain C functions, as in trampoline.pxd: any thread, at any time. Those that return a DWORD return
# ERROR_SUCCESS, or
#     ERROR_INVALID_HANDLE       the resource handle is stale, forged or NULL,
#     ERROR_INVALID_PARAMETER    a pointer is NULL, a buffer has more than 1 MiB, or the context is
#                                not one of the monitor's,
#     ERROR_NOT_ENOUGH_MEMORY    there is no memory, or the monitor has no room for the event, which
#                                it counts as dropped.

from resapi_cy.resapi cimport CLRES_CALLBACK_FUNCTION_TABLE, RESOURCE_HANDLE

# CLRES_CALLBACK_FUNCTION_TABLE, as StartupEx takes it; it never changes
cdef CLRES_CALLBACK_FUNCTION_TABLE* table

# PQUORUM_RESOURCE_LOST, which Arbitrate is given
cdef void __stdcall quorum_resource_lost(RESOURCE_HANDLE handle) noexcept nogil
