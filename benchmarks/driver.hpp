// The native side of the benchmarks: real threads that call a status routine, and time it.
//
// Every candidate is called by the same loop, through the same type of pointer. The loop knows
// nothing of Python, and no thread here has a thread state of Python's.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "resapi_cy/resapi.h"

#if defined(__linux__)
#include <sys/resource.h>
#endif

#if defined(__x86_64__) || defined(_M_X64)
#if defined(_MSC_VER)
#include <intrin.h>
#else
#include <x86intrin.h>
#endif
#define BENCHMARKS_HAVE_TSC 1
#else
#define BENCHMARKS_HAVE_TSC 0
#endif

#if defined(_MSC_VER)
#define BENCHMARKS_NOINLINE __declspec(noinline)
#else
#define BENCHMARKS_NOINLINE __attribute__((noinline))
#endif

namespace benchmarks {

using Clock = std::chrono::steady_clock;

inline double nanoseconds(Clock::duration duration) {
    return std::chrono::duration<double, std::nano>(duration).count();
}

// The clock for a single call. On x86-64 the time stamp counter, with fences, so that what is timed
// lies between the two readings; elsewhere the system's clock.
inline std::uint64_t ticks() {
#if BENCHMARKS_HAVE_TSC
    _mm_lfence();
    const std::uint64_t now = __rdtsc();
    _mm_lfence();
    return now;
#else
    return static_cast<std::uint64_t>(nanoseconds(Clock::now().time_since_epoch()));
#endif
}

// How often the calling thread has left the processor: because the system wanted that, and because
// the thread had to wait.
struct Switches {
    std::uint64_t forced = 0;
    std::uint64_t wanted = 0;
};

inline Switches switches() {
#if defined(__linux__)
    rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return {static_cast<std::uint64_t>(usage.ru_nivcsw),
            static_cast<std::uint64_t>(usage.ru_nvcsw)};
#else
    return {};  // not known
#endif
}

inline double measure_ticks_per_ns() {
#if BENCHMARKS_HAVE_TSC
    const Clock::time_point start = Clock::now();
    const std::uint64_t first = ticks();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const double elapsed = nanoseconds(Clock::now() - start);
    return static_cast<double>(ticks() - first) / elapsed;
#else
    return 1.0;
#endif
}

// Counts durations in buckets that grow with them: 32 for each power of two, 3 % wide at most.
class Histogram {
  public:
    static constexpr std::uint32_t bits = 5;
    static constexpr std::size_t size = (64 - bits + 1) << bits;

    void add(std::uint64_t duration) {
        ++counts[bucket_of(duration)];
        if (duration > longest) longest = duration;
    }

    // The middle of a bucket.
    static double middle(std::size_t bucket) {
        const std::size_t power = bucket >> bits;
        if (power == 0) return static_cast<double>(bucket);
        const auto low = ((std::uint64_t{1} << bits) + (bucket & ((1u << bits) - 1)))
                         << (power - 1);
        return static_cast<double>(low) + static_cast<double>(std::uint64_t{1} << (power - 1)) / 2;
    }

    std::array<std::uint64_t, size> counts{};
    std::uint64_t longest = 0;

