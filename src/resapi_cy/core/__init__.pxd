# The lock-free core, for the package's own modules: see core/status_board.hpp.
# Not part of the public interface: a worker cimports resapi_cy.trampoline.

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libcpp.string cimport string

from resapi_cy.winbase cimport DWORD


cdef extern from "core/clock.hpp" namespace "resapi_cy" nogil:
    int64_t epoch_offset_ns() noexcept


cdef extern from "core/fork.hpp" namespace "resapi_cy" nogil:
    bint call_in_forked_child(void (*handler)() noexcept nogil) noexcept


cdef extern from "core/wakeup.hpp" namespace "resapi_cy" nogil:
    cdef cppclass Wakeup:
        void notify() noexcept
        void arm() noexcept
        void disarm() noexcept
        bint wait(int milliseconds) noexcept
        int descriptor() noexcept
        void clear() noexcept

    cdef cppclass HostWakeup:
        void notify() noexcept
        void arm() noexcept
        void disarm() noexcept
        bint wait(int milliseconds) noexcept
        void clear() noexcept


cdef extern from "core/duplicate.hpp" namespace "resapi_cy" nogil:
    cdef cppclass Duplicate:
        uint64_t handle
        uint32_t refusal

    Duplicate duplicate_handle(uint64_t value) noexcept
    bint is_signaled(const Duplicate& duplicate) noexcept
    void drop(const Duplicate& duplicate) noexcept


cdef extern from "core/floating_point.hpp" namespace "resapi_cy" nogil:
    cdef cppclass FloatingPoint:
        void put_back() noexcept


cdef extern from "core/library.hpp" namespace "resapi_cy" nogil:
    void* load_library(const char* path, DWORD& error, string& text)
    void* load_library(const char* path, DWORD& error, string& text, bint for_all)
    void* find_export(void* library, const char* name) noexcept
    bint is_found_by_name(void* library, const char* name) noexcept
    void find_last_error() noexcept
    DWORD last_error() noexcept
    void clear_last_error() noexcept


cdef extern from "core/event_queue.hpp" namespace "resapi_cy" nogil:
    cdef cppclass Status:
        int32_t state
        uint32_t checkpoint
        uint64_t event_handle
        uint32_t error_code
        uint32_t flags

    cdef enum class EventKind(uint32_t):
        log_message
        status_changed
        locked_mode_set
        failure_signaled
        node_local_properties_set
        control_call_ended
        type_control_call_ended
        control_call_extended
        type_control_call_extended
        type_notification_raised
        dump_process_changed
        type_dump_process_changed
        internal_state_set
        locked_mode_set_ex
        dump_requested
        wpr_policy_set
        wpr_watchdog_armed
        quorum_resource_lost

    cdef cppclass Block:
        void* data
        uint32_t bytes

    Block copy_block(const void* data, uint32_t bytes) noexcept

    cdef cppclass Event:
        EventKind kind
        uint64_t handle
        int64_t monotonic
        Status status
        Status previous
        uint64_t numbers[3]
        Block blocks[2]
        void free_blocks() noexcept

    cdef cppclass EventNode:
        Event event
        EventNode* next

    cdef cppclass EventQueue:
        bint empty() noexcept
        EventNode* take() noexcept
        void release(EventNode* first, EventNode* last) noexcept
        uint64_t dropped() noexcept
        void count_dropped(uint64_t events) noexcept
        bint take_changes_lost() noexcept
        void call_host() noexcept
        Wakeup wakeup
        HostWakeup host_wakeup


cdef extern from "core/cell.hpp" namespace "resapi_cy" nogil:
    cdef enum class CellKind(uint32_t):
        resource
        control_call
        type_control_call

    cdef cppclass Snapshot:
        Status status
        uint64_t transitions
        uint32_t failures
        uint32_t error_code
        uint32_t exit_state


cdef extern from "core/status_board.hpp" namespace "resapi_cy" nogil:
    cdef enum class Posted(uint32_t):
        delivered
        dropped
        refused

    cdef enum class Tried(uint32_t):
        no
        yes
        busy

    cdef cppclass StatusBoard:
        uint32_t check(uint64_t handle) noexcept
        uint32_t report(uint64_t handle, const Status& status) noexcept
        bint try_report(uint64_t handle, const Status& status, uint32_t& exit) noexcept
        Posted post(uint64_t handle, CellKind kind, Event& event, bint last) noexcept
        Posted broadcast(Event& event) noexcept
        uint32_t reject() noexcept
        uint64_t rejected() noexcept
        EventQueue* open_queue(uint32_t capacity) noexcept
        uint64_t close_queue(EventQueue* queue) noexcept
        uint64_t open(EventQueue* queue, CellKind kind, uint64_t owner) noexcept
        uint64_t try_open(EventQueue* queue, CellKind kind, uint64_t owner) noexcept
        bint close(uint64_t handle, CellKind kind) noexcept
        Tried try_close(uint64_t handle, CellKind kind) noexcept
        bint terminate(uint64_t handle) noexcept
        bint begin(uint64_t handle, int32_t pending_state) noexcept
        Tried try_begin(uint64_t handle, int32_t pending_state) noexcept
        bint snapshot(uint64_t handle, Snapshot& into) noexcept
        Tried try_snapshot(uint64_t handle, Snapshot& into) noexcept
        bint watch(uint64_t handle) noexcept
        bint take_duplicate(uint64_t handle, Duplicate& into) noexcept
        uint32_t take_changes(EventQueue* queue) noexcept
        uint64_t pass_change(uint32_t& index) noexcept
        uint32_t find_change(uint64_t handle, EventQueue* queue) noexcept
        void forget_parent() noexcept
        uint32_t process() noexcept
