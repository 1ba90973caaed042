// The operating system's part of a wake-up: something that a thread can sleep on and any thread can
// set. tests/model/wakeup.pml has each operation as one step: who sleeps sees what was done before.
#pragma once

#include <atomic>
#include <cstdint>

#if defined(_WIN32)
#include "resapi_cy/winbase.h"
#else
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#endif
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#endif

#include "clock.hpp"
#include "not_cancelled.hpp"

namespace resapi_cy {

// A wait on what somebody has closed ends by itself after so many milliseconds.
inline constexpr int blind = 10;

#if defined(_WIN32)

class Signal {
  public:
    bool open() noexcept {
        if (event_ == nullptr) event_ = CreateEventW(nullptr, TRUE, FALSE, nullptr);
        return event_ != nullptr;
    }
    void set() noexcept { SetEvent(event_); }
    void clear() noexcept { ResetEvent(event_); }
    bool wait(int milliseconds) noexcept {
        const DWORD woken = WaitForSingleObject(event_, static_cast<DWORD>(milliseconds));
        if (woken == WAIT_FAILED) Sleep(blind);  // somebody, a DLL most likely, has closed it
        return woken == WAIT_OBJECT_0;
    }
    // Event loops on Windows can't watch a descriptor.
    int descriptor() const noexcept { return -1; }
    // Nobody uses it any more.
    void close_both() noexcept {
        if (event_ != nullptr) CloseHandle(event_);
        event_ = nullptr;
    }

  private:
    HANDLE event_ = nullptr;
};

#else

class Signal {
  public:
    bool open() noexcept {
        if (ends_[0] >= 0) return true;
        int ends[2];
        if (pipe(ends) != 0) return false;
        for (const int end : ends) {
            fcntl(end, F_SETFL, O_NONBLOCK);
            fcntl(end, F_SETFD, FD_CLOEXEC);
        }
        ends_[0] = ends[0];
        ends_[1] = ends[1];
        return true;
    }
    void set() noexcept {
        const char byte = 0;
        const NotCancelled in_here;
        // A full pipe is a set signal too.
        [[maybe_unused]] const auto written = write(ends_[1], &byte, 1);
    }
    void clear() noexcept {
        char bytes[64];
        while (read(ends_[0], bytes, sizeof bytes) > 0) {
        }
    }
    bool wait(int milliseconds) noexcept {
        pollfd waited{ends_[0], POLLIN, 0};
        if (poll(&waited, 1, milliseconds) <= 0) return false;
        if (!is_broken(waited.revents)) return true;
        poll(nullptr, 0, blind);
        return false;
    }
    // Whether somebody, a DLL most likely, has closed one of the ends: from what poll() has said.
    static bool is_broken(short said) noexcept {
        return (said & (POLLNVAL | POLLHUP | POLLERR)) != 0;
    }
    int descriptor() const noexcept { return ends_[0]; }
    // Nobody uses it any more.
    void close_both() noexcept {
        const bool ours = are_ours();
        for (int& end : ends_) {
            if (end >= 0 && ours) ::close(end);
            end = -1;
        }
    }

  private:
    // What a DLL has closed may be somebody else's descriptor by now: it is not the same pipe then.
    bool are_ours() const noexcept {
#if defined(__linux__)
        struct stat one, other;
        return fstat(ends_[0], &one) == 0 && fstat(ends_[1], &other) == 0 &&
               one.st_dev == other.st_dev && one.st_ino == other.st_ino;
#else
        return true;  // elsewhere the two ends may have numbers of their own
#endif
    }

    int ends_[2] = {-1, -1};
};

#endif

// The same where no descriptor is needed: who sleeps on it watches nothing else.
#if defined(__linux__)

// A futex: no DLL can close it, and no thread that is ended in here leaves it locked.
class HostSignal {
  public:
    bool open() noexcept { return true; }
    void set() noexcept {
        // Release: who reads it sees what was published before. It is that one's wait() as well,
        // since the kernel compares the word under a lock that a waker takes.
        word_.store(1, std::memory_order_release);
        syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 0x7fffffff, nullptr, nullptr, 0);
    }
    // Relaxed: Wakeup::clear() orders it.
    void clear() noexcept { word_.store(0, std::memory_order_relaxed); }
    bool wait(int milliseconds) noexcept {
        // The call of an earlier set() may come late, and wake who has cleared it since.
        const std::int64_t until = monotonic_ns() + std::int64_t{milliseconds} * 1'000'000;
        while (word_.load(std::memory_order_acquire) == 0) {
            const std::int64_t left = until - monotonic_ns();
            if (milliseconds >= 0 && left <= 0) return false;
            const timespec time{static_cast<time_t>(left / 1'000'000'000),
                                static_cast<long>(left % 1'000'000'000)};
            syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, 0, milliseconds < 0 ? nullptr : &time,
                    nullptr, 0);
        }
        return true;
    }
    void close_both() noexcept {}

  private:
    std::atomic<std::uint32_t> word_{0};
    static_assert(sizeof word_ == 4 && std::atomic<std::uint32_t>::is_always_lock_free);
};

#else
using HostSignal = Signal;
#endif

}  // namespace resapi_cy
