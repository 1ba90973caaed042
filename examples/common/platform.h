/* What differs between Windows and POSIX and is needed by every example: text literals, exports,
 * locks, sleep. Include this before any other header.
 *
 * WCHAR is 16 bits wide on every platform, so text is UTF-16 and W("text") is a literal of it.
 */
#ifndef EXAMPLES_PLATFORM_H
#define EXAMPLES_PLATFORM_H

#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* asks strict C11 for POSIX, too */
#endif

#include <resapi_cy/resapi.h>
#include <stdlib.h>
#include <string.h>

#ifndef _WIN32
#include <errno.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>
#endif

#ifdef _WIN32
#define W(text) L##text
#define RESOURCE_DLL_EXPORT __declspec(dllexport)
#else
#define W(text) u##text
#define RESOURCE_DLL_EXPORT __attribute__((visibility("default")))
#endif

/* ---- A lock ----------------------------------------------------------------------------- */

#ifdef _WIN32
typedef SRWLOCK LOCK;
#define LOCK_INITIALIZER SRWLOCK_INIT

static inline void lock_init(LOCK* lock) {
    InitializeSRWLock(lock);
}

static inline void lock_destroy(LOCK* lock) {
    (void)lock;
}

static inline void lock_acquire(LOCK* lock) {
    AcquireSRWLockExclusive(lock);
}

static inline void lock_release(LOCK* lock) {
    ReleaseSRWLockExclusive(lock);
}
#else
typedef pthread_mutex_t LOCK;
#define LOCK_INITIALIZER PTHREAD_MUTEX_INITIALIZER

static inline void lock_init(LOCK* lock) {
    pthread_mutex_init(lock, NULL);
}

static inline void lock_destroy(LOCK* lock) {
    pthread_mutex_destroy(lock);
}

static inline void lock_acquire(LOCK* lock) {
    pthread_mutex_lock(lock);
}

static inline void lock_release(LOCK* lock) {
    pthread_mutex_unlock(lock);
}
#endif

/* ---- Time ------------------------------------------------------------------------------- */

static inline void nap(DWORD milliseconds) {
#ifdef _WIN32
    Sleep(milliseconds);
#else
    struct timespec left = {.tv_sec = milliseconds / 1000,
                            .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) continue;
#endif
}

/* A clock that only ever goes on, in milliseconds. */
static inline ULONGLONG milliseconds_now(void) {
#ifdef _WIN32
    return GetTickCount64();
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ULONGLONG)now.tv_sec * 1000 + (ULONGLONG)now.tv_nsec / 1000000;
#endif
}

/* ---- Errors ----------------------------------------------------------------------------- */

/* The Win32 error code for why the last system call failed. */
static inline DWORD last_error(void) {
#ifdef _WIN32
    return GetLastError();
#else
    switch (errno) {
        case ENOENT:
            return ERROR_FILE_NOT_FOUND;
        case ENOTDIR:
            return ERROR_PATH_NOT_FOUND;
        case EACCES:
        case EPERM:
            return ERROR_ACCESS_DENIED;
        case ENOMEM:
        case EAGAIN:
        case EMFILE:
        case ENFILE:
            return ERROR_NOT_ENOUGH_MEMORY;
        default:
            return ERROR_GEN_FAILURE;
    }
#endif
}

/* Open returns NULL and leaves the reason here. There is no such place off Windows: the log has the
 * reason. */
static inline void set_last_error(DWORD error) {
#ifdef _WIN32
    SetLastError(error);
#else
    (void)error;
#endif
}

#endif
