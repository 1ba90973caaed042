/* A resource DLL that logs which control codes it was told, each with the text that came with it,
 * and leaves all of them to the resource monitor, but those of its own:
 *
 * ECHO    answers what it was given.
 * BLOCK   answers when Terminate has been called.
 * INSIDE  calls ClusterResourceControl for its own resource, in the entry point, with the code that
 *         it was given; answers what that returned.
 * MODE    what Online does from now on: 1: it returns at once; 2: a worker asks ECHO of its own
 *         resource, and Online waits for it; 3: so, and Online is pending meanwhile. It logs what
 *         the worker got: "asked CODE BYTES".
 */
#include "resapi_cy/resapi.h"
#include "threads.h"

enum { ECHO = 0x01200101, BLOCK = 0x01200105, INSIDE = 0x01200109, MODE = 0x0120010e };

typedef struct Opened {
    WCHAR name[64];
    RESOURCE_HANDLE handle;
    DWORD mode;
    CLUS_WORKER worker;
    BOOL works;
    int terminated;
} Opened;

static PSET_RESOURCE_STATUS_ROUTINE set_resource_status;
static PLOG_EVENT_ROUTINE log_event;

static DWORD ask(Opened* opened, DWORD code, void* in, DWORD size, void* out, DWORD room,
                 LPDWORD returned) {
    DWORD error;
    HCLUSTER cluster = OpenCluster(NULL);
    HRESOURCE resource = OpenClusterResource(cluster, opened->name);
    if (resource == NULL) return GetLastError();
    error = ClusterResourceControl(resource, NULL, code, in, size, out, room, returned);
    CloseClusterResource(resource);
    CloseCluster(cluster);
    return error;
}

static DWORD WINAPI work(PCLUS_WORKER worker, LPVOID context) {
    Opened* opened = (Opened*)context;
    BYTE data[3] = {1, 2, 3}, out[16] = {0};
    DWORD returned = 0;
    const DWORD error = ask(opened, ECHO, data, sizeof data, out, sizeof out, &returned);
    (void)worker;
    log_event(opened->handle, LOG_INFORMATION, L"asked %1!u! %2!u!", error, returned);
    if (opened->mode == 3) {
        RESOURCE_STATUS status = {0};
        status.ResourceState = ClusterResourceOnline;
        set_resource_status(opened->handle, &status);
    }
    return 0;
}

static void stop(Opened* opened) {
    if (opened->works) ClusWorkerTerminate(&opened->worker);
    opened->works = FALSE;
}

static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    Opened* opened = (Opened*)LocalAlloc(LPTR, sizeof(Opened));
    (void)key;
    opened->handle = handle;
    lstrcpynW(opened->name, name, 64);
    return opened;
}

static void WINAPI Close(RESID resid) {
    Opened* opened = (Opened*)resid;
    stop(opened);
    log_event(NULL, LOG_INFORMATION, L"closed");
    LocalFree(opened);
}

static DWORD WINAPI Online(RESID resid, LPHANDLE event) {
    Opened* opened = (Opened*)resid;
    (void)event;
    WRITE(&opened->terminated, 0);
    if (opened->mode < 2) return ERROR_SUCCESS;
    stop(opened);
    if (ClusWorkerCreate(&opened->worker, work, opened) != ERROR_SUCCESS) return ERROR_NOT_READY;
    opened->works = TRUE;
    if (opened->mode == 3) return ERROR_IO_PENDING;
    stop(opened);
    return ERROR_SUCCESS;
}

static DWORD WINAPI Offline(RESID resid) {
    stop((Opened*)resid);
    log_event(((Opened*)resid)->handle, LOG_INFORMATION, L"offline");
    return ERROR_SUCCESS;
}

static void WINAPI Terminate(RESID resid) {
    WRITE(&((Opened*)resid)->terminated, 1);
}

static BOOL WINAPI Alive(RESID resid) {
    return (void)resid, TRUE;
}

static void tell(RESOURCE_HANDLE handle, DWORD code, const void* in, DWORD size) {
    const WCHAR* text = size >= 2 ? (const WCHAR*)in : L"";
    log_event(handle, LOG_INFORMATION, L"told %1!u! %2!s!", code, text);
}

static DWORD WINAPI Control(RESID resid, DWORD code, LPVOID in, DWORD size, LPVOID out, DWORD room,
                            LPDWORD returned) {
    Opened* opened = (Opened*)resid;
    *returned = 0;
    switch (code) {
        case ECHO:
            *returned = size;
            if (room < size) return ERROR_MORE_DATA;
            CopyMemory(out, in, size);
            return ERROR_SUCCESS;
        case BLOCK:
            log_event(opened->handle, LOG_INFORMATION, L"blocks");
            while (!READ(&opened->terminated)) thread_pause();
            return ERROR_SUCCESS;
        case INSIDE: {
            BYTE answer[256];
            DWORD got = 0;
            *returned = sizeof(DWORD);
            *(DWORD*)out = ask(opened, *(DWORD*)in, NULL, 0, answer, sizeof answer, &got);
            return ERROR_SUCCESS;
        }
        case MODE:
            opened->mode = *(DWORD*)in;
            return ERROR_SUCCESS;
        default:
            tell(opened->handle, code, in, size);
            return code == CLUSCTL_RESOURCE_GET_LOADBAL_PROCESS_LIST ? ERROR_NOT_SUPPORTED
                                                                     : ERROR_INVALID_FUNCTION;
    }
}

static DWORD WINAPI TypeControl(LPCWSTR type, DWORD code, PVOID in, DWORD size, PVOID out,
                                DWORD room, LPDWORD returned) {
    (void)type;
    *returned = 0;
    if (code != ECHO) return ERROR_INVALID_FUNCTION;
    *returned = size;
    if (room < size) return ERROR_MORE_DATA;
    CopyMemory(out, in, size);
    return ERROR_SUCCESS;
}

static CLRES_FUNCTION_TABLE table = {
    CLRES_V1_FUNCTION_SIZE,
    CLRES_VERSION_V1_00,
    {{Open, Close, Online, Offline, Terminate, Alive, Alive, NULL, NULL, Control, TypeControl}}};

#ifdef _WIN32
__declspec(dllexport)
#endif
    DWORD WINAPI
    Startup(LPCWSTR type, DWORD lowest, DWORD highest, PSET_RESOURCE_STATUS_ROUTINE set,
            PLOG_EVENT_ROUTINE log, PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest;
    set_resource_status = set;
    log_event = log;
    *functions = &table;
    return ERROR_SUCCESS;
}
