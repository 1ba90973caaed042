// The engine's polls, timers and event handles, without Python: every scenario is a program of its
// own, `test_engine_polls NAME`. See test_status_board.cpp.

#include <algorithm>
#include <ctime>
#include <random>
#include <set>

#include "engine_host.hpp"

#if !defined(_WIN32)
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#endif

using namespace resapi_cy;

namespace {

// ---- Parts --------------------------------------------------------------------------------------

struct TestTimer : Timer {
    TestTimer() : Timer(TimerKind::poll) {}
    int expired = 0;
};

// Against a plain list of what is due when: any order of inserting, removing and advancing.
void the_wheel_expires_every_timer_at_its_tick() {
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::mt19937_64 random(seed);
        const std::int64_t start = static_cast<std::int64_t>(random() % 100'000'000);
        auto wheel = std::make_unique<TimerWheel>(start);
        std::vector<TestTimer> timers(500);
        std::vector<std::int64_t> due(timers.size(), -1);
        std::int64_t now = start;
        const std::int64_t spans[] = {3, 100, 4096, 5000, 1'000'000, 40'000'000};
        for (int step = 0; step < 3000; ++step) {
            const std::size_t i = random() % timers.size();
            if (random() % 3 == 0) {
                TimerWheel::remove(timers[i]);
                due[i] = -1;
            } else if (!timers[i].is_set()) {
                const auto span = static_cast<std::uint64_t>(spans[random() % 6]);
                due[i] = now + 1 + static_cast<std::int64_t>(random() % span);
                wheel->insert(timers[i], due[i]);
            }
            if (random() % 4 != 0) continue;
            const auto span =
                static_cast<std::uint64_t>(spans[random() % (step % 50 == 0 ? 6 : 3)]);
            const std::int64_t to = now + static_cast<std::int64_t>(random() % span);
            std::int64_t earliest = TimerWheel::no_tick;
            for (const std::int64_t tick : due) {
                if (tick >= 0) earliest = std::min(earliest, tick);
            }
            CHECK(wheel->next_tick() <= earliest);
            std::int64_t latest = 0;
            wheel->advance(to, [&](Timer& timer) {
                const auto k =
                    static_cast<std::size_t>(static_cast<TestTimer*>(&timer) - timers.data());
                CHECK(due[k] >= now && due[k] <= to && due[k] == wheel->now());
                CHECK(due[k] >= latest);
                latest = due[k];
                due[k] = -1;
            });
            now = std::max(now, to);
            for (const std::int64_t tick : due) CHECK(tick < 0 || tick > now);
        }
    }
}

void the_ring_of_polls_is_read_whole() {
    PollRing ring;
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        for (std::int64_t i = 1; !stop.load(); ++i) ring.add({i % 2 != 0, i % 3 != 0, i, i * 5});
    });
    std::uint64_t seen = 0;
    std::array<PollAnswer, PollRing::readable> polls;
    while (seen < 200'000) {
        const std::size_t count = ring.latest(polls);
        for (std::size_t k = 0; k < count; ++k) {
            const std::int64_t i = polls[k].when;
            CHECK(polls[k].nanoseconds == i * 5 && polls[k].thorough == (i % 2 != 0));
            CHECK(polls[k].alive == (i % 3 != 0));
            CHECK(k == 0 || i == polls[k - 1].when + 1);
        }
        seen += count + 1;
    }
    stop.store(true);
    writer.join();
}

void completions_come_once_and_in_order() {
    constexpr int producers = 3, each = 20'000;
    Completions completions;
    CHECK(completions.open());
    std::vector<std::vector<Completion>> made;
    for (int p = 0; p < producers; ++p) made.emplace_back(each);
    std::vector<std::thread> threads;
    for (int p = 0; p < producers; ++p) {
        threads.emplace_back([&, p] {
            std::int64_t number = 0;
            for (Completion& completion : made[static_cast<std::size_t>(p)]) {
                CHECK(Completions::claim(completion));
                completion.nanoseconds = number++ * producers + p;
                completions.push(completion);
            }
        });
    }
    std::vector<std::int64_t> next(producers, 0);
    for (int taken = 0; taken < producers * each;) {
        completions.wakeup().arm();
        // Without a limit: a wake-up that is lost hangs.
        if (completions.empty()) completions.wakeup().wait(-1);
        completions.wakeup().disarm();
        completions.wakeup().clear();
        for (Completion* one = completions.take(); one != nullptr;) {
            Completion* after = one->next;
            std::int64_t& expected = next[static_cast<std::size_t>(one->nanoseconds % producers)];
            CHECK(one->nanoseconds / producers == expected);
            ++expected;
            ++taken;
            Completions::done(*one);
            one = after;
        }
    }
    for (auto& thread : threads) thread.join();
    completions.close();
}

