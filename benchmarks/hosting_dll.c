/* The resource DLL that benchmarks/hosting.py polls: its LooksAlive notes the time, and nothing
 * else happens in it. Online and Offline are done when they return. A resource whose name begins
 * with "s" is slow: its LooksAlive takes 250 ms.
 *
 * What one would write instead of a host calls benchmark_open and benchmark_looks_alive.
 */
#include "../examples/common/platform.h"

enum {
    SLOW_MS = 250,
    STRIDE = 7919 /* a prime: so the caches are no help in benchmark_check_all */
};

typedef struct CHECKED {
    RESOURCE_HANDLE handle;
    BOOL slow;
    DWORD noted;
    LONGLONG* times; /* of the latest calls, in a ring; 0: none */
} CHECKED;

static PCLRES_CALLBACK_FUNCTION_TABLE monitor;

/* Set before there are resources, and read by all threads from then on. */
static CHECKED* resources;
static LONGLONG* times;
static DWORD room, kept;

static LOCK lock = LOCK_INITIALIZER; /* guards opened */
static DWORD opened;

static LONGLONG nanoseconds_now(void) {
#ifdef _WIN32
    LARGE_INTEGER count, each_second;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&each_second);
    return count.QuadPart / each_second.QuadPart * 1000000000 +
           count.QuadPart % each_second.QuadPart * 1000000000 / each_second.QuadPart;
#else
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (LONGLONG)now.tv_sec * 1000000000 + now.tv_nsec;
#endif
}

/* ---- Entry points ----------------------------------------------------------------------- */

static CHECKED* add(RESOURCE_HANDLE handle, BOOL slow) {
    CHECKED* resource = NULL;
    lock_acquire(&lock);
    if (opened < room) {
        resource = &resources[opened];
        resource->times = times + (size_t)opened * kept;
        resource->handle = handle;
        resource->slow = slow;
        ++opened;
    }
    lock_release(&lock);
    return resource;
}

static RESID WINAPI open_resource(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    (void)key, (void)flags;
    return (RESID)add(handle, name[0] == W("s")[0]);
}

static VOID WINAPI nothing(RESID id) {
    (void)id;
}

static DWORD WINAPI online(RESID id, LPHANDLE event, DWORD flags, PBYTE data, DWORD size,
                           DWORD reserved) {
    (void)id, (void)event, (void)flags, (void)data, (void)size, (void)reserved;
    return ERROR_SUCCESS;
}

static DWORD WINAPI offline(RESID id, LPCWSTR destination, DWORD flags, PBYTE data, DWORD size,
                            DWORD reserved) {
    (void)id, (void)destination, (void)flags, (void)data, (void)size, (void)reserved;
    return ERROR_SUCCESS;
}

/* The host makes one call at a time for a resource, so nothing guards what it notes. */
static BOOL WINAPI looks_alive(RESID id) {
    CHECKED* resource = (CHECKED*)id;
    resource->times[resource->noted] = nanoseconds_now();
    if (++resource->noted == kept) resource->noted = 0;
    if (resource->slow) nap(SLOW_MS);
    return TRUE;
}

static BOOL WINAPI is_alive(RESID id) {
    (void)id;
    return TRUE;
}

static DWORD WINAPI control(RESID id, DWORD code, PVOID in, DWORD in_size, PVOID out,
                            DWORD out_size, LPDWORD returned) {
    (void)id, (void)code, (void)in, (void)in_size, (void)out, (void)out_size;
    if (returned != NULL) *returned = 0;
    return ERROR_INVALID_FUNCTION;
}

static DWORD WINAPI type_control(LPCWSTR type, DWORD code, PVOID in, DWORD in_size, PVOID out,
                                 DWORD out_size, LPDWORD returned) {
    (void)type;
    return control(NULL, code, in, in_size, out, out_size, returned);
}

