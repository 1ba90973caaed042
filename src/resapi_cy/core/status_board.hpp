// The status of every open resource of the process, written by native threads, read by monitors.
//
// check, report, post, broadcast, reject    any thread, at any time: they call nothing of Python's,
//                                           and take no lock that is held while waiting. Only
//                                           broadcast allocates: a copy for each monitor.
// everything else                           the monitors' threads. What begins with try_ waits for
//                                           nobody; the rest waits for who is inside a cell, but
//                                           not for ever: see inside_cell.hpp.
//
// A native thread may be ended at any instruction. What it leaves behind outside of a cell, and who
// mends it (inside_cell.hpp has the rest):
//
// with text or bytes of an event          nobody: they are never freed.
// before it has given a closed cell back  nobody: that cell is not opened again.
// under the board's lock                  who waits for that takes it; the list of closed cells is
//                                         joined again: see CellTable::repair().
// in a broadcast                          the other monitors do not get theirs.
// with a duplicate of an event handle     nobody: the duplicate is never closed. Nor is that of a
//                                         cell which was abandoned, since a thread stopped inside.
//
// What there is of a cell is in cell.hpp, what is done with its lock in inside_cell.hpp, and how a
// handle leads to it in cell_table.hpp. docs/design.md tells the whole story; the comments here say
// why each memory order is enough.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "cell.hpp"
#include "cell_table.hpp"
#include "clock.hpp"
#include "duplicate.hpp"
#include "event_queue.hpp"
#include "inlining.hpp"
#include "inside_cell.hpp"
#include "threads.hpp"
#include "waiting.hpp"

namespace resapi_cy {

// What became of an event that a callback wanted recorded.
enum class Posted : std::uint32_t { delivered, dropped, refused };

// What became of something that waits for nobody; busy: another thread is inside the cell.
enum class Tried : std::uint32_t { no, yes, busy };

class StatusBoard {
  public:
    // ---- Any thread -------------------------------------------------------------------------

    // The termination check: one load answers "is it mine?" and "am I terminated?".
    RESAPI_CY_HOT std::uint32_t check(std::uint64_t handle) noexcept {
        Cell* chunk = cells_.chunk_of(handle);
        if (chunk == nullptr) return reject();
        const Cell* cell = CellTable::cell_in(chunk, handle);
        // Acquire: a thread that sees a new operation (begin) sees its pending state as well.
        const std::uint64_t exit =
            cell->control.load(std::memory_order_acquire) - opened(handle, CellKind::resource);
        return answer(exit);
    }

    // A status report. The common one repeats the published status with another checkpoint: a
    // handful of loads, one store, wait-free. Any other is a transition.
    RESAPI_CY_HOT std::uint32_t report(std::uint64_t handle, const Status& status) noexcept {
        Cell* chunk = cells_.chunk_of(handle);
        if (chunk == nullptr) return reject();
        Cell* cell = CellTable::cell_in(chunk, handle);
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
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr || !is_open(*cell, handle, CellKind::resource)) {
            exit = reject();
            return true;
        }
        Duplicate duplicate = duplicate_for(*cell, status);
        const bool done = try_lock(*cell, process_, number);
        if (done) {
            exit = answer(transition_inside(*cell, handle, number, status, duplicate));
        }
        drop(duplicate);
        return done;
    }

