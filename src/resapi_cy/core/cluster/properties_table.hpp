// Property tables, and the parameter blocks and the database that they describe:
// ResUtilGetPropertiesToParameterBlock, ResUtilSetPropertyParameterBlock,
// ResUtilSetPropertyTable, ResUtilVerifyPropertyTable, ResUtilSetUnknownProperties,
// ResUtilSetPrivatePropertyList, ResUtilVerifyPrivatePropertyList, ResUtilDupParameterBlock and
// ResUtilFreeParameterBlock.
//
// A list is looked through before anything of it is stored: what is refused changes nothing. A
// block that is written to is one that ResUtilDupParameterBlock or
// ResUtilGetPropertiesToParameterBlock has filled, or zeros: what its pointers have is freed.
#pragma once

#include <utility>

#include "properties_item.hpp"

namespace resapi_cy::properties {

// ---- Tables -----------------------------------------------------------------------------------

// For (const Item& item : TableItems(table)): the end is an item without a name.
class TableItems {
  public:
    explicit TableItems(const Item* table) : table_(table) {}

    struct End {};
    struct Iterator {
        const Item* item;

        const Item& operator*() const { return *item; }
        bool operator!=(End) const { return item->Name != nullptr; }
        Iterator& operator++() {
            ++item;
            return *this;
        }
    };

    Iterator begin() const { return {table_}; }
    End end() const { return {}; }

