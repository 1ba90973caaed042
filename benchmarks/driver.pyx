# cython: language_level=3, freethreading_compatible=True
"""The benchmarks' native threads, for Python to start: see driver.hpp."""

from libc.stdint cimport uint8_t, uint32_t, uint64_t, uintptr_t
from libcpp cimport bool as cbool
from libcpp.vector cimport vector

from resapi_cy.resapi cimport PSET_RESOURCE_STATUS_ROUTINE_EX, RESOURCE_HANDLE
from resapi_cy.trampoline cimport check_terminate


cdef extern from "driver.hpp" namespace "benchmarks" nogil:
    cdef cppclass Histogram:
        uint64_t* data "counts.data" ()
        uint64_t longest
        @staticmethod
        double middle(size_t bucket)

    cdef size_t BUCKETS "benchmarks::Histogram::size"

    cdef cppclass Task:
        PSET_RESOURCE_STATUS_ROUTINE_EX routine
        RESOURCE_HANDLE handle
        cbool changes
        uint8_t thread
        double work
        double seconds
        uint64_t limit

    cdef cppclass Part:
        uint64_t calls
        double elapsed

    cdef cppclass Outcome:
        uint64_t calls
        uint64_t refused
        uint32_t last
        Part empty
        Part block
        Part timed
        Histogram histogram

    double measure_ticks_per_ns()
    vector[Outcome] c_run "benchmarks::run" (const vector[Task]& tasks) except +
    Histogram c_time_nothing "benchmarks::time_nothing" (uint64_t readings)
    void c_report_now_and_then "benchmarks::report_now_and_then" (
        PSET_RESOURCE_STATUS_ROUTINE_EX routine,
        RESOURCE_HANDLE handle,
        uint64_t reports,
        double pause,
    )
    void sleep_for(double seconds)
    PSET_RESOURCE_STATUS_ROUTINE_EX empty

EMPTY = <uintptr_t> <void*> empty
# It takes the handle alone. Called with a second argument it leaves that one in its register: so it
# is on every 64-bit platform, and the loop is the same for all.
CHECK_TERMINATE = <uintptr_t> <void*> check_terminate

cdef double ticks_per_ns = measure_ticks_per_ns()


cdef list nonempty_buckets(Histogram* histogram):
    """[(duration in ns, how often)], the shortest first."""
    cdef size_t bucket
    cdef uint64_t* counts = histogram.data()
    return [
        (Histogram.middle(bucket) / ticks_per_ns, counts[bucket])
        for bucket in range(BUCKETS)
        if counts[bucket] != 0
    ]


def run(address, handles, *, changes, double work, double seconds, limit):
    """Calls the routine at an address from a native thread for each handle, all at once.

    Returns a dict for each thread: ``calls`` in all, how many were ``refused``, the ``last``
    CheckPoint; of the parts ``empty``, ``block`` and ``timed`` how many calls they had and the
    nanoseconds that these took; and of the timed ones the ``histogram`` as [(ns, count)], and the
    ``longest`` in ns.
    """
    cdef vector[Task] tasks
    cdef Task task
    cdef vector[Outcome] outcomes
    cdef size_t i
    task.routine = <PSET_RESOURCE_STATUS_ROUTINE_EX> <void*> <uintptr_t> address
    task.changes = changes
    task.work = work
    task.seconds = seconds
    task.limit = limit
    for thread, handle in enumerate(handles):
        task.handle = <RESOURCE_HANDLE> <void*> <uintptr_t> handle
        task.thread = thread
        tasks.push_back(task)
    with nogil:
        outcomes = c_run(tasks)
    return [
        {
            "calls": outcomes[i].calls,
            "refused": outcomes[i].refused,
            "last": outcomes[i].last,
            "empty": (outcomes[i].empty.calls, outcomes[i].empty.elapsed),
            "block": (outcomes[i].block.calls, outcomes[i].block.elapsed),
            "timed": (outcomes[i].timed.calls, outcomes[i].timed.elapsed),
            "histogram": nonempty_buckets(&outcomes[i].histogram),
            "longest": outcomes[i].histogram.longest / ticks_per_ns,
        }
        for i in range(outcomes.size())
    ]


def time_nothing(uint64_t readings):
    """What the clock of a timed call costs itself: [(ns, count)]."""
    cdef Histogram histogram = c_time_nothing(readings)
    return nonempty_buckets(&histogram)


def report_now_and_then(address, handle, uint64_t reports, double pause):
    """Makes transitions, with a pause in seconds before each. Releases the GIL."""
    cdef uintptr_t routine = address
    cdef uintptr_t resource = handle
    with nogil:
        c_report_now_and_then(
            <PSET_RESOURCE_STATUS_ROUTINE_EX> <void*> routine,
            <RESOURCE_HANDLE> <void*> resource,
            reports,
            pause,
        )


def keep_gil(double seconds):
    """Native code that takes its time and does not release the GIL."""
    sleep_for(seconds)
