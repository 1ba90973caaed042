// Waiting for a thread that will be done in some dozens of instructions, unless it is gone, or does
// not run: a debugger holds it, say.
//
// Any thread. No wait for a thread that stays where it is is without bound.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "clock.hpp"
#include "not_cancelled.hpp"
#include "threads.hpp"

namespace resapi_cy {

class Wait {
  public:
    // How often one looks before one lets others run.
    static constexpr int spins = 64;

    // Lets others run, for a little longer the longer it has been. False: it has been too long.
    bool again() noexcept {
        if (++turns_ <= short_turns) {
            std::this_thread::yield();
            return true;
        }
        const std::int64_t now = monotonic_ns();
        if (end_ == 0) end_ = now + limit_ns;
        if (now >= end_) return false;
        const NotCancelled in_here;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return true;
    }

    // Whether it is time to ask the system whether the other thread is still there: not before
    // one has let others run for a while.
    bool asks() const noexcept { return turns_ != 0 && (turns_ % 32 == 0 || turns_ > short_turns); }

  private:
    static constexpr std::uint32_t short_turns = 256;
    static constexpr std::int64_t limit_ns = 2'000'000'000;

    std::uint32_t turns_ = 0;
    std::int64_t end_ = 0;
};

// A lock that is held for some dozens of instructions, while a chunk is allocated, or while a
// broadcast is copied for each monitor. Not a std::mutex: it must be usable before and after
// everything else in the process, so it has neither constructor nor destructor to run; and the
// thread that holds it may be gone.
class ShortLock {
  public:
    enum class Taken : std::uint32_t { no, yes, from_a_thread_that_is_gone };

    bool try_lock(std::uint32_t thread) noexcept {
        std::uint32_t nobody = 0;
        // Acquire pairs with the release in unlock().
        return holder_.compare_exchange_strong(nobody, thread, std::memory_order_acquire,
                                               std::memory_order_relaxed);
    }

    Taken lock(std::uint32_t thread) noexcept {
        Wait wait;
        do {
            if (try_lock(thread)) return Taken::yes;
            // Relaxed: a guess, which the exchange confirms.
            std::uint32_t holder = holder_.load(std::memory_order_relaxed);
            if (holder != 0 && wait.asks() && is_gone(holder) &&
                // What the other one did is seen: it has ended.
                holder_.compare_exchange_strong(holder, thread, std::memory_order_acquire,
                                                std::memory_order_relaxed)) {
                return Taken::from_a_thread_that_is_gone;
            }
        } while (wait.again());
        return Taken::no;
    }

    void unlock() noexcept { holder_.store(0, std::memory_order_release); }

  private:
    std::atomic<std::uint32_t> holder_{0};  // its thread's number
};

}  // namespace resapi_cy
