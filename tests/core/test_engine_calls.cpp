// The engine's calls, gates, threads and limits, without Python: every scenario is a program of its
// own, `test_engine_calls NAME`. See test_status_board.cpp.

#include <cfenv>
#include <random>

#include "engine_host.hpp"

using namespace resapi_cy;

namespace {

void a_call_is_made_and_told_once() {
    Host host;
    PolledResource* resource = host.add(7);
    std::atomic<std::thread::id> thread{};
    Call* call = host.put(resource, EntryPoint::online, [&] {
        thread.store(std::this_thread::get_id());
        return 997u;
    });
    const Told told = host.wait_for(CompletionKind::returned, call);
    CHECK(told.code == 997 && told.handle == 7 && told.entry_point == EntryPoint::online);
    CHECK(thread.load() != std::this_thread::get_id());
    nap(20);
    host.take();
    CHECK(host.told.size() == 1);
    const DurationCounts counts = resource->durations(EntryPoint::online)->read();
    CHECK(counts.code == 997 && counts.when != 0 && counts.total > 0);
    CHECK(resource->durations(EntryPoint::offline) == nullptr);
}

// I11: entry points of one resource never overlap, save Terminate.
void entry_points_of_a_resource_never_overlap() {
    constexpr int resources = 8, rounds = 400;
    std::vector<Guarded> guarded(resources);
    Host host;
    std::vector<PolledResource*> added;
    for (int i = 0; i < resources; ++i) {
        added.push_back(host.add(static_cast<std::uint64_t>(i)));
        guarded[static_cast<std::size_t>(i)].watch_over(added.back());
        host.engine->poll(*added.back(), millisecond, 2 * millisecond, second);
    }
    std::mt19937 random(3);
    std::vector<Call*> calls;
    for (int round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < resources; ++i) {
            Guarded& one = guarded[i];
            const bool terminate = random() % 4 == 0;
            const auto what = terminate ? EntryPoint::terminate : EntryPoint::online;
            calls.push_back(host.put(added[i], what, [&one, terminate] {
                if (terminate) {
                    one.terminate();
                    return 0u;
                }
                one.enter();
                std::this_thread::yield();
                one.leave();
                return 0u;
            }));
        }
        if (round % 50 == 0) nap(3);
    }
    for (const Call* call : calls) host.wait_for(CompletionKind::returned, call);
    std::uint64_t polls = 0;
    for (const Guarded& one : guarded) {
        CHECK(one.breaches.load() == 0);
        polls += one.looks.load() + one.is.load();
    }
    CHECK(polls != 0);
}

void a_shared_gate_lets_one_of_the_dll_through() {
    Guarded together;
    Host host;
    Gate* gate = Engine::open_gate();
    std::vector<PolledResource*> added;
    for (std::uint64_t i = 0; i < 4; ++i) {
        added.push_back(host.add(i, gate));
        together.watch_over(added.back());
        host.engine->poll(*added.back(), millisecond, millisecond, second);
    }
    std::vector<Call*> calls;
    const auto enters = [&] {
        together.enter();
        std::this_thread::yield();
        together.leave();
        return 0u;
    };
    for (int round = 0; round < 200; ++round) {
        for (PolledResource* resource : added) {
            calls.push_back(host.put(resource, EntryPoint::online, enters));
        }
        // A call to the type, at the DLL's gate.
        calls.push_back(host.put(nullptr, EntryPoint::type_control, enters, 60 * second, gate));
    }
    for (const Call* call : calls) host.wait_for(CompletionKind::returned, call);
    wait_until([&] { return together.looks.load() + together.is.load() > 20; });
    CHECK(together.breaches.load() == 0);
    host.engine->release(gate);
}

void calls_to_a_type_have_no_gate() {
    Host host;
    Latch latch;
    const Call* blocks = host.put(nullptr, EntryPoint::startup, [&] {
        latch.wait();
        return 1u;
    });
    CHECK(host.call(nullptr, EntryPoint::type_control, [] { return 2u; }) == 2);
    latch.open.store(true);
    CHECK(host.wait_for(CompletionKind::returned, blocks).code == 1);
}