  private:
    static std::size_t bucket_of(std::uint64_t duration) {
        std::uint32_t power = 0;
        while ((duration >> power) >> (bits + 1) != 0) ++power;
        if (duration >> bits != 0) ++power;
        const std::uint64_t within = power == 0 ? duration : duration >> (power - 1);
        return (static_cast<std::size_t>(power) << bits) + (within & ((1u << bits) - 1));
    }
};

// What one thread is to do: to report until the time is over or the calls are made.
struct Task {
    PSET_RESOURCE_STATUS_ROUTINE_EX routine = nullptr;
    RESOURCE_HANDLE handle = nullptr;
    // Each report has a new error code: a transition. The low byte tells the threads apart, so that
    // two that report for one resource never repeat each other.
    bool changes = false;
    std::uint8_t thread = 0;
    double work = 0;  // seconds of waiting for other work before each report; 0: none
    double seconds = 0;
    std::uint64_t limit = 0;
};

struct Part {
    std::uint64_t calls = 0;
    double elapsed = 0;  // nanoseconds
};

struct Outcome {
    std::uint64_t calls = 0;    // all of them, with one before the time began
    std::uint64_t refused = 0;  // not answered CONTINUE
    std::uint32_t last = 0;     // the CheckPoint of the last report
    Part empty;                 // calls of the empty function
    Part block;                 // calls that were timed together
    Part timed;                 // calls that were timed one by one: the clock's cost is in here
    Histogram histogram;        // of these
};

// The limit: nothing costs less than a call of this.
inline DWORD __stdcall empty(RESOURCE_HANDLE, PRESOURCE_STATUS_EX) {
    return 0;
}

// Where threads wait until all of them are there.
class Gate {
  public:
    explicit Gate(std::size_t threads) : missing_(threads) {}
    void pass() {
        // Relaxed: nothing but the time of the start goes from one thread to another.
        missing_.fetch_sub(1, std::memory_order_relaxed);
        while (missing_.load(std::memory_order_relaxed) != 0) std::this_thread::yield();
    }

  private:
    std::atomic<std::size_t> missing_;
};

class Worker {
  public:
    Worker(const Task& task, Outcome& outcome)
        : task_(task),
          outcome_(outcome),
          error_code_(task.changes ? task.thread : 0),
          change_(task.changes ? 256 : 0) {
        status_.ResourceState = ClusterResourceOnlinePending;
    }

    void run(Gate& gate) {
        outcome_.refused += call(task_.routine, 1);  // some candidates set up every new thread
        ++outcome_.calls;
        gate.pass();
        switches_ = switches();
        now_ = Clock::now();
        end_ = now_ + std::chrono::duration_cast<Clock::duration>(
                          std::chrono::duration<double>(task_.seconds));
        if (task_.work > 0) {
            report_after_work();
        } else {
            report_in_turns();
        }
        outcome_.last = checkpoint_;
    }

  private:
    static constexpr auto slice = std::chrono::microseconds(250);
    static constexpr auto worth_reading_the_clock = std::chrono::microseconds(20);

    // The loop: one piece of machine code for all, so never in line. What is stored is counted in
    // variables of its own: the callee might change the structure for all the compiler knows, and
    // the loop would wait for itself.
    BENCHMARKS_NOINLINE std::uint64_t call(PSET_RESOURCE_STATUS_ROUTINE_EX routine,
                                           std::uint64_t calls) {
        const RESOURCE_HANDLE handle = task_.handle;
        const DWORD change = change_;
        DWORD checkpoint = checkpoint_;
        DWORD error_code = error_code_;
        std::uint64_t refused = 0;
        for (std::uint64_t i = 0; i < calls; ++i) {
            status_.CheckPoint = ++checkpoint;
            status_.ApplicationSpecificErrorCode = error_code += change;
            refused += routine(handle, &status_) != ResourceExitStateContinue;
        }
        checkpoint_ = checkpoint;
        error_code_ = error_code;
        return refused;
    }

    void call_timed(std::uint64_t calls) {
        for (std::uint64_t i = 0; i < calls; ++i) {
            const std::uint64_t before = ticks();
            outcome_.refused += call(task_.routine, 1);
            const std::uint64_t after = ticks();
            outcome_.histogram.add(after > before ? after - before : 0);
        }
        outcome_.calls += calls;
    }

    void call_block(std::uint64_t calls) {
        outcome_.refused += call(task_.routine, calls);
        outcome_.calls += calls;
    }

