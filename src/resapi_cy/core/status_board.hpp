// The status of every open resource of the process, written by native threads, read by monitors.
//
// check, report, post, broadcast, reject    any thread, at any time: they call nothing of Python's,
//                                           and take no lock that is held while waiting. Only
//                                           broadcast allocates: a copy for each monitor.
// everything else                           the monitors' threads. What begins with try_ waits for
//                                           nobody; the rest waits for who is inside a cell, but
//                                           not for ever: see wait_for().
//
// A native thread may be ended at any instruction. What it leaves behind, and who mends it:
//
// inside a cell, nothing changed yet      who waits for the cell takes it back, as it was.
// ... half-way through a new status       the same, and publishes FAILED: no mixture is ever seen.
// ... while it appends the event          the same; the status is whole, the event counts as
//                                         dropped, whether it got through or not. Its node, if it
//                                         had one, is not used again before the monitor is closed.
// before it has given a closed cell back  nobody: that cell is not opened again.
// between a watched cell's mark and link  who takes it back says so, and the host looks through all
//                                         that it watches, once: see find_change(). A cell that
//                                         has been closed by then is not opened again.
// under the board's lock                  who waits for that takes it; repair() joins the list of
//                                         closed cells again.
// in a broadcast                          the other monitors do not get theirs.
// with a duplicate of an event handle     nobody: the duplicate is never closed.
//
// A handle is `generation << 32 | index`. The cells lie in chunks that are never moved nor freed,
// so that every 64-bit value is safe to look up; a cell that is closed and opened again has a new
// generation, so that the old handle is refused for ever.
//
// docs/design.md tells the whole story; the comments here say why each memory order is enough.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <type_traits>
#include <utility>

#include "clock.hpp"
#include "duplicate.hpp"
#include "event_queue.hpp"
#include "inlining.hpp"
#include "threads.hpp"
#include "waiting.hpp"

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

// What became of an event that a callback wanted recorded.
enum class Posted : std::uint32_t { delivered, dropped, refused };

struct Snapshot {
    Status status;
    std::uint64_t transitions = 0;
    std::uint32_t failures = 0;    // how often SignalFailure was called
    std::uint32_t error_code = 0;  // of the last of them
    std::uint32_t exit_state = exit_terminate;
};

// What became of something that waits for nobody; busy: another thread is inside the cell.
enum class Tried : std::uint32_t { no, yes, busy };

class StatusBoard {
  public:
    // ---- Any thread -------------------------------------------------------------------------

    // The termination check: one load answers "is it mine?" and "am I terminated?".
    RESAPI_CY_HOT std::uint32_t check(std::uint64_t handle) noexcept {
        Cell* chunk = chunk_of(handle);
        if (chunk == nullptr) return reject();
        const Cell* cell = cell_in(chunk, handle);
        // Acquire: a thread that sees a new operation (begin) sees its pending state as well.
        const std::uint64_t exit =
            cell->control.load(std::memory_order_acquire) - opened(handle, CellKind::resource);
        return exit <= exit_terminate ? static_cast<std::uint32_t>(exit) : reject();
    }

    // A status report. The common one repeats the published status with another checkpoint: a
    // handful of loads, one store, wait-free. Any other is a transition.
    RESAPI_CY_HOT std::uint32_t report(std::uint64_t handle, const Status& status) noexcept {
        Cell* chunk = chunk_of(handle);
        if (chunk == nullptr) return reject();
        Cell* cell = cell_in(chunk, handle);
        // Acquire: the loads below come after this one. The sequence is read before the control
        // word: if it is unchanged in the end, the cell was this resource's all the time between.
        const std::uint64_t sequence = cell->sequence.load(std::memory_order_acquire);
        const std::uint64_t exit =
            cell->control.load(std::memory_order_acquire) - opened(handle, CellKind::resource);
        if (exit > exit_terminate) return reject();
        if ((sequence & 1) == 0 && cell->repeats(status) &&
            // Relaxed: the acquire loads before it keep it behind them.
            cell->sequence.load(std::memory_order_relaxed) == sequence) {
            // Release: who sees the checkpoint sees what the worker did before it reported. The tag
            // tells a snapshot which status the checkpoint belongs to: one that comes late, when
            // the cell has changed hands or status, is never shown with another status. (It hides
            // the newer one that it overwrites, until the next report: see docs/design.md.)
            cell->checkpoint.store(tagged(sequence, status.checkpoint), std::memory_order_release);
            return static_cast<std::uint32_t>(exit);
        }
        // A copy: handing out the original's address would keep it in memory for the common case,
        // too.
        const Status changed = status;
        return transition(*cell, handle, changed);
    }

