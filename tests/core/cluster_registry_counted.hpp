// ClusterReg* for the tests of the property functions: core/cluster's, with what they are asked for
// counted. One thread.
#pragma once

#include <utility>

#include "core/cluster/registry.hpp"

namespace registry {

// How many allocations a test grants before there is no memory; below 0, all of them.
inline int granted = -1;

inline unsigned writes = 0;  // values that were set, or removed
inline int open_keys = 0;

inline LONG opened(DWORD error) {
    if (error == ERROR_SUCCESS) ++open_keys;
    return static_cast<LONG>(error);
}

inline DWORD written(DWORD error) {
    if (error == ERROR_SUCCESS) ++writes;
    return error;
}

}  // namespace registry

extern "C" {

inline LONG WINAPI ClusterRegCloseKey(HKEY key) {
    // To note that a handle is free takes memory at times, and without it the handle stays open: a
    // function that closes one can do nothing about that.
    const int before = std::exchange(registry::granted, -1);
    const DWORD error = resapi_cy::cluster::reg_close_key(key);
    registry::granted = before;
    if (error == ERROR_SUCCESS) --registry::open_keys;
    return static_cast<LONG>(error);
}

inline LONG WINAPI ClusterRegOpenKey(HKEY above, LPCWSTR path, REGSAM access, PHKEY key) {
    return registry::opened(resapi_cy::cluster::reg_open_key(above, path, access, key));
}

inline LONG WINAPI ClusterRegCreateKey(HKEY above, LPCWSTR path, DWORD options, REGSAM access,
                                       LPSECURITY_ATTRIBUTES, PHKEY key, LPDWORD disposition) {
    return registry::opened(
        resapi_cy::cluster::reg_create_key(above, path, options, access, key, disposition));
}

inline LONG WINAPI ClusterRegEnumKey(HKEY key, DWORD index, LPWSTR name, LPDWORD length,
                                     PFILETIME time) {
    return static_cast<LONG>(resapi_cy::cluster::reg_enum_key(key, index, name, length, time));
}

inline DWORD WINAPI ClusterRegSetValue(HKEY key, LPCWSTR name, DWORD type, const BYTE* data,
                                       DWORD size) {
    return registry::written(resapi_cy::cluster::reg_set_value(key, name, type, data, size));
}

inline DWORD WINAPI ClusterRegDeleteValue(HKEY key, LPCWSTR name) {
    return registry::written(resapi_cy::cluster::reg_delete_value(key, name));
}

inline LONG WINAPI ClusterRegQueryValue(HKEY key, LPCWSTR name, LPDWORD type, LPBYTE data,
                                        LPDWORD size) {
    return static_cast<LONG>(resapi_cy::cluster::reg_query_value(key, name, type, data, size));
}

inline DWORD WINAPI ClusterRegEnumValue(HKEY key, DWORD index, LPWSTR name, LPDWORD length,
                                        LPDWORD type, LPBYTE data, LPDWORD size) {
    return resapi_cy::cluster::reg_enum_value(key, index, name, length, type, data, size);
}

}  // extern "C"