// ---- Polls --------------------------------------------------------------------------------------

void a_healthy_poll_tells_nothing() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    host.engine->poll(*resource, millisecond, 5 * millisecond, second);
    wait_until([&] { return guarded.looks.load() > 50 && guarded.is.load() > 10; });
    host.engine->stop_polls(*resource);
    host.call(resource, EntryPoint::close, [] { return 0u; });
    CHECK(host.told.size() == 1);  // Close
    CHECK(calls_counted(resource->looks_alive) == guarded.looks.load());
    CHECK(calls_counted(resource->is_alive) == guarded.is.load());
    CHECK(resource->polls.made() == guarded.looks.load() + guarded.is.load());
    CHECK(calls_counted(resource->late) <= resource->polls.made());
    CHECK(resource->looks_alive.read().code == 1);
}

void no_poll_follows_what_is_put_in_after_the_last() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    for (int round = 0; round < 100; ++round) {
        host.engine->poll(*resource, millisecond, millisecond, second);
        if (round % 4 == 0) nap(2);
        host.engine->stop_polls(*resource);
        std::uint64_t then = 0;
        host.call(resource, EntryPoint::offline, [&] {
            then = guarded.looks.load() + guarded.is.load();
            return 0u;
        });
        if (round % 10 == 0) nap(4);
        CHECK(guarded.looks.load() + guarded.is.load() == then);
    }
}

void false_from_looks_alive_leads_to_is_alive_in_the_same_thread() {
    Guarded guarded;
    guarded.looks_alive.store(false);
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    host.engine->poll(*resource, millisecond, 0, second);
    wait_until([&] { return guarded.is.load() > 20; });
    CHECK(host.count(CompletionKind::not_alive) == 0);
    CHECK(guarded.is_thread.load() == guarded.looks_thread.load());
    guarded.is_alive.store(false);
    const Told told = host.wait_for(CompletionKind::not_alive);
    CHECK(told.handle == 1 && !told.by_event && told.entry_point == EntryPoint::is_alive);
    const std::uint64_t polls = guarded.is.load();
    // One death is one finding, and the last of its polls.
    nap(20);
    CHECK(host.count(CompletionKind::not_alive) == 1 && guarded.is.load() == polls);
    guarded.is_alive.store(true);
    host.engine->poll(*resource, millisecond, 0, second);
    wait_until([&] { return guarded.is.load() > polls; });
}

// Both checks at one interval find one death once, and what a poll finds that began before the
// polls were stopped is of the past.
void a_death_is_found_once() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    for (int round = 0; round < 50; ++round) {
        guarded.looks_alive.store(false);
        guarded.is_alive.store(false);
        host.engine->poll(*resource, 2 * millisecond, 2 * millisecond, second);
        host.wait_for(CompletionKind::not_alive);
        nap(3);
        host.call(resource, EntryPoint::online, [] { return 0u; });
        CHECK(host.count(CompletionKind::not_alive) == 1);
        host.told.clear();
    }
    Latch latch, entered;
    guarded.in_is = [&] {
        entered.open.store(true);
        latch.wait();
    };
    host.engine->poll(*resource, 0, millisecond, second);
    entered.wait();
    host.engine->stop_polls(*resource);
    latch.open.store(true);
    host.call(resource, EntryPoint::online, [] { return 0u; });
    CHECK(host.count(CompletionKind::not_alive) == 0);
}

