// libFuzzer target: calls in any order, with handles that are open, closed, of another kind or made
// up, against a model that is too simple to be wrong.
//
//   clang++ -std=c++17 -g -O1 -fsanitize=fuzzer,address,undefined -I src/resapi_cy -I include \
//       tests/core/fuzz_status_board.cpp -o fuzz_status_board && ./fuzz_status_board
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "core/status_board.hpp"
#include "scenarios.hpp"

using namespace resapi_cy;

namespace {

StatusBoard board;

class Bytes {
  public:
    Bytes(const std::uint8_t* bytes, std::size_t size) : next_(bytes), end_(bytes + size) {}
    bool left() const { return next_ != end_; }
    std::uint8_t byte() { return left() ? *next_++ : std::uint8_t{0}; }
    std::uint8_t below(std::size_t limit) { return static_cast<std::uint8_t>(byte() % limit); }
    std::uint64_t word() {
        std::uint64_t word = 0;
        for (int i = 0; i < 8; ++i) word = word << 8 | byte();
        return word;
    }

  private:
    const std::uint8_t* next_;
    const std::uint8_t* end_;
};

// ---- The model ------------------------------------------------------------------------------

struct Monitor {
    EventQueue* queue;
    std::uint32_t capacity;
    std::deque<Event> undelivered;  // without their blocks, but with the blocks' sizes
    std::uint64_t dropped = 0;

    std::uint64_t block_limit() const {
        return capacity * 256u < 128u * 1024 ? 128u * 1024 : capacity * 256u;
    }
    // Whether there is room; notes the event, or that it was dropped.
    bool expect(const Event& event) {
        std::uint64_t bytes = event.block_bytes();
        const std::uint64_t own_bytes = bytes;
        std::uint32_t logs = 0;
        for (const Event& other : undelivered) {
            bytes += other.block_bytes();
            logs += other.kind == EventKind::log_message;
        }
        const bool is_log = event.kind == EventKind::log_message;
        const bool room = undelivered.size() < capacity &&
                          (!is_log || logs < capacity - capacity / 2) &&
                          (own_bytes == 0 || bytes <= block_limit());
        if (room) {
            undelivered.push_back(event);
        } else {
            ++dropped;
        }
        return room;
    }
};

struct OpenCell {
    std::uint64_t handle;
    CellKind kind;
    std::size_t monitor;
    std::uint64_t owner;
    Snapshot now;
};

bool same_but_checkpoint(const Status& one, const Status& other) {
    return one.state == other.state && one.event_handle == other.event_handle &&
           one.error_code == other.error_code && one.flags == other.flags;
}

bool same(const Status& one, const Status& other) {
    return same_but_checkpoint(one, other) && one.checkpoint == other.checkpoint;
}

class Model {
  public:
    explicit Model(Bytes bytes) : bytes_(bytes), rejected_(board.rejected()) {}

    void run() {
        while (bytes_.left()) {
            step();
            CHECK(board.rejected() == rejected_);
        }
        while (!monitors_.empty()) close_monitor(0);
    }

  private:
    static constexpr CellKind kinds[] = {CellKind::resource, CellKind::control_call,
                                         CellKind::type_control_call};

    void step() {
        switch (bytes_.below(13)) {
            case 0:
                return open_monitor();
            case 1:
                if (!monitors_.empty() && bytes_.below(8) == 0)
                    close_monitor(bytes_.below(monitors_.size()));
                return;
            case 2:
            case 3:
                return open_cell();
            case 4:
                return close_cell();
            case 5:
                return report(status());
            case 6:
                return keep_alive();
            case 7:
                return terminate();
            case 8:
                return begin();
            case 9:
                return post();
            case 10:
                return broadcast();
            case 11:
                return look();
            default:
                if (!monitors_.empty()) drain(monitors_[bytes_.below(monitors_.size())]);
        }
    }

    // ---- Handles: of what is open, of what was closed, or any number.

    std::uint64_t handle() {
        const std::uint8_t choice = bytes_.byte();
        if (choice < 160 && !cells_.empty()) return cells_[choice % cells_.size()].handle;
        if (choice < 224 && !closed_.empty()) return closed_[choice % closed_.size()];
        return bytes_.word();
    }

