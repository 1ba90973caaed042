// What the property functions of resutils are made of: text, names, and memory that whoever called
// frees with LocalFree.
//
// Within these files, no memory is std::bad_alloc; guarded() stands at their edge and makes it the
// error that the documents name. Any thread may call everything here.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "names.hpp"
#include "resapi_cy/resapi.h"

namespace resapi_cy::properties {

using Wide = std::basic_string<WCHAR>;
using Bytes = std::vector<BYTE>;

// What a function of resutils returns: no exception crosses into a resource DLL.
template <typename Function>
DWORD guarded(Function function) {
    try {
        return function();
    } catch (const std::bad_alloc&) {
        return ERROR_NOT_ENOUGH_MEMORY;
    } catch (const std::length_error&) {
        return ERROR_NOT_ENOUGH_MEMORY;
    }
}

// The same for one that returns memory: nullptr, and why in GetLastError.
template <typename Function>
LPWSTR guarded_text(Function function) {
    LPWSTR made = nullptr;
    const DWORD error = guarded([&] { return function(made); });
    if (error == ERROR_SUCCESS) return made;
    SetLastError(error);
    return nullptr;
}

// A copy of the bytes in memory of LocalAlloc. A NUL, and for lists of texts a second one, follows
// them whatever they are, so that text from a damaged value ends as well.
inline LPBYTE local_copy(const void* data, std::size_t size) {
    void* copy = LocalAlloc(LPTR, size + 2 * sizeof(WCHAR));
    if (copy == nullptr) throw std::bad_alloc();
    if (size != 0) std::memcpy(copy, data, size);
    return static_cast<LPBYTE>(copy);
}

inline LPBYTE local_copy(const Bytes& data) {
    return local_copy(data.data(), data.size());
}

// ---- Text, and the bytes that it is stored as: UTF-16 with its NUL ----------------------------

inline Bytes bytes_of(const void* data, std::size_t size) {
    const BYTE* first = static_cast<const BYTE*>(data);
    return size != 0 ? Bytes(first, first + size) : Bytes();
}

inline Bytes bytes_of(const Wide& text) {
    return bytes_of(text.c_str(), (text.size() + 1) * sizeof(WCHAR));
}

// What lies before the first NUL, or before the end. The bytes may be at an odd address, and half a
// unit at their end is none.
inline Wide text_of(const BYTE* data, std::size_t size) {
    Wide text(size / sizeof(WCHAR), WCHAR());
    if (!text.empty()) std::memcpy(text.data(), data, text.size() * sizeof(WCHAR));
    return text.substr(0, text.find(WCHAR()));
}

inline Wide text_of(const Bytes& data) {
    return text_of(data.data(), data.size());
}

inline bool same_name(const Wide& one, const Wide& other) {
    return cluster::compare_names(one, other) == 0;
}

inline Wide text_or_nothing(LPCWSTR text) {
    return text != nullptr ? Wide(text) : Wide();
}

// ---- Environment variables --------------------------------------------------------------------

#if !defined(_WIN32)

// Off Windows an environment is bytes: UTF-8, where half a surrogate pair is written as three bytes
// like any other unit, so that each text has its own.
inline std::string narrow(const Wide& text) {
    std::string bytes;
    for (std::size_t at = 0; at < text.size(); ++at) {
        char32_t code = text[at];
        if ((code & 0xFC00) == 0xD800 && at + 1 < text.size() &&
            (static_cast<char32_t>(text[at + 1]) & 0xFC00) == 0xDC00) {
            code = 0x10000 + (((code & 0x3FF) << 10) | (static_cast<char32_t>(text[++at]) & 0x3FF));
        }
        const int further = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        constexpr char32_t marks[] = {0x00, 0xC0, 0xE0, 0xF0};
        bytes += static_cast<char>(marks[further] | code >> (6 * further));
        for (int left = further - 1; left >= 0; --left) {
            bytes += static_cast<char>(0x80 | ((code >> (6 * left)) & 0x3F));
        }
    }
    return bytes;
}

inline void append_code(Wide& text, char32_t code) {
    if (code >= 0x10000) {
        text += static_cast<WCHAR>(0xD800 + ((code - 0x10000) >> 10));
        code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    text += static_cast<WCHAR>(code);
}

// A byte that is not part of a character is U+FFFD.
inline Wide widened(const std::string& bytes) {
    Wide text;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto first = static_cast<unsigned char>(bytes[at]);
        const std::size_t size = first < 0x80   ? 1
                                 : first < 0xC2 ? 0
                                 : first < 0xE0 ? 2
                                 : first < 0xF0 ? 3
                                 : first < 0xF5 ? 4
                                                : 0;
        char32_t code = size < 2 ? first : first & (0x7F >> size);
        std::size_t taken = 1;
        while (taken < size && at + taken < bytes.size() &&
               (static_cast<unsigned char>(bytes[at + taken]) & 0xC0) == 0x80) {
            code = (code << 6) | (static_cast<unsigned char>(bytes[at + taken]) & 0x3F);
            ++taken;
        }
        const bool whole = taken == size && code <= 0x10FFFF &&
                           (size < 3 || code >= (size == 3 ? 0x800U : 0x10000U));
        append_code(text, whole ? code : 0xFFFD);
        at += whole ? taken : 1;
    }
    return text;
}

#endif

// The text with the value of each environment variable that it names between percent signs. A name
// that the environment lacks stays as it is written.
inline Wide expanded(const Wide& text) {
#if defined(_WIN32)
    Wide result;
    for (DWORD size = 256;;) {
        result.resize(size);
        size = ExpandEnvironmentStringsW(text.c_str(), result.data(), size);
        if (size == 0) return text;
        if (size <= result.size()) break;
    }
    return result.substr(0, result.find(WCHAR()));
#else
    Wide result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text[at] == u'%' ? text.find(u'%', at + 1) : Wide::npos;
        const char* value = nullptr;
        if (end != Wide::npos && end != at + 1) {
            value = std::getenv(narrow(text.substr(at + 1, end - at - 1)).c_str());
        }
        if (value != nullptr) {
            result += widened(value);
            at = end + 1;
        } else {
            result += text[at++];
        }
    }
    return result;
#endif
}

// ---- ResUtilDupString, ResUtilExpandEnvironmentStrings ----------------------------------------

inline LPWSTR dup_string(LPCWSTR text) {
    return guarded_text([&](LPWSTR& made) -> DWORD {
        if (text == nullptr) return ERROR_BAD_ARGUMENTS;
        made = reinterpret_cast<LPWSTR>(local_copy(bytes_of(Wide(text))));
        return ERROR_SUCCESS;
    });
}

inline LPWSTR expand_environment_strings(LPCWSTR text) {
    return guarded_text([&](LPWSTR& made) -> DWORD {
        if (text == nullptr) return ERROR_BAD_ARGUMENTS;
        made = reinterpret_cast<LPWSTR>(local_copy(bytes_of(expanded(text))));
        return ERROR_SUCCESS;
    });
}

}  // namespace resapi_cy::properties
