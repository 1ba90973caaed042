"""The monitor's callbacks, as integers to hand to native code.

``address`` is the ``CLRES_CALLBACK_FUNCTION_TABLE*`` that ``StartupEx`` takes. Each of the table's
callbacks is also an attribute of its own, named as the field in snake case, with
``set_resource_status`` for version 1 of the interface (``Startup``) and ``quorum_resource_lost``,
which ``Arbitrate`` is given.

All of them are plain C functions that live as long as the process. Native threads call them at any
time, with or without the GIL, before, during and after the life of every monitor and of the
interpreter. The resource handle says which monitor and which resource a call is about.

Resource API: CLRES_CALLBACK_FUNCTION_TABLE.
"""

from libc.stdint cimport uint32_t, uint64_t, uintptr_t

from resapi_cy.core cimport (
    Block,
    CellKind,
    Event,
    EventKind,
    Posted,
    StatusBoard,
    copy_block,
)
from resapi_cy.resapi cimport (
    CLRES_CALLBACK_FUNCTION_TABLE,
    CLUSTER_RESOURCE_APPLICATION_STATE,
    FAILURE_TYPE,
    PLOG_EVENT_ROUTINE,
    PQUORUM_RESOURCE_LOST,
    PRES_CTL_CTX,
    PRESTYPE_CTL_CTX,
    RESOURCE_HANDLE,
)
from resapi_cy.trampoline cimport set_resource_status, set_resource_status_ex, status_board
from resapi_cy.winbase cimport (
    BOOL,
    BYTE,
    DWORD,
    ERROR_INVALID_HANDLE,
    ERROR_INVALID_PARAMETER,
    ERROR_NOT_ENOUGH_MEMORY,
    ERROR_SUCCESS,
    LPCWSTR,
    PBYTE,
    ULONGLONG,
)


cdef extern from "core/log_event.hpp" namespace "resapi_cy" nogil:
    PLOG_EVENT_ROUTINE log_event
    StatusBoard* log_board

cdef StatusBoard* board = <StatusBoard*> status_board()

cdef enum:
    # The longest text that is taken from a DLL, in UTF-16 units; a longer one is cut.
    LONGEST_TEXT = 32768
    # The most bytes of a property list or a payload; more are refused, before they are copied.
    LARGEST_BUFFER = 1 << 20


cdef inline Event about(EventKind kind) noexcept nogil:
    cdef Event event
    event.kind = kind
    return event


cdef DWORD post(RESOURCE_HANDLE handle, Event& event) noexcept nogil:
    cdef Posted posted = board.post(
        <uint64_t> <uintptr_t> handle, CellKind.resource, event, False
    )
    if posted == Posted.delivered:
        return ERROR_SUCCESS
    return ERROR_NOT_ENOUGH_MEMORY if posted == Posted.dropped else ERROR_INVALID_HANDLE


cdef DWORD post_control_call(
    PRES_CTL_CTX context, CellKind kind, Event& event, bint last
) noexcept nogil:
    event.numbers[0] = <uint64_t> context
    cdef Posted posted = board.post(<uint64_t> context, kind, event, last)
    if posted == Posted.delivered:
        return ERROR_SUCCESS
    return ERROR_NOT_ENOUGH_MEMORY if posted == Posted.dropped else ERROR_INVALID_PARAMETER


cdef DWORD broadcast(Event& event) noexcept nogil:
    if board.broadcast(event) == Posted.delivered:
        return ERROR_SUCCESS
    return ERROR_NOT_ENOUGH_MEMORY


cdef DWORD invalid_parameter() noexcept nogil:
    board.reject()
    return ERROR_INVALID_PARAMETER


cdef bint is_usable(const void* buffer, DWORD size) noexcept nogil:
    return size <= LARGEST_BUFFER and (buffer is not NULL or size == 0)


cdef Block block_of_text(LPCWSTR text) noexcept nogil:
    cdef uint32_t length = 0
    while length < LONGEST_TEXT and text[length] != 0:
        length += 1
    return copy_block(text, length * sizeof(text[0]))


# ---- The callbacks, in the table's order; LogEvent is in core/log_event.hpp --------------------

cdef DWORD __stdcall set_resource_locked_mode(
    RESOURCE_HANDLE handle, BOOL enabled, DWORD reason
) noexcept nogil:
    cdef Event event = about(EventKind.locked_mode_set)
    event.numbers[0] = enabled != 0
    event.numbers[1] = reason
    return post(handle, event)


