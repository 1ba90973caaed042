// resutils' functions about single values, in property lists and in the database, and about text:
// one scenario for each function, under its name, with the errors that its page documents.
#include "properties_testing.hpp"

namespace {

using namespace testing;

// A copy that a function has made, freed.
template <typename Unit>
class Copy {
  public:
    Copy() = default;
    explicit Copy(Unit* made) : copy(made) {}
    Copy(const Copy&) = delete;
    Copy& operator=(const Copy&) = delete;
    ~Copy() { LocalFree(copy); }

    Unit** operator&() { return &copy; }
    Unit* operator*() const { return copy; }

  private:
    Unit* copy = nullptr;
};

using TextCopy = Copy<WCHAR>;
using BytesCopy = Copy<BYTE>;

#if !defined(_WIN32)
void set_variable(const char* name, const char* value) {
    CHECK(setenv(name, value, 1) == 0);
}
#else
void set_variable(const char* name, const char* value) {
    CHECK(_putenv_s(name, value) == 0);
}
#endif

// ---- Text -------------------------------------------------------------------------------------

void dup_string() {
    const TextCopy copy(ResUtilDupString(W("some text")));
    CHECK(is_text(*copy, W("some text")));
    const TextCopy empty(ResUtilDupString(W("")));
    CHECK(is_text(*empty, Wide()));
    SetLastError(0);
    CHECK(ResUtilDupString(nullptr) == nullptr);
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, GetLastError());
}

void expand_environment_strings() {
    set_variable("RESAPI_CY_A", "one");
    set_variable("RESAPI_CY_LONG", std::string(1000, 'x').c_str());
    const auto check = [](const WCHAR* text, const Wide& expected) {
        const TextCopy copy(ResUtilExpandEnvironmentStrings(text));
        CHECK(is_text(*copy, expected));
    };
    check(W(""), Wide());
    check(W("plain"), W("plain"));
    check(W("<%RESAPI_CY_A%%RESAPI_CY_A%>"), W("<oneone>"));
    check(W("%RESAPI_CY_LONG%!"), Wide(1000, W('x')) + W("!"));
    // What is not there stays as it is written.
    check(W("%NOT IN ANY ENVIRONMENT%"), W("%NOT IN ANY ENVIRONMENT%"));
    check(W("100 %"), W("100 %"));
#if !defined(_WIN32)
    check(W("%NOT IN ANY%RESAPI_CY_A%"), W("%NOT IN ANYone"));
    // An environment off Windows is bytes: UTF-8, and U+FFFD for what is not.
    set_variable("RESAPI_CY_\xc3\xbc", "\xe2\x82\xac \xf0\x9f\x98\x80 \xff\xe2\x82.");
    check(W("%RESAPI_CY_\u00fc%"), W("\u20ac \U0001F600 \uFFFD\uFFFD\uFFFD."));
    set_variable("RESAPI_CY_\xf0\x9f\x98\x80", "smile");
    check(W("%RESAPI_CY_\U0001F600%"), W("smile"));
    check(W("%RESAPI_CY_\U0001F600"), W("%RESAPI_CY_\U0001F600"));
#endif
    CHECK(ResUtilExpandEnvironmentStrings(nullptr) == nullptr);
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, GetLastError());
}

// ---- ResUtilFind*Property ---------------------------------------------------------------------

Bytes some_list() {
    return list({property(W("Sz"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("text")))),
                 expand_property(W("Expand"), W("%A%"), W("a")),
                 property(W("Dword"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{7})),
                 property(W("Long"), CLUSPROP_FORMAT_LONG, bytes(LONG{-7})),
                 property(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, bytes(ULONGLONG{1} << 40)),
                 property(W("Time"), CLUSPROP_FORMAT_FILETIME, bytes(ULONGLONG{0x200000001})),
                 property(W("Binary"), CLUSPROP_FORMAT_BINARY, {1, 2, 3}),
                 property(W("Multi"), CLUSPROP_FORMAT_MULTI_SZ, bytes(units(W("a\0b\0"))))});
}

