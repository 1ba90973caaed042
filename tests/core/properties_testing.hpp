// What the tests of resutils' property functions share: a database, a table with each format, its
// parameter block, and property lists written byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cluster/resutils.cpp"
#include "cluster_registry_counted.hpp"
#include "scenarios.hpp"

#if !defined(_WIN32)
// The thread's last error is the stand-in library's to keep; here, the program's.
inline thread_local DWORD last_error = 0;
extern "C" inline void WINAPI SetLastError(DWORD error) {
    last_error = error;
}
extern "C" inline DWORD WINAPI GetLastError(void) {
    return last_error;
}
#endif

#if defined(_WIN32)
#define W(text) L##text
#else
#define W(text) u##text
#endif

// The error that was expected, or the one that came.
#define CHECK_ERROR(expected, call)                                                \
    do {                                                                           \
        const auto error_ = static_cast<DWORD>(call);                              \
        if (error_ != static_cast<DWORD>(expected)) {                              \
            std::printf("%s:%d: error %u instead of %s: %s\n", __FILE__, __LINE__, \
                        static_cast<unsigned>(error_), #expected, #call);          \
            std::exit(1);                                                          \
        }                                                                          \
    } while (false)
#define CHECK_SUCCESS(call) CHECK_ERROR(ERROR_SUCCESS, call)

namespace testing {

using Wide = std::basic_string<WCHAR>;
using Bytes = std::vector<BYTE>;

template <typename Number>
Bytes bytes(Number number) {
    Bytes data(sizeof number);
    std::memcpy(data.data(), &number, sizeof number);
    return data;
}

// Text with its NUL; a list of texts is one with NULs in it.
inline Bytes bytes(const Wide& text) {
    Bytes data((text.size() + 1) * sizeof(WCHAR));
    std::memcpy(data.data(), text.c_str(), data.size());
    return data;
}

template <std::size_t Size>
Wide units(const WCHAR (&text)[Size]) {
    return {text, Size - 1};
}

inline Bytes operator+(Bytes one, const Bytes& other) {
    one.insert(one.end(), other.begin(), other.end());
    return one;
}

// ---- A property list --------------------------------------------------------------------------

inline Bytes entry(DWORD syntax, const Bytes& data) {
    Bytes made = bytes(syntax) + bytes(static_cast<DWORD>(data.size())) + data;
    made.resize((made.size() + 3) / 4 * 4);
    return made;
}

inline Bytes value(DWORD format, const Bytes& data) {
    return entry(0x10000 | format, data);
}

inline Bytes named(const Wide& name, const Bytes& values) {
    return entry(0x40003, bytes(name)) + values + bytes(DWORD{0});
}

inline Bytes property(const Wide& name, DWORD format, const Bytes& data) {
    return named(name, value(format, data));
}

inline Bytes list(const std::vector<Bytes>& properties) {
    Bytes made = bytes(static_cast<DWORD>(properties.size()));
    for (const Bytes& one : properties) made = std::move(made) + one;
    return made;
}

inline DWORD size_of(const Bytes& data) {
    return static_cast<DWORD>(data.size());
}

// What an EXPAND_SZ is told as.
inline Bytes expand_property(const Wide& name, const Wide& text, const Wide& expanded) {
    return named(name, value(CLUSPROP_FORMAT_EXPAND_SZ, bytes(text)) +
                           value(CLUSPROP_FORMAT_EXPANDED_SZ, bytes(expanded)));
}

// What a function of an output buffer gives, asked for its size first as callers do; a buffer that
// is a byte too small stays as it is.
template <typename Call>
Bytes output_of(Call call) {
    DWORD returned = 1;
    DWORD required = 1;
    CHECK_ERROR(ERROR_MORE_DATA, call(nullptr, DWORD{0}, &returned, &required));
    CHECK(returned == 0 && required != 0);
    const DWORD needed = required;
    Bytes buffer(needed, 0xAA);
    CHECK_ERROR(ERROR_MORE_DATA, call(buffer.data(), needed - 1, &returned, &required));
    CHECK(returned == 0 && required == needed && buffer == Bytes(needed, 0xAA));
    CHECK_SUCCESS(call(buffer.data(), needed, &returned, &required));
    CHECK(returned == needed && required == 0);
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, call(nullptr, needed, &returned, &required));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, call(buffer.data(), needed, nullptr, &required));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, call(buffer.data(), needed, &returned, nullptr));
    return buffer;
}