static CLRES_FUNCTION_TABLE table = {
    .TableSize = sizeof(CLRES_V2_FUNCTIONS),
    .Version = CLRES_VERSION_V2_00,
    .V2Functions = {.Open = open_resource,
                    .Close = nothing,
                    .Online = online,
                    .Offline = offline,
                    .Terminate = nothing,
                    .LooksAlive = looks_alive,
                    .IsAlive = is_alive,
                    .ResourceControl = control,
                    .ResourceTypeControl = type_control},
};

RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                           PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                           PCLRES_FUNCTION_TABLE* functions);
RESOURCE_DLL_EXPORT DWORD WINAPI StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                           PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                           PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest;
    monitor = callbacks;
    *functions = &table;
    return ERROR_SUCCESS;
}

/* ---- For the benchmark ------------------------------------------------------------------ */

/* Makes room for so many resources, and for the times of so many calls of each. Returns the times,
 * those of one resource after those of the one before, in the order of their Open; NULL: no memory.
 * To be called once, before anything else. */
RESOURCE_DLL_EXPORT LONGLONG* WINAPI benchmark_prepare(DWORD count, DWORD calls);
RESOURCE_DLL_EXPORT LONGLONG* WINAPI benchmark_prepare(DWORD count, DWORD calls) {
    resources = calloc(count, sizeof *resources);
    times = calloc((size_t)count * calls, sizeof *times);
    if (resources == NULL || times == NULL) return NULL;
    room = count;
    kept = calls;
    return times;
}

/* By the clock of the times. */
RESOURCE_DLL_EXPORT LONGLONG WINAPI benchmark_now(void);
RESOURCE_DLL_EXPORT LONGLONG WINAPI benchmark_now(void) {
    return nanoseconds_now();
}

RESOURCE_DLL_EXPORT RESID WINAPI benchmark_open(BOOL slow);
RESOURCE_DLL_EXPORT RESID WINAPI benchmark_open(BOOL slow) {
    return (RESID)add(NULL, slow);
}

RESOURCE_DLL_EXPORT BOOL WINAPI benchmark_looks_alive(RESID id);
RESOURCE_DLL_EXPORT BOOL WINAPI benchmark_looks_alive(RESID id) {
    return looks_alive(id);
}

/* Calls LooksAlive of all open resources that are not slow, in no order that a cache could foresee,
 * as often as that; how many calls that were. Nobody polls them yet. */
RESOURCE_DLL_EXPORT DWORD WINAPI benchmark_check_all(DWORD rounds);
RESOURCE_DLL_EXPORT DWORD WINAPI benchmark_check_all(DWORD rounds) {
    /* What the host calls, it calls by an address. */
    const volatile PLOOKS_ALIVE_ROUTINE routine = table.V2Functions.LooksAlive;
    DWORD calls = 0;
    while (rounds-- > 0) {
        size_t number = 0;
        for (DWORD i = 0; i < opened; ++i) {
            number = (number + STRIDE) % opened;
            if (resources[number].slow) continue;
            routine((RESID)&resources[number]);
            ++calls;
        }
    }
    return calls;
}

/* Reports ONLINE so often, with another checkpoint and another error code each time, and sleeps so
 * long between two reports. */
RESOURCE_DLL_EXPORT VOID WINAPI benchmark_change(RESOURCE_HANDLE handle, DWORD changes,
                                                 DWORD pause_ms);
RESOURCE_DLL_EXPORT VOID WINAPI benchmark_change(RESOURCE_HANDLE handle, DWORD changes,
                                                 DWORD pause_ms) {
    RESOURCE_STATUS_EX status = {.ResourceState = ClusterResourceOnline};
    for (DWORD i = 1; i <= changes; ++i) {
        status.CheckPoint = i;
        status.ApplicationSpecificErrorCode = i;
        monitor->SetResourceStatusEx(handle, &status);
        nap(pause_ms);
    }
}

/* Keeps the GIL, for a caller that has not given it up. */
RESOURCE_DLL_EXPORT VOID WINAPI benchmark_nap(DWORD milliseconds);
RESOURCE_DLL_EXPORT VOID WINAPI benchmark_nap(DWORD milliseconds) {
    nap(milliseconds);
}
