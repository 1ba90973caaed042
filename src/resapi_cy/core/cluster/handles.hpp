// Handles of the cluster's objects: numbers, each checked on each use, and never a pointer that is
// followed. NULL, a closed handle, one of another kind and one that somebody made up find nothing.
//
// Any thread may call everything here, at any time. A look-up takes the table's mutex for some
// instructions and counts one owner more of what it has found, so that a handle may be closed while
// another thread uses it. The table knows nothing of what its objects are.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "core/fork.hpp"

namespace resapi_cy::cluster {

enum class HandleKind : std::uint8_t {
    none,
    host,  // a cluster, as its monitor has it
    cluster,
    resource,
    node,
    key,
    batch,
    objects,         // an enumeration: of a cluster's
    resource_links,  // of what a resource depends on, and is depended on by
    type_links,      // of a resource type's
};

// generation << 32 | index << 8 | kind: never 0, and no other handle's, for a kind is never 0. A
// place is used again in the order in which places were closed, and with the next generation; after
// its last one it is left alone.
class HandleTable {
  public:
    using Object = std::shared_ptr<void>;

    // `owner`: whose handles close_all() closes. 0: there is no place left. std::bad_alloc: no
    // memory, and nothing has happened.
    std::uint64_t open(HandleKind kind, Object object, std::uint64_t owner) {
        const std::lock_guard lock(mutex_);
        if (free_ < spare && entries_.size() < places) {
            entries_.emplace_back();
            set_free(static_cast<std::uint32_t>(entries_.size() - 1));
        }
        if (free_ == 0) return 0;
        const std::uint32_t index = first_free_;
        Entry& entry = entries_[index];
        first_free_ = entry.next_free;
        --free_;
        ++entry.generation;
        entry.kind = kind;
        entry.owner = owner;
        entry.object = std::move(object);
        return std::uint64_t{entry.generation} << 32 | std::uint64_t{index} << 8 |
               static_cast<std::uint64_t>(kind);
    }

    // Empty: not an open handle of this kind.
    Object find(std::uint64_t handle, HandleKind kind) {
        const std::lock_guard lock(mutex_);
        const Entry* entry = entry_of(handle, kind);
        return entry == nullptr ? nullptr : entry->object;
    }

    // Closes it, and gives what it was of, or nothing as find() does: of two threads, one gets it.
    // What it was of ends with its last owner, outside of the mutex.
    Object close(std::uint64_t handle, HandleKind kind) {
        const std::lock_guard lock(mutex_);
        Entry* entry = entry_of(handle, kind);
        return entry == nullptr ? nullptr : release(*entry);
    }

    void close_all(std::uint64_t owner) {
        std::vector<Object> ended;  // outside of the mutex
        const std::lock_guard lock(mutex_);
        for (Entry& entry : entries_) {
            if (entry.kind == HandleKind::none || entry.owner != owner) continue;
            ended.push_back(entry.object);
            release(entry);
        }
    }

  private:
    // As many as an index has bits for; the first few generations of a place are soon closed and
    // made again, so some others are always between a handle's end and its place's next use.
    static constexpr std::size_t places = std::size_t{1} << 24;
    static constexpr std::size_t spare = 64;
    static constexpr std::uint32_t last_generation = 0x7fffffff;

    struct Entry {
        Object object;
        std::uint64_t owner = 0;
        std::uint32_t generation = 0;
        std::uint32_t next_free = 0;
        HandleKind kind = HandleKind::none;
    };

    Entry* entry_of(std::uint64_t handle, HandleKind kind) {
        const std::uint64_t index = handle >> 8 & (places - 1);
        if (static_cast<HandleKind>(handle & 0xff) != kind || index >= entries_.size()) {
            return nullptr;
        }
        Entry& entry = entries_[index];
        return entry.kind == kind && entry.generation == handle >> 32 ? &entry : nullptr;
    }

    // The list of free places goes through them, so that none is lost for want of memory.
    void set_free(std::uint32_t index) noexcept {
        (free_ == 0 ? first_free_ : entries_[last_free_].next_free) = index;
        last_free_ = index;
        ++free_;
    }

    Object release(Entry& entry) noexcept {
        const auto index = static_cast<std::uint32_t>(&entry - entries_.data());
        if (entry.generation != last_generation) set_free(index);
        entry.kind = HandleKind::none;
        return std::exchange(entry.object, nullptr);
    }

    std::mutex mutex_;
    std::vector<Entry> entries_;
    std::uint32_t first_free_ = 0;
    std::uint32_t last_free_ = 0;
    std::size_t free_ = 0;  // how many there are
};

// Something there is one of in a process, from its first use to the process's end: it is never
// destroyed, because a resource DLL's threads may be in it when the process ends. A forked child
// starts with a new one, since a thread that is not there may have been inside the parent's: every
// handle of the parent's is refused there.
template <typename Thing>
Thing& only() {
    static std::atomic<Thing*> thing{nullptr};
    // Acquire: who sees the pointer sees what it points to, whichever thread has made it.
    Thing* found = thing.load(std::memory_order_acquire);
    if (found == nullptr) {
        auto made = std::make_unique<Thing>();
        // Acquire: as above, if another thread was first. Release: for who reads ours.
        if (thing.compare_exchange_strong(found, made.get(), std::memory_order_acq_rel)) {
            found = made.release();
            // Once: a child of a child has the handler, too.
            [[maybe_unused]] static const bool called = call_in_forked_child([] {
                // Relaxed: there is one thread. The parent's is left alone, and so leaks.
                thing.store(nullptr, std::memory_order_relaxed);
            });
        }
    }
    return *found;
}

}  // namespace resapi_cy::cluster
