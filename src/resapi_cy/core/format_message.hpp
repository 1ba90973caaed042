// The text of a LogEvent call: its UTF-16 format and variadic inserts, expanded as FormatMessageW
// does.
//
// expand_message()    any thread: no lock, no locale, no exception. It takes about 3 KiB of
//                     stack, and allocates once for a text of up to 512 units.
//
// On Windows the system's FormatMessageW expands. The portable expander does it elsewhere, and on
// Windows for what FormatMessageW refuses or must not be given. The file is long because the
// language of the formats is: flags, widths, sizes and types, each with its rule.
//
// The format is a readable, NUL-terminated string, and is trusted no further: what is not a valid
// insert appears in the text as it was written, and the rest is still expanded. That the inserts
// match the arguments is the caller's promise, as with FormatMessageW and printf.
#pragma once

#include <cstdarg>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "resapi_cy/winbase.h"

namespace resapi_cy {

static_assert(sizeof(WCHAR) == sizeof(char16_t), "the text of the Resource API is UTF-16");

// The longest text, and the longest format that is looked at, in UTF-16 units: 64 KiB.
constexpr std::uint32_t longest_message = 32768;

// Memory from malloc, for the receiver to free. units is nullptr when there was no memory; an empty
// text has units of its own and the length 0. There is no terminating NUL.
struct Text {
    char16_t* units = nullptr;
    std::uint32_t length = 0;
};

// A text in a block of its own size.
inline Text copy_text(const void* units, std::uint32_t length) noexcept {
    const std::size_t bytes = length * sizeof(char16_t);
    void* block = std::malloc(bytes != 0 ? bytes : 1);
    if (block == nullptr) return {};
    std::memcpy(block, units, bytes);
    return {static_cast<char16_t*>(block), length};
}

constexpr bool is_lead_surrogate(unsigned unit) noexcept {
    return (unit & 0xFC00) == 0xD800;
}
constexpr bool is_trail_surrogate(unsigned unit) noexcept {
    return (unit & 0xFC00) == 0xDC00;
}

// A text being written: bounded, and without an allocation of its own until it outgrows the stack.
class TextBuilder {
  public:
    TextBuilder() noexcept = default;
    TextBuilder(const TextBuilder&) = delete;
    TextBuilder& operator=(const TextBuilder&) = delete;
    ~TextBuilder() { std::free(heap_); }

    // Nothing more will be taken: the text has been cut, or there was no memory.
    bool full() const noexcept { return full_; }

    void put(char16_t unit) noexcept {
        if (full_ || (length_ == capacity_ && !grow(unit))) return;
        units_[length_++] = unit;
    }

    void put(char16_t unit, std::uint32_t times) noexcept {
        for (; times != 0 && !full_; --times) put(unit);
    }

    void put_line_break() noexcept {
        put(u'\r');
        put(u'\n');
    }

    void put_code_point(char32_t code) noexcept {
        if (code < 0x10000) {
            put(static_cast<char16_t>(code));
        } else {
            put(static_cast<char16_t>(0xD7C0 + (code >> 10)));
            put(static_cast<char16_t>(0xDC00 + (code & 0x3FF)));
        }
    }

    // The text so far. A long one is copied too: so its block is no larger than the text is.
    Text take() const noexcept { return failed_ ? Text{} : copy_text(units_, length_); }

  private:
    // Makes room for a unit. False: it is not taken.
    bool grow(char16_t unit) noexcept {
        if (capacity_ == longest_message) {
            // A pair of surrogates is taken whole or not at all.
            if (is_trail_surrogate(unit) && is_lead_surrogate(units_[length_ - 1])) --length_;
            full_ = true;
            return false;
        }
        const std::uint32_t capacity = capacity_ * growth;
        void* block = std::realloc(heap_, capacity * sizeof(char16_t));
        if (block == nullptr) {
            full_ = failed_ = true;
            return false;
        }
        if (heap_ == nullptr) std::memcpy(block, stack_, sizeof stack_);
        heap_ = units_ = static_cast<char16_t*>(block);
        capacity_ = capacity;
        return true;
    }

    static constexpr std::uint32_t stack_units = 512;
    static constexpr std::uint32_t growth = 8;
    static_assert(stack_units * growth * growth == longest_message,
                  "the last growth is to the limit");

