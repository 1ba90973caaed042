# cython: language_level=3, freethreading_compatible=True
"""A callback in Cython, `with gil`; the handle is the object itself, as in Cython's own demo."""

from libc.stdint cimport uintptr_t

from resapi_cy.resapi cimport (
    RESOURCE_HANDLE,
    RESOURCE_STATUS_EX,
    ResourceExitStateContinue,
    ResourceExitStateTerminate,
)
from resapi_cy.winbase cimport DWORD


cdef DWORD __stdcall report(
    RESOURCE_HANDLE handle, RESOURCE_STATUS_EX* status
) noexcept with gil:
    resource = <object> handle
    resource.status = (
        status.ResourceState,
        status.CheckPoint,
        <uintptr_t> status.EventHandle,
        status.ApplicationSpecificErrorCode,
        status.Flags,
    )
    return ResourceExitStateTerminate if resource.terminated else ResourceExitStateContinue


address = <uintptr_t> <void*> report


def handle_of(resource):
    return <uintptr_t> <void*> resource