// ---- The database -----------------------------------------------------------------------------

// The key that a resource's properties are below.
class Database {
    const int open_before = registry::open_keys;
    const std::uint64_t cluster = resapi_cy::cluster::clusters().make(W("C"), W("N"));

  public:
    Database() : key(root()) {}
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    ~Database() {
        ClusterRegCloseKey(key);
        // Every key that a function has opened, it has closed.
        CHECK(registry::open_keys == open_before);
        CHECK(resapi_cy::cluster::clusters().close(cluster));
    }

    // A path with backslashes, made where it is not there.
    HKEY below(const Wide& path) const {
        HKEY found = key;
        for (std::size_t begin = 0; begin < path.size();) {
            const std::size_t end = std::min(path.find(W('\\'), begin), path.size());
            const HKEY above = found;
            DWORD disposition = 0;
            CHECK_SUCCESS(ClusterRegCreateKey(above, path.substr(begin, end - begin).c_str(), 0,
                                              KEY_ALL_ACCESS, nullptr, &found, &disposition));
            if (above != key) ClusterRegCloseKey(above);
            begin = end + 1;
        }
        return found;
    }

    void set(const Wide& name, DWORD type, const Bytes& data, const Wide& path = {}) const {
        const HKEY place = path.empty() ? key : below(path);
        CHECK_SUCCESS(ClusterRegSetValue(place, name.c_str(), type, data.data(), size_of(data)));
        if (place != key) ClusterRegCloseKey(place);
    }

    // The type and the data; {} if it is not there.
    std::pair<DWORD, Bytes> get(const Wide& name, const Wide& path = {}) const {
        const HKEY place = path.empty() ? key : below(path);
        Bytes data(1000);
        DWORD size = size_of(data);
        DWORD type = 0;
        const auto error = ClusterRegQueryValue(place, name.c_str(), &type, data.data(), &size);
        if (place != key) ClusterRegCloseKey(place);
        if (error != ERROR_SUCCESS) return {};
        data.resize(size);
        return {type, data};
    }

    bool has(const Wide& name) const { return get(name) != std::pair<DWORD, Bytes>(); }

    const HKEY key;

  private:
    HKEY root() const {
        HKEY opened = nullptr;
        CHECK_SUCCESS(resapi_cy::cluster::reg_root_key(cluster, KEY_ALL_ACCESS, &opened));
        ++registry::open_keys;
        return opened;
    }
};

// How many values the call has written or deleted.
template <typename Call>
unsigned writes_of(Call call) {
    const unsigned before = registry::writes;
    call();
    return registry::writes - before;
}

// ---- A table and its block --------------------------------------------------------------------

struct Block {
    LPWSTR Text;
    DWORD Number;
    LPBYTE Blob;
    DWORD BlobSize;
    LPWSTR Texts;
    DWORD TextsSize;
    LONG Signed;
    LPWSTR Path;
    ULONGLONG Big;
    LONGLONG SignedBig;
    FILETIME Time;
    LPWSTR Below;
    DWORD Degrees;
    LPBYTE Security;
    DWORD SecuritySize;
};

using Item = RESUTIL_PROPERTY_ITEM;

inline Item item(const WCHAR* name, DWORD format, std::size_t offset) {
    Item made = {};
    made.Name = const_cast<LPWSTR>(name);
    made.Format = format;
    made.Offset = static_cast<DWORD>(offset);
    return made;
}

