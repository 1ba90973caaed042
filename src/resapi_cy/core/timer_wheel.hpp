// Timers by the tick, a millisecond, in two wheels of 4096 slots.
//
// insert, remove    a handful of instructions, however many timers there are.
// advance           the timers that are due, and those that move from the far wheel to the near
//                   one: each does that once, 4 seconds or less before it is due. Ticks at which
//                   nothing is due cost nothing.
// next_tick         at most 128 words are looked at.
//
// For many timers that are set and taken back all the time, and are due within hours. What is due
// later than the far wheel reaches (4.6 hours) is looked at again then. Nothing is allocated. Not
// for several threads at once: the engine's mutex guards it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "inlining.hpp"

namespace resapi_cy {

enum class TimerKind : std::uint8_t { poll, deadline };

// In one wheel at a time, in the list of one slot.
struct Timer {
    explicit Timer(TimerKind timer_kind) noexcept : kind(timer_kind) {}
    bool is_set() const noexcept { return link != nullptr; }

    Timer* next = nullptr;
    Timer** link = nullptr;  // what points to this one
    std::int64_t due = 0;    // the tick
    // The address of what comes some timers later in the same slot, most likely. A hint: it may be
    // gone by then, so that nothing is read there.
    std::uintptr_t ahead = 0;
    TimerKind kind;
};

class TimerWheel {
  public:
    static constexpr std::int64_t no_tick = std::numeric_limits<std::int64_t>::max();

    explicit TimerWheel(std::int64_t now) noexcept : now_(now) {}

    std::int64_t now() const noexcept { return now_; }

    // Due at the next tick at the earliest.
    void insert(Timer& timer, std::int64_t due) noexcept {
        timer.due = due > now_ ? due : now_ + 1;
        place(timer);
    }

    // The slot's bit stays: an empty slot is found out when its tick comes.
    static void remove(Timer& timer) noexcept {
        if (timer.link == nullptr) return;
        *timer.link = timer.next;
        if (timer.next != nullptr) timer.next->link = timer.link;
        timer.link = nullptr;
    }

    // Calls `expired(timer)` for each that is due by then; it may insert and remove.
    template <typename Expired>
    void advance(std::int64_t to, Expired expired) noexcept {
        while (now_ < to) {
            const std::int64_t next = next_tick();
            if (next > to) {
                now_ = to;
                return;
            }
            now_ = next;
            if (index(now_) == 0) take(far_, index(now_ / slots), [this](Timer& t) { place(t); });
            take(near_, index(now_), expired);
        }
    }

    // When there is something to do next, at the earliest.
    std::int64_t next_tick() const noexcept {
        const std::int64_t steps = near_.next(index(now_));
        const std::int64_t turns = far_.next(index(now_ / slots));
        std::int64_t next = steps == 0 ? no_tick : now_ + steps;
        if (turns != 0) {
            const std::int64_t turn = (now_ / slots + turns) * slots;
            if (turn < next) next = turn;
        }
        return next;
    }

  private:
    static constexpr std::int64_t slots = 4096;
    static constexpr std::size_t words = slots / 64;
    static constexpr std::size_t looking_ahead = 8;
    // Of what a timer is part of, from the timer on: what `expired` looks at.
    static constexpr std::size_t taken_bytes = 160;

    struct Wheel {
        Timer* heads[slots] = {};
        std::uint64_t used[words] = {};
        std::uintptr_t latest[looking_ahead] = {};
        std::size_t added = 0;

        void add(std::size_t slot, Timer& timer) noexcept {
            // Those that were due together are set anew one after the other, for the same slot.
            timer.ahead = latest[added % looking_ahead];
            latest[added++ % looking_ahead] = reinterpret_cast<std::uintptr_t>(&timer);
            timer.next = heads[slot];
            timer.link = &heads[slot];
            if (timer.next != nullptr) timer.next->link = &timer.next;
            heads[slot] = &timer;
            used[slot / 64] |= std::uint64_t{1} << slot % 64;
        }

        // How many slots after this one the next used one comes; 0: there is none.
        std::int64_t next(std::size_t slot) const noexcept {
            const std::size_t first = (slot + 1) % slots;
            for (std::size_t i = 0; i <= words; ++i) {
                const std::size_t word = (first / 64 + i) % words;
                std::uint64_t bits = used[word];
                if (i == 0) bits &= ~std::uint64_t{0} << first % 64;
                if (i == words) bits &= (std::uint64_t{1} << first % 64) - 1;
                if (bits == 0) continue;
                const std::size_t found = word * 64 + lowest(bits);
                const std::size_t after = (found + slots - slot) % slots;
                return static_cast<std::int64_t>(after == 0 ? slots : after);
            }
            return 0;
        }

        static std::size_t lowest(std::uint64_t bits) noexcept {
            std::size_t position = 0;
            for (std::size_t width = 32; width != 0; width /= 2) {
                if ((bits & ((std::uint64_t{1} << width) - 1)) != 0) continue;
                bits >>= width;
                position += width;
            }
            return position;
        }
    };

    static std::size_t index(std::int64_t number) noexcept {
        return static_cast<std::size_t>(number) % slots;
    }

    void place(Timer& timer) noexcept {
        if (timer.due - now_ < slots) {
            near_.add(index(timer.due), timer);
            return;
        }
        const std::int64_t last = now_ / slots + slots - 1;
        const std::int64_t turn = timer.due / slots;
        far_.add(index(turn < last ? turn : last), timer);
    }

    template <typename Taken>
    static void take(Wheel& wheel, std::size_t slot, Taken taken) noexcept {
        Timer* head = wheel.heads[slot];
        wheel.heads[slot] = nullptr;
        wheel.used[slot / 64] &= ~(std::uint64_t{1} << slot % 64);
        if (head != nullptr) head->link = &head;
        while (head != nullptr) {
            Timer& timer = *head;
            // Each is likely to be in memory only, and the list tells where the next one is when
            // this one has come from there: a walk along it would wait for each.
            prefetch(timer.ahead, taken_bytes);
            remove(timer);
            taken(timer);
        }
    }

    std::int64_t now_;
    Wheel near_;
    Wheel far_;
};

}  // namespace resapi_cy
