// resutils' functions about property tables, parameter blocks and whole lists: one scenario for
// each function, under its name, with the errors that its page documents.
#include <new>

#include "properties_testing.hpp"

// Not inlined: within a caller, GCC would take free for another allocator's than new's.
[[gnu::noinline]] void* operator new(std::size_t size) {
    void* const memory = registry::granted == 0 ? nullptr : std::malloc(size != 0 ? size : 1);
    if (memory == nullptr) throw std::bad_alloc();
    if (registry::granted > 0) --registry::granted;
    return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace {

using namespace testing;

// ---- Parameter blocks -------------------------------------------------------------------------

void get_properties_to_parameter_block() {
    const Database database;
    Table table;
    OwnBlock block(table);
    LPWSTR name = table[W("Text")].Name;
    const auto get = [&](BOOL required) {
        return ResUtilGetPropertiesToParameterBlock(database.key, table, at(block), required,
                                                    &name);
    };

    // What is not there is the default, and the name of a property in error is NULL.
    CHECK_SUCCESS(get(TRUE));
    CHECK(name == nullptr);
    CHECK(is_text(block.Text, W("default")) && block.Text != table[W("Text")].lpDefault);
    CHECK(block.Number == 80 && block.Signed == -1);
    CHECK(is_blob(block.Blob, block.BlobSize, {1, 2, 3}));
    CHECK(block.Texts == nullptr && block.TextsSize == 0 && block.Path == nullptr);
    CHECK(block.Big == 0x100000000 && block.SignedBig == -5);
    CHECK(block.Time.dwLowDateTime == 0 && block.Time.dwHighDateTime == 0);
    CHECK(block.Below == nullptr && block.Degrees == 0 && block.Security == nullptr);

    // What is there has its type, and replaces what the block had. Text is not expanded.
    database.set(W("text"), REG_SZ, bytes(Wide(W("stored"))));
    database.set(W("Number"), REG_DWORD, bytes(DWORD{443}));
    database.set(W("Blob"), REG_BINARY, {9});
    database.set(W("Texts"), REG_MULTI_SZ, bytes(units(W("a\0b\0"))));
    database.set(W("Signed"), REG_DWORD, bytes(LONG{-2}));
    database.set(W("Path"), REG_EXPAND_SZ, bytes(Wide(W("%HOME%/x"))));
    database.set(W("Big"), REG_QWORD, bytes(ULONGLONG{1} << 63));
    database.set(W("SignedBig"), REG_QWORD, bytes(LONGLONG{-7}));
    database.set(W("Time"), REG_QWORD, bytes(ULONGLONG{0x200000001}));
    database.set(W("Below"), REG_SZ, bytes(Wide(W("deep"))), W("Sub\\Key"));
    database.set(W("Degrees"), REG_DWORD, bytes(LONG{-10}));
    database.set(W("Security"), REG_BINARY, {});
    CHECK_SUCCESS(get(FALSE));
    CHECK(is_text(block.Text, W("stored")) && block.Number == 443 && block.Signed == -2);
    CHECK(is_blob(block.Blob, block.BlobSize, {9}));
    CHECK(is_blob(block.Texts, block.TextsSize, bytes(units(W("a\0b\0")))));
    CHECK(is_text(block.Path, W("%HOME%/x")) && is_text(block.Below, W("deep")));
    CHECK(block.Big == ULONGLONG{1} << 63 && block.SignedBig == -7);
    CHECK(block.Time.dwLowDateTime == 1 && block.Time.dwHighDateTime == 2);
    CHECK(static_cast<LONG>(block.Degrees) == -10);
    CHECK(block.Security != nullptr && block.SecuritySize == 0);

    // Text without an end in the database has one in the block.
    database.set(W("Text"), REG_SZ, {'n', 0, 'o', 0, '!'});
    database.set(W("Texts"), REG_MULTI_SZ, {'n', 0});
    CHECK_SUCCESS(get(FALSE));
    CHECK(is_text(block.Text, W("no")));
    CHECK(is_blob(block.Texts, block.TextsSize, bytes(units(W("n\0")))));

    // A required property that is missing is told by name, if that is asked for.
    table[W("Below")].Flags = RESUTIL_PROPITEM_REQUIRED;
    CHECK_SUCCESS(get(TRUE));
    table[W("Below")].KeyName = const_cast<WCHAR*>(W("Elsewhere"));
    CHECK_SUCCESS(get(FALSE));
    CHECK_ERROR(ERROR_FILE_NOT_FOUND, get(TRUE));
    CHECK(name == table[W("Below")].Name);
    CHECK_ERROR(ERROR_FILE_NOT_FOUND, ResUtilGetPropertiesToParameterBlock(
                                          database.key, table, at(block), TRUE, nullptr));
    table[W("Below")].KeyName = nullptr;

    // A value of another type, or of another size.
    database.set(W("Below"), REG_DWORD, bytes(DWORD{1}));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(FALSE));
    CHECK(name == table[W("Below")].Name);
    database.set(W("Below"), REG_EXPAND_SZ, bytes(Wide(W("either kind of text"))));
    CHECK_SUCCESS(get(FALSE));
    database.set(W("Number"), REG_DWORD, {1, 2});
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(FALSE));
    database.set(W("Number"), REG_DWORD, bytes(DWORD{1}));
    table[W("Number")].Format = CLUSPROP_FORMAT_WORD;
    CHECK_ERROR(ERROR_INVALID_PARAMETER, get(FALSE));

    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilGetPropertiesToParameterBlock(nullptr, table, at(block), FALSE, &name));
    CHECK(name == nullptr);
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetPropertiesToParameterBlock(database.key, nullptr,
                                                                          at(block), FALSE, &name));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilGetPropertiesToParameterBlock(database.key, table, nullptr, FALSE, &name));
    const auto never_opened = reinterpret_cast<HKEY>(std::uintptr_t{0x1234567});
    CHECK_ERROR(ERROR_INVALID_HANDLE,
                ResUtilGetPropertiesToParameterBlock(never_opened, table, at(block), FALSE, &name));
}

// A block whose texts are in memory of its own.
void fill(Block& block) {
    block.Text = ResUtilDupString(W("text"));
    block.Number = 7;
    block.Blob = static_cast<LPBYTE>(LocalAlloc(LPTR, 2));
    block.BlobSize = 2;
    block.Texts = static_cast<LPWSTR>(LocalAlloc(LPTR, 8));
    block.Texts[0] = 'x';
    block.TextsSize = 6;
    block.Signed = -3;
    block.Path = ResUtilDupString(W("%HOME%"));
    block.Big = 5;
    block.SignedBig = -6;
    block.Time = {3, 4};
    block.Below = ResUtilDupString(W("below"));
    block.Degrees = 20;
}