    // The same for a thread that must not wait; false: it would have to.
    bool try_report(std::uint64_t handle, const Status& status, std::uint32_t& exit) noexcept {
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr || !is_open(*cell, handle, CellKind::resource)) {
            exit = reject();
            return true;
        }
        Duplicate duplicate = duplicate_for(*cell, status);
        const bool done = try_lock(*cell, number);
        if (done) exit = transition_inside(*cell, handle, number, status, duplicate);
        drop(duplicate);
        return done;
    }

    // Records an event of an open resource, or of a control call if `kind` says so; `last` closes
    // the control call. Takes the event's blocks.
    Posted post(std::uint64_t handle, CellKind kind, Event& event, bool last = false) noexcept {
        Cell* cell = find(handle);
        // Looked at before the lock is taken, too: a stale handle must not disturb the cell's heir.
        if (cell == nullptr || !is_open(*cell, handle, kind)) return refuse(event);
        std::uint32_t number = 0;
        if (!lock(*cell, number)) return refuse(event);
        if (!is_open(*cell, handle, kind)) {
            unlock(*cell, number);
            return refuse(event);
        }
        event.handle = kind == CellKind::resource ? handle : cell->owner;
        event.monotonic = monotonic_ns();
        EventQueue& queue = *cell->queue;
        if (event.kind == EventKind::failure_signaled) {
            cell->count_failure(static_cast<std::uint32_t>(event.numbers[1]));
            list_change(*cell, queue);
        }
        cell->begin(number, posting);
        const bool delivered = queue.append(event);
        cell->begin(number, nothing);
        const bool closes = last && delivered;
        if (closes) close_locked(*cell, handle);
        // The same number as before where no field has changed: readers need not look again.
        unlock(*cell, closes ? number + 2 : number);
        if (closes) recycle(*cell, handle);
        queue.notify();  // a dropped one, too: a failure's count has changed
        if (!delivered) return Posted::dropped;
        return Posted::delivered;
    }

    // Hands a copy of an event about a resource type to every open monitor. Takes the blocks.
    Posted broadcast(Event& event) noexcept {
        event.handle = 0;
        event.monotonic = monotonic_ns();
        Posted posted = Posted::delivered;
        if (!lock_board()) {
            event.free_blocks();
            return Posted::dropped;
        }
        for (EventQueue* queue = open_queues_; queue != nullptr; queue = queue->next_queue) {
            Event copy = event;
            if (!copy_blocks(event, copy)) {
                queue->count_dropped(1);
                posted = Posted::dropped;
            } else if (queue->append(copy)) {
                queue->wakeup.notify();
            } else {
                posted = Posted::dropped;
            }
        }
        lock_.unlock();
        event.free_blocks();
        return posted;
    }

    // Counts a call that came with a handle or a pointer that can't be used.
    RESAPI_CY_COLD std::uint32_t reject() noexcept {
        // Relaxed: a statistic, nothing is published through it.
        rejected_.fetch_add(1, std::memory_order_relaxed);
        return exit_terminate;
    }

    std::uint64_t rejected() const noexcept { return rejected_.load(std::memory_order_relaxed); }

    // ---- The monitors' threads --------------------------------------------------------------

    // nullptr: no memory, or no more handles in the system.
    EventQueue* open_queue(std::uint32_t capacity) noexcept {
        if (!lock_board()) return nullptr;
        // Not one that somebody still sleeps on: the new monitor would take the signal that tells
        // the sleeper that the old one was closed.
        EventQueue** link = &closed_queues_;
        while (*link != nullptr && ((*link)->wakeup.armed() || (*link)->host_wakeup.armed()))
            link = &(*link)->next_queue;
        EventQueue* queue = *link;
        if (queue != nullptr) *link = queue->next_queue;
        lock_.unlock();
        if (queue == nullptr) queue = new (std::nothrow) EventQueue;
        if (queue == nullptr) return nullptr;
        const bool opened = queue->open(capacity);
        if (!lock_board()) return nullptr;
        push(opened ? open_queues_ : closed_queues_, queue);
        lock_.unlock();
        return opened ? queue : nullptr;
    }

    // The caller has closed every cell of the queue. Returns how many events were never delivered:
    // those that found no room, and those still there. The object itself stays for the next
    // monitor: a callback that has just left a cell may be about to notify it.
    std::uint64_t close_queue(EventQueue* queue) noexcept {
        // A thread that did not come out of a cell in time may still append to it.
        if (queue->abandoned.load(std::memory_order_relaxed) || !lock_board()) {
            return queue->dropped();
        }
        EventQueue** link = &open_queues_;
        while (*link != queue) link = &(*link)->next_queue;
        *link = queue->next_queue;
        lock_.unlock();
        for (std::uint32_t index = take_changes(queue); index != 0;) pass_change(index);
        const std::uint64_t left = queue->close();
        const std::uint64_t dropped = queue->dropped();
        if (lock_board()) {
            push(closed_queues_, queue);
            lock_.unlock();
        }
        return left + dropped;
    }

    // 0: no memory, or 16 million open already. `owner`: the resource of a control call.
    std::uint64_t open(EventQueue* queue, CellKind kind = CellKind::resource,
                       std::uint64_t owner = 0) noexcept {
        return lock_board() ? open_inside(queue, kind, owner, true) : 0;
    }
    // 0: the same, or it would have to wait.
    std::uint64_t try_open(EventQueue* queue, CellKind kind, std::uint64_t owner) noexcept {
        return lock_.try_lock(this_thread(process_)) ? open_inside(queue, kind, owner, false) : 0;
    }

    // Once it has returned no callback touches the cell's queue any more. False: closed before.
    bool close(std::uint64_t handle, CellKind kind = CellKind::resource) noexcept {
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr) return false;
        if (!lock(*cell, number)) return abandon(*cell, handle, kind);
        const bool open = close_inside(*cell, handle, kind, number);
        if (open) recycle(*cell, handle);
        return open;
    }
    Tried try_close(std::uint64_t handle, CellKind kind) noexcept {
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr) return Tried::no;
        if (!lock_.try_lock(this_thread(process_))) return Tried::busy;
        Tried tried = Tried::busy;
        if (try_lock(*cell, number)) {
            tried = close_inside(*cell, handle, kind, number) ? Tried::yes : Tried::no;
            if (tried == Tried::yes) enlist(*cell, handle);
        }
        lock_.unlock();
        return tried;
    }

    // Every check and report that starts after this has returned is answered TERMINATE.
    bool terminate(std::uint64_t handle) noexcept {
        Cell* cell = find(handle);
        if (cell == nullptr) return false;
        const std::uint64_t open = opened(handle, CellKind::resource);
        std::uint64_t control = cell->control.load(std::memory_order_relaxed);
        while (control - open <= exit_terminate) {
            // All calls decide by this one word: a load that happens after terminate() has returned
            // can't read what the word was before. That is coherence, and needs no order on other
            // memory; release, so that who reads TERMINATE sees why.
            if (cell->control.compare_exchange_weak(control, open + exit_terminate,
                                                    std::memory_order_acq_rel,
                                                    std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    // A new operation: publishes the pending state, then clears the termination. False: the handle
    // is closed, or the thread inside the cell did not come out.
    bool begin(std::uint64_t handle, std::int32_t pending_state) noexcept {
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        return cell != nullptr && lock(*cell, number) &&
               begin_inside(*cell, handle, pending_state, number);
    }
    Tried try_begin(std::uint64_t handle, std::int32_t pending_state) noexcept {
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr) return Tried::no;
        if (!try_lock(*cell, number)) return Tried::busy;
        return begin_inside(*cell, handle, pending_state, number) ? Tried::yes : Tried::no;
    }

    // A status as one report gave it, with the newest checkpoint of that status. False: as begin().
    bool snapshot(std::uint64_t handle, Snapshot& into) noexcept {
        const Tried tried = try_snapshot(handle, into);
        if (tried != Tried::busy) return tried == Tried::yes;
        // A flood of transitions, or a thread that is gone: take turns with the reporters.
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        if (!lock(*cell, number)) return false;
        const bool open = cell->read(handle, number, into);
        unlock(*cell, number);
        return open;
    }
    Tried try_snapshot(std::uint64_t handle, Snapshot& into) noexcept {
        Cell* cell = find(handle);
        if (cell == nullptr) return Tried::no;
        for (int tries = 0; tries < Wait::spins; ++tries) {
            const std::uint64_t sequence = cell->sequence.load(std::memory_order_acquire);
            if ((sequence & 1) != 0) continue;
            const bool open = cell->read(handle, sequence, into);
            // Relaxed: read() ends in acquire loads, which keep this one behind them. Unchanged:
            // no writer was in the cell between the two loads.
            if (cell->sequence.load(std::memory_order_relaxed) == sequence) {
                return open ? Tried::yes : Tried::no;
            }
        }
        return Tried::busy;
    }

    // ---- A host: the resources that it watches, and those of them that have changed ----------

    // A change of a watched resource, which is a transition or a failure that is signaled, puts its
    // cell on the queue's list, unless it is there since the host has last taken it. False: closed.
    bool watch(std::uint64_t handle) noexcept {
        Cell* cell = find(handle);
        if (cell == nullptr || !is_open(*cell, handle, CellKind::resource)) return false;
        // Relaxed: the caller looks at the status afterwards, through the cell's lock.
        cell->changes.fetch_or(watched, std::memory_order_relaxed);
        return true;
    }

    // The list, as the index of its first cell: 0, it is empty. One thread at a time: what it takes
    // it goes through to the end.
    std::uint32_t take_changes(EventQueue* queue) noexcept {
        // Acquires the links. Sequentially consistent: the last look of a thread that has armed the
        // wake-up.
        return queue->changed.exchange(0, std::memory_order_seq_cst);
    }

    // The handle of the cell that the list begins with, which is then the rest. Changes from now on
    // are listed anew; the status, looked at after this, has all those before.
    std::uint64_t pass_change(std::uint32_t& index) noexcept {
        Cell& cell = *find(index);
        // Relaxed: the generation that was listed, which came with the list, or a later one.
        const std::uint64_t handle =
            cell.control.load(std::memory_order_relaxed) >> 32 << 32 | cell.index;
        index = cell.next_changed;
        // Acquire: a reporter that has found the cell listed did so after its change. Release: who
        // lists it next overwrites the link after it was read.
        const std::uint32_t before = cell.changes.fetch_and(~listed, std::memory_order_acq_rel);
        if ((before & closed) != 0) recycle(cell, handle);
        return handle;
    }

    // The duplicate of the event handle that came with the status, once, and the caller's from then
    // on. False: the handle is closed, or the thread inside the cell did not come out.
    bool take_duplicate(std::uint64_t handle, Duplicate& into) noexcept {
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr || !lock(*cell, number)) return false;
        const bool open = is_open(*cell, handle, CellKind::resource);
        if (open) into = std::exchange(cell->duplicate, Duplicate{});
        unlock(*cell, number);
        return open;
    }

    // A thread was ended between marking a cell and linking it, perhaps this resource's. What has
    // been listed by now is taken, and the resource's cell unmarked if it is not among that; the
    // caller takes it for changed in any case.
    std::uint32_t find_change(std::uint64_t handle, EventQueue* queue) noexcept {
        Cell* cell = find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr || !lock(*cell, number)) return take_changes(queue);
        // Under the lock nobody lists this cell.
        const std::uint32_t first = take_changes(queue);
        std::uint32_t index = first;
        while (index != 0 && index != cell->index) index = find(index)->next_changed;
        if (index == 0) cell->changes.fetch_and(~listed, std::memory_order_acq_rel);
        unlock(*cell, number);
        return first;
    }

    // ---- fork -------------------------------------------------------------------------------

    // In the child, where only the forking thread lives on. What was open belongs to the parent:
    // its chunks leave the table, so that its handles are refused here, and new ones start in a new
    // chunk, so that they are never equal. Nothing is freed: another thread of the parent may have
    // been half-way through a change of it.
    void forget_parent() noexcept {
        lock_.unlock();
        for (std::uint32_t chunk = 0; chunk < chunks_used_; ++chunk) {
            chunks_[chunk].store(nullptr, std::memory_order_relaxed);
        }
        fresh_ = fresh_end_ = 0;
        oldest_closed_ = newest_closed_ = nullptr;
        open_queues_ = closed_queues_ = nullptr;
        ++process_;
    }

    // Grows in every forked child: what was made under another number belongs to a parent.
    std::uint32_t process() const noexcept { return process_; }

  private:
    static constexpr std::uint32_t chunk_bits = 12;
    static constexpr std::uint32_t chunk_cells = 1u << chunk_bits;
    static constexpr std::uint32_t chunk_limit = 4096;
    static constexpr std::uint32_t last_generation = 0xffffffff;
    static constexpr std::int32_t failed_state = 4;  // ClusterResourceFailed

    // Of Cell::doing, beside twice the even number.
    static constexpr std::uint32_t nothing = 0;
    static constexpr std::uint32_t posting = 1;
    static constexpr std::uint32_t publishing = 2;
    static constexpr std::uint32_t published = 3;

    // Of Cell::changes.
    static constexpr std::uint32_t watched = 1;
    static constexpr std::uint32_t listed = 2;
    static constexpr std::uint32_t closed = 4;

    // 128 bytes: two lines, which is what processors fetch and share in pairs.
    struct alignas(128) Cell {
        // The newest handle and what became of it: see opened(). Changed under the sequence lock,
        // but by terminate().
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

        // The last loads are acquire loads: see snapshot().
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

    // The control word of an open cell: the whole handle is in it, so that one comparison refuses
    // every other 64-bit value that leads to the same cell.
    static constexpr std::uint64_t opened(std::uint64_t handle, CellKind kind) noexcept {
        return handle + static_cast<std::uint32_t>(kind);
    }

    static constexpr std::uint64_t tagged(std::uint64_t sequence,
                                          std::uint32_t checkpoint) noexcept {
        return sequence << 32 | checkpoint;
    }

    // Any number leads to a place in the table: what is too large for an index to one that is
    // another's, whose control word has another low half.
    Cell* chunk_of(std::uint64_t handle) const noexcept {
        const auto index = static_cast<std::uint32_t>(handle);
        // Acquire: the chunk's zeroed memory, released by add_chunk().
        return chunks_[index >> chunk_bits & (chunk_limit - 1)].load(std::memory_order_acquire);
    }

    static Cell* cell_in(Cell* chunk, std::uint64_t handle) noexcept {
        return chunk + (handle & (chunk_cells - 1));
    }

    Cell* find(std::uint64_t handle) const noexcept {
        Cell* chunk = chunk_of(handle);
        return chunk == nullptr ? nullptr : cell_in(chunk, handle);
    }

    static bool is_open(const Cell& cell, std::uint64_t handle, CellKind kind) noexcept {
        // Relaxed: a yes counts only under the cell's lock, whose acquire shows every change but
        // terminate()'s. A no counts always: a word that has moved on never comes back.
        const std::uint64_t above =
            cell.control.load(std::memory_order_relaxed) - opened(handle, kind);
        return above <= exit_terminate;
    }

    // What a cell's sequence is while this thread is inside.
    std::uint64_t locked(std::uint32_t number) const noexcept {
        return std::uint64_t{this_thread(process_)} << 32 | number | 1;
    }

    // Into `number`: the sequence number that the lock was taken at.
    bool try_lock(Cell& cell, std::uint32_t& number) const noexcept {
        for (int tries = 0; tries < Wait::spins; ++tries) {
            // Relaxed: a guess, which the exchange confirms.
            std::uint64_t sequence = cell.sequence.load(std::memory_order_relaxed);
            number = static_cast<std::uint32_t>(sequence);
            // Acquire pairs with the release in unlock(). The field stores that follow release, so
            // that nobody sees one of them and then the even number from before.
            if ((sequence & 1) == 0 && cell.sequence.compare_exchange_weak(
                                           sequence, locked(number), std::memory_order_acquire,
                                           std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }

    // False: the thread inside is there, and does not come out.
    bool lock(Cell& cell, std::uint32_t& number) const noexcept {
        return try_lock(cell, number) || wait_for(cell, number);
    }

    RESAPI_CY_COLD bool wait_for(Cell& cell, std::uint32_t& number) const noexcept {
        std::uint64_t seen = 0;
        for (Wait wait; wait.again();) {
            if (try_lock(cell, number)) return true;
            // Relaxed: a guess, which the exchange confirms. Who is gone does not come back under
            // the same number.
            std::uint64_t sequence = cell.sequence.load(std::memory_order_relaxed);
            if (sequence != seen) {  // in a flood of reports, nobody is stuck
                wait = Wait();
                seen = sequence;
            }
            number = static_cast<std::uint32_t>(sequence) & ~std::uint32_t{1};
            if ((sequence & 1) != 0 && wait.asks() &&
                is_gone(static_cast<std::uint32_t>(sequence >> 32)) &&
                // Acquire, as in try_lock(); what the other one did inside is seen: it has ended.
                cell.sequence.compare_exchange_strong(sequence, locked(number),
                                                      std::memory_order_acquire,
                                                      std::memory_order_relaxed)) {
                number = take_back(cell, number);
                return true;
            }
        }
        return false;
    }

    // Makes whole what a thread that is gone has left, under the next number, since readers may
    // have seen some of it under this one. Whoever is ended in here is followed by another one.
    std::uint32_t take_back(Cell& cell, std::uint32_t number) const noexcept {
        const std::uint32_t what = cell.left_off(number), next = number + 2;
        if (what == publishing) {
            // Neither the old status nor the new one can be told from what is there. What was to
            // report on the resource is gone; to a host, that is a failure, and it knows what to
            // do. To keep the old status aside would cost every change what this costs none.
            Status failed;
            failed.state = failed_state;
            cell.count_transition();
            cell.publish(next, failed);
        } else {
            cell.publish(next, cell.status(what == published ? next : number));
        }
        EventQueue* queue = cell.queue;
        if (what != nothing) queue->count_dropped(1);
        if ((cell.changes.load(std::memory_order_relaxed) & watched) != 0) {
            list_change(cell, *queue);
            queue->changes_lost.store(true, std::memory_order_seq_cst);
        }
        queue->notify();
        cell.begin(next, nothing);
        // Release: a reader of this number sees what was written.
        cell.sequence.store(locked(next), std::memory_order_release);
        return next;
    }

    static void unlock(Cell& cell, std::uint32_t number) noexcept {
        // Release: the next one inside, and a reader of this number, see what was written.
        cell.sequence.store(number, std::memory_order_release);
    }

    // Under the cell's lock, taken at `number`, to be released at the next one.
    static void record(Cell& cell, std::uint64_t handle, std::uint32_t number,
                       const Status& next) noexcept {
        Event event;
        event.handle = handle;
        event.monotonic = monotonic_ns();
        event.status = next;
        event.previous = cell.status(number);
        cell.begin(number, publishing);
        cell.publish(number + 2, next);
        cell.count_transition();
        cell.begin(number, published);
        EventQueue& queue = *cell.queue;
        list_change(cell, queue);
        queue.append(event);  // what does not fit is counted there
    }

    // Under the cell's lock, after the change.
    static void list_change(Cell& cell, EventQueue& queue) noexcept {
        // Relaxed: who watches a resource looks at its status afterwards.
        if ((cell.changes.load(std::memory_order_relaxed) & watched) == 0) return;
        // Release: who takes the mark down sees the change. Acquire: it has read the link.
        if ((cell.changes.fetch_or(listed, std::memory_order_acq_rel) & listed) != 0) return;
        std::uint32_t first = queue.changed.load(std::memory_order_relaxed);
        do {
            cell.next_changed = first;
            // Releases the link; sequentially consistent, as Wakeup::notify() needs it. Failure:
            // only the index is used again.
        } while (!queue.changed.compare_exchange_weak(first, cell.index, std::memory_order_seq_cst,
                                                      std::memory_order_relaxed));
    }

    // Everything of report() that is not a keepalive, and the keepalive that met a transition.
    RESAPI_CY_COLD std::uint32_t transition(Cell& cell, std::uint64_t handle,
                                            const Status& status) noexcept {
        std::uint32_t number = 0;
        Duplicate duplicate = duplicate_for(cell, status);  // before the lock: it calls the system
        if (lock(cell, number)) {
            const std::uint32_t exit = transition_inside(cell, handle, number, status, duplicate);
            drop(duplicate);
            return exit;
        }
        drop(duplicate);
        // The report is lost, and counted; the answer is right all the same.
        reject();
        const std::uint64_t exit =
            cell.control.load(std::memory_order_acquire) - opened(handle, CellKind::resource);
        return exit <= exit_terminate ? static_cast<std::uint32_t>(exit) : exit_terminate;
    }

    // A watched resource's status may come with an event handle, which is duplicated now, when it
    // is sure to be meant: the DLL may close its own as soon as the report has returned.
    static Duplicate duplicate_for(const Cell& cell, const Status& status) noexcept {
        // Relaxed: who has just begun to watch gets the next one.
        const bool wanted = status.event_handle != 0 &&
                            (cell.changes.load(std::memory_order_relaxed) & watched) != 0;
        return wanted ? duplicate_handle(status.event_handle) : Duplicate{};
    }

    // Leaves in `duplicate` what is to be closed: itself, or the one before that nobody has taken.
    std::uint32_t transition_inside(Cell& cell, std::uint64_t handle, std::uint32_t number,
                                    const Status& status, Duplicate& duplicate) noexcept {
        // Relaxed: see is_open().
        const std::uint64_t exit =
            cell.control.load(std::memory_order_relaxed) - opened(handle, CellKind::resource);
        if (exit > exit_terminate) {
            unlock(cell, number);
            return reject();
        }
        if (cell.repeats(status)) {
            cell.checkpoint.store(tagged(number, status.checkpoint), std::memory_order_release);
            unlock(cell, number);
            return static_cast<std::uint32_t>(exit);
        }
        if ((cell.changes.load(std::memory_order_relaxed) & watched) != 0) {
            std::swap(cell.duplicate, duplicate);
        }
        record(cell, handle, number, status);
        EventQueue& queue = *cell.queue;
        unlock(cell, number + 2);
        queue.notify();
        return static_cast<std::uint32_t>(exit);
    }

    static bool begin_inside(Cell& cell, std::uint64_t handle, std::int32_t pending_state,
                             std::uint32_t number) noexcept {
        if (!is_open(cell, handle, CellKind::resource)) {
            unlock(cell, number);
            return false;
        }
        Status pending;
        pending.state = pending_state;
        Duplicate former = std::exchange(cell.duplicate, Duplicate{});
        record(cell, handle, number, pending);
        // Under the lock only terminate() can touch this word too, and one of the two is the later
        // one. Release: who reads CONTINUE sees the pending state.
        cell.control.exchange(opened(handle, CellKind::resource), std::memory_order_release);
        EventQueue& queue = *cell.queue;
        unlock(cell, number + 2);
        drop(former);
        queue.notify();
        return true;
    }

    // Under the board's lock, which it leaves.
    std::uint64_t open_inside(EventQueue* queue, CellKind kind, std::uint64_t owner,
                              bool waits) noexcept {
        std::uint32_t index = 0, number = 0;
        const bool found = take_cell(index);
        lock_.unlock();
        if (!found) return 0;
        Cell& cell = *find(index);
        // Nobody is inside but a thread with a stale handle, that has come too late by a moment.
        if (!(waits ? lock(cell, number) : try_lock(cell, number))) return 0;
        const std::uint64_t generation = (cell.control.load(std::memory_order_relaxed) >> 32) + 1;
        const std::uint64_t handle = generation << 32 | index;
        cell.queue = queue;
        cell.owner = owner;
        cell.changes.store(0, std::memory_order_relaxed);  // nobody else knows of the cell
        cell.transitions.store(0, std::memory_order_release);
        cell.forget_failures();
        cell.publish(number + 2, Status{});
        // Release: the owner of a handle that reads this control word sees the fields above.
        cell.control.store(opened(handle, kind), std::memory_order_release);
        unlock(cell, number + 2);
        return handle;
    }

    static bool close_inside(Cell& cell, std::uint64_t handle, CellKind kind,
                             std::uint32_t number) noexcept {
        const bool open = is_open(cell, handle, kind);
        Duplicate former;
        if (open) {
            former = std::exchange(cell.duplicate, former);
            close_locked(cell, handle);
        }
        unlock(cell, open ? number + 2 : number);
        drop(former);
        return open;
    }

    // Closes a handle though a thread is inside of the cell and does not come out. In case it does
    // one day, neither the cell nor the queue is ever used for anything else.
    RESAPI_CY_COLD static bool abandon(Cell& cell, std::uint64_t handle, CellKind kind) noexcept {
        const std::uint64_t open = opened(handle, kind);
        std::uint64_t control = cell.control.load(std::memory_order_relaxed);
        while (control - open <= exit_terminate) {
            EventQueue* queue = cell.queue;
            if (cell.control.compare_exchange_weak(control, opened(handle, CellKind::closed),
                                                   std::memory_order_acq_rel,
                                                   std::memory_order_relaxed)) {
                queue->abandoned.store(true, std::memory_order_relaxed);
                return true;
            }
        }
        return false;
    }

    Posted refuse(Event& event) noexcept {
        event.free_blocks();
        reject();
        return Posted::refused;
    }

    static bool copy_blocks(const Event& from, Event& to) noexcept {
        bool copied = true;
        for (std::size_t i = 0; i < 2; ++i) {
            to.blocks[i] = copy_block(from.blocks[i].data, from.blocks[i].bytes);
            copied = copied && (to.blocks[i].data != nullptr || from.blocks[i].data == nullptr);
        }
        if (!copied) to.free_blocks();
        return copied;
    }

    // ---- Cells to open: those never used first, then the one that was closed longest ago, so that
    // a thread with a stale handle has had all the time there is to find out.

    // Under the board's lock.
    bool take_cell(std::uint32_t& index) noexcept {
        if (fresh_ == fresh_end_ && oldest_closed_ == nullptr && !add_chunk()) return false;
        if (fresh_ != fresh_end_) {
            index = fresh_++;
            find(index)->index = index;
            return true;
        }
        index = oldest_closed_->index;
        oldest_closed_ = oldest_closed_->next_closed;
        if (oldest_closed_ == nullptr) newest_closed_ = nullptr;
        return true;
    }

    // Two handles would find an all-zero cell open: NULL, that of index 0, and 2**64 - 1 (for a
    // context: a few below it). So the first cell is reserved, and the last chunk is never made.
    bool add_chunk() noexcept {
        if (chunks_used_ == chunk_limit - 1) return false;
        // Zeroed by the system, page by page as it is used. Never freed, so the unaligned pointer
        // is not kept.
        void* memory = std::calloc(chunk_cells + 1, sizeof(Cell));
        if (memory == nullptr) return false;
        const auto address = reinterpret_cast<std::uintptr_t>(memory);
        auto* chunk = reinterpret_cast<Cell*>((address + alignof(Cell) - 1) & ~(alignof(Cell) - 1));
        fresh_ = chunks_used_ * chunk_cells;
        fresh_end_ = fresh_ + chunk_cells;
        if (fresh_ == 0) chunk[fresh_++].reserve();
        // Release: who finds the chunk finds it zeroed.
        chunks_[chunks_used_++].store(chunk, std::memory_order_release);
        return true;
    }

    static void close_locked(Cell& cell, std::uint64_t handle) noexcept {
        // Relaxed: the unlock that follows releases it, and a call that still reads the old word
        // started before the close ended.
        cell.control.store(opened(handle, CellKind::closed), std::memory_order_relaxed);
    }

    // Only for the thread that has closed the cell.
    void recycle(Cell& cell, std::uint64_t handle) noexcept {
        if (!lock_board()) return;
        enlist(cell, handle);
        lock_.unlock();
    }

    // Under the board's lock. After its last generation a cell is left alone.
    void enlist(Cell& cell, std::uint64_t handle) noexcept {
        // Whoever comes second, this one or who takes the list that the cell is on, gives it back.
        const std::uint32_t before = cell.changes.fetch_or(closed, std::memory_order_acq_rel);
        if ((before & listed) != 0 || handle >> 32 == last_generation) return;
        cell.next_closed = nullptr;
        // In this order: see repair().
        std::atomic_signal_fence(std::memory_order_seq_cst);
        (oldest_closed_ == nullptr ? oldest_closed_ : newest_closed_->next_closed) = &cell;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        newest_closed_ = &cell;
    }

    // False: a thread holds the board's lock, is there, and does not leave it.
    bool lock_board() noexcept {
        const ShortLock::Taken taken = lock_.lock(this_thread(process_));
        if (taken == ShortLock::Taken::from_a_thread_that_is_gone) repair();
        return taken != ShortLock::Taken::no;
    }

    // Of a native thread's doing, only enlist() changes anything under the board's lock. It links
    // a cell before it says that this is the newest one.
    RESAPI_CY_COLD void repair() noexcept {
        newest_closed_ = oldest_closed_;
        for (Cell* cell = oldest_closed_; cell != nullptr; cell = cell->next_closed) {
            newest_closed_ = cell;
        }
    }

    static void push(EventQueue*& list, EventQueue* queue) noexcept {
        queue->next_queue = list;
        list = queue;
    }

    std::atomic<Cell*> chunks_[chunk_limit] = {};
    std::uint32_t process_ = 0;  // here, since every change asks for it
    alignas(128) std::atomic<std::uint64_t> rejected_{0};

    // The board's lock guards all that follows. A native thread takes it to broadcast and to end a
    // control call; no thread waits for anything, the GIL least of all, while it holds it.
    alignas(128) ShortLock lock_;
    std::uint32_t chunks_used_ = 0;
    std::uint32_t fresh_ = 0;  // indices from here to fresh_end_ were never used
    std::uint32_t fresh_end_ = 0;
    Cell* oldest_closed_ = nullptr;
    Cell* newest_closed_ = nullptr;
    EventQueue* open_queues_ = nullptr;
    EventQueue* closed_queues_ = nullptr;
};

// The board is there before the first constructor runs and after the last destructor has.
static_assert(std::is_trivially_destructible_v<StatusBoard>);

}  // namespace resapi_cy
