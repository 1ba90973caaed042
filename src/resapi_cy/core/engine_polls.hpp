// How the engine polls, and what follows from a signaled event handle. Part of engine.hpp;
// everything here runs with the engine's mutex, but where it says otherwise.
#pragma once

#include <algorithm>

#include "engine.hpp"

namespace resapi_cy {

// It is due: to its gate, where it may have to wait.
inline void Engine::enter(PolledResource& resource, std::int64_t now) noexcept {
    resource.wanted = resource.asked_now ? now : resource.next_poll();
    resource.polling = PolledResource::Polling::waiting;
    ++resource.references;
    if (resource.gate->enter(resource)) polls_.push(resource);
}

inline void Engine::plan_poll(PolledResource& resource, std::int64_t now) noexcept {
    if (resource.polling != PolledResource::Polling::resting) return;  // planned when it ends
    TimerWheel::remove(resource);
    const std::int64_t due = resource.next_poll();
    if (due == never || ended_) return;
    if (due > now) {
        set_timer(resource, due);
    } else {
        enter(resource, now);
        wake_one();
    }
}

inline void Engine::end_polls(PolledResource& resource) noexcept {
    ++resource.plan;
    if (resource.polled) phases_.remove();
    resource.polled = resource.asked_now = false;
}

inline void Engine::make_poll(Lock& lock, Thread& thread, std::int64_t& now,
                              PolledResource& resource) noexcept {
    // The next ones are on their way to the cache while this one is asked.
    if (const Queued* next = polls_.first()) {
        static_cast<const PolledResource*>(next)->prefetch_more();
        if (next->behind != nullptr) static_cast<const PolledResource*>(next->behind)->prefetch();
    }
    const bool by_event = resource.polled && resource.asked_now;
    const bool looks =
        resource.polled && !by_event && resource.looks_is_on() && resource.next_looks <= now;
    const bool thorough = by_event || (resource.polled && resource.next_is <= now);
    if (looks || thorough) {
        const std::uint32_t plan = resource.plan;
        const std::uint64_t event = resource.event_id;
        resource.polling = PolledResource::Polling::inside;
        resource.late.add(std::max<std::int64_t>(now - resource.wanted, 0));
        // So late are those that are left, too: more hands are needed.
        if (now - resource.wanted > 2 * following && has_work()) wake_one();
        const bool alive = ask(lock, thread, now, resource, looks, thorough);
        if (plan == resource.plan) {  // else what it says is of what was before
            // For the event that there was: another one may have been signaled meanwhile.
            if (by_event && event == resource.event_id) resource.asked_now = false;
            if (looks) {
                resource.next_looks =
                    PollPhases::following(resource.next_looks, resource.looks_interval, now);
            }
            if (thorough && resource.next_is <= now) {
                resource.next_is =
                    PollPhases::following(resource.next_is, resource.is_interval, now);
            }
            // If it was an auto-reset event, its signal woke nobody else who was given it.
            bool answered = by_event && event == resource.event_id && resource.event_unanswered;
            if (answered) resource.event_unanswered = false;
            if (!alive) {
                end_polls(resource);
                tell(resource, resource.not_alive, EntryPoint::is_alive, 0, by_event);
            } else if (resource.event_signaled && !resource.asked_now) {
                answered = look_at_event(lock, resource) && answered;
            }
            if (answered) tell(resource, resource.event_answered);
        }
    }
    resource.polling = PolledResource::Polling::resting;
    leave(*resource.gate);
    plan_poll(resource, now);
    drop(resource);
}

// What the entry points say. Gives the lock up meanwhile.
inline bool Engine::ask(Lock& lock, Thread& thread, std::int64_t& now, PolledResource& resource,
                        bool looks, bool thorough) noexcept {
    const auto begin = [&](EntryPoint entry_point) {
        thread.entry_point = entry_point;
        thread.since = now;
        thread.limit = resource.limit;
        thread.deadline = resource.limit > 0 ? now + resource.limit : never;
        thread.pauses = pauses_;
        thread.inside = true;
        thread.polled = &resource;
        resource.running.set(entry_point, now);
    };
    // With the gate, and without the lock.
    const auto call = [&](EntryPoint entry_point) {
        const bool is_looks = entry_point == EntryPoint::looks_alive;
        const CheckRoutine routine =
            is_looks ? resource.looks_alive_routine : resource.is_alive_routine;
        const std::int64_t begun = now;
        // Relaxed: the mutex has been taken since it was stored.
        Witness::Slot* slot = Witness::enter(entry_point, resource.handle);
        const bool alive = routine(resource.resid.load(std::memory_order_relaxed)) != 0;
        Witness::leave(slot);
        thread.floating_point.put_back();
        now = monotonic_ns();
        Durations& durations = is_looks ? resource.looks_alive : resource.is_alive;
        durations.add(now - begun);
        durations.answered(alive, now);
        resource.polls.add({!is_looks, alive, now, now - begun});
        return alive;
    };
    // Its last word, if its limit has been told to have passed.
    const auto end = [&](std::int64_t begun) {
        resource.slow = now - begun >= long_inside;
        if (thread.told) {
            thread.told = false;
            tell_of_poll(resource, false, thread.entry_point, now - thread.since);
        }
    };
    const std::int64_t begun = now;
    bool alive = true;
    begin(looks ? EntryPoint::looks_alive : EntryPoint::is_alive);
    thread.slow = resource.slow;
    before_entry(now, resource.slow);
    lock.unlock();
    if (looks) alive = call(EntryPoint::looks_alive);
    if (looks && (thorough || !alive)) {
        lock.lock();
        end(begun);
        begin(EntryPoint::is_alive);
        lock.unlock();
    }
    if (thorough || !alive) alive = call(EntryPoint::is_alive);
    if (!lock.try_lock()) {
        lock.lock();
        now = monotonic_ns();  // the next one is not charged for the wait
    }
    end(begun);
    resource.running.clear();
    thread.polled = nullptr;
    thread.inside = false;
    return alive;
}

// ---- Event handles ------------------------------------------------------------------------------

// The handle was signaled, and the resource is alive: whether it is quiet now. Gives the lock up
// meanwhile: see event_signaled().
inline bool Engine::look_at_event(Lock& lock, PolledResource& resource) noexcept {
    const std::uint64_t id = resource.event_id;
    // Before it is waited for again, which may end at once.
    resource.event_signaled = false;
    lock.unlock();
    const bool quiet = waits_->again(id);
    lock.lock();
    if (!quiet && resource.event_id == id) resource.event_signaled = true;
    return quiet;
}

// A number for the next handle; 0: no memory. Takes the mutex itself.
inline std::uint64_t Engine::expect_event(PolledResource& resource) noexcept {
    const Lock lock(mutex_);
    try {
        watched_.emplace(newest_event_ + 1, &resource);
        return ++newest_event_;
    } catch (const std::bad_alloc&) {
        return 0;
    }
}

// Which one it was before.
inline std::uint64_t Engine::set_event(PolledResource& resource, std::uint64_t id) noexcept {
    const std::uint64_t before = resource.event_id;
    if (before != 0) watched_.erase(before);
    resource.event_id = id;
    resource.event_signaled = resource.asked_now = resource.event_unanswered = false;
    plan_poll(resource, monotonic_ns());
    return before;
}

// Called with the mutex of the waits, which is always taken before the engine's.
inline void Engine::event_signaled(std::uint64_t id, bool lost) noexcept {
    const Lock lock(mutex_);
    const auto found = watched_.find(id);
    if (found == watched_.end() || found->second->event_id != id) return;
    PolledResource& resource = *found->second;
    resource.event_signaled = true;
    if (lost) {
        tell(resource, resource.handle_lost);
    } else {
        resource.asked_now = resource.event_unanswered = resource.polled;
    }
    plan_poll(resource, monotonic_ns());
}

}  // namespace resapi_cy
