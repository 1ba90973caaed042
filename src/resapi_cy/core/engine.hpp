// The engine: the part of a host that calls entry points, polls, watches the time and event
// handles. It decides nothing: commands go in, completions come out, and no thread of it knows of
// Python.
//
// Every command: any thread; it takes the engine's mutex, which is held for some dozens of
// instructions, never while an entry point runs. completions.take() and done(): one thread at a
// time.
//
// A healthy poll costs one turn at the mutex, the wheel and the counts, and no completion, no
// allocation, no wake-up but that of the moment at which it is due, which it shares with others.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <new>
#include <unordered_map>

#include "clock.hpp"
#include "completions.hpp"
#include "engine_objects.hpp"
#include "engine_threads.hpp"
#include "event_waits.hpp"
#include "fork.hpp"
#include "poll_phases.hpp"
#include "witness.hpp"

namespace resapi_cy {

class Engine final : public EngineThreads, private EventListener {
  public:
    // nullptr: no memory, no thread, or no descriptor.
    static Engine* open(StartThread start = start_thread) noexcept {
        static const bool fork_is_seen = call_in_forked_child([]() {
            // Relaxed: the forked child has one thread.
            forks().fetch_add(1, std::memory_order_relaxed);
        });
        auto* engine = fork_is_seen ? new (std::nothrow) Engine(start) : nullptr;
        if (engine == nullptr) return nullptr;
        engine->waits_ = new (std::nothrow) EventWaits(*engine, start);
        if (engine->waits_ != nullptr && engine->completions.open()) {
            Lock lock(engine->mutex_);
            // Of one alone, no entry point could be called: the last one sees to the time.
            if (engine->start_one(lock)) {
                if (engine->start_one(lock)) return engine;
                engine->no_thread();
                return engine;
            }
        }
        delete engine;
        return nullptr;
    }

    // ---- Gates and resources: commands --------------------------------------------------------

    // A gate that resources share: their DLL is not to be re-entered at all. nullptr: no memory.
    static Gate* open_gate() noexcept { return new (std::nothrow) Gate; }
    void release(Gate* gate) noexcept {
        const Lock lock(mutex_);
        drop(gate);
    }

    // The caller's until release(). `gate`, and `terminate` for Terminate: of open_gate(), or
    // nullptr for its own. nullptr: no memory.
    PolledResource* add(std::uint64_t handle, Gate* gate = nullptr,
                        Gate* terminate = nullptr) noexcept {
        auto* resource = new (std::nothrow) PolledResource(handle, gate, terminate);
        if (resource == nullptr) return nullptr;
        const Lock lock(mutex_);
        if (gate != nullptr) ++gate->references;
        if (terminate != nullptr) ++terminate->references;
        return resource;
    }
    // Neither polled nor watched any more. Calls that have been put in go on, and the counts can be
    // read, until release().
    void forget(PolledResource& resource) noexcept {
        stop_polls(resource);
        watch(resource, no_event);
    }
    void release(PolledResource* resource) noexcept {
        forget(*resource);
        const Lock lock(mutex_);
        drop(*resource);
    }

    // ---- Calls: commands ----------------------------------------------------------------------

    // To be made when its turn comes; its limit counts from now on. False: no memory, or the engine
    // has ended, and the call is the caller's still.
    bool put(Call& call) noexcept {
        const Lock lock(mutex_);
        PolledResource* resource = call.resource;
        if (ended_ || (resource != nullptr && !resource->count(call.entry_point))) return false;
        if (resource != nullptr) {
            if (call.entry_point == EntryPoint::terminate) call.gate = resource->terminate_gate;
            if (call.gate == nullptr) call.gate = resource->gate;
        }
        enter(call, monotonic_ns());
        wake_one();
        return true;
    }

    // What a call for a turn gives, if it can be had now. False: put that in, and wait.
    bool try_turn(PolledResource& resource) noexcept {
        const Lock lock(mutex_);
        return !ended_ && resource.gate->try_enter();
    }

