/* A resource DLL that does as little as a resource DLL can: for each version of the function table,
 * VERSION 1 to 4, so that the host's calls are seen to arrive as they were made. What the entry
 * points were given is written to the log; a resource comes online at once. A type whose name
 * begins with "-" has no entry points for control calls. */
#include "resapi_cy/resapi.h"

#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#define TEXT16(text) L##text
#else
#define EXPORT __attribute__((visibility("default")))
#define TEXT16(text) u##text
#endif

static PLOG_EVENT_ROUTINE log_event;
static CLRES_FUNCTION_TABLE table;
static RESOURCE_HANDLE lost;
static PQUORUM_RESOURCE_LOST lose;

#define LOG(handle, ...) log_event((handle), LOG_INFORMATION, __VA_ARGS__)

static RESID open_resource(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    LOG(handle, TEXT16("Open %1!s! %2!u! %3!u!"), name, (DWORD)(key != NULL), flags);
    if (name[0] != '-') return handle;
#ifdef _WIN32
    SetLastError(ERROR_ACCESS_DENIED); /* why the name is refused */
#endif
    return NULL;
}

static VOID __stdcall Close(RESID resource) {
    LOG(resource, TEXT16("Close"));
}

static DWORD online(RESID resource, LPHANDLE event, DWORD flags, DWORD size) {
    LOG(resource, TEXT16("Online %1!u! %2!u! %3!u!"), (DWORD)(*event != NULL), flags, size);
    return ERROR_SUCCESS;
}

static DWORD offline(RESID resource, LPCWSTR node, DWORD flags, DWORD size) {
    LOG(resource, TEXT16("Offline %1!s! %2!u! %3!u!"), node == NULL ? TEXT16("-") : node, flags,
        size);
    return ERROR_SUCCESS;
}

static VOID __stdcall Terminate(RESID resource) {
    LOG(resource, TEXT16("Terminate"));
}

static BOOL __stdcall LooksAlive(RESID resource) {
    LOG(resource, TEXT16("LooksAlive"));
    return TRUE;
}

static BOOL __stdcall IsAlive(RESID resource) {
    LOG(resource, TEXT16("IsAlive"));
    return 42; /* anything but 0 is TRUE */
}

static DWORD __stdcall Arbitrate(RESID resource, PQUORUM_RESOURCE_LOST LostQuorumResource) {
    lost = resource;
    lose = LostQuorumResource;
    return ERROR_SUCCESS;
}

static DWORD __stdcall Release(RESID resource) {
    if (lose == NULL || lost != resource) return ERROR_INVALID_STATE;
    lose(resource);
    lose = NULL;
    return ERROR_SUCCESS;
}

/* Code 1 gives the input back, 2 gives it back many times over, 3 fails, 4 claims to have written
 * more than there is room for. */
static DWORD control(DWORD code, const void* in, DWORD in_size, void* out, DWORD out_size,
                     LPDWORD returned) {
    const DWORD times = code == 2 ? 1000 : 1;
    if (code == 3) return ERROR_ACCESS_DENIED;
    if (code == 4) {
        *returned = out_size + 904;
        return ERROR_SUCCESS;
    }
    if (code < 1 || code > 3) return ERROR_INVALID_FUNCTION;
    *returned = in_size * times;
    if (*returned > out_size) return ERROR_MORE_DATA;
    if (in_size == 0) return ERROR_SUCCESS; /* nothing to copy, and perhaps NULL to copy it from */
    for (DWORD i = 0; i < times; ++i) memcpy((char*)out + i * in_size, in, in_size);
    return ERROR_SUCCESS;
}

#if VERSION == 1

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    return open_resource(name, key, handle, 0);
}

static DWORD __stdcall Online(RESID resource, LPHANDLE event) {
    return online(resource, event, 0, 0);
}

static DWORD __stdcall Offline(RESID resource) {
    return offline(resource, NULL, 0, 0);
}

#else

static RESID __stdcall Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    return open_resource(name, key, handle, flags);
}

static DWORD __stdcall Online(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD in_size,
                              DWORD reserved) {
    (void)reserved;
    return online(resource, event, flags, in == NULL ? 0 : in_size);
}

static DWORD __stdcall Offline(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD in_size,
                               DWORD reserved) {
    (void)reserved;
    return offline(resource, node, flags, in == NULL ? 0 : in_size);
}

static DWORD __stdcall Cancel(RESID resource, DWORD reserved) {
    LOG(resource, TEXT16("Cancel %1!u!"), reserved);
    return ERROR_CANCELLED;
}

#endif

#if VERSION <= 2

static DWORD __stdcall ResourceControl(RESID resource, DWORD code, PVOID in, DWORD in_size,
                                       PVOID out, DWORD out_size, LPDWORD returned) {
    (void)resource;
    return control(code, in, in_size, out, out_size, returned);
}

static DWORD __stdcall ResourceTypeControl(LPCWSTR type, DWORD code, PVOID in, DWORD in_size,
                                           PVOID out, DWORD out_size, LPDWORD returned) {
    (void)type;
    return control(code, in, in_size, out, out_size, returned);
}

#else

static PCLRES_CALLBACK_FUNCTION_TABLE monitor;

/* Codes from 100 to 199 are answered later, by code 99: with the last two digits as the status; by
 * code 97, with more bytes than there is room for. Code 98 is answered later as well, but ends
 * before the entry point has returned. */