    char16_t stack_[stack_units];
    char16_t* heap_ = nullptr;
    char16_t* units_ = stack_;
    std::uint32_t length_ = 0;
    std::uint32_t capacity_ = stack_units;
    bool full_ = false;
    bool failed_ = false;
};

// The arguments of the call, numbered from 1, each fetched when an insert first needs it.
//
// Reading each one as 64 bits is sound for the integers and pointers that inserts take. Win64,
// System V x86-64, AArch64 (Linux and macOS) and the other 64-bit ABIs give every variadic argument
// of up to 8 bytes a slot of 8, in the general registers' save area or on the stack, and va_arg
// steps by that slot whichever type it names. The upper half of a 32-bit argument's slot is
// indeterminate: such an argument is used by its low 32 bits alone. A double lives elsewhere on
// most of them, and FormatMessage has no insert for it.
class Arguments {
  public:
    static constexpr unsigned most = 99;

    explicit Arguments(va_list* list) noexcept : list_(list) {}

    std::uint64_t at(unsigned position) noexcept {
        if (position > most) return 0;
        while (fetched_ < position) slots_[fetched_++] = va_arg(*list_, std::uint64_t);
        return slots_[position - 1];
    }

    std::uint64_t next() noexcept { return at(fetched_ + 1); }

    // The value after a star takes the number of the last one fetched: FormatMessage counts so with
    // a va_list. An insert with one star therefore takes one number, and with two stars two.
    std::uint64_t in_place_of_last() noexcept {
        --fetched_;
        return next();
    }

  private:
    va_list* list_;
    unsigned fetched_ = 0;
    std::uint64_t slots_[most];
};

// How wide an integer argument is, or which characters a text argument is made of.
enum class InsertSize { plain, h, l, w, bits64 };

// %position!flags width.precision size conversion!
struct Insert {
    unsigned position = 0;
    bool left = false;
    bool plus = false;
    bool space = false;
    bool prefixed = false;
    bool zeros = false;
    bool width_is_star = false;
    bool precision_is_star = false;
    std::int32_t width = 0;
    std::int32_t precision = -1;  // none
    InsertSize size = InsertSize::plain;
    char16_t conversion = u's';

    bool is_text() const noexcept {
        return conversion == u's' || conversion == u'S' || is_character();
    }
    bool is_character() const noexcept { return conversion == u'c' || conversion == u'C'; }
    bool is_narrow() const noexcept {
        if (size == InsertSize::plain) return conversion == u'S' || conversion == u'C';
        return size == InsertSize::h;
    }
    bool is_signed() const noexcept { return conversion == u'd' || conversion == u'i'; }

    unsigned bits() const noexcept {
        if (size == InsertSize::bits64) return 64;
        return size == InsertSize::h ? 16 : 32;
    }
    unsigned base() const noexcept {
        if (conversion == u'o') return 8;
        return conversion == u'x' || conversion == u'X' ? 16 : 10;
    }

    bool is_valid() const noexcept {
        switch (conversion) {
            case u's':
            case u'S':
            case u'c':
            case u'C':
                return size != InsertSize::bits64;
            case u'd':
            case u'i':
            case u'u':
            case u'x':
            case u'X':
            case u'o':
                return size != InsertSize::w;
            case u'p':
                return size == InsertSize::plain;
            default:
                return false;
        }
    }
};

// Reads one insert. None of it reads past end, and a run of it ends at the next '%' at the latest:
// however malformed, a format takes time in proportion to its length.
class InsertParser {
  public:
    // at: the digit after the '%'.
    InsertParser(const WCHAR* at, const WCHAR* end) noexcept : at_(at), end_(end) {}

    // Where the format goes on, or nullptr if this is not an insert.
    const WCHAR* parse(Insert& insert) noexcept {
        insert.position = digit();
        if (is_digit()) insert.position = insert.position * 10 + digit();
        if (!skip(u'!')) return at_;  // a plain %n stands for %n!s!

        parse_flags(insert);
        insert.width_is_star = skip(u'*');
        if (!insert.width_is_star) insert.width = number();
        if (skip(u'.')) {
            insert.precision_is_star = skip(u'*');
            if (!insert.precision_is_star) insert.precision = number();
        }
        insert.size = parse_size();
        if (at_ == end_) return nullptr;
        insert.conversion = static_cast<char16_t>(*at_++);
        // A width that no message can hold is a mistake, and more useful to read than its spaces.
        const bool valid = insert.is_valid() && insert.width <= std::int32_t{longest_message};
        return valid && skip(u'!') ? at_ : nullptr;
    }

