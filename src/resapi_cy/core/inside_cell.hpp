// What threads do inside of a cell: its lock, the changes under it, and what becomes of it when the
// thread inside is gone. The status board calls this, for native threads and for the monitors'.
//
// is_open, duplicate_for    at any time, with the lock or without.
// lock, try_lock            without it. try_lock waits for nobody; lock waits for who is inside,
//                           but not for ever if nobody comes out: see wait_for(). `process`: see
//                           this_thread().
// ..._inside                with the lock, which was taken at `number`. They leave the cell, too.
// abandon                   after waiting for the lock in vain.
// everything else           with the lock.
//
// A native thread may be ended at any instruction. What it leaves behind, and who mends it:
//
// inside a cell, no status changed yet    who waits for the cell takes it back: the status as it
// was,
//                                         and what SignalFailure had counted.
// ... half-way through a new status       the same, and publishes FAILED: no mixture is ever seen.
// A
//                                         duplicate of the one status' event handle is closed, that
//                                         of the other is not.
// ... while it appends the event          the same; the status is whole, the event counts as
//                                         dropped, whether it got through or not. Its node, if it
//                                         had one, is not used again before the monitor is closed,
//                                         and its text and bytes are never freed.
// ... that ends a control call            the same; if the event got through, who takes that closes
//                                         the control call: see CallbackMonitor.owner_of().
// ... before it wakes who sleeps          who sleeps looks at times by itself.
// between a watched cell's mark and link  who takes it back says so, and the host looks through all
//                                         that it watches, once: see StatusBoard::find_change(). A
//                                         cell that has been closed by then is not opened again,
//                                         and who takes a closed cell back does not list it.
//
// The rest of this table is in status_board.hpp: what a thread leaves behind outside of a cell.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "cell.hpp"
#include "clock.hpp"
#include "duplicate.hpp"
#include "event_queue.hpp"
#include "inlining.hpp"
#include "threads.hpp"
#include "waiting.hpp"

