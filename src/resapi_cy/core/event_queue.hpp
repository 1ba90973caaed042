// The events of one monitor, on their way from native threads to Python.
//
// append()                      any thread, without waiting for another one: lock-free, no
//                               allocation. One that is ended in the middle takes its node with it,
//                               and what the event had of the budgets, until the queue is closed;
//                               the event's text and bytes are never freed.
// take, release, drop_left      the monitor, one thread at a time.
// open, close                   the monitor, while no thread can append: the status board sees to
//                               that.
//
// Appended events form a list, newest first, that the monitor takes whole in one exchange and turns
// round. The nodes come from an array of the queue's capacity: what finds no node is dropped and
// counted. A taken node counts against the capacity until it is released.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "wakeup.hpp"

namespace resapi_cy {

struct Status {
    std::int32_t state = -1;  // ClusterResourceStateUnknown
    std::uint32_t checkpoint = 0;
    std::uint64_t event_handle = 0;
    std::uint32_t error_code = 0;
    std::uint32_t flags = 0;
};

// One for each callback of CLRES_CALLBACK_FUNCTION_TABLE, in the table's order.
enum class EventKind : std::uint32_t {
    log_message,
    status_changed,
    locked_mode_set,
    failure_signaled,
    node_local_properties_set,
    control_call_ended,
    type_control_call_ended,
    control_call_extended,
    type_control_call_extended,
    type_notification_raised,
    dump_process_changed,
    type_dump_process_changed,
    internal_state_set,
    locked_mode_set_ex,
    dump_requested,
    wpr_policy_set,
    wpr_watchdog_armed,
    quorum_resource_lost,  // not of the table: PQUORUM_RESOURCE_LOST, which Arbitrate is given
};

// Memory from malloc that travels with an event: UTF-16 text, or the bytes of a buffer.
struct Block {
    void* data = nullptr;
    std::uint32_t bytes = 0;
};

// A copy; without data where there was none to copy, or no memory.
inline Block copy_block(const void* data, std::uint32_t bytes) noexcept {
    void* copy =
        data == nullptr ? nullptr : std::malloc(std::size_t{bytes} + 1);  // never malloc(0)
    if (copy == nullptr) return Block{};
    std::memcpy(copy, data, bytes);
    return Block{copy, bytes};
}

struct Event {
    EventKind kind = EventKind::status_changed;
    std::uint64_t handle = 0;  // the resource; 0: a resource type
    std::int64_t monotonic = 0;
    Status status;    // of status_changed
    Status previous;  // of status_changed
    std::uint64_t numbers[3] = {0, 0, 0};
    Block blocks[2];

    std::uint64_t block_bytes() const noexcept {
        return std::uint64_t{blocks[0].bytes} + blocks[1].bytes;
    }
    // Their sizes stay: the queue's budget goes by them until the node is released.
    void free_blocks() noexcept {
        for (Block& block : blocks) {
            std::free(block.data);
            block.data = nullptr;
        }
    }
};

struct EventNode {
    Event event;
    EventNode* next;                       // towards the newer event, once taken
    std::atomic<std::uint32_t> next_free;  // index + 1, while free; see EventQueue::free_
};

class EventQueue {
  public:
    // Up to 2**31 - 1 events. False: no memory, or no more handles for the wake-up.
    bool open(std::uint32_t capacity) noexcept {
        if (!wakeup.open() || !host_wakeup.open()) return false;
        wakeup.clear();  // of what the monitor before this one was told
        host_wakeup.clear();
        // calloc leaves untouched pages to the system: a large capacity costs what is used of it.
        nodes_ = static_cast<EventNode*>(std::calloc(capacity, sizeof(EventNode)));
        if (nodes_ == nullptr) return false;
        capacity_ = capacity;
        log_limit_ = capacity - capacity / 2;
        block_limit_ = std::uint64_t{capacity} * bytes_per_event;
        if (block_limit_ < least_block_bytes) block_limit_ = least_block_bytes;
        newest_.store(nullptr, std::memory_order_relaxed);
        free_.store(0, std::memory_order_relaxed);
        fresh_.store(0, std::memory_order_relaxed);
        logs_.store(0, std::memory_order_relaxed);
        block_bytes_.store(0, std::memory_order_relaxed);
        dropped_.store(0, std::memory_order_relaxed);
        changed.store(0, std::memory_order_relaxed);
        changes_lost.store(false, std::memory_order_relaxed);
        host_called.store(false, std::memory_order_relaxed);
        return true;
    }

