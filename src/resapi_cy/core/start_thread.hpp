// Starting a thread of the engine: detached, since nothing can wait for one that a DLL keeps; named
// for a debugger to see. It has the signal mask of who has made the engine, as a thread of Python's
// would: what an entry point starts, a server's process say, inherits that, and SIGTERM must reach
// it.
#pragma once

#include <new>

#if defined(_WIN32)
#include <process.h>

#include "resapi_cy/winbase.h"
#else
#include <pthread.h>
#endif

namespace resapi_cy {

// False: the system has no thread left. Tests have their own.
using StartThread = bool (*)(void (*function)(void*), void* argument) noexcept;

namespace threads {

struct Start {
    void (*function)(void*);
    void* argument;
};

inline void name_this_thread() noexcept {
#if defined(_WIN32)
    // Looked for, since Windows has it from 10 on.
    using SetDescription = HRESULT(WINAPI*)(HANDLE, PCWSTR);
    const HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    const auto address = reinterpret_cast<void*>(GetProcAddress(kernel, "SetThreadDescription"));
    if (address != nullptr) {
        reinterpret_cast<SetDescription>(address)(GetCurrentThread(), L"resapi engine");
    }
#elif defined(__APPLE__)
    pthread_setname_np("resapi engine");
#else
    pthread_setname_np(pthread_self(), "resapi engine");
#endif
}

#if defined(_WIN32)
inline unsigned __stdcall begin(void* given) {
    const Start start = *static_cast<Start*>(given);
    delete static_cast<Start*>(given);
    name_this_thread();
    start.function(start.argument);
    return 0;
}
#else
inline void* begin(void* given) {
    const Start start = *static_cast<Start*>(given);
    delete static_cast<Start*>(given);
    name_this_thread();
    start.function(start.argument);
    return nullptr;
}
#endif

}  // namespace threads

inline bool start_thread(void (*function)(void*), void* argument) noexcept {
    auto* start = new (std::nothrow) threads::Start{function, argument};
    if (start == nullptr) return false;
#if defined(_WIN32)
    const auto handle = _beginthreadex(nullptr, 0, threads::begin, start, 0, nullptr);
    const bool started = handle != 0;
    if (started) CloseHandle(reinterpret_cast<HANDLE>(handle));
#else
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    const bool started = pthread_create(&thread, &attributes, threads::begin, start) == 0;
    pthread_attr_destroy(&attributes);
#endif
    if (!started) delete start;
    return started;
}

}  // namespace resapi_cy
