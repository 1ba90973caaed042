// Waiting for the event handles that resource DLLs signal when a resource fails.
//
// On Windows a handle is an event, or whatever else WaitForSingleObject takes, and the system's
// thread pool waits; elsewhere it is a file descriptor that becomes readable, and a thread of our
// own polls them all, from the first one on. A handle belongs to the waits once it has been added,
// and is closed by them.
//
// A handle that is signaled is told once, and then costs nothing until again() is asked for it. It
// goes by a number that whoever adds it has chosen.
//
// add, again, remove    any thread, without a lock that tell() takes. They may wait for a tell()
//                       that is running, and for nothing else.
// tell()                is called by the waiting thread.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <unordered_map>
#include <vector>

#include "sleeping.hpp"
#include "start_thread.hpp"
#include "wakeup.hpp"

namespace resapi_cy {

// Whom they tell: `lost`: the handle can't be waited for any more, somebody has closed it.
class EventListener {
  public:
    virtual void event_signaled(std::uint64_t id, bool lost) noexcept = 0;

  protected:
    ~EventListener() = default;
};

#if defined(_WIN32)

class EventWaits {
  public:
    static constexpr std::uint32_t no_memory = 8;  // ERROR_NOT_ENOUGH_MEMORY

    EventWaits(EventListener& listener, StartThread) noexcept : listener_(&listener) {}

    static void close_handle(std::uint64_t handle) noexcept {
        CloseHandle(reinterpret_cast<HANDLE>(handle));
    }

    // 0, or the system's error, by its Win32 number: it can't be waited for, and is closed.
    std::uint32_t add(std::uint64_t id, std::uint64_t handle) noexcept {
        std::uint32_t error = no_memory;
        try {
            auto entry = std::make_unique<Entry>();
            entry->waits = this;
            entry->handle = reinterpret_cast<HANDLE>(handle);
            entry->id = id;
            const std::lock_guard<Mutex> lock(mutex_);
            Entry& added = *entry;
            entries_.emplace(id, std::move(entry));
            if (start(added)) return 0;
            error = GetLastError();
            entries_.erase(id);
        } catch (const std::bad_alloc&) {
        }
        CloseHandle(reinterpret_cast<HANDLE>(handle));
        return error;
    }

    // Waits for it once more; false: it is signaled still. What was signaled anew is told.
    bool again(std::uint64_t id) noexcept {
        Entry* entry = claim(id);
        if (entry == nullptr) return true;
        // Twice: the look itself takes the signal of an event that is reset by that. It is told.
        const bool signaled = is_signaled(*entry);
        if (signaled && is_signaled(*entry)) {
            give_back(*entry);
            return false;
        }
        // A wait that has been told is over, and is given up before the next one.
        if (entry->wait != nullptr) UnregisterWaitEx(entry->wait, INVALID_HANDLE_VALUE);
        entry->wait = nullptr;
        {
            const std::lock_guard<Mutex> lock(mutex_);
            if (!entry->unwanted && listener_ != nullptr) {
                if (signaled) {
                    listener_->event_signaled(id, false);
                } else if (!start(*entry)) {
                    listener_->event_signaled(id, true);
                }
            }
        }
        give_back(*entry);
        return true;
    }

    void remove(std::uint64_t id) noexcept {
        if (Entry* entry = claim(id)) {
            entry->unwanted = true;
            give_back(*entry);
        }
    }

    // No more tells. Nothing else is called afterwards.
    void end() noexcept {
        {
            const std::lock_guard<Mutex> lock(mutex_);
            listener_ = nullptr;
        }
        for (auto& entry : entries_) close(*entry.second);
        delete this;
    }

  private:
    struct Entry {
        EventWaits* waits = nullptr;
        HANDLE handle = nullptr;
        HANDLE wait = nullptr;
        std::uint64_t id = 0;
        bool claimed = false;   // by a thread that works at it without the mutex
        bool unwanted = false;  // and is to close it
    };

    static bool is_signaled(const Entry& entry) noexcept {
        return WaitForSingleObject(entry.handle, 0) == WAIT_OBJECT_0;
    }

    bool start(Entry& entry) noexcept {
        return RegisterWaitForSingleObject(&entry.wait, entry.handle, signaled, &entry, INFINITE,
                                           WT_EXECUTEONLYONCE) != 0;
    }

    static void CALLBACK signaled(void* context, BOOLEAN) {
        // It stays while this runs: who closes it waits for that.
        const Entry& entry = *static_cast<Entry*>(context);
        EventWaits& waits = *entry.waits;
        const std::lock_guard<Mutex> lock(waits.mutex_);
        if (waits.listener_ != nullptr) waits.listener_->event_signaled(entry.id, false);
    }

    // nullptr: there is none, or whoever has claimed it will see to it.
    Entry* claim(std::uint64_t id) noexcept {
        const std::lock_guard<Mutex> lock(mutex_);
        const auto found = entries_.find(id);
        if (found == entries_.end()) return nullptr;
        Entry& entry = *found->second;
        if (entry.claimed) {
            entry.unwanted = true;
            return nullptr;
        }
        entry.claimed = true;
        return &entry;
    }

    void give_back(Entry& entry) noexcept {
        std::unique_ptr<Entry> gone;
        {
            const std::lock_guard<Mutex> lock(mutex_);
            entry.claimed = false;
            if (!entry.unwanted) return;
            const auto found = entries_.find(entry.id);
            gone = std::move(found->second);
            entries_.erase(found);
        }
        close(*gone);
    }