void terminate_runs_beside_and_once_more() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    Latch latch, entered;
    std::atomic<bool> online_over{false}, again_before_offline{false};
    const Call* online = host.put(resource, EntryPoint::online, [&] {
        entered.open.store(true);
        latch.wait();
        online_over.store(true);
        return 997u;
    });
    entered.wait();
    const auto terminate = [&] {
        guarded.terminate();
        return 0u;
    };
    host.wait_for(CompletionKind::returned, host.put(resource, EntryPoint::terminate, terminate));
    CHECK(!online_over.load() && guarded.terminates.load() == 1);
    guarded.in_terminate = [] { nap(20); };
    const Call* offline = host.put(resource, EntryPoint::offline, [&] {
        again_before_offline.store(guarded.terminates.load() == 2);
        return 0u;
    });
    latch.open.store(true);
    host.wait_for(CompletionKind::returned, online);
    host.wait_for(CompletionKind::terminated_again);
    host.wait_for(CompletionKind::returned, offline);
    CHECK(again_before_offline.load());
    CHECK(calls_counted(*resource->durations(EntryPoint::terminate)) == 2);
    // One that ran beside nothing is not repeated.
    host.wait_for(CompletionKind::returned, host.put(resource, EntryPoint::terminate, terminate));
    host.call(resource, EntryPoint::release, [] { return 0u; });
    CHECK(guarded.terminates.load() == 3 && guarded.breaches.load() == 0);
}

void limits_tell_where_a_call_is() {
    Host host;
    PolledResource* resource = host.add(1);
    Latch latch;
    const Call* inside = host.put(
        resource, EntryPoint::online,
        [&] {
            latch.wait();
            return 5u;
        },
        30 * millisecond);
    const Call* waits = host.put(
        resource, EntryPoint::offline, [] { return 6u; }, 30 * millisecond);
    CHECK(host.wait_for(CompletionKind::overdue, inside).place == Place::inside);
    CHECK(host.wait_for(CompletionKind::overdue, waits).place == Place::gate);
    std::int64_t since = 0;
    CHECK(resource->running.read(since) == EntryPoint::online && since != 0);
    // What was overdue returns all the same, and the one at the gate is made.
    latch.open.store(true);
    CHECK(host.wait_for(CompletionKind::returned, inside).code == 5);
    CHECK(host.wait_for(CompletionKind::returned, waits).code == 6);
    CHECK(host.count(CompletionKind::overdue) == 2);
}

void an_abandoned_call_is_not_made_unless_it_has_begun() {
    Host host;
    PolledResource* resource = host.add(1);
    Latch latch, entered;
    std::atomic<bool> made{false};
    Call* open = host.put(resource, EntryPoint::open, [&] {
        entered.open.store(true);
        latch.wait();
        resource->resid.store(&latch);  // a RESID, to be closed
        return 0u;
    });
    Call* waits = host.put(resource, EntryPoint::online, [&] {
        made.store(true);
        return 0u;
    });
    entered.wait();
    host.engine->abandon(*waits);
    host.engine->abandon(*open);
    host.wait_for(CompletionKind::not_made, waits);
    latch.open.store(true);
    host.wait_for(CompletionKind::returned, open);
    CHECK(resource->resid.load() == &latch);
    CHECK(host.call(resource, EntryPoint::close, [] { return 3u; }) == 3);
    CHECK(!made.load());
}

void abandoning_in_the_middle_of_everything_tells_each_call_once() {
    Host host;
    PolledResource* resource = host.add(1);
    std::atomic<std::uint64_t> made{0};
    std::vector<Call*> calls;
    for (int i = 0; i < 2000; ++i) {
        calls.push_back(host.put(resource, EntryPoint::online, [&] {
            made.fetch_add(1);
            return 0u;
        }));
        if (i % 3 == 0) host.engine->abandon(*calls.back());
    }
    wait_until([&] {
        return host.count(CompletionKind::returned) + host.count(CompletionKind::not_made) ==
               calls.size();
    });
    CHECK(host.count(CompletionKind::returned) == made.load());
    nap(10);
    host.take();
    CHECK(host.told.size() == calls.size());
}