  private:
    bool is_digit() const noexcept { return at_ != end_ && *at_ >= u'0' && *at_ <= u'9'; }
    unsigned digit() noexcept { return static_cast<unsigned>(*at_++) - u'0'; }

    // Digits may be missing, which is 0, or too many, which is just above longest_message.
    std::int32_t number() noexcept {
        std::uint32_t value = 0;
        while (is_digit()) {
            value = value * 10 + digit();
            if (value > longest_message) value = longest_message + 1;
        }
        return static_cast<std::int32_t>(value);
    }

    bool skip(char16_t unit) noexcept {
        if (at_ == end_ || *at_ != unit) return false;
        ++at_;
        return true;
    }

    bool skip(char16_t first, char16_t second) noexcept {
        if (end_ - at_ < 2 || at_[0] != first || at_[1] != second) return false;
        at_ += 2;
        return true;
    }

    void parse_flags(Insert& insert) noexcept {
        while (parse_flag(insert)) ++at_;
    }

    bool parse_flag(Insert& insert) const noexcept {
        if (at_ == end_) return false;
        switch (*at_) {
            case u'-':
                return insert.left = true;
            case u'+':
                return insert.plus = true;
            case u' ':
                return insert.space = true;
            case u'#':
                return insert.prefixed = true;
            case u'0':
                return insert.zeros = true;
            default:
                return false;
        }
    }

    // h, l, ll, w, I, I32, I64: the sizes of Microsoft's printf.
    InsertSize parse_size() noexcept {
        if (skip(u'h')) return InsertSize::h;
        if (skip(u'w')) return InsertSize::w;
        if (skip(u'l')) return skip(u'l') ? InsertSize::bits64 : InsertSize::l;
        if (!skip(u'I')) return InsertSize::plain;
        if (skip(u'3', u'2')) return InsertSize::plain;
        skip(u'6', u'4');
        return InsertSize::bits64;  // a bare I is as wide as a pointer
    }

    const WCHAR* at_;
    const WCHAR* end_;
};

// UTF-8, with U+FFFD for what is not: one for each longest part of a character, as Unicode advises.
class Utf8Reader {
  public:
    Utf8Reader(const char* text, std::size_t bytes) noexcept
        : at_(reinterpret_cast<const unsigned char*>(text)), end_(at_ + bytes) {}

    bool done() const noexcept { return at_ == end_; }

    char32_t next() noexcept {
        const unsigned lead = *at_++;
        if (lead < 0x80) return lead;
        if (lead >= 0xC2 && lead <= 0xDF) return rest(lead & 0x1F, 1, 0x80, 0xBF);
        if (lead == 0xE0) return rest(0, 2, 0xA0, 0xBF);    // no overlong forms
        if (lead == 0xED) return rest(0xD, 2, 0x80, 0x9F);  // no surrogates
        if ((lead & 0xF0) == 0xE0) return rest(lead & 0xF, 2, 0x80, 0xBF);
        if (lead == 0xF0) return rest(0, 3, 0x90, 0xBF);  // no overlong forms
        if (lead == 0xF4) return rest(4, 3, 0x80, 0x8F);  // nothing past U+10FFFF
        if (lead >= 0xF1 && lead <= 0xF3) return rest(lead & 7, 3, 0x80, 0xBF);
        return replacement;
    }

  private:
    static constexpr char32_t replacement = 0xFFFD;

    // The first of the bytes that follow lies between least and greatest, the others as usual.
    char32_t rest(char32_t code, int bytes, unsigned least, unsigned greatest) noexcept {
        for (; bytes != 0; --bytes) {
            if (done() || *at_ < least || *at_ > greatest) return replacement;
            code = code << 6 | (*at_++ & 0x3Fu);
            least = 0x80;
            greatest = 0xBF;
        }
        return code;
    }