void dup_parameter_block() {
    Table table;
    OwnBlock block(table);
    fill(block);
    {
        OwnBlock copy(table);
        std::memset(at(copy), 0xAA, sizeof(Block));  // what the copy had is nobody's
        CHECK_SUCCESS(ResUtilDupParameterBlock(at(copy), at(block), table));
        CHECK(is_text(copy.Text, W("text")) && copy.Text != block.Text);
        CHECK(copy.Number == 7 && copy.Signed == -3 && copy.Big == 5 && copy.SignedBig == -6);
        CHECK(is_blob(copy.Blob, copy.BlobSize, {0, 0}) && copy.Blob != block.Blob);
        CHECK(is_blob(copy.Texts, copy.TextsSize, bytes(units(W("x\0")))));
        CHECK(is_text(copy.Path, W("%HOME%")) && is_text(copy.Below, W("below")));
        CHECK(copy.Security == nullptr && copy.SecuritySize == 0 && copy.Degrees == 20);
    }
    CHECK(is_text(block.Text, W("text")));

    // Members that the table does not name stay as they are.
    Block copy = {};
    Item numbers[] = {table[W("Number")], {}};
    CHECK_SUCCESS(ResUtilDupParameterBlock(at(copy), at(block), numbers));
    CHECK(copy.Number == 7 && copy.Text == nullptr && copy.Signed == 0);

    // What a failure leaves can be freed.
    table[W("Degrees")].Format = CLUSPROP_FORMAT_WORD;
    std::memset(at(copy), 0xAA, sizeof copy);
    CHECK_ERROR(ERROR_INVALID_PARAMETER, ResUtilDupParameterBlock(at(copy), at(block), table));
    ResUtilFreeParameterBlock(at(copy), nullptr, table);
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilDupParameterBlock(nullptr, at(block), table));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilDupParameterBlock(at(copy), nullptr, table));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilDupParameterBlock(at(copy), at(block), nullptr));
}

void free_parameter_block() {
    Table table;
    OwnBlock block(table);
    fill(block);
    // Of two blocks that share some pointers, the others are freed.
    Block shallow = block;
    shallow.Text = ResUtilDupString(W("another"));
    const LPWSTR path = block.Path;
    ResUtilFreeParameterBlock(at(shallow), at(block), table);
    CHECK(shallow.Text == nullptr && shallow.Path == path && is_text(path, W("%HOME%")));
    // Freed once, it is empty.
    Block copy = {};
    CHECK_SUCCESS(ResUtilDupParameterBlock(at(copy), at(block), table));
    ResUtilFreeParameterBlock(at(copy), at(block), table);
    CHECK(copy.Text == nullptr && copy.Blob == nullptr && copy.BlobSize == 0);
    ResUtilFreeParameterBlock(at(copy), nullptr, table);
    ResUtilFreeParameterBlock(nullptr, nullptr, table);
    ResUtilFreeParameterBlock(at(block), nullptr, nullptr);
    CHECK(is_text(block.Text, W("text")));
}

void set_property_parameter_block() {
    const Database database;
    Table table;
    OwnBlock block(table);
    fill(block);
    OwnBlock out(table);
    const auto set = [&](const Bytes& unknown, Block* into) {
        return ResUtilSetPropertyParameterBlock(
            database.key, table, nullptr, at(block),
            unknown.empty() ? nullptr : const_cast<BYTE*>(unknown.data()), size_of(unknown),
            into != nullptr ? at(*into) : nullptr);
    };

    CHECK_SUCCESS(set({}, &out));
    CHECK(database.get(W("Text")) == std::make_pair(DWORD{REG_SZ}, bytes(Wide(W("text")))));
    CHECK(database.get(W("Number")) == std::make_pair(DWORD{REG_DWORD}, bytes(DWORD{7})));
    CHECK(database.get(W("Blob")) == std::make_pair(DWORD{REG_BINARY}, Bytes{0, 0}));
    CHECK(database.get(W("Texts")) == std::make_pair(DWORD{REG_MULTI_SZ}, bytes(units(W("x\0")))));
    CHECK(database.get(W("Signed")) == std::make_pair(DWORD{REG_DWORD}, bytes(LONG{-3})));
    CHECK(database.get(W("Path")) ==
          std::make_pair(DWORD{REG_EXPAND_SZ}, bytes(Wide(W("%HOME%")))));
    CHECK(database.get(W("Big")) == std::make_pair(DWORD{REG_QWORD}, bytes(ULONGLONG{5})));
    CHECK(database.get(W("SignedBig")) == std::make_pair(DWORD{REG_QWORD}, bytes(LONGLONG{-6})));
    CHECK(database.get(W("Time")) ==
          std::make_pair(DWORD{REG_QWORD}, bytes(ULONGLONG{0x400000003})));
    CHECK(database.get(W("Below"), W("Sub\\Key")) ==
          std::make_pair(DWORD{REG_SZ}, bytes(Wide(W("below")))));
    CHECK(!database.has(W("Security")) && !database.has(W("Below")));
    // The other block has what this one has, in memory of its own.
    CHECK(is_text(out.Text, W("text")) && out.Text != block.Text && out.Number == 7);

    // A value that is equal is not written. One that was set to nothing is removed.
    CHECK(writes_of([&] { CHECK_SUCCESS(set({}, nullptr)); }) == 0);
    block.Number = 8;
    CHECK(writes_of([&] { CHECK_SUCCESS(set({}, nullptr)); }) == 1);
    LocalFree(std::exchange(block.Text, nullptr));
    CHECK_SUCCESS(set({}, &out));
    CHECK(!database.has(W("Text")) && out.Text == nullptr && out.Number == 8);
    CHECK_SUCCESS(set({}, &block));  // into itself
    CHECK(is_text(block.Path, W("%HOME%")));

    // What the list has and the table has not is stored as well, and nothing else of the list.
    const Bytes unknown = list({property(W("number"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{99})),
                                property(W("Own\\Name"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("x"))))});
    CHECK_SUCCESS(set(unknown, nullptr));
    CHECK(database.get(W("Name"), W("Own")) == std::make_pair(DWORD{REG_SZ}, bytes(Wide(W("x")))));
    CHECK(database.get(W("Number")).second == bytes(DWORD{8}));

    // A read-only property may be what it is, and nothing else. Then nothing at all is written.
    table[W("Degrees")].Flags |= RESUTIL_PROPITEM_READ_ONLY;
    CHECK_SUCCESS(set({}, nullptr));
    block.Degrees = 21;
    block.Number = 9;
    CHECK(writes_of([&] { CHECK_ERROR(ERROR_INVALID_PARAMETER, set({}, nullptr)); }) == 0);
    block.Degrees = 20;
    table[W("Security")].Format = CLUSPROP_FORMAT_UNKNOWN;
    CHECK(writes_of([&] { CHECK_ERROR(ERROR_INVALID_PARAMETER, set({}, nullptr)); }) == 0);
    table[W("Security")].Format = CLUSPROP_FORMAT_SECURITY_DESCRIPTOR;
    const Bytes cut(unknown.begin(), unknown.end() - 1);
    CHECK(writes_of([&] { CHECK_ERROR(ERROR_INSUFFICIENT_BUFFER, set(cut, nullptr)); }) == 0);

    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilSetPropertyParameterBlock(
                                         nullptr, table, nullptr, at(block), nullptr, 0, nullptr));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetPropertyParameterBlock(database.key, nullptr, nullptr, at(block), nullptr,
                                                 0, nullptr));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetPropertyParameterBlock(database.key, table, nullptr, nullptr, nullptr, 0,
                                                 nullptr));
}