// ---- Threads ------------------------------------------------------------------------------------

void threads_grow_for_calls_that_block_and_shrink_again() {
    Host host;
    constexpr std::size_t blocked = 12;
    Latch latch;
    std::atomic<std::size_t> inside{0};
    std::vector<Call*> calls;
    for (std::size_t i = 0; i < blocked; ++i) {
        calls.push_back(host.put(nullptr, EntryPoint::startup, [&] {
            inside.fetch_add(1);
            latch.wait();
            return 0u;
        }));
    }
    wait_until([&] { return inside.load() == blocked; });
    CHECK(host.call(nullptr, EntryPoint::startup, [] { return 4u; }) == 4);
    CHECK(host.engine->threads() <= blocked + Engine::ready_threads);
    latch.open.store(true);
    for (const Call* call : calls) host.wait_for(CompletionKind::returned, call);
    wait_until([&] { return host.engine->threads() <= 2; });
    CHECK(host.call(nullptr, EntryPoint::startup, [] { return 4u; }) == 4);
}

std::atomic<int> threads_started{0};
bool start_and_count(void (*function)(void*), void* argument) noexcept {
    threads_started.fetch_add(1);
    return start_thread(function, argument);
}

void short_calls_take_few_threads() {
    Host host(start_and_count);
    std::vector<Call*> calls;
    for (int i = 0; i < 5000; ++i) {
        calls.push_back(host.put(nullptr, EntryPoint::startup, [] { return 0u; }));
    }
    for (const Call* call : calls) host.wait_for(CompletionKind::returned, call);
    // One for each ten milliseconds that the machine stands still, and not one for each call.
    CHECK(threads_started.load() < 100);
}

std::atomic<int> threads_left{0};
bool start_while_there_are_some(void (*function)(void*), void* argument) noexcept {
    if (threads_left.fetch_sub(1) > 0) return start_thread(function, argument);
    threads_left.fetch_add(1);
    return false;
}

void no_thread_is_told_and_tried_again() {
    threads_left.store(2);
    Host host(start_while_there_are_some);
    Latch latch;
    Call* blocks = host.put(nullptr, EntryPoint::startup, [&] {
        latch.wait();
        return 1u;
    });
    Call* waits = host.put(
        nullptr, EntryPoint::startup, [] { return 2u; }, 50 * millisecond);
    Call* another = host.put(nullptr, EntryPoint::startup, [] { return 3u; });
    host.wait_for(CompletionKind::no_thread);
    // What has not begun stands under its limit.
    CHECK(host.wait_for(CompletionKind::overdue, waits).place == Place::queue);
    threads_left.store(100);
    CHECK(host.wait_for(CompletionKind::returned, waits).code == 2);
    CHECK(host.wait_for(CompletionKind::returned, another).code == 3);
    latch.open.store(true);
    host.wait_for(CompletionKind::returned, blocks);
}

void without_a_thread_there_is_no_engine() {
    threads_left.store(0);
    CHECK(Engine::open(start_while_there_are_some) == nullptr);
}

// A process that it starts inherits it.
void an_entry_point_has_the_signal_mask_of_who_made_the_engine() {
#if !defined(_WIN32)
    sigset_t own;
    sigemptyset(&own);
    sigaddset(&own, SIGUSR1);
    pthread_sigmask(SIG_SETMASK, &own, nullptr);
    Host host;
    std::atomic<int> wrong{-1};
    host.call(nullptr, EntryPoint::startup, [&] {
        sigset_t mask;
        pthread_sigmask(SIG_BLOCK, nullptr, &mask);
        int found = 0;
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGSEGV, SIGFPE, SIGUSR1}) {
            if (sigismember(&mask, signal) != (signal == SIGUSR1 ? 1 : 0)) ++found;
        }
        wrong.store(found);
        return 0u;
    });
    CHECK(wrong.load() == 0);
#endif
}

