/* A resource DLL that can be used only once the cluster's service has started, as it learns by
 * STARTING_PHASE2: before that, Open fails. It logs which codes its type was told, and with what.
 */
#include "resapi_cy/resapi.h"

static PLOG_EVENT_ROUTINE log_event;
static BOOL started;
static DWORD told[16], first[16], count;

static DWORD WINAPI TypeControl(LPCWSTR type, DWORD code, PVOID in, DWORD in_size, PVOID out,
                                DWORD out_size, LPDWORD returned) {
    (void)type, (void)out, (void)out_size;
    *returned = 0;
    if (count < 16) {
        told[count] = code;
        first[count] = 9;
        if (in_size == sizeof(CLUS_STARTING_PARAMS)) {
            const CLUS_STARTING_PARAMS* params = (const CLUS_STARTING_PARAMS*)in;
            if (params->dwSize == in_size && params->bForm) first[count] = (DWORD)params->bFirst;
        }
        ++count;
    }
    if (code == CLUSCTL_RESOURCE_TYPE_STARTING_PHASE2) started = TRUE;
    return ERROR_INVALID_FUNCTION;
}

static RESID WINAPI Open(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle) {
    static const WCHAR format[] = {'%', '1', '!', 'u', '!', ' ', '%', '2', '!', 'u', '!', 0};
    DWORD index;
    (void)name, (void)key;
    for (index = 0; index < count; ++index) {
        log_event(handle, LOG_INFORMATION, format, told[index], first[index]);
    }
    count = 0;
    if (started) return handle;
    SetLastError(ERROR_NOT_READY);
    return NULL;
}

static void WINAPI Close(RESID resid) {
    (void)resid;
}
static DWORD WINAPI Online(RESID resid, LPHANDLE event) {
    return (void)resid, (void)event, 0;
}
static DWORD WINAPI Offline(RESID resid) {
    return (void)resid, 0;
}
static BOOL WINAPI Alive(RESID resid) {
    return (void)resid, TRUE;
}

static CLRES_FUNCTION_TABLE table = {
    CLRES_V1_FUNCTION_SIZE,
    CLRES_VERSION_V1_00,
    {{Open, Close, Online, Offline, Close, Alive, Alive, NULL, NULL, NULL, TypeControl}}};

#ifdef _WIN32
__declspec(dllexport)
#endif
    DWORD WINAPI
    Startup(LPCWSTR type, DWORD lowest, DWORD highest, PSET_RESOURCE_STATUS_ROUTINE set,
            PLOG_EVENT_ROUTINE log, PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest, (void)set;
    log_event = log;
    *functions = &table;
    return ERROR_SUCCESS;
}
