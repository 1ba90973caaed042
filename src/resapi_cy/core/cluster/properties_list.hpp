// Property lists as bytes, read within their bounds and written: clusapi.h's CLUSPROP_LIST.
//
// A count; then for each property its name, one or more values, and an end mark. Names and values
// are a syntax and a length, 4 bytes each, and the data, padded to 4 bytes. A list may lie at any
// address, so nothing of it is read as a structure. What follows the last property is left alone: a
// buffer may be longer than its list.
#pragma once

#include <cstring>
#include <vector>

#include "properties_text.hpp"

namespace resapi_cy::properties {

constexpr DWORD end_mark = CLUSPROP_SYNTAX_ENDMARK;
constexpr DWORD name_syntax = CLUSPROP_SYNTAX_NAME;

constexpr DWORD value_syntax(DWORD format) {
    return (CLUSPROP_SYNTAX_LIST_VALUE_SZ & 0xFFFF0000) | (format & 0xFFFF);
}

// A value where it lies in a list.
struct ListValue {
    DWORD syntax;
    const BYTE* data;
    DWORD size;
};

// A property of a list that is left as it is meanwhile.
struct Property {
    Wide name;
    std::vector<ListValue> values;  // one at least

    const ListValue& first() const { return values.front(); }
};

// Whether the data is what its format says. No data at all is nobody's format: it stands for "no
// value", and whoever sets it removes the value that there is.
inline bool well_formed(DWORD format, const BYTE* data, DWORD size) {
    switch (format) {
        case CLUSPROP_FORMAT_WORD:
            return size == sizeof(WORD);
        case CLUSPROP_FORMAT_DWORD:
        case CLUSPROP_FORMAT_LONG:
            return size == sizeof(DWORD);
        case CLUSPROP_FORMAT_ULARGE_INTEGER:
        case CLUSPROP_FORMAT_LARGE_INTEGER:
        case CLUSPROP_FORMAT_FILETIME:
            return size == sizeof(ULONGLONG);
        case CLUSPROP_FORMAT_SZ:
        case CLUSPROP_FORMAT_EXPAND_SZ:
        case CLUSPROP_FORMAT_EXPANDED_SZ:
        case CLUSPROP_FORMAT_MULTI_SZ:
            return size >= sizeof(WCHAR) && size % sizeof(WCHAR) == 0 && data[size - 1] == 0 &&
                   data[size - 2] == 0;
        default:
            return true;
    }
}

// Reads on from its place, and never past the end.
class ListReader {
  public:
    ListReader(const void* list, std::size_t size)
        : at_(static_cast<const BYTE*>(list)), end_(at_ + size) {}

    const BYTE* at() const { return at_; }

    bool number(DWORD& value) {
        if (left() < sizeof value) return false;
        std::memcpy(&value, at_, sizeof value);
        at_ += sizeof value;
        return true;
    }

    // The length, the data and the padding that follow a syntax.
    bool data(ListValue& value) {
        if (!number(value.size) || left() < value.size) return false;
        const std::size_t padding = (4 - value.size % 4) % 4;
        if (left() - value.size < padding) return false;
        value.data = at_;
        at_ += value.size + padding;
        return true;
    }

    // The values up to the end mark, and that.
    bool values(std::vector<ListValue>& values) {
        for (ListValue value{}; number(value.syntax);) {
            if (value.syntax == end_mark) return true;
            if (!data(value)) return false;
            values.push_back(value);
        }
        return false;
    }

    // ERROR_INSUFFICIENT_BUFFER: the list is larger than its buffer. ERROR_INVALID_PARAMETER: where
    // a name belongs, there is something else. ERROR_INVALID_DATA: a name that is none, or a
    // property without a value.
    DWORD property(Property& property) {
        ListValue name{};
        if (!number(name.syntax)) return ERROR_INSUFFICIENT_BUFFER;
        if (name.syntax != name_syntax) return ERROR_INVALID_PARAMETER;
        if (!data(name)) return ERROR_INSUFFICIENT_BUFFER;
        if (!well_formed(CLUSPROP_FORMAT_SZ, name.data, name.size)) return ERROR_INVALID_DATA;
        property.name = text_of(name.data, name.size);
        if (!values(property.values)) return ERROR_INSUFFICIENT_BUFFER;
        return property.name.empty() || property.values.empty() ? ERROR_INVALID_DATA
                                                                : ERROR_SUCCESS;
    }

