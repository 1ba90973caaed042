// What another process can still read of the engine's calls when this one has died: memory that
// both map, with a slot for each thread that is inside an entry point. A program that nobody
// watches over has none.
//
// enter, leave    the engine's threads: some stores.
// listen          once: has a crash leave its mark in the slot of the thread that it happens in.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "durations.hpp"
#include "threads.hpp"

#if defined(_WIN32)
#include "resapi_cy/winbase.h"
#else
#include <signal.h>
#endif

namespace resapi_cy {

struct Witness {
    static constexpr std::size_t slots = 64;  // a call that finds none is not told of

    struct Slot {
        std::atomic<std::uint64_t> handle;       // of the resource; 0: of none
        std::atomic<std::uint32_t> thread;       // that is inside; 0: none
        std::atomic<std::uint16_t> entry_point;  // its number
        std::atomic<std::uint16_t> crashed;

        void set(std::uint32_t self, EntryPoint what, std::uint64_t whose) noexcept {
            handle.store(whose, std::memory_order_relaxed);
            entry_point.store(static_cast<std::uint16_t>(what), std::memory_order_relaxed);
            thread.store(self, std::memory_order_relaxed);
        }
    };

    // The call that began last, polls aside; its thread is 0 if there was none.
    Slot last;
    Slot inside[slots];

    static std::atomic<Witness*>& memory() noexcept {
        static std::atomic<Witness*> there{nullptr};
        return there;
    }

    // nullptr: nobody looks.
    static Slot* enter(EntryPoint entry_point, std::uint64_t handle) noexcept {
        // Acquire: the memory was mapped before it was told.
        Witness* witness = memory().load(std::memory_order_acquire);
        return witness == nullptr ? nullptr : witness->take(entry_point, handle);
    }
    static void leave(Slot* slot) noexcept {
        // Relaxed, as are all: who reads them comes when the process is gone.
        if (slot != nullptr) slot->thread.store(0, std::memory_order_relaxed);
    }

    static void listen(Witness* there) noexcept;

  private:
    friend struct Crash;

    Slot* take(EntryPoint entry_point, std::uint64_t handle) noexcept {
        const std::uint32_t self = this_thread(0);
        if (entry_point != EntryPoint::looks_alive && entry_point != EntryPoint::is_alive) {
            last.set(self, entry_point, handle);
        }
        for (Slot& slot : inside) {
            std::uint32_t nobody = 0;
            if (slot.thread.load(std::memory_order_relaxed) == 0 &&
                slot.thread.compare_exchange_strong(nobody, self, std::memory_order_relaxed)) {
                slot.set(self, entry_point, handle);
                return &slot;
            }
        }
        return nullptr;
    }

    void crashed() noexcept {
        const std::uint32_t self = this_thread(0);
        for (Slot& slot : inside) {
            if (slot.thread.load(std::memory_order_relaxed) == self) {
                slot.crashed.store(1, std::memory_order_relaxed);
            }
        }
    }
};

#if defined(_WIN32)

struct Crash {
    static LPTOP_LEVEL_EXCEPTION_FILTER& before() noexcept {
        static LPTOP_LEVEL_EXCEPTION_FILTER filter = nullptr;
        return filter;
    }
    // Of an exception that nobody has handled.
    static LONG WINAPI seen(EXCEPTION_POINTERS* exception) {
        Witness::memory().load(std::memory_order_acquire)->crashed();
        return before() == nullptr ? EXCEPTION_CONTINUE_SEARCH : before()(exception);
    }
};

inline void Witness::listen(Witness* there) noexcept {
    if (memory().exchange(there, std::memory_order_acq_rel) == nullptr) {
        Crash::before() = SetUnhandledExceptionFilter(Crash::seen);
    }
}

#else

struct Crash {
    static constexpr int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    static constexpr std::size_t count = sizeof signals / sizeof signals[0];

    static struct sigaction* before() noexcept {
        static struct sigaction actions[count];
        return actions;
    }
    // In the thread that has crashed, on whatever stack it has; calls nothing but the system.
    static void seen(int number) {
        Witness::memory().load(std::memory_order_acquire)->crashed();
        for (std::size_t i = 0; i < count; ++i) {
            if (signals[i] == number) sigaction(number, &before()[i], nullptr);
        }
        raise(number);  // to whoever listened before, or to the end
    }
};

inline void Witness::listen(Witness* there) noexcept {
    if (memory().exchange(there, std::memory_order_acq_rel) != nullptr) return;
    struct sigaction action = {};
    action.sa_handler = Crash::seen;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    for (std::size_t i = 0; i < Crash::count; ++i) {
        sigaction(Crash::signals[i], &action, &Crash::before()[i]);
    }
}

#endif

}  // namespace resapi_cy
