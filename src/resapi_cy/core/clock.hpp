// The clock of the events: one reading in the native thread, everything else in the monitor.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__APPLE__)
#include <time.h>
#endif

namespace resapi_cy {

// Nanoseconds of the clock that Python calls time.perf_counter_ns(). Any thread.
inline std::int64_t monotonic_ns() noexcept {
#if defined(__APPLE__)
    return static_cast<std::int64_t>(clock_gettime_nsec_np(CLOCK_UPTIME_RAW));
#else
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
#endif
}

// What to add to a monotonic reading to have nanoseconds since the epoch.
inline std::int64_t epoch_offset_ns() noexcept {
    using namespace std::chrono;
    const auto now = duration_cast<nanoseconds>(system_clock::now().time_since_epoch()).count();
    return static_cast<std::int64_t>(now) - monotonic_ns();
}

}  // namespace resapi_cy
