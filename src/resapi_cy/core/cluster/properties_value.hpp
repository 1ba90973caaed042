// Values of the cluster database as the property functions use them, and ResUtilGet*Value and
// ResUtilSet*Value, which are about one of them.
//
// All of it goes through ClusterReg*: their errors (a closed key, a deleted one) are passed on.
#pragma once

#include <algorithm>
#include <utility>

#include "properties_text.hpp"

namespace resapi_cy::properties {

struct Value {
    DWORD type = REG_NONE;
    Bytes data;
};

inline DWORD query(HKEY key, LPCWSTR name, Value& value) {
    value.data.resize(64);  // as large as most are
    for (;;) {
        auto size = static_cast<DWORD>(value.data.size());
        const auto error = static_cast<DWORD>(
            ClusterRegQueryValue(key, name, &value.type, value.data.data(), &size));
        if (error != ERROR_MORE_DATA) {
            value.data.resize(error == ERROR_SUCCESS ? size : 0);
            return error;
        }
        // The value may have grown since: never ask twice with the same size.
        value.data.resize(size > value.data.size() ? size : 2 * value.data.size());
    }
}

inline DWORD store(HKEY key, LPCWSTR name, DWORD type, const void* data, std::size_t size) {
    return static_cast<DWORD>(ClusterRegSetValue(key, name, type, static_cast<const BYTE*>(data),
                                                 static_cast<DWORD>(size)));
}

// Stores it unless it is there already: a change is told to everybody who watches the database.
inline DWORD store_change(HKEY key, LPCWSTR name, const Value& value) {
    Value stored;
    const DWORD error = query(key, name, stored);
    if (error == ERROR_SUCCESS && stored.type == value.type && stored.data == value.data) {
        return ERROR_SUCCESS;
    }
    return store(key, name, value.type, value.data.data(), value.data.size());
}

// Afterwards there is no such value, whether or not there was.
inline DWORD remove_value(HKEY key, LPCWSTR name) {
    const auto error = static_cast<DWORD>(ClusterRegDeleteValue(key, name));
    return error == ERROR_FILE_NOT_FOUND ? ERROR_SUCCESS : error;
}

// A key below another one, found by a path with backslashes: each step is a call of its own. The
// empty path is the other key itself.
class Subkey {
  public:
    Subkey() = default;
    Subkey(const Subkey&) = delete;
    Subkey& operator=(const Subkey&) = delete;
    ~Subkey() { close(); }

    HKEY key() const { return key_; }

    // ERROR_FILE_NOT_FOUND if there is none.
    DWORD open(HKEY above, const Wide& path, REGSAM access) {
        return walk(above, path, [access](HKEY key, LPCWSTR name, PHKEY found) {
            return ClusterRegOpenKey(key, name, access, found);
        });
    }

    DWORD create(HKEY above, const Wide& path) {
        return walk(above, path, [](HKEY key, LPCWSTR name, PHKEY found) {
            DWORD disposition = 0;
            return ClusterRegCreateKey(key, name, 0, KEY_READ | KEY_WRITE, nullptr, found,
                                       &disposition);
        });
    }

  private:
    template <typename Step>
    DWORD walk(HKEY above, const Wide& path, Step step) {
        key_ = above;
        for (std::size_t at = 0; at < path.size();) {
            const std::size_t end = std::min(path.find(WCHAR('\\'), at), path.size());
            HKEY next = nullptr;
            const auto error =
                static_cast<DWORD>(step(key_, path.substr(at, end - at).c_str(), &next));
            if (error != ERROR_SUCCESS) return error;
            close();
            key_ = next;
            own_ = true;
            at = end + 1;
        }
        return ERROR_SUCCESS;
    }

    void close() {
        if (std::exchange(own_, false)) ClusterRegCloseKey(key_);
    }

