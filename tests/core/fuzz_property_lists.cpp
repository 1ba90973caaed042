// libFuzzer target: property lists that nobody would send.
//
//   clang++ -std=c++17 -g -O1 -fsanitize=fuzzer,address,undefined -I src/resapi_cy -I include \
//       tests/core/fuzz_property_lists.cpp -o fuzz_property_lists && ./fuzz_property_lists
#include "properties_testing.hpp"

namespace {

using namespace testing;

constexpr DWORD largest = 1 << 16;

void require(bool condition) {
    if (!condition) std::abort();
}

// The private properties that a database has, as a list.
Bytes told(HKEY key) {
    DWORD returned = 0;
    DWORD required = 0;
    require(ResUtilGetPrivateProperties(key, nullptr, 0, &returned, &required) == ERROR_MORE_DATA);
    Bytes list(required);
    require(ResUtilGetPrivateProperties(key, list.data(), size_of(list), &returned, &required) ==
            ERROR_SUCCESS);
    return list;
}

// What can be verified can be set, once and for all, and is told as a list that says the same.
void set(void* list, DWORD size) {
    const Database database;
    const DWORD verified = ResUtilVerifyPrivatePropertyList(list, size);
    const DWORD stored = ResUtilSetPrivatePropertyList(database.key, list, size);
    require(verified == stored);
    const Bytes made = told(database.key);
    require(verified == ERROR_SUCCESS || made.size() == sizeof(DWORD));
    Bytes again = made;
    const Database other;
    require(ResUtilSetPrivatePropertyList(other.key, again.data(), size_of(again)) ==
            ERROR_SUCCESS);
    // An empty value of bytes is one that is not there.
    const Bytes once_more = told(other.key);
    again = once_more;
    require(once_more.size() <= made.size());
    require(ResUtilVerifyPrivatePropertyList(again.data(), size_of(again)) == ERROR_SUCCESS);
}

void set_by_table(Item* table, void* list, DWORD size, BOOL allow_unknown) {
    const Database database;
    OwnBlock verified(table);
    OwnBlock stored(table);
    const DWORD error =
        ResUtilVerifyPropertyTable(table, nullptr, allow_unknown, list, size, at(verified));
    const unsigned writes = writes_of([&] {
        require(ResUtilSetPropertyTable(database.key, table, nullptr, allow_unknown, list, size,
                                        at(stored)) == error);
    });
    require(error == ERROR_SUCCESS || writes == 0);
    require(verified.Number == stored.Number && verified.Signed == stored.Signed &&
            verified.Big == stored.Big && verified.BlobSize == stored.BlobSize);
    OwnBlock read(table);
    require(ResUtilGetPropertiesToParameterBlock(database.key, table, at(read), FALSE, nullptr) ==
            ERROR_SUCCESS);
    ResUtilSetUnknownProperties(database.key, table, list, size);
    ResUtilSetPropertyParameterBlock(database.key, table, nullptr, at(read), list, size, nullptr);
}

void find(void* list, DWORD size, const Item* table) {
    for (; table->Name != nullptr; ++table) {
        LPWSTR texts[4] = {};
        LPBYTE blob = nullptr;
        DWORD number = 0;
        LONG signed_number = 0;
        ULONGLONG big = 0;
        FILETIME time = {};
        ResUtilFindSzProperty(list, size, table->Name, &texts[0]);
        ResUtilFindExpandSzProperty(list, size, table->Name, &texts[1]);
        ResUtilFindExpandedSzProperty(list, size, table->Name, &texts[2]);
        ResUtilFindMultiSzProperty(list, size, table->Name, &texts[3], &number);
        ResUtilFindBinaryProperty(list, size, table->Name, &blob, &number);
        ResUtilFindDwordProperty(list, size, table->Name, &number);
        ResUtilFindLongProperty(list, size, table->Name, &signed_number);
        ResUtilFindULargeIntegerProperty(list, size, table->Name, &big);
        ResUtilFindFileTimeProperty(list, size, table->Name, &time);
        for (const LPWSTR text : texts) LocalFree(text);
        LocalFree(blob);
    }
}

// From each 4th byte on, as if a value were there.
void walk(BYTE* list, DWORD size) {
    for (DWORD offset = 0; offset < size; offset += 4) {
        BYTE* place = list;
        DWORD left = size;
        LPWSTR text = nullptr;
        DWORD number = 0;
        const bool taken =
            ResUtilGetSzProperty(&text, reinterpret_cast<PCLUSPROP_SZ>(list + offset), nullptr,
                                 &place, &left) == ERROR_SUCCESS ||
            ResUtilGetDwordProperty(&number, reinterpret_cast<PCLUSPROP_DWORD>(list + offset), 0, 0,
                                    0, &place, &left) == ERROR_SUCCESS;
        require(place + left == list + size && taken == (place != list));
        LocalFree(text);
    }
}

void add(HKEY key, Item* table, const Bytes& list) {
    Bytes buffer = list;
    DWORD returned = size_of(list);
    DWORD required = 0;
    buffer.resize(list.size() + 100);
    const DWORD error = ResUtilAddUnknownProperties(key, table, buffer.data(), size_of(buffer),
                                                    &returned, &required);
    require(error == ERROR_SUCCESS || error == ERROR_INVALID_DATA);
    require(returned <= size_of(buffer));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > largest) return 0;
    // A block of its own size, so that AddressSanitizer sees a read past it.
    Bytes list(data, data + size);
    list.shrink_to_fit();
    Table table;
    const DWORD length = size_of(list);
    set(list.data(), length);
    set_by_table(table, list.data(), length, TRUE);
    set_by_table(table, list.data(), length, FALSE);
    find(list.data(), length, table);
    walk(list.data(), length);
    const Database database;
    database.set(W("own"), REG_DWORD, bytes(DWORD{1}));
    add(database.key, table, list);
    return 0;
}

// Most inputs that are made from nothing are refused at once: there is a list to begin with.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t, std::size_t);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
    static const Bytes good =
        list({property(W("Text"), CLUSPROP_FORMAT_SZ, bytes(Wide(W("a text")))),
              property(W("Number"), CLUSPROP_FORMAT_DWORD, bytes(DWORD{9})),
              property(W("A\\b"), CLUSPROP_FORMAT_MULTI_SZ, bytes(units(W("a\0b\0")))),
              expand_property(W("Path"), W("%A%"), W("a")),
              property(W("Big"), CLUSPROP_FORMAT_ULARGE_INTEGER, bytes(ULONGLONG{3})),
              property(W("Blob"), CLUSPROP_FORMAT_BINARY, {1, 2, 3})});
    if (seed % 8 == 0 && good.size() <= most) {
        std::memcpy(data, good.data(), good.size());
        size = good.size();
    }
    return LLVMFuzzerMutate(data, size, most);
}