void an_interval_counts_from_its_change_on() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    host.engine->poll(*resource, 3600 * second, 3600 * second, second);
    host.engine->poll(*resource, 5 * millisecond, 3600 * second, second);
    wait_until([&] { return guarded.looks.load() > 5; });
    CHECK(guarded.is.load() == 0);
    host.engine->poll(*resource, 0, 5 * millisecond, second);
    wait_until([&] { return guarded.is.load() > 5; });
}

void polls_are_spread_out() {
    constexpr std::size_t resources = 32;
    constexpr std::int64_t interval = 3600 * second;  // nothing is due while the plans are read
    std::vector<Guarded> guarded(resources);
    Host host;
    std::vector<PolledResource*> added;
    std::set<std::int64_t> moments;
    for (std::size_t i = 0; i < resources; ++i) {
        added.push_back(host.add(i));
        guarded[i].watch_over(added.back());
        const std::int64_t before = monotonic_ns();
        host.engine->poll(*added.back(), interval, 0, second);
        const std::int64_t planned = added.back()->next_looks;
        CHECK(planned > before && planned <= monotonic_ns() + interval);
        moments.insert(planned % interval);
    }
    // Each has a moment of its own in the interval, and they divide it evenly.
    CHECK(moments.size() == resources);
    CHECK(*moments.rbegin() - *moments.begin() == interval / resources * (resources - 1));
    for (PolledResource* resource : added) {
        host.engine->poll(*resource, 640 * millisecond, 0, second);
    }
    for (const Guarded& one : guarded) wait_until([&] { return one.looks.load() != 0; });
}

void a_poll_that_blocks_delays_no_other() {
    Latch latch;
    std::vector<Guarded> guarded(40);
    Host host;
    std::atomic<int> stuck{0};
    for (std::size_t i = 0; i < guarded.size(); ++i) {
        PolledResource* resource = host.add(i);
        guarded[i].watch_over(resource);
        if (i < 10) {
            guarded[i].in_looks = [&] {
                stuck.fetch_add(1);
                latch.wait();
            };
        }
        host.engine->poll(*resource, 10 * millisecond, 0, 50 * millisecond);
    }
    wait_until([&] { return stuck.load() == 10; });
    const std::uint64_t polls = guarded[20].looks.load();
    for (std::size_t i = 10; i < guarded.size(); ++i) {
        wait_until([&] { return guarded[i].looks.load() > polls + 10; });
    }
    // Each is told to be overdue, and to have returned.
    wait_until([&] { return host.count(CompletionKind::poll_overdue) == 10; });
    CHECK(host.count(CompletionKind::poll_returned) == 0);
    for (const Told& told : host.told) CHECK(told.entry_point == EntryPoint::looks_alive);
    latch.open.store(true);
    wait_until([&] { return host.count(CompletionKind::poll_returned) == 10; });
}

// A host that reads late learns how it is in the end, not how it was.
void the_last_word_of_a_poll_is_told() {
    Guarded guarded;
    std::atomic<int> entered{0}, let_go{0};
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    guarded.in_looks = [&] {
        const int number = entered.fetch_add(1) + 1;
        wait_until([&] { return let_go.load() >= number; });
    };
    const auto is_told_last = [&](CompletionKind kind) {
        host.take();
        return !host.told.empty() && host.told.back().kind == kind;
    };
    host.engine->poll(*resource, 5 * millisecond, 0, 20 * millisecond);
    wait_until([&] { return !host.engine->completions.empty(); });
    let_go.store(1);
    wait_until([&] { return entered.load() == 2; });
    nap(100);
    // The first poll was overdue and has returned; the second is, and does not.
    wait_until([&] { return is_told_last(CompletionKind::poll_overdue); });
    let_go.store(2);
    wait_until([&] { return entered.load() == 3; });
    nap(100);
    let_go.store(1'000'000);
    wait_until([&] { return entered.load() > 5; });
    wait_until([&] { return is_told_last(CompletionKind::poll_returned); });
}