    HKEY key_ = nullptr;
    bool own_ = false;  // the key that the path begins at is its owner's
};

// ---- ResUtilGet*Value -------------------------------------------------------------------------

inline bool is_text(DWORD type) {
    return type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ;
}

inline LPWSTR get_sz_value(HKEY key, LPCWSTR name) {
    return guarded_text([&](LPWSTR& made) -> DWORD {
        Value value;
        const DWORD error = query(key, name, value);
        if (error != ERROR_SUCCESS) return error;
        if (!is_text(value.type)) return ERROR_INVALID_PARAMETER;
        made = reinterpret_cast<LPWSTR>(local_copy(value.data));
        return ERROR_SUCCESS;
    });
}

// A value that is not there is the default.
template <typename Number>
DWORD get_number(HKEY key, LPCWSTR name, DWORD type, Number* number, Number absent) {
    if (number == nullptr) return ERROR_BAD_ARGUMENTS;
    return guarded([&]() -> DWORD {
        Value value;
        const DWORD error = query(key, name, value);
        if (error == ERROR_FILE_NOT_FOUND) {
            *number = absent;
            return ERROR_SUCCESS;
        }
        if (error != ERROR_SUCCESS) return error;
        if (value.type != type || value.data.size() != sizeof(Number)) {
            return ERROR_INVALID_PARAMETER;
        }
        std::memcpy(number, value.data.data(), sizeof(Number));
        return ERROR_SUCCESS;
    });
}

inline DWORD get_dword_value(HKEY key, LPCWSTR name, LPDWORD number, DWORD absent) {
    return get_number<DWORD>(key, name, REG_DWORD, number, absent);
}

inline DWORD get_qword_value(HKEY key, LPCWSTR name, ULONGLONG* number, ULONGLONG absent) {
    return get_number<ULONGLONG>(key, name, REG_QWORD, number, absent);
}

// The bytes of a value of any type: ResUtilGetMultiSzValue is another name of this one.
inline DWORD get_binary_value(HKEY key, LPCWSTR name, LPBYTE* out, LPDWORD size) {
    if (size == nullptr) return ERROR_BAD_ARGUMENTS;
    return guarded([&] {
        Value value;
        const DWORD error = query(key, name, value);
        if (error == ERROR_SUCCESS) {
            if (out != nullptr) *out = local_copy(value.data);
            *size = static_cast<DWORD>(value.data.size());
        }
        return error;
    });
}

// ---- ResUtilSet*Value -------------------------------------------------------------------------

// The new value, and a copy of it in place of the one that the caller had. The copy is made first:
// without memory for it, nothing is stored, and the new value may lie in the old one.
template <typename Unit>
DWORD set_data(HKEY key, LPCWSTR name, DWORD type, const void* data, std::size_t size, Unit** out) {
    return guarded([&] {
        const auto copy =
            out != nullptr ? reinterpret_cast<Unit*>(local_copy(data, size)) : nullptr;
        const DWORD error = store(key, name, type, data, size);
        LocalFree(error == ERROR_SUCCESS && out != nullptr ? std::exchange(*out, copy) : copy);
        return error;
    });
}

inline DWORD set_text(HKEY key, LPCWSTR name, DWORD type, LPCWSTR text, LPWSTR* out) {
    if (text == nullptr) return ERROR_BAD_ARGUMENTS;
    const std::size_t size = (std::char_traits<WCHAR>::length(text) + 1) * sizeof(WCHAR);
    return set_data(key, name, type, text, size, out);
}

inline DWORD set_sz_value(HKEY key, LPCWSTR name, LPCWSTR text, LPWSTR* out) {
    return set_text(key, name, REG_SZ, text, out);
}

inline DWORD set_expand_sz_value(HKEY key, LPCWSTR name, LPCWSTR text, LPWSTR* out) {
    return set_text(key, name, REG_EXPAND_SZ, text, out);
}

template <typename Unit>
DWORD set_blob(HKEY key, LPCWSTR name, DWORD type, const void* data, DWORD size, Unit** out,
               LPDWORD out_size) {
    if (data == nullptr && size != 0) return ERROR_BAD_ARGUMENTS;
    const DWORD error = set_data(key, name, type, data, size, out);
    if (error == ERROR_SUCCESS && out_size != nullptr) *out_size = size;
    return error;
}

inline DWORD set_binary_value(HKEY key, LPCWSTR name, const BYTE* data, DWORD size, LPBYTE* out,
                              LPDWORD out_size) {
    return set_blob(key, name, REG_BINARY, data, size, out, out_size);
}

inline DWORD set_multi_sz_value(HKEY key, LPCWSTR name, LPCWSTR data, DWORD size, LPWSTR* out,
                                LPDWORD out_size) {
    // Documented as output only, unlike the others' copies: what the caller has there may be
    // nothing that could be freed.
    if (out != nullptr) *out = nullptr;
    return set_blob(key, name, REG_MULTI_SZ, data, size, out, out_size);
}

template <typename Number>
DWORD set_number(HKEY key, LPCWSTR name, DWORD type, Number number, Number* out) {
    const DWORD error = store(key, name, type, &number, sizeof number);
    if (error == ERROR_SUCCESS && out != nullptr) *out = number;
    return error;
}

inline DWORD set_dword_value(HKEY key, LPCWSTR name, DWORD number, LPDWORD out) {
    return set_number<DWORD>(key, name, REG_DWORD, number, out);
}

inline DWORD set_qword_value(HKEY key, LPCWSTR name, ULONGLONG number, ULONGLONG* out) {
    return set_number<ULONGLONG>(key, name, REG_QWORD, number, out);
}

}  // namespace resapi_cy::properties