    // Records an event of an open resource, or of a control call if `kind` says so; `last` closes
    // the control call. Takes the event's blocks.
    Posted post(std::uint64_t handle, CellKind kind, Event& event, bool last = false) noexcept {
        Cell* cell = cells_.find(handle);
        // Looked at before the lock is taken, too: a stale handle must not disturb the cell's heir.
        if (cell == nullptr || !is_open(*cell, handle, kind)) return refuse(event);
        std::uint32_t number = 0;
        if (!lock(*cell, process_, number)) return refuse(event);
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
        cell->begin(number, Cell::posting);
        const bool delivered = queue.append(event);
        cell->begin(number, Cell::nothing);
        const bool closes = last && delivered;
        if (closes) close_locked(*cell, handle);
        // The same number as before where no field has changed: readers need not look again.
        unlock(*cell, closes ? number + 2 : number);
        if (closes) recycle(*cell, handle);
        // Of a dropped one, too: a failure's count has changed. What is logged tells a host
        // nothing.
        queue.wakeup.notify();
        if (last) {
            queue.call_host();
        } else if (event.kind == EventKind::failure_signaled) {
            queue.host_wakeup.notify();
        }
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
        if (!lock_board()) return queue->drop_left() + queue->dropped();
        EventQueue** link = &open_queues_;
        while (*link != queue) link = &(*link)->next_queue;
        *link = queue->next_queue;
        lock_.unlock();
        for (std::uint32_t index = take_changes(queue); index != 0;) pass_change(index);
        // A thread that did not come out of a cell in time may still append to it.
        if (queue->abandoned.load(std::memory_order_relaxed)) {
            return queue->drop_left() + queue->dropped();
        }
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
        if (!lock_board()) return 0;
        Cell* cell = cells_.take_cell();
        lock_.unlock();
        std::uint32_t number = 0;
        if (cell == nullptr) return 0;
        if (lock(*cell, process_, number)) return open_inside(*cell, queue, kind, owner, number);
        // A thread with a stale handle has come too late by a moment, and has stopped inside. The
        // next one, then; as deep as there are such threads.
        const std::uint64_t handle = open(queue, kind, owner);
        if (lock_board()) {
            cells_.put_back(*cell);
            lock_.unlock();
        }
        return handle;
    }
    // 0: the same, or it would have to wait.
    std::uint64_t try_open(EventQueue* queue, CellKind kind, std::uint64_t owner) noexcept {
        if (!lock_.try_lock(this_thread(process_))) return 0;
        Cell* cell = cells_.take_cell();
        std::uint32_t number = 0;
        const bool inside = cell != nullptr && try_lock(*cell, process_, number);
        if (cell != nullptr && !inside) cells_.put_back(*cell);
        lock_.unlock();
        return inside ? open_inside(*cell, queue, kind, owner, number) : 0;
    }

