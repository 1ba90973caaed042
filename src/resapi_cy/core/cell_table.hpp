// Where the cells are: from a handle to its cell, and which cell is opened next.
//
// chunk_of, cell_in, find    any thread, at any time, with any 64-bit value.
// everything else            who holds the board's lock.
//
// A handle is `generation << 32 | index`. The cells lie in chunks that are never moved nor freed,
// so that every 64-bit value is safe to look up; a cell that is closed and opened again has a new
// generation, so that the old handle is refused for ever.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "cell.hpp"
#include "inlining.hpp"

namespace resapi_cy {

class CellTable {
  public:
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

    // A cell to open: one that was never used, or else the one that was closed longest ago, so that
    // a thread with a stale handle has had all the time there is to find out. nullptr: no memory,
    // or 16 million are open.
    Cell* take_cell() noexcept {
        if (fresh_ == fresh_end_ && oldest_closed_ == nullptr && !add_chunk()) return nullptr;
        if (fresh_ != fresh_end_) {
            Cell* cell = find(fresh_);
            cell->index = fresh_++;
            return cell;
        }
        Cell* cell = oldest_closed_;
        oldest_closed_ = oldest_closed_->next_closed;
        if (oldest_closed_ == nullptr) newest_closed_ = nullptr;
        return cell;
    }

    // Gives a closed cell back. After its last generation a cell is left alone.
    void enlist(Cell& cell, std::uint64_t handle) noexcept {
        // Whoever comes second, this one or who takes the list that the cell is on, gives it back.
        const std::uint32_t before = cell.changes.fetch_or(Cell::closed, std::memory_order_acq_rel);
        if ((before & Cell::listed) == 0 && handle >> 32 != last_generation) put_back(cell);
    }

    // A closed cell to the end of the list: its turn comes again.
    void put_back(Cell& cell) noexcept {
        cell.next_closed = nullptr;
        // In this order: see repair().
        std::atomic_signal_fence(std::memory_order_seq_cst);
        (oldest_closed_ == nullptr ? oldest_closed_ : newest_closed_->next_closed) = &cell;
        std::atomic_signal_fence(std::memory_order_seq_cst);
        newest_closed_ = &cell;
    }

    // After a thread was ended under the board's lock. Of a native thread's doing, only enlist()
    // changes anything here. It links a cell before it says that this is the newest one.
    RESAPI_CY_COLD void repair() noexcept {
        newest_closed_ = oldest_closed_;
        for (Cell* cell = oldest_closed_; cell != nullptr; cell = cell->next_closed) {
            newest_closed_ = cell;
        }
    }

    // In a forked child. What was open belongs to the parent: its chunks leave the table, so that
    // its handles are refused here, and new ones start in a new chunk, so that they are never
    // equal. Nothing is freed: another thread of the parent may have been half-way through a change
    // of it.
    void forget_parent() noexcept {
        for (std::uint32_t chunk = 0; chunk < chunks_used_; ++chunk) {
            chunks_[chunk].store(nullptr, std::memory_order_relaxed);
        }
        fresh_ = fresh_end_ = 0;
        oldest_closed_ = newest_closed_ = nullptr;
    }

  private:
    static constexpr std::uint32_t chunk_bits = 12;
    static constexpr std::uint32_t chunk_cells = 1u << chunk_bits;
    static constexpr std::uint32_t chunk_limit = 4096;
    static constexpr std::uint32_t last_generation = 0xffffffff;

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

    // Every check reads it. It fills its lines, so that what changes lies on others.
    std::atomic<Cell*> chunks_[chunk_limit] = {};
    std::uint32_t chunks_used_ = 0;
    std::uint32_t fresh_ = 0;  // indices from here to fresh_end_ were never used
    std::uint32_t fresh_end_ = 0;
    Cell* oldest_closed_ = nullptr;
    Cell* newest_closed_ = nullptr;
};

}  // namespace resapi_cy
