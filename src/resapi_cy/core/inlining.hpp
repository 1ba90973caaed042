// Which side of a hot function the compiler keeps in line: its common case, and not its rare one.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(_MSC_VER)
#define RESAPI_CY_HOT __forceinline
#define RESAPI_CY_COLD __declspec(noinline)
#else
#define RESAPI_CY_HOT __attribute__((always_inline)) inline
#define RESAPI_CY_COLD __attribute__((noinline, cold))
#endif

namespace resapi_cy {

// Memory that is written before long, on its way to the cache meanwhile. Whatever the address is.
inline void prefetch(std::uintptr_t from, std::size_t bytes) noexcept {
#if defined(__GNUC__)
    for (std::size_t i = 0; i < bytes; i += 64) {
        __builtin_prefetch(reinterpret_cast<const void*>(from + i), 1);
    }
#else
    static_cast<void>(from), static_cast<void>(bytes);
#endif
}

}  // namespace resapi_cy
