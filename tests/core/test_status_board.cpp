// The core without Python: every scenario is a program of its own, `test_status_board NAME`, so
// that a sanitizer's report names it. Built plain, with ThreadSanitizer, and with Address- and
// UndefinedBehaviorSanitizer by tests/core/test_core.py. Exit code 0: all held.

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "core/fork.hpp"
#include "core/host_sleep.hpp"
#include "core/status_board.hpp"
#include "scenarios.hpp"

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace resapi_cy;

namespace {

StatusBoard board;

// Statuses that show when they are torn: every field follows from one number.
Status numbered(std::uint32_t number, std::uint32_t keepalive = 0) {
    Status status;
    status.state = static_cast<std::int32_t>(number);
    status.checkpoint = number << 8 | keepalive;
    status.event_handle = std::uint64_t{number} * 0x100000001;
    status.error_code = ~number;
    status.flags = number ^ 0x5a5a5a5a;
    return status;
}

void check_whole(const Status& status) {
    if (status.state == -1) return;  // the status of a resource that nobody has reported
    const auto number = static_cast<std::uint32_t>(status.state);
    const Status whole = numbered(number);
    CHECK(status.event_handle == whole.event_handle);
    CHECK(status.error_code == whole.error_code);
    CHECK(status.flags == whole.flags);
    CHECK(status.checkpoint >> 8 == number);
}

Snapshot snapshot_of(std::uint64_t handle) {
    Snapshot snapshot;
    CHECK(board.snapshot(handle, snapshot));
    return snapshot;
}

// Takes and releases everything, calling `seen` for each event, oldest first.
std::size_t drain(EventQueue* queue, const std::function<void(const Event&)>& seen) {
    EventNode* first = queue->take();
    if (first == nullptr) return 0;
    std::size_t count = 0;
    EventNode* last = first;
    for (EventNode* node = first; node != nullptr; node = node->next) {
        seen(node->event);
        node->event.free_blocks();
        last = node;
        ++count;
    }
    queue->release(first, last);
    return count;
}

void close_monitor(EventQueue* queue, const std::vector<std::uint64_t>& handles) {
    for (const std::uint64_t handle : handles) CHECK(board.close(handle));
    board.close_queue(queue);
}

Event log_of(std::size_t bytes) {
    Event event;
    event.kind = EventKind::log_message;
    event.blocks[0].data = std::calloc(1, bytes);
    event.blocks[0].bytes = static_cast<std::uint32_t>(bytes);
    return event;
}

// ---- I2 -------------------------------------------------------------------------------------

void forged_handles_are_refused() {
    EventQueue* queue = board.open_queue(16);
    const std::uint64_t handle = board.open(queue);
    const std::uint64_t before = board.rejected();
    std::mt19937_64 random(7);
    std::uint64_t calls = 0;
    const auto refuse = [&](std::uint64_t forged) {
        if (forged == handle) return;
        CHECK(board.report(forged, numbered(1)) == exit_terminate);
        CHECK(board.check(forged) == exit_terminate);
        Event event = log_of(8);
        CHECK(board.post(forged, CellKind::resource, event) == Posted::refused);
        calls += 3;
    };
    refuse(0);
    refuse(~std::uint64_t{0});
    for (int i = 0; i < 1'000'000; ++i) refuse(random());
    // The likeliest forgeries: low indices with every small generation, and the reverse.
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        for (std::uint64_t generation = 0; generation < 4; ++generation) {
            refuse(generation << 32 | i);
        }
        refuse(i << 32 | (handle & 0xffffffff));
    }
    // What lies close to it: the control word of its cell is the handle and a little more.
    const std::uint64_t context = board.open(queue, CellKind::control_call, handle);
    const std::uint64_t closed = board.open(queue);
    CHECK(board.close(closed));
    for (const bool terminated : {false, true}) {
        if (terminated) CHECK(board.terminate(handle));
        for (const std::uint64_t known : {std::uint64_t{0}, handle, context, closed}) {
            for (std::uint64_t distance = 0; distance < 16; ++distance) {
                refuse(known + distance);
                refuse(known - distance);
            }
            for (int bit = 0; bit < 64; ++bit) {
                for (std::uint64_t distance = 0; distance < 8; ++distance) {
                    refuse((known ^ std::uint64_t{1} << bit) + distance);
                    refuse((known ^ std::uint64_t{1} << bit) - distance);
                }
            }
        }
    }
    CHECK(board.close(context, CellKind::control_call));
    CHECK(board.rejected() - before == calls);
    CHECK(snapshot_of(handle).transitions == 0);
    CHECK(snapshot_of(handle).status.state == -1);
    CHECK(queue->empty());
    close_monitor(queue, {handle});
}

