// The engine's threads: how many there are, and which of them sleeps for how long.
//
// All are alike. Of those that rest, one leads: it sleeps until the next timer is due, and then
// does itself what is due. Another follows a few milliseconds behind, and leads on if the first has
// not come back: so a DLL that blocks holds up nobody, and nobody is woken for what takes no time.
// The last one that rests never enters a DLL: it sees to the time. There are a few threads, and one
// more for each that has been inside a DLL for long; those that have nothing to do for a while end.
//
// What there is to do is the derived class's: Engine. The mutex is held whenever one of its
// functions is called.
#pragma once

#include <cstdint>
#include <mutex>

#include "durations.hpp"
#include "floating_point.hpp"
#include "sleeping.hpp"
#include "start_thread.hpp"

namespace resapi_cy {

class PolledResource;

class EngineThreads {
  public:
    // How many threads there are that have not been inside a DLL for long.
    static constexpr std::uint32_t ready_threads = 4;
    // A thread that has been inside for so long may be for longer.
    static constexpr std::int64_t long_inside = 10 * millisecond;
    // How far the one that follows is behind the one that leads.
    static constexpr std::int64_t following = 3 * millisecond;
    // With work waiting, the last thread at rest looks so often whether another one may be started.
    static constexpr std::int64_t growth_look = 2 * millisecond;
    // And when the system had none.
    static constexpr std::int64_t retry_thread = 100 * millisecond;
    // A thread that has had nothing to do for so long ends.
    static constexpr std::int64_t idle_end = 2000 * millisecond;
    // While something has a limit, somebody looks so often; a look that comes so much too late: the
    // process did not run.
    static constexpr std::int64_t pause_look = 250 * millisecond;
    static constexpr std::int64_t pause = 1000 * millisecond;

    EngineThreads(const EngineThreads&) = delete;
    EngineThreads& operator=(const EngineThreads&) = delete;

    // How many there are. Any thread.
    std::uint32_t threads() noexcept {
        const Lock lock(mutex_);
        return threads_;
    }

  protected:
    using Lock = std::unique_lock<Mutex>;

    // What one of them is doing.
    struct Thread {
        Thread* next = nullptr;
        bool toils = false;   // else it rests
        bool inside = false;  // an entry point
        bool slow = false;    // one that took long the last time
        std::int64_t since = 0;
        PolledResource* polled = nullptr;  // a poll; with:
        EntryPoint entry_point = EntryPoint::none;
        std::int64_t limit = never;
        std::int64_t deadline = never;
        std::uint32_t pauses = 0;  // when the deadline was set
        bool told = false;         // that it has passed
        // As the thread began, and as each entry point finds it.
        const FloatingPoint floating_point;
    };

    explicit EngineThreads(StartThread start) noexcept : start_(start) {}
    virtual ~EngineThreads() = default;

    // ---- The derived class's ------------------------------------------------------------------

    virtual bool has_work() const noexcept = 0;
    // Work that one thread should not be left to do alone.
    virtual bool is_pressing(std::int64_t now) const noexcept = 0;
    // A piece of it; the lock is given up while an entry point runs. `now` is the time before, and
    // the time after.
    virtual void work(Lock& lock, Thread& thread, std::int64_t& now) noexcept = 0;
    // When the next timer is due; `never`.
    virtual std::int64_t next_timer() const noexcept = 0;
    // Does what is due by now.
    virtual void advance(std::int64_t now) noexcept = 0;
    // Whether a call that somebody waits for is under way.
    virtual bool has_limits() const noexcept = 0;
    virtual void poll_overdue(Thread& thread) noexcept = 0;
    virtual void no_thread() noexcept = 0;

    // ---- For the derived class, with the mutex ------------------------------------------------

    // The cluster that the entry points' calls belong to, and how a thread says so.
    std::uint64_t cluster_ = 0;
    std::uint64_t (*set_current_)(std::uint64_t) = nullptr;