  private:
    std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

    const BYTE* at_;
    const BYTE* end_;
};

// All properties of a list. A forged count ends where the list does: each property takes more than
// its count from it.
inline DWORD read_list(const void* list, DWORD size, std::vector<Property>& properties,
                       const BYTE** end = nullptr) {
    ListReader reader(list, size);
    DWORD count = 0;
    if (!reader.number(count)) return ERROR_INSUFFICIENT_BUFFER;
    for (; count != 0; --count) {
        Property property;
        const DWORD error = reader.property(property);
        if (error != ERROR_SUCCESS) return error;
        properties.push_back(std::move(property));
    }
    if (end != nullptr) *end = reader.at();
    return ERROR_SUCCESS;
}

// ---- Writing ----------------------------------------------------------------------------------

class ListWriter {
  public:
    ListWriter() : bytes_(sizeof(DWORD)) {}

    // Behind the properties of a list.
    ListWriter(const void* list, std::size_t size, DWORD count)
        : bytes_(bytes_of(list, size)), count_(count) {}

    // A value in its format: text with its NUL. An EXPAND_SZ is told with what it stands for.
    void property(const Wide& name, DWORD format, const Bytes& data) {
        entry(name_syntax, bytes_of(name));
        entry(value_syntax(format), data);
        if (format == CLUSPROP_FORMAT_EXPAND_SZ) {
            entry(value_syntax(CLUSPROP_FORMAT_EXPANDED_SZ), bytes_of(expanded(text_of(data))));
        }
        number(end_mark);
        ++count_;
    }

    DWORD count() const { return count_; }

    const Bytes& list() {
        std::memcpy(bytes_.data(), &count_, sizeof count_);
        return bytes_;
    }

  private:
    void number(DWORD value) {
        const Bytes bytes = bytes_of(&value, sizeof value);
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    }

    void entry(DWORD syntax, const Bytes& data) {
        number(syntax);
        number(static_cast<DWORD>(data.size()));
        bytes_.insert(bytes_.end(), data.begin(), data.end());
        bytes_.resize((bytes_.size() + 3) / 4 * 4);
    }

    Bytes bytes_;  // begins with the count
    DWORD count_ = 0;
};

// ---- A function's output buffer ---------------------------------------------------------------

// Whether the arguments are a buffer. It may be NULL where its size is 0, by which one asks how
// large it has to be.
inline bool is_output(const void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
    return (buffer != nullptr || size == 0) && returned != nullptr && required != nullptr;
}

// Puts the bytes there if they fit: ERROR_MORE_DATA if they don't, with the size that they need.
inline DWORD deliver(const Bytes& bytes, void* buffer, DWORD size, LPDWORD returned,
                     LPDWORD required) {
    const auto needed = static_cast<DWORD>(bytes.size());
    if (needed > size) {
        *required = needed;
        return ERROR_MORE_DATA;
    }
    std::memcpy(buffer, bytes.data(), needed);
    *returned = needed;
    return ERROR_SUCCESS;
}

// What `make` makes, delivered. Until there is something, both sizes are 0.
template <typename Make>
DWORD output(void* buffer, DWORD size, LPDWORD returned, LPDWORD required, Make make) {
    if (!is_output(buffer, size, returned, required)) return ERROR_BAD_ARGUMENTS;
    *returned = 0;
    *required = 0;
    return guarded([&] {
        Bytes made;
        const DWORD error = make(made);
        return error == ERROR_SUCCESS ? deliver(made, buffer, size, returned, required) : error;
    });
}

}  // namespace resapi_cy::properties