// ---- I3 -------------------------------------------------------------------------------------

void terminated_until_begin() {
    EventQueue* queue = board.open_queue(1 << 16);
    const std::uint64_t handle = board.open(queue);
    constexpr int rounds = 500;
    std::atomic<int> terminated{0}, begun{0}, confirmed{0};
    std::thread worker([&] {
        std::uint32_t keepalive = 0;
        for (int round = 1; round <= rounds; ++round) {
            while (terminated.load() < round) board.report(handle, numbered(5, ++keepalive & 255));
            // terminate() has returned: keepalive, transition and check must say so.
            CHECK(board.report(handle, numbered(5, ++keepalive & 255)) == exit_terminate);
            CHECK(board.report(handle, numbered(6)) == exit_terminate);
            CHECK(board.check(handle) == exit_terminate);
            begun.store(-round);
            while (begun.load() != round) std::this_thread::yield();
            CHECK(board.check(handle) == exit_continue);
            CHECK(board.report(handle, numbered(6, 1)) == exit_continue);
            confirmed.store(round);
        }
    });
    for (int round = 1; round <= rounds; ++round) {
        CHECK(board.terminate(handle));
        terminated.store(round);
        while (begun.load() != -round) std::this_thread::yield();
        CHECK(snapshot_of(handle).exit_state == exit_terminate);
        CHECK(board.begin(handle, 129));
        CHECK(snapshot_of(handle).exit_state == exit_continue);
        CHECK(snapshot_of(handle).status.state == 129);
        begun.store(round);
        while (confirmed.load() != round) std::this_thread::yield();
        drain(queue, [](const Event&) {});
    }
    worker.join();
    close_monitor(queue, {handle});
}

// ---- I4 -------------------------------------------------------------------------------------

void transitions_come_once_and_in_order() {
    constexpr std::uint32_t transitions = 40'000;
    EventQueue* queue = board.open_queue(2 * transitions);
    std::array<std::uint64_t, 3> handles{};
    for (auto& handle : handles) handle = board.open(queue);
    std::map<std::uint64_t, std::uint32_t> seen;
    std::atomic<int> running{0};
    std::vector<std::thread> workers;
    for (const std::uint64_t handle : handles) {
        running.fetch_add(1);
        workers.emplace_back([&, handle] {
            for (std::uint32_t i = 1; i <= transitions; ++i) {
                CHECK(board.report(handle, numbered(i)) == exit_continue);
                for (std::uint32_t k = 1; k < 4; ++k) board.report(handle, numbered(i, k));
            }
            running.fetch_sub(1);
        });
    }
    const auto in_order = [&](const Event& event) {
        CHECK(event.kind == EventKind::status_changed);
        check_whole(event.status);
        check_whole(event.previous);
        std::uint32_t& last = seen[event.handle];
        if (queue->dropped() == 0) {
            CHECK(static_cast<std::uint32_t>(event.status.state) == last + 1);
            CHECK(event.previous.state == (last == 0 ? -1 : static_cast<std::int32_t>(last)));
        }
        CHECK(static_cast<std::uint32_t>(event.status.state) > last);
        last = static_cast<std::uint32_t>(event.status.state);
    };
    std::uint64_t delivered = 0;
    while (running.load() != 0) delivered += drain(queue, in_order);
    for (auto& worker : workers) worker.join();
    delivered += drain(queue, in_order);
    CHECK(delivered + queue->dropped() == handles.size() * transitions);
    for (const std::uint64_t handle : handles) {
        const Snapshot last = snapshot_of(handle);
        CHECK(last.transitions == transitions);
        CHECK(last.status.checkpoint == (transitions << 8 | 3));
    }
    close_monitor(queue, {handles.begin(), handles.end()});
}

