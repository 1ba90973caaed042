# The status callback and the termination check, for cimport.
#
# All three are plain C functions: any thread may call them, with or without the GIL, before, during
# and after the life of every monitor and of the interpreter.

from resapi_cy.resapi cimport (
    RESOURCE_EXIT_STATE,
    RESOURCE_HANDLE,
    RESOURCE_STATUS,
    RESOURCE_STATUS_EX,
)
from resapi_cy.winbase cimport DWORD


# PSET_RESOURCE_STATUS_ROUTINE_EX
cdef DWORD __stdcall set_resource_status_ex(
    RESOURCE_HANDLE handle, RESOURCE_STATUS_EX* status
) noexcept nogil

# PSET_RESOURCE_STATUS_ROUTINE, the version 1 callback
cdef DWORD __stdcall set_resource_status(
    RESOURCE_HANDLE handle, RESOURCE_STATUS* status
) noexcept nogil

# What a report would be answered, without a report
cdef RESOURCE_EXIT_STATE check_terminate(RESOURCE_HANDLE handle) noexcept nogil

# The core's one instance, a StatusBoard*, for the package's own modules
cdef void* status_board() noexcept nogil
