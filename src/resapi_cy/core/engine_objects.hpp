// What the engine works at: the calls that it was asked to make, and the resources that it polls.
// The engine's mutex guards everything in them but what is atomic, and what is said to be
// somebody's own.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <new>

#include "completions.hpp"
#include "durations.hpp"
#include "gate.hpp"
#include "inlining.hpp"
#include "sleeping.hpp"
#include "timer_wheel.hpp"

namespace resapi_cy {

// LooksAlive or IsAlive, and Terminate, as the function table has them.
using CheckRoutine = int (*)(void* resid);
using TerminateRoutine = void (*)(void* resid);

// One call of an entry point. Its maker's until Engine::put(), the engine's until its last word has
// been taken from the completions, then its maker's again.
struct Call : Queued, Timer {
    Call(EntryPoint what, PolledResource* whose) noexcept
        : Queued(QueuedKind::call), Timer(TimerKind::deadline), entry_point(what), resource(whose) {
        overdue.call = last_word.call = this;
        overdue.resource = last_word.resource = whose;
        overdue.entry_point = last_word.entry_point = what;
        overdue.kind = CompletionKind::overdue;
    }
    virtual ~Call() = default;

    // In a thread of the engine's, without its mutex: calls, and returns what was returned.
    virtual std::uint32_t make() noexcept = 0;

    EntryPoint entry_point;
    PolledResource* resource;  // nullptr: a call to the type
    Gate* gate = nullptr;      // nullptr: its resource's, if it has one
    // It is made of its turn alone: its last word says that the gate is whose who asked for it,
    // until a call that is `inside`, or Engine::leave().
    bool turn = false;
    bool inside = false;      // the gate is its maker's already
    std::int64_t limit = 0;   // nanoseconds from put() on
    std::uint32_t code = 0;   // that it returned: with the last word
    bool terminates = false;  // Terminate follows, since one ran beside it: with the last word
    Completion overdue;
    Completion last_word;

    // The engine's own.
    Place place = Place::ended;
    std::int64_t begun = 0;
    std::uint32_t pauses = 0;  // of the process, when the limit began to count
};

// The Terminate after an Online or Offline that a Terminate ran beside.
struct SecondTerminate final : Call {
    explicit SecondTerminate(PolledResource& whose) noexcept
        : Call(EntryPoint::terminate, &whose) {}
    std::uint32_t make() noexcept override;
};

// A resource of a resource DLL, as the engine knows it. Any thread may read the counts.
class PolledResource : public Queued, public Timer {
  public:
    PolledResource(std::uint64_t resource_handle, Gate* dll_gate, Gate* dll_terminate) noexcept
        : Queued(QueuedKind::poll),
          Timer(TimerKind::poll),
          gate(dll_gate == nullptr ? &own_gate : dll_gate),
          handle(resource_handle),
          terminate_gate(dll_terminate == nullptr ? &own_terminate_gate : dll_terminate),
          second_terminate(*this) {
        for (Completion* told :
             {&not_alive, &of_poll, &handle_lost, &terminated_again, &event_answered}) {
            told->resource = this;
        }
        not_alive.kind = CompletionKind::not_alive;
        of_poll.kind = CompletionKind::poll_returned;
        handle_lost.kind = CompletionKind::handle_lost;
        terminated_again.kind = CompletionKind::terminated_again;
        event_answered.kind = CompletionKind::event_answered;
        of_poll.place = Place::inside;
    }
    ~PolledResource() {
        for (auto& counted : others) delete counted.load(std::memory_order_relaxed);  // nobody else
    }
    PolledResource(const PolledResource&) = delete;
    PolledResource& operator=(const PolledResource&) = delete;

    enum class Polling : std::uint8_t { resting, waiting, inside };

    // nullptr: it has not been called yet.
    Durations* durations(EntryPoint entry_point) noexcept {
        if (entry_point == EntryPoint::looks_alive) return &looks_alive;
        if (entry_point == EntryPoint::is_alive) return &is_alive;
        // Acquire pairs with the release in count().
        return others[static_cast<std::size_t>(entry_point)].load(std::memory_order_acquire);
    }

