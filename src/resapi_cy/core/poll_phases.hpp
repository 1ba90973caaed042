// When in its interval a resource is polled: resources that come online together are not all polled
// together ever after.
//
// An interval is divided into so many moments that some of the resources share one, which costs one
// wake-up, and that each new resource comes between those that there are. Resources with the same
// interval keep their moments for as long as they are polled.
#pragma once

#include <cstdint>

#include "sleeping.hpp"

namespace resapi_cy {

class PollPhases {
  public:
    void add() noexcept { ++resources_; }
    void remove() noexcept { --resources_; }

    // The next resource's part of its interval, from 0 on, below 1.
    double next() noexcept {
        std::uint32_t moments = fewest;
        while (moments < resources_ / sharing && moments < most) moments *= 2;
        std::uint32_t number = given_++ % moments;
        double phase = 0;
        // The number's bits in reverse: 0, 1/2, 1/4, 3/4, 1/8 and so on.
        for (double part = 0.5; number != 0; number /= 2, part /= 2) {
            if (number % 2 != 0) phase += part;
        }
        return phase;
    }

    // The first such moment after now. `interval` 0: never.
    static std::int64_t first(std::int64_t now, std::int64_t interval, double phase) noexcept {
        if (interval <= 0) return never;
        auto part = static_cast<std::int64_t>(static_cast<double>(interval) * phase);
        part -= part % millisecond;  // timers are due at whole ones
        const std::int64_t moment = now - now % interval + part;
        return moment > now ? moment : moment + interval;
    }

    // The next one after a poll that was due at `due`: those that were missed are not made up for.
    static std::int64_t following(std::int64_t due, std::int64_t interval,
                                  std::int64_t now) noexcept {
        if (interval <= 0) return never;
        due += interval;
        return due > now ? due : due + (now - due) / interval * interval + interval;
    }

  private:
    static constexpr std::uint32_t fewest = 32;
    static constexpr std::uint32_t most = 1 << 16;
    static constexpr std::uint32_t sharing = 256;

    std::uint32_t resources_ = 0;
    std::uint32_t given_ = 0;
};

}  // namespace resapi_cy