    const unsigned char* at_;
    const unsigned char* end_;
};

// strlen and wcslen that look at most at so many units.
template <typename Unit>
std::uint32_t bounded_length(const Unit* text, std::uint32_t most) noexcept {
    std::uint32_t length = 0;
    while (length != most && text[length] != 0) ++length;
    return length;
}

// Writes one insert into the text.
class InsertWriter {
  public:
    InsertWriter(const Insert& insert, TextBuilder& out) noexcept : insert_(insert), out_(out) {}

    void write(Arguments& arguments) noexcept {
        const std::uint64_t value = fetch(arguments);
        if (insert_.is_character())
            write_character(value);
        else if (insert_.is_text())
            write_string(value);
        else if (insert_.conversion == u'p')
            write_pointer(value);
        else
            write_integer(value);
    }

  private:
    // The value, after the stars before it.
    std::uint64_t fetch(Arguments& arguments) noexcept {
        const std::uint64_t first = arguments.at(insert_.position);
        if (!insert_.width_is_star && !insert_.precision_is_star) return first;
        if (insert_.width_is_star) set_width(low_bits(first));
        if (insert_.precision_is_star) {
            set_precision(low_bits(insert_.width_is_star ? arguments.next() : first));
        }
        return arguments.in_place_of_last();
    }

    static std::int32_t low_bits(std::uint64_t value) noexcept {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(value));
    }

    static std::int32_t bounded(std::int64_t value) noexcept {
        return static_cast<std::int32_t>(value > longest_message ? longest_message + 1 : value);
    }

    void set_width(std::int64_t star) noexcept {
        if (star < 0) insert_.left = true;
        insert_.width = bounded(star < 0 ? -star : star);
    }

    void set_precision(std::int64_t star) noexcept {
        insert_.precision = star < 0 ? -1 : bounded(star);
    }

    std::uint32_t padding(std::uint32_t length) const noexcept {
        const auto width = static_cast<std::uint32_t>(insert_.width);
        return width > length ? width - length : 0;
    }

    void pad_before(std::uint32_t length, char16_t unit) noexcept {
        if (!insert_.left) out_.put(unit, padding(length));
    }

    void pad_after(std::uint32_t length) noexcept {
        if (insert_.left) out_.put(u' ', padding(length));
    }

    // Text too is padded with zeros if the flag says so, in Microsoft's printf.
    char16_t text_padding() const noexcept { return insert_.zeros ? u'0' : u' '; }

    // The precision of a character has no effect.
    void write_character(std::uint64_t value) noexcept {
        const auto byte = static_cast<char>(value & 0xFF);
        pad_before(1, text_padding());
        if (insert_.is_narrow())
            out_.put_code_point(Utf8Reader(&byte, 1).next());
        else
            out_.put(static_cast<char16_t>(value & 0xFFFF));
        pad_after(1);
    }

    void write_string(std::uint64_t value) noexcept {
        static constexpr WCHAR null_text[] = {u'(', u'n', u'u', u'l', u'l', u')', 0};
        const auto address = static_cast<std::uintptr_t>(value);
        if (address == 0)
            write_wide(null_text);
        else if (insert_.is_narrow())
            write_narrow(reinterpret_cast<const char*>(address));
        else
            write_wide(reinterpret_cast<const WCHAR*>(address));
    }

    // A string is read no further than its precision, nor further than a message can be long: one
    // unit more is looked at, so that the text is cut there and not between two surrogates.
    std::uint32_t most_units() const noexcept {
        const auto precision = static_cast<std::uint32_t>(insert_.precision);
        return insert_.precision < 0 ? longest_message + 1 : precision;
    }

    void write_wide(const WCHAR* text) noexcept {
        const std::uint32_t length = bounded_length(text, most_units());
        pad_before(length, text_padding());
        for (std::uint32_t i = 0; i != length && !out_.full(); ++i) {
            out_.put(static_cast<char16_t>(text[i]));
        }
        pad_after(length);
    }