    // ---- The engine's own --------------------------------------------------------------------

    // Makes room for an entry point's counts, before its first call. False: no memory.
    bool count(EntryPoint entry_point) noexcept {
        if (entry_point == EntryPoint::none || durations(entry_point) != nullptr) return true;
        auto* made = new (std::nothrow) Durations;
        // Release: a reader that sees it sees its zeros.
        others[static_cast<std::size_t>(entry_point)].store(made, std::memory_order_release);
        return made != nullptr;
    }

    // The earliest moment at which a poll is due; `never`: polls are off.
    std::int64_t next_poll() const noexcept {
        if (!polled) return never;
        if (asked_now) return 0;
        return looks_is_on() && next_looks < next_is ? next_looks : next_is;
    }
    // What a healthy poll touches, some time before; and then, what can be told from that.
    void prefetch() const noexcept {
        resapi_cy::prefetch(address_of(this), address_of(&polls) - address_of(this) + 1);
        resapi_cy::prefetch(address_of(&looks_alive), 1);
        resapi_cy::prefetch(address_of(&late), 1);
    }
    void prefetch_more() const noexcept {
        resapi_cy::prefetch(address_of(polls.place()), 1);
        // Relaxed: a hint. It is the address of the DLL's own memory, most likely.
        resapi_cy::prefetch(address_of(resid.load(std::memory_order_relaxed)), 1);
    }
    // An event handle stands for LooksAlive, unless it is signaled all the time.
    bool looks_is_on() const noexcept { return event_id == 0 || event_signaled; }

    // ---- What a healthy poll touches: see prefetch() ------------------------------------------

    // All of it is the engine's own, but for what is said to be its maker's, which is set before
    // the first command that needs it, and the counts, which any thread may read.

    Gate* gate;
    Gate own_gate;
    bool polled = false;
    bool asked_now = false;         // IsAlive, for an event handle
    bool event_unanswered = false;  // its own, that was signaled
    bool event_signaled = false;
    bool slow = false;  // the last poll took long: the next one may as well
    bool terminate_again = false;
    Polling polling = Polling::resting;
    std::uint32_t plan = 0;  // one more for each poll() and stop_polls()
    std::uint32_t references = 1;
    std::int64_t next_looks = never, next_is = never;
    std::int64_t wanted = 0;  // when the poll that is on its way was due
    std::int64_t looks_interval = 0, limit = 0;
    std::uint64_t event_id = 0;
    CheckRoutine looks_alive_routine = nullptr;  // its maker's
    // Its maker's: Open's call stores it, in the engine's thread.
    std::atomic<void*> resid{nullptr};
    const std::uint64_t handle;  // any thread
    Running running;             // at the gate: a count
    PollRing polls;              // a count
    Durations looks_alive;       // a count
    Durations late;              // how late polls were begun: a count

    // ---- What it does not touch ---------------------------------------------------------------

    Durations is_alive;                            // a count
    Running terminating;                           // beside the gate: a count
    CheckRoutine is_alive_routine = nullptr;       // its maker's
    TerminateRoutine terminate_routine = nullptr;  // its maker's
    std::int64_t is_interval = 0;
    Gate* terminate_gate;
    Gate own_terminate_gate;
    SecondTerminate second_terminate;
    Completion not_alive, of_poll, handle_lost, terminated_again, event_answered;

    // What there is to be told of a poll that is, or was, overdue: see Engine::tell_of_poll().
    bool poll_is_overdue = false;
    EntryPoint poll_entry_point = EntryPoint::none;
    std::int64_t poll_took = 0;

  private:
    static std::uintptr_t address_of(const void* place) noexcept {
        return reinterpret_cast<std::uintptr_t>(place);
    }

    std::array<std::atomic<Durations*>, entry_points> others{};
};

inline std::uint32_t SecondTerminate::make() noexcept {
    // Relaxed: the engine's mutex has been taken since it was stored.
    resource->terminate_routine(resource->resid.load(std::memory_order_relaxed));
    return 0;
}

}  // namespace resapi_cy