    static void close(Entry& entry) noexcept {
        // Waits for a callback that is running.
        if (entry.wait != nullptr) UnregisterWaitEx(entry.wait, INVALID_HANDLE_VALUE);
        CloseHandle(entry.handle);
    }

    Mutex mutex_;
    EventListener* listener_;
    std::unordered_map<std::uint64_t, std::unique_ptr<Entry>> entries_;
};

#else

class EventWaits {
  public:
    static constexpr std::uint32_t no_memory = 8;  // ERROR_NOT_ENOUGH_MEMORY

    EventWaits(EventListener& listener, StartThread start) noexcept
        : listener_(&listener), start_(start) {}

    static void close_handle(std::uint64_t handle) noexcept { close(static_cast<int>(handle)); }

    // 0, or the system's error, by its Win32 number: it can't be waited for, and is closed.
    std::uint32_t add(std::uint64_t id, std::uint64_t handle) noexcept {
        const int descriptor = static_cast<int>(handle);
        std::uint32_t error = no_memory;
        {
            const std::lock_guard<Mutex> lock(mutex_);
            if (run()) {
                try {
                    entries_.emplace(id, Entry{descriptor, true});
                    error = 0;
                    signal_.set();
                } catch (const std::bad_alloc&) {
                }
            }
        }
        if (error != 0) close(descriptor);
        return error;
    }

    // Waits for it once more; false: it is signaled still.
    bool again(std::uint64_t id) noexcept {
        const std::lock_guard<Mutex> lock(mutex_);
        const auto found = entries_.find(id);
        if (found == entries_.end()) return true;
        pollfd asked{found->second.descriptor, POLLIN, 0};
        if (poll(&asked, 1, 0) > 0) return false;
        found->second.wanted = true;
        signal_.set();
        return true;
    }

    // The descriptor is closed by the waiting thread, which may be waiting for it now.
    void remove(std::uint64_t id) noexcept {
        const std::lock_guard<Mutex> lock(mutex_);
        const auto found = entries_.find(id);
        if (found == entries_.end()) return;
        try {
            closing_.push_back(found->second.descriptor);
        } catch (const std::bad_alloc&) {  // it is left open
        }
        entries_.erase(found);
        signal_.set();
    }

    // No more tells. Nothing else is called afterwards.
    void end() noexcept {
        bool runs = false;
        {
            const std::lock_guard<Mutex> lock(mutex_);
            listener_ = nullptr;
            runs = running_;
            if (runs) signal_.set();  // the thread may delete it as soon as the mutex is free
        }
        if (!runs) destroy();
    }

  private:
    struct Entry {
        int descriptor;
        bool wanted;
    };

    // With the mutex.
    bool run() noexcept {
        if (running_) return true;
        if (!signal_.open()) return false;
        running_ = start_([](void* waits) { static_cast<EventWaits*>(waits)->wait(); }, this);
        return running_;
    }

    void wait() noexcept {
        while (collect()) {
            // A failure is a lack of memory: the next look comes soon.
            if (poll(polled_.data(), static_cast<nfds_t>(polled_.size()), timeout_) < 0) continue;
            if (Signal::is_broken(polled_[0].revents)) {
                renew_signal();
            } else if (polled_[0].revents != 0) {
                signal_.clear();
            }
            const std::lock_guard<Mutex> lock(mutex_);
            for (std::size_t i = 1; i < polled_.size(); ++i) {
                if (polled_[i].revents != 0) tell(ids_[i], (polled_[i].revents & POLLNVAL) != 0);
            }
        }
        destroy();
    }

    // With the mutex.
    void tell(std::uint64_t id, bool lost) noexcept {
        const auto found = entries_.find(id);
        if (found == entries_.end() || !found->second.wanted) return;
        found->second.wanted = false;
        if (listener_ != nullptr) listener_->event_signaled(id, lost);
    }

    // Closes what is not wanted any more, and lists what is waited for. False: the end.
    bool collect() noexcept {
        const std::lock_guard<Mutex> lock(mutex_);
        for (const int descriptor : closing_) close(descriptor);
        closing_.clear();
        if (listener_ == nullptr) return false;
        // Without a pipe, changes are looked for.
        timeout_ = signal_.open() ? -1 : 100;
        try {
            polled_.assign(1, pollfd{signal_.descriptor(), POLLIN, 0});
            ids_.assign(1, 0);
            for (const auto& [id, entry] : entries_) {
                if (!entry.wanted) continue;
                ids_.push_back(id);
                polled_.push_back({entry.descriptor, POLLIN, 0});
            }
        } catch (const std::bad_alloc&) {
            timeout_ = 100;  // those that have found a place, and then all again
            polled_.resize(polled_.size() < ids_.size() ? polled_.size() : ids_.size());
        }
        return true;
    }

    // A DLL has closed what it does not own, an end or both: neither may be touched any more. The
    // next look opens a new one.
    void renew_signal() noexcept {
        const std::lock_guard<Mutex> lock(mutex_);
        signal_ = Signal();
    }

    void destroy() noexcept {
        for (const int descriptor : closing_) close(descriptor);
        for (const auto& entry : entries_) close(entry.second.descriptor);
        signal_.close_both();
        delete this;
    }

    Mutex mutex_;
    EventListener* listener_;
    StartThread start_;
    Signal signal_;
    bool running_ = false;
    std::unordered_map<std::uint64_t, Entry> entries_;
    std::vector<int> closing_;
    std::vector<pollfd> polled_{1};  // of the waiting thread, as are the next
    std::vector<std::uint64_t> ids_{1};
    int timeout_ = -1;
};

#endif

}  // namespace resapi_cy
