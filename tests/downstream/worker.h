#include <resapi_cy/resapi.h>

DWORD report_online(PSET_RESOURCE_STATUS_ROUTINE_EX routine, RESOURCE_HANDLE handle);
