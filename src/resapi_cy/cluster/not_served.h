// A function that the real libraries export and these do not serve: it is there, so that a resource
// DLL which imports it can be loaded, tells its name, and fails as the real one would.
//
// Whoever calls one passes the arguments that the documents name, and none of them is looked at: in
// the calling conventions of 64-bit machines the caller takes them away again. So that the names
// need no arguments here, no file with these includes the Cluster API's declarations.
#pragma once

#include <atomic>
#include <cstdint>

#include "cluster/exported.h"

EXPORTED void resapi_cy_not_served(const char* name, std::atomic<std::uint64_t>* calls);

#define NOT_SERVED(name, failure)                   \
    EXPORTED std::uint64_t name() {                 \
        static std::atomic<std::uint64_t> calls{0}; \
        resapi_cy_not_served(#name, &calls);        \
        return static_cast<std::uint64_t>(failure); \
    }

#define NOT_SERVED_CODE(name) NOT_SERVED(name, 120)  // ERROR_CALL_NOT_IMPLEMENTED
#define NOT_SERVED_NULL(name) NOT_SERVED(name, 0)    // FALSE or NULL; the code is the last error
#define NOT_SERVED_STATE(name) NOT_SERVED(name, -1)  // a state that is unknown
