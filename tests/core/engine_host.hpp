// What the tests of the engine share: a host that takes completions, and a DLL whose entry points
// count what they see.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/engine.hpp"
#include "scenarios.hpp"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZER 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZER 1
#endif

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace resapi_cy {

inline constexpr std::int64_t second = 1000 * millisecond;

inline void nap(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Until it is so. A test that waits for ever is ended from outside.
inline void wait_until(const std::function<bool()>& so) {
    while (!so()) nap(1);
}

inline std::uint64_t calls_counted(const Durations& durations) {
    std::uint64_t sum = 0;
    for (const std::uint64_t count : durations.read().counts) sum += count;
    return sum;
}

// Something that a test lets go.
struct Latch {
    std::atomic<bool> open{false};
    void wait() const {
        while (!open.load()) nap(1);
    }
};

struct TestCall : Call {
    TestCall(EntryPoint what, PolledResource* whose, std::function<std::uint32_t()> does)
        : Call(what, whose), routine(std::move(does)) {}
    std::uint32_t make() noexcept override { return routine(); }
    std::function<std::uint32_t()> routine;
};

struct Told {
    CompletionKind kind;
    Place place;
    EntryPoint entry_point;
    bool by_event;
    Call* call;
    std::uint64_t handle;
    std::uint32_t code;
};

// A host: one thread at a time.
class Host {
  public:
    explicit Host(StartThread start = start_thread) : engine(Engine::open(start)) {
        CHECK(engine != nullptr);
    }
    // Without a Close, nothing waits for a poll that is under way.
    ~Host() {
        for (PolledResource* resource : closing ? resources_ : std::vector<PolledResource*>()) {
            engine->forget(*resource);
            call(resource, EntryPoint::close, [] { return 0u; });
        }
        for (PolledResource* resource : resources_) engine->release(resource);
        engine->end();
        take();
        engine->release();
        for (auto& call : calls_) {
            if (in_flight_.count(call.get()) != 0) static_cast<void>(call.release());
        }
    }

    PolledResource* add(std::uint64_t handle, Gate* gate = nullptr) {
        PolledResource* resource = engine->add(handle, gate);
        CHECK(resource != nullptr);
        resources_.push_back(resource);
        return resource;
    }

    Call* put(PolledResource* resource, EntryPoint what, std::function<std::uint32_t()> does,
              std::int64_t limit = 60 * second, Gate* gate = nullptr) {
        calls_.push_back(std::make_unique<TestCall>(what, resource, std::move(does)));
        Call* call = calls_.back().get();
        call->limit = limit;
        call->gate = gate;
        in_flight_[call] = true;
        CHECK(engine->put(*call));
        return call;
    }

    // What has been told since the last time is in `told`.
    void take() {
        for (Completion* next = engine->completions.take(); next != nullptr;) {
            Completion& completion = *next;
            next = completion.next;
            told.push_back({completion.kind, completion.place, completion.entry_point,
                            completion.by_event, completion.call,
                            completion.resource == nullptr ? 0 : completion.resource->handle,
                            completion.call == nullptr ? 0 : completion.call->code});
            Call* call = completion.call;
            if (call != nullptr && &completion == &call->last_word) in_flight_.erase(call);
            engine->done(completion);
        }
    }

    const Told& wait_for(CompletionKind kind, const Call* call = nullptr) {
        for (;;) {
            for (const Told& one : told) {
                if (one.kind == kind && (call == nullptr || one.call == call)) return one;
            }
            HostWakeup& wakeup = engine->completions.wakeup();
            wakeup.arm();
            if (engine->completions.empty()) wakeup.wait(1000);
            wakeup.disarm();
            wakeup.clear();
            take();
        }
    }

    std::size_t count(CompletionKind kind, const Call* call = nullptr) {
        take();
        std::size_t found = 0;
        for (const Told& one : told) {
            if (one.kind == kind && (call == nullptr || one.call == call)) ++found;
        }
        return found;
    }

    std::uint32_t call(PolledResource* resource, EntryPoint what,
                       std::function<std::uint32_t()> does) {
        return wait_for(CompletionKind::returned, put(resource, what, std::move(does))).code;
    }

    Engine* engine;
    std::vector<Told> told;
    bool closing = true;

  private:
    std::vector<PolledResource*> resources_;
    std::vector<std::unique_ptr<TestCall>> calls_;
    std::map<Call*, bool> in_flight_;
};

// A resource of a DLL, made before its host, that counts breaches: entry points that overlap, save
// Terminate.
struct Guarded {
    std::atomic<int> inside{0};
    std::atomic<int> terminating{0};
    std::atomic<int> breaches{0};
    std::atomic<std::uint64_t> looks{0}, is{0}, terminates{0};
    std::atomic<bool> looks_alive{true}, is_alive{true};
    std::atomic<std::thread::id> looks_thread{}, is_thread{};
    std::function<void()> in_looks, in_is, in_terminate;

    void enter() {
        if (inside.fetch_add(1) != 0) breaches.fetch_add(1);
    }
    void leave() { inside.fetch_sub(1); }

    void watch_over(PolledResource* resource) {
        resource->resid.store(this);
        resource->looks_alive_routine = [](void* resid) {
            auto& guarded = *static_cast<Guarded*>(resid);
            guarded.enter();
            guarded.looks_thread.store(std::this_thread::get_id());
            if (guarded.in_looks) guarded.in_looks();
            guarded.looks.fetch_add(1);
            guarded.leave();
            return guarded.looks_alive.load() ? 1 : 0;
        };
        resource->is_alive_routine = [](void* resid) {
            auto& guarded = *static_cast<Guarded*>(resid);
            guarded.enter();
            guarded.is_thread.store(std::this_thread::get_id());
            if (guarded.in_is) guarded.in_is();
            guarded.is.fetch_add(1);
            guarded.leave();
            return guarded.is_alive.load() ? 1 : 0;
        };
        resource->terminate_routine = [](void* resid) {
            static_cast<Guarded*>(resid)->terminate();
        };
    }

    void terminate() {
        if (terminating.fetch_add(1) != 0) breaches.fetch_add(1);
        if (in_terminate) in_terminate();
        terminates.fetch_add(1);
        terminating.fetch_sub(1);
    }
};

}  // namespace resapi_cy