    // The gate that a turn has given is open to the next one.
    void leave(PolledResource& resource) noexcept {
        const Lock lock(mutex_);
        leave(*resource.gate);
        wake_one();
    }

    // Nobody waits for it any more: it is not made, unless it has begun. Its last word comes in any
    // case. To be called before that has been taken. One that was inside leaves the gate.
    void abandon(Call& call) noexcept {
        const Lock lock(mutex_);
        if (call.queue == nullptr) return;
        const bool entered = call.queue == &calls_;
        call.queue->remove(call);
        if (entered && call.gate != nullptr) leave(*call.gate);
        finish(call, CompletionKind::not_made, 0);
        wake_one();
    }

    // From the next call on, entry points are inside of this cluster: see cluster/host.h.
    void surround(std::uint64_t (*set_current)(std::uint64_t), std::uint64_t cluster) noexcept {
        const Lock lock(mutex_);
        set_current_ = set_current;
        cluster_ = cluster;
    }

    // ---- Polls: commands ----------------------------------------------------------------------

    // LooksAlive and IsAlive at these intervals from now on, in nanoseconds; 0: not at all. The
    // first of each comes within one interval, at a moment that spreads the resources out. The
    // polls end with an IsAlive that says FALSE, until they are asked for anew.
    void poll(PolledResource& resource, std::int64_t looks_interval, std::int64_t is_interval,
              std::int64_t limit) noexcept {
        const Lock lock(mutex_);
        if (ended_) return;
        end_polls(resource);
        phases_.add();
        resource.polled = true;
        resource.limit = limit;
        resource.looks_interval = looks_interval;
        resource.is_interval = is_interval;
        resource.asked_now = resource.event_signaled;
        const std::int64_t now = monotonic_ns();
        const double phase = phases_.next();
        resource.next_looks = PollPhases::first(now, looks_interval, phase);
        resource.next_is = PollPhases::first(now, is_interval, phase);
        plan_poll(resource, now);
    }

    // IsAlive as soon as no other entry point runs, if it is polled.
    void ask_now(PolledResource& resource) noexcept {
        const Lock lock(mutex_);
        resource.asked_now = resource.polled;
        plan_poll(resource, monotonic_ns());
    }

    // No poll begins after whatever is put in after this.
    void stop_polls(PolledResource& resource) noexcept {
        const Lock lock(mutex_);
        end_polls(resource);
        TimerWheel::remove(resource);
    }

    // ---- Event handles: commands --------------------------------------------------------------

    static constexpr std::uint64_t no_event = 0;

    // The resource's event handle from now on, in place of the one before. It is the engine's,
    // which closes it. While it is not signaled, it stands for LooksAlive; once it is, IsAlive is
    // asked at once, and LooksAlive is polled until it is not signaled any more. 0, or the system's
    // error, by its Win32 number: it can't be waited for.
    std::uint32_t watch(PolledResource& resource, std::uint64_t handle) noexcept {
        const std::uint64_t id = handle == no_event ? 0 : expect_event(resource);
        std::uint64_t before = 0;
        {
            const Lock lock(mutex_);
            before = set_event(resource, id);
        }
        // Without the mutex: see event_signaled().
        if (before != 0) waits_->remove(before);
        if (handle == no_event) return 0;
        std::uint32_t error = EventWaits::no_memory;
        if (id == 0) {
            EventWaits::close_handle(handle);
        } else {
            error = waits_->add(id, handle);
        }
        if (error == 0) {
            bool is_newest = false;
            {
                const Lock lock(mutex_);
                is_newest = resource.event_id == id;
            }
            // Another thread's has taken its place before it was there to be removed.
            if (!is_newest) waits_->remove(id);
            return 0;
        }
        const Lock lock(mutex_);
        if (resource.event_id == id) set_event(resource, 0);
        return error;
    }

    // ---- The end: commands --------------------------------------------------------------------

    // No more commands, no more polls. Threads end when the DLL gives them back.
    void end() noexcept {
        const Lock lock(mutex_);
        end_threads();
    }
    // After end(), by who has taken the last completions: the engine goes when its last thread has
    // left, and with it whatever was put in and has not been told.
    void release() noexcept {
        bool gone = false;
        {
            const Lock lock(mutex_);
            gone = abandon_threads();
        }
        if (gone) delete this;
    }

