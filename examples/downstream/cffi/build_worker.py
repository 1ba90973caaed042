"""The C half of the worker."""

from cffi import FFI

import resapi_cy

builder = FFI()
builder.cdef("uint32_t bring_online(uintptr_t report, uintptr_t handle, uint32_t steps);")
builder.set_source(
    "_cffi_worker",
    """
    #include <resapi_cy/resapi.h>

    static uint32_t bring_online(uintptr_t report, uintptr_t handle, uint32_t steps) {
        PSET_RESOURCE_STATUS_ROUTINE_EX set_status = (PSET_RESOURCE_STATUS_ROUTINE_EX)report;
        RESOURCE_STATUS_EX status = {ClusterResourceOnlinePending};
        while (status.CheckPoint < steps) {
            /* a step of the work */
            ++status.CheckPoint;
            if (set_status((RESOURCE_HANDLE)handle, &status) == ResourceExitStateTerminate) {
                return ResourceExitStateTerminate;
            }
        }
        status.ResourceState = ClusterResourceOnline;
        ++status.CheckPoint;
        return set_status((RESOURCE_HANDLE)handle, &status);
    }
    """,
    include_dirs=[resapi_cy.get_include()],
)
