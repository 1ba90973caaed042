// What is counted of entry points, in native memory. One thread at a time writes (the one inside
// the entry point: the gate hands it on); any thread reads, without a lock, while it is written.
//
// Every number is an atomic of its own, so that none is torn; two of them may be of different
// calls. PollRing is the exception: each of its polls is whole.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace resapi_cy {

// In the function table's order; Startup stands for StartupEx as well.
enum class EntryPoint : std::uint8_t {
    open,
    close,
    online,
    offline,
    terminate,
    looks_alive,
    is_alive,
    arbitrate,
    release,
    control,
    type_control,
    cancel,
    startup,
    none,
};
inline constexpr std::size_t entry_points = static_cast<std::size_t>(EntryPoint::none);

// By how long they took, or how late they were: the upper bounds in nanoseconds, and one more
// bucket for what is above them all.
inline constexpr std::array<std::int64_t, 10> duration_bounds = {
    1'000'000,   3'000'000,     10'000'000,    30'000'000,     100'000'000,
    300'000'000, 1'000'000'000, 3'000'000'000, 10'000'000'000, 100'000'000'000};
inline constexpr std::size_t buckets = duration_bounds.size() + 1;

inline std::int64_t duration_bound(std::size_t bucket) noexcept {
    return duration_bounds[bucket];
}

struct DurationCounts {
    std::array<std::uint64_t, buckets> counts{};
    std::int64_t total = 0;  // nanoseconds
    std::uint32_t code = 0;  // what the last one returned
    std::int64_t when = 0;   // that it returned, monotonic; 0: there was none
};

// What a short call touches is one line of the cache.
class alignas(64) Durations {
  public:
    void add(std::int64_t nanoseconds) noexcept {
        std::size_t bucket = 0;
        while (bucket + 1 < buckets && nanoseconds > duration_bounds[bucket]) ++bucket;
        // Relaxed, and a load and a store: there is one writer, and nothing else depends on it.
        bump(counts_[bucket], 1);
        bump(total_, static_cast<std::uint64_t>(nanoseconds));
    }
    void answered(std::uint32_t code, std::int64_t when) noexcept {
        code_.store(code, std::memory_order_relaxed);  // relaxed: each number for itself
        when_.store(when, std::memory_order_relaxed);
    }

    DurationCounts read() const noexcept {
        DurationCounts found;
        // Relaxed: each number for itself.
        for (std::size_t i = 0; i < buckets; ++i) {
            found.counts[i] = counts_[i].load(std::memory_order_relaxed);
        }
        found.total = static_cast<std::int64_t>(total_.load(std::memory_order_relaxed));
        found.code = code_.load(std::memory_order_relaxed);
        found.when = when_.load(std::memory_order_relaxed);
        return found;
    }

  private:
    static void bump(std::atomic<std::uint64_t>& number, std::uint64_t by) noexcept {
        number.store(number.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }

    std::atomic<std::uint64_t> total_{0};
    std::atomic<std::int64_t> when_{0};
    std::atomic<std::uint32_t> code_{0};
    std::array<std::atomic<std::uint64_t>, buckets> counts_{};
};

struct PollAnswer {
    bool thorough;             // IsAlive, not LooksAlive
    bool alive;                // what it said
    std::int64_t when;         // that it returned, monotonic
    std::int64_t nanoseconds;  // that it took
};

// The latest polls. Adding one costs three stores.
class PollRing {
  public:
    // A resource's polls are as many lines of the cache as they need: see docs/design.md.
    static constexpr std::uint64_t size = 16;
    // The oldest is about to be overwritten.
    static constexpr std::uint64_t readable = size - 1;

    void add(const PollAnswer& poll) noexcept {
        // Relaxed: there is one writer, and this is its own number.
        const std::uint64_t made = made_.load(std::memory_order_relaxed);
        Entry& entry = entries_[made % size];
        // Release: a reader that sees one of these sees every number that was made before it, and
        // then knows that the entry which it meant is gone.
        entry.when.store(poll.when, std::memory_order_release);
        entry.rest.store(poll.nanoseconds << 2 | std::int64_t{poll.thorough} << 1 | poll.alive,
                         std::memory_order_release);
        // Release: a reader that sees the number sees the entry.
        made_.store(made + 1, std::memory_order_release);
    }

    // The place of the next one.
    const void* place() const noexcept {
        // Relaxed: a hint.
        return &entries_[made_.load(std::memory_order_relaxed) % size];
    }

    std::uint64_t made() const noexcept {
        return made_.load(std::memory_order_relaxed);  // a number for itself
    }

    // Into the array, oldest first; how many.
    std::size_t latest(std::array<PollAnswer, readable>& into) const noexcept {
        const std::uint64_t last = made_.load(std::memory_order_acquire);
        const std::uint64_t first = last > readable ? last - readable : 0;
        std::array<std::int64_t, readable> when{}, rest{};
        for (std::uint64_t i = first; i < last; ++i) {
            // Acquire: see add().
            when[i - first] = entries_[i % size].when.load(std::memory_order_acquire);
            rest[i - first] = entries_[i % size].rest.load(std::memory_order_acquire);
        }
        const std::uint64_t now = made_.load(std::memory_order_relaxed);  // after those loads
        std::size_t count = 0;
        for (std::uint64_t i = first; i < last; ++i) {
            if (now >= i + size) continue;  // it may have been overwritten meanwhile
            const std::int64_t value = rest[i - first];
            into[count++] = {(value & 2) != 0, (value & 1) != 0, when[i - first], value >> 2};
        }
        return count;
    }

  private:
    struct Entry {
        std::atomic<std::int64_t> when{0};
        std::atomic<std::int64_t> rest{0};
    };
    std::atomic<std::uint64_t> made_{0};
    std::array<Entry, size> entries_{};
};

// Which entry point runs, and since when: one word, so that the two belong together.
class Running {
  public:
    void set(EntryPoint entry_point, std::int64_t since) noexcept {
        // Relaxed: nothing else depends on it.
        word_.store(since << 4 | static_cast<std::int64_t>(entry_point), std::memory_order_relaxed);
    }
    void clear() noexcept { set(EntryPoint::none, 0); }
    EntryPoint entry_point() const noexcept {
        return static_cast<EntryPoint>(word_.load(std::memory_order_relaxed) & 15);
    }
    // Both, of one moment.
    EntryPoint read(std::int64_t& since) const noexcept {
        const std::int64_t word = word_.load(std::memory_order_relaxed);
        since = word >> 4;
        return static_cast<EntryPoint>(word & 15);
    }

  private:
    std::atomic<std::int64_t> word_{static_cast<std::int64_t>(EntryPoint::none)};
};

}  // namespace resapi_cy