void a_poll_waits_for_its_gate_and_counts_as_late() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    Latch latch, entered;
    const Call* call = host.put(resource, EntryPoint::control, [&] {
        guarded.enter();
        entered.open.store(true);
        latch.wait();
        guarded.leave();
        return 0u;
    });
    entered.wait();
    host.engine->poll(*resource, 5 * millisecond, 3600 * second, second);
    nap(50);
    CHECK(guarded.looks.load() == 0);
    latch.open.store(true);
    host.wait_for(CompletionKind::returned, call);
    wait_until([&] { return guarded.looks.load() > 0; });
    host.engine->stop_polls(*resource);
    host.call(resource, EntryPoint::close, [] { return 0u; });
    const DurationCounts late = resource->late.read();
    CHECK(late.counts[0] + late.counts[1] < calls_counted(resource->looks_alive));
    CHECK(late.total > 30 * millisecond);
    CHECK(guarded.breaches.load() == 0);
}

void is_alive_is_not_starved_by_looks_alive() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    guarded.in_looks = [] { nap(3); };  // longer than its interval
    host.engine->poll(*resource, millisecond, 10 * millisecond, second);
    wait_until([&] { return guarded.is.load() > 5; });
}

void very_many_resources_are_polled() {
#if defined(THREAD_SANITIZER)
    constexpr std::size_t resources = 10'000;
#else
    constexpr std::size_t resources = 100'000;
#endif
    static std::atomic<std::uint64_t> polls;
    Host host;
    std::vector<PolledResource*> added;
    for (std::size_t i = 0; i < resources; ++i) {
        added.push_back(host.add(i));
        added.back()->looks_alive_routine = added.back()->is_alive_routine = [](void*) {
            polls.fetch_add(1);
            return 1;
        };
        host.engine->poll(*added.back(), second, 60 * second, second);
    }
    wait_until([&] {
        return std::all_of(added.begin(), added.end(),
                           [](PolledResource* r) { return r->polls.made() >= 2; });
    });
    CHECK(host.count(CompletionKind::not_alive) == 0);
    host.closing = false;
}

// The engine looks ahead: to resources that may be gone by then, and to RESIDs, which are addresses
// or not.
void what_is_ahead_is_not_read() {
    static std::atomic<std::uint64_t> polls;
    Host host;
    std::vector<PolledResource*> staying, leaving;
    for (std::size_t i = 0; i < 200; ++i) {
        const bool stays = i % 3 == 0;
        PolledResource* resource = stays ? host.add(i + 1) : host.engine->add(i + 1);
        CHECK(resource != nullptr);
        resource->resid.store(reinterpret_cast<void*>(~std::uintptr_t{0} / (i + 1)));
        resource->looks_alive_routine = resource->is_alive_routine = [](void*) {
            polls.fetch_add(1);
            return 1;
        };
        (stays ? staying : leaving).push_back(resource);
    }
    for (int round = 0; round < 20; ++round) {
        for (std::size_t i = 0; i < 100; ++i) {
            if (i < staying.size()) host.engine->poll(*staying[i], 5 * millisecond, 0, second);
            if (i < leaving.size()) host.engine->poll(*leaving[i], 5 * millisecond, 0, second);
        }
        nap(3);
        for (std::size_t i = 0; i < 6; ++i, leaving.pop_back()) {
            host.engine->release(leaving.back());
        }
    }
    for (PolledResource* resource : leaving) host.engine->release(resource);
    for (PolledResource* resource : staying) {
        const std::uint64_t made = resource->polls.made();
        wait_until([&] { return resource->polls.made() >= made + 2; });
    }
    CHECK(polls.load() > 0);
    host.closing = false;
}

void a_resource_that_is_released_is_forgotten() {
    Guarded guarded;
    Host host;
    for (int round = 0; round < 200; ++round) {
        PolledResource* resource = host.engine->add(5);
        CHECK(resource != nullptr);
        guarded.watch_over(resource);
        host.engine->poll(*resource, millisecond, millisecond, second);
        if (round % 8 == 0) nap(2);
        // The call keeps it until it has returned.
        host.engine->stop_polls(*resource);
        const Call* call = host.put(resource, EntryPoint::close, [] { return 0u; });
        if (round % 2 == 0) host.wait_for(CompletionKind::returned, call);
        host.engine->release(resource);
    }
    wait_until([&] { return host.count(CompletionKind::returned) == 200; });
    CHECK(guarded.breaches.load() == 0);
}

