// Control calls that need a resource DLL, and that somebody's thread has made through the Cluster
// API: each waits here until the cluster's host has answered it.
//
// ask()             any thread, which waits. It holds nothing of the cluster's or the engine's
//                   meanwhile: the host needs Python to answer.
// everything else   the host; any thread, and nothing waits.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/cluster/names.hpp"
#include "core/not_cancelled.hpp"
#include "core/sleeping.hpp"
#include "resapi_cy/winbase.h"

namespace resapi_cy::cluster {

inline constexpr DWORD possible_deadlock = 1131;  // ERROR_POSSIBLE_DEADLOCK

struct Request {
    enum class State : std::uint8_t { waiting, taken, answered };

    bool of_type = false;
    Text name;  // the resource's, or the type's
    DWORD code = 0;
    std::vector<BYTE> input;

    DWORD error = 0;
    std::vector<BYTE> output;
    State state = State::waiting;
    Condition changed;
};

class Requests {
  public:
    using Wake = void (*)(void* context);

    // From now on the host takes requests. `wake` tells it that there is one: it is called by any
    // thread, with the mutex, and waits for nothing.
    void serve(Wake wake, void* context) noexcept {
        const std::lock_guard lock(mutex_);
        wake_ = wake;
        context_ = context;
    }

    // Nobody takes any more; whoever waits is answered so.
    void end() noexcept {
        const std::lock_guard lock(mutex_);
        wake_ = nullptr;
        for (auto& [number, request] : all_) {
            answered(*request, ERROR_RESOURCE_NOT_AVAILABLE);
        }
        all_.clear();
    }

    // Waits for the answer: its error, and the output in the request. possible_deadlock: the host
    // has not taken it for so many nanoseconds; it may need this very thread to come back. Once it
    // is taken, the host sees to it that it ends.
    DWORD ask(const std::shared_ptr<Request>& request, std::int64_t patience) {
        const NotCancelled not_cancelled;
        const std::int64_t until = monotonic_ns() + patience;
        const std::lock_guard lock(mutex_);
        if (wake_ == nullptr) return ERROR_RESOURCE_NOT_AVAILABLE;
        const std::uint64_t number = ++newest_;
        all_.emplace(number, request);
        wake_(context_);
        while (request->state == Request::State::waiting) {
            if (monotonic_ns() >= until) {
                all_.erase(number);
                return possible_deadlock;
            }
            request->changed.wait(mutex_, until);
        }
        while (request->state == Request::State::taken) request->changed.wait(mutex_, never);
        return request->error;
    }

    // The oldest that nobody has taken, and its number; nullptr: there is none. It stays as it is
    // until it is answered.
    const Request* take(std::uint64_t& number) noexcept {
        const std::lock_guard lock(mutex_);
        for (auto& [its_number, request] : all_) {
            if (request->state != Request::State::waiting) continue;
            request->state = Request::State::taken;
            request->changed.notify();
            number = its_number;
            return request.get();
        }
        return nullptr;
    }

    void answer(std::uint64_t number, DWORD error, std::vector<BYTE> output) {
        const std::lock_guard lock(mutex_);
        const auto place = all_.find(number);
        if (place == all_.end()) return;
        place->second->output = std::move(output);
        answered(*place->second, error);
        all_.erase(place);
    }

  private:
    static void answered(Request& request, DWORD error) noexcept {
        request.error = error;
        request.state = Request::State::answered;
        request.changed.notify();
    }

    Mutex mutex_;
    Wake wake_ = nullptr;
    void* context_ = nullptr;
    std::uint64_t newest_ = 0;
    // Each is its asker's as well: one that is ended while it asks leaves it here to be answered.
    std::map<std::uint64_t, std::shared_ptr<Request>> all_;
};

}  // namespace resapi_cy::cluster
