// libFuzzer target: formats that nobody would write, with arguments that suit them.
//
//   clang++ -std=c++17 -g -O1 -fsanitize=fuzzer,address,undefined -I src/resapi_cy -I include \
//       tests/core/fuzz_format_message.cpp -o fuzz_format_message && ./fuzz_format_message
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/format_message.hpp"

namespace {

using resapi_cy::Text;

#define NINE_TIMES(...)                                                                        \
    __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, __VA_ARGS__, \
        __VA_ARGS__, __VA_ARGS__

// 729 arguments are enough for this many units: beyond the 99 that it numbers, a format can only
// fetch more with stars, and at most two with the eight units of %1!*.*d!
constexpr std::size_t longest_format = 2500;

// A block of its own size, so that AddressSanitizer sees a read past it: the bytes, and NULs.
std::unique_ptr<char16_t[]> terminated(const std::uint8_t* bytes, std::size_t size) {
    const std::size_t units = (size + 1) / 2;
    std::unique_ptr<char16_t[]> block(new char16_t[units + 1]());
    if (size != 0) std::memcpy(block.get(), bytes, size);
    return block;
}

void require(bool condition) {
    if (!condition) std::abort();
}

Text expand(const char16_t* format, ...) {
    va_list list;
    va_start(list, format);
    const Text text = resapi_cy::expand_portably(format, &list);
    va_end(list);
    return text;
}

// Every slot has the same value: the stars may shift which of them an insert reads.
void check(const char16_t* format, std::uint64_t argument) {
    Text texts[2];
    for (Text& text : texts) {
        text = expand(format, NINE_TIMES(NINE_TIMES(NINE_TIMES(argument))));
        require(text.units != nullptr && text.length <= resapi_cy::longest_message);
    }
    require(texts[0].length == texts[1].length);
    require(std::memcmp(texts[0].units, texts[1].units, texts[0].length * sizeof(char16_t)) == 0);
    std::free(texts[0].units);
    std::free(texts[1].units);
}

// Whether an insert may read its argument as the address of a string.
bool has_strings(const char16_t* format) {
    const char16_t* end = resapi_cy::end_of_format(format);
    for (const char16_t* at = format; at != end; ++at) {
        if (*at != u'%' || at + 1 == end || !resapi_cy::is_insert(at[1])) continue;
        resapi_cy::Insert insert;
        const bool valid = resapi_cy::InsertParser(at + 1, end).parse(insert) != nullptr;
        if (valid && insert.is_text() && !insert.is_character()) return true;
    }
    return false;
}

}  // namespace

// The input: two bytes for a number, one for the length of the string, the string, the format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const auto number = static_cast<std::int16_t>(data[0] << 8 | data[1]);
    const std::size_t rest = size - 3;
    const std::size_t string_size = data[2] < rest ? data[2] : rest;
    const auto string = terminated(data + 3, string_size);
    if (rest - string_size > longest_format * sizeof(char16_t)) return 0;
    const auto format = terminated(data + 3 + string_size, rest - string_size);

    check(format.get(), reinterpret_cast<std::uintptr_t>(string.get()));
    check(format.get(), 0);
    if (!has_strings(format.get())) check(format.get(), static_cast<std::uint64_t>(number));
    return 0;
}