// `find(list, size, name)`: with the errors that all of them have.
template <typename Find>
void check_find_errors(Find find, const WCHAR* name, DWORD format) {
    Bytes all = some_list();
    CHECK_ERROR(ERROR_FILE_NOT_FOUND, find(all.data(), size_of(all), W("Missing")));
    CHECK_ERROR(ERROR_INVALID_DATA,
                find(all.data(), size_of(all), name == Wide(W("Dword")) ? W("Sz") : W("Dword")));
    CHECK_ERROR(ERROR_INVALID_DATA, find(all.data(), size_of(all) - 1, name));
    CHECK_ERROR(ERROR_INVALID_DATA, find(all.data(), 0, name));
    CHECK_ERROR(ERROR_INVALID_DATA, find(nullptr, 0, name));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, find(all.data(), size_of(all), nullptr));
    if (format == CLUSPROP_FORMAT_BINARY) return;
    Bytes wrong = list({property(name, format, {1, 0, 1})});
    CHECK_ERROR(ERROR_INVALID_DATA, find(wrong.data(), size_of(wrong), name));
}

template <typename Function>
void check_find_text(Function function, const WCHAR* name, DWORD format, const WCHAR* expected) {
    Bytes all = some_list();
    TextCopy found;
    CHECK_SUCCESS(function(all.data(), size_of(all), name, &found));
    CHECK(is_text(*found, expected));
    CHECK_SUCCESS(function(all.data(), size_of(all), name, nullptr));
    check_find_errors(
        [&](void* of, DWORD size, LPCWSTR whose) {
            LPWSTR untouched = nullptr;
            const DWORD error = function(of, size, whose, &untouched);
            CHECK(untouched == nullptr);
            return error;
        },
        name, format);
}

void find_sz() {
    check_find_text(ResUtilFindSzProperty, W("SZ"), CLUSPROP_FORMAT_SZ, W("text"));
}

void find_expand_sz() {
    check_find_text(ResUtilFindExpandSzProperty, W("Expand"), CLUSPROP_FORMAT_EXPAND_SZ, W("%A%"));
}

void find_expanded_sz() {
    check_find_text(ResUtilFindExpandedSzProperty, W("Expand"), CLUSPROP_FORMAT_EXPANDED_SZ,
                    W("a"));
}

template <typename Number, typename Function>
void check_find_number(Function function, const WCHAR* name, DWORD format, Number expected) {
    Bytes all = some_list();
    Number found = {};
    CHECK_SUCCESS(function(all.data(), size_of(all), name, &found));
    CHECK(std::memcmp(&found, &expected, sizeof found) == 0);
    check_find_errors(
        [&](void* of, DWORD size, LPCWSTR whose) { return function(of, size, whose, &found); },
        name, format);
    CHECK(std::memcmp(&found, &expected, sizeof found) == 0);
}

void find_dword() {
    check_find_number<DWORD>(ResUtilFindDwordProperty, W("Dword"), CLUSPROP_FORMAT_DWORD, 7);
}

void find_long() {
    check_find_number<LONG>(ResUtilFindLongProperty, W("Long"), CLUSPROP_FORMAT_LONG, -7);
}

void find_ularge_integer() {
    check_find_number<ULONGLONG>(ResUtilFindULargeIntegerProperty, W("Big"),
                                 CLUSPROP_FORMAT_ULARGE_INTEGER, ULONGLONG{1} << 40);
}

void find_filetime() {
    check_find_number<FILETIME>(ResUtilFindFileTimeProperty, W("Time"), CLUSPROP_FORMAT_FILETIME,
                                {1, 2});
}

