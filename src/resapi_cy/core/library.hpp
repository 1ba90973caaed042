// Loading a resource DLL: a DLL on Windows, a shared object elsewhere. Never unloaded: its worker
// threads may still run in it. And the error that a DLL sets beside what it returns.
#pragma once

#include <string>

#include "resapi_cy/winbase.h"

#if !defined(_WIN32)
#include <dlfcn.h>
#endif

namespace resapi_cy {

// `path`: absolute, UTF-8 on Windows and as the file system has it elsewhere. nullptr: not loaded,
// with the Win32 error, and why in the system's words where it has any.
inline void* load_library(const char* path, DWORD& error, [[maybe_unused]] std::string& text) {
#if defined(_WIN32)
    const int length = MultiByteToWideChar(CP_UTF8, 0, path, -1, nullptr, 0);
    std::wstring wide(static_cast<std::size_t>(length), L'\0');
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide.data(), length);
    // The DLL's own imports are looked for beside it and in the system's folder, not on the path.
    const HMODULE module = LoadLibraryExW(
        wide.c_str(), nullptr, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_DEFAULT_DIRS);
    error = module == nullptr ? GetLastError() : ERROR_SUCCESS;
    return reinterpret_cast<void*>(module);
#else
    // Now: a symbol that is missing is found out here, not in a worker thread.
    void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    error = ERROR_SUCCESS;
    if (library == nullptr) {
        error = ERROR_BAD_EXE_FORMAT;
        const char* reason = dlerror();
        if (reason != nullptr) text = reason;
    }
    return library;
#endif
}

// nullptr: no such export.
inline void* find_export(void* library, const char* name) noexcept {
#if defined(_WIN32)
    return reinterpret_cast<void*>(GetProcAddress(reinterpret_cast<HMODULE>(library), name));
#else
    return dlsym(library, name);
#endif
}

// What SetLastError was called with in this thread since clear_last_error(). 0 where there is none.
inline DWORD last_error() noexcept {
#if defined(_WIN32)
    return GetLastError();
#else
    return ERROR_SUCCESS;
#endif
}

inline void clear_last_error() noexcept {
#if defined(_WIN32)
    SetLastError(ERROR_SUCCESS);
#endif
}

}  // namespace resapi_cy