    // The precision counts bytes, so that it bounds what is read. A unit takes 3 bytes at most.
    void write_narrow(const char* text) noexcept {
        const std::uint32_t most = insert_.precision < 0 ? 3 * most_units() : most_units();
        const std::uint32_t bytes = bounded_length(text, most);
        const std::uint32_t length = insert_.width == 0 ? 0 : utf16_length(text, bytes);
        pad_before(length, text_padding());
        for (Utf8Reader reader(text, bytes); !reader.done() && !out_.full();) {
            out_.put_code_point(reader.next());
        }
        pad_after(length);
    }

    static std::uint32_t utf16_length(const char* text, std::uint32_t bytes) noexcept {
        std::uint32_t length = 0;
        for (Utf8Reader reader(text, bytes); !reader.done();) {
            length += reader.next() < 0x10000 ? 1 : 2;
        }
        return length;
    }

    // All the digits of a pointer, in capitals: its precision is not the format's.
    void write_pointer(std::uint64_t value) noexcept {
        insert_.conversion = u'X';
        insert_.precision = 16;
        write_magnitude(value, false);
    }

    void write_integer(std::uint64_t value) noexcept {
        // Shifted up, the argument's own sign bit is the highest, and its unused bits are gone.
        const unsigned unused = 64 - insert_.bits();
        const std::uint64_t shifted = value << unused;
        const bool negative = insert_.is_signed() && shifted >> 63 != 0;
        write_magnitude((negative ? 0 - shifted : shifted) >> unused, negative);
    }

    void write_magnitude(std::uint64_t value, bool negative) noexcept {
        char16_t digits[22];  // 64 bits in octal
        std::uint32_t count = 0;
        const unsigned base = insert_.base();
        for (std::uint64_t rest = value; rest != 0; rest /= base) {
            digits[count++] = digit(static_cast<unsigned>(rest % base));
        }
        const char16_t sign = sign_of(negative);
        const bool radix = base == 16 && insert_.prefixed && value != 0;
        const std::uint32_t prefix = (sign != 0 ? 1u : 0u) + (radix ? 2u : 0u);
        const std::uint32_t zeros = leading_zeros(prefix, count);
        const std::uint32_t length = prefix + zeros + count;

        pad_before(length, u' ');
        if (sign != 0) out_.put(sign);
        if (radix) {
            out_.put(u'0');
            out_.put(insert_.conversion);
        }
        out_.put(u'0', zeros);
        while (count != 0) out_.put(digits[--count]);
        pad_after(length);
    }

    char16_t digit(unsigned value) const noexcept {
        const unsigned ten = insert_.conversion == u'X' ? u'A' : u'a';
        return static_cast<char16_t>(value < 10 ? u'0' + value : ten + value - 10);
    }

    // 0 if there is none.
    char16_t sign_of(bool negative) const noexcept {
        if (negative) return u'-';
        if (!insert_.is_signed()) return 0;
        return insert_.plus ? u'+' : insert_.space ? u' ' : u'\0';
    }

    // A precision is the least number of digits, 1 if there is none, and takes the place of the 0
    // flag. The digits of a zero are all leading ones.
    std::uint32_t leading_zeros(std::uint32_t prefix, std::uint32_t count) const noexcept {
        auto least = static_cast<std::uint32_t>(insert_.precision < 0 ? 1 : insert_.precision);
        if (insert_.precision < 0 && insert_.zeros && !insert_.left) least += padding(prefix + 1);
        if (least > count) return least - count;
        return insert_.base() == 8 && insert_.prefixed ? 1 : 0;
    }

    Insert insert_;
    TextBuilder& out_;
};

// Where the part of the format that is looked at ends: at its NUL, or where the longest is cut.
inline const WCHAR* end_of_format(const WCHAR* format) noexcept {
    const WCHAR* end = format + bounded_length(format, longest_message);
    const bool inside_pair = is_trail_surrogate(*end) && is_lead_surrogate(end[-1]);
    return inside_pair ? end - 1 : end;
}

// Whether a '%' before this unit begins an insert.
inline bool is_insert(WCHAR unit) noexcept {
    return unit >= u'1' && unit <= u'9';
}

