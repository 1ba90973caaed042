// Control calls that wait for their host's answer, without Python: every scenario is a program of
// its own, `test_cluster_requests NAME`. Exit code 0: all held.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/cluster/requests.hpp"
#include "scenarios.hpp"

using namespace resapi_cy::cluster;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t long_enough = 600 * second;

std::vector<BYTE> bytes_of(std::uint32_t number) {
    std::vector<BYTE> bytes(sizeof number);
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

std::uint32_t number_of(const std::vector<BYTE>& bytes) {
    std::uint32_t number = 0;
    CHECK(bytes.size() == sizeof number);
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

std::shared_ptr<Request> request_of(std::uint32_t number) {
    auto request = std::make_shared<Request>();
    request->code = number;
    request->input = bytes_of(number);
    return request;
}

struct Host {
    Host() {
        requests.serve([](void* context) { static_cast<std::atomic<int>*>(context)->fetch_add(1); },
                       &woken);
    }
    // Takes one, if there is one: its code and number.
    bool take(std::uint64_t& number, std::uint32_t& code) {
        const Request* taken = requests.take(number);
        if (taken == nullptr) return false;
        code = taken->code;
        CHECK(number_of(taken->input) == code);
        return true;
    }
    void wait_for(int wakes) {
        while (woken.load() < wakes) std::this_thread::yield();
    }

    std::atomic<int> woken{0};
    Requests requests;
};

// Answered in another order than they were asked, and by two threads.
void each_thread_gets_the_answer_to_its_own_request() {
    Host host;
    constexpr int threads = 8;
    constexpr std::uint32_t turns = 500;
    std::atomic<int> running{threads};
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&, i] {
            for (std::uint32_t turn = 0; turn < turns; ++turn) {
                const std::uint32_t code = static_cast<std::uint32_t>(i) * turns + turn;
                const auto request = request_of(code);
                CHECK(host.requests.ask(request, long_enough) == code % 3);
                CHECK(number_of(request->output) == code + 1);
            }
            --running;
        });
    }
    for (int i = 0; i < 2; ++i) {
        all.emplace_back([&] {
            std::map<std::uint32_t, std::uint64_t> taken;
            while (running.load() != 0) {
                std::uint64_t number = 0;
                std::uint32_t code = 0;
                while (host.take(number, code)) taken[~code] = number;
                for (const auto& [inverse, its_number] : taken) {
                    host.requests.answer(its_number, ~inverse % 3, bytes_of(~inverse + 1));
                    host.requests.answer(its_number, 9, {});  // it has its answer
                }
                taken.clear();
                std::this_thread::yield();
            }
        });
    }
    for (std::thread& thread : all) thread.join();
    CHECK(host.woken.load() == threads * static_cast<int>(turns));
}

void one_that_nobody_takes_is_refused_and_forgotten() {
    Host host;
    CHECK(host.requests.ask(request_of(1), 1) == possible_deadlock);
    std::uint64_t number = 0;
    CHECK(host.requests.take(number) == nullptr);
    host.requests.answer(1, 0, bytes_of(1));  // nobody's
}

void one_that_was_taken_is_waited_for() {
    Host host;
    std::atomic<bool> answered{false};
    std::thread asker([&] {
        // It has been taken by then, however little patience there is.
        CHECK(host.requests.ask(request_of(7), 20 * second) == 5);
        CHECK(answered.load());
    });
    host.wait_for(1);
    std::uint64_t number = 0;
    std::uint32_t code = 0;
    CHECK(host.take(number, code) && code == 7);
    CHECK(!host.take(number, code));
    answered = true;
    host.requests.answer(number, 5, {});
    asker.join();
}

void the_end_answers_all_that_wait_and_all_that_come() {
    for (int turn = 0; turn < 200; ++turn) {
        Host host;
        std::vector<std::thread> all;
        for (std::uint32_t i = 0; i < 4; ++i) {
            all.emplace_back([&, i] {
                while (host.requests.ask(request_of(i), long_enough) == ERROR_SUCCESS) {
                }
            });
        }
        host.wait_for(4);
        std::uint64_t number = 0;
        std::uint32_t code = 0;
        if (host.take(number, code)) host.requests.answer(number, ERROR_SUCCESS, {});
        const bool taken = host.take(number, code);
        host.requests.end();
        if (taken) host.requests.answer(number, ERROR_SUCCESS, {});  // too late
        for (std::thread& thread : all) thread.join();
        const int woken = host.woken.load();
        CHECK(host.requests.ask(request_of(9), long_enough) == ERROR_RESOURCE_NOT_AVAILABLE);
        CHECK(host.woken.load() == woken);
    }
}

void without_a_host_nobody_waits() {
    Requests requests;
    CHECK(requests.ask(request_of(1), long_enough) == ERROR_RESOURCE_NOT_AVAILABLE);
}

#define SCENARIO(name) \
    { #name, name }
const Scenarios scenarios = {
    SCENARIO(each_thread_gets_the_answer_to_its_own_request),
    SCENARIO(one_that_nobody_takes_is_refused_and_forgotten),
    SCENARIO(one_that_was_taken_is_waited_for),
    SCENARIO(the_end_answers_all_that_wait_and_all_that_come),
    SCENARIO(without_a_host_nobody_waits),
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
