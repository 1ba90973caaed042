/* A resource DLL in miniature, written as the documents write one. It is compiled as C11 and as
 * C++17, to show that the headers serve for all of it. */
#include "resapi_cy/resapi.h"

static PCLRES_CALLBACK_FUNCTION_TABLE monitor;
static CLRES_FUNCTION_TABLE table;
static CLUS_WORKER worker;

static DWORD _stdcall GoOnline(PCLUS_WORKER self, LPVOID handle) {
    RESOURCE_STATUS_EX status;
    ResUtilInitializeResourceStatusEx(&status);
    status.ResourceState = ClusterResourceOnlinePending;
    for (DWORD step = 0; step < 3 && !ClusWorkerCheckTerminate(self); ++step) {
        ++status.CheckPoint;
        if (monitor->SetResourceStatusEx(handle, &status) == ResourceExitStateTerminate) {
            return ERROR_OPERATION_ABORTED;
        }
    }
    status.ResourceState = ClusterResourceCannotComeOnlineOnThisNode;
    status.Flags = CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY | CLUSRESDLL_STATUS_DUMP_NOW;
    return monitor->SetResourceStatusEx(handle, &status);
}

static RESID _stdcall OpenV2(LPCWSTR name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
    (void)name;
    (void)key;
    return (flags & CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE) ? NULL : handle;
}

static VOID _stdcall Close(RESID resource) {
    (void)resource;
}

static DWORD _stdcall OnlineV2(RESID resource, LPHANDLE event, DWORD flags, PBYTE in, DWORD size,
                               DWORD reserved) {
    (void)flags;
    (void)in;
    (void)size;
    (void)reserved;
    *event = NULL;
    DWORD error = ClusWorkerCreate(&worker, GoOnline, resource);
    return error == ERROR_SUCCESS ? ERROR_IO_PENDING : error;
}

static DWORD _stdcall OfflineV2(RESID resource, LPCWSTR node, DWORD flags, PBYTE in, DWORD size,
                                DWORD reserved) {
    (void)resource;
    (void)node;
    (void)in;
    (void)size;
    (void)reserved;
    return (flags & CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE) ? ERROR_RESOURCE_FAILED
                                                                 : ERROR_SUCCESS;
}

static VOID _stdcall Terminate(RESID resource) {
    (void)resource;
    ClusWorkerTerminate(&worker);
}

static BOOL _stdcall IsAlive(RESID resource) {
    return resource != NULL ? TRUE : FALSE;
}

static DWORD _stdcall Cancel(RESID resource, DWORD flags) {
    (void)flags;
    monitor->LogEvent(resource, LOG_WARNING, NULL, (DWORD)1);
    monitor->SignalFailure(resource, FAILURE_TYPE_NETWORK_LOSS, 7);
    return monitor->ArmWprWatchdogForCurrentResourceCall(
        resource, ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER);
}

#ifdef __cplusplus
extern "C"
#endif
    DWORD _stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                             PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                             PCLRES_FUNCTION_TABLE* functions);

DWORD _stdcall StartupEx(LPCWSTR type, DWORD lowest, DWORD highest,
                         PCLRES_CALLBACK_FUNCTION_TABLE callbacks,
                         PCLRES_FUNCTION_TABLE* functions) {
    if (type == NULL) return ERROR_CLUSTER_RESNAME_NOT_FOUND;
    if (lowest > CLRES_VERSION_V2_00 || highest < CLRES_VERSION_V2_00) {
        return ERROR_REVISION_MISMATCH;
    }
    monitor = callbacks;
    table.TableSize = CLRES_V2_FUNCTION_SIZE;
    table.Version = CLRES_VERSION_V2_00;
    table.V2Functions.Open = OpenV2;
    table.V2Functions.Close = Close;
    table.V2Functions.Online = OnlineV2;
    table.V2Functions.Offline = OfflineV2;
    table.V2Functions.Terminate = Terminate;
    table.V2Functions.LooksAlive = IsAlive;
    table.V2Functions.IsAlive = IsAlive;
    table.V2Functions.Cancel = Cancel;
    *functions = &table;
    return ERROR_SUCCESS;
}

/* The types of the exported functions are those that the monitor looks up by name. */
PSTARTUP_EX_ROUTINE startup_ex = StartupEx;