cdef DWORD __stdcall signal_failure(
    RESOURCE_HANDLE handle, FAILURE_TYPE failure_type, DWORD error_code
) noexcept nogil:
    cdef Event event = about(EventKind.failure_signaled)
    event.numbers[0] = <uint32_t> failure_type
    event.numbers[1] = error_code
    return post(handle, event)


cdef DWORD __stdcall set_resource_in_memory_node_local_properties(
    RESOURCE_HANDLE handle, BYTE* properties, DWORD size
) noexcept nogil:
    if not is_usable(properties, size):
        return invalid_parameter()
    cdef Event event = about(EventKind.node_local_properties_set)
    event.blocks[0] = copy_block(properties, size)
    if event.blocks[0].bytes != size:
        return ERROR_NOT_ENOUGH_MEMORY
    return post(handle, event)


cdef DWORD __stdcall end_control_call(const PRES_CTL_CTX context, DWORD status) noexcept nogil:
    cdef Event event = about(EventKind.control_call_ended)
    event.numbers[1] = status
    return post_control_call(context, CellKind.control_call, event, True)


cdef DWORD __stdcall end_type_control_call(
    const PRESTYPE_CTL_CTX context, DWORD status
) noexcept nogil:
    cdef Event event = about(EventKind.type_control_call_ended)
    event.numbers[1] = status
    return post_control_call(context, CellKind.type_control_call, event, True)


cdef DWORD __stdcall extend_control_call(
    const PRES_CTL_CTX context, DWORD timeout_ms
) noexcept nogil:
    cdef Event event = about(EventKind.control_call_extended)
    event.numbers[1] = timeout_ms
    return post_control_call(context, CellKind.control_call, event, False)


cdef DWORD __stdcall extend_type_control_call(
    const PRESTYPE_CTL_CTX context, DWORD timeout_ms
) noexcept nogil:
    cdef Event event = about(EventKind.type_control_call_extended)
    event.numbers[1] = timeout_ms
    return post_control_call(context, CellKind.type_control_call, event, False)


cdef DWORD __stdcall raise_res_type_notification(
    LPCWSTR resource_type, const PBYTE payload, DWORD size
) noexcept nogil:
    if resource_type is NULL or not is_usable(payload, size):
        return invalid_parameter()
    cdef Event event = about(EventKind.type_notification_raised)
    event.blocks[0] = block_of_text(resource_type)
    event.blocks[1] = copy_block(payload, size)
    if event.blocks[0].data is NULL or event.blocks[1].bytes != size:
        event.free_blocks()
        return ERROR_NOT_ENOUGH_MEMORY
    return broadcast(event)


cdef DWORD __stdcall change_resource_process_for_dumps(
    RESOURCE_HANDLE handle, LPCWSTR process_name, DWORD process_id, BOOL is_add
) noexcept nogil:
    if process_name is NULL:
        return invalid_parameter()
    cdef Event event = about(EventKind.dump_process_changed)
    event.numbers[0] = process_id
    event.numbers[1] = is_add != 0
    event.blocks[0] = block_of_text(process_name)
    if event.blocks[0].data is NULL:
        return ERROR_NOT_ENOUGH_MEMORY
    return post(handle, event)


cdef DWORD __stdcall change_res_type_process_for_dumps(
    LPCWSTR resource_type, LPCWSTR process_name, DWORD process_id, BOOL is_add
) noexcept nogil:
    if resource_type is NULL or process_name is NULL:
        return invalid_parameter()
    cdef Event event = about(EventKind.type_dump_process_changed)
    event.numbers[0] = process_id
    event.numbers[1] = is_add != 0
    event.blocks[0] = block_of_text(resource_type)
    event.blocks[1] = block_of_text(process_name)
    if event.blocks[0].data is NULL or event.blocks[1].data is NULL:
        event.free_blocks()
        return ERROR_NOT_ENOUGH_MEMORY
    return broadcast(event)


cdef DWORD __stdcall set_internal_state(
    RESOURCE_HANDLE handle, CLUSTER_RESOURCE_APPLICATION_STATE state, BOOL active
) noexcept nogil:
    cdef Event event = about(EventKind.internal_state_set)
    event.numbers[0] = <uint32_t> state
    event.numbers[1] = active != 0
    return post(handle, event)


cdef DWORD __stdcall set_resource_locked_mode_ex(
    RESOURCE_HANDLE handle, BOOL enabled, DWORD reason, DWORD flags
) noexcept nogil:
    cdef Event event = about(EventKind.locked_mode_set_ex)
    event.numbers[0] = enabled != 0
    event.numbers[1] = reason
    event.numbers[2] = flags
    return post(handle, event)


