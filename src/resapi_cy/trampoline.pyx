"""The status callback that native threads call, and what it does: adapt the Windows types to the
core. Nothing in this module's callbacks touches Python."""

from libc.stdint cimport uint64_t, uintptr_t
from libc.string cimport memcpy

from resapi_cy.clusapi cimport CLUSTER_RESOURCE_STATE
from resapi_cy.core cimport Status, StatusBoard, call_in_forked_child
from resapi_cy.resapi cimport (
    PSET_RESOURCE_STATUS_ROUTINE,
    PSET_RESOURCE_STATUS_ROUTINE_EX,
    RESOURCE_EXIT_STATE,
    RESOURCE_HANDLE,
    RESOURCE_STATUS,
    RESOURCE_STATUS_EX,
)
from resapi_cy.winbase cimport DWORD

cdef StatusBoard board


cdef inline uint64_t value_of(RESOURCE_HANDLE handle) noexcept nogil:
    return <uint64_t> <uintptr_t> handle


cdef inline void copy_state(Status& report, const CLUSTER_RESOURCE_STATE* state) noexcept nogil:
    # Bytes, not a value: C++ does not define what loading an enum is that the DLL, a C program,
    # has given a number that the enum can't have.
    memcpy(&report.state, state, sizeof(report.state))


cdef DWORD __stdcall set_resource_status_ex(
    RESOURCE_HANDLE handle, RESOURCE_STATUS_EX* status
) noexcept nogil:
    if status is NULL:
        return board.reject()
    # Not WaitHint: a caller built against the 2012 header has none.
    cdef Status report
    copy_state(report, &status.ResourceState)
    report.checkpoint = status.CheckPoint
    report.event_handle = <uint64_t> <uintptr_t> status.EventHandle
    report.error_code = status.ApplicationSpecificErrorCode
    report.flags = status.Flags
    return board.report(value_of(handle), report)


cdef DWORD __stdcall set_resource_status(
    RESOURCE_HANDLE handle, RESOURCE_STATUS* status
) noexcept nogil:
    if status is NULL:
        return board.reject()
    cdef Status report  # no error code and no flags in version 1: they are 0
    copy_state(report, &status.ResourceState)
    report.checkpoint = status.CheckPoint
    report.event_handle = <uint64_t> <uintptr_t> status.EventHandle
    return board.report(value_of(handle), report)


cdef RESOURCE_EXIT_STATE check_terminate(RESOURCE_HANDLE handle) noexcept nogil:
    return <RESOURCE_EXIT_STATE> board.check(value_of(handle))


cdef void* status_board() noexcept nogil:
    return &board


cdef void forget_parent() noexcept nogil:
    board.forget_parent()


# The compiler's word that these are the header's types.
cdef PSET_RESOURCE_STATUS_ROUTINE_EX _status_ex = set_resource_status_ex
cdef PSET_RESOURCE_STATUS_ROUTINE _status = set_resource_status

if not call_in_forked_child(forget_parent):
    raise MemoryError("no memory to register what a forked child has to do")
