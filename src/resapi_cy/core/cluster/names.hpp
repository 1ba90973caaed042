// Names of keys, values, resources: UTF-16, and equal without regard to case.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "resapi_cy/winbase.h"

namespace resapi_cy::cluster {

using Text = std::basic_string<WCHAR>;
using TextView = std::basic_string_view<WCHAR>;

// The capital of a letter, by ranges and without a table: ASCII, Latin-1, Latin Extended-A, Greek
// and Cyrillic, whose capitals stand at a fixed distance. Windows compares names so, by one UTF-16
// unit and with no regard to a language, in every script that has capitals; of the others two names
// that differ in case alone are two names here.
inline WCHAR capital(WCHAR unit) noexcept {
    const unsigned code = static_cast<unsigned>(unit);
    const auto less = [code](unsigned by) { return static_cast<WCHAR>(code - by); };
    if (code < 'a') return unit;
    if (code <= 'z') return less(0x20);
    if (code < 0xe0) return unit;
    if (code <= 0xfe) return code == 0xf7 ? unit : less(0x20);
    if (code == 0xff) return static_cast<WCHAR>(0x178);
    if (code <= 0x137) return code == 0x131 ? unit : less(code & 1);  // the capital is the even one
    if (code >= 0x139 && code <= 0x148) return less(~code & 1);       // the odd one
    if (code >= 0x14a && code <= 0x177) return less(code & 1);
    if (code >= 0x179 && code <= 0x17e) return less(~code & 1);
    if (code == 0x3ac) return less(0x26);
    if (code >= 0x3ad && code <= 0x3af) return less(0x25);
    if (code >= 0x3b1 && code <= 0x3cb) return code == 0x3c2 ? less(0x1f) : less(0x20);
    if (code == 0x3cc) return less(0x40);
    if (code == 0x3cd || code == 0x3ce) return less(0x3f);
    if (code >= 0x430 && code <= 0x44f) return less(0x20);
    if (code >= 0x450 && code <= 0x45f) return less(0x50);
    return unit;
}

inline Text capitals(TextView name) {
    Text made(name);
    for (WCHAR& unit : made) unit = capital(unit);
    return made;
}

// Below, at and above 0, as memcmp.
inline int compare_names(TextView first, TextView second) noexcept {
    const std::size_t both = first.size() < second.size() ? first.size() : second.size();
    for (std::size_t i = 0; i < both; ++i) {
        if (first[i] == second[i]) continue;
        const WCHAR one = capital(first[i]);
        const WCHAR other = capital(second[i]);
        if (one != other) return one < other ? -1 : 1;
    }
    return first.size() == second.size() ? 0 : first.size() < second.size() ? -1 : 1;
}

// A caller's text, as far as its NUL, and not more than one unit beyond what is taken: no longer
// one is looked at than it takes to refuse it.
inline TextView text_of(const WCHAR* text, std::size_t most) noexcept {
    std::size_t length = 0;
    while (length <= most && text[length] != 0) ++length;
    return {text, length};
}

}  // namespace resapi_cy::cluster