    // Once it has returned no callback touches the cell's queue any more. False: closed before.
    bool close(std::uint64_t handle, CellKind kind = CellKind::resource) noexcept {
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr) return false;
        if (!lock(*cell, process_, number)) return abandon(*cell, handle, kind);
        const bool open = close_inside(*cell, handle, kind, number);
        if (open) recycle(*cell, handle);
        return open;
    }
    Tried try_close(std::uint64_t handle, CellKind kind) noexcept {
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr) return Tried::no;
        if (!lock_.try_lock(this_thread(process_))) return Tried::busy;
        Tried tried = Tried::busy;
        if (try_lock(*cell, process_, number)) {
            tried = close_inside(*cell, handle, kind, number) ? Tried::yes : Tried::no;
            if (tried == Tried::yes) cells_.enlist(*cell, handle);
        }
        lock_.unlock();
        return tried;
    }

    // Every check and report that starts after this has returned is answered TERMINATE.
    bool terminate(std::uint64_t handle) noexcept {
        Cell* cell = cells_.find(handle);
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
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        return cell != nullptr && lock(*cell, process_, number) &&
               begin_inside(*cell, handle, pending_state, number);
    }
    Tried try_begin(std::uint64_t handle, std::int32_t pending_state) noexcept {
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr) return Tried::no;
        if (!try_lock(*cell, process_, number)) return Tried::busy;
        return begin_inside(*cell, handle, pending_state, number) ? Tried::yes : Tried::no;
    }

    // A status as one report gave it, with the newest checkpoint of that status. False: as begin().
    bool snapshot(std::uint64_t handle, Snapshot& into) noexcept {
        const Tried tried = try_snapshot(handle, into);
        if (tried != Tried::busy) return tried == Tried::yes;
        // A flood of transitions, or a thread that is gone: take turns with the reporters.
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        if (!lock(*cell, process_, number)) return false;
        const bool open = cell->read(handle, number, into);
        unlock(*cell, number);
        return open;
    }
    Tried try_snapshot(std::uint64_t handle, Snapshot& into) noexcept {
        Cell* cell = cells_.find(handle);
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
        Cell* cell = cells_.find(handle);
        if (cell == nullptr || !is_open(*cell, handle, CellKind::resource)) return false;
        // Relaxed: the caller looks at the status afterwards, through the cell's lock.
        cell->changes.fetch_or(Cell::watched, std::memory_order_relaxed);
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
        Cell& cell = *cells_.find(index);
        // Relaxed: the generation that was listed, which came with the list, or a later one.
        const std::uint64_t handle =
            cell.control.load(std::memory_order_relaxed) >> 32 << 32 | cell.index;
        index = cell.next_changed;
        // Acquire: a reporter that has found the cell listed did so after its change. Release: who
        // lists it next overwrites the link after it was read.
        const std::uint32_t before =
            cell.changes.fetch_and(~Cell::listed, std::memory_order_acq_rel);
        if ((before & Cell::closed) != 0) recycle(cell, handle);
        return handle;
    }

    // The duplicate of the event handle that came with the status, once, and the caller's from then
    // on. False: the handle is closed, or the thread inside the cell did not come out.
    bool take_duplicate(std::uint64_t handle, Duplicate& into) noexcept {
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr || !lock(*cell, process_, number)) return false;
        const bool open = is_open(*cell, handle, CellKind::resource);
        if (open) into = std::exchange(cell->duplicate, Duplicate{});
        unlock(*cell, number);
        return open;
    }

    // A thread was ended between marking a cell and linking it, perhaps this resource's. What has
    // been listed by now is taken, and the resource's cell unmarked if it is not among that; the
    // caller takes it for changed in any case.
    std::uint32_t find_change(std::uint64_t handle, EventQueue* queue) noexcept {
        Cell* cell = cells_.find(handle);
        std::uint32_t number = 0;
        if (cell == nullptr || !lock(*cell, process_, number)) return take_changes(queue);
        // Under the lock nobody lists this cell.
        const std::uint32_t first = take_changes(queue);
        std::uint32_t index = first;
        while (index != 0 && index != cell->index) index = cells_.find(index)->next_changed;
        if (index == 0) cell->changes.fetch_and(~Cell::listed, std::memory_order_acq_rel);
        unlock(*cell, number);
        return first;
    }

    // ---- fork -------------------------------------------------------------------------------

    // In the child, where only the forking thread lives on.
    void forget_parent() noexcept {
        lock_.unlock();
        cells_.forget_parent();
        open_queues_ = closed_queues_ = nullptr;
        ++process_;
    }

    // Grows in every forked child: what was made under another number belongs to a parent.
    std::uint32_t process() const noexcept { return process_; }

  private:
    // `exit`: the exit state, or more than that: the handle is not an open resource's.
    RESAPI_CY_HOT std::uint32_t answer(std::uint64_t exit) noexcept {
        return exit <= exit_terminate ? static_cast<std::uint32_t>(exit) : reject();
    }

    // Everything of report() that is not a keepalive, and the keepalive that met a transition.
    RESAPI_CY_COLD std::uint32_t transition(Cell& cell, std::uint64_t handle,
                                            const Status& status) noexcept {
        std::uint32_t number = 0;
        Duplicate duplicate = duplicate_for(cell, status);  // before the lock: it calls the system
        if (lock(cell, process_, number)) {
            const std::uint64_t exit = transition_inside(cell, handle, number, status, duplicate);
            drop(duplicate);
            return answer(exit);
        }
        drop(duplicate);
        // The report is lost, and counted; the answer is right all the same.
        reject();
        const std::uint64_t exit =
            cell.control.load(std::memory_order_acquire) - opened(handle, CellKind::resource);
        return exit <= exit_terminate ? static_cast<std::uint32_t>(exit) : exit_terminate;
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

    // Only for the thread that has closed the cell.
    void recycle(Cell& cell, std::uint64_t handle) noexcept {
        if (!lock_board()) return;
        cells_.enlist(cell, handle);
        lock_.unlock();
    }

    // False: a thread holds the board's lock, is there, and does not leave it.
    bool lock_board() noexcept {
        const ShortLock::Taken taken = lock_.lock(this_thread(process_));
        if (taken == ShortLock::Taken::from_a_thread_that_is_gone) cells_.repair();
        return taken != ShortLock::Taken::no;
    }

    static void push(EventQueue*& list, EventQueue* queue) noexcept {
        queue->next_queue = list;
        list = queue;
    }

    alignas(128) CellTable cells_;
    // The board's lock guards which cells are opened next, and the lists of queues. A native thread
    // takes it to broadcast and to end a control call; no thread waits for anything, the GIL least
    // of all, while it holds it.
    ShortLock lock_;
    EventQueue* open_queues_ = nullptr;
    EventQueue* closed_queues_ = nullptr;

    alignas(128) std::uint32_t process_ = 0;  // apart, since every change asks for it
    alignas(128) std::atomic<std::uint64_t> rejected_{0};
};

// The board is there before the first constructor runs and after the last destructor has.
static_assert(std::is_trivially_destructible_v<StatusBoard>);

}  // namespace resapi_cy
