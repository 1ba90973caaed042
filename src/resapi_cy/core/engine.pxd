# The engine, for the package's own modules: see engine.hpp and entry_point_call.hpp.

from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t
from libcpp cimport bool as cpp_bool
from libcpp.vector cimport vector

from resapi_cy.core cimport Duplicate, EventQueue, HostWakeup, StatusBoard
from resapi_cy.resapi cimport (
    CLRES_FUNCTION_TABLE,
    PCLRES_CALLBACK_FUNCTION_TABLE,
    PCLRES_FUNCTION_TABLE,
    PQUORUM_RESOURCE_LOST,
    PSET_RESOURCE_STATUS_ROUTINE,
    PSTARTUP_EX_ROUTINE,
    PSTARTUP_ROUTINE,
)
from resapi_cy.winbase cimport BOOL, BYTE, DWORD, HANDLE, HKEY, INT64


ctypedef uint64_t (*SetCurrentRoutine)(uint64_t cluster) noexcept nogil


cdef extern from "core/durations.hpp" namespace "resapi_cy" nogil:
    cdef enum class EntryPoint(unsigned char):
        open
        close
        online
        offline
        terminate
        looks_alive
        is_alive
        arbitrate
        release
        control
        type_control
        cancel
        startup
        none

    const size_t buckets
    int64_t duration_bound(size_t bucket) noexcept

    cdef cppclass DurationCounts:
        uint64_t count "counts.at" (size_t bucket)
        int64_t total
        uint32_t code
        int64_t when

    cdef cppclass Durations:
        DurationCounts read() noexcept

    cdef cppclass PollAnswer:
        cpp_bool thorough
        cpp_bool alive
        int64_t when
        int64_t nanoseconds

    cdef cppclass PollAnswers "std::array<resapi_cy::PollAnswer, resapi_cy::PollRing::readable>":
        PollAnswer& operator[](size_t index)

    cdef cppclass PollRing:
        uint64_t made() noexcept
        size_t latest(PollAnswers& into) noexcept

    cdef cppclass Running:
        EntryPoint read(int64_t& since) noexcept


cdef extern from "core/engine.hpp" namespace "resapi_cy" nogil:
    cdef enum class CompletionKind(unsigned char):
        returned
        not_made
        overdue
        not_alive
        poll_overdue
        poll_returned
        terminated_again
        handle_lost
        no_thread
        event_answered

    cdef enum class Place(unsigned char):
        queue
        gate
        inside
        ended

    cdef cppclass Gate:
        pass

    cdef cppclass Call:
        int64_t limit
        uint32_t code
        Gate* gate
        cpp_bool turn
        cpp_bool inside
        cpp_bool terminates

    cdef cppclass Completion:
        Completion* next
        CompletionKind kind
        Place place
        cpp_bool by_event
        EntryPoint entry_point
        Call* call
        PolledResource* resource
        int64_t nanoseconds

    cdef cppclass Completions:
        cpp_bool empty() noexcept
        Completion* take() noexcept
        void push(Completion& completion) noexcept
        HostWakeup& wakeup() noexcept
        void wake_by(HostWakeup* other) noexcept

    cdef cppclass PolledResource:
        void* resid "resid.load" () noexcept
        uint64_t handle
        Durations late
        PollRing polls
        Running running
        Running terminating
        Durations* durations(EntryPoint entry_point) noexcept

    cdef cppclass Engine:
        @staticmethod
        Engine* open() noexcept

        @staticmethod
        Gate* open_gate() noexcept

        void release_gate "release" (Gate* gate) noexcept
        PolledResource* add(uint64_t handle, Gate* gate, Gate* terminate) noexcept
        void forget(PolledResource& resource) noexcept
        void release_resource "release" (PolledResource* resource) noexcept
        cpp_bool put(Call& call) noexcept
        void abandon(Call& call) noexcept
        void surround(SetCurrentRoutine set_current, uint64_t cluster) noexcept
        cpp_bool try_turn(PolledResource& resource) noexcept
        void leave(PolledResource& resource) noexcept
        void ask_now(PolledResource& resource) noexcept
        void poll(
            PolledResource& resource, int64_t looks_interval, int64_t is_interval, int64_t limit
        ) noexcept
        void stop_polls(PolledResource& resource) noexcept
        uint32_t watch(PolledResource& resource, uint64_t handle) noexcept
        void end() noexcept
        void release() noexcept
        cpp_bool is_inherited() noexcept
        uint32_t threads() noexcept
        Completions completions
        void done(Completion& completion) noexcept


cdef extern from "core/host_sleep.hpp" namespace "resapi_cy" nogil:
    cdef cppclass HostSleep:
        void begin(StatusBoard* board, EventQueue* queue, Completions* completions) noexcept
        void wake() noexcept
        void rest(uint64_t handle, int32_t state, uint32_t failures) except +
        void rouse(uint64_t handle) noexcept
        void sleep(int64_t nanoseconds) noexcept
        void glance() noexcept
        vector[uint64_t] changed
        cpp_bool lost


cdef extern from "core/witness.hpp" namespace "resapi_cy" nogil:
    cdef cppclass Witness:
        @staticmethod
        void listen(Witness* there) noexcept


cdef extern from "core/entry_point_call.hpp" namespace "resapi_cy" nogil:
    cdef cppclass EntryPointCall(Call):
        EntryPointCall(EntryPoint what, PolledResource* whose) except +
        CLRES_FUNCTION_TABLE table
        vector[char] text
        vector[BYTE] input
        HKEY key
        DWORD flags
        DWORD control_code
        INT64 context
        HANDLE user
        PQUORUM_RESOURCE_LOST quorum_resource_lost
        PSTARTUP_EX_ROUTINE startup_ex
        PSTARTUP_ROUTINE startup
        DWORD lowest
        DWORD highest
        PCLRES_CALLBACK_FUNCTION_TABLE callbacks
        PSET_RESOURCE_STATUS_ROUTINE set_resource_status
        PCLRES_FUNCTION_TABLE functions
        HANDLE event
        Duplicate duplicate
        vector[BYTE] output
        DWORD returned
        BOOL pending

    void set_routines(PolledResource& resource, const CLRES_FUNCTION_TABLE& table) noexcept
