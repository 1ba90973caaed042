// libFuzzer target: tables that nobody would write, blocks with anything in them, and a database
// that has values of any type under their names.
//
//   clang++ -std=c++17 -g -O1 -fsanitize=fuzzer,address,undefined -I src/resapi_cy -I include \
//       tests/core/fuzz_property_tables.cpp -o fuzz_property_tables && ./fuzz_property_tables
#include <memory>

#include "properties_testing.hpp"

namespace {

using namespace testing;

void require(bool condition) {
    if (!condition) std::abort();
}

// Takes from the input; zeros, where that has ended.
class Input {
  public:
    Input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}

    unsigned byte() { return at_ != end_ ? *at_++ : 0; }

    template <typename Number>
    Number number() {
        Bytes data(sizeof(Number));
        for (BYTE& one : data) one = static_cast<BYTE>(byte());
        Number made;
        std::memcpy(&made, data.data(), sizeof made);
        return made;
    }

    Bytes some() {
        Bytes data(byte() % 40);
        for (BYTE& one : data) one = static_cast<BYTE>(byte());
        return data;
    }

  private:
    const std::uint8_t* at_;
    const std::uint8_t* end_;
};

bool is_text_format(DWORD format) {
    return format == CLUSPROP_FORMAT_SZ || format == CLUSPROP_FORMAT_EXPAND_SZ;
}

bool is_blob_format(DWORD format) {
    return format == CLUSPROP_FORMAT_BINARY || format == CLUSPROP_FORMAT_MULTI_SZ ||
           format == CLUSPROP_FORMAT_SECURITY_DESCRIPTOR || format == CLUSPROP_FORMAT_VALUE_LIST ||
           format == CLUSPROP_FORMAT_PROPERTY_LIST;
}

// Items whose members lie one behind the other, as in a packed structure.
class RandomTable {
  public:
    explicit RandomTable(Input& input) {
        static const WCHAR* const names[] = {W("A"),  W("b"),       W("Number"), W("a"),
                                             W("Cc"), W("Sub\\Cc"), W("Number"), W("\u00e4")};
        const unsigned count = input.byte() % 9;
        for (unsigned index = 0; index < count; ++index) {
            Item one = item(names[index % 8], input.byte() % 16, room);
            if (input.byte() % 4 == 0) one.KeyName = const_cast<WCHAR*>(W("Sub\\Key"));
            one.Flags = input.byte() % 8;
            one.Minimum = input.number<DWORD>();
            one.Maximum = input.number<DWORD>();
            one.Default = input.number<DWORD>();
            if (one.Format != CLUSPROP_FORMAT_DWORD && one.Format != CLUSPROP_FORMAT_LONG) {
                // Text, bytes or the three numbers of a 64-bit property, with room for each.
                defaults.push_back(std::make_unique<Bytes>(input.some()));
                Bytes& of = *defaults.back();
                one.Minimum %= static_cast<DWORD>(of.size() + 1);
                of.resize(of.size() / 2 * 2 + 26);
                one.lpDefault = input.byte() % 4 != 0 ? of.data() : nullptr;
            }
            items.push_back(one);
            room += is_blob_format(one.Format) ? 12 : 8;
        }
        items.push_back({});
    }

    Item* table() { return items.data(); }
    std::size_t size() const { return room; }

  private:
    std::vector<std::unique_ptr<Bytes>> defaults;
    std::vector<Item> items;
    std::size_t room = 0;
};

class RandomBlock {
  public:
    explicit RandomBlock(RandomTable& of) : table(of), block(of.size() + 1) {}
    RandomBlock(const RandomBlock&) = delete;
    RandomBlock& operator=(const RandomBlock&) = delete;
    ~RandomBlock() { ResUtilFreeParameterBlock(data(), nullptr, table.table()); }