inline RESUTIL_ULARGEINT_DATA big_limits() {
    RESUTIL_ULARGEINT_DATA limits = {};
    limits.Default.QuadPart = 0x100000000;
    limits.Maximum.QuadPart = 0xFFFFFFFFFFFFFFFF;
    limits.Minimum.QuadPart = 1;
    return limits;
}

inline RESUTIL_LARGEINT_DATA signed_limits() {
    RESUTIL_LARGEINT_DATA limits = {};
    limits.Default.QuadPart = -5;
    limits.Minimum.QuadPart = -10;
    limits.Maximum.QuadPart = 10;
    return limits;
}

// Each format, with defaults for some.
struct Table {
    Table() {
        items[0].lpDefault = const_cast<WCHAR*>(W("default"));
        items[1].Default = 80;
        items[1].Minimum = 1;
        items[1].Maximum = 65535;
        items[2].lpDefault = blob;
        items[2].Minimum = sizeof blob;
        items[4].Default = static_cast<DWORD>(-1);
        items[4].Minimum = static_cast<DWORD>(-3);
        items[4].Maximum = 15;
        items[6].ULargeIntData = &big;
        items[7].LargeIntData = &signed_big;
        items[9].KeyName = const_cast<WCHAR*>(W("Sub\\Key"));
        items[10].Minimum = static_cast<DWORD>(-40);
        items[10].Maximum = 60;
        items[10].Flags = RESUTIL_PROPITEM_SIGNED;
    }

    Item& operator[](const Wide& name) {
        for (Item& one : items) {
            if (one.Name != nullptr && one.Name == name) return one;
        }
        std::abort();
    }

    operator Item*() { return items; }

    BYTE blob[3] = {1, 2, 3};
    RESUTIL_ULARGEINT_DATA big = big_limits();
    RESUTIL_LARGEINT_DATA signed_big = signed_limits();
    Item items[13] = {
        item(W("Text"), CLUSPROP_FORMAT_SZ, offsetof(Block, Text)),
        item(W("Number"), CLUSPROP_FORMAT_DWORD, offsetof(Block, Number)),
        item(W("Blob"), CLUSPROP_FORMAT_BINARY, offsetof(Block, Blob)),
        item(W("Texts"), CLUSPROP_FORMAT_MULTI_SZ, offsetof(Block, Texts)),
        item(W("Signed"), CLUSPROP_FORMAT_LONG, offsetof(Block, Signed)),
        item(W("Path"), CLUSPROP_FORMAT_EXPAND_SZ, offsetof(Block, Path)),
        item(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, offsetof(Block, Big)),
        item(W("SignedBig"), CLUSPROP_FORMAT_LARGE_INTEGER, offsetof(Block, SignedBig)),
        item(W("Time"), CLUSPROP_FORMAT_FILETIME, offsetof(Block, Time)),
        item(W("Below"), CLUSPROP_FORMAT_SZ, offsetof(Block, Below)),
        item(W("Degrees"), CLUSPROP_FORMAT_DWORD, offsetof(Block, Degrees)),
        item(W("Security"), CLUSPROP_FORMAT_SECURITY_DESCRIPTOR, offsetof(Block, Security)),
        {},
    };
};

inline LPBYTE at(Block& block) {
    return reinterpret_cast<LPBYTE>(&block);
}

// A block that frees what it has, as a resource DLL would.
struct OwnBlock : Block {
    explicit OwnBlock(Item* of) : Block(), table(of) {}
    OwnBlock(const OwnBlock&) = delete;
    OwnBlock& operator=(const OwnBlock&) = delete;
    ~OwnBlock() { ResUtilFreeParameterBlock(at(*this), nullptr, table); }

    Item* const table;
};

inline bool is_text(LPCWSTR text, const Wide& expected) {
    return text != nullptr && text == expected;
}

inline bool is_blob(const void* data, DWORD size, const Bytes& expected) {
    return data != nullptr && size == expected.size() &&
           std::memcmp(data, expected.data(), size) == 0;
}

}  // namespace testing
