// The names of the functions that are not served: the tables that define them, read once more.
#include "cluster/not_served.h"

#undef NOT_SERVED_CODE
#undef NOT_SERVED_NULL
#undef NOT_SERVED_STATE
#define NOT_SERVED_CODE(name) #name,
#define NOT_SERVED_NULL(name) #name,
#define NOT_SERVED_STATE(name) #name,

const char* const resapi_cy_names_not_served[] = {
#include "cluster/not_served_clusapi.cpp"
#include "cluster/not_served_resutils.cpp"
    nullptr,
};