template <typename Unit, typename Function>
void check_find_blob(Function function, const WCHAR* name, DWORD format, const Bytes& expected) {
    Bytes all = some_list();
    Copy<Unit> found;
    DWORD size = 0;
    CHECK_SUCCESS(function(all.data(), size_of(all), name, &found, &size));
    CHECK(is_blob(*found, size, expected));
    size = 0;
    CHECK_SUCCESS(function(all.data(), size_of(all), name, nullptr, &size));
    CHECK(size == expected.size());
    CHECK_SUCCESS(function(all.data(), size_of(all), name, nullptr, nullptr));
    check_find_errors([&](void* of, DWORD length,
                          LPCWSTR whose) { return function(of, length, whose, nullptr, nullptr); },
                      name, format);
}

void find_binary() {
    check_find_blob<BYTE>(ResUtilFindBinaryProperty, W("Binary"), CLUSPROP_FORMAT_BINARY,
                          {1, 2, 3});
}

void find_multi_sz() {
    check_find_blob<WCHAR>(ResUtilFindMultiSzProperty, W("Multi"), CLUSPROP_FORMAT_MULTI_SZ,
                           bytes(units(W("a\0b\0"))));
}

// ---- ResUtilGet*Property ----------------------------------------------------------------------

// The values of a property, the end mark, and the next property, as whoever goes through a list by
// himself comes to them.
struct Walk {
    explicit Walk(const Bytes& values)
        : behind(size_of(values) + 4), data(values + bytes(DWORD{0}) + Bytes(8, 0xAA)) {
        place = data.data();
        left = size_of(data);
    }

    bool is_behind() const { return place == data.data() + behind && left == 8; }
    bool is_where_it_was() const { return place == data.data() && left == data.size(); }

    DWORD behind;
    Bytes data;
    LPBYTE place;
    DWORD left;
};

// `get(value, place, size)`: with the errors that all of them have, after which the place is where
// it was.
template <typename Get>
void check_get_errors(Get get, DWORD format, const Bytes& good) {
    const auto refused = [&](const Bytes& values) {
        Walk walk(values);
        CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, &walk.place, &walk.left));
        CHECK(walk.is_where_it_was());
    };
    refused(value(CLUSPROP_FORMAT_WORD, {1, 0}));
    refused(entry(0x20000 | format, good));
    refused({});
    if (format != CLUSPROP_FORMAT_BINARY) refused(value(format, {1}));

    Walk walk(value(format, good));
    for (DWORD size = 0; size < walk.behind; ++size) {
        DWORD left = size;
        CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, &walk.place, &left));
    }
    DWORD left = walk.left;
    LPBYTE nowhere = nullptr;
    Bytes elsewhere(100);
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(elsewhere.data(), &walk.place, &left));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, get(nullptr, &walk.place, &left));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, get(walk.place, nullptr, &left));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, get(walk.place, &nowhere, &left));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, get(walk.place, &walk.place, nullptr));
    CHECK(walk.is_where_it_was());
    // One that takes no value still goes on to the next property, past all of this one's values.
    Walk several(value(format, good) + value(CLUSPROP_FORMAT_DWORD, bytes(DWORD{5})));
    CHECK_SUCCESS(get(several.place, &several.place, &several.left));
    CHECK(several.is_behind());
}

template <typename Structure>
Structure at_value(LPBYTE place) {
    return reinterpret_cast<Structure>(place);
}

void get_sz_property() {
    Walk walk(value(CLUSPROP_FORMAT_SZ, bytes(Wide(W("text")))));
    TextCopy text;
    CHECK_SUCCESS(ResUtilGetSzProperty(&text, at_value<PCLUSPROP_SZ>(walk.place), nullptr,
                                       &walk.place, &walk.left));
    CHECK(is_text(*text, W("text")) && walk.is_behind());
    check_get_errors(
        [](LPBYTE at_place, LPBYTE* place, LPDWORD left) {
            return ResUtilGetSzProperty(nullptr, at_value<PCLUSPROP_SZ>(at_place), nullptr, place,
                                        left);
        },
        CLUSPROP_FORMAT_SZ, bytes(Wide(W("text"))));
}