    void fill(Input& input) {
        for (const Item* one = table.table(); one->Name != nullptr; ++one) {
            LPBYTE place = data() + one->Offset;
            if (!is_text_format(one->Format) && !is_blob_format(one->Format)) {
                const auto number = input.number<ULONGLONG>();
                std::memcpy(place, &number, sizeof number);
                continue;
            }
            if (input.byte() % 4 == 0) continue;
            const Bytes some = input.some();
            const auto size = static_cast<DWORD>(some.size());
            const auto copy = static_cast<LPBYTE>(LocalAlloc(LPTR, size / 2 * 2 + 3));
            if (size != 0) std::memcpy(copy, some.data(), size);
            if (is_text_format(one->Format)) std::memset(copy + size / 2 * 2, 0, 2);
            std::memcpy(place, &copy, sizeof copy);
            if (is_blob_format(one->Format)) std::memcpy(place + sizeof copy, &size, sizeof size);
        }
    }

    // At an odd address, where the compiler would not have put it.
    LPBYTE data() { return block.data() + 1; }

    // The list of what is in it, or its error.
    DWORD list(Bytes& made) {
        DWORD size = 0;
        DWORD returned = 0;
        DWORD required = 0;
        const auto get = [&] {
            return ResUtilPropertyListFromParameterBlock(table.table(), made.data(), &size, data(),
                                                         &returned, &required);
        };
        const DWORD error = get();
        if (error != ERROR_MORE_DATA) return error;
        made.resize(required);
        size = required;
        require(get() == ERROR_SUCCESS && returned == size);
        return ERROR_SUCCESS;
    }

  private:
    RandomTable& table;
    Bytes block;
};

void fill(const Database& database, const Item* table, Input& input) {
    for (; table->Name != nullptr; ++table) {
        if (input.byte() % 2 == 0) continue;
        const DWORD type = input.byte() % 12;
        database.set(table->Name, type, input.some(),
                     table->KeyName != nullptr && input.byte() % 4 != 0 ? table->KeyName : Wide());
    }
}

void check(const Database& database, RandomTable& random, Input& input) {
    Item* table = random.table();
    RandomBlock block(random);
    block.fill(input);

    // A copy says the same.
    RandomBlock copy(random);
    const DWORD copied = ResUtilDupParameterBlock(copy.data(), block.data(), table);
    Bytes of_block;
    Bytes of_copy;
    require(block.list(of_block) == copied);
    if (copied == ERROR_SUCCESS) {
        require(copy.list(of_copy) == ERROR_SUCCESS && of_copy == of_block);
    }

    // What the database has can be read or is refused, and is the same by both ways.
    RandomBlock read(random);
    LPWSTR name = nullptr;
    const DWORD got = ResUtilGetPropertiesToParameterBlock(database.key, table, read.data(),
                                                           input.byte() % 2, &name);
    require((got == ERROR_SUCCESS) == (name == nullptr));
    Bytes all(1 << 14);
    DWORD returned = 0;
    DWORD required = 0;
    const DWORD listed =
        ResUtilGetProperties(database.key, table, all.data(), size_of(all), &returned, &required);
    Bytes of_read;
    if (got == ERROR_SUCCESS) {
        require(listed == ERROR_SUCCESS && read.list(of_read) == ERROR_SUCCESS);
        require(of_read == Bytes(all.data(), all.data() + returned));
    }

    // What is told can be told to any other function.
    ResUtilGetAllProperties(database.key, table, all.data(), size_of(all), &returned, &required);
    ResUtilVerifyPropertyTable(table, nullptr, TRUE, all.data(), returned, read.data());
    ResUtilSetPropertyTable(database.key, table, nullptr, TRUE, all.data(), returned, read.data());
    require(ResUtilEnumPrivateProperties(database.key, nullptr, 0, &returned, &required) ==
            ERROR_MORE_DATA);
    require(ResUtilGetPropertyFormats(table, all.data(), size_of(all), &returned, &required) ==
            ERROR_SUCCESS);

    // The block into the database, and into the block that had a copy.
    ResUtilSetPropertyParameterBlock(database.key, table, nullptr, block.data(), nullptr, 0,
                                     copy.data());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    RandomTable table(input);
    const Database database;
    fill(database, table.table(), input);
    check(database, table, input);
    return 0;
}
