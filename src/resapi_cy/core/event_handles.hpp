// The event handles of hosted resources: a resource DLL signals one when its resource fails.
//
// On Windows a handle is an event, or whatever else WaitForSingleObject takes. Elsewhere it is a
// file descriptor that becomes readable, such as an eventfd. Each is a duplicate: see
// duplicate.hpp.
//
// One that has been signaled rests: it is kept, and not waited for, until it is asked for again and
// is not signaled any more. So one that stays signaled costs nothing.
//
// wait                     one thread at a time.
// add, remove, take_signaled, wait_again    any thread. None of them is called by native code.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

#include "duplicate.hpp"
#include "wakeup.hpp"

namespace resapi_cy {

#if defined(_WIN32)

class EventHandles {
  public:
    EventHandles() = default;
    EventHandles(const EventHandles&) = delete;
    EventHandles& operator=(const EventHandles&) = delete;
    ~EventHandles() {
        for (auto& entry : entries_) forget(*entry);
    }

    // Takes the duplicate. The system's error if it can't be waited for; 0: it is.
    std::uint32_t add(std::uint64_t key, const Duplicate& duplicate) noexcept {
        if (duplicate.handle == 0) return duplicate.refusal;
        auto entry = std::unique_ptr<Entry>(new (std::nothrow) Entry);
        if (entry == nullptr) {
            drop(duplicate);
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        entry->key = key;
        entry->handles = this;
        entry->handle = reinterpret_cast<HANDLE>(duplicate.handle);
        Entry& added = *entry;
        // The callback takes no lock, and finds the entry in its place however soon it is called.
        const std::lock_guard<std::mutex> lock(mutex_);
        try {
            entries_.push_back(std::move(entry));
        } catch (const std::bad_alloc&) {
            CloseHandle(added.handle);
            return ERROR_NOT_ENOUGH_MEMORY;
        }
        if (const DWORD error = wait_for(added)) {
            CloseHandle(added.handle);
            entries_.pop_back();
            return error;
        }
        return 0;
    }

    // Waits for one that rests, if it is not signaled any more; whether it is waited for.
    bool wait_again(std::uint64_t key) noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (auto& entry : entries_) {
            if (entry->key != key || !entry->taken) continue;
            if (WaitForSingleObject(entry->handle, 0) == WAIT_OBJECT_0) {
                if (WaitForSingleObject(entry->handle, 0) != WAIT_OBJECT_0) {
                    // An auto-reset event, whose signal was for us: it is told like any other.
                    entry->taken = false;
                    any_.store(true, std::memory_order_seq_cst);
                    if (Wakeup* wakeup = wakeup_.load(std::memory_order_seq_cst)) wakeup->notify();
                }
                return false;
            }
            stop_waiting(*entry);
            entry->taken = false;
            entry->signaled.store(false, std::memory_order_relaxed);
            if (wait_for(*entry) == 0) return true;
            entry->taken = true;  // the system has no room: next time
            entry->signaled.store(true, std::memory_order_relaxed);
            return false;
        }
        return false;
    }

    void remove(std::uint64_t key) noexcept {
        std::unique_ptr<Entry> found;
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            for (auto& entry : entries_) {
                if (entry->key != key) continue;
                found = std::move(entry);
                entry = std::move(entries_.back());
                entries_.pop_back();
                break;
            }
        }
        if (found != nullptr) forget(*found);
    }

    // Until the wake-up is notified or a handle is signaled.
    void wait(Wakeup& wakeup, int milliseconds) noexcept {
        wakeup_.store(&wakeup, std::memory_order_seq_cst);
        // Sequentially consistent, as in signaled(): either this look sees the mark, or the
        // system's thread sees the wake-up.
        if (!any_.load(std::memory_order_seq_cst)) wakeup.wait(milliseconds);
    }

    // The key of a handle that has been signaled, each once; 0: none.
    std::uint64_t take_signaled() noexcept {
        if (!any_.exchange(false, std::memory_order_seq_cst)) return 0;
        const std::lock_guard<std::mutex> lock(mutex_);
        for (auto& entry : entries_) {
            if (!entry->signaled.load(std::memory_order_acquire) || entry->taken) continue;
            entry->taken = true;
            any_.store(true, std::memory_order_seq_cst);  // there may be another one
            return entry->key;
        }
        return 0;
    }

  private:
    struct Entry {
        std::uint64_t key = 0;
        EventHandles* handles = nullptr;
        HANDLE handle = nullptr;
        HANDLE wait = nullptr;
        std::atomic<bool> signaled{false};
        bool taken = false;  // guarded by mutex_
    };

    static void CALLBACK signaled(void* context, BOOLEAN) {
        auto* entry = static_cast<Entry*>(context);
        EventHandles* handles = entry->handles;
        // Release: who finds the mark finds what the DLL did before it signaled.
        entry->signaled.store(true, std::memory_order_release);
        handles->any_.store(true, std::memory_order_seq_cst);
        if (Wakeup* wakeup = handles->wakeup_.load(std::memory_order_seq_cst)) wakeup->notify();
    }