void set_property_parameter_block_ex() {
    const Database database;
    Table table;
    OwnBlock block(table);
    fill(block);
    const auto set = [&](BOOL force) {
        return ResUtilSetPropertyParameterBlockEx(database.key, table, nullptr, at(block), nullptr,
                                                  0, force, nullptr);
    };
    CHECK_SUCCESS(set(FALSE));
    CHECK(writes_of([&] { CHECK_SUCCESS(set(FALSE)); }) == 0);
    // All that has a value, equal or not. What has none is removed either way.
    CHECK(writes_of([&] { CHECK_SUCCESS(set(TRUE)); }) == 11);
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetPropertyParameterBlockEx(nullptr, table, nullptr, at(block), nullptr, 0,
                                                   TRUE, nullptr));
}

void property_list_from_parameter_block() {
    Table table;
    OwnBlock block(table);
    fill(block);
    Item some[] = {
        table[W("Below")], table[W("Number")], table[W("Path")], table[W("Security")], {}};
    const Wide home(W("%NOT IN ANY ENVIRONMENT%"));
    LocalFree(std::exchange(block.Path, ResUtilDupString(home.c_str())));
    const Bytes made = output_of([&](void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
        // Without a buffer, its size does not count.
        if (buffer == nullptr && size != 0 && returned != nullptr && required != nullptr) {
            CHECK_ERROR(ERROR_MORE_DATA, ResUtilPropertyListFromParameterBlock(
                                             some, nullptr, &size, at(block), returned, required));
            return DWORD{ERROR_BAD_ARGUMENTS};
        }
        return ResUtilPropertyListFromParameterBlock(some, buffer, &size, at(block), returned,
                                                     required);
    });
    CHECK(made == list({property(W("Below"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("below")))),
                        property(W("Number"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{7})),
                        expand_property(W("Path"), home, home),
                        property(W("Security"), CLUSPROP_FORMAT_SECURITY_DESCRIPTOR, {})}));
    DWORD size = 0;
    DWORD returned = 0;
    DWORD required = 0;
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilPropertyListFromParameterBlock(
                                         nullptr, nullptr, &size, at(block), &returned, &required));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilPropertyListFromParameterBlock(
                                         some, nullptr, nullptr, at(block), &returned, &required));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilPropertyListFromParameterBlock(
                                         some, nullptr, &size, nullptr, &returned, &required));
    some[0].Format = CLUSPROP_FORMAT_UNKNOWN;
    CHECK_ERROR(ERROR_INVALID_PARAMETER,
                ResUtilPropertyListFromParameterBlock(some, nullptr, &size, at(block), &returned,
                                                      &required));
    CHECK(returned == 0 && required == 0);
}

// ---- Lists against tables ---------------------------------------------------------------------