void what_does_not_fit_is_counted() {
    EventQueue* queue = board.open_queue(8);
    const std::uint64_t handle = board.open(queue);
    // Half of the queue is for log text at most.
    for (int i = 0; i < 10; ++i) {
        Event event = log_of(64);
        board.post(handle, CellKind::resource, event);
    }
    CHECK(queue->dropped() == 6);
    for (std::uint32_t i = 1; i <= 10; ++i) board.report(handle, numbered(i));
    CHECK(queue->dropped() == 6 + 6);
    CHECK(snapshot_of(handle).status.state == 10);  // the status is right all the same
    CHECK(snapshot_of(handle).transitions == 10);
    // Taken is not released: nothing fits yet.
    EventNode* first = queue->take();
    EventNode* last = first;
    std::size_t taken = 1;
    for (; last->next != nullptr; last = last->next, ++taken) last->event.free_blocks();
    CHECK(taken == 8);
    board.report(handle, numbered(11));
    CHECK(queue->dropped() == 13);
    queue->release(first, last);
    board.report(handle, numbered(12));
    CHECK(queue->dropped() == 13);
    CHECK(drain(queue, [](const Event& event) { CHECK(event.status.state == 12); }) == 1);
    // And all blocks together have a budget.
    std::size_t fitted = 0;
    for (int i = 0; i < 4; ++i) {
        Event event = log_of(65536);
        fitted += board.post(handle, CellKind::resource, event) == Posted::delivered;
    }
    CHECK(fitted == 2);
    CHECK(drain(queue, [](const Event&) {}) == 2);
    // Which is given back: many times the capacity, one after the other.
    for (int i = 0; i < 100; ++i) {
        Event event = log_of(65536);
        CHECK(board.post(handle, CellKind::resource, event) == Posted::delivered);
        CHECK(drain(queue, [](const Event&) {}) == 1);
    }
    close_monitor(queue, {handle});
}

void events_left_behind_are_freed() {
    EventQueue* queue = board.open_queue(64);
    const std::uint64_t handle = board.open(queue);
    for (int i = 0; i < 5; ++i) {
        Event event = log_of(100);
        board.post(handle, CellKind::resource, event);
    }
    CHECK(board.close(handle));
    CHECK(board.close_queue(queue) == 5);
    CHECK(board.open_queue(1) == queue);  // used again
    board.close_queue(queue);
}

// ---- I5 -------------------------------------------------------------------------------------

void snapshots_are_whole() {
    EventQueue* queue = board.open_queue(1024);
    const std::uint64_t handle = board.open(queue);
    std::atomic<bool> stop{false};
    std::vector<std::thread> workers;
    for (std::uint32_t worker = 0; worker < 2; ++worker) {
        workers.emplace_back([&, worker] {
            for (std::uint32_t i = worker; !stop.load(); i = (i + 2) & 0xffff) {
                board.report(handle, numbered(i));
                board.report(handle, numbered(i, 1));
                board.report(handle, numbered(i, 2));
            }
        });
    }
    // Until there were so many different ones, too: the workers were at it meanwhile.
    std::set<std::int32_t> seen;
    for (int i = 0; i < 100'000 || seen.size() < 100; ++i) {
        const Status status = snapshot_of(handle).status;
        check_whole(status);
        seen.insert(status.state);
        if (i % 64 == 0) drain(queue, [](const Event& event) { check_whole(event.status); });
    }
    stop.store(true);
    for (auto& worker : workers) worker.join();
    close_monitor(queue, {handle});
}

// ---- Handles --------------------------------------------------------------------------------

