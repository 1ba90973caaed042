/* What the stand-in library offers to its host beside the Cluster API: resapi_cy_cluster_host().
 *
 * Any thread may call everything here, at any time; nothing waits for Python. A cluster is a
 * number, checked like a handle. Text is UTF-16 with its NUL. The numbers that are returned are
 * error codes: 0, ERROR_INVALID_HANDLE (no such cluster), ERROR_NOT_ENOUGH_MEMORY, and what is said
 * of each.
 */
#ifndef RESAPI_CY_CLUSTER_HOST_H
#define RESAPI_CY_CLUSTER_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "resapi_cy/clusapi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A function that is not served here and that resource DLLs have called. The name is there for
 * good. */
typedef struct resapi_cy_calls_not_served {
    const char* name;
    uint64_t calls;
} resapi_cy_calls_not_served;

/* A control call that somebody's thread waits for. */
typedef struct resapi_cy_request {
    uint64_t number;
    int32_t of_type; /* or of a resource */
    uint32_t code;
    LPCWSTR name; /* the type's, or the resource's */
    const uint8_t* input;
    size_t size;
} resapi_cy_request;

typedef struct resapi_cy_cluster_functions {
    size_t size; /* of this structure: a newer library has more at its end */

    /* 0: no memory, or a name that is too long. */
    uint64_t (*make_cluster)(LPCWSTR name, LPCWSTR node);
    /* With all of its handles. */
    uint32_t (*close_cluster)(uint64_t cluster);

    /* Which cluster the entry point belongs to that this thread is about to call; 0: to none. What
     * it was before. */
    uint64_t (*set_current)(uint64_t cluster);

    /* A handle, to be closed by ClusterRegCloseKey. */
    uint32_t (*root_key)(uint64_t cluster, HKEY* key);

    /* ERROR_OBJECT_ALREADY_EXISTS: another resource has the id or the name. */
    uint32_t (*add_resource)(uint64_t cluster, LPCWSTR id, LPCWSTR name, LPCWSTR type);
    /* ERROR_RESOURCE_NOT_FOUND: none has the id. So the next three. */
    uint32_t (*rename_resource)(uint64_t cluster, LPCWSTR id, LPCWSTR name);
    uint32_t (*set_resource_state)(uint64_t cluster, LPCWSTR id, int32_t state);
    uint32_t (*remove_resource)(uint64_t cluster, LPCWSTR id);

    /* What has changed in the database since the last time, each key once and a key before those
     * below it; NULL and 0: nothing. To be freed by free_changes. All numbers are 32 bits of this
     * machine's, and nothing is aligned:
     *
     *     identity, path (units, then text without a NUL), whether it exists, how many values, and
     *     of each: name (as above), type, bytes of data, data.
     *
     * The identity is the path in capitals, the same for a key however it is written. */
    uint32_t (*take_changes)(uint64_t cluster, uint8_t** changes, size_t* size);
    void (*free_changes)(uint8_t* changes);

    /* Which functions the cluster's resource DLLs have called that are not served here, in the
     * order of their first calls: as many as there is room for. How many there are; 0 without a
     * cluster. */
    size_t (*calls_not_served)(uint64_t cluster, resapi_cy_calls_not_served* into, size_t room);

    /* The names of all the functions that are not served here; NULL is the last one. */
    const char* const* names_not_served;

    /* What the resource is, by CLUSTER_RESOURCE_CLASS; unknown at first. As set_resource_state. */
    uint32_t (*set_resource_class)(uint64_t cluster, LPCWSTR id, uint32_t resource_class,
                                   uint32_t subclass);
    /* As add_resource, for one that is no DLL's and always online, and there only so that those
     * which depend on it find it: its private properties are what lies below Parameters. */
    uint32_t (*declare_resource)(uint64_t cluster, LPCWSTR id, LPCWSTR name, LPCWSTR type,
                                 uint32_t resource_class, uint32_t subclass);
    /* The resource depends on another one, as long as it is there itself.
     * ERROR_RESOURCE_NOT_FOUND, ERROR_DEPENDENCY_ALREADY_EXISTS, and 1059
     * (ERROR_CIRCULAR_DEPENDENCY): the other one depends on it, or is the same. */
    uint32_t (*add_dependency)(uint64_t cluster, LPCWSTR id, LPCWSTR depends_on);
    /* ERROR_RESOURCE_NOT_FOUND, and ERROR_DEPENDENCY_NOT_FOUND: it does not depend on that one. */
    uint32_t (*remove_dependency)(uint64_t cluster, LPCWSTR id, LPCWSTR depends_on);
    /* A key with everything below it, by its path from the root. ERROR_FILE_NOT_FOUND. */
    uint32_t (*delete_key)(uint64_t cluster, LPCWSTR path);

    /* Control calls through the Cluster API that need a resource DLL: from now on, the host takes
     * and answers them. `wake` tells it that there is one: it is called by any thread until the
     * cluster is closed, and must not wait. */
    uint32_t (*serve_requests)(uint64_t cluster, void (*wake)(void* context), void* context);
    /* ERROR_NO_MORE_ITEMS: there is none. What it points to is there until it is answered. */
    uint32_t (*take_request)(uint64_t cluster, resapi_cy_request* request);
    /* Each that was taken, once, before long. */
    uint32_t (*answer_request)(uint64_t cluster, uint64_t number, uint32_t error,
                               const uint8_t* output, size_t size);
} resapi_cy_cluster_functions;

#if defined(_WIN32)
__declspec(dllexport)
#else
__attribute__((visibility("default")))
#endif
    const resapi_cy_cluster_functions* resapi_cy_cluster_host(void);

#ifdef __cplusplus
}
#endif

#endif /* RESAPI_CY_CLUSTER_HOST_H */