// ---- Event handles ------------------------------------------------------------------------------

struct TestEvent {
#if defined(_WIN32)
    TestEvent() : event(CreateEventW(nullptr, TRUE, FALSE, nullptr)) {}
    ~TestEvent() {
        CloseHandle(event);
    }
    void set() const {
        SetEvent(event);
    }
    void reset() const {
        ResetEvent(event);
    }
    std::uint64_t duplicate() const {
        HANDLE handle = nullptr;
        CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &handle, SYNCHRONIZE,
                              FALSE, 0));
        return reinterpret_cast<std::uint64_t>(handle);
    }
    HANDLE event;
#else
    TestEvent() {
        CHECK(pipe(ends) == 0);
    }
    ~TestEvent() {
        close(ends[0]);
        close(ends[1]);
    }
    void set() const {
        CHECK(write(ends[1], "x", 1) == 1);
    }
    void reset() const {
        char byte;
        CHECK(read(ends[0], &byte, 1) == 1);
    }
    std::uint64_t duplicate() const {
        const int descriptor = fcntl(ends[0], F_DUPFD_CLOEXEC, 3);
        CHECK(descriptor >= 0);
        return static_cast<std::uint64_t>(descriptor);
    }
    int ends[2];
#endif
};

void a_signaled_event_leads_to_is_alive() {
    Guarded guarded;
    Host host;
    TestEvent event;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    CHECK(host.engine->watch(*resource, event.duplicate()) == 0);
    host.engine->poll(*resource, 2 * millisecond, 3600 * second, second);
    nap(20);
    CHECK(guarded.looks.load() == 0);  // the event stands for it
    event.set();
    wait_until([&] { return guarded.is.load() == 1; });
    // As long as it is signaled, LooksAlive is polled.
    wait_until([&] { return guarded.looks.load() > 5; });
    CHECK(guarded.is.load() == 1);
    event.reset();
    std::uint64_t polls = 0;
    do {
        polls = guarded.looks.load();
        nap(30);
    } while (guarded.looks.load() != polls);
    CHECK(host.count(CompletionKind::not_alive) == 0);
    guarded.is_alive.store(false);
    event.set();
    CHECK(host.wait_for(CompletionKind::not_alive).by_event);
    CHECK(host.engine->watch(*resource, Engine::no_event) == 0);
}

// Its handle takes the place of one whose IsAlive is under way.
void an_event_that_is_signaled_meanwhile_is_asked_for_as_well() {
    Guarded guarded;
    Latch latch;
    std::atomic<int> entered{0};
    Host host;
    TestEvent event, another;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    guarded.in_is = [&] {
        entered.fetch_add(1);
        latch.wait();
    };
    host.engine->poll(*resource, 3600 * second, 3600 * second, second);
    CHECK(host.engine->watch(*resource, event.duplicate()) == 0);
    event.set();
    wait_until([&] { return entered.load() == 1; });
    another.set();
    CHECK(host.engine->watch(*resource, another.duplicate()) == 0);
    nap(100);  // the waiting thread tells of it
    latch.open.store(true);
    wait_until([&] { return entered.load() == 2; });
    CHECK(host.engine->watch(*resource, Engine::no_event) == 0);
}

// One event object for many resources: each is asked, and the one that has died is told.
void one_event_serves_many_resources() {
    std::vector<Guarded> guarded(10);
    Host host;
    TestEvent event;
    for (std::size_t i = 0; i < guarded.size(); ++i) {
        PolledResource* resource = host.add(i);
        guarded[i].watch_over(resource);
        CHECK(host.engine->watch(*resource, event.duplicate()) == 0);
        host.engine->poll(*resource, 3600 * second, 3600 * second, second);
    }
    guarded[3].is_alive.store(false);
    event.set();
    CHECK(host.wait_for(CompletionKind::not_alive).handle == 3);
    for (Guarded& one : guarded) wait_until([&] { return one.is.load() == 1; });
    nap(20);
    CHECK(host.count(CompletionKind::not_alive) == 1);
    for (Guarded& one : guarded) CHECK(one.is.load() == 1);
}

