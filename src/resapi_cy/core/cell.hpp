// A cell of the status board, which is a resource's or a control call's: its fields, and what reads
// and writes them.
//
// repeats, status, read, read_failures    any thread, at any time: what they have read counts if
//                                         the sequence is the same afterwards, and even.
// reserve                                 before another thread can find the cell.
// left_off                                who has taken the cell from a thread that is gone.
// everything else                         who holds the cell's lock: see inside_cell.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <type_traits>

#include "duplicate.hpp"
#include "event_queue.hpp"

namespace resapi_cy {

// The values of RESOURCE_EXIT_STATE.
inline constexpr std::uint32_t exit_continue = 0;
inline constexpr std::uint32_t exit_terminate = 1;

// What a handle stands for: by how much its cell's control word is above the handle. A resource's
// is one higher once it is terminated. The commonest check has nothing to add.
enum class CellKind : std::uint32_t {
    resource = 0,
    control_call = 2,
    type_control_call = 4,
    closed = 6,
};

struct Snapshot {
    Status status;
    std::uint64_t transitions = 0;
    std::uint32_t failures = 0;    // how often SignalFailure was called
    std::uint32_t error_code = 0;  // of the last of them
    std::uint32_t exit_state = exit_terminate;
};

// The control word of an open cell: the whole handle is in it, so that one comparison refuses
// every other 64-bit value that leads to the same cell.
constexpr std::uint64_t opened(std::uint64_t handle, CellKind kind) noexcept {
    return handle + static_cast<std::uint32_t>(kind);
}

constexpr std::uint64_t tagged(std::uint64_t sequence, std::uint32_t checkpoint) noexcept {
    return sequence << 32 | checkpoint;
}

// 128 bytes: two lines, which is what processors fetch and share in pairs.
struct alignas(128) Cell {
    // Of `doing`, beside twice the even number.
    static constexpr std::uint32_t nothing = 0;
    static constexpr std::uint32_t posting = 1;
    static constexpr std::uint32_t publishing = 2;
    static constexpr std::uint32_t published = 3;

    // Of `changes`.
    static constexpr std::uint32_t watched = 1;
    static constexpr std::uint32_t listed = 2;
    static constexpr std::uint32_t closed = 4;

    // The newest handle and what became of it: see opened(). Changed under the sequence lock, but
    // by StatusBoard::terminate().
    std::atomic<std::uint64_t> control;
    // Even at rest. While a thread is inside, odd, with the thread's number in the upper half:
    // this is the cell's lock, too.
    std::atomic<std::uint64_t> sequence;
    // The sequence << 32 | CheckPoint.
    std::atomic<std::uint64_t> checkpoint;
    // The published status. Stores release and loads acquire, field by field: a reader that
    // meets a field of a later status synchronises with its writer, so that the reader's second
    // look at the sequence finds it odd or changed. Relaxed fields would need fences for that,
    // which ThreadSanitizer can't see; on x86-64 all three compile to the same moves.
    std::atomic<std::int32_t> state;
    std::atomic<std::uint32_t> error_code;
    std::atomic<std::uint64_t> event_handle;
    std::atomic<std::uint32_t> flags;
    std::atomic<std::uint32_t> first_checkpoint;  // the one that came with this status
    std::atomic<std::uint64_t> transitions;
    std::atomic<std::uint64_t> failure;  // how often SignalFailure was called << 32 | its code
    // Guarded by the sequence lock.
    EventQueue* queue;
    std::uint64_t owner;
    // Guarded by the board's lock.
    Cell* next_closed;
    std::uint32_t index;
    // What whoever is inside is about, for who takes the cell back from it: twice the sequence
    // number, plus posting, publishing or published. What is of another number is over.
    std::atomic<std::uint32_t> doing;
    // Bits: watched, listed, closed. A cell that is closed while it is listed is given back by
    // who takes the list.
    std::atomic<std::uint32_t> changes;
    std::uint32_t next_changed;  // index of the next one of the list; the list's
    // Guarded by the sequence lock: of the event handle of a watched resource's status, until
    // the host takes it.
    Duplicate duplicate;

    // Under the lock, whatever handle has led here. Relaxed: only StatusBoard::terminate() changes
    // the word without the lock, and abandon(), after which the cell is never opened again.
    bool is_closed() const noexcept {
        const auto low = static_cast<std::uint32_t>(control.load(std::memory_order_relaxed));
        return low - index >= static_cast<std::uint32_t>(CellKind::closed);
    }