    // False: the system has no thread left. Gives the lock up meanwhile.
    bool start_one(Lock& lock) noexcept {
        ++threads_;
        ++resting_;
        lock.unlock();
        const bool started =
            start_([](void* threads) { static_cast<EngineThreads*>(threads)->run(); }, this);
        lock.lock();
        if (!started) {
            --threads_;
            --resting_;
        }
        return started;
    }

    // There is work for another thread: wakes whom it costs least to wake. Each that sleeps is
    // woken once, and then looks for itself.
    void wake_one() noexcept {
        if (idle_ != 0) {
            --idle_;
            ++idle_woken_;
            idling_.notify();
        } else if (follower_.sleeps && !follower_.woken) {
            follower_.wake();
        } else if (leader_.sleeps && !leader_.woken) {
            leader_.wake();
        }
    }

    // A timer that is due then has been set.
    void wake_for(std::int64_t due) noexcept {
        if (leader_.sleeps && !leader_.woken && due < leader_.until) leader_.wake();
    }

    // For the thread's life: it is asked for by a call of the Cluster API that names no cluster.
    void enter_cluster() noexcept {
        static thread_local std::uint64_t entered = 0;
        if (cluster_ == entered) return;
        entered = cluster_;
        set_current_(cluster_);
    }

    // This thread enters a DLL: if that blocks, somebody else sees to the time, and to what waits.
    // One that is likely to block is not waited for.
    void before_entry(std::int64_t now, bool slow) noexcept {
        enter_cluster();
        const bool waiting = has_work();
        if (slow && (waiting || !leader_.sleeps)) {
            wake_one();
            return;
        }
        const Sleeper& next = leader_.sleeps ? leader_ : follower_;
        if (leader_.sleeps && !waiting) return;
        if (!next.sleeps || (!next.woken && next.until > now + 2 * following)) wake_one();
    }

    // Called before what is due is looked at, and before a limit begins.
    void notice_pause(std::int64_t now) noexcept {
        if (now - looked_ > pause_look + pause && (has_limits() || polls())) ++pauses_;
        looked_ = now;
    }

    void end_threads() noexcept {
        ended_ = true;
        leader_.condition.notify();
        follower_.condition.notify();
        idling_.notify();
    }

    // Whether the object is to go now: there is no thread in it any more.
    bool abandon_threads() noexcept {
        released_ = true;
        return threads_ == 0;
    }

    Mutex mutex_;
    bool ended_ = false;
    bool released_ = false;
    std::uint32_t pauses_ = 0;  // of the whole process, so far

  private:
    // The one that leads, or the one that follows.
    struct Sleeper {
        void wake() noexcept {
            woken = true;
            condition.notify();
        }

        Condition condition;
        bool sleeps = false;
        bool woken = false;
        std::int64_t until = never;
    };

    // ---- A thread -----------------------------------------------------------------------------

    void run() noexcept {
        Thread me;
        bool last = false;
        {
            Lock lock(mutex_);
            me.next = all_;
            all_ = &me;
            while (!ended_) {
                if (is_needed(monotonic_ns()) && (resting_ > 1 || grow(lock))) {
                    toil(lock, me);
                } else if (!rest()) {
                    break;
                }
            }
            --resting_;
            --threads_;
            Thread** link = &all_;
            while (*link != &me) link = &(*link)->next;
            *link = me.next;
            if (ended_) end_threads();  // a wake-up may have been meant for another one
            last = released_ && threads_ == 0;
        }
        if (last) delete this;
    }

    void toil(Lock& lock, Thread& me) noexcept {
        std::int64_t now = monotonic_ns();
        notice_pause(now);
        --resting_;
        me.toils = true;
        do {
            work(lock, me, now);
            notice_pause(now);
            advance(now);
        } while (!ended_ && has_work());
        me.toils = false;
        ++resting_;
    }