    // At the end: what was never taken is dropped. How many events there were.
    std::uint64_t drop_left() noexcept {
        std::uint64_t left = 0;
        for (EventNode* node = take(); node != nullptr; node = node->next) {
            node->event.free_blocks();
            ++left;
        }
        return left;
    }

    // The same, and what they were in goes as well.
    std::uint64_t close() noexcept {
        const std::uint64_t left = drop_left();
        std::free(nodes_);
        nodes_ = nullptr;
        return left;
    }

    // Takes the event with its blocks: they are freed here if there is no room. So that there is
    // room for statuses, log text has half of the nodes at most, and all blocks together a budget.
    bool append(Event& event) noexcept {
        EventNode* node = enter_budget(event) ? acquire_node() : nullptr;
        if (node == nullptr) {
            leave_budget(event);
            event.free_blocks();
            count_dropped(1);
            return false;
        }
        node->event = event;
        EventNode* newest = newest_.load(std::memory_order_relaxed);
        do {
            node->next = newest;
            // Success releases the node's contents to take(), and stands in the single order that
            // Wakeup::notify() relies on. Failure: only the pointer is used again.
        } while (!newest_.compare_exchange_weak(newest, node, std::memory_order_seq_cst,
                                                std::memory_order_relaxed));
        return true;
    }

    // Sequentially consistent: the last look of a thread that has armed the wake-up.
    bool empty() const noexcept { return newest_.load(std::memory_order_seq_cst) == nullptr; }

    // Everything appended so far, oldest first, linked by next.
    EventNode* take() noexcept {
        wakeup.settle();
        // Acquires the nodes' contents, released by the append that linked them. Sequentially
        // consistent, so as not to come before settle() has taken the flag down: an event that was
        // appended while the flag was up, and so without a signal, is in what is taken here.
        EventNode* node = newest_.exchange(nullptr, std::memory_order_seq_cst);
        EventNode* oldest = nullptr;
        while (node != nullptr) {
            EventNode* older = node->next;
            node->next = oldest;
            oldest = node;
            node = older;
        }
        return oldest;
    }

    // Gives the taken nodes from first to last, linked by next, back to the appenders. The blocks
    // have been freed before, by who took them.
    void release(EventNode* first, EventNode* last) noexcept {
        for (EventNode* node = first; node != last; node = node->next) {
            leave_budget(node->event);
            node->next_free.store(index_of(node->next) + 1, std::memory_order_relaxed);
        }
        leave_budget(last->event);
        std::uint64_t head = free_.load(std::memory_order_relaxed);
        std::uint64_t spliced = 0;
        do {
            last->next_free.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
            spliced = next_tag(head) | (index_of(first) + 1);
            // Release: the links above, and the monitor's reads of the nodes, come before the next
            // owner's writes.
        } while (!free_.compare_exchange_weak(head, spliced, std::memory_order_release,
                                              std::memory_order_relaxed));
    }

    std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }
    void count_dropped(std::uint64_t events) noexcept {
        dropped_.fetch_add(events, std::memory_order_relaxed);
    }

    // After something was published that whoever reads the events, or hosts resources, may wait
    // for.
    void notify() noexcept {
        wakeup.notify();
        host_wakeup.notify();
    }

    // The host looks for more than changes: a control call has ended, or a thread has called.
    void call_host() noexcept {
        // Sequentially consistent: see Wakeup::notify().
        host_called.store(true, std::memory_order_seq_cst);
        host_wakeup.notify();
    }

