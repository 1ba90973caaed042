// A mutex, and a condition to sleep on until a moment of monotonic_ns().
//
// Nothing here is a file descriptor: a resource DLL that closes descriptors which it does not own
// does not end a sleep. std::condition_variable is not used, because older C libraries wait by the
// wall clock, which may be set.
#pragma once

#include <cstdint>
#include <limits>

#include "clock.hpp"

#if defined(_WIN32)
#include "resapi_cy/winbase.h"
#else
#include <pthread.h>
#include <time.h>
#endif

namespace resapi_cy {

inline constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t millisecond = 1'000'000;

#if defined(_WIN32)

class Mutex {
  public:
    void lock() noexcept { AcquireSRWLockExclusive(&lock_); }
    bool try_lock() noexcept { return TryAcquireSRWLockExclusive(&lock_) != 0; }
    void unlock() noexcept { ReleaseSRWLockExclusive(&lock_); }

  private:
    friend class Condition;
    SRWLOCK lock_ = SRWLOCK_INIT;
};

class Condition {
  public:
    void notify() noexcept { WakeConditionVariable(&condition_); }
    void wait(Mutex& mutex, std::int64_t until) noexcept {
        DWORD milliseconds = INFINITE;
        if (until != never) {
            const std::int64_t left = (until - monotonic_ns() + millisecond - 1) / millisecond;
            milliseconds = left <= 0 ? 0 : left > 1'000'000 ? 1'000'000 : static_cast<DWORD>(left);
        }
        SleepConditionVariableSRW(&condition_, &mutex.lock_, milliseconds, 0);
    }

  private:
    CONDITION_VARIABLE condition_ = CONDITION_VARIABLE_INIT;
};

#else

class Mutex {
  public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;
    ~Mutex() { pthread_mutex_destroy(&mutex_); }
    void lock() noexcept { pthread_mutex_lock(&mutex_); }
    bool try_lock() noexcept { return pthread_mutex_trylock(&mutex_) == 0; }
    void unlock() noexcept { pthread_mutex_unlock(&mutex_); }

  private:
    friend class Condition;
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

class Condition {
  public:
    Condition() noexcept {
#if defined(__APPLE__)
        pthread_cond_init(&condition_, nullptr);
#else
        pthread_condattr_t attributes;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&condition_, &attributes);
        pthread_condattr_destroy(&attributes);
#endif
    }
    Condition(const Condition&) = delete;
    Condition& operator=(const Condition&) = delete;
    ~Condition() {
        pthread_cond_destroy(&condition_);
    }

    // One of those that wait.
    void notify() noexcept {
        pthread_cond_signal(&condition_);
    }
    // May return early. The mutex is the caller's, before and after.
    void wait(Mutex& mutex, std::int64_t until) noexcept {
        if (until == never) {
            pthread_cond_wait(&condition_, &mutex.mutex_);
            return;
        }
        timespec time{};
#if defined(__APPLE__)
        const std::int64_t now = monotonic_ns();
        until = until > now ? until - now : 0;
#endif
        time.tv_sec = static_cast<time_t>(until / 1'000'000'000);
        time.tv_nsec = static_cast<long>(until % 1'000'000'000);
#if defined(__APPLE__)
        pthread_cond_timedwait_relative_np(&condition_, &mutex.mutex_, &time);
#else
        pthread_cond_timedwait(&condition_, &mutex.mutex_, &time);
#endif
    }

  private:
    pthread_cond_t condition_;
};

#endif

}  // namespace resapi_cy
