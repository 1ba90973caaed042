// The event handle of a status, duplicated: the DLL may close its own at any time, and another one
// may get its number.
//
// Any thread. Each calls the system, and none waits for another thread.
#pragma once

#include <cstdint>

#if defined(_WIN32)
#include <cwchar>

#include "resapi_cy/winbase.h"
#else
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#endif

#include "not_cancelled.hpp"

namespace resapi_cy {

// A handle, or why there is none. Neither: the status came without one.
struct Duplicate {
    std::uint64_t handle = 0;   // whose holder closes it
    std::uint32_t refusal = 0;  // a Win32 code: why it can't be waited for
};

namespace refusals {
inline constexpr std::uint32_t too_many_open_files = 4;  // ERROR_TOO_MANY_OPEN_FILES
inline constexpr std::uint32_t invalid_handle = 6;       // ERROR_INVALID_HANDLE
inline constexpr std::uint32_t not_supported = 50;       // ERROR_NOT_SUPPORTED
}  // namespace refusals

#if defined(_WIN32)

// To wait for these takes something from their owner: a mutex, or one of a semaphore's count.
inline bool is_taken_by_waiting(HANDLE handle) noexcept {
    // NtQueryObject(), and what it tells of an object's type, as winternl.h documents them; the
    // room behind the structure is the name's.
    struct TypeInformation {
        USHORT bytes, room;
        WCHAR* name;
        ULONG reserved[22];
        WCHAR space[64];
    };
    using Query = LONG(WINAPI*)(HANDLE, int, void*, ULONG, ULONG*);
    constexpr int type_information = 2;  // ObjectTypeInformation
    static const auto query = reinterpret_cast<Query>(
        reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "NtQueryObject")));
    TypeInformation type{};
    if (query == nullptr || query(handle, type_information, &type, sizeof type, nullptr) < 0) {
        return false;
    }
    const auto is = [&type](const wchar_t* name) {
        const std::size_t bytes = std::wcslen(name) * sizeof(WCHAR);
        return type.bytes == bytes && std::wmemcmp(type.name, name, bytes / sizeof(WCHAR)) == 0;
    };
    return is(L"Mutant") || is(L"Semaphore");
}

inline Duplicate duplicate_handle(std::uint64_t value) noexcept {
    const DWORD error_before = GetLastError();
    const auto handle = reinterpret_cast<HANDLE>(value);
    Duplicate made;
    HANDLE copy = nullptr;
    // The pseudo-handles of the process and of the calling thread: each an error of the DLL's.
    const auto signed_value = static_cast<std::int64_t>(value);
    if (signed_value < 0 && signed_value >= -6) {
        made.refusal = refusals::invalid_handle;
    } else if (is_taken_by_waiting(handle)) {
        made.refusal = refusals::not_supported;
    } else if (DuplicateHandle(GetCurrentProcess(), handle, GetCurrentProcess(), &copy, SYNCHRONIZE,
                               FALSE, 0)) {
        made.handle = reinterpret_cast<std::uint64_t>(copy);
    } else {
        made.refusal = GetLastError();
    }
    SetLastError(error_before);
    return made;
}

// Takes the signal of an auto-reset event.
inline bool is_signaled(const Duplicate& duplicate) noexcept {
    return duplicate.handle != 0 &&
           WaitForSingleObject(reinterpret_cast<HANDLE>(duplicate.handle), 0) == WAIT_OBJECT_0;
}

inline void drop(const Duplicate& duplicate) noexcept {
    if (duplicate.handle != 0) CloseHandle(reinterpret_cast<HANDLE>(duplicate.handle));
}

#else

inline Duplicate duplicate_handle(std::uint64_t value) noexcept {
    const int error_before = errno;
    const int descriptor = value > 0x7fffffff ? -1 : static_cast<int>(value);
    Duplicate made;
    struct stat status;
    int copy = -1;
    const NotCancelled in_here;
    if (descriptor < 0 || fstat(descriptor, &status) != 0) {
        made.refusal = refusals::invalid_handle;
    } else if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
        // Always readable: it would look signaled at once.
        made.refusal = refusals::not_supported;
    } else if ((copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)) >= 0) {
        made.handle = static_cast<std::uint64_t>(copy);
    } else {
        made.refusal = errno == EBADF ? refusals::invalid_handle : refusals::too_many_open_files;
    }
    errno = error_before;
    return made;
}

inline bool is_signaled(const Duplicate& duplicate) noexcept {
    pollfd asked{static_cast<int>(duplicate.handle), POLLIN, 0};
    return duplicate.handle != 0 && poll(&asked, 1, 0) > 0;
}

inline void drop(const Duplicate& duplicate) noexcept {
    if (duplicate.handle == 0) return;
    const NotCancelled in_here;
    close(static_cast<int>(duplicate.handle));
}

#endif

}  // namespace resapi_cy
