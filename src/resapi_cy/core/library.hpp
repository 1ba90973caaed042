// Loading a resource DLL: a DLL on Windows, a shared object elsewhere. Never unloaded: its worker
// threads may still run in it. And the error that a DLL sets beside what it returns.
#pragma once

#include <atomic>
#include <string>

#include "floating_point.hpp"
#include "resapi_cy/winbase.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#include <locale.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif
#endif

namespace resapi_cy {

#if defined(_WIN32)
// What fails says so to its caller, and opens no message box that a service would wait behind for
// ever: neither a missing import nor a crash.
inline void open_no_message_boxes() noexcept {
    SetErrorMode(GetErrorMode() | SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
}

inline std::wstring wide_path(const char* path) {
    const int length = MultiByteToWideChar(CP_UTF8, 0, path, -1, nullptr, 0);
    std::wstring wide(static_cast<std::size_t>(length), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide.data(), length);
    wide.resize(static_cast<std::size_t>(length) - 1);  // without the NUL
    // A name without an extension would be taken for that of its neighbour with ".dll".
    if (wide.find(L'.', wide.find_last_of(L"\\/") + 1) == std::wstring::npos) wide += L'.';
    return wide;
}
#else
// dlerror's words in English, whatever language the process has chosen: they are looked through.
inline std::string last_dlerror() {
    const locale_t plain = newlocale(LC_ALL_MASK, "C", static_cast<locale_t>(nullptr));
    const locale_t chosen = plain != nullptr ? uselocale(plain) : nullptr;
    const char* words = dlerror();
    std::string text = words != nullptr ? words : "";
    if (plain != nullptr) {
        uselocale(chosen);
        freelocale(plain);
    }
    return text;
}
#endif

// `path`: absolute, UTF-8 on Windows and as the file system has it elsewhere. nullptr: not loaded,
// with the Win32 error on Windows, and why in the system's words elsewhere.
// `for_all`: what is loaded after it finds its exports; on Windows, by the library's own name.
inline void* load_library(const char* path, [[maybe_unused]] DWORD& error,
                          [[maybe_unused]] std::string& text,
                          [[maybe_unused]] bool for_all = false) {
    const FloatingPoint as_it_was;
#if defined(_WIN32)
    open_no_message_boxes();
    // The DLL's own imports are looked for beside it, in the folders that were added and in the
    // system's, not on the path.
    void* library = reinterpret_cast<void*>(
        LoadLibraryExW(wide_path(path).c_str(), nullptr,
                       LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS));
    if (library == nullptr) error = GetLastError();
#else
    // Now: a symbol that is missing is found out here, not in a worker thread.
    void* library = dlopen(path, RTLD_NOW | (for_all ? RTLD_GLOBAL : RTLD_LOCAL));
    if (library == nullptr) text = last_dlerror();
#endif
    as_it_was.put_back();
    return library;
}

// nullptr: no such export.
inline void* find_export(void* library, const char* name) noexcept {
#if defined(_WIN32)
    return reinterpret_cast<void*>(GetProcAddress(reinterpret_cast<HMODULE>(library), name));
#else
    return dlsym(library, name);
#endif
}

// Whether a DLL that imports from a library of this name gets this one: on Windows, it gets the
// first that was loaded of that name.
inline bool is_found_by_name([[maybe_unused]] void* library,
                             [[maybe_unused]] const char* name) noexcept {
#if defined(_WIN32)
    return reinterpret_cast<void*>(GetModuleHandleA(name)) == library;
#else
    return true;
#endif
}

#if !defined(_WIN32)
// The cluster's stand-in library has them, once it is there.
struct LastErrorFunctions {
    std::atomic<DWORD (*)()> get{nullptr};
    std::atomic<void (*)(DWORD)> set{nullptr};
};
inline LastErrorFunctions last_error_functions;
#endif

// Off Windows, the two functions below do something from now on. To be called once the stand-in
// has been loaded, and not beside a call into a DLL: it waits for the system's loader, which
// another DLL that is being loaded may hold up for ever.
inline void find_last_error() noexcept {
#if !defined(_WIN32)
    // Relaxed: what is found is code that has long been there.
    last_error_functions.get.store(
        reinterpret_cast<DWORD (*)()>(dlsym(RTLD_DEFAULT, "GetLastError")),
        std::memory_order_relaxed);
    last_error_functions.set.store(
        reinterpret_cast<void (*)(DWORD)>(dlsym(RTLD_DEFAULT, "SetLastError")),
        std::memory_order_relaxed);
#endif
}

// What SetLastError was called with in this thread since clear_last_error().
inline DWORD last_error() noexcept {
#if defined(_WIN32)
    return GetLastError();
#else
    const auto get = last_error_functions.get.load(std::memory_order_relaxed);
    return get != nullptr ? get() : ERROR_SUCCESS;
#endif
}

inline void clear_last_error() noexcept {
#if defined(_WIN32)
    SetLastError(ERROR_SUCCESS);
#else
    const auto set = last_error_functions.set.load(std::memory_order_relaxed);
    if (set != nullptr) set(ERROR_SUCCESS);
#endif
}

}  // namespace resapi_cy
