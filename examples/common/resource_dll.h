/* What every resource DLL needs: the monitor's callbacks, the resources that it has open, the
 * workers' way to report, and control codes that have the same answer in each. */
#ifndef EXAMPLES_RESOURCE_DLL_H
#define EXAMPLES_RESOURCE_DLL_H

#include "platform.h"
#include "text.h"

/* The callbacks, from StartupEx on. */
static PCLRES_CALLBACK_FUNCTION_TABLE monitor;

/* ---- The open resources ----------------------------------------------------------------- */

/* What each of the DLL's resources begins with. */
typedef struct RESOURCE {
    RESID id;               /* the DLL's name for it: what Open returned */
    RESOURCE_HANDLE handle; /* the monitor's name for it: what the callbacks want */
    struct RESOURCE* next;
} RESOURCE;

static LOCK resources_lock = LOCK_INITIALIZER;
static RESOURCE* resources;

/* Gives the resource a RESID. They are numbers that never come again, so that a RESID of a resource
 * that was closed, or was never opened, is not mistaken for another. */
static inline RESID resource_add(RESOURCE* resource, RESOURCE_HANDLE handle) {
    static size_t last_id = 0;
    lock_acquire(&resources_lock);
    resource->id = (RESID)++last_id;
    resource->handle = handle;
    resource->next = resources;
    resources = resource;
    lock_release(&resources_lock);
    return resource->id;
}

/* NULL for a RESID that no open resource has. The monitor does not call Close while another entry
 * point runs for the resource, so what is found stays. */
static inline RESOURCE* resource_find(RESID id) {
    RESOURCE* resource;
    lock_acquire(&resources_lock);
    for (resource = resources; resource != NULL && resource->id != id;) resource = resource->next;
    lock_release(&resources_lock);
    return resource;
}

/* Takes the resource off the list, for Close to free. NULL as above. */
static inline RESOURCE* resource_remove(RESID id) {
    RESOURCE** link = &resources;
    RESOURCE* resource;
    lock_acquire(&resources_lock);
    while (*link != NULL && (*link)->id != id) link = &(*link)->next;
    resource = *link;
    if (resource != NULL) *link = resource->next;
    lock_release(&resources_lock);
    return resource;
}

/* ---- Workers ---------------------------------------------------------------------------- */

/* Waits for the worker's last job, which has ended or is told to, and gives it a new one. */
static inline DWORD worker_start(PCLUS_WORKER worker, PWORKER_START_ROUTINE routine,
                                 LPVOID parameter) {
    ClusWorkerTerminate(worker);
    memset(worker, 0, sizeof *worker);
    return ClusWorkerCreate(worker, routine, parameter);
}

static inline void status_init(PRESOURCE_STATUS_EX status, CLUSTER_RESOURCE_STATE pending) {
    ResUtilInitializeResourceStatusEx(status);
    status->ResourceState = pending;
}

/* Reports that the work goes on. FALSE: it must end at once, because the monitor has terminated the
 * resource, or this DLL the worker. */
static inline BOOL report_checkpoint(PCLUS_WORKER worker, const RESOURCE* resource,
                                     PRESOURCE_STATUS_EX status) {
    if (ClusWorkerCheckTerminate(worker)) return FALSE;
    ++status->CheckPoint;
    return monitor->SetResourceStatusEx(resource->handle, status) != ResourceExitStateTerminate;
}

/* Reports how the work has ended. */
static inline void report_end(const RESOURCE* resource, PRESOURCE_STATUS_EX status,
                              CLUSTER_RESOURCE_STATE state, DWORD error) {
    ++status->CheckPoint;
    status->ResourceState = state;
    status->ApplicationSpecificErrorCode = error;
    monitor->SetResourceStatusEx(resource->handle, status);
}

/* ---- Control codes that each example answers in the same way ---------------------------- */

static inline DWORD control_answer(const void* data, size_t size, PVOID OutBuffer,
                                   DWORD OutBufferSize, LPDWORD BytesReturned) {
    if (BytesReturned != NULL) *BytesReturned = (DWORD)size;
    if (OutBuffer == NULL || OutBufferSize < size) return ERROR_MORE_DATA;
    memcpy(OutBuffer, data, size);
    return ERROR_SUCCESS;
}

/* What every type answers, for a resource and for the type itself. ERROR_INVALID_FUNCTION leaves
 * the rest, the common properties above all, to the monitor. */
static inline DWORD control_common(DWORD ControlCode, PVOID OutBuffer, DWORD OutBufferSize,
                                   LPDWORD BytesReturned) {
    const DWORD no_characteristics = 0, no_dependencies = CLUSPROP_SYNTAX_ENDMARK;
    if (BytesReturned != NULL) *BytesReturned = 0;
    switch (ControlCode) {
        case CLUSCTL_RESOURCE_UNKNOWN:
        case CLUSCTL_RESOURCE_TYPE_UNKNOWN:
            return ERROR_SUCCESS;
        case CLUSCTL_RESOURCE_GET_CHARACTERISTICS:
        case CLUSCTL_RESOURCE_TYPE_GET_CHARACTERISTICS:
            return control_answer(&no_characteristics, sizeof no_characteristics, OutBuffer,
                                  OutBufferSize, BytesReturned);
        case CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES:
        case CLUSCTL_RESOURCE_TYPE_GET_REQUIRED_DEPENDENCIES:
            return control_answer(&no_dependencies, sizeof no_dependencies, OutBuffer,
                                  OutBufferSize, BytesReturned);
        default:
            return ERROR_INVALID_FUNCTION;
    }
}

/* ---- StartupEx -------------------------------------------------------------------------- */

/* Whether a function table of this version is what the monitor can use. */
static inline BOOL version_is_supported(DWORD version, DWORD lowest, DWORD highest) {
    return lowest <= version && version <= highest;
}

#endif