void closed_handles_stay_refused_under_fire() {
    EventQueue* queue = board.open_queue(1024);
    std::atomic<std::uint64_t> current{0};
    std::atomic<bool> stop{false};
    std::vector<std::thread> stragglers;
    for (int i = 0; i < 2; ++i) {
        stragglers.emplace_back([&] {
            std::uint32_t keepalive = 0;
            while (!stop.load()) {
                const std::uint64_t handle = current.load();
                // Goes on with it for a while, closed or not; the number tells whose report it was.
                const auto number = static_cast<std::uint32_t>(handle >> 32) & 0xffff;
                for (int k = 0; k < 50; ++k) {
                    board.report(handle, numbered(number, ++keepalive & 255));
                }
            }
        });
    }
    const std::uint64_t transitions_possible = 1;  // from unknown to the generation's own status
    std::uint64_t last = 0;
    for (int i = 0; i < 30'000; ++i) {
        const std::uint64_t handle = board.open(queue);
        CHECK(handle != 0 && handle != last);
        current.store(handle);
        for (int spin = 0; spin < 20; ++spin) {
            const Snapshot snapshot = snapshot_of(handle);
            check_whole(snapshot.status);
            CHECK(snapshot.transitions <= transitions_possible);
            if (snapshot.status.state != -1) {
                CHECK(static_cast<std::uint32_t>(snapshot.status.state) ==
                      (static_cast<std::uint32_t>(handle >> 32) & 0xffff));
            }
        }
        CHECK(board.close(handle));
        CHECK(!board.close(handle));
        Snapshot gone;
        CHECK(!board.snapshot(handle, gone));
        CHECK(!board.terminate(handle));
        CHECK(!board.begin(handle, 129));
        drain(queue, [&](const Event& event) { CHECK(event.handle == handle); });
        last = handle;
    }
    stop.store(true);
    for (auto& straggler : stragglers) straggler.join();
    board.close_queue(queue);
}

void cells_are_used_again() {
    EventQueue* queue = board.open_queue(16);
    std::map<std::uint32_t, int> uses;
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t handle = board.open(queue);
        ++uses[static_cast<std::uint32_t>(handle)];
        CHECK(board.close(handle));
    }
    CHECK(uses.size() <= 4096);
    std::vector<std::uint64_t> handles;
    for (int i = 0; i < 100'000; ++i) handles.push_back(board.open(queue));
    for (const std::uint64_t handle : handles) CHECK(board.check(handle) == exit_continue);
    close_monitor(queue, handles);
}

// ---- The other callbacks ----------------------------------------------------------------------

void a_control_call_ends_once() {
    EventQueue* queue = board.open_queue(1 << 14);
    const std::uint64_t resource = board.open(queue);
    for (int round = 0; round < 1'000; ++round) {
        const std::uint64_t context = board.open(queue, CellKind::control_call, resource);
        // A control call is not a resource, nor the other way round, nor of the other kind.
        CHECK(board.report(context, numbered(1)) == exit_terminate);
        Event event;
        event.kind = EventKind::control_call_ended;
        CHECK(board.post(resource, CellKind::control_call, event) == Posted::refused);
        CHECK(board.post(context, CellKind::type_control_call, event) == Posted::refused);
        std::atomic<int> ended{0};
        std::vector<std::thread> enders;
        for (int i = 0; i < 2; ++i) {
            enders.emplace_back([&] {
                Event end;
                end.kind = EventKind::control_call_ended;
                end.numbers[0] = context;
                ended +=
                    board.post(context, CellKind::control_call, end, true) == Posted::delivered;
            });
        }
        for (auto& ender : enders) ender.join();
        CHECK(ended.load() == 1);
        CHECK(!board.close(context, CellKind::control_call));
        CHECK(drain(queue, [&](const Event& end) { CHECK(end.handle == resource); }) == 1);
    }
    // Refused for want of room, a control call stays open, and its end can be tried again.
    EventQueue* full = board.open_queue(1);
    const std::uint64_t context = board.open(full, CellKind::type_control_call);
    Event event;
    event.kind = EventKind::type_control_call_ended;
    CHECK(board.post(context, CellKind::type_control_call, event) == Posted::delivered);
    CHECK(board.post(context, CellKind::type_control_call, event, true) == Posted::dropped);
    CHECK(drain(full, [](const Event&) {}) == 1);
    CHECK(board.post(context, CellKind::type_control_call, event, true) == Posted::delivered);
    board.close_queue(full);
    close_monitor(queue, {resource});
}

