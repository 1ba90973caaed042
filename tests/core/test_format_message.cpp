// The text that core/format_message.hpp makes of a LogEvent call.
//
// Most rows hold for FormatMessageW itself, and on Windows are compared with it. The others are
// marked: what FormatMessageW refuses or leaves open, and what Wine does unlike the documentation.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "core/format_message.hpp"

namespace {

#if defined(_WIN32)
#define W(text) L##text
#else
#define W(text) u##text
#endif

using resapi_cy::Text;

int failures = 0;

std::u16string as_string(const WCHAR* text) {
    std::u16string result;
    for (; *text != 0; ++text) result += static_cast<char16_t>(*text);
    return result;
}

// The text as ASCII, cut to what a person would read.
std::string shown(const std::u16string& text) {
    std::string result;
    for (const char16_t unit : text) {
        char escape[8];
        const bool plain = unit >= 0x20 && unit < 0x7F;
        std::snprintf(escape, sizeof escape, plain ? "%c" : "\\u%04x", static_cast<unsigned>(unit));
        result += escape;
        if (result.size() > 200) return result + "...";
    }
    return result;
}

void compare(const char* who, const WCHAR* format, const std::u16string& expected, bool exists,
             const std::u16string& text) {
    if (exists && text == expected) return;
    ++failures;
    std::printf("%s: '%s' gave %s'%s' (%u units) instead of '%s' (%u units)\n", who,
                shown(as_string(format)).c_str(), exists ? "" : "no text ", shown(text).c_str(),
                static_cast<unsigned>(text.size()), shown(expected).c_str(),
                static_cast<unsigned>(expected.size()));
}

void compare(const char* who, const WCHAR* format, const std::u16string& expected, Text text) {
    compare(who, format, expected, text.units != nullptr,
            text.units == nullptr ? std::u16string() : std::u16string(text.units, text.length));
    std::free(text.units);
}

void check_ours(const std::u16string& expected, const WCHAR* format, va_list* list) {
    va_list copy;
    va_copy(copy, *list);
    compare("expand_portably", format, expected, resapi_cy::expand_portably(format, &copy));
    va_end(copy);
    va_copy(copy, *list);
    compare("expand_message", format, expected, resapi_cy::expand_message(format, &copy));
    va_end(copy);
}

// What the expanders make of a format that is not FormatMessageW's to expand.
void ours(const std::u16string& expected, const WCHAR* format, ...) {
    va_list list;
    va_start(list, format);
    check_ours(expected, format, &list);
    va_end(list);
}

// As above, on the portable expander alone: Wine's FormatMessageW differs from the documentation.
void portably(const std::u16string& expected, const WCHAR* format, ...) {
    va_list list;
    va_start(list, format);
    compare("expand_portably", format, expected, resapi_cy::expand_portably(format, &list));
    va_end(list);
}

// What FormatMessageW and the expanders all make of it.
void same(const WCHAR* expected, const WCHAR* format, ...) {
    va_list list;
    va_start(list, format);
    check_ours(as_string(expected), format, &list);
#if defined(_WIN32)
    WCHAR system[1024] = {0};
    FormatMessageW(FORMAT_MESSAGE_FROM_STRING, format, 0, 0, system, 1024, &list);
    compare("FormatMessageW", format, as_string(expected), true, as_string(system));
#endif
    va_end(list);
}

const WCHAR* const null_text = nullptr;
const char* const null_narrow = nullptr;

void test_plain_text_and_escapes() {
    same(W(""), W(""));
    same(W("Open: done."), W("Open: done."));
    same(W("100% of 50%%"), W("100%% of 50%%%%"));
    same(W("a b.c!d"), W("a% b%.c%!d"));
    same(W("\tx\ry\r\nz"), W("%tx%ry%nz"));
    same(W("abq?-"), W("%a%b%q%?%-"));
    same(W("before"), W("before%0after %1"));
    same(W(""), W("%0"));
    same(W("x"), W("x%01"));
    same(W("\x20ac \xd83d\xde00 \xd83d"), W("\x20ac %\xd83d\xde00 \xd83d"));
}

void test_each_line_end_of_the_format_becomes_crlf() {
    same(W("a\r\nb\r\nc\r\nd\r\n\r\ne"), W("a\nb\r\nc\rd\n\re"));
    same(W("a\r\n\r\n"), W("a\r\r\n"));
    same(W("\nb\r\r\nc"), W("%\nb%\r\nc"));
    same(W("a\nb\r"), W("%1%2"), W("a\nb"), W("\r"));
}

void test_the_documented_log_line() {
    same(W("Open: Unable to open Parameters key. Error: 5.\r\n"),
         W("Open: Unable to open Parameters key. Error: %1!u!.\n"), 5u);
}

void test_inserts_are_numbered() {
    same(W("one two one"), W("%1 %2 %1"), W("one"), W("two"));
    same(W("two one"), W("%2 %1"), W("one"), W("two"));
    same(W("test"), W("%1%3%2%1"), W("t"), W("s"), W("e"));
    same(W("ten0"), W("%100"), 1, 2, 3, 4, 5, 6, 7, 8, 9, W("ten"));
    same(W("12 11"), W("%12!d! %11!d!"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
    same(W("name!"), W("%1%!"), W("name"));
    same(W("name! !"), W("%1!s!! !"), W("name"));
}

void test_strings() {
    same(W("a b c d e f g h"), W("%1!s! %2!ws! %3!ls! %4!S! %5!hs! %6!hS! %7!lS! %8!wS!"), W("a"),
         W("b"), W("c"), "d", "e", "f", W("g"), W("h"));
    same(W("[      disk|disk      |disk]"), W("[%1!10s!|%1!-10s!|%1!2s!]"), W("disk"));
    same(W("[di||||      di]"), W("[%1!.2s!|%1!.0s!|%1!.s!||%1!8.2s!]"), W("disk"));
    same(W("[      disk|disk      |di|      di]"), W("[%1!10S!|%1!-10S!|%1!.2S!|%1!8.2S!]"),
         "disk");
    same(W("000000disk|disk      |0000000000"), W("%1!010s!|%1!-010s!|%2!010S!"), W("disk"), "");
    same(W("disk|disk|disk|      disk"), W("%1!+s!|%1!#s!|%1! s!|%1!#10s!"), W("disk"));
    same(W("\x20ac\xd83d\xde00\xdc00"), W("%1"), W("\x20ac\xd83d\xde00\xdc00"));
    same(W("disk|di"), W("%1!.99999s!|%1!.2s!"), W("disk"));
}

void test_null_strings() {
    same(W("(null)|(nu|    (null)|0000(null)|(null)"), W("%1|%1!.3s!|%1!10s!|%1!010s!|%1!ws!"),
         null_text);
    same(W("(null)|(nu|(null)"), W("%1!S!|%1!.3S!|%1!hs!"), null_narrow);
}

void test_characters() {
    same(W("abcdefgh"), W("%1!c!%2!C!%3!hc!%4!lc!%5!wc!%6!hC!%7!lC!%8!wC!"), 'a', 'b', 'c', 'd',
         'e', 'f', 'g', 'h');
    same(W("[    q|q    |0000q]"), W("[%1!5c!|%1!-5c!|%1!05c!]"), 'q');
    same(W("\x20ac\x20ac"), W("%1!c!%1!lc!"), 0x20AC);
    ours(std::u16string(u"[\0\0]", 4), W("[%1!c!%1!C!]"), 0);
    portably(u"q", W("%1!.0c!"), 'q');  // no effect, as documented; Wine has one
}

void test_narrow_text_is_utf8() {
    // In Windows it is in the system's code page, which may be anything.
    portably(u"d\u00e9j\u00e0 \u20ac \U0001F600", W("%1!S!"),
             "d\xc3\xa9j\xc3\xa0 \xe2\x82\xac \xf0\x9f\x98\x80");
    portably(u"  \U0001F600|\U0001F600  |", W("%1!4S!|%1!-4S!|"), "\xf0\x9f\x98\x80");
    portably(u"\u00e9\ufffd|\u00e9", W("%1!.3S!|%1!.2S!"), "\xc3\xa9\xc3\xa9");
    portably(u"\ufffd|x\ufffdy|\ufffd\ufffd", W("%1!S!|%2!S!|%3!S!"), "\xff", "x\x80y", "\xc0\x80");
    portably(u"\ufffd\ufffd\ufffd|\ufffdx|\ufffd", W("%1!S!|%2!S!|%3!S!"), "\xed\xa0\x80",
             "\xf0\x9f\x98x", "\xe2\x82");
    portably(u"\ufffd\ufffd\ufffd\ufffd|\ufffd\ufffd\ufffd\ufffd", W("%1!S!|%2!S!"),
             "\xf4\x90\x80\x80", "\xf0\x80\x80\x80");
    portably(u"\U0010FFFF\uFFFF", W("%1!S!"), "\xf4\x8f\xbf\xbf\xef\xbf\xbf");
    portably(u"\ufffd\ufffd", W("%1!C!%2!hc!"), 0xE9, 0x20AC);
}

void test_integers() {
    same(W("-1|-1|4294967295|ffffffff|FFFFFFFF|37777777777"),
         W("%1!d!|%1!i!|%1!u!|%1!x!|%1!X!|%1!o!"), -1);
    same(W("0|0|0|0|0"), W("%1!d!|%1!u!|%1!x!|%1!X!|%1!o!"), 0);
    same(W("-2147483648|2147483648"), W("%1!d!|%1!u!"), -2147483647 - 1);
    same(W("305432421|12348765|-30875|34661|8765|103545"),
         W("%1!ld!|%1!lX!|%1!hd!|%1!hu!|%1!hx!|%1!ho!"), 0x12348765);
    same(W("-2|18446744073709551614|fffffffffffffffe|FFFFFFFFFFFFFFFE|1777777777777777777776|-2"),
         W("%1!I64d!|%1!I64u!|%1!I64x!|%1!I64X!|%1!I64o!|%1!I64i!"), -2LL);
    same(W("-9223372036854775808"), W("%1!I64d!"), -9223372036854775807LL - 1);
    same(W("-2|18446744073709551614|-2|fffffffffffffffe"), W("%1!lld!|%1!llu!|%1!Id!|%1!Ix!"),
         -2LL);
    same(W("-2|4294967294|fffffffe"), W("%1!I32d!|%1!I32u!|%1!I32x!"), -2LL);
    same(W("4294967298 2 7"), W("%1!I64u! %1!u! %2!u!"), 0x100000002LL, 7);
}

void test_integers_with_flags() {
    same(W("+42| 42|+42|  +42|   42|+0042| 0042|42   |00042"),
         W("%1!+d!|%1! d!|%1!+ d!|%1!+5d!|%1! 5d!|%1!+05d!|%1! 05d!|%1!-05d!|%1!05d!"), 42);
    same(W("42|42|2a|+00042|     042|042     "),
         W("%1!+u!|%1! u!|%1!+x!|%1!+.5d!|%1!8.3d!|%1!-8.3d!"), 42);
    same(W("-42|-42|-0042|-00042|    -042|-42     |ffffffd6|000000000FFFFFFD6"),
         W("%1!+d!|%1! d!|%1!05d!|%1!.5d!|%1!8.3d!|%1!-8d!|%1!08x!|%1!017X!"), -42);
    same(W("0xab|0XAB|0253|171|0x000000ab|      0xab|0xab      |0x000000ab|  0x000000ab"),
         W("%1!#x!|%1!#X!|%1!#o!|%1!#d!|%1!#010x!|%1!#10x!|%1!-#10x!|%1!#.8x!|%1!#12.8x!"), 0xAB);
    same(W("0|0||     |||000"), W("%1!#x!|%1!#o!|%1!.0d!|%1!5.0d!|%1!.0x!|%1!#.0x!|%1!03d!"), 0);
    same(W("42"), W("%1!1d!"), 42);
    portably(u"  042|  -42", W("%1!05.3d!|%2!05.2d!"), 42, -42);  // 0 is ignored, as documented
    portably(u"0", W("%1!#.0o!"), 0);                             // so the C standard, and Windows
}

void test_pointers() {
    same(W("0000000000ABCDEF|    0000000000ABCDEF|0000000000ABCDEF    |0X0000000000ABCDEF"),
         W("%1!p!|%1!20p!|%1!-20p!|%1!#p!"), 0xABCDEFLL);
    portably(u"0000000000ABCDEF", W("%1!.3p!"), 0xABCDEFLL);
}

void test_stars_take_arguments() {
    same(W("   42"), W("%1!*d!"), 5, 42);
    same(W("42   |"), W("%1!*d!|"), -5, 42);
    same(W("42   |"), W("%1!-*d!|"), 5, 42);
    same(W("42   |"), W("%1!-*d!|"), -5, 42);
    same(W("00042"), W("%1!0*d!"), 5, 42);
    same(W("abc"), W("%1!.*s!"), 3, W("abcdef"));
    same(W("42"), W("%1!.*d!"), -5, 42);
    same(W("  042"), W("%1!*.*d!"), 5, 3, 42);
    same(W("   00042"), W("%1!8.*d!"), 5, 42);
    same(W("   42"), W("%1!*.2d!"), 5, 42);
}

// Each pair of star and value is one number, and two stars and a value are two: the documented way
// of a va_list. A repeated number gives what was fetched last in its place.
void test_numbers_after_stars() {
    same(W("  Bi Bob   Bill"), W("%1!*.*s! %3 %4!*s!"), 4, 2, W("Bill"), W("Bob"), 6, W("Bill"));
    same(W("  001, 0002"), W("%1!*.*u!,%1!*.*u!"), 5, 3, 1, 4, 2);
    same(W("  001,  0002"), W("%1!*.*u!,%3!*.*u!"), 5, 3, 1, 6, 4, 2);
    same(W("   42 42 77"), W("%1!*d! %1!d! %2!d!"), 5, 42, 77);
    same(W("  042 5 42 77"), W("%1!*.*d! %1!d! %2!d! %3!d!"), 5, 3, 42, 77);
    same(W("   42 x 42 77"), W("%2!*d! %1 %2!d! %3!d!"), W("x"), 5, 42, 77);
    same(W("6   77 5 77"), W("%3!d! %1!*d! %2!d! %3!d!"), 4, 5, 6, 77);
    same(W("6 0088 5 6 88"), W("%3!d! %1!*.*d! %2!d! %3!d! %4!d!"), 3, 5, 6, 4, 88);
}

void test_malformed_inserts_appear_as_written() {
    for (const WCHAR* format : {W("%1!"),
                                W("%1!s"),
                                W("%1!!"),
                                W("%1!q!"),
                                W("%1!n!"),
                                W("%1!5!"),
                                W("%1!.!"),
                                W("%1!l!"),
                                W("%1!s s!"),
                                W("%1!sx!"),
                                W("%1!5-d!"),
                                W("%1!**d!"),
                                W("%1!5*d!"),
                                W("%1!1.2.3d!"),
                                W("%1!hld!"),
                                W("%1!lhd!"),
                                W("%1!hhd!"),
                                W("%1!lls!"),
                                W("%1!I64c!"),
                                W("%1!wd!"),
                                W("%1!I3d!"),
                                W("%1!I6"),
                                W("%1!I"),
                                W("%1!hp!"),
                                W("%1!e!"),
                                W("%1!f!"),
                                W("%1!Z!"),
                                W("%1!-+ #0"),
                                W("%1!999999999d!"),
                                W("%1!4294967297d!"),
                                W("%1!18446744073709551617d!"),
                                W("%1!32769s!"),
                                W("%"),
                                W("test%")}) {
        ours(as_string(format), format, W("unused"));
    }
}

void test_the_rest_of_a_malformed_format_is_expanded() {
    ours(u"%1! and 7", W("%1! and %2!d!"), W("unused"), 7);
    ours(u"%1!x|%1!7", W("%1!%2|%1!%3!d!"), W("unused"), W("x"), 7);
    ours(u"%1!q!\r\n", W("%1!q!\n"), W("unused"));
    ours(u"5%", W("%1!d!%"), 5);
}

void test_a_null_format_is_an_empty_text() {
    va_list list;
    std::memset(&list, 0, sizeof list);
    compare("expand_message", W("(NULL)"), u"", resapi_cy::expand_message(nullptr, &list));
}

// The argument after those that the format names is still there to be fetched.
void expect_left(int expected, const WCHAR* format, ...) {
    va_list list;
    va_start(list, format);
    std::free(resapi_cy::expand_portably(format, &list).units);
    const int left = va_arg(list, int);
    va_end(list);
    if (left == expected) return;
    ++failures;
    std::printf("'%s' left %d to be fetched instead of %d\n", shown(as_string(format)).c_str(),
                left, expected);
}

void test_no_more_arguments_are_read_than_named() {
    expect_left(1, W("none %% %n %."), 1, 2, 3, 4);
    expect_left(3, W("%2!d! %1!d! %2!d!"), 1, 2, 3, 4);
    expect_left(4, W("%1!*.*d!"), 1, 2, 3, 4);
    expect_left(3, W("%1!.*d! %1!d!"), 1, 2, 3, 4);
    expect_left(2, W("%1!d! %2!q! %3!"), 1, 2, 3, 4);
    expect_left(2, W("%1!d!%0%2!d!"), 1, 2, 3, 4);
}

void test_a_string_is_read_up_to_its_precision() {
    // Blocks of exactly that size: AddressSanitizer sees a read past them.
    std::vector<WCHAR> wide(10, W('w'));
    std::vector<char> narrow(10, 'n');
    ours(std::u16string(10, u'w') + std::u16string(10, u'n'), W("%1!.10s!%2!.10S!"), wide.data(),
         narrow.data());
    ours(std::u16string(2, u' ') + std::u16string(10, u'n'), W("%1!*.*S!"), 12, 10, narrow.data());
}

#define NINE_ZEROS 0, 0, 0, 0, 0, 0, 0, 0, 0

void test_there_are_99_numbers() {
    // The second insert's width is number 99; its precision would be number 100, and is taken as 0.
    ours(u"0|7", W("%99!d!|%99!*.*d!"), NINE_ZEROS, NINE_ZEROS, NINE_ZEROS, NINE_ZEROS, NINE_ZEROS,
         NINE_ZEROS, NINE_ZEROS, NINE_ZEROS, NINE_ZEROS, NINE_ZEROS, NINE_ZEROS, 7);
}

// So many x, what comes last, and the NUL.
std::vector<WCHAR> units(std::size_t count, const WCHAR* last) {
    std::vector<WCHAR> result(count, W('x'));
    do result.push_back(*last);
    while (*last++ != 0);
    return result;
}

void test_texts_of_every_length_class() {
    // Around the sizes at which the builder and FormatMessageW's buffer grow, and the limit.
    for (const std::size_t length :
         {1u, 511u, 512u, 513u, 4095u, 4096u, 4097u, 32766u, 32767u, 32768u}) {
        const std::vector<WCHAR> value = units(length, W(""));
        const std::u16string expected(length, u'x');
        ours(expected, value.data());
        ours(expected, W("%1"), value.data());
        ours(expected + (length < 32768 ? u"|" : u""), W("%1|"), value.data());
    }
}

void test_a_longer_text_is_cut() {
    const std::u16string whole(32768, u'x');
    const std::vector<WCHAR> longer = units(100000, W(""));
    const std::string narrow(100000, 'x');
    ours(whole, longer.data());
    ours(whole, W("%1"), longer.data());
    ours(whole, W("%1!S!"), narrow.c_str());
    ours(whole, W("xx%1!S!%1!S!"), narrow.c_str());
    ours(std::u16string(32767, u' ') + u"1", W("%1!32768d!%1!d!"), 1);
    ours(std::u16string(32768, u'0'), W("%1!.999999999d!"), 1);
    ours(std::u16string(32768, u' '), W("%1!*d!"), 2147483647, 1);
    // Wine takes this width for none.
    portably(u"1" + std::u16string(32767, u' '), W("%1!*d!"), -2147483647 - 1, 1);
    ours(std::u16string(32768, u'0'), W("%1!.*d!"), 2147483647, 1);
}

void test_a_cut_does_not_split_a_pair() {
    const std::u16string shorter(32767, u'x');
    const std::vector<WCHAR> pair = units(32767, W("\xd83d\xde00"));
    const std::vector<WCHAR> fits = units(32766, W("\xd83d\xde00"));
    const std::vector<WCHAR> lone = units(32767, W("\xd83dx"));
    ours(shorter, pair.data());
    ours(shorter, W("%1"), pair.data());
    ours(shorter, W("%1|"), pair.data());
    ours(shorter.substr(1) + u"\U0001F600", W("%1"), fits.data());
    ours(shorter.substr(1) + u"\U0001F600", fits.data());
    ours(shorter + u'\xd83d', W("%1"), lone.data());
    ours(shorter, W("%1!hs!"), (std::string(32767, 'x') + "\xf0\x9f\x98\x80").c_str());
}

}  // namespace

int main() {
    test_plain_text_and_escapes();
    test_each_line_end_of_the_format_becomes_crlf();
    test_the_documented_log_line();
    test_inserts_are_numbered();
    test_strings();
    test_null_strings();
    test_characters();
    test_narrow_text_is_utf8();
    test_integers();
    test_integers_with_flags();
    test_pointers();
    test_stars_take_arguments();
    test_numbers_after_stars();
    test_malformed_inserts_appear_as_written();
    test_the_rest_of_a_malformed_format_is_expanded();
    test_a_null_format_is_an_empty_text();
    test_no_more_arguments_are_read_than_named();
    test_a_string_is_read_up_to_its_precision();
    test_there_are_99_numbers();
    test_texts_of_every_length_class();
    test_a_longer_text_is_cut();
    test_a_cut_does_not_split_a_pair();
    if (failures == 0) std::puts("ok");
    return failures == 0 ? 0 : 1;
}