    // Whether one was, since it was last asked. Acquire: what was listed meanwhile is seen.
    bool take_changes_lost() noexcept {
        return changes_lost.load(std::memory_order_relaxed) &&
               changes_lost.exchange(false, std::memory_order_acquire);
    }

    Wakeup wakeup;
    HostWakeup host_wakeup;            // of a host: its resources have changed
    EventQueue* next_queue = nullptr;  // the status board's, guarded by its lock
    // The list of the watched cells that have changed, by index: see StatusBoard::take_changes().
    std::atomic<std::uint32_t> changed{0};
    // One of them may be marked and not be there: see StatusBoard::find_change().
    std::atomic<bool> changes_lost{false};
    std::atomic<bool> host_called{false};
    // Never closed: a thread may still append to it, however late.
    std::atomic<bool> abandoned{false};

  private:
    static constexpr std::uint64_t bytes_per_event = 256;
    static constexpr std::uint64_t least_block_bytes = 128 * 1024;

    // A new tag for every change of the list of free nodes: a compare-exchange that was prepared
    // before a node left and came back finds another tag and fails.
    static std::uint64_t next_tag(std::uint64_t head) noexcept { return ((head >> 32) + 1) << 32; }
    std::uint32_t index_of(const EventNode* node) const noexcept {
        return static_cast<std::uint32_t>(node - nodes_);
    }

    // Counts the event in, and says whether there was room; leave_budget() follows in either case.
    bool enter_budget(const Event& event) noexcept {
        bool room = true;
        if (event.kind == EventKind::log_message) {
            room = logs_.fetch_add(1, std::memory_order_relaxed) < log_limit_;
        }
        if (const std::uint64_t bytes = event.block_bytes()) {
            const auto before = block_bytes_.fetch_add(bytes, std::memory_order_relaxed);
            room = room && before + bytes <= block_limit_;
        }
        return room;
    }
    void leave_budget(const Event& event) noexcept {
        if (event.kind == EventKind::log_message) {
            logs_.fetch_sub(1, std::memory_order_relaxed);
        }
        if (const std::uint64_t bytes = event.block_bytes()) {
            block_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
        }
    }

    EventNode* acquire_node() noexcept {
        // Acquire: next_free and the end of the former owner's use, released by release().
        std::uint64_t head = free_.load(std::memory_order_acquire);
        while (static_cast<std::uint32_t>(head) != 0) {
            EventNode* node = nodes_ + (static_cast<std::uint32_t>(head) - 1);
            // Another thread may own the node by now and this may read a stale link, which is why
            // it is atomic; the tag makes the exchange fail then.
            const std::uint64_t rest =
                next_tag(head) | node->next_free.load(std::memory_order_relaxed);
            if (free_.compare_exchange_weak(head, rest, std::memory_order_acquire,
                                            std::memory_order_acquire)) {
                return node;
            }
        }
        // Relaxed: a number that only one thread gets; the memory was there before the queue was.
        std::uint32_t fresh = fresh_.load(std::memory_order_relaxed);
        while (fresh < capacity_) {
            if (fresh_.compare_exchange_weak(fresh, fresh + 1, std::memory_order_relaxed)) {
                return nodes_ + fresh;
            }
        }
        return nullptr;
    }

    EventNode* nodes_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t log_limit_ = 0;
    std::uint64_t block_limit_ = 0;

    // Each on lines of its own: they are what appending threads contend for.
    alignas(128) std::atomic<EventNode*> newest_{nullptr};
    alignas(128) std::atomic<std::uint64_t> free_{0};  // tag << 32 | index + 1 of a free node
    std::atomic<std::uint32_t> fresh_{0};              // nodes that were never used start here
    // Counters: nothing is published through them.
    alignas(128) std::atomic<std::uint32_t> logs_{0};
    std::atomic<std::uint64_t> block_bytes_{0};
    std::atomic<std::uint64_t> dropped_{0};

    static_assert(std::atomic<EventNode*>::is_always_lock_free);
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
};

}  // namespace resapi_cy