void event_handles_come_and_go() {
    Guarded guarded;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    host.engine->poll(*resource, 3600 * second, 3600 * second, second);
    for (int round = 0; round < 200; ++round) {
        TestEvent event;
        CHECK(host.engine->watch(*resource, event.duplicate()) == 0);
        if (round % 3 == 0) event.set();
        if (round % 5 == 0) nap(1);
        if (round % 2 == 0) CHECK(host.engine->watch(*resource, Engine::no_event) == 0);
    }
    TestEvent event;
    const std::uint64_t before = guarded.is.load();
    CHECK(host.engine->watch(*resource, event.duplicate()) == 0);
    event.set();
    wait_until([&] { return guarded.is.load() > before; });
}

// Of two that are watched at once, one is the newest; none is left open in the end.
void event_handles_of_two_threads_are_all_closed() {
#if !defined(_WIN32)
    signal(SIGPIPE, SIG_IGN);
    TestEvent event;
    Host host;
    PolledResource* resource = host.add(1);
    for (int round = 0; round < 500; ++round) {
        std::atomic<int> ready{0};
        const auto watch = [&] {
            const std::uint64_t mine = event.duplicate();
            ready.fetch_add(1);
            while (ready.load() != 2) {
            }
            CHECK(host.engine->watch(*resource, mine) == 0);
        };
        std::thread one(watch), another(watch);
        one.join();
        another.join();
    }
    CHECK(host.engine->watch(*resource, Engine::no_event) == 0);
    close(event.ends[0]);
    wait_until([&] { return write(event.ends[1], "x", 1) < 0; });  // nobody can read it
    event.ends[0] = fcntl(event.ends[1], F_DUPFD_CLOEXEC, 3);
#endif
}

// An event that is reset by a look at it is signaled again while IsAlive is asked.
void an_event_that_resets_itself_loses_no_signal() {
#if defined(_WIN32)
    Guarded guarded;
    std::atomic<int> entered{0};
    Latch latch;
    Host host;
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    guarded.in_is = [&] {
        entered.fetch_add(1);
        latch.wait();
    };
    HANDLE event = CreateEventW(nullptr, FALSE, FALSE, nullptr);
    HANDLE mine = nullptr;
    CHECK(DuplicateHandle(GetCurrentProcess(), event, GetCurrentProcess(), &mine, 0, FALSE,
                          DUPLICATE_SAME_ACCESS));
    CHECK(host.engine->watch(*resource, reinterpret_cast<std::uint64_t>(mine)) == 0);
    host.engine->poll(*resource, 3600 * second, 3600 * second, second);
    SetEvent(event);
    wait_until([&] { return entered.load() == 1; });
    SetEvent(event);
    latch.open.store(true);
    wait_until([&] { return guarded.is.load() == 2; });
    SetEvent(event);
    wait_until([&] { return guarded.is.load() == 3; });
    CHECK(host.engine->watch(*resource, Engine::no_event) == 0);
    CloseHandle(event);
#endif
}

// Closed is one end of the pipe that wakes the thread which waits: it gets another one, and does
// not spin.
void waits_go_on_when_somebody_has_closed_their_pipe() {
#if !defined(_WIN32)
    Guarded guarded;
    Host host;
    TestEvent event, another;
    const auto is_open = [](int descriptor) { return fcntl(descriptor, F_GETFD) >= 0; };
    PolledResource* resource = host.add(1);
    guarded.watch_over(resource);
    const std::uint64_t first = event.duplicate();
    int descriptors[2], found = 0;
    std::vector<int> before;
    for (int i = 0; i < 256; ++i) {
        if (is_open(i)) before.push_back(i);
    }
    CHECK(host.engine->watch(*resource, first) == 0);
    for (int i = 0; i < 256; ++i) {
        if (!is_open(i) || std::count(before.begin(), before.end(), i) != 0) continue;
        CHECK(found < 2);
        descriptors[found++] = i;
    }
    CHECK(found == 2);
    const int writing = (fcntl(descriptors[0], F_GETFL) & O_ACCMODE) == O_WRONLY ? 0 : 1;
    close(descriptors[writing]);
    nap(50);
    const std::clock_t computed = std::clock();
    nap(500);
    CHECK(std::clock() - computed < CLOCKS_PER_SEC / 4);
    host.engine->poll(*resource, 3600 * second, 3600 * second, second);
    CHECK(host.engine->watch(*resource, another.duplicate()) == 0);
    another.set();
    wait_until([&] { return guarded.is.load() == 1; });
#endif
}

