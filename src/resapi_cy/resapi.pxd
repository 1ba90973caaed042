"""resapi.h: the interface between a resource monitor and its resource DLLs, in the header's order.

Comments that say what each part is for, and who calls it, stand in include/resapi_cy/resapi.h.
"""

from resapi_cy.clusapi cimport CLUSTER_RESOURCE_STATE
from resapi_cy.winbase cimport (
    BOOL,
    BYTE,
    DWORD,
    HANDLE,
    HKEY,
    INT64,
    LARGE_INTEGER,
    LPCWSTR,
    LPDWORD,
    LPHANDLE,
    LPVOID,
    PBOOL,
    PBYTE,
    PVOID,
    SIZE_T,
    ULONGLONG,
)


cdef extern from "resapi_cy/resapi.h" nogil:
    # Who is who

    ctypedef PVOID RESID
    ctypedef HANDLE RESOURCE_HANDLE
    ctypedef INT64 PRES_CTL_CTX
    ctypedef INT64 PRESTYPE_CTL_CTX

    # Reporting status

    const CLUSTER_RESOURCE_STATE ClusterResourceCannotComeOnlineOnThisNode
    const CLUSTER_RESOURCE_STATE ClusterResourceCannotComeOnlineOnAnyNode

    ctypedef struct RESOURCE_STATUS:
        CLUSTER_RESOURCE_STATE ResourceState
        DWORD CheckPoint
        DWORD WaitHint
        HANDLE EventHandle
    ctypedef RESOURCE_STATUS *PRESOURCE_STATUS

    ctypedef struct RESOURCE_STATUS_EX:
        CLUSTER_RESOURCE_STATE ResourceState
        DWORD CheckPoint
        HANDLE EventHandle
        DWORD ApplicationSpecificErrorCode
        DWORD Flags
        DWORD WaitHint
    ctypedef RESOURCE_STATUS_EX *PRESOURCE_STATUS_EX

    void ResUtilInitializeResourceStatus(PRESOURCE_STATUS status) noexcept
    void ResUtilInitializeResourceStatusEx(PRESOURCE_STATUS_EX status) noexcept

    const DWORD CLUSRESDLL_STATUS_OFFLINE_BUSY
    const DWORD CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED
    const DWORD CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED
    const DWORD CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED
    const DWORD CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY
    const DWORD CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR
    const DWORD CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES
    const DWORD CLUSRESDLL_STATUS_INVALID_PARAMETERS
    const DWORD CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE
    const DWORD CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT
    const DWORD CLUSRESDLL_STATUS_DUMP_NOW

    ctypedef enum RESOURCE_EXIT_STATE:
        ResourceExitStateContinue
        ResourceExitStateTerminate
        ResourceExitStateMax

    ctypedef DWORD (__stdcall *PSET_RESOURCE_STATUS_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, PRESOURCE_STATUS ResourceStatus
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PSET_RESOURCE_STATUS_ROUTINE_EX)(
        RESOURCE_HANDLE ResourceHandle, PRESOURCE_STATUS_EX ResourceStatus
    ) noexcept nogil

    # The monitor's other callbacks

    ctypedef enum LOG_LEVEL:
        LOG_INFORMATION
        LOG_WARNING
        LOG_ERROR
        LOG_SEVERE
    ctypedef LOG_LEVEL *PLOG_LEVEL

    ctypedef void (__stdcall *PLOG_EVENT_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, LOG_LEVEL LogLevel, LPCWSTR FormatString, ...
    ) noexcept nogil

    const DWORD LOCKED_MODE_FLAGS_DONT_REMOVE_FROM_MOVE_QUEUE
    ctypedef DWORD (__stdcall *PSET_RESOURCE_LOCKED_MODE_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, BOOL LockedModeEnabled, DWORD LockedModeReason
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle,
        BOOL LockedModeEnabled,
        DWORD LockedModeReason,
        DWORD LockedModeFlags,
    ) noexcept nogil

    ctypedef enum FAILURE_TYPE:
        FAILURE_TYPE_GENERAL
        FAILURE_TYPE_EMBEDDED
        FAILURE_TYPE_NETWORK_LOSS
    ctypedef FAILURE_TYPE *PFAILURE_TYPE
    ctypedef DWORD (__stdcall *PSIGNAL_FAILURE_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle,
        FAILURE_TYPE FailureType,
        DWORD ApplicationSpecificErrorCode,
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, BYTE *propertyListBuffer, DWORD propertyListBufferSize
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PEND_CONTROL_CALL)(
        PRES_CTL_CTX context, DWORD status
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PEND_TYPE_CONTROL_CALL)(
        PRESTYPE_CTL_CTX context, DWORD status
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PEXTEND_RES_CONTROL_CALL)(
        PRES_CTL_CTX context, DWORD newTimeoutInMs
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PEXTEND_RES_TYPE_CONTROL_CALL)(
        PRESTYPE_CTL_CTX context, DWORD newTimeoutInMs
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PRAISE_RES_TYPE_NOTIFICATION)(
        LPCWSTR ResourceType, PBYTE pPayload, DWORD payloadSize
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PCHANGE_RESOURCE_PROCESS_FOR_DUMPS)(
        RESOURCE_HANDLE resource, LPCWSTR processName, DWORD processId, BOOL isAdd
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PCHANGE_RES_TYPE_PROCESS_FOR_DUMPS)(
        LPCWSTR resourceTypeName, LPCWSTR processName, DWORD processId, BOOL isAdd
    ) noexcept nogil

    ctypedef enum CLUSTER_RESOURCE_APPLICATION_STATE:
        ClusterResourceApplicationStateUnknown
        ClusterResourceApplicationOSHeartBeat
        ClusterResourceApplicationReady
    ctypedef DWORD (__stdcall *PSET_INTERNAL_STATE)(
        RESOURCE_HANDLE ResourceHandle,
        CLUSTER_RESOURCE_APPLICATION_STATE stateType,
        BOOL active,
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PREQUEST_DUMP_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, BOOL DumpDueToCallInProgress, DWORD DumpDelayInMs
    ) noexcept nogil

    const DWORD CLUSRES_DISABLE_WPR_WATCHDOG_FOR_ONLINE_CALLS
    const DWORD CLUSRES_DISABLE_WPR_WATCHDOG_FOR_OFFLINE_CALLS
    ctypedef DWORD (__stdcall *PSET_RESOURCE_WPR_POLICY_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, DWORD WprPolicyFlags
    ) noexcept nogil
    const ULONGLONG ARM_WPR_WATCHDOG_USING_CURRENT_START_AFTER
    ctypedef DWORD (__stdcall *PARM_WPR_WATCHDOG_FOR_CURRENT_RESOURCE_CALL_ROUTINE)(
        RESOURCE_HANDLE ResourceHandle, ULONGLONG TimeoutInMs
    ) noexcept nogil

    ctypedef struct CLRES_CALLBACK_FUNCTION_TABLE:
        PLOG_EVENT_ROUTINE LogEvent
        PSET_RESOURCE_STATUS_ROUTINE_EX SetResourceStatusEx
        PSET_RESOURCE_LOCKED_MODE_ROUTINE SetResourceLockedMode
        PSIGNAL_FAILURE_ROUTINE SignalFailure
        PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE SetResourceInMemoryNodeLocalProperties
        PEND_CONTROL_CALL EndControlCall
        PEND_TYPE_CONTROL_CALL EndTypeControlCall
        PEXTEND_RES_CONTROL_CALL ExtendControlCall
        PEXTEND_RES_TYPE_CONTROL_CALL ExtendTypeControlCall
        PRAISE_RES_TYPE_NOTIFICATION RaiseResTypeNotification
        PCHANGE_RESOURCE_PROCESS_FOR_DUMPS ChangeResourceProcessForDumps
        PCHANGE_RES_TYPE_PROCESS_FOR_DUMPS ChangeResTypeProcessForDumps
        PSET_INTERNAL_STATE SetInternalState
        PSET_RESOURCE_LOCKED_MODE_EX_ROUTINE SetResourceLockedModeEx
        PREQUEST_DUMP_ROUTINE RequestDump
        PSET_RESOURCE_WPR_POLICY_ROUTINE SetResourceWprPolicy
        PARM_WPR_WATCHDOG_FOR_CURRENT_RESOURCE_CALL_ROUTINE ArmWprWatchdogForCurrentResourceCall
    ctypedef CLRES_CALLBACK_FUNCTION_TABLE *PCLRES_CALLBACK_FUNCTION_TABLE

    # Entry points

    const DWORD CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE
    const DWORD CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK
    ctypedef RESID (__stdcall *POPEN_ROUTINE)(
        LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle
    ) noexcept nogil
    ctypedef RESID (__stdcall *POPEN_V2_ROUTINE)(
        LPCWSTR ResourceName, HKEY ResourceKey, RESOURCE_HANDLE ResourceHandle, DWORD OpenFlags
    ) noexcept nogil

    ctypedef void (__stdcall *PCLOSE_ROUTINE)(RESID Resource) noexcept nogil

    const DWORD CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE
    const DWORD CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS
    const DWORD CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
    const DWORD CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE
    const DWORD CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY
    ctypedef DWORD (__stdcall *PONLINE_ROUTINE)(
        RESID Resource, LPHANDLE EventHandle
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PONLINE_V2_ROUTINE)(
        RESID Resource,
        LPHANDLE EventHandle,
        DWORD OnlineFlags,
        PBYTE InBuffer,
        DWORD InBufferSize,
        DWORD Reserved,
    ) noexcept nogil

    const DWORD CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS
    const DWORD CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR
    const DWORD CLUS_RESDLL_OFFLINE_QUEUE_ENABLED
    const DWORD CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR
    const DWORD CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE
    const DWORD CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY
    const DWORD CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE
    ctypedef DWORD (__stdcall *POFFLINE_ROUTINE)(RESID Resource) noexcept nogil
    ctypedef DWORD (__stdcall *POFFLINE_V2_ROUTINE)(
        RESID Resource,
        LPCWSTR DestinationNodeName,
        DWORD OfflineFlags,
        PBYTE InBuffer,
        DWORD InBufferSize,
        DWORD Reserved,
    ) noexcept nogil

    ctypedef void (__stdcall *PTERMINATE_ROUTINE)(RESID Resource) noexcept nogil

    ctypedef DWORD (__stdcall *PCANCEL_ROUTINE)(
        RESID Resource, DWORD CancelFlags_RESERVED
    ) noexcept nogil

    ctypedef BOOL (__stdcall *PLOOKS_ALIVE_ROUTINE)(RESID Resource) noexcept nogil
    ctypedef BOOL (__stdcall *PIS_ALIVE_ROUTINE)(RESID Resource) noexcept nogil

    ctypedef void (__stdcall *PQUORUM_RESOURCE_LOST)(RESOURCE_HANDLE Resource) noexcept nogil
    ctypedef DWORD (__stdcall *PARBITRATE_ROUTINE)(
        RESID Resource, PQUORUM_RESOURCE_LOST LostQuorumResource
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PRELEASE_ROUTINE)(RESID Resource) noexcept nogil

    ctypedef DWORD (__stdcall *PRESOURCE_CONTROL_ROUTINE)(
        RESID Resource,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PRESOURCE_TYPE_CONTROL_ROUTINE)(
        LPCWSTR ResourceTypeName,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
    ) noexcept nogil

    ctypedef DWORD (__stdcall *PBEGIN_RESCALL_ROUTINE)(
        RESID Resource,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRES_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PBEGIN_RESTYPECALL_ROUTINE)(
        LPCWSTR ResourceTypeName,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRESTYPE_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PBEGIN_RESCALL_AS_USER_ROUTINE)(
        RESID Resource,
        HANDLE TokenHandle,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRES_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PBEGIN_RESTYPECALL_AS_USER_ROUTINE)(
        LPCWSTR ResourceTypeName,
        HANDLE TokenHandle,
        DWORD ControlCode,
        PVOID InBuffer,
        DWORD InBufferSize,
        PVOID OutBuffer,
        DWORD OutBufferSize,
        LPDWORD BytesReturned,
        PRESTYPE_CTL_CTX context,
        PBOOL ReturnedAsynchronously,
    ) noexcept nogil

    const DWORD RESTYPE_MONITOR_SHUTTING_DOWN_NODE_STOP
    const DWORD RESTYPE_MONITOR_SHUTTING_DOWN_CLUSSVC_CRASH

    ctypedef enum RESDLL_CONTEXT_OPERATION_TYPE:
        ResdllContextOperationTypeFailback
        ResdllContextOperationTypeDrain
        ResdllContextOperationTypeDrainFailure
        ResdllContextOperationTypeEmbeddedFailure
        ResdllContextOperationTypePreemption
        ResdllContextOperationTypeNetworkDisconnect
        ResdllContextOperationTypeNetworkDisconnectMoveRetry
    ctypedef RESDLL_CONTEXT_OPERATION_TYPE *PRESDLL_CONTEXT_OPERATION_TYPE

    const DWORD CLUSCTL_GET_OPERATION_CONTEXT_PARAMS_VERSION_1
    ctypedef struct GET_OPERATION_CONTEXT_PARAMS:
        DWORD Size
        DWORD Version
        RESDLL_CONTEXT_OPERATION_TYPE Type
        DWORD Priority
    ctypedef GET_OPERATION_CONTEXT_PARAMS *PGET_OPERATION_CONTEXT_PARAMS

    # The function table

    const DWORD CLRES_VERSION_V1_00
    const DWORD CLRES_VERSION_V2_00
    const DWORD CLRES_VERSION_V3_00
    const DWORD CLRES_VERSION_V4_00

    ctypedef struct CLRES_V1_FUNCTIONS:
        POPEN_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_ROUTINE Online
        POFFLINE_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PRESOURCE_CONTROL_ROUTINE ResourceControl
        PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl
    ctypedef CLRES_V1_FUNCTIONS *PCLRES_V1_FUNCTIONS

    ctypedef struct CLRES_V2_FUNCTIONS:
        POPEN_V2_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_V2_ROUTINE Online
        POFFLINE_V2_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PRESOURCE_CONTROL_ROUTINE ResourceControl
        PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl
        PCANCEL_ROUTINE Cancel
    ctypedef CLRES_V2_FUNCTIONS *PCLRES_V2_FUNCTIONS

    ctypedef struct CLRES_V3_FUNCTIONS:
        POPEN_V2_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_V2_ROUTINE Online
        POFFLINE_V2_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PBEGIN_RESCALL_ROUTINE BeginResourceControl
        PBEGIN_RESTYPECALL_ROUTINE BeginResourceTypeControl
        PCANCEL_ROUTINE Cancel
    ctypedef CLRES_V3_FUNCTIONS *PCLRES_V3_FUNCTIONS

    ctypedef struct CLRES_V4_FUNCTIONS:
        POPEN_V2_ROUTINE Open
        PCLOSE_ROUTINE Close
        PONLINE_V2_ROUTINE Online
        POFFLINE_V2_ROUTINE Offline
        PTERMINATE_ROUTINE Terminate
        PLOOKS_ALIVE_ROUTINE LooksAlive
        PIS_ALIVE_ROUTINE IsAlive
        PARBITRATE_ROUTINE Arbitrate
        PRELEASE_ROUTINE Release
        PBEGIN_RESCALL_ROUTINE BeginResourceControl
        PBEGIN_RESTYPECALL_ROUTINE BeginResourceTypeControl
        PCANCEL_ROUTINE Cancel
        PBEGIN_RESCALL_AS_USER_ROUTINE BeginResourceControlAsUser
        PBEGIN_RESTYPECALL_AS_USER_ROUTINE BeginResourceTypeControlAsUser
    ctypedef CLRES_V4_FUNCTIONS *PCLRES_V4_FUNCTIONS

    # The four tables share one place: a union without a name, so C code says table.V2Functions.
    ctypedef struct CLRES_FUNCTION_TABLE:
        DWORD TableSize
        DWORD Version
        CLRES_V1_FUNCTIONS V1Functions
        CLRES_V2_FUNCTIONS V2Functions
        CLRES_V3_FUNCTIONS V3Functions
        CLRES_V4_FUNCTIONS V4Functions
    ctypedef CLRES_FUNCTION_TABLE *PCLRES_FUNCTION_TABLE

    const DWORD CLRES_V1_FUNCTION_SIZE
    const DWORD CLRES_V2_FUNCTION_SIZE
    const DWORD CLRES_V3_FUNCTION_SIZE
    const DWORD CLRES_V4_FUNCTION_SIZE

    # Startup

    const char *STARTUP_ROUTINE
    const char *STARTUP_EX_ROUTINE

    ctypedef DWORD (__stdcall *PSTARTUP_ROUTINE)(
        LPCWSTR ResourceType,
        DWORD MinVersionSupported,
        DWORD MaxVersionSupported,
        PSET_RESOURCE_STATUS_ROUTINE SetResourceStatus,
        PLOG_EVENT_ROUTINE LogEvent,
        PCLRES_FUNCTION_TABLE *FunctionTable,
    ) noexcept nogil
    ctypedef DWORD (__stdcall *PSTARTUP_EX_ROUTINE)(
        LPCWSTR ResourceType,
        DWORD MinVersionSupported,
        DWORD MaxVersionSupported,
        PCLRES_CALLBACK_FUNCTION_TABLE MonitorCallbackFunctions,
        PCLRES_FUNCTION_TABLE *ResourceDllInterfaceFunctions,
    ) noexcept nogil

    # What the monitor is doing

    ctypedef enum RESOURCE_MONITOR_STATE:
        RmonInitializing
        RmonIdle
        RmonStartingResource
        RmonInitializingResource
        RmonOnlineResource
        RmonOfflineResource
        RmonShutdownResource
        RmonDeletingResource
        RmonIsAlivePoll
        RmonLooksAlivePoll
        RmonArbitrateResource
        RmonReleaseResource
        RmonResourceControl
        RmonResourceTypeControl
        RmonTerminateResource
        RmonDeadlocked

    ctypedef struct MONITOR_STATE:
        LARGE_INTEGER LastUpdate
        RESOURCE_MONITOR_STATE State
        HANDLE ActiveResource
        BOOL ResmonStop
    ctypedef MONITOR_STATE *PMONITOR_STATE

    # Worker threads

    ctypedef struct CLUS_WORKER:
        HANDLE hThread
        BOOL Terminate
    ctypedef CLUS_WORKER *PCLUS_WORKER

    ctypedef DWORD (__stdcall *PWORKER_START_ROUTINE)(
        PCLUS_WORKER pWorker, LPVOID lpThreadParameter
    ) noexcept nogil

    DWORD __stdcall ClusWorkerCreate(
        PCLUS_WORKER lpWorker, PWORKER_START_ROUTINE lpStartAddress, PVOID lpParameter
    ) noexcept
    BOOL __stdcall ClusWorkerCheckTerminate(PCLUS_WORKER lpWorker) noexcept
    void __stdcall ClusWorkerTerminate(PCLUS_WORKER lpWorker) noexcept
    DWORD __stdcall ClusWorkerTerminateEx(
        PCLUS_WORKER ClusWorker, DWORD TimeoutInMilliseconds, BOOL WaitOnly
    ) noexcept
    DWORD __stdcall ClusWorkersTerminate(
        PCLUS_WORKER *ClusWorkers,
        SIZE_T ClusWorkersCount,
        DWORD TimeoutInMilliseconds,
        BOOL WaitOnly,
    ) noexcept