// More calls than threads: some of them come after another one in the same thread.
void entry_points_find_floating_point_as_it_was() {
    Guarded guarded;
    std::atomic<int> wrong{0};
    const auto rounds_up = [&] {
        if (std::fegetround() != FE_TONEAREST) wrong.fetch_add(1);
        std::fesetround(FE_UPWARD);
        return 0u;
    };
    Host host;
    for (int i = 0; i < 50; ++i) host.call(nullptr, EntryPoint::startup, rounds_up);
    guarded.in_looks = guarded.in_is = rounds_up;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    host.engine->poll(*resource, millisecond, 2 * millisecond, second);
    wait_until([&] { return guarded.looks.load() > 20 && guarded.is.load() > 20; });
    CHECK(wrong.load() == 0);
}

// ---- Pauses, forks, the end ---------------------------------------------------------------------

void a_pause_of_the_process_gives_one_more_period() {
#if !defined(_WIN32)
    // The parent stops the child for 3.5 s, in the middle of a call that needs 300 ms and has 2 s.
    // The child tells by a pipe that it is on its way.
    int ends[2];
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        Host host;
        Latch latch;
        const Call* call = host.put(
            nullptr, EntryPoint::startup,
            [&] {
                CHECK(write(ends[1], "x", 1) == 1);
                latch.wait();
                return 0u;
            },
            2 * second);
        std::thread opener([&] {
            // Naps that a pause cuts short count as one each.
            for (int i = 0; i < 30; ++i) nap(10);
            latch.open.store(true);
        });
        host.wait_for(CompletionKind::returned, call);
        opener.join();
        _exit(host.count(CompletionKind::overdue) == 0 ? 0 : 1);
    }
    char byte;
    CHECK(read(ends[0], &byte, 1) == 1);
    nap(100);
    CHECK(kill(child, SIGSTOP) == 0);
    nap(3500);
    CHECK(kill(child, SIGCONT) == 0);
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
#endif
}

void a_forked_child_opens_its_own() {
#if !defined(_WIN32)
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    host.engine->poll(*resource, millisecond, 0, second);
    for (int i = 0; i < 10; ++i) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            if (!host.engine->is_inherited()) _exit(2);
#if defined(THREAD_SANITIZER) || defined(__SANITIZE_ADDRESS__)
            // The one has no threads after a fork, the other's allocator may have been locked by a
            // thread that is not here.
            _exit(0);
#endif
            Host own;
            if (own.engine->is_inherited()) _exit(3);
            _exit(own.call(nullptr, EntryPoint::startup, [] { return 9u; }) == 9 ? 0 : 4);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    CHECK(!host.engine->is_inherited());
    const std::uint64_t polls = guarded.looks.load();
    wait_until([&] { return guarded.looks.load() > polls; });
#endif
}

void the_end_does_not_wait_for_what_is_stuck() {
    static Latch latch;
    static std::atomic<int> left{0};
    {
        Host host;
        host.closing = false;
        PolledResource* resource = host.add(1);
        Latch entered;
        host.put(resource, EntryPoint::online, [&] {
            entered.open.store(true);
            latch.wait();
            left.fetch_add(1);
            return 0u;
        });
        host.put(resource, EntryPoint::offline, [] {
            left.fetch_add(100);
            return 0u;
        });
        entered.wait();
        host.engine->end();
        TestCall late(EntryPoint::close, resource, [] { return 0u; });
        CHECK(!host.engine->put(late));
    }
    CHECK(left.load() == 0);
    latch.open.store(true);
    // The engine goes with its last thread: the sanitizers see to it that nothing is used after.
    wait_until([] { return left.load() == 1; });
    nap(100);
    CHECK(left.load() == 1);
}

// The Terminate that follows an Online which another one ran beside is not made any more, nor what
// waits behind it: the sanitizers see to it that all goes.
void what_waits_behind_a_second_terminate_goes_with_the_engine() {
    static Latch latch;
    {
        Guarded guarded;
        Host host;
        host.closing = false;
        PolledResource* resource = host.add(1);
        guarded.watch_over(resource);
        Latch entered;
        host.put(resource, EntryPoint::online, [&] {
            entered.open.store(true);
            latch.wait();
            return 0u;
        });
        entered.wait();
        host.call(resource, EntryPoint::terminate, [] { return 0u; });
        host.put(resource, EntryPoint::offline, [] { return 0u; });
    }
    latch.open.store(true);
    nap(100);
}