void get_multi_sz_property() {
    const Bytes texts = bytes(units(W("a\0b\0")));
    Walk walk(value(CLUSPROP_FORMAT_MULTI_SZ, texts));
    TextCopy found;
    DWORD size = 0;
    CHECK_SUCCESS(ResUtilGetMultiSzProperty(&found, &size, at_value<PCLUSPROP_SZ>(walk.place),
                                            nullptr, 0, &walk.place, &walk.left));
    CHECK(is_blob(*found, size, texts) && walk.is_behind());
    check_get_errors(
        [](LPBYTE at_place, LPBYTE* place, LPDWORD left) {
            return ResUtilGetMultiSzProperty(nullptr, nullptr, at_value<PCLUSPROP_SZ>(at_place),
                                             nullptr, 0, place, left);
        },
        CLUSPROP_FORMAT_MULTI_SZ, texts);
}

void get_binary_property() {
    Walk walk(value(CLUSPROP_FORMAT_BINARY, {1, 2, 3}));
    BytesCopy found;
    DWORD size = 0;
    CHECK_SUCCESS(ResUtilGetBinaryProperty(&found, &size, at_value<PCLUSPROP_BINARY>(walk.place),
                                           nullptr, 0, &walk.place, &walk.left));
    CHECK(is_blob(*found, size, {1, 2, 3}) && walk.is_behind());
    check_get_errors(
        [](LPBYTE at_place, LPBYTE* place, LPDWORD left) {
            return ResUtilGetBinaryProperty(nullptr, nullptr, at_value<PCLUSPROP_BINARY>(at_place),
                                            nullptr, 0, place, left);
        },
        CLUSPROP_FORMAT_BINARY, {1, 2, 3});
}

void get_dword_property() {
    DWORD found = 0;
    const auto get = [&](LPBYTE at_place, DWORD least, DWORD most, LPBYTE* place, LPDWORD left) {
        return ResUtilGetDwordProperty(&found, at_value<PCLUSPROP_DWORD>(at_place), 0, least, most,
                                       place, left);
    };
    Walk walk(value(CLUSPROP_FORMAT_DWORD, bytes(DWORD{7})));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, 8, 9, &walk.place, &walk.left));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, 0, 6, &walk.place, &walk.left));
    CHECK(walk.is_where_it_was() && found == 0);
    CHECK_SUCCESS(get(walk.place, 7, 7, &walk.place, &walk.left));
    CHECK(found == 7 && walk.is_behind());
    check_get_errors([&](LPBYTE at_place, LPBYTE* place,
                         LPDWORD left) { return get(at_place, 0, 0, place, left); },
                     CLUSPROP_FORMAT_DWORD, bytes(DWORD{7}));
}

void get_long_property() {
    LONG found = 0;
    const auto get = [&](LPBYTE at_place, LONG least, LONG most, LPBYTE* place, LPDWORD left) {
        return ResUtilGetLongProperty(&found, at_value<PCLUSPROP_LONG>(at_place), 0, least, most,
                                      place, left);
    };
    Walk walk(value(CLUSPROP_FORMAT_LONG, bytes(LONG{-7})));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, -6, 9, &walk.place, &walk.left));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, -9, -8, &walk.place, &walk.left));
    CHECK_SUCCESS(get(walk.place, -7, 1, &walk.place, &walk.left));
    CHECK(found == -7 && walk.is_behind());
    check_get_errors([&](LPBYTE at_place, LPBYTE* place,
                         LPDWORD left) { return get(at_place, 0, 0, place, left); },
                     CLUSPROP_FORMAT_LONG, bytes(LONG{-7}));
}

