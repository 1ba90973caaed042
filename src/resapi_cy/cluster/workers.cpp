// ClusWorkerCreate and its family, as resource DLLs import them: clus_worker.h's, which a DLL may
// have compiled into itself, with one thing more. The cluster that a worker's calls belong to is
// that of the entry point which has created it.
#define RESAPI_CY_SDK_HEADERS 0
#define RESAPI_CY_OWN_WORKERS 1
#define ClusWorkerCreate own_create
#define ClusWorkerCheckTerminate own_check_terminate
#define ClusWorkerTerminate own_terminate
#define ClusWorkersTerminate own_workers_terminate
#define ClusWorkerTerminateEx own_terminate_ex
#include "resapi_cy/resapi.h"
#undef ClusWorkerCreate
#undef ClusWorkerCheckTerminate
#undef ClusWorkerTerminate
#undef ClusWorkersTerminate
#undef ClusWorkerTerminateEx

#include <cstdint>
#include <memory>
#include <new>

#include "cluster/exported.h"
#include "cluster/host.h"

namespace {

struct Work {
    std::uint64_t cluster;
    PWORKER_START_ROUTINE start;
    LPVOID parameter;
};

extern "C" DWORD WINAPI run(PCLUS_WORKER worker, LPVOID given) {
    const Work work = *std::unique_ptr<Work>(static_cast<Work*>(given));
    resapi_cy_cluster_host()->set_current_of_worker(work.cluster);
    return work.start(worker, work.parameter);
}

}  // namespace

EXPORTED DWORD WINAPI ClusWorkerCreate(PCLUS_WORKER lpWorker, PWORKER_START_ROUTINE lpStartAddress,
                                       PVOID lpParameter) {
    if (lpWorker == nullptr || lpStartAddress == nullptr) return ERROR_INVALID_PARAMETER;
    auto* work = new (std::nothrow)
        Work{resapi_cy_cluster_host()->get_current(), lpStartAddress, lpParameter};
    if (work == nullptr) return ERROR_NOT_ENOUGH_MEMORY;
    const DWORD error = own_create(lpWorker, run, work);
    if (error != ERROR_SUCCESS) delete work;
    return error;
}

EXPORTED BOOL WINAPI ClusWorkerCheckTerminate(PCLUS_WORKER lpWorker) {
    return own_check_terminate(lpWorker);
}

EXPORTED VOID WINAPI ClusWorkerTerminate(PCLUS_WORKER lpWorker) {
    own_terminate(lpWorker);
}

EXPORTED DWORD WINAPI ClusWorkersTerminate(PCLUS_WORKER* ClusWorkers, const SIZE_T ClusWorkersCount,
                                           DWORD TimeoutInMilliseconds, BOOL WaitOnly) {
    return own_workers_terminate(ClusWorkers, ClusWorkersCount, TimeoutInMilliseconds, WaitOnly);
}

EXPORTED DWORD WINAPI ClusWorkerTerminateEx(PCLUS_WORKER ClusWorker, DWORD TimeoutInMilliseconds,
                                            BOOL WaitOnly) {
    return own_terminate_ex(ClusWorker, TimeoutInMilliseconds, WaitOnly);
}
