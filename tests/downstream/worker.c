#include "worker.h"

#include <resapi_cy/abi.h>

DWORD report_online(PSET_RESOURCE_STATUS_ROUTINE_EX routine, RESOURCE_HANDLE handle) {
    RESOURCE_STATUS_EX status = {ClusterResourceOnline};
    return routine(handle, &status);
}
