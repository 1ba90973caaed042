// How the loop of a host sleeps: until the engine has told it something, one of its resources has
// changed, a control call has ended, or another thread has called it.
//
// wake()              any thread.
// everything else     the loop's thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>

#include "clock.hpp"
#include "completions.hpp"
#include "event_queue.hpp"

namespace resapi_cy {

class HostSleep {
  public:
    // The monitor's queue, which is never gone, and what the engine tells.
    void begin(EventQueue* queue, Completions* completions) noexcept {
        queue_ = queue;
        completions_ = completions;
    }

    void wake() noexcept { queue_->call_host(); }

    // Returns when there is something, or the time is over. What there is, is to be taken after.
    void sleep(std::int64_t nanoseconds) noexcept {
        HostWakeup& wakeup = queue_->host_wakeup;
        const std::int64_t until = later(monotonic_ns(), nanoseconds);
        while (true) {
            wakeup.arm();
            const std::int64_t now = monotonic_ns();
            const bool changed = has_changes();
            if (is_called() || now >= until || (changed && now >= breath_until_)) {
                wakeup.disarm();
                break;
            }
            wakeup.wait(milliseconds((changed ? std::min(until, breath_until_) : until) - now));
            wakeup.disarm();
            // What was published before the signal went down is seen by the next look.
            wakeup.clear();
        }
        glance();
    }

    // Instead of sleep().
    void glance() noexcept {
        queue_->host_wakeup.settle();
        // Before what it was called for is looked at: a call that comes later sets it anew.
        queue_->host_called.store(false, std::memory_order_seq_cst);
    }

    // Whether resources that have changed are to be looked at now. If so, others that follow within
    // a breath are left until it is over: some change without end.
    bool take_breath() noexcept {
        if (!has_changes()) return false;
        const std::int64_t now = monotonic_ns();
        if (now < breath_until_) return false;
        breath_until_ = now + breath;
        return true;
    }

    static constexpr std::int64_t breath = 1'000'000;

  private:
    static std::int64_t later(std::int64_t now, std::int64_t nanoseconds) noexcept {
        constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
        return nanoseconds < last - now ? now + nanoseconds : last;
    }
    // Rounded up: who is woken too early has nothing to do. An hour is for ever, and looks again.
    static int milliseconds(std::int64_t nanoseconds) noexcept {
        constexpr std::int64_t hour = 3'600'000;
        const std::int64_t rounded = nanoseconds / 1'000'000 + (nanoseconds % 1'000'000 != 0);
        return static_cast<int>(rounded < hour ? rounded : hour);
    }

    // Sequentially consistent, as the last look of a thread that has armed the wake-up is.
    bool is_called() const noexcept {
        return queue_->host_called.load(std::memory_order_seq_cst) || !completions_->empty();
    }
    bool has_changes() const noexcept {
        return queue_->changed.load(std::memory_order_seq_cst) != 0 ||
               queue_->changes_lost.load(std::memory_order_seq_cst);
    }

    EventQueue* queue_ = nullptr;
    Completions* completions_ = nullptr;
    std::int64_t breath_until_ = 0;
};

}  // namespace resapi_cy