void get_filetime_property() {
    FILETIME found = {};
    const auto get = [&](LPBYTE at_place, FILETIME least, FILETIME most, LPBYTE* place,
                         LPDWORD left) {
        return ResUtilGetFileTimeProperty(&found, at_value<PCLUSPROP_FILETIME>(at_place), {}, least,
                                          most, place, left);
    };
    Walk walk(value(CLUSPROP_FORMAT_FILETIME, bytes(ULONGLONG{0x200000001})));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, {2, 2}, {0, 9}, &walk.place, &walk.left));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(walk.place, {9, 1}, {0, 2}, &walk.place, &walk.left));
    CHECK_SUCCESS(get(walk.place, {9, 1}, {1, 2}, &walk.place, &walk.left));
    CHECK(found.dwLowDateTime == 1 && found.dwHighDateTime == 2 && walk.is_behind());
    check_get_errors([&](LPBYTE at_place, LPBYTE* place,
                         LPDWORD left) { return get(at_place, {}, {}, place, left); },
                     CLUSPROP_FORMAT_FILETIME, bytes(ULONGLONG{1}));
}

// ---- ResUtilGet*Value -------------------------------------------------------------------------

const HKEY never_opened = reinterpret_cast<HKEY>(std::uintptr_t{0x1234567});

void get_sz_value() {
    const Database database;
    database.set(W("Text"), REG_SZ, bytes(Wide(W("text"))));
    database.set(W("Long"), REG_EXPAND_SZ, bytes(Wide(1000, W('x'))));
    database.set(W("Multi"), REG_MULTI_SZ, bytes(units(W("a\0"))));
    database.set(W("Cut"), REG_SZ, {'n', 0, 'o', 0});
    database.set(W("Dword"), REG_DWORD, bytes(DWORD{7}));
    CHECK(is_text(*TextCopy(ResUtilGetSzValue(database.key, W("text"))), W("text")));
    CHECK(is_text(*TextCopy(ResUtilGetSzValue(database.key, W("Long"))), Wide(1000, W('x'))));
    CHECK(is_text(*TextCopy(ResUtilGetSzValue(database.key, W("Multi"))), W("a")));
    CHECK(is_text(*TextCopy(ResUtilGetSzValue(database.key, W("Cut"))), W("no")));
    CHECK(ResUtilGetSzValue(database.key, W("Missing")) == nullptr);
    CHECK_ERROR(ERROR_FILE_NOT_FOUND, GetLastError());
    CHECK(ResUtilGetSzValue(database.key, W("Dword")) == nullptr);
    CHECK_ERROR(ERROR_INVALID_PARAMETER, GetLastError());
    CHECK(ResUtilGetSzValue(never_opened, W("Text")) == nullptr);
    CHECK_ERROR(ERROR_INVALID_HANDLE, GetLastError());
}

template <typename Number, typename Function>
void check_get_number(Function get, DWORD type) {
    const Database database;
    database.set(W("Number"), type, bytes(Number{7}));
    database.set(W("Text"), REG_SZ, bytes(Wide(W("7"))));
    database.set(W("Short"), type, {7});
    Number found = 0;
    CHECK_SUCCESS(get(database.key, W("NUMBER"), &found, Number{9}));
    CHECK(found == 7);
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(database.key, W("Text"), &found, Number{9}));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(database.key, W("Short"), &found, Number{9}));
    CHECK_ERROR(ERROR_INVALID_HANDLE, get(never_opened, W("Number"), &found, Number{9}));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, get(database.key, W("Number"), nullptr, Number{9}));
    CHECK(found == 7);
    // What is not there is the default.
    CHECK_SUCCESS(get(database.key, W("Missing"), &found, Number{9}));
    CHECK(found == 9);
}

void get_dword_value() {
    check_get_number<DWORD>(ResUtilGetDwordValue, REG_DWORD);
}

void get_qword_value() {
    check_get_number<ULONGLONG>(ResUtilGetQwordValue, REG_QWORD);
}