void commands_from_many_threads() {
    std::vector<Guarded> guarded(4);
    Host host;
    std::vector<PolledResource*> added;
    for (std::size_t i = 0; i < guarded.size(); ++i) {
        added.push_back(host.add(i));
        guarded[i].watch_over(added.back());
    }
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> made{0};
    std::vector<std::thread> commanders;
    std::mutex mutex;
    std::vector<std::unique_ptr<TestCall>> calls;
    std::atomic<std::size_t> put{0};
    for (std::size_t t = 0; t < 3; ++t) {
        commanders.emplace_back([&, t] {
            for (std::size_t i = 0; !stop.load(); ++i) {
                PolledResource* resource = added[(i + t) % added.size()];
                switch (i % 5) {
                    case 0:
                        host.engine->poll(*resource, millisecond, 3 * millisecond, second);
                        break;
                    case 1:
                        host.engine->stop_polls(*resource);
                        break;
                    default:
                        auto call = std::make_unique<TestCall>(EntryPoint::control, resource, [&] {
                            made.fetch_add(1);
                            return 0u;
                        });
                        TestCall& one = *call;
                        one.limit = second * 60;
                        {
                            const std::lock_guard<std::mutex> lock(mutex);
                            calls.push_back(std::move(call));
                        }
                        CHECK(host.engine->put(one));
                        put.fetch_add(1);
                        if (i % 100 == 0) nap(1);
                }
            }
        });
    }
    nap(200);
    stop.store(true);
    for (auto& commander : commanders) commander.join();
    wait_until([&] { return host.count(CompletionKind::returned) == put.load(); });
    CHECK(made.load() == put.load());
    for (const Guarded& one : guarded) CHECK(one.breaches.load() == 0);
}

const Scenarios scenarios = {
    {"a_call_is_made_and_told_once", a_call_is_made_and_told_once},
    {"entry_points_of_a_resource_never_overlap", entry_points_of_a_resource_never_overlap},
    {"a_shared_gate_lets_one_of_the_dll_through", a_shared_gate_lets_one_of_the_dll_through},
    {"calls_to_a_type_have_no_gate", calls_to_a_type_have_no_gate},
    {"terminate_runs_beside_and_once_more", terminate_runs_beside_and_once_more},
    {"limits_tell_where_a_call_is", limits_tell_where_a_call_is},
    {"an_abandoned_call_is_not_made_unless_it_has_begun",
     an_abandoned_call_is_not_made_unless_it_has_begun},
    {"abandoning_in_the_middle_of_everything_tells_each_call_once",
     abandoning_in_the_middle_of_everything_tells_each_call_once},
    {"threads_grow_for_calls_that_block_and_shrink_again",
     threads_grow_for_calls_that_block_and_shrink_again},
    {"short_calls_take_few_threads", short_calls_take_few_threads},
    {"no_thread_is_told_and_tried_again", no_thread_is_told_and_tried_again},
    {"without_a_thread_there_is_no_engine", without_a_thread_there_is_no_engine},
    {"an_entry_point_has_the_signal_mask_of_who_made_the_engine",
     an_entry_point_has_the_signal_mask_of_who_made_the_engine},
    {"entry_points_find_floating_point_as_it_was", entry_points_find_floating_point_as_it_was},
    {"a_pause_of_the_process_gives_one_more_period", a_pause_of_the_process_gives_one_more_period},
    {"a_forked_child_opens_its_own", a_forked_child_opens_its_own},
    {"the_end_does_not_wait_for_what_is_stuck", the_end_does_not_wait_for_what_is_stuck},
    {"what_waits_behind_a_second_terminate_goes_with_the_engine",
     what_waits_behind_a_second_terminate_goes_with_the_engine},
    {"commands_from_many_threads", commands_from_many_threads},
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