void broadcasts_reach_every_open_monitor() {
    std::atomic<bool> stop{false};
    std::thread logger([&] {
        while (!stop.load()) {
            Event event = log_of(32);
            board.broadcast(event);
        }
    });
    EventQueue* witness = board.open_queue(1 << 12);
    std::size_t seen = 0;
    for (int i = 0; i < 2'000; ++i) {
        EventQueue* queue = board.open_queue(64);
        seen += drain(witness, [](const Event& event) { CHECK(event.handle == 0); });
        board.close_queue(queue);
    }
    while (seen == 0) seen += drain(witness, [](const Event&) {});
    stop.store(true);
    logger.join();
    board.close_queue(witness);
}

void a_sleeping_monitor_is_woken() {
    EventQueue* queue = board.open_queue(64);
    const std::uint64_t handle = board.open(queue);
    constexpr std::uint32_t rounds = 5'000;
    std::atomic<std::uint32_t> taken{0};
    std::thread worker([&] {
        for (std::uint32_t i = 1; i <= rounds; ++i) {
            board.report(handle, numbered(i));
            while (taken.load() < i) std::this_thread::yield();
        }
    });
    while (taken.load() < rounds) {
        queue->wakeup.arm();
        // A lost wake-up would sleep here for a minute, and the test would fail by its time limit.
        if (queue->empty()) {
            CHECK(queue->wakeup.wait(60'000));
            queue->wakeup.clear();
        }
        queue->wakeup.disarm();
        taken.fetch_add(static_cast<std::uint32_t>(drain(queue, [](const Event&) {})));
    }
    worker.join();
    close_monitor(queue, {handle});
}

// ---- fork -----------------------------------------------------------------------------------

void a_forked_child_starts_anew() {
#if !defined(_WIN32)
    CHECK(call_in_forked_child([] { board.forget_parent(); }));
    EventQueue* queue = board.open_queue(64);
    const std::uint64_t handle = board.open(queue);
    std::atomic<bool> stop{false};
    std::vector<std::thread> busy;
    busy.emplace_back([&] {
        for (std::uint32_t i = 0; !stop.load(); ++i) board.report(handle, numbered(i & 0xffff));
    });
    busy.emplace_back([&] {
        while (!stop.load()) CHECK(board.close(board.open(queue)));
    });
    for (int i = 0; i < 50; ++i) {
        const pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            CHECK(board.report(handle, numbered(1)) == exit_terminate);
            EventQueue* own = board.open_queue(64);
            CHECK(own != nullptr && own != queue);
            const std::uint64_t opened = board.open(own);
            CHECK(opened != 0 && opened != handle);
            CHECK(board.report(opened, numbered(1)) == exit_continue);
            CHECK(drain(own, [](const Event&) {}) == 1);
            _exit(board.process() == 1 ? 0 : 1);
        }
        int status = 0;
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(status == 0);
        drain(queue, [](const Event&) {});
    }
    stop.store(true);
    for (auto& thread : busy) thread.join();
    CHECK(board.check(handle) == exit_continue);  // the parent goes on
    close_monitor(queue, {handle});
#endif
}

// ---- A host: the list of changes ----------------------------------------------------------------

// What has changed, each once; calls `seen` for it.
std::size_t look(EventQueue* queue, const std::function<void(std::uint64_t)>& seen) {
    std::size_t count = 0;
    for (std::uint32_t index = board.take_changes(queue); index != 0; ++count) {
        seen(board.pass_change(index));
    }
    return count;
}

void a_host_is_told_of_every_change() {
    constexpr std::uint32_t transitions = 20'000;
    EventQueue* queue = board.open_queue(64);
    std::array<std::uint64_t, 3> handles{};
    for (auto& handle : handles) {
        handle = board.open(queue);
        CHECK(board.watch(handle));
    }
    const std::uint64_t unwatched = board.open(queue);
    std::vector<std::thread> workers;
    for (const std::uint64_t handle : handles) {
        workers.emplace_back([handle] {
            for (std::uint32_t i = 1; i <= transitions; ++i) {
                board.report(handle, numbered(i));
                board.report(handle, numbered(i, 1));
            }
            Event failure;
            failure.kind = EventKind::failure_signaled;
            board.post(handle, CellKind::resource, failure);
        });
    }
    workers.emplace_back([unwatched] {
        for (std::uint32_t i = 1; i <= transitions; ++i) board.report(unwatched, numbered(i));
    });
    std::map<std::uint64_t, Snapshot> seen;
    const auto see = [&](std::uint64_t handle) {
        CHECK(handle != unwatched);
        seen[handle] = snapshot_of(handle);
    };
    const auto all_seen = [&] {
        for (const std::uint64_t handle : handles) {
            if (seen[handle].transitions != transitions || seen[handle].failures != 1) return false;
        }
        return true;
    };
    while (!all_seen()) {
        queue->host_wakeup.arm();
        // Who sleeps though there is something to see is never woken, and the time is over.
        if (look(queue, see) == 0 && !all_seen()) CHECK(queue->host_wakeup.wait(60'000));
        queue->host_wakeup.disarm();
        queue->host_wakeup.clear();
        look(queue, see);
    }
    for (auto& worker : workers) worker.join();
    look(queue, see);  // what was listed again before its status was looked at
    board.report(handles[0], numbered(transitions, 2));
    CHECK(look(queue, see) == 0);  // a keepalive is no change
    for (std::uint32_t i = 0; i < 3; ++i) board.report(handles[0], numbered(i));
    CHECK(look(queue, see) == 1);  // once each until it is read
    CHECK(board.close(unwatched));
    close_monitor(queue, {handles.begin(), handles.end()});
}

// Whoever tells the loop something: what is not seen is waited for until the time is over.
void a_sleeping_host_is_woken_by_all_three() {
    constexpr std::uint32_t rounds = 2'000;
    EventQueue* queue = board.open_queue(64);
    const std::uint64_t handle = board.open(queue);
    CHECK(board.watch(handle));
    Completions completions;
    CHECK(completions.open());
    std::atomic<std::uint32_t> told{0}, called{0};
    std::vector<Completion> told_of(rounds);
    HostSleep sleep;
    sleep.begin(&board, queue, &completions);
    completions.wake_by(&queue->host_wakeup);
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        for (std::uint32_t i = 1; i <= rounds; ++i) board.report(handle, numbered(i));
    });
    threads.emplace_back([&] {
        for (Completion& one : told_of) {
            CHECK(Completions::claim(one));
            completions.push(one);
        }
    });
    threads.emplace_back([&] {
        for (std::uint32_t i = 0; i < rounds; ++i) {
            called.fetch_add(1, std::memory_order_relaxed);
            sleep.wake();
        }
    });
    std::uint64_t seen = 0;
    std::uint32_t last_called = 0;
    while (seen != rounds || told != rounds || last_called != rounds) {
        sleep.sleep(60'000'000'000);
        std::uint32_t found = 0;
        for (Completion* one = completions.take(); one != nullptr; ++found) {
            Completion* next = one->next;
            Completions::done(*one);
            one = next;
        }
        told += found;
        const std::uint32_t calls = called.load(std::memory_order_relaxed);
        CHECK(found != 0 || calls != last_called || !sleep.changed.empty() || last_called != 0);
        last_called = calls;
        for (const std::uint64_t changed : sleep.changed) {
            CHECK(changed == handle);
            seen = snapshot_of(handle).transitions;
        }
        sleep.changed.clear();
    }
    for (auto& thread : threads) thread.join();
    completions.wake_by(nullptr);
    completions.close();
    close_monitor(queue, {handle});
}

void a_resource_that_rests_is_told_when_it_leaves_its_state() {
    constexpr std::int64_t second = 1'000'000'000;
    EventQueue* queue = board.open_queue(64);
    const std::uint64_t handle = board.open(queue);
    CHECK(board.watch(handle));
    Completions completions;
    CHECK(completions.open());
    HostSleep sleep;
    sleep.begin(&board, queue, &completions);
    const auto told = [&] {
        sleep.sleep(second / 50);
        const bool found = sleep.changed == std::vector<std::uint64_t>{handle};
        CHECK(found || sleep.changed.empty());
        sleep.changed.clear();
        return found;
    };
    Status online;
    online.state = 2;
    board.report(handle, online);
    CHECK(told());
    sleep.rest(handle, 2, 0);
    online.error_code = 7;
    board.report(handle, online);
    CHECK(!told());
    Status failed;
    failed.state = 4;
    board.report(handle, failed);
    CHECK(told());
    board.report(handle, online);
    CHECK(!told());
    Event failure;
    failure.kind = EventKind::failure_signaled;
    board.post(handle, CellKind::resource, failure);
    CHECK(told());
    sleep.rest(handle, 2, 1);
    online.event_handle = 1;
    board.report(handle, online);
    CHECK(told());
    online.event_handle = 0;
    board.report(handle, online);
    CHECK(!told());
    sleep.rouse(handle);
    online.error_code = 8;
    board.report(handle, online);
    CHECK(told());
    completions.close();
    close_monitor(queue, {handle});
}

void cells_that_are_closed_while_listed_are_used_again() {
    EventQueue* queue = board.open_queue(64);
    std::atomic<bool> stop{false};
    std::atomic<std::uint32_t> passed{0};
    std::thread host([&] {
        while (!stop.load()) look(queue, [&](std::uint64_t) { ++passed; });
    });
    std::set<std::uint64_t> handles;
    std::set<std::uint32_t> indices;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        // However long the host does not run, most of a chunk's cells are given back.
        while (i - passed.load() > 1024) std::this_thread::yield();
        const std::uint64_t handle = board.open(queue);
        CHECK(handles.insert(handle).second);
        indices.insert(static_cast<std::uint32_t>(handle));
        CHECK(board.watch(handle));
        board.report(handle, numbered(i));
        CHECK(snapshot_of(handle).status.state == static_cast<std::int32_t>(i));
        CHECK(board.close(handle));
    }
    stop.store(true);
    host.join();
    CHECK(indices.size() <= 4096);
    // And those that are still listed when their monitor is closed.
    const std::uint64_t last = board.open(queue);
    CHECK(board.watch(last));
    board.report(last, numbered(1));
    close_monitor(queue, {last});
    queue = board.open_queue(64);
    CHECK(look(queue, [](std::uint64_t) {}) == 0);
    board.close_queue(queue);
}

const Scenarios scenarios = {
    {"forged_handles_are_refused", forged_handles_are_refused},
    {"terminated_until_begin", terminated_until_begin},
    {"transitions_come_once_and_in_order", transitions_come_once_and_in_order},
    {"what_does_not_fit_is_counted", what_does_not_fit_is_counted},
    {"events_left_behind_are_freed", events_left_behind_are_freed},
    {"snapshots_are_whole", snapshots_are_whole},
    {"closed_handles_stay_refused_under_fire", closed_handles_stay_refused_under_fire},
    {"cells_are_used_again", cells_are_used_again},
    {"a_control_call_ends_once", a_control_call_ends_once},
    {"broadcasts_reach_every_open_monitor", broadcasts_reach_every_open_monitor},
    {"a_sleeping_monitor_is_woken", a_sleeping_monitor_is_woken},
    {"a_forked_child_starts_anew", a_forked_child_starts_anew},
    {"a_host_is_told_of_every_change", a_host_is_told_of_every_change},
    {"a_resource_that_rests_is_told_when_it_leaves_its_state",
     a_resource_that_rests_is_told_when_it_leaves_its_state},
    {"a_sleeping_host_is_woken_by_all_three", a_sleeping_host_is_woken_by_all_three},
    {"cells_that_are_closed_while_listed_are_used_again",
     cells_that_are_closed_while_listed_are_used_again},
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