// What both verifying and setting refuse. `call(list, size, allow_unknown)`
template <typename Call>
void check_refusals(Table& table, Call call) {
    const auto refused = [&](DWORD error, const Bytes& one) {
        const Bytes all = list({one});
        CHECK_ERROR(error, call(all, size_of(all), TRUE));
    };
    // Numbers outside of their limits, with and without signs; none, where both are 0.
    const auto number = [&](const WCHAR* name, DWORD format, auto of) {
        return property(name, format, bytes(of));
    };
    refused(ERROR_INVALID_PARAMETER, number(W("Number"), CLUSPROP_FORMAT_DWORD, DWORD{0}));
    refused(ERROR_INVALID_PARAMETER, number(W("Number"), CLUSPROP_FORMAT_DWORD, DWORD{65536}));
    refused(ERROR_SUCCESS, number(W("Number"), CLUSPROP_FORMAT_DWORD, DWORD{65535}));
    refused(ERROR_INVALID_PARAMETER, number(W("Signed"), CLUSPROP_FORMAT_LONG, LONG{-4}));
    refused(ERROR_INVALID_PARAMETER, number(W("Signed"), CLUSPROP_FORMAT_LONG, LONG{16}));
    refused(ERROR_SUCCESS, number(W("Signed"), CLUSPROP_FORMAT_LONG, LONG{-3}));
    refused(ERROR_INVALID_PARAMETER, number(W("Degrees"), CLUSPROP_FORMAT_DWORD, LONG{-41}));
    refused(ERROR_INVALID_PARAMETER, number(W("Degrees"), CLUSPROP_FORMAT_DWORD, LONG{61}));
    refused(ERROR_SUCCESS, number(W("Degrees"), CLUSPROP_FORMAT_DWORD, LONG{-40}));
    refused(ERROR_INVALID_PARAMETER,
            number(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, ULONGLONG{0}));
    refused(ERROR_SUCCESS, number(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, ~ULONGLONG{0}));
    refused(ERROR_INVALID_PARAMETER,
            number(W("SignedBig"), CLUSPROP_FORMAT_LARGE_INTEGER, LONGLONG{11}));
    refused(ERROR_SUCCESS, number(W("SignedBig"), CLUSPROP_FORMAT_LARGE_INTEGER, LONGLONG{-10}));
    refused(ERROR_SUCCESS, number(W("Time"), CLUSPROP_FORMAT_FILETIME, ~ULONGLONG{0}));
    // The syntax of another format, or of no value at all.
    refused(ERROR_INVALID_PARAMETER, number(W("Number"), CLUSPROP_FORMAT_LONG, DWORD{5}));
    refused(ERROR_INVALID_PARAMETER, property(W("Path"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("x")))));
    refused(ERROR_INVALID_PARAMETER,
            named(W("Number"), entry(0x20000 | CLUSPROP_FORMAT_DWORD, bytes(DWORD{5}))));
    refused(ERROR_INVALID_PARAMETER,
            named(W("Unknown"), entry(0x20000 | CLUSPROP_FORMAT_DWORD, bytes(DWORD{5}))));
    refused(ERROR_INVALID_PARAMETER,
            property(W("Unknown"), CLUSPROP_FORMAT_EXPANDED_SZ, bytes(Wide(W("x")))));
    refused(ERROR_INVALID_PARAMETER, property(W("Unknown"), 0x8000, {1}));
    // Data that is not what its syntax says.
    refused(ERROR_INVALID_DATA, property(W("Number"), CLUSPROP_FORMAT_DWORD, {1, 2}));
    refused(ERROR_INVALID_DATA, property(W("Unknown"), CLUSPROP_FORMAT_DWORD, {1, 2}));
    refused(ERROR_INVALID_DATA, property(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, {1, 2, 3, 4}));
    refused(ERROR_INVALID_DATA, property(W("Text"), CLUSPROP_FORMAT_SZ, {'x', 0}));
    refused(ERROR_INVALID_DATA, property(W("Text"), CLUSPROP_FORMAT_SZ, {0}));
    refused(ERROR_INVALID_DATA, property(W("Texts"), CLUSPROP_FORMAT_MULTI_SZ, {'x', 0, 0}));
    // Names.
    refused(ERROR_INVALID_DATA, property({}, CLUSPROP_FORMAT_DWORD, bytes(DWORD{5})));
    refused(ERROR_INVALID_DATA, entry(0x40003, {'x', 0}) + bytes(DWORD{0}));
    refused(ERROR_INVALID_DATA, named(W("Number"), {}));
    refused(ERROR_INVALID_PARAMETER, entry(0x10003, bytes(Wide(W("Number")))) +
                                         value(CLUSPROP_FORMAT_DWORD, bytes(DWORD{5})));
    for (const WCHAR* name : {W("\\x"), W("x\\"), W("x\\\\y")}) {
        refused(ERROR_INVALID_PARAMETER, number(name, CLUSPROP_FORMAT_DWORD, DWORD{5}));
    }
    // A read-only property.
    table[W("Number")].Flags = RESUTIL_PROPITEM_READ_ONLY;
    refused(ERROR_INVALID_PARAMETER, number(W("Number"), CLUSPROP_FORMAT_DWORD, DWORD{5}));
    table[W("Number")].Flags = 0;
    // What the table has not, where that is not allowed.
    const Bytes unknown = list({number(W("Unknown"), CLUSPROP_FORMAT_DWORD, DWORD{5})});
    CHECK_ERROR(ERROR_INVALID_PARAMETER, call(unknown, size_of(unknown), FALSE));
    // A list that is larger than its buffer, wherever that ends.
    const Bytes whole = list({number(W("Number"), CLUSPROP_FORMAT_DWORD, DWORD{5}),
                              property(W("Text"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("a text"))))});
    for (DWORD size = 1; size < size_of(whole); ++size) {
        const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        CHECK_ERROR(ERROR_INSUFFICIENT_BUFFER, call(cut, size, TRUE));
    }
    const Bytes forged_count = bytes(DWORD{0xFFFFFFFF}) + Bytes(whole.begin() + 4, whole.end());
    CHECK_ERROR(ERROR_INSUFFICIENT_BUFFER, call(forged_count, size_of(forged_count), TRUE));
    const Bytes forged_length =
        bytes(DWORD{1}) + bytes(DWORD{0x40003}) + bytes(DWORD{0xFFFFFFFF}) + Bytes(16);
    CHECK_ERROR(ERROR_INSUFFICIENT_BUFFER, call(forged_length, size_of(forged_length), TRUE));
    // What follows a list is not its own.
    CHECK_SUCCESS(call(whole + Bytes(5, 0xAA), size_of(whole) + 5, TRUE));
    CHECK_SUCCESS(call(list({}), 4, FALSE));
}

void verify_property_table() {
    Table table;
    check_refusals(table, [&](const Bytes& all, DWORD size, BOOL unknown) {
        return ResUtilVerifyPropertyTable(table, nullptr, unknown, const_cast<BYTE*>(all.data()),
                                          size, nullptr);
    });

    // The block gets what the list has, and keeps the rest.
    OwnBlock block(table);
    fill(block);
    const LPWSTR below = block.Below;
    Bytes all = list({property(W("TEXT"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("new")))),
                      property(W("Number"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{9})),
                      property(W("Blob"), CLUSPROP_FORMAT_BINARY, {5, 6, 7}),
                      property(W("Unknown"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("new")))),
                      expand_property(W("Path"), W("%A%"), W("a")),
                      property(W("Texts"), CLUSPROP_FORMAT_MULTI_SZ, {}),
                      property(W("Signed"), CLUSPROP_FORMAT_LONG, {})});
    CHECK_SUCCESS(
        ResUtilVerifyPropertyTable(table, nullptr, TRUE, all.data(), size_of(all), at(block)));
    CHECK(is_text(block.Text, W("new")) && block.Number == 9 && block.Below == below);
    CHECK(is_blob(block.Blob, block.BlobSize, {5, 6, 7}) && is_text(block.Path, W("%A%")));
    // A value of no bytes is the property's default.
    CHECK(block.Texts == nullptr && block.TextsSize == 0 && block.Signed == -1);
    // What is refused changes no block.
    all = list({property(W("Text"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("newer")))),
                property(W("Number"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{0}))});
    CHECK_ERROR(
        ERROR_INVALID_PARAMETER,
        ResUtilVerifyPropertyTable(table, nullptr, TRUE, all.data(), size_of(all), at(block)));
    CHECK(is_text(block.Text, W("new")));
    CHECK_ERROR(ERROR_INVALID_DATA,
                ResUtilVerifyPropertyTable(table, nullptr, TRUE, nullptr, 0, nullptr));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilVerifyPropertyTable(nullptr, nullptr, TRUE, all.data(),
                                                                size_of(all), nullptr));
}