    // A forked child has none of the engine's threads, and its mutex as it was just then: the child
    // touches nothing of it, and opens its own.
    bool is_inherited() const noexcept {
        // Relaxed: only a forked child has another number, and it began with one thread.
        return process_ != forks().load(std::memory_order_relaxed);
    }

    // ---- Completions: one thread at a time ----------------------------------------------------

    Completions completions;

    // It has been read. A call's last word: the call is its maker's again, and the resource may go.
    void done(Completion& completion) noexcept {
        const bool overdue = completion.kind == CompletionKind::overdue;
        PolledResource* resource = overdue ? nullptr : completion.resource;
        if (resource == nullptr) {
            Completions::done(completion);
            return;
        }
        const Lock lock(mutex_);
        const bool is_of_poll = &completion == &resource->of_poll;
        const bool was_overdue = completion.kind == CompletionKind::poll_overdue;
        Completions::done(completion);
        // What has become of it meanwhile found no room.
        if (is_of_poll && was_overdue != resource->poll_is_overdue) tell_of_poll(*resource);
        drop(*resource);
    }

  private:
    explicit Engine(StartThread start) noexcept
        : EngineThreads(start),
          // Relaxed: see is_inherited().
          process_(forks().load(std::memory_order_relaxed)),
          wheel_(monotonic_ns() / millisecond) {
        no_thread_.kind = CompletionKind::no_thread;
    }
    ~Engine() override;

    static std::atomic<std::uint32_t>& forks() noexcept {
        static std::atomic<std::uint32_t> count{0};
        return count;
    }

    // ---- What there is to do: with the mutex --------------------------------------------------

    bool has_work() const noexcept override { return !polls_.empty() || !calls_.empty(); }
    bool is_pressing(std::int64_t now) const noexcept override {
        if (!calls_.empty()) return true;
        const auto* first = static_cast<const PolledResource*>(polls_.first());
        return first != nullptr && now - first->wanted > EngineThreads::growth_look;
    }
    bool has_limits() const noexcept override { return limits_ != 0; }
    std::int64_t next_timer() const noexcept override {
        const std::int64_t tick = wheel_.next_tick();
        return tick == TimerWheel::no_tick ? never : tick * millisecond;
    }
    void no_thread() noexcept override {
        if (Completions::claim(no_thread_)) completions.push(no_thread_);
    }
    void poll_overdue(Thread& thread) noexcept override {
        tell_of_poll(*thread.polled, true, thread.entry_point, 0);
    }

    void work(Lock& lock, Thread& thread, std::int64_t& now) noexcept override {
        const bool poll = !polls_.empty() && (calls_.empty() || polls_turn_);
        polls_turn_ = !poll;
        if (poll) {
            make_poll(lock, thread, now, static_cast<PolledResource&>(*polls_.pop()));
        } else {
            make_call(lock, thread, now, static_cast<Call&>(*calls_.pop()));
        }
    }

    void advance(std::int64_t now) noexcept override {
        wheel_.advance(now / millisecond, [this, now](Timer& timer) {
            if (timer.kind == TimerKind::poll) {
                enter(static_cast<PolledResource&>(timer), now);
            } else {
                limit_has_passed(static_cast<Call&>(timer), now);
            }
        });
    }

    void set_timer(Timer& timer, std::int64_t due) noexcept {
        wheel_.insert(timer, (due + millisecond - 1) / millisecond);
        wake_for(timer.due * millisecond);
    }

    void leave(Gate& gate) noexcept {
        Queued* next = gate.leave();
        if (next == nullptr) return;
        if (next->queued_as == QueuedKind::poll) {
            polls_.push(*next);
            return;
        }
        auto& call = *static_cast<Call*>(next);
        if (call.is_set()) {  // its time begins
            TimerWheel::remove(call);
            set_timer(call, monotonic_ns() + call.limit);
        }
        has_entered(call);
    }
    void has_entered(Call& call) noexcept {
        if (call.turn) {
            finish(call, CompletionKind::returned, 0);
            return;
        }
        call.place = Place::queue;
        calls_.push(call);
    }

