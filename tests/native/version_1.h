/* The rest of a resource DLL of version 1 that has no worker: whoever includes this at its end has
 * Open, Close and Online, and may have defined CONTROL, its ResourceControl. */
#ifndef CONTROL
#define CONTROL NULL
#endif

static DWORD WINAPI Offline(RESID resid) {
    (void)resid;
    return ERROR_SUCCESS;
}

static void WINAPI Terminate(RESID resid) {
    (void)resid;
}

static BOOL WINAPI Alive(RESID resid) {
    (void)resid;
    return TRUE;
}

static CLRES_FUNCTION_TABLE table = {
    CLRES_V1_FUNCTION_SIZE,
    CLRES_VERSION_V1_00,
    {{Open, Close, Online, Offline, Terminate, Alive, Alive, NULL, NULL, CONTROL, NULL}}};

#ifdef _WIN32
__declspec(dllexport)
#endif
    DWORD WINAPI
    Startup(LPCWSTR type, DWORD lowest, DWORD highest, PSET_RESOURCE_STATUS_ROUTINE set,
            PLOG_EVENT_ROUTINE log, PCLRES_FUNCTION_TABLE* functions) {
    (void)type, (void)lowest, (void)highest, (void)set, (void)log;
    *functions = &table;
    return ERROR_SUCCESS;
}
