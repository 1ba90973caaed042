// What there is, as a property list or as names: ResUtilGetProperties, ResUtilGetAllProperties,
// ResUtilGetPrivateProperties, ResUtilAddUnknownProperties, ResUtilEnumProperties,
// ResUtilEnumPrivateProperties, ResUtilGetPropertyFormats, ResUtilGetProperty,
// ResUtilGetPropertySize and ResUtilPropertyListFromParameterBlock.
//
// A buffer that is too small is left as it was. Properties of a key below are named by its path.
#pragma once

#include <utility>

#include "properties_table.hpp"

namespace resapi_cy::properties {

// ---- From the table ---------------------------------------------------------------------------

// A property without a value has an empty one in a list.
inline Bytes told(const Item& item, const Content& content) {
    if (content) return *content;
    const bool blob = kind_of(item.Format) == Kind::blob && item.Format != CLUSPROP_FORMAT_MULTI_SZ;
    return blob ? Bytes() : bytes_of(Wide());
}

inline DWORD write_item(HKEY key, const Item& item, ListWriter& writer) {
    Content content;
    const DWORD error = from_database(key, item, content);
    if (error == ERROR_SUCCESS) writer.property(item.Name, item.Format, told(item, content));
    return error;
}

inline DWORD write_table(HKEY key, const Item* table, ListWriter& writer) {
    for (const Item& item : TableItems(table)) {
        const DWORD error = write_item(key, item, writer);
        if (error != ERROR_SUCCESS) return error;
    }
    return ERROR_SUCCESS;
}

// ---- From the database ------------------------------------------------------------------------

// Names and indices shift while others change the database: what has gone is not there.
inline bool is_gone(DWORD error) {
    return error == ERROR_FILE_NOT_FOUND || error == ERROR_KEY_DELETED;
}

// `enumerate(index, name, length)`, with as much room as the name needs; each one goes to `found`.
template <typename Enumerate, typename Found>
DWORD for_each_name(Enumerate enumerate, Found found) {
    Wide name(256, WCHAR());
    for (DWORD index = 0;;) {
        auto length = static_cast<DWORD>(name.size());
        const DWORD error = enumerate(index, name.data(), &length);
        if (error == ERROR_MORE_DATA) {
            name.resize(2 * name.size());
            continue;
        }
        if (error == ERROR_NO_MORE_ITEMS) return ERROR_SUCCESS;
        if (error != ERROR_SUCCESS) return error;
        found(name.substr(0, length));
        ++index;
    }
}

inline DWORD names_of_values(HKEY key, std::vector<Wide>& names) {
    return for_each_name(
        [key](DWORD index, LPWSTR name, LPDWORD length) {
            return static_cast<DWORD>(
                ClusterRegEnumValue(key, index, name, length, nullptr, nullptr, nullptr));
        },
        [&](Wide name) { names.push_back(std::move(name)); });
}

inline DWORD names_of_keys(HKEY key, std::vector<Wide>& names) {
    return for_each_name(
        [key](DWORD index, LPWSTR name, LPDWORD length) {
            return static_cast<DWORD>(ClusterRegEnumKey(key, index, name, length, nullptr));
        },
        [&](Wide name) { names.push_back(std::move(name)); });
}

inline Wide joined(const Wide& path, const Wide& name) {
    return path.empty() ? name : path + WCHAR('\\') + name;
}

// `found(name, value)` for each value of the key and of the keys below it, a key's values before
// its keys. Not by recursion: how deep the keys go is not ours to say.
template <typename Found>
DWORD for_each_value(HKEY key, Found found) {
    std::vector<Wide> paths(1);
    while (!paths.empty()) {
        const Wide path = std::move(paths.back());
        paths.pop_back();
        Subkey subkey;
        DWORD error = subkey.open(key, path, KEY_READ);
        std::vector<Wide> names;
        std::vector<Wide> keys;
        if (error == ERROR_SUCCESS) error = names_of_values(subkey.key(), names);
        if (error == ERROR_SUCCESS) error = names_of_keys(subkey.key(), keys);
        if (!path.empty() && is_gone(error)) continue;
        if (error != ERROR_SUCCESS) return error;
        for (const Wide& name : names) {
            Value value;
            error = query(subkey.key(), name.c_str(), value);
            if (error == ERROR_SUCCESS) found(joined(path, name), std::move(value));
            if (error != ERROR_SUCCESS && !is_gone(error)) return error;
        }
        for (auto name = keys.rbegin(); name != keys.rend(); ++name) {
            paths.push_back(joined(path, *name));
        }
    }
    return ERROR_SUCCESS;
}

// A value that no table describes, in the format of its type; as bytes, where its type has none.
inline void write_unknown(const Wide& name, const Value& value, ListWriter& writer) {
    if (value.type == REG_SZ || value.type == REG_EXPAND_SZ) {
        const DWORD format = value.type == REG_SZ ? CLUSPROP_FORMAT_SZ : CLUSPROP_FORMAT_EXPAND_SZ;
        writer.property(name, format, bytes_of(text_of(value.data)));
    } else if (value.type == REG_MULTI_SZ) {
        writer.property(name, CLUSPROP_FORMAT_MULTI_SZ, whole_texts(value.data));
    } else if (value.type == REG_DWORD && value.data.size() == sizeof(DWORD)) {
        writer.property(name, CLUSPROP_FORMAT_DWORD, value.data);
    } else if (value.type == REG_QWORD && value.data.size() == sizeof(ULONGLONG)) {
        writer.property(name, CLUSPROP_FORMAT_ULARGE_INTEGER, value.data);
    } else {
        writer.property(name, CLUSPROP_FORMAT_BINARY, value.data);
    }
}

// Whether an item of the table lies at that name, its key's path before it.
inline bool is_known(const Item* table, const Wide& name) {
    for (const Item& item : TableItems(table)) {
        if (same_name(joined(path_of(item), item.Name), name)) return true;
    }
    return false;
}

inline DWORD write_all_unknown(HKEY key, const Item* table, ListWriter& writer) {
    return for_each_value(key, [&](const Wide& name, const Value& value) {
        if (!is_known(table, name)) write_unknown(name, value, writer);
    });
}

// ---- Lists ------------------------------------------------------------------------------------

inline DWORD get_properties(HKEY key, const Item* table, void* list, DWORD size, LPDWORD returned,
                            LPDWORD required) {
    if (key == nullptr || table == nullptr) return ERROR_BAD_ARGUMENTS;
    return output(list, size, returned, required, [&](Bytes& made) {
        ListWriter writer;
        const DWORD error = write_table(key, table, writer);
        made = writer.list();
        return error;
    });
}

inline DWORD get_all_properties(HKEY key, const Item* table, void* list, DWORD size,
                                LPDWORD returned, LPDWORD required) {
    if (key == nullptr || table == nullptr) return ERROR_BAD_ARGUMENTS;
    return output(list, size, returned, required, [&](Bytes& made) {
        ListWriter writer;
        DWORD error = write_table(key, table, writer);
        if (error == ERROR_SUCCESS) error = write_all_unknown(key, table, writer);
        made = writer.list();
        return error;
    });
}

inline DWORD get_private_properties(HKEY key, void* list, DWORD size, LPDWORD returned,
                                    LPDWORD required) {
    constexpr Item no_items[] = {{}};
    return get_all_properties(key, no_items, list, size, returned, required);
}

// Appends to the list of *returned bytes that the buffer has; to none, where they are 0.
inline DWORD add_unknown_properties(HKEY key, const Item* table, void* list, DWORD size,
                                    LPDWORD returned, LPDWORD required) {
    if (key == nullptr || table == nullptr || !is_output(list, size, returned, required) ||
        *returned > size) {
        return ERROR_BAD_ARGUMENTS;
    }
    *required = 0;
    return guarded([&]() -> DWORD {
        ListWriter writer;
        if (*returned != 0) {
            std::vector<Property> properties;
            const BYTE* end = nullptr;
            if (read_list(list, *returned, properties, &end) != ERROR_SUCCESS) {
                return ERROR_INVALID_DATA;
            }
            writer = ListWriter(list, static_cast<std::size_t>(end - static_cast<BYTE*>(list)),
                                static_cast<DWORD>(properties.size()));
        }
        const DWORD error = write_all_unknown(key, table, writer);
        if (error != ERROR_SUCCESS) return error;
        return deliver(writer.list(), list, size, returned, required);
    });
}

inline DWORD property_list_from_parameter_block(const Item* table, void* list, const DWORD* size,
                                                const BYTE* block, LPDWORD returned,
                                                LPDWORD required) {
    if (table == nullptr || size == nullptr || block == nullptr) return ERROR_BAD_ARGUMENTS;
    // Documented as optional whatever the size says.
    const DWORD room = list != nullptr ? *size : 0;
    return output(list, room, returned, required, [&](Bytes& made) -> DWORD {
        ListWriter writer;
        for (const Item& item : TableItems(table)) {
            if (kind_of(item.Format) == Kind::none) return ERROR_INVALID_PARAMETER;
            writer.property(item.Name, item.Format, told(item, from_block(item, block)));
        }
        made = writer.list();
        return ERROR_SUCCESS;
    });
}

// Which format each property of the table has: a list of WORDs.
inline DWORD get_property_formats(const Item* table, void* list, DWORD size, LPDWORD returned,
                                  LPDWORD required) {
    if (table == nullptr) return ERROR_BAD_ARGUMENTS;
    return output(list, size, returned, required, [&](Bytes& made) -> DWORD {
        ListWriter writer;
        for (const Item& item : TableItems(table)) {
            const auto format = static_cast<WORD>(item.Format);
            writer.property(item.Name, CLUSPROP_FORMAT_WORD, bytes_of(&format, sizeof format));
        }
        made = writer.list();
        return ERROR_SUCCESS;
    });
}

// ---- One property, for whoever makes the list himself -----------------------------------------

// What write_item makes, without a list's count.
inline DWORD make_entry(HKEY key, const Item* item, Bytes& entry) {
    ListWriter writer;
    const DWORD error = write_item(key, *item, writer);
    const Bytes& list = writer.list();
    entry.assign(list.begin() + sizeof(DWORD), list.end());
    return error;
}

// Adds to both: the bytes of the property's name, values and end mark, and 1.
inline DWORD get_property_size(HKEY key, const Item* item, LPDWORD size, LPDWORD count) {
    if (key == nullptr || item == nullptr || item->Name == nullptr || size == nullptr ||
        count == nullptr) {
        return ERROR_BAD_ARGUMENTS;
    }
    return guarded([&] {
        Bytes entry;
        const DWORD error = make_entry(key, item, entry);
        if (error == ERROR_SUCCESS) {
            *size += static_cast<DWORD>(entry.size());
            ++*count;
        }
        return error;
    });
}

// Moves the place on, and takes what it has used from the size that is left.
inline DWORD get_property(HKEY key, const Item* item, void** place, LPDWORD size) {
    if (key == nullptr || item == nullptr || item->Name == nullptr || place == nullptr ||
        *place == nullptr || size == nullptr) {
        return ERROR_BAD_ARGUMENTS;
    }
    return guarded([&]() -> DWORD {
        Bytes entry;
        const DWORD error = make_entry(key, item, entry);
        if (error != ERROR_SUCCESS) return error;
        if (entry.size() > *size) return ERROR_MORE_DATA;
        std::memcpy(*place, entry.data(), entry.size());
        *place = static_cast<LPBYTE>(*place) + entry.size();
        *size -= static_cast<DWORD>(entry.size());
        return ERROR_SUCCESS;
    });
}

// ---- Names: one after the other with its NUL, and one more NUL --------------------------------

inline DWORD enum_properties(const Item* table, void* names, DWORD size, LPDWORD returned,
                             LPDWORD required) {
    if (table == nullptr) return ERROR_BAD_ARGUMENTS;
    return output(names, size, returned, required, [&](Bytes& made) -> DWORD {
        Wide all;
        for (const Item& item : TableItems(table)) all.append(item.Name) += WCHAR();
        made = bytes_of(all);
        return ERROR_SUCCESS;
    });
}

inline DWORD enum_private_properties(HKEY key, void* names, DWORD size, LPDWORD returned,
                                     LPDWORD required) {
    if (key == nullptr) return ERROR_BAD_ARGUMENTS;
    return output(names, size, returned, required, [&](Bytes& made) {
        Wide all;
        const DWORD error = for_each_value(
            key, [&](const Wide& name, const Value&) { all.append(name) += WCHAR(); });
        made = bytes_of(all);
        return error;
    });
}

}  // namespace resapi_cy::properties