    OpenCell* find(std::uint64_t handle, CellKind kind) {
        for (OpenCell& cell : cells_) {
            if (cell.handle == handle && cell.kind == kind) return &cell;
        }
        return nullptr;
    }

    Status status() {
        Status status;
        status.state = static_cast<std::int32_t>(bytes_.below(4)) - 1;
        status.checkpoint = bytes_.byte();
        status.event_handle = bytes_.below(2) == 0 ? 0 : bytes_.word();
        status.error_code = bytes_.below(3);
        status.flags = bytes_.below(2);
        return status;
    }

    // ---- The calls

    void open_monitor() {
        if (monitors_.size() == 3) return;
        const std::uint32_t capacity = 1u + bytes_.below(6);
        EventQueue* queue = board.open_queue(capacity);
        CHECK(queue != nullptr);
        monitors_.push_back(Monitor{queue, capacity, {}, 0});
    }

    void close_monitor(std::size_t number) {
        for (std::size_t i = cells_.size(); i-- > 0;) {
            if (cells_[i].monitor == number) close_cell_at(i);
        }
        Monitor& monitor = monitors_[number];
        CHECK(board.close_queue(monitor.queue) == monitor.dropped + monitor.undelivered.size());
        monitors_.erase(monitors_.begin() + static_cast<std::ptrdiff_t>(number));
        for (OpenCell& cell : cells_) cell.monitor -= cell.monitor > number;
    }

    void open_cell() {
        if (monitors_.empty() || cells_.size() == 20) return;
        const std::size_t monitor = bytes_.below(monitors_.size());
        const CellKind kind = kinds[bytes_.below(3)];
        const std::uint64_t owner = kind == CellKind::control_call ? handle() : 0;
        const std::uint64_t handle = board.open(monitors_[monitor].queue, kind, owner);
        CHECK(handle != 0);
        CHECK(given_.insert(handle).second);
        Snapshot fresh;
        fresh.exit_state = exit_continue;
        cells_.push_back(OpenCell{handle, kind, monitor, owner, fresh});
    }

    void close_cell_at(std::size_t number) {
        const OpenCell cell = cells_[number];
        CHECK(board.close(cell.handle, cell.kind));
        CHECK(!board.close(cell.handle, cell.kind));
        forget(number);
    }

    void forget(std::size_t number) {
        closed_.push_back(cells_[number].handle);
        cells_.erase(cells_.begin() + static_cast<std::ptrdiff_t>(number));
    }

    void close_cell() {
        const std::uint64_t closed = handle();
        const CellKind kind = kinds[bytes_.below(3)];
        for (std::size_t i = 0; i < cells_.size(); ++i) {
            if (cells_[i].handle == closed && cells_[i].kind == kind) return close_cell_at(i);
        }
        CHECK(!board.close(closed, kind));
    }

    void change(OpenCell& cell, const Status& status) {
        Event event;
        event.handle = cell.handle;
        event.status = status;
        event.previous = cell.now.status;
        monitors_[cell.monitor].expect(event);
        cell.now.status = status;
        ++cell.now.transitions;
    }

    void report(const Status& status) { report(handle(), status); }

    void report(std::uint64_t handle, const Status& status) {
        OpenCell* cell = find(handle, CellKind::resource);
        const std::uint32_t answer = board.report(handle, status);
        if (cell == nullptr) {
            CHECK(answer == exit_terminate);
            ++rejected_;
            return;
        }
        CHECK(answer == cell->now.exit_state);
        if (same_but_checkpoint(cell->now.status, status)) {
            cell->now.status.checkpoint = status.checkpoint;
        } else {
            change(*cell, status);
        }
    }

    void keep_alive() {
        const std::uint64_t reported = handle();
        Status status;
        if (const OpenCell* cell = find(reported, CellKind::resource)) status = cell->now.status;
        status.checkpoint = bytes_.byte();
        report(reported, status);
    }

    void terminate() {
        const std::uint64_t terminated = handle();
        OpenCell* cell = find(terminated, CellKind::resource);
        CHECK(board.terminate(terminated) == (cell != nullptr));
        if (cell != nullptr) cell->now.exit_state = exit_terminate;
    }

