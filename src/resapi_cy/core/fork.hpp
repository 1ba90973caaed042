// What a forked child does before anything else of it runs.
#pragma once

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace resapi_cy {

// False: no memory to register the handler.
inline bool call_in_forked_child([[maybe_unused]] void (*handler)()) noexcept {
#if defined(_WIN32)
    return true;  // no fork
#else
    return pthread_atfork(nullptr, nullptr, handler) == 0;
#endif
}

}  // namespace resapi_cy