// Writes what the '%' before `at` begins. Returns where the format goes on.
inline const WCHAR* expand_escape(const WCHAR* at, const WCHAR* end, Arguments& arguments,
                                  TextBuilder& out) noexcept {
    if (at == end) {
        out.put(u'%');
        return end;
    }
    if (is_insert(*at)) {
        Insert insert;
        const WCHAR* after = InsertParser(at, end).parse(insert);
        if (after == nullptr) {
            out.put(u'%');  // and what follows it is text
            return at;
        }
        InsertWriter(insert, out).write(arguments);
        return after;
    }
    switch (*at) {
        case u'0':
            return end;
        case u'n':
            out.put_line_break();
            break;
        case u'r':
            out.put(u'\r');
            break;
        case u't':
            out.put(u'\t');
            break;
        default:  // "%%", "%!", "%.", "% ": the character itself
            out.put(static_cast<char16_t>(*at));
    }
    return at + 1;
}

// FormatMessageW's expansion, save that narrow text is UTF-8 and not in the system's code page.
// Wine's FormatMessageW departs from the documented rules in a few places, which the tests name:
// these are followed here.
inline Text expand_portably(const WCHAR* format, va_list* list) noexcept {
    TextBuilder out;
    Arguments arguments(list);
    const WCHAR* end = end_of_format(format);
    for (const WCHAR* at = format; at != end && !out.full();) {
        const WCHAR unit = *at++;
        if (unit == u'%') {
            at = expand_escape(at, end, arguments, out);
        } else if (unit == u'\r' || unit == u'\n') {  // each kind of line end becomes "\r\n"
            if (unit == u'\r' && at != end && *at == u'\n') ++at;
            out.put_line_break();
        } else {
            out.put(static_cast<char16_t>(unit));
        }
    }
    return out.take();
}

#if defined(_WIN32)

// FormatMessageW hands each insert to a printf, which would write to memory for %1!n!: it is given
// what the portable expander knows to be valid.
inline bool is_fit_for_system(const WCHAR* format) noexcept {
    const WCHAR* end = end_of_format(format);
    unsigned highest = 0;
    unsigned beyond = 0;  // a pair of stars may fetch one argument past the highest number
    for (const WCHAR* at = format; at != end;) {
        if (*at++ != u'%') continue;
        if (at == end) return false;
        if (!is_insert(*at)) {
            ++at;
            continue;
        }
        Insert insert;
        at = InsertParser(at, end).parse(insert);
        if (at == nullptr) return false;
        if (insert.position > highest) highest = insert.position;
        if (insert.width_is_star && insert.precision_is_star) ++beyond;
    }
    return *end == 0 && highest + beyond <= Arguments::most;
}

inline std::uint32_t format_by_system(const WCHAR* format, va_list* list, WCHAR* out,
                                      std::uint32_t capacity) noexcept {
    va_list copy;
    va_copy(copy, *list);
    const DWORD length =
        FormatMessageW(FORMAT_MESSAGE_FROM_STRING, format, 0, 0, out, capacity, &copy);
    va_end(copy);
    return length;
}

// Without units: FormatMessageW refuses the format, the text is too long for it, or no memory.
inline Text expand_by_system(const WCHAR* format, va_list* list) noexcept {
    if (!is_fit_for_system(format)) return {};
    WCHAR stack[512];
    std::uint32_t length = format_by_system(format, list, stack, 512);
    if (length != 0) return copy_text(stack, length);
    if (GetLastError() != ERROR_INSUFFICIENT_BUFFER) return {};

    // FormatMessageW takes a buffer of less than 64 KiB.
    auto* block = static_cast<WCHAR*>(std::malloc(longest_message * sizeof(WCHAR)));
    if (block == nullptr) return {};
    length = format_by_system(format, list, block, longest_message - 1);
    Text text;
    if (length != 0) text = copy_text(block, length);
    std::free(block);
    return text;
}

#else

inline Text expand_by_system(const WCHAR*, va_list*) noexcept {
    return {};
}

#endif

// The text of the format, empty if that is NULL. The list's state is undefined afterwards, as after
// FormatMessageW.
inline Text expand_message(const WCHAR* format, va_list* list) noexcept {
    static constexpr WCHAR nothing[] = {0};
    if (format == nullptr) format = nothing;
    const Text text = expand_by_system(format, list);
    return text.units != nullptr ? text : expand_portably(format, list);
}

}  // namespace resapi_cy
