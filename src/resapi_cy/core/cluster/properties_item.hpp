// One item of a property table: its value in a parameter block, in the database, and by default.
//
// Between those places a value travels as a property list has it: numbers as their bytes, text with
// its NUL, or as no Bytes at all where there is none (a NULL in a block). In a block, a number lies
// where the item's offset says, text is a pointer there, and the rest is a pointer and the size
// that follows it. What a block points to is LocalAlloc's, so that a resource DLL can free it with
// LocalFree. A block may be packed, so nothing of it is read in place.
#pragma once

#include <cstring>
#include <optional>
#include <utility>

#include "properties_list.hpp"
#include "properties_value.hpp"

namespace resapi_cy::properties {

using Item = RESUTIL_PROPERTY_ITEM;
using Content = std::optional<Bytes>;

enum class Kind { number32, number64, text, blob, none };

constexpr Kind kind_of(DWORD format) {
    switch (format) {
        case CLUSPROP_FORMAT_DWORD:
        case CLUSPROP_FORMAT_LONG:
            return Kind::number32;
        case CLUSPROP_FORMAT_ULARGE_INTEGER:
        case CLUSPROP_FORMAT_LARGE_INTEGER:
        case CLUSPROP_FORMAT_FILETIME:
            return Kind::number64;
        case CLUSPROP_FORMAT_SZ:
        case CLUSPROP_FORMAT_EXPAND_SZ:
            return Kind::text;
        case CLUSPROP_FORMAT_BINARY:
        case CLUSPROP_FORMAT_MULTI_SZ:
        case CLUSPROP_FORMAT_SECURITY_DESCRIPTOR:
        case CLUSPROP_FORMAT_VALUE_LIST:
        case CLUSPROP_FORMAT_PROPERTY_LIST:
            return Kind::blob;
        default:
            return Kind::none;
    }
}

// What a value of a format is in the database.
constexpr DWORD registry_type(DWORD format) {
    switch (format) {
        case CLUSPROP_FORMAT_WORD:
            return REG_DWORD;
        case CLUSPROP_FORMAT_EXPAND_SZ:
            return REG_EXPAND_SZ;
        case CLUSPROP_FORMAT_MULTI_SZ:
            return REG_MULTI_SZ;
        default:
            break;
    }
    switch (kind_of(format)) {
        case Kind::number32:
            return REG_DWORD;
        case Kind::number64:
            return REG_QWORD;
        case Kind::text:
            return REG_SZ;
        default:
            return REG_BINARY;
    }
}

template <typename Number>
Number number_at(const void* place) {
    Number number;
    std::memcpy(&number, place, sizeof number);
    return number;
}

// A list of texts with an end for the last of them and one for all: a single NUL is one without
// texts.
inline Bytes whole_texts(const Bytes& data) {
    Wide units(data.size() / sizeof(WCHAR), WCHAR());
    if (!units.empty()) std::memcpy(units.data(), data.data(), units.size() * sizeof(WCHAR));
    if (units != Wide(1, WCHAR())) {
        while (units.size() < 2 || units.substr(units.size() - 2) != Wide(2, WCHAR())) {
            units += WCHAR();
        }
    }
    return bytes_of(units.data(), units.size() * sizeof(WCHAR));
}

// ---- By default -------------------------------------------------------------------------------

// The default, the least and the greatest: all three structures of the 64-bit formats are that.
struct Limits64 {
    ULONGLONG absent = 0;
    ULONGLONG least = 0;
    ULONGLONG most = 0;
};
static_assert(sizeof(RESUTIL_LARGEINT_DATA) == sizeof(Limits64));
static_assert(sizeof(RESUTIL_ULARGEINT_DATA) == sizeof(Limits64));
static_assert(sizeof(RESUTIL_FILETIME_DATA) == sizeof(Limits64));

inline Limits64 limits_of(const Item& item) {
    return item.lpDefault != nullptr ? number_at<Limits64>(item.lpDefault) : Limits64();
}

inline Content default_of(const Item& item) {
    switch (kind_of(item.Format)) {
        case Kind::number32:
            return bytes_of(&item.Default, sizeof item.Default);
        case Kind::number64: {
            const ULONGLONG number = limits_of(item).absent;
            return bytes_of(&number, sizeof number);
        }
        case Kind::text:
            if (item.lpDefault == nullptr) return {};
            return bytes_of(Wide(static_cast<LPCWSTR>(item.lpDefault)));
        case Kind::blob:
            // For these, Minimum is the size of the default.
            if (item.lpDefault == nullptr) return {};
            return bytes_of(item.lpDefault, item.Minimum);
        default:
            return {};
    }
}

// Whether a number is what the item allows: anything, where both limits are 0.
inline bool in_range(const Item& item, const Bytes& data) {
    if (kind_of(item.Format) == Kind::number32) {
        const auto number = number_at<DWORD>(data.data());
        if (item.Minimum == 0 && item.Maximum == 0) return true;
        // Moved by half the range, signed numbers have the order of unsigned ones.
        const bool is_signed =
            item.Format == CLUSPROP_FORMAT_LONG || (item.Flags & RESUTIL_PROPITEM_SIGNED) != 0;
        const DWORD half = is_signed ? 0x80000000 : 0;
        return (number ^ half) >= (item.Minimum ^ half) && (number ^ half) <= (item.Maximum ^ half);
    }
    if (kind_of(item.Format) == Kind::number64) {
        const auto number = number_at<ULONGLONG>(data.data());
        const Limits64 limits = limits_of(item);
        if (limits.least == 0 && limits.most == 0) return true;
        const ULONGLONG half =
            item.Format == CLUSPROP_FORMAT_LARGE_INTEGER ? 0x8000000000000000 : 0;
        return (number ^ half) >= (limits.least ^ half) && (number ^ half) <= (limits.most ^ half);
    }
    return true;
}

// ---- In a parameter block ---------------------------------------------------------------------

// A pointer member and the size behind it, which text has not.
struct Member {
    LPBYTE data;
    DWORD size;
};

inline bool is_pointer(const Item& item) {
    return kind_of(item.Format) == Kind::text || kind_of(item.Format) == Kind::blob;
}

inline Member member_of(const Item& item, const BYTE* block) {
    Member member{number_at<LPBYTE>(block + item.Offset), 0};
    if (kind_of(item.Format) == Kind::blob) {
        member.size = number_at<DWORD>(block + item.Offset + sizeof(LPBYTE));
    }
    return member;
}

inline void set_member(const Item& item, LPBYTE block, Member member) {
    std::memcpy(block + item.Offset, &member.data, sizeof member.data);
    if (kind_of(item.Format) == Kind::blob) {
        std::memcpy(block + item.Offset + sizeof(LPBYTE), &member.size, sizeof member.size);
    }
}

inline Content from_block(const Item& item, const BYTE* block) {
    switch (kind_of(item.Format)) {
        case Kind::number32:
            return bytes_of(block + item.Offset, sizeof(DWORD));
        case Kind::number64:
            return bytes_of(block + item.Offset, sizeof(ULONGLONG));
        default:
            break;
    }
    if (!is_pointer(item)) return {};
    const Member member = member_of(item, block);
    if (member.data == nullptr) return {};
    if (kind_of(item.Format) == Kind::blob) return bytes_of(member.data, member.size);
    return bytes_of(Wide(reinterpret_cast<LPCWSTR>(member.data)));
}

// Whatever is in the block's member is left to whoever has it.
inline void put_into_block(const Item& item, LPBYTE block, const Content& content) {
    if (is_pointer(item)) {
        Member member{nullptr, 0};
        if (content) member = {local_copy(*content), static_cast<DWORD>(content->size())};
        set_member(item, block, member);
    } else if (content && kind_of(item.Format) != Kind::none) {
        std::memcpy(block + item.Offset, content->data(), content->size());
    }
}

// In place of what the block has, which is freed.
inline void replace_in_block(const Item& item, LPBYTE block, const Content& content) {
    const LPBYTE former = is_pointer(item) ? member_of(item, block).data : nullptr;
    put_into_block(item, block, content);
    LocalFree(former);
}

// ---- In the database --------------------------------------------------------------------------

inline Wide path_of(const Item& item) {
    return text_or_nothing(item.KeyName);
}

// ERROR_FILE_NOT_FOUND: it is not there. ERROR_INVALID_PARAMETER: what is there is of another type.
// Either kind of text is text: which one it was stored as is for who expands it to know.
inline DWORD from_database(HKEY key, const Item& item, Bytes& data) {
    const Kind kind = kind_of(item.Format);
    if (kind == Kind::none) return ERROR_INVALID_PARAMETER;
    Subkey subkey;
    DWORD error = subkey.open(key, path_of(item), KEY_READ);
    if (error != ERROR_SUCCESS) return error;
    Value value;
    error = query(subkey.key(), item.Name, value);
    if (error != ERROR_SUCCESS) return error;
    const bool right_type = kind == Kind::text ? value.type == REG_SZ || value.type == REG_EXPAND_SZ
                                               : value.type == registry_type(item.Format);
    const bool right_size = (kind != Kind::number32 || value.data.size() == sizeof(DWORD)) &&
                            (kind != Kind::number64 || value.data.size() == sizeof(ULONGLONG));
    if (!right_type || !right_size) return ERROR_INVALID_PARAMETER;
    if (kind == Kind::text) {
        data = bytes_of(text_of(value.data));
    } else if (value.type == REG_MULTI_SZ) {
        data = whole_texts(value.data);
    } else {
        data = std::move(value.data);
    }
    return ERROR_SUCCESS;
}

// What is there, or else the default.
inline DWORD from_database(HKEY key, const Item& item, Content& content) {
    Bytes data;
    const DWORD error = from_database(key, item, data);
    if (error == ERROR_SUCCESS) content = std::move(data);
    if (error != ERROR_FILE_NOT_FOUND) return error;
    content = default_of(item);
    return ERROR_SUCCESS;
}

// A value at a path and a name below the key. Nothing: afterwards it is not there.
inline DWORD to_database(HKEY key, const Wide& path, LPCWSTR name, DWORD type,
                         const Content& content, bool even_if_equal) {
    Subkey subkey;
    if (!content) {
        const DWORD error = subkey.open(key, path, KEY_WRITE);
        if (error == ERROR_FILE_NOT_FOUND) return ERROR_SUCCESS;
        return error == ERROR_SUCCESS ? remove_value(subkey.key(), name) : error;
    }
    const DWORD error = subkey.create(key, path);
    if (error != ERROR_SUCCESS) return error;
    if (even_if_equal) return store(subkey.key(), name, type, content->data(), content->size());
    return store_change(subkey.key(), name, {type, *content});
}

inline DWORD to_database(HKEY key, const Item& item, const Content& content, bool even_if_equal) {
    return to_database(key, path_of(item), item.Name, registry_type(item.Format), content,
                       even_if_equal);
}

}  // namespace resapi_cy::properties