    // Whether there is work that another thread is not about to do: two of them in each other's way
    // are slower than one.
    bool is_needed(std::int64_t now) const noexcept {
        if (!has_work()) return false;
        if (is_pressing(now)) return true;
        for (const Thread* thread = all_; thread != nullptr; thread = thread->next) {
            if (thread->toils && !thread->slow && now - thread->since < following) return false;
        }
        return true;
    }

    // False: this thread ends.
    bool rest() noexcept {
        const std::int64_t now = monotonic_ns();
        notice_pause(now);
        advance(now);
        if (is_needed(now) && resting_ > 1) return true;
        if (!leader_.sleeps) {
            look_at_polls(now);
            sleep(leader_, plan(now));
        } else if (!follower_.sleeps) {
            sleep(follower_, leader_.until == never ? never : leader_.until + following);
        } else {
            ++idle_;
            idling_.wait(mutex_, now + idle_end);
            if (idle_woken_ != 0) {
                --idle_woken_;
                return true;
            }
            --idle_;
            return monotonic_ns() < now + idle_end || resting_ <= 2;
        }
        return true;
    }

    void sleep(Sleeper& sleeper, std::int64_t until) noexcept {
        sleeper.sleeps = true;
        sleeper.until = until;
        sleeper.condition.wait(mutex_, until);
        sleeper.sleeps = sleeper.woken = false;
    }

    // Whether a poll is under way.
    bool polls() const noexcept {
        for (const Thread* thread = all_; thread != nullptr; thread = thread->next) {
            if (thread->polled != nullptr) return true;
        }
        return false;
    }

    std::int64_t plan(std::int64_t now) const noexcept {
        std::int64_t until = next_timer();
        const auto earlier = [&until](std::int64_t moment) {
            if (moment < until) until = moment;
        };
        if (has_limits()) earlier(now + pause_look);
        if (has_work()) earlier(now + growth_look);
        for (const Thread* thread = all_; thread != nullptr; thread = thread->next) {
            if (thread->polled == nullptr) continue;
            earlier(now + pause_look);
            if (!thread->told) earlier(thread->deadline);
        }
        return until;
    }

    // Polls set no timer: they would do so a thousand times for one that is needed.
    void look_at_polls(std::int64_t now) noexcept {
        for (Thread* thread = all_; thread != nullptr; thread = thread->next) {
            if (thread->polled == nullptr || thread->told || now < thread->deadline) continue;
            if (thread->pauses != pauses_) {
                thread->pauses = pauses_;
                thread->deadline = now + thread->limit;
            } else {
                thread->told = true;
                poll_overdue(*thread);
            }
        }
    }

    // ---- How many -----------------------------------------------------------------------------

    // This thread is the last one that rests, and has work: whether there is another one now.
    bool grow(Lock& lock) noexcept {
        const std::int64_t now = monotonic_ns();
        if (threads_ - stuck(now) >= ready_threads || now < retry_at_) return false;
        if (!start_one(lock)) {
            retry_at_ = now + retry_thread;
            no_thread();
        }
        return !ended_ && has_work() && resting_ > 1;
    }

    std::uint32_t stuck(std::int64_t now) const noexcept {
        std::uint32_t count = 0;
        for (const Thread* thread = all_; thread != nullptr; thread = thread->next) {
            if (thread->inside && (thread->slow || now - thread->since >= long_inside)) ++count;
        }
        return count;
    }

    StartThread start_;
    std::int64_t looked_ = monotonic_ns();  // for a pause
    Sleeper leader_, follower_;
    Condition idling_;
    Thread* all_ = nullptr;
    std::uint32_t threads_ = 0;
    std::uint32_t resting_ = 0;     // those that have just been started included
    std::uint32_t idle_ = 0;        // those that neither lead nor follow, and have not been woken
    std::uint32_t idle_woken_ = 0;  // and those that have been, but do not know yet
    std::int64_t retry_at_ = 0;
};

}  // namespace resapi_cy
