// ClusterReg* for the tests of the property functions: a tree of keys in memory, one thread.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "resapi_cy/resapi.h"

namespace registry {

using Wide = std::basic_string<WCHAR>;

// Handles are numbers here: what is not one of an open key is refused.
struct Key {
    struct Value {
        Wide name;
        DWORD type;
        std::vector<BYTE> data;
    };
    std::map<Wide, Value> values;
    std::map<Wide, std::pair<Wide, std::shared_ptr<Key>>> keys;
};

inline std::vector<std::shared_ptr<Key>> handles;
inline unsigned writes = 0;

inline Wide folded(LPCWSTR name) {
    Wide text(name);
    for (WCHAR& unit : text) {
        if (unit >= 'a' && unit <= 'z') unit = static_cast<WCHAR>(unit - 0x20);
    }
    return text;
}

inline std::ptrdiff_t open_handles() {
    return std::count_if(handles.begin(), handles.end(),
                         [](const std::shared_ptr<Key>& key) { return key != nullptr; });
}

inline HKEY opened(std::shared_ptr<Key> key) {
    handles.push_back(std::move(key));
    return reinterpret_cast<HKEY>(handles.size());
}

inline Key* found(HKEY handle) {
    const auto number = reinterpret_cast<std::uintptr_t>(handle);
    return number != 0 && number <= handles.size() ? handles[number - 1].get() : nullptr;
}

inline DWORD copied(const std::vector<BYTE>& data, LPBYTE buffer, LPDWORD size) {
    if (size == nullptr) return ERROR_SUCCESS;
    const DWORD room = *size;
    *size = static_cast<DWORD>(data.size());
    if (buffer == nullptr) return ERROR_SUCCESS;
    if (room < data.size()) return ERROR_MORE_DATA;
    if (!data.empty()) std::memcpy(buffer, data.data(), data.size());
    return ERROR_SUCCESS;
}

inline DWORD named(const Wide& text, LPWSTR name, LPDWORD length) {
    if (*length <= text.size()) return ERROR_MORE_DATA;
    std::memcpy(name, text.c_str(), (text.size() + 1) * sizeof(WCHAR));
    *length = static_cast<DWORD>(text.size());
    return ERROR_SUCCESS;
}

}  // namespace registry

extern "C" {

inline LONG WINAPI ClusterRegCloseKey(HKEY key) {
    if (registry::found(key) == nullptr) return ERROR_INVALID_HANDLE;
    registry::handles[reinterpret_cast<std::uintptr_t>(key) - 1].reset();
    return ERROR_SUCCESS;
}

inline LONG WINAPI ClusterRegOpenKey(HKEY above, LPCWSTR name, REGSAM, PHKEY key) {
    const auto* place = registry::found(above);
    if (place == nullptr) return ERROR_INVALID_HANDLE;
    const auto below = place->keys.find(registry::folded(name));
    if (below == place->keys.end()) return ERROR_FILE_NOT_FOUND;
    *key = registry::opened(below->second.second);
    return ERROR_SUCCESS;
}

inline LONG WINAPI ClusterRegCreateKey(HKEY above, LPCWSTR name, DWORD, REGSAM,
                                       LPSECURITY_ATTRIBUTES, PHKEY key, LPDWORD) {
    auto* place = registry::found(above);
    if (place == nullptr) return ERROR_INVALID_HANDLE;
    auto& below = place->keys[registry::folded(name)];
    if (below.second == nullptr) below = {name, std::make_shared<registry::Key>()};
    *key = registry::opened(below.second);
    return ERROR_SUCCESS;
}

inline LONG WINAPI ClusterRegEnumKey(HKEY key, DWORD index, LPWSTR name, LPDWORD length,
                                     PFILETIME) {
    const auto* place = registry::found(key);
    if (place == nullptr) return ERROR_INVALID_HANDLE;
    if (index >= place->keys.size()) return ERROR_NO_MORE_ITEMS;
    const auto& below = std::next(place->keys.begin(), static_cast<std::ptrdiff_t>(index))->second;
    return static_cast<LONG>(registry::named(below.first, name, length));
}

inline DWORD WINAPI ClusterRegSetValue(HKEY key, LPCWSTR name, DWORD type, const BYTE* data,
                                       DWORD size) {
    auto* place = registry::found(key);
    if (place == nullptr) return ERROR_INVALID_HANDLE;
    ++registry::writes;
    place->values[registry::folded(name)] = {
        name, type, size != 0 ? std::vector<BYTE>(data, data + size) : std::vector<BYTE>()};
    return ERROR_SUCCESS;
}

inline DWORD WINAPI ClusterRegDeleteValue(HKEY key, LPCWSTR name) {
    auto* place = registry::found(key);
    if (place == nullptr) return ERROR_INVALID_HANDLE;
    if (place->values.erase(registry::folded(name)) == 0) return ERROR_FILE_NOT_FOUND;
    ++registry::writes;
    return ERROR_SUCCESS;
}

inline LONG WINAPI ClusterRegQueryValue(HKEY key, LPCWSTR name, LPDWORD type, LPBYTE data,
                                        LPDWORD size) {
    const auto* place = registry::found(key);
    if (place == nullptr) return ERROR_INVALID_HANDLE;
    const auto value = place->values.find(registry::folded(name));
    if (value == place->values.end()) return ERROR_FILE_NOT_FOUND;
    if (type != nullptr) *type = value->second.type;
    return static_cast<LONG>(registry::copied(value->second.data, data, size));
}

inline DWORD WINAPI ClusterRegEnumValue(HKEY key, DWORD index, LPWSTR name, LPDWORD length,
                                        LPDWORD type, LPBYTE data, LPDWORD size) {
    const auto* place = registry::found(key);
    if (place == nullptr) return ERROR_INVALID_HANDLE;
    if (index >= place->values.size()) return ERROR_NO_MORE_ITEMS;
    const auto& value =
        std::next(place->values.begin(), static_cast<std::ptrdiff_t>(index))->second;
    if (type != nullptr) *type = value.type;
    const DWORD error = registry::named(value.name, name, length);
    return error == ERROR_SUCCESS ? registry::copied(value.data, data, size) : error;
}

}  // extern "C"
