/* A worker library in C: see ../README.md. */

#include <resapi_cy/abi.h> /* resapi.h, with its sizes and values asserted for this compiler */
#include <stdlib.h>

typedef struct WORKER {
    CLUS_WORKER thread;
    PSET_RESOURCE_STATUS_ROUTINE_EX report;
    RESOURCE_HANDLE handle;
    DWORD steps;
    DWORD answer;
} WORKER;

static DWORD __stdcall bring_online(PCLUS_WORKER thread, LPVOID parameter) {
    WORKER* worker = parameter;
    RESOURCE_STATUS_EX status = {.ResourceState = ClusterResourceOnlinePending};
    (void)thread;
    while (status.CheckPoint < worker->steps) {
        /* a step of the work */
        ++status.CheckPoint;
        worker->answer = worker->report(worker->handle, &status);
        if (worker->answer == ResourceExitStateTerminate) return ERROR_OPERATION_ABORTED;
    }
    status.ResourceState = ClusterResourceOnline;
    ++status.CheckPoint;
    worker->answer = worker->report(worker->handle, &status);
    return ERROR_SUCCESS;
}

WORKER* worker_start(PSET_RESOURCE_STATUS_ROUTINE_EX report, RESOURCE_HANDLE handle, DWORD steps) {
    WORKER* worker = calloc(1, sizeof *worker);
    if (worker == NULL) return NULL;
    worker->report = report;
    worker->handle = handle;
    worker->steps = steps;
    if (ClusWorkerCreate(&worker->thread, bring_online, worker) == ERROR_SUCCESS) return worker;
    free(worker);
    return NULL;
}

DWORD worker_join(WORKER* worker) {
    ClusWorkerTerminate(&worker->thread); /* it waits for the thread */
    const DWORD answer = worker->answer;
    free(worker);
    return answer;
}