void set_property_table() {
    const Database database;
    Table table;
    check_refusals(table, [&](const Bytes& all, DWORD size, BOOL unknown) {
        DWORD error = ERROR_SUCCESS;
        const unsigned writes = writes_of([&] {
            error = ResUtilSetPropertyTable(database.key, table, nullptr, unknown,
                                            const_cast<BYTE*>(all.data()), size, nullptr);
        });
        CHECK(error == ERROR_SUCCESS || writes == 0);
        return error;
    });

    OwnBlock block(table);
    fill(block);
    const LPWSTR path = block.Path;
    Bytes all = list({property(W("Text"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("new")))),
                      property(W("BELOW"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("deep")))),
                      property(W("Unknown"), CLUSPROP_FORMAT_WORD, {7, 0}),
                      property(W("Deep\\er\\Unknown"), CLUSPROP_FORMAT_LONG, bytes(LONG{-1}))});
    const auto set = [&] {
        return ResUtilSetPropertyTable(database.key, table, nullptr, TRUE, all.data(), size_of(all),
                                       at(block));
    };
    CHECK_SUCCESS(set());
    CHECK(database.get(W("Text")) == std::make_pair(DWORD{REG_SZ}, bytes(Wide(W("new")))));
    CHECK(database.get(W("Below"), W("Sub\\Key")).second == bytes(Wide(W("deep"))));
    CHECK(database.get(W("Unknown")) == std::make_pair(DWORD{REG_DWORD}, bytes(DWORD{7})));
    CHECK(database.get(W("Unknown"), W("Deep\\er")).second == bytes(LONG{-1}));
    CHECK(is_text(block.Text, W("new")) && is_text(block.Below, W("deep")) && block.Path == path);
    CHECK(writes_of([&] { CHECK_SUCCESS(set()); }) == 0);

    // A value of no bytes: the property is as if it had never been set.
    all = list({property(W("Text"), CLUSPROP_FORMAT_SZ, {}),
                property(W("Unknown"), CLUSPROP_FORMAT_DWORD, {}),
                property(W("Not\\There"), CLUSPROP_FORMAT_DWORD, {})});
    CHECK_SUCCESS(set());
    CHECK(!database.has(W("Text")) && !database.has(W("Unknown")));
    CHECK(is_text(block.Text, W("default")));

    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilSetPropertyTable(nullptr, table, nullptr, TRUE,
                                                             all.data(), size_of(all), nullptr));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilSetPropertyTable(database.key, nullptr, nullptr, TRUE,
                                                             all.data(), size_of(all), nullptr));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetPropertyTable(database.key, table, nullptr, TRUE, nullptr, 0, nullptr));
}

void set_property_table_ex() {
    const Database database;
    Table table;
    Bytes all = list({property(W("Number"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{9})),
                      property(W("Unknown"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{9}))});
    const auto set = [&](BOOL unknown, BOOL force) {
        return ResUtilSetPropertyTableEx(database.key, table, nullptr, unknown, all.data(),
                                         size_of(all), force, nullptr);
    };
    CHECK(writes_of([&] { CHECK_SUCCESS(set(TRUE, FALSE)); }) == 2);
    CHECK(writes_of([&] { CHECK_SUCCESS(set(TRUE, FALSE)); }) == 0);
    CHECK(writes_of([&] { CHECK_SUCCESS(set(TRUE, TRUE)); }) == 2);
    CHECK(writes_of([&] { CHECK_ERROR(ERROR_INVALID_PARAMETER, set(FALSE, TRUE)); }) == 0);
}

// ---- Lists without a table, or beside one -----------------------------------------------------

void verify_private_property_list() {
    const auto verify = [](Bytes all) {
        return ResUtilVerifyPrivatePropertyList(all.data(), size_of(all));
    };
    CHECK_SUCCESS(verify(list({})));
    const Bytes good =
        list({property(W("A\\b"), CLUSPROP_FORMAT_MULTI_SZ, bytes(units(W("x\0")))),
              expand_property(W("p"), W("%A%"), W("a")), property(W("n"), CLUSPROP_FORMAT_SZ, {}),
              property(W("w"), CLUSPROP_FORMAT_WORD, {1, 0})});
    CHECK_SUCCESS(verify(good));
    CHECK_ERROR(ERROR_INVALID_PARAMETER,
                verify(list({property(W("\\x"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{5}))})));
    CHECK_ERROR(ERROR_INVALID_PARAMETER,
                verify(list({property(W("x"), CLUSPROP_FORMAT_UNKNOWN, bytes(DWORD{5}))})));
    CHECK_ERROR(ERROR_INVALID_DATA, verify(list({property(W("x"), CLUSPROP_FORMAT_DWORD, {5})})));
    CHECK_ERROR(ERROR_INSUFFICIENT_BUFFER, verify(Bytes(good.begin(), good.end() - 1)));
    CHECK_ERROR(ERROR_INVALID_DATA, ResUtilVerifyPrivatePropertyList(nullptr, 0));
}