    // The system's error; 0: none. A thread of the system's waits for as many handles as there are.
    static DWORD wait_for(Entry& entry) noexcept {
        if (RegisterWaitForSingleObject(&entry.wait, entry.handle, signaled, &entry, INFINITE,
                                        WT_EXECUTEONLYONCE)) {
            return 0;
        }
        entry.wait = nullptr;
        const DWORD error = GetLastError();
        return error != 0 ? error : ERROR_INVALID_HANDLE;
    }

    static void stop_waiting(Entry& entry) noexcept {
        if (entry.wait == nullptr) return;
        UnregisterWaitEx(entry.wait, INVALID_HANDLE_VALUE);  // waits for a callback that is running
        entry.wait = nullptr;
    }

    static void forget(Entry& entry) noexcept {
        stop_waiting(entry);
        CloseHandle(entry.handle);
    }

    std::mutex mutex_;
    std::vector<std::unique_ptr<Entry>> entries_;
    std::atomic<Wakeup*> wakeup_{nullptr};
    std::atomic<bool> any_{false};
};

#else

class EventHandles {
  public:
    EventHandles() = default;
    EventHandles(const EventHandles&) = delete;
    EventHandles& operator=(const EventHandles&) = delete;
    ~EventHandles() {
        for (const Entry& entry : entries_) close(entry.descriptor);
    }

    // Takes the duplicate. The system's error, as Windows numbers it, if it can't be waited for; 0:
    // it is.
    std::uint32_t add(std::uint64_t key, const Duplicate& duplicate) noexcept {
        constexpr std::uint32_t no_memory = 8;
        if (duplicate.handle == 0) return duplicate.refusal;
        const int descriptor = static_cast<int>(duplicate.handle);
        const std::lock_guard<std::mutex> lock(mutex_);
        try {
            entries_.push_back(Entry{key, descriptor, true, false, false});
        } catch (const std::bad_alloc&) {
            close(descriptor);
            return no_memory;
        }
        changed_ = true;
        return 0;
    }

    // Waits for one that rests, if it is not signaled any more; whether it is waited for. Who calls
    // it notifies.
    bool wait_again(std::uint64_t key) noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (Entry& entry : entries_) {
            if (entry.key != key || !entry.wanted || !entry.rests) continue;
            pollfd look{entry.descriptor, POLLIN, 0};
            if (poll(&look, 1, 0) != 0) return false;
            entry.rests = false;
            changed_ = true;
            return true;
        }
        return false;
    }

    // The descriptor is closed by the next wait: another one may be waiting for it now.
    void remove(std::uint64_t key) noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (Entry& entry : entries_) {
            if (entry.key == key) entry.wanted = false;
        }
        changed_ = true;
    }

    // Until the wake-up is notified or a descriptor is readable. Who adds or removes one notifies.
    void wait(Wakeup& wakeup, int milliseconds) noexcept {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            if (changed_) collect();
        }
        waited_[0] = pollfd{wakeup.descriptor(), POLLIN, 0};
        if (poll(waited_.data(), static_cast<nfds_t>(waited_.size()), milliseconds) <= 0) return;
        const std::lock_guard<std::mutex> lock(mutex_);
        for (std::size_t i = 1; i < waited_.size(); ++i) {
            if (waited_[i].revents == 0) continue;
            for (Entry& entry : entries_) {
                if (entry.descriptor == waited_[i].fd && !entry.rests) entry.signaled = true;
            }
        }
    }

    // The key of a handle that has been signaled, each once; 0: none.
    std::uint64_t take_signaled() noexcept {
        const std::lock_guard<std::mutex> lock(mutex_);
        for (Entry& entry : entries_) {
            if (!entry.signaled || !entry.wanted) continue;
            entry.signaled = false;
            entry.rests = true;
            changed_ = true;
            return entry.key;
        }
        return 0;
    }

  private:
    struct Entry {
        std::uint64_t key;
        int descriptor;
        bool wanted;
        bool signaled;
        bool rests;
    };

    void collect() noexcept {
        std::size_t kept = 0;
        for (const Entry& entry : entries_) {
            if (entry.wanted) {
                entries_[kept++] = entry;
            } else {
                close(entry.descriptor);
            }
        }
        entries_.resize(kept);
        waited_.resize(1);
        changed_ = false;
        try {
            for (const Entry& entry : entries_) {
                if (!entry.rests) waited_.push_back({entry.descriptor, POLLIN, 0});
            }
        } catch (const std::bad_alloc&) {
            changed_ = true;  // the others are looked at once there is memory
        }
    }

    std::mutex mutex_;
    std::vector<Entry> entries_;
    bool changed_ = false;
    std::vector<pollfd> waited_{1};  // of the waiting thread
};

#endif

}  // namespace resapi_cy