    // ---- References: with the mutex -----------------------------------------------------------

    static void drop(Gate* gate) noexcept {
        if (--gate->references == 0) delete gate;
    }
    static void drop(PolledResource& resource) noexcept {
        if (--resource.references != 0) return;
        Gate* shared = resource.gate == &resource.own_gate ? nullptr : resource.gate;
        Gate* terminate = resource.terminate_gate == &resource.own_terminate_gate
                              ? nullptr
                              : resource.terminate_gate;
        delete &resource;
        if (shared != nullptr) drop(shared);
        if (terminate != nullptr) drop(terminate);
    }
    // A completion of the resource's own keeps it until done(), as a call's last word does.
    void tell(PolledResource& resource, Completion& completion,
              EntryPoint entry_point = EntryPoint::none, std::int64_t nanoseconds = 0,
              bool by_event = false) noexcept {
        if (!Completions::claim(completion)) return;
        completion.entry_point = entry_point;
        completion.nanoseconds = nanoseconds;
        completion.by_event = by_event;
        push(resource, completion);
    }
    void push(PolledResource& resource, Completion& completion) noexcept {
        ++resource.references;
        completions.push(completion);
    }
    // Whether a poll is overdue. One that comes before the last one was read is told when that has
    // been, unless it is overtaken: the host always learns how it is in the end.
    void tell_of_poll(PolledResource& resource, bool overdue, EntryPoint entry_point,
                      std::int64_t took) noexcept {
        resource.poll_is_overdue = overdue;
        resource.poll_entry_point = entry_point;
        resource.poll_took = took;
        tell_of_poll(resource);
    }
    void tell_of_poll(PolledResource& resource) noexcept {
        Completion& completion = resource.of_poll;
        if (!Completions::claim(completion)) return;
        completion.kind =
            resource.poll_is_overdue ? CompletionKind::poll_overdue : CompletionKind::poll_returned;
        completion.entry_point = resource.poll_entry_point;
        completion.nanoseconds = resource.poll_took;
        push(resource, completion);
    }

    // In engine_calls.hpp.
    void enter(Call& call, std::int64_t now) noexcept;
    void limit_has_passed(Call& call, std::int64_t now) noexcept;
    void make_call(Lock& lock, Thread& thread, std::int64_t& now, Call& call) noexcept;
    void begin_call(Call& call, std::int64_t now) noexcept;
    void end_call(Call& call, std::int64_t now) noexcept;
    void finish(Call& call, CompletionKind kind, std::int64_t nanoseconds) noexcept;

    // In engine_polls.hpp.
    void enter(PolledResource& resource, std::int64_t now) noexcept;
    void plan_poll(PolledResource& resource, std::int64_t now) noexcept;
    void end_polls(PolledResource& resource) noexcept;
    void make_poll(Lock& lock, Thread& thread, std::int64_t& now,
                   PolledResource& resource) noexcept;
    bool ask(Lock& lock, Thread& thread, std::int64_t& now, PolledResource& resource, bool looks,
             bool thorough) noexcept;
    bool look_at_event(Lock& lock, PolledResource& resource) noexcept;
    std::uint64_t expect_event(PolledResource& resource) noexcept;
    std::uint64_t set_event(PolledResource& resource, std::uint64_t id) noexcept;
    void event_signaled(std::uint64_t id, bool lost) noexcept override;

    const std::uint32_t process_;
    TimerWheel wheel_;
    PollPhases phases_;
    Queue calls_, polls_;  // at their gates: a thread is all that they need
    bool polls_turn_ = true;
    std::uint32_t limits_ = 0;  // of calls, that have not passed
    std::uint64_t newest_event_ = 0;
    std::unordered_map<std::uint64_t, PolledResource*> watched_;
    EventWaits* waits_ = nullptr;
    Completion no_thread_;
};

}  // namespace resapi_cy

#include "engine_calls.hpp"
#include "engine_polls.hpp"