    // The empty function, the candidate, and the candidate timed call by call take turns on the
    // same thread, some thousand times a second: whatever else the machine does hits all three. The
    // clock says whose turn it is, so that all threads do the same at the same time.
    void report_in_turns() {
        Part* const parts[] = {&outcome_.empty, &outcome_.block, &outcome_.timed};
        std::uint64_t calls_between[] = {1, 1, 1};
        for (;;) {
            std::size_t turn = static_cast<std::size_t>(now_.time_since_epoch() / slice) % 3;
            bool all_had_one = true;
            for (std::size_t i = 0; i < 3; ++i) {
                if (parts[i]->calls != 0) continue;
                turn = i;
                all_had_one = false;
            }
            const std::uint64_t left = task_.limit - outcome_.calls;
            if (left == 0 || (all_had_one && now_ >= end_)) return;
            std::uint64_t calls = calls_between[turn];
            if (turn == 0) {
                const DWORD checkpoint = checkpoint_;
                const DWORD error_code = error_code_;
                outcome_.refused += call(opaque_empty_, calls);
                checkpoint_ = checkpoint;  // nobody has received these
                error_code_ = error_code;
            } else {
                if (calls > left) calls = left;
                turn == 1 ? call_block(calls) : call_timed(calls);
            }
            if (finish(*parts[turn], calls) < worth_reading_the_clock) calls_between[turn] *= 2;
        }
    }

    void report_after_work() {
        do {
            work();
            switches_ = switches();
            now_ = Clock::now();
            call_timed(1);
            finish(outcome_.timed, 1);
        } while ((now_ < end_ && outcome_.calls < task_.limit) || outcome_.timed.calls == 0);
    }

    // What a worker does between two reports: it waits for a block of a file, and reads it.
    void work() {
        std::this_thread::sleep_for(std::chrono::duration<double>(task_.work));
        for (const std::uint64_t word : data_) checksum_ = (checksum_ ^ word) * 0x100000001b3;
    }

    // Calls that the system has interrupted for another process do not count: on a busy machine few
    // others would be left to compare. Calls in which the thread went to sleep, for the GIL, do.
    Clock::duration finish(Part& part, std::uint64_t calls) {
        const Clock::duration elapsed = Clock::now() - now_;
        const Switches before = switches_;
        switches_ = switches();
        if (switches_.forced == before.forced || switches_.wanted != before.wanted) {
            part.calls += calls;
            part.elapsed += nanoseconds(elapsed);
        }
        now_ = Clock::now();
        return elapsed;
    }

    const Task& task_;
    Outcome& outcome_;
    // Volatile: no compiler sees through the call.
    PSET_RESOURCE_STATUS_ROUTINE_EX volatile opaque_empty_ = empty;
    RESOURCE_STATUS_EX status_{};
    DWORD checkpoint_ = 0;
    DWORD error_code_;
    DWORD change_;
    std::vector<std::uint64_t> data_ = std::vector<std::uint64_t>(64 * 1024 / 8, 1);
    volatile std::uint64_t checksum_ = 0;
    Switches switches_;
    Clock::time_point now_;
    Clock::time_point end_;
};

// All tasks at the same time, each on a thread of its own.
inline std::vector<Outcome> run(const std::vector<Task>& tasks) {
    std::vector<Outcome> outcomes(tasks.size());
    std::vector<std::thread> threads;
    Gate gate(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        threads.emplace_back([&, i] { Worker(tasks[i], outcomes[i]).run(gate); });
    }
    for (std::thread& thread : threads) thread.join();
    return outcomes;
}

// What two readings of the clock with nothing between them take.
inline Histogram time_nothing(std::uint64_t readings) {
    Histogram histogram;
    for (std::uint64_t i = 0; i < readings; ++i) {
        const std::uint64_t before = ticks();
        const std::uint64_t after = ticks();
        histogram.add(after > before ? after - before : 0);
    }
    return histogram;
}

// A transition now and then, for a monitor that sleeps in between.
inline void report_now_and_then(PSET_RESOURCE_STATUS_ROUTINE_EX routine, RESOURCE_HANDLE handle,
                                std::uint64_t reports, double pause) {
    RESOURCE_STATUS_EX status{};
    status.ResourceState = ClusterResourceOnlinePending;
    for (std::uint64_t i = 0; i < reports; ++i) {
        std::this_thread::sleep_for(std::chrono::duration<double>(pause));
        ++status.ApplicationSpecificErrorCode;
        routine(handle, &status);
    }
}

inline void sleep_for(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

}  // namespace benchmarks
