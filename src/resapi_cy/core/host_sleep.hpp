// How the loop of a host sleeps: until the engine has told it something, one of its resources has
// changed, a control call has ended, or another thread has called it.
//
// wake()              any thread.
// everything else     the loop's thread.
//
// Nothing is to be decided about a resource that rests: it is in the state that the host has left
// it in. A change that leaves it so (a new error code, say) goes no further than here, and Python
// does not run for it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <new>
#include <unordered_map>
#include <vector>

#include "clock.hpp"
#include "completions.hpp"
#include "event_queue.hpp"
#include "status_board.hpp"

namespace resapi_cy {

class HostSleep {
  public:
    // The monitor's queue, which is never gone, and what the engine tells.
    void begin(StatusBoard* board, EventQueue* queue, Completions* completions) noexcept {
        board_ = board;
        queue_ = queue;
        completions_ = completions;
    }

    void wake() noexcept { queue_->call_host(); }

    // From now on, changes are told if it leaves this state, or has another failure signaled, or an
    // event handle. What was listed before is looked at by that, too.
    void rest(std::uint64_t handle, std::int32_t state, std::uint32_t failures) {
        resting_[handle] = Rest{state, failures};
    }
    // All are told.
    void rouse(std::uint64_t handle) noexcept { resting_.erase(handle); }

    // Returns when there is something, or the time is over.
    void sleep(std::int64_t nanoseconds) noexcept {
        HostWakeup& wakeup = queue_->host_wakeup;
        const std::int64_t until = later(monotonic_ns(), nanoseconds);
        while (true) {
            wakeup.arm();
            const std::int64_t now = monotonic_ns();
            if (is_called() || now >= until || look(now)) {
                wakeup.disarm();
                break;
            }
            const std::int64_t next = has_changes() ? std::min(until, breath_until_) : until;
            wakeup.wait(milliseconds(next - now));
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
        look(monotonic_ns());
    }

    // The resources that have changed, to be cleared by who has seen them. `lost`: and others may
    // have, for a thread was ended in the middle of telling of a change.
    std::vector<std::uint64_t> changed;
    bool lost = false;

  private:
    struct Rest {
        std::int32_t state;
        std::uint32_t failures;
    };

    // Some change without end: after a look, what follows within a breath is left until that is
    // over.
    static constexpr std::int64_t breath = 1'000'000;

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

    // Whether there is something to tell.
    bool look(std::int64_t now) noexcept {
        if (now >= breath_until_ && has_changes()) {
            breath_until_ = now + breath;
            for (std::uint32_t index = board_->take_changes(queue_); index != 0;) {
                const std::uint64_t handle = board_->pass_change(index);
                if (!rests(handle)) tell(handle);
            }
            lost |= queue_->take_changes_lost();
        }
        return !changed.empty() || lost;
    }
    // Without memory for it, all are looked at.
    void tell(std::uint64_t handle) noexcept {
        try {
            changed.push_back(handle);
        } catch (const std::bad_alloc&) {
            lost = true;
        }
    }
    bool rests(std::uint64_t handle) const noexcept {
        const auto found = resting_.find(handle);
        Snapshot snapshot;
        return found != resting_.end() && board_->try_snapshot(handle, snapshot) == Tried::yes &&
               snapshot.status.state == found->second.state &&
               snapshot.failures == found->second.failures && snapshot.status.event_handle == 0;
    }

    StatusBoard* board_ = nullptr;
    EventQueue* queue_ = nullptr;
    Completions* completions_ = nullptr;
    std::int64_t breath_until_ = 0;
    std::unordered_map<std::uint64_t, Rest> resting_;
};

}  // namespace resapi_cy
