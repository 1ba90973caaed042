// Which side of a hot function the compiler keeps in line: its common case, and not its rare one.
#pragma once

#if defined(_MSC_VER)
#define RESAPI_CY_HOT __forceinline
#define RESAPI_CY_COLD __declspec(noinline)
#else
#define RESAPI_CY_HOT __attribute__((always_inline)) inline
#define RESAPI_CY_COLD __attribute__((noinline, cold))
#endif

// Memory that is written before long.
#if defined(_MSC_VER)
#define RESAPI_CY_PREFETCH(place) static_cast<void>(place)
#else
#define RESAPI_CY_PREFETCH(place) __builtin_prefetch(place, 1)
#endif