namespace resapi_cy {

inline bool is_open(const Cell& cell, std::uint64_t handle, CellKind kind) noexcept {
    // Relaxed: a yes counts only under the cell's lock, whose acquire shows every change but
    // terminate()'s. A no counts always: a word that has moved on never comes back.
    const std::uint64_t above = cell.control.load(std::memory_order_relaxed) - opened(handle, kind);
    return above <= exit_terminate;
}

// After a change that a host may watch for.
inline void list_change(Cell& cell, EventQueue& queue) noexcept {
    // Relaxed: who watches a resource looks at its status afterwards.
    if ((cell.changes.load(std::memory_order_relaxed) & Cell::watched) == 0) return;
    // Release: who takes the mark down sees the change. Acquire: it has read the link.
    const std::uint32_t before = cell.changes.fetch_or(Cell::listed, std::memory_order_acq_rel);
    if ((before & Cell::listed) != 0) return;
    std::uint32_t first = queue.changed.load(std::memory_order_relaxed);
    do {
        cell.next_changed = first;
        // Releases the link; sequentially consistent, as Wakeup::notify() needs it. Failure:
        // only the index is used again.
    } while (!queue.changed.compare_exchange_weak(first, cell.index, std::memory_order_seq_cst,
                                                  std::memory_order_relaxed));
}

// What a cell's sequence is while this thread is inside.
inline std::uint64_t locked(std::uint32_t process, std::uint32_t number) noexcept {
    return std::uint64_t{this_thread(process)} << 32 | number | 1;
}

// Into `number`: the sequence number that the lock was taken at.
inline bool try_lock(Cell& cell, std::uint32_t process, std::uint32_t& number) noexcept {
    for (int tries = 0; tries < Wait::spins; ++tries) {
        // Relaxed: a guess, which the exchange confirms.
        std::uint64_t sequence = cell.sequence.load(std::memory_order_relaxed);
        number = static_cast<std::uint32_t>(sequence);
        // Acquire pairs with the release in unlock(). The field stores that follow release, so
        // that nobody sees one of them and then the even number from before.
        if ((sequence & 1) == 0 && cell.sequence.compare_exchange_weak(
                                       sequence, locked(process, number), std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
            return true;
        }
    }
    return false;
}

// Makes whole what a thread that is gone has left, under the next number, since readers may
// have seen some of it under this one. Whoever is ended in here is followed by another one.
inline std::uint32_t take_back(Cell& cell, std::uint32_t process, std::uint32_t number) noexcept {
    const std::uint32_t what = cell.left_off(number), next = number + 2;
    if (what == Cell::publishing) {
        // Neither the old status nor the new one can be told from what is there. What was to
        // report on the resource is gone; to a host, that is a failure, and it knows what to
        // do. To keep the old status aside would cost every change what this costs none.
        Status failed;
        failed.state = 4;  // ClusterResourceFailed
        cell.count_transition();
        cell.publish(next, failed);
        drop(std::exchange(cell.duplicate, Duplicate{}));  // of either
    } else {
        cell.publish(next, cell.status(what == Cell::published ? next : number));
    }
    EventQueue* queue = cell.queue;
    if (what != Cell::nothing) queue->count_dropped(1);
    // A closed cell is waiting to be opened again: it is not listed, and its queue may be another
    // monitor's by now.
    if (!cell.is_closed() && (cell.changes.load(std::memory_order_relaxed) & Cell::watched) != 0) {
        list_change(cell, *queue);
        queue->changes_lost.store(true, std::memory_order_seq_cst);
    }
    queue->notify();
    cell.begin(next, Cell::nothing);
    // Release: a reader of this number sees what was written.
    cell.sequence.store(locked(process, next), std::memory_order_release);
    return next;
}

RESAPI_CY_COLD inline bool wait_for(Cell& cell, std::uint32_t process,
                                    std::uint32_t& number) noexcept {
    std::uint64_t seen = 0;
    for (Wait wait; wait.again();) {
        if (try_lock(cell, process, number)) return true;
        // Relaxed: a guess, which the exchange confirms. Who is gone does not come back under
        // the same number.
        std::uint64_t sequence = cell.sequence.load(std::memory_order_relaxed);
        if (sequence != seen) {
            // Nobody is stuck. In a flood of reports the time begins anew each time, and chance
            // says when it is this thread's turn: to give up would lose what nothing is wrong with.
            wait = Wait();
            seen = sequence;
        }
        number = static_cast<std::uint32_t>(sequence) & ~std::uint32_t{1};
        if ((sequence & 1) != 0 && wait.asks() &&
            is_gone(static_cast<std::uint32_t>(sequence >> 32)) &&
            // Acquire, as in try_lock(); what the other one did inside is seen: it has ended.
            cell.sequence.compare_exchange_strong(sequence, locked(process, number),
                                                  std::memory_order_acquire,
                                                  std::memory_order_relaxed)) {
            number = take_back(cell, process, number);
            return true;
        }
    }
    return false;
}

// False: the thread inside is there, and does not come out.
inline bool lock(Cell& cell, std::uint32_t process, std::uint32_t& number) noexcept {
    return try_lock(cell, process, number) || wait_for(cell, process, number);
}

inline void unlock(Cell& cell, std::uint32_t number) noexcept {
    // Release: the next one inside, and a reader of this number, see what was written.
    cell.sequence.store(number, std::memory_order_release);
}

// The new status, its count, its event, and the duplicate of its event handle, in place of which
// `duplicate` is the one before afterwards. To be left at the next number.
inline void record(Cell& cell, std::uint64_t handle, std::uint32_t number, const Status& next,
                   Duplicate& duplicate) noexcept {
    Event event;
    event.handle = handle;
    event.monotonic = monotonic_ns();
    event.status = next;
    event.previous = cell.status(number);
    cell.begin(number, Cell::publishing);
    cell.publish(number + 2, next);
    cell.count_transition();
    // Between the two, so that who takes the cell back knows whose the duplicate is. Not moved up
    // by the compiler; begin() releases it.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    std::swap(cell.duplicate, duplicate);
    cell.begin(number, Cell::published);
    EventQueue& queue = *cell.queue;
    list_change(cell, queue);
    queue.append(event);  // what does not fit is counted there
}

// A watched resource's status may come with an event handle, which is duplicated now, when it
// is sure to be meant: the DLL may close its own as soon as the report has returned.
inline Duplicate duplicate_for(const Cell& cell, const Status& status) noexcept {
    // Relaxed: who has just begun to watch gets the next one.
    const bool wanted = status.event_handle != 0 &&
                        (cell.changes.load(std::memory_order_relaxed) & Cell::watched) != 0;
    return wanted ? duplicate_handle(status.event_handle) : Duplicate{};
}

// The exit state; more than exit_terminate: the handle is closed. Leaves in `duplicate` what is to
// be closed: itself, or the one before that nobody has taken.
inline std::uint64_t transition_inside(Cell& cell, std::uint64_t handle, std::uint32_t number,
                                       const Status& status, Duplicate& duplicate) noexcept {
    // Relaxed: see is_open().
    const std::uint64_t exit =
        cell.control.load(std::memory_order_relaxed) - opened(handle, CellKind::resource);
    if (exit > exit_terminate) {
        unlock(cell, number);
        return exit;
    }
    if (cell.repeats(status)) {
        cell.checkpoint.store(tagged(number, status.checkpoint), std::memory_order_release);
        unlock(cell, number);
        return exit;
    }
    record(cell, handle, number, status, duplicate);
    EventQueue& queue = *cell.queue;
    unlock(cell, number + 2);
    queue.notify();
    return exit;
}

inline bool begin_inside(Cell& cell, std::uint64_t handle, std::int32_t pending_state,
                         std::uint32_t number) noexcept {
    if (!is_open(cell, handle, CellKind::resource)) {
        unlock(cell, number);
        return false;
    }
    Status pending;
    pending.state = pending_state;
    Duplicate former;
    record(cell, handle, number, pending, former);
    // Under the lock only terminate() can touch this word too, and one of the two is the later
    // one. Release: who reads CONTINUE sees the pending state.
    cell.control.exchange(opened(handle, CellKind::resource), std::memory_order_release);
    EventQueue& queue = *cell.queue;
    unlock(cell, number + 2);
    drop(former);
    queue.notify();
    return true;
}

// The new handle, of the next generation.
inline std::uint64_t open_inside(Cell& cell, EventQueue* queue, CellKind kind, std::uint64_t owner,
                                 std::uint32_t number) noexcept {
    const std::uint64_t generation = (cell.control.load(std::memory_order_relaxed) >> 32) + 1;
    const std::uint64_t handle = generation << 32 | cell.index;
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

inline void close_locked(Cell& cell, std::uint64_t handle) noexcept {
    // Relaxed: the unlock that follows releases it, and a call that still reads the old word
    // started before the close ended.
    cell.control.store(opened(handle, CellKind::closed), std::memory_order_relaxed);
}

inline bool close_inside(Cell& cell, std::uint64_t handle, CellKind kind,
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
// one day, neither the cell nor the queue is ever used for anything else, and what the cell has, a
// duplicate of an event handle, say, is left to it.
RESAPI_CY_COLD inline bool abandon(Cell& cell, std::uint64_t handle, CellKind kind) noexcept {
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

}  // namespace resapi_cy