  private:
    const Item* table_;
};

inline const Item* find_item(const Item* table, const Wide& name) {
    for (const Item& item : TableItems(table)) {
        if (same_name(item.Name, name)) return &item;
    }
    return nullptr;
}

// Nothing, for a value of no bytes: the property is to be as if it had never been set.
inline Content content_of(const ListValue& value) {
    if (value.size == 0) return {};
    return bytes_of(value.data, value.size);
}

// ---- Properties that no table describes: where and how they are stored ------------------------

// The name of a value, and the path of its key: what stands before the last backslash.
struct Place {
    Wide path;
    Wide name;
};

inline Place place_of(const Wide& name) {
    const std::size_t last = name.rfind(WCHAR('\\'));
    if (last == Wide::npos) return {Wide(), name};
    return {name.substr(0, last), name.substr(last + 1)};
}

// Neither a key nor the value in it is without a name.
inline bool is_place(const Wide& name) {
    const WCHAR separator = '\\';
    return name.front() != separator && name.back() != separator &&
           name.find(Wide(2, separator)) == Wide::npos;
}

inline bool is_stored(DWORD format) {
    return kind_of(format) != Kind::none || format == CLUSPROP_FORMAT_WORD;
}

inline DWORD verify_unknown(const Property& property) {
    const ListValue& value = property.first();
    const DWORD format = value.syntax & 0xFFFF;
    if (!is_place(property.name) || value.syntax != value_syntax(format) || !is_stored(format)) {
        return ERROR_INVALID_PARAMETER;
    }
    if (value.size == 0 || well_formed(format, value.data, value.size)) return ERROR_SUCCESS;
    return ERROR_INVALID_DATA;
}

inline DWORD store_unknown(HKEY key, const Property& property, bool even_if_equal) {
    const ListValue& value = property.first();
    const DWORD format = value.syntax & 0xFFFF;
    Content content = content_of(value);
    if (content && format == CLUSPROP_FORMAT_WORD) content->resize(sizeof(DWORD));
    const Place place = place_of(property.name);
    return to_database(key, place.path, place.name.c_str(), registry_type(format), content,
                       even_if_equal);
}

// ---- Lists against tables ---------------------------------------------------------------------

inline DWORD verify_known(const Item& item, const ListValue& value) {
    if ((item.Flags & RESUTIL_PROPITEM_READ_ONLY) != 0 || kind_of(item.Format) == Kind::none ||
        value.syntax != value_syntax(item.Format)) {
        return ERROR_INVALID_PARAMETER;
    }
    if (value.size == 0) return ERROR_SUCCESS;
    if (!well_formed(item.Format, value.data, value.size)) return ERROR_INVALID_DATA;
    return in_range(item, *content_of(value)) ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

enum class Unknown { refused, passed };

// Reads the list and looks through what the table knows of it, and all of what it does not know.
inline DWORD read_verified(const Item* table, const void* list, DWORD size, Unknown unknown,
                           std::vector<Property>& properties) {
    const DWORD error = read_list(list, size, properties);
    if (error != ERROR_SUCCESS) return error;
    for (const Property& property : properties) {
        const Item* item = find_item(table, property.name);
        if (item == nullptr && unknown == Unknown::refused) return ERROR_INVALID_PARAMETER;
        const DWORD refused =
            item != nullptr ? verify_known(*item, property.first()) : verify_unknown(property);
        if (refused != ERROR_SUCCESS) return refused;
    }
    return ERROR_SUCCESS;
}

// A property that was set to nothing has its default from then on.
inline void put_value(const Item& item, LPBYTE block, const ListValue& value) {
    const Content content = content_of(value);
    replace_in_block(item, block, content ? content : default_of(item));
}

inline DWORD verify_property_table(const Item* table, BOOL allow_unknown, const void* list,
                                   DWORD size, LPBYTE block) {
    if (table == nullptr) return ERROR_BAD_ARGUMENTS;
    if (list == nullptr) return ERROR_INVALID_DATA;
    return guarded([&] {
        std::vector<Property> properties;
        const DWORD error = read_verified(
            table, list, size, allow_unknown ? Unknown::passed : Unknown::refused, properties);
        if (error != ERROR_SUCCESS || block == nullptr) return error;
        for (const Property& property : properties) {
            const Item* item = find_item(table, property.name);
            if (item != nullptr) put_value(*item, block, property.first());
        }
        return error;
    });
}

inline DWORD set_property_table(HKEY key, const Item* table, BOOL allow_unknown, const void* list,
                                DWORD size, BOOL even_if_equal, LPBYTE block) {
    if (key == nullptr || table == nullptr || list == nullptr) return ERROR_BAD_ARGUMENTS;
    return guarded([&] {
        std::vector<Property> properties;
        DWORD error = read_verified(table, list, size,
                                    allow_unknown ? Unknown::passed : Unknown::refused, properties);
        if (error != ERROR_SUCCESS) return error;
        for (const Property& property : properties) {
            const Item* item = find_item(table, property.name);
            error = item == nullptr
                        ? store_unknown(key, property, even_if_equal)
                        : to_database(key, *item, content_of(property.first()), even_if_equal);
            if (error != ERROR_SUCCESS) return error;
            if (item != nullptr && block != nullptr) put_value(*item, block, property.first());
        }
        return error;
    });
}

// ---- Lists without a table, or beside one -----------------------------------------------------

inline DWORD verify_private_property_list(const void* list, DWORD size) {
    constexpr Item no_items[] = {{}};
    return verify_property_table(no_items, TRUE, list, size, nullptr);
}

// The properties of the list that the table has not.
inline DWORD store_all_unknown(HKEY key, const Item* table, const std::vector<Property>& properties,
                               bool even_if_equal) {
    for (const Property& property : properties) {
        if (find_item(table, property.name) != nullptr) continue;
        const DWORD error = store_unknown(key, property, even_if_equal);
        if (error != ERROR_SUCCESS) return error;
    }
    return ERROR_SUCCESS;
}

// Reads the list and looks through what the table has not: the rest is somebody else's.
inline DWORD read_unknown(const Item* table, const void* list, DWORD size,
                          std::vector<Property>& properties) {
    const DWORD error = read_list(list, size, properties);
    if (error != ERROR_SUCCESS) return error;
    for (const Property& property : properties) {
        if (find_item(table, property.name) != nullptr) continue;
        const DWORD refused = verify_unknown(property);
        if (refused != ERROR_SUCCESS) return refused;
    }
    return ERROR_SUCCESS;
}

inline DWORD set_unknown_properties(HKEY key, const Item* table, const void* list, DWORD size) {
    if (key == nullptr || table == nullptr || list == nullptr) return ERROR_BAD_ARGUMENTS;
    return guarded([&] {
        std::vector<Property> properties;
        const DWORD error = read_unknown(table, list, size, properties);
        return error == ERROR_SUCCESS ? store_all_unknown(key, table, properties, false) : error;
    });
}

inline DWORD set_private_property_list(HKEY key, const void* list, DWORD size) {
    constexpr Item no_items[] = {{}};
    if (list == nullptr) return ERROR_INSUFFICIENT_BUFFER;
    return set_unknown_properties(key, no_items, list, size);
}

// ---- Parameter blocks -------------------------------------------------------------------------

inline DWORD get_properties_to_parameter_block(HKEY key, const Item* table, LPBYTE block,
                                               BOOL check_for_required, LPWSTR* name_in_error) {
    if (name_in_error != nullptr) *name_in_error = nullptr;
    if (key == nullptr || table == nullptr || block == nullptr) return ERROR_BAD_ARGUMENTS;
    return guarded([&]() -> DWORD {
        for (const Item& item : TableItems(table)) {
            Bytes stored;
            DWORD error = from_database(key, item, stored);
            const bool required = (item.Flags & RESUTIL_PROPITEM_REQUIRED) != 0;
            if (error == ERROR_SUCCESS) {
                replace_in_block(item, block, std::move(stored));
            } else if (error == ERROR_FILE_NOT_FOUND && !(required && check_for_required)) {
                replace_in_block(item, block, default_of(item));
            } else {
                if (name_in_error != nullptr) *name_in_error = item.Name;
                return error;
            }
        }
        return ERROR_SUCCESS;
    });
}

// Whether the value of a read-only property is the one that it has anyway.
inline DWORD verify_unchanged(HKEY key, const Item& item, const BYTE* block) {
    Content stored;
    const DWORD error = from_database(key, item, stored);
    if (error != ERROR_SUCCESS) return error;
    return from_block(item, block) == stored ? ERROR_SUCCESS : ERROR_INVALID_PARAMETER;
}

inline DWORD verify_block(HKEY key, const Item* table, const BYTE* block) {
    for (const Item& item : TableItems(table)) {
        if (kind_of(item.Format) == Kind::none) return ERROR_INVALID_PARAMETER;
        if ((item.Flags & RESUTIL_PROPITEM_READ_ONLY) == 0) continue;
        const DWORD error = verify_unchanged(key, item, block);
        if (error != ERROR_SUCCESS) return error;
    }
    return ERROR_SUCCESS;
}

inline DWORD set_property_parameter_block(HKEY key, const Item* table, const BYTE* block,
                                          const void* list, DWORD size, BOOL even_if_equal,
                                          LPBYTE out) {
    if (key == nullptr || table == nullptr || block == nullptr) return ERROR_BAD_ARGUMENTS;
    return guarded([&] {
        std::vector<Property> properties;
        DWORD error = list != nullptr ? read_unknown(table, list, size, properties) : ERROR_SUCCESS;
        if (error == ERROR_SUCCESS) error = verify_block(key, table, block);
        if (error != ERROR_SUCCESS) return error;
        for (const Item& item : TableItems(table)) {
            const Content content = from_block(item, block);
            if ((item.Flags & RESUTIL_PROPITEM_READ_ONLY) == 0) {
                error = to_database(key, item, content, even_if_equal);
                if (error != ERROR_SUCCESS) return error;
            }
            // A pointer that both blocks have stays where it is.
            const bool shared = is_pointer(item) && out != nullptr &&
                                member_of(item, out).data == member_of(item, block).data;
            if (out != nullptr && !shared) replace_in_block(item, out, content);
        }
        return store_all_unknown(key, table, properties, even_if_equal);
    });
}

// Whether it succeeds or fails, what is in the copy can be freed.
inline DWORD dup_parameter_block(LPBYTE out, const BYTE* block, const Item* table) {
    if (out == nullptr || block == nullptr || table == nullptr) return ERROR_BAD_ARGUMENTS;
    for (const Item& item : TableItems(table)) {
        if (is_pointer(item)) set_member(item, out, {nullptr, 0});
    }
    return guarded([&]() -> DWORD {
        for (const Item& item : TableItems(table)) {
            if (kind_of(item.Format) == Kind::none) return ERROR_INVALID_PARAMETER;
            put_into_block(item, out, from_block(item, block));
        }
        return ERROR_SUCCESS;
    });
}

// What the other block points to as well stays that block's.
inline void free_parameter_block(LPBYTE out, const BYTE* other, const Item* table) {
    if (out == nullptr || table == nullptr) return;
    for (const Item& item : TableItems(table)) {
        if (!is_pointer(item)) continue;
        const LPBYTE data = member_of(item, out).data;
        if (other != nullptr && member_of(item, other).data == data) continue;
        LocalFree(data);
        set_member(item, out, {nullptr, 0});
    }
}

}  // namespace resapi_cy::properties