void descriptors_that_somebody_closed_are_told() {
#if !defined(_WIN32)
    Guarded guarded, other;
    Host host;
    TestEvent event, second_event;
    PolledResource* resource = host.add(1);
    PolledResource* another = host.add(2);
    guarded.watch_over(resource);
    other.watch_over(another);
    // A number that is not given to the next descriptor.
    const auto mine = static_cast<std::uint64_t>(fcntl(event.ends[0], F_DUPFD_CLOEXEC, 200));
    CHECK(host.engine->watch(*another, second_event.duplicate()) == 0);
    CHECK(host.engine->watch(*resource, mine) == 0);
    host.engine->poll(*resource, 2 * millisecond, 3600 * second, second);
    host.engine->poll(*another, 2 * millisecond, 3600 * second, second);
    nap(20);
    CHECK(guarded.looks.load() == 0);
    close(static_cast<int>(mine));
    // Whatever changes has the waiting thread look again.
    CHECK(host.engine->watch(*another, second_event.duplicate()) == 0);
    CHECK(host.wait_for(CompletionKind::handle_lost).handle == 1);
    wait_until([&] { return guarded.looks.load() > 3; });  // polled instead
    second_event.set();
    wait_until([&] { return other.is.load() > 0; });
#endif
}

const Scenarios scenarios = {
    {"the_wheel_expires_every_timer_at_its_tick", the_wheel_expires_every_timer_at_its_tick},
    {"the_ring_of_polls_is_read_whole", the_ring_of_polls_is_read_whole},
    {"completions_come_once_and_in_order", completions_come_once_and_in_order},
    {"a_healthy_poll_tells_nothing", a_healthy_poll_tells_nothing},
    {"no_poll_follows_what_is_put_in_after_the_last",
     no_poll_follows_what_is_put_in_after_the_last},
    {"false_from_looks_alive_leads_to_is_alive_in_the_same_thread",
     false_from_looks_alive_leads_to_is_alive_in_the_same_thread},
    {"a_death_is_found_once", a_death_is_found_once},
    {"an_interval_counts_from_its_change_on", an_interval_counts_from_its_change_on},
    {"polls_are_spread_out", polls_are_spread_out},
    {"a_poll_that_blocks_delays_no_other", a_poll_that_blocks_delays_no_other},
    {"the_last_word_of_a_poll_is_told", the_last_word_of_a_poll_is_told},
    {"a_poll_waits_for_its_gate_and_counts_as_late", a_poll_waits_for_its_gate_and_counts_as_late},
    {"is_alive_is_not_starved_by_looks_alive", is_alive_is_not_starved_by_looks_alive},
    {"very_many_resources_are_polled", very_many_resources_are_polled},
    {"what_is_ahead_is_not_read", what_is_ahead_is_not_read},
    {"a_resource_that_is_released_is_forgotten", a_resource_that_is_released_is_forgotten},
    {"a_signaled_event_leads_to_is_alive", a_signaled_event_leads_to_is_alive},
    {"an_event_that_is_signaled_meanwhile_is_asked_for_as_well",
     an_event_that_is_signaled_meanwhile_is_asked_for_as_well},
    {"one_event_serves_many_resources", one_event_serves_many_resources},
    {"event_handles_come_and_go", event_handles_come_and_go},
    {"event_handles_of_two_threads_are_all_closed", event_handles_of_two_threads_are_all_closed},
    {"an_event_that_resets_itself_loses_no_signal", an_event_that_resets_itself_loses_no_signal},
    {"waits_go_on_when_somebody_has_closed_their_pipe",
     waits_go_on_when_somebody_has_closed_their_pipe},
    {"descriptors_that_somebody_closed_are_told", descriptors_that_somebody_closed_are_told},
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