void get_binary_value() {
    const Database database;
    const Bytes large(5000, 7);
    database.set(W("Binary"), REG_BINARY, large);
    database.set(W("Multi"), REG_MULTI_SZ, bytes(units(W("a\0"))));
    BytesCopy found;
    DWORD size = 0;
    CHECK_SUCCESS(ResUtilGetBinaryValue(database.key, W("Binary"), &found, &size));
    CHECK(is_blob(*found, size, large));
    // Of any type: a list of texts is asked for by this name as well.
    BytesCopy texts;
    CHECK_SUCCESS(ResUtilGetBinaryValue(database.key, W("Multi"), &texts, &size));
    CHECK(is_blob(*texts, size, bytes(units(W("a\0")))));
    CHECK_SUCCESS(ResUtilGetBinaryValue(database.key, W("Binary"), nullptr, &size));
    CHECK(size == 5000);
    LPBYTE untouched = nullptr;
    CHECK_ERROR(ERROR_FILE_NOT_FOUND,
                ResUtilGetBinaryValue(database.key, W("Missing"), &untouched, &size));
    CHECK_ERROR(ERROR_INVALID_HANDLE,
                ResUtilGetBinaryValue(never_opened, W("Binary"), &untouched, &size));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilGetBinaryValue(database.key, W("Binary"), &untouched, nullptr));
    CHECK(untouched == nullptr);
}

// ---- ResUtilSet*Value -------------------------------------------------------------------------

template <typename Function>
void check_set_text(Function set, DWORD type) {
    const Database database;
    TextCopy out;
    CHECK_SUCCESS(set(database.key, W("Text"), W("%one%"), &out));
    CHECK(is_text(*out, W("%one%")));
    CHECK(database.get(W("Text")) == std::make_pair(type, bytes(Wide(W("%one%")))));
    // The former copy is freed, even where it is the new value.
    CHECK_SUCCESS(set(database.key, W("Text"), W("two"), &out));
    CHECK_SUCCESS(set(database.key, W("Text"), *out + 1, &out));
    CHECK(is_text(*out, W("wo")));
    CHECK_SUCCESS(set(database.key, W("Text"), W(""), nullptr));
    CHECK(database.get(W("Text")).second == bytes(Wide()));
    // What fails leaves it.
    CHECK_ERROR(ERROR_INVALID_HANDLE, set(never_opened, W("Text"), W("x"), &out));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, set(database.key, W("Text"), nullptr, &out));
    CHECK(is_text(*out, W("wo")));
}

void set_sz_value() {
    check_set_text(ResUtilSetSzValue, REG_SZ);
}

void set_expand_sz_value() {
    check_set_text(ResUtilSetExpandSzValue, REG_EXPAND_SZ);
}

template <typename Number, typename Function>
void check_set_number(Function set, DWORD type) {
    const Database database;
    Number out = 0;
    CHECK_SUCCESS(set(database.key, W("Number"), Number{7}, &out));
    CHECK(out == 7 && database.get(W("Number")) == std::make_pair(type, bytes(Number{7})));
    CHECK_SUCCESS(set(database.key, W("Number"), Number{8}, nullptr));
    CHECK(database.get(W("Number")).second == bytes(Number{8}));
    CHECK_ERROR(ERROR_INVALID_HANDLE, set(never_opened, W("Number"), Number{9}, &out));
    CHECK(out == 7);
}

void set_dword_value() {
    check_set_number<DWORD>(ResUtilSetDwordValue, REG_DWORD);
}

void set_qword_value() {
    check_set_number<ULONGLONG>(ResUtilSetQwordValue, REG_QWORD);
}