void set_private_property_list() {
    const Database database;
    const auto set = [&](Bytes all) {
        return ResUtilSetPrivatePropertyList(database.key, all.data(), size_of(all));
    };
    // Each format as the type that it has in the database.
    const Bytes all =
        list({property(W("Dword"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{1})),
              property(W("Long"), CLUSPROP_FORMAT_LONG, bytes(LONG{-1})),
              property(W("Word"), CLUSPROP_FORMAT_WORD, {2, 1}),
              property(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, bytes(ULONGLONG{3})),
              property(W("Signed"), CLUSPROP_FORMAT_LARGE_INTEGER, bytes(LONGLONG{-3})),
              property(W("Time"), CLUSPROP_FORMAT_FILETIME, bytes(ULONGLONG{4})),
              property(W("Sz"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("x")))),
              expand_property(W("Expand"), W("%A%"), W("a")),
              property(W("Multi"), CLUSPROP_FORMAT_MULTI_SZ, bytes(units(W("x\0")))),
              property(W("Binary"), CLUSPROP_FORMAT_BINARY, {1}),
              property(W("Security"), CLUSPROP_FORMAT_SECURITY_DESCRIPTOR, {2}),
              property(W("List"), CLUSPROP_FORMAT_PROPERTY_LIST, list({})),
              property(W("One\\Two\\Three"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("deep"))))});
    CHECK_SUCCESS(set(all));
    CHECK(database.get(W("Dword")) == std::make_pair(DWORD{REG_DWORD}, bytes(DWORD{1})));
    CHECK(database.get(W("Long")) == std::make_pair(DWORD{REG_DWORD}, bytes(LONG{-1})));
    CHECK(database.get(W("Word")) == std::make_pair(DWORD{REG_DWORD}, bytes(DWORD{0x102})));
    CHECK(database.get(W("Big")) == std::make_pair(DWORD{REG_QWORD}, bytes(ULONGLONG{3})));
    CHECK(database.get(W("Signed")) == std::make_pair(DWORD{REG_QWORD}, bytes(LONGLONG{-3})));
    CHECK(database.get(W("Time")) == std::make_pair(DWORD{REG_QWORD}, bytes(ULONGLONG{4})));
    CHECK(database.get(W("Sz")) == std::make_pair(DWORD{REG_SZ}, bytes(Wide(W("x")))));
    CHECK(database.get(W("Expand")) == std::make_pair(DWORD{REG_EXPAND_SZ}, bytes(Wide(W("%A%")))));
    CHECK(database.get(W("Multi")) == std::make_pair(DWORD{REG_MULTI_SZ}, bytes(units(W("x\0")))));
    CHECK(database.get(W("Binary")) == std::make_pair(DWORD{REG_BINARY}, Bytes{1}));
    CHECK(database.get(W("Security")) == std::make_pair(DWORD{REG_BINARY}, Bytes{2}));
    CHECK(database.get(W("List")) == std::make_pair(DWORD{REG_BINARY}, list({})));
    CHECK(database.get(W("Three"), W("One\\Two")).second == bytes(Wide(W("deep"))));
    CHECK(writes_of([&] { CHECK_SUCCESS(set(all)); }) == 0);
    CHECK_SUCCESS(set(list({property(W("DWORD"), CLUSPROP_FORMAT_DWORD, {})})));
    CHECK(!database.has(W("Dword")));

    // What is refused changes nothing.
    const Bytes good = property(W("New"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{1}));
    CHECK_ERROR(ERROR_INVALID_DATA,
                set(list({good, property(W("x"), CLUSPROP_FORMAT_DWORD, {5})})));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, set(list({good, entry(0x10003, bytes(Wide(W("x"))))})));
    CHECK(!database.has(W("New")));
    CHECK_ERROR(ERROR_INSUFFICIENT_BUFFER, ResUtilSetPrivatePropertyList(database.key, nullptr, 0));
    Bytes none = list({});
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetPrivatePropertyList(nullptr, none.data(), size_of(none)));
}

void set_unknown_properties() {
    const Database database;
    Table table;
    // What the table has is not even looked at.
    Bytes all = list({property(W("NUMBER"), CLUSPROP_FORMAT_SZ, {1}),
                      property(W("Unknown"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{5}))});
    const auto set = [&] {
        return ResUtilSetUnknownProperties(database.key, table, all.data(), size_of(all));
    };
    CHECK_SUCCESS(set());
    CHECK(!database.has(W("Number")));
    CHECK(database.get(W("Unknown")) == std::make_pair(DWORD{REG_DWORD}, bytes(DWORD{5})));
    CHECK(writes_of([&] { CHECK_SUCCESS(set()); }) == 0);
    all = list({property(W("Unknown"), CLUSPROP_FORMAT_DWORD, {5})});
    CHECK_ERROR(ERROR_INVALID_DATA, set());
    all.pop_back();
    CHECK_ERROR(ERROR_INSUFFICIENT_BUFFER, set());
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetUnknownProperties(nullptr, table, all.data(), size_of(all)));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilSetUnknownProperties(database.key, nullptr, all.data(), size_of(all)));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilSetUnknownProperties(database.key, table, nullptr, 0));
}

// ---- Lists out of the database ----------------------------------------------------------------

// The properties of a table of which Number and Path are in the database, and the others are not.
std::vector<Bytes> properties_of_the_table() {
    const Wide path(W("%NOT IN ANY ENVIRONMENT%"));
    return {property(W("Text"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("default")))),
            property(W("Number"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{443})),
            property(W("Blob"), CLUSPROP_FORMAT_BINARY, {1, 2, 3}),
            property(W("Texts"), CLUSPROP_FORMAT_MULTI_SZ, bytes(Wide())),
            property(W("Signed"), CLUSPROP_FORMAT_LONG, bytes(LONG{-1})),
            expand_property(W("Path"), path, path),
            property(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, bytes(ULONGLONG{0x100000000})),
            property(W("SignedBig"), CLUSPROP_FORMAT_LARGE_INTEGER, bytes(LONGLONG{-5})),
            property(W("Time"), CLUSPROP_FORMAT_FILETIME, bytes(ULONGLONG{0})),
            property(W("Below"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("deep")))),
            property(W("Degrees"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{0})),
            property(W("Security"), CLUSPROP_FORMAT_SECURITY_DESCRIPTOR, {})};
}

void store_some(const Database& database) {
    database.set(W("Number"), REG_DWORD, bytes(DWORD{443}));
    database.set(W("Path"), REG_EXPAND_SZ, bytes(Wide(W("%NOT IN ANY ENVIRONMENT%"))));
    database.set(W("Below"), REG_SZ, bytes(Wide(W("deep"))), W("Sub\\Key"));
}

// One value of each type that no table has, and one below a key.
void store_unknown(const Database& database) {
    database.set(W("u1"), REG_SZ, bytes(Wide(W("x"))));
    database.set(W("u2"), REG_EXPAND_SZ, bytes(Wide(W("%NOT IN ANY ENVIRONMENT%"))));
    database.set(W("u3"), REG_MULTI_SZ, {'x', 0});
    database.set(W("u4"), REG_DWORD, bytes(DWORD{4}));
    database.set(W("u5"), REG_QWORD, bytes(ULONGLONG{5}));
    database.set(W("u6"), REG_BINARY, {6});
    database.set(W("u7"), REG_NONE, {7});
    database.set(W("u8"), REG_DWORD, {8});
    database.set(W("u9"), REG_SZ, {}, W("Key\\Deeper"));
    database.set(W("ua"), REG_SZ, bytes(Wide(W("y"))), W("Sub"));
}

std::vector<Bytes> unknown_properties() {
    const Wide path(W("%NOT IN ANY ENVIRONMENT%"));
    return {property(W("u1"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("x")))),
            expand_property(W("u2"), path, path),
            property(W("u3"), CLUSPROP_FORMAT_MULTI_SZ, bytes(units(W("x\0")))),
            property(W("u4"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{4})),
            property(W("u5"), CLUSPROP_FORMAT_ULARGE_INTEGER, bytes(ULONGLONG{5})),
            property(W("u6"), CLUSPROP_FORMAT_BINARY, {6}),
            property(W("u7"), CLUSPROP_FORMAT_BINARY, {7}),
            property(W("u8"), CLUSPROP_FORMAT_BINARY, {8}),
            property(W("Key\\Deeper\\u9"), CLUSPROP_FORMAT_SZ, bytes(Wide())),
            property(W("Sub\\ua"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("y"))))};
}

