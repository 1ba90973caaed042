// A function that the real libraries export and these do not serve: it is there, so that a resource
// DLL which imports it can be loaded, tells its name, and fails as the real one would.
//
// Whoever calls one passes the arguments that the documents name, and none of them is looked at: in
// the calling conventions of 64-bit machines the caller takes them away again. So that the names
// need no arguments here, no file with these includes the Cluster API's declarations.
#pragma once

#include <cstdint>

#include "cluster/exported.h"

// One was called. The name is there for good.
EXPORTED void resapi_cy_not_served(const char* name);

// The names of all of them, in both libraries; NULL is the last one.
extern const char* const resapi_cy_names_not_served[];

#define NOT_SERVED(name, failure)                   \
    EXPORTED std::uint64_t name() {                 \
        resapi_cy_not_served(#name);                \
        return static_cast<std::uint64_t>(failure); \
    }

#define NOT_SERVED_CODE(name) NOT_SERVED(name, 120)  // ERROR_CALL_NOT_IMPLEMENTED
#define NOT_SERVED_NULL(name) NOT_SERVED(name, 0)    // FALSE or NULL; the code is the last error
#define NOT_SERVED_STATE(name) NOT_SERVED(name, -1)  // a state that is unknown
