// Values out of a property list: ResUtilFind*Property, by a property's name, and
// ResUtilGet*Property, for whoever goes through a list himself.
#pragma once

#include "properties_list.hpp"

namespace resapi_cy::properties {

// ---- ResUtilFind*Property ---------------------------------------------------------------------

// ERROR_FILE_NOT_FOUND: there is no property of that name. ERROR_INVALID_DATA: the list is not one,
// or the property has no value of that format. Several values may be of a property: what an
// EXPAND_SZ stands for is its second.
inline DWORD find_value(const void* list, DWORD size, LPCWSTR name, DWORD format,
                        ListValue& found) {
    if (list == nullptr) return ERROR_INVALID_DATA;
    if (name == nullptr) return ERROR_BAD_ARGUMENTS;
    std::vector<Property> properties;
    if (read_list(list, size, properties) != ERROR_SUCCESS) return ERROR_INVALID_DATA;
    for (const Property& property : properties) {
        if (!same_name(property.name, name)) continue;
        for (const ListValue& value : property.values) {
            if (value.syntax != value_syntax(format)) continue;
            found = value;
            return well_formed(format, value.data, value.size) ? ERROR_SUCCESS : ERROR_INVALID_DATA;
        }
        return ERROR_INVALID_DATA;
    }
    return ERROR_FILE_NOT_FOUND;
}

template <typename Number>
DWORD find_number(const void* list, DWORD size, LPCWSTR name, DWORD format, Number* number) {
    return guarded([&] {
        ListValue value{};
        const DWORD error = find_value(list, size, name, format, value);
        if (error == ERROR_SUCCESS && number != nullptr) {
            std::memcpy(number, value.data, sizeof *number);
        }
        return error;
    });
}

// Text, texts or bytes: a copy for the caller to free.
template <typename Unit>
DWORD find_copy(const void* list, DWORD size, LPCWSTR name, DWORD format, Unit** copy,
                LPDWORD copied) {
    return guarded([&] {
        ListValue value{};
        const DWORD error = find_value(list, size, name, format, value);
        if (error != ERROR_SUCCESS) return error;
        if (copy != nullptr) *copy = reinterpret_cast<Unit*>(local_copy(value.data, value.size));
        if (copied != nullptr) *copied = value.size;
        return error;
    });
}

// ---- ResUtilGet*Property ----------------------------------------------------------------------

// A place in a list, as the caller has it: where it goes on, and how much of it is left.
struct ListPlace {
    LPBYTE* list;
    LPDWORD size;
};

// The value at `structure`, which lies in what is left, and the reader behind its property's end
// mark. ERROR_INVALID_PARAMETER: it is not of that format, or the list ends before.
inline DWORD value_at(ListPlace place, const void* structure, DWORD format, ListValue& value,
                      ListReader& behind) {
    const auto* at = static_cast<const BYTE*>(structure);
    const BYTE* list = *place.list;
    if (at < list || at > list + *place.size) return ERROR_INVALID_PARAMETER;
    behind = ListReader(at, static_cast<std::size_t>(list + *place.size - at));
    std::vector<ListValue> values;
    if (!behind.values(values) || values.empty()) return ERROR_INVALID_PARAMETER;
    value = values.front();
    return value.syntax == value_syntax(format) && well_formed(format, value.data, value.size)
               ? ERROR_SUCCESS
               : ERROR_INVALID_PARAMETER;
}

// `take(value)` says whether the value will do; then the place is that of the next property.
template <typename Take>
DWORD take_value(ListPlace place, const void* structure, DWORD format, Take take) {
    if (place.list == nullptr || *place.list == nullptr || place.size == nullptr ||
        structure == nullptr) {
        return ERROR_BAD_ARGUMENTS;
    }
    return guarded([&] {
        ListValue value{};
        ListReader behind(nullptr, 0);
        DWORD error = value_at(place, structure, format, value, behind);
        if (error == ERROR_SUCCESS) error = take(value);
        if (error != ERROR_SUCCESS) return error;
        const auto passed = behind.at() - *place.list;
        *place.list += passed;
        *place.size -= static_cast<DWORD>(passed);
        return error;
    });
}

// A number between the limits; any, where both are 0.
template <typename Number>
DWORD take_number(ListPlace place, const void* structure, DWORD format, Number least, Number most,
                  Number* number) {
    return take_value(place, structure, format, [&](const ListValue& value) -> DWORD {
        Number taken{};
        std::memcpy(&taken, value.data, sizeof taken);
        const bool limited = least != 0 || most != 0;
        if (limited && (taken < least || taken > most)) return ERROR_INVALID_PARAMETER;
        if (number != nullptr) *number = taken;
        return ERROR_SUCCESS;
    });
}

// FILETIMEs, in the order of time.
inline DWORD take_file_time(ListPlace place, const void* structure, const FILETIME& least,
                            const FILETIME& most, FILETIME* time) {
    const auto ticks = [](const FILETIME& of) {
        return static_cast<ULONGLONG>(of.dwHighDateTime) << 32 | of.dwLowDateTime;
    };
    ULONGLONG taken = 0;
    const DWORD error =
        take_number(place, structure, CLUSPROP_FORMAT_FILETIME, ticks(least), ticks(most), &taken);
    if (error == ERROR_SUCCESS && time != nullptr) {
        *time = {static_cast<DWORD>(taken), static_cast<DWORD>(taken >> 32)};
    }
    return error;
}

template <typename Unit>
DWORD take_copy(ListPlace place, const void* structure, DWORD format, Unit** copy, LPDWORD copied) {
    return take_value(place, structure, format, [&](const ListValue& value) -> DWORD {
        if (copy != nullptr) *copy = reinterpret_cast<Unit*>(local_copy(value.data, value.size));
        if (copied != nullptr) *copied = value.size;
        return ERROR_SUCCESS;
    });
}

}  // namespace resapi_cy::properties