    void begin() {
        const std::uint64_t begun = handle();
        OpenCell* cell = find(begun, CellKind::resource);
        Status pending;
        pending.state = 129;
        CHECK(board.begin(begun, pending.state) == (cell != nullptr));
        if (cell == nullptr) return;
        change(*cell, pending);
        cell->now.exit_state = exit_continue;
    }

    // An event of any kind but status_changed, with blocks from nothing to more than there is room
    // for.
    Event event() {
        constexpr EventKind posted[] = {EventKind::log_message, EventKind::failure_signaled,
                                        EventKind::control_call_ended,
                                        EventKind::node_local_properties_set};
        Event event;
        event.kind = posted[bytes_.below(4)];
        event.numbers[1] = bytes_.byte();
        for (Block& block : event.blocks) {
            const std::size_t size = bytes_.below(3) * std::size_t{bytes_.byte()} * 200;
            if (size != 0) block = copy_block(filling_.data(), static_cast<std::uint32_t>(size));
        }
        return event;
    }

    void post() {
        const std::uint64_t target = handle();
        const CellKind kind = kinds[bytes_.below(3)];
        const bool last = kind != CellKind::resource && bytes_.below(2) == 0;
        Event event = this->event();
        Event expected = event;
        const Posted posted = board.post(target, kind, event, last);
        OpenCell* cell = find(target, kind);
        if (cell == nullptr) {
            CHECK(posted == Posted::refused);
            ++rejected_;
            return;
        }
        expected.handle = kind == CellKind::resource ? target : cell->owner;
        if (event.kind == EventKind::failure_signaled) {
            ++cell->now.failures;
            cell->now.error_code = static_cast<std::uint32_t>(event.numbers[1]);
        }
        const bool delivered = monitors_[cell->monitor].expect(expected);
        CHECK(posted == (delivered ? Posted::delivered : Posted::dropped));
        if (last && delivered) forget(static_cast<std::size_t>(cell - cells_.data()));
    }

    void broadcast() {
        Event event = this->event();
        Event expected = event;
        expected.handle = 0;
        bool delivered = true;
        for (Monitor& monitor : monitors_) delivered = monitor.expect(expected) && delivered;
        CHECK(board.broadcast(event) == (delivered ? Posted::delivered : Posted::dropped));
    }

    void look() {
        const std::uint64_t looked_at = handle();
        const OpenCell* cell = find(looked_at, CellKind::resource);
        Snapshot snapshot;
        CHECK(board.snapshot(looked_at, snapshot) == (cell != nullptr));
        const std::uint32_t exit = board.check(looked_at);
        if (cell == nullptr) {
            CHECK(exit == exit_terminate);
            ++rejected_;
            return;
        }
        CHECK(exit == cell->now.exit_state);
        CHECK(same(snapshot.status, cell->now.status));
        CHECK(snapshot.transitions == cell->now.transitions);
        CHECK(snapshot.failures == cell->now.failures);
        CHECK(snapshot.error_code == cell->now.error_code);
        CHECK(snapshot.exit_state == cell->now.exit_state);
    }

    static void drain(Monitor& monitor) {
        CHECK(monitor.queue->dropped() == monitor.dropped);
        EventNode* const first = monitor.queue->take();
        CHECK((first == nullptr) == monitor.undelivered.empty());
        if (first == nullptr) return;
        EventNode* last = first;
        for (EventNode* node = first; node != nullptr; node = node->next) {
            CHECK(!monitor.undelivered.empty());
            const Event& expected = monitor.undelivered.front();
            CHECK(node->event.kind == expected.kind);
            CHECK(node->event.handle == expected.handle);
            CHECK(same(node->event.status, expected.status));
            CHECK(same(node->event.previous, expected.previous));
            CHECK(node->event.numbers[1] == expected.numbers[1]);
            CHECK(node->event.block_bytes() == expected.block_bytes());
            node->event.free_blocks();
            monitor.undelivered.pop_front();
            last = node;
        }
        CHECK(monitor.undelivered.empty());
        monitor.queue->release(first, last);
    }

    Bytes bytes_;
    std::uint64_t rejected_;
    std::vector<Monitor> monitors_;
    std::vector<OpenCell> cells_;
    std::vector<std::uint64_t> closed_;
    std::set<std::uint64_t> given_;
    std::vector<char> filling_ = std::vector<char>(2 * 255 * 200);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    Model(Bytes(bytes, size)).run();
    return 0;
}
