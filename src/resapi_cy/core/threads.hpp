// Which thread is inside of something, and whether it is still there: it may be ended at any
// instruction, by TerminateThread, say, and nothing of its own runs then.
//
// this_thread    some instructions, no call of the system but a thread's first on Linux.
// is_gone        a call of the system, for who has waited in vain.
#pragma once

#include <cstdint>

#if defined(_WIN32)
#include "resapi_cy/winbase.h"
#elif defined(__APPLE__)
#include <mach/mach.h>
#include <pthread.h>
#elif defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace resapi_cy {

#if defined(_WIN32)

// Never 0, and no other living thread's. `process`: grows in every forked child.
inline std::uint32_t this_thread(std::uint32_t) noexcept {
    return GetCurrentThreadId();
}

// Whether no such thread of this process runs any more. No: it runs, or it can't be told, or its
// number is another thread's by now.
inline bool is_gone(std::uint32_t thread) noexcept {
    const DWORD error_before = GetLastError();
    bool gone = false;
    HANDLE handle = OpenThread(SYNCHRONIZE | THREAD_QUERY_LIMITED_INFORMATION, FALSE, thread);
    if (handle == nullptr) {
        gone = GetLastError() == ERROR_INVALID_PARAMETER;
    } else {
        gone = GetProcessIdOfThread(handle) != GetCurrentProcessId() ||
               WaitForSingleObject(handle, 0) == WAIT_OBJECT_0;
        CloseHandle(handle);
    }
    SetLastError(error_before);  // the DLL that called us may be about to ask
    return gone;
}

#elif defined(__APPLE__)

inline std::uint32_t this_thread(std::uint32_t) noexcept {
    return pthread_mach_thread_np(pthread_self());
}

inline bool is_gone(std::uint32_t thread) noexcept {
    thread_basic_info info;
    mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
    return thread_info(thread, THREAD_BASIC_INFO, reinterpret_cast<thread_info_t>(&info), &count) !=
           KERN_SUCCESS;
}

#elif defined(__linux__)

struct KnownThread {
    std::uint32_t process;  // + 1
    std::uint32_t number;
};

// glibc keeps some room for such variables of libraries that are loaded late: one instruction, and
// no memory to be had at a thread's first. Elsewhere such a library could not be loaded.
#if defined(__GLIBC__)
__attribute__((tls_model("initial-exec")))
#endif
inline thread_local KnownThread known_thread{0, 0};

inline std::uint32_t this_thread(std::uint32_t process) noexcept {
    // A forked child's thread has its parent's variables, and another number.
    if (known_thread.process != process + 1) {
        known_thread.number = static_cast<std::uint32_t>(syscall(SYS_gettid));
        known_thread.process = process + 1;
    }
    return known_thread.number;
}

inline bool is_gone(std::uint32_t thread) noexcept {
    const int error_before = errno;
    const bool gone = syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH;
    errno = error_before;
    return gone;
}

#else

// It can't be told: waits for such a thread end when their time is over.
inline std::uint32_t this_thread(std::uint32_t) noexcept {
    return 1;
}
inline bool is_gone(std::uint32_t) noexcept {
    return false;
}

#endif

}  // namespace resapi_cy