    // Refused for ever. Relaxed: before another thread can find the cell.
    void reserve() noexcept {
        control.store(opened(0, CellKind::closed), std::memory_order_relaxed);
    }

    // Does a report say nothing new but its checkpoint?
    bool repeats(const Status& status) const noexcept {
        return state.load(std::memory_order_acquire) == status.state &&
               event_handle.load(std::memory_order_acquire) == status.event_handle &&
               error_code.load(std::memory_order_acquire) == status.error_code &&
               flags.load(std::memory_order_acquire) == status.flags;
    }

    // The last loads are acquire loads: see StatusBoard::try_snapshot().
    Status status(std::uint64_t at_sequence) const noexcept {
        Status read;
        read.state = state.load(std::memory_order_acquire);
        read.event_handle = event_handle.load(std::memory_order_acquire);
        read.error_code = error_code.load(std::memory_order_acquire);
        read.flags = flags.load(std::memory_order_acquire);
        // Acquire, too: pairs with the release of a keepalive.
        const std::uint64_t newest = checkpoint.load(std::memory_order_acquire);
        const std::uint32_t first = first_checkpoint.load(std::memory_order_acquire);
        const bool belongs = newest == tagged(at_sequence, static_cast<std::uint32_t>(newest));
        read.checkpoint = belongs ? static_cast<std::uint32_t>(newest) : first;
        return read;
    }

    bool read(std::uint64_t handle, std::uint64_t at_sequence, Snapshot& into) const noexcept {
        const std::uint64_t exit =
            control.load(std::memory_order_acquire) - opened(handle, CellKind::resource);
        into.exit_state = exit == exit_continue ? exit_continue : exit_terminate;
        into.transitions = transitions.load(std::memory_order_acquire);
        read_failures(into);
        into.status = status(at_sequence);
        return exit <= exit_terminate;
    }

    // The failures that were signaled: one word, so that the count and the code are of the same
    // call. Nothing is published through it. Only written under the lock.
    void count_failure(std::uint32_t code) noexcept {
        const std::uint64_t count = (failure.load(std::memory_order_relaxed) >> 32) + 1;
        failure.store(count << 32 | code, std::memory_order_relaxed);
    }
    void forget_failures() noexcept { failure.store(0, std::memory_order_relaxed); }
    // Acquire: the look at the sequence number that follows stays behind it.
    void read_failures(Snapshot& into) const noexcept {
        const std::uint64_t signaled = failure.load(std::memory_order_acquire);
        into.failures = static_cast<std::uint32_t>(signaled >> 32);
        into.error_code = static_cast<std::uint32_t>(signaled);
    }

    // Under the lock. Relaxed: nobody else stores here. The store releases, as publish()'s do.
    void count_transition() noexcept {
        const std::uint64_t count = transitions.load(std::memory_order_relaxed);
        transitions.store(count + 1, std::memory_order_release);
    }

    // Under the lock. Release: who takes the cell back finds that what came before was done;
    // and the stores that follow release, so that it finds this if it finds one of them.
    void begin(std::uint32_t number, std::uint32_t what) noexcept {
        doing.store(2 * number + what, std::memory_order_release);
    }
    // What a thread that is gone was about. Relaxed: it has ended, so all that it did is seen.
    std::uint32_t left_off(std::uint32_t number) const noexcept {
        const std::uint32_t what = doing.load(std::memory_order_relaxed) - 2 * number;
        return what <= published ? what : nothing;
    }

    // Under the lock; `at_sequence` is what the lock will be released with.
    void publish(std::uint64_t at_sequence, const Status& next) noexcept {
        state.store(next.state, std::memory_order_release);
        event_handle.store(next.event_handle, std::memory_order_release);
        error_code.store(next.error_code, std::memory_order_release);
        flags.store(next.flags, std::memory_order_release);
        first_checkpoint.store(next.checkpoint, std::memory_order_release);
        checkpoint.store(tagged(at_sequence, next.checkpoint), std::memory_order_release);
    }
};
static_assert(sizeof(Cell) == 128);
static_assert(std::is_trivially_destructible_v<Cell>);

}  // namespace resapi_cy
