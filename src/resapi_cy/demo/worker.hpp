// What the demo's workers need and Cython has no words for: names of files as the operating system
// has them, and texts of WCHARs.
#pragma once

#include <cstdint>
#include <string>

#include "resapi_cy/winbase.h"

namespace resapi_cy::demo {

#if defined(_WIN32)
using NativeChar = wchar_t;
#else
using NativeChar = char;
#endif

struct File {
    std::basic_string<NativeChar> name;  // to open it
    std::basic_string<WCHAR> text;       // to name it in the log
    std::uint32_t checksum = 0;          // the Adler-32 that the first round found
};

inline constexpr WCHAR cannot_read[] = RESAPI_CY_TEXT("Cannot read %1!s!: %2!hs!.%n");
inline constexpr WCHAR has_changed[] = RESAPI_CY_TEXT("%1!s! has changed since the first round.%n");
inline constexpr WCHAR verified[] = RESAPI_CY_TEXT("Online: files verified: %1!I64u!.%n");
inline constexpr WCHAR failed[] = RESAPI_CY_TEXT("Failed: files not verified: %1!I64u!.%n");
inline constexpr WCHAR terminated[] =
    RESAPI_CY_TEXT("Offline: terminated, files verified: %1!I64u!.%n");

}  // namespace resapi_cy::demo