static struct {
    INT64 context;
    DWORD status;
    BOOL of_type;
    BYTE* out;
    LPDWORD returned;
} later;

static DWORD begin(BOOL of_type, DWORD code, PVOID in, DWORD in_size, PVOID out, DWORD out_size,
                   LPDWORD returned, INT64 context, PBOOL asynchronous) {
    *asynchronous = code == 98 || (code >= 100 && code < 200);
    if (code == 98) {
        *returned = 0;
        of_type ? monitor->EndTypeControlCall(context, ERROR_BUSY)
                : monitor->EndControlCall(context, ERROR_BUSY);
        return ERROR_IO_PENDING;
    }
    if (*asynchronous) {
        later.context = context;
        later.status = code - 100;
        later.of_type = of_type;
        later.out = out;
        later.returned = returned;
        return ERROR_IO_PENDING;
    }
    if (code == 99 || code == 97) {
        *returned = 0;
        later.out[0] = '!';
        *later.returned = code == 99 ? 1 : 5000;
        return later.of_type ? monitor->EndTypeControlCall(later.context, later.status)
                             : monitor->EndControlCall(later.context, later.status);
    }
    return control(code, in, in_size, out, out_size, returned);
}

static DWORD __stdcall BeginResourceControl(RESID resource, DWORD code, PVOID in, DWORD in_size,
                                            PVOID out, DWORD out_size, LPDWORD returned,
                                            PRES_CTL_CTX context, PBOOL asynchronous) {
    (void)resource;
    return begin(FALSE, code, in, in_size, out, out_size, returned, context, asynchronous);
}

static DWORD __stdcall BeginResourceTypeControl(LPCWSTR type, DWORD code, PVOID in, DWORD in_size,
                                                PVOID out, DWORD out_size, LPDWORD returned,
                                                PRESTYPE_CTL_CTX context, PBOOL asynchronous) {
    (void)type;
    return begin(TRUE, code, in, in_size, out, out_size, returned, context, asynchronous);
}

#endif

#if VERSION == 4

static DWORD __stdcall BeginResourceControlAsUser(RESID resource, HANDLE token, DWORD code,
                                                  PVOID in, DWORD in_size, PVOID out,
                                                  DWORD out_size, LPDWORD returned,
                                                  PRES_CTL_CTX context, PBOOL asynchronous) {
    LOG(resource, TEXT16("as user %1!u!"), (DWORD)(size_t)token);
    return begin(FALSE, code, in, in_size, out, out_size, returned, context, asynchronous);
}

#endif

static DWORD starts;

EXPORT DWORD plain_starts(void);
EXPORT DWORD plain_starts(void) {
    return starts;
}

static DWORD start(LPCWSTR type, DWORD lowest, DWORD highest, PCLRES_FUNCTION_TABLE* functions) {
    if (lowest > VERSION * 0x100 || highest < VERSION * 0x100) return ERROR_REVISION_MISMATCH;
    ++starts;
    table.Version = VERSION * 0x100;
    table.V1Functions.Close = Close;
    table.V1Functions.Terminate = Terminate;
    table.V1Functions.LooksAlive = LooksAlive;
    table.V1Functions.IsAlive = IsAlive;
    table.V1Functions.Arbitrate = Arbitrate;
    table.V1Functions.Release = Release;
#if VERSION == 1
    table.TableSize = CLRES_V1_FUNCTION_SIZE;
    table.V1Functions.Open = Open;
    table.V1Functions.Online = Online;
    table.V1Functions.Offline = Offline;
#else
    table.TableSize = VERSION == 4 ? CLRES_V4_FUNCTION_SIZE : CLRES_V2_FUNCTION_SIZE;
    table.V2Functions.Open = Open;
    table.V2Functions.Online = Online;
    table.V2Functions.Offline = Offline;
    table.V2Functions.Cancel = Cancel;
#endif
#if VERSION <= 2
    table.V1Functions.ResourceControl = ResourceControl;
    table.V1Functions.ResourceTypeControl = ResourceTypeControl;
#else
    table.V3Functions.BeginResourceControl = BeginResourceControl;
    table.V3Functions.BeginResourceTypeControl = BeginResourceTypeControl;
#endif
#if VERSION == 4
    table.V4Functions.BeginResourceControlAsUser = BeginResourceControlAsUser;
#endif
    if (type[0] == '-') {
        table.V1Functions.ResourceControl = NULL; /* slots that all versions have in common */
        table.V1Functions.ResourceTypeControl = NULL;
    }
    *functions = &table;
    return ERROR_SUCCESS;
}

#if VERSION == 1

EXPORT DWORD __stdcall Startup(LPCWSTR type, DWORD lowest, DWORD highest,
                               PSET_RESOURCE_STATUS_ROUTINE report, PLOG_EVENT_ROUTINE log,
                               PCLRES_FUNCTION_TABLE* functions) {
    (void)report;
    log_event = log;
    return start(type, lowest, highest, functions);
}

#else

EXPORT DWORD __stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                                 PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                                 PCLRES_FUNCTION_TABLE* functions) {
    log_event = callbacks->LogEvent;
#if VERSION >= 3
    monitor = callbacks;
#endif
    return start(type, lowest, highest, functions);
}

#endif