void set_binary_value() {
    const Database database;
    BYTE data[] = {1, 2, 3};
    BytesCopy out;
    DWORD size = 0;
    CHECK_SUCCESS(ResUtilSetBinaryValue(database.key, W("Binary"), data, 3, &out, &size));
    CHECK(is_blob(*out, size, {1, 2, 3}));
    CHECK(database.get(W("Binary")) == std::make_pair(DWORD{REG_BINARY}, Bytes{1, 2, 3}));
    CHECK_SUCCESS(ResUtilSetBinaryValue(database.key, W("Binary"), *out + 1, 2, &out, &size));
    CHECK(is_blob(*out, size, {2, 3}));
    CHECK_SUCCESS(ResUtilSetBinaryValue(database.key, W("Binary"), nullptr, 0, &out, &size));
    CHECK(*out != nullptr && size == 0 && database.get(W("Binary")).second.empty());
    CHECK_SUCCESS(ResUtilSetBinaryValue(database.key, W("Binary"), data, 1, nullptr, nullptr));
    CHECK_ERROR(ERROR_INVALID_HANDLE,
                ResUtilSetBinaryValue(never_opened, W("Binary"), data, 3, &out, &size));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetBinaryValue(database.key, W("Binary"), nullptr, 3, &out, &size));
    CHECK(size == 0 && database.get(W("Binary")).second == Bytes{1});
}

void set_multi_sz_value() {
    const Database database;
    const Bytes texts = bytes(units(W("a\0b\0")));
    const WCHAR* data = W("a\0b\0");
    // What the caller has there is not looked at.
    auto former = reinterpret_cast<LPWSTR>(std::uintptr_t{0xAAAA});
    DWORD size = 0;
    CHECK_SUCCESS(
        ResUtilSetMultiSzValue(database.key, W("Multi"), data, size_of(texts), &former, &size));
    const TextCopy out(former);
    CHECK(is_blob(*out, size, texts));
    CHECK(database.get(W("Multi")) == std::make_pair(DWORD{REG_MULTI_SZ}, texts));
    CHECK_SUCCESS(ResUtilSetMultiSzValue(database.key, W("Multi"), data, 2, nullptr, nullptr));
    CHECK_ERROR(ERROR_INVALID_HANDLE,
                ResUtilSetMultiSzValue(never_opened, W("Multi"), data, 2, nullptr, &size));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetMultiSzValue(database.key, W("Multi"), nullptr, 2, nullptr, &size));
    CHECK(size == size_of(texts));
}

const Scenarios scenarios = {
    {"ResUtilDupString", dup_string},
    {"ResUtilExpandEnvironmentStrings", expand_environment_strings},
    {"ResUtilFindBinaryProperty", find_binary},
    {"ResUtilFindDwordProperty", find_dword},
    {"ResUtilFindExpandSzProperty", find_expand_sz},
    {"ResUtilFindExpandedSzProperty", find_expanded_sz},
    {"ResUtilFindFileTimeProperty", find_filetime},
    {"ResUtilFindLongProperty", find_long},
    {"ResUtilFindMultiSzProperty", find_multi_sz},
    {"ResUtilFindSzProperty", find_sz},
    {"ResUtilFindULargeIntegerProperty", find_ularge_integer},
    {"ResUtilGetBinaryProperty", get_binary_property},
    {"ResUtilGetBinaryValue", get_binary_value},
    {"ResUtilGetDwordProperty", get_dword_property},
    {"ResUtilGetDwordValue", get_dword_value},
    {"ResUtilGetFileTimeProperty", get_filetime_property},
    {"ResUtilGetLongProperty", get_long_property},
    {"ResUtilGetMultiSzProperty", get_multi_sz_property},
    {"ResUtilGetQwordValue", get_qword_value},
    {"ResUtilGetSzProperty", get_sz_property},
    {"ResUtilGetSzValue", get_sz_value},
    {"ResUtilSetBinaryValue", set_binary_value},
    {"ResUtilSetDwordValue", set_dword_value},
    {"ResUtilSetExpandSzValue", set_expand_sz_value},
    {"ResUtilSetMultiSzValue", set_multi_sz_value},
    {"ResUtilSetQwordValue", set_qword_value},
    {"ResUtilSetSzValue", set_sz_value},
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
