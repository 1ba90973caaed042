// What the engine tells its host: a list that any thread appends to and one consumer takes whole.
//
// claim, push          any thread: never waits, never allocates. Each completion has its place in
//                      what it is about, so that none is lost for want of memory.
// take, the wake-up    the host's thread. Who sleeps calls wakeup().arm(), looks once more whether
//                      the list is empty(), and sleeps in wakeup().wait().
#pragma once

#include <atomic>
#include <cstdint>

#include "durations.hpp"
#include "wakeup.hpp"

namespace resapi_cy {

enum class CompletionKind : std::uint8_t {
    returned,          // a call's last word: the entry point has returned
    not_made,          // a call's last word: it was given up before it had begun
    overdue,           // a call's limit has passed; its last word still comes
    not_alive,         // a poll: IsAlive has said FALSE. It was the last one: see Engine::poll()
    poll_overdue,      // a poll's limit has passed. Of these two, a later one may stand for both
    poll_returned,     // a poll that was told to be overdue has returned
    terminated_again,  // the Terminate after an Online or Offline that one ran beside has returned
    handle_lost,       // an event handle can't be waited for: somebody closed it, or no resources
    no_thread,         // a thread could not be had; it is tried again
    event_answered,    // an event handle was signaled, is not any more, and IsAlive has been asked
};

// Where a call was when its limit passed.
enum class Place : std::uint8_t { queue, gate, inside, ended };

struct Call;
class PolledResource;

struct Completion {
    Completion* next = nullptr;
    std::atomic<bool> told{false};  // it has been claimed, and not been read to the end
    CompletionKind kind{};
    Place place{};
    bool by_event = false;  // not_alive: a signaled event handle led to it
    EntryPoint entry_point = EntryPoint::none;
    Call* call = nullptr;
    PolledResource* resource = nullptr;
    std::int64_t nanoseconds = 0;
};

class Completions {
  public:
    bool open() noexcept { return own_wakeup_.open(); }

    // Has another one notified from now on, which is never gone; nullptr: its own again. Who sleeps
    // on it looks whether the list is empty() first.
    void wake_by(HostWakeup* other) noexcept {
        // Sequentially consistent: a thread that still takes the one before has pushed before this,
        // and is seen by that look.
        wakeup_.store(other != nullptr ? other : &own_wakeup_, std::memory_order_seq_cst);
    }
    HostWakeup& wakeup() noexcept { return *wakeup_.load(std::memory_order_seq_cst); }
    void close() noexcept { own_wakeup_.close(); }

    // Before a completion is written; then it is to be pushed. False: it is in the list still, or
    // read just now, and is told once.
    static bool claim(Completion& completion) noexcept {
        // Acquire: what the consumer read of it was read before it is written anew.
        return !completion.told.exchange(true, std::memory_order_acquire);
    }

    void push(Completion& completion) noexcept {
        Completion* newest = newest_.load(std::memory_order_relaxed);  // a guess
        do {
            completion.next = newest;
            // Release: the consumer sees what is in it. Sequentially consistent: see
            // Wakeup::notify().
        } while (!newest_.compare_exchange_weak(newest, &completion, std::memory_order_seq_cst,
                                                std::memory_order_relaxed));
        wakeup().notify();
    }

    bool empty() const noexcept {
        // Sequentially consistent: see Wakeup::notify().
        return newest_.load(std::memory_order_seq_cst) == nullptr;
    }

    // All of them, oldest first. Each is to be given back by done() once it has been read; its
    // `next` is read before.
    Completion* take() noexcept {
        wakeup().settle();
        // Acquire, to see what is in them; sequentially consistent: see Wakeup::clear().
        Completion* newest = newest_.exchange(nullptr, std::memory_order_seq_cst);
        Completion* oldest = nullptr;
        while (newest != nullptr) {
            Completion* next = newest->next;
            newest->next = oldest;
            oldest = newest;
            newest = next;
        }
        return oldest;
    }

    static void done(Completion& completion) noexcept {
        // Release: see claim().
        completion.told.store(false, std::memory_order_release);
    }

  private:
    HostWakeup own_wakeup_;
    std::atomic<HostWakeup*> wakeup_{&own_wakeup_};
    std::atomic<Completion*> newest_{nullptr};
};

}  // namespace resapi_cy
