// How the engine makes the calls that it was asked for. Part of engine.hpp; everything here runs
// with the engine's mutex, which is given up while an entry point runs.
#pragma once

#include "engine.hpp"

namespace resapi_cy {

inline void Engine::enter(Call& call, std::int64_t now) noexcept {
    notice_pause(now);
    call.pauses = pauses_;
    if (call.resource != nullptr) ++call.resource->references;
    if (call.limit > 0) {
        ++limits_;
        set_timer(call, now + call.limit);
    }
    call.place = Place::gate;
    if (!call.inside && call.gate != nullptr && !call.gate->enter(call)) return;
    has_entered(call);
}

inline void Engine::limit_has_passed(Call& call, std::int64_t now) noexcept {
    if (call.pauses != pauses_) {  // nothing ran meanwhile: it has its time once more
        call.pauses = pauses_;
        set_timer(call, now + call.limit);
        return;
    }
    if (call.place == Place::gate) {  // its own time comes when it has its turn
        set_timer(call, now + call.limit);
    } else {
        --limits_;
    }
    if (!Completions::claim(call.overdue)) return;
    call.overdue.place = call.place;
    completions.push(call.overdue);
}

inline void Engine::make_call(Lock& lock, Thread& thread, std::int64_t& now, Call& call) noexcept {
    begin_call(call, now);
    thread.inside = true;
    thread.slow = false;
    thread.since = now;
    // Nobody knows how long it takes.
    before_entry(now, true);
    lock.unlock();
    Witness::Slot* slot =
        Witness::enter(call.entry_point, call.resource == nullptr ? 0 : call.resource->handle);
    const std::uint32_t code = call.make();
    Witness::leave(slot);
    thread.floating_point.put_back();
    now = monotonic_ns();
    lock.lock();
    thread.inside = false;
    call.code = code;
    end_call(call, now);
}

inline void Engine::begin_call(Call& call, std::int64_t now) noexcept {
    call.place = Place::inside;
    call.begun = now;
    if (call.limit > 0) {  // for the others to leave, it had as much time
        if (!call.is_set()) ++limits_;
        TimerWheel::remove(call);
        call.pauses = pauses_;
        set_timer(call, now + call.limit);
    }
    PolledResource* resource = call.resource;
    if (resource == nullptr) return;
    const auto brings = [](EntryPoint entry_point) {
        return entry_point == EntryPoint::online || entry_point == EntryPoint::offline;
    };
    if (call.entry_point == EntryPoint::terminate) {
        // What it runs beside may start a worker after this one has looked for workers.
        if (brings(resource->running.entry_point())) resource->terminate_again = true;
        resource->terminating.set(call.entry_point, now);
    } else {
        if (brings(call.entry_point) && resource->terminating.entry_point() != EntryPoint::none) {
            resource->terminate_again = true;
        }
        resource->running.set(call.entry_point, now);
    }
}

inline void Engine::end_call(Call& call, std::int64_t now) noexcept {
    PolledResource* resource = call.resource;
    Gate* gate = call.gate;
    if (resource != nullptr) {
        Durations& durations = *resource->durations(call.entry_point);
        durations.add(now - call.begun);
        durations.answered(call.code, now);
        const bool terminate = call.entry_point == EntryPoint::terminate;
        (terminate ? resource->terminating : resource->running).clear();
        if (&call == &resource->second_terminate) {
            leave(*resource->gate);  // which it has kept closed
        } else if (!terminate && resource->terminate_again) {
            // Before anything else is let in.
            resource->terminate_again = false;
            SecondTerminate& second = resource->second_terminate;
            second.gate = resource->terminate_gate;
            second.limit = call.limit;
            if (resource->count(EntryPoint::terminate)) {
                call.terminates = true;
                enter(second, now);
                gate = nullptr;
            }
        }
    }
    if (gate != nullptr) leave(*gate);
    finish(call, CompletionKind::returned, now - call.begun);
}

// Its last word: the call is not touched any more.
inline void Engine::finish(Call& call, CompletionKind kind, std::int64_t nanoseconds) noexcept {
    PolledResource* resource = call.resource;
    if (call.is_set()) {
        TimerWheel::remove(call);
        --limits_;
    }
    call.place = Place::ended;
    if (resource != nullptr && &call == &resource->second_terminate) {
        tell(*resource, resource->terminated_again, call.entry_point, nanoseconds);
    } else if (released_) {
        delete &call;
    } else if (Completions::claim(call.last_word)) {  // as it is: there is one
        call.last_word.kind = kind;
        call.last_word.nanoseconds = nanoseconds;
        completions.push(call.last_word);
        return;  // the resource is dropped when that is done
    }
    if (resource != nullptr) drop(*resource);
}

inline Engine::~Engine() {
    if (waits_ != nullptr) waits_->end();
    // Nobody is left who would make or take these.
    while (has_work()) {
        if (Queued* poll = polls_.pop()) {
            auto& resource = static_cast<PolledResource&>(*poll);
            leave(*resource.gate);
            drop(resource);
        } else {
            auto& call = static_cast<Call&>(*calls_.pop());
            if (call.gate != nullptr) leave(*call.gate);
            if (call.resource != nullptr && &call == &call.resource->second_terminate) {
                leave(*call.resource->gate);  // as in end_call()
            }
            finish(call, CompletionKind::not_made, 0);
        }
    }
    for (Completion* told = completions.take(); told != nullptr;) {
        Completion* next = told->next;
        Call* call = told->kind == CompletionKind::overdue ? nullptr : told->call;
        done(*told);
        delete call;
        told = next;
    }
    completions.close();
}

}  // namespace resapi_cy