cdef DWORD __stdcall request_dump(
    RESOURCE_HANDLE handle, BOOL call_in_progress, DWORD delay_ms
) noexcept nogil:
    cdef Event event = about(EventKind.dump_requested)
    event.numbers[0] = call_in_progress != 0
    event.numbers[1] = delay_ms
    return post(handle, event)


cdef DWORD __stdcall set_resource_wpr_policy(RESOURCE_HANDLE handle, DWORD flags) noexcept nogil:
    cdef Event event = about(EventKind.wpr_policy_set)
    event.numbers[0] = flags
    return post(handle, event)


cdef DWORD __stdcall arm_wpr_watchdog_for_current_resource_call(
    RESOURCE_HANDLE handle, ULONGLONG timeout_ms
) noexcept nogil:
    cdef Event event = about(EventKind.wpr_watchdog_armed)
    event.numbers[0] = timeout_ms
    return post(handle, event)


# ---- Not of the table: what Arbitrate is given ---------------------------------------------------

cdef void __stdcall quorum_resource_lost(RESOURCE_HANDLE handle) noexcept nogil:
    cdef Event event = about(EventKind.quorum_resource_lost)
    post(handle, event)


cdef PQUORUM_RESOURCE_LOST lost = quorum_resource_lost
cdef CLRES_CALLBACK_FUNCTION_TABLE functions

log_board = board
functions.LogEvent = log_event
functions.SetResourceStatusEx = set_resource_status_ex
functions.SetResourceLockedMode = set_resource_locked_mode
functions.SignalFailure = signal_failure
functions.SetResourceInMemoryNodeLocalProperties = set_resource_in_memory_node_local_properties
functions.EndControlCall = end_control_call
functions.EndTypeControlCall = end_type_control_call
functions.ExtendControlCall = extend_control_call
functions.ExtendTypeControlCall = extend_type_control_call
functions.RaiseResTypeNotification = raise_res_type_notification
functions.ChangeResourceProcessForDumps = change_resource_process_for_dumps
functions.ChangeResTypeProcessForDumps = change_res_type_process_for_dumps
functions.SetInternalState = set_internal_state
functions.SetResourceLockedModeEx = set_resource_locked_mode_ex
functions.RequestDump = request_dump
functions.SetResourceWprPolicy = set_resource_wpr_policy
functions.ArmWprWatchdogForCurrentResourceCall = arm_wpr_watchdog_for_current_resource_call
table = &functions

# The functions above are C names, so Python's names of the same are set by hand.
globals().update(
    address=<uintptr_t> table,
    set_resource_status=<uintptr_t> <void*> set_resource_status,
    quorum_resource_lost=<uintptr_t> <void*> lost,
    log_event=<uintptr_t> <void*> functions.LogEvent,
    set_resource_status_ex=<uintptr_t> <void*> functions.SetResourceStatusEx,
    set_resource_locked_mode=<uintptr_t> <void*> functions.SetResourceLockedMode,
    signal_failure=<uintptr_t> <void*> functions.SignalFailure,
    set_resource_in_memory_node_local_properties=(
        <uintptr_t> <void*> functions.SetResourceInMemoryNodeLocalProperties
    ),
    end_control_call=<uintptr_t> <void*> functions.EndControlCall,
    end_type_control_call=<uintptr_t> <void*> functions.EndTypeControlCall,
    extend_control_call=<uintptr_t> <void*> functions.ExtendControlCall,
    extend_type_control_call=<uintptr_t> <void*> functions.ExtendTypeControlCall,
    raise_res_type_notification=<uintptr_t> <void*> functions.RaiseResTypeNotification,
    change_resource_process_for_dumps=<uintptr_t> <void*> functions.ChangeResourceProcessForDumps,
    change_res_type_process_for_dumps=<uintptr_t> <void*> functions.ChangeResTypeProcessForDumps,
    set_internal_state=<uintptr_t> <void*> functions.SetInternalState,
    set_resource_locked_mode_ex=<uintptr_t> <void*> functions.SetResourceLockedModeEx,
    request_dump=<uintptr_t> <void*> functions.RequestDump,
    set_resource_wpr_policy=<uintptr_t> <void*> functions.SetResourceWprPolicy,
    arm_wpr_watchdog_for_current_resource_call=(
        <uintptr_t> <void*> functions.ArmWprWatchdogForCurrentResourceCall
    ),
)