template <typename Function>
auto of_table(Function function, HKEY key, Item* table) {
    return [=](void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
        return function(key, table, buffer, size, returned, required);
    };
}

// The errors of the functions that make a list of a table and a key.
template <typename Function>
void check_table_errors(const Database& database, Table& table, Function function) {
    DWORD returned = 0;
    DWORD required = 0;
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, function(nullptr, table, nullptr, 0, &returned, &required));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                function(database.key, nullptr, nullptr, 0, &returned, &required));
    database.set(W("Text"), REG_DWORD, bytes(DWORD{1}));
    CHECK_ERROR(ERROR_INVALID_PARAMETER,
                function(database.key, table, nullptr, 0, &returned, &required));
    CHECK(returned == 0 && required == 0);
}

void get_properties() {
    const Database database;
    Table table;
    store_some(database);
    store_unknown(database);
    CHECK(output_of(of_table(ResUtilGetProperties, database.key, table)) ==
          list(properties_of_the_table()));
    check_table_errors(database, table, ResUtilGetProperties);
}

void get_all_properties() {
    const Database database;
    Table table;
    store_some(database);
    CHECK(output_of(of_table(ResUtilGetAllProperties, database.key, table)) ==
          list(properties_of_the_table()));
    store_unknown(database);
    std::vector<Bytes> all = properties_of_the_table();
    for (const Bytes& one : unknown_properties()) all.push_back(one);
    const Bytes made = output_of(of_table(ResUtilGetAllProperties, database.key, table));
    CHECK(made == list(all));

    // What it tells can be set, elsewhere as well, and is the same there.
    const Database other;
    Bytes told = made;
    CHECK_SUCCESS(ResUtilSetPropertyTable(other.key, table, nullptr, TRUE, told.data(),
                                          size_of(told), nullptr));
    CHECK(output_of(of_table(ResUtilGetAllProperties, other.key, table)) == made);
    check_table_errors(database, table, ResUtilGetAllProperties);
}

void get_private_properties() {
    const Database database;
    const auto get = [&](void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
        return ResUtilGetPrivateProperties(database.key, buffer, size, returned, required);
    };
    CHECK(output_of(get) == list({}));
    store_unknown(database);
    CHECK(output_of(get) == list(unknown_properties()));
    DWORD returned = 0;
    DWORD required = 0;
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilGetPrivateProperties(nullptr, nullptr, 0, &returned, &required));
}

void names_may_be_long_and_keys_many() {
    const Database database;
    const Wide name(3000, W('n'));
    Wide path(W("k"));
    for (int depth = 1; depth < 300; ++depth) path += W("\\k");
    database.set(name, REG_DWORD, bytes(DWORD{1}), path);
    const Bytes made = output_of([&](void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
        return ResUtilGetPrivateProperties(database.key, buffer, size, returned, required);
    });
    CHECK(made == list({property(path + W("\\") + name, CLUSPROP_FORMAT_DWORD, bytes(DWORD{1}))}));
}

void add_unknown_properties() {
    const Database database;
    Table table;
    store_some(database);
    store_unknown(database);
    const std::vector<Bytes> unknown = unknown_properties();
    const Bytes own = property(W("Own"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{1}));
    std::vector<Bytes> all = {own};
    all.insert(all.end(), unknown.begin(), unknown.end());

    // Behind a list, with what follows that in its buffer gone; or a new one.
    for (const bool behind : {true, false}) {
        const Bytes expected = list(behind ? all : unknown);
        Bytes buffer = behind ? list({own}) : Bytes();
        const DWORD before = size_of(buffer);
        buffer.resize(expected.size(), 0xAA);
        DWORD returned = before;
        DWORD required = 1;
        const Bytes untouched = buffer;
        const auto add = [&](DWORD size) {
            return ResUtilAddUnknownProperties(database.key, table, buffer.data(), size, &returned,
                                               &required);
        };
        CHECK_ERROR(ERROR_MORE_DATA, add(size_of(buffer) - 1));
        CHECK(required == size_of(expected) && returned == before && buffer == untouched);
        CHECK_SUCCESS(add(size_of(buffer)));
        CHECK(returned == size_of(expected) && required == 0 && buffer == expected);
    }
    Bytes buffer(10);
    DWORD returned = 10;
    DWORD required = 0;
    const auto add = [&](HKEY key, Item* of, LPBYTE into, DWORD size) {
        return ResUtilAddUnknownProperties(key, of, into, size, &returned, &required);
    };
    buffer[0] = 1;
    CHECK_ERROR(ERROR_INVALID_DATA, add(database.key, table, buffer.data(), 10));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, add(database.key, table, buffer.data(), 9));
    returned = 0;
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, add(nullptr, table, buffer.data(), 10));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, add(database.key, nullptr, buffer.data(), 10));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, add(database.key, table, nullptr, 10));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilAddUnknownProperties(database.key, table, buffer.data(),
                                                                 10, nullptr, &required));
}

void enum_properties() {
    Table table;
    Item some[] = {table[W("Text")], table[W("Below")], {}};
    const auto names_of = [](Item* of) {
        return output_of([of](void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
            return ResUtilEnumProperties(of, static_cast<LPWSTR>(buffer), size, returned, required);
        });
    };
    CHECK(names_of(some) == bytes(units(W("Text\0Below\0"))));
    CHECK(names_of(some + 2) == bytes(Wide()));
    DWORD returned = 0;
    DWORD required = 0;
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilEnumProperties(nullptr, nullptr, 0, &returned, &required));
}

void enum_private_properties() {
    const Database database;
    const auto names = [&](void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
        return ResUtilEnumPrivateProperties(database.key, static_cast<LPWSTR>(buffer), size,
                                            returned, required);
    };
    CHECK(output_of(names) == bytes(Wide()));
    database.set(W("One"), REG_SZ, {});
    database.set(W("Two"), REG_SZ, {}, W("Key"));
    CHECK(output_of(names) == bytes(units(W("One\0Key\\Two\0"))));
    DWORD returned = 0;
    DWORD required = 0;
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilEnumPrivateProperties(nullptr, nullptr, 0, &returned, &required));
}

