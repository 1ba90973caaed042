// How a native thread wakes a sleeping monitor without ever waiting itself.
//
// notify()            any thread, after it has published what the monitor should see.
// everything else     the monitor's threads.
//
// A thread that is about to sleep calls arm(), looks once more whether there is something to take,
// sleeps in wait() or on descriptor(), and calls disarm(). Whoever empties the queue calls settle()
// first; whoever was woken calls clear() first.
#pragma once

#include <atomic>
#include <cstdint>

#include "signal.hpp"

namespace resapi_cy {

template <class Signal>
class WakeupBy {
  public:
    // Once, before any other thread knows the object. False: the system has no more handles.
    bool open() noexcept { return signal_.open(); }
    // Once no other thread knows the object any more.
    void close() noexcept { signal_.close_both(); }

    void notify() noexcept {
        // Sequentially consistent, as is the publication before it: either this load sees the
        // sleeper, or the sleeper's last look (after its arm()) sees what was published. With
        // anything weaker both could miss, and the monitor would sleep on a full queue.
        if (sleepers_.load(std::memory_order_seq_cst) == 0) return;
        if (!set_.exchange(true, std::memory_order_seq_cst)) signal_.set();
    }

    void arm() noexcept { sleepers_.fetch_add(1, std::memory_order_seq_cst); }
    // Whether a thread sleeps, or is about to.
    bool armed() const noexcept { return sleepers_.load(std::memory_order_seq_cst) != 0; }
    // Relaxed: a notifier that still sees the sleeper sets a signal nobody needs, no more.
    void disarm() noexcept { sleepers_.fetch_sub(1, std::memory_order_relaxed); }

    // True when woken by notify().
    bool wait(int milliseconds) noexcept { return signal_.wait(milliseconds); }
    int descriptor() const noexcept { return signal_.descriptor(); }

    // The signal goes before the flag: a notifier that finds the flag still up has published
    // already, and the queue is emptied after this.
    void clear() noexcept {
        signal_.clear();
        set_.store(false, std::memory_order_seq_cst);
    }
    // The same, at the price of a load when nobody has notified.
    void settle() noexcept {
        if (set_.load(std::memory_order_relaxed)) clear();
    }

  private:
    std::atomic<std::uint32_t> sleepers_{0};
    std::atomic<bool> set_{false};
    Signal signal_;
};

using Wakeup = WakeupBy<Signal>;          // of who reads events: an event loop watches it
using HostWakeup = WakeupBy<HostSignal>;  // of a host's loop, and of who reads completions

}  // namespace resapi_cy