void get_property_formats() {
    Table table;
    Item some[] = {table[W("Signed")], table[W("Path")], {}};
    const Bytes made = output_of([&](void* buffer, DWORD size, LPDWORD returned, LPDWORD required) {
        return ResUtilGetPropertyFormats(some, buffer, size, returned, required);
    });
    CHECK(made ==
          list({property(W("Signed"), CLUSPROP_FORMAT_WORD, {CLUSPROP_FORMAT_LONG, 0}),
                property(W("Path"), CLUSPROP_FORMAT_WORD, {CLUSPROP_FORMAT_EXPAND_SZ, 0})}));
    DWORD returned = 0;
    DWORD required = 0;
    CHECK_ERROR(ERROR_BAD_ARGUMENTS,
                ResUtilGetPropertyFormats(nullptr, nullptr, 0, &returned, &required));
}

// A list that is made of one property after the other is ResUtilGetProperties'.
void get_property_and_its_size() {
    const Database database;
    Table table;
    store_some(database);
    DWORD size = sizeof(DWORD);
    DWORD count = 0;
    for (Item* one = table; one->Name != nullptr; ++one) {
        CHECK_SUCCESS(ResUtilGetPropertySize(database.key, one, &size, &count));
    }
    const Bytes expected = list(properties_of_the_table());
    CHECK(count == 12 && size == size_of(expected));

    Bytes made(size);
    std::memcpy(made.data(), &count, sizeof count);
    void* place = made.data() + sizeof count;
    DWORD left = size - static_cast<DWORD>(sizeof count);
    for (Item* one = table; one->Name != nullptr; ++one) {
        DWORD too_small = 4;
        CHECK_ERROR(ERROR_MORE_DATA, ResUtilGetProperty(database.key, one, &place, &too_small));
        CHECK_SUCCESS(ResUtilGetProperty(database.key, one, &place, &left));
    }
    CHECK(left == 0 && place == made.data() + made.size() && made == expected);

    Item* number = &table[W("Number")];
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetPropertySize(nullptr, number, &size, &count));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetPropertySize(database.key, nullptr, &size, &count));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetPropertySize(database.key, number, nullptr, &count));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetPropertySize(database.key, number, &size, nullptr));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetProperty(nullptr, number, &place, &left));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetProperty(database.key, nullptr, &place, &left));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetProperty(database.key, number, nullptr, &left));
    CHECK_ERROR(ERROR_BAD_ARGUMENTS, ResUtilGetProperty(database.key, number, &place, nullptr));
    database.set(W("Number"), REG_SZ, bytes(Wide(W("443"))));
    CHECK_ERROR(ERROR_INVALID_PARAMETER,
                ResUtilGetPropertySize(database.key, number, &size, &count));
    CHECK_ERROR(ERROR_INVALID_PARAMETER, ResUtilGetProperty(database.key, number, &place, &left));
    CHECK(count == 12);
}

// `call` with one more allocation each time, until it has enough of them.
template <typename Call>
void without_memory(Call call) {
    DWORD error = ERROR_NOT_ENOUGH_MEMORY;
    int enough = 0;
    for (; error == ERROR_NOT_ENOUGH_MEMORY; ++enough) {
        registry::granted = enough;
        error = call();
        registry::granted = -1;
    }
    CHECK_SUCCESS(error);
    CHECK(enough > 1);
}

// That is told, and what is in a block can be freed whatever has become of it: AddressSanitizer
// looks.
void memory_that_runs_out_is_an_error() {
    const Database database;
    Table table;
    store_some(database);
    store_unknown(database);
    DWORD returned = 0;
    DWORD required = 0;
    Bytes all(5000);
    const auto told = [&] {
        return ResUtilGetAllProperties(database.key, table, all.data(), size_of(all), &returned,
                                       &required);
    };
    CHECK_SUCCESS(told());
    const DWORD size = returned;
    OwnBlock block(table);
    OwnBlock copy(table);
    without_memory(told);
    without_memory([&] {
        return ResUtilGetPropertiesToParameterBlock(database.key, table, at(block), TRUE, nullptr);
    });
    without_memory([&] {
        ResUtilFreeParameterBlock(at(copy), nullptr, table);
        return ResUtilDupParameterBlock(at(copy), at(block), table);
    });
    without_memory([&] {
        return ResUtilVerifyPropertyTable(table, nullptr, TRUE, all.data(), size, at(block));
    });
    without_memory([&] {
        return ResUtilSetPropertyTableEx(database.key, table, nullptr, TRUE, all.data(), size, TRUE,
                                         at(block));
    });
    without_memory([&] {
        return ResUtilSetPropertyParameterBlock(database.key, table, nullptr, at(block), all.data(),
                                                size, at(copy));
    });
    without_memory([&] { return ResUtilFindSzProperty(all.data(), size, W("Below"), nullptr); });
    CHECK(is_text(block.Below, W("deep")) && is_text(copy.Below, W("deep")));
}

const Scenarios scenarios = {
    {"ResUtilAddUnknownProperties", add_unknown_properties},
    {"ResUtilDupParameterBlock", dup_parameter_block},
    {"ResUtilEnumPrivateProperties", enum_private_properties},
    {"ResUtilEnumProperties", enum_properties},
    {"ResUtilFreeParameterBlock", free_parameter_block},
    {"ResUtilGetAllProperties", get_all_properties},
    {"ResUtilGetPrivateProperties", get_private_properties},
    {"ResUtilGetProperties", get_properties},
    {"ResUtilGetPropertiesToParameterBlock", get_properties_to_parameter_block},
    {"ResUtilGetPropertyFormats", get_property_formats},
    {"ResUtilGetProperty_and_ResUtilGetPropertySize", get_property_and_its_size},
    {"ResUtilPropertyListFromParameterBlock", property_list_from_parameter_block},
    {"ResUtilSetPrivatePropertyList", set_private_property_list},
    {"ResUtilSetPropertyParameterBlock", set_property_parameter_block},
    {"ResUtilSetPropertyParameterBlockEx", set_property_parameter_block_ex},
    {"ResUtilSetPropertyTable", set_property_table},
    {"ResUtilSetPropertyTableEx", set_property_table_ex},
    {"ResUtilSetUnknownProperties", set_unknown_properties},
    {"ResUtilVerifyPrivatePropertyList", verify_private_property_list},
    {"ResUtilVerifyPropertyTable", verify_property_table},
    {"memory_that_runs_out_is_an_error", memory_that_runs_out_is_an_error},
    {"names_may_be_long_and_keys_many", names_may_be_long_and_keys_many},
};

}  // namespace

int main(int count, char** arguments) {
    return run_scenario(count, arguments, scenarios);
}
